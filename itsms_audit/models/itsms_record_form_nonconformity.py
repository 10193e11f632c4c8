from odoo import api, models

# Records of the corrective and preventive action procedure (019-01, 019-02, 019-05).
# (procedure, code, English, Chinese, layout, headings)
FORMS = [
    (19, "cpa.nonconformity", "Nonconformity report", "不符合报告", "sheet", [
        ("Source", "来源"), ("Department", "责任部门"), ("Clause / procedure", "条款/程序"),
        ("Requirement", "要求"), ("Objective evidence", "客观证据"), ("Deviation", "不符合事实"),
        ("Grade", "不符合程度"), ("Confirmed by", "责任部门确认"), ("Correction", "纠正"),
        ("Elsewhere?", "举一反三"), ("Cause", "原因分析"),
        ("Corrective action", "纠正措施"), ("Reviewed by", "审核"), ("Approved by", "批准"),
        ("Verification", "验证"), ("Effect", "有效性评价"),
    ]),
    (19, "cpa.action", "Corrective and preventive action sheet", "纠正/预防措施处理单", "sheet", [
        ("Kind", "类别"), ("Measure", "措施"), ("Owner", "责任人"), ("Due", "完成期限"),
        ("Resources", "资源"), ("Expected effect", "预期效果"), ("Proof", "证据"),
        ("Verification", "验证"), ("Effect", "有效性评价"),
    ]),
    (19, "cpa.ledger", "Corrective and preventive action ledger",
     "纠正和预防措施跟踪台账", "list", [
        ("No.", "序号"), ("Number", "编号"), ("Subject", "主题"), ("Source", "来源"),
        ("Department", "责任部门"), ("Clause", "条款"), ("Grade", "程度"), ("State", "状态"),
        ("Due", "期限"), ("Overdue days", "逾期天数"),
    ]),
]  # fmt: skip


class ItsmsRecordForm(models.Model):
    _inherit = "itsms.record.form"

    @api.model
    def _seed_list(self):
        return [*super()._seed_list(), *FORMS]
