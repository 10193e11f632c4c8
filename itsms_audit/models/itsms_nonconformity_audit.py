from odoo import api, fields, models
from odoo.fields import Domain


class ItsmsNonconformity(models.Model):
    """Findings of an audit belong to it, whether they come from it or from a checklist line."""

    _inherit = "itsms.nonconformity"

    audit_id = fields.Many2one(
        "itsms.audit",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    def _engine_fields(self):
        return super()._engine_fields() | {"audit_id"}

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        for record in records:
            audit = record._audit_of_source()
            if audit:
                record._engine_write({"audit_id": audit.id})
        return records

    def _audit_of_source(self):
        """The audit behind the source of one record (sudo: only which one it is)."""
        Audit = self.env["itsms.audit"].sudo()
        if not self.source_id or self.source_model not in self.env:
            return Audit
        source = self.env[self.source_model].sudo().browse(self.source_id).exists()
        if source._name == Audit._name:
            return source
        for path in ("audit_id", "checklist_id.audit_id"):
            names = path.split(".")
            if names[0] in source._fields:
                found = source.mapped(path)
                if found._name == Audit._name:
                    return found[:1]
        return Audit


class ItsmsAudit(models.Model):
    """An audit shows the nonconformities of all its checklists."""

    _inherit = "itsms.audit"
    _nonconformity_key = "audit_id"

    nonconformity_ids = fields.One2many(
        "itsms.nonconformity", "audit_id", string="Findings", readonly=True, copy=False
    )

    def _nonconformity_domain(self):
        return Domain("audit_id", "in", self.ids)

    def _nonconformity_source_kind(self):
        return "internal_audit"

    def _unlocked_fields(self):
        return super()._unlocked_fields() | {"nonconformity_ids"}
