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
        "itsms.annual.plan.mixin",
        "itsms.record.source.mixin",
        "itsms.training.access.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "year desc, revision desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "year"]
    _annual_rule = "TRN-4.2.2.1"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    revises_id = fields.Many2one(
        "itsms.training.plan",
        string="Revision of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
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

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"issued_by_id", "issued_at"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "issue": Transition(
                "issue", self.env._("Issue"), ("approved",), "in_force", roles=HR_ROLES
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

    def _plan_name(self):
        return self.env._("Training plan %(year)s", year=self.year)

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
    def _check_planned(self):
        """There is training in it, and every line says who organises it and when (TRN-4.2.2.1,
        TRN-4.2.2.2)."""
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "%(plan)s has no training. Take the reported needs up or add lines "
                    "(TRN-4.2.2.1).",
                    plan=self.display_name,
                )
            )
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

    # ------------------------------------------------------------ issue
    def action_issue(self):
        """Issue the approved plan: it enters into force and the departments are told."""
        return self.action_transition("issue")

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "issue":
            kwargs["kind"] = "issue"
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

    def _carry_over(self, former):
        """What was added to the former plan meanwhile moves over (TRN-4.2.3)."""
        # sudo: the system ends the former plan, whoever issues the new one
        known = self.sudo().line_ids.root_line_id
        added = former.line_ids.filtered(lambda x: x.root_line_id not in known)
        added.filtered("addition")._copy_to(self)

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
    def _revision_values(self):
        return {"note": self.note}

    def _check_may_close(self):
        if not all(self.env.user._itsms_is_training_hr(plan.company_id) for plan in self):
            raise AccessError(self.env._("HR closes the training plan of a year (TRN-3.1a)."))

    @api.ondelete(at_uninstall=True)
    def _unlink_releases_needs(self):
        self.line_ids._release_needs()

    # ------------------------------------------------------------ screens
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
