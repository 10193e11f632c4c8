from odoo import api, fields, models
from odoo.fields import Domain


class HrEmployeePublic(models.Model):
    """People without HR rights find their own gaps and certificates, and their team's, here."""

    _inherit = "hr.employee.public"

    itsms_training_visible = fields.Boolean(compute="_compute_itsms_training_visible")

    @api.depends_context("uid")
    def _compute_itsms_training_visible(self):
        # sudo: private employee data decides, only the answer is shown
        employees = self.env["hr.employee"].sudo().with_context(active_test=False)
        domain = self.env.user._itsms_team_domain() & Domain("id", "in", self.ids)
        visible = set(employees._search(domain))
        for employee in self:
            employee.itsms_training_visible = employee.id in visible

    def action_itsms_gaps(self):
        return self.env["hr.employee"].browse(self.ids).action_itsms_gaps()

    def action_itsms_certificates(self):
        return self.env["hr.employee"].browse(self.ids).action_itsms_certificates()
