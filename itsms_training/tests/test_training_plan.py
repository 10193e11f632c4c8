from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.tests.common import tagged

from .plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestTrainingPlan(PlanCase):
    """HR makes the plan of the year, the company approves it, departments carry it out."""

    def test_needs_become_lines(self):
        """TRN-4.2.2.1 TRN-3.1a: HR sums the needs up, equal topics as one line."""
        staff = self.author.employee_id | self.colleague.employee_id
        needs = self._reported(
            year=self.year, people=None, employee_ids=[(6, 0, staff.ids)], cost=100, hours=4
        )
        needs |= self._reported(year=self.year, name=" escalation ", people=5, cost=50, hours=6)
        needs |= self._reported(
            user=self.hr_head, year=self.year, name="Escalation", department_id=self.dep_hr.id
        )
        needs |= self._reported(year=self.year, name="ISO 20000", training_type="outside")
        plan = self._plan(lines=())
        self.assertEqual(plan.open_need_count, 4)
        self._take(plan, needs)
        lines = {line.training_type: line for line in plan.line_ids}
        self.assertEqual(len(plan.line_ids), 2)
        line = lines["internal"]
        self.assertEqual((line.people, line.cost, line.hours), (10, 150, 6))
        self.assertEqual(line.employee_ids, staff)
        self.assertEqual(line.target_department_ids, self.dep_dev | self.dep_hr)
        self.assertEqual(line.department_id, self.dep_hr)
        self.assertEqual(lines["outside"].department_id, self.dep_dev)
        self.assertEqual(set(needs.mapped("state")), {"taken_up"})
        line.unlink()
        self.assertEqual(needs[:1].state, "reported")
        self.assertFalse(needs[:1].plan_line_id)

    def _take(self, plan, needs=None):
        wizard = (
            self.env["itsms.training.take.needs"]
            .with_user(self.training_admin)
            .create({"plan_id": plan.id})
        )
        if needs is not None:
            self.assertEqual(wizard.need_ids, needs)
        wizard.action_confirm()
        return wizard

    def test_needs_of_another_year_or_company(self):
        """TRN-4.2.2.1: a plan takes up needs of its own year only, and each once."""
        need = self._reported(year=self.year + 1)
        plan = self._plan(lines=())
        with self._refused("is no need of"):
            plan._take_needs(need.with_user(self.training_admin))
        need = self._reported(year=self.year)
        self._take(plan)
        with self.assertRaises(UserError):
            plan._take_needs(need.with_user(self.training_admin))

    def test_chain(self):
        """TRN-3.3 TRN-4.2.2.1 I-26 I-27: the vice-president of HR reviews, then the management
        representative, then the President approves, then HR issues."""
        plan = self._plan()
        plan.action_submit()
        self.assertRegex(plan.number, "PXJH")
        steps = plan.sudo().approval_step_ids.sorted("stage")
        self.assertEqual(
            [(s.label, s.approver_ids) for s in steps],
            [("review", self.vp), ("review", self.mr), ("approve", self.president)],
        )
        for early in (self.mr, self.president, self.vp_sales):
            with self.assertRaises(AccessError):
                self._as(plan, early).action_approve()
        self._approve(plan, self.vp, self.mr)
        with self.assertRaises(UserError):
            self._as(plan, self.hr_head).action_issue()
        self._approve(plan, self.president)
        self.assertEqual(plan.state, "approved")
        with self.assertRaises(AccessError):
            self._as(plan, self.head).action_issue()
        self._as(plan, self.hr_head).action_issue()
        self.assertEqual((plan.state, plan.issued_by_id), ("in_force", self.hr_head))
        self.assertIn("issue", self._log_of(plan).mapped("kind"))

    def test_departments_are_told(self):
        """TRN-4.2.2.1: on issue the heads of the departments hear of the plan."""
        plan = self._plan_in_force()
        self.assertTrue(self._told(plan, self.head))

    def test_kept_as_record(self):
        """TRN-3.1a DOC-4.7.3: the plan in force is filed as a record of HR."""
        plan = self._plan_in_force()
        record = self.env["itsms.record"].search(
            [("res_model", "=", plan._name), ("res_id", "=", plan.id)]
        )
        self.assertEqual((record.state, record.department_id), ("filed", self.dep_hr))

    def test_duty(self):
        """TRN-4.2.2.1 COM-10: issuing the plan fulfils the duty of HR."""
        self.env["itsms.duty"]._open_missing()
        plan = self._plan_in_force()
        duty = self.env["itsms.duty"].search(
            [("kind_id.code", "=", "training.plan"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(duty.last_res_id, plan.id)

    def test_incomplete(self):
        """TRN-4.2.2.1: a plan without trainings, or lines without month or organiser, waits."""
        with self._refused("has no training"):
            self._plan(lines=()).action_submit()
        for name in ("department_id", "month", "hours", "people"):
            plan = self.env["itsms.training.plan"].search([("state", "=", "draft")])
            plan.unlink()
            with self.subTest(name=name), self._refused("lacks"):
                self._plan(lines=({name: False},)).action_submit()

    def test_one_per_year(self):
        """TRN-4.2.2.1: one plan is in force per year, one is being prepared."""
        from psycopg2 import IntegrityError

        plan = self._plan_in_force()
        draft = self._plan()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._plan().flush_recordset()
        self.assertNotEqual(plan, draft)
        self.assertEqual(plan._in_force(self.company, self.year), plan)

    def test_locked_after_approval(self):
        """TRN-4.2.3 COM-7: after submission nobody changes the plan, whatever the path."""
        plan = self._plan()
        plan.action_submit()
        line = plan.line_ids
        for act in (
            lambda: line.write({"hours": 80}),
            lambda: line.unlink(),
            lambda: plan.write({"note": "x"}),
            lambda: plan.write({"line_ids": [fields.Command.clear()]}),
            lambda: line.create({"plan_id": plan.id, "name": "Late"}),
        ):
            with self._refused("COM-7"):
                act()
        self._approve(plan, self.vp, self.mr, self.president)
        self._as(plan, self.hr_head).action_issue()
        with self._refused("training approval form"):
            line.with_user(self.hr_head).write({"cost": 1})

    def test_revision(self):
        """TRN-3.3 TRN-4.2.2.1: a change goes the same way; it then takes the place of the old."""
        plan = self._plan_in_force()
        action = self._as(plan, self.training_admin).action_revise()
        draft = self.env["itsms.training.plan"].browse(action["res_id"])
        draft = draft.with_user(self.training_admin)
        self.assertEqual((draft.revision, draft.revises_id, draft.state), (1, plan, "draft"))
        self.assertEqual(draft.line_ids.root_line_id, plan.line_ids)
        draft.line_ids.month = "09"
        with self._refused("what the revision changes"):
            draft.action_submit()
        draft.revision_reason = "Teacher is ill"
        draft.action_submit()
        self._approve(draft, self.vp, self.mr, self.president)
        self.assertEqual(plan.state, "in_force")
        self._as(draft, self.hr_head).action_issue()
        self.assertEqual((plan.state, draft.state), ("superseded", "in_force"))
        with self._refused("not in force"):
            self._as(plan, self.training_admin).action_revise()

    def test_addition_survives_revision(self):
        """TRN-4.2.3: what was added while a revision was on its way is in the revision."""
        plan = self._plan_in_force()
        action = self._as(plan, self.training_admin).action_revise()
        draft = self.env["itsms.training.plan"].browse(action["res_id"])
        draft.with_user(self.training_admin).revision_reason = "More"
        draft.with_user(self.training_admin).action_submit()
        self._approve(draft, self.vp, self.mr, self.president)
        request = self._added()
        request.action_submit()
        self._approve(request, self.vp, self.president)
        self._as(request, self.training_admin).action_execute()
        self._as(draft, self.hr_head).action_issue()
        self.assertIn(request, draft.line_ids.request_id)

    def test_held_training_stays(self):
        """TRN-4.2.2.1: a revision does not lose what was held already."""
        plan = self._plan_in_force()
        action = self._as(plan, self.training_admin).action_revise()
        draft = self.env["itsms.training.plan"].browse(action["res_id"])
        draft = draft.with_user(self.training_admin)
        draft.revision_reason = "Less"
        draft.line_ids = [fields.Command.clear()]
        draft.line_ids = [
            fields.Command.create(
                {
                    "name": "New",
                    "department_id": self.dep_dev.id,
                    "month": "05",
                    "hours": 1,
                    "people": 1,
                }
            )
        ]
        self._mark_held(plan.line_ids)
        with self._refused("stays in its revision"):
            draft.action_submit()

    def _mark_held(self, lines):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_training_plan_line SET state = 'done', done_sessions = 1, "
            "done_hours = hours WHERE id IN %s",
            (tuple(lines.ids),),
        )
        self.env.invalidate_all()

    def test_planned_and_done(self):
        """TRN-4.2.2.2: the plan shows what was held of what was planned, and the cost spent."""
        plan = self._plan_in_force(lines=({}, {"name": "Second", "hours": 2, "cost": 10}))
        self._mark_held(plan.line_ids[:1])
        plan = self._as(plan, self.training_admin)
        self.assertEqual((plan.line_count, plan.done_count, plan.progress), (2, 1, 50))
        self.assertEqual((plan.hours, plan.cost), (10, 1010))

    def test_department_arranges(self):
        """TRN-4.2.2.2 TRN-3.2: the organising department finds what it has to arrange."""
        plan = self._plan_in_force()
        line = plan.line_ids
        for user, arranges in (
            (self.head, True),
            (self.training_admin, True),
            (self.reader, False),
        ):
            with self.subTest(user=user.name):
                mine = self._as(line, user)
                self.assertEqual(mine.can_arrange, arranges)
                found = mine.search([("can_arrange", "=", True), ("id", "=", line.id)])
                self.assertEqual(bool(found), arranges)
        keys = {s["key"]: s for s in self._my_work(self.head)}
        self.assertEqual(keys["training_to_arrange"]["count"], 1)

    def _my_work(self, user):
        work = self.env["itsms.my.work"].with_user(user)
        return work.with_context(allowed_company_ids=self.company.ids).get_sections()["sections"]

    def test_found_at_the_department(self):
        """TRN-3.2: needs and planned training are found where HR keeps the department."""
        self._plan_in_force()
        self._reported(year=self.year)
        department = self._as(self.dep_dev, self.hr_head)
        self.assertEqual((department.itsms_need_count, department.itsms_planned_count), (1, 1))
        for action in (department.action_itsms_needs(), department.action_itsms_planned()):
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(found.department_id, self.dep_dev)

    def test_inside_and_outside_for_all(self):
        """TRN-2: inside and outside training, for every kind of employee, with or without a
        login."""
        nobody = self.env["hr.employee"].create({"name": "Driver", "company_id": self.company.id})
        kinds = dict(self.env["itsms.training.plan.line"]._fields["kind"].selection)
        self.assertEqual(
            set(kinds),
            {"routine", "induction", "management", "special", "all_staff", "post_change"},
        )
        plan = self._plan(
            lines=[
                {
                    "name": f"{kind} {training_type}",
                    "kind": kind,
                    "training_type": training_type,
                    "employee_ids": [(6, 0, nobody.ids)],
                }
                for kind in kinds
                for training_type in ("internal", "outside")
            ]
        )
        plan.action_submit()
        self.assertEqual(plan.line_count, 12)

    def test_close_the_year(self):
        """TRN-3.1a: after the year HR closes the plan; planned and done are kept."""
        plan = self._plan_in_force()
        with self._refused("end of the year"):
            self._as(plan, self.training_admin).action_close()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_training_plan SET year = year - 1 WHERE id = %s", (plan.id,)
        )
        with self.assertRaises(AccessError):
            self._as(plan, self.head).action_close()
        self._as(plan, self.training_admin).action_close()
        self.assertEqual(plan.state, "closed")

    def test_rights(self):
        """TRN-3.1a COM-17: HR writes; what is prepared is closed to others, issued it is open."""
        plan = self._plan()
        line = plan.line_ids
        for user, reads, writes in (
            (self.hr_head, True, True),
            (self.vp, True, False),
            (self.mr, True, False),
            (self.president, True, False),
            (self.auditor, True, False),
            (self.head, False, False),
            (self.reader, False, False),
        ):
            with self.subTest(user=user.name):
                mine = self._as(plan, user)
                self.assertEqual(mine.has_access("read"), reads)
                self.assertEqual(mine.has_access("write"), writes)
                self.assertEqual(self._as(line, user).has_access("read"), reads)
                self.assertEqual(self._as(line, user).has_access("write"), writes)
        with self.assertRaises(AccessError):
            self._plan(user=self.head, year=self.year + 3)
        plan.action_submit()
        self._approve(plan, self.vp, self.mr, self.president)
        self._as(plan, self.hr_head).action_issue()
        self.assertTrue(self._as(plan, self.reader).has_access("read"))
        self.assertTrue(self._as(line, self.reader).has_access("read"))

    def test_two_companies(self):
        """COM-17: the plan of another company is closed, even in force."""
        other, stranger, _employee = self._stranger()
        plan = self._plan_in_force()
        self.assertFalse(self._as(plan, stranger).has_access("read"))
        self.assertFalse(plan._in_force(other, self.year))

    def test_attacks(self):
        """COM-2: additions, progress and states are not written by hand."""
        plan = self._plan()
        for vals in ({"state": "in_force"}, {"revision": 4}, {"issued_by_id": self.head.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                plan.write(vals)
        for vals in ({"addition": True}, {"state": "done"}, {"done_hours": 9}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                plan.line_ids.write(vals)
        with self.assertRaises(UserError):
            plan.action_transition("supersede")

    def test_print_and_register(self):
        """TRN-4.2.2.1: the print shows who prepared, reviewed and approved; a register as well."""
        plan = self._plan_in_force()
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html("itsms_training.report_training_plan", plan.ids)[0].decode()
        for text in ("Annual training plan", "Service desk", "Training_admin", "Vp", "President"):
            self.assertIn(text, html)
        part = self.env.ref("itsms_training.itsms_register_training_plan_part")
        self.assertEqual(part.model, "itsms.training.plan.line")

    def test_many_lines(self):
        """TRN-4.2.2.1: a plan with 200 lines is opened in a bounded number of queries."""
        small = self._plan(lines=[{"name": f"T{i}"} for i in range(10)])
        big = self._plan(year=self.year + 1, lines=[{"name": f"T{i}"} for i in range(200)])
        names = ["line_count", "done_count", "spent", "cost", "open_need_count"]
        counts = []
        for plan in (small, big):
            plan = self._as(plan, self.training_admin)
            start = self.env.cr.sql_log_count
            plan.read(names)
            plan.line_ids.read(["name", "spent", "over_cost", "need_count", "state"])
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLess(counts[1], counts[0] + 10)
