from odoo import api, fields, models

from ..engine import cache


class HrDepartment(models.Model):
    """Departments show who holds ITSMS roles for them; a new head changes what people may open."""

    _inherit = "hr.department"

    itsms_assignment_ids = fields.One2many(
        "itsms.role.assignment", "department_id", string="ITSMS roles"
    )

    @api.model_create_multi
    def create(self, vals_list):
        departments = super().create(vals_list)
        departments._itsms_heads_changed()
        return departments

    def write(self, vals):
        result = super().write(vals)
        if {"manager_id", "parent_id", "active", "company_id"} & set(vals):
            self._itsms_heads_changed()
        return result

    def _itsms_heads_changed(self):
        cache.forget(self.env)
        self.env["itsms.approval.step"]._refresh_open_steps(department_heads=True)
