from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError

from .common import tagged
from .improvement_common import ImprovementCase


@tagged("post_install", "-at_install")
class TestObjective(ImprovementCase):
    """SMS-9: objectives of the year, broken down, approved, evaluated (6.2.1, 6.2.2)."""

    def test_complete(self):
        """SMS-9 6.2.2: what, with what, who, until when, how measured and evaluated."""
        objective = self._objective()
        for name, label in (
            ("plan", "What is done"),
            ("resources", "Resources"),
            ("due_on", "reached by"),
            ("evaluation", "evaluated"),
            ("measured_by", "Monthly measure"),
        ):
            value = objective[name]
            objective[name] = False
            with self.subTest(field=name), self._refused(label):
                objective.action_submit()
            objective[name] = value
        objective.due_on = f"{self.today.year - 1}-12-31"
        with self._refused("not due before"):
            objective.action_submit()

    def test_approved_by_the_president(self):
        """SMS-9: in force once the President approved; then its content is locked."""
        objective = self._objective()
        objective.action_submit()
        with self.assertRaises(AccessError):
            self._as(objective, self.president).action_approve()
        self._approve(objective, self.mr)
        self.assertEqual(objective.state, "pending")
        self._approve(objective, self.president)
        self.assertEqual(objective.state, "in_force")
        self.assertRegex(objective.number, "MB")
        with self._refused("locked"):
            self._as(objective, self.office).target = 10
        for vals in ({"state": "closed"}, {"last_met": "yes"}, {"result": "reached"}):
            with self.assertRaises(AccessError):
                self._as(objective, self.office).write(vals)

    def test_broken_down(self):
        """SMS-9: broken down to departments; parents stand before their parts; no circles."""
        top = self._objective_in_force()
        action = self._as(top, self.service_head).action_break_down()
        part = (
            self.env["itsms.objective"]
            .with_user(self.service_head)
            .with_context(**action["context"])
            .create(
                {
                    "department_id": self.dep_service.id,
                    "plan": "Second line",
                    "resources": "One person",
                    "evaluation": "Monthly",
                    "measured_by": "As above",
                }
            )
        )
        deeper = self._objective(parent_id=part.id, department_id=self.dep_service.id)
        self.assertEqual((part.parent_id, part.target, part.year), (top, 95, top.year))
        found = self.env["itsms.objective"].search([("id", "in", (deeper | part | top).ids)])
        self.assertEqual(found.ids, [top.id, part.id, deeper.id])
        self.assertEqual(found.mapped("depth"), [0, 1, 2])
        self.assertIn("└", part.tree_name)
        with self._refused(".", UserError):
            part.parent_id = deeper
        with self._refused("another year", ValidationError):
            part.year = top.year + 1
        part.action_submit()
        self._approve(part, self.mr, self.president)
        self.assertEqual(part.state, "in_force")

    def test_evaluated(self):
        """SMS-9 6.2.2: evaluated every quarter by value and words; kept; closed with a result."""
        objective = self._objective_in_force()
        self.assertTrue(objective.evaluation_due)
        with self._refused("evaluate it first"):
            self._as(objective, self.engineer).action_close("Done")
        for value in ("95", True, None):
            with self._refused("number"):
                self._as(objective, self.engineer).action_evaluate(value, "x")
        with self._refused("in words"):
            self._as(objective, self.engineer).action_evaluate(96, "")
        with self._refused("evaluates it", AccessError):
            self._as(objective, self.reader).action_evaluate(96, "x")
        self._as(objective, self.engineer).action_evaluate(92, "Not yet there")
        self.assertEqual((objective.last_met, objective.evaluation_due), ("no", False))
        self._go(fields.Date.to_date(f"{self.today.year}-04-01"))
        objective.invalidate_recordset()
        self.assertTrue(objective.evaluation_due)
        due = self.env["itsms.objective"].search([("evaluation_due", "=", True)])
        self.assertIn(objective, due)
        self._as(objective, self.engineer).action_evaluate(96.5, "Better since the templates")
        self.assertEqual(objective.evaluation_ids.mapped("met"), ["yes", "no"])
        with self.assertRaises(AccessError):
            objective.evaluation_ids[0].sudo().write({"value": 1})
        self._as(objective, self.engineer).action_close("Reached in March")
        self.assertEqual((objective.state, objective.result), ("closed", "reached"))
        self.assertEqual(objective.kept_record_count, 1)

    def test_parts_first(self):
        """SMS-9: an objective is closed after what it was broken down to."""
        top = self._objective_in_force()
        part = self._objective(parent_id=top.id)
        self._as(top, self.engineer).action_evaluate(80, "Below")
        with self._refused("not closed"):
            self._as(top, self.engineer).action_close("Missed")
        self._as(part, self.office).action_transition("cancel", "Not needed")
        self._as(top, self.engineer).action_close("Missed, more people next year")
        self.assertEqual(top.result, "missed")

    def test_linked_measure(self):
        """SMS-9: the frozen value of the linked measure is proposed at the evaluation."""
        measure = self.env["itsms.measure"].create(
            {"name": "In time", "code": "test.in_time", "kind": "number", "unit": "%", "target": 95}
        )
        objective = self._objective(measure_id=measure.id, measured_by=False)
        objective.action_submit()
        self._approve(objective, self.mr, self.president)
        self.assertFalse(objective._measured_value())
        measure.with_user(self.office).with_company(self.company).action_enter(
            f"{self.today.year}-01-15", 92
        )
        measure.with_user(self.office).with_company(self.company).action_enter(
            f"{self.today.year}-01-15", 93, reason="One was counted twice"
        )
        action = self._as(objective, self.engineer).action_open_evaluate()
        self.assertEqual(action["context"]["default_value"], 93)
        dialog = (
            self.env["itsms.objective.evaluate"]
            .with_user(self.engineer)
            .with_context(**action["context"])
            .create({"note": "As measured"})
        )
        with self.assertRaises(AccessError):
            self._as(dialog, self.reader).action_confirm()
        self._as(dialog, self.engineer).action_confirm()
        self.assertEqual((objective.last_value, objective.last_shown), (93, "93 %"))
        self.assertEqual(objective.measure_text, "In time")
        self._go(fields.Date.to_date(f"{self.today.year + 1}-02-15"))
        measure.with_user(self.office).with_company(self.company).action_enter(
            f"{self.today.year + 1}-01-15", 50
        )
        self.assertEqual(objective._measured_value().value, 93, "the value of its own year")

    def test_actions(self):
        """SMS-9 6.2.2: planned actions start with the approval; running ones keep it open."""
        objective = self._objective()
        self._measure(objective, self.office, kind="improvement")
        objective.action_submit()
        with self._refused("no actions are planned now"):
            self._measure(objective, self.office, kind="improvement")
        self._approve(objective, self.mr, self.president)
        self.assertEqual(self._actions(objective).state, "open")
        self._as(objective, self.engineer).action_evaluate(99, "Good")
        with self._refused("actions are running"):
            self._as(objective, self.engineer).action_close("Done")
        self._carry_out(objective)
        self._as(objective, self.engineer).action_close("Done")

    def test_known_to_all(self):
        """SMS-9 6.2.1: objectives in force are open to everybody, drafts are not; no part is
        written by who has nothing to do with it."""
        draft, in_force = self._objective(), self._objective_in_force()
        Objective = self.env["itsms.objective"].with_user(self.reader)
        self.assertEqual(Objective.search([("id", "in", (draft | in_force).ids)]).ids, in_force.ids)
        with self.assertRaises(AccessError):
            self._as(draft, self.reader).write({"name": "Mine"})
        with self.assertRaises(AccessError):
            self._as(in_force, self.mr).action_transition("drop", "No")
        self._as(in_force, self.president).action_transition("drop", "Another market")
        self.assertEqual(in_force.state, "cancelled")

    def test_two_hundred(self):
        """SMS-9: two hundred objectives are listed with a handful of queries."""
        top = self._objective()
        self.env["itsms.objective"].with_user(self.office).create(
            [
                {"name": f"Part {i}", "parent_id": top.id, "company_id": self.company.id}
                for i in range(200)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        parts = self._as(top, self.office).child_ids
        with self.assertQueryCount(40):
            parts.read(
                ["tree_name", "measure_text", "action_count", "evaluation_due", "next_actor"]
            )

    def test_coverage(self):
        """COM-20 SMS-9: 6.2.1 needs objectives of the year, 6.2.2 an evaluation per quarter."""
        check = self.env["itsms.coverage.check"]

        def keys(code):
            period = check._period(self.company)
            runs = check._clause_checks()[code]
            return {f.key for run in runs for f in run(self.company, period)}

        self.assertEqual(keys("6.2.1"), {"objective_none"})
        objective = self._objective_in_force()
        self.assertEqual(keys("6.2.1") | keys("6.2.2"), set())
        self._go(100)
        self.assertEqual(keys("6.2.2"), {"objective_late"})
        self._as(objective, self.engineer).action_evaluate(99, "Good")
        self.assertEqual(keys("6.2.2"), set())

    def test_coverage_of_improvement(self):
        """COM-20 CPA-18 CPA-20 CPA-22: 10.2 asks for criteria, a measured improvement and the
        report of the quarter."""
        check = self.env["itsms.coverage.check"]

        def keys():
            period = check._period(self.company)
            runs = check._clause_checks()["10.2"]
            return {f.key for run in runs for f in run(self.company, period)}

        self.assertEqual(keys(), {"improvement_unmeasured", "improvement_report"})
        record = self._measuring()
        record.action_measure(record.target_ids.id, 80, "List")
        self._go(fields.Date.to_date("2037-04-02"))
        report = (
            self.env["itsms.improvement.report"]
            .with_user(self.office)
            .create(
                {"company_id": self.company.id, "date_from": "2037-01-01", "conclusion": "Good"}
            )
        )
        report.action_issue()
        self.assertEqual(keys(), set())

    def test_registers(self):
        """CPA-18 CPA-20 SMS-8 SMS-9: the four registers print what they hold."""
        self._approved_improvement()
        self._registered()
        self._objective_in_force()
        for code in ("cpa.improvement", "cpa.improvement_plan", "sms.risk", "sms.objective"):
            register = self.env["itsms.register"].search([("code", "=", code)])
            with self.subTest(code=code):
                part = register.with_user(self.office).part_ids
                rows = list(part._rows(part._records(), part._columns(), text=True))
                self.assertEqual(len(rows), 1)
