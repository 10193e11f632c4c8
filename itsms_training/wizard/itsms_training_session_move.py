from odoo import fields, models
from odoo.exceptions import UserError


class ItsmsTrainingSessionMove(models.TransientModel):
    """New time and place of an approved session; every check is made by the session itself."""

    _name = "itsms.training.session.move"
    _description = "Move a Training"
    _inherit = ["itsms.dialog.mixin"]

    session_id = fields.Many2one(
        "itsms.training.session", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="session_id.company_id")
    date_start = fields.Datetime(string="Begins", required=True)
    date_end = fields.Datetime(string="Ends", required=True)
    room_id = fields.Many2one("itsms.training.room")
    place = fields.Char()
    reason = fields.Char()

    def action_confirm(self):
        self.ensure_one()
        self.session_id.action_move(
            self.date_start, self.date_end, self.reason, self.room_id.id, self.place
        )
        return {"type": "ir.actions.act_window_close"}


class ItsmsTrainingAttendanceDialog(models.TransientModel):
    """Satisfaction of a trainee, or effect at work; every check is made by the attendance."""

    _name = "itsms.training.attendance.dialog"
    _description = "Rate a Training"
    _inherit = ["itsms.dialog.mixin"]

    attendance_ids = fields.Many2many("itsms.training.attendance", readonly=True)
    operation = fields.Selection(
        [("rate", "Rate"), ("effect", "Effect at work")], required=True, readonly=True
    )
    rating = fields.Selection(
        [("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5")],
        help="1: not useful at all, 5: very useful.",
    )
    effect = fields.Selection(
        [("effective", "Effective"), ("partly", "Partly effective"), ("not", "Not effective")]
    )
    note = fields.Char(string="Comment")

    def action_confirm(self):
        self.ensure_one()
        lines = self.attendance_ids
        if not lines:
            raise UserError(self.env._("There is nothing to do."))
        if self.operation == "rate":
            lines.action_rate(self.rating, self.note)
        else:
            lines.action_evaluate_effect(self.effect, self.note)
        return {"type": "ir.actions.act_window_close"}


class ItsmsTrainingAttemptVoid(models.TransientModel):
    """Asks why an assessment is void."""

    _name = "itsms.training.attempt.void"
    _description = "Declare an Assessment Void"
    _inherit = ["itsms.dialog.mixin"]

    attempt_id = fields.Many2one(
        "itsms.training.attempt", required=True, readonly=True, ondelete="cascade"
    )
    reason = fields.Char()

    def action_confirm(self):
        self.ensure_one()
        self.attempt_id.action_void(self.reason)
        return {"type": "ir.actions.act_window_close"}
