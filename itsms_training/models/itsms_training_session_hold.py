import base64
import io
from datetime import timedelta

import qrcode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard


class ItsmsTrainingSession(models.Model):
    """Holding a training: attendance, assessment, evaluation, filing."""

    _inherit = "itsms.training.session"

    signin_url = fields.Char(
        string="Sign-in address", compute="_compute_signin", help="Address behind the QR code."
    )
    signin_qr = fields.Binary(string="Sign-in code", compute="_compute_signin")

    # ------------------------------------------------------------ what the person may do
    def _my_attendance(self):
        """The attendance lines of the current user, per session id."""
        lines = self.env["itsms.training.attendance"].search(
            [("session_id", "in", self.ids), ("employee_id.user_id", "=", self.env.uid)]
        )
        return {line.session_id.id: line for line in lines}

    @api.depends("state", "attendance_ids.presence", "attendance_ids.result")
    @api.depends_context("uid")
    def _compute_invited(self):
        mine = self._my_attendance()
        for session in self:
            line = mine.get(session.id, self.env["itsms.training.attendance"])
            session.invited = bool(line)
            session.can_sign_in = (
                session.state == "running"
                and line.presence == "expected"
                and session._window_open()
            )
            session.can_take_test = bool(line) and line._may_take_test()

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_signin(self):
        """Shown by HR in the room; nobody else reads the address."""
        for session in self:
            session.signin_url = session.signin_qr = False
            # sudo: the code of a session that this user hosts
            token = session.is_hr and session.state == "running" and session.sudo().signin_token
            if token:
                session.signin_url = f"{session.get_base_url()}/itsms/training/signin/{token}"
                buffer = io.BytesIO()
                qrcode.make(session.signin_url, box_size=8, border=2).save(buffer, format="PNG")
                session.signin_qr = base64.b64encode(buffer.getvalue())

    def _window(self):
        """From when to when people sign in themselves; naive UTC."""
        before = self.env["itsms.parameter"]._get("training.signin.minutes", self.company_id)
        return self.date_start - timedelta(minutes=before), self.date_end

    def _window_open(self):
        begin, end = self._window()
        return begin <= fields.Datetime.now() <= end

    # ------------------------------------------------------------ signing in
    def action_sign_in(self):
        """The current user signs in to one session, for himself and nobody else (TRN-4.3.2).

        :raise UserError: not invited, not open, or outside the time of the session.
        """
        self.ensure_one()
        line = self.sudo()._my_own_line()  # sudo: only the line of the current user is touched
        if self.sudo().state != "running":
            raise UserError(
                self.env._(
                    "The attendance of this training is not open. The training administrator "
                    "opens it when the training begins (TRN-4.3.2)."
                )
            )
        if not self.sudo()._window_open():
            begin, end = self.sudo()._window()
            raise UserError(
                self.env._(
                    "You can sign in from %(begin)s to %(end)s. Ask the training administrator to "
                    "enter you (TRN-4.3.2).",
                    begin=self.sudo()._local(begin).strftime("%Y-%m-%d %H:%M"),
                    end=self.sudo()._local(end).strftime("%H:%M"),
                )
            )
        line._lock_rows()
        if line.presence == "present":
            return True
        if line.presence != "expected":
            raise UserError(
                self.env._(
                    "You are entered as “%(presence)s”. Ask the training administrator to correct "
                    "it (TRN-4.3.2).",
                    presence=line._presence_label(),
                )
            )
        guard.as_engine(line).write(
            {
                "presence": "present",
                "signed_at": fields.Datetime.now(),
                "signed_by_id": self.env.uid,
            }
        )
        line.with_env(self.env)._log("signature", comment=self.env._("Signed in in person"))
        return True

    def _my_own_line(self):
        """The attendance line of the current user in one session (sudo by the caller)."""
        line = self._my_attendance_or_none()
        if not line:
            raise AccessError(
                self.env._("You are not on the attendance list of this training (TRN-4.3.2).")
            )
        return line

    def _my_attendance_or_none(self):
        """The own line of the current user, if he is invited (sudo by the caller)."""
        line = self.attendance_ids.filtered(lambda a: a.employee_id.user_id.id == self.env.uid)
        return line[:1] if self.company_id in self.env.user.company_ids else line.browse()

    @api.model
    def _by_token(self, token):
        """Session behind a sign-in code (sudo: the code is all one knows of it)."""
        if not (isinstance(token, str) and len(token) == 32 and token.isalnum()):
            return self.browse()
        found = self.sudo().search([("signin_token", "=", token)], limit=1)
        return found.with_env(self.env)

    # ------------------------------------------------------------ holding
    def action_start(self):
        return self.action_transition("start")

    def action_finish(self):
        return self.action_transition("finish")

    def action_hand_in(self):
        return self.action_transition("hand_in")

    def action_close(self):
        return self.action_transition("close")

    def action_open_act(self):
        """Dialog that asks for the reason of an act that needs one."""
        operation = self.env.context.get("itsms_operation")
        if operation not in ("cancel", "question"):
            raise UserError(self.env._("There is no such act."))
        return self.env["itsms.decision"]._open(self, operation)

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        check = {
            "start": "_check_start",
            "finish": "_check_finish",
            "hand_in": "_check_results",
            "close": "_check_results",
        }.get(transition.name)
        for session in self if check else ():
            getattr(session, check)()
        if transition.name == "hand_in":
            self._check_may_evaluate()

    def _check_start(self):
        begin, _end = self._window()
        if fields.Datetime.now() < begin:
            raise UserError(
                self.env._(
                    "%(session)s begins at %(when)s: attendance opens at %(begin)s at the "
                    "earliest. Move the training if it is to be held earlier (TRN-4.3.2).",
                    session=self.display_name,
                    when=self._when_text(),
                    begin=self._local(begin).strftime("%Y-%m-%d %H:%M"),
                )
            )
        teacher = self._inside_teacher().sudo()  # sudo: who has left
        if teacher and not teacher.active:
            raise UserError(
                self.env._(
                    "%(session)s: the teacher %(name)s left the company. Cancel it with a reason "
                    "and submit a plan with another teacher.",
                    session=self.display_name,
                    name=teacher.name,
                )
            )
        if not self.attendance_ids.filtered(lambda a: a.presence != "left"):
            raise UserError(
                self.env._(
                    "%(session)s: nobody is left to be trained. Cancel it with a reason.",
                    session=self.display_name,
                )
            )

    def _check_finish(self):
        """Attendance is complete when the training ends (TRN-4.3.2)."""
        # sudo: the list is complete, whoever ends it
        expected = self.sudo().attendance_ids.filtered(lambda a: a.presence == "expected")
        if expected:
            raise UserError(
                self.env._(
                    "%(session)s: say of %(names)s whether they were present, excused or absent "
                    "(TRN-4.3.2).",
                    session=self.display_name,
                    names=", ".join(expected[:5].employee_id.mapped("name")),
                )
            )

    def _check_results(self):
        """The record sheet holds the result of everybody who was there (TRN-4.3.3)."""
        self._check_finish()
        # sudo: the list is complete, whoever hands it in
        lines = self.sudo().attendance_ids
        missing = lines.filtered(lambda a: a.presence == "present" and a.result == "open")
        if missing:
            raise UserError(
                self.env._(
                    "%(session)s: the results of %(names)s are missing. Enter their assessment "
                    "first (TRN-4.3.3, TRN-4.3.5.2).",
                    session=self.display_name,
                    names=", ".join(missing[:5].employee_id.mapped("name")),
                )
            )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        now = fields.Datetime.now()
        values = {
            "start": {"opened_at": now, "opened_by_id": self.env.uid},
            "hand_in": {"evaluated_at": now, "evaluated_by_id": self.env.uid},
            "close": {"closed_at": now, "closed_by_id": self.env.uid},
        }.get(transition.name)
        if values:
            guard.as_engine(self.sudo()).write(values)  # sudo: the engine's own fields
        if transition.name == "finish":
            for session in self:
                session._prefill_content()
                session._approval_tell(
                    session.organiser_id,
                    self.env._("Evaluate and hand in: %(name)s", name=session.display_name),
                )
        elif transition.name == "hand_in":
            hr = self.env["itsms.role"]._by_code("training_administrator")
            for session in self:
                session._approval_tell(
                    hr._holders(session.company_id) - self.env.user,
                    self.env._("Record sheet handed in: %(name)s", name=session.display_name),
                )
        elif transition.name == "close":
            for session in self:
                if session.kind == "management":
                    self.env["itsms.duty"]._complete("training.managers", session)

    def _prefill_content(self):
        """What was taught begins as the ticked contents."""
        # sudo: a proposal that the organiser changes
        session = self.sudo()
        if not session.content_held:
            taught = session.check_ids.filtered("done") or session.check_ids
            lines = taught.mapped("name") or session.timetable_ids.mapped("name")
            guard.as_engine(session).content_held = "\n".join(lines) or session.name

    # ------------------------------------------------------------ results
    def _participant_passed(self, attendances):
        """Hook: these people passed the assessment of one session.

        Résumé and skills follow by Odoo's own models (TRN-4.3.5.2).
        """
        self.ensure_one()
        self._add_resume_lines(attendances)
        self._raise_skills(attendances)

    def _add_resume_lines(self, attendances):
        kind = self.env.ref("hr_skills.resume_type_training", raise_if_not_found=False)
        # sudo: the résumé follows from the result, whoever entered that
        self.env["hr.resume.line"].sudo().create(
            [
                {
                    "employee_id": line.sudo().employee_id.id,
                    "name": self.name,
                    "date_start": self.day,
                    "date_end": max(self._local(self.date_end).date(), self.day),
                    "line_type_id": kind and kind.id,
                    "duration": round(self.hours),
                    "description": self.display_name,
                    "itsms_attendance_id": line.id,
                }
                for line in attendances
            ]
        )

    def _raise_skills(self, attendances):
        """Who passed has the skill at the level of the session; a higher one is kept."""
        if not self.skill_id:
            return
        for line in attendances:
            employee = line.sudo().employee_id  # sudo: the skill follows from the result
            now = employee.current_employee_skill_ids.filtered(
                lambda s: s.skill_id == self.skill_id
            )
            reached = max(now.skill_level_id.mapped("level_progress"), default=-1)
            if reached >= self.skill_level_id.level_progress:
                continue
            employee.write(
                {
                    "employee_skill_ids": [
                        fields.Command.create(
                            {
                                "skill_type_id": self.skill_type_id.id,
                                "skill_id": self.skill_id.id,
                                "skill_level_id": self.skill_level_id.id,
                                "valid_from": self.company_id._itsms_today(),
                            }
                        )
                    ]
                }
            )

    # ------------------------------------------------------------ filing
    def _record_filing_states(self):
        return ("closed",)

    def _record_form_code(self):
        return "training.record"

    def _record_report(self):
        return "itsms_training.action_report_training_record"

    def _record_department(self):
        return self.company_id._itsms_hr_department() or super()._record_department()

    def _record_secrecy(self):
        """Marks of people: open to HR, not to everybody."""
        hr = self.company_id._itsms_hr_department()
        return {
            "secrecy": "secret",
            "authorised_department_ids": [fields.Command.set(hr.ids)],
        }

    def _record_title(self):
        # sudo: the title of the sheet that is filed
        return self.env._("Training record sheet %(session)s", session=self.sudo().display_name)

    def _record_payload(self):
        """The list of people with their results goes into the frozen content."""
        payload = super()._record_payload()
        for session in self:
            payload[session.id]["attendance"] = [
                line._record_line() for line in session.attendance_ids.sorted("id")
            ]
            payload[session.id]["contents"] = [
                {"name": check.name, "done": check.done} for check in session.check_ids
            ]
        return payload

    # ------------------------------------------------------------ test
    def action_take_test(self):
        """Open the examination paper for the current user; the result is read in at its end."""
        self.ensure_one()
        line = self.sudo()._my_own_line()  # sudo: only the line of the current user is touched
        line._lock_rows()
        if not line._may_take_test():
            raise UserError(
                self.env._(
                    "There is no examination open for you: it is taken by who was present, once; "
                    "a make-up examination is opened by the training administrator (TRN-4.3.5.2)."
                )
            )
        attempt = line._running_attempt()
        if not attempt:
            # sudo: employees have no right on surveys; the answer belongs to this person
            answer = self.survey_id.sudo()._create_answer(user=self.env.user, check_attempts=False)
            attempt = guard.as_engine(self.env["itsms.training.attempt"].sudo()).create(
                {
                    "attendance_id": line.id,
                    "method": "written",
                    "user_input_id": answer.id,
                    "state": "running",
                }
            )
            guard.as_engine(line).write({"makeup_open": False})
        return {
            "type": "ir.actions.act_url",
            "url": attempt.sudo().user_input_id.get_start_url(),  # sudo: the person's own answer
            "target": "self",
        }

    def action_view_attendance(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Attendance: %(name)s", name=self.display_name),
            "res_model": "itsms.training.attendance",
            "view_mode": "list,form",
            "domain": [("session_id", "=", self.id)],
            "context": {"default_session_id": self.id},
        }

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        self.ensure_one()
        return self.number or ""
