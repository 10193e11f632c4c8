from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import guard


class ItsmsNumberedMixin(models.AbstractModel):
    """A record that gets its number on leaving draft (COM-1)."""

    _name = "itsms.numbered.mixin"
    _description = "Numbered Record"
    _inherit = ["itsms.lifecycle.mixin"]

    number = fields.Char(readonly=True, copy=False, index="trigram")
    serial = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Running number behind the number."
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL",
        "This number is already given (COM-1, DOC-4.1.2.1).",
    )

    @api.depends("number")
    def _compute_display_name(self):
        """The number stands before the name; a name that is masked or built otherwise stays."""
        super()._compute_display_name()
        if self._rec_name != "name":
            return
        for record in self:
            if record.number and record.display_name == record.name:
                record.display_name = f"{record.number} {record.name}"

    def _engine_fields(self):
        return super()._engine_fields() | {"number", "serial"}

    def _number_scheme(self):
        """Scheme of one record, or an empty recordset where the number is given by hand."""
        raise NotImplementedError

    def _number_values(self):
        """Further token values of one record, such as ``edition`` and ``project``."""
        return {}

    def _number_scope(self):
        """What the serial of one record is counted by, apart from the period."""
        return ""

    def _on_leaving_draft(self):
        super()._on_leaving_draft()
        self._draw_numbers()

    def _draw_numbers(self):
        """Give a number to every record that has none: one query per scheme, not per record."""
        groups = {}
        for record in self.filtered(lambda r: not r.number):
            scheme = record._number_scheme()
            if scheme:
                key = (scheme, record.company_id, record._number_scope())
                groups.setdefault(key, self.browse())
                groups[key] |= record
        for (scheme, company, scope), records in groups.items():
            serial = scheme._draw(company, len(records.filtered(lambda r: not r.serial)), scope)
            for record in records:
                own = record.serial or serial
                serial += not record.serial
                record._set_number(own, scheme)
        unnumbered = self.filtered(lambda r: not r.number)
        if unnumbered:
            raise UserError(
                self.env._("%(name)s has no number yet (COM-1).", name=unnumbered[0].display_name)
            )

    def _set_number(self, serial, scheme=None):
        """Write number and serial of one record, as the engine."""
        scheme = scheme or self._number_scheme()
        number = scheme._render(self.company_id, serial, self._number_values())
        # sudo: numbering is the system's own act, whoever caused it
        guard.as_engine(self.sudo()).write({"serial": serial, "number": number})
