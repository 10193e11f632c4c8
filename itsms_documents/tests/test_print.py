import base64
import io

from PIL import Image
from reportlab.pdfgen import canvas

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import PDF, DocumentCase, scope_in_force, tagged

COVER = "itsms_documents.action_report_document_cover"
STAMPED = "itsms_documents.action_report_controlled_copy"
PAGE = "itsms_documents.action_report_approval_page"


@tagged("post_install", "-at_install")
class TestPrint(DocumentCase):
    """Cover, approval page, controlled copy."""

    def _html(self, report, records, user=None, lang="en_US"):
        records = self._as(records, user or self.reader).with_context(lang=lang)
        Report = records.env["ir.actions.report"]
        return Report._render_qweb_html(report, records.ids)[0].decode()

    def _pdf_text(self, report, records, user=None):
        Report = self._as(records, user or self.reader).env["ir.actions.report"]
        if Report.get_wkhtmltopdf_state() == "install":
            self.skipTest("wkhtmltopdf is not installed")
        Report = Report.with_context(force_report_rendering=True)
        pdf = Report._render_qweb_pdf(report, records.ids)[0]
        self.assertTrue(pdf.startswith(b"%PDF"))
        try:
            from pypdf import PdfReader
        except ImportError:
            from PyPDF2 import PdfReader
        return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]

    def _copy(self, document, user=None, **line):
        """Copy 07 of Sales, prepared from the approved scope, as ``user`` (the controller)."""
        line = {"department_id": self.dep_sales.id, "paper_copies": 1, "number_from": 7, **line}
        vals = {"document_id": document.id, "line_ids": [fields.Command.create(line)]}
        scope_in_force(document.with_env(self.env), vals)
        copy = document.with_env(self.env).copy_ids
        return self._as(copy, user or self.controller)

    # ------------------------------------------------------------ cover
    def test_cover_of_a_revision_in_force(self):
        """GEN-1 COM-24 DOC-4.1.1.2b DOC-4.1.2.2.1a: number, status, signatures, date, code."""
        document = self._published(name="Incident procedure")
        html = self._html(COVER, document.current_revision_id)
        for text in ("Incident procedure", "LH-ITSMS-CX-001-A", "A/0", "Test Company"):
            self.assertIn(text, html)
        for name in ("Author", "Mr", "President"):
            self.assertIn(f">{name}<", html)
        day = document.publication_date.strftime("%m/%d/%Y")
        self.assertGreaterEqual(html.count(day), 4)  # three signatures and the publication
        self.assertIn("data:image/png;base64", html)
        self.assertNotIn("not in force", html)
        self.assertNotIn("受控", html)

    def test_stand_in_is_printed_with_his_mark(self):
        """GEN-1 COM-24: who signed for somebody else shows as 代."""
        colleague = self._person("deputy", self.dep_office)
        today = self.company._itsms_today()
        self.env["itsms.stand.in"].create(
            {
                "principal_id": self.mr.id,
                "substitute_id": colleague.id,
                "company_id": self.company.id,
                "date_from": today,
                "date_to": today,
                "reason": "Leave",
            }
        )
        revision = self._submitted()
        self._as(revision, colleague).action_approve()
        self._as(revision, self.president).action_approve()
        html = self._html(COVER, revision)
        self.assertRegex(html, "代")
        self.assertIn("Deputy", html)

    def test_status_is_prominent_on_screen(self):
        """DOC-4.1.2.2.1a: the revision status is a badge in the title of both forms."""
        for model, name in (
            ("itsms.document", "revision_status"),
            ("itsms.document.revision", "status"),
        ):
            arch = self.env[model].get_view(view_type="form")["arch"]
            title = arch[arch.index("oe_title") : arch.index("oe_title") + 1500]
            self.assertRegex(title, f'badge[^>]*>\\s*<field name="{name}"')

    def test_what_is_not_in_force_is_marked(self):
        """COM-7 DOC-4.1.2.2.1a: drafts and superseded revisions cannot pass for valid ones."""
        document = self._published()
        old = document.current_revision_id
        new = self._new_revision(document)
        html = self._html(COVER, new, self.author)
        self.assertIn("not in force", html)
        self.assertNotIn("作废", html)
        new.action_submit()
        html = self._html(COVER, new)
        self.assertIn("not in force", html)
        self.assertIn("In approval", html)
        self._as(new, self.mr).action_approve()
        self._as(new, self.president).action_approve()
        self._as(new, self.controller).action_publish()
        html = self._html(COVER, old)
        self.assertIn("作废", html)
        self.assertIn("Superseded", html)
        self.assertNotIn("not in force", self._html(COVER, new))

    def test_open_signatures_stay_blank(self):
        """GEN-1 DOC-4.2: a print during the approval shows whose signature is missing."""
        revision = self._submitted()
        self._as(revision, self.mr).action_approve()
        rows = self._as(
            self.env["report.itsms_documents.report_document_cover"], self.reader
        )._signatures(self._as(revision, self.reader))
        self.assertEqual(
            [(row["label"], row["name"]) for row in rows],
            [("Prepare", "Author"), ("Review", "Mr"), ("Approve", False)],
        )

    def test_change_record_is_printed(self):
        """GEN-3: the lines of the change record with all their columns."""
        document = self._published()
        new = self._new_revision(document, change_content="Section 4", change_reason="Audit of May")
        html = self._html(COVER, new, self.author)
        self.assertIn("Document change record", html)
        for text in ("A/0", "Established", "A/1", "Audit of May", "Section 4"):
            self.assertIn(text, html)

    def test_pdf_of_the_cover(self):
        """GEN-1 COM-24: a real PDF, with number, status and page x/y on every page."""
        document = self._published(name="事件管理程序")
        pages = self._pdf_text(COVER, document.current_revision_id)
        for number, text in enumerate(pages, start=1):
            self.assertIn(f"{number}/{len(pages)}", text)
            self.assertIn("LH-ITSMS-CX-001-A", text)
            self.assertIn("A/0", text)

    def test_pdf_of_several_covers(self):
        """COM-24: printed together, each keeps its own number and page count."""
        first = self._published().current_revision_id
        second = self._published().current_revision_id
        pages = self._pdf_text(COVER, first | second)
        half = len(pages) // 2
        self.assertIn("LH-ITSMS-CX-001-A", pages[0])
        self.assertIn(f"1/{half}", pages[half])
        self.assertIn("LH-ITSMS-CX-002-A", pages[half])

    def test_cover_of_a_document_one_may_not_open(self):
        """COM-17 GEN-1: no print of what is closed to the reader."""
        revision = self._published().current_revision_id
        revision.document_id.sudo().secrecy = "secret"
        with self.assertRaises(AccessError):
            self._html(COVER, revision, self.reader)

    # ------------------------------------------------------------ approval page
    def test_approval_page(self):
        """GEN-1: one line per procedure with the six columns of the manual, in order."""
        documents = self.env["itsms.document"].browse()
        for n in (1, 2):
            documents |= self._published(name=f"Procedure number {n}").with_user(self.reader)
        documents |= self._document(name="Unwritten").with_user(self.reader)
        html = self._html(PAGE, documents)
        self.assertIn("Procedure approval page", html)
        for column in (
            "Document name",
            "Document number",
            "Prepare",
            "Review",
            "Approve",
            "Edition / revision",
        ):
            self.assertIn(f">{column}<", html)
        rows = [part.split("</tr>")[0] for part in html.split("<tr>")[1:]]
        first = next(row for row in rows if "Procedure number 1" in row)
        for cell in ("LH-ITSMS-CX-001-A", "Author", "Mr", "President", "A/0"):
            self.assertIn(f">{cell}<", first)
        unwritten = next(row for row in rows if "Unwritten" in row)
        self.assertEqual(unwritten.count("</td>"), 7, "an empty cell keeps its place")
        self.assertLess(html.index("CX-001-A"), html.index("CX-002-A"))

    # ------------------------------------------------------------ controlled copy
    def test_controlled_copy_carries_the_stamp(self):
        """DOC-4.1.1.2a I-16: 受控 with the receiving department and the number of the copy."""
        copy = self._copy(self._published())
        copy.action_print()
        html = self._html(STAMPED, copy, self.controller)
        for text in ("受控", "Distribution department", "Sales", "Number", ">07<"):
            self.assertIn(text, html)
        self.assertNotIn("补发", html)

    def test_controlled_copy_contains_the_pdf_itself(self):
        """DOC-4.1.1.2a COM-24: cover and file in one print, pages counted through."""
        buffer = io.BytesIO()
        drawing = canvas.Canvas(buffer)
        drawing.drawString(100, 700, "Page of the uploaded file")
        drawing.save()
        document = self._document()
        document.revision_ids.write(
            {"file": base64.b64encode(buffer.getvalue()), "file_name": "procedure.pdf"}
        )
        revision = document.revision_ids
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._scope(document)
        self._as(revision, self.controller).action_publish()
        copy = self._copy(revision.document_id)
        copy.action_print()
        pages = self._pdf_text(STAMPED, copy, self.controller)
        self.assertIn("Page of the uploaded file", pages[-1])
        self.assertIn(f"{len(pages)}/{len(pages)}", pages[-1])

    def test_all_copies_in_one_pdf(self):
        """DOC-4.1.1.2a DOC-4.4.1.1: many copies in one print, each with its own number and page
        count."""
        copies = self._copy(self._published(), paper_copies=3)
        copies.action_print()
        pages = self._pdf_text(STAMPED, copies, self.controller)
        each = len(pages) // 3
        for index, number in enumerate(("07", "08", "09")):
            self.assertIn(number, pages[index * each])
            self.assertIn(f"1/{each}", pages[index * each])

    def test_damaged_pdf_does_not_stop_the_print(self):
        """DOC-4.1.1.2a: a file that cannot be merged is printed apart, the cover is printed."""
        document = self._document()
        document.revision_ids.write({"file": PDF, "file_name": "damaged.pdf"})
        revision = document.revision_ids
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._scope(document)
        self._as(revision, self.controller).action_publish()
        copy = self._copy(revision.document_id)
        copy.action_print()
        with mute_logger("odoo.addons.itsms_documents.models.ir_actions_report"):
            pages = self._pdf_text(STAMPED, copy, self.controller)
        self.assertIn("LH-ITSMS-CX-001-A", pages[0])

    def test_controlled_copy_leaves_evidence(self):
        """DOC-4.1.1.2a: who printed which copy for whom."""
        copy = self._copy(self._published())
        copy.action_print()
        line = self._log_of(copy)[-1]
        self.assertEqual((line.kind, line.actor_id), ("issue", self.controller))
        self.assertIn("07", line.comment)
        self.assertIn("Sales", line.comment)

    def test_only_the_controller_stamps(self):
        """DOC-4.1.1.2a: the document controller and the ITSMS office, nobody else."""
        copy = self._copy(self._published())
        lines = len(self._log_of(copy))
        for user in (self.author, self.head, self.mr, self.president, self.reader):
            with self.assertRaisesRegex(AccessError, "DOC-4.1.1.2a"):
                self._as(copy, user).action_print()
        self.assertEqual(len(self._log_of(copy)), lines)
        self._as(copy, self.office).action_print()

    def test_only_the_revision_in_force_is_stamped(self):
        """DOC-4.1.1.2a DOC-4.3.2: no stamp 受控 on a superseded revision, nor on a second paper
        of a copy that somebody signed for."""
        document = self._published()
        self._assign("department_document_administrator", self.reader, self.dep_sales)
        old = self._copy(document)
        old.action_print()
        old.action_issue()
        self._as(old, self.reader).action_sign()
        with self.assertRaisesRegex(UserError, "DOC-4.1.1.2a"):
            self._as(old, self.controller).action_print()
        new = self._new_revision(document)
        new.action_submit()
        self._as(new, self.mr).action_approve()
        self._as(new, self.president).action_approve()
        self.assertFalse(new.with_env(self.env).copy_ids)
        self._as(new, self.controller).action_publish()
        with self.assertRaisesRegex(UserError, "DOC-4.1.1.2a"):
            self._as(old, self.controller).action_print()
        with self.assertRaisesRegex(UserError, "DOC-4.1.1.2a"):
            self._html(STAMPED, old, self.controller)

    def test_stamp_without_evidence_is_refused(self):
        """DOC-4.1.1.2a: a report address typed by hand gives no stamp, nor a forged record."""
        revision = self._published().current_revision_id
        copy = self._copy(revision.document_id)
        with self.assertRaisesRegex(UserError, "DOC-4.1.1.2a"):
            self._html(STAMPED, copy, self.controller)
        copy.action_print()
        with self.assertRaises(AccessError):
            self._html(STAMPED, copy, self.reader)
        for user in (self.reader, self.controller, self.office):
            for context in ({}, {"itsms_engine": True}):
                forged = self._as(copy, user).with_context(**context)
                with self.assertRaises(AccessError):
                    forged.write({"printed_at": "2026-01-01 00:00:00"})
                with self.assertRaises(AccessError):
                    forged.write({"number": 99})
        html = (
            self._as(revision, self.reader)
            .env["ir.actions.report"]
            ._render_qweb_html(
                COVER,
                revision.ids,
                data={"controlled": True, "department": "Sales", "copy_number": "1"},
            )[0]
        )
        self.assertNotIn("受控", html.decode())

    def test_stamp_does_not_change_afterwards(self):
        """DOC-4.1.1.2a: department and number on paper are those of the evidence."""
        copy = self._copy(self._published())
        copy.action_print()
        with self.assertRaisesRegex(AccessError, "COM-2"):
            copy.sudo().number = 99
        with self.assertRaisesRegex(AccessError, "COM-2"):
            copy.sudo().department_id = self.dep_dev

    def test_code_is_a_picture(self):
        """COM-24: the QR code is big enough to be scanned from paper."""
        cover = self.env["report.itsms_documents.report_document_cover"]
        data = cover._qr_code(self._published().current_revision_id._verify_url())
        image = Image.open(io.BytesIO(base64.b64decode(data.split(",", 1)[1])))
        self.assertGreaterEqual(image.size[0], 150)
        self.assertEqual(image.size[0], image.size[1])
