from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Training: needs to report, training to arrange, forms to carry out or sign, vouchers."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [*super()._sections(), *self._sections_training_plan()]

    @api.model
    def _sections_training_plan(self):
        return []
