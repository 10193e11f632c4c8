from datetime import date
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

from ..engine.coverage import AMBER, GREEN, RED, UNCHECKED, overdue_state, worst
from .common import AuditCase, tagged

NOW = "2027-03-10 04:00:00"


class CoverageCase(AuditCase):
    """A company whose documents, records and duties are made as a test needs them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env.ref("itsms_documents.itsms_document_category_supporting")
        cls.Coverage = cls.env["itsms.clause.coverage"]

    def setUp(self):
        super().setUp()
        clock = freeze_time(NOW)
        clock.start()
        self.addCleanup(clock.stop)

    def _document(self, *codes, state="in_force", **vals):
        document = self.env["itsms.document"].create(
            {
                "name": "Policy",
                "company_id": self.company.id,
                "category_id": self.category.id,
                "department_id": self.dep_office.id,
                "clause_ids": [Command.set(self._clauses(*codes).ids)],
                **vals,
            }
        )
        guard.as_engine(document).write({"state": state})
        return document

    def _row(self, code, update=True):
        if update:
            self.Coverage._update(self.company)
        return self.Coverage.search(
            [
                ("clause_id.code", "=", code),
                ("company_id", "=", self.company.id),
                ("period_id", "=", False),
            ]
        )

    def _keys(self, code, **kwargs):
        return set(self._row(code, **kwargs).line_ids.mapped("key"))


@tagged("post_install", "-at_install")
class TestCoverageStates(CoverageCase):
    """Section 4.2 of the catalogue: green, amber, red, each with the reason in words."""

    def test_every_clause_has_a_row(self):
        """COM-20: all clauses 4.1 to 10.2 are covered, none is left out as not applicable."""
        self.Coverage._update(self.company)
        rows = self.Coverage.search([("company_id", "=", self.company.id)])
        self.assertEqual(rows.clause_id, self.env["itsms.clause"]._auditable())
        self.assertEqual(len(rows), 62)
        self.assertEqual(rows[0].state, "red", "red rows come first")

    def test_clause_without_document_is_red(self):
        """COM-20: a clause for which no document is named is red, and says so."""
        row = self._row("4.1")
        self.assertEqual(row.state, "red")
        self.assertIn("No document is named", row.reason)

    def test_words_are_translated_with_this_module(self):
        """COM-20: what evidences a clause, and when it is green, is told in the reader's language:
        the words that this module adds to the clauses of the base are exported with it."""
        clauses = self.env["itsms.clause"]._auditable()
        names = self.env["ir.model.data"].search(
            [("module", "=", "itsms_audit"), ("model", "=", "itsms.clause")]
        )
        self.assertLessEqual(set(clauses.ids), set(names.mapped("res_id")))

    def test_document_in_force_makes_green(self):
        """COM-20: document in force, nothing overdue, no record kind asked for: green."""
        self._document("4.1")
        row = self._row("4.1")
        self.assertEqual((row.state, row.document_count, row.reason), ("green", 1, ""))

    def test_document_not_in_force_is_red(self):
        """COM-20: a document that is missing or expired makes its clause red."""
        self._document("4.1")
        self._document("4.1", state="draft", name="Scope")
        row = self._row("4.1")
        self.assertEqual(row.state, "red")
        self.assertIn("Scope", row.reason)

    def test_review_overdue_is_amber_then_red(self):
        """COM-20, COM-10: overdue for review up to the days of grace is amber, then red."""
        document = self._document("4.1")
        self.env.flush_all()
        for days, state in ((1, "amber"), (30, "amber"), (31, "red")):
            due = date(2027, 3, 10) - relativedelta(days=days)
            self.env.cr.execute(
                "UPDATE itsms_document SET next_review_date = %s WHERE id = %s", (due, document.id)
            )
            self.env.invalidate_all()
            self.assertEqual(self._row("4.1").state, state, days)

    def test_title_of_a_secret_document_is_not_told(self):
        """COM-20, COM-17: the reason names no confidential document."""
        self._document("4.1", state="draft", name="Project Falcon", secrecy="top_secret")
        reason = self._row("4.1").reason
        self.assertNotIn("Falcon", reason)
        self.assertIn("1 confidential", reason)

    def test_missing_module_says_so(self):
        """COM-20: checks whose module is not installed say so; the clause is not green."""
        self._document("8.6.1")
        patched = {"itsms.incident"}
        evidence = self._clauses("8.6.1").evidence_ids
        self.assertEqual(set(evidence.mapped("model_name")), patched)
        if "itsms.incident" in self.env:
            evidence.model_name = "itsms.not.there"
        row = self._row("8.6.1")
        self.assertEqual(row.state, "unchecked")
        self.assertIn("no module for it here", row.reason)

    def test_red_is_not_hidden_by_a_missing_module(self):
        """COM-20: what cannot be checked hides no red."""
        self._clauses("8.6.1").evidence_ids.model_name = "itsms.not.there"
        self.assertEqual(self._row("8.6.1").state, "red")

    def test_open_serious_finding_is_red(self):
        """COM-20: an open serious nonconformity makes its clause red; a lighter one is told; an
        observation, a draft and what is closed are not counted."""
        self._document("4.1")
        found = self.env["itsms.nonconformity"].create(
            {
                "name": "No record",
                "company_id": self.company.id,
                "department_id": self.dep_service.id,
                "clause_id": self._clauses("4.1").id,
                "found_on": "2027-03-01",
            }
        )
        for grade, state, expected in (
            ("minor", "issued", ("green", 1)),
            ("observation", "issued", ("green", 0)),
            ("serious", "draft", ("green", 0)),
            ("serious", "issued", ("red", 1)),
            ("serious", "closed", ("green", 0)),
        ):
            with self.subTest(grade=grade, state=state):
                guard.as_engine(found).write({"grade": grade, "state": state})
                row = self._row("4.1")
                self.assertEqual((row.state, row.open_count), expected)

    def test_no_record_in_the_period_is_amber(self):
        """COM-20: at least one valid record of the period, else amber with the day in words."""
        self._document("7.5.3")
        row = self._row("7.5.3")
        self.assertIn("record_operational", row.line_ids.mapped("key"))
        self.assertIn("2026-12-10", row.reason, "three months for records of daily operation")

    def test_daily_operation_counts_three_months(self):
        """COM-20: of daily operation the records of three months count, of the rest those of
        twelve."""
        evidence = self._clauses("10.1.1").evidence_ids
        evidence.domain = "[]"
        self.env["itsms.nonconformity"].create(
            {
                "name": "No record",
                "company_id": self.company.id,
                "department_id": self.dep_service.id,
                "found_on": "2026-10-01",
            }
        )
        for operational, count in ((False, 1), (True, 0)):
            with self.subTest(operational=operational):
                evidence.operational = operational
                self.assertEqual(self._row("10.1.1").record_count, count)

    def test_record_counts_in_the_time_zone_of_the_company(self):
        """COM-20: a record of the first day of the period counts, one of the day before not."""
        self._document("10.1.1")
        evidence = self._clauses("10.1.1").evidence_ids
        evidence.write({"model_name": "itsms.log", "domain": "[]", "date_field": "logged_at"})
        check = self.env["itsms.coverage.check"]
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        period = check._period(self.company)
        domain = evidence._period_domain(self.company, period)
        moments = [c[2] for c in list(domain) if isinstance(c, tuple) and c[0] == "logged_at"]
        self.assertEqual(str(moments[0]), "2026-03-09 16:00:00")
        self.assertEqual(str(moments[1]), "2027-03-10 16:00:00")

    def test_statement_of_no_occurrence_makes_green(self):
        """COM-26, COM-20: a confirmed “none happened” stands in for the record."""
        self._document("7.5.3")
        self._clauses("7.5.3").evidence_ids.write({"no_occurrence_kind": "complaint"})
        path = "odoo.addons.itsms_audit.models.itsms_coverage_check.ItsmsClauseEvidence"
        with patch(f"{path}._none_occurred", return_value=True):
            row = self._row("7.5.3")
        self.assertEqual(row.state, "green")
        self.assertIn("none happened", row.reason)

    def test_duty_overdue_reaches_its_clauses(self):
        """COM-10, COM-20: an overdue item of the review calendar: amber, then red."""
        self._document("4.1")
        kind = self.env["itsms.duty.kind"].create(
            {
                "name": "Look at the context",
                "code": "test.context",
                "clause_ids": [Command.set(self._clauses("4.1").ids)],
            }
        )
        self.env["itsms.duty"]._open_missing()
        duty = kind.duty_ids.filtered(lambda d: d.company_id == self.company)
        for days, state in ((-1, "green"), (0, "amber"), (30, "amber"), (31, "red")):
            due = date(2027, 3, 10) - relativedelta(days=days)
            guard.as_engine(duty).write({"next_due": due})
            self.assertEqual(self._row("4.1").state, state, days)

    def test_vacant_role_is_amber(self):
        """COM-20: a role that a route needs and nobody holds makes 5.3 amber, by name."""
        self._document("5.3")
        self.assertNotIn("President", self._row("5.3").reason)
        self.env.cr.execute(
            "DELETE FROM itsms_role_assignment WHERE user_id = %s", (self.president.id,)
        )
        self.env.invalidate_all()
        row = self._row("5.3")
        self.assertEqual(row.state, "amber")
        self.assertIn("President", row.reason)

    def test_title_that_is_closed_later_is_masked(self):
        """COM-20, COM-17: a reason worked out before a document became secret tells its title no
        more; the title of an open one is in the language of the reader."""
        for lang in ("en_US", "zh_CN"):
            self.env["res.lang"]._activate_lang(lang)
        document = self._document("4.1", state="draft", name="Falcon plan")
        document.with_context(lang="zh_CN").name = "猎鹰计划"
        row = self._row("4.1")
        self.assertIn("Falcon plan", row.with_context(lang="en_US").reason)
        self.assertIn("猎鹰计划", row.with_context(lang="zh_CN").reason)
        guard.as_engine(document).write({"secrecy": "secret"})
        self.env.invalidate_all()
        self.assertNotIn("Falcon", row.with_context(lang="en_US").reason)
        self.assertIn("confidential", row.with_context(lang="en_US").reason)

    def test_reason_speaks_the_language_of_its_reader(self):
        """COM-20: the nightly run has one language, readers have theirs; a kind of record that is
        gone keeps the name it had."""
        for lang in ("en_US", "zh_CN"):
            self.env["res.lang"]._activate_lang(lang)
        self._document("8.6.1")
        evidence = self._clauses("8.6.1").evidence_ids[:1]
        evidence.model_name = "itsms.not.there"
        evidence.with_context(lang="en_US").name = "Book of incidents"
        evidence.with_context(lang="zh_CN").name = "事件登记簿"
        self.Coverage.with_context(lang="zh_CN")._update(self.company)
        row = self._row("8.6.1", update=False)
        self.assertIn("Book of incidents", row.with_context(lang="en_US").reason)
        self.assertIn("事件登记簿", row.with_context(lang="zh_CN").reason)
        evidence.unlink()
        row.line_ids.invalidate_recordset()
        row.invalidate_recordset()
        self.assertIn("事件登记簿", row.with_context(lang="en_US").reason)

    def test_procedures_missing(self):
        """COM-20: 4.4 is green only with all procedures of the manual in force."""
        self._document("4.4")
        row = self._row("4.4")
        self.assertEqual(row.state, "red")
        self.assertIn("manual not in force: 22", row.reason)

    def test_procedures_are_named_at_their_clauses(self):
        """COM-20: the procedures of the manual are tagged with the clauses they carry."""
        self.env["itsms.document"]._seed_procedures(self.company)
        self.env["itsms.clause"]._tag_procedures(self.company)
        serials = {
            code: clause.document_ids.filtered(lambda d: d.company_id == self.company).mapped(
                "serial"
            )
            for code in ("9.2.1", "4.4")
            for clause in self._clauses(code)
        }
        self.assertEqual(serials["9.2.1"], [4])
        self.assertEqual(len(serials["4.4"]), 22)

    @given(st.lists(st.sampled_from([GREEN, AMBER, RED, UNCHECKED]), max_size=6))
    def test_worst_finding_decides(self, states):
        """COM-20: red beats amber beats not checked beats green, in any order."""
        result = worst(states)
        self.assertEqual(result, worst(list(reversed(states))))
        for state in (RED, AMBER, UNCHECKED):
            if state in states:
                self.assertEqual(result, state)
                break
        else:
            self.assertEqual(result, GREEN)

    @given(st.integers(-400, 400), st.integers(0, 365))
    def test_overdue_turns_amber_then_red(self, days, grace):
        """COM-10: due or overdue up to the days of grace is amber, later red, before green."""
        state = overdue_state(days, grace)
        self.assertEqual(state == RED, days > grace)
        self.assertEqual(state == GREEN, days < 0 and days <= grace)


@tagged("post_install", "-at_install")
class TestCoverageRights(CoverageCase):
    """Nobody writes the coverage; what lies behind it keeps its own rights."""

    def test_nobody_writes_rows(self):
        """COM-20: the coverage follows from the records; no role changes a row or a reason."""
        self._document("4.1", state="draft")
        row = self._row("4.1")
        for user in (self.office, self.manager, self.auditor, self.reader):
            mine = self._as(row, user).with_context(itsms_engine=True)
            with self.assertRaises(AccessError):
                mine.write({"state": "green"})
            with self.assertRaises(AccessError):
                mine.line_ids.write({"state": "green"})
            with self.assertRaises(AccessError):
                mine.unlink()
        with self.assertRaises(AccessError):
            row.write({"state": "green"})
        with self.assertRaises(AccessError):
            row.line_ids.unlink()

    def test_who_works_it_out(self):
        """COM-20: ITSMS office and auditors work the coverage out at any time, others not."""
        for user in (self.office, self.auditor):
            action = self._as(self.Coverage, user).action_update()
            self.assertEqual(action["res_model"], "itsms.clause.coverage")
        with self.assertRaises(AccessError):
            self._as(self.Coverage, self.reader).action_update()

    def test_other_company_sees_nothing(self):
        """COM-17: rows, reasons and periods of another company are closed."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger", company=other)
        row = self._row("4.1")
        self.assertFalse(self._as(self.Coverage, stranger).search([]))
        with self.assertRaises(AccessError):
            self._as(row, stranger).read(["state"])
        with self.assertRaises(AccessError):
            self._as(row.line_ids, stranger).read(["reason"])

    def test_only_the_office_names_clauses(self):
        """COM-20: the author of a document does not decide which clause it fulfils."""
        document = self._document("4.1", state="draft", department_id=self.dep_dev.id)
        with self.assertRaises(AccessError):
            self._as(document, self.author).write({"clause_ids": [Command.clear()]})
        self._as(document, self.office).write({"clause_ids": [Command.clear()]})
        self.assertFalse(document.clause_ids)
        self.assertTrue(self._log_of(document).filtered(lambda x: x.kind == "config"))

    def test_drill_down(self):
        """COM-20: each cell opens the records behind it."""
        self._document("4.1", state="draft")
        row = self._as(self._row("4.1"), self.reader)
        self.assertEqual(row.action_documents()["res_model"], "itsms.document")
        self.assertEqual(row.line_ids.action_open()["res_model"], "itsms.document")
        self.assertEqual(row.action_findings()["res_model"], "itsms.nonconformity")
        with self.assertRaisesRegex(UserError, "COM-20"):
            row.action_records()
        records = self._row("7.5.2", update=False).action_records()
        self.assertEqual(records["res_model"], "itsms.document.change")

    def test_mistyped_evidence_is_refused(self):
        """COM-20: a domain that is none, or is code, is refused when it is entered."""
        evidence = self._clauses("7.5.2").evidence_ids
        for vals in (
            {"domain": "[('nothing', '=', 1)]"},
            {"domain": "__import__('os')"},
            {"domain": "[("},
            {"date_field": "nothing"},
        ):
            with self.assertRaisesRegex(UserError, "COM-20"), self.cr.savepoint():
                evidence.write(vals)

    def test_queries_do_not_grow_with_records(self):
        """COM-20: the nightly job costs the same for ten times the documents."""
        self._document("4.1")
        self.Coverage._update(self.company)

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self.Coverage._update(self.company)
            return self.cr.sql_log_count - start

        cost()
        before = cost()
        for number in range(30):
            self._document("4.1", name=f"Document {number}")
        self.assertLessEqual(cost(), before + 5)

    def test_page_is_quick(self):
        """COM-20: the page of all clauses with their reasons takes a bounded number of queries."""
        self.Coverage._update(self.company)
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self._as(self.Coverage, self.reader)
        start = self.cr.sql_log_count
        rows.web_search_read(
            [("company_id", "=", self.company.id)],
            {"clause_id": {"fields": {"display_name": {}}}, "state": {}, "reason": {}},
        )
        self.assertLessEqual(self.cr.sql_log_count - start, 25)


@tagged("post_install", "-at_install")
class TestAuditPeriod(CoverageCase):
    """EVD-1: the period is chosen once, its coverage is frozen."""

    def _period(self, **vals):
        return (
            self.env["itsms.audit.period"]
            .with_user(self.office)
            .create({"name": "Certification 2027", "company_id": self.company.id, **vals})
        )

    def test_frozen_coverage_stays(self):
        """COM-20, EVD-1: what is frozen for an audit does not change with the records."""
        document = self._document("4.1")
        period = self._period()
        period.action_freeze()
        frozen = period.coverage_ids.filtered(lambda r: r.clause_id.code == "4.1")
        self.assertEqual((len(period.coverage_ids), frozen.state), (62, "green"))
        guard.as_engine(document).write({"state": "obsolete"})
        self.assertEqual(self._row("4.1").state, "red")
        self.assertEqual(frozen.state, "green")
        self.assertTrue(self._log_of(period).filtered(lambda x: x.state_to == "frozen"))

    def test_frozen_once(self):
        """EVD-1: a frozen period is not frozen again, nor changed, nor deleted."""
        period = self._period()
        period.action_freeze()
        with self.assertRaises(UserError):
            period.action_freeze()
        with self.assertRaises(UserError):
            self.Coverage._update(self.company, period)
        with self.assertRaises(UserError):
            period.write({"date_from": "2026-01-01"})
        with self.assertRaises(UserError):
            period.unlink()

    def test_only_the_office_freezes(self):
        """EVD-1: the ITSMS office sets and freezes periods; auditors read them."""
        period = self._period()
        for user in (self.reader, self.auditor):
            with self.assertRaises(AccessError):
                self._as(period, user).action_freeze()
        self.assertTrue(self._as(period, self.auditor).read(["precondition_text"]))

    def test_preconditions_missing(self):
        """EVD-1: three months of records, one audit of everything, one review – told in words."""
        period = self._period()
        self.assertFalse(period.ready)
        for text in ("daily operation", "Not audited", "No management review"):
            self.assertIn(text, period.precondition_text)

    def test_preconditions_hold(self):
        """EVD-1: with records of three months, an audit of everything and a review it is ready."""
        period = self._period()
        check = "odoo.addons.itsms_audit.models.itsms_coverage_check_system.ItsmsCoverageCheck"
        model = "odoo.addons.itsms_audit.models.itsms_audit_period.ItsmsAuditPeriod"
        nothing = (self.env["itsms.clause"], self.env["hr.department"])
        with (
            patch(f"{check}._last_review_on", return_value=date(2027, 1, 5)),
            patch(f"{check}._not_audited", return_value=nothing),
            patch(f"{model}._first_record", return_value=date(2026, 12, 10)),
        ):
            period.invalidate_recordset()
            self.assertTrue(period.ready, period.precondition_text)
        with (
            patch(f"{check}._last_review_on", return_value=date(2027, 1, 5)),
            patch(f"{check}._not_audited", return_value=nothing),
            patch(f"{model}._first_record", return_value=date(2026, 12, 11)),
        ):
            period.invalidate_recordset()
            self.assertFalse(period.ready)

    def test_period_that_begins_in_the_future(self):
        """EVD-1: there is nothing to freeze yet."""
        period = self._period(date_from="2027-05-01", date_to="2027-06-01")
        with self.assertRaisesRegex(UserError, "EVD-1"):
            period.action_freeze()
