from odoo import api, models


class ItsmsAuditorAccess(models.Model):
    """Marks and judgements of people stay closed to external auditors (COM-21)."""

    _inherit = "itsms.auditor.access"

    @api.model
    def _personal_field_names(self):
        return super()._personal_field_names() | {
            "itsms.training.attendance": {
                "first_score",
                "score",
                "rating",
                "rating_comment",
                "effect_note",
                "absence_reason",
            },
            "itsms.training.attempt": {"score", "note"},
            "itsms.training.discipline": {"name", "measure"},
            "itsms.training.mentoring": {"conclusion"},
        }
