from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition
from odoo.addons.itsms_base.models.itsms_approval_route import department_head

from .res_users_training import HR_ROLES


class ItsmsTrainingPlan(models.Model):
    """Annual training plan (年度培训计划) of a company (TRN-3.1a, TRN-3.3, TRN-4.2.2.1).

    HR sums the needs up and drafts it; the vice-president in charge of HR reviews it, then the
    management representative, the President approves it [I-26], then HR issues it. One plan is in
    force per company and year. After the approval it changes by a revision that goes the same
    way, or by an addition with a training approval form (TRN-4.2.3).
    """

    _name = "itsms.training.plan"
    _description = "Annual Training Plan"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.training.access.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "year desc, revision desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "year"]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    year = fields.Integer(
        required=True, index=True, aggregator=None, default=lambda self: self._default_year()
    )
    revision = fields.Integer(readonly=True, copy=False, aggregator=None)
    revises_id = fields.Many2one(
        "itsms.training.plan",
        string="Revision of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    revision_reason = fields.Char(help="What changes against the plan in force, and why.")
    note = fields.Text(string="Remarks")
    line_ids = fields.One2many("itsms.training.plan.line", "plan_id", string="Training")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("in_force", "In force"),
            ("superseded", "Superseded"),
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
    issued_by_id = fields.Many2one(
        "res.users", string="Put into force by", readonly=True, copy=False, ondelete="restrict"
    )
    issued_at = fields.Datetime(string="Issued on", readonly=True, copy=False)
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_count = fields.Integer(string="Trainings", compute="_compute_totals")
    done_count = fields.Integer(string="Trainings held", compute="_compute_totals")
    hours = fields.Float(string="Hours planned", compute="_compute_totals")
    done_hours = fields.Float(string="Hours held", compute="_compute_totals")
    people = fields.Integer(string="People planned", compute="_compute_totals")
    cost = fields.Monetary(string="Cost planned", compute="_compute_totals")
    spent = fields.Monetary(string="Cost spent", compute="_compute_totals")
    progress = fields.Float(
        string="Done",
        compute="_compute_totals",
        help="Share of the planned trainings that were held.",
    )
    open_need_count = fields.Integer(
        string="Needs not taken up",
        compute="_compute_open_need_count",
        help="Needs that departments reported for this year and that no plan takes up.",
    )

    _in_force_uniq = models.UniqueIndex(
        "(company_id, year) WHERE state = 'in_force'",
        "One training plan is in force per year (TRN-4.2.2.1). Revise it instead.",
    )
    _draft_uniq = models.UniqueIndex(
        "(company_id, year) WHERE state IN ('draft', 'pending', 'rejected', 'approved')",
        "A training plan or revision for this year is being prepared already; work on that one "
        "(TRN-4.2.2.1).",
    )
    _year_chk = models.Constraint(
        "CHECK (year BETWEEN 2000 AND 2200)", "A year has four digits (TRN-4.2.2.1)."
    )

    @api.model
    def _default_year(self):
        return self.env.company._itsms_today().year + 1

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"revision", "revises_id", "issued_by_id", "issued_at"}

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"revision": 0}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "issue": Transition(
                "issue", self.env._("Issue"), ("approved",), "in_force", roles=HR_ROLES
            ),
            "supersede": Transition(
                "supersede", self.env._("Supersede"), ("in_force",), "superseded", internal=True
            ),
            "close": Transition(
                "close", self.env._("Close the year"), ("in_force",), "closed", internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "rejected", "approved"),
                "cancelled",
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("training.plan")

    def _approval_department(self):
        """HR submits: its vice-president is the one in charge [I-27]."""
        return self.company_id._itsms_hr_department()

    def _record_filing_states(self):
        return ("in_force", "closed")

    def _record_topic(self):
        return "done" if self[:1].state == "closed" else "plan"

    def _record_form_code(self):
        return "training.plan"

    def _record_title(self):
        return self.env._("Annual training plan %(year)s", year=self.year) + (
            f" {self.number or ''}".rstrip()
        )

    def _record_report(self):
        return "itsms_training.action_report_training_plan"

    def _locked_way_out(self):
        if all(plan.state == "pending" for plan in self):
            return super()._locked_way_out()
        return self.env._(
            "Revise the plan, or add a training with the training approval form (TRN-4.2.3)."
        )

    @api.model
    def _see_domain(self):
        """What is issued is for everybody; what is being prepared for HR and who decides."""
        issued = Domain("state", "in", ("in_force", "superseded", "closed"))
        return issued | self._asked_domain()

    @api.depends("number", "year", "revision")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for plan in self:
            name = self.env._("Training plan %(year)s", year=plan.year)
            revision = plan.revision and self.env._("revision %(n)s", n=plan.revision)
            plan.display_name = " ".join(filter(None, (name, revision, plan.number)))

    # ------------------------------------------------------------ totals
    @api.depends("line_ids.hours", "line_ids.cost", "line_ids.people", "line_ids.state")
    def _compute_totals(self):
        Line = self.env["itsms.training.plan.line"]
        totals = {
            plan.id: values
            for plan, *values in Line._read_group(
                [("plan_id", "in", self.ids)],
                ["plan_id"],
                ["__count", "hours:sum", "done_hours:sum", "people:sum", "cost:sum"],
            )
        }
        done = dict(
            Line._read_group(
                [("plan_id", "in", self.ids), ("state", "=", "done")], ["plan_id"], ["__count"]
            )
        )
        spent = self.line_ids._spent()
        for plan in self:
            count, hours, done_hours, people, cost = totals.get(plan.id, (0, 0, 0, 0, 0))
            plan.line_count, plan.hours, plan.done_hours = count, hours, done_hours
            plan.people, plan.cost = people, cost
            plan.done_count = done.get(plan, 0)
            plan.progress = 100 * plan.done_count / count if count else 0
            plan.spent = sum(spent[line.id] for line in plan.line_ids)

    @api.depends("company_id", "year", "line_ids")
    def _compute_open_need_count(self):
        counts = {
            (company.id, year): count
            for company, year, count in self.env["itsms.training.need"]._read_group(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("state", "=", "reported"),
                    ("nothing_needed", "=", False),
                ],
                ["company_id", "year"],
                ["__count"],
            )
        }
        for plan in self:
            plan.open_need_count = counts.get((plan.company_id.id, plan.year), 0)

    # ------------------------------------------------------------ approval
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for plan in self:
            if not plan.line_ids:
                raise UserError(
                    self.env._(
                        "%(plan)s has no training. Take the reported needs up or add lines "
                        "(TRN-4.2.2.1).",
                        plan=plan.display_name,
                    )
                )
            plan._check_line_details()
            if plan.revises_id and not (plan.revision_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(plan)s: say what the revision changes, and why (TRN-4.2.2.1).",
                        plan=plan.display_name,
                    )
                )
            plan._check_nothing_held_is_lost()

    def _check_line_details(self):
        """Every line says who organises it and when (TRN-4.2.2.1, TRN-4.2.2.2)."""
        for line in self.line_ids:
            missing = [
                line._fields[name]._description_string(self.env)
                for name in ("department_id", "month", "hours", "people")
                if not line[name]
            ]
            if missing:
                raise UserError(
                    self.env._(
                        "“%(line)s” lacks %(missing)s (TRN-4.2.2.1).",
                        line=line.display_name,
                        missing=", ".join(missing),
                    )
                )

    def _check_nothing_held_is_lost(self):
        """A revision keeps what was held or is being prepared under the plan in force."""
        before = self.revises_id.line_ids.filtered(lambda x: x.state != "planned")
        lost = before.filtered(lambda x: x.root_line_id not in self.line_ids.root_line_id)
        if lost:
            raise UserError(
                self.env._(
                    "“%(line)s” was begun or held under the plan in force and stays in its "
                    "revision. Discard this revision and open it anew, or cancel the training "
                    "first (TRN-4.2.2.1).",
                    line=lost[0].display_name,
                )
            )

    # ------------------------------------------------------------ issue
    def action_issue(self):
        """Issue the approved plan: it enters into force and the departments are told."""
        return self.action_transition("issue")

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "issue":
            kwargs["kind"] = "issue"
            self._lock_rows()
            self._end_plan_in_force()
        return super()._run_transition(transition, comment, **kwargs)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "issue":
            # sudo: the engine's own fields
            guard.as_engine(self.sudo()).write(
                {"issued_by_id": self.env.uid, "issued_at": fields.Datetime.now()}
            )
            for plan in self:
                self.env["itsms.duty"]._complete("training.plan", plan)
                plan._tell_departments()
        elif transition.name == "cancel":
            self.line_ids._release_needs()

    def _end_plan_in_force(self):
        """The former plan ends; what was added to it meanwhile moves over (TRN-4.2.3)."""
        for plan in self.filtered(lambda p: p.state == "approved"):
            # sudo: the system ends the former plan, whoever issues the new one
            former = self.sudo().search(
                [
                    ("company_id", "=", plan.company_id.id),
                    ("year", "=", plan.year),
                    ("state", "=", "in_force"),
                ]
            )
            if not former:
                continue
            known = plan.sudo().line_ids.root_line_id
            added = former.line_ids.filtered(lambda x, k=known: x.root_line_id not in k)
            added.filtered("addition")._copy_to(plan)
            former = former.with_user(self.env.user)
            former._run_transition(former._transition("supersede"))
            # before the new plan takes its place: one plan is in force per year
            former.flush_recordset()

    def _tell_departments(self):
        """Every department hears of the plan that it carries out (TRN-4.2.2.1, TRN-4.2.2.2)."""
        # sudo: heads are found whoever issues the plan
        departments = (
            self.env["hr.department"]
            .sudo()
            .search([("company_id", "in", (self.company_id.id, False))])
        )
        heads = self.env["res.users"]
        for department in departments:
            heads |= department_head(department)
        self._approval_tell(
            heads,
            self.env._(
                "%(plan)s is in force. Arrange the training that your department organises.",
                plan=self.display_name,
            ),
        )

    # ------------------------------------------------------------ revision and closing
    def action_revise(self):
        """Open a revision of the plan in force, with its lines."""
        self.ensure_one()
        self.check_access("write")
        self._lock_rows()
        if self.state != "in_force":
            raise UserError(
                self.env._(
                    "%(plan)s is not in force: only the plan in force is revised (TRN-4.2.2.1).",
                    plan=self.display_name,
                )
            )
        draft = self.create(
            {"company_id": self.company_id.id, "year": self.year, "note": self.note}
        )
        # sudo: the engine's own fields
        guard.as_engine(draft.sudo()).write({"revision": self.revision + 1, "revises_id": self.id})
        self.line_ids._copy_to(draft)
        return draft._open_form()

    def _open_form(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_close(self):
        """Close the year: planned and done are frozen as a record (HR)."""
        self.check_access("write")
        for plan in self:
            if plan.company_id._itsms_today().year <= plan.year:
                raise UserError(
                    self.env._(
                        "%(plan)s runs until the end of the year; close it afterwards.",
                        plan=plan.display_name,
                    )
                )
            if not self.env.user._itsms_is_training_hr(plan.company_id):
                raise AccessError(self.env._("HR closes the training plan of a year (TRN-3.1a)."))
        return self._run_transition(self._transition("close"))

    @api.ondelete(at_uninstall=True)
    def _unlink_releases_needs(self):
        self.line_ids._release_needs()

    # ------------------------------------------------------------ screens
    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_take_needs(self):
        """Dialog: take the reported needs of the year up, equal topics as one line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take needs up"),
            "res_model": "itsms.training.take.needs",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def action_view_lines(self):
        """Trainings of the plan by month."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "itsms.training.plan.line",
            "view_mode": "kanban,list,calendar,pivot,graph,form",
            "domain": [("plan_id", "=", self.id)],
            "context": {"default_plan_id": self.id},
        }

    def action_view_open_needs(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Needs not taken up"),
            "res_model": "itsms.training.need",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("year", "=", self.year),
                ("state", "=", "reported"),
            ],
        }

    @api.model
    def _in_force(self, company, year):
        """Plan in force, or an empty recordset (sudo: which one it is, is no secret)."""
        return (
            self.sudo()
            .search(
                [("company_id", "=", company.id), ("year", "=", year), ("state", "=", "in_force")]
            )
            .sudo(False)
        )
