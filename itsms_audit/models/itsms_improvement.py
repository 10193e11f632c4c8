from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from ..engine import ranking
from .improvement_kinds import BENEFITS, EFFORTS, MR

PROPOSAL = {"name", "description", "expected", "benefit", "source_model", "source_id"}
OPEN = ("draft", "proposed", "evaluated", "rejected", "deferred")
DECIDABLE = ("proposed", "evaluated", "rejected", "pending")
CARRIED_OUT = ("implementing", "measuring", "closed")


class ItsmsImprovement(models.Model):
    """Opportunity for improvement and what becomes of it (CPA-18 … CPA-22, clause 10.2).

    Anybody proposes; the ITSMS office evaluates by the approved criteria; the management
    representative approves, defers or declines, and the proposer is told each time. An approved
    one is carried out by its actions and measured against its targets; a missed target leads to
    further action or to an end with a reason. The way is in ``itsms_improvement_flow.py``.
    """

    _name = "itsms.improvement"
    _description = "Improvement"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "itsms.linked.mixin",
        "itsms.action.origin.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "ranking desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]
    _editable_states = ("draft", "proposed", "evaluated", "rejected")
    _record_kept_by_office = True

    name = fields.Char(string="Opportunity for improvement", required=True, tracking=True)
    description = fields.Text(help="How it is today, and what could be better.")
    expected = fields.Text(string="Expected benefit", help="Who gains what, and how much.")
    benefit = fields.Selection(
        BENEFITS, string="Kind of benefit", required=True, default="quality", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department", index=True, ondelete="restrict", check_company=True
    )
    source_model = fields.Char(readonly=True, index=True, copy=False)
    source_id = fields.Many2oneReference(
        string="Source record (ID)", model_field="source_model", readonly=True, copy=False
    )
    source_name = fields.Char(string="Source", compute="_compute_source_name")
    proposer_id = fields.Many2one(
        "res.users",
        string="Proposed by",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
    )
    proposed_on = fields.Date(readonly=True, copy=False, index=True)
    # ------------------------------------------------------------ evaluation
    criteria_id = fields.Many2one(
        "itsms.improvement.criteria",
        string="Criteria used",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        help="The edition of the criteria that the points were given by (CPA-18).",
    )
    point_ids = fields.One2many("itsms.improvement.point", "improvement_id", string="Points")
    effort = fields.Selection(EFFORTS, copy=False, help="Class of effort (CPA-18).")
    score = fields.Float(
        compute="_compute_score",
        store=True,
        aggregator="avg",
        digits=(4, 2),
        help="Σ weight × points ÷ Σ weight, 0 to 5 (CPA-18).",
    )
    ranking = fields.Float(
        compute="_compute_score",
        store=True,
        index=True,
        aggregator="avg",
        digits=(4, 2),
        help="Score ÷ class of effort: the higher, the sooner (CPA-18).",
    )
    evaluated_on = fields.Date(readonly=True, copy=False)
    evaluated_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    # ------------------------------------------------------------ plan
    owner_id = fields.Many2one(
        "res.users",
        copy=False,
        index=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Sees to it that the approved improvement is carried out and measured.",
    )
    resources = fields.Char(copy=False, help="People, money, tools it needs.")
    cost = fields.Monetary(string="Money needed", compute="_compute_cost")
    currency_id = fields.Many2one(related="company_id.currency_id")
    to_the_top = fields.Boolean(compute="_compute_cost")
    due_on = fields.Date(string="Carried out until", copy=False, index=True, tracking=True)
    target_ids = fields.One2many("itsms.improvement.target", "improvement_id", string="Targets")
    targets_text = fields.Text(string="Targets in words", compute="_compute_targets_text")
    # ------------------------------------------------------------ decision and result
    decided_on = fields.Date(readonly=True, copy=False, index=True)
    decision_reason = fields.Text(string="Reason of the decision", readonly=True, copy=False)
    deferred_until = fields.Date(string="Deferred until", readonly=True, copy=False, index=True)
    cycle = fields.Integer(string="Round", readonly=True, copy=False, default=1, aggregator=None)
    implemented_on = fields.Date(readonly=True, copy=False, index=True)
    result = fields.Selection(
        [("reached", "Targets reached"), ("missed", "Target missed")],
        readonly=True,
        copy=False,
        index=True,
    )
    end_reason = fields.Text(string="Why it ends so", readonly=True, copy=False)
    closed_on = fields.Date(readonly=True, copy=False, index=True)
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("proposed", "Proposed"),
            ("evaluated", "Evaluated"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("implementing", "Being carried out"),
            ("measuring", "To be measured"),
            ("closed", "Closed"),
            ("deferred", "Deferred"),
            ("declined", "Declined"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    can_act = fields.Boolean(compute="_compute_acts")
    can_rule = fields.Boolean(compute="_compute_acts")
    who_next = fields.Char(string="Next", compute="_compute_who_next")

    _ranked_idx = models.Index("(company_id, state, ranking DESC)")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "proposer_id",
            "proposed_on",
            "criteria_id",
            "evaluated_on",
            "evaluated_by_id",
            "decided_on",
            "decision_reason",
            "deferred_until",
            "cycle",
            "implemented_on",
            "result",
            "end_reason",
            "closed_on",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"proposer_id": self.env.uid, "cycle": 1}

    def _unlocked_fields(self):
        """Actions have their own lock, which asks this record (``_check_actions_open``)."""
        return super()._unlocked_fields() | {"action_ids"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "propose": Transition(
                "propose",
                self.env._("Propose"),
                ("draft",),
                "proposed",
                requires=("description", "expected"),
            ),
            "evaluate": Transition(
                "evaluate",
                self.env._("Evaluated"),
                ("proposed",),
                "evaluated",
                groups=("itsms_base.group_itsms_office",),
                requires=("effort",),
            ),
            "submit": Transition(
                "submit", self.env._("Submit"), ("evaluated", "rejected"), "pending", internal=True
            ),
            "withdraw": Transition(
                "withdraw", self.env._("Withdraw"), ("pending",), "evaluated", internal=True
            ),
            "defer": Transition(
                "defer", self.env._("Defer"), DECIDABLE, "deferred", reason=True, internal=True
            ),
            "resume": Transition(
                "resume",
                self.env._("Take up again"),
                ("deferred",),
                "proposed",
                roles=MR,
                groups=("itsms_base.group_itsms_office",),
            ),
            "decline": Transition(
                "decline",
                self.env._("Decline"),
                (*DECIDABLE, "deferred"),
                "declined",
                roles=MR,
                reason=True,
            ),
            "begin": Transition(
                "begin", self.env._("Carry out"), ("approved",), "implementing", internal=True
            ),
            "implemented": Transition(
                "implemented",
                self.env._("Carried out"),
                ("implementing",),
                "measuring",
                internal=True,
            ),
            "further": Transition(
                "further",
                self.env._("Further action"),
                ("measuring",),
                "implementing",
                reason=True,
                internal=True,
            ),
            "close": Transition(
                "close", self.env._("Close"), ("implementing", "measuring"), "closed", roles=MR
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("improvement")

    def _record_filing_states(self):
        return ("closed", "declined")

    def _record_form_code(self):
        return "cpa.improvement"

    def _locked_way_out(self):
        return self.env._("Withdraw it, or propose a further improvement.")

    # ------------------------------------------------------------ access
    @api.model
    def _see_domain(self):
        """The proposer, the department, who has to do with its actions, who decides; auditors."""
        known = self._department_domain() | self._around_domain() | self._asked_domain()
        return Domain("proposer_id", "=", self.env.uid) | (Domain("state", "!=", "draft") & known)

    @api.model
    def _edit_domain(self):
        """A draft is the proposer's; then the office and the owner work on it."""
        uid = self.env.uid
        return (
            (self._office_domain() & Domain("state", "!=", "draft"))
            | (Domain("proposer_id", "=", uid) & Domain("state", "=", "draft"))
            | (Domain("owner_id", "=", uid) & Domain("state", "!=", "draft"))
        )

    # ------------------------------------------------------------ computed
    @api.depends("point_ids.points", "point_ids.weight", "effort")
    def _compute_score(self):
        for record in self:
            pairs = [(p.weight, int(p.points or 0)) for p in record.point_ids]
            value = ranking.score(pairs)
            record.score = value
            record.ranking = ranking.rank(value, int(record.effort or 0))

    @api.depends("target_ids.target", "target_ids.baseline", "target_ids.reached")
    @api.depends_context("lang")
    def _compute_targets_text(self):
        """“Tickets solved at once: 60 → 75 % until 2027-06-30 (reached 78)”."""
        for record in self:
            lines = []
            for target in record.target_ids:
                text = (
                    f"{target.name}: {target.baseline:g} → {target.target:g} {target.unit or ''}"
                ).strip()
                if target.due_on:
                    text += self.env._(" until %(day)s", day=target.due_on)
                if target.verdict:
                    text += self.env._(" (reached %(value)g)", value=target.reached)
                lines.append(text)
            record.targets_text = "\n".join(lines)

    @api.depends("action_ids.cost", "action_ids.state")
    def _compute_cost(self):
        get = self.env["itsms.parameter"]._get
        for record in self:
            # sudo: the sum decides who is asked, whoever may open the single action
            actions = record.sudo().action_ids.filtered(lambda a: a.state != "cancelled")
            record.cost = sum(actions.mapped("cost"))
            record.to_the_top = record.cost > get("cpa.cost.limit", record.company_id)

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

    @api.depends("state", "due_on")
    def _compute_overdue(self):
        for record in self:
            today = (record.company_id or self.env.company)._itsms_today()
            running = record.state in ("approved", "implementing")
            record.overdue = bool(running and record.due_on and record.due_on < today)

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._itsms_today()
        domain = Domain("state", "in", ("approved", "implementing")) & Domain("due_on", "<", today)
        return domain if True in value else ~domain

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_turn(self):
        super()._compute_turn()
        for record in self:
            record.can_submit = record.state in ("evaluated", "rejected")

    @api.depends("state", "owner_id")
    @api.depends_context("uid")
    def _compute_acts(self):
        user = self.env.user
        office = user.has_group("itsms_base.group_itsms_office")
        ruled = user._itsms_role_assignments(*MR).company_id
        for record in self:
            record.can_act = office or user == record.owner_id
            record.can_rule = record.company_id in ruled

    @api.depends("state", "next_actor", "owner_id", "proposer_id")
    @api.depends_context("uid", "lang")
    def _compute_who_next(self):
        for record in self:
            owner = record.sudo().owner_id.name or "–"  # sudo: a colleague's name
            texts = {
                "draft": self.env._("you propose it."),
                "proposed": self.env._("the ITSMS office gives points, effort and targets."),
                "evaluated": self.env._(
                    "the ITSMS office or the owner plans actions and submits it."
                ),
                "rejected": self.env._("the ITSMS office reworks it, or it is declined."),
                "pending": record.next_actor,
                "approved": self.env._("%(owner)s has it carried out.", owner=owner),
                "implementing": self.env._("the owners of the actions; then it is measured."),
                "measuring": self.env._("%(owner)s measures what was reached.", owner=owner),
                "deferred": self.env._(
                    "the management representative takes it up again or declines it."
                ),
            }
            record.who_next = texts.get(record.state) or False

    # ------------------------------------------------------------ source
    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            defaults = self.default_get(["source_model", "source_id"])
            for vals in vals_list:
                known = defaults | vals
                self.env["itsms.nonconformity"]._check_source(known)
                source = self._source_of(known)
                if source and not vals.get("company_id"):
                    company = self.env["itsms.log"]._company_of(source)
                    vals["company_id"] = (company or self.env.company).id
        return super().create(vals_list)

    @api.model
    def _source_of(self, vals):
        if not vals.get("source_id"):
            return None
        return self.env[vals["source_model"]].browse(vals["source_id"])

    def write(self, vals):
        if not guard.is_engine(self.env) and {"source_model", "source_id"} & set(vals):
            raise UserError(self.env._("The source of an improvement stays as it is (COM-19)."))
        return super().write(vals)

    def _check_content_change(self, names):
        """What was proposed stays as the proposer wrote it; the evaluation is added to it."""
        super()._check_content_change(names)
        if guard.is_engine(self.env) or not names & PROPOSAL:
            return
        for record in self.sudo():  # sudo: the state decides, for all
            if record.state != "draft":
                raise UserError(
                    self.env._(
                        "%(record)s was proposed: its text stays as the proposer wrote it "
                        "(CPA-19).",
                        record=record.display_name,
                    )
                )

    def action_open_source(self):
        """Open the record that it was proposed from."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.source_model,
            "res_id": self.source_id,
            "views": [(False, "form")],
        }
