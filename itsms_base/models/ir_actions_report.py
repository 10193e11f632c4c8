import io

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from odoo import fields, models
from odoo.tools.pdf import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    PdfReader,
    PdfWriter,
    generic,
)


class IrActionsReport(models.Model):
    """Printed forms carry code, revision status and “page x/y” on every page (COM-24).

    The page numbers of wkhtmltopdf need a patched build that most systems lack; a line drawn
    over the finished PDF does not.
    """

    _inherit = "ir.actions.report"

    is_itsms_form = fields.Boolean(
        string="ITSMS form", help="Print number, revision status and page x/y on every page."
    )

    is_itsms_list = fields.Boolean(
        string="ITSMS list", help="One form over all records, not a form for each of them."
    )

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        report = self._get_report(report_ref)
        wanted = dict.fromkeys(res_ids or ())
        own_pages = (
            report.is_itsms_form
            and not report.is_itsms_list
            and hasattr(self.env[report.model], "_form_footer")
        )
        if own_pages and len(wanted) > 1:
            streams = {}
            for res_id in wanted:
                streams |= self._render_qweb_pdf_prepare_streams(report_ref, data, [res_id])
            return streams
        streams = super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        if report.is_itsms_form and report.model in self.env:
            for res_id, entry in streams.items():
                ids = [res_id] if res_id else (res_ids or [])
                records = self.env[report.model].browse(ids)
                if entry.get("stream"):
                    complete = self._itsms_complete(report, records, entry["stream"])
                    entry["stream"] = stamp_pages(complete, report._itsms_footer(records))
        return streams

    def _itsms_print(self, html, report_ref, margin_top=None):
        """PDF (bytes) of HTML that brings its own head, on the paper of a report.

        :param report_ref: external id of the report whose paper format is used.
        :param margin_top: another top margin, in mm.
        """
        report = self.env.ref(report_ref).sudo()  # sudo: the margins of a print are no secret
        specific = {} if margin_top is None else {"data-report-margin-top": margin_top}
        landscape = report.paperformat_id.orientation == "Landscape"
        return report._run_wkhtmltopdf(
            [str(html)],
            report_ref=report,
            landscape=landscape,
            specific_paperformat_args=specific,
        )

    def _itsms_complete(self, report, records, stream):
        """Hook: add pages to a printed form before its pages are counted."""
        return stream

    def _itsms_footer(self, records):
        """What stands at the foot of each page; lists of records carry no number of their own."""
        listed = self.is_itsms_list
        if len(records) == 1 and hasattr(records, "_form_footer") and not listed:
            return records._form_footer()
        company = records.company_id if "company_id" in records._fields else self.env.company
        code = company.itsms_code if len(company) == 1 else ""
        return "  ".join(filter(None, [code, self.name]))


def stamp_pages(stream, text):
    """A new stream in which every page carries ``text`` and “page x/y” at its foot."""
    stream.seek(0)
    reader, writer = PdfReader(stream), PdfWriter()
    total = len(reader.pages)
    for index, page in enumerate(reader.pages, start=1):
        width = float(page.mediabox.width) or A4[0]
        page.merge_page(_footer_page(width, text, f"{index}/{total}"))
        writer.add_page(page)
    result = io.BytesIO()
    writer.write(result)
    result.seek(0)
    return result


def overlay_heads(parts, height, footer):
    """One PDF (bytes) of several parts: over each page its part's head, at its foot “page x/y”.

    :param parts: list of pairs (PDF of the head, PDF of the body), both bytes.
    :param height: height of the head in mm; what is below is not drawn.
    """
    writer, pages = PdfWriter(), []
    for head, body in parts:
        drawing = _as_drawing(writer, PdfReader(io.BytesIO(head)).pages[0], height * mm)
        for page in PdfReader(io.BytesIO(body)).pages:
            writer.add_page(page)
            pages.append((writer.pages[-1], drawing))
    for index, (page, drawing) in enumerate(pages, start=1):
        width = float(page.mediabox.width) or A4[1]
        foot = _as_drawing(writer, _footer_page(width, footer, f"{index}/{len(pages)}"))
        _draw_over(writer, page, {f"Head{index}": drawing, f"Foot{index}": foot})
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def _as_drawing(writer, page, height=None):
    """A page as a drawing that others can refer to: stored once, however often it is used.

    :param height: only so much of the page is drawn, from above.
    """
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    if height:
        bottom = top - height
    content = page.get_contents()
    streams = content if isinstance(content, ArrayObject) else filter(None, [content])
    drawing = DecodedStreamObject()
    drawing.set_data(b"\n".join(stream.get_object().get_data() for stream in streams))
    drawing = drawing.flate_encode()
    drawing.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject(map(generic.FloatObject, (left, bottom, right, top))),
            NameObject("/Resources"): page["/Resources"].get_object(),
        }
    )
    return writer._add_object(drawing)


def _draw_over(writer, page, drawings):
    """Draw ``drawings`` (by name) over a page of ``writer``; what stands on it stays untouched.

    Pages may share their resources, so a name is used once in the whole file.
    """
    resources = page["/Resources"].get_object()
    shapes = resources.setdefault(NameObject("/XObject"), DictionaryObject()).get_object()
    calls = []
    for name, drawing in drawings.items():
        shapes[NameObject(f"/Itsms{name}")] = drawing
        calls.append(f"q /Itsms{name} Do Q")
    before, after = DecodedStreamObject(), DecodedStreamObject()
    before.set_data(b"q\n")
    after.set_data(("\nQ\n" + "\n".join(calls)).encode())
    old = page["/Contents"].get_object()
    streams = list(old) if isinstance(old, ArrayObject) else [page.raw_get("/Contents")]
    page[NameObject("/Contents")] = ArrayObject(
        [writer._add_object(before), *streams, writer._add_object(after)]
    )


def _footer_page(width, text, pages):
    buffer = io.BytesIO()
    drawing = canvas.Canvas(buffer, pagesize=(width, 60))
    font = "Helvetica"
    if not text.isascii():
        font = "STSong-Light"
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    drawing.setFont(font, 8)
    drawing.drawString(42, 22, text)
    drawing.setFont("Helvetica", 8)  # page numbers are there whatever fonts the reader has
    drawing.drawRightString(width - 42, 22, pages)
    drawing.save()
    buffer.seek(0)
    return PdfReader(buffer).pages[0]
