from datetime import date

from odoo.exceptions import AccessError, UserError

from .common import PDF, DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestChangeRecord(DocumentCase):
    """Change record of a document and the way to its next line."""

    def test_new_document_has_its_first_line(self):
        """GEN-4: every new document begins with A/0, established, today, by its author."""
        document = self._document()
        line = document.revision_ids
        self.assertEqual((line.status, line.change_reason), ("A/0", "Established"))
        self.assertEqual(line.change_date, date.today())
        self.assertEqual(line.prepared_by, "Author")

    def test_line_has_the_columns_of_the_manual(self):
        """GEN-3: status, reason and content, changed by, reviewed by, date."""
        document = self._published()
        new = self._new_revision(document, change_content="Section 4", change_reason="Audit")
        new.action_submit()
        self._as(new, self.mr).action_approve()
        lines = new._change_record()
        self.assertEqual(lines.mapped("status"), ["A/0", "A/1"])
        self.assertEqual((lines[1].change_reason, lines[1].change_content), ("Audit", "Section 4"))
        self.assertEqual((lines[1].prepared_by, lines[1].reviewed_by), ("Author", "Mr"))
        self.assertTrue(lines[1].change_date)
        arch = self.env["itsms.document"].get_view(view_type="form")["arch"]
        for name in ("status", "change_reason", "prepared_by_id", "reviewed_by", "change_date"):
            self.assertIn(f'name="{name}"', arch)

    def test_line_is_needed_for_submission(self):
        """GEN-3 DOC-4.2: without content, reason or author nothing is submitted."""
        for vals, word in (
            ({"body": False}, "a file or a text"),
            ({"body": "<p><br></p>"}, "a file or a text"),
            ({"change_reason": False}, "the reason of the change"),
            ({"prepared_by_id": False}, "the author"),
        ):
            revision = self._as(self._document().revision_ids, self.office)
            revision.write(vals)
            with self.assertRaisesRegex(UserError, word), self.env.cr.savepoint():
                revision.action_submit()
            self.assertEqual(revision.state, "draft")

    def test_later_lines_do_not_show_on_an_older_revision(self):
        """GEN-3: the print of A/0 ends with the line A/0."""
        document = self._published()
        old = document.current_revision_id
        self._new_revision(document)
        self.assertEqual(old._change_record(), old)

    def test_next_revision_copies_text_and_file(self):
        """COM-7: the next revision starts from the content in force, file included."""
        document = self._document()
        document.revision_ids.write({"file": PDF, "file_name": "procedure.pdf"})
        revision = document.revision_ids
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._scope(document)
        self._as(revision, self.controller).action_publish()
        document = self._as(document, self.author)
        # a client that asks for sizes instead of contents must not damage the copy
        change = self._approved_change(document).with_context(bin_size=True)
        self.assertEqual(change.new_status, "A/1")
        new = self.env["itsms.document.revision"].browse(change.action_write_revision()["res_id"])
        new = self._as(new, self.author)
        self.assertEqual(new.file, PDF.encode())
        self.assertEqual(new.file_name, "procedure.pdf")
        self.assertIn("Content", new.body)
        self.assertEqual((new.state, new.prepared_by_id), ("draft", self.author))
        self.assertFalse(new.published_at or new.verify_token or new.number)
        new.file = False
        self.assertTrue(self._as(revision, self.author).file)

    def test_wizard_from_nothing(self):
        """COM-7: or from an empty page."""
        document = self._document()
        document.revision_ids.action_transition("cancel", "wrong start")
        new = self._new_revision(document, copy_content=False)
        self.assertFalse(new.file or (new.body or "").strip())

    def test_wizard_asks_for_the_reason(self):
        """COM-7 GEN-3: a change has a reason."""
        fields = self.env["itsms.document.new.revision"]._fields
        self.assertTrue(fields["change_reason"].required)

    def test_wizard_is_for_those_who_write_the_document(self):
        """COM-7: a reader opens no revision, neither by the wizard nor directly."""
        document = self._published()
        with self.assertRaises(AccessError):
            self._new_revision(document, user=self.reader)
        with self.assertRaises(AccessError):
            self.env["itsms.document.revision"].with_user(self.reader).create(
                {"document_id": document.id, "revision_no": 1}
            )
        own = self._document(user=self.reader, department_id=self.dep_sales.id)
        own.revision_ids.unlink()
        other = self._document(user=self.reader, department_id=self.dep_sales.id)
        with self.assertRaises(AccessError):
            other.revision_ids.document_id = self._as(document, self.reader)
        other.revision_ids.document_id = own

    def test_rejected_revision_returns_with_its_reason_and_without_signatures(self):
        """COM-7 GEN-3: what was returned shows no signature: its text will be another one."""
        revision = self._submitted()
        self._as(revision, self.mr).action_approve()
        self.assertEqual(self._as(revision, self.author).reviewed_by, "Mr")
        self._as(revision, self.president).action_reject("chapter 3 is missing")
        seen = self._as(revision, self.author)
        self.assertEqual(seen.state, "rejected")
        self.assertFalse(seen.reviewed_by or seen.approved_by)
        rows = self.env["report.itsms_documents.report_document_cover"]._signatures(seen)
        self.assertEqual([row["name"] for row in rows], ["Author"])
        seen.body = "<p>Chapter 3</p>"
        seen.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self.assertEqual(self._as(revision, self.author).approved_by, "President")
        rounds = revision.sudo().approval_step_ids.mapped("round")
        self.assertEqual(set(rounds), {1, 2})
