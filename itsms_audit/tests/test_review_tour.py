from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase

from .common import tagged
from .review_common import ReviewCase


@tagged("post_install", "-at_install")
class TestReviewTour(ReviewCase, HttpCase):
    """A management review in the browser: office, representative, President, department head."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_audit_review_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_plan_prepare_open(self):
        """REV-4.3 REV-4.5.2 REV-4.7.1: submit, approve, issue, report, examine, sign in, open."""
        start = fields.Datetime.now() + timedelta(days=14)
        review = self._review(date_start=start)
        form = f"/odoo/itsms-management-reviews/{review.id}"
        self._tour("submit", self.office, form)
        self.assertEqual(review.state, "pending")
        for user in (self.mr, self.president):
            self._tour("approve", user, form)
        self.assertEqual(review.state, "approved")
        self._tour("issue", self.office, form)
        self.assertEqual((review.state, review.issued_late), ("issued", False))
        line = review.statement_ids.filtered(lambda s: s.department_id == self.dep_dev)
        self._tour("statement", self.head, f"/odoo/itsms-review-reports/{line.id}")
        self.assertEqual((line.state, line.situation), ("submitted", "Two releases"))
        self._hand_in(review)
        self._tour("examine", self.mr, form)
        self.assertEqual(review.state, "prepared")
        # to the day of the meeting
        now = fields.Datetime.now()
        review._move(now, now + timedelta(hours=2), "Today already")
        for user in (self.mr, self.head, self.service_head, self.sales_head):
            self._as(review.meeting_id, user).action_sign_in()
        self._tour("open", self.president, f"/odoo/itsms-meetings/{review.meeting_id.id}")
        self.assertEqual(review.state, "meeting")
