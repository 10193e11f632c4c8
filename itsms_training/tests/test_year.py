from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Command

from odoo.addons.itsms_base.tests.common import tagged

from .plan_common import PlanCase

# the day of the needs, of the plan, of the course, of the outside training, of the filing
NEEDS = datetime(2030, 11, 18, 8, 0)
PLAN = datetime(2030, 12, 20, 8, 0)
NOTICE = datetime(2031, 3, 3, 8, 0)
COURSE = datetime(2031, 3, 7, 9, 0)
OUTSIDE = datetime(2031, 4, 2, 8, 0)
LATER = datetime(2031, 7, 1, 8, 0)


@tagged("post_install", "-at_install")
class TestTrainingYear(PlanCase):
    """One department through a whole year, every act by whom it belongs to; nobody has admin
    rights. At the end the training file of one employee answers an auditor (clause 7.2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "UTC"
        cls.approver = cls._person(
            "approver",
            None,
            "hr_expense.group_hr_expense_team_approver,hr_expense.group_hr_expense_user",
        )
        cls.person = cls.colleague.employee_id
        cls.teacher = cls._person("teacher", cls.dep_sales)
        cls.job = cls._job()
        cls.types = cls._skill_type()
        cls.network = cls.types.skill_ids[0]
        cls.room = cls.env["itsms.training.room"].create(
            {"name": "Room 1", "capacity": 5, "company_id": cls.company.id}
        )

    # ------------------------------------------------------------ the steps
    def _standard_in_force(self):
        standard = self._standard(
            self.job, [(self.network, "Good", True)], min_education=False, experience_years=0
        )
        self.person.version_id.job_id = self.job
        self.env.flush_all()
        return standard

    def _need_from_the_gap(self):
        """The head of the department proposes from the gaps and reports to HR."""
        Dialog = self.env["itsms.training.propose.needs"].with_user(self.head)
        dialog = Dialog.create(
            {
                "company_id": self.company.id,
                "department_ids": [Command.set(self.dep_dev.ids)],
                "documents": False,
                "hires": False,
            }
        )
        dialog.action_confirm()
        need = self.env["itsms.training.need"].search([("department_id", "=", self.dep_dev.id)])
        self.assertEqual((need.name, need.year, need.employee_ids), ("Network", 2031, self.person))
        mine = self._as(need, self.head)
        mine.write({"hours": 2, "month": "03"})
        mine.action_report()
        self.assertEqual(need.timing, "in_time")
        return need

    def _plan_of(self, need):
        """HR sums up, vice-president and management representative review, President approves."""
        plan = self.env["itsms.training.plan"].with_user(self.training_admin)
        plan = plan.create({"company_id": self.company.id, "year": 2031})
        Dialog = self.env["itsms.training.take.needs"].with_user(self.training_admin)
        Dialog.create({"plan_id": plan.id}).action_confirm()
        self.assertEqual(need.state, "taken_up")
        plan.line_ids.write({"cost": 0})
        plan.write(
            {
                "line_ids": [
                    Command.create(
                        {
                            "name": "Certified auditor",
                            "training_type": "outside",
                            "department_id": self.dep_dev.id,
                            "month": "04",
                            "hours": 8,
                            "people": 1,
                            "cost": 500,
                        }
                    )
                ]
            }
        )
        plan.action_submit()
        self._approve(plan, self.vp, self.mr, self.president)
        self._as(plan, self.hr_head).action_issue()
        self.assertEqual(plan.state, "in_force")
        return plan

    def _course(self, line):
        """Planned by the department, approved by HR, held, assessed, made up, evaluated, filed."""
        session = (
            self.env["itsms.training.session"]
            .with_user(self.head)
            .create(
                {
                    "name": "Networks",
                    "company_id": self.company.id,
                    "department_id": self.dep_dev.id,
                    "plan_line_id": line.id,
                    "date_start": COURSE,
                    "date_end": COURSE + timedelta(hours=2),
                    "room_id": self.room.id,
                    "teacher_id": self.teacher.employee_id.id,
                    "notice": "<p>Bring your laptop</p>",
                    "outline": "<p>Theory, then practice</p>",
                    "timetable_ids": [
                        Command.create({"name": "Theory", "time_from": 9, "time_to": 11})
                    ],
                    "employee_ids": [Command.set((self.person | self.author.employee_id).ids)],
                    "skill_type_id": self.types.id,
                    "skill_id": self.network.id,
                    "skill_level_id": self._level(self.network, "Good").id,
                }
            )
        )
        session.action_submit()
        self._approve(session, self.training_admin, self.hr_head)
        self.assertTrue(self._told(session, self.colleague))
        return session

    def _hold(self, session):
        self._as(session, self.training_admin).action_start()
        self._as(session, self.colleague).action_sign_in()
        lines = session.sudo().attendance_ids
        own = lines.filtered(lambda a: a.employee_id == self.person)
        self._as(lines - own, self.training_admin).write(
            {"presence": "excused", "absence_reason": "Sick"}
        )
        Attempt = self.env["itsms.training.attempt"]
        Attempt.with_user(self.teacher).create({"attendance_id": own.id, "score": 40})
        self.assertEqual(own.result, "failed")
        self._as(own, self.training_admin).action_open_makeup()
        Attempt.with_user(self.training_admin).create({"attendance_id": own.id, "score": 85})
        self._as(session, self.training_admin).action_finish()
        self._as(own, self.colleague).action_rate("4")
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
        self._as(session, self.training_admin).action_close()
        return own

    def _outside(self, line):
        """Approved, visited, handed in, signed; claimed, signed for, ready to be paid."""
        request = self._request(
            date_from=OUTSIDE.date(), date_to=OUTSIDE.date(), plan_line_id=line.id
        )
        request.action_submit()
        self._approve(request, self.training_admin, self.vp, self.president)
        expense = self._expense(request, date=OUTSIDE.date(), manager_id=self.approver.id)
        with self._refused("not completely signed"):
            expense.action_submit()
        self._hand_in(request, certificate_name="IA-1")
        self._as(request, self.training_admin).action_sign()
        expense.action_submit()
        self._as(expense, self.approver).action_approve()
        with self._refused("not signed"):
            expense.sudo()._check_voucher_signed()
        self._as(expense, self.hr_head).action_itsms_sign_voucher()
        self.assertIn(
            expense, self._as(expense, self.finance).search([("training_cost", "=", True)])
        )
        return request

    # ------------------------------------------------------------ the year
    def test_year(self):
        """TRN-4.2.1 TRN-4.2.2.1 TRN-4.3 TRN-4.5 TRN-4.6: from the gap to the training file."""
        with freeze_time(NEEDS):
            self._standard_in_force()
            self.assertTrue(self.env["itsms.training.gap"]._gaps(self.person)[self.person.id])
            need = self._need_from_the_gap()
        with freeze_time(PLAN):
            plan = self._plan_of(need)
        with freeze_time(NOTICE):
            session = self._course(need.plan_line_id)
        with freeze_time(COURSE):
            line = self._hold(session)
        self.assertEqual((line.result, line.first_score, line.score), ("passed", 40, 85))
        outside = plan.line_ids - need.plan_line_id
        with freeze_time(OUTSIDE):
            request = self._outside(outside)
        self.env.invalidate_all()
        self.assertEqual((outside.spent, plan.spent), (400, 400))
        self.assertEqual(plan.done_count, 1)
        with freeze_time(LATER):
            self._judge_and_bind(line)
            self._auditor_reads(session, request)

    def _judge_and_bind(self, line):
        self.env.invalidate_all()
        line.session_id.sudo()._ask_managers()
        self._as(line, self.head).action_evaluate_effect("effective", "Solves faults alone now")
        Filing = self.env["itsms.training.filing"].with_user(self.training_admin)
        filing = Filing.create({"company_id": self.company.id, "date_from": "2031-03-01"})
        filing.action_file()
        self.assertEqual((filing.record_count, filing.people_count), (2, 2))
        self.assertFalse(
            self.env["itsms.training.gap"]._gaps(self.person)[self.person.id],
            "the course closed the gap",
        )

    def _auditor_reads(self, session, request):
        """The print of the file says all of it; colleagues do not open it."""
        file = self.env["itsms.training.file"]._of(self.person)[self.person.id]
        self.assertTrue(self._as(file, self.auditor).has_access("read"))
        self.assertFalse(self._as(file, self.author).has_access("read"))
        report = "itsms_training.report_training_file"
        Report = self._as(self.env["ir.actions.report"], self.auditor)
        html = Report._render_qweb_html(report, file.ids)[0].decode()
        for words in (
            self.person.name,
            session.number,
            "40",
            "85",
            "Passed",
            request.number,
            "Certified auditor",
            "IA-1",
            "Effective",
            "2031",
        ):
            self.assertIn(words, html)
        record = self.env["itsms.record"].search(
            [("res_model", "=", session._name), ("res_id", "=", session.id)]
        )
        self.assertTrue(record, "the record sheet is archived (TRN-4.3.3)")
        acts = self._log_of(session).actor_id
        self.assertLessEqual(
            self.head | self.training_admin | self.hr_head, acts, "who did what is in evidence"
        )
        self.assertNotIn(self.env.ref("base.user_root"), acts)
