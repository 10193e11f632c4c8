from odoo.tests import HttpCase

from .common import tagged
from .test_reading import ReadingCase


@tagged("post_install", "-at_install")
class TestDistributionTour(ReadingCase, HttpCase):
    """From the scope to the reader in a browser, with three people."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_documents_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_from_scope_to_reader(self):
        """DOC-3.5 DOC-4.2 DOC-4.3.1a: propose, approve, publish, read, confirm."""
        revision = self._approved(scope=False, name="Reading procedure")
        document = revision.document_id
        url = f"/odoo/action-itsms_documents.itsms_document_action_register/{document.id}"
        self._tour("scope", self.controller, url)
        scope = document.sudo().distribution_ids
        self.assertEqual(scope.state, "pending")
        url = f"/odoo/action-itsms_documents.itsms_document_distribution_action/{scope.id}"
        self._tour("scope_approve", self.mr, url)
        self.assertEqual(document.distribution_id, scope)
        url = f"/odoo/action-itsms_documents.itsms_document_revision_action_all/{revision.id}"
        self._tour("scope_publish", self.controller, url)
        self._tour("acknowledge", self.colleague, "/odoo/itsms-to-read")
        self.assertEqual(self._rows(document, self.colleague).state, "done")
        self.assertEqual(self._rows(document, self.head).state, "open")
