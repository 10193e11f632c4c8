from odoo import api, fields, models


class ItsmsAuditGapConfirm(models.TransientModel):
    """What a programme does not cover, and why it goes for approval all the same."""

    _name = "itsms.audit.gap.confirm"
    _description = "Confirm the Gaps of a Programme"
    _inherit = ["itsms.dialog.mixin"]

    programme_id = fields.Many2one(
        "itsms.audit.programme", required=True, readonly=True, ondelete="cascade"
    )
    gap_text = fields.Char(related="programme_id.gap_text")
    reason = fields.Text()

    def action_confirm(self):
        self.ensure_one()
        self.programme_id.action_confirm_gaps(self.reason)
        return {"type": "ir.actions.act_window_close"}


class ItsmsAuditAppoint(models.TransientModel):
    """Appointment of a lead auditor; every check is made by the audit itself."""

    _name = "itsms.audit.appoint"
    _description = "Appoint the Lead Auditor"
    _inherit = ["itsms.dialog.mixin"]

    audit_ids = fields.Many2many("itsms.audit", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Lead auditor", domain="[('id', 'in', candidate_ids)]"
    )
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    replaces = fields.Boolean(compute="_compute_candidate_ids")
    reason = fields.Char()

    @api.depends("audit_ids")
    def _compute_candidate_ids(self):
        for dialog in self:
            company = dialog.audit_ids.company_id[:1] or self.env.company
            qualified = self.env["itsms.auditor.qualification"]._candidates(company)
            role = self.env["itsms.role"]._by_code("management_representative")
            dialog.candidate_ids = qualified - role._holders(company)
            dialog.replaces = bool(dialog.audit_ids.lead_id)

    def action_confirm(self):
        self.ensure_one()
        self.audit_ids.action_appoint(self.user_id.id, self.reason)
        return {"type": "ir.actions.act_window_close"}


class ItsmsAuditReassign(models.TransientModel):
    """Another auditor takes over; every check is made by the audit itself."""

    _name = "itsms.audit.reassign"
    _description = "Replace an Auditor"
    _inherit = ["itsms.dialog.mixin"]

    audit_id = fields.Many2one("itsms.audit", required=True, readonly=True, ondelete="cascade")
    conflict = fields.Text(related="audit_id.conflict")
    team_ids = fields.Many2many("res.users", compute="_compute_team_ids")
    candidate_ids = fields.Many2many(
        "res.users", "itsms_audit_reassign_candidate_rel", compute="_compute_team_ids"
    )
    department_ids = fields.Many2many(related="audit_id.department_ids")
    user_id = fields.Many2one("res.users", string="Auditor", domain="[('id', 'in', team_ids)]")
    new_user_id = fields.Many2one(
        "res.users", string="Replaced by", domain="[('id', 'in', candidate_ids)]"
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Only in",
        domain="[('id', 'in', department_ids)]",
        help="Empty: in all departments that the auditor audits.",
    )
    reason = fields.Char()

    @api.depends("audit_id")
    def _compute_team_ids(self):
        for dialog in self:
            dialog.team_ids = dialog.audit_id.schedule_ids.auditor_ids
            dialog.candidate_ids = self.env["itsms.auditor.qualification"]._candidates(
                dialog.audit_id.company_id
            )

    def action_confirm(self):
        self.ensure_one()
        self.audit_id.action_reassign(
            self.user_id.id, self.new_user_id.id, self.reason, self.department_id.id
        )
        return {"type": "ir.actions.act_window_close"}


class ItsmsAuditObject(models.TransientModel):
    """The head of an auditee department objects to the date."""

    _name = "itsms.audit.object"
    _description = "Object to the Date of an Audit"
    _inherit = ["itsms.dialog.mixin"]

    audit_id = fields.Many2one("itsms.audit", required=True, readonly=True, ondelete="cascade")
    objection_until = fields.Date(related="audit_id.objection_until")
    department_ids = fields.Many2many(
        "hr.department", string="Departments to choose", compute="_compute_department_ids"
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', department_ids)]",
    )
    reason = fields.Text()
    wished_day = fields.Date(string="Wished day")

    @api.depends("audit_id")
    @api.depends_context("uid")
    def _compute_department_ids(self):
        headed = self.env.user._itsms_headed_departments()
        for dialog in self:
            dialog.department_ids = dialog.audit_id.department_ids & headed

    @api.depends("department_ids")
    def _compute_department_id(self):
        for dialog in self:
            dialog.department_id = dialog.department_ids[:1]

    def action_confirm(self):
        self.ensure_one()
        self.audit_id.action_object(self.department_id.id, self.reason, self.wished_day)
        return {"type": "ir.actions.act_window_close"}


class ItsmsAuditAnswer(models.TransientModel):
    """The lead auditor answers an objection."""

    _name = "itsms.audit.answer"
    _description = "Answer an Objection"
    _inherit = ["itsms.dialog.mixin"]

    objection_id = fields.Many2one(
        "itsms.audit.objection", required=True, readonly=True, ondelete="cascade"
    )
    reason = fields.Text(related="objection_id.reason", string="Raised because")
    wished_day = fields.Date(related="objection_id.wished_day")
    answer = fields.Text()

    def action_accept(self):
        self.ensure_one()
        self.objection_id.action_answer(True, self.answer)
        return {"type": "ir.actions.act_window_close"}

    def action_decline(self):
        self.ensure_one()
        self.objection_id.action_answer(False, self.answer)
        return {"type": "ir.actions.act_window_close"}


class ItsmsAuditCollect(models.TransientModel):
    """Documents of the auditee that a member of the team collects before the audit."""

    _name = "itsms.audit.collect"
    _description = "Collect Documents for an Audit"
    _inherit = ["itsms.dialog.mixin"]

    audit_id = fields.Many2one("itsms.audit", required=True, readonly=True, ondelete="cascade")
    document_ids = fields.Many2many(
        "itsms.document",
        string="Documents",
        compute="_compute_document_ids",
        store=True,
        readonly=False,
        domain="[('state', '=', 'in_force')]",
    )

    @api.depends("audit_id")
    def _compute_document_ids(self):
        for dialog in self:
            dialog.document_ids = dialog.audit_id._documents_to_collect()

    def action_confirm(self):
        self.ensure_one()
        self.audit_id.action_collect(self.document_ids.ids)
        return {"type": "ir.actions.act_window_close"}


class ItsmsAuditSettle(models.TransientModel):
    """A problem that arose in an audit, and the decision of the management representative."""

    _name = "itsms.audit.settle"
    _description = "Settle a Problem of an Audit"
    _inherit = ["itsms.dialog.mixin"]

    audit_id = fields.Many2one("itsms.audit", required=True, readonly=True, ondelete="cascade")
    problem = fields.Text()
    decision = fields.Text()

    def action_confirm(self):
        self.ensure_one()
        self.audit_id.action_settle(self.problem, self.decision)
        return {"type": "ir.actions.act_window_close"}
