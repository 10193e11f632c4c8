from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine.lifecycle import Transition

MR = ("management_representative",)
# States from which the auditee departments know of the audit.
KNOWN = ("notified", "opened", "on_site", "concluded", "reported", "closed")
# What is written while the audit runs, and the states in which it is open for it.
PHASES = {
    "closing_planned_at": ("approved", "notified"),
    "conformity": ("on_site",),
    "effectiveness": ("on_site",),
    "main_problems": ("on_site",),
    "proposals": ("on_site",),
    "minutes_execution": ("on_site",),
    "minutes_findings": ("on_site",),
    "minutes_conclusion": ("on_site",),
    "document_ids": ("draft", "rejected", "approved", "notified", "opened", "on_site"),
}


class ItsmsAudit(models.Model):
    """Internal audit of the service management system, with its plan (内审实施计划).

    The management representative appoints the lead auditor, who forms the team and makes the
    implementation plan; with the approval of the management representative the auditees are
    notified and the audit runs: opening meeting, on-site audit, team meeting, closing meeting,
    report, closing (AUD-3.1, AUD-4.1.2 … AUD-4.3). Independence is in
    ``itsms_audit_independence.py``, notice, meetings and conduct in ``itsms_audit_conduct.py``.
    """

    _name = "itsms.audit"
    _description = "Internal Audit"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "itsms.meeting.origin.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_start desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    name = fields.Char(
        string="Title",
        required=True,
        tracking=True,
        default=lambda self: self._in_company_language().env._("Internal audit"),
    )
    programme_line_ids = fields.Many2many(
        "itsms.audit.programme.line",
        "itsms_audit_programme_line_rel",
        "audit_id",
        "line_id",
        string="Planned as",
        check_company=True,
        domain="[('programme_state', '=', 'approved'), ('company_id', '=', company_id)]",
        help="Lines of the audit programme in force. Empty: an extra audit, with its reason.",
    )
    extra = fields.Boolean(
        string="Extra audit",
        compute="_compute_extra",
        store=True,
        help="Outside the programme, in a special case (AUD-4.1.1c).",
    )
    extra_reason = fields.Text(
        string="Special case", help="Why an extra audit is added (AUD-4.1.1c)."
    )
    lead_id = fields.Many2one(
        "res.users",
        string="Lead auditor",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Appointed by the management representative (AUD-3.1, AUD-4.1.2).",
    )
    appointed_by_id = fields.Many2one(
        "res.users", string="Appointed by", readonly=True, copy=False, ondelete="restrict"
    )
    appointed_at = fields.Datetime(string="Appointed on", readonly=True, copy=False)
    purpose = fields.Text(
        default=lambda self: self._default_purpose(),
        help="What the audit is for: whether service activities and their results conform to the "
        "documents of the service management system, laws and contracts, to keep the system "
        "effective and applicable (AUD-1, AUD-4.1.3a).",
    )
    scope = fields.Text(
        default=lambda self: self._default_scope(),
        help="Which part of the company's service management system is audited (AUD-2, "
        "AUD-4.1.3a).",
    )
    criteria = fields.Text(
        default=lambda self: self._default_criteria(),
        help="What is compared with: standard, documents of the system, laws, contracts "
        "(AUD-4.1.3a).",
    )
    date_start = fields.Date(string="First day", index=True, tracking=True)
    date_end = fields.Date(string="Last day", tracking=True)
    member_ids = fields.One2many("itsms.audit.member", "audit_id", string="Audit team")
    schedule_ids = fields.One2many("itsms.audit.schedule", "audit_id", string="Timetable")
    department_ids = fields.Many2many(
        "hr.department",
        "itsms_audit_department_rel",
        string="Auditee departments",
        compute="_compute_departments",
        store=True,
    )
    clause_ids = fields.Many2many(
        "itsms.clause",
        "itsms_audit_clause_rel",
        string="Clauses",
        compute="_compute_departments",
        store=True,
    )
    document_ids = fields.Many2many(
        "itsms.document",
        "itsms_audit_document_rel",
        string="Documents collected",
        check_company=True,
        copy=False,
        help="Before the audit each auditor collects the procedures and supporting documents of "
        "the auditee's service activities (AUD-4.1.4).",
    )
    objection_ids = fields.One2many("itsms.audit.objection", "audit_id", copy=False)
    notified_at = fields.Datetime(string="Notice given on", readonly=True, copy=False)
    notified_by_id = fields.Many2one(
        "res.users", string="Notice given by", readonly=True, copy=False, ondelete="restrict"
    )
    closing_planned_at = fields.Datetime(
        string="Closing meeting planned for",
        copy=False,
        help="Fixed at the opening meeting (AUD-4.2.1b).",
    )
    opened_at = fields.Datetime(string="Opening meeting held", readonly=True, copy=False)
    started_at = fields.Datetime(string="On site since", readonly=True, copy=False)
    team_meeting_at = fields.Datetime(string="Team meeting held", readonly=True, copy=False)
    concluded_at = fields.Datetime(string="Closing meeting held", readonly=True, copy=False)
    conformity = fields.Text(
        copy=False,
        help="Team meeting: does the system conform, judged from the standard, the documents and "
        "what was observed (AUD-4.2.2c)?",
    )
    effectiveness = fields.Text(
        copy=False, help="Team meeting: is the system effective (AUD-4.2.2c)?"
    )
    main_problems = fields.Text(
        copy=False, help="Team meeting: main problems of the system (AUD-4.2.2d)."
    )
    proposals = fields.Text(
        string="Proposals for improvement", copy=False, help="Team meeting (AUD-4.2.2d)."
    )
    minutes_execution = fields.Text(
        string="How the audit was carried out",
        copy=False,
        help="Closing meeting: reported by the team (AUD-4.2.3a).",
    )
    minutes_findings = fields.Text(
        string="Nonconformity reports read out",
        copy=False,
        help="Closing meeting: which reports were read out (AUD-4.2.3a).",
    )
    minutes_conclusion = fields.Text(
        string="Audit conclusion", copy=False, help="Closing meeting (AUD-4.2.3a)."
    )
    conflict = fields.Text(
        readonly=True,
        copy=False,
        help="An auditor who is not independent any more, for example after a change of "
        "department: replace him before the audit goes on (AUD-4.1.2b).",
    )
    state = fields.Selection(
        [
            ("draft", "Preparing"),
            ("pending", "Plan in approval"),
            ("rejected", "Plan returned"),
            ("approved", "Plan approved"),
            ("notified", "Auditees notified"),
            ("opened", "Opened"),
            ("on_site", "On site"),
            ("concluded", "Concluded"),
            ("reported", "Reported"),
            ("closed", "Closed"),
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
    is_lead = fields.Boolean(compute="_compute_is_lead", help="You lead this audit.")
    is_mr = fields.Boolean(compute="_compute_is_lead", help="You hold the office that appoints.")
    is_member = fields.Boolean(compute="_compute_is_lead", help="You are on the audit team.")

    _dates_chk = models.Constraint(
        "CHECK (date_end >= date_start)", "An audit ends after it begins (AUD-4.1.3c)."
    )

    # ------------------------------------------------------------ defaults (AUD-1, AUD-2)
    @api.model
    def _in_company_language(self):
        """The plan speaks the language of the company, whoever opens it."""
        return self.with_context(lang=self.env.company._itsms_language())

    @api.model
    def _default_purpose(self):
        return self._in_company_language().env._(
            "Verify whether service activities and their results conform to the documents of the "
            "service management system, to laws and to contracts, to keep the system effective "
            "and applicable."
        )

    @api.model
    def _default_scope(self):
        return self._in_company_language().env._("The company's service management system.")

    @api.model
    def _default_criteria(self):
        return self._in_company_language().env._(
            "ISO/IEC 20000-1:2018; documents of the service management system; applicable laws "
            "and regulations; contracts and service level agreements."
        )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "lead_id",
            "appointed_by_id",
            "appointed_at",
            "notified_at",
            "notified_by_id",
            "opened_at",
            "started_at",
            "team_meeting_at",
            "concluded_at",
            "conflict",
        }

    def _unlocked_fields(self):
        return super()._unlocked_fields() | set(PHASES) | {"objection_ids", "meeting_ids"}

    def _lifecycle_transitions(self):
        before = ("draft", "rejected", "approved", "notified", "opened", "on_site")
        return super()._lifecycle_transitions() | {
            "revise": Transition(
                "revise",
                self.env._("Revise the plan"),
                ("approved", "notified"),
                "draft",
                reason=True,
            ),
            "notify": Transition(
                "notify", self.env._("Notify the auditees"), ("approved",), "notified",
                internal=True,
            ),
            "open": Transition(
                "open", self.env._("Opening meeting held"), ("notified",), "opened", internal=True
            ),
            "start": Transition(
                "start", self.env._("Start on site"), ("opened",), "on_site", internal=True
            ),
            "conclude": Transition(
                "conclude", self.env._("Closing meeting held"), ("on_site",), "concluded",
                internal=True,
            ),
            "report": Transition(
                "report", self.env._("Report issued"), ("concluded",), "reported", internal=True
            ),
            "close": Transition(
                "close", self.env._("Close the audit"), ("reported",), "closed", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), before, "cancelled", roles=MR,
                groups=("itsms_base.group_itsms_office",), reason=True,
            ),
        }  # fmt: skip

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("audit")

    def _approval_department(self):
        return self.company_id.sudo().itsms_office_department_id  # sudo: which one is no secret

    def _approval_preparers(self):
        """The lead auditor makes the plan (AUD-4.1.3)."""
        return self.lead_id or super()._approval_preparers()

    def _record_filing_states(self):
        """The plan is kept when the audit is concluded; the office keeps it (AUD-3.4, AUD-4.5)."""
        return ("concluded",)

    def _record_topic(self):
        return "plan"

    def _record_form_code(self):
        return "audit.plan"

    def _record_title(self):
        return f"{self.env._('Internal audit implementation plan')} {self.number or ''} {self.name}"

    def _record_report(self):
        return "itsms_audit.action_report_audit_plan"

    def _locked_way_out(self):
        if all(audit.state == "pending" for audit in self):
            return super()._locked_way_out()
        if all(audit.state in ("approved", "notified") for audit in self):
            return self.env._("Revise the plan; it is approved and notified again.")
        return self.env._("The plan stays as it was approved; auditors are replaced with a reason.")

    # ------------------------------------------------------------ who sees and writes it
    @api.model
    def _edit_domain(self):
        """The lead auditor; before one is appointed the ITSMS office and lead auditors."""
        user = self.env.user
        leads = user._itsms_role_assignments("lead_auditor").company_id
        without = Domain("lead_id", "=", False) & (
            self._office_domain() | Domain("company_id", "in", leads.ids)
        )
        return Domain("lead_id", "=", user.id) | without

    @api.model
    def _see_domain(self):
        """Who decides, senior management, the team, and the auditees once they are notified."""
        user = self.env.user
        leaders = user._itsms_role_assignments("president", "vice_president", *MR).company_id
        auditee = Domain("state", "in", KNOWN) & self._department_domain("department_ids")
        return (
            self._asked_domain()
            | Domain("company_id", "in", leaders.ids)
            | Domain("member_ids.user_id", "=", user.id)
            | auditee
        )

    @api.depends("lead_id", "member_ids.user_id", "company_id")
    @api.depends_context("uid")
    def _compute_is_lead(self):
        user = self.env.user
        companies = user._itsms_role_assignments(*MR).company_id
        for audit in self:
            audit.is_lead = audit.lead_id == user
            audit.is_mr = audit.company_id in companies
            audit.is_member = user in audit.sudo().member_ids._present()  # sudo: names only

    # ------------------------------------------------------------ computed
    @api.depends("programme_line_ids")
    def _compute_extra(self):
        for audit in self:
            audit.extra = not audit.programme_line_ids

    @api.depends("schedule_ids.department_id", "schedule_ids.clause_ids")
    def _compute_departments(self):
        for audit in self:
            audit.department_ids = audit.schedule_ids.department_id
            audit.clause_ids = audit.schedule_ids.clause_ids

    # ------------------------------------------------------------ rules of entering
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            early = {name for name in PHASES if vals.get(name)} - {"document_ids"}
            if early:
                self._refuse_phase(early)
        return super().create(vals_list)

    def write(self, vals):
        for name in set(PHASES) & set(vals):
            # sudo: the state decides, for all
            if any(audit.state not in PHASES[name] for audit in self.sudo()):
                self._refuse_phase({name})
        return super().write(vals)

    def _refuse_phase(self, names):
        raise UserError(
            self.env._(
                "“%(fields)s” is entered when the audit has come that far, and stays as it was "
                "held afterwards (AUD-4.2).",
                fields=", ".join(
                    self._fields[name]._description_string(self.env) for name in sorted(names)
                ),
            )
        )

    @api.constrains("programme_line_ids")
    def _check_programme_lines(self):
        for audit in self:
            # sudo: compares states and companies only
            lines = audit.sudo().programme_line_ids
            wrong = lines.filtered(
                lambda x, a=audit: (
                    x.programme_state not in ("approved", "superseded", "closed")
                    or x.company_id != a.company_id
                )
            )
            if wrong:
                raise UserError(
                    self.env._(
                        "“%(line)s” is not in force: an audit is planned by the programme that the "
                        "management representative approved, or is an extra audit (AUD-4.1.1a).",
                        line=wrong[0].display_name,
                    )
                )

    # ------------------------------------------------------------ plan
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for audit in self:
            audit._check_plan_complete()
            audit._check_not_too_late()
            audit._check_team(audit.date_start)
            audit._check_independent()
            audit.schedule_ids._check_no_double_booking()

    def _check_plan_complete(self):
        """The plan says what AUD-4.1.3a–c ask for."""
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("lead_id", "purpose", "scope", "criteria", "date_start", "date_end")
            if not self[name]
        ]
        if self.extra and not (self.extra_reason or "").strip():
            missing.append(self._fields["extra_reason"]._description_string(self.env))
        if missing:
            raise UserError(
                self.env._(
                    "%(audit)s lacks %(missing)s (AUD-4.1.1c, AUD-4.1.2, AUD-4.1.3).",
                    audit=self.display_name,
                    missing=", ".join(missing),
                )
            )
        if self.env.user != self.lead_id:
            raise AccessError(
                self.env._(
                    "%(name)s leads %(audit)s and makes its plan: he submits it (AUD-4.1.3).",
                    name=self.lead_id.sudo().name,  # sudo: a colleague's name
                    audit=self.display_name,
                )
            )
        if not self.schedule_ids:
            raise UserError(
                self.env._(
                    "%(audit)s has no auditee department: enter the timetable with departments, "
                    "clauses and auditors (AUD-4.1.3c).",
                    audit=self.display_name,
                )
            )
        for line in self.schedule_ids:
            if not line.clause_ids or not line.auditor_ids:
                raise UserError(
                    self.env._(
                        "“%(line)s” lacks its clauses or its auditors (AUD-4.1.3b, AUD-4.1.3c).",
                        line=line.display_name,
                    )
                )

    def _check_not_too_late(self):
        """A plan is approved before the audit, never after it began (AUD-4.1.3)."""
        today = self.company_id._itsms_today()
        if self.date_start and self.date_start < today:
            raise UserError(
                self.env._(
                    "%(audit)s was to begin on %(day)s: a plan is approved before the audit. Move "
                    "the audit to a later day (AUD-4.1.3).",
                    audit=self.display_name,
                    day=self.date_start,
                )
            )

    def _check_team(self, on):
        """Everybody on the team is qualified on the day of the audit (AUD-4.1.2a)."""
        # sudo: names of colleagues
        auditors = self.sudo().member_ids._auditing() | self.sudo().lead_id
        self.env["itsms.auditor.qualification"]._check_qualified(
            auditors.with_env(self.env), on, self.company_id
        )

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "approve":
            for audit in self:
                audit._check_not_too_late()
                audit._check_independent()

    # ------------------------------------------------------------ screens
    def action_open_revise(self):
        return self.env["itsms.decision"]._open(self, "revise")

    def action_open_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_view_schedule(self):
        """Timetable as a calendar."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "itsms.audit.schedule",
            "view_mode": "calendar,list,form",
            "domain": [("audit_id", "=", self.id)],
            "context": {
                "default_audit_id": self.id,
                "initial_date": str(self.date_start or self.company_id._itsms_today()),
            },
        }
