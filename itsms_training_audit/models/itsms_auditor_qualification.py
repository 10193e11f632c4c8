from odoo import api, models


class ItsmsAuditorQualification(models.Model):
    """Training records qualify auditors (AUD-4.1.2a) [I-58]."""

    _inherit = "itsms.auditor.qualification"

    @api.model
    def _qualified_by_training(self, users, on, company):
        """A valid certificate of a kind that the role of an internal auditor needs is the proof."""
        qualified = super()._qualified_by_training(users, on, company)
        if not users:
            return qualified
        # sudo: only whether there is a certificate, not what is in it
        certificates = (
            self.env["itsms.work.certificate"]
            .sudo()
            .search(
                [
                    ("state", "=", "valid"),
                    ("company_id", "=", company.id),
                    ("employee_id.user_id", "in", users.ids),
                    ("type_id.role_ids.code", "=", "internal_auditor"),
                    ("valid_from", "<=", on),
                    "|",
                    ("valid_to", "=", False),
                    ("valid_to", ">=", on),
                ]
            )
        )
        return qualified | (users & certificates.employee_id.user_id)
