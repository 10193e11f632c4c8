from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, is_html_empty

from odoo.addons.itsms_base.engine import guard

# states in which a session holds its room and its teacher
BOOKED = ("pending", "approved", "running")
UNPLANNED = ("induction", "post_change")


class ItsmsTrainingSession(models.Model):
    """Submitting, approving, moving and cancelling the training implementation plan."""

    _inherit = "itsms.training.session"

    # ------------------------------------------------------------ submitting
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        self._book()
        for session in self:
            session._check_complete()
            session._check_notice(session.day)
            session._check_persons()
            session._check_room()
            session._check_free()

    def _check_complete(self):
        """Plan, notice, timetable and outline are submitted together (TRN-4.3.1)."""
        missing = []
        if is_html_empty(self.notice):
            missing.append(self.env._("the training notice"))
        if not self.timetable_ids:
            missing.append(self.env._("the course timetable"))
        if is_html_empty(self.outline):
            missing.append(self.env._("the teaching plan outline"))
        if not (self.room_id or self.place):
            missing.append(self.env._("the room or place"))
        if not (self.teacher_id if self.teacher_kind == "internal" else self.external_teacher_id):
            missing.append(self.env._("the teacher"))
        if self.teacher_kind == "external" and not self.qualification:
            missing.append(self.env._("why the external teacher is qualified (TRN-4.3.4.1)"))
        if not self.employee_ids:
            missing.append(self.env._("the trainees"))
        if self.assessment == "written" and self._paper_without_marks():
            missing.append(self.env._("an examination paper with marks"))
        if self.kind == "induction" and not self.part:
            missing.append(self.env._("which part of the induction it is (TRN-4.3.4.2)"))
        if missing:
            raise UserError(
                self.env._(
                    "%(session)s is not complete: %(missing)s. Fill it in, then submit again "
                    "(TRN-4.3.1).",
                    session=self.display_name,
                    missing=", ".join(missing),
                )
            )
        self._check_basis()

    def _paper_without_marks(self):
        # sudo: planners need no right on surveys
        return self.survey_id.sudo().scoring_type == "no_scoring"

    def _check_basis(self):
        """Held is what is planned or was added by the training approval form (TRN-4.2.2.2)."""
        line = self.plan_line_id
        if line.plan_state == "in_force" or (not line and self.kind in UNPLANNED):
            return
        if line:
            raise UserError(
                self.env._(
                    "%(session)s: the annual plan of “%(line)s” is not in force. Choose the line "
                    "of the plan in force (TRN-4.2.2.2).",
                    session=self.display_name,
                    line=line.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%(session)s is in no annual plan. Choose its line of the plan in force, or have "
                "it added with a training approval form first (TRN-4.2.2.2, TRN-4.2.3).",
                session=self.display_name,
            )
        )

    def _check_notice(self, day):
        """At least three days before; the day of the training is day 0 (TRN-4.3.1a) [I-30]."""
        days = self._notice_days()
        earliest = fields.Date.add(self.company_id._itsms_today(), days=days)
        if day < earliest:
            raise UserError(
                self.env._(
                    "%(session)s is on %(day)s: the plan is submitted at least %(days)s days "
                    "before the training, so the earliest day from today is %(earliest)s. Choose "
                    "a later day (TRN-4.3.1a).",
                    session=self.display_name,
                    day=day,
                    days=days,
                    earliest=earliest,
                )
            )

    def _check_persons(self):
        """Nobody who has left teaches or is trained."""
        people = (self.employee_ids | self._inside_teacher()).sudo()  # sudo: who has left
        gone = people.filtered(lambda e: not e.active)
        if gone:
            raise UserError(
                self.env._(
                    "%(session)s: %(names)s left the company (archived). Take them out of the "
                    "plan, or name another teacher.",
                    session=self.display_name,
                    names=", ".join(gone.mapped("name")),
                )
            )

    def _inside_teacher(self):
        return self.teacher_id if self.teacher_kind == "internal" else self.teacher_id.browse()

    def _check_room(self, more=0):
        if self.room_id and not self.room_id.active:
            raise UserError(
                self.env._(
                    "%(session)s: %(room)s is no longer used. Choose another room.",
                    session=self.display_name,
                    room=self.room_id.display_name,
                )
            )
        people = self.people + more
        if self.room_id and people > self.room_id.capacity:
            raise UserError(
                self.env._(
                    "%(session)s: %(room)s is full, it has %(seats)s seats for %(people)s people. "
                    "Take a larger room, or hold two sessions.",
                    session=self.display_name,
                    room=self.room_id.display_name,
                    seats=self.room_id.capacity,
                    people=people,
                )
            )

    def _book(self):
        """Bookings wait for each other: in the company, in that of a teacher from elsewhere, and
        all of them where a teacher of no company is asked for by several."""
        Company = self.env["res.company"].sudo()  # sudo: the counter of bookings is the system's
        # sudo: where the teacher belongs
        inside = self.sudo().filtered(lambda s: s.teacher_kind == "internal").teacher_id
        outside = self.sudo().filtered(lambda s: s.teacher_kind == "external").external_teacher_id
        companies = self.company_id.sudo() | inside.company_id | outside.company_id
        if outside.filtered(lambda p: not p.company_id):
            companies |= Company.search([], order="id", limit=1)
        companies._itsms_book()

    def _check_free(self, start=None, end=None, room=None):
        """Room and teacher are not booked for another session at the same time."""
        start, end = start or self.date_start, end or self.date_end
        room = self.room_id if room is None else room
        overlap = (
            Domain("id", "!=", self.id)
            & Domain("state", "in", BOOKED)
            & Domain("date_start", "<", end)
            & Domain("date_end", ">", start)
        )
        # sudo: bookings of sessions that the planner may not open count as well
        booked = self.env["itsms.training.session"].sudo()
        same_teacher = Domain.FALSE
        if self.teacher_kind == "internal" and self.teacher_id:
            same_teacher = Domain("teacher_kind", "=", "internal") & Domain(
                "teacher_id", "=", self.teacher_id.id
            )
        elif self.external_teacher_id:
            same_teacher = Domain("teacher_kind", "=", "external") & Domain(
                "external_teacher_id", "=", self.external_teacher_id.id
            )
        other = booked.search(overlap & same_teacher, limit=1)
        if other:
            raise UserError(
                self.env._(
                    "%(session)s: %(teacher)s teaches %(other)s at the same time (%(when)s). "
                    "Choose another time or another teacher.",
                    session=self.display_name,
                    teacher=self._teacher_name(),
                    other=other.number or other.name,
                    when=other._when_text(),
                )
            )
        other = room and booked.search(overlap & Domain("room_id", "=", room.id), limit=1)
        if other:
            raise UserError(
                self.env._(
                    "%(session)s: %(room)s is booked for %(other)s at the same time (%(when)s). "
                    "Choose another time or another room.",
                    session=self.display_name,
                    room=room.display_name,
                    other=other.number or other.name,
                    when=other._when_text(),
                )
            )

    # ------------------------------------------------------------ in words
    def _teacher_name(self):
        """Name of the teacher of one session (sudo: it stands on the notice)."""
        if self.teacher_kind == "external":
            return self.external_teacher_id.sudo().name or ""
        return self.teacher_id.sudo().name or ""

    def _when_text(self):
        start, end = self._local(self.date_start), self._local(self.date_end)
        last = end.strftime("%H:%M" if start.date() == end.date() else "%Y-%m-%d %H:%M")
        return f"{start:%Y-%m-%d %H:%M} – {last}"

    def _where_text(self):
        return self.room_id.sudo().name or self.place or ""  # sudo: it stands on the notice

    # ------------------------------------------------------------ approved
    def _approval_done(self):
        super()._approval_done()
        for session in self:
            # sudo: the engine's own field; the attendance list follows from the plan
            guard.as_engine(session.sudo()).write({"signin_token": session._new_token()})
            session.sudo()._invite(session.sudo().employee_ids)
            session._tell_trainees(self.env._("You are invited to a training"))

    def _invite(self, employees):
        """Attendance lines for ``employees`` who have none (sudo by the caller)."""
        Attendance = self.env["itsms.training.attendance"].sudo()
        new = employees - self.attendance_ids.employee_id
        return guard.as_engine(Attendance).create(
            [{"session_id": self.id, "employee_id": employee.id} for employee in new]
        )

    def _tell_trainees(self, title, more=""):
        """The training notice (培训通知) to everybody who is to come, and to the teacher."""
        self.ensure_one()
        session = self.sudo()  # sudo: a notification in the system's name
        expected = session.attendance_ids.filtered(lambda a: a.presence != "left")
        users = (expected.employee_id | session._inside_teacher()).user_id.filtered("active")
        if not users:
            return
        body = self.env._(
            "%(title)s: %(name)s, %(when)s, %(where)s, teacher %(teacher)s. %(more)s",
            title=title,
            name=session.display_name,
            when=session._when_text(),
            where=session._where_text(),
            teacher=session._teacher_name(),
            more=more,
        )
        notice = html2plaintext(session.notice or "")
        session.message_notify(
            partner_ids=users.partner_id.ids,
            body="\n".join(filter(None, (body, notice))),
            subject=f"{title}: {session.name}",
        )

    # ------------------------------------------------------------ moving
    def action_open_move(self):
        self.ensure_one()
        self.check_access("write")
        dialog = self.env["itsms.training.session.move"].create(
            {
                "session_id": self.id,
                "date_start": self.date_start,
                "date_end": self.date_end,
                "room_id": self.room_id.id,
                "place": self.place,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move the training"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_move(self, date_start, date_end, reason, room_id=None, place=None):
        """Move an approved session; logged, and everybody who is invited is told.

        To another day at least three days before the old one and before the new one: trainees
        rely on the notice (TRN-4.3.1a). On the same day until it begins.
        """
        self.ensure_one()
        self._lock_rows()
        self.check_access("write")
        self._check_may_move(reason)
        start, end = fields.Datetime.to_datetime(date_start), fields.Datetime.to_datetime(date_end)
        if not start or not end or start >= end:
            raise UserError(
                self.env._("Give begin and end of the training; it ends after it begins.")
            )
        room = self.env["itsms.training.room"].browse(room_id).exists() if room_id else self.room_id
        room.check_access("read")
        if room and room.company_id != self.company_id:
            raise UserError(self.env._("%(room)s belongs to another company.", room=room.name))
        if start <= fields.Datetime.now():
            raise UserError(self.env._("A training is moved to a time to come."))
        new_day = self._local(start).date()
        if new_day != self.day:
            self._check_notice(new_day)
            self._check_move_notice()
        self._book()
        self._check_free(start, end, room)
        before = f"{self._when_text()} {self._where_text()}"
        # sudo: the engine moves what was approved, the right was checked
        guard.as_engine(self.sudo()).write(
            {
                "date_start": start,
                "date_end": end,
                "room_id": room.id,
                "place": place or self.place,
            }
        )
        self._check_room()
        self._log(
            "other",
            state_from=before,
            state_to=f"{self._when_text()} {self._where_text()}",
            comment=self.env._("Moved: %(reason)s", reason=reason),
        )
        self._tell_trainees(self.env._("The training was moved"), reason)
        return True

    def _check_may_move(self, reason):
        if self.state != "approved":
            raise UserError(
                self.env._(
                    "%(session)s is “%(state)s”: an approved session that has not begun is moved; "
                    "a draft is simply changed.",
                    session=self.display_name,
                    state=self._state_label(),
                )
            )
        if not str(reason or "").strip():
            raise UserError(self.env._("Say why the training is moved: the trainees are told."))

    def _check_move_notice(self):
        """Less than three days before, a training is cancelled, not moved to another day."""
        days = self._notice_days()
        if (self.day - self.company_id._itsms_today()).days < days:
            raise UserError(
                self.env._(
                    "%(session)s is on %(day)s, less than %(days)s days from today: it is no "
                    "longer moved to another day. Cancel it with a reason and submit a new plan, "
                    "or move it on the same day (TRN-4.3.1a).",
                    session=self.display_name,
                    day=self.day,
                    days=days,
                )
            )

    # ------------------------------------------------------------ cancelling
    def _run_transition(self, transition, comment=None, **kwargs):
        result = super()._run_transition(transition, comment, **kwargs)
        if transition.name == "cancel":
            for session in self.filtered("approved_at"):
                session._tell_trainees(self.env._("The training was cancelled"), comment)
        return result

    def copy_data(self, default=None):
        """A copy is the plan of another time: people who left stay behind."""
        vals_list = super().copy_data(default)
        for session, vals in zip(self, vals_list, strict=True):
            active = session.sudo().employee_ids.filtered("active")  # sudo: who has left
            vals["employee_ids"] = [fields.Command.set(active.ids)]
        return vals_list
