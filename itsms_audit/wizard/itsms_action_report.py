from odoo import fields, models


class ItsmsActionReport(models.TransientModel):
    """Dialog in which an action is reported or verified; the action checks everything."""

    _name = "itsms.action.report"
    _description = "Report on Actions"
    _inherit = ["itsms.dialog.mixin"]

    action_ids = fields.Many2many("itsms.action", string="Actions", required=True)
    operation = fields.Selection(
        [("finish", "Report as done"), ("verify", "Verify")], required=True
    )
    passed = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        string="Result",
        help="Carried out as agreed.",
    )
    text = fields.Text(string="In words", required=True)
    attachment_ids = fields.Many2many(
        "ir.attachment", "itsms_action_report_attachment_rel", string="Proof"
    )

    def action_confirm(self):
        self.ensure_one()
        actions = self.action_ids
        if self.operation == "finish":
            actions.action_finish(self.text, self.attachment_ids.ids)
        elif self.passed == "no":
            actions.action_send_back(self.text)
        else:
            actions.action_verify(self.text)
        return {"type": "ir.actions.act_window_close"}
