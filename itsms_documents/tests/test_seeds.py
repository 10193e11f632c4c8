from datetime import date

from odoo.exceptions import AccessError

from odoo.addons.itsms_documents.models.itsms_document_seed import PROCEDURES

from .common import DocumentCase, tagged

ORDER = [
    "文件和资料控制程序",
    "记录控制程序",
    "培训控制程序",
    "内部审核控制程序",
    "管理评审控制程序",
    "新服务或变更服务控制程序",
    "服务级别管理程序",
    "服务报告管理程序",
    "持续性管理程序",
    "可用性管理程序",
    "服务预算及核算管理程序",
    "顾客满意度测量控制程序",
    "能力管理程序",
    "信息安全管理程序",
    "供应商管理程序",
    "业务关系管理程序",
    "事件和服务请求管理程序",
    "问题管理程序",
    "纠正措施和预防措施控制程序",
    "配置管理程序",
    "变更管理程序",
    "发布和部署管理程序",
]


@tagged("post_install", "-at_install")
class TestSeeds(DocumentCase):
    """The 22 procedures of the manual as first documents of a company."""

    def _seed(self, company=None):
        return self.env["itsms.document"]._seed_procedures(company or self.company)

    def test_22_procedures_in_order(self):
        """GEN-2: 22 procedures, numbers 001 to 022 in the order of the approval page, all A/0."""
        documents = self._seed()
        self.assertEqual(len(documents), 22)
        self.assertEqual(
            documents.mapped("number"), [f"LH-ITSMS-CX-{n:03d}-A" for n in range(1, 23)]
        )
        self.assertEqual(documents.mapped("name"), [title for title, _zh in PROCEDURES])
        self.assertEqual(set(documents.mapped("revision_status")), {"A/0"})
        self.assertEqual(set(documents.mapped("kind")), {"procedure"})
        self.assertEqual(set(documents.mapped("state")), {"draft"})
        self.assertFalse(any(documents.mapped("reviewed_by") + documents.mapped("approved_by")))
        self.assertFalse(documents.revision_ids.prepared_by_id, "the preparer is blank")

    def test_first_change_record_line(self):
        """GEN-2 GEN-4: the first line says A/0, established, 2015-09-28."""
        for revision in self._seed().revision_ids:
            self.assertEqual(
                (revision.status, revision.change_reason, revision.change_date),
                ("A/0", "Established", date(2015, 9, 28)),
            )

    def test_chinese_titles(self):
        """GEN-2: Chinese titles where Chinese is installed; the second name finds it [I-10]."""
        self.env["res.lang"]._activate_lang("zh_CN")
        documents = self._seed()
        self.assertEqual(documents.with_context(lang="zh_CN").mapped("name"), ORDER)
        self.assertEqual(documents.mapped("name"), [title for title, _zh in PROCEDURES])
        found = self._as(self.env["itsms.document"], self.reader).name_search(
            "新服务或变更服务管理程序"
        )
        self.assertEqual([res_id for res_id, _name in found], documents[5].ids)

    def test_chinese_switched_on_later(self):
        """GEN-2: titles are translated when Chinese comes later; own translations stay."""
        lang = self.env.ref("base.lang_zh_CN").sudo()
        lang.active = False
        documents = self._seed()
        documents[1].name = "Our own title"
        lang.active = True
        chinese = documents.with_context(lang="zh_CN")
        self.assertEqual(chinese[0].name, ORDER[0])
        self.assertEqual(chinese[1].name, "Our own title")
        chinese[0].name = "文件控制"
        lang.write({"active": True})
        self.assertEqual(chinese[0].name, "文件控制")

    def test_repeatable(self):
        """GEN-2: running it again adds only what is lacking and touches nothing."""
        documents = self._seed()
        self.assertFalse(self._seed())
        documents[0].name = "Renamed"
        self._as(documents[1], self.office).action_change_serial(101)
        self.assertFalse(self._seed())
        self.assertEqual(documents[0].name, "Renamed")

    def test_numbers_go_on_after_the_seeds(self):
        """GEN-2 DOC-4.1.2.1f: the next procedure is 023."""
        self._seed()
        document = self._document()
        document.revision_ids.action_submit()
        self.assertEqual(document.number, "LH-ITSMS-CX-023-A")

    def test_second_company(self):
        """GEN-2: a second company, without any department yet, gets its own 22 procedures."""
        self._seed()
        other = self.env["res.company"].create({"name": "Second", "itsms_code": "ZW"})
        documents = self._seed(other)
        self.assertEqual(len(documents), 22)
        self.assertEqual(documents.company_id, other)
        self.assertEqual(documents[0].number, "ZW-ITSMS-CX-001-A")
        self.assertEqual(documents[21].number, "ZW-ITSMS-CX-022-A")
        self.assertEqual(documents.department_id, other.itsms_office_department_id)

    def test_renumber_before_the_first_release_only(self):
        """GEN-2: a company that numbers otherwise changes serials until the first release."""
        documents = self._seed()
        document = self._as(documents[4], self.office)
        document.action_change_serial(105)
        self.assertEqual(document.number, "LH-ITSMS-CX-105-A")
        self.assertEqual(document.revision_ids.status, "A/0")
        with self.assertRaises(AccessError):
            self._as(documents[5], self.author).action_change_serial(106)
        revision = self._as(documents[6].revision_ids, self.office)
        revision.body = "<p>Content</p>"
        revision.prepared_by_id = self.author
        revision.action_submit()
        with self.assertRaisesRegex(Exception, "before the first release"):
            self._as(documents[6], self.office).action_change_serial(107)

    def test_settings_button(self):
        """GEN-2: the button in the settings adds them for the current company, for managers."""
        Settings = self._as(self.env["res.config.settings"], self.manager)
        with self.assertRaises(AccessError):
            self._as(self.env["res.config.settings"], self.office).action_itsms_seed_procedures()
        Settings.action_itsms_seed_procedures()
        count = self.env["itsms.document"].search_count([("company_id", "=", self.company.id)])
        self.assertEqual(count, 22)

    def test_seeded_procedure_is_released_like_any_other(self):
        """GEN-2 DOC-3.1: a seeded draft keeps its number through its chain."""
        document = self._as(self._seed()[0], self.office)
        revision = document.revision_ids
        revision.body = "<p>Content</p>"
        self.assertEqual(revision.prepared_by_id, self.office, "who begins to write it")
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._scope(document)
        self._as(revision, self.controller).action_publish()
        seen = self._as(document, self.reader)
        self.assertEqual((seen.number, seen.state), ("LH-ITSMS-CX-001-A", "in_force"))

    def test_whoever_adds_the_procedures_has_written_nothing(self):
        """GEN-2 COM-8: the administrator who presses the button may still decide on them."""
        documents = (
            self.env["itsms.document"].with_user(self.manager)._seed_procedures(self.company)
        )
        self.assertFalse(documents.sudo().revision_ids.approval_editor_ids)
        self.assertFalse(documents.sudo().revision_ids.prepared_by_id)
