from odoo import api, fields, models
from odoo.exceptions import UserError


class ItsmsDocument(models.Model):
    """Record forms of a document; numbered forms hold its serial."""

    _inherit = "itsms.document"

    form_ids = fields.One2many("itsms.record.form", "document_id", string="Record forms")
    form_count = fields.Integer(compute="_compute_form_count")

    @api.depends("form_ids")
    def _compute_form_count(self):
        counts = dict(
            self.env["itsms.record.form"]._read_group(
                [
                    ("document_id", "in", self.ids),
                    ("state", "not in", ("superseded", "obsolete", "cancelled")),
                ],
                ["document_id"],
                ["__count"],
            )
        )
        for document in self:
            document.form_count = counts.get(document, 0)

    @api.model
    def _seed_translate(self):
        """The forms of the manual get their Chinese names with the procedures (DOC-6)."""
        super()._seed_translate()
        self.env["itsms.record.form"]._seed_translate()

    def action_change_serial(self, serial):
        """A serial that stands in the number of a record form stays (REC-4.2b)."""
        forms = self.sudo().form_ids  # sudo: every form counts, whoever asks
        if forms.filtered("number"):
            raise UserError(
                self.env._(
                    "%(form)s holds the serial of %(name)s: it is not changed any more (REC-4.2b).",
                    form=forms.filtered("number")[0].number,
                    name=self.display_name,
                )
            )
        result = super().action_change_serial(serial)
        planned = forms.filtered("serial")
        if planned:
            form = planned[0]
            last = max(planned.mapped("serial"))
            form._number_scheme()._reserve(form.company_id, last, form._number_scope())
        return result

    def action_view_forms(self):
        """Record forms of the document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record forms of %(name)s", name=self.display_name),
            "res_model": "itsms.record.form",
            "view_mode": "list,kanban,form",
            "domain": [("document_id", "=", self.id)],
            "context": {"default_document_id": self.id},
        }
