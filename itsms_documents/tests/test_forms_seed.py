"""The record forms that the manual names, as drafts of a company (DOC-6, REC-6)."""

from odoo.exceptions import AccessError, UserError

from .form_common import FormCase, tagged

# the list of records of the document procedure, in its order
DOC_6 = [
    ("document.list", "服务管理体系文件记录清单"),
    ("document.copy", "文件发放（回收）记录"),
    ("document.loan", "文件借阅、复制记录"),
    ("document.change", "文件更改申请（通知）单"),
    ("document.distribution", "文件发放范围清单"),
    ("document.external", "外来文件清单"),
    ("document.review", "文件评审记录"),
]


@tagged("post_install", "-at_install")
class TestFormsSeed(FormCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.other = cls.env["res.company"].create({"name": "Second", "itsms_code": "ZW"})
        cls.env["itsms.document"]._seed_procedures(cls.other)

    def _seed(self):
        return self.env["itsms.record.form"]._seed_forms(self.other)

    def test_forms_of_both_procedures(self):
        """DOC-6 REC-6 I-12: the seven of the document procedure, and the record list; what both
        procedures name exists once."""
        forms = self._seed().with_context(lang="zh_CN")
        of_doc = forms.filtered(lambda f: f.document_id.serial == 1)
        self.assertEqual(of_doc.mapped(lambda f: (f.code, f.name)), DOC_6)
        of_rec = forms.filtered(lambda f: f.document_id.serial == 2)
        self.assertEqual(of_rec.mapped(lambda f: (f.code, f.name)), [("record.list", "记录清单")])
        self.assertEqual(of_rec.document_id.serial, 2)
        for name in ("服务管理体系文件记录清单", "文件借阅、复制记录"):  # REC-6
            self.assertEqual(len(forms.filtered(lambda f, n=name: f.name == n)), 1)
        self.assertEqual(set(forms.mapped("state")), {"draft"})
        self.assertEqual(set(forms.mapped("number")), {False})
        self.assertTrue(all("<table" in body for body in forms.mapped("body")))

    def test_numbers_in_the_order_of_the_list(self):
        """REC-4.2 I-59: numbers follow the list of records of the procedure, whichever form is
        reviewed first; the company's own forms come after."""
        forms = self._seed()
        forms.department_id = self.env["hr.department"].search(
            [("company_id", "=", self.other.id)], limit=1
        )
        users = {
            code: self._person(code, company=self.other, groups="itsms_base.group_itsms_office")
            for code in ("writer", "control", "boss")
        }
        self._assign("document_controller", users["control"], company=self.other)
        self._assign("management_representative", users["boss"], company=self.other)
        own = self._as(self.env["itsms.record.form"], users["writer"]).create(
            {
                "name": "Our own",
                "document_id": forms[0].document_id.id,
                "department_id": forms[0].department_id.id,
                "company_id": self.other.id,
                "body": "<p>x</p>",
            }
        )
        for form in (own, *forms.sorted("id", reverse=True)):
            self._as(form, users["writer"]).action_submit()
            self._as(form, users["control"]).action_approve()
        numbers = {form.code: form.number for form in forms.sudo()}
        for place, (code, _name) in enumerate(DOC_6, start=1):
            self.assertEqual(numbers[code], f"ITSR-CX-001-{place:02d}")
        self.assertEqual(numbers["record.list"], "ITSR-CX-002-01")
        self.assertEqual(own.sudo().number, "ITSR-CX-001-08")
        copy = forms.sudo().filtered(lambda f: f.code == "document.copy")
        self.assertEqual(
            copy.with_context(lang="zh_CN").template_name,
            "ITSR-CX-001-02-文件发放（回收）记录",
            "the example of the catalogue (REC-4.2e)",
        )

    def test_repeatable(self):
        """DOC-6: running it again adds only what is lacking and touches nothing."""
        forms = self._seed()
        forms[0].name = "Renamed"
        self.assertFalse(self._seed())
        self.assertEqual(forms[0].name, "Renamed")
        place = forms[1].serial
        forms[1].unlink()
        again = self._seed()
        self.assertEqual((again.code, again.serial), ("document.copy", place))

    def test_without_procedures(self):
        """DOC-6: a company without the procedures gets no forms, and no error."""
        third = self.env["res.company"].create({"name": "Third", "itsms_code": "DR"})
        self.assertFalse(self.env["itsms.record.form"]._seed_forms(third))

    def test_button_of_the_office(self):
        """DOC-6 REC-6: the office adds them with a button; who presses it has designed nothing."""
        self.env["itsms.document"]._seed_procedures(self.company)
        Form = self.env["itsms.record.form"]
        for user in (self.author, self.auditor):
            with self.assertRaises(AccessError):
                self._as(Form, user).action_seed_forms()
        self._as(Form, self.office).action_seed_forms()
        forms = Form.search([("company_id", "=", self.company.id), ("code", "!=", False)])
        self.assertEqual(len(forms.filtered(lambda f: f.document_id.serial in (1, 2))), 8)
        self.assertFalse(forms.approval_editor_ids)

    def test_serial_of_a_procedure_moves_its_forms_along(self):
        """REC-4.2b I-59: unnumbered forms follow a procedure that gets another serial."""
        forms = self._seed()
        document = forms[0].document_id
        office = self._person("ofc", company=self.other, groups="itsms_base.group_itsms_office")
        self._as(document, office).action_change_serial(55)
        self.assertEqual(forms[0]._number_scope(), "CX-055")
        counter = self.env["itsms.number.counter"].search([("scope", "=", "CX-055")])
        self.assertEqual(counter.last, 7)

    def test_a_form_moved_to_another_document_loses_its_place(self):
        """I-59: a place in the list of one procedure is none in that of another."""
        form = self._seed()[2]
        second = self.env["itsms.document"].search(
            [("company_id", "=", self.other.id), ("serial", "=", 3)]
        )
        form.document_id = second
        self.assertFalse(form.serial)

    def test_chinese_switched_on_later(self):
        """DOC-6: names are translated when Chinese comes later; own names stay."""
        lang = self.env.ref("base.lang_zh_CN").sudo()
        lang.active = False
        forms = self._seed()
        forms[0].name = "Our own name"
        lang.active = True
        names = forms.with_context(lang="zh_CN").mapped("name")
        self.assertEqual(names[:2], ["Our own name", "文件发放（回收）记录"])

    def test_code_is_set_by_the_office(self):
        """REC-4.2: which form the software files on is not chosen by a department."""
        with self.assertRaises(AccessError):
            self._form(code="document.loan")
        form = self._form()
        with self.assertRaises(AccessError):
            form.write({"code": "document.loan"})
        self._as(form, self.office).write({"code": "test.code"})
        form = self._as(form, self.author)
        form.action_submit()
        with self.assertRaises(UserError):
            self._as(form, self.office).write({"code": "other"})
