from odoo import api, fields, models


class HrDepartment(models.Model):
    """Needs and planned training of a department, found where the department is (TRN-3.2)."""

    _inherit = "hr.department"

    itsms_need_count = fields.Integer(
        compute="_compute_itsms_training_counts",
        string="Training needs",
        help="Needs that no plan takes up so far.",
    )
    itsms_planned_count = fields.Integer(
        compute="_compute_itsms_training_counts",
        string="Planned training",
        help="Training of the plans in force that the department arranges (TRN-4.2.2.2).",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_itsms_training_counts(self):
        of = [("department_id", "in", self.ids)]
        needs = dict(
            self.env["itsms.training.need"]._read_group(
                [*of, ("state", "in", ("draft", "reported"))], ["department_id"], ["__count"]
            )
        )
        planned = dict(
            self.env["itsms.training.plan.line"]._read_group(
                [*of, ("plan_state", "=", "in_force")], ["department_id"], ["__count"]
            )
        )
        for department in self:
            department.itsms_need_count = needs.get(department._origin, 0)
            department.itsms_planned_count = planned.get(department._origin, 0)

    def action_itsms_needs(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_training_need_action"
        )
        return {
            **action,
            "domain": [("department_id", "=", self.id)],
            "context": {"default_department_id": self.id, "search_default_open": 1},
        }

    def action_itsms_planned(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_training_plan_line_action"
        )
        return {**action, "domain": [("department_id", "=", self.id)]}
