from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError

from .session_common import END, NOW, START, SessionCase, tagged


@tagged("post_install", "-at_install")
class TestTrainingFile(SessionCase):
    """Induction, mentoring, managers, the training file, filing and measures."""

    def _induction(self, user):
        return self.env["itsms.training.induction"].search(
            [("employee_id", "=", user.employee_id.id), ("state", "=", "open")]
        )

    # ------------------------------------------------------------ induction
    def test_new_employee(self):
        """TRN-4.3.4.2 TRN-4.3.4.2c: proposed by itself, completed with both parts and a mentor."""
        with self._at(NOW):
            new = self._person("newcomer", self.dep_dev)
        induction = self._induction(new)
        self.assertEqual((induction.kind, induction.department_id), ("induction", self.dep_dev))
        hr = self._as(induction, self.training_admin)
        with self._at(NOW), self.assertRaisesRegex(UserError, "mentor"):
            hr.action_complete()
        session = self._approved(
            kind="induction", part="post", employee_ids=[(6, 0, new.employee_id.ids)]
        )
        with self._at(START):
            self._as(session, self.training_admin).action_start()
            self._as(session, new).action_sign_in()
        line = self._line(session, new)
        self._assess(line, 20)
        self.assertEqual(self._as(induction, self.hr_head).post_attendance_id, line)
        with self._at(END), self.assertRaisesRegex(UserError, "TRN-4.3.5.2a"):
            hr.action_complete()
        self._assess(line, 80)
        with self._at(END), self.assertRaises(UserError) as caught:
            hr.action_complete()
        self.assertNotIn("receiving department", str(caught.exception))

    def test_change_of_post(self):
        """TRN-4.3.4.6: who changes posts gets business training from the receiving department."""
        done = self._induction(self.reader)
        done._run_transition(done._transition("cancel"), "Was there before")
        with self._at(NOW):
            self.reader.employee_id.department_id = self.dep_dev
        induction = self._induction(self.reader)
        self.assertEqual((induction.kind, induction.department_id), ("post_change", self.dep_dev))
        with self._at(NOW), self.assertRaisesRegex(UserError, "TRN-4.3.4.2"):
            self._as(induction, self.training_admin).action_complete()
        session = self._approved(
            kind="post_change",
            plan_line_id=False,
            employee_ids=[(6, 0, self.reader.employee_id.ids)],
        )
        with self._at(START):
            self._as(session, self.training_admin).action_start()
            self._as(session, self.reader).action_sign_in()
        self._assess(self._line(session, self.reader), 90)
        with self._at(END):
            with self.assertRaises(AccessError):
                self._as(induction, self.reader).action_complete()
            self._as(induction, self.training_admin).action_complete()
        self.assertEqual(induction.state, "completed")

    def test_mentoring(self):
        """TRN-4.3.4.2c: three months with a mentor, a sheet each month, then concluded."""
        Mentoring = self.env["itsms.training.mentoring"].with_user(self.training_admin)
        with self._at(NOW):
            mentoring = Mentoring.create(
                {
                    "employee_id": self.colleague.employee_id.id,
                    "mentor_id": self.author.employee_id.id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                    "date_from": date(2031, 3, 1),
                }
            )
            mentoring.action_start()
        self.assertEqual(mentoring.date_to, date(2031, 5, 31))
        self.assertEqual(mentoring.sheet_ids.mapped("month"), [1, 2, 3])
        with self._at("2031-04-01 08:00:00"):
            self.env["itsms.training.mentoring"]._cron_remind()
            self.env["itsms.training.mentoring"]._cron_remind()
        self.assertEqual(len(mentoring.sudo().activity_ids), 1)
        mentor = self._as(mentoring, self.author)
        with self._at("2031-06-01 08:00:00"):
            mentor.write({"conclusion": "Works alone", "outcome": "fit"})
            with self.assertRaisesRegex(UserError, "month 1"):
                mentor.action_conclude()
            for sheet in mentor.sheet_ids:
                sheet.write({"taught": "Basics", "progress": "good"})
            with self.assertRaises(UserError):
                self._as(mentoring, self.colleague).action_conclude()
        with self._at("2031-05-30 08:00:00"), self.assertRaisesRegex(UserError, "2031-05-31"):
            mentor.action_conclude()
        with self._at("2031-06-01 08:00:00"):
            mentor.action_conclude()
        self.assertEqual(mentoring.state, "concluded")
        self.assertFalse(self._as(Mentoring, self.reader).search([("id", "=", mentoring.id)]))

    def test_managers(self):
        """TRN-4.3.4.3: managers without a comprehensive training this year are listed."""
        Employee = self.env["hr.employee"].with_user(self.training_admin)
        with self._at(NOW):
            due = Employee.search([("itsms_manager_due", "=", True)])
            self.assertIn(self.head.employee_id, due)
        session = self._running(kind="management", employee_ids=[(6, 0, self.head.employee_id.ids)])
        with self._at(START):
            self._as(session, self.head).action_sign_in()
        self._assess(self._line(session, self.head), 90)
        with self._at(END):
            self._as(session, self.training_admin).action_finish()
            due = Employee.search([("itsms_manager_due", "=", True)])
        self.assertNotIn(self.head.employee_id, due)
        with self._at("2032-01-02 08:00:00"):
            due = Employee.search([("itsms_manager_due", "=", True)])
            self.assertIn(self.head.employee_id, due)

    # ------------------------------------------------------------ file
    def test_file(self):
        """TRN-4.6.1: one file per employee, read by the person, the superiors, HR."""
        self._closed()
        file = self.env["itsms.training.file"]._of(self.author.employee_id)[
            self.author.employee_id.id
        ]
        self.assertEqual(len(file.attendance_ids), 1)
        for user, sees in (
            (self.author, True),
            (self.head, True),
            (self.hr_head, True),
            (self.colleague, False),
            (self.reader, False),
        ):
            self.assertEqual(self._as(file, user).has_access("read"), sees, user.login)
        action = self.env["itsms.training.file"].with_user(self.author).action_open_mine()
        self.assertEqual(action["res_id"], file.id)
        with self.assertRaises(AccessError):
            self._as(file, self.training_admin).write({"filed_until": date(2031, 1, 1)})

    def test_file_print(self):
        """TRN-4.6.1 TRN-6: the employee prints the own file, nobody that of a colleague."""
        self._closed()
        file = self.env["itsms.training.file"]._of(self.author.employee_id)[
            self.author.employee_id.id
        ]
        Report = self.env["ir.actions.report"]
        html = Report.with_user(self.author)._render_qweb_html(
            "itsms_training.report_training_file", file.ids
        )[0]
        self.assertIn(b"Incident handling", html)
        with self.assertRaises(AccessError):
            Report.with_user(self.colleague)._render_qweb_html(
                "itsms_training.report_training_file", file.ids
            )

    def test_record_sheet_print(self):
        """TRN-4.3.3 TRN-6: trainees, time, place, teacher, content and results."""
        session = self._closed()
        Report = self.env["ir.actions.report"].with_user(self.training_admin)
        for name in ("report_training_record", "report_training_session"):
            html = Report._render_qweb_html(f"itsms_training.{name}", session.ids)[0].decode()
            for text in ("Author", "Colleague", "Room 1", "Teacher", "2031-03-07"):
                self.assertIn(text, html)
        html = Report._render_qweb_html("itsms_training.report_training_record", session.ids)[0]
        for text in (b"Much practice", b"Too short", b"80"):
            self.assertIn(text, html)

    def test_filing(self):
        """TRN-4.6.1 COM-10: HR binds the records of the month, and the duty is done."""
        session = self._finished()
        Filing = self.env["itsms.training.filing"].with_user(self.training_admin)
        self.env["itsms.duty"]._open_missing()
        with self._at("2031-03-20 08:00:00"):
            filing = Filing.create({"date_from": date(2031, 3, 1), "company_id": self.company.id})
            with self.assertRaisesRegex(UserError, "not over"):
                filing.action_file()
        with self._at("2031-04-02 08:00:00"), self.assertRaisesRegex(UserError, "TRN-4.3.3"):
            filing.action_file()
        self._evaluate(session)
        with self._at("2031-04-02 08:00:00"):
            self._as(session, self.training_admin).action_close()
            filing.action_file()
        self.assertEqual((filing.record_count, filing.people_count), (2, 2))
        self.assertEqual(self._line(session, self.author).file_id.filed_until, date(2031, 3, 31))
        duty = self.env["itsms.duty"].search(
            [("kind_id.code", "=", "training.file.month"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(duty.last_done_on, date(2031, 4, 2))
        with self.assertRaises(AccessError):
            self._as(filing, self.head).read(["record_count"])

    def test_measures(self):
        """TRN-4.6.2: plan completion, pass rate, attendance, satisfaction of the month."""
        session = self._finished(scores=(80, 40))
        self._as(self._line(session, self.author), self.author).action_rate(5)
        self._as(self._line(session, self.colleague), self.colleague).action_rate(2)
        sources = self.env["itsms.measure"]._sources()
        month = (self.company, date(2031, 3, 1), date(2031, 4, 1))
        self.assertEqual(sources["training.plan"](*month), (1, 1))
        self.assertEqual(sources["training.pass"](*month), (1, 2))
        self.assertEqual(sources["training.coverage"](*month), (2, 2))
        self.assertEqual(sources["training.satisfaction"](*month), (7, 2))
        with self._at("2031-04-02 08:00:00"):
            values = self.env["itsms.measure"]._freeze(self.company, date(2031, 3, 1))
        frozen = {value.measure_id.code: value.value for value in values}
        self.assertEqual(frozen.get("training.pass"), 50)
        self.assertEqual(frozen.get("training.satisfaction"), 3.5)

    def test_guidance(self):
        """TRN-5 TRN-4.3.4.1 TRN-4.3.4.3a: the screens say what the manual says."""
        form = self.env.ref("itsms_training.itsms_training_induction_view_form").arch
        self.assertIn("employee post change rules", form)
        action = self.env.ref("itsms_training.itsms_training_session_action").help
        self.assertIn("external teacher", action)
        managers = self.env.ref("itsms_training.hr_employee_action_managers_due").help
        self.assertIn("business management", managers)

    def test_mentor_leaves(self):
        """TRN-4.3.4.2c: the apprentice who leaves ends it; the mentor who leaves is replaced."""
        with self._at(NOW):
            mentoring = self.env["itsms.training.mentoring"].create(
                {
                    "employee_id": self.colleague.employee_id.id,
                    "mentor_id": self.author.employee_id.id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                    "date_from": NOW.date() - timedelta(days=5),
                }
            )
            mentoring.action_start()
        self.author.employee_id.action_archive()
        self.assertIn(self.head, mentoring.activity_ids.user_id)
        self.colleague.employee_id.action_archive()
        self.assertEqual(mentoring.state, "cancelled")
