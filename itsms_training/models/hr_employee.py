from odoo import api, fields, models
from odoo.fields import Domain

_HR = "hr.group_hr_user"


class HrEmployee(models.Model):
    """HR finds gaps and certificates where the employee is (TRN-4.1, TRN-4.4)."""

    _inherit = "hr.employee"

    itsms_experience_since = fields.Date(
        string="Experience counts from",
        groups=_HR,
        tracking=True,
        help="Since when the person works in the trade, as confirmed by HR. Empty: since the "
        "employment began.",
    )
    itsms_gap_ids = fields.One2many(
        "itsms.training.gap",
        "employee_id",
        string="Gaps",
        domain=[("state", "!=", "met")],
        groups=_HR,
    )
    itsms_gap_count = fields.Integer(
        compute="_compute_itsms_gaps", string="Number of gaps", groups=_HR
    )
    itsms_certificate_ids = fields.One2many(
        "itsms.work.certificate", "employee_id", string="Certificates to work", groups=_HR
    )
    itsms_certificate_count = fields.Integer(
        compute="_compute_itsms_gaps", string="Number of certificates", groups=_HR
    )
    itsms_barred = fields.Boolean(
        string="Not allowed to work yet",
        compute="_compute_itsms_gaps",
        search="_search_itsms_barred",
        groups=_HR,
        help="The post or a role is special work and a valid certificate is missing (TRN-4.4.1).",
    )
    itsms_barred_reason = fields.Char(compute="_compute_itsms_gaps", groups=_HR)

    @api.depends("job_id", "user_id", "current_employee_skill_ids")
    @api.depends_context("lang")
    def _compute_itsms_gaps(self):
        gaps = self.env["itsms.training.gap"]._gaps(self._origin)
        groups = self.env["itsms.work.certificate"]._read_group(
            [("employee_id", "in", self._origin.ids)], ["employee_id"], ["__count"]
        )
        counts = {employee.id: count for employee, count in groups}
        for employee in self:
            own = gaps.get(employee._origin.id, [])
            barred = [gap["what"] for gap in own if gap["barred"]]
            employee.itsms_gap_count = len(own)
            employee.itsms_certificate_count = counts.get(employee._origin.id, 0)
            employee.itsms_barred = bool(barred)
            employee.itsms_barred_reason = ", ".join(barred) or False

    def _search_itsms_barred(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.env["itsms.training.gap"]._search([("barred", "=", True)])
        domain = Domain("id", "in", rows.subselect("employee_id"))
        return domain if True in value else ~domain

    def action_itsms_gaps(self):
        """Gaps of these people; the rights on the rows decide what is seen."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_training_gap_action"
        )
        domain = [("employee_id", "in", self.ids), ("state", "!=", "met")]
        return {**action, "domain": domain, "context": {}}

    def action_itsms_certificates(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_work_certificate_action"
        )
        context = {"default_employee_id": self.id} if len(self) == 1 else {}
        return {**action, "domain": [("employee_id", "in", self.ids)], "context": context}
