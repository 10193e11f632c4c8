from odoo import api, fields, models
from odoo.fields import Domain


class ItsmsTrainingPersonalMixin(models.AbstractModel):
    """Training data of one person: read by himself, his superiors, HR; written by HR (COM-17).

    The model has ``employee_id`` and ``company_id`` and a record rule on :attr:`can_see` for
    reading and on :attr:`can_edit` for the rest. Nobody reads the data of colleagues.
    """

    _name = "itsms.training.personal.mixin"
    _description = "Training Data of a Person"

    can_see = fields.Boolean(compute="_compute_can_see", search="_search_can_see")
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can_see(self):
        seen = self.filtered_domain(self._search_can_see("in", {True}))
        for record in self:
            record.can_see = record in seen

    def _search_can_see(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._team_domain()
        return domain if True in value else ~domain

    @api.model
    def _team_domain(self):
        """Rows about the people whose training data the current user may read."""
        # sudo: private employee data decides, only ids are used; archived people stay visible
        Employee = self.env["hr.employee"].sudo().with_context(active_test=False)
        return Domain("employee_id", "in", Employee._search(self.env.user._itsms_team_domain()))

    @api.depends("company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can_edit(self):
        companies = self.env.user._itsms_training_hr_companies()
        for record in self:
            record.can_edit = (record.company_id or self.env.company) in companies

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env.user._itsms_training_hr_companies()
        domain = Domain("company_id", "in", companies.ids)
        return domain if True in value else ~domain
