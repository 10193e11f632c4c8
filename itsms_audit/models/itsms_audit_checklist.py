from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

OPEN = ("draft", "on_site")
ENDED = ("done", "filed")
NONCONFORMING = ("minor", "general", "serious")
MR = ("management_representative",)


class ItsmsAuditChecklist(models.Model):
    """Internal audit checklist (内部审核检查表) of one part of the plan (AUD-4.1.5, EVD-6).

    Made from the plan with the questions of the library; the auditors add their own, take it on
    site and judge every question. Questions and answers are in
    ``itsms_audit_checklist_line.py``, making it in ``itsms_audit_checklist_plan.py``.
    """

    _name = "itsms.audit.checklist"
    _description = "Internal Audit Checklist"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.content.lock.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
    ]
    _order = "audit_id desc, date, id"
    _check_company_auto = True
    _rec_names_search = ["number", "department_id.name"]
    _editable_states = OPEN

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    audit_id = fields.Many2one(
        "itsms.audit",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    audit_state = fields.Selection(
        related="audit_id.state", string="State of the audit", store=False, related_sudo=True
    )
    schedule_id = fields.Many2one(
        "itsms.audit.schedule",
        string="Part of the plan",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Auditee department",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    date = fields.Date(string="Day", readonly=True, help="Day of this part of the audit.")
    auditor_ids = fields.Many2many("res.users", string="Auditors", readonly=True)
    clause_ids = fields.Many2many("itsms.clause", string="Clauses", readonly=True)
    period_from = fields.Date(
        string="Records from", help="Live checks and samples look at records of this period."
    )
    period_to = fields.Date(string="Records to")
    interviewed = fields.Char(
        string="Talked to", help="People of the auditee department who were interviewed."
    )
    line_ids = fields.One2many("itsms.audit.checklist.line", "checklist_id", string="Questions")
    state = fields.Selection(
        [
            ("draft", "Preparing"),
            ("on_site", "On site"),
            ("done", "All judged"),
            ("filed", "Filed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        group_expand=True,
    )
    line_count = fields.Integer(string="Number of questions", compute="_compute_totals")
    judged_count = fields.Integer(string="Judged", compute="_compute_totals")
    open_count = fields.Integer(string="To judge", compute="_compute_totals")
    nonconforming_count = fields.Integer(string="Nonconforming", compute="_compute_totals")
    observation_count = fields.Integer(string="Observations", compute="_compute_totals")
    progress = fields.Integer(string="Judged (%)", compute="_compute_totals", aggregator=None)
    is_mine = fields.Boolean(compute="_compute_is_mine", help="You audit this part of the plan.")
    who_next = fields.Char(string="Who acts next", compute="_compute_who_next")

    _schedule_uniq = models.UniqueIndex(
        "(schedule_id) WHERE schedule_id IS NOT NULL AND state != 'cancelled'",
        "This part of the plan has its checklist already (AUD-4.1.5).",
    )
    _period_chk = models.Constraint(
        "CHECK (period_to >= period_from)", "A period ends on the day it begins, or later (EVD-1)."
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "company_id",
            "audit_id",
            "schedule_id",
            "department_id",
            "date",
            "auditor_ids",
            "clause_ids",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "start": Transition(
                "start", self.env._("Start on site"), ("draft",), "on_site", internal=True
            ),
            "finish": Transition(
                "finish", self.env._("All judged"), ("on_site",), "done", internal=True
            ),
            "reopen": Transition(
                "reopen",
                self.env._("Judge again"),
                ("done",),
                "on_site",
                internal=True,
                reason=True,
            ),
            "file": Transition("file", self.env._("File"), ("done",), "filed", internal=True),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "on_site"),
                "cancelled",
                internal=True,
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("audit.checklist")

    def _approval_department(self):
        """The office keeps the records of audits (AUD-3.4)."""
        return self.company_id.sudo().itsms_office_department_id  # sudo: which one is no secret

    def _record_filing_states(self):
        return ("filed",)

    def _record_form_code(self):
        return "audit.checklist"

    def _record_report(self):
        return "itsms_audit.action_report_audit_checklist"

    def _record_title(self):
        return " ".join(
            filter(
                None,
                (
                    self.env._("Internal audit checklist"),
                    self.number,
                    self.sudo().department_id.name,  # sudo: names of departments are no secret
                ),
            )
        )

    def _record_filled_by(self):
        return self.auditor_ids[:1] or super()._record_filled_by()

    def _locked_way_out(self):
        if all(checklist.state == "done" for checklist in self):
            return self.env._("The lead auditor has it judged again, with a reason.")
        return self.env._("It is filed and stays as it was judged.")

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            raise AccessError(
                self.env._("Checklists are made from the approved plan of an audit (AUD-4.1.5).")
            )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(
            self.env._("A checklist is cancelled with its part of the plan, not deleted (COM-4).")
        )

    # ------------------------------------------------------------ who sees and writes it
    @api.model
    def _edit_domain(self):
        """The auditors of this part, and the lead auditor."""
        uid = self.env.uid
        return Domain("auditor_ids", "in", [uid]) | Domain("audit_id.lead_id", "=", uid)

    @api.model
    def _see_domain(self):
        """The team, senior management, and the auditee once it is judged."""
        user = self.env.user
        leaders = user._itsms_role_assignments("president", "vice_president", *MR).company_id
        return (
            Domain("company_id", "in", leaders.ids)
            | Domain("audit_id.member_ids.user_id", "=", user.id)
            | (Domain("state", "in", ENDED) & self._department_domain())
        )

    @api.depends("auditor_ids")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for checklist in self:
            checklist.is_mine = self.env.user in checklist.auditor_ids

    # ------------------------------------------------------------ computed
    @api.depends("number", "department_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for checklist in self:
            # sudo: names of departments are no secret
            department = checklist.sudo().department_id.name or ""
            day = checklist.date and str(checklist.date)
            checklist.display_name = " ".join(filter(None, (checklist.number, department, day)))

    @api.depends("line_ids.result", "line_ids.dropped")
    def _compute_totals(self):
        counts = {}
        for checklist, result, dropped, count in self.env["itsms.audit.checklist.line"]._read_group(
            [("checklist_id", "in", self.ids)],
            ["checklist_id", "result", "dropped"],
            ["__count"],
        ):
            own = counts.setdefault(checklist.id, {})
            key = "dropped" if dropped else result or "open"
            own[key] = own.get(key, 0) + count
        for checklist in self:
            own = counts.get(checklist.id, {})
            checklist.line_count = sum(own.values())
            checklist.open_count = own.get("open", 0)
            checklist.judged_count = checklist.line_count - checklist.open_count
            checklist.nonconforming_count = sum(own.get(r, 0) for r in NONCONFORMING)
            checklist.observation_count = own.get("observation", 0)
            total = checklist.line_count
            checklist.progress = 100 * checklist.judged_count // total if total else 0

    @api.depends("state", "audit_id.state", "auditor_ids")
    @api.depends_context("lang")
    def _compute_who_next(self):
        for checklist in self:
            # sudo: names of colleagues are no secret
            names = ", ".join(checklist.sudo().auditor_ids.mapped("name"))
            audit = checklist.sudo().audit_id  # sudo: only its state and its lead's name
            if checklist.state == "draft":
                text = self.env._("%(names)s prepare the questions (AUD-4.1.5)", names=names)
            elif checklist.state == "on_site":
                text = self.env._("%(names)s judge every question (AUD-4.2.2)", names=names)
            elif checklist.state == "done" and audit.state == "on_site":
                text = self.env._(
                    "%(lead)s holds the team meeting (AUD-4.2.2c)", lead=audit.lead_id.name or ""
                )
            else:
                text = False
            checklist.who_next = text

    def _audit_period(self):
        """Period that live checks and samples look at: its own, else the audit period of the
        company that holds its day, else the months of the parameter (EVD-1); one checklist."""
        end = self.period_to or self.date or self.company_id._itsms_today()
        if self.period_from:
            return self.period_from, end
        # sudo: the days of the audit period are no secret
        period = (
            self.env["itsms.audit.period"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("state", "!=", "cancelled"),
                    ("date_from", "<", end),
                    ("date_to", ">=", end),
                ],
                limit=1,
            )
        )
        if period:
            return period.date_from, min(end, period.date_to)
        months = int(self.env["itsms.parameter"]._get("coverage.months", self.company_id))
        return end - relativedelta(months=months), end

    # ------------------------------------------------------------ who acts
    def _check_auditor(self):
        """Only the auditors of this part answer, and only while they are independent."""
        for checklist in self:
            # sudo: timetable and team decide, whoever asks
            checklist.sudo().audit_id.with_env(self.env)._check_may_audit(
                self.env.user, checklist.department_id
            )
            if self.env.user not in checklist.auditor_ids:
                raise AccessError(
                    self.env._(
                        "%(checklist)s is judged by %(names)s (AUD-4.1.3b).",
                        checklist=checklist.display_name,
                        # sudo: names of colleagues are no secret
                        names=", ".join(checklist.sudo().auditor_ids.mapped("name")) or "–",
                    )
                )

    def _check_on_site(self):
        """Answers are given on site: after the opening meeting, before the closing one."""
        for checklist in self:
            audit = checklist.sudo().audit_id  # sudo: only its state
            if checklist.state == "draft" or audit.state in ("approved", "notified", "opened"):
                raise UserError(
                    self.env._(
                        "%(checklist)s: the on-site audit has not started. It starts right after "
                        "the opening meeting (AUD-4.2.1c).",
                        checklist=checklist.display_name,
                    )
                )
            if checklist.state != "on_site":
                raise UserError(
                    self.env._(
                        "%(checklist)s is “%(state)s”: its answers are locked. %(way_out)s "
                        "(AUD-4.2.2)",
                        checklist=checklist.display_name,
                        state=checklist._state_label(),
                        way_out=checklist._locked_way_out(),
                    )
                )

    # ------------------------------------------------------------ judged
    def action_finish(self):
        """All questions are judged: the checklist is complete, nonconformities get reports."""
        self._lock_rows()
        self.check_access("read")
        self._check_on_site()
        self._check_auditor()
        for checklist in self:
            checklist._check_complete()
            checklist.line_ids._raise_nonconformities()
        return self._run_transition(self._transition("finish"), locked=True)

    def _check_complete(self):
        """Every question has a result and evidence, or was set aside with a reason."""
        lines = self.line_ids.filtered(lambda x: not x.dropped)
        unjudged = lines.filtered(lambda x: not x.result)
        if unjudged:
            raise UserError(
                self.env._(
                    "%(checklist)s: %(count)s questions are not judged yet, the first is "
                    "“%(question)s” (AUD-4.2.2). Judge them, or set aside with a reason what "
                    "could not be audited.",
                    checklist=self.display_name,
                    count=len(unjudged),
                    question=unjudged[0].question,
                )
            )
        bare = lines.filtered(lambda x: not x._has_evidence())
        if bare:
            raise UserError(
                self.env._(
                    "%(checklist)s: “%(question)s” has a result but no evidence. Write what was "
                    "seen, heard or read: objective evidence, not an impression (AUD-4.2.2, "
                    "AUD-4.2.2.1a).",
                    checklist=self.display_name,
                    question=bare[0].question,
                )
            )
        if not lines:
            raise UserError(
                self.env._(
                    "%(checklist)s has no question that was judged (AUD-4.2.2).",
                    checklist=self.display_name,
                )
            )

    def action_open_reopen(self):
        """Dialog: have it judged again, with a reason (lead auditor)."""
        return self.env["itsms.decision"]._open(self, "reopen")

    def action_transition(self, name, comment=None):
        """“Judge again” belongs to the lead auditor while the audit is on site."""
        if name != "reopen":
            return super().action_transition(name, comment)
        self._lock_rows()
        self.check_access("read")
        for checklist in self:
            audit = checklist.sudo().audit_id  # sudo: only its state and its lead
            if audit.lead_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "The lead auditor has a checklist judged again: %(name)s (AUD-3.2).",
                        name=audit.lead_id.name or "–",
                    )
                )
            if audit.state != "on_site":
                raise UserError(
                    self.env._(
                        "%(audit)s is not on site any more: what was judged stays (AUD-4.2.3).",
                        audit=audit.display_name,
                    )
                )
        return self._run_transition(self._transition("reopen"), comment, locked=True)

    # ------------------------------------------------------------ screens
    def action_on_site(self):
        """Open the questions one by one, for a tablet on site."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_audit.itsms_audit_on_site_action"
        )
        return {**action, "name": self.display_name, "params": {"checklist_id": self.id}}

    def action_view_audit(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.audit",
            "res_id": self.audit_id.id,
            "views": [(False, "form")],
        }

    def action_run_live(self):
        """Count all live questions of this checklist now and freeze the answers."""
        self.ensure_one()
        self.check_access("read")
        self._check_on_site()
        self._check_auditor()
        self.line_ids.filtered(lambda x: x.live_check_id and not x.dropped)._run_live()
        return True
