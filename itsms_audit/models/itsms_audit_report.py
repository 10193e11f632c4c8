from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition
from odoo.addons.itsms_base.models.itsms_approval_route import department_head

from .itsms_audit_checklist import MR

LEADERS = ("president", *MR, "vice_president")
TEXTS = ("purpose", "scope", "criteria", "team", "execution")  # taken from the audit
THOUGHTS = ("main_problems", "conclusion", "proposals")  # kept where the lead wrote something


class ItsmsAuditReport(models.Model):
    """Internal audit report (内部审核报告) with the items a) to h) of the manual (AUD-4.3.2).

    Written by the lead auditor after the closing meeting, built from the audit; approved by the
    management representative before it is issued; goes to the company leaders and the audited
    departments, whose reading is confirmed (AUD-4.3.1). What it counts is in
    ``itsms_audit_report_content.py``.
    """

    _name = "itsms.audit.report"
    _description = "Internal Audit Report"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "audit_id.name"]

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    audit_id = fields.Many2one(
        "itsms.audit",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    audit_state = fields.Selection(related="audit_id.state", string="State of the audit")
    purpose = fields.Text(help="a) Purpose of the audit (AUD-4.3.2a).")
    scope = fields.Text(help="a) Scope of the audit (AUD-4.3.2a).")
    criteria = fields.Text(help="a) Criteria of the audit (AUD-4.3.2a).")
    team = fields.Text(string="Audit team", help="b) Members and division of work (AUD-4.3.2b).")
    execution = fields.Text(
        string="Dates and execution",
        help="c) Audit dates and how the plan was carried out (AUD-4.3.2c).",
    )
    main_problems = fields.Text(help="e) Main problems (AUD-4.3.2e).")
    conclusion = fields.Text(string="Audit conclusion", help="f) Audit conclusion (AUD-4.3.2f).")
    proposals = fields.Text(
        string="Corrective actions and proposals",
        help="g) Corrective actions and proposals for improvement (AUD-4.3.2g).",
    )
    findings = fields.Json(
        readonly=True,
        copy=False,
        help="d), h) Findings as they were when the report was submitted (AUD-4.3.2d, 4.3.2h).",
    )
    numbers_text = fields.Text(
        string="Number and distribution of nonconformities",
        compute="_compute_findings",
        help="d) Counted from the findings (AUD-4.3.2d).",
    )
    distribution_html = fields.Html(
        string="Nonconformity distribution table",
        compute="_compute_findings",
        sanitize=False,
        help="h) Nonconformities by department and clause (AUD-4.3.2h).",
    )
    finding_count = fields.Integer(string="Nonconformities found", compute="_compute_findings")
    recipient_ids = fields.One2many(
        "itsms.audit.report.recipient", "report_id", string="Goes to", copy=False
    )
    unread_count = fields.Integer(string="Not yet read", compute="_compute_unread")
    to_read = fields.Boolean(
        compute="_compute_unread", search="_search_to_read", help="You have not confirmed it yet."
    )
    is_lead = fields.Boolean(compute="_compute_is_lead")
    issued_at = fields.Datetime(string="Issued on", readonly=True, copy=False)
    issued_by_id = fields.Many2one(
        "res.users", string="Issued by", readonly=True, copy=False, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("issued", "Issued"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )

    _audit_uniq = models.UniqueIndex(
        "(audit_id) WHERE state != 'cancelled'",
        "This audit has its report already (AUD-4.3.1).",
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "company_id",
            "audit_id",
            "findings",
            "issued_at",
            "issued_by_id",
        }

    @api.model
    def _approval_locked_fields(self):
        """The findings are bound by the approval too, though nobody enters them."""
        return [*super()._approval_locked_fields(), "findings"]

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "issue": Transition(
                "issue", self.env._("Issue"), ("approved",), "issued", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "rejected"), "cancelled", reason=True
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("audit.report")

    def _approval_department(self):
        return self.company_id.sudo().itsms_office_department_id  # sudo: which one is no secret

    def _approval_preparers(self):
        """The lead auditor writes it (AUD-4.3.1)."""
        return self.sudo().audit_id.lead_id.with_env(self.env)  # sudo: compares people

    def _record_filing_states(self):
        return ("issued",)

    def _record_form_code(self):
        return "audit.report"

    def _record_report(self):
        return "itsms_audit.action_report_audit_report"

    def _record_title(self):
        return f"{self.env._('Internal audit report')} {self.number or ''}".strip()

    def _locked_way_out(self):
        if all(report.state == "pending" for report in self):
            return super()._locked_way_out()
        return self.env._(
            "It was approved and archived; what changed since belongs to the next audit (AUD-4.5)."
        )

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            raise AccessError(
                self.env._(
                    "The audit report is built from its audit, after the closing meeting "
                    "(AUD-4.3.1)."
                )
            )
        return super().create(vals_list)

    @api.depends("number", "audit_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for report in self:
            # sudo: the name of the audit is no secret to who reads its report
            name = report.sudo().audit_id.display_name
            report.display_name = " ".join(
                filter(None, (report.number, self.env._("Audit report: %(name)s", name=name)))
            )

    # ------------------------------------------------------------ who sees and writes it
    @api.model
    def _edit_domain(self):
        return Domain("audit_id.lead_id", "=", self.env.uid)

    @api.model
    def _see_domain(self):
        """Who decides, senior management, the team; once issued, those to whom it goes."""
        user = self.env.user
        leaders = user._itsms_role_assignments(*LEADERS).company_id
        issued = Domain("state", "=", "issued") & (
            Domain("recipient_ids.user_id", "=", user.id)
            | self._department_domain("recipient_ids.department_id")
        )
        return (
            self._asked_domain()
            | Domain("company_id", "in", leaders.ids)
            | Domain("audit_id.member_ids.user_id", "=", user.id)
            | issued
        )

    @api.depends("audit_id.lead_id")
    @api.depends_context("uid")
    def _compute_is_lead(self):
        for report in self:
            # sudo: compares people
            report.is_lead = report.sudo().audit_id.lead_id == self.env.user

    @api.depends("recipient_ids.read_at", "state")
    @api.depends_context("uid")
    def _compute_unread(self):
        for report in self:
            unread = report.recipient_ids.filtered(lambda r: not r.read_at)
            report.unread_count = len(unread)
            report.to_read = report.state == "issued" and self.env.user in unread.user_id

    def _search_to_read(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("user_id", "=", self.env.uid) & Domain("read_at", "=", False)
        domain = Domain("state", "=", "issued") & Domain("recipient_ids", "any", mine)
        return domain if True in value else ~domain

    # ------------------------------------------------------------ building it
    def _check_lead(self):
        for report in self:
            lead = report.sudo().audit_id.lead_id  # sudo: compares people
            if lead != self.env.user:
                raise AccessError(
                    self.env._(
                        "The lead auditor writes the audit report: %(name)s (AUD-4.3.1).",
                        name=lead.name or "–",
                    )
                )

    def action_build(self):
        """Take everything from the audit again; what the lead auditor wrote himself is kept."""
        self._lock_rows()
        self.check_access("read")
        self._check_lead()
        for report in self:
            if report.state not in report._editable_states or report.audit_state in (
                "reported",
                "closed",
            ):
                raise UserError(
                    self.env._(
                        "%(report)s is “%(state)s” and is not built again: what was submitted and "
                        "archived stays as it is. %(way_out)s (AUD-4.3.1a, AUD-4.5)",
                        report=report.display_name,
                        state=report._state_label(),
                        way_out=report._locked_way_out(),
                    )
                )
            report._build()
        return True

    def _build(self):
        """Items a) to h) of one report from its audit (AUD-4.3.2)."""
        content = self._content_of_audit()
        thoughts = {name: content[name] for name in THOUGHTS if not (self[name] or "").strip()}
        self.write({name: content[name] for name in TEXTS} | thoughts)
        self._refresh_findings()
        self._propose_recipients()

    def _refresh_findings(self):
        for report in self:
            # sudo: the engine's own field; all findings count, whoever builds the report
            report._engine_write({"findings": report.sudo()._findings_of_audit()})

    def _propose_recipients(self):
        """Company leaders and heads of the audited departments (AUD-4.3.1b)."""
        self.ensure_one()
        known = self.recipient_ids.user_id
        vals_list = []
        for role in self.env["itsms.role"]._by_code(*LEADERS):
            # every vice-president, not only the one in charge of a department
            # sudo: who holds an office is no secret
            held = self.env["itsms.role.assignment"].sudo()._current(role, self.company_id)
            for user in held.user_id - known:
                known |= user
                vals_list.append({"report_id": self.id, "user_id": user.id, "kind": "leader"})
        # sudo: heads are found whoever builds the report
        for department in self.sudo().audit_id.department_ids:
            head = department_head(department)[:1]
            if (
                head
                and head
                not in self.recipient_ids.filtered(
                    lambda r, d=department: r.department_id == d
                ).user_id
            ):
                vals_list.append(
                    {
                        "report_id": self.id,
                        "user_id": head.id,
                        "kind": "department",
                        "department_id": department.id,
                    }
                )
        self.env["itsms.audit.report.recipient"].create(vals_list)

    # ------------------------------------------------------------ approval
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        self._check_lead()
        for report in self:
            missing = [
                report._fields[name]._description_string(self.env)
                for name in (*TEXTS, *THOUGHTS)
                if not (report[name] or "").strip()
            ]
            if missing:
                raise UserError(
                    self.env._(
                        "%(report)s lacks %(missing)s (AUD-4.3.2).",
                        report=report.display_name,
                        missing=", ".join(missing),
                    )
                )
            report._check_recipients()
            report._check_reports_issued()
        # what is approved counts the findings of this very moment
        self._refresh_findings()

    def _check_reports_issued(self):
        """Every nonconformity found has its report, issued to the auditee (AUD-4.2.2a)."""
        # sudo: all nonconformities of the audit count
        drafts = self.sudo().audit_id._audit_nonconformities()
        drafts = drafts.filtered(lambda n: n.state == "draft")
        if drafts:
            raise UserError(
                self.env._(
                    "%(report)s: the nonconformity report “%(draft)s” is not issued yet. Its "
                    "auditor completes and issues it first (AUD-4.2.2a).",
                    report=self.display_name,
                    draft=drafts[0].display_name,
                )
            )

    def _check_recipients(self):
        """It goes to the company leaders and to every audited department (AUD-4.3.1b)."""
        # sudo: which departments were audited is no secret to who writes the report
        departments = self.sudo().audit_id.department_ids
        missing = departments - self.sudo().recipient_ids.department_id
        if not self.recipient_ids.filtered(lambda r: r.kind == "leader"):
            raise UserError(
                self.env._(
                    "%(report)s goes to the company leaders: enter them as recipients "
                    "(AUD-4.3.1b).",
                    report=self.display_name,
                )
            )
        if missing:
            raise UserError(
                self.env._(
                    "%(report)s goes to the audited departments too; nobody receives it in "
                    "%(department)s (AUD-4.3.1b).",
                    report=self.display_name,
                    department=missing[0].name,
                )
            )

    # ------------------------------------------------------------ issue
    def action_issue(self):
        """Issue the approved report to its recipients (lead auditor or ITSMS office)."""
        self._lock_rows()
        self.check_access("read")
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            self._check_lead()
        for report in self:
            if report.state in ("draft", "pending", "rejected"):
                raise UserError(
                    self.env._(
                        "%(report)s is “%(state)s”: the management representative approves it "
                        "before it is issued (AUD-4.3.1a).",
                        report=report.display_name,
                        state=report._state_label(),
                    )
                )
        self._check_transition(self._transition("issue"), None)
        self._engine_write({"issued_at": fields.Datetime.now(), "issued_by_id": self.env.uid})
        self._run_transition(self._transition("issue"), kind="issue", locked=True)
        for report in self:
            # sudo: told by the system; the right to issue was checked
            recipients = guard.as_engine(report.sudo().recipient_ids)
            recipients.write({"told_at": fields.Datetime.now()})
            report._approval_tell(
                recipients.user_id.with_env(self.env),
                self.env._(
                    "%(report)s was issued. Read it and confirm.", report=report.display_name
                ),
            )
            audit = report.sudo().audit_id.with_user(self.env.user).sudo()
            if audit.state == "concluded":
                audit._run_transition(audit._transition("report"))
        return True

    def action_confirm_read(self):
        """Confirm that one has read it; everybody for himself."""
        self.check_access("read")
        for report in self:
            # sudo: only the own lines of the current user
            mine = report.sudo().recipient_ids.filtered(
                lambda r: r.user_id == self.env.user and not r.read_at
            )
            if report.state != "issued" or not mine:
                raise UserError(
                    self.env._(
                        "There is nothing for you to confirm in %(report)s (AUD-4.3.1b).",
                        report=report.display_name,
                    )
                )
            guard.as_engine(mine).write({"read_at": fields.Datetime.now()})
        self._log("acknowledge", comment=self.env._("Read"))
        return True

    # ------------------------------------------------------------ screens
    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_view_audit(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.audit",
            "res_id": self.audit_id.id,
            "views": [(False, "form")],
        }

    def action_view_distribution(self):
        self.ensure_one()
        self.check_access("read")
        return self.audit_id.action_view_distribution()


class ItsmsAuditReportRecipient(models.Model):
    """Somebody to whom the audit report goes (AUD-4.3.1b)."""

    _name = "itsms.audit.report.recipient"
    _description = "Recipient of an Audit Report"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "report_id"
    _order = "report_id, kind desc, id"
    _rec_name = "user_id"
    _check_company_auto = True

    report_id = fields.Many2one("itsms.audit.report", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="report_id.company_id", store=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Recipient",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    kind = fields.Selection(
        [("leader", "Company leader"), ("department", "Department")],
        required=True,
        default="department",
    )
    department_id = fields.Many2one(
        "hr.department", ondelete="restrict", check_company=True, index="btree_not_null"
    )
    told_at = fields.Datetime(string="Sent on", readonly=True, copy=False)
    read_at = fields.Datetime(string="Confirmed on", readonly=True, copy=False)

    _recipient_uniq = models.UniqueIndex(
        "(report_id, user_id, COALESCE(department_id, 0))",
        "This person receives the report already (AUD-4.3.1b).",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            for vals in vals_list:
                self._refuse_days({n for n in vals if vals[n]})
                # explicit values win over default_* keys a client may put into the context
                vals.update(told_at=False, read_at=False)
        return super().create(vals_list)

    def write(self, vals):
        if not guard.is_engine(self.env):
            self._refuse_days(set(vals))
            if "report_id" in vals:
                raise UserError(self.env._("A recipient stays with his report."))
        return super().write(vals)

    def _refuse_days(self, names):
        if names & {"told_at", "read_at"}:
            raise AccessError(
                self.env._("Sending and reading are noted by the system, when they happen (COM-3).")
            )
