from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.lifecycle import Transition


class ItsmsAnnualPlanMixin(models.AbstractModel):
    """A plan for a year that changes by revisions (TRN-4.2.2.1, AUD-4.1.1).

    One plan is in force per company and year. A revision is a draft of its own with a copy of the
    lines; it goes the same way through approval, must say what changes and why, and keeps what was
    begun under the plan in force. When it comes into force the former plan ends.

    The model brings ``company_id``, ``state``, ``revises_id`` (to itself), ``line_ids`` (of
    ``itsms.annual.plan.line.mixin``) and its unique indexes, whose messages name its own rule.
    """

    _name = "itsms.annual.plan.mixin"
    _description = "Annual Plan"
    _inherit = ["itsms.numbered.mixin", "itsms.approval.mixin"]

    # state in which the plan is in force
    _in_force_state = "in_force"
    # requirement that errors name
    _annual_rule = ""

    year = fields.Integer(
        required=True, index=True, aggregator=None, default=lambda self: self._default_year()
    )
    revision = fields.Integer(readonly=True, copy=False, aggregator=None)
    revision_reason = fields.Char(help="What changes against the plan in force, and why.")

    _year_chk = models.Constraint("CHECK (year BETWEEN 2000 AND 2200)", "A year has four digits.")

    # ------------------------------------------------------------ declaration
    @api.model
    def _default_year(self):
        """Hook: the year that is planned now."""
        return self.env.company._itsms_today().year + 1

    def _plan_name(self):
        """Hook: what one plan is called, with its year."""
        return f"{self._description} {self.year}"

    def _check_planned(self):
        """Hook: refuse a plan that is not complete enough to be submitted; one plan."""

    def _check_may_close(self):
        """Hook: refuse who may write these plans but not close their year."""

    def _revision_values(self):
        """Hook: further values that a revision takes over from one plan."""
        return {}

    def _carry_over(self, former):
        """Hook: take over what came into ``former`` after this revision was opened; one plan."""

    def _engine_fields(self):
        return super()._engine_fields() | {"revision", "revises_id"}

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"revision": 0}

    def _lifecycle_transitions(self):
        in_force = (self._in_force_state,)
        return super()._lifecycle_transitions() | {
            "supersede": Transition(
                "supersede", self.env._("Supersede"), in_force, "superseded", internal=True
            ),
            "close": Transition(
                "close", self.env._("Close the year"), in_force, "closed", internal=True
            ),
        }

    @api.depends("number", "year", "revision")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for plan in self:
            revision = plan.revision and self.env._("revision %(n)s", n=plan.revision)
            plan.display_name = " ".join(filter(None, (plan._plan_name(), revision, plan.number)))

    @api.model
    def _in_force(self, company, year):
        """Plan in force, or an empty recordset (sudo: which one it is, is no secret)."""
        domain = [
            ("company_id", "=", company.id),
            ("year", "=", year),
            ("state", "=", self._in_force_state),
        ]
        return self.sudo().search(domain).sudo(False)

    # ------------------------------------------------------------ approval
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for plan in self:
            plan._check_planned()
            if plan.revises_id and not (plan.revision_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(plan)s: say what the revision changes, and why (%(rule)s).",
                        plan=plan.display_name,
                        rule=self._annual_rule,
                    )
                )
            plan._check_nothing_begun_is_lost()

    def _check_nothing_begun_is_lost(self):
        """A revision keeps what was begun or held under the plan in force."""
        before = self.revises_id.line_ids.filtered(lambda x: x.state != "planned")
        lost = before.filtered(lambda x: x.root_line_id not in self.line_ids.root_line_id)
        if lost:
            raise UserError(
                self.env._(
                    "“%(line)s” was begun or held under the plan in force and stays in its "
                    "revision. Discard this revision and open it anew, or cancel what was begun "
                    "first (%(rule)s).",
                    line=lost[0].display_name,
                    rule=self._annual_rule,
                )
            )

    # ------------------------------------------------------------ into force
    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.target == self._in_force_state:
            self._lock_rows()
            self.filtered(lambda p: p.state in transition.sources)._end_plan_in_force()
        return super()._run_transition(transition, comment, **kwargs)

    def _end_plan_in_force(self):
        """The former plan of the year ends before these take its place."""
        for plan in self:
            # sudo: the system ends the former plan, whoever puts the new one into force
            former = self._in_force(plan.company_id, plan.year).sudo() - plan
            if former:
                plan._carry_over(former)
                former = former.with_user(self.env.user)
                former._run_transition(former._transition("supersede"))
                former.flush_recordset()

    # ------------------------------------------------------------ revision and closing
    def action_revise(self):
        """Open a revision of the plan in force, with its lines."""
        self.ensure_one()
        self.check_access("write")
        self._lock_rows()
        if self.state != self._in_force_state:
            raise UserError(
                self.env._(
                    "%(plan)s is not in force: only the plan in force is revised (%(rule)s).",
                    plan=self.display_name,
                    rule=self._annual_rule,
                )
            )
        draft = self.create(
            {"company_id": self.company_id.id, "year": self.year} | self._revision_values()
        )
        draft._engine_write({"revision": self.revision + 1, "revises_id": self.id})
        self.line_ids._copy_to(draft)
        return draft._open_form()

    def action_close(self):
        """Close the year: planned and done are frozen as a record."""
        self.check_access("write")
        for plan in self:
            if plan.company_id._itsms_today().year <= plan.year:
                raise UserError(
                    self.env._(
                        "%(plan)s runs until the end of the year; close it afterwards.",
                        plan=plan.display_name,
                    )
                )
        self._check_may_close()
        return self._run_transition(self._transition("close"))

    def action_cancel(self):
        """Dialog: cancel with a reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_view_lines(self):
        """Lines of the plan by month."""
        self.ensure_one()
        lines = self._fields["line_ids"]
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": lines.comodel_name,
            "view_mode": "kanban,list,calendar,pivot,graph,form",
            "domain": [(lines.inverse_name, "=", self.id)],
            "context": {f"default_{lines.inverse_name}": self.id},
        }
