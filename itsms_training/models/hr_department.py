from odoo import api, fields, models


class HrDepartment(models.Model):
    """Gaps of a department, found where the department is."""

    _inherit = "hr.department"

    itsms_gap_count = fields.Integer(compute="_compute_itsms_gap_count", string="Gaps")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_itsms_gap_count(self):
        gaps = dict(
            self.env["itsms.training.gap"]._read_group(
                [("department_id", "in", self.ids), ("state", "!=", "met")],
                ["department_id"],
                ["__count"],
            )
        )
        for department in self:
            department.itsms_gap_count = gaps.get(department._origin, 0)

    def action_itsms_gaps(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_training_gap_action"
        )
        return {
            **action,
            "domain": [("department_id", "child_of", self.id), ("state", "!=", "met")],
        }

    def action_itsms_heatmap(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_training_heatmap_action"
        )
        return {**action, "context": {"department_id": self.id}}
