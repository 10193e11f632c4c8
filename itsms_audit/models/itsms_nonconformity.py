from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from .nonconformity_kinds import CATEGORIES, GRADES, SOURCES, similarity

ENDED = ("closed", "void")
MR = ("management_representative",)


class ItsmsNonconformity(models.Model):
    """Nonconformity and what is done about it, one register for all sources (CPA-1).

    Registered by who found it, confirmed by the responsible department, which puts it right at
    once, finds the causes and plans measures; its head reviews them, the management
    representative approves them. They are carried out, verified and judged by their effect, in as
    many rounds as it takes; only then the management representative closes it (AUD-4.4).
    The way itself is in ``itsms_nonconformity_flow.py``.
    """

    _name = "itsms.nonconformity"
    _description = "Nonconformity"
    _inherit = [
        "itsms.deadline.mixin",
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "itsms.linked.mixin",
        "itsms.action.origin.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]
    _editable_states = ("draft", "issued", "analysis", "rejected")
    _record_kept_by_office = True
    _deadline_field = "deadline_on"

    # ------------------------------------------------------------ the finding
    name = fields.Char(string="Subject", required=True, tracking=True)
    kind = fields.Selection(
        [("actual", "Nonconformity"), ("potential", "Possible nonconformity")],
        required=True,
        default="actual",
        help="Possible: it has not happened, but may; the measures are preventive (CPA-17).",
    )
    source_kind = fields.Selection(
        SOURCES, string="Source", required=True, default="record", index=True
    )
    source_model = fields.Char(readonly=True, index=True, copy=False)
    source_id = fields.Many2oneReference(
        string="Source record (ID)", model_field="source_model", readonly=True, copy=False
    )
    source_name = fields.Char(string="Source record", compute="_compute_source_name")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Responsible department",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    raised_by_id = fields.Many2one(
        "res.users", string="Found by", readonly=True, copy=False, index=True, ondelete="restrict"
    )
    found_on = fields.Date(
        string="Found on",
        required=True,
        default=lambda self: self.env.company._itsms_today(),
        copy=False,
    )
    registered_on = fields.Date(string="Registered on", readonly=True, copy=False, index=True)
    clause_id = fields.Many2one(
        "itsms.clause",
        index=True,
        ondelete="restrict",
        domain=[("heading", "=", False)],
        help="Clause of the standard that is not met (CPA-3).",
    )
    procedure_text = fields.Char(
        string="Procedure paragraph", help="Where the company's own rules say it (CPA-3)."
    )
    requirement = fields.Text(help="What should be: the words of the clause or procedure (CPA-3).")
    evidence = fields.Text(
        string="Objective evidence",
        help="What was seen, heard or read, where and when: facts, no opinion (CPA-3).",
    )
    deviation = fields.Text(help="In what the one falls short of the other (CPA-3).")
    grade = fields.Selection(GRADES, required=True, default="minor", index=True, tracking=True)
    grade_help = fields.Char(string="Meaning of the grade", compute="_compute_grade_help")
    grade_raised = fields.Boolean(
        readonly=True, copy=False, help="Raised because it happened again (CPA-16)."
    )
    likelihood = fields.Selection(
        [(str(n), str(n)) for n in range(1, 6)], help="1: hardly ever, 5: almost certain (CPA-17)."
    )
    impact = fields.Selection(
        [(str(n), str(n)) for n in range(1, 6)], help="1: hardly felt, 5: very serious (CPA-17)."
    )
    risk_ref = fields.Reference(
        [("itsms.risk", "Risk or Opportunity"), ("itsms.improvement", "Improvement")],
        string="Risk or opportunity",
        help="A possible nonconformity belongs to a line of the risk register (CPA-17).",
    )
    # ------------------------------------------------------------ repetition
    earlier_ids = fields.Many2many(
        "itsms.nonconformity",
        string="Happened before",
        compute="_compute_earlier_ids",
        help="Same clause in the same department, or the same cause, within the months of the "
        "parameter (CPA-16).",
    )
    proposed_grade = fields.Selection(GRADES, compute="_compute_earlier_ids")
    repeat_of_id = fields.Many2one(
        "itsms.nonconformity",
        string="Repeats",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    # ------------------------------------------------------------ the answer
    confirmed_by_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, copy=False, ondelete="restrict"
    )
    confirmed_at = fields.Datetime(string="Confirmed on", readonly=True, copy=False)
    contest_reason = fields.Text(string="Why contested", readonly=True, copy=False)
    upheld_reason = fields.Text(string="Why upheld", readonly=True, copy=False)
    consequences = fields.Text(
        help="Who and what is affected – customers, services, records – and how that was dealt "
        "with (CPA-6).",
        copy=False,
    )
    no_correction_reason = fields.Char(
        string="Why nothing to put right",
        help="Where no correction is possible or needed (CPA-6).",
        copy=False,
    )
    extent = fields.Selection(
        [
            ("none", "Nowhere else"),
            ("possible", "Could occur elsewhere"),
            ("exists", "Exists elsewhere"),
        ],
        string="Elsewhere?",
        copy=False,
        help="Do similar nonconformities exist, or could they occur, elsewhere? (CPA-7)",
    )
    extent_where = fields.Text(
        string="Where checked", copy=False, help="Where it was looked for, and what was found."
    )
    cause_method = fields.Selection(
        [("why", "Five whys"), ("tree", "Cause-effect tree")], string="Method", copy=False
    )
    cause_ids = fields.One2many("itsms.cause", "nonconformity_id", string="Causes", copy=False)
    cause_category = fields.Selection(
        CATEGORIES, string="Kind of root cause", compute="_compute_cause_category", store=True
    )
    cause_similarity = fields.Integer(
        compute="_compute_cause_similarity",
        help="How much the root cause only repeats the deviation, in percent (CPA-8).",
    )
    cause_repeats = fields.Boolean(compute="_compute_cause_similarity")
    corrective_needed = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        string="Corrective action needed?",
        copy=False,
        help="“No” needs a reason and the management representative, and is not possible for a "
        "general or serious nonconformity (CPA-9).",
    )
    not_needed_reason = fields.Text(string="Why not needed", copy=False)
    effect_criterion = fields.Text(
        string="Effective when",
        copy=False,
        help="By what the effect will be measured, for example: no repeat in 3 months, "
        "attainment at least 95 % (CPA-15).",
    )
    cost = fields.Monetary(
        string="Money needed", compute="_compute_cost", help="Sum of the planned measures."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    to_the_top = fields.Boolean(
        compute="_compute_to_the_top",
        help="Serious, or costly: the vice-president and the President decide too.",
    )
    cycle = fields.Integer(string="Round", readonly=True, copy=False, default=1, aggregator=None)
    round_ids = fields.One2many(
        "itsms.nonconformity.round", "nonconformity_id", string="Rounds", readonly=True, copy=False
    )
    # ------------------------------------------------------------ days
    confirm_due_on = fields.Date(string="Confirm until", readonly=True, copy=False)
    correction_due_on = fields.Date(string="Correct until", readonly=True, copy=False)
    plan_due_on = fields.Date(string="Analysis and plan until", readonly=True, copy=False)
    implement_due_on = fields.Date(string="Carry out until", readonly=True, copy=False)
    effect_due_on = fields.Date(string="Effect checked on", readonly=True, copy=False)
    deadline_on = fields.Date(
        string="Next day", readonly=True, copy=False, index=True, help="Of the present step."
    )
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    days_overdue = fields.Integer(compute="_compute_overdue")
    closed_on = fields.Date(readonly=True, copy=False, index=True)
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    in_time = fields.Boolean(string="Closed in time", readonly=True, copy=False)
    age = fields.Integer(
        string="Age (days)",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Days since it was registered, until today or until it was closed.",
    )
    age_band = fields.Selection(
        [
            ("a", "up to 15 days"),
            ("b", "16 to 30 days"),
            ("c", "31 to 60 days"),
            ("d", "61 to 90 days"),
            ("e", "over 90 days"),
        ],
        string="Age",
        readonly=True,
        copy=False,
        index=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("issued", "To be confirmed"),
            ("contested", "Contested"),
            ("analysis", "Causes and measures"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Being carried out"),
            ("verified", "Effect to be checked"),
            ("effective", "To be closed"),
            ("closed", "Closed"),
            ("void", "Not upheld"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    can_issue = fields.Boolean(compute="_compute_acts")
    can_confirm = fields.Boolean(compute="_compute_acts")
    can_rule = fields.Boolean(compute="_compute_acts")
    can_check = fields.Boolean(compute="_compute_acts")
    can_close = fields.Boolean(compute="_compute_acts")
    who_next = fields.Char(string="Next", compute="_compute_who_next")

    _cycle_chk = models.Constraint("CHECK (cycle > 0)", "Rounds count from 1.")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "raised_by_id",
            "registered_on",
            "grade_raised",
            "repeat_of_id",
            "confirmed_by_id",
            "confirmed_at",
            "contest_reason",
            "upheld_reason",
            "cycle",
            "round_ids",
            "confirm_due_on",
            "correction_due_on",
            "plan_due_on",
            "implement_due_on",
            "effect_due_on",
            "deadline_on",
            "closed_on",
            "closed_by_id",
            "in_time",
            "age",
            "age_band",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"raised_by_id": self.env.uid, "cycle": 1}

    def _unlocked_fields(self):
        """Actions have their own lock, which asks this record (``_check_actions_open``)."""
        return super()._unlocked_fields() | {"action_ids"}

    def _lifecycle_transitions(self):
        running = ("approved", "verified", "effective")
        return super()._lifecycle_transitions() | {
            "issue": Transition(
                "issue",
                self.env._("Issue"),
                ("draft",),
                "issued",
                requires=("requirement", "evidence", "deviation"),
            ),
            "confirm": Transition(
                "confirm", self.env._("Confirm"), ("issued",), "analysis", internal=True
            ),
            "contest": Transition(
                "contest",
                self.env._("Contest"),
                ("issued",),
                "contested",
                reason=True,
                internal=True,
            ),
            "uphold": Transition(
                "uphold", self.env._("Uphold"), ("contested",), "issued", roles=MR, reason=True
            ),
            "dismiss": Transition(
                "dismiss",
                self.env._("Not upheld"),
                ("contested", "issued", "analysis", "rejected"),
                "void",
                roles=MR,
                reason=True,
            ),
            "cancel": Transition("cancel", self.env._("Cancel"), ("draft",), "void", reason=True),
            "submit": Transition(
                "submit", self.env._("Submit"), ("analysis", "rejected"), "pending", internal=True
            ),
            "withdraw": Transition(
                "withdraw", self.env._("Withdraw"), ("pending",), "analysis", internal=True
            ),
            "check": Transition(
                "check", self.env._("Carried out"), ("approved",), "verified", internal=True
            ),
            "settle": Transition(
                "settle",
                self.env._("Effective"),
                ("approved", "verified"),
                "effective",
                internal=True,
            ),
            "reopen": Transition(
                "reopen",
                self.env._("Further measures"),
                running,
                "analysis",
                reason=True,
                internal=True,
            ),
            "close": Transition("close", self.env._("Close"), ("effective",), "closed", roles=MR),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("nonconformity")

    def _record_filing_states(self):
        return ("closed",)

    def _record_form_code(self):
        audit = self.source_kind == "internal_audit"
        return "audit.nonconformity" if audit else "cpa.nonconformity"

    def _record_report(self):
        return "itsms_audit.action_report_nonconformity"

    def _locked_way_out(self):
        return self.env._("The management representative may send it back or change the grade.")

    # ------------------------------------------------------------ access
    @api.model
    def _see_domain(self):
        """The department once it was issued, who has to do with its actions, auditors, deciders;
        a draft is its writer's alone."""
        issued = self._department_domain() | self._around_domain() | self._asked_domain()
        return Domain("raised_by_id", "=", self.env.uid) | (Domain("state", "!=", "draft") & issued)

    @api.model
    def _edit_domain(self):
        """The draft is its writer's; the answer is the responsible department's."""
        return (
            self._office_domain()
            | (Domain("raised_by_id", "=", self.env.uid) & Domain("state", "=", "draft"))
            | (self._department_domain() & Domain("state", "!=", "draft"))
        )

    # ------------------------------------------------------------ computed
    @api.depends("source_model", "source_id")
    @api.depends_context("uid", "lang")
    def _compute_source_name(self):
        self.source_name = False
        for name, found in self.filtered("source_id").grouped("source_model").items():
            if name not in self.env:
                continue
            # sudo: confidential records mask their own name
            records = self.env[name].sudo().browse(found.mapped("source_id")).exists()
            names = {record.id: record.display_name for record in records}
            for record in found:
                record.source_name = names.get(record.source_id)

    @api.depends("grade")
    @api.depends_context("lang")
    def _compute_grade_help(self):
        meanings = self._grade_meanings()
        for record in self:
            record.grade_help = meanings.get(record.grade)

    @api.model
    def _grade_meanings(self):
        """The manual's criteria (AUD-4.2.2.3b–e)."""
        return {
            "minor": self.env._("Isolated, occasional, no direct effect on service quality."),
            "general": self.env._(
                "Clearly not in line with the requirements, or with direct effect on service "
                "quality."
            ),
            "serious": self.env._(
                "A key control procedure was not carried out, or an element or requirement of the "
                "standard is missing; or a systematic or regional failure; or the final service "
                "quality is at serious risk."
            ),
            "observation": self.env._(
                "Not a nonconformity, but tends to become one, or could be done better, or "
                "evidence is insufficient for now though a problem is expected."
            ),
        }

    @api.depends("cause_ids.root", "cause_ids.category")
    def _compute_cause_category(self):
        for record in self:
            record.cause_category = record.cause_ids.filtered("root")[:1].category

    @api.depends("cause_ids.root", "cause_ids.name", "deviation", "name", "evidence")
    def _compute_cause_similarity(self):
        limit = self.env["itsms.parameter"]._get("cpa.similarity", self.company_id[:1])
        for record in self:
            texts = (record.name, record.deviation, record.evidence)
            roots = record.cause_ids.filtered("root").mapped("name")
            best = max((similarity(a, b) for a in roots for b in texts), default=0)
            record.cause_similarity = best
            record.cause_repeats = best >= limit

    @api.depends("action_ids.cost", "action_ids.state")
    def _compute_cost(self):
        for record in self:
            # sudo: the sum decides who is asked, whoever may open the single action
            actions = record.sudo().action_ids.filtered(lambda a: a.state != "cancelled")
            record.cost = sum(actions.mapped("cost"))

    @api.depends("grade", "cost")
    def _compute_to_the_top(self):
        get = self.env["itsms.parameter"]._get
        for record in self:
            limit = get("cpa.cost.limit", record.company_id)
            record.to_the_top = record.grade == "serious" or record.cost > limit

    @api.depends("state", "deadline_on", "company_id")
    def _compute_overdue(self):
        for record in self:
            today = (record.company_id or self.env.company)._itsms_today()
            late = record.deadline_on and record.deadline_on < today
            record.overdue = bool(late)
            record.days_overdue = (today - record.deadline_on).days if late else 0

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("deadline_on", "<", self.env.company._itsms_today())
        return domain if True in value else ~domain

    @api.constrains("found_on", "company_id")
    def _check_found_on(self):
        for record in self:
            if record.found_on > record.company_id._itsms_today():
                raise ValidationError(
                    self.env._("A nonconformity is found before it is registered (CPA-3).")
                )

    # ------------------------------------------------------------ lock
    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            defaults = self.default_get(["source_model", "source_id"])
            for vals in vals_list:
                self._check_source(defaults | vals)
        return super().create(vals_list)

    def write(self, vals):
        if not guard.is_engine(self.env) and {"source_model", "source_id"} & set(vals):
            raise UserError(self.env._("The source of a nonconformity stays as it is (CPA-2)."))
        return super().write(vals)

    @api.model
    def _check_source(self, vals):
        """A source record exists, may have nonconformities, and is open to the user."""
        name, res_id = vals.get("source_model"), vals.get("source_id")
        if not name and not res_id:
            return
        model = self.env.get(name) if isinstance(name, str) else None
        if model is None or not hasattr(model, "_open_nonconformities") or model._abstract:
            raise UserError(self.env._("The source of a nonconformity must exist (CPA-2)."))
        record = model.browse(res_id if isinstance(res_id, int) else []).exists()
        if not record:
            raise UserError(self.env._("The source of a nonconformity must exist (CPA-2)."))
        record.check_access("read")
