from odoo import fields, models


class ItsmsMeetingMark(models.TransientModel):
    """The secretary enters presence for people who did not sign in themselves."""

    _name = "itsms.meeting.mark"
    _description = "Enter Presence"
    _inherit = ["itsms.dialog.mixin"]

    attendee_ids = fields.Many2many("itsms.meeting.attendee", readonly=True)
    presence = fields.Selection(
        [
            ("present", "Present"),
            ("excused", "Excused"),
            ("absent", "Absent"),
            ("expected", "Expected"),
        ],
        default="present",
        required=True,
        help="“Expected” takes a wrong entry back.",
    )
    deputy_id = fields.Many2one(
        "res.users", string="Represented by", help="Who comes instead; leave empty otherwise."
    )
    reason = fields.Char(help="Signed on paper, took part by telephone, wrong entry …")

    def action_confirm(self):
        """Enter it; the participants check right and state themselves."""
        self.ensure_one()
        self.attendee_ids._mark(self.presence, self.reason, self.deputy_id)
        return {"type": "ir.actions.act_window_close"}
