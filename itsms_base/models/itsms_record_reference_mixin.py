from odoo import api, fields, models, tools
from odoo.fields import Domain


class ItsmsReferenceAccessMixin(models.AbstractModel):
    """Nobody learns through a line about a record of a record that he may not open.

    Lines about confidential records are filtered by the secrecy of the record itself, so a
    changed secrecy takes effect at once (DOC-4.1.1.3f, COM-17).
    """

    _name = "itsms.reference.access.mixin"
    _description = "Access Through a Reference"
    _inherit = ["itsms.access.filter.mixin"]

    _secrecy_references = (("res_model", "res_id"),)

    @api.model
    @tools.ormcache()
    def _guarded_models(self):
        """Names of the models whose records are checked before a line about them is shown."""
        return tuple(
            name
            for name, model in self.env.registry.items()
            if not model._abstract and getattr(model, "_confidential", False)
        )

    @api.model
    def _open_domain(self):
        """Lines whose records are not guarded, or open to the current user."""
        guarded = self._guarded_models()
        queries = {}
        for name in guarded:
            model = self.env[name].with_context(active_test=False)
            if model.has_access("read"):
                queries[name] = model._search([])
        domains = []
        for model_field, id_field in self._secrecy_references:
            domain = Domain(model_field, "not in", guarded)
            for name, query in queries.items():
                domain |= Domain(model_field, "=", name) & Domain(id_field, "in", query)
            domains.append(domain)
        return Domain.AND(domains)

    def _closed_message(self):
        return self.env._("This line belongs to a record that is not open to you.")

    def _closed_records(self):
        """The lines in ``self`` that are about a guarded record which the user may not read."""
        forbidden = self.browse()
        guarded = set(self._guarded_models())
        for model_field, id_field in self._secrecy_references:
            # sudo: only to look at the reference columns, the records are checked as the user
            for model_name, lines in self.sudo().grouped(model_field).items():
                if model_name not in guarded:
                    continue
                records = self.env[model_name].browse(lines.mapped(id_field)).exists()
                allowed = set(records._filtered_access("read").ids)
                forbidden |= self.browse(x.id for x in lines if x[id_field] not in allowed)
        return forbidden


class ItsmsRecordReferenceMixin(models.AbstractModel):
    """A line about any record of any model (log line, approval step, link …)."""

    _name = "itsms.record.reference.mixin"
    _description = "Line About a Record"
    _inherit = ["itsms.reference.access.mixin"]

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
