from odoo import fields, models


class ItsmsRecordFormReverse(models.TransientModel):
    """Dialog: why an entry of the issue register is corrected."""

    _name = "itsms.record.form.reverse"
    _description = "Counter Entry in the Issue Register"
    _inherit = ["itsms.dialog.mixin"]

    issue_id = fields.Many2one("itsms.record.form.issue", required=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Make the counter entry; every check is made by the register itself."""
        self.ensure_one()
        return self.issue_id.action_reverse(self.reason)
