"""Two people act on the same change request at the same instant (real cursors)."""

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard

from .test_publication_concurrency import TestPublicationConcurrency as PublicationRace


@tagged("post_install", "-at_install")
class TestChangeConcurrency(PublicationRace):
    """Uses the committed company of the publication race."""

    test_two_publish_at_once = None
    test_publication_with_an_old_snapshot = None

    def _changes(self, cr, user):
        return self._env(cr, user)["itsms.document.change"]

    def _waiting(self, index):
        """A committed, approved request, with the draft of the fixture out of the way."""
        with self.registry.cursor() as cr:
            document = self._document_as(cr, SUPERUSER_ID, index)
            working = document.working_revision_id
            working.action_transition("cancel", "make room")
            change = self._changes(cr, self.users[0]).create(
                {
                    "document_id": document.id,
                    "reason": "Race",
                    "content": "Race",
                    "method": "page",
                }
            )
            guard.as_engine(change.sudo()).write({"state": "approved"})
            return change.id

    @mute_logger("odoo.sql_db")
    def test_two_write_the_same_change(self):
        """DOC-4.5.1 COM-7: one opens the new revision, the other is told; there is one draft."""
        change_id = self._waiting(0)
        with self._two("itsms_document_change") as (one, two):
            self._changes(one, self.users[0]).browse(change_id).action_write_revision()
            second = self._changes(two, self.users[1]).browse(change_id)
            self.assertIn("Somebody else", self._loses(two, second.action_write_revision))
            one.commit()
            self._loses(
                two,
                lambda: self._changes(two, self.users[1]).browse(change_id).action_write_revision(),
            )
        with self.registry.cursor() as cr:
            document = self._document_as(cr, SUPERUSER_ID, 0)
            self.assertEqual(len(document.revision_ids.filtered(lambda r: r.state == "draft")), 1)

    @mute_logger("odoo.sql_db")
    def test_two_changes_of_one_document(self):
        """DOC-4.5.1 COM-7: two requests of one document taken up at once make one draft."""
        first, second = self._waiting(1), None
        with self.registry.cursor() as cr:
            change = self._changes(cr, self.users[1]).browse(first).copy()
            guard.as_engine(change.sudo()).write({"state": "approved"})
            second = change.id
        with self._two("itsms_document_change") as (one, two):
            self._changes(one, self.users[0]).browse(first).action_write_revision()
            other = self._changes(two, self.users[1]).browse(second)
            self.assertIn("Somebody else", self._loses(two, other.action_write_revision))
            one.commit()
            # with the old snapshot the database refuses, in words that people understand
            other = self._changes(two, self.users[1]).browse(second)
            with self.assertRaises(UniqueViolation):
                other.action_write_revision()
            two.rollback()
            with self.assertRaisesRegex(UserError, "still in work"):
                self._changes(two, self.users[1]).browse(second).action_write_revision()
