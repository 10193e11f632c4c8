from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Trainings to go to, to host, to evaluate; people whose training has to be judged."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_my_trainings(),
            self._section_sessions_to_do(),
            self._section_effects(),
            self._section_managers_due(),
            self._section_mentoring(),
        ]

    @api.model
    def _section_my_trainings(self):
        lines = self.env["itsms.training.attendance"]
        return self._records_section(
            "my_trainings",
            self.env._("My trainings"),
            self.env._("You are not invited to a training."),
            "fa-graduation-cap",
            lines,
            [
                ("employee_id.user_id", "=", self.env.uid),
                "|",
                ("session_state", "in", ("approved", "running")),
                "&",
                ("session_state", "in", ("finished", "evaluated", "closed")),
                ("makeup_open", "=", True),
            ],
            "itsms_training.itsms_training_attendance_action_mine",
            lambda line: {
                "name": line.session_id.name,
                "label": line._presence_label(),
                "deadline": line.day,
            },
        )

    @api.model
    def _section_sessions_to_do(self):
        """Sessions that this person has to submit again, teach, hold, evaluate or file."""
        user = self.env.user
        domain = [
            "|",
            "|",
            "&",
            "&",
            ("teacher_kind", "=", "internal"),
            ("teacher_id.user_id", "=", user.id),
            ("state", "in", ("approved", "running")),
            "&",
            ("organiser_id", "=", user.id),
            ("state", "in", ("rejected", "finished")),
            "&",
            ("company_id", "in", user._itsms_training_hr_companies().ids),
            ("state", "in", ("approved", "running", "evaluated")),
        ]
        return self._records_section(
            "training_sessions",
            self.env._("Trainings to hold, evaluate or file"),
            self.env._("No training waits for you."),
            "fa-calendar",
            self.env["itsms.training.session"],
            domain,
            "itsms_training.itsms_training_session_action",
            lambda session: {
                "label": session._state_label(),
                # sudo: a colleague's name
                "by": session.organiser_id.sudo().name,
                "deadline": session.day,
            },
        )

    @api.model
    def _section_mentoring(self):
        """People whom this person teaches in the post: the sheet of the month, the conclusion."""
        Mentoring = self.env["itsms.training.mentoring"]
        domain = [("state", "=", "running"), ("mentor_id.user_id", "=", self.env.uid)]
        if not Mentoring.search_count(domain, limit=1):
            return None
        return self._records_section(
            "training_mentoring",
            self.env._("People I mentor"),
            "",
            "fa-users",
            Mentoring,
            domain,
            "itsms_training.itsms_training_mentoring_action",
            lambda mentoring: {
                "label": mentoring._state_label(),
                "deadline": min(
                    mentoring.sheet_ids.filtered(lambda s: not s.filled_at).mapped("due"),
                    default=mentoring.date_to,
                ),
            },
        )

    @api.model
    def _section_effects(self):
        lines = self.env["itsms.training.attendance"]
        domain = [
            ("effect_due", "!=", False),
            ("effect", "=", False),
            "|",
            ("employee_id.parent_id.user_id", "=", self.env.uid),
            ("employee_id.department_id.manager_id.user_id", "=", self.env.uid),
            ("employee_id.user_id", "!=", self.env.uid),
        ]
        if not lines.search_count(domain, limit=1):
            return None
        return self._records_section(
            "training_effects",
            self.env._("Effect of trainings to judge"),
            "",
            "fa-line-chart",
            lines,
            domain,
            "itsms_training.itsms_training_attendance_action_effect",
            lambda line: {"deadline": line.effect_due},
        )

    @api.model
    def _section_managers_due(self):
        """For HR: managers who were in no manager training this year (TRN-4.3.4.3)."""
        if not self.env.user.has_group("hr.group_hr_user"):
            return None
        return self._records_section(
            "training_managers",
            self.env._("Managers without a training this year"),
            self.env._("Every manager was trained this year."),
            "fa-user-o",
            self.env["hr.employee"],
            [("itsms_manager_due", "=", True)],
            "itsms_training.hr_employee_action_managers_due",
            lambda employee: {"label": employee.department_id.name or ""},
        )
