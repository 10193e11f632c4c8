from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError

from .common import tagged
from .review_common import ISSUED, PLANNED, START, ReviewCase


@tagged("post_install", "-at_install")
class TestReviewFlow(ReviewCase):
    """A management review from the plan to the archive (REV-4)."""

    def test_whole_year(self):
        """REV-2 REV-3.1 REV-3.3 REV-4.3 REV-4.6.1 REV-4.6.3 REV-4.7.1 REV-4.7.3 REV-4.8.2
        REV-4.8.3:
        plan, preparation, meeting, report, actions, archive; each by who has to act."""
        review = self._approved()
        steps = review.sudo().approval_step_ids.sorted("stage")
        self.assertEqual([s.decided_by_id for s in steps], [self.mr, self.president])
        self.assertTrue(review.number)
        with freeze_time(ISSUED):
            self._as(review, self.office).action_issue()
            self._hand_in(review)
            self._as(review, self.mr).action_examine()
        meeting = review.sudo().meeting_id
        # the President presides, the ITSMS office organises: place, agenda, minutes
        self.assertEqual((meeting.chair_id, meeting.secretary_id), (self.president, self.office))
        self.assertIn("Suitability of the service policy", meeting.agenda)
        self.assertEqual(meeting.place, "Room 301")
        self.assertEqual(meeting.attendee_ids.user_id, self.president | self.mr | self.heads)
        with freeze_time(START):
            self._sign_in(review)
            self._as(meeting, self.president).action_open()
            self.assertEqual((review.state, review.frozen_at), ("meeting", START))
            self._conclude(review)
            decision = self._decide(review)
            self._as(meeting, self.office).action_close()
        self.assertEqual((review.state, review.held_on), ("held", START.date()))
        report = self._report(review)
        with freeze_time(START + timedelta(days=2)):
            self._as(report, self.office).action_submit()
            self.assertFalse(decision.action_id)
            self._as(report, self.president).action_approve()
            action = decision.sudo().action_id
            self.assertEqual((action.state, action.owner_id), ("open", self.service_head))
            self._as(report, self.office).action_issue()
        self.assertEqual((report.state, review.state), ("issued", "reported"))
        later = freeze_time(START + timedelta(days=3))
        with later, self.assertRaisesRegex(UserError, "not verified"):
            self._as(review, self.office).action_archive_review()
        self._settle(review, START + timedelta(days=30))
        with freeze_time(START + timedelta(days=31)):
            self._as(review, self.office).action_archive_review()
        self.assertEqual(review.state, "archived")

    def test_records_are_filed(self):
        """REV-6 REV-4.8.3: plan, sign-in sheet, report and the whole file are kept as records."""
        review = self._archived()
        Record = self.env["itsms.record"].sudo()

        def kept(record):
            return Record.search(
                [("res_model", "=", record._name), ("res_id", "=", record.id)]
            ).mapped("name")

        self.assertEqual(len(kept(review)), 2)
        self.assertEqual(len(kept(review.sudo().meeting_id)), 1)
        self.assertEqual(len(kept(review.sudo().report_ids)), 1)
        file = Record.search([("res_id", "=", review.id), ("res_topic", "=", "file")])
        content = file.current_version_id.attachment_ids[0].raw.decode()
        for text in ("Hire two engineers", "More staff", "Suitable", "Discussed"):
            self.assertIn(text, content)

    def test_forms_and_prints(self):
        """REV-6: 管理评审计划, 会议签到表, 管理评审报告 with number, signatures and content."""
        self.env["itsms.document"]._seed_procedures(self.company)
        forms = self.env["itsms.record.form"]._seed_forms(self.company)
        self.assertLessEqual(
            {"review.plan", "meeting.signin", "review.report"}, set(forms.mapped("code"))
        )
        review = self._reported()
        Report = self.env["ir.actions.report"].with_context(lang="en_US")

        def html(name, record):
            return Report._render_qweb_html(f"itsms_audit.{name}", record.ids)[0].decode()

        plan = html("report_management_review_plan", review)
        for text in (review.number, "09:00 opening", "Sales_head", "Mr", "President"):
            self.assertIn(text, plan)
        sheet = html("report_meeting_signin", review.sudo().meeting_id)
        for text in ("Meeting sign-in sheet", "Room 301", "Service_head"):
            self.assertIn(text, sheet)
        report = html("report_management_review_report", review.sudo().report_ids)
        for text in (
            "Room 301",  # REV-4.7.3a
            "continuing suitability",  # REV-4.7.3b
            "Summary of the review",  # REV-4.7.3c
            "Too few people at night",  # REV-4.7.3d
            "Hire two engineers",
            "Suitability",  # REV-4.7.3e
            "As the figures say",
        ):
            self.assertIn(text, report)

    def test_report_contents_are_wanted(self):
        """REV-4.7.3a REV-4.7.3b REV-4.7.3c REV-4.7.3d REV-4.7.3e: no report without summary,
        conclusion on all three, and who does what until when."""
        review = self._held()
        with freeze_time(START + timedelta(days=1)):
            self._as(review, self.office).action_write_report()
            report = self._as(review.sudo().report_ids, self.office)
            with self.assertRaisesRegex(UserError, "Suitability.*Effectiveness"):
                report.action_submit()
        report = self._report(review)
        decision = review.sudo().decision_ids
        with freeze_time(START + timedelta(days=2)):
            for vals in ({"summary": False}, {"adequacy_text": " "}):
                kept = {name: report[name] for name in vals}
                report.write(vals)
                with self.assertRaisesRegex(UserError, "lacks"):
                    self._as(report, self.office).action_submit()
                report.write(kept)
            for name in ("owner_id", "department_id", "due_on"):
                kept = decision[name]
                self._as(decision, self.office)[name] = False
                with self.assertRaisesRegex(UserError, "lacks.*REV-4.8.2"):
                    self._as(report, self.office).action_submit()
                self._as(decision, self.office)[name] = kept
            self._as(decision, self.office).due_on = START.date()
            with self.assertRaisesRegex(UserError, "has passed"):
                self._as(report, self.office).action_submit()

    def test_summary_names_what_is_not_in_order(self):
        """REV-4.7.3c: the proposed summary sorts the agenda by verdict; what is not in order has
        its conclusion."""
        review = self._opened()
        with freeze_time(START + timedelta(hours=2)):
            self._conclude(review)
            line = review.sudo().agenda_ids[3]
            self._as(line, self.office).write({"verdict": "act", "conclusion": "Audit more often"})
            self._as(review.sudo().meeting_id, self.office).action_close()
        summary = self._report(review).summary
        self.assertIn(f"{line.name}: Audit more often", summary)
        self.assertNotIn("Suitable", summary)
        self.assertLess(summary.index("In order"), summary.index("Action needed"))
        for item in review.agenda_ids:
            self.assertIn(item.name, summary)

    def test_who_stood_in_gets_the_report(self):
        """REV-4.7.3: the report is issued to who was there, also in place of somebody."""
        review = self._prepared()
        with freeze_time(START):
            meeting = self._sign_in(review, self.president | self.mr | self.service_head)
            line = meeting.attendee_ids.filtered(lambda a: a.user_id == self.sales_head)
            self._as(line, self.office)._mark("present", "Came with a letter", self.colleague)
            self._as(meeting, self.president).action_open()
            self._conclude(review)
            self._as(meeting, self.office).action_close()
        report = self._report(review)
        with freeze_time(START + timedelta(days=2)):
            self._as(report, self.office).action_submit()
            self._as(report, self.president).action_approve()
            self.assertFalse(self._told(report, self.colleague))
            self._as(report, self.office).action_issue()
        for user in self.colleague | self.service_head:
            self.assertTrue(self._told(report, user), user.login)
            self.assertTrue(self._as(report, user).has_access("read"), user.login)
        self.assertFalse(self._as(report, self.engineer).has_access("read"))
        self.assertIn("Colleague", report.issued_to)

    def test_report_binds_what_was_said(self):
        """REV-4.6.1 COM-7: what the President signs is what the meeting said."""
        review = self._held()
        report = self._report(review)
        decision = review.sudo().decision_ids
        with freeze_time(START + timedelta(days=2)):
            self._as(report, self.office).action_submit()
            with self.assertRaisesRegex(UserError, "with the President"):
                self._as(decision, self.office).name = "Hire nobody"
            self.env.cr.execute(
                "UPDATE itsms_management_review_decision SET name = 'Hire nobody' WHERE id = %s",
                [decision.id],
            )
            with self.assertRaisesRegex(UserError, "COM-7"):
                self._as(report, self.president).action_approve()

    def test_report_not_regenerated_after_archive(self):
        """REV-4.8.3: an archived review keeps its report."""
        review = self._archived()
        report = self._as(review.sudo().report_ids, self.office)
        before = report.summary
        with self.assertRaisesRegex(UserError, "is archived: its report"):
            report.action_generate()
        with self.assertRaises(UserError):
            report.summary = "<p>Better</p>"
        self.assertEqual(report.summary, before)
        with self.assertRaises(UserError):
            self.env["itsms.management.review.report"].with_user(self.office).create(
                {"review_id": review.id}
            )

    def test_previous_decisions_come_first(self):
        """REV-4.4.1f: the next review begins with what became of the last one's decisions."""
        last = self._reported()
        with freeze_time(PLANNED + timedelta(days=300)):
            review = self._review(date_start=START + timedelta(days=330))
            self._as(review, self.office).action_collect()
        self.assertEqual(review.previous_id, last)
        self.assertEqual(review.previous_decision_ids, last.sudo().decision_ids)
        first = review.agenda_ids[0]
        self.assertEqual(first.code, "previous")
        text = first.figures_text
        self.assertIn("Hire two engineers", text)
        self.assertIn("To be done", text)
        self.assertIn("Hire two engineers", review.input_ids.filtered(
            lambda x: x.code == "f").figures_text)  # fmt: skip

    def test_actions_only_from_decisions(self):
        """REV-3.4 REV-4.7.1e REV-4.8.2: actions come out of decisions, released with the report."""
        review = self._held()
        vals = {
            "name": "Side door",
            "origin_model": "itsms.management.review",
            "origin_id": review.id,
            "owner_id": self.head.id,
            "due_on": fields.Date.add(START.date(), days=90),
        }
        with self.assertRaisesRegex(UserError, "come from its decisions"):
            self.env["itsms.action"].with_user(self.office).create(vals)

    def test_office_verifies(self):
        """REV-4.8.2a: the ITSMS office verifies, nobody else, never the owner."""
        review = self._reported()
        action = review.sudo().action_ids
        with freeze_time(START + timedelta(days=20)):
            self._as(action, self.service_head).action_finish("Done")
            for user in (self.mr, self.service_head):
                with self.assertRaises(UserError):
                    self._as(action, user).action_verify("Looks fine")
            self._as(action, self.office).action_verify("Seen")
        self.assertEqual((action.state, action.verified_by_id), ("verified", self.office))
