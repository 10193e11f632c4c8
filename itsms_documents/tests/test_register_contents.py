import io

from openpyxl import load_workbook

from .common import tagged
from .copy_common import CopyCase
from .form_common import FormCase
from .record_common import RecordCase


class Sheets:
    """Reads the parts of a register as lists of dicts by column."""

    def _lines(self, code, user=None, part=0):
        register = self.env["itsms.register"].search([("code", "=", code)])
        self.register = self._as(register, user or self.office)
        _name, content = self.register._export("xlsx")
        sheet = load_workbook(io.BytesIO(content)).worksheets[part]
        rows = list(sheet.iter_rows(min_row=3, values_only=True))
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]

    def _print(self, code):
        """The print of a register; a PDF that can be read."""
        register = self.env["itsms.register"].search([("code", "=", code)])
        _name, content = self._as(register, self.office)._export("pdf")
        return content


@tagged("post_install", "-at_install")
class TestRecordLists(Sheets, FormCase):
    """记录清单, 记录表格清单."""

    def test_record_list_names_the_forms_under_control(self):
        """REC-4.4.3 REC-4.1.4 REC-4.7: forms in force with keeping department and retention."""
        form = self._valid_form(name="Incident report", retention_years=5)
        self._form(name="Not yet in force")
        lines = {line["Name"]: line for line in self._lines("record.list")}
        self.assertEqual(lines["Incident report"]["Number"], form.number)
        self.assertEqual(lines["Incident report"]["Retention: years"], 5)
        self.assertEqual(lines["Incident report"]["Responsible department"], "Development")
        self.assertNotIn("Not yet in force", lines)
        every = {line["Name"] for line in self._lines("record.form.list")}
        self.assertIn("Not yet in force", every)

    def test_number_of_the_form_on_the_print(self):
        """COM-24 DOC-6: once the form of a register is in force, its number stands on it."""
        self.assertFalse(self._lines("document.external") and self.register._form_number())
        form = self._valid_form(
            name="External document list", user=self.office, code="document.external"
        )
        self._lines("document.external")
        self.assertEqual(self.register._form_number(), form.number)
        self.assertIn(("Form", form.number), self.register._heading())


@tagged("post_install", "-at_install")
class TestRecordParts(Sheets, RecordCase):
    """The records in the registers."""

    def test_filed_records(self):
        """REC-4.4.2 REC-4.4.3 REC-4.7 REC-6: every filed record with department and retention."""
        record = self._filed(name="Outage of May", retention_number=4)
        self._record(name="Draft")
        for code in ("record.list", "document.record.list"):
            lines = self._lines(code, part=1)
            line = next(line for line in lines if record.file_name in line.values())
            self.assertIn("4", str(line["Retention"]))
            self.assertEqual(line["State"], "Filed")
            self.assertEqual({line["State"] for line in lines}, {"Filed"})

    def test_secret_records_in_the_asset_list(self):
        """DOC-4.1.1.3e DOC-4.1.1.3f: records too, for who is cleared."""
        record = self._filed(name="Salaries")
        record.sudo().secrecy = "secret"
        found = self._lines("asset.identification", self.head, part=1)
        self.assertIn("Salaries", str(found))
        for user in (self.reader, self.office):
            found = self._lines("asset.identification", user, part=1)
            self.assertNotIn("Salaries", str(found))
        self.assertIn("secret", self._log_of(self.register)[0].comment)


@tagged("post_install", "-at_install")
class TestCopyLists(Sheets, CopyCase):
    """文件发放范围清单, 文件发放（回收）记录, recall list."""

    def test_distribution_and_recall(self):
        """DOC-4.4.1.1 DOC-4.4.1.2 DOC-4.7.1b DOC-6: scope, copies with signature, recalls."""
        copy = self._held(name="Escalation")
        document = copy.document_id
        scopes = [x for x in self._lines("document.distribution") if x["Title"] == "Escalation"]
        self.assertEqual({line["Department"] for line in scopes}, {"Development", "Sales"})
        lines = [x for x in self._lines("document.copy") if x["Title"] == "Escalation"]
        self.assertEqual(len(lines), 3)
        signed = [line for line in lines if line["Signed for on"]]
        self.assertEqual(len(signed), 1)
        self.assertFalse(self._lines("document.recall"))
        self._publish_next(document)
        recalled = self._lines("document.recall")
        self.assertTrue(recalled)
        self.assertEqual({line["Title"] for line in recalled}, {"Escalation"})

    def test_secret_copies_are_in_no_list(self):
        """DOC-4.1.1.3f: copies, scopes and readings of a secret document are as secret as it."""
        copy = self._held(name="Numbat")
        copy.sudo().document_id.secrecy = "secret"
        for code in ("document.copy", "document.distribution", "document.coverage"):
            with self.subTest(code=code):
                self.assertNotIn("Numbat", str(self._lines(code, self.office)))
        self.assertIn("Numbat", str(self._lines("document.copy", self.head)))
        self.assertTrue(self._log_of(self.register), "with evidence")

    def test_prints(self):
        """DOC-6 REC-6: every list can be printed, the long ones too."""
        self._held(name="服务管理 " + "名" * 120)
        for register in self.env["itsms.register"].search([]):
            with self.subTest(register=register.code):
                self.assertEqual(self._print(register.code)[:5], b"%PDF-")
