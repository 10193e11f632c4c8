from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestPublication(DocumentCase):
    """No document in force without its chain; exactly one revision in force."""

    def _approve(self, revision):
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        return revision

    def _states(self, document):
        self.env.invalidate_all()
        return sorted(document.sudo().revision_ids.mapped("state"))

    # ------------------------------------------------------------ chains
    def test_manual_and_procedures_go_to_mr_then_president(self):
        """DOC-3.1: the same two decisions in the same order for the manual and a procedure."""
        for category in ("manual", "procedure"):
            revision = self._submitted(category=category)
            steps = revision.sudo().approval_step_ids.sorted("stage")
            self.assertEqual(steps.mapped("label"), ["review", "approve"])
            self.assertEqual(steps.mapped("approver_ids"), self.mr | self.president)
            with self.assertRaises(AccessError):
                self._as(revision, self.president).action_approve()

    def test_supporting_document_takes_one_decision_of_the_vice_president(self):
        """DOC-3.2: the vice-president in charge of the responsible department decides, once."""
        other_vp = self._person("vp.sales")
        self._assign("vice_president", other_vp, self.dep_sales)
        revision = self._submitted(category="supporting")
        self.assertEqual(revision.sudo().approval_step_ids.mapped("label"), ["examine"])
        for user in (other_vp, self.mr, self.president, self.head):
            with self.assertRaises(AccessError):
                self._as(revision, user).action_approve()
        self._as(revision, self.vp).action_approve()
        self.assertEqual(revision.state, "approved")
        self.assertEqual((revision.reviewed_by, revision.approved_by), (False, "Vp"))

    def test_vice_president_of_a_department_below(self):
        """DOC-3.2: the laboratory belongs to development, so the same vice-president decides."""
        revision = self._submitted(category="supporting", department_id=self.dep_lab.id)
        self.assertEqual(revision.sudo().approval_step_ids.approver_ids, self.vp)

    # ------------------------------------------------------------ who publishes, and when
    def test_nothing_is_published_without_its_chain(self):
        """DOC-4.2 DOC-3.1: draft, submitted, half approved, returned: publication is refused."""
        revision = self._document().revision_ids
        controller = self._as(revision, self.controller)

        def refuse():
            for user in (self.controller, self.office, self.manager, self.env.user):
                with self.assertRaises(UserError):
                    self._as(revision, user).action_publish()
            self.assertFalse(self._as(revision, self.author).document_id.current_revision_id)

        refuse()
        revision.action_submit()
        refuse()
        self._as(revision, self.mr).action_approve()
        refuse()
        self._as(revision, self.president).action_reject("not yet")
        refuse()
        self.assertEqual(controller.state, "rejected")

    def test_state_cannot_be_written(self):
        """DOC-4.2: neither state nor valid revision is reached by writing or creating."""
        document = self._document()
        revision = document.revision_ids
        for user in (self.author, self.office, self.env.user):
            with self.assertRaises(UserError):
                self._as(revision, user).write({"state": "valid"})
            with self.assertRaises(UserError):
                self._as(document, user).write({"state": "in_force"})
            with self.assertRaises(UserError):
                self._as(document, user).write({"current_revision_id": revision.id})
        for name in ("publish", "supersede", "approve", "obsolete"):
            with self.assertRaises(UserError):
                self._as(revision, self.author).action_transition(name, "forged")
        with self.assertRaises(AccessError):
            self._as(document, self.env.user).action_transition("enter_force")

    def test_only_the_office_and_the_controller_publish(self):
        """DOC-3.3: distribution on the server is the right of the ITSMS office."""
        revision = self._approved()
        for user in (self.author, self.head, self.mr, self.president, self.vp, self.auditor):
            self.assertFalse(self._as(revision, user).can_publish)
            with self.assertRaises(AccessError):
                self._as(revision, user).action_publish()
        self.assertTrue(self._as(revision, self.controller).can_publish)
        office = self._as(revision, self.office)
        self.assertTrue(office.can_publish)
        office.action_publish()
        self.assertEqual(office.state, "valid")
        self.assertEqual(office.published_by_id, self.office)
        self.assertEqual(office.document_id.publication_date, self.company._itsms_today())

    def test_controller_of_another_company(self):
        """DOC-3.3: the document controller of another company publishes nothing here."""
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._person("stranger", company=other)
        self._assign("document_controller", stranger, company=other)
        revision = self._approved()
        with self.assertRaises(AccessError):
            self._as(revision, stranger).action_publish()

    def test_publication_happens_once(self):
        """DOC-4.2 COM-7: a second publication is refused with the reason."""
        revision = self._approved()
        self._as(revision, self.controller).action_publish()
        published = self._as(revision, self.author).published_at
        with self.assertRaisesRegex(UserError, "In force"):
            self._as(revision, self.office).action_publish()
        self.assertEqual(self._as(revision, self.author).published_at, published)

    def test_changed_behind_the_approval(self):
        """DOC-4.2 COM-7: what was changed behind the approval is not published."""
        revision = self._approved()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_document_revision SET body = '<p>Other</p>' WHERE id = %s", [revision.id]
        )
        with self.assertRaisesRegex(UserError, "COM-7"):
            self._as(revision, self.controller).action_publish()

    # ------------------------------------------------------------ exactly one
    def test_exactly_one_revision_is_in_force(self):
        """COM-7: publication supersedes the older revision; the database knows it too."""
        document = self._published()
        old = document.current_revision_id
        new = self._approve(self._new_revision(document))
        self.assertEqual(self._states(document), ["approved", "valid"])
        self._as(new, self.controller).action_publish()
        self.assertEqual(self._states(document), ["superseded", "valid"])
        self.assertEqual(self._as(document, self.reader).current_revision_id.id, new.id)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            guard.as_engine(old.sudo()).write({"state": "valid"})
            self.env.flush_all()

    def test_superseding_and_publishing_are_one_act(self):
        """COM-7: where publication fails in the middle, nothing has changed, nothing is logged."""
        document = self._published()
        old, new = document.current_revision_id, self._approve(self._new_revision(document))
        lines = len(self._log_of(old)) + len(self._log_of(new))

        def fail(*args):
            raise RuntimeError("power cut")

        with (
            patch.object(type(document), "_publish", fail),
            self.assertRaises(RuntimeError),
            self.env.cr.savepoint(),
        ):
            self._as(new, self.controller).action_publish()
        self.env.invalidate_all()
        self.assertEqual((old.state, new.state), ("valid", "approved"))
        self.assertEqual(document.current_revision_id, old)
        self.assertFalse(new.published_at)
        self.assertEqual(len(self._log_of(old)) + len(self._log_of(new)), lines)

    def test_superseded_revision_stays_readable_and_marked(self):
        """COM-7: the previous revision stays readable and says that it is superseded."""
        document = self._published()
        old = document.current_revision_id
        self._as(self._approve(self._new_revision(document)), self.controller).action_publish()
        seen = self._as(old, self.reader)
        self.assertIn("Content", seen.body)
        self.assertEqual(seen.state, "superseded")
        self.assertIn("Superseded", seen.display_name)
        self.assertNotIn("(", self._as(document.current_revision_id, self.reader).display_name)

    def test_readers_open_the_valid_revision(self):
        """COM-7 DOC-1: list, form and search give the content in force, never the draft."""
        document = self._published()
        draft = self._new_revision(document)
        draft.body = "<p>Unfinished</p>"
        seen = self._as(document, self.reader)
        self.assertIn("Content", seen.current_body)
        self.assertNotIn("Unfinished", seen.current_body)
        self.assertEqual(seen.revision_status, "A/0")
        found = seen.env["itsms.document"].name_search("LH-ITSMS-CX-001")
        self.assertEqual([res_id for res_id, _name in found], document.ids)
        with self.assertRaises(AccessError):
            self._as(draft, self.reader).write({"body": "<p>x</p>"})

    # ------------------------------------------------------------ one in work, ways out
    def test_one_revision_in_work_at_a_time(self):
        """COM-7: a second draft is refused by the wizard and by the database."""
        document = self._published()
        self._new_revision(document)
        with self.assertRaisesRegex(UserError, "still in work"):
            self._new_revision(document)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["itsms.document.revision"].with_user(self.author).create(
                {"document_id": document.id, "edition": "B"}
            )

    def test_cancelled_revision_makes_room(self):
        """COM-7: a cancelled change never came about; the next one is A/1 again, A/0 stays."""
        document = self._published()
        draft = self._new_revision(document)
        with self.assertRaisesRegex(UserError, "COM-4"):
            draft.action_transition("cancel")
        draft.action_transition("cancel", "not needed")
        document = self._as(document, self.author)
        self.assertEqual((document.state, document.revision_status), ("in_force", "A/0"))
        again = self._new_revision(document)
        self.assertEqual(again.status, "A/1")
        self.assertEqual(again._change_record().mapped("status"), ["A/0", "A/1"])

    def test_document_whose_only_draft_was_cancelled(self):
        """COM-7 GEN-4: writing begins again with A/0."""
        document = self._document()
        document.revision_ids.action_transition("cancel", "wrong start")
        again = self._new_revision(document)
        self.assertEqual(again.status, "A/0")
        self.assertIn("Content", again.body)

    def test_what_left_draft_is_never_deleted(self):
        """COM-7 DOC-4.1.2.1: a numbered document and a submitted revision stay."""
        revision = self._submitted()
        revision.action_withdraw()
        for user in (self.author, self.office, self.env.user):
            with self.assertRaises(UserError):
                self._as(revision, user).unlink()
            with self.assertRaises(UserError):
                self._as(revision.document_id, user).unlink()
        draft = self._document()
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_obsolete_document(self):
        """DOC-3.3 COM-7: the ITSMS office withdraws a document; nothing of it is in force then."""
        document = self._published()
        with self.assertRaises(AccessError):
            document.action_transition("obsolete", "no longer used")
        self._as(document, self.office).action_transition("obsolete", "no longer used")
        self.assertEqual(self._states(document), ["obsolete"])
        with self.assertRaisesRegex(UserError, "no longer in use"):
            self._new_revision(self._as(document, self.author))

    def test_withdrawal_waits_for_a_running_approval(self):
        """COM-7: a document with a revision in approval is neither withdrawn nor cancelled."""
        document = self._published()
        self._new_revision(document).action_submit()
        with self.assertRaisesRegex(UserError, "Decide on it first"):
            self._as(document, self.office).action_transition("obsolete", "no longer used")

    # ------------------------------------------------------------ many at once
    def test_two_hundred_documents_in_one_call(self):
        """DOC-4.2 DOC-4.1.2.1f: 200 submitted at once: gapless numbers, bounded queries."""
        documents = (
            self.env["itsms.document"]
            .with_user(self.author)
            .create(
                [
                    {
                        "name": f"Procedure {n}",
                        "category_id": self.env.ref(
                            "itsms_documents.itsms_document_category_procedure"
                        ).id,
                        "department_id": self.dep_dev.id,
                        "company_id": self.company.id,
                    }
                    for n in range(200)
                ]
            )
        )
        documents.revision_ids.write({"body": "<p>Content</p>"})
        # as a request from outside arrives: ids, nothing in the cache
        revisions = documents.revision_ids
        revisions = self._as(revisions.browse(revisions.ids), self.author)
        before = self.env.cr.sql_log_count
        revisions.action_submit()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(set(revisions.mapped("state")), {"pending"})
        self.assertEqual(sorted(revisions.document_id.mapped("serial")), list(range(1, 201)))
        self.assertEqual(len(set(revisions.mapped("verify_token"))), 200)
        # 15 + 0.1 per document (design 4), activities apart: those are counted here too
        self.assertLess(queries, 200, "queries grow with the number of documents")
        self._as(revisions, self.mr).action_approve()
        self._as(revisions, self.president).action_approve()
        for document in self._as(documents, self.env.user):
            self._scope(document)
        self._as(revisions, self.controller).action_publish()
        self.assertEqual(set(self._as(documents, self.reader).mapped("state")), {"in_force"})
