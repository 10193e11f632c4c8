from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Command, Datetime

from .common import tagged
from .review_common import ReviewCase

# programme, plan, notice, audit, report, answer, follow-up; review: plan, notice, meeting, archive
PROGRAMME = datetime(2036, 12, 10, 2, 0)
PLAN = datetime(2037, 2, 20, 2, 0)
NOTICE = datetime(2037, 3, 2, 2, 0)
AUDIT = datetime(2037, 3, 10, 2, 0)
REPORT = datetime(2037, 3, 12, 2, 0)
DONE = datetime(2037, 3, 20, 2, 0)
REVIEW_PLAN = datetime(2037, 10, 12, 2, 0)
REVIEW_NOTICE = datetime(2037, 10, 20, 2, 0)
REVIEW = datetime(2037, 11, 12, 2, 0)
ARCHIVE = datetime(2037, 12, 20, 2, 0)


@tagged("post_install", "-at_install")
class TestAuditYear(ReviewCase):
    """One audit year with seven logins: ITSMS office, management representative, lead auditor,
    auditor, head of the audited department, owner of the actions, President. Everybody acts under
    his own rights; nobody has admin rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._qualify(cls.lead, cls.auditor_dev)
        cls.auditee, cls.owner = cls.service_head, cls.engineer

    # ------------------------------------------------------------ internal audit
    def _programme_of_the_year(self):
        """The office draws it up without gaps, the management representative approves it."""
        Programme = self.env["itsms.audit.programme"].with_user(self.office)
        everything = self.env["itsms.clause"]._auditable()
        audited = self._clauses("7.5.3", "8.6.1")
        lines = [
            Command.create(
                {
                    "department_id": department.id,
                    "clause_ids": [
                        Command.set((audited if department == self.dep_service else everything).ids)
                    ],
                    "month": "03" if department == self.dep_service else "06",
                }
            )
            for department in Programme._departments_to_cover(self.company)
        ]
        programme = Programme.create(
            {"company_id": self.company.id, "year": 2037, "line_ids": lines}
        )
        self.assertFalse(programme.gap_count)
        programme.action_submit()
        self._approve(programme, self.mr)
        self.assertEqual(programme.state, "approved")
        return programme

    def _plan_of_the_audit(self, programme):
        """Opened from the programme, lead appointed, team and timetable, approved."""
        line = programme.line_ids.filtered(lambda x: x.department_id == self.dep_service)
        opened = self._as(line, self.office).action_open_audit()
        audit = self.env["itsms.audit"].browse(opened["res_id"])
        self._as(audit, self.office).write(
            {"date_start": AUDIT.date(), "date_end": AUDIT.date() + timedelta(days=1)}
        )
        self._as(audit, self.mr).action_appoint(self.lead.id)
        mine = self._as(audit, self.lead)
        mine.member_ids = [Command.create({"user_id": self.auditor_dev.id, "task": "Service desk"})]
        mine.schedule_ids = [
            Command.create(
                {
                    "department_id": self.dep_service.id,
                    "clause_ids": [Command.set(line.clause_ids.ids)],
                    "auditor_ids": [Command.set(self.auditor_dev.ids)],
                    "date_start": AUDIT,
                    "date_end": AUDIT + timedelta(hours=4),
                }
            )
        ]
        mine.action_submit()
        self._approve(audit, self.mr)
        return audit

    def _meet(self, audit, kind, at, **minutes):
        """The lead auditor holds a meeting; everybody invited signs for himself."""
        with freeze_time(at):
            mine = self._as(audit, self.lead)
            if minutes:
                mine.write(minutes)
            opened = getattr(mine, f"action_plan_{kind}")()
            meeting = self.env["itsms.meeting"].browse(opened["res_id"])
            self._as(meeting, self.lead).action_open()
            for user in meeting.sudo().attendee_ids.user_id:
                self._as(meeting, user).action_sign_in()
            self._as(meeting, self.lead).action_close()
        return meeting.sudo()

    def _on_site(self, audit):
        """Opening, the questions of the auditor, team meeting, closing."""
        opening = self._meet(audit, "opening", AUDIT, closing_planned_at=AUDIT + timedelta(hours=6))
        self.assertLessEqual(self.auditee | self.auditor_dev, opening.attendee_ids.user_id)
        with freeze_time(AUDIT + timedelta(hours=1)):
            self._as(audit, self.lead).action_start()
            checklist = self._as(audit.sudo().checklist_ids, self.auditor_dev)
            self.assertEqual(len(checklist), 1)
            results = ["general"] + ["conforming"] * len(checklist.line_ids)
            for line, result in zip(checklist.line_ids, results, strict=False):
                line.action_answer(
                    line.version,
                    {"result": result, "evidence": "Seen: ticket 4711", "by_documents": True},
                )
            checklist.action_finish()
        self._meet(
            audit,
            "team",
            AUDIT + timedelta(hours=5),
            conformity="Conforms but for one",
            effectiveness="Effective",
            main_problems="Records of incidents",
            proposals="Train the service desk",
        )
        self._meet(
            audit,
            "closing",
            AUDIT + timedelta(hours=6),
            minutes_execution="As planned",
            minutes_findings="One",
            minutes_conclusion="The system conforms and is effective",
        )
        self.assertEqual(audit.sudo().state, "concluded")

    def _report_of_the_audit(self, audit):
        """The finding goes to its department, the report to everybody."""
        finding = audit.sudo()._audit_nonconformities()
        self.assertEqual(len(finding), 1)
        mine = self._as(finding, self.auditor_dev).sudo(False)
        mine.deviation = "Priority was not noted"
        mine.action_issue()
        self._as(finding, self.auditee).sudo(False).action_confirm()
        opened = self._as(audit, self.lead).action_write_report()
        report = self.env["itsms.audit.report"].browse(opened["res_id"])
        self._as(report, self.lead).action_submit()
        self._approve(report, self.mr)
        self._as(report, self.lead).action_issue()
        self._as(report, self.auditee).action_confirm_read()
        self.assertEqual(audit.sudo().state, "reported")
        return finding.sudo(False)

    def _answer(self, finding):
        """The owner looks for the cause and plans, the head reviews, the representative approves;
        then he carries it out."""
        mine = self._as(finding, self.owner)
        mine.write(
            {
                "consequences": "No customer was affected",
                "extent": "none",
                "extent_where": "All tickets of March",
                "cause_method": "why",
                "corrective_needed": "yes",
                "effect_criterion": "No ticket without priority in 3 months",
                "cause_ids": [
                    Command.create({"name": "Not asked for", "category": "method", "root": True})
                ],
            }
        )
        Action = self.env["itsms.action"].with_user(self.owner)
        actions = Action.create(
            [
                {
                    "name": name,
                    "kind": kind,
                    "origin_model": finding._name,
                    "origin_id": finding.id,
                    "owner_id": self.owner.id,
                    "due_on": REPORT.date() + timedelta(days=days),
                    "resources": "2 hours",
                    "expected_effect": "Every ticket has one",
                    "evidence_wanted": "List of tickets",
                }
                for name, kind, days in (
                    ("Note the priority", "correction", 2),
                    ("Make the field obligatory", "corrective", 10),
                )
            ]
        )
        mine.action_submit()
        self._approve(finding, self.auditee, self.mr)
        return actions

    def _follow_up(self, finding, actions):
        """Done by the owner, verified by the auditor, judged when the effect is due."""
        with freeze_time(DONE):
            for action in actions:
                if action.sudo().state == "draft":
                    self._as(action, self.owner).action_start()
                self._as(action, self.owner).action_finish("Done, see the list")
                self._as(action, self.auditor_dev).action_verify("Seen it")
            self._as(finding, self.auditor_dev).action_check(True, "All carried out")
        with freeze_time(datetime.combine(finding.sudo().effect_due_on, AUDIT.time())):
            mine = self._as(finding, self.auditor_dev)
            mine.action_effect(True, "0 of 60", "No ticket without priority")
            self._as(finding, self.mr).action_close()
        self.assertEqual(finding.sudo().state, "closed")

    # ------------------------------------------------------------ management review
    def _review_of_the_year(self, audit, finding, actions):
        with freeze_time(REVIEW_PLAN):
            review = self._review(name="Management review 2037", date_start=REVIEW)
            self._as(review, self.office).action_submit()
            self._approve(review, self.mr, self.president)
        with freeze_time(REVIEW_NOTICE):
            self._as(review, self.office).action_issue()
            self.assertFalse(review.issued_late)
            self._hand_in(review)
            self._as(review, self.mr).action_examine()
        meeting = review.sudo().meeting_id.sudo(False)
        with freeze_time(REVIEW):
            self._sign_in(review)
            self._as(meeting, self.president).action_open()
            self._named_in_the_inputs(review, audit, finding, actions)
            self._conclude(review)
            self._decide(review, owner_id=self.owner.id)
            self._as(meeting, self.office).action_close()
        report = self._report(review, REVIEW)
        with freeze_time(REVIEW + timedelta(days=2)):
            self._as(report, self.office).action_submit()
            self._approve(report, self.president)
            self._as(report, self.office).action_issue()
        with freeze_time(ARCHIVE):
            decided = self.env["itsms.action"].with_user(self.owner)
            decided = decided.search([("origin_model", "=", review._name)])
            self._as(decided, self.owner).action_finish("Two people were hired")
            self._as(decided, self.office).action_verify("Contracts seen")
            self._as(review, self.office).action_archive_review()
        return review

    def _named_in_the_inputs(self, review, audit, finding, actions):
        """What the auditee reads in the frozen material leads to the audit and what followed."""
        mine = self._as(review, self.auditee)

        def sources(code, model):
            figures = mine.input_ids.filtered(lambda x: x.code == code).figure_ids
            found = figures.filtered(lambda f: f.res_model == model)
            return {res_id for figure in found for res_id in figure.res_ids or []}

        self.assertEqual(sources("c", "itsms.audit"), {audit.id})
        self.assertEqual(sources("c", "itsms.nonconformity"), {finding.id})
        self.assertLessEqual(set(actions.ids), sources("e", "itsms.action"))
        shown = mine.agenda_ids.filtered(lambda x: x.code == "c").figures_text
        self.assertIn("Internal audits with report: 1", shown)
        self.assertIn("Nonconformities still open: 0", shown)

    # ------------------------------------------------------------ the year
    def test_year(self):
        """AUD-3.1 AUD-4.1 AUD-4.2 AUD-4.3 AUD-4.4 AUD-4.5 AUD-4.6 REV-4.3 REV-4.7 REV-4.8.3: from
        the programme in December to the archived management review."""
        with freeze_time(PROGRAMME):
            programme = self._programme_of_the_year()
        with freeze_time(PLAN):
            audit = self._plan_of_the_audit(programme)
        with freeze_time(NOTICE):
            self._as(audit, self.lead).action_notify()
            self.assertTrue(self._told(audit, self.auditee))
        self._on_site(audit)
        with freeze_time(REPORT):
            finding = self._report_of_the_audit(audit)
            actions = self._answer(finding)
        self._follow_up(finding, actions)
        with freeze_time(REVIEW_PLAN - timedelta(days=30)):
            self._as(audit, self.lead).action_close()
        review = self._review_of_the_year(audit, finding, actions)
        self.assertEqual((audit.sudo().state, review.state), ("closed", "archived"))
        self.assertEqual(review.next_latest_on, Datetime.add(REVIEW, years=1).date())
        self._auditor_looks(audit.sudo(), finding.sudo(), review.sudo())

    def _auditor_looks(self, audit, finding, review):
        """The evidence is intact and names everybody, the records are kept."""
        verified = self._as(self.env["itsms.log"], self.auditor).action_verify()
        self.assertEqual(verified["params"]["type"], "success", verified["params"]["message"])
        acts = (
            self._log_of(audit) | self._log_of(finding) | self._log_of(review)
        ).actor_id  # fmt: skip
        seven = (
            self.office | self.mr | self.lead | self.auditor_dev | self.auditee | self.owner
            | self.president
        )  # fmt: skip
        self.assertLessEqual(seven, acts, "who did what is in evidence")
        self.assertNotIn(self.env.ref("base.user_root"), acts)
        Record = self._as(self.env["itsms.record"], self.auditor)
        for record, count in (
            (audit.report_ids, 1),
            (finding, 1),
            (audit.meeting_ids, 3),
            (review, 2),
            (review.meeting_id, 1),
            (review.report_ids, 1),
        ):
            kept = Record.search([("res_model", "=", record._name), ("res_id", "in", record.ids)])
            self.assertEqual(len(kept), count, record._name)
            self.assertEqual(set(kept.mapped("state")), {"filed"})
        self.assertTrue(
            Record.search_count([("res_model", "=", audit._name), ("res_id", "=", audit.id)])
        )
