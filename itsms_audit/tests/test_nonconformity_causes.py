from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import AccessError, UserError

from ..models.nonconformity_kinds import ORDER, similarity, step_up
from .common import tagged
from .nonconformity_common import NonconformityCase

CALM = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@tagged("post_install", "-at_install")
class TestCauses(NonconformityCase):
    """Causes as a structure, not one text (CPA-8), and days by grade (CPA-11)."""

    def _cause(self, record, name, parent=None, **vals):
        return (
            self.env["itsms.cause"]
            .with_user(self.engineer)
            .create(
                {
                    "nonconformity_id": record.id,
                    "name": name,
                    "parent_id": parent and parent.id,
                    **vals,
                }
            )
        )

    def test_chain(self):
        """CPA-8: five whys as a chain; the depth counts them; the tree keeps the order."""
        record = self._confirmed()
        chain = self.env["itsms.cause"]
        for name in ("No test", "No reminder", "No calendar", "No owner", "No rule"):
            chain |= self._cause(record, name, chain[-1:])
        chain[-1].root = True
        self.assertEqual(chain.mapped("depth"), [1, 2, 3, 4, 5])
        side = self._cause(record, "No time", chain[0], category="management")
        tree = record.cause_ids._tree()
        self.assertEqual(len(tree), 6)
        self.assertLess(tree.index(chain[0]), tree.index(side))
        self.assertEqual(record.cause_category, "method")

    def test_cycles(self):
        """CPA-8: a cause is never its own cause, over whatever detour."""
        record = self._confirmed()
        one = self._cause(record, "One")
        two = self._cause(record, "Two", one)
        three = self._cause(record, "Three", two)
        for parent in (one, two, three):
            with self.subTest(parent=parent.name), self._refused("its own cause"):
                one.write({"parent_id": parent.id})
        other = self._cause(self._confirmed(name="Other"), "Foreign")
        with self._refused("one nonconformity"):
            three.write({"parent_id": other.id})
        with self._refused("no root cause"):
            one.write({"root": True})

    def test_any_tree(self):
        """CPA-8: whatever is hung below whatever, no tree ever has a cycle or loses a cause."""
        record = self._confirmed()
        causes = [self._cause(record, f"Cause {i}") for i in range(6)]

        @CALM
        @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8))
        def check(moves):
            for child, parent in moves:
                try:
                    with self.env.cr.savepoint():
                        causes[child].write({"parent_id": causes[parent].id})
                except UserError:
                    self.env.invalidate_all()
            for cause in causes:
                seen = set()
                while cause:
                    self.assertNotIn(cause.id, seen)
                    seen.add(cause.id)
                    cause = cause.parent_id
            self.assertEqual(len(record.cause_ids._tree()), 6)

        check()

    def test_analysis_is_complete(self):
        """CPA-6 CPA-7 CPA-8 CPA-9 CPA-15: nothing is submitted without correction, extent, causes,
        decision and criterion."""
        for name, value, words in (
            ("consequences", False, "affected"),
            ("extent", False, "elsewhere"),
            ("extent_where", False, "elsewhere"),
            ("cause_method", False, "root cause"),
            ("corrective_needed", False, "decide whether"),
            ("effect_criterion", False, "effect will be measured"),
        ):
            record = self._planned()
            self._as(record, self.engineer).write({name: value})
            with self.subTest(name=name), self._refused(words):
                self._as(record, self.engineer).action_submit()
        record = self._planned()
        record.cause_ids.root = False
        with self._refused("root cause"):
            self._as(record, self.engineer).action_submit()
        self._as(self._actions(record, "corrective"), self.engineer).unlink()
        record.cause_ids.root = True
        with self._refused("at least one measure"):
            self._as(record, self.engineer).action_submit()

    def test_all_that_is_missing_is_told_at_once(self):
        """CPA-6 CPA-7 CPA-8 CPA-15: one refusal names everything that the answer lacks."""
        record = self._confirmed()
        with self._refused("(?s)first put it right.*similar.*root cause.*at least one measure"):
            self._as(record, self.engineer).action_submit()

    def test_correction_first(self):
        """CPA-6: a correction with its own day, or the reason why there is none."""
        record = self._confirmed()
        self._answer(record)
        self._measure(record)
        with self._refused("first put it right"):
            self._as(record, self.engineer).action_submit()
        self._as(record, self.engineer).write({"no_correction_reason": "The quarter is over"})
        self._as(record, self.engineer).action_submit()
        self.assertEqual(record.state, "pending")
        early = self._issued(name="Early")
        correction = self._correction(early)
        self._as(correction, self.engineer).action_start()
        self.assertEqual((early.state, correction.state), ("issued", "open"))
        with self._refused("measures are planned"):
            self._measure(early)

    def test_cause_repeats_the_description(self):
        """CPA-8: a warning where the cause only says again what was found; a copy is refused."""
        record = self._planned()
        self.assertFalse(record.cause_repeats)
        record.cause_ids.name = "The test of the second quarter was simply left out"
        self.assertTrue(record.cause_repeats)
        self.assertGreater(record.cause_similarity, 80)
        record.cause_ids.name = " the test of the SECOND quarter, was left out! "
        with self._refused("only repeats"):
            self._as(record, self.engineer).action_submit()

    def test_causes_are_locked(self):
        """AUD-4.4.1 COM-7: causes are written by the department, before the plan is submitted."""
        record = self._planned()
        with self.assertRaises(AccessError):
            record.cause_ids.with_user(self.lay).write({"name": "x"})
        self._as(record, self.engineer).action_submit()
        with self._refused("locked"):
            record.cause_ids.with_user(self.engineer).write({"name": "x"})
        with self._refused("locked"):
            self._cause(record, "Later")

    def test_repeat_same_clause(self):
        """CPA-16: same clause and department within twelve months: one grade higher is proposed,
        the earlier one is shown."""
        first = self._issued()
        second = self._nc(name="Again")
        self.assertEqual((second.earlier_ids, second.proposed_grade), (first, "serious"))
        second.action_issue()
        self.assertEqual(second.repeat_of_id, first)
        self.assertIn("Happened before", str(self._log_of(second).mapped("comment")))
        self._as(second, self.mr).action_take_proposed_grade()
        self.assertEqual((second.grade, second.proposed_grade), ("serious", False))
        self.assertFalse(self._nc(department_id=self.dep_dev.id).earlier_ids)
        self.assertFalse(self._nc(clause_id=self.other_clause.id).earlier_ids)
        self._go(fields.Date.add(self.today, months=12, days=1))
        later = self._nc(name="Later", found_on=self.company._itsms_today())
        self.assertFalse(later.earlier_ids)
        get = self.env.registry["itsms.parameter"]._get
        self.patch(
            self.env.registry["itsms.parameter"],
            "_get",
            lambda s, code, company=None: (
                24 if code == "cpa.repeat_months" else get(s, code, company)
            ),
        )
        later.invalidate_recordset()
        self.assertEqual(later.earlier_ids, first | second)

    def test_repeat_same_cause(self):
        """CPA-16: the same root cause elsewhere is a repetition too."""
        first = self._planned()
        self._go(20)
        second = self._confirmed(
            clause_id=self.other_clause.id, department_id=self.dep_service.id, name="Licences"
        )
        self.assertFalse(second.earlier_ids)
        self._answer(second)
        self._correction(second)
        self._measure(second)
        self.assertEqual(self._as(second, self.mr).earlier_ids, first)
        root = second.cause_ids
        for name, category in (("Nobody is reminded", "people"), ("The price rose", "method")):
            root.write({"name": name, "category": category})
            with self.subTest(name=name):
                self.assertFalse(self._as(second, self.mr).earlier_ids)
        root.write({"name": "Nobody is reminded", "category": "method"})
        self._as(second, self.engineer).action_submit()
        self.assertEqual(second.repeat_of_id, first)

    @CALM
    @given(st.integers(0, 400), st.sampled_from(ORDER))
    def test_any_day(self, offset, grade):
        """CPA-11: whatever day it is registered, confirming, correcting and planning are working
        days in this order, carrying out is calendar days."""
        start = self.today + timedelta(days=offset)
        record = self.env["itsms.nonconformity"].new({"company_id": self.company.id})
        days = record._deadline_days(start, grade)
        confirm, plan = days["confirm_due_on"], days["plan_due_on"]
        self.assertTrue(start < confirm <= days["correction_due_on"] <= plan)
        self.assertTrue(all(d.weekday() < 5 for d in (confirm, plan)))
        self.assertLessEqual((plan - start).days, 9)
        wanted = {"observation": 30, "minor": 15, "general": 30, "serious": 60}[grade]
        self.assertEqual((days["implement_due_on"] - start).days, wanted)

    @CALM
    @given(st.text(max_size=60), st.text(max_size=60))
    def test_similarity(self, one, other):
        """CPA-8: likeness is between 0 and 100, the same text is the same."""
        self.assertTrue(0 <= similarity(one, other) <= 100)
        self.assertIn(similarity(one, one), (0, 100))

    def test_steps_of_grades(self):
        """CPA-16: one step higher, and the highest stays."""
        self.assertEqual([step_up(g) for g in ORDER], [*ORDER[1:], "serious"])
