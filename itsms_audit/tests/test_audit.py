from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import tagged

from .audit_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestAudit(ProgrammeCase):
    """From the appointment of the lead auditor to the notice and the objections."""

    # ------------------------------------------------------------ help texts
    def test_guidance(self):
        """AUD-1 AUD-2: what internal audits are for and to what they apply is told on the screen
        and stands in every new plan."""
        help_text = self.env.ref("itsms_audit.itsms_audit_action").help
        for words in ("AUD-1", "conform", "AUD-2", "service management system"):
            self.assertIn(words, help_text)
        fields_help = self.env["itsms.audit"].fields_get(["purpose", "scope"], ["help"])
        self.assertIn("AUD-1", fields_help["purpose"]["help"])
        self.assertIn("AUD-2", fields_help["scope"]["help"])
        audit = self._audit()
        self.assertIn("contracts", audit.purpose)
        self.assertIn("service management system", audit.scope)
        self.assertIn("20000", audit.criteria)

    def test_plan_speaks_the_language_of_the_company(self):
        """AUD-4.1.3a: purpose, scope and criteria of a new plan are in the language of the
        company, whoever opens it."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        audit = self._audit()
        self.assertIn("合同", audit.purpose)
        self.assertIn("服务管理体系", audit.scope)
        self.assertIn("法律法规", audit.criteria)
        self.assertEqual(audit.name, "内部审核")

    def test_related_document(self):
        """AUD-5 I-11: the related document is the document and data control procedure."""
        arch = self.env["itsms.audit"].get_view(view_type="form")["arch"]
        self.assertIn("document and data control procedure (AUD-5)", arch)

    # ------------------------------------------------------------ appointment
    def test_appoint(self):
        """AUD-3.1 AUD-4.1.2: the MR appoints the lead auditor, who joins the team and is told."""
        audit = self._audit()
        for user in (self.office, self.lead, self.president, self.head):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._as(audit, user).action_appoint(self.lead.id)
        self._as(audit, self.mr).action_appoint(self.lead.id)
        self.assertEqual((audit.lead_id, audit.appointed_by_id), (self.lead, self.mr))
        self.assertEqual(audit.member_ids.mapped(lambda m: (m.user_id, m.role)),
                         [(self.lead, "lead")])  # fmt: skip
        self.assertTrue(self._told(audit, self.lead))
        self.assertNotIn(self.mr, audit.approval_editor_ids)
        with self._refused("Say why"):
            self._as(audit, self.mr).action_appoint(self.auditor_dev.id)
        self._as(audit, self.mr).action_appoint(self.auditor_dev.id, "Ill")
        self.assertEqual(audit.lead_id, self.auditor_dev)
        left = audit.member_ids.filtered(lambda m: m.user_id == self.lead)
        self.assertTrue(left.left_at)
        self.assertIn("Ill", " ".join(self._log_of(audit).mapped(lambda x: x.comment or "")))

    def test_appoint_refusals(self):
        """AUD-4.1.2a AUD-4.1.3: a lead is qualified, a colleague, and not who approves the plan."""
        audit = self._as(self._audit(), self.mr)
        with self._refused("qualification"):
            audit.action_appoint(self.reader.id)
        self._qualify(self.auditor)
        self.env["itsms.auditor.qualification"].create(
            {"user_id": self.mr.id, "company_id": self.company.id, "basis": "x"}
        ).with_user(self.mr).sudo().flush_recordset()
        with self._refused("cannot make it"):
            audit.action_appoint(self.mr.id)
        for bad in (False, "1", [self.lead.id], 0, 999999999):
            with self.subTest(bad=bad), self._refused("Choose a colleague"):
                audit.action_appoint(bad)

    def test_appoint_dialog(self):
        """AUD-4.1.2: the dialog offers qualified people only and belongs to who opened it."""
        audit = self._audit()
        dialog = (
            self.env["itsms.audit.appoint"]
            .with_user(self.mr)
            .create({"audit_ids": [fields.Command.set(audit.ids)], "user_id": self.lead.id})
        )
        self.assertEqual(dialog.candidate_ids, self.lead | self.auditor_dev | self.auditor_sales)
        with self.assertRaises(AccessError):
            dialog.with_user(self.office).action_confirm()
        dialog.action_confirm()
        self.assertEqual(audit.lead_id, self.lead)

    # ------------------------------------------------------------ plan
    def test_plan_chain(self):
        """AUD-3.2 AUD-4.1.3: the lead auditor makes the plan and submits it, the MR approves."""
        audit = self._planned()
        with self.assertRaises(UserError):
            self._as(audit, self.office).action_submit()
        audit = self._as(audit, self.lead)
        audit.action_submit()
        self.assertRegex(audit.number, "-NS-")
        steps = audit.sudo().approval_step_ids
        self.assertEqual([(s.label, s.approver_ids) for s in steps], [("approve", self.mr)])
        with self.assertRaises(AccessError):
            self._as(audit, self.lead).action_approve()
        self._as(audit, self.mr).action_approve()
        self.assertEqual(audit.state, "approved")
        signatures = audit._approval_signatures()
        self.assertEqual([s["name"] for s in signatures], ["Lead", "Mr"])
        with self._refused("locked"):
            self._as(audit, self.lead).write({"purpose": "x"})
        with self._refused("locked"):
            self._as(audit.schedule_ids, self.lead).write({"place": "x"})
        with self._refused("locked"):
            self._as(audit.member_ids[0], self.lead).write({"task": "x"})

    def test_plan_contents(self):
        """AUD-4.1.3a AUD-4.1.3b AUD-4.1.3c: purpose, scope, criteria; team and division of work;
        clauses and timetable per auditee department."""
        for name in ("purpose", "scope", "criteria", "date_start", "date_end"):
            with self.subTest(name=name):
                audit = self._planned()
                label = audit._fields[name]._description_string(self.env)
                with self._refused(label):
                    audit.write({name: False})
                    audit.action_submit()
        audit = self._planned()
        with self._refused("lacks its clauses or its auditors"):
            audit.schedule_ids.auditor_ids = False
            audit.action_submit()
        with self._refused("lacks its clauses or its auditors"):
            audit.schedule_ids.clause_ids = False
            audit.action_submit()
        audit.schedule_ids[0].write({"note": "Talk to the service desk"})
        self.assertEqual(audit.department_ids, self.dep_service)
        self.assertEqual(audit.clause_ids, self._clauses("7.5.3", "8.6.1"))

    def test_audit_without_auditee(self):
        """AUD-4.1.3c: a plan without auditee department is refused."""
        audit = self._planned()
        audit.schedule_ids.unlink()
        with self._refused("has no auditee department"):
            audit.action_submit()

    def test_timetable(self):
        """AUD-4.1.3c: the timetable lies within the audit; nobody is at two places at once."""
        audit = self._planned()
        Schedule = self.env["itsms.audit.schedule"].with_user(self.lead)
        with self._refused("outside the audit"):
            Schedule.create({"audit_id": audit.id, **self._line(start=12)})
        with self._refused("outside the audit"):
            audit.date_end = self._day(8)
            audit.date_start = self._day(8)
            audit.schedule_ids.date_end = self._moment(9, 3)
        Schedule.create({"audit_id": audit.id, **self._line(self.dep_office)})
        with self._refused("at the same time"):
            audit.action_submit()

    def test_extra_audit(self):
        """AUD-4.1.1c: an audit outside the programme says why."""
        audit = self._planned(extra_reason=" ")
        self.assertTrue(audit.extra)
        with self._refused("Special case"):
            audit.action_submit()
        programme = self._programme_in_force()
        lines = self._as(programme.line_ids, self.office)
        planned = self.env["itsms.audit"].browse(lines.action_open_audit()["res_id"])
        self.assertFalse(planned.extra)
        self.assertIn(programme.line_ids.department_id[:1].name, planned.name)
        self.assertEqual(programme.line_ids.state, "running")

    def test_from_the_programme(self):
        """AUD-4.1.1 AUD-4.1.2: an audit of the programme takes over departments and clauses; only
        lines of a programme in force are audited."""
        programme = self._programme_in_force()
        audit = self._appointed(
            programme_line_ids=[fields.Command.set(programme.line_ids.ids)], extra_reason=False
        )
        audit.action_fill_schedule()
        self.assertEqual(audit.schedule_ids.department_id, self.dep_service)
        self.assertEqual(audit.schedule_ids.clause_ids, programme.line_ids.clause_ids)
        audit.action_fill_schedule()
        self.assertEqual(len(audit.schedule_ids), 1)
        draft = self._programme(year=self.year + 1)
        with self._refused("not in force"):
            self._audit(programme_line_ids=[fields.Command.set(draft.line_ids.ids)])

    def test_plan_after_the_audit_date(self):
        """AUD-4.1.3: a plan is neither submitted nor approved after the audit began."""
        audit = self._planned()
        with freeze_time(self._moment(9, 3)), self._refused("approved before the audit"):
            audit.action_submit()
        audit.action_submit()
        with freeze_time(self._moment(9, 3)), self._refused("approved before the audit"):
            self._as(audit, self.mr).action_approve()
        self.assertEqual(audit.state, "pending")
        with freeze_time(self._moment(8, 3)):
            self._as(audit, self.mr).action_approve()
        self.assertEqual(audit.state, "approved")

    def test_documents(self):
        """AUD-4.1.4: before the audit each auditor collects the documents of the auditee; they
        are linked to the audit, also after the approval of the plan."""
        audit = self._approved()
        document = self._document_in_force()
        mine = self._as(audit, self.auditor_dev)
        self.assertEqual(mine._documents_to_collect(), document)
        dialog = (
            self.env["itsms.audit.collect"]
            .with_user(self.auditor_dev)
            .create({"audit_id": audit.id})
        )
        self.assertEqual(dialog.document_ids, document)
        dialog.action_confirm()
        self.assertEqual(audit.document_ids, document)
        with self.assertRaises(AccessError):
            self._as(audit, self.service_head).action_collect(document.ids)
        secret = self._document_in_force(secrecy="top_secret")
        with self.assertRaises(AccessError):
            self._as(audit, self.auditor_dev).action_collect(secret.ids)

    def _document_in_force(self, department=None, **vals):
        document = self.env["itsms.document"].create(
            {
                "name": "Incident rules",
                "company_id": self.company.id,
                "category_id": self.env["itsms.document.category"].search([], limit=1).id,
                "department_id": (department or self.dep_service).id,
                **vals,
            }
        )
        guard.as_engine(document).write({"state": "in_force"})
        return document

    # ------------------------------------------------------------ notice
    def test_notice_window(self):
        """AUD-4.1.6 I-31: notice 7 to 10 days before, both included; outside it is flagged, not
        refused."""
        audit = self._approved(date_start=self._day(20), date_end=self._day(20))
        self.assertEqual(audit.notice_from, self._day(10))
        self.assertEqual(audit.notice_until, self._day(13))
        for days, state in ((9, "early"), (10, "in_time"), (13, "in_time"), (14, "late")):
            with self.subTest(days=days), freeze_time(self._moment(days, 3)):
                self.env.invalidate_all()
                self.assertEqual(audit.notice_today, state)
        with freeze_time(self._moment(13, 3)):
            audit.action_notify()
            self.assertEqual(audit.notice_state, "in_time")
        self.assertEqual((audit.state, audit.notified_by_id), ("notified", self.lead))
        self.assertTrue(self._told(audit, self.service_head))
        self.assertIn("issue", self._log_of(audit).mapped("kind"))
        late = self._approved(date_start=self._day(6), date_end=self._day(6))
        late.action_notify()
        self.assertEqual((late.state, late.notice_state), ("notified", "late"))

    def test_notice_is_counted_in_the_days_of_the_company(self):
        """AUD-4.1.6: a notice at night in Greenwich is given on the next day in Shanghai."""
        audit = self._approved(date_start=self._day(20), date_end=self._day(20))
        self.patch(
            self.env.registry["res.company"], "_itsms_timezone_name", lambda self: "Asia/Shanghai"
        )
        with freeze_time(self._moment(13, 17)):
            audit.action_notify()
        self.assertEqual(audit.notice_state, "late")

    def test_no_notice_after_the_audit_began(self):
        """AUD-4.1.6 AUD-4.1.3: an audit whose day passed is moved, not announced."""
        audit = self._approved()
        with freeze_time(self._moment(9, 3)), self._refused("approved before the audit"):
            audit.action_notify()
        self.assertEqual(audit.state, "approved")

    def test_notice_by_the_lead_only(self):
        """AUD-3.2 AUD-4.1.6: the lead auditor gives notice, of an approved plan."""
        audit = self._planned()
        with self.assertRaises(UserError):
            audit.action_notify()
        audit.action_submit()
        self._as(audit, self.mr).action_approve()
        for user in (self.office, self.mr, self.auditor_dev):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._as(audit, user).action_notify()

    def test_auditee_sees_after_notice(self):
        """AUD-4.1.6 COM-17: the auditee reads the plan from the notice on."""
        audit = self._approved()
        for user in (self.service_head, self.engineer):
            self.assertFalse(self._as(audit, user).has_access("read"))
        self._as(audit, self.lead).action_notify()
        for user in (self.service_head, self.engineer):
            mine = self._as(audit, user)
            self.assertTrue(mine.has_access("read"))
            self.assertFalse(mine.has_access("write"))
            self.assertTrue(mine.schedule_ids.clause_ids)
        self.assertFalse(self._as(audit, self.reader).has_access("read"))

    # ------------------------------------------------------------ objection
    def test_objection(self):
        """AUD-4.1.6a I-31: the auditee objects up to three days before; reason, date and answer
        are kept; the opening waits for the answer."""
        audit = self._notified()
        self.assertEqual(audit.objection_until, self._day(5))
        with self.assertRaises(AccessError):
            self._as(audit, self.engineer).action_object(self.dep_service.id, "Holidays")
        head = self._as(audit, self.service_head)
        self.assertTrue(head.can_object)
        for bad in (self.dep_dev.id, "x", 0):
            with self.subTest(bad=bad), self.assertRaises(AccessError):
                head.action_object(bad, "Holidays")
        with self._refused("Say why"):
            head.action_object(self.dep_service.id, " ")
        objection = head.action_object(self.dep_service.id, "Holidays", self._day(20))
        self.assertEqual(
            (objection.raised_on, objection.late, objection.user_id),
            (self.today, False, self.service_head),
        )
        self.assertTrue(self._told(audit, self.lead))
        with self.assertRaises(AccessError):
            self._as(objection, self.service_head).action_answer(True, "Yes")
        with self._refused("in words"):
            self._as(objection, self.lead).action_answer(True, "")
        self._as(objection, self.lead).action_answer(True, "We come later")
        self.assertEqual(
            (objection.state, objection.answer, objection.answered_by_id),
            ("accepted", "We come later", self.lead),
        )
        self.assertTrue(objection.answered_at)
        # an accepted objection moves the audit by a revision of the plan
        lead = self._as(audit, self.lead)
        lead.action_transition("revise", "Objection")
        self.assertEqual(lead.state, "draft")
        self.assertFalse(lead.notified_at)

    def test_late_objection(self):
        """AUD-4.1.6a: later than three days before it is recorded and flagged."""
        audit = self._notified()
        with freeze_time(self._moment(5, 3)):
            first = self._as(audit, self.service_head).action_object(self.dep_service.id, "x")
            self.assertFalse(first.late)
        with freeze_time(self._moment(6, 3)):
            second = self._as(audit, self.service_head).action_object(self.dep_service.id, "x")
            self.assertTrue(second.late)

    def test_opening_waits_for_the_answer(self):
        """AUD-4.1.6a: an objection without answer holds the opening meeting up."""
        audit = self._notified(date_start=self.today)
        self._as(audit, self.service_head).action_object(self.dep_service.id, "Holidays")
        with self._refused("objection to the date"):
            self._hold(audit, "opening", closing_planned_at=self._moment(1, 8))
        objection = audit.objection_ids
        self._as(objection, self.lead).action_answer(False, "No other day")
        self.assertEqual(objection.state, "declined")

    # ------------------------------------------------------------ rights, screens, speed
    def test_rights(self):
        """COM-17 AUD-4.1.3: the lead writes his plan; team, MR, President and office read."""
        audit = self._planned()
        for user, reads, writes in (
            (self.lead, True, True),
            (self.auditor_dev, True, False),
            (self.mr, True, False),
            (self.president, True, False),
            (self.office, True, False),
            (self.auditor, True, False),
            (self.auditor_sales, False, False),
            (self.service_head, False, False),
            (self.reader, False, False),
        ):
            with self.subTest(user=user.name):
                for record in (audit, audit.member_ids[0], audit.schedule_ids[0]):
                    mine = self._as(record, user)
                    self.assertEqual(mine.has_access("read"), reads)
                    self.assertEqual(mine.has_access("write"), writes)

    def test_two_companies(self):
        """COM-17: audits of another company are closed."""
        _other, stranger = self._stranger()
        audit = self._notified()
        self.assertFalse(self._as(audit, stranger).has_access("read"))
        self.assertFalse(self._as(audit.schedule_ids, stranger).has_access("read"))
        with self.assertRaises(UserError):
            self._as(audit, stranger).action_object(self.dep_service.id, "x")

    def test_attacks(self):
        """COM-2: state, lead, notice and results of meetings are not written by hand."""
        audit = self._planned()
        for vals in (
            {"state": "approved"},
            {"lead_id": self.lead.id},
            {"notified_at": "2026-01-01 00:00:00"},
            {"opened_at": "2026-01-01 00:00:00"},
            {"conflict": False, "appointed_by_id": self.lead.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                audit.write(vals)
        with self.assertRaises(AccessError):
            self._audit(lead_id=self.office.id)
        with self.assertRaises(AccessError):
            self._audit(state="approved")
        forged = audit.with_context(itsms_engine=True)
        with self.assertRaises(AccessError):
            forged.write({"state": "approved"})
        for name in ("notify", "open", "start", "conclude", "report", "close"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                audit.action_transition(name)
        with self.assertRaises(UserError):
            audit.member_ids.filtered(lambda m: m.role == "auditor").write(
                {"left_at": fields.Datetime.now()}
            )
        with self.assertRaises(AccessError):
            self.env["itsms.audit.objection"].with_user(self.service_head).create(
                {"audit_id": audit.id, "department_id": self.dep_service.id}
            )
        with self.assertRaises(UserError):
            self._as(audit, self.lead).member_ids.filtered(lambda m: m.role == "lead").unlink()
        with self._refused("appointed by the management representative"):
            audit.member_ids.filtered(lambda m: m.role == "auditor").write({"role": "lead"})

    def test_my_work(self):
        """AUD-3.1 AUD-4.1.6: appoint, notice to give, objection to answer, my audits."""
        audit = self._audit()
        self.assertIn("audits_to_appoint", self._keys(self.mr))
        self.assertNotIn("audits_to_appoint", self._keys(self.lead))
        audit.with_user(self.office).unlink()
        audit = self._approved()
        self.assertIn("audit_notices", self._keys(self.lead))
        self.assertIn("my_audits", self._keys(self.auditor_dev))
        self.assertNotIn("audits_of_my_department", self._keys(self.service_head))
        audit.action_notify()
        self.assertNotIn("audit_notices", self._keys(self.lead))
        self.assertIn("audits_of_my_department", self._keys(self.service_head))
        self._as(audit, self.service_head).action_object(self.dep_service.id, "Holidays")
        self.assertIn("audit_objections", self._keys(self.lead))

    def _keys(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        MyWork = self.env["itsms.my.work"].with_user(user)
        sections = MyWork.with_context(allowed_company_ids=self.company.ids).get_sections()
        return [section["key"] for section in sections["sections"]]

    def test_print(self):
        """AUD-4.1.3 AUD-6: the plan on paper, with team, timetable, notice and signatures."""
        audit = self._notified()
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html("itsms_audit.report_audit_plan", audit.ids)[0].decode()
        for text in (
            "Internal audit implementation plan",
            "Purpose of the audit",
            "Service desk",
            "Auditor_dev",
            "8.6.1",
            "Lead",
            "Mr",
        ):
            self.assertIn(text, html)
        for name in ("audit", "auditor"):
            self.assertTrue(self.env.ref(f"itsms_audit.itsms_register_{name}_part"))

    def test_forms(self):
        """AUD-6: the five records of the audit procedure are record forms in their order."""
        forms = [row for row in self.env["itsms.record.form"]._seed_list() if row[0] == 4]
        self.assertEqual(
            [row[3] for row in forms],
            [
                "年度服务体系内部审核计划",
                "内审实施计划",
                "内部审核检查表",
                "内审不合格报告",
                "内部审核报告",
            ],
        )

    def test_many(self):
        """COM-17: 200 audits are read as the list shows them in a bounded number of queries."""
        names = ["display_name", "department_ids", "notice_state", "next_step", "conflict",
                 "can_edit", "next_actor", "open_objection_count"]  # fmt: skip
        audits = (
            self.env["itsms.audit"]
            .with_user(self.office)
            .create(
                [
                    {
                        "company_id": self.company.id,
                        "date_start": self._day(8),
                        "date_end": self._day(9),
                    }
                ]
                * 200
            )
        )
        counts = []
        for some in (audits[:10], audits):
            some = self._as(some, self.office)
            start = self.env.cr.sql_log_count
            some.read(names)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLess(counts[1], counts[0] + 10)
