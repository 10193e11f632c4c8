import base64
import io

import qrcode

from odoo import api, models


class ReportItsmsDocumentCover(models.AbstractModel):
    """Values for cover page and approval page of a revision (GEN-1, COM-24)."""

    _name = "report.itsms_documents.report_document_cover"
    _description = "ITSMS Document Cover"

    @api.model
    def _get_report_values(self, docids, data=None):
        data = data or {}
        revisions = self.env["itsms.document.revision"].browse(docids or data.get("ids"))
        revisions.check_access("read")
        return {
            "doc_ids": revisions.ids,
            "doc_model": revisions._name,
            "docs": revisions,
            "controlled": data.get("controlled"),
            "department": data.get("department"),
            "copy_number": data.get("copy_number"),
            "qr_code": self._qr_code,
        }

    @api.model
    def _qr_code(self, text):
        """``text`` as a PNG data address: prints without asking the server again."""
        image = qrcode.make(text, box_size=6, border=2)
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
