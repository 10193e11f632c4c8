from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import tagged

from .audit_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestAuditIndependence(ProgrammeCase):
    """Auditors are qualified and independent, from the plan to the closing meeting."""

    # ------------------------------------------------------------ qualification
    def test_qualification(self):
        """AUD-4.1.2a I-58: the office records the qualification with the training it rests on, the
        MR confirms it; without an end it stays."""
        Qualification = self.env["itsms.auditor.qualification"]
        line = Qualification.with_user(self.office).create(
            {"user_id": self.reader.id, "company_id": self.company.id}
        )
        self.assertFalse(Qualification._qualified(self.reader, self.today, self.company))
        with self._refused("Training it rests on"):
            self._as(line, self.mr).action_confirm()
        line.basis = "Course of 2026"
        for user in (self.office, self.lead):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._as(line, user).action_confirm()
        self._as(line, self.mr).action_confirm()
        self.assertEqual((line.state, line.confirmed_by_id), ("valid", self.mr))
        far = fields.Date.add(self.today, years=20)
        self.assertEqual(Qualification._qualified(self.reader, far, self.company), self.reader)
        with self._refused("locked"):
            self._as(line, self.office).write({"valid_to": self.today})
        with self.assertRaises(UserError):
            self._as(line, self.mr).action_transition("withdraw")
        self._as(line, self.mr).action_transition("withdraw", "Left the team")
        self.assertFalse(Qualification._qualified(self.reader, self.today, self.company))

    def test_own_qualification(self):
        """AUD-4.1.2a: nobody confirms his own qualification."""
        line = self.env["itsms.auditor.qualification"].create(
            {"user_id": self.mr.id, "company_id": self.company.id, "basis": "x"}
        )
        with self.assertRaises(AccessError):
            self._as(line, self.mr).action_confirm()

    def test_qualification_has_dates(self):
        """AUD-4.1.2a I-58: where an end is entered, it counts; in its own company only."""
        Qualification = self.env["itsms.auditor.qualification"]
        self._qualify(self.reader, valid_from=self._day(-5), valid_to=self._day(5))
        for days, expected in ((-6, False), (-5, True), (5, True), (6, False)):
            with self.subTest(days=days):
                found = Qualification._qualified(self.reader, self._day(days), self.company)
                self.assertEqual(bool(found), expected)
        other, _user = self._stranger()
        self.assertFalse(Qualification._qualified(self.reader, self.today, other))

    def test_training_hook(self):
        """AUD-4.1.2a: training records count by a hook, beside the recorded qualification."""
        model = self.env.registry["itsms.auditor.qualification"]
        self.patch(model, "_qualified_by_training", lambda self, users, on, company: users)
        found = self.env["itsms.auditor.qualification"]._qualified(
            self.reader, self.today, self.company
        )
        self.assertEqual(found, self.reader)

    def test_unqualified_member(self):
        """AUD-4.1.2a: a member without qualification is refused, with his name; an observer needs
        none, and does not audit."""
        audit = self._appointed()
        Member = self.env["itsms.audit.member"].with_user(self.lead)
        with self._refused("Reader: no confirmed auditor qualification"):
            Member.create({"audit_id": audit.id, "user_id": self.reader.id})
        Member.create({"audit_id": audit.id, "user_id": self.reader.id, "role": "observer"})
        with self._refused("not on the audit team"):
            audit.write({"schedule_ids": [fields.Command.create(self._line(auditors=self.reader))]})

    def test_qualification_ends_before_the_audit(self):
        """AUD-4.1.2a: the day of the audit counts, also on submission, notice and opening."""
        self._qualify(self.colleague, valid_to=self._day(7))
        audit = self._appointed()
        with self._refused("no confirmed auditor qualification"):
            audit.write({"member_ids": [fields.Command.create({"user_id": self.colleague.id})]})
        audit = self._approved()
        mine = self.env["itsms.auditor.qualification"].search(
            [("user_id", "=", self.auditor_dev.id)]
        )
        self._as(mine, self.mr).action_transition("withdraw", "Misconduct")
        with self._refused("no confirmed auditor qualification"):
            self._as(audit, self.lead).action_notify()

    def test_submission_looks_at_the_team_again(self):
        """AUD-4.1.2a: a qualification withdrawn while the plan is made is found on submission."""
        audit = self._planned()
        mine = self.env["itsms.auditor.qualification"].search(
            [("user_id", "=", self.auditor_dev.id)]
        )
        self._as(mine, self.mr).action_transition("withdraw", "Misconduct")
        with self._refused("Auditor_dev: no confirmed auditor qualification"):
            audit.action_submit()

    # ------------------------------------------------------------ independence
    def test_own_department(self):
        """AUD-4.1.2b: nobody audits the department in which he works, with the reason."""
        audit = self._planned(members=(self.auditor_dev, self.auditor_sales))
        with self._refused("Auditor_dev cannot audit Development: works in or heads"):
            audit.write({"schedule_ids": [fields.Command.create(self._line(self.dep_dev, hour=5))]})
        with self._refused("Auditor_dev cannot audit Development"):
            audit.schedule_ids.department_id = self.dep_dev
        with self._refused("Auditor_sales cannot audit Sales"):
            audit.schedule_ids.write(
                {
                    "department_id": self.dep_sales.id,
                    "auditor_ids": [fields.Command.link(self.auditor_sales.id)],
                }
            )

    def test_departments_below_and_above(self):
        """AUD-4.1.2b: what one heads from above, or is part of, is one's own department too."""
        audit = self._planned(members=(self.auditor_dev,))
        with self._refused("cannot audit Laboratory"):
            audit.schedule_ids.department_id = self.dep_lab
        technician = self._person("technician", self.dep_lab)
        self._qualify(technician)
        audit.write({"member_ids": [fields.Command.create({"user_id": technician.id})]})
        line = self._line(self.dep_dev, auditors=technician, hour=5)
        with self._refused("works in a part of the department"):
            audit.write({"schedule_ids": [fields.Command.create(line)]})

    def test_lead_is_bound_as_well(self):
        """AUD-4.1.2b: the lead auditor does not audit his own department either."""
        audit = self._planned()
        with self._refused("Lead cannot audit Sales"):
            audit.write(
                {
                    "schedule_ids": [
                        fields.Command.create(
                            self._line(self.dep_sales, auditors=self.lead, hour=5)
                        )
                    ]
                }
            )

    def _document(self, **vals):
        """A document in force of the service department, written by the developer auditor."""
        document = self.env["itsms.document"].create(
            {
                "name": "Incident rules",
                "company_id": self.company.id,
                "category_id": self.env["itsms.document.category"].search([], limit=1).id,
                "department_id": self.dep_service.id,
            }
        )
        revision = self.env["itsms.document.revision"].search(
            [("document_id", "=", document.id)], limit=1
        ) or self.env["itsms.document.revision"].create({"document_id": document.id})
        guard.as_engine(revision).write(vals)
        guard.as_engine(document).write({"state": "in_force", "current_revision_id": revision.id})
        return document

    def test_author(self):
        """AUD-4.1.2b AUD-4.2.2.1c: nobody audits what he wrote: authors and editors of the
        auditee's documents in scope are refused."""
        for name, value in (
            ("prepared_by_id", self.auditor_dev.id),
            ("approval_editor_ids", [fields.Command.set(self.auditor_dev.ids)]),
            ("submitted_by_id", self.auditor_dev.id),
        ):
            with self.subTest(name=name):
                document = self._document(**{name: value})
                audit = self._planned()
                with self._refused("Auditor_dev cannot audit Service: wrote or approved"):
                    self._as(audit, self.lead).write(
                        {"document_ids": [fields.Command.link(document.id)]}
                    )

    def test_document_of_the_clause(self):
        """AUD-4.1.2b: what is in force for an audited clause counts without being collected;
        documents of other clauses, and those not in force, do not."""
        document = self._document(prepared_by_id=self.auditor_dev.id)
        document.clause_ids = self._clauses("8.7.2")
        audit = self._planned()
        self.assertFalse(audit._conflicts())
        document.clause_ids = self._clauses("8.6.1")
        with self._refused("Auditor_dev cannot audit Service: wrote or approved"):
            audit.action_submit()
        guard.as_engine(document).write({"state": "obsolete"})
        self.assertFalse(audit._conflicts())
        # nor does what another auditor looks at in the same department
        guard.as_engine(document).write({"state": "in_force"})
        other = [fields.Command.set(self._clauses("7.2").ids)]
        audit = self._planned(
            members=(self.auditor_dev, self.auditor_sales),
            lines=[self._line(auditors=self.auditor_sales), self._line(hour=5, clause_ids=other)],
        )
        self.assertFalse(audit._conflicts())

    def _decided(self, revision, state):
        guard.as_engine(self.env["itsms.approval.step"]).create(
            {
                "res_model": revision._name,
                "res_id": revision.id,
                "company_id": self.company.id,
                "round": 1,
                "stage": 1,
                "label": "approve",
                "source": "role",
                "state": state,
                "decided_by_id": self.auditor_dev.id,
                "approver_ids": [fields.Command.set(self.auditor_dev.ids)],
            }
        )

    def test_approver(self):
        """AUD-4.1.2b: nor what he approved; who rejected has not approved."""
        document = self._document()
        self._decided(document.current_revision_id, "rejected")
        audit = self._planned()
        audit.write({"document_ids": [fields.Command.link(document.id)]})
        self.assertEqual(audit.document_ids, document)
        document = self._document()
        self._decided(document.current_revision_id, "approved")
        audit = self._planned()
        with self._refused("wrote or approved"):
            self._as(audit, self.lead).write({"document_ids": [fields.Command.link(document.id)]})
        # another department's document does not matter there
        guard.as_engine(document).write({"department_id": self.dep_office.id})
        audit.write({"document_ids": [fields.Command.link(document.id)]})
        self.assertEqual(audit.document_ids, document)

    # ------------------------------------------------------------ mid-audit
    def _moves(self, user, department):
        employee = self.env["hr.employee"].search([("user_id", "=", user.id)])
        employee.department_id = department

    def test_change_of_department(self):
        """AUD-4.1.2b: an auditor who moves into the auditee department in the middle of the audit
        is detected at once; the audit does not go on before he is replaced."""
        audit = self._notified(date_start=self.today)
        self._moves(self.auditor_dev, self.dep_service)
        self.assertIn("Auditor_dev – Service", audit.conflict)
        self.assertTrue(self._told(audit, self.mr))
        self.assertIn("audit_conflicts", self._keys(self.lead))
        self.assertIn("audit_conflicts", self._keys(self.mr))
        with self._refused("Auditor_dev cannot audit Service"):
            self._hold(audit, "opening", closing_planned_at=self._moment(1, 8))
        self._as(audit, self.lead).action_reassign(
            self.auditor_dev.id, self.auditor_sales.id, "Changed department"
        )
        self.assertFalse(audit.conflict)
        self.assertEqual(audit.schedule_ids.auditor_ids, self.auditor_sales)
        gone = audit.member_ids.filtered(lambda m: m.user_id == self.auditor_dev)
        self.assertEqual(gone.left_reason, "Changed department")
        self.assertIn("handover", self._log_of(audit).mapped("kind"))
        self._hold(audit, "opening", closing_planned_at=self._moment(1, 8))
        self.assertEqual(audit.state, "opened")

    def test_change_of_department_on_site(self):
        """AUD-3.3 AUD-4.1.2b: on site only the auditors of the plan audit a department, and none
        who is not independent any more, until he is replaced."""
        audit = self._on_site()
        audit._check_may_audit(self.auditor_dev, self.dep_service)
        self._moves(self.auditor_dev, self.dep_service)
        with self._refused("lead auditor replaces him"):
            audit._check_may_audit(self.auditor_dev, self.dep_service)
        with self._refused("does not audit"):
            audit._check_may_audit(self.auditor_sales, self.dep_service)
        self._as(audit, self.mr).action_reassign(
            self.auditor_dev.id, self.auditor_sales.id, "Moved", self.dep_service.id
        )
        audit._check_may_audit(self.auditor_sales, self.dep_service)

    def test_start_waits_for_the_replacement(self):
        """AUD-4.1.2b: who moves between opening meeting and start is replaced before the start."""
        audit = self._opened()
        self._moves(self.auditor_dev, self.dep_service)
        with self._refused("Auditor_dev cannot audit Service"):
            audit.action_start()
        self.assertEqual(audit.state, "opened")

    def test_moves_back(self):
        """AUD-4.1.2b: the note goes when nothing stands against the auditor any more."""
        audit = self._approved()
        self._moves(self.auditor_dev, self.dep_service)
        self.assertTrue(audit.conflict)
        self._moves(self.auditor_dev, self.dep_dev)
        self.assertFalse(audit.conflict)

    def test_note_speaks_the_language_of_the_company(self):
        """AUD-4.1.2b: whoever moves the auditor, the lead auditor reads why in his language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        audit = self._approved()
        self._moves(self.auditor_dev, self.dep_service)
        self.assertIn("部门", audit.conflict)

    def test_becomes_head(self):
        """AUD-4.1.2b: who becomes head of the auditee department is not independent either."""
        audit = self._approved()
        self.dep_service.manager_id = self.auditor_dev.employee_id
        self.assertIn("Auditor_dev", audit.conflict)

    def test_cron(self):
        """AUD-4.1.2b: changes that begin on their day are found by the daily job."""
        audit = self._approved()
        model = self.env.registry["itsms.audit"]
        self.patch(
            model, "_department_conflict", lambda self, user, department, above=True: "moved"
        )
        self.patch(
            self.env.registry["ir.cron"], "_commit_progress", lambda *args, **kwargs: float("inf")
        )
        self.env["itsms.audit"]._cron_watch_independence()
        self.assertIn("moved", audit.conflict)

    def test_reassign_refusals(self):
        """AUD-3.1 AUD-4.1.2a AUD-4.1.2b: only lead or MR replace, with a reason, and only by
        somebody qualified and independent."""
        audit = self._approved()
        old, new = self.auditor_dev.id, self.auditor_sales.id
        for user in (self.office, self.auditor_dev):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._as(audit, user).action_reassign(old, new, "x")
        lead = self._as(audit, self.lead)
        with self._refused("Say why"):
            lead.action_reassign(old, new, " ")
        with self._refused("no confirmed auditor qualification"):
            lead.action_reassign(old, self.reader.id, "x")
        with self._refused("another colleague"):
            lead.action_reassign(old, old, "x")
        with self._refused("in the timetable"):
            lead.action_reassign(new, old, "x")
        self._qualify(self.engineer)
        with self._refused("Engineer cannot audit Service"):
            lead.action_reassign(old, self.engineer.id, "x")
        self.assertEqual(audit.schedule_ids.auditor_ids, self.auditor_dev)
        draft = self._planned()
        with self._refused("after the approval"):
            draft.action_reassign(old, new, "x")

    def test_approval_checks_again(self):
        """AUD-4.1.2b: who moves between submission and approval is found on approval."""
        audit = self._planned()
        audit.action_submit()
        self._moves(self.auditor_dev, self.dep_service)
        with self._refused("cannot audit Service"):
            self._as(audit, self.mr).action_approve()
        self.assertEqual(audit.state, "pending")

    def test_done_audits_are_left_alone(self):
        """AUD-4.1.2b: after the closing meeting a change of department matters no more."""
        audit = self._concluded()
        self._moves(self.auditor_dev, self.dep_service)
        self.assertFalse(audit.conflict)

    def _keys(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        MyWork = self.env["itsms.my.work"].with_user(user)
        sections = MyWork.with_context(allowed_company_ids=self.company.ids).get_sections()
        return [section["key"] for section in sections["sections"]]

    def test_many_lines(self):
        """AUD-4.1.2b: a timetable of 200 lines is checked in a bounded number of queries."""
        audit = self._planned()
        lines = [self._line(start=8 + i % 2, hour=1 + i % 12) for i in range(200)]
        audit.write({"schedule_ids": [fields.Command.create(line) for line in lines]})
        for _number in range(5):
            document = self._document(prepared_by_id=self.lead.id)
            document.clause_ids = self._clauses("8.6.1")
        counts = []
        for some in (audit.schedule_ids[:10], audit.schedule_ids):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            audit._conflicts(some)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLess(counts[1], counts[0] + 10)

    def test_today(self):
        """AUD-4.1.2a: expired qualifications are marked on the list."""
        line = self._qualify(self.reader, valid_to=self._day(1))
        self.assertFalse(line.expired)
        with freeze_time(self._moment(2, 3)):
            self.env.invalidate_all()
            self.assertTrue(line.expired)
