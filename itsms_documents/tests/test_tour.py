from odoo.tests import HttpCase

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestTour(DocumentCase, HttpCase):
    """The main path in a browser, with five people."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_documents_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_from_draft_to_reader(self):
        """DOC-3.1 DOC-4.2 COM-7: write, reject, rewrite, approve, publish, read."""
        self._tour("write", self.author, "/odoo/itsms-documents")
        revision = self.env["itsms.document.revision"].search(
            [("document_id.name", "=", "Escalation procedure")]
        )
        self.assertEqual((revision.state, revision.number), ("pending", "LH-ITSMS-CX-001-A"))
        form = f"/odoo/action-itsms_documents.itsms_document_revision_action/{revision.id}"
        self._tour("approve", self.mr, form)
        self._tour("reject", self.president, form)
        self.assertEqual(revision.state, "rejected")
        self._tour("rewrite", self.author, form)
        self._tour("approve", self.mr, form)
        self._tour("approve", self.president, form)
        self.assertEqual(revision.state, "approved")
        self._scope(revision.document_id)
        to_publish = "/odoo/action-itsms_documents.itsms_document_revision_action_to_publish"
        self._tour("publish", self.controller, to_publish)
        self.assertEqual((revision.state, revision.document_id.state), ("valid", "in_force"))
        self._tour("read", self.reader, "/odoo/itsms-documents")
        kinds = self._log_of(revision).mapped("kind")
        self.assertEqual(kinds.count("submit"), 2)
        self.assertEqual(kinds.count("decision"), 4)
