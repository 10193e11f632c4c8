from odoo.tests import HttpCase

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestChangeTour(DocumentCase, HttpCase):
    """From the request to the draft of the new revision, in a browser with four people."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_documents_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_request_approve_write(self):
        """DOC-4.5.1 DOC-4.5.2 DOC-4.5.4: a reader asks, the chain approves, the author writes."""
        document = self._published(name="Escalation procedure")
        self._tour("change_request", self.reader, "/odoo/itsms-documents")
        change = document.sudo().change_ids
        self.assertEqual((change.state, change.method), ("pending", "strike"))
        self.assertEqual(change.applicant_id, self.reader)
        form = f"/odoo/itsms-document-changes/{change.id}"
        self._tour("approve", self.mr, form)
        self._tour("approve", self.president, form)
        self.assertEqual(change.state, "approved")
        self._tour("change_write", self.author, form)
        revision = change.revision_id
        self.assertEqual((revision.status, revision.state), ("A/1", "draft"))
        self.assertEqual(revision.prepared_by_id, self.author)
