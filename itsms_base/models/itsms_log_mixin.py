from odoo import fields, models


class ItsmsLogMixin(models.AbstractModel):
    """A record that leaves evidence: :meth:`_log` and the button to read it."""

    _name = "itsms.log.mixin"
    _description = "Record With Evidence"
    _inherit = ["itsms.derived.mixin"]

    log_count = fields.Integer(string="Evidence lines", compute="_compute_log_count")

    def _compute_log_count(self):
        counts = dict(
            self.env["itsms.log"]._read_group(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for record in self:
            record.log_count = counts.get(record.id, 0)

    def _log(self, kind, comment=None, state_from=None, state_to=None, behalf=None, digest=None):
        """Append one evidence line per record.

        ``comment``, ``state_from``, ``behalf`` and ``digest`` may be callables that get the
        record.
        """

        def of(value, record):
            return value(record) if callable(value) else value

        return self.env["itsms.log"]._append(
            [
                {
                    "record": record,
                    "kind": kind,
                    "comment": of(comment, record),
                    "state_from": of(state_from, record),
                    "state_to": of(state_to, record),
                    "behalf": of(behalf, record),
                    "digest": of(digest, record),
                }
                for record in self
            ]
        )

    def _evidence_domain(self):
        """Log lines that tell the history of these records; extend it with sub-records."""
        return [("res_model", "=", self._name), ("res_id", "in", self.ids)]

    def action_view_log(self):
        """Open the evidence of this record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Evidence: %(name)s", name=self.display_name),
            "res_model": "itsms.log",
            "view_mode": "list,form",
            "domain": self._evidence_domain(),
            "context": {"create": False},
        }
