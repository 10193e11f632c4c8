from odoo import api, models

from odoo.addons.itsms_base.engine import guard

PROCEDURES = [
    ("Document and Data Control Procedure", "文件和资料控制程序"),
    ("Record Control Procedure", "记录控制程序"),
    ("Training Control Procedure", "培训控制程序"),
    ("Internal Audit Control Procedure", "内部审核控制程序"),
    ("Management Review Control Procedure", "管理评审控制程序"),
    ("New or Changed Service Control Procedure", "新服务或变更服务控制程序"),
    ("Service Level Management Procedure", "服务级别管理程序"),
    ("Service Reporting Management Procedure", "服务报告管理程序"),
    ("Service Continuity Management Procedure", "持续性管理程序"),
    ("Availability Management Procedure", "可用性管理程序"),
    ("Service Budgeting and Accounting Management Procedure", "服务预算及核算管理程序"),
    ("Customer Satisfaction Measurement Control Procedure", "顾客满意度测量控制程序"),
    ("Capacity Management Procedure", "能力管理程序"),
    ("Information Security Management Procedure", "信息安全管理程序"),
    ("Supplier Management Procedure", "供应商管理程序"),
    ("Business Relationship Management Procedure", "业务关系管理程序"),
    ("Incident and Service Request Management Procedure", "事件和服务请求管理程序"),
    ("Problem Management Procedure", "问题管理程序"),
    (
        "Corrective Action and Preventive Action Control Procedure",
        "纠正措施和预防措施控制程序",
    ),
    ("Configuration Management Procedure", "配置管理程序"),
    ("Change Management Procedure", "变更管理程序"),
    ("Release and Deployment Management Procedure", "发布和部署管理程序"),
]
ALIASES = {6: "新服务或变更服务管理程序"}  # title in the body of the manual [I-10]
ESTABLISHED = "2015-09-28"  # date of the change records in the manual [I-09]


class ItsmsDocument(models.Model):
    """The 22 procedures of the manual as first documents of a company (GEN-2, GEN-4)."""

    _inherit = "itsms.document"

    @api.model
    def _seed_procedures(self, company=None):
        """Create the procedures that ``company`` lacks: drafts A/0 with serials 001 to 022.

        May run again at any time; nothing that exists is touched. In a company without any
        department an ITSMS office is created, for a document needs a responsible department.
        """
        company = company or self.env.company
        category = self.env.ref("itsms_documents.itsms_document_category_procedure")
        existing = (
            self.with_context(active_test=False, lang="en_US")
            .sudo()  # sudo: whether a procedure exists does not depend on who looks
            .search([("company_id", "=", company.id), ("category_id", "=", category.id)])
        )
        # a procedure that got another number, or another title, is still there
        serials, titles = set(existing.mapped("serial")), set(existing.mapped("name"))
        wanted = [
            number
            for number, (title, _chinese) in enumerate(PROCEDURES, start=1)
            if number not in serials and title not in titles
        ]
        if not wanted:
            return self.browse()
        department = self._seed_department(company)
        # as the system itself: whoever presses the button has written nothing (GEN-2, COM-8)
        system = self.with_user(api.SUPERUSER_ID).with_company(company)
        documents = system.create(
            [
                {
                    "name": PROCEDURES[n - 1][0],
                    "alias": ALIASES.get(n),
                    "company_id": company.id,
                    "category_id": category.id,
                    "department_id": department.id,
                }
                for n in wanted
            ]
        )
        for number, document in zip(wanted, documents, strict=True):
            document._set_number(number)
        if self.env["res.lang"].search_count([("code", "=", "zh_CN")]):
            documents._seed_chinese_titles()
        env = self.with_context(lang=company.partner_id.lang).env
        documents.revision_ids.write(
            {
                "change_date": ESTABLISHED,
                "change_reason": env._("Established"),
                "prepared_by_id": False,
            }
        )
        category.number_scheme_id._reserve(company, len(PROCEDURES))
        return documents.with_env(self.env)

    def _seed_chinese_titles(self):
        """Give the Chinese title to documents that bear the English title of a procedure."""
        titles = dict(PROCEDURES)
        for document in self.with_context(lang="zh_CN"):
            english = document.with_context(lang="en_US").name
            if document.name == english and english in titles:
                guard.as_engine(document).name = titles[english]

    @api.model
    def _seed_translate(self):
        """Chinese was switched on: translate the titles that nobody has translated yet."""
        # sudo: belongs to the language, whoever switches it on
        self.sudo().with_context(active_test=False).search(
            [("kind", "=", "procedure")]
        )._seed_chinese_titles()

    @api.model
    def _seed_department(self, company):
        """The ITSMS office of ``company``, or its first department."""
        Department = self.env["hr.department"].sudo()  # sudo: first set-up of a company
        department = company.itsms_office_department_id or Department.search(
            [("company_id", "in", (company.id, False))], order="id", limit=1
        )
        if not department:
            department = Department.create({"name": "ITSMS office", "company_id": company.id})
        if not company.itsms_office_department_id:
            company.sudo().itsms_office_department_id = department  # sudo: as above
        return department
