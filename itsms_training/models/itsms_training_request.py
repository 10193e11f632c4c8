from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from .res_users_training import HR_ROLES
from .training_kinds import KINDS


class ItsmsTrainingRequest(models.Model):
    """Training approval form (培训审批表): training added to the plan (TRN-4.2.3) and outside
    training (TRN-4.5).

    It is completely signed (签字完整) when all of its chain have approved it and the training
    administrator has signed it after the training [I-29]; only then is its cost reimbursed
    (TRN-4.5.3). Handing in and signing is in ``itsms_training_request_trainee.py``.
    """

    _name = "itsms.training.request"
    _description = "Training Approval Form"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.training.access.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]

    name = fields.Char(string="Topic", required=True, tracking=True)
    kind = fields.Selection(
        [("added", "Added training"), ("outside", "Outside training")],
        required=True,
        default="added",
        index=True,
        help="Added: a training inside the company that the annual plan does not hold "
        "(TRN-4.2.3). Outside: people are sent to a training, at home or abroad (TRN-4.5.1).",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Requesting department",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self._default_department_id(),
    )
    applicant_id = fields.Many2one(
        "res.users",
        string="Filled in by",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
    )
    training_kind = fields.Selection(KINDS, string="For", required=True, default="routine")
    purpose = fields.Text(help="Why this training, and what it is to bring.")
    trainee_ids = fields.One2many(
        "itsms.training.request.trainee", "request_id", string="Trainees", copy=True
    )
    people = fields.Integer(
        compute="_compute_people",
        store=True,
        readonly=False,
        help="Counted from the trainees where they are named.",
    )
    target = fields.Char(string="Target group", help="Who is trained, in words.")
    abroad = fields.Selection(
        [("home", "At home"), ("abroad", "Abroad")], string="Place of training", default="home"
    )
    institution_id = fields.Many2one(
        "res.partner",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
        help="Who holds the outside training.",
    )
    place = fields.Char()
    date_from = fields.Date(string="From", index=True)
    date_to = fields.Date(string="To")
    hours = fields.Float()
    cost = fields.Monetary(
        help="Approved with the form; expenses above it need a new form (TRN-4.5.3)."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
    )
    plan_line_id = fields.Many2one(
        "itsms.training.plan.line",
        string="Planned as",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('plan_state', '=', 'in_force'), ('training_type', '=', 'outside')]",
        help="Outside: the line of the annual plan, if it was planned. Added: the line by which "
        "HR carries the form out.",
    )
    planned_cost = fields.Monetary(related="plan_line_id.cost", string="Cost planned")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("executed", "In the plan"),
            ("handed_in", "Handed in"),
            ("completed", "Completely signed"),
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
    hr_confirmer_ids = fields.Many2many(
        "res.users",
        string="Training administrator or head of HR",
        compute="_compute_hr_confirmer_ids",
        help="Who confirms outside training for HR (TRN-4.5.1).",
    )
    completed_by_id = fields.Many2one(
        "res.users", string="Signed by", readonly=True, copy=False, ondelete="restrict"
    )
    completed_at = fields.Datetime(string="Signed on", readonly=True, copy=False)
    expense_ids = fields.One2many("hr.expense", "training_request_id", string="Expenses")
    expense_count = fields.Integer(compute="_compute_expenses")
    expense_total = fields.Monetary(
        string="Claimed", compute="_compute_expenses", help="Expenses that were not refused."
    )
    cost_left = fields.Monetary(string="Still to claim", compute="_compute_expenses")
    can_execute = fields.Boolean(compute="_compute_acts")
    can_sign = fields.Boolean(compute="_compute_acts")
    can_hand_in = fields.Boolean(compute="_compute_acts")

    _dates_chk = models.Constraint(
        "CHECK (date_to >= date_from)", "A training ends on the day it begins, or later."
    )
    _amounts_chk = models.Constraint(
        "CHECK (hours >= 0 AND people >= 0 AND cost >= 0)",
        "People, hours and cost cannot be negative.",
    )

    @api.model
    def _default_department_id(self):
        return self.env.user._itsms_employees(self.env.company).department_id[:1].sudo(False)

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"applicant_id", "completed_by_id", "completed_at"}

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"applicant_id": self.env.uid}

    @api.model
    def _entered_fields(self):
        """Expenses are claimed later; they are no content of the form."""
        return [name for name in super()._entered_fields() if name != "expense_ids"]

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "execute": Transition(
                "execute", self.env._("Add to the plan"), ("approved",), "executed", internal=True
            ),
            "hand_in": Transition(
                "hand_in", self.env._("Hand in"), ("approved",), "handed_in", internal=True
            ),
            "give_back": Transition(
                "give_back",
                self.env._("Give back"),
                ("handed_in",),
                "approved",
                roles=("training_administrator",),
                reason=True,
            ),
            "complete": Transition(
                "complete",
                self.env._("Sign"),
                ("executed", "handed_in"),
                "completed",
                internal=True,
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
        return self.env["itsms.number.scheme"]._by_code("training.request")

    def _approval_department(self):
        """Whose vice-president is in charge [I-27]: HR's for outside training, for HR submits it;
        that of the requesting department for added training."""
        if self.kind == "outside":
            return self.company_id._itsms_hr_department()
        return self.department_id

    def _approval_applicant_department(self):
        return self.department_id

    def _approval_preparers(self):
        return self.applicant_id | super()._approval_preparers()

    def _record_department(self):
        """HR archives the original (TRN-4.5.2b)."""
        return self.company_id._itsms_hr_department() or super()._record_department()

    def _record_filing_states(self):
        return ("completed",)

    def _record_form_code(self):
        return "training.request"

    def _record_title(self):
        name = self.with_user(self.env.ref("base.user_root")).name
        return self.env._("Training approval form %(name)s", name=name)

    def _record_report(self):
        return "itsms_training.action_report_training_request"

    def _locked_way_out(self):
        if all(request.state == "pending" for request in self):
            return super()._locked_way_out()
        return self.env._("Fill in a new training approval form.")

    @api.model
    def _see_domain(self):
        user = self.env.user
        finance = user._itsms_role_assignments("finance_officer").company_id
        return (
            self._asked_domain()
            | Domain("trainee_ids.employee_id.user_id", "=", user.id)
            | (
                Domain("company_id", "in", finance.ids)
                & Domain("state", "not in", ("draft", "rejected", "cancelled"))
            )
        )

    @api.model
    def _edit_domain(self):
        """Who fills it in, the heads of the requesting department, and HR."""
        user = self.env.user
        return (
            self._hr_domain()
            | Domain("applicant_id", "=", user.id)
            | Domain("department_id", "in", user._itsms_headed_departments().ids)
        )

    # ------------------------------------------------------------ computed
    @api.depends("trainee_ids")
    def _compute_people(self):
        for request in self:
            request.people = len(request.trainee_ids) or request.people

    @api.depends("company_id")
    def _compute_hr_confirmer_ids(self):
        roles = self.env["itsms.role"]._by_code(*HR_ROLES)
        for company, requests in self.grouped("company_id").items():
            assignments = self.env["itsms.role.assignment"]._current(roles, company)
            requests.hr_confirmer_ids = assignments.user_id

    @api.depends("expense_ids.total_amount", "expense_ids.state", "cost")
    def _compute_expenses(self):
        # sudo: sums of cost, whoever may see the single expense
        rows = (
            self.env["hr.expense"]
            .sudo()
            ._read_group(
                [("training_request_id", "in", self.ids), ("state", "!=", "refused")],
                ["training_request_id"],
                ["__count", "total_amount:sum"],
            )
        )
        totals = {request.id: (count, amount) for request, count, amount in rows}
        for request in self:
            request.expense_count, request.expense_total = totals.get(request.id, (0, 0))
            request.cost_left = request.cost - request.expense_total

    @api.depends("state", "kind", "company_id")
    @api.depends_context("uid")
    def _compute_acts(self):
        user = self.env.user
        hr = user._itsms_training_hr_companies()
        signing = user._itsms_role_assignments("training_administrator").company_id
        for request in self:
            outside = request.kind == "outside"
            to_sign = "handed_in" if outside else "executed"
            request.can_execute = (
                request.state == "approved" and not outside and request.company_id in hr
            )
            request.can_sign = request.state == to_sign and request.company_id in signing
            request.can_hand_in = request.state == "approved" and outside

    # ------------------------------------------------------------ submit and approve
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for request in self:
            request._check_applicant()
            request._check_complete()
            if request.kind == "outside":
                request._check_not_begun()
            else:
                request._check_addition()

    def _check_applicant(self):
        """The requesting department fills the form in (TRN-4.2.3, TRN-4.5.1)."""
        user = self.env.user
        if self.department_id not in user._itsms_own_departments():
            raise AccessError(
                self.env._(
                    "%(form)s: the requesting department %(department)s fills in and submits its "
                    "training approval form itself (TRN-4.2.3, TRN-4.5.1).",
                    form=self.display_name,
                    department=self.department_id.display_name,
                )
            )

    def _check_complete(self):
        wanted = ["purpose", "date_from", "date_to"]
        wanted += (
            ["institution_id", "abroad", "trainee_ids"]
            if self.kind == "outside"
            else [
                "hours",
                "people",
            ]
        )
        missing = [self._fields[n]._description_string(self.env) for n in wanted if not self[n]]
        if missing:
            raise UserError(
                self.env._(
                    "%(form)s lacks %(missing)s (TRN-4.2.3, TRN-4.5.1).",
                    form=self.display_name,
                    missing=", ".join(missing),
                )
            )

    def _check_not_begun(self):
        """Outside training takes place only after the President's approval (TRN-4.5.1)."""
        today = self.company_id._itsms_today()
        if self.date_from and self.date_from < today:
            raise UserError(
                self.env._(
                    "%(form)s begins on %(day)s, which is past: outside training takes place only "
                    "after the approval of the President. Agree on new dates and enter them "
                    "(TRN-4.5.1).",
                    form=self.display_name,
                    day=self.date_from,
                )
            )

    def _check_addition(self):
        """There is a plan in force to which the training is added (TRN-4.2.3)."""
        if self.plan_line_id:
            raise UserError(
                self.env._(
                    "%(form)s adds a training to the plan; one that is in the plan already needs "
                    "no form (TRN-4.2.3).",
                    form=self.display_name,
                )
            )
        self._plan_to_extend()

    def _plan_to_extend(self):
        """Plan in force for the year of the training of one request."""
        plan = self.env["itsms.training.plan"]._in_force(self.company_id, self.date_from.year)
        if not plan:
            raise UserError(
                self.env._(
                    "No training plan for %(year)s is in force: HR takes the training up in the "
                    "plan that is being prepared. Report it as a training need (TRN-4.2.1).",
                    year=self.date_from.year,
                )
            )
        return plan

    def _approval_done(self):
        super()._approval_done()
        for request in self.filtered(lambda r: r.kind == "outside"):
            request._check_not_begun()
        for request in self.filtered(lambda r: r.kind == "added"):
            request._approval_tell(
                request.hr_confirmer_ids,
                self.env._("Approved: carry it out by adding it to the plan (TRN-4.2.3)."),
            )

    # ------------------------------------------------------------ carrying out
    def action_execute(self):
        """HR carries an added training out: it becomes a line of the plan in force (TRN-4.2.3)."""
        self._lock_rows()
        self.check_access("read")
        for request in self:
            if not self.env.user._itsms_is_training_hr(request.company_id):
                raise AccessError(
                    self.env._("HR carries the approved form out (TRN-4.2.3)."),
                )
            if request.kind != "added":
                raise UserError(
                    self.env._(
                        "%(form)s is about outside training; it is no addition to the plan "
                        "(TRN-4.2.3).",
                        form=request.display_name,
                    )
                )
        self._run_transition(self._transition("execute"), locked=True)
        # sudo: the system adds what was approved
        Line = guard.as_engine(self.env["itsms.training.plan.line"].sudo())
        for request in self:
            line = Line.create(request._plan_line_values(request._plan_to_extend()))
            guard.as_engine(request.sudo()).plan_line_id = line
            plan = guard.without_engine(line.plan_id).with_env(self.env)
            plan._log("other", comment=self.env._("Added: %(form)s", form=request.display_name))
        return True

    def _plan_line_values(self, plan):
        """Values of the plan line that one approved form adds."""
        return {
            "plan_id": plan.id,
            "name": self.name,
            "kind": self.training_kind,
            "training_type": "internal",
            "target": self.target,
            "employee_ids": [fields.Command.set(self.trainee_ids.employee_id.ids)],
            "department_id": self.department_id.id,
            "month": f"{self.date_from.month:02}",
            "hours": self.hours,
            "people": self.people,
            "cost": self.cost,
            "analytic_account_id": self.analytic_account_id.id,
            "addition": True,
            "request_id": self.id,
        }

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        # sudo: expenses of other people too
        if transition.name == "cancel" and self.sudo().expense_ids.filtered(
            lambda e: e.state not in ("draft", "refused")
        ):
            raise UserError(
                self.env._("Expenses were claimed on this form; refuse them first (TRN-4.5.3).")
            )

    # ------------------------------------------------------------ screens
    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_give_back(self):
        return self.env["itsms.decision"]._open(self, "give_back")

    def action_view_expenses(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Expenses of %(name)s", name=self.display_name),
            "res_model": "hr.expense",
            "view_mode": "list,form",
            "domain": [("training_request_id", "=", self.id)],
            "context": {"default_training_request_id": self.id},
        }

    def action_view_plan_line(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.plan_line_id.display_name,
            "res_model": "itsms.training.plan.line",
            "res_id": self.plan_line_id.id,
            "views": [(False, "form")],
        }
