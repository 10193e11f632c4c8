import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError

from .common import ItsmsCase, tagged

CODE = "approval.reminder.days"
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@tagged("post_install", "-at_install")
class TestParameters(ItsmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Parameter = cls.env["itsms.parameter"]

    def _make(self, kind, **vals):
        return self.Parameter.new({"name": "P", "code": "test.p", "kind": kind, **vals})

    def _approve(self, change):
        """Through its whole route, by whoever is asked."""
        change.action_submit()
        for _turn in range(5):
            steps = change.sudo().approval_step_ids.filtered(lambda s: s.state == "open")
            if not steps:
                break
            self._as(change, steps[0].approver_ids[0]).action_approve()
        self.assertEqual(change.state, "approved")
        return change

    def _value(self, company=None):
        return self.Parameter._get(CODE, company or self.company)

    # ------------------------------------------------------------ types and bounds
    @quick
    @given(text=st.one_of(st.text(), st.floats().map(str), st.integers().map(str)))
    def test_whatever_is_typed_is_a_value_or_refused(self, text):
        """COM-16: a value is of its kind and within its bounds, or there is a clear refusal."""
        for kind, python in (("integer", int), ("float", float), ("boolean", bool)):
            parameter = self._make(kind, minimum=-5, maximum=99)
            try:
                value = parameter._convert(text)
            except ValidationError:
                continue
            self.assertIs(type(value), python)
            if kind != "boolean":
                self.assertTrue(math.isfinite(value) and -5 <= value <= 99)

    @quick
    @given(value=st.integers(1, 10**9))
    def test_values_are_kept_as_typed(self, value):
        """COM-16: what is written comes back, whole numbers and fractions."""
        self.assertEqual(self._make("integer")._convert(str(value)), value)
        self.assertEqual(self._make("float")._convert(str(value / 8)), value / 8)

    def test_what_is_no_number(self):
        """COM-16: nan, infinity and overflow are no values, with and without a maximum."""
        for text in (
            "nan",
            "inf",
            "-inf",
            "Infinity",
            "1e999",
            "",
            " ",
            "1,5",
            "0x10",
            None,
            False,
        ):
            for bounds in ({}, {"maximum": 10}):
                for kind in ("float", "integer"):
                    with self.subTest(text=text, kind=kind), self.assertRaises(ValidationError):
                        self._make(kind, **bounds)._convert(text)
        with self.assertRaises(ValidationError):
            self._make("integer")._convert("9" * 5000)
        self.assertIs(self._make("boolean")._convert(" Yes "), True)
        self.assertEqual(self._make("text")._convert("a b"), "a b")

    def test_default_must_fit(self):
        """COM-16: a parameter whose default is no value of it cannot be set up."""
        with self.assertRaises(ValidationError):
            self.Parameter.create(
                {"name": "P", "code": "test.p", "kind": "integer", "default_value": "x"}
            )

    def test_unknown_parameter_is_named(self):
        """COM-16: asking for what is not in the register is an error, never a silent zero."""
        with self.assertRaisesRegex(UserError, "no.such.parameter"):
            self.Parameter._get("no.such.parameter")

    # ------------------------------------------------------------ changing one
    def test_a_change_is_approved_and_kept_as_history(self):
        """COM-16: reason, old and new value, who and when; in force after the approval only."""
        before = self._value()
        change = self._change(value="7")
        self.assertEqual(self._value(), before)
        change.action_submit()
        self.assertEqual((change.state, change.old_value), ("pending", str(before)))
        self.assertEqual(self._value(), before)
        step = change.sudo().approval_step_ids.filtered(lambda s: s.state == "open")
        self._as(change, step.approver_ids[0]).action_approve()
        self.assertEqual((change.state, self._value()), ("approved", 7))
        second = self._approve(self._change(value="9"))
        self.assertEqual(second.old_value, "7")
        self.assertEqual((change.state, self._value()), ("superseded", 9))
        self.assertEqual(self._parameter().change_ids, second | change)
        kinds = self._log_of(change).mapped("kind")
        self.assertEqual(kinds, ["submit", "decision", "transition", "transition"])

    def test_reason_and_value_are_asked_for(self):
        """COM-16: no change without a reason, none outside the bounds."""
        with self.assertRaises(ValidationError):
            self._change(value="61")
        with self.assertRaises(ValidationError):
            self._change(value="soon")
        view = self.env["itsms.parameter.change"]._fields["reason"]
        self.assertTrue(view.required)

    def test_old_value_is_that_of_the_last_submission(self):
        """COM-16: after a rejection the value in force may have changed meanwhile."""
        change = self._change(value="7")
        change.action_submit()
        step = change.sudo().approval_step_ids.filtered(lambda s: s.state == "open")
        self._as(change, step.approver_ids[0]).action_reject("not now")
        self._approve(self._change(value="9"))
        self._as(change, self.office).action_submit()
        self.assertEqual(change.old_value, "9")

    def test_two_changes_approved_at_once(self):
        """COM-16: exactly one value is in force, the newer one."""
        first, second = self._change(value="7"), self._change(value="9")
        both = first | second
        both.action_submit()
        step = both.sudo().approval_step_ids.filtered(lambda s: s.state == "open")
        self._as(both, step.approver_ids[0]).action_approve()
        self.assertEqual(both.mapped("state"), ["superseded", "approved"])
        self.assertEqual(self._value(), 9)

    def test_no_way_round_the_change(self):
        """COM-16: not even the administrator writes a value, a bound or a kind directly."""
        parameter = self._parameter()
        for vals in (
            {"default_value": "5"},
            {"minimum": 0},
            {"maximum": 999},
            {"kind": "text"},
            {"code": "other"},
        ):
            for user in (self.manager, self.office, self.reader):
                with self.subTest(vals=vals, user=user.name), self.assertRaises(UserError):
                    self._as(parameter, user).write(vals)
        self._as(parameter, self.manager).write({"unit": "days"})
        change = self._approve(self._change(value="7"))
        for vals in ({"value": "8"}, {"reason": "x"}, {"state": "draft"}, {"old_value": "0"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._as(change, self.office).write(vals)
        with self.assertRaises(UserError):
            self._as(change, self.office).unlink()
        with self.assertRaises(AccessError):
            self._change(value="8", state="approved")

    def test_who_may_propose(self):
        """COM-16: the ITSMS office proposes; others read the register and its history."""
        for user in (self.reader, self.auditor, self.president):
            with self.assertRaises(AccessError):
                self._change(user)
            self.assertTrue(self._as(self._parameter(), user).value)

    # ------------------------------------------------------------ companies
    def test_per_company(self):
        """COM-16: a change counts for its company, the others keep the default."""
        other = self.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        default = self._value(other)
        change = self._approve(self._change(value="7"))
        self.assertEqual((self._value(), self._value(other)), (7, default))
        self.assertEqual(self._parameter().with_company(self.company).value, "7")
        stranger = self._person("stranger", None, "itsms_base.group_itsms_office", other)
        Change = self._as(self.env["itsms.parameter.change"], stranger)
        self.assertFalse(Change.search([("id", "=", change.id)]))
        with self.assertRaises(AccessError):
            self._as(change, stranger).read(["value"])
        with self.assertRaises(AccessError):
            self._change(stranger)
