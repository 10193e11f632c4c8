from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError

from .common import DocumentCase, tagged

LATER = date(2999, 12, 31)


@tagged("post_install", "-at_install")
class TestObsolescence(DocumentCase):
    """Withdrawal from use, 作废 and 作废保留."""

    def _dialog(self, documents, user=None, **vals):
        """The dialog “Withdraw from use” of ``user`` (default: the ITSMS office)."""
        user = user or self.office
        action = self._as(documents, user).action_obsolete()
        Dialog = self._as(self.env[action["res_model"]], user)
        return Dialog.with_context(**action["context"]).create(
            {"reason": "The service has ended", **vals}
        )

    def test_withdrawal_with_retention(self):
        """DOC-4.7.1 DOC-4.7.2: reason, kept for legal or technical reasons, until when."""
        for retention in ("legal", "technical"):
            document = self._published(name=retention)
            dialog = self._dialog(document, retention=retention, retained_until=LATER)
            dialog.action_confirm()
            self.env.invalidate_all()
            with self.subTest(retention=retention):
                self.assertEqual(document.state, "obsolete")
                self.assertEqual((document.retention, document.retained_until), (retention, LATER))
                self.assertEqual(document.obsolete_reason, "The service has ended")
                self.assertEqual(document.obsolete_by_id, self.office)
                self.assertTrue(document.obsolete_at)
                self.assertEqual(document.current_revision_id.state, "obsolete")
                self.assertTrue(document.current_revision_id.ended_at)
                line = self._log_of(document).filtered(lambda x: x.kind == "archive")
                self.assertIn("作废保留", line.comment)

    def test_not_kept_by_default(self):
        """DOC-4.7.1: called over RPC without the dialog a document is withdrawn and not kept."""
        document = self._published()
        self._as(document, self.office).action_transition("obsolete", "Ended")
        self.env.invalidate_all()
        self.assertEqual((document.retention, document.obsolete_reason), ("none", "Ended"))
        self.assertFalse(document.retained_until)

    def test_reason_is_required(self):
        """DOC-4.7.1 COM-4: no withdrawal without a reason, whichever way it is asked for."""
        document = self._published()
        with self.assertRaises(UserError):
            self._as(document, self.office).action_transition("obsolete", " ")
        with self.assertRaises(UserError):
            self._dialog(document, reason=" ").action_confirm()

    def test_what_is_kept_has_a_day(self):
        """DOC-4.7.2: kept without a day, or until a past day, is refused; so is nonsense."""
        document = self._published()
        past = self.company._itsms_today() - timedelta(days=1)
        for until in (False, past, self.company._itsms_today()):
            with self.subTest(until=until), self.assertRaisesRegex(UserError, "DOC-4.7.2"):
                self._dialog(document, retention="legal", retained_until=until).action_confirm()
        with self.assertRaisesRegex(UserError, "DOC-4.7.2"):
            self._as(document, self.office)._withdraw("x", "forever", LATER)
        self.env.invalidate_all()
        self.assertEqual(document.state, "in_force")

    def test_only_the_office_withdraws(self):
        """DOC-4.7.1: neither the author nor a reader withdraws, nor by the dialog of another."""
        document = self._published()
        for user in (self.author, self.head, self.reader, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._dialog(document, user).action_confirm()
        dialog = self._dialog(document)
        with self.assertRaises(AccessError):
            self._as(dialog, self.author).action_confirm()
        self.assertEqual(document.state, "in_force")

    def test_context_of_a_client_keeps_nothing(self):
        """DOC-4.7.2: a retention sent in the context, or written, has no effect."""
        document = self._published()
        forged = {"retention": "legal", "retained_until": "2999-12-31"}
        office = self._as(document, self.office).with_context(
            itsms_withdrawal=forged, default_retention="legal"
        )
        with self.assertRaises(AccessError):
            office.write({"retention": "legal", "retained_until": LATER})
        office.action_transition("obsolete", "Ended")
        self.env.invalidate_all()
        self.assertEqual(document.retention, "none")
        with self.assertRaises(AccessError):
            self._document(name="Forged", retention="legal", retained_until=LATER)

    def test_many_at_once_all_or_none(self):
        """DOC-4.7.1: a hundred documents are withdrawn in one go; one that cannot stops all."""
        documents = self.env["itsms.document"].union(
            *[self._published(name=f"P{n}") for n in range(3)]
        )
        draft = self._document(name="Never released")
        with self.assertRaisesRegex(UserError, "Never released"):
            self._dialog(documents | draft).action_confirm()
        self.assertEqual(set(documents.mapped("state")), {"in_force"})
        self._dialog(documents, retention="technical", retained_until=LATER).action_confirm()
        self.env.invalidate_all()
        self.assertEqual(set(documents.mapped("state")), {"obsolete"})
        self.assertEqual(set(documents.mapped("retention")), {"technical"})

    def test_retention_may_change_later(self):
        """DOC-4.7.2: what is kept may be kept longer, or no longer; with reason and evidence."""
        document = self._published()
        self._dialog(document, retention="legal", retained_until=LATER).action_confirm()
        self.env.invalidate_all()
        dialog = self._dialog(
            document, retention="none", retained_until=False, reason="Court case over"
        )
        self.assertTrue(dialog.keep_only)
        dialog.action_confirm()
        self.env.invalidate_all()
        self.assertEqual((document.retention, document.retained_until), ("none", False))
        self.assertIn("Court case over", self._log_of(document)[-1].comment)
        with self.assertRaises(AccessError):
            self._as(document, self.author)._keep("legal", LATER, "mine")
        with self.assertRaises(UserError):
            self._as(self._published(name="In use"), self.office)._keep("legal", LATER, "early")

    def test_register_notes_what_is_kept(self):
        """DOC-4.7.2a: the register has a column and a filter for obsolete documents kept."""
        kept, gone = self._published(name="Kept"), self._published(name="Gone")
        self._dialog(kept, retention="legal", retained_until=LATER).action_confirm()
        self._dialog(gone).action_confirm()
        Document = self._as(self.env["itsms.document"], self.reader)
        views = Document.get_views([(False, "list"), (False, "search")])["views"]
        self.assertIn('name="retention"', views["list"]["arch"])
        self.assertIn('name="retained"', views["search"]["arch"])
        found = Document.search([("retention", "!=", "none"), ("company_id", "=", self.company.id)])
        self.assertEqual(found, kept)
        # both stay in the register, whoever looks
        register = self.env.ref("itsms_documents.itsms_document_action_register")
        self.assertFalse(register.domain)

    def test_document_that_serves_as_record(self):
        """DOC-4.7.3: a document that serves as a record is kept; its procedure is one click off."""
        self.env["itsms.document"]._seed_procedures(self.company)
        document = self._published(serves_as_record=True)
        for act in (
            lambda d: self._as(d, self.office).action_transition("obsolete", "Ended"),
            lambda d: self._dialog(d).action_confirm(),
        ):
            with self.assertRaisesRegex(UserError, "DOC-4.7.3"):
                act(document)
        self.assertEqual(self._dialog(document).record_count, 1)
        action = self._as(document, self.reader).action_open_record_procedure()
        procedure = self.env["itsms.document"].browse(action["res_id"])
        self.assertEqual(procedure.with_context(lang="en_US").name, "Record Control Procedure")
        self._dialog(document, retention="legal", retained_until=LATER).action_confirm()
        self.env.invalidate_all()
        self.assertEqual(document.state, "obsolete")

    def test_end_of_validity(self):
        """DOC-1 DOC-4.7.1: a revision knows when it stopped being valid."""
        document = self._published()
        first = document.current_revision_id
        self.assertFalse(first.ended_at)
        with self.assertRaises(AccessError):
            first.write({"ended_at": first.published_at})
        revision = self._new_revision(document)
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        self.env.invalidate_all()
        self.assertTrue(first.ended_at)
        self.assertEqual(first.ended_at, revision.published_at)
        self.assertFalse(revision.ended_at)

    def test_what_is_not_valid_is_marked_on_every_screen(self):
        """DOC-1: ribbon, banner and name mark every revision that is not the valid one."""
        view = self._as(self.env["itsms.document.revision"], self.reader).get_view(view_type="form")
        for text in ("作废", "作废保留", "Not in force", "Cancelled", "Not valid", "Valid is"):
            self.assertIn(text, view["arch"])
        view = self._as(self.env["itsms.document"], self.reader).get_view(view_type="form")
        for text in ("作废", "作废保留", "Not in force", "Not valid any more"):
            self.assertIn(text, view["arch"])
        document = self._published()
        draft = self._new_revision(document)
        self.assertIn("(Draft)", draft.display_name)
        self.assertEqual(draft.valid_revision_id, document.current_revision_id)
        self._as(draft, self.author).action_transition("cancel", "x")
        self._dialog(document).action_confirm()
        self.env.invalidate_all()
        self.assertIn("(Obsolete)", document.current_revision_id.display_name)
        for view_type in ("kanban", "list"):
            arch = self.env["itsms.document.revision"].get_view(view_type=view_type)["arch"]
            self.assertIn('name="state"', arch)

    def test_cover_shows_the_stamp(self):
        """DOC-1 DOC-4.7.1a DOC-4.7.2: the printed cover bears 作废, or 作废保留 when kept."""
        report = self.env["ir.actions.report"]
        name = "itsms_documents.report_document_cover"
        for vals, word in (
            ({}, "作废"),
            ({"retention": "legal", "retained_until": LATER}, "作废保留"),
        ):
            document = self._published(name="Stamped")
            revision = document.current_revision_id
            html = report._render_qweb_html(name, revision.ids)[0].decode()
            self.assertNotIn("作废", html)
            self._dialog(document, **vals).action_confirm()
            self.env.invalidate_all()
            html = report._render_qweb_html(name, revision.ids)[0].decode()
            with self.subTest(word=word):
                self.assertRegex(html, f">{word}<")

    def test_electronic_edition_comes_first(self):
        """DOC-4.3.1: nothing is released that has no electronic edition."""
        document = self._document()
        document.revision_ids.body = False
        with self.assertRaisesRegex(UserError, "a file or a text"):
            document.revision_ids.action_submit()

    def test_office_keeps_the_paper_edition(self):
        """DOC-4.3.1: the office files the revision in force on paper, and replaces it after a
        change; nobody else does, nor twice."""
        document = self._published()
        office = self._as(document, self.controller)
        self.assertTrue(office.paper_due)
        with self.assertRaises(AccessError):
            self._as(document, self.author).action_file_paper()
        office.action_file_paper()
        self.assertEqual(document.paper_revision_id, document.current_revision_id)
        self.assertEqual(document.paper_filed_by_id, self.controller)
        self.assertIn("archive", self._log_of(document).mapped("kind"))
        with self.assertRaises(UserError):
            office.action_file_paper()
        Document = self._as(self.env["itsms.document"], self.office)
        wanted = [("paper_due", "=", True), ("id", "=", document.id)]
        self.assertFalse(Document.search(wanted))
        revision = self._new_revision(document)
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        self.assertTrue(Document.search(wanted))
        self._as(document, self.office).action_file_paper()
        self.assertEqual(document.paper_revision_id, revision)
        with self.assertRaises(AccessError):
            self._as(document, self.office).write({"paper_revision_id": False})

    def test_rules_of_use_are_shown(self):
        """DOC-4.4.2.2 DOC-4.4.2.2a DOC-4.4.2.4b DOC-4.3.1: every holder and reader finds them in
        the form of the document."""
        arch = self._as(self.env["itsms.document"], self.reader).get_view(view_type="form")["arch"]
        for text in (
            "Keep documents in use safe. Do not lend them privately and do not scribble on them",
            "legible, identifiable and easy to find (DOC-4.4.2.2)",
            "by class in a dry, ventilated and safe place (DOC-4.4.2.2a)",
            "the person or the head of the department is held responsible",
            "The electronic edition is the main one, paper comes second",
        ):
            self.assertIn(text, arch)

    def test_control_procedures_are_related(self):
        """DOC-5 REC-5: the two control procedures name each other, seen from both sides."""
        self.env["itsms.document"]._seed_procedures(self.company)
        documents, records = self.env["itsms.document"].search(
            [("company_id", "=", self.company.id), ("serial", "in", (1, 2))], order="serial"
        )
        Link = self._as(self.env["itsms.link"], self.reader)
        link = Link.search(self._as(documents, self.reader)._link_domain())
        self.assertEqual(len(link), 1)
        self.assertEqual(link, Link.search(self._as(records, self.reader)._link_domain()))
        self.env["itsms.document"]._seed_procedures(self.company)
        self.assertEqual(len(Link.search(self._as(documents, self.reader)._link_domain())), 1)
