from odoo import api, models

# Record forms of the training procedure: its own list first (TRN-6), then what the rest of the
# procedure names (requirements 3.3). (procedure, code, English, Chinese, layout, headings)
FORMS = [
    (3, "training.plan", "Annual training plan", "年度培训计划", "list", [
        ("No.", "序号"), ("Month", "月份"), ("Training", "培训内容"), ("Trainees", "培训对象"),
        ("Organised by", "组织部门"), ("Hours", "学时"), ("People", "人数"), ("Cost", "费用"),
        ("Remark", "备注"),
    ]),
    (3, "training.session", "Training implementation plan", "培训实施计划", "sheet", [
        ("Topic", "培训内容"), ("Organised by", "组织部门"), ("Time", "时间"), ("Place", "地点"),
        ("Teacher", "教师"), ("Trainees", "培训人员"), ("Training notice", "培训通知"),
        ("Course timetable", "课程表"), ("Teaching plan outline", "培训教案提要"),
        ("Reviewed by the training administrator", "培训管理员审核"),
        ("Approved by the head of HR", "人力资源部负责人批准"),
    ]),
    (3, "training.request", "Training approval form", "培训审批表", "sheet", [
        ("Training", "培训内容"), ("Requesting department", "需求部门"),
        ("Internal / outside", "内培/外培"), ("Institution", "培训机构"),
        ("Trainees", "培训人员"), ("Time", "时间"), ("Cost", "费用"), ("Purpose", "培训目的"),
        ("Confirmed by HR", "人力资源部确认"),
        ("Reviewed by the vice-president in charge", "分管副总审核"),
        ("Approved by the President", "总裁批准"),
        ("Signed by the training administrator", "培训管理员签字"),
    ]),
    (3, "training.record", "Training record sheet", "培训记录表", "sheet", [
        ("Trainees", "培训人员"), ("Time", "时间"), ("Place", "地点"), ("Teacher", "教师"),
        ("Content", "内容"), ("Assessment results", "考核成绩"),
        ("Effectiveness evaluation", "有效性评价"), ("Strengths", "成功之处"),
        ("Shortcomings", "不足之处"),
    ]),
    (3, "training.file", "Employee training file", "员工培训档案", "list", [
        ("No.", "序号"), ("Date", "日期"), ("Training", "培训内容"), ("Hours", "学时"),
        ("Assessment results", "考核成绩"), ("Certificate", "证书"), ("Remark", "备注"),
    ]),
    (3, "training.need", "Training needs", "培训需求", "list", [
        ("No.", "序号"), ("Department", "部门"), ("Training", "培训内容"), ("Reason", "理由"),
        ("Trainees", "培训人员"), ("People", "人数"), ("Month wanted", "建议月份"),
    ]),
    (3, "training.standard", "Job qualification standard", "岗位工作人员任职标准", "sheet", [
        ("Post", "岗位"), ("Post duties", "岗位职责"), ("Education", "学历"),
        ("Experience", "工作经历"), ("Skills", "技能"), ("Certificates", "证书"),
        ("Prepared by HR", "人力资源部编制"),
        ("Reviewed by the management representative", "管理者代表审核"),
        ("Approved by the President", "总裁批准"),
    ]),
    (3, "training.mentoring", "Mentoring follow-up sheet (three months)",
     "师徒三个月跟踪表", "sheet", [
        ("Apprentice", "徒弟"), ("Mentor", "师傅"), ("Department", "部门"), ("Period", "期限"),
        ("First month", "第一个月"), ("Second month", "第二个月"), ("Third month", "第三个月"),
        ("Conclusion", "结论"), ("Signatures", "签名"),
    ]),
    (3, "training.certificate", "Certificate to work", "上岗证", "sheet", [
        ("Employee", "姓名"), ("Department", "部门"), ("Certificate", "工种（岗位）"),
        ("Confirmed against", "确认依据"), ("Valid until", "有效期至"), ("Issued by", "发证"),
    ]),
    (3, "training.summary", "Training summary", "培训总结", "sheet", [
        ("Employee", "姓名"), ("Outside training", "外出培训"), ("Time", "时间"),
        ("What was learned", "学习内容"), ("Use for the post", "对岗位的应用"),
    ]),
    (3, "training.voucher", "Training expense voucher", "培训费报销凭证", "sheet", [
        ("Training approval form", "培训审批表编号"), ("Expense", "费用项目"), ("Amount", "金额"),
        ("Head of HR", "人力资源部负责人签字"), ("Finance", "财务部"),
    ]),
    (3, "training.measure", "Training quality objective statistics",
     "培训质量目标达成情况", "list", [
        ("No.", "序号"), ("Objective", "质量目标"), ("Target", "目标值"), ("Reached", "达成值"),
        ("Month", "月份"), ("Remark", "备注"),
    ]),
]  # fmt: skip


class ItsmsRecordForm(models.Model):
    """The forms of the training procedure among those of the manual (TRN-6)."""

    _inherit = "itsms.record.form"

    @api.model
    def _seed_list(self):
        return [*super()._seed_list(), *FORMS]
