from odoo import fields, models


class ResCompany(models.Model):
    """Which department is HR (人力资源部): training asks for its vice-president and its head."""

    _inherit = "res.company"

    itsms_hr_department_id = fields.Many2one(
        "hr.department",
        string="HR department",
        help="The department that makes the training plan and keeps the training records. Empty: "
        "the department of who holds the role Head of HR.",
    )

    def _itsms_hr_department(self):
        """HR of one company, or an empty recordset."""
        self.ensure_one()
        # sudo: which department is HR is no secret
        department = self.sudo().itsms_hr_department_id
        if not department:
            head = self.env["itsms.role"]._by_code("hr_head")._holders(self)[:1]
            if head:
                department = head._itsms_employees(self).department_id[:1]
        return department.sudo(False)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    itsms_hr_department_id = fields.Many2one(
        related="company_id.itsms_hr_department_id", readonly=False
    )
