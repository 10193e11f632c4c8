from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Command

from odoo.addons.itsms_base.engine import guard

from .common import TrainingCase, tagged

# a Monday; the training is on the Friday, four days later, from 9 to 11
NOW = datetime(2031, 3, 3, 8, 0)
START = datetime(2031, 3, 7, 9, 0)
END = datetime(2031, 3, 7, 11, 0)


class SessionCase(TrainingCase):
    """A department, its people, a room, and a line of the annual plan in force.

    ``self.head`` heads Development and organises; ``self.author`` and ``self.colleague`` are
    trained; the clock stands on ``NOW`` in ``self._at(...)``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "UTC"
        cls.company.partner_id.lang = "en_US"  # contents are copied in the language of the company
        cls.room = cls.env["itsms.training.room"].create(
            {"name": "Room 1", "capacity": 3, "company_id": cls.company.id}
        )
        plan = cls.env["itsms.training.plan"].create({"year": 2031, "company_id": cls.company.id})
        cls.line = cls.env["itsms.training.plan.line"].create(
            {
                "plan_id": plan.id,
                "name": "Incident handling",
                "month": "03",
                "department_id": cls.dep_dev.id,
            }
        )
        guard.as_engine(plan).write({"state": "in_force"})
        cls.teacher = cls._person("teacher", cls.dep_sales)

    def _at(self, moment):
        return freeze_time(moment)

    def _values(self, **vals):
        return {
            "name": "Incident handling",
            "company_id": self.company.id,
            "department_id": self.dep_dev.id,
            "plan_line_id": self.line.id,
            "date_start": START,
            "date_end": END,
            "room_id": self.room.id,
            "teacher_id": self.teacher.employee_id.id,
            "notice": "<p>Bring your laptop</p>",
            "outline": "<p>Theory, then practice</p>",
            "timetable_ids": [
                Command.create({"name": "Theory", "time_from": 9, "time_to": 10}),
                Command.create({"name": "Practice", "time_from": 10, "time_to": 11}),
            ],
            "employee_ids": [
                Command.set((self.author.employee_id | self.colleague.employee_id).ids)
            ],
            **vals,
        }

    def _session(self, user=None, **vals):
        """A complete draft of ``user`` (default: the head of Development)."""
        Session = self.env["itsms.training.session"].with_user(user or self.head)
        with self._at(NOW):
            return Session.create(self._values(**vals))

    def _submitted(self, **vals):
        session = self._session(**vals)
        with self._at(NOW):
            session.action_submit()
        return session

    def _approved(self, **vals):
        session = self._submitted(**vals)
        with self._at(NOW):
            self._as(session, self.training_admin).action_approve()
            self._as(session, self.hr_head).action_approve()
        return session.with_env(self.env)

    def _running(self, **vals):
        session = self._approved(**vals)
        with self._at(START):
            self._as(session, self.training_admin).action_start()
        return session

    def _line(self, session, user):
        return (
            session.sudo()
            .attendance_ids.filtered(lambda a: a.employee_id == user.employee_id)
            .with_env(self.env)
        )

    def _assess(self, line, score, user=None, moment=END):
        with self._at(moment):
            return (
                self.env["itsms.training.attempt"]
                .with_user(user or self.training_admin)
                .create({"attendance_id": line.id, "score": score})
            )

    def _finished(self, scores=None, **vals):
        """Held, both there and assessed with ``scores`` (default: both passed)."""
        session = self._running(**vals)
        people = (self.author, self.colleague)
        with self._at(START):
            for person in people:
                self._as(session, person).action_sign_in()
        for person, score in zip(people, scores or (80, 90), strict=True):
            if score is not None:
                self._assess(self._line(session, person), score)
        with self._at(END):
            self._as(session, self.training_admin).action_finish()
        return session

    def _evaluate(self, session):
        with self._at(END + timedelta(hours=1)):
            mine = self._as(session, self.head)
            mine.write(
                {
                    "content_held": "Theory and practice",
                    "effectiveness": "effective",
                    "strengths": "Much practice",
                    "shortcomings": "Too short",
                }
            )
            mine.action_hand_in()

    def _closed(self, **vals):
        session = self._finished(**vals)
        self._evaluate(session)
        with self._at(END + timedelta(hours=2)):
            self._as(session, self.training_admin).action_close()
        return session


__all__ = ["END", "NOW", "START", "SessionCase", "tagged"]
