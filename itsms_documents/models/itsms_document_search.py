import io
import logging
from itertools import islice

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.pdf import PdfReader

_logger = logging.getLogger(__name__)

CONTENT = "itsms.document.revision"
TEXT_BYTES = 5_000_000  # of a text file; what comes after is not searched
PDF_PAGES = 200


class ItsmsDocument(models.Model):
    """Full-text search: in the text and the file of what a person may read (DOC-4.1.1.3f)."""

    _inherit = "itsms.document"

    content = fields.Text(
        store=False,
        compute="_compute_content",
        search="_search_content",
        help="Searches the text and the file of the valid revision; in departments that write the "
        "document, of the revision in work too.",
    )

    def _compute_content(self):
        """Only there to be searched."""
        self.content = False

    def _search_content(self, operator, value):
        """Documents whose content has ``value``: in one statement, without reading ids.

        The valid revision counts for everybody, the one in work for those who may write it. The
        documents themselves are narrowed to what the person may read by every search.
        """
        if operator in ("ilike", "like", "=ilike", "=like", "="):
            words = [value]
        elif operator == "in":
            words = list(value)
        else:
            return NotImplemented
        words = [str(word).strip() for word in words if word and str(word).strip()]
        if not words:
            return Domain.FALSE
        Revision = self.env[CONTENT]
        working = Domain("state", "in", Revision._working_states)
        in_scope = Domain("state", "in", ("valid", "obsolete")) | (
            working & Domain("can_edit", "=", True)
        )
        matching = Domain.OR([Domain("id", "in", self._revisions_with(word)) for word in words])
        # any: with the access rules of revisions
        return Domain("revision_ids", "any", in_scope & matching)

    def _revisions_with(self, word):
        """Subquery for revisions whose text or file holds ``word``."""
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = f"%{escaped}%"
        self.env[CONTENT].flush_model(["body"])
        self.env["ir.attachment"].flush_model(["index_content", "res_model", "res_field", "res_id"])
        return SQL(
            """(
            SELECT r.id FROM itsms_document_revision r
             WHERE regexp_replace(r.body, '<[^>]+>', '', 'g') ILIKE %(pattern)s
             UNION
            SELECT a.res_id FROM ir_attachment a
             WHERE a.res_model = %(model)s AND a.res_field = 'file'
               AND a.index_content ILIKE %(pattern)s)""",
            pattern=pattern,
            model=CONTENT,
        )


class IrAttachment(models.Model):
    """Chinese texts, and PDF files where pdfminer is not installed, can be found too."""

    _inherit = "ir.attachment"

    @api.model
    def _index(self, bin_data, file_type, checksum=None):
        if file_type and file_type.startswith("text/"):
            # Odoo itself keeps the ASCII words of a text only
            for encoding in ("utf-8-sig", "gb18030"):
                try:
                    return bin_data[:TEXT_BYTES].decode(encoding, "strict").replace("\0", "")
                except UnicodeDecodeError:
                    continue
        return super()._index(bin_data, file_type, checksum=checksum)

    def _index_pdf(self, bin_data):
        found = super()._index_pdf(bin_data)
        if found or not bin_data.startswith(b"%PDF-"):
            return found
        try:
            pages = PdfReader(io.BytesIO(bin_data)).pages
            texts = [page.extract_text() or "" for page in islice(pages, PDF_PAGES)]
        except Exception:  # (a damaged file is kept, it is only not searched)
            _logger.info("A PDF file cannot be read for the full-text search", exc_info=True)
            return ""
        return "\n".join(texts).replace("\0", "")
