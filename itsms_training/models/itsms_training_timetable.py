from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ItsmsTrainingTimetable(models.Model):
    """One line of the course timetable (课程表) of a session (TRN-4.3.1)."""

    _name = "itsms.training.timetable"
    _description = "Course Timetable"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "session_id"
    _order = "session_id, day, time_from, id"

    session_id = fields.Many2one(
        "itsms.training.session", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    day = fields.Date(help="Empty: the first day of the training.")
    time_from = fields.Float(string="From", required=True)
    time_to = fields.Float(string="Until", required=True)
    name = fields.Char(string="Lesson", required=True)
    teacher = fields.Char(help="Where somebody else than the teacher of the session gives it.")

    @api.constrains("time_from", "time_to")
    def _check_times(self):
        for line in self:
            if not 0 <= line.time_from < line.time_to <= 24:
                raise ValidationError(
                    self.env._(
                        "“%(lesson)s”: a lesson ends after it begins, on the same day (TRN-4.3.1).",
                        lesson=line.name,
                    )
                )
