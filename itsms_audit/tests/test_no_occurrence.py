from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.exceptions import AccessError

from ..engine import ranking
from .common import tagged
from .improvement_common import ImprovementCase

DAY0 = date(2030, 1, 1)


@tagged("post_install", "-at_install")
class TestNoOccurrence(ImprovementCase):
    """COM-26: the ITSMS office states that nothing of a kind happened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env.ref("itsms_audit.itsms_occurrence_kind_nonconformity")
        cls.Statement = cls.env["itsms.no.occurrence"]

    def _statement(self, user=None, **vals):
        return self.Statement.with_user(user or self.office).create(
            {
                "kind_id": self.kind.id,
                "company_id": self.company.id,
                "date_from": self.today - timedelta(days=60),
                "date_to": self.today,
                "checked": "Register of nonconformities, mailbox of the office",
                **vals,
            }
        )

    def _covered(self, days=60, end=None):
        end = end or self.company._itsms_today()
        return self.Statement._covers(
            "nonconformity", self.company, end - timedelta(days=days), end
        )

    @given(
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=6),
        st.integers(0, 40),
        st.integers(0, 20),
        st.integers(0, 10),
    )
    def test_any_cover(self, spans, start, length, tail):
        """COM-26: a period is covered where every day is, but for the last days of grace."""
        periods = [(DAY0 + timedelta(days=a), DAY0 + timedelta(days=a + n)) for a, n in spans]
        first, last = DAY0 + timedelta(days=start), DAY0 + timedelta(days=start + length)
        days = {a + i for a, n in spans for i in range(n + 1)}
        wanted = set(range(start, max(start, start + length - tail) + 1))
        self.assertEqual(ranking.covers(periods, first, last, tail), wanted <= days)

    def test_stated(self):
        """COM-26: stated by the office, with where it was looked; kept as a record."""
        statement = self._statement(checked=False)
        with self._refused("Where it was looked"):
            statement.action_confirm()
        statement.checked = "Register"
        self.assertFalse(self._covered())
        statement.action_confirm()
        self.assertEqual(
            (statement.state, statement.stated_by_id, statement.stated_on),
            ("confirmed", self.office, self.today),
        )
        self.assertTrue(self._covered())
        self.assertFalse(self._covered(61))
        self.assertEqual(statement.kept_record_count, 1)
        with self._refused("locked"):
            statement.date_from = "2000-01-01"

    def test_grace(self):
        """COM-26: until the next statement is due, the last one still stands for the period."""
        self._statement().action_confirm()
        self._go(31)
        self.assertTrue(self._covered(90))
        self._go(1)
        self.assertFalse(self._covered(90))

    def test_refusals(self):
        """COM-26: not for days to come, not where one is registered, not by others."""
        with self._refused("nobody knows yet"):
            self._statement(date_to=self.today + timedelta(days=1)).action_confirm()
        self._issued()
        with self._refused("1 of them are registered"):
            self._statement().action_confirm()
        for user in (self.reader, self.mr, self.auditor):
            with self.assertRaises(AccessError):
                self._statement(user)
        statement = self._statement(date_to=self.today - timedelta(days=1))
        with self.assertRaises(AccessError):
            self._as(statement, self.reader).action_confirm()
        for vals in ({"state": "confirmed"}, {"stated_on": self.today}):
            with self.assertRaises(AccessError):
                statement.write(vals)
        with self._refused("itsms_no_occurrence_dates_chk", Exception):
            self._statement(date_from=self.today, date_to=self.today - timedelta(days=1))

    def test_withdrawn_by_itself(self):
        """COM-26: a nonconformity that is issued for the period withdraws the statement at once;
        a draft, one of another day and one of another company do not."""
        statement = self._statement()
        statement.action_confirm()
        draft = self._nc()
        self.assertEqual(statement.state, "confirmed")
        early = self._nc(found_on=self.today - timedelta(days=61))
        early.action_issue()
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        self.assertFalse(self.Statement._occurred("nonconformity", other, self.today))
        self.assertFalse(self.Statement._occurred("complaint", self.company, self.today))
        self.assertFalse(self.Statement._occurred("unheard of", self.company, self.today))
        self.assertEqual(statement.state, "confirmed")
        draft.action_issue()
        self.assertEqual(statement.state, "withdrawn")
        self.assertIn(str(self.today), statement.withdrawn_reason)
        self.assertTrue(self._told(statement, self.office))
        self.assertFalse(self._covered())
        self.assertEqual(statement.kept_record_count, 1, "what was stated stays on record")

    def test_by_other_modules(self):
        """COM-26: any module reports its events by the code of the kind; people withdraw with a
        reason."""
        kind = self.env.ref("itsms_audit.itsms_occurrence_kind_complaint")
        one, two = self._statement(kind_id=kind.id), self._statement(kind_id=kind.id)
        (one | two).action_confirm()
        with self._refused("needs a reason"):
            two.action_transition("withdraw")
        two.action_transition("withdraw", "Stated twice")
        held = self.Statement.with_user(self.reader)._occurred(
            "complaint", self.company, self.today - timedelta(days=60)
        )
        self.assertEqual((held, one.state), (one, "withdrawn"))

    def test_kinds(self):
        """COM-26: the rare events of the catalogue are data."""
        codes = set(self.env["itsms.occurrence.kind"].search([]).mapped("code"))
        self.assertLessEqual(
            {
                "major_incident",
                "emergency_change",
                "emergency_release",
                "failed_change",
                "plan_invocation",
                "dispute",
                "complaint",
                "security_incident",
                "service_removal",
                "contract_termination",
                "internal_supplier",
                "nonconformity",
            },
            codes,
        )
        named = self.env["itsms.clause.evidence"].search([("no_occurrence_kind", "!=", False)])
        self.assertLessEqual(set(named.mapped("no_occurrence_kind")), codes)

    def test_coverage(self):
        """COM-26 COM-20: a statement makes the clause green in words instead of amber."""
        evidence = self.env.ref("itsms_audit.itsms_clause_evidence_10_1_1")
        period = self.env["itsms.coverage.check"]._period(self.company)

        def keys():
            measured = {evidence.id: evidence._measure_company(self.company, period)}
            return [f.key for f in evidence._judge(self.company, period, measured)]

        self.assertEqual(keys(), ["record_none"])
        self._statement(date_from=self.today - timedelta(days=400)).action_confirm()
        self.assertEqual(keys(), ["record_statement"])

    def test_two_hundred(self):
        """COM-26: two hundred statements are confirmed in one go, and judged in a few queries."""
        kind = self.env.ref("itsms_audit.itsms_occurrence_kind_dispute")
        statements = self.Statement.with_user(self.office).create(
            [
                {
                    "kind_id": kind.id,
                    "company_id": self.company.id,
                    "date_from": self.today - timedelta(days=i),
                    "date_to": self.today - timedelta(days=i),
                    "checked": "Contracts",
                }
                for i in range(200)
            ]
        )
        statements.action_confirm()
        self.assertEqual(set(statements.mapped("state")), {"confirmed"})
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(15):
            self.assertTrue(
                self.Statement._covers(
                    "dispute", self.company, self.today - timedelta(days=199), self.today
                )
            )
