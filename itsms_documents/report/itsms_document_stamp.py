"""Marks a PDF for reading on screen: name, day and “uncontrolled when printed” on every page."""

import io

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from odoo.tools.pdf import PdfReader, PdfWriter

FONT = "STSong-Light"


def stamp_for_screen(content, text):
    """``content`` (bytes of a PDF) with ``text`` at head and foot of each page, and across it.

    :raise Exception: whatever the PDF library says about damaged or encrypted files.
    """
    reader, writer = PdfReader(io.BytesIO(content), strict=False), PdfWriter()
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("encrypted")
    for page in reader.pages:
        if page.get("/Rotate"):
            page.transfer_rotation_to_content()
        box = page.cropbox
        left, bottom = float(box.left), float(box.bottom)
        mark = _mark(float(box.width), float(box.height), text, left, bottom)
        page.merge_page(mark, expand=False)
        # nothing in the file acts by itself on the reader's machine
        for name in ("/AA", "/Annots"):
            page.pop(name, None)
        writer.add_page(page)
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def _mark(width, height, text, left, bottom):
    buffer = io.BytesIO()
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    drawing = canvas.Canvas(buffer, pagesize=(left + width, bottom + height))
    drawing.translate(left, bottom)
    size = max(5, min(9, width / 60))
    drawing.setFillColorRGB(0.75, 0, 0)
    drawing.setFont(FONT, size)
    drawing.drawCentredString(width / 2, height - size - 4, text)
    drawing.drawCentredString(width / 2, 6, text)
    drawing.setFillAlpha(0.10)
    drawing.setFont(FONT, max(8, width / 28))
    drawing.translate(width / 2, height / 2)
    drawing.rotate(35)
    drawing.drawCentredString(0, 0, text)
    drawing.save()
    buffer.seek(0)
    return PdfReader(buffer).pages[0]


def picture_as_pdf(content):
    """A picture as a PDF of one page, so that it is stamped like any other."""
    image = ImageReader(io.BytesIO(content))
    width, height = image.getSize()
    scale = min(1, 1200 / max(width, height, 1))
    buffer = io.BytesIO()
    page = (max(width * scale, 200), max(height * scale, 120))
    drawing = canvas.Canvas(buffer, pagesize=page)
    drawing.drawImage(image, 0, 0, width * scale, height * scale, mask="auto")
    drawing.save()
    return buffer.getvalue()


def text_of_pdf(content):
    """Text of a PDF that cannot be stamped, as far as it can be read."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        return "\n\n".join(page.extract_text() or "" for page in reader.pages)
    except Exception:  # whatever the library finds in a damaged file
        return ""
