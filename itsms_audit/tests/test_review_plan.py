from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_audit.models.itsms_management_review import REASONS

from .common import tagged
from .review_common import ISSUED, PLANNED, START, ReviewCase


@tagged("post_install", "-at_install")
class TestReviewPlan(ReviewCase):
    """Plan, timing and notice of a management review (REV-4.1 … REV-4.5.1)."""

    def test_plan_is_complete(self):
        """REV-4.3a REV-4.3b REV-4.3c REV-4.3d REV-4.3e: schedule, participants, purpose, scope,
        preparation; without one of them the plan is not submitted."""
        for name in ("schedule", "purpose", "scope", "preparation"):
            with freeze_time(PLANNED), self.subTest(name=name):
                review = self._review()
                self._as(review, self.office)[name] = " "
                with self.assertRaisesRegex(UserError, r"lacks .*\(REV-4.3\)"):
                    self._as(review, self.office).action_submit()
        with freeze_time(PLANNED):
            review = self._review()
            self._as(review, self.office).participant_ids = [(5,)]
            with self.assertRaisesRegex(UserError, "Participants"):
                self._as(review, self.office).action_submit()

    def test_participants(self):
        """REV-4.6.2 REV-4.6.3b REV-4.6.3c: President, representative and every department head
        are proposed and must be in the plan; others may be added."""
        with freeze_time(PLANNED):
            review = self._review()
            people = review.participant_ids
            self.assertEqual(people.user_id, self.president | self.mr | self.heads)
            self.assertEqual(set(people.mapped("kind")), {"president", "mr", "head"})
            people.filtered(lambda p: p.user_id == self.head).with_user(self.office).unlink()
            with self.assertRaisesRegex(UserError, "Head.*is missing"):
                self._as(review, self.office).action_submit()
            self._as(review, self.office).action_seed_participants()
            self._as(review, self.office).participant_ids = [
                (0, 0, {"user_id": self.colleague.id}),
                (0, 0, {"name": "Mr Consultant", "kind": "other"}),
            ]
            self._as(review, self.office).action_submit()
        self.assertEqual(review.state, "pending")

    def test_chain(self):
        """REV-4.3: the office drafts, the representative reviews, the President approves; nobody
        else, and no stand-in for the President [I-40]."""
        with freeze_time(PLANNED):
            review = self._review()
            self._as(review, self.office).action_submit()
            for user in (self.president, self.office, self.head):
                with self.assertRaises(UserError):
                    self._as(review, user).action_approve()
            self._as(review, self.mr).action_approve()
            step = review.sudo().approval_step_ids.filtered(lambda s: s.state == "open")
            self.assertEqual((step.approver_ids, step.stand_in_allowed), (self.president, False))
            self._as(review, self.president).action_reject("Another day, please")
        self.assertEqual(review.state, "rejected")

    def test_issue_needs_the_approval(self):
        """REV-4.3: a plan is not issued before the President approved it, nor by others."""
        with freeze_time(PLANNED):
            review = self._review()
            for act in (lambda: None, self._as(review, self.office).action_submit):
                act()
                with self.assertRaisesRegex(UserError, "not possible"):
                    self._as(review, self.office).action_issue()
        review = self._approved()
        with freeze_time(ISSUED):
            for user in (self.mr, self.head, self.auditor):
                with self.assertRaises(AccessError):
                    self._as(review, user).action_issue()
            with self.assertRaisesRegex(UserError, "locked"):
                self._as(review, self.office).purpose = "Other"

    def test_late_issue_is_flagged(self):
        """REV-4.5.1: issued on day − 10 is in time [I-32], on day − 9 it is flagged only."""
        day = START.date()
        for back, late in ((10, False), (9, True)):
            review = self._issued(on=START - timedelta(days=back))
            self.assertEqual(review.issue_by, day - timedelta(days=10))
            self.assertEqual((review.state, review.issued_late), ("issued", late), back)
            self.assertTrue(review.issued_at)
            for user in self.president | self.mr | self.heads:
                self.assertTrue(self._told(review, user), "issued to the departments (REV-4.3)")
            # a meeting moved nearer has its plan late as well, moved away again no more
            for days, moved_late in ((-2, True), (5, False)):
                start = START + timedelta(days=days)
                with freeze_time(START - timedelta(days=back)):
                    self._as(review, self.office)._move(start, start + timedelta(hours=2), "Ill")
                self.assertEqual(review.issued_late, moved_late, (back, days))

    def test_plan_approved_after_the_meeting_day(self):
        """REV-4.3: a plan whose day has passed is neither submitted, approved nor issued."""
        with freeze_time(PLANNED):
            review = self._review()
            self._as(review, self.office).action_submit()
            self._as(review, self.mr).action_approve()
        with freeze_time(START + timedelta(days=1)):
            with self.assertRaisesRegex(UserError, "has passed"):
                self._as(review, self.president).action_approve()
            with self.assertRaisesRegex(UserError, "has passed"):
                late = self._review()
                self._as(late, self.office).action_submit()
        review = self._approved()
        with freeze_time(START + timedelta(days=1)), self.assertRaisesRegex(UserError, "passed"):
            self._as(review, self.office).action_issue()

    def test_twelve_months(self):
        """REV-4.1.1: the latest day is computed; a later one needs a reason and is shown."""
        first = self._held()
        limit = START.date() + relativedelta(months=12)
        self.assertEqual(first.next_latest_on, limit)
        with freeze_time(START + timedelta(days=300)):
            day = START + relativedelta(months=12)
            review = self._review(date_start=day)
            self.assertEqual((review.latest_on, review.too_late), (limit, False))
            self._as(review, self.office).write(
                {"date_start": day + timedelta(days=1), "date_end": day + timedelta(days=1.1)}
            )
            self.assertTrue(review.too_late)
            with self.assertRaisesRegex(UserError, "more than 12 months"):
                self._as(review, self.office).action_submit()
            self._as(review, self.office).late_reason = "The President was ill"
            self._as(review, self.office).action_submit()
            # planned in time and moved beyond: the reason of the move is why
            moved = self._review(date_start=day - timedelta(days=1))
            self._as(moved, self.office).action_submit()
            self._approve(moved, self.mr, self.president)
            self._as(moved, self.office).action_issue()
            self.assertFalse(moved.too_late)
            late = day + timedelta(days=9)
            self._as(moved, self.office)._move(late, late + timedelta(hours=2), "Typhoon")
        self.assertEqual((moved.too_late, moved.late_reason), (True, "Typhoon"))
        self.assertEqual(review.state, "pending")

    def test_warned_before_twelve_months_pass(self):
        """REV-4.1.1 COM-10: the duty falls due 12 months after the review, warns two months
        before, and is overdue the day after."""
        self.env["itsms.duty"]._open_missing()
        duty = self.env["itsms.duty"].search(
            [("kind_id.code", "=", "management.review"), ("company_id", "=", self.company.id)]
        )
        review = self._held()
        limit = START.date() + relativedelta(months=12)
        self.assertEqual((duty.next_due, duty.last_res_id), (limit, review.id))
        for day, status in (
            (limit - timedelta(days=61), "ok"),
            (limit - timedelta(days=60), "due"),
            (limit + timedelta(days=1), "red"),
        ):
            with freeze_time(day):
                duty.invalidate_recordset()
                self.assertEqual(duty.status, status)
        with freeze_time(limit - timedelta(days=60)):
            self.env["itsms.duty"]._cron_remind()
            self.assertIn(self.mr, duty.activity_ids.user_id)

    def test_extra_review_does_not_move_the_year(self):
        """REV-4.1.1 REV-4.1.2: the planned review of the year stays due after an extra one."""
        self.env["itsms.duty"]._open_missing()
        self._held()
        duty = self.env["itsms.duty"].search(
            [("kind_id.code", "=", "management.review"), ("company_id", "=", self.company.id)]
        )
        due = duty.next_due
        with freeze_time(START + timedelta(days=60)):
            later = START + timedelta(days=60)
            extra = self._raise(self.mr, date_start=later)
            self.assertFalse(extra.too_late)
            self._as(extra, self.office).schedule = "09:00 opening"
            self._as(extra, self.office).action_submit()
            self._approve(extra, self.mr, self.president)
            self._as(extra, self.office).action_issue()
            self.assertTrue(extra.issued_late)
            self._hand_in(extra)
            self._as(extra, self.mr).action_examine()
            self._as(self._sign_in(extra), self.president).action_open()
            self._conclude(extra)
            self._as(extra.sudo().meeting_id, self.office).action_close()
        self.assertEqual((extra.held_on, extra.next_latest_on), (later.date(), False))
        self.assertEqual(duty.next_due, due)

    def _raise(self, user, reason="accident", **vals):
        dialog = (
            self.env["itsms.review.raise"]
            .with_user(user)
            .create({"reason": reason, "reason_text": "Data centre burnt", **vals})
        )
        action = dialog.action_confirm()
        return self.env["itsms.management.review"].browse(action["res_id"])

    def test_extra_review(self):
        """REV-4.1.2 REV-4.1.2a REV-4.1.2b REV-4.1.2c REV-4.1.2d REV-4.1.2e REV-4.1.2f REV-4.2c:
        raised by President or representative for one of six reasons, who and why is held."""
        self.assertEqual(len(REASONS), 6)
        with freeze_time(PLANNED):
            for reason, _label in REASONS:
                review = self._raise(self.president, reason)
                self.assertEqual(
                    (review.kind, review.reason, review.raised_by_id, review.occasion),
                    ("extra", reason, self.president, "special"),
                )
                self.assertTrue(self._told(review, self.office), "organised promptly")
            with self.assertRaisesRegex(AccessError, "Only the President"):
                self._raise(self.mr, "president")
            for user in (self.office, self.head, self.auditor):
                with self.assertRaisesRegex(AccessError, "REV-4.1.2"):
                    self._raise(user)
            with self.assertRaisesRegex(UserError, "what happened"):
                self._raise(self.mr, reason_text=" ")
            # the office cannot make one up
            with self.assertRaises(AccessError):
                self._review(kind="extra", reason="market")
            with self.assertRaises(AccessError):
                self._as(review, self.office).reason = "market"

    def test_extra_review_goes_the_same_way(self):
        """REV-4.1.2: who raised it may still review and approve the plan that the office wrote."""
        with freeze_time(PLANNED):
            review = self._raise(self.mr, date_start=START)
            self._as(review, self.office).write({"schedule": "09:00 opening"})
            self._as(review, self.office).action_submit()
            self._approve(review, self.mr, self.president)
        self.assertEqual(review.state, "approved")

    def test_timing(self):
        """REV-4.2 REV-4.2a REV-4.2b: after the last audit, or before a certification audit by a
        second or third party; then before its day."""
        with freeze_time(PLANNED):
            review = self._review()
            self.assertEqual(review.occasion, "after_audit")
            self._as(review, self.office).occasion = "before_certification"
            with self.assertRaisesRegex(UserError, "by whom and when"):
                self._as(review, self.office).action_submit()
            self._as(review, self.office).write(
                {"certification_party": "third", "certification_date": START.date()}
            )
            with self.assertRaisesRegex(UserError, "before the certification audit"):
                self._as(review, self.office).action_submit()
            self._as(review, self.office).certification_date = START.date() + timedelta(days=9)
            self._as(review, self.office).action_submit()
        self.assertEqual(review.state, "pending")

    def test_moving_the_meeting(self):
        """REV-4.7.1: held on time as the plan says; another time only with a reason."""
        review = self._issued()
        meeting = review.sudo().meeting_id
        later = START + timedelta(days=3)
        with freeze_time(ISSUED):
            with self.assertRaisesRegex(UserError, "move the meeting on the review"):
                self._as(meeting, self.office).date_start = later
            with self.assertRaisesRegex(UserError, "why"):
                self._as(review, self.office)._move(later, later + timedelta(hours=2), " ")
            with self.assertRaises(AccessError):
                self._as(review, self.head)._move(later, later + timedelta(hours=2), "Busy")
            self._as(review, self.office)._move(later, later + timedelta(hours=2), "Typhoon")
            messages = len(self._messages(review, self.head))
            far = START + timedelta(days=4)
            self._as(review, self.office)._move(far, far + timedelta(hours=2), "Ill")
            self.assertEqual(len(self._messages(review, self.head)), messages + 1)
            self._as(review, self.office)._move(later, later + timedelta(hours=2), "Well again")
            gone = ISSUED - timedelta(days=1)
            with self.assertRaisesRegex(UserError, "has passed"), self.env.cr.savepoint():
                self._as(review, self.office)._move(gone, gone + timedelta(hours=2), "Why not")
        self.assertEqual((review.date_start, meeting.date_start), (later, later))
        comments = self._log_of(review).filtered("comment").mapped("comment")
        self.assertIn("Typhoon", " ".join(comments))

    def test_cancelled_meeting_can_be_planned_again(self):
        """REV-4.7.1: a meeting that fell through is planned again on the review."""
        review = self._issued()
        first = review.sudo().meeting_id
        with freeze_time(ISSUED):
            self._as(first, self.office).action_transition("cancel", "Typhoon")
            later = START + timedelta(days=3)
            self._as(review, self.office)._move(later, later + timedelta(hours=2), "Typhoon")
        second = review.sudo().meeting_id
        self.assertNotEqual(first, second)
        self.assertEqual((second.state, len(second.attendee_ids)), ("planned", 5))

    def test_help_and_links(self):
        """REV-1 REV-5: purpose and related procedures stand in the form."""
        arch = self.env["itsms.management.review"].get_view(view_type="form")["arch"]
        for text in (
            "适宜性",
            "充分性",
            "有效性",
            "internal audit control procedure",
            "corrective and preventive action control procedure",
            "document and data control procedure",
        ):
            self.assertIn(text, arch)
