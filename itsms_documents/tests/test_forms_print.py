"""What is printed about record forms: list, approval sheet, blank form, issue register."""

import io
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tools.pdf import PdfWriter

from .form_common import FormCase, tagged


def one_page():
    """A PDF of one blank page, in place of the external program."""
    writer, content = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.write(content)
    return content.getvalue()


@tagged("post_install", "-at_install")
class TestFormsPrinted(FormCase):
    def _html(self, report, records, user=None):
        report = f"itsms_documents.action_report_record_form_{report}"
        reports = self._as(self.env["ir.actions.report"], user or self.reader)
        return reports._render_qweb_html(report, records.ids)[0].decode()

    def test_record_form_list(self):
        """REC-4.1.4: the list of forms that goes to the departments, with number and revision."""
        forms = self._valid_form() | self._valid_form(name="Second form")
        text = self._html("list", forms)
        for part in ("Record form list", "ITSR-CX-001-01", "ITSR-CX-001-02", "Second form",
                     "Development", "3 years", "In force"):  # fmt: skip
            self.assertIn(part, text)

    def test_list_is_one_print(self):
        """REC-4.1.4: many forms are one list, not a page for each."""
        report = self.env.ref("itsms_documents.action_report_record_form_list")
        self.assertTrue(report.is_itsms_form and report.is_itsms_list)
        forms = self._form() | self._form(name="Second form")
        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        with patch.object(
            type(reports), "_run_wkhtmltopdf", autospec=True, return_value=one_page()
        ) as run:
            reports._render_qweb_pdf(report.report_name, forms.ids)
        self.assertEqual(run.call_count, 1)

    def test_approval_sheet(self):
        """REC-4.1.2 REC-4.1.3: who prepared, reviewed and approved the form, and when."""
        text = self._html("approval", self._valid_form())
        for part in ("ITSR-CX-001-01", "Author", "Controller", "Mr", "Sales", "R0"):
            self.assertIn(part, text)
        rejected = self._submitted_form(name="Rejected")
        self._as(rejected, self.controller).action_reject("No")
        self.assertNotIn("<td>Author</td>", self._html("approval", rejected))

    def test_blank_form(self):
        """REC-2a REC-4.2e: the blank form bears name and number; one not in force says so."""
        form = self._valid_form()
        text = self._html("blank", form)
        self.assertIn("ITSR-CX-001-01", text)
        self.assertNotIn('class="word"', text)
        report = self.env.ref("itsms_documents.action_report_record_form_blank")
        self.assertEqual(report.print_report_name, "object.template_name")
        self.assertIn('class="word"', self._html("blank", self._form(name="Draft")))

    def test_issue_register(self):
        """REC-4.1.6: the register in print, with counter entries and their reason."""
        form = self._valid_form()
        issue = self._as(self.env["itsms.record.form.issue"], self.author).create(
            {"form_id": form.id, "to_department_id": self.dep_sales.id, "quantity": 20,
             "serial_from": 1, "serial_to": 20}
        )  # fmt: skip
        issue.action_issue()
        issue.action_reverse("Wrong department")
        text = self._html("issue", issue | issue.sudo().reversal_ids)
        for part in ("Issue register", "Sales", "20", "-20", "Wrong department", "Author"):
            self.assertIn(part, text)

    def test_secret_forms_are_not_printed(self):
        """DOC-4.1.1.3: what is closed on the screen is closed in print."""
        form = self._valid_form()
        self._as(form, self.office).write(
            {"secrecy": "secret", "authorised_department_ids": [(6, 0, self.dep_dev.ids)]}
        )
        with self.assertRaises(AccessError):
            self._html("blank", form)
