import logging

from odoo import api, models
from odoo.http import request

from ..report.itsms_document_stamp import picture_as_pdf, stamp_for_screen, text_of_pdf

_logger = logging.getLogger(__name__)

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/bmp")


class ItsmsDocumentViewer(models.Model):
    """Reading on screen without getting the file (DOC-4.4.2.4)."""

    _inherit = "itsms.document.revision"

    def _screen_mark(self, user):
        """What stands on every page: who looked at what, when, and that a print is none."""
        day = self.company_id._itsms_today()
        number = " ".join(filter(None, (self.number, self.status)))
        # sudo: one's own name
        return f"{number}  {user.sudo().name}  {day}  {self._screen_word()}"

    def _screen_file_name(self):
        """Name under which the browser shows the marked pages."""
        return f"{self.number or self.document_name or self.id} {self.status}.pdf".replace("/", "-")

    def _screen_word(self):
        if self.state == "valid":
            return "受控 – 打印件不受控 (controlled on screen only; prints are uncontrolled)"
        return f"{self._state_label()} – 打印件不受控 (prints are uncontrolled)"

    def _on_screen(self, user):
        """What the viewer shows of one revision, for ``user`` whose right was checked.

        :return: ``("pdf", bytes)`` or ``("page", dict)`` for the page with text only.
        """
        self.ensure_one()
        mark = self._screen_mark(user)
        attachment = self._file_attachments()[:1]
        content = attachment.raw or b""
        page = {"mark": mark, "revision": self, "body": False, "text": "", "note": ""}
        if not content:
            return "page", {**page, "body": self.body}
        if attachment.mimetype in _PICTURES:
            try:
                content = picture_as_pdf(content)
            except Exception:  # a damaged picture is no reason to hand it out
                _logger.info("The picture of %s cannot be shown", self.display_name)
        if b"%PDF-" in content[:1024]:
            try:
                return "pdf", stamp_for_screen(content, mark)
            except Exception:  # encrypted or damaged: shown as text, never handed out as it is
                _logger.info("The PDF of %s cannot be marked", self.display_name)
        text = self._indexed_text(attachment, content)
        note = "" if text else self.env._("This file cannot be shown on screen.")
        return "page", {**page, "body": self.body, "text": text, "note": note}

    def _indexed_text(self, attachment, content):
        """Text found in a file of another type by the attachment index."""
        text = attachment.index_content or ""
        if text in ("application", "image", "text"):  # the mere type, where nothing was found
            text = ""
        if not text and b"%PDF-" in content[:1024]:
            text = text_of_pdf(content)
        if not text and (attachment.mimetype or "").startswith("text/"):
            text = content.decode("utf-8", "replace")
        return text


class ItsmsDocumentExternalReader(models.Model):
    """What people outside the company read (DOC-4.1.1.3d)."""

    _inherit = "itsms.document"

    @api.model
    def _portal_company(self):
        """Company whose documents people outside read: that of the website, else that of the
        partner's login (sudo: of one's own login)."""
        website = getattr(request, "website", None) if request else None
        return website.company_id if website else self.env.user.sudo().company_id

    @api.model
    def _portal_domain(self, company):
        """Documents in force that are open to everybody, of the company of the site."""
        return [
            ("state", "=", "in_force"),
            ("secrecy", "=", "public"),
            ("company_id", "=", company.id),
            ("current_revision_id.state", "=", "valid"),
        ]
