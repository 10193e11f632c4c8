"""Documents that are a file, for the tests of downloading, uploading and reading on screen."""

import base64
import io

from reportlab.pdfgen import canvas

from odoo.tools.pdf import PdfReader

from .common import DocumentCase


def pdf(*texts):
    """A real PDF with one page per text."""
    buffer = io.BytesIO()
    drawing = canvas.Canvas(buffer)
    for text in texts or ("Text of the procedure",):
        drawing.drawString(80, 400, text)
        drawing.showPage()
    drawing.save()
    return buffer.getvalue()


def page_texts(content):
    """Text of each page; Chinese fonts leave zero bytes between the letters."""
    reader = PdfReader(io.BytesIO(content))
    return [page.extract_text().replace("\0", "") for page in reader.pages]


class FileCase(DocumentCase):
    """Documents in force that are a file."""

    content = pdf()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # exporting lists is no permission to download
        everybody = cls.env.ref("base.group_user")
        everybody.implied_ids |= cls.env.ref("base.group_allow_export")

    def _with_file(self, content=None, name="procedure.pdf", **vals):
        """A document in force whose valid revision is a file."""
        document = self._document(**vals)
        revision = document.revision_ids
        revision.write({"file": base64.b64encode(content or self.content), "file_name": name})
        revision.action_submit()
        self._scope(document)
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        return document.sudo()

    def _permit(self, user=None, document=None, **vals):
        vals = {
            "user_id": user and user.id,
            "document_id": document and document.id,
            "reason": "Work on site",
            "company_id": self.company.id,
            **vals,
        }
        permission = self._as(self.env["itsms.document.permission"], self.office).create(vals)
        permission.action_grant()
        return permission

    def _gets(self, document, user):
        """Whether ``user`` gets the file over the ways of reading a field."""
        revision = self._as(document.sudo().current_revision_id, user)
        read = revision.read(["file"])[0]["file"]
        exported = revision.export_data(["file"])["datas"][0][0]
        related = self._as(document, user).sudo(False).read(["current_file"])[0]["current_file"]
        answers = {bool(read), bool(exported), bool(related)}
        self.assertEqual(len(answers), 1, (read, exported, related))
        return answers.pop()
