from odoo.exceptions import AccessError, UserError

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestDocumentFlow(DocumentCase):
    def test_procedure_runs_through_review_approval_publication(self):
        """DOC-3.1 DOC-4.2: MR reviews, then the President approves, then it is published."""
        revision = self._submitted()
        self.assertEqual(revision.state, "pending")
        self.assertEqual(revision.number, "LH-ITSMS-CX-001-A")
        with self.assertRaises(AccessError):
            self._as(revision, self.president).action_approve()
        self._as(revision, self.mr).action_approve("fine")
        self.assertEqual(revision.state, "pending")
        self._as(revision, self.president).action_approve()
        self.assertEqual(revision.state, "approved")
        with self.assertRaises(AccessError):
            self._as(revision, self.author).action_publish()
        self._scope(revision.document_id)
        self._as(revision, self.controller).action_publish()
        document = revision.document_id
        self.assertEqual((revision.state, document.state), ("valid", "in_force"))
        self.assertEqual(document.current_revision_id, revision)
        self.assertEqual(revision.reviewed_by, "Mr")
        self.assertEqual(revision.approved_by, "President")
        self.assertTrue(document.publication_date)

    def test_new_edition_supersedes_the_old_one(self):
        """COM-7 DOC-4.1.2.2.1: the new edition is B/0, the old one is superseded with it."""
        document = self._published()
        old = document.current_revision_id
        new = self._new_revision(document, step="edition")
        self.assertEqual(new.status, "B/0")
        new.action_submit()
        self._as(new, self.mr).action_approve()
        self._as(new, self.president).action_approve()
        self._as(new, self.controller).action_publish()
        self.assertEqual((old.state, new.state), ("superseded", "valid"))
        self.assertEqual(document.number, "LH-ITSMS-CX-001-B")
        self.assertEqual(old.number, "LH-ITSMS-CX-001-A")

    def test_locked_after_submission(self):
        """COM-7: submitted content is locked for everybody."""
        revision = self._submitted()
        for user in (self.author, self.office, self.env.user):
            with self.assertRaises(UserError):
                self._as(revision, user).write({"body": "<p>other</p>"})
        with self.assertRaises(UserError):
            revision.sudo().write({"body": "<p>other</p>"})
