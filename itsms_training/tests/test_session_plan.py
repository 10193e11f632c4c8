from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .session_common import END, NOW, START, SessionCase, tagged


@tagged("post_install", "-at_install")
class TestSessionPlan(SessionCase):
    """The training implementation plan: written, submitted in time, approved by two."""

    def test_chain(self):
        """TRN-4.3.1 TRN-4.3.1b TRN-3.2: department, training administrator, head of HR."""
        session = self._submitted()
        self.assertEqual(session.state, "pending")
        self.assertTrue(session.number)
        with self._at(NOW):
            with self.assertRaises(AccessError):
                self._as(session, self.hr_head).action_approve()
            self._as(session, self.training_admin).action_approve()
            self.assertEqual(session.state, "pending")
            self._as(session, self.hr_head).action_approve()
        self.assertEqual(session.state, "approved")
        self.assertEqual(len(session.sudo().attendance_ids), 2)
        notices = self.env["mail.message"].search(
            [("model", "=", session._name), ("res_id", "=", session.id)]
        )
        self.assertIn(self.author.partner_id, notices.partner_ids)

    def test_not_held_before_approval(self):
        """TRN-4.3.1b: without the head of HR there is no training."""
        session = self._submitted()
        with self._at(START), self.assertRaises(UserError):
            self._as(session, self.training_admin).action_start()
        self.assertEqual(session.state, "pending")

    def test_notice_and_outline(self):
        """TRN-4.3.1: notice, timetable and outline are part of the application."""
        for field, empty in (
            ("notice", False),
            ("outline", "<p><br></p>"),
            ("timetable_ids", [Command.clear()]),
            ("employee_ids", [Command.clear()]),
            ("teacher_id", False),
            ("room_id", False),
        ):
            with self.subTest(field=field), self._at(NOW):
                session = self._session(**{field: empty})
                with self.assertRaisesRegex(UserError, "TRN-4.3.1"):
                    session.action_submit()

    def test_three_days(self):
        """TRN-4.3.1a I-30: day 0 is the day of the training, the third day before is in time."""
        session = self._session()
        self.assertEqual(str(session.submit_until), "2031-03-04")
        with self._at("2031-03-05 00:30:00"), self.assertRaisesRegex(UserError, "TRN-4.3.1a"):
            session.action_submit()
        with self._at("2031-03-04 23:30:00"):
            session.action_submit()
        self.assertEqual(session.state, "pending")

    def test_day_of_the_company(self):
        """TRN-4.3.1a: days are those of the company's time zone."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.env.registry.clear_cache()
        session = self._session()
        with self._at("2031-03-04 17:00:00"), self.assertRaisesRegex(UserError, "TRN-4.3.1a"):
            session.action_submit()
        with self._at("2031-03-04 15:00:00"):
            session.action_submit()

    def test_unplanned(self):
        """TRN-4.2.2.2 TRN-4.2.3: what is in no plan is added by a training approval form first;
        new employees come when they come."""
        session = self._session(plan_line_id=False)
        with self._at(NOW), self.assertRaisesRegex(UserError, "TRN-4.2.3"):
            session.action_submit()
        session = self._session(plan_line_id=False, kind="post_change")
        with self._at(NOW):
            session.action_submit()

    def test_locked_after_submission(self):
        """COM-7 TRN-4.3.1: what was submitted is not changed."""
        session = self._submitted()
        for vals in ({"name": "Other"}, {"date_start": START - timedelta(hours=1)}):
            with self.assertRaises(UserError):
                session.write(vals)
        with self.assertRaises(UserError):
            session.timetable_ids[0].write({"name": "Other"})
        with self.assertRaises(AccessError):
            session.write({"state": "approved"})

    def test_foreign_trainee(self):
        """TRN-4.3.1: a trainee of another company is trained there."""
        other = self.env["res.company"].create({"name": "Other company"})
        self.env.user.company_ids |= other
        stranger = self._person("stranger", company=other)
        employee = self.env["hr.employee"].with_context(allowed_company_ids=other.ids)
        employee = employee.search([("user_id", "=", stranger.id)])
        self.assertTrue(employee)
        with self.assertRaises(UserError):
            self._session(employee_ids=[Command.set(employee.ids)])

    def test_archived(self):
        """TRN-4.3.1: who has left neither teaches nor is trained."""
        session = self._session()
        employee = self.author.employee_id
        employee.action_archive()
        with self._at(NOW), self.assertRaisesRegex(UserError, "Author"):
            session.action_submit()
        employee.action_unarchive()
        self.teacher.employee_id.action_archive()
        with self._at(NOW), self.assertRaisesRegex(UserError, "Teacher"):
            session.action_submit()

    def test_room_full(self):
        """TRN-4.3.1: no more people than seats, on submission and when people are added."""
        people = self.author.employee_id | self.colleague.employee_id | self.head.employee_id
        session = self._session(employee_ids=[Command.set((people | self.reader.employee_id).ids)])
        with self._at(NOW), self.assertRaisesRegex(UserError, "full"):
            session.action_submit()
        session = self._approved(employee_ids=[Command.set(people.ids)])
        Attendance = self.env["itsms.training.attendance"].with_user(self.training_admin)
        with self._at(NOW), self.assertRaisesRegex(UserError, "full"):
            Attendance.create({"session_id": session.id, "employee_id": self.reader.employee_id.id})

    def test_double_booked(self):
        """TRN-4.3.1: teacher and room are in one place at a time."""
        self._submitted()
        second = self._session(room_id=False, place="Canteen")
        with self._at(NOW), self.assertRaisesRegex(UserError, "Teacher teaches"):
            second.action_submit()
        third = self._session(teacher_id=self.reader.employee_id.id)
        with self._at(NOW), self.assertRaisesRegex(UserError, "Room 1 is booked"):
            third.action_submit()
        later = self._session(date_start=END, date_end=END + timedelta(hours=1))
        with self._at(NOW):
            later.action_submit()
        self.assertEqual(later.state, "pending")

    def test_external_teacher(self):
        """TRN-4.3.4.1: an external teacher is engaged with the reason why he is qualified."""
        partner = self.env["res.partner"].create({"name": "Professor"})
        session = self._session(
            teacher_kind="external", teacher_id=False, external_teacher_id=partner.id
        )
        with self._at(NOW), self.assertRaisesRegex(UserError, "TRN-4.3.4.1"):
            session.action_submit()
        session.qualification = "Wrote the book"
        with self._at(NOW):
            session.action_submit()

    def test_move(self):
        """TRN-4.3.1a: moved at least three days before, logged, and everybody is told."""
        session = self._approved()
        mine = self._as(session, self.head)
        start, end = START + timedelta(days=7), END + timedelta(days=7)
        with self._at("2031-03-05 08:00:00"), self.assertRaisesRegex(UserError, "TRN-4.3.1a"):
            mine.action_move(start, end, "Teacher ill")
        with self._at("2031-03-04 08:00:00"):
            near = START - timedelta(days=1)
            with self.assertRaisesRegex(UserError, "TRN-4.3.1a"):
                mine.action_move(near, near + timedelta(hours=2), "Earlier")
            with self.assertRaises(UserError):
                mine.action_move(start, end, " ")
            mine.action_move(start, end, "Teacher ill")
        self.assertEqual(session.date_start, start)
        self.assertIn("Teacher ill", self._log_of(session)[-1].comment)
        with self._at(NOW), self.assertRaises(AccessError):
            self._as(session, self.author).action_move(START, END, "I want to")

    def test_move_same_day(self):
        """TRN-4.3.1a: on its day a training moves until it begins."""
        session = self._approved()
        with self._at("2031-03-07 06:00:00"):
            self._as(session, self.head).action_move(
                START + timedelta(hours=1), END + timedelta(hours=1), "Train late"
            )
        self.assertEqual(session.day, START.date())

    def test_own_department(self):
        """TRN-3.2: a department plans its own training, HR everybody's."""
        with self.assertRaises(AccessError):
            self._session(user=self.head, department_id=self.dep_sales.id)
        session = self._session(user=self.training_admin, department_id=self.dep_sales.id)
        self.assertTrue(session)

    def test_checklists(self):
        """TRN-4.3.4.2a TRN-4.3.4.2b TRN-4.3.4.3a TRN-4.3.4.5: delivered, copied to sessions."""
        Checklist = self.env["itsms.training.checklist"]
        expected = {
            ("induction", "company"): "IT service policy and objectives",
            ("induction", "post"): "Duties of the post",
            ("management", False): "Business management",
            ("all_staff", False): "The ISO 20000 series of standards",
        }
        for (kind, part), content in expected.items():
            with self.subTest(kind=kind, part=part):
                self.assertIn(
                    content,
                    Checklist._for_kind(kind, part, self.company).line_ids.mapped("name"),
                )
                session = self._session(kind=kind, part=part)
                self.assertIn(content, session.check_ids.mapped("name"))

    def test_plan_line_progress(self):
        """TRN-4.2.2.2: a line of the plan is held when its session was held."""
        self.assertEqual(self.line.state, "planned")
        session = self._finished()
        self.assertEqual(session.state, "finished")
        self.assertEqual((self.line.state, self.line.done_sessions), ("done", 1))
        self.assertEqual((self.line.done_hours, self.line.done_people), (2, 2))

    def test_two_companies(self):
        """COM-17: another company sees nothing of it."""
        session = self._approved()
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._person("stranger", groups="hr.group_hr_user", company=other)
        theirs = session.with_user(stranger).with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            theirs.read(["name"])
        self.assertFalse(theirs.search([("id", "=", session.id)]))
