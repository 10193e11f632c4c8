"""Two people publish at the same instant: one wins, one revision is in force (real cursors)."""

from odoo import SUPERUSER_ID, fields
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import RaceCase, tagged

from .common import scope_in_force, scope_values


@tagged("post_install", "-at_install")
class TestPublicationConcurrency(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Publication race", "PR")
        env = company.env
        office = "base.group_user,itsms_base.group_itsms_office"
        first, second = (cls._person(env, name, office) for name in ("first", "second"))
        boss = cls._person(env, "boss")
        cls.users = [first.id, second.id, boss.id]
        cls.department_id = env["hr.department"].create({"name": "Race"}).id
        cls._appoint(env, "vice_president", boss)
        cls.documents = [cls._document(env, first, second, boss) for _n in range(5)]

    @classmethod
    def _document(cls, env, first, second, boss):
        """A document with A/0 in force and A/1 approved; its id."""
        category = env.ref("itsms_documents.itsms_document_category_supporting")
        document = (
            env["itsms.document"]
            .with_user(first)
            .create(
                {
                    "name": "Race",
                    "category_id": category.id,
                    "department_id": cls.department_id,
                    "company_id": cls.company_id,
                }
            )
        )
        revision = document.revision_ids
        revision.body = "<p>A/0</p>"
        revision.action_submit()
        cls._approve(revision, boss)
        receiver = env["hr.department"].browse(cls.department_id)
        readers = {
            "acknowledge": True,
            "readers": "named",
            "reader_ids": (first | second).ids,
        }
        scope_in_force(document.with_env(env), scope_values(document, receiver, **readers))
        revision.with_user(second).action_publish()
        change = env["itsms.document.change"].with_user(first)
        change = change.create(
            {"document_id": document.id, "reason": "Race", "content": "A/1", "method": "page"}
        )
        guard.as_engine(change.sudo()).write({"state": "approved"})
        revision = revision.browse(change.action_write_revision()["res_id"])
        revision.action_submit()
        cls._approve(revision, boss)
        return document.id

    @classmethod
    def _approve(cls, revision, boss):
        """The vice-president of everything examines, and releases for the network."""
        revision.with_user(boss).action_approve()
        revision.with_user(boss).action_approve()

    def _document_as(self, cr, user, index):
        return self._env(cr, user)["itsms.document"].browse(self.documents[index])

    def _result(self, index):
        with self.registry.cursor() as cr:
            document = self._document_as(cr, SUPERUSER_ID, index)
            valid = document.revision_ids.filtered(lambda r: r.state == "valid")
            lines = document.env["itsms.log"].search(
                [
                    ("res_model", "=", "itsms.document.revision"),
                    ("res_id", "in", document.revision_ids.ids),
                    ("state_to", "in", ("valid", "superseded")),
                ]
            )
            states = sorted(document.revision_ids.mapped("state"))
            return states, valid.ids == document.current_revision_id.ids, len(lines)

    def _publish(self, cr, user, index):
        document = self._document_as(cr, user, index)
        revision = document.revision_ids.filtered(lambda r: r.status == "A/1")
        return revision.action_publish()

    @mute_logger("odoo.sql_db")
    def test_two_publish_at_once(self):
        """COM-7 DOC-4.2: one publication wins, the other is told; the log holds it once."""
        with self._two("itsms_document") as (one, two):
            self._publish(one, self.users[0], 0)
            self.assertIn(
                "Somebody else is working",
                self._loses(two, lambda: self._publish(two, self.users[1], 0)),
            )
            one.commit()
            # even after the first is through, with the old snapshot
            self._loses(two, lambda: self._publish(two, self.users[1], 0))
        # A/0 valid, A/0 superseded, A/1 valid
        self.assertEqual(self._result(0), (["superseded", "valid"], True, 3))

    @mute_logger("odoo.sql_db")
    def test_publication_with_an_old_snapshot(self):
        """COM-7: who looked before the other committed is refused and changes nothing more."""
        with self._two("itsms_document") as (one, two):
            self._publish(one, self.users[0], 1)
            one.commit()
            self._loses(two, lambda: self._publish(two, self.users[1], 1))
        self.assertEqual(self._result(1), (["superseded", "valid"], True, 3))

    # ------------------------------------------------------------ reading
    def _reading(self, cr, user, index):
        rows = self._env(cr, user)["itsms.document.acknowledgement"]
        return rows.search([("document_id", "=", self.documents[index]), ("user_id", "=", user)])

    def test_two_readers_confirm_at_once(self):
        """DOC-4.3.1a: a whole company confirms at the same moment: nobody waits for anybody."""
        with self._two("itsms_document_acknowledgement") as (one, two):
            for cr, user in ((one, self.users[0]), (two, self.users[1])):
                cr.execute("SET LOCAL lock_timeout = '2s'")
                row = self._reading(cr, user, 2)
                self.assertEqual((len(row), row.state), (1, "open"))
                row.action_acknowledge()
                row.env.flush_all()
                self.assertEqual(row.state, "done")

    @mute_logger("odoo.sql_db")
    def test_confirming_while_a_new_revision_is_published(self):
        """DOC-4.5.3b: who confirms the old revision a moment too late is told so."""
        with self._two("itsms_document_acknowledgement") as (one, two):
            row = self._reading(two, self.users[1], 3)
            self._publish(one, self.users[0], 3)
            one.commit()
            message = self._loses(two, row.action_acknowledge)
            self.assertRegex(message, "Somebody else is working|no longer the revision in force")
            two.rollback()
            row.invalidate_recordset()
            self.assertEqual((row.state, row.closed_reason), ("obsolete", "superseded"))

    # ------------------------------------------------------------ reviewing
    def _conclude(self, cr, user, review):
        env = self._env(cr, user)
        env["itsms.document.review"].browse(review).action_conclude()
        env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_two_conclude_a_review_at_once(self):
        """DOC-4.6: one signature under the review record, one number, one line of evidence."""
        with self.registry.cursor() as cr:
            document = self._document_as(cr, self.users[0], 4)
            review = document.env["itsms.document.review"].create(
                {
                    "document_id": document.id,
                    "company_id": self.company_id,
                    "held_on": fields.Date.today(),
                    "findings": "<p>Compared</p>",
                    "outcome": "fit",
                }
            )
            review = review.id
        with self._two("itsms_document_review") as (one, two):
            self._conclude(one, self.users[0], review)
            self.assertIn(
                "Somebody else is working",
                self._loses(two, lambda: self._conclude(two, self.users[1], review)),
            )
            one.commit()
            self._loses(two, lambda: self._conclude(two, self.users[1], review))
        with self.registry.cursor() as cr:
            env = self._env(cr)
            done = env["itsms.document.review"].browse(review)
            self.assertEqual((done.state, done.done_by_id.id), ("done", self.users[0]))
            domain = [("res_model", "=", done._name), ("res_id", "=", review)]
            lines = env["itsms.log"].search([*domain, ("state_to", "=", "done")])
            self.assertEqual(len(lines), 1)
