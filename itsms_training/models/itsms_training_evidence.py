from odoo import api, models

PERSONAL = (
    "itsms.training.attendance",
    "itsms.training.attempt",
    "itsms.training.discipline",
    "itsms.training.mentoring",
    "itsms.training.induction",
    "itsms.training.file",
    "itsms.training.filing",
    "itsms.work.certificate",
)


class ItsmsReferenceAccessMixin(models.AbstractModel):
    """Lines about the training of a person – marks, presence, why a certificate was suspended –
    are shown to those only who may read that training, in the evidence log too (COM-17)."""

    _inherit = "itsms.reference.access.mixin"

    @api.model
    def _guarded_models(self):
        return (*super()._guarded_models(), *PERSONAL)
