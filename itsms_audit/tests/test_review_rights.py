from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.itsms_documents.tests.common import DocumentCase

from .common import tagged
from .review_common import ISSUED, PLANNED, START, ReviewCase


@tagged("post_install", "-at_install")
class TestReviewRights(ReviewCase, DocumentCase):
    """Who sees and does what on a management review; follow-up; speed."""

    # ------------------------------------------------------------ follow-up
    def _improvement(self, review, **vals):
        return (
            self.env["itsms.management.review.improvement"]
            .with_user(self.office)
            .create(
                {
                    "review_id": review.id,
                    "name": "Merge two procedures",
                    "kind": "structure",
                    "description": "They say the same",
                    **vals,
                }
            )
        )

    def test_improvement_chain(self):
        """REV-4.8.1 REV-4.8.1a: office proposes, representative reviews, President approves, then
        it is changed; the representative has the effect evaluated, else no archive."""
        review = self._reported()
        self._settle(review, START + timedelta(days=20))
        with freeze_time(START + timedelta(days=21)):
            line = self._improvement(review)
            with self.assertRaises(UserError):
                self._as(line, self.office).action_carry_out()
            self._as(line, self.office).action_submit()
            with self.assertRaises(UserError):
                self._as(line, self.president).action_approve()
            self._approve(line, self.mr, self.president)
            with self.assertRaisesRegex(UserError, "write what was changed"):
                self._as(line, self.office).action_carry_out()
            self._as(line, self.office).done_text = "One procedure now"
            self._as(line, self.office).action_carry_out()
            with self.assertRaisesRegex(UserError, "effect of “Merge two procedures”"):
                self._as(review, self.office).action_archive_review()
            with self.assertRaises(AccessError):
                self._as(line, self.office)._evaluate("yes", "Fewer pages")
            with self.assertRaises(AccessError):
                self._as(line, self.office)._ask_evaluator(self.head)
            self._as(line, self.mr)._ask_evaluator(self.head)
            with self.assertRaisesRegex(UserError, "effect and the verdict"):
                self._as(line, self.head)._evaluate("yes", " ")
            self._as(line, self.head)._evaluate("yes", "Fewer pages")
            self.assertEqual((line.state, line.evaluated_by_id), ("evaluated", self.head))
            self._as(review, self.office).action_archive_review()
        self.assertEqual(review.state, "archived")

    def test_documents_change_through_change_requests(self):
        """REV-4.8.1: document changes go through DOC-4.5; not done before they are in force."""
        review = self._reported()
        with freeze_time(START + timedelta(days=21)):
            line = self._improvement(review, kind="document")
            with self.assertRaisesRegex(UserError, "after the President approved"):
                self._as(line, self.office).action_raise_change()
            self._as(line, self.office).action_submit()
            self._approve(line, self.mr, self.president)
            with self.assertRaisesRegex(UserError, "raise one"):
                self._as(line, self.office).action_carry_out()
            action = self._as(line, self.office).action_raise_change()
            self.assertEqual(action["res_model"], "itsms.document.change")
            self.assertEqual(action["context"]["default_review_improvement_id"], line.id)

    def test_document_change_comes_into_force(self):
        """REV-4.8.1 DOC-4.5: a change request born of the review goes its own way; the improvement
        counts as carried out when the new revision is in force, never before."""
        first = self._submitted()
        document = first.document_id
        self._scope(document)
        self._approve(first, self.mr, self.president)
        self._as(first, self.controller).action_publish()
        review = self._reported()
        on = START + timedelta(days=21)
        with freeze_time(on):
            line = self._improvement(review, kind="document")
            request = {"document_id": document.id, "review_improvement_id": line.id}
            refused = self.assertRaisesRegex(UserError, "that the President approved")
            with refused, self.env.cr.savepoint():
                self._request(document, self.office, **request)
            self._as(line, self.office).action_submit()
            self._approve(line, self.mr, self.president)
            change = self._approved_change(document, self.office, **request)
            with self.assertRaisesRegex(UserError, "1 change requests are not in force"):
                self._as(line, self.office).action_carry_out()
            self.assertEqual(line.change_count, 1)
            action = self._as(change, self.office).action_write_revision()
            revision = self.env["itsms.document.revision"].browse(action["res_id"])
            self._as(revision, self.office).body = "<p>One procedure</p>"
            self._as(revision, self.office).action_submit()
            self._approve(revision, self.mr, self.president)
            self._as(revision, self.controller).action_publish()
            self.assertEqual((revision.state, change.state), ("valid", "done"))
            self._as(line, self.office).action_carry_out()
        self.assertEqual((line.state, line.changed_on), ("changed", on.date()))

    def test_improvement_needs_the_signed_report(self):
        """REV-4.8.1: improvements follow from the report that the President signed."""
        with freeze_time(PLANNED):
            review = self._review()
            with self.assertRaisesRegex(UserError, "after the meeting"):
                self._improvement(review)
        review = self._held()
        with freeze_time(START + timedelta(days=1)):
            line = self._improvement(review)
            with self.assertRaisesRegex(UserError, "signed report"):
                self._as(line, self.office).action_submit()

    def test_report_is_issued_after_the_signature(self):
        """REV-4.7.3 REV-4.6.1: no issue before the President signed; to whom it went is kept."""
        review = self._held()
        report = self._report(review)
        with freeze_time(START + timedelta(days=2)):
            for act in (lambda: None, self._as(report, self.office).action_submit):
                act()
                with self.assertRaisesRegex(UserError, "not possible"):
                    self._as(report, self.office).action_issue()
            for user in (self.mr, self.office, self.head):
                with self.assertRaises(UserError):
                    self._as(report, user).action_approve()
            self._as(report, self.president).action_approve()
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self._as(report, self.head).action_issue()
            self._as(report, self.office).action_issue()
        self.assertIn("Service_head", report.issued_to)
        self.assertTrue(self._as(report, self.head).has_access("read"))

    # ------------------------------------------------------------ rights
    def test_who_sees_a_review(self):
        """COM-17 REV-4.3: a draft is for the office and who decides, from the issue on for the
        participants; colleagues see nothing of it."""
        review = self._approved()
        for user, sees in (
            (self.office, True),
            (self.mr, True),
            (self.president, True),
            (self.auditor, True),
            (self.head, False),
            (self.colleague, False),
        ):
            self.assertEqual(self._as(review, user).has_access("read"), sees, user.login)
        with freeze_time(ISSUED):
            self._as(review, self.office).action_issue()
        self.assertTrue(self._as(review, self.head).has_access("read"))
        parts = (
            review.sudo().input_ids,
            review.sudo().statement_ids,
            review.sudo().participant_ids,
            review.sudo().input_ids.figure_ids,
        )
        for part in parts:
            self.assertTrue(self._as(part, self.head).has_access("read"), part._name)
            self.assertFalse(self._as(part, self.colleague).has_access("read"), part._name)
        for user in (self.head, self.mr, self.president, self.auditor):
            self.assertFalse(self._as(review, user).has_access("write"), user.login)

    def test_action_shows_to_its_people(self):
        """COM-17: the action of a decision shows to owner and participants, not to colleagues."""
        review = self._reported()
        action = review.sudo().action_ids
        for user in (self.service_head, self.office, self.head, self.engineer):
            self.assertTrue(self._as(action, user).has_access("read"), user.login)
        self.assertFalse(self._as(action, self.colleague).has_access("read"))

    def test_two_companies(self):
        """COM-17: reviews, their 12 months and their people stay in their company."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        other.partner_id.lang = "en_US"
        stranger = self._person("stranger", None, "itsms_base.group_itsms_office", other)
        review = self._held()
        self.assertFalse(self._as(review, stranger).has_access("read"))
        theirs = self._as(self.env["itsms.management.review"], stranger).create(
            {
                "company_id": other.id,
                "date_start": START + timedelta(days=900),
                "date_end": START + timedelta(days=901),
            }
        )  # fmt: skip
        self.assertFalse(theirs.too_late or theirs.previous_id or theirs.participant_ids)
        self._as(theirs, stranger).action_collect()
        both = (self._review(date_start=START + timedelta(days=300)) | theirs).sudo()
        both.invalidate_recordset()
        limit = START.date() + relativedelta(months=12)
        self.assertEqual(both.mapped("latest_on"), [limit, False])
        line = theirs.input_ids.filtered(lambda x: x.code == "f")
        self.assertIn("no review before", line.figures_text)
        with self.assertRaises(UserError):
            self._as(theirs, stranger).participant_ids = [(0, 0, {"user_id": self.head.id})]
            theirs.flush_recordset()

    def test_forged_writes(self):
        """COM-2: state, dates and signatures change only through the buttons."""
        review = self._issued()
        office = self._as(review, self.office)
        for vals in (
            {"state": "held"},
            {"held_on": START.date()},
            {"issued_late": False},
            {"examined_at": START},
            {"kind": "extra"},
            {"meeting_id": False},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                office.write(vals)
        forged = (
            self.env["itsms.management.review"]
            .with_user(self.office)
            .with_context(
                default_state="held",
                default_held_on=str(START.date()),
                default_examined_by_id=self.mr.id,
                itsms_engine=True,
            )
            .create({"date_start": START, "date_end": START + timedelta(hours=1)})
        )
        self.assertEqual((forged.state, forged.held_on), ("draft", False))
        self.assertFalse(forged.examined_by_id)
        with self.assertRaisesRegex(UserError, "system itself"):
            office.action_transition("begin")
        line = review.sudo().statement_ids[0]
        with self.assertRaises(UserError):
            self._as(line, self.head).write({"state": "submitted"})
        with self.assertRaises(UserError):
            self.env["itsms.management.review.figure"].with_user(self.office).create(
                {"input_id": review.sudo().input_ids[0].id, "label": "Profit", "value": "1"}
            )

    def test_dialogs_belong_to_their_people(self):
        """COM-2: nobody confirms somebody else's dialog, nor acts beyond his right through it."""
        review = self._issued()
        dialog = self.env["itsms.review.act"].with_user(self.president).create(
            {"review_id": review.id, "act": "delegate", "user_id": self.head.id}
        )  # fmt: skip
        with self.assertRaises(AccessError):
            self._as(dialog, self.office).action_confirm()
        for act in ("move", "delegate"):
            own = self.env["itsms.review.act"].with_user(self.head).create(
                {
                    "review_id": review.id,
                    "act": act,
                    "user_id": self.head.id,
                    "date_start": START + timedelta(days=1),
                    "date_end": START + timedelta(days=2),
                    "reason": "Why not",
                }
            )  # fmt: skip
            with self.assertRaises(UserError), mute_logger("odoo.addons.base.models.ir_rule"):
                own.action_confirm()
        self.assertFalse(review.sudo().delegate_id)

    def test_second_opening_is_refused(self):
        """REV-4.7.1b: a meeting is opened once."""
        review = self._opened()
        meeting = review.sudo().meeting_id
        with freeze_time(START), self.assertRaisesRegex(UserError, "not possible"):
            self._as(meeting, self.president).action_open()
        self.assertEqual(review.state, "meeting")

    def test_portal_sees_nothing(self):
        """COM-17: nothing of it for portal users."""
        portal = new_test_user(self.env, "itsms.review.portal", "base.group_portal")
        review = self._issued()
        with self.assertRaises(AccessError):
            review.with_user(portal).read(["name"])

    # ------------------------------------------------------------ my work
    def test_my_work(self):
        """REV-3.2 REV-3.3 REV-3.4: everybody finds his part on the first page."""
        review = self._issued()

        def keys(user):
            sections = self._as(self.env["itsms.my.work"], user).get_sections()["sections"]
            return {section["key"] for section in sections}

        self.assertIn("review_office", keys(self.office))
        self.assertLessEqual({"review_examine", "review_statements"}, keys(self.mr))
        self.assertLessEqual({"review_statements", "review_opinions"}, keys(self.head))
        self.assertFalse({k for k in keys(self.colleague) if k.startswith("review")})
        with freeze_time(ISSUED):
            self._hand_in(review)
        self.assertNotIn("review_statements", keys(self.head))

    # ------------------------------------------------------------ speed
    def test_list_asks_a_fixed_number_of_queries(self):
        """Not one query more per review: every one of them has participants, decisions, actions,
        a meeting and a report."""
        reviews = self.env["itsms.management.review"]
        for year in range(3):
            reviews |= self._reported(START + timedelta(days=350 * year))
        for n in range(40):
            reviews |= self._review(name=f"Review {n}")
        names = ["display_name", "kind", "date_start", "issued_late", "held_on", "next_actor",
                 "decision_count", "open_action_count", "too_late", "can_edit"]  # fmt: skip
        counts = []
        self._as(reviews, self.office).read(names)
        for some in (reviews[2:4], reviews):
            some = self._as(some, self.office)
            some.env["itsms.management.review"].search_count([])
            before = self.cr.sql_log_count
            some.read(names)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0], "no query per review, held or not")

    def test_collecting_is_quick(self):
        """COM-12: collecting all sections takes a fixed number of queries."""
        review = self._review()
        collect = self._as(review, self.office)
        collect.action_collect()

        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            collect.action_collect()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        few = queries()
        self.env["itsms.meeting"].create(
            [
                {
                    "name": f"Weekly {n}",
                    "company_id": self.company.id,
                    "date_start": START - timedelta(days=n),
                    "date_end": START,
                }
                for n in range(1, 200)
            ]
        )
        self.env.cr.execute(
            "UPDATE itsms_meeting SET state = 'held' WHERE company_id = %s", [self.company.id]
        )
        self.assertLessEqual(queries(), few + 5)

    # ------------------------------------------------------------ odd input
    def test_odd_values(self):
        """COM-17: odd values over RPC are refused in words, never with a crash."""
        review = self._issued()
        office = self._as(review, self.office)
        for value in (None, [], {}, "", " ", "\0"):
            with self.assertRaises(UserError):
                office._move(START + timedelta(days=1), START + timedelta(days=2), value)
            with self.assertRaises(UserError):
                self._as(review.sudo().statement_ids[:1], self.office)._excuse(value)
        self.assertEqual(fields.Datetime.to_datetime(review.date_start), START)
