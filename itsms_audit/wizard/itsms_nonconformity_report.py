from odoo import fields, models

from ..models.nonconformity_kinds import GRADES


class ItsmsNonconformityReport(models.TransientModel):
    """Dialog for the acts on a nonconformity that need words; the record checks everything."""

    _name = "itsms.nonconformity.report"
    _description = "Act on a Nonconformity"
    _inherit = ["itsms.dialog.mixin"]

    nonconformity_id = fields.Many2one("itsms.nonconformity", required=True, ondelete="cascade")
    operation = fields.Selection(
        [
            ("contest", "Contest"),
            ("grade", "Change the grade"),
            ("check", "Follow-up check"),
            ("effect", "Effectiveness check"),
        ],
        required=True,
    )
    grade = fields.Selection(GRADES)
    criterion = fields.Text(related="nonconformity_id.effect_criterion", string="Effective when")
    passed = fields.Selection([("yes", "Yes"), ("no", "No, further measures")], string="Result")
    value = fields.Char(string="Measured value", help="Against the criterion (CPA-15).")
    text = fields.Text(string="In words", required=True)

    def action_confirm(self):
        self.ensure_one()
        record = self.nonconformity_id
        passed = self.passed == "yes"
        if self.operation == "contest":
            record.action_contest(self.text)
        elif self.operation == "grade":
            record.action_change_grade(self.grade, self.text)
        elif self.operation == "check":
            record.action_check(passed, self.text)
        else:
            record.action_effect(passed, self.value, self.text)
        return {"type": "ir.actions.act_window_close"}
