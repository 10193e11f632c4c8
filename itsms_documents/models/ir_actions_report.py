import io
import logging

from odoo import models
from odoo.tools.pdf import PdfReader, PdfReadError, PdfWriter, merge_pdf

from odoo.addons.itsms_base.models.ir_actions_report import stamp_pages

_logger = logging.getLogger(__name__)

COPY_REPORT = "itsms_documents.report_controlled_copy"


class IrActionsReport(models.Model):
    """A controlled copy of a document that is a PDF contains the PDF itself."""

    _inherit = "ir.actions.report"

    def _itsms_complete(self, report, records, stream):
        stream = super()._itsms_complete(report, records, stream)
        if report.report_name != COPY_REPORT:
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

    # ------------------------------------------------------------ a hundred copies in one go
    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        report = self._get_report(report_ref)
        if report.report_name == COPY_REPORT and len(set(res_ids or ())) > 1:
            one = super()._render_qweb_pdf_prepare_streams
            return self._itsms_copy_streams(report, data, list(dict.fromkeys(res_ids)), one)
        return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)

    def _itsms_copy_streams(self, report, data, res_ids, one):
        """Copies of one revision have the same pages but for the stamp: one run of the renderer
        for all of them, cut into equal parts, instead of one run per copy.

        :param one: renders a single copy, where the pages differ after all.
        """
        copies = self.env[report.model].browse(res_ids)
        streams = {}
        for group in copies.grouped(lambda c: (c.revision_id, c.stamp, c.reissued)).values():
            parts = self._itsms_split_copies(report, data, group) if len(group) > 1 else None
            for index, copy in enumerate(group):
                if parts is None:
                    streams |= one(report, data, [copy.id])
                    continue
                complete = self._itsms_complete(report, copy, parts[index])
                stream = stamp_pages(complete, self._itsms_footer(copy))
                streams[copy.id] = {"stream": stream, "attachment": None}
        return {res_id: streams[res_id] for res_id in res_ids}

    def _itsms_split_copies(self, report, data, copies):
        """A stream per copy from one run, or None where their pages are not alike."""
        plain = self.with_context(debug=False)
        html = plain._render_qweb_html(report, copies.ids, data=data)[0]
        bodies, _ids, header, footer, paper = (
            # sudo: the report is a setting of the module; its values were checked as the user
            report.sudo().with_context(debug=False)._prepare_html(html, report_model=report.model)
        )
        content = plain._run_wkhtmltopdf(
            bodies,
            report_ref=report,
            header=header,
            footer=footer,
            specific_paperformat_args=paper,
        )
        pages = PdfReader(io.BytesIO(content)).pages
        each, rest = divmod(len(pages), len(copies))
        if rest or not each:
            return None
        parts = []
        for index in range(len(copies)):
            writer, part = PdfWriter(), io.BytesIO()
            for page in pages[index * each : (index + 1) * each]:
                writer.add_page(page)
            writer.write(part)
            parts.append(part)
        return parts
