from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    """Whose training data a person may read: the own, the team's, as HR the company's (COM-17)."""

    _inherit = "res.users"

    def _itsms_training_hr_companies(self):
        """Those of the active companies in which this user runs training for HR (TRN-3.1)."""
        self.ensure_one()
        companies = self.env.companies
        if self.has_group("hr.group_hr_user"):
            return companies
        roles = self.env["itsms.role"]._by_code("hr_head", "training_administrator")
        return companies.filtered(lambda c: roles._held_by(self, c))

    def _itsms_team_domain(self):
        """Employees whose training data this user may read, as a domain of ``hr.employee``: his
        own, those he is the manager of, those of the departments he heads; HR and auditors those
        of their companies."""
        self.ensure_one()
        companies = self._itsms_training_hr_companies()
        if self.has_group("itsms_base.group_itsms_auditor"):
            companies = self.env.companies
        return (
            Domain("user_id", "=", self.id)
            | Domain("parent_id.user_id", "=", self.id)
            | Domain("department_id", "in", self._itsms_headed_departments().ids)
            | Domain("company_id", "in", companies.ids)
        )
