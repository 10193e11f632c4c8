from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class ItsmsRecordReferenceMixin(models.AbstractModel):
    """A line about any record of any model (log line, approval step, link …).

    Nobody learns through such a line of a record that he may not open: the lines of confidential
    records are filtered in ``_search`` and ``_check_access`` by the secrecy of the record itself,
    so a changed secrecy takes effect at once (DOC-4.1.1.3f, COM-17).
    """

    _name = "itsms.record.reference.mixin"
    _description = "ITSMS Line About a Record"

    res_model = fields.Char(string="Model", required=True, readonly=True, index=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", required=True, readonly=True, index=True
    )
    record_name = fields.Char(string="Record", compute="_compute_record_name")
    record_type = fields.Char(compute="_compute_record_name")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "lang")
    def _compute_record_name(self):
        for model_name, lines in self.grouped("res_model").items():
            if model_name not in self.env:
                for line in lines:
                    line.record_type = model_name
                    line.record_name = f"{model_name},{line.res_id}"
                continue
            # sudo: the name must show for everybody who may see the line; confidential models
            # mask their own display name for people without access.
            records = self.env[model_name].sudo().browse(lines.mapped("res_id")).exists()
            names = {record.id: record.display_name for record in records}
            label = self.env["ir.model"]._get(model_name).sudo().name
            for line in lines:
                line.record_type = label
                line.record_name = names.get(line.res_id) or self.env._("(deleted)")

    # ------------------------------------------------------------ access
    @api.model
    def _readable_domain(self):
        """Lines whose record is not confidential, or open to the current user."""
        confidential = [
            name
            for name, model in self.env.registry.items()
            if not model._abstract and getattr(model, "_confidential", False)
        ]
        domain = Domain("res_model", "not in", confidential)
        for name in confidential:
            model = self.env[name].with_context(active_test=False)
            if not model.has_access("read"):
                continue
            query = model._search([])
            domain |= Domain("res_model", "=", name) & Domain("res_id", "in", query)
        return domain

    @api.model
    def _search(
        self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False
    ):
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & self._readable_domain()
        return super()._search(
            domain,
            offset,
            limit,
            order,
            active_test=active_test,
            bypass_access=bypass_access,
        )

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if result or self.env.su or not any(self._ids):
            return result
        # sudo: only to look at the two reference columns, the records are checked as the user
        forbidden = self.browse()
        for model_name, lines in self.sudo().grouped("res_model").items():
            model = self.env.get(model_name)
            if model is None or not getattr(model, "_confidential", False):
                continue
            allowed = set(model.browse(lines.mapped("res_id")).exists()._filtered_access("read").ids)
            forbidden |= self.browse(line.id for line in lines if line.res_id not in allowed)
        if not forbidden:
            return None
        message = self.env._("This line belongs to a record that is not open to you.")
        return forbidden, lambda: AccessError(message)

    # ------------------------------------------------------------ use
    def _record(self):
        """The record the line is about, in the current environment (may be empty)."""
        self.ensure_one()
        if self.res_model not in self.env:
            return self.browse()
        return self.env[self.res_model].browse(self.res_id).exists()

    def action_open_record(self):
        """Open the record behind the line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
            "target": "current",
        }
