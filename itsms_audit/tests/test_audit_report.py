from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.itsms_base.engine import guard

from .check_common import CheckCase, tagged


@tagged("post_install", "-at_install")
class TestAuditReport(CheckCase):
    """AUD-4.3: the audit report."""

    def test_written_after_the_closing_meeting(self):
        """AUD-4.3.1: by the lead auditor, after the audit, once."""
        audit = self._on_site()
        with self.assertRaisesRegex(UserError, "AUD-4.3.1"):
            audit.action_write_report()
        self._finish_on_site(audit)
        self._hold(audit, "team", **self.CONCLUSION)
        self._hold(audit, "closing", **self.MINUTES)
        for user in (self.auditor_dev, self.mr):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self._as(audit, user).action_write_report()
        audit = self._as(audit, self.lead)
        first = audit.action_write_report()
        self.assertEqual(audit.action_write_report()["res_id"], first["res_id"])
        with self.assertRaises(AccessError):
            self.env["itsms.audit.report"].with_user(self.lead).create(
                {"audit_id": audit.id, "company_id": self.company.id}
            )

    def test_items_a_to_h(self):
        """AUD-4.3.2 AUD-4.3.2a AUD-4.3.2b AUD-4.3.2c AUD-4.3.2d AUD-4.3.2e AUD-4.3.2f AUD-4.3.2g
        AUD-4.3.2h: built from the audit."""
        report = self._report()
        audit = report.audit_id
        self.assertEqual(
            (report.purpose, report.scope, report.criteria),
            (audit.purpose, audit.scope, audit.criteria),
        )
        self.assertIn("Lead auditor: Lead", report.team)
        self.assertIn("Auditor_dev – Service desk", report.team)
        self.assertIn(str(audit.date_start), report.execution)
        self.assertIn("Service (7.5.3, 8.6.1)", report.execution)
        self.assertIn("As planned", report.execution)
        self.assertIn("Minor nonconformity: 1", report.numbers_text)
        self.assertIn("Service: General nonconformity: 1", report.numbers_text)
        self.assertEqual(report.finding_count, 2)
        self.assertEqual(report.main_problems, "Records of incidents")
        self.assertIn("The system conforms and is effective", report.conclusion)
        self.assertIn("Conforms", report.conclusion)
        self.assertEqual(report.proposals, "Train the service desk")
        self.assertIn("Service", report.distribution_html)
        self.assertIn("itsms-chart", report.distribution_html)

    def test_distribution_table(self):
        """AUD-4.3.2h CPA-23: department × clause with numbers by grade; the sums are right; the
        observation is counted apart; the responsible department of the report counts."""
        audit = self._concluded_with(["minor", "observation", "general", "minor"])
        report = self._report(audit)
        table = report._distribution_table()
        self.assertEqual(table["by_grade"],
                         {"serious": 0, "general": 1, "minor": 2, "observation": 1})  # fmt: skip
        self.assertEqual(table["total"], 4)
        self.assertEqual(sum(table["by_clause"].values()), 4)
        lines = audit.sudo().checklist_ids.line_ids.filtered(
            lambda x: x.result not in ("conforming", False)
        )
        for line in lines:
            self.assertTrue(table["cells"]["Service", line.clause_id.code][line.result])
        action = audit.action_view_distribution()
        self.assertEqual([mode for _id, mode in action["views"]], ["pivot", "graph", "list"])
        found = self.env["itsms.audit.checklist.line"].search(action["domain"])
        self.assertEqual(found, lines)

    def test_built_again_keeps_what_was_written(self):
        """AUD-4.3.2: the lead's own words under e) to g) stay, the data are taken anew."""
        report = self._report()
        report.write({"main_problems": "My own words", "execution": "x"})
        report.action_build()
        self.assertEqual(report.main_problems, "My own words")
        self.assertIn("As planned", report.execution)
        recipients = len(report.recipient_ids)
        report.action_build()
        self.assertEqual(len(report.recipient_ids), recipients)

    def test_approved_before_it_is_issued(self):
        """AUD-4.3.1a: the management representative approves before it is issued; rejection
        needs a reason; nobody issues before."""
        report = self._report()
        with self.assertRaisesRegex(UserError, "AUD-4.3.1a"):
            report.action_issue()
        with self.assertRaises(AccessError):
            report.action_transition("issue")
        report.action_submit()
        self.assertEqual(report.approval_step_ids.approver_ids, self.mr)
        with self.assertRaisesRegex(UserError, "AUD-4.3.1a"):
            report.action_issue()
        with self.assertRaises(AccessError):
            report.action_approve()
        mr = self._as(report, self.mr)
        mr.action_reject("Name the problem")
        report.action_submit()
        self._as(report, self.mr).action_approve()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._as(report, self.auditor_dev).action_issue()
        self._as(report, self.lead).action_issue()
        self.assertEqual((report.state, report.audit_id.state), ("issued", "reported"))
        self.assertTrue(report.number)

    def test_recipients(self):
        """AUD-4.3.1b: company leaders and audited departments; each confirms for himself."""
        report = self._report()
        kinds = {r.user_id: r.kind for r in report.recipient_ids}
        for user in (self.president, self.mr, self.vp):
            self.assertEqual(kinds[user], "leader")
        self.assertEqual(kinds[self.service_head], "department")
        head = report.recipient_ids.filtered(lambda r: r.user_id == self.service_head)
        head.unlink()
        with self.assertRaisesRegex(UserError, "Service"):
            report.action_submit()
        report.action_build()
        with self.assertRaises(AccessError):
            report.recipient_ids[0].write({"read_at": "2026-01-01 00:00:00"})
        Report = self.env["itsms.audit.report"]
        self.assertFalse(Report.with_user(self.service_head).search([]))
        self._issued(report)
        self.assertTrue(self._told(report, self.service_head))
        mine = self._as(report, self.service_head)
        self.assertIn(report, Report.with_user(self.service_head).search([("to_read", "=", True)]))
        mine.action_confirm_read()
        self.assertFalse(mine.to_read)
        line = report.recipient_ids.filtered(lambda r: r.user_id == self.service_head)
        self.assertTrue(line.told_at and line.read_at)
        self.assertIn("acknowledge", self._log_of(report).mapped("kind"))
        for user in (self.service_head, self.lead):
            with self.assertRaisesRegex(UserError, "AUD-4.3.1b"), self.env.cr.savepoint():
                self._as(report, user).action_confirm_read()
        self.assertFalse(Report.with_user(self.reader).search([]))

    def test_not_complete(self):
        """AUD-4.3.2: a report without one of its items is not submitted."""
        report = self._report()
        report.write({"conclusion": " "})
        with self.assertRaisesRegex(UserError, "Audit conclusion"):
            report.action_submit()

    def test_reports_are_issued_first(self):
        """AUD-4.2.2a: a nonconformity whose report is still a draft holds the audit report up."""
        audit = self._concluded_with(["minor"])
        audit.action_write_report()
        report = self._as(audit.report_ids, self.lead)
        with self.assertRaisesRegex(UserError, "AUD-4.2.2a"):
            report.action_submit()
        self._issue_findings(audit)
        report.action_submit()
        self.assertTrue(all(f["number"] for f in report.findings["found"]))

    def test_not_built_again_after_submission_and_archive(self):
        """AUD-4.5: a report that is being decided on, approved, issued or archived is not built
        again, changed or deleted; what was filed is what was approved."""
        report = self._report()
        report.action_submit()
        with self.assertRaisesRegex(UserError, "AUD-4.5"):
            report.action_build()
        self._as(report, self.mr).action_approve()
        report = self._as(report, self.lead)
        with self.assertRaisesRegex(UserError, "AUD-4.5"):
            report.action_build()
        findings = report.findings
        report.action_issue()
        self.assertEqual(report.kept_record_count, 1)
        for act in (
            report.action_build,
            lambda: report.write({"conclusion": "Better"}),
            lambda: report.write({"recipient_ids": [Command.clear()]}),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                act()
        with self.assertRaises(UserError):
            report.write({"findings": {}})
        with self.assertRaises(AccessError):
            report.with_context(itsms_engine=True).write({"state": "draft"})
        line = report.audit_id.sudo().checklist_ids.line_ids[0]
        guard.as_engine(line).write({"result": "serious"})
        self.env.invalidate_all()
        self.assertEqual(report.findings, findings)
        record = self.env["itsms.record"].search(
            [("res_model", "=", report._name), ("res_id", "=", report.id)]
        )
        self.assertEqual((record.state, record.department_id), ("filed", self.dep_office))

    def test_findings_are_bound(self):
        """COM-7: findings that change behind the approval stop the decision."""
        report = self._report()
        report.action_submit()
        guard.as_engine(report.sudo()).write({"findings": {"found": [], "departments": []}})
        with self.assertRaisesRegex(UserError, "COM-7"):
            self._as(report, self.mr).action_approve()

    def test_print(self):
        """AUD-6 forms 3.4: both prints carry title, number, items and signatures."""
        report = self._issued()
        checklist = report.audit_id.sudo().checklist_ids
        Print = self.env["ir.actions.report"]
        html = Print._render_qweb_html("itsms_audit.report_audit_report", report.ids)[0].decode()
        for text in ("Internal audit report", report.number, "h) Nonconformity distribution table",
                     "a) Purpose", "g) Corrective actions", "Service", "Lead", "Mr"):  # fmt: skip
            self.assertIn(text, html)
        html = Print._render_qweb_html("itsms_audit.report_audit_checklist", checklist.ids)[0]
        for text in ("Internal audit checklist", checklist.number, "Seen: record 1", "Auditor_dev",
                     "Objective evidence", "Isolated, occasional"):  # fmt: skip
            self.assertIn(text, html.decode())

    def test_forms_and_registers(self):
        """AUD-6: both records have their form, number scheme and register."""
        Form = self.env["itsms.record.form"]
        names = {code: chinese for _p, code, _n, chinese, _l, _h in Form._seed_list()}
        self.assertEqual(names["audit.checklist"], "内部审核检查表")
        self.assertEqual(names["audit.report"], "内部审核报告")
        report = self._issued()
        self.assertIn("NSBG", report.number)
        self.assertIn("NSJC", report.audit_id.sudo().checklist_ids.number)
        codes = self.env["itsms.register"].search([]).mapped("code")
        self.assertTrue({"audit.checklist", "audit.report"} <= set(codes))

    def test_my_work(self):
        """Work of the day: checklists, reports to complete, reports to read."""

        def keys(user):
            self.env.invalidate_all()
            sections = self.env["itsms.my.work"].with_user(user).get_sections()["sections"]
            return {section["key"] for section in sections}

        audit = self._on_site()
        self.assertIn("audit_checklists", keys(self.auditor_dev))
        self._finish_on_site(audit)
        self._hold(audit, "team", **self.CONCLUSION)
        self._hold(audit, "closing", **self.MINUTES)
        report = self._report(self._as(audit, self.lead))
        self.assertIn("audit_reports", keys(self.lead))
        self._issued(report)
        self.assertIn("audit_reports_to_read", keys(self.service_head))

    def test_two_companies(self):
        """COM-17: another company sees neither report nor recipients."""
        report = self._issued()
        other, stranger = self._stranger()
        env = report.with_user(stranger).with_context(allowed_company_ids=other.ids).env
        self.assertFalse(env["itsms.audit.report"].search([]))
        self.assertFalse(env["itsms.audit.report.recipient"].search([]))
        with self.assertRaises(AccessError):
            report.with_env(env).action_confirm_read()


@tagged("post_install", "-at_install")
class TestAuditClosing(CheckCase):
    """AUD-4.4.3, AUD-4.5: closing and filing."""

    def _close_reports(self, audit):
        """As if the corrective actions were verified and closed; their way has its own tests."""
        guard.as_engine(audit._audit_nonconformities()).write({"state": "closed"})

    def test_open_nonconformities_keep_it_open(self):
        """AUD-4.4.3 AUD-4.4.3a: the report may be issued before, but the audit closes only when
        every nonconformity is corrected, verified and closed."""
        report = self._issued()
        audit = self._as(report.audit_id, self.lead)
        self.assertEqual(audit.open_nonconformity_count, 2)
        with self.assertRaisesRegex(UserError, "2 nonconformity reports are open.*AUD-4.4.3"):
            audit.action_close()
        guard.as_engine(audit._audit_nonconformities()[0]).write({"state": "closed"})
        with self.assertRaisesRegex(UserError, "AUD-4.4.3"):
            audit.action_close()
        self._close_reports(audit)
        self.env.invalidate_all()
        self.assertIn("closes the audit", audit.next_step)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._as(audit, self.auditor_dev).action_close()
        self._as(audit, self.lead).action_close()
        self.assertEqual(audit.state, "closed")

    def test_open_lines_keep_it_open(self):
        """AUD-4.2.2: an audit cannot close with open lines, whoever calls what."""
        report = self._issued()
        audit = self._as(report.audit_id, self.lead)
        self._close_reports(audit)
        guard.as_engine(audit.sudo().checklist_ids).write({"state": "on_site"})
        with self.assertRaisesRegex(UserError, "not completely judged"):
            audit.action_close()
        with self.assertRaises(AccessError):
            audit.action_transition("close")

    def test_not_before_the_report(self):
        """AUD-4.3.1: no closing without an issued report."""
        audit = self._concluded_with(["conforming"])
        with self.assertRaises(UserError):
            audit.action_close()
        with patch.object(type(audit), "_check_corrected"):
            guard.as_engine(audit.sudo()).write({"state": "reported"})
            with self.assertRaisesRegex(UserError, "AUD-4.3.1"):
                audit.action_close()

    def test_everything_is_archived(self):
        """AUD-4.5 AUD-3.4: plan, checklists and report are kept as records by the office; the
        checklists are locked for good."""
        report = self._issued()
        audit = self._as(report.audit_id, self.lead)
        self._close_reports(audit)
        self._as(audit, self.office).action_close()
        checklist = audit.sudo().checklist_ids
        self.assertEqual(checklist.state, "filed")
        kept = self.env["itsms.record"].sudo().search([("company_id", "=", self.company.id)])
        sources = set(kept.mapped("res_model"))
        self.assertTrue({"itsms.audit", "itsms.audit.checklist", "itsms.audit.report"} <= sources)
        own = kept.filtered(lambda r: r.res_model == "itsms.audit.checklist")
        self.assertEqual(own.department_id, self.dep_office)
        line = self._as(checklist.line_ids[0], self.auditor_dev)
        with self.assertRaises(UserError):
            self._answer(line)
        with self.assertRaises(UserError):
            self._as(checklist, self.auditor_dev).write({"interviewed": "Nobody"})

    def test_cancelled_audit(self):
        """COM-4: with a cancelled audit its checklists are given up, not deleted."""
        audit = self._on_site()
        checklist = audit.sudo().checklist_ids
        self._as(audit, self.mr).action_transition("cancel", "Fire in the building")
        self.assertEqual(checklist.state, "cancelled")
        self.assertTrue(checklist.line_ids)

    def test_results_go_to_the_management_review(self):
        """AUD-4.6 REV-4.4.1c: the report that was issued and the observations are inputs, with
        links to them."""
        report = self._issued()
        review = self.env["itsms.management.review"].new({"company_id": self.company.id})
        with patch.object(type(review), "_interval_back", lambda r: self._day(-30)):
            figures = {f["label"]: f for f in review._collect_audits()}
        issued = figures["Internal audit reports issued"]
        self.assertEqual((issued["value"], issued["res_ids"]), ("1", report.ids))
        self.assertEqual(figures["Observations"]["value"], "1")
