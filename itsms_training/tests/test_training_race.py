"""Two people act on the same room, teacher, attendance or plan at the same instant."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import RaceCase, tagged

NOW = datetime(2031, 3, 3, 8, 0)
START = datetime(2031, 3, 7, 9, 0)
HOUR = timedelta(hours=1)
PEOPLE = ("admin", "other", "head", "first", "second", "third", "teacher", "vp", "mr")


@tagged("post_install", "-at_install")
class TestTrainingRace(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    @freeze_time(NOW)
    def _create(cls, env):
        company = cls._company(env, "Training race", "TR")
        env = company.env
        company.resource_calendar_id.tz = "UTC"
        cls.department_id = env["hr.department"].create({"name": "R", "company_id": company.id}).id
        cls.users, cls.employees = {}, {}
        for name in PEOPLE:
            hr = name in ("admin", "other")
            user = cls._person(env, name, "base.group_user" + (",hr.group_hr_user" if hr else ""))
            employee = cls._employee(env, user, department_id=cls.department_id)
            cls.users[name], cls.employees[name] = user.id, employee.id
        env["hr.department"].browse(cls.department_id).manager_id = cls.employees["head"]
        for role, name in (
            ("training_administrator", "admin"),
            ("hr_head", "other"),
            ("management_representative", "mr"),
            ("president", "teacher"),
        ):
            cls._appoint(env, role, env["res.users"].browse(cls.users[name]))
        vp = env["res.users"].browse(cls.users["vp"])
        cls._appoint(env, "vice_president", vp, env["hr.department"].browse(cls.department_id))
        company.itsms_hr_department_id = cls.department_id
        Room = env["itsms.training.room"]
        cls.rooms = Room.create(
            [
                {"name": f"Race {n}", "capacity": seats, "company_id": company.id}
                for n, seats in enumerate((9, 9, 2))
            ]
        ).ids
        cls._prepare(env)

    @classmethod
    def _prepare(cls, env):
        cls.room_drafts = [cls._session(env, room=0, teacher=name) for name in ("admin", "other")]
        cls.teacher_drafts = [
            cls._session(env, room=n, teacher="teacher", start=START + 24 * HOUR) for n in (0, 1)
        ]
        cls.seats = cls._session(env, room=2, start=START + 48 * HOUR, people=("first",))
        cls.held = cls._session(env, room=1, start=START - 24 * HOUR, people=("first", "second"))
        cls.moved = [
            cls._session(env, room=2, teacher=name, start=START + day * 24 * HOUR, people=())
            for day, name in enumerate(("admin", "other"), 10)
        ]
        cls.assessed = cls._session(env, room=1, start=START - 48 * HOUR, people=("first",))
        for session_id, state in (
            *((number, "approved") for number in cls.moved),
            (cls.seats, "approved"),
            (cls.held, "running"),
            (cls.assessed, "running"),
        ):
            session = env["itsms.training.session"].browse(session_id)
            guard.as_engine(session).write({"state": state})
            session._invite(session.employee_ids)
        guard.as_engine(session.attendance_ids).write({"presence": "present"})
        plan = env["itsms.training.plan"].with_user(cls.users["admin"])
        plan = plan.create(
            {
                "year": 2031,
                "company_id": cls.company_id,
                "line_ids": [
                    Command.create(
                        {
                            "name": "Race",
                            "department_id": cls.department_id,
                            "month": "03",
                            "hours": 1,
                            "people": 1,
                        }
                    )
                ],
            }
        )
        plan.action_submit()
        cls.plan_id = plan.id

    @classmethod
    def _session(cls, env, room, teacher="teacher", start=START, people=("first",)):
        """Id of a complete draft of the head of the department."""
        session = env["itsms.training.session"].with_user(cls.users["head"])
        session = session.create(
            {
                "name": "Race",
                "kind": "post_change",
                "company_id": cls.company_id,
                "department_id": cls.department_id,
                "date_start": start,
                "date_end": start + 2 * HOUR,
                "room_id": cls.rooms[room],
                "teacher_id": cls.employees[teacher],
                "notice": "<p>Come</p>",
                "outline": "<p>Work</p>",
                "timetable_ids": [Command.create({"name": "A", "time_from": 9, "time_to": 10})],
                "employee_ids": [Command.set([cls.employees[name] for name in people])],
            }
        )
        return session.id

    # ------------------------------------------------------------ helpers
    def _as(self, cr, name):
        return self._env(cr, self.users[name])

    def _race(self, acts, table="itsms_training_session"):
        """Both acts at the same moment: the first wins; what the second is told."""
        with mute_logger("odoo.sql_db"), self._two(table) as (one, two):
            acts[0](one)
            one.commit()
            return self._loses(two, lambda: acts[1](two))

    def _submit(self, session_id):
        def act(cr):
            env = self._as(cr, "head")
            env["itsms.training.session"].browse(session_id).action_submit()
            env.flush_all()

        return act

    def _states(self, model, ids):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            return env[model].browse(ids).mapped("state")

    # ------------------------------------------------------------ bookings
    @freeze_time(NOW)
    def test_same_room(self):
        """TRN-4.3.1 6.5: two plans submitted at once for one room: one booking, one refusal."""
        message = self._race([self._submit(number) for number in self.room_drafts])
        self.assertIn("is booked", message)
        states = self._states("itsms.training.session", self.room_drafts)
        self.assertEqual(states, ["pending", "draft"])

    @freeze_time(NOW)
    def test_same_teacher(self):
        """TRN-4.3.1 6.5: two plans submitted at once with one teacher: one is refused."""
        message = self._race([self._submit(number) for number in self.teacher_drafts])
        self.assertIn("teaches", message)
        states = self._states("itsms.training.session", self.teacher_drafts)
        self.assertEqual(states, ["pending", "draft"])

    @freeze_time(NOW)
    def test_moved_together(self):
        """TRN-4.3.1 6.5: two trainings moved at once into one room: the second finds it booked."""
        to = START + 20 * 24 * HOUR

        def move(session_id):
            def act(cr):
                env = self._as(cr, "head")
                session = env["itsms.training.session"].browse(session_id)
                session.action_move(to, to + HOUR, "Better day")
                env.flush_all()

            return act

        self.assertIn("is booked", self._race([move(number) for number in self.moved]))

    @freeze_time(NOW)
    def test_last_seat(self):
        """TRN-4.3.1 6.5: two people added at once to the last seat: the room is full."""

        def add(name):
            def act(cr):
                env = self._as(cr, "admin")
                env["itsms.training.attendance"].create(
                    {"session_id": self.seats, "employee_id": self.employees[name]}
                )
                env.flush_all()

            return act

        message = self._race([add("second"), add("third")])
        self.assertIn("full", message)
        with self.registry.cursor() as cr:
            env = self._env(cr)
            self.assertEqual(env["itsms.training.session"].browse(self.seats).people, 2)

    # ------------------------------------------------------------ attendance and results
    @freeze_time(START - 24 * HOUR)
    def test_last_signatures(self):
        """TRN-4.3.2: two trainees sign in at the same moment, both are present; the training
        ends with a complete list, also when somebody is added in that moment."""

        def sign(name):
            def act(cr):
                env = self._as(cr, name)
                env["itsms.training.session"].browse(self.held).action_sign_in()
                env.flush_all()

            return act

        with mute_logger("odoo.sql_db"), self._two("itsms_training_attendance") as (one, two):
            sign("first")(one)
            one.commit()
            sign("second")(two)
            two.commit()
        with self.registry.cursor() as cr:
            env = self._env(cr)
            lines = env["itsms.training.session"].browse(self.held).attendance_ids
            self.assertEqual(set(lines.mapped("presence")), {"present"})

        def add(cr):
            env = self._as(cr, "admin")
            env["itsms.training.attendance"].create(
                {"session_id": self.held, "employee_id": self.employees["third"]}
            )
            env.flush_all()

        def finish(cr):
            env = self._as(cr, "other")
            env["itsms.training.session"].browse(self.held).action_finish()
            env.flush_all()

        message = self._race([add, finish])
        self.assertIn("TRN-4.3.2", message)

    @freeze_time(START - 48 * HOUR)
    def test_one_result(self):
        """TRN-4.3.5.2: two people enter the assessment of one trainee at once: one counts."""

        def assess(name, score):
            def act(cr):
                env = self._as(cr, name)
                line = env["itsms.training.session"].browse(self.assessed).attendance_ids
                env["itsms.training.attempt"].create({"attendance_id": line.id, "score": score})
                env.flush_all()

            return act

        message = self._race(
            [assess("admin", 80), assess("other", 30)], "itsms_training_attendance"
        )
        self.assertIn("passed already", message)
        with self.registry.cursor() as cr:
            env = self._env(cr)
            line = env["itsms.training.session"].browse(self.assessed).attendance_ids
            self.assertEqual((line.attempts, line.score, line.result), (1, 80, "passed"))

    # ------------------------------------------------------------ plan
    @freeze_time(NOW)
    def test_one_decision(self):
        """TRN-4.2.2.1 TRN-3.3: approved and returned at the same moment: one decision stays."""

        def approve(cr):
            env = self._as(cr, "vp")
            env["itsms.training.plan"].browse(self.plan_id).action_approve()
            env.flush_all()

        def reject(cr):
            env = self._as(cr, "vp")
            env["itsms.training.plan"].browse(self.plan_id).action_reject("Too dear")
            env.flush_all()

        self._race([approve, reject], "itsms_training_plan")
        with self.registry.cursor() as cr:
            env = self._env(cr)
            plan = env["itsms.training.plan"].browse(self.plan_id)
            self.assertEqual(plan.state, "pending")
            self.assertEqual(len(plan._approval_signatures()), 2)
