from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import date_utils

from odoo.addons.itsms_base.engine import guard, notes
from odoo.addons.itsms_base.engine.lifecycle import Transition

from ..engine import ranking
from .improvement_kinds import BETTER

LIVE = ("draft", "pending", "rejected", "in_force")


class ItsmsObjective(models.Model):
    """Objective of a year, broken down to departments, approved by the President (SMS-9, 6.2).

    It says what is done, with which resources, by whom, until when and how it is evaluated; it is
    evaluated every quarter, by the linked measure or by hand, and closed with its result.
    """

    _name = "itsms.objective"
    _description = "Objective"
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
    _order = "year desc, tree_order, id"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]
    _parent_store = True

    name = fields.Char(string="Objective", required=True, tracking=True)
    tree_name = fields.Char(string="Breakdown", compute="_compute_tree")
    depth = fields.Integer(compute="_compute_tree", aggregator=None)
    tree_order = fields.Char(compute="_compute_tree_order", store=True, index=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    year = fields.Integer(
        required=True,
        index=True,
        aggregator=None,
        default=lambda self: self.env.company._itsms_today().year,
    )
    parent_id = fields.Many2one(
        "itsms.objective",
        string="Part of",
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('year', '=', year), ('id', '!=', id), ('company_id', '=', company_id)]",
        help="The objective that this one is broken down from (SMS-9).",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("itsms.objective", "parent_id", string="Broken down to")
    department_id = fields.Many2one(
        "hr.department",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Empty: an objective of the whole company.",
    )
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    measure_id = fields.Many2one(
        "itsms.measure",
        string="Monthly measure",
        index="btree_not_null",
        ondelete="restrict",
        help="Its frozen monthly values tell how the objective stands.",
    )
    measured_by = fields.Char(
        string="Measured by", help="Where no measure is linked: what is counted, and how."
    )
    measure_text = fields.Char(string="Measured by what", compute="_compute_measure_text")
    unit = fields.Char(default="%")
    better = fields.Selection(BETTER, required=True, default="higher")
    target = fields.Float(string="Target value", aggregator=None)
    baseline = fields.Char(string="Starting from")
    plan = fields.Text(string="What is done", help="The way to the target (6.2.2).")
    resources = fields.Char(help="People, money, tools it needs (6.2.2).")
    due_on = fields.Date(string="To be reached by", index=True)
    evaluation = fields.Char(
        string="How it is evaluated", help="By whom, how often, from which figures (6.2.2)."
    )
    evaluation_ids = fields.One2many(
        "itsms.objective.evaluation", "objective_id", string="Evaluations", readonly=True
    )
    last_value = fields.Float(string="Last value", readonly=True, copy=False, aggregator=None)
    last_shown = fields.Char(
        string="Stands at", compute="_compute_last_shown", help="Empty: never evaluated."
    )
    last_met = fields.Selection(
        [("yes", "On target"), ("no", "Below target")],
        string="On target?",
        readonly=True,
        copy=False,
        index=True,
    )
    evaluated_on = fields.Date(string="Last evaluated", readonly=True, copy=False, index=True)
    evaluation_due = fields.Boolean(
        compute="_compute_evaluation_due", search="_search_evaluation_due"
    )
    can_drop = fields.Boolean(compute="_compute_can_drop")
    result = fields.Selection(
        [("reached", "Reached"), ("missed", "Missed")], readonly=True, copy=False, index=True
    )
    result_text = fields.Text(string="Result in words", readonly=True, copy=False)
    closed_on = fields.Date(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("in_force", "In force"),
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

    _year_chk = models.Constraint(
        "CHECK (year BETWEEN 2000 AND 2200)", "A year has four digits (SMS-9)."
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "evaluation_ids",
            "last_value",
            "last_met",
            "evaluated_on",
            "result",
            "result_text",
            "closed_on",
        }

    def _unlocked_fields(self):
        """Actions and objectives below have their own lock; the path is Odoo's own."""
        return super()._unlocked_fields() | {"action_ids", "child_ids", "parent_path", "tree_order"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "approve": Transition(
                "approve", self.env._("Approve"), ("pending",), "in_force", internal=True
            ),
            "close": Transition(
                "close", self.env._("Close"), ("in_force",), "closed", reason=True, internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "rejected"),
                "cancelled",
                reason=True,
            ),
            "drop": Transition(
                "drop",
                self.env._("Give up"),
                ("in_force",),
                "cancelled",
                roles=("president",),
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("objective")

    def _record_filing_states(self):
        return ("closed",)

    def _record_form_code(self):
        return "sms.objective"

    def _locked_way_out(self):
        return self.env._("The President may give it up; then set a new one.")

    # ------------------------------------------------------------ access
    @api.model
    def _see_domain(self):
        """Objectives in force are made known to everybody (6.2.1); drafts are the maker's."""
        return (
            Domain("state", "in", ("in_force", "closed"))
            | Domain("owner_id", "=", self.env.uid)
            | self._asked_domain()
        )

    @api.model
    def _edit_domain(self):
        """The office; who made it; the owner; heads for their departments."""
        user = self.env.user
        return (
            self._office_domain()
            | Domain("create_uid", "=", user.id)
            | Domain("owner_id", "=", user.id)
            | Domain("department_id", "in", user._itsms_headed_departments().ids)
        )

    # ------------------------------------------------------------ computed
    @api.depends("measure_id", "measured_by")
    @api.depends_context("lang")
    def _compute_measure_text(self):
        for objective in self:
            # sudo: the name of a measure is no secret
            objective.measure_text = objective.sudo().measure_id.name or objective.measured_by

    @api.depends("evaluated_on", "last_value", "unit")
    def _compute_last_shown(self):
        for objective in self:
            shown = f"{objective.last_value:g} {objective.unit or ''}".strip()
            objective.last_shown = objective.evaluated_on and shown

    @api.depends("parent_path")
    def _compute_tree_order(self):
        """Order in which parents stand before their parts."""
        for objective in self:
            parts = (objective.parent_path or "").rstrip("/").split("/")
            objective.tree_order = "/".join(p.rjust(10, "0") for p in parts if p)

    @api.depends("name", "parent_path")
    def _compute_tree(self):
        for objective in self:
            depth = max((objective.parent_path or "").count("/") - 1, 0)
            objective.depth = depth
            objective.tree_name = "　" * depth + ("└ " if depth else "") + (objective.name or "")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_drop(self):
        ruled = self.env.user._itsms_role_assignments("president").company_id
        for objective in self:
            objective.can_drop = objective.state == "in_force" and objective.company_id in ruled

    @api.depends("state", "evaluated_on")
    def _compute_evaluation_due(self):
        for objective in self:
            company = objective.company_id or self.env.company
            last = objective.evaluated_on
            objective.evaluation_due = objective.state == "in_force" and (
                not last or last < date_utils.start_of(company._itsms_today(), "quarter")
            )

    def _search_evaluation_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        start = date_utils.start_of(self.env.company._itsms_today(), "quarter")
        domain = Domain("state", "=", "in_force") & (
            Domain("evaluated_on", "=", False) | Domain("evaluated_on", "<", start)
        )
        return domain if True in value else ~domain

    @api.onchange("measure_id")
    def _onchange_measure_id(self):
        if self.measure_id:
            self.unit = self.measure_id.unit
            self.better = self.measure_id.better
            self.target = self.target or self.measure_id.target

    @api.onchange("parent_id")
    def _onchange_parent_id(self):
        if self.parent_id:
            self.year = self.parent_id.year
            self.measure_id = self.measure_id or self.parent_id.measure_id
            self.due_on = self.due_on or self.parent_id.due_on

    @api.constrains("parent_id", "year", "company_id")
    def _check_parent(self):
        for objective in self:
            parent = objective.sudo().parent_id  # sudo: only compared
            if parent and (parent.year != objective.year):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” belongs to another year than the objective it is part of "
                        "(SMS-9).",
                        name=objective.name,
                    )
                )
            if parent and parent.company_id != objective.company_id:
                raise ValidationError(
                    self.env._("“%(name)s” is part of an objective elsewhere.", name=objective.name)
                )

    def _parent_store_update(self):
        """An objective is no part of itself: the ORM refuses the circle, this says why (SMS-9)."""
        try:
            return super()._parent_store_update()
        except UserError as exc:
            raise UserError(
                self.env._("An objective cannot be part of itself, not even in a circle (SMS-9).")
            ) from exc

    @api.model_create_multi
    def create(self, vals_list):
        """One may set objectives for oneself and one's department, the office for all."""
        objectives = super().create(vals_list)
        if not self.env.su:
            for objective in objectives.filtered("parent_id"):
                objective.parent_id.check_access("read")
        return objectives

    # ------------------------------------------------------------ approval
    def _approval_department(self):
        return self.department_id

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        needed = ("owner_id", "due_on", "plan", "resources", "evaluation")
        for objective in self:
            missing = [
                objective._fields[name]._description_string(self.env)
                for name in needed
                if not objective[name]
            ]
            if not (objective.measure_id or objective.measured_by):
                missing.append(objective._fields["measure_id"]._description_string(self.env))
            if missing:
                raise UserError(
                    self.env._(
                        "%(name)s lacks %(missing)s: an objective says what is done, with what, by "
                        "whom, until when and how it is measured and evaluated (SMS-9).",
                        name=objective.display_name,
                        missing=", ".join(missing),
                    )
                )
            if objective.due_on.year < objective.year:
                raise UserError(
                    self.env._(
                        "%(name)s is an objective of %(year)s, so it is not due before (SMS-9).",
                        name=objective.display_name,
                        year=objective.year,
                    )
                )

    def _approval_done(self):
        super()._approval_done()
        self._start_actions()
        for objective in self.filtered(lambda o: not o.parent_id):
            self.env["itsms.duty"]._complete("objective.set", objective)
        for objective in self:
            # sudo: a notification in the system's name
            owner = objective.sudo().owner_id
            if owner.active and owner != self.env.user:
                objective.sudo().message_notify(
                    partner_ids=owner.partner_id.ids,
                    body=self.env._("In force: %(name)s", name=objective.display_name),
                    subject=objective.display_name,
                )

    def _check_actions_open(self, kinds):
        """Actions are planned before the approval, and as they are needed while it is in force."""
        for objective in self.sudo():  # sudo: the state decides, for all
            if objective.state not in ("draft", "rejected", "in_force"):
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s”: no actions are planned now (SMS-9).",
                        name=objective.display_name,
                        state=objective._state_label(),
                    )
                )

    def _actions_edited(self, actions):
        """Actions planned while it is in force change nothing that was approved."""
        self.filtered(lambda o: o.state != "in_force")._content_changed()

    def _check_action_start(self, actions):
        if any(objective.state != "in_force" for objective in self.sudo()):  # sudo: as above
            raise UserError(self.env._("Actions start when the objective is in force (SMS-9)."))

    # ------------------------------------------------------------ evaluation
    def _may_evaluate(self):
        user = self.env.user
        return (
            user == self.owner_id
            or user.has_group("itsms_base.group_itsms_office")
            or (self.department_id and self.department_id in user._itsms_headed_departments())
        )

    def _check_may_evaluate(self):
        self.check_access("read")
        for objective in self:
            if not objective._may_evaluate():
                raise AccessError(
                    self.env._(
                        "%(name)s: its owner, the head of the department or the ITSMS office "
                        "evaluates it (SMS-9).",
                        name=objective.display_name,
                    )
                )

    def _measured_value(self):
        """Latest frozen value of the linked measure in the year of one objective, or nothing."""
        first = fields.Date.to_date(f"{self.year}-01-01")
        # sudo: values of the company's measures are no secret
        return (
            self.env["itsms.measure.value"]
            .sudo()
            .search(
                [
                    ("measure_id", "=", self.measure_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("latest", "=", True),
                    ("no_sample", "=", False),
                    ("period", ">=", first),
                    ("period", "<", first + relativedelta(years=1)),
                ],
                order="period desc",
                limit=1,
            )
        )

    def action_evaluate(self, value, note):
        """Note how one objective stands, with what follows from it (SMS-9, 6.2.2)."""
        self.ensure_one()
        self._check_may_evaluate()
        self._lock_rows()
        note = notes.plain(note)
        if self.state != "in_force":
            raise UserError(self.env._("%(name)s is not in force (SMS-9).", name=self.display_name))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UserError(self.env._("Enter a number (SMS-9)."))
        if not note:
            raise UserError(self.env._("Say in words how it stands and what follows (SMS-9)."))
        met = "yes" if ranking.reached(value, self.target, self.better) else "no"
        today = self.company_id._itsms_today()
        # sudo: nobody writes evaluations by hand
        guard.as_engine(self.env["itsms.objective.evaluation"].sudo()).create(
            {
                "objective_id": self.id,
                "evaluated_on": today,
                "evaluated_by_id": self.env.uid,
                "value": value,
                "target": self.target,
                "met": met,
                "note": note,
            }
        )
        self._engine_write({"last_value": value, "last_met": met, "evaluated_on": today})
        self._log("other", state_to=met, comment=f"{value} {self.unit or ''}: {note}")
        return True

    def action_close(self, note=None):
        """End of the year: the result by the last evaluation, in words (SMS-9)."""
        self._check_may_evaluate()
        note = notes.plain(note)
        for objective in self:
            if not objective.evaluated_on:
                raise UserError(
                    self.env._("%(name)s: evaluate it first (SMS-9).", name=objective.display_name)
                )
            if objective._own_actions(("open", "done")):
                raise UserError(
                    self.env._(
                        "%(name)s: actions are running; verify them or give them up first (SMS-9).",
                        name=objective.display_name,
                    )
                )
            # sudo: the parts count whoever may open them
            running = objective.sudo().child_ids.filtered(lambda o: o.state in LIVE)
            if running:
                raise UserError(
                    self.env._(
                        "%(name)s: “%(part)s” that it was broken down to is not closed (SMS-9).",
                        name=objective.display_name,
                        part=running[0].name,
                    )
                )
            objective._engine_write(
                {
                    "closed_on": objective.company_id._itsms_today(),
                    "result": "reached" if objective.last_met == "yes" else "missed",
                    "result_text": note,
                }
            )
        self._run_transition(self._transition("close"), note)
        return True

    def _open_dialog(self, operation, title):
        self.ensure_one()
        value = self._measured_value().value if self.measure_id else self.last_value
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "itsms.objective.evaluate",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_objective_id": self.id,
                "default_operation": operation,
                "default_value": value,
            },
        }

    def action_open_evaluate(self):
        return self._open_dialog("evaluate", self.env._("Evaluate"))

    def action_open_close(self):
        return self._open_dialog("close", self.env._("Close"))

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_drop(self):
        return self.env["itsms.decision"]._open(self, "drop")

    def action_break_down(self):
        """Form of an objective that is part of this one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Break down: %(name)s", name=self.display_name),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": {
                "default_parent_id": self.id,
                "default_year": self.year,
                "default_name": self.name,
                "default_measure_id": self.measure_id.id,
                "default_measured_by": self.measured_by,
                "default_unit": self.unit,
                "default_better": self.better,
                "default_target": self.target,
                "default_due_on": str(self.due_on or ""),
            },
        }
