from odoo import api, models

# Records of the internal audit in the order of their list (AUD-6): the order gives the numbers.
# (procedure, code, English, Chinese, layout, headings)
AUDIT_FORMS = [
    (4, "audit.programme", "Annual internal audit programme", "年度服务体系内部审核计划", "list", [
        ("No.", "序号"), ("Department", "受审核部门"), ("Clauses", "涉及标准条款"),
        ("Month", "审核月份"), ("Reason", "说明"), ("Held", "实施情况"),
    ]),
    (4, "audit.plan", "Internal audit implementation plan", "内审实施计划", "sheet", [
        ("Purpose", "审核目的"), ("Scope", "审核范围"), ("Criteria", "审核依据"),
        ("Lead auditor", "审核组长"), ("Team and division of work", "审核组成员及分工"),
        ("Departments, clauses and timetable", "受审核部门、涉及条款及日程安排"),
        ("Prepared by", "编制"), ("Approved by", "批准"),
    ]),
    (4, "audit.checklist", "Internal audit checklist", "内部审核检查表", "list", [
        ("No.", "序号"), ("Department", "受审核部门"), ("Time", "审核时间"),
        ("Item", "项目"), ("Content", "内容"), ("Evidence", "审核记录"), ("Result", "判定"),
    ]),
    (4, "audit.nonconformity", "Internal audit nonconformity report", "内审不合格报告", "sheet", [
        ("Department", "受审核部门"), ("Nonconformity", "不合格事实"), ("Clause", "不符合条款"),
        ("Grade", "不合格程度"), ("Confirmed by the auditee", "受审核部门确认"),
        ("Cause", "原因分析"), ("Corrective action", "纠正措施"), ("Reviewed by", "审核"),
        ("Approved by", "批准"), ("Verification", "跟踪验证"),
    ]),
    (4, "audit.report", "Internal audit report", "内部审核报告", "sheet", [
        ("Purpose, scope and criteria", "审核的目的、范围和依据"), ("Audit team", "审核组成员"),
        ("Dates and execution", "审核日期及审核计划具体实施情况"),
        ("Number and distribution of nonconformities", "不符合项的数量及其分布情况"),
        ("Main problems", "存在的主要问题"), ("Audit conclusion", "审核结论"),
        ("Corrective actions and proposals", "纠正措施及改进建议"),
        ("Nonconformity distribution table", "不符合项分布表"),
    ]),
]  # fmt: skip


class ItsmsRecordForm(models.Model):
    _inherit = "itsms.record.form"

    @api.model
    def _seed_list(self):
        return [*super()._seed_list(), *AUDIT_FORMS]
