from odoo import api, fields, models
from odoo.fields import Domain


class ItsmsTrainingAccessMixin(models.AbstractModel):
    """Who reads and who writes a training record: HR everything of its company, department heads
    and people their departments, and who is asked to decide what he decides on.
    """

    _name = "itsms.training.access.mixin"
    _description = "Access to Training"
    _inherit = ["itsms.access.fields.mixin"]

    is_hr = fields.Boolean(compute="_compute_is_hr", help="You act for HR in this company.")

    @api.model
    def _edit_domain(self):
        return self._hr_domain()

    @api.model
    def _hr_domain(self):
        return Domain("company_id", "in", self.env.user._itsms_training_hr_companies().ids)

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_is_hr(self):
        companies = self.env.user._itsms_training_hr_companies()
        for record in self:
            record.is_hr = record.company_id in companies
