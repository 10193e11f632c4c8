import io

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen import canvas

from odoo.tests import BaseCase, tagged
from odoo.tools.pdf import PdfReader

from odoo.addons.itsms_base.models.ir_actions_report import stamp_pages


def _pdf(pages, size=A4):
    buffer = io.BytesIO()
    drawing = canvas.Canvas(buffer, pagesize=size)
    for number in range(pages):
        drawing.drawString(100, 500, f"content {number}")
        drawing.showPage()
    drawing.save()
    return buffer


@tagged("post_install", "-at_install")
class TestFooter(BaseCase):
    def _texts(self, stream):
        return [page.extract_text().replace("\0", "") for page in PdfReader(stream).pages]

    def test_page_of_pages_on_every_page(self):
        """COM-24: record code, revision status and page x/y stand on each printed page."""
        texts = self._texts(stamp_pages(_pdf(12), "LH-ITSMS-CX-001-A  A/0"))
        self.assertEqual(len(texts), 12)
        for number, text in enumerate(texts):
            self.assertIn(f"content {number}", text)
            self.assertIn("LH-ITSMS-CX-001-A", text)
            self.assertIn("A/0", text)
            self.assertIn(f"{number + 1}/12", text)

    def test_single_and_landscape(self):
        """COM-24: one page is 1/1; a wide page keeps its size and its number."""
        stamped = stamp_pages(_pdf(1, landscape(A4)), "LH")
        page = PdfReader(stamped).pages[0]
        self.assertAlmostEqual(float(page.mediabox.width), landscape(A4)[0], places=2)
        self.assertIn("1/1", page.extract_text())

    def test_chinese_and_empty_footer(self):
        """COM-24: a Chinese code prints; a record without number still has page x/y."""
        for footer in ("记录表格 ITSR-CX-001-01", ""):
            texts = self._texts(stamp_pages(_pdf(2), footer))
            self.assertIn("2/2", texts[1])
