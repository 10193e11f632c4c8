from odoo.tests import HttpCase

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestLoanTour(DocumentCase, HttpCase):
    """A loan in a browser, with two people."""

    browser_size = "1600,1000"

    def test_from_application_to_return(self):
        """DOC-4.4.2.3 DOC-4.4.2.3a: apply on the document, approve, hand out, take back."""
        document = self._published(name="Borrowed procedure")
        self.env.flush_all()
        self.start_tour(
            f"/odoo/action-itsms_documents.itsms_document_action/{document.id}",
            "itsms_documents_loan_apply_tour",
            login=self.reader.login,
        )
        loan = self.env["itsms.document.loan"].search([("document_id", "=", document.id)])
        self.assertEqual((loan.state, loan.applicant_id), ("pending", self.reader))
        url = f"/odoo/action-itsms_documents.itsms_document_loan_action/{loan.id}"
        for name, state in (("hand_out", "handed_out"), ("return", "returned")):
            self.start_tour(url, f"itsms_documents_loan_{name}_tour", login=self.controller.login)
            self.env.invalidate_all()
            self.assertEqual(loan.state, state)
