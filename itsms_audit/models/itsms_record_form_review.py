from odoo import api, models

# Records of the management review in the order of their list (REV-6): the order gives the numbers.
# (procedure, code, English, Chinese, layout, headings)
REVIEW_FORMS = [
    (5, "review.plan", "Management review plan", "管理评审计划", "sheet", [
        ("Schedule", "时间安排"), ("Participants", "参加人员"),
        ("Purpose of the review", "评审目的"), ("Scope of the review", "评审范围"),
        ("Preparation required", "评审的准备工作要求"), ("Prepared by", "编制"),
        ("Reviewed by", "审核"), ("Approved by", "批准"),
    ]),
    (5, "meeting.signin", "Meeting sign-in sheet", "会议签到表", "list", [
        ("No.", "序号"), ("Name", "姓名"), ("Department", "部门"), ("Takes part as", "职务"),
        ("Signature", "签名"), ("Time", "签到时间"),
    ]),
    (5, "review.report", "Management review report", "管理评审报告", "sheet", [
        ("Time, place, participants", "时间、地点、参加人员"),
        ("Purpose and scope", "评审目的和范围"), ("Summary of the review", "管理评审综述"),
        ("Problems to improve and measures required", "需改进的问题及措施要求"),
        ("Conclusion: suitability, adequacy, effectiveness", "结论：适宜性、充分性、有效性"),
        ("Prepared by", "编制"), ("Approved by", "批准"),
    ]),
]  # fmt: skip


class ItsmsRecordForm(models.Model):
    """The forms of the management review among those of the manual (REV-6)."""

    _inherit = "itsms.record.form"

    @api.model
    def _seed_list(self):
        return [*super()._seed_list(), *REVIEW_FORMS]
