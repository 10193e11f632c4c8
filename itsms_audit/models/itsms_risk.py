from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from ..engine import ranking
from .improvement_kinds import MR, SCALE

LIVE = ("open", "treating", "monitored")
METHODS = [
    ("treat", "Treat (reduce)"),
    ("accept", "Accept"),
    ("avoid", "Avoid"),
    ("transfer", "Transfer"),
    ("exploit", "Exploit"),
]
LEVELS = [("low", "Low"), ("medium", "Medium"), ("high", "High"), ("very_high", "Very high")]


class ItsmsRisk(models.Model):
    """Risk or opportunity: one object for the whole management system (SMS-8, clause 6.1).

    Later modules add their own kinds (continuity, availability, security) to ``kind``; method,
    acceptance and yearly reassessment are the same for all of them. Likelihood × impact gives the
    value; above the acceptance level something is done about it, or somebody of the right level
    accepts it with a reason.
    """

    _name = "itsms.risk"
    _description = "Risk or Opportunity"
    _inherit = [
        "itsms.deadline.mixin",
        "itsms.numbered.mixin",
        "itsms.content.lock.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "itsms.linked.mixin",
        "itsms.action.origin.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "value desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]
    _editable_states = ("draft", "open")
    _deadline_field = "review_due_on"

    name = fields.Char(string="Risk or opportunity", required=True, tracking=True)
    nature = fields.Selection(
        [("risk", "Risk"), ("opportunity", "Opportunity")],
        string="Risk or opportunity?",
        required=True,
        default="risk",
        index=True,
    )
    kind = fields.Selection(
        [("system", "Management system")],
        required=True,
        default="system",
        index=True,
        help="Modules add continuity, availability and information security.",
    )
    area = fields.Selection(
        [
            ("organisation", "Organisation"),
            ("requirements", "Service requirements not met"),
            ("parties", "Other parties involved"),
        ],
        string="About",
        required=True,
        default="organisation",
        index=True,
        help="What clause 6.1.1 asks to look at.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department", required=True, index=True, ondelete="restrict", check_company=True
    )
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Watches it, has it treated, assesses it again every year.",
    )
    raised_by_id = fields.Many2one(
        "res.users", string="Found by", readonly=True, copy=False, index=True, ondelete="restrict"
    )
    issue_kind = fields.Selection(
        [("internal", "Internal issue"), ("external", "External issue"), ("party", "Party")],
        string="Comes from",
        required=True,
        default="internal",
        help="Context of the organisation (clause 4.1) or interested party (clause 4.2).",
    )
    issue = fields.Char(
        string="Which issue", help="The issue or the requirement of a party it is traced to."
    )
    cause = fields.Text(help="Why it may happen.")
    consequence = fields.Text(help="What follows when it happens.")
    customer_effect = fields.Text(
        string="Effect on customers", help="What customers and services would feel (6.1.1)."
    )
    existing = fields.Text(string="What is done already")
    likelihood = fields.Selection(
        SCALE, copy=False, index=True, help="1: hardly ever, 5: almost certain."
    )
    impact = fields.Selection(
        SCALE, copy=False, index=True, help="1: hardly felt, 5: very serious."
    )
    value = fields.Integer(
        string="Risk value",
        compute="_compute_value",
        store=True,
        index=True,
        aggregator="max",
        help="Likelihood × impact, 1 to 25.",
    )
    level = fields.Selection(LEVELS, compute="_compute_value", store=True, index=True)
    acceptable = fields.Boolean(
        compute="_compute_acceptable",
        search="_search_acceptable",
        help="Not above the acceptance level (parameter risk.acceptance).",
    )
    method = fields.Selection(METHODS, tracking=True, help="How it is dealt with (6.1.2).")
    effect_criterion = fields.Text(
        string="Effective when", help="By what one will see that the actions worked (6.1.3)."
    )
    assessed_on = fields.Date(string="Assessed", readonly=True, copy=False, index=True)
    assessed_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    review_due_on = fields.Date(string="Assessed again by", readonly=True, copy=False, index=True)
    assessment_ids = fields.One2many(
        "itsms.risk.assessment", "risk_id", string="Assessments", readonly=True, copy=False
    )
    effectiveness = fields.Selection(
        [("yes", "Effective"), ("no", "Not effective")], readonly=True, copy=False, index=True
    )
    effect = fields.Text(string="What it brought", readonly=True, copy=False)
    accepted_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    accepted_on = fields.Date(readonly=True, copy=False)
    accept_reason = fields.Text(string="Why accepted", readonly=True, copy=False)
    closed_on = fields.Date(readonly=True, copy=False)
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("open", "To be dealt with"),
            ("treating", "Being dealt with"),
            ("monitored", "Watched"),
            ("closed", "Closed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    potential_count = fields.Integer(
        string="Possible nonconformities", compute="_compute_potential_count"
    )
    who_next = fields.Char(string="Next", compute="_compute_who_next")

    _matrix_idx = models.Index("(company_id, likelihood, impact)")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "raised_by_id",
            "assessed_on",
            "assessed_by_id",
            "review_due_on",
            "assessment_ids",
            "effectiveness",
            "effect",
            "accepted_by_id",
            "accepted_on",
            "accept_reason",
            "closed_on",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {
            "raised_by_id": self.env.uid,
            "reminder_stage": 0,
        }

    def _unlocked_fields(self):
        """Actions have their own lock, which asks this record (``_check_actions_open``)."""
        return super()._unlocked_fields() | {"action_ids"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "register": Transition(
                "register",
                self.env._("Register"),
                ("draft",),
                "open",
                requires=("issue", "cause", "consequence", "likelihood", "impact"),
            ),
            "treat": Transition(
                "treat",
                self.env._("Start the actions"),
                ("open", "monitored"),
                "treating",
                internal=True,
            ),
            "accept": Transition(
                "accept",
                self.env._("Accept"),
                ("open", "treating"),
                "monitored",
                reason=True,
                internal=True,
            ),
            "judge": Transition(
                "judge", self.env._("Effective"), ("treating",), "monitored", internal=True
            ),
            "reopen": Transition(
                "reopen",
                self.env._("To be dealt with"),
                ("treating", "monitored"),
                "open",
                internal=True,
            ),
            "close": Transition(
                "close",
                self.env._("Close"),
                LIVE,
                "closed",
                roles=MR,
                groups=("itsms_base.group_itsms_office",),
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("risk")

    def _record_filing_states(self):
        return ("closed",)

    def _record_form_code(self):
        return "sms.risk"

    def _locked_way_out(self):
        return self.env._("Assess it again.")

    # ------------------------------------------------------------ access
    @api.model
    def _see_domain(self):
        """Owner, finder, department, who has to do with its actions, who accepts; auditors."""
        user = self.env.user
        ruled = user._itsms_role_assignments(*MR, "president", "vice_president").company_id
        known = (
            self._department_domain()
            | self._around_domain()
            | Domain("company_id", "in", ruled.ids)
        )
        return Domain("raised_by_id", "=", user.id) | (Domain("state", "!=", "draft") & known)

    @api.model
    def _edit_domain(self):
        user = self.env.user
        return (
            (self._office_domain() & Domain("state", "!=", "draft"))
            | (Domain("raised_by_id", "=", user.id) & Domain("state", "=", "draft"))
            | (Domain("owner_id", "=", user.id) & Domain("state", "!=", "draft"))
            | (
                Domain("department_id", "in", user._itsms_headed_departments().ids)
                & Domain("state", "!=", "draft")
            )
        )

    # ------------------------------------------------------------ computed
    @api.depends("likelihood", "impact")
    def _compute_value(self):
        for risk in self:
            risk.value = int(risk.likelihood or 0) * int(risk.impact or 0)
            risk.level = ranking.level(risk.value)

    @api.model
    def _acceptance(self, company):
        """Highest value that needs no treatment."""
        return int(self.env["itsms.parameter"]._get("risk.acceptance", company))

    @api.depends("value", "nature", "company_id")
    def _compute_acceptable(self):
        limits = {c: self._acceptance(c) for c in self.company_id}
        for risk in self:
            limit = limits.get(risk.company_id, 0)
            risk.acceptable = risk.nature == "opportunity" or risk.value <= limit

    def _search_acceptable(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("nature", "=", "opportunity")
        for company in self.env.companies:
            domain |= Domain("company_id", "=", company.id) & Domain(
                "value", "<=", self._acceptance(company)
            )
        return domain if True in value else ~domain

    @api.depends("state", "review_due_on")
    def _compute_overdue(self):
        for risk in self:
            today = (risk.company_id or self.env.company)._itsms_today()
            due = risk.review_due_on
            risk.overdue = bool(risk.state in LIVE and due and due < today)

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._itsms_today()
        domain = Domain("state", "in", LIVE) & Domain("review_due_on", "<", today)
        return domain if True in value else ~domain

    def _compute_potential_count(self):
        refs = {f"{self._name},{i}": i for i in self.ids}
        # sudo: how many there are, whoever may open them
        groups = (
            self.env["itsms.nonconformity"]
            .sudo()
            ._read_group([("risk_ref", "in", list(refs))], ["risk_ref"], ["__count"])
        )
        counts = {refs[str(ref)]: count for ref, count in groups}
        for risk in self:
            risk.potential_count = counts.get(risk.id, 0)

    @api.depends("state", "acceptable", "owner_id")
    @api.depends_context("lang")
    def _compute_who_next(self):
        for risk in self:
            owner = risk.sudo().owner_id.name or "–"  # sudo: a colleague's name
            texts = {
                "draft": self.env._("you register it with likelihood and impact."),
                "open": self.env._(
                    "%(owner)s chooses the method and plans actions, or it is accepted.",
                    owner=owner,
                ),
                "treating": self.env._(
                    "the owners of the actions; then %(owner)s judges the effect.", owner=owner
                ),
                "monitored": self.env._(
                    "%(owner)s assesses it again by %(day)s.", owner=owner, day=risk.review_due_on
                ),
            }
            risk.who_next = texts.get(risk.state) or False

    # ------------------------------------------------------------ content
    def write(self, vals):
        """After the registration the values come from an assessment, which stays on record."""
        if {"likelihood", "impact"} & set(vals) and not guard.is_engine(self.env):
            for risk in self.sudo():  # sudo: the state decides, for all
                if risk.state != "draft":
                    raise UserError(
                        self.env._(
                            "%(risk)s is registered: assess it with the button, so that the "
                            "earlier assessment stays on record (SMS-8).",
                            risk=risk.display_name,
                        )
                    )
        return super().write(vals)

    @api.constrains("method", "nature")
    def _check_method(self):
        for risk in self:
            if risk.method == "exploit" and risk.nature == "risk":
                raise UserError(self.env._("Opportunities are exploited, risks are not (SMS-8)."))

    def _check_actions_open(self, kinds):
        """Actions are planned while it is open; further ones while it is dealt with."""
        for risk in self.sudo():  # sudo: the state decides, for all
            if risk.state not in ("open", "treating"):
                raise UserError(
                    self.env._(
                        "%(risk)s is “%(state)s”: actions are planned when it is registered or "
                        "was assessed again (SMS-8).",
                        risk=risk.display_name,
                        state=risk._state_label(),
                    )
                )
        if kinds - {"preventive", "improvement"}:
            raise UserError(
                self.env._(
                    "Actions on risks are preventive, on opportunities improvements (CPA-17)."
                )
            )

    def _check_action_start(self, actions):
        if any(risk.state != "treating" for risk in self.sudo()):  # sudo: the state decides
            raise UserError(self.env._("Start the actions of the risk together (SMS-8)."))

    def action_view_actions(self):
        action = super().action_view_actions()
        kind = "preventive" if self.nature == "risk" else "improvement"
        action["context"] = {**action["context"], "default_kind": kind}
        return action

    # ------------------------------------------------------------ preventive action (CPA-17)
    def _nonconformity_source_kind(self):
        return "risk"

    def _nonconformity_values(self):
        """What is raised from a risk has not happened yet; it stays linked with its line."""
        values = super()._nonconformity_values()
        if self.nature == "opportunity":
            return values
        return values | {
            "kind": "potential",
            "name": self.name,
            "likelihood": self.likelihood,
            "impact": self.impact,
            "risk_ref": f"{self._name},{self.id}",
        }

    def action_view_potential(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Possible nonconformities"),
            "res_model": "itsms.nonconformity",
            "view_mode": "list,form",
            "domain": [("risk_ref", "=", f"{self._name},{self.id}")],
            "context": {"create": False},
        }

    # ------------------------------------------------------------ deadline of the reassessment
    @api.model
    def _deadline_domain(self):
        return Domain("state", "in", LIVE)

    def _deadline_owners(self):
        return self.owner_id

    @api.model
    def _untreated_domain(self, company):
        """Risks above acceptance that nobody deals with and nobody accepted."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "open")
            & Domain("nature", "=", "risk")
            & Domain("value", ">", self._acceptance(company))
        )

    # ------------------------------------------------------------ matrix
    @api.model
    def get_matrix(self, nature):
        """How many live risks or opportunities stand in each cell of likelihood × impact, as far
        as the user may read them, for the client (SMS-8)."""
        if nature not in ("risk", "opportunity"):
            raise UserError(self.env._("The matrix shows risks or opportunities (SMS-8)."))
        domain = [("state", "in", LIVE), ("nature", "=", nature)]
        groups = self._read_group(domain, ["likelihood", "impact"], ["__count"])
        counts = {(likelihood, impact): count for likelihood, impact, count in groups}
        limit = self._acceptance(self.env.company)
        scale = range(1, len(SCALE) + 1)
        return {
            "domain": domain,
            "levels": dict(self._fields["level"]._description_selection(self.env)),
            "cells": [
                {
                    "likelihood": likelihood,
                    "impact": impact,
                    "value": likelihood * impact,
                    "level": ranking.level(likelihood * impact),
                    "above": nature == "risk" and likelihood * impact > limit,
                    "count": counts.get((str(likelihood), str(impact)), 0),
                }
                for likelihood in scale
                for impact in scale
            ],
        }

    @api.model
    def _live_domain(self, company):
        return Domain("company_id", "=", company.id) & Domain("state", "in", LIVE)
