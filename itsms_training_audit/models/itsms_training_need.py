from odoo import models


class ItsmsTrainingNeed(models.Model):
    """A need that follows from a nonconformity is linked with it from both sides (CPA-13)."""

    _name = "itsms.training.need"
    _inherit = ["itsms.training.need", "itsms.linked.mixin"]
