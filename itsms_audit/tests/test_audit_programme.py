from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import tagged

from .audit_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestAuditProgramme(ProgrammeCase):
    """The ITSMS office plans the audits of the year, the management representative approves."""

    def test_chain(self):
        """AUD-4.1.1 AUD-4.1.1a: the office makes the programme, the MR approves it, the heads of
        the departments are told."""
        programme = self._full_programme()
        programme.action_submit()
        self.assertRegex(programme.number, "NSJH")
        steps = programme.sudo().approval_step_ids
        self.assertEqual([(s.label, s.approver_ids) for s in steps], [("approve", self.mr)])
        for other in (self.president, self.lead, self.head):
            with self.assertRaises(AccessError):
                self._as(programme, other).action_approve()
        self._as(programme, self.mr).action_approve()
        self.assertEqual(programme.state, "approved")
        self.assertTrue(self._told(programme, self.service_head))
        self.assertEqual(programme._in_force(self.company, self.year).id, programme.id)

    def test_next_year(self):
        """AUD-4.1.1: in December the programme of the next year is made; one that was missed is
        made up in its own year."""
        Programme = self.env["itsms.audit.programme"].with_user(self.office)
        with freeze_time("2026-12-10 03:00:00"):
            self.assertEqual(Form(Programme).year, 2027)
        with freeze_time("2027-01-20 03:00:00"):
            self.assertEqual(Form(Programme).year, 2027)

    def test_gaps(self):
        """AUD-4.1.1b I-33: each department and each clause at least once; not every clause in
        every department."""
        clauses = self.env["itsms.clause"]._auditable()
        programme = self._programme(lines=())
        departments = programme._departments_to_cover(self.company)
        self.assertLessEqual(
            self.dep_service | self.dep_dev | self.dep_lab | self.dep_sales | self.dep_office,
            departments,
        )
        self.assertEqual(programme.gap_department_ids, departments)
        self.assertEqual(programme.gap_clause_ids, clauses)
        Line = self.env["itsms.audit.programme.line"].with_user(self.office)
        # a line that names no clause audits nothing
        Line.create({"programme_id": programme.id, "department_id": self.dep_dev.id, "month": "01"})
        self.assertEqual(programme.gap_department_ids, departments)
        for department in departments:
            Line.create(
                {
                    "programme_id": programme.id,
                    "department_id": department.id,
                    "month": "03",
                    "clause_ids": [fields.Command.set(clauses[:1].ids)],
                }
            )
        self.assertFalse(programme.gap_department_ids)
        self.assertEqual(programme.gap_clause_ids, clauses[1:])
        programme.line_ids[0].clause_ids = clauses
        self.assertEqual(programme.gap_count, 0)
        self.assertFalse(programme.gap_open)

    def test_gap_is_never_overlooked(self):
        """AUD-4.1.1b: a programme with a gap goes for approval only after its gaps were confirmed
        with a reason, which is bound to these gaps and shown to who approves."""
        programme = self._programme()
        self.assertIn("Development", programme.gap_text)
        self.assertIn("4.1", programme.gap_text)
        with self._refused("does not cover.*Development"):
            programme.action_submit()
        with self._refused("Say why"):
            programme.action_confirm_gaps(" ")
        wizard = (
            self.env["itsms.audit.gap.confirm"]
            .with_user(self.office)
            .create({"programme_id": programme.id, "reason": "Certified in March"})
        )
        wizard.action_confirm()
        self.assertFalse(programme.gap_open)
        self.assertIn("acknowledge", self._log_of(programme).mapped("kind"))
        # a new gap is not covered by what was confirmed
        kept = programme.line_ids.clause_ids[0]
        programme.line_ids.clause_ids = kept
        self.assertTrue(programme.gap_open)
        with self._refused("does not cover"):
            programme.action_submit()
        programme.action_confirm_gaps("Certified in March")
        programme.action_submit()
        self.assertEqual(programme.state, "pending")
        self.assertEqual(self._as(programme, self.mr).gap_reason, "Certified in March")
        with self.assertRaises(UserError):
            self._as(programme, self.office).write({"gap_reason": "x"})

    def test_reason_goes_with_the_gap(self):
        """AUD-4.1.1b: a programme that covers everything carries no reason for gaps."""
        programme = self._programme()
        programme.action_confirm_gaps("Small")
        clauses = self.env["itsms.clause"]._auditable()
        for department in programme.gap_department_ids:
            self.env["itsms.audit.programme.line"].with_user(self.office).create(
                {
                    "programme_id": programme.id,
                    "department_id": department.id,
                    "month": "04",
                    "clause_ids": [fields.Command.set(clauses.ids)],
                }
            )
        self.assertFalse(programme.gap_count)
        self.assertFalse(programme.gap_reason)
        with self._refused("covered"):
            programme.action_confirm_gaps("nothing")

    def test_new_department_opens_a_gap(self):
        """AUD-4.1.1b: a department founded after the confirmation must be looked at."""
        programme = self._programme()
        programme.action_confirm_gaps("Small")
        self._department("Founded later")
        self.env.invalidate_all()
        with self._refused("Founded later"):
            programme.action_submit()

    def test_lines_are_complete(self):
        """AUD-4.1.1: every line says which clauses and when; headings are no clauses."""
        programme = self._programme(lines=())
        with self._refused("has no audit"):
            programme.action_submit()
        programme = self._full_programme(year=self.year + 2)
        programme.line_ids[0].month = False
        with self._refused("clauses or its month"):
            programme.action_submit()
        heading = self.env["itsms.clause"].search([("heading", "=", True)], limit=1)
        with self._refused("heading"):
            programme.line_ids[0].clause_ids = heading

    def test_propose(self):
        """AUD-4.1.1 AUD-4.1.1b: one action proposes what is not covered; pressed again it adds
        nothing."""
        programme = self._programme(lines=())
        programme.action_propose_lines()
        self.assertEqual(programme.gap_count, 0)
        self.assertTrue(all(programme.line_ids.mapped("proposed")))
        # spread over the year, not one audit of everything
        self.assertLessEqual(max(len(line.clause_ids) for line in programme.line_ids), 12)
        self.assertGreater(len(set(programme.line_ids.mapped("month"))), 3)
        self.assertTrue(programme.basis)
        count = len(programme.line_ids)
        programme.action_propose_lines()
        self.assertEqual(len(programme.line_ids), count)
        programme.action_submit()
        with self._refused("locked"):
            programme.action_propose_lines()

    def test_propose_more_where_last_year_was_bad(self):
        """AUD-4.1.1: findings of last year bring a second audit of their department and clause."""
        clause = self._clauses("8.6.1")
        Programme = self.env.registry["itsms.audit.programme"]
        found = {(self.dep_service.id, clause.id): 4}
        self.patch(Programme, "_last_year_findings", lambda self: found)
        programme = self._programme(lines=())
        programme.action_propose_lines()
        lines = programme.line_ids.filtered(
            lambda x: x.department_id == self.dep_service and clause in x.clause_ids
        )
        self.assertEqual(len(lines), 2)
        self.assertEqual(len(set(lines.mapped("month"))), 2)
        self.assertIn("8.6.1", " ".join(lines.mapped("reason")))
        count = len(programme.line_ids)
        programme.action_propose_lines()
        self.assertEqual(len(programme.line_ids), count)

    def test_findings_of_last_year(self):
        """AUD-4.1.1: nonconformities of the year before count by their grade, observations do
        not [I-36]."""
        programme = self._programme(lines=())
        finding = {
            "name": "No record",
            "company_id": self.company.id,
            "department_id": self.dep_service.id,
        }
        rows = (
            ("8.6.1", "serious", self.year - 1, "analysis"),
            ("8.6.1", "minor", self.year - 1, "closed"),
            ("7.2", "observation", self.year - 1, "issued"),
            ("7.3", "serious", self.year - 2, "issued"),
            ("7.5.3", "serious", self.year - 1, "void"),
        )
        for code, grade, year, state in rows:
            line = self.env["itsms.nonconformity"].create(
                {
                    **finding,
                    "grade": grade,
                    "clause_id": self._clauses(code).id,
                    "found_on": f"{year}-06-01",
                }
            )
            guard.as_engine(line).write({"state": state})
        self.assertEqual(
            programme._last_year_findings(),
            {(self.dep_service.id, self._clauses("8.6.1").id): 5},
        )

    def test_clause_stays_with_its_department(self):
        """AUD-4.1.1: a clause is proposed where it was audited in the year before."""
        clause = self._clauses("8.7.2")
        lines = [{"clause_ids": [fields.Command.set(clause.ids)]}]
        self._programme_in_force(year=self.year, lines=lines)
        programme = self._programme(year=self.year + 1, lines=())
        programme.action_propose_lines()
        line = programme.line_ids.filtered(lambda x: clause in x.clause_ids)
        self.assertEqual(line.department_id, self.dep_service)

    def test_revision(self):
        """AUD-4.1.1: the programme in force changes by a revision that goes the same way."""
        programme = self._programme_in_force()
        draft = self.env["itsms.audit.programme"].browse(
            self._as(programme, self.office).action_revise()["res_id"]
        )
        self.assertEqual((draft.revision, draft.revises_id), (1, programme))
        self.assertEqual(draft.line_ids.root_line_id, programme.line_ids)
        draft = self._as(draft, self.office)
        draft.action_confirm_gaps("Small")
        with self._refused("what the revision changes"):
            draft.action_submit()
        draft.revision_reason = "Major incident"
        draft.action_submit()
        self._as(draft, self.mr).action_approve()
        self.assertEqual((programme.state, draft.state), ("superseded", "approved"))

    def test_revision_keeps_what_was_begun(self):
        """AUD-4.1.1: a line with an audit stays in the revision."""
        programme = self._programme_in_force()
        self._audit(programme_line_ids=[fields.Command.set(programme.line_ids.ids)])
        self.assertEqual(programme.line_ids.state, "running")
        draft = self.env["itsms.audit.programme"].browse(
            self._as(programme, self.office).action_revise()["res_id"]
        )
        draft = self._as(draft, self.office)
        self.assertEqual(draft.line_ids.state, "running")
        line = draft.line_ids
        other = line.copy({"department_id": self.dep_dev.id})
        self.assertEqual((other.root_line_id, other.state), (other, "planned"))
        line.unlink()
        draft.action_confirm_gaps("Small")
        draft.revision_reason = "x"
        with self._refused("stays in its revision"):
            draft.action_submit()

    def test_december_duty(self):
        """AUD-4.1.1 COM-10: the programme is due in December; without it the duty is red in
        January, on the page of its owner; the approval fulfils the December before its year."""
        Duty = self.env["itsms.duty"]
        with freeze_time("2026-11-20 03:00:00"):
            Duty._open_missing()
        duty = Duty.search(
            [("kind_id.code", "=", "audit.programme"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(duty.next_due, date(2026, 12, 31))
        self.assertEqual(duty._owners(), self.office)
        with freeze_time("2026-12-05 03:00:00"):
            self.env.invalidate_all()
            self.assertEqual(duty.status, "due")
        with freeze_time("2027-01-02 03:00:00"):
            self.env.invalidate_all()
            self.assertEqual(duty.status, "red")
            self.assertIn("duties", self._keys(self.office))
            self.assertIn("audit_programme_missing", self._keys(self.mr))
        with freeze_time("2026-12-20 03:00:00"):
            self._programme_in_force(year=2027)
            self.assertEqual(duty.next_due, date(2027, 12, 31))
        with freeze_time("2027-11-20 03:00:00"):
            programme = self.env["itsms.audit.programme"]._in_force(self.company, 2027)
            draft = programme.browse(self._as(programme, self.office).action_revise()["res_id"])
            draft = self._as(draft, self.office)
            draft.revision_reason = "x"
            draft.action_confirm_gaps("Small")
            draft.action_submit()
            self._as(draft, self.mr).action_approve()
            # the revision of this year is not the programme of the next
            self.assertEqual(duty.next_due, date(2027, 12, 31))

    def _keys(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        MyWork = self.env["itsms.my.work"].with_user(user)
        sections = MyWork.with_context(allowed_company_ids=self.company.ids).get_sections()
        return [section["key"] for section in sections["sections"]]

    def test_rights(self):
        """AUD-4.1.1 COM-17: the office writes; before the approval it is closed to others, in
        force it is open to all."""
        programme = self._programme()
        line = programme.line_ids
        for user, reads, writes in (
            (self.office, True, True),
            (self.mr, True, False),
            (self.auditor, True, False),
            (self.head, False, False),
            (self.lead, False, False),
            (self.reader, False, False),
        ):
            with self.subTest(user=user.name):
                for record in (programme, line):
                    mine = self._as(record, user)
                    self.assertEqual(mine.has_access("read"), reads)
                    self.assertEqual(mine.has_access("write"), writes)
        with self.assertRaises(AccessError):
            self._programme(user=self.head, year=self.year + 3)
        programme.action_confirm_gaps("Small")
        programme.action_submit()
        self._as(programme, self.mr).action_approve()
        for record in (programme, line):
            self.assertTrue(self._as(record, self.reader).has_access("read"))

    def test_two_companies(self):
        """COM-17: the programme of another company is closed, even in force."""
        other, stranger = self._stranger()
        programme = self._programme_in_force()
        self.assertFalse(self._as(programme, stranger).has_access("read"))
        self.assertFalse(programme._in_force(other, self.year))
        with self.assertRaises(UserError):
            self._programme(
                year=self.year + 1,
                lines=[
                    {
                        "department_id": self.env["hr.department"]
                        .create({"name": "Foreign", "company_id": other.id})
                        .id
                    }
                ],
            )

    def test_attacks(self):
        """COM-2 AUD-4.1.1b: state, revision and confirmed gaps are not written by hand."""
        programme = self._programme()
        for vals in (
            {"state": "approved"},
            {"revision": 4},
            {"gap_reason": "x"},
            {"gap_confirmed": {"departments": [1], "clauses": [1]}},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                programme.write(vals)
        for vals in ({"state": "done"}, {"proposed": True}, {"root_line_id": 1}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                programme.line_ids.write(vals)
        with self.assertRaises(AccessError):
            self._programme(year=self.year + 1, gap_reason="x", gap_confirmed={"clauses": [1]})
        for name in ("supersede", "close", "approve"):
            with self.subTest(name=name), self.assertRaises(UserError):
                programme.action_transition(name)
        foreign = self._as(programme, self.reader)
        for method in ("action_propose_lines", "action_revise", "action_close", "action_submit"):
            with self.subTest(method=method), self.assertRaises(UserError):
                getattr(foreign, method)()
        with self.assertRaises(AccessError):
            foreign.action_confirm_gaps("mine")
        with self.assertRaises(UserError):
            self._as(programme.line_ids, self.office).action_open_audit()

    def test_close_the_year(self):
        """AUD-4.5: programme and result of the year are kept as records by the office."""
        programme = self._programme_in_force()
        self.assertEqual(programme.sudo().kept_record_count, 1)
        record = self.env["itsms.record"].search(
            [("res_model", "=", programme._name), ("res_id", "=", programme.id)]
        )
        self.assertEqual(record.department_id, self.dep_office)
        self.assertIn(str(self.year), record.name)
        with self._refused("until the end of the year"):
            self._as(programme, self.office).action_close()
        with freeze_time(f"{self.year + 1}-01-10 03:00:00"):
            self._as(programme, self.office).action_close()
        self.assertEqual(programme.state, "closed")
        self.assertEqual(programme.sudo().kept_record_count, 2)

    def test_grid(self):
        """AUD-4.1.1b: departments × clauses × months at a glance, with what is not covered."""
        programme = self._programme()
        grid = programme.get_grid()
        clauses = self.env["itsms.clause"]._auditable()
        self.assertEqual([c["id"] for c in grid["clauses"]], clauses.ids)
        row = next(r for r in grid["departments"] if r["id"] == self.dep_service.id)
        clause = self._clauses("8.6.1")
        self.assertEqual([m["month"] for m in row["cells"][str(clause.id)]], ["05"])
        self.assertTrue(row["covered"])
        dev = next(r for r in grid["departments"] if r["id"] == self.dep_dev.id)
        self.assertFalse(dev["covered"])
        covered = {c["id"] for c in grid["clauses"] if c["covered"]}
        self.assertEqual(covered, set(self._clauses("7.5.3", "8.6.1").ids))
        self.assertTrue(grid["editable"])
        programme.set_cell(self.dep_dev.id, clause.id, "06", True)
        line = programme.line_ids.filtered(lambda x: x.department_id == self.dep_dev)
        self.assertEqual((line.clause_ids, line.month), (clause, "06"))
        programme.set_cell(self.dep_dev.id, self._clauses("7.2").id, "06", True)
        self.assertEqual(len(line.clause_ids), 2)
        for code in ("7.2", "8.6.1"):
            programme.set_cell(self.dep_dev.id, self._clauses(code).id, "06", False)
        self.assertFalse(line.exists())
        for bad in (
            (0, clause.id, "06"),
            (self.dep_dev.id, "x", "06"),
            (self.dep_dev.id, clause.id, "13"),
        ):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                programme.set_cell(*bad, True)
        programme.action_confirm_gaps("Small")
        programme.action_submit()
        self.assertFalse(programme.get_grid()["editable"])
        with self._refused("locked"):
            programme.set_cell(self.dep_dev.id, clause.id, "06", True)
        with self.assertRaises(AccessError):
            self._as(programme, self.reader).get_grid()

    def test_many_lines(self):
        """AUD-4.1.1: a programme with 200 lines is read and drawn in a bounded number of
        queries."""
        clauses = self.env["itsms.clause"]._auditable()
        lines = [
            {
                "clause_ids": [fields.Command.set(clauses[i % 60].ids)],
                "month": f"{i % 12 + 1:02}",
            }
            for i in range(200)
        ]
        small = self._programme(lines=lines[:10])
        big = self._programme(year=self.year + 1, lines=lines)
        counts = []
        for programme in (small, big):
            programme = self._as(programme, self.office)
            start = self.env.cr.sql_log_count
            programme.read(["line_count", "done_count", "gap_text", "gap_open"])
            programme.line_ids.read(["display_name", "clause_ids", "state", "late"])
            programme.get_grid()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLess(counts[1], counts[0] + 10)

    def test_print(self):
        """AUD-4.1.1 AUD-6: the print shows departments, clauses, months, gaps and signatures."""
        programme = self._programme_in_force()
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html("itsms_audit.report_audit_programme", programme.ids)[
            0
        ].decode()
        for text in (
            "Annual internal audit programme",
            "Service",
            "8.6.1",
            "Mr",
            "Office",
            "Small company",
        ):
            self.assertIn(text, html)
        part = self.env.ref("itsms_audit.itsms_register_audit_programme_part")
        self.assertEqual(part.model, "itsms.audit.programme.line")
