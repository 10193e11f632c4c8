import datetime
import io

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools.pdf import PdfReader

from ..engine import register_layout
from ..models.ir_actions_report import overlay_heads, stamp_pages
from .common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestRegisterEngine(ItsmsCase):
    """Registers of any model: here of the roles and of parameter changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register = cls.env["itsms.register"].create(
            {
                "name": "Roles",
                "code": "test.roles",
                "part_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Roles",
                            "model_id": cls.env["ir.model"]._get_id("itsms.role"),
                            "columns": "code:10, name:20, scope",
                            "order": "code",
                        },
                    ),
                    (
                        0,
                        0,
                        {
                            "name": "Changes",
                            "sequence": 20,
                            "model_id": cls.env["ir.model"]._get_id("itsms.parameter.change"),
                            "columns": "parameter_id.name, value, create_date, create_uid, state",
                        },
                    ),
                ],
            }
        )

    def _book(self, user):
        _name, content = self._as(self.register, user)._export("xlsx")
        return load_workbook(io.BytesIO(content))

    def test_table(self):
        """DOC-6: a sheet per part, labels instead of keys, moments as moments of the reader."""
        self._change(value="3")
        book = self._book(self.office)
        self.assertEqual(book.sheetnames, ["Roles", "Changes"])
        scopes = {cell.value for cell in book.worksheets[0]["C"][3:]}
        self.assertTrue(scopes and scopes.isdisjoint({"company", "department"}))
        self.assertTrue(book.worksheets[1]["C4"].is_date)
        self.assertEqual(book.worksheets[1]["D4"].value, self.office.name)
        self.assertEqual(book.worksheets[1]["E4"].value, "Draft")

    def test_rights(self):
        """COM-17 DOC-6: nobody gets by export what he may not read; others change no register."""
        self.register.part_ids[0].unlink()
        portal = new_test_user(self.env, "itsms.register.portal", "base.group_portal")
        with self.assertRaises(AccessError):
            self._as(self.register, portal)._export("xlsx")
        for user in (self.office, self.reader, self.auditor):
            with self.assertRaises(AccessError):
                self._as(self.register, user).write({"name": "x"})
            with self.assertRaises(AccessError):
                self._as(self.register.part_ids, user).unlink()
        model = self.env["ir.model"]._get("itsms.number.counter")
        self.register.part_ids.write({"model_id": model.id, "columns": "scope, last"})
        with self.assertRaises(UserError):
            self._as(self.register, self.reader).action_xlsx()
        self.assertTrue(self._as(self.register, self.office).action_xlsx())

    def test_cells(self):
        """DOC-6: names of sheets and cells are what a workbook can hold."""
        taken = set()
        names = [register_layout.sheet_name("清单/[a]*" * 9, taken) for _n in range(3)]
        self.assertEqual(len(set(names)), 3)
        for name in names:
            self.assertLessEqual(len(name), 31)
            self.assertFalse(set("[]:*?/\\") & set(name))
        self.assertEqual(register_layout.clean("a\x00b\x1fc\ud800"), "abc")
        moment = datetime.datetime(2026, 3, 1, 16, 30)
        shanghai = register_layout.pytz.timezone("Asia/Shanghai")
        self.assertEqual(
            register_layout.as_text(register_layout.plain(moment, "datetime", {}, shanghai)),
            "2026-03-02 00:30",
        )
        for number, text in (
            (2000.0, "2,000"),
            (0.0, "0"),
            (2.5, "2.5"),
            (98.125, "98.125"),
            (7, "7"),
        ):
            self.assertEqual(register_layout.as_text(number), text)
        self.assertEqual(register_layout.plain("<p>a <b>b</b></p>", "html", {}, None), "a b")

    def test_heads_are_laid_over_pages(self):
        """COM-24: each page has the head of its part; the head is stored once."""
        with self.allow_pdf_render():
            _name, content = self._as(self.register, self.office)._export("pdf")
        pages = PdfReader(io.BytesIO(content)).pages
        self.assertGreaterEqual(len(pages), 2)
        one = stamp_pages(io.BytesIO(content), "").getvalue()
        twice = overlay_heads([(content, content), (content, content)], 30, "清单")
        self.assertEqual(len(PdfReader(io.BytesIO(twice)).pages), 2 * len(pages))
        self.assertLess(len(twice), 4 * len(one) + 50_000)

    def test_evidence(self):
        """COM-3: exports of what is not confidential leave no line in the evidence."""
        self._book(self.office)
        self.assertFalse(self._log_of(self.register))

    def test_configuration_is_cached(self):
        """DOC-6: the client learns at once that a list has got a register."""
        self.assertIn("itsms.role", self.env["itsms.register"]._models())
        self.register.active = False
        self.assertNotIn("itsms.role", self.env["itsms.register"]._models())
