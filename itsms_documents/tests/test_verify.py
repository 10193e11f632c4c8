from odoo.tests import HttpCase

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestVerifyPage(DocumentCase, HttpCase):
    """The page behind the QR code: is this very revision still in force?"""

    def _page(self, revision, user=None, status=200):
        self.env.flush_all()
        self.authenticate(user and user.login, user and user.login)
        response = self.url_open(f"/itsms/verify/{revision.sudo().verify_token}")
        self.assertEqual(response.status_code, status)
        return response.text

    def test_address_is_what_the_code_holds(self):
        """GEN-1 COM-24: the code leads to the page of this very revision."""
        revision = self._published().current_revision_id
        url = revision._verify_url()
        self.assertTrue(url.startswith(revision.get_base_url()))
        self.assertTrue(url.endswith(f"/itsms/verify/{revision.sudo().verify_token}"))

    def test_revision_in_force(self):
        """COM-7 DOC-4.1.2.2.1a: number, status and validity for whoever holds the print."""
        document = self._published(name="Incident procedure")
        page = self._page(document.current_revision_id)
        self.assertIn("This revision is in force", page)
        self.assertNotIn("not in force", page)
        self.assertIn("LH-ITSMS-CX-001-A", page)
        self.assertIn("A/0", page)
        self.assertNotIn("Incident procedure", page)

    def test_superseded_revision_shows_what_is_in_force(self):
        """COM-7: the old print says so and names the revision in force."""
        document = self._published()
        old = document.current_revision_id
        new = self._new_revision(document, step="edition")
        new.action_submit()
        self.assertIn("not in force", self._page(new))
        self._as(new, self.mr).action_approve()
        self._as(new, self.president).action_approve()
        self._as(new, self.controller).action_publish()
        page = self._page(old)
        self.assertIn("This revision is not in force", page)
        self.assertIn("LH-ITSMS-CX-001-B", page)
        self.assertIn("B/0", page)
        self.assertIn("This revision is in force", self._page(new))

    def test_obsolete_document_names_nothing_in_force(self):
        """COM-7: a withdrawn document is not passed off as the one in force."""
        document = self._published()
        revision = document.current_revision_id
        self._as(document, self.office).action_transition("obsolete", "no longer used")
        page = self._page(revision)
        self.assertIn("This revision is not in force", page)
        self.assertNotIn("In force now", page)

    def test_unknown_code(self):
        """COM-7: an invented code is told from a real one; drafts have no code."""
        draft = self._document().revision_ids
        self.assertFalse(draft.verify_token)
        for token in ("0" * 32, "x", "%27%20OR%201=1", "-", "False"):
            response = self.url_open(f"/itsms/verify/{token}")
            self.assertEqual(response.status_code, 404, token)
            self.assertIn("Unknown document", response.text)

    def test_public_title_is_told_to_everybody(self):
        """DOC-4.1.1.3d: what is open to everybody inside and outside shows its title."""
        document = self._published(name="Service hotline", secrecy="public")
        self.assertIn("Service hotline", self._page(document.sudo().current_revision_id))
        inside = self._published(name="Duty roster")
        self.assertNotIn("Duty roster", self._page(inside.sudo().current_revision_id))

    def test_secret_title_is_for_people_with_access_only(self):
        """DOC-4.1.2.2.1a COM-17: the title of a secret document is not told to the public."""
        document = self._published(name="Merger plan")
        self._as(document, self.env.user).sudo().secrecy = "secret"
        revision = document.sudo().current_revision_id
        self.assertNotIn("Merger plan", self._page(revision))
        self.assertNotIn("Merger plan", self._page(revision, self.reader))
        page = self._page(revision, self.head)
        self.assertIn("Merger plan", page)
        self.assertIn(f"/odoo/itsms-documents/{document.id}", page)
