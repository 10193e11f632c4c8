from datetime import date

from odoo.tests import HttpCase

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestReviewTour(DocumentCase, HttpCase):
    """A review in a browser, up to the withdrawal of the document."""

    browser_size = "1600,1000"

    def test_review_ends_in_withdrawal(self):
        """DOC-4.6 DOC-4.6b DOC-4.7.2: hold a review, withdraw the document, keep it 作废保留."""
        document = self._published(name="Paper mail")
        self.env.flush_all()
        self.start_tour(
            f"/odoo/itsms-documents/{document.id}",
            "itsms_documents_review_tour",
            login=self.office.login,
        )
        self.env.invalidate_all()
        review = document.review_ids
        self.assertEqual((review.state, review.outcome), ("done", "withdraw"))
        self.assertEqual((document.state, document.retention), ("obsolete", "legal"))
        self.assertEqual(document.retained_until, date(2090, 12, 31))
