from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError

from odoo.addons.itsms_base.engine import guard

from .itsms_document_seed import PROCEDURES

# Record forms that the two procedures name, in the order of their lists of records [I-59].
# Forms named by both are kept once, with the procedure that names them first [I-12].
# (procedure, code, English, Chinese, layout, headings)
FORMS = [
    (1, "document.list", "ITSMS document and record register", "服务管理体系文件记录清单", "list", [
        ("No.", "序号"), ("Name", "名称"), ("Number", "编号"),
        ("Edition / revision", "版本/修订状态"), ("Department", "责任部门"),
        ("Retention period", "保存期"), ("Remark", "备注"),
    ]),
    (1, "document.copy", "Document distribution (recall) record", "文件发放（回收）记录", "list", [
        ("No.", "序号"), ("Document", "文件名称"), ("Number", "文件编号"),
        ("Distribution number", "发放编号"), ("Receiving department", "接收部门"),
        ("Received by (signature)", "接收人签名"), ("Issued on", "发放日期"),
        ("Returned on", "回收日期"), ("Taken back by", "回收人"), ("Remark", "备注"),
    ]),
    (1, "document.loan", "Document borrowing and copying record", "文件借阅、复制记录", "list", [
        ("No.", "序号"), ("Document or record", "文件（记录）名称"), ("Number", "编号"),
        ("Borrow / copy", "借阅/复制"), ("Purpose", "用途"), ("Borrower", "借阅人"),
        ("Approved by", "批准人"), ("Lent on", "借出日期"), ("Returned on", "归还日期"),
        ("Registered by", "登记人"),
    ]),
    (1, "document.change", "Document change request (notice)", "文件更改申请（通知）单", "sheet", [
        ("Document", "文件名称"), ("Number", "文件编号"), ("Applicant", "申请人"),
        ("Reason for the change", "更改原因"), ("Content of the change", "更改内容"),
        ("Evidence", "证据"), ("Page replacement / mark-up / new edition", "换页/划改/换版"),
        ("Reviewed by", "审核"), ("Approved by", "批准"),
    ]),
    (1, "document.distribution", "Document distribution scope list", "文件发放范围清单", "list", [
        ("No.", "序号"), ("Document", "文件名称"), ("Number", "文件编号"),
        ("Receiving department", "接收部门"), ("Distribution number", "发放编号"),
        ("Electronic / paper", "电子/纸质"), ("Copies", "份数"),
    ]),
    (1, "document.external", "External document list", "外来文件清单", "list", [
        ("No.", "序号"), ("Name", "名称"), ("Original number", "原文件编号"),
        ("Source", "来源"), ("Edition", "版本"), ("Using department", "使用部门"),
        ("Received on", "收到日期"),
    ]),
    (1, "document.review", "Document review record", "文件评审记录", "sheet", [
        ("Document", "文件名称"), ("Number", "文件编号"), ("Date of the review", "评审日期"),
        ("Reviewed by", "评审人"), ("Suitability", "适宜性"),
        ("Still fit / change / withdraw", "适用/更改/作废"), ("Measures", "措施"),
    ]),
    (2, "record.list", "Record list", "记录清单", "list", [
        ("No.", "序号"), ("Record", "记录名称"), ("Form number", "表格编号"),
        ("Keeping department", "保管部门"), ("Medium", "载体"), ("Importance", "重要程度"),
        ("Retention period", "保存期"), ("Remark", "备注"),
    ]),
]  # fmt: skip
BLANK_LINES = 12


class ItsmsRecordForm(models.Model):
    """The forms that the manual names, as first drafts of a company (DOC-6, REC-6)."""

    _inherit = "itsms.record.form"

    @api.model
    def _seed_list(self):
        """Forms to begin with; modules add those of their own procedures.

        :return: list of tuples procedure (1 to 22), code, English name, Chinese name, layout
            (``list`` or ``sheet``), headings as pairs English, Chinese.
        """
        return list(FORMS)

    @api.model
    def _seed_forms(self, company=None):
        """Create the forms that ``company`` lacks: drafts in the order of the lists of records.

        Each gets its place in that order as serial; the number itself is drawn when the review
        is confirmed (REC-4.1.2). May run again at any time; nothing that exists is touched.
        """
        company = company or self.env.company
        # sudo: whether a form exists does not depend on who looks
        existing = self.sudo().search([("company_id", "=", company.id)])
        codes = set(existing.filtered(lambda f: f.state != "cancelled").mapped("code"))
        documents = self._seed_procedures_of(company)
        taken = {(f.document_id.id, f.serial) for f in existing if f.serial}
        places, vals_list, names = {}, [], []
        chinese = (company.partner_id.lang or "").startswith("zh")
        for procedure, code, name, name_zh, layout, headings in self._seed_list():
            places[procedure] = places.get(procedure, 0) + 1
            document = documents.get(procedure)
            if not document or code in codes:
                continue
            serial = places[procedure]
            names.append((name, name_zh, 0 if (document.id, serial) in taken else serial))
            vals_list.append(
                {
                    "name": name,
                    "code": code,
                    "company_id": company.id,
                    "document_id": document.id,
                    "department_id": document.department_id.id,
                    "body": self._seed_body(layout, [pair[chinese] for pair in headings]),
                }
            )
        # as the system itself: whoever presses the button has designed nothing (COM-8)
        system = self.with_user(api.SUPERUSER_ID).with_company(company)
        forms = system.with_context(lang="en_US").create(vals_list)
        for form, (_name, _zh, serial) in zip(forms, names, strict=True):
            guard.as_engine(form).serial = serial
        scheme = self._number_scheme()
        for document in forms.document_id:
            # forms of the company's own come after those of the list
            own = forms.filtered(lambda f, d=document: f.document_id == d)
            scheme._reserve(company, max(own.mapped("serial")), own[0]._number_scope())
        if self.env["res.lang"].search_count([("code", "=", "zh_CN")]):
            forms._seed_chinese_names()
        return forms.with_env(self.env)

    @api.model
    def _seed_procedures_of(self, company):
        """Procedures of the manual in ``company`` by their place 1 to 22, where it has them."""
        # sudo: the procedures of a company, whoever looks
        documents = self.env["itsms.document"].sudo().with_context(lang="en_US").search(
            [("company_id", "=", company.id), ("kind", "=", "procedure"),
             ("state", "in", ("draft", "in_force"))]
        )  # fmt: skip
        by_name = {document.name: document for document in documents}
        by_serial = {document.serial: document for document in documents}
        found = {}
        for place, (name, _chinese) in enumerate(PROCEDURES, start=1):
            document = by_name.get(name) or by_serial.get(place)
            if document and document.serial:
                found[place] = document
        return found

    @api.model
    def _seed_body(self, layout, headings):
        """The blank form: a table with headings, to be adapted by the department."""
        if layout == "sheet":
            rows = Markup().join(
                Markup("<tr><th style='width: 30%%'>%s</th><td><br/></td></tr>") % heading
                for heading in headings
            )
        else:
            head = Markup().join(Markup("<th>%s</th>") % heading for heading in headings)
            blank = Markup("<td><br/></td>") * len(headings)
            rows = Markup("<tr>%s</tr>") % head + Markup("<tr>%s</tr>") % blank * BLANK_LINES
        return Markup("<table class='table table-bordered'><tbody>%s</tbody></table>") % rows

    @api.model
    def _seed_translate(self):
        """Chinese was switched on: translate the names that nobody has translated yet."""
        # sudo: belongs to the language, whoever switches it on
        self.sudo().search([("code", "!=", False)])._seed_chinese_names()

    def _seed_chinese_names(self):
        """Give the Chinese name to forms that bear the English name of the manual's list."""
        names = {name: chinese for _p, _c, name, chinese, _l, _h in self._seed_list()}
        for form in self.with_context(lang="zh_CN"):
            english = form.with_context(lang="en_US").name
            if form.name == english and english in names:
                guard.as_engine(form).name = names[english]

    def action_seed_forms(self):
        """Add the forms of the manual to the current company, as drafts (DOC-6, REC-6)."""
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            raise AccessError(self.env._("Only the ITSMS office adds the forms of the manual."))
        forms = self._seed_forms(self.env.company)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s record forms were added.", count=len(forms)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
