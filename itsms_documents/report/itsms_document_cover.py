import base64
import io

import pytz
import qrcode

from odoo import api, models


class ReportItsmsDocumentCover(models.AbstractModel):
    """Values for cover page and approval page of a revision (GEN-1, COM-24)."""

    _name = "report.itsms_documents.report_document_cover"
    _description = "Document Cover"

    @api.model
    def _get_report_values(self, docids, data=None):
        revisions = self.env["itsms.document.revision"].browse(docids)
        revisions.check_access("read")
        return self._cover_values(revisions)

    @api.model
    def _cover_values(self, revisions):
        """Values of the template."""
        return {
            "doc_ids": revisions.ids,
            "doc_model": revisions._name,
            "docs": revisions,
            "qr_code": self._qr_code,
            "signatures": self._signatures,
            "background": self._background,
        }

    @api.model
    def _signatures(self, revision):
        """Rows of the signature block 编制 / 审核 / 批准: what is signed, and what is still open.

        Signatures of a round that was rejected or withdrawn stand under another text; they are
        in the approval history, never on the cover.

        :return: list of dicts ``label``, ``name`` (with 代) and ``date`` (company's day).
        """
        zone = revision.company_id._itsms_timezone()
        counts = revision._signatures_count()
        labels = dict(
            self.env["itsms.approval.step"]._fields["label"]._description_selection(self.env)
        )
        if not counts:
            return [{"label": labels["prepare"], "name": revision.prepared_by, "date": False}]
        rows = [
            {**line, "date": pytz.utc.localize(line["date"]).astimezone(zone).date()}
            for line in revision._approval_signatures()
        ]
        # sudo: whose signature is missing is shown to everybody who may read the document
        missing = revision.sudo().approval_step_ids.filtered(
            lambda s: s.round == revision.approval_round and s.state in ("open", "waiting")
        )
        return rows + [
            {"label": labels[step.label], "name": False, "date": False}
            for step in missing.sorted(lambda s: (s.stage, s.sequence, s.id))
        ]

    @api.model
    def _background(self, revision):
        """A pale mark behind every page of what is not in force, as a CSS background."""
        if revision.state == "valid":
            return ""
        word = revision._void_mark()
        text = f"{word} {revision._state_label()}".strip().replace("&", "&amp;").replace("<", "")
        picture = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="420" height="300">'
            '<text x="210" y="160" text-anchor="middle" transform="rotate(-30 210 150)" '
            'font-family="Noto Sans CJK SC, sans-serif" font-size="44" font-weight="bold" '
            f'fill="#c00000" fill-opacity="0.13">{text}</text></svg>'
        )
        encoded = base64.b64encode(picture.encode()).decode()
        return f"background-image: url(data:image/svg+xml;base64,{encoded});"

    @api.model
    def _qr_code(self, text):
        """``text`` as a PNG data address: prints without asking the server again."""
        image = qrcode.make(text, box_size=6, border=2)
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
