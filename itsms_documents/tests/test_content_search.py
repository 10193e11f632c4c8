import base64
import io
import zipfile
from unittest.mock import patch

from reportlab.pdfgen import canvas

from .common import DocumentCase, tagged


def docx(text):
    """The smallest docx with one paragraph."""
    output = io.BytesIO()
    body = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    xmlns = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    with zipfile.ZipFile(output, "w") as packed:
        packed.writestr(
            "word/document.xml", f"<w:document {xmlns}><w:body>{body}</w:body></w:document>"
        )
        packed.writestr("[Content_Types].xml", "<Types/>")
    return output.getvalue()


def pdf(text):
    """A PDF with one line."""
    output = io.BytesIO()
    drawing = canvas.Canvas(output)
    drawing.drawString(100, 700, text)
    drawing.save()
    return output.getvalue()


@tagged("post_install", "-at_install")
class TestContentSearch(DocumentCase):
    """Full-text search within what the reader may see."""

    def _with_file(self, name, content, **vals):
        document = self._document(name=name, **vals)
        document.revision_ids.write(
            {"file": base64.b64encode(content), "file_name": name, "body": False}
        )
        return document

    def _found(self, text, user):
        model = self._as(self.env["itsms.document"], user)
        return model.search([("content", "ilike", text), ("company_id", "=", self.company.id)])

    def test_kinds_of_files(self):
        """DOC-4.1.3: text, Word and PDF files are found by their words, Chinese ones too."""
        txt = self._with_file("a.txt", "应急预案 quokka".encode())
        gbk = self._with_file("b.txt", "恢复演练".encode("gb18030"))
        word = self._with_file("c.docx", docx("变更窗口 wombat"))
        portable = self._with_file("d.pdf", pdf("Numbat restore plan"))
        for text, document in (
            ("应急预案", txt),
            ("QUOKKA", txt),
            ("恢复演练", gbk),
            ("变更窗口", word),
            ("wombat", word),
            ("numbat", portable),
        ):
            with self.subTest(text=text):
                self.assertEqual(self._found(text, self.author), document)
        self.assertFalse(self._found("no such words", self.author))

    def test_pdf_without_pdfminer(self):
        """DOC-4.1.3: PDF files are found without pdfminer too; damaged ones do no harm."""
        Attachment = self.env["ir.attachment"]
        with patch("importlib.util.find_spec", lambda name: None):
            self.assertIn("Numbat", Attachment._index_pdf(pdf("Numbat")))
            self.assertEqual(Attachment._index_pdf(b"%PDF-1.4 damaged"), "")
            self.assertEqual(Attachment._index_pdf(b"no PDF at all"), "")

    def test_text_without_its_marks(self):
        """DOC-4.1.3: the text counts, not the tags around it; wildcards are letters."""
        document = self._document(name="Marked")
        document.revision_ids.body = "<p>call the <b>second</b> level at 50%</p>"
        self.assertIn(document, self._found("the second level", self.author))
        self.assertIn(document, self._found("50%", self.author))
        self.assertFalse(self._found("se_ond", self.author))
        self.assertFalse(self._found("<b>", self.author))
        self.assertFalse(self._found("   ", self.author))

    def test_working_text_for_those_who_write(self):
        """DOC-3.2: a draft is found by those who may write it; in force it is found by all."""
        document = self._document(name="Plan")
        document.revision_ids.body = "<p>bilby</p>"
        self.assertEqual(self._found("bilby", self.author), document)
        self.assertEqual(self._found("bilby", self.office), document)
        self.assertFalse(self._found("bilby", self.reader))
        published = self._published(name="In force")
        draft = self._new_revision(published)
        draft.body = "<p>bandicoot</p>"
        self.assertEqual(self._found("Content", self.reader), published)
        self.assertFalse(self._found("bandicoot", self.reader))
        self.assertEqual(self._found("bandicoot", self.author), published)

    def test_superseded_text_is_not_found(self):
        """DOC-4.3.2: what was replaced is no longer what the document says."""
        document = self._published(name="Old")
        revision = document.current_revision_id
        self.assertIn(document, self._found("Content", self.reader))
        self.env.cr.execute(
            "UPDATE itsms_document_revision SET state = 'superseded' WHERE id = %s", [revision.id]
        )
        self.env.invalidate_all()
        self.assertNotIn(document, self._found("Content", self.reader))

    def test_secret_content_is_not_found(self):
        """DOC-4.1.1.3f: no search, count, group or name look-up tells it without clearance."""
        document = self._published(name="Plain title")
        document.sudo().secrecy = "secret"
        for user in (self.reader, self.author, self.office, self.manager):
            with self.subTest(user=user.login):
                model = self._as(self.env["itsms.document"], user)
                mine = [("id", "=", document.id), ("content", "ilike", "Content")]
                self.assertFalse(model.search(mine))
                self.assertEqual(model.search_count(mine), 0)
                self.assertFalse(model.formatted_read_group(mine, ["state"], ["__count"]))
                self.assertFalse(model.name_search("", mine))
        self.assertIn(document, self._found("Content", self.head))
        # nor by a detour: documents that are *not* found must not tell
        model = self._as(self.env["itsms.document"], self.reader)
        self.assertFalse(
            model.search([("id", "=", document.id), ("content", "not ilike", "no such words")])
        )

    def test_one_statement(self):
        """DOC-4.1.2.2.2: the search is one statement, however many documents match."""
        for n in range(5):
            self._document(name=f"D{n}").revision_ids.body = "<p>bettong</p>"
        self._found("bettong", self.author)
        self.env.flush_all()
        self.env.invalidate_all()
        model = self._as(self.env["itsms.document"], self.author)
        model.search([("state", "=", "draft")])
        before = self.env.cr.sql_log_count
        found = model.search([("content", "ilike", "bettong")])
        self.assertEqual(len(found), 5)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 2)

    def test_search_view(self):
        """DOC-4.1.2.2.2: the search box of the register offers “Content”."""
        arch = self.env["itsms.document"].get_view(view_type="search")["arch"]
        self.assertIn('name="content"', arch)
