from odoo import fields, models


class ItsmsHandOver(models.TransientModel):
    """Hand one decision over to a colleague who knows the matter (DOC-4.5.2a, COM-6)."""

    _name = "itsms.hand.over"
    _description = "Hand Over a Decision"
    _inherit = ["itsms.dialog.mixin"]

    step_id = fields.Many2one("itsms.approval.step", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Substitute",
        required=True,
        domain=[("share", "=", False)],
        help="A colleague of equal rank who knows the matter, or a superior; never the preparer.",
    )
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Hand over; every rule is checked by the step itself."""
        self.ensure_one()
        self.step_id.action_hand_over(self.user_id.id, self.reason)
        return {"type": "ir.actions.act_window_close"}
