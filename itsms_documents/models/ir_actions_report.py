import io
import logging

from odoo import models
from odoo.tools.pdf import PdfReadError, merge_pdf

_logger = logging.getLogger(__name__)


class IrActionsReport(models.Model):
    """A controlled copy of a document that is a PDF contains the PDF itself."""

    _inherit = "ir.actions.report"

    def _itsms_complete(self, report, records, stream):
        stream = super()._itsms_complete(report, records, stream)
        if report.report_name != "itsms_documents.report_controlled_copy":
            return stream
        revision = records.revision_id
        if not (revision.file_is_pdf and revision.file):
            return stream
        try:
            content = revision.with_context(bin_size=False)._file_content()
            return io.BytesIO(merge_pdf([stream.getvalue(), content]))
        except (PdfReadError, ValueError, NotImplementedError):
            # an encrypted or damaged file is printed apart; the cover names it
            _logger.warning("The PDF of %s cannot be merged into its print", revision.number)
            return stream
