from odoo import api, models

# Records of improvement, risks and objectives (019-03, 019-04, SMS-8, SMS-9, COM-26).
# (procedure, code, English, Chinese, layout, headings)
FORMS = [
    (19, "cpa.improvement", "Register of improvement opportunities", "改进机会登记表", "list", [
        ("Number", "编号"), ("Opportunity", "改进机会"), ("Source", "来源"),
        ("Proposed by", "提出人"), ("Kind of benefit", "收益类别"), ("Score", "评价分"),
        ("Effort", "工作量等级"), ("Ranking", "优先级"), ("Decision", "决定"),
        ("Target", "目标"), ("Reached", "测量结果"),
    ]),
    (19, "cpa.improvement_plan", "Service improvement plan", "服务改进计划", "list", [
        ("Number", "编号"), ("Improvement", "改进项目"), ("Target", "目标"), ("Owner", "责任人"),
        ("Resources", "资源"), ("Due", "完成期限"), ("State", "状态"), ("Result", "结果"),
    ]),
    (19, "cpa.improvement_report", "Quarterly improvement report", "季度服务改进报告", "sheet", [
        ("Quarter", "季度"), ("Improvements carried out", "已实施的改进"), ("Result", "结果"),
        ("Conclusion", "结论"),
    ]),
    (19, "sms.risk", "Register of risks and opportunities", "风险与机遇登记表", "list", [
        ("Number", "编号"), ("Risk or opportunity", "风险/机遇"), ("Comes from", "来源"),
        ("Likelihood", "可能性"), ("Impact", "影响"), ("Value", "风险值"), ("Level", "等级"),
        ("Method", "应对方式"), ("Owner", "责任人"), ("Assessed", "评估日期"),
        ("Effect", "有效性"),
    ]),
    (19, "sms.objective", "Objectives broken down", "目标分解表", "list", [
        ("Number", "编号"), ("Objective", "目标"), ("Department", "部门"), ("Measure", "指标"),
        ("Target", "目标值"), ("Owner", "责任人"), ("Resources", "资源"), ("Due", "完成期限"),
        ("How it is evaluated", "评价方法"), ("Result", "结果"),
    ]),
    (19, "com.no_occurrence", "Statement of no occurrence", "未发生声明", "sheet", [
        ("Kind of event", "事件类别"), ("Period", "期间"), ("Where it was looked", "核查范围"),
        ("Stated by", "声明人"), ("Date", "日期"),
    ]),
]  # fmt: skip


class ItsmsRecordForm(models.Model):
    _inherit = "itsms.record.form"

    @api.model
    def _seed_list(self):
        return [*super()._seed_list(), *FORMS]
