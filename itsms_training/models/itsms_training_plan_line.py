from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.models.itsms_annual_plan_line_mixin import MONTHS

from .training_kinds import KINDS, TYPES


class ItsmsTrainingPlanLine(models.Model):
    """One training of the annual plan: the department named arranges it (TRN-4.2.2.2).

    What was held under one of the copies that revisions make counts for all of them.
    """

    _name = "itsms.training.plan.line"
    _description = "Planned Training"
    _inherit = ["itsms.annual.plan.line.mixin", "hr.mixin"]
    _lock_parent = "plan_id"
    _order = "plan_id, month, sequence, id"
    _check_company_auto = True

    plan_id = fields.Many2one(
        "itsms.training.plan", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    year = fields.Integer(related="plan_id.year", store=True, index=True, aggregator=None)
    plan_state = fields.Selection(
        related="plan_id.state", string="State of the plan", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Topic", required=True)
    kind = fields.Selection(KINDS, string="For", required=True, default="routine")
    training_type = fields.Selection(TYPES, string="Type", required=True, default="internal")
    target = fields.Char(string="Target group", help="Who is trained, in words.")
    employee_ids = fields.Many2many(
        "hr.employee",
        "itsms_training_plan_line_employee_rel",
        string="Employees",
        check_company=True,
    )
    target_department_ids = fields.Many2many(
        "hr.department",
        "itsms_training_plan_line_department_rel",
        string="Departments trained",
        check_company=True,
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Organised by",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="The department arranges the training itself, with the help of HR (TRN-4.2.2.2).",
    )
    month = fields.Selection(MONTHS)  # named here: their translation comes with this module
    hours = fields.Float()
    people = fields.Integer(compute="_compute_people", store=True, readonly=False)
    cost = fields.Monetary()
    currency_id = fields.Many2one(related="company_id.currency_id")
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
        help="Cost of the training is booked here.",
    )
    need_ids = fields.One2many("itsms.training.need", "plan_line_id", string="Needs")
    need_count = fields.Integer(compute="_compute_need_count")
    addition = fields.Boolean(
        readonly=True, help="Added after the approval by a training approval form (TRN-4.2.3)."
    )
    request_id = fields.Many2one(
        "itsms.training.request",
        string="Added by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    root_line_id = fields.Many2one(
        "itsms.training.plan.line",
        string="First planned as",
        readonly=True,
        index=True,
        ondelete="set null",
    )
    variant_ids = fields.One2many("itsms.training.plan.line", "root_line_id")
    state = fields.Selection(
        [("planned", "Planned"), ("running", "Being prepared"), ("done", "Carried out")],
        compute="_compute_progress",
        store=True,
        index=True,
        help="Follows from the training sessions of the line.",
    )
    done_sessions = fields.Integer(string="Sessions held", compute="_compute_progress", store=True)
    done_hours = fields.Float(string="Hours held", compute="_compute_progress", store=True)
    done_people = fields.Integer(string="People trained", compute="_compute_progress", store=True)
    spent = fields.Monetary(compute="_compute_spent", string="Cost spent")
    over_cost = fields.Boolean(compute="_compute_spent", help="More was spent than planned.")
    can_arrange = fields.Boolean(compute="_compute_can_arrange", search="_search_can_arrange")

    _amounts_chk = models.Constraint(
        "CHECK (hours >= 0 AND people >= 0 AND cost >= 0)",
        "People, hours and cost cannot be negative.",
    )

    # ------------------------------------------------------------ computed
    @api.depends("name", "plan_id.year")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.name or ''} ({line.year or ''})"

    @api.depends("employee_ids")
    def _compute_people(self):
        for line in self:
            line.people = len(line.employee_ids) or line.people

    @api.depends("need_ids")
    def _compute_need_count(self):
        counts = dict(
            self.env["itsms.training.need"]._read_group(
                [("plan_line_id", "in", self.ids)], ["plan_line_id"], ["__count"]
            )
        )
        for line in self:
            line.need_count = counts.get(line._origin, 0)

    @api.model
    def _progress_depends(self):
        """Names of the fields on which ``state`` depends; the sessions add theirs."""
        return ["plan_id"]

    @api.depends(lambda self: self._progress_depends())
    def _compute_progress(self):
        progress = self._progress()
        for line in self:
            found = progress.get(line.id) or progress.get(line._origin.id) or {}
            held, running = found.get("held", 0), found.get("running", 0)
            line.done_sessions = held
            line.done_hours = found.get("hours", 0)
            line.done_people = found.get("people", 0)
            line.state = "running" if running else "done" if held else "planned"

    def _progress(self):
        """Hook: what was held per line id as a dict with ``held`` and ``running`` (sessions),
        ``hours`` and ``people``."""
        return {}

    @api.depends("cost")
    def _compute_spent(self):
        spent = self._spent()
        for line in self:
            line.spent = spent[line.id]
            line.over_cost = line.currency_id.compare_amounts(line.spent, line.cost) > 0

    def _spent(self):
        """Expenses per line id, over the training approval forms of the line and of the lines of
        other revisions; what was refused does not count."""
        result = dict.fromkeys(self.ids, 0)
        # sudo: sums of cost, whoever may see the single expense
        Expense = self.env["hr.expense"].sudo()
        rows = Expense._read_group(
            [
                ("training_request_id.plan_line_id.root_line_id", "in", self.root_line_id.ids),
                ("state", "not in", ("draft", "submitted", "refused")),
            ],
            ["training_request_id"],
            ["total_amount:sum"],
        )
        by_root = {}
        for request, amount in rows:
            root = request.plan_line_id.root_line_id.id
            by_root[root] = by_root.get(root, 0) + amount
        for line in self:
            result[line.id] = by_root.get(line.root_line_id.id, 0)
        return result

    @api.depends("department_id", "plan_state")
    @api.depends_context("uid")
    def _compute_can_arrange(self):
        mine = self.filtered_domain(self._search_can_arrange("in", {True}))
        for line in self:
            line.can_arrange = line in mine

    def _search_can_arrange(self, operator, value):
        """Lines in force that the user's department organises, or HR with it (TRN-4.2.2.2)."""
        if operator != "in":
            return NotImplemented
        user = self.env.user
        own = Domain("department_id", "in", user._itsms_own_departments().ids)
        hr = Domain("company_id", "in", user._itsms_training_hr_companies().ids)
        domain = Domain("plan_state", "=", "in_force") & (own | hr)
        return domain if True in value else ~domain

    # ------------------------------------------------------------ rules
    @api.model
    def _system_fields(self):
        return super()._system_fields() | {"addition", "request_id"}

    @api.model
    def _progress_fields(self):
        return super()._progress_fields() | {"done_sessions", "done_hours", "done_people"}

    @api.model
    def _system_fields_refusal(self):
        return self.env._(
            "What was added and what was held follows from the training approval form and from "
            "the sessions, never from direct entry (COM-2)."
        )

    @api.model
    def _copied_fields(self):
        return super()._copied_fields() | {
            "sequence",
            "name",
            "kind",
            "training_type",
            "target",
            "employee_ids",
            "target_department_ids",
            "department_id",
            "hours",
            "people",
            "cost",
            "analytic_account_id",
            "addition",
            "request_id",
        }

    @api.ondelete(at_uninstall=True)
    def _unlink_except_held(self):
        held = self.filtered(lambda x: x.done_sessions or x.state == "running")
        if held and not all(x.plan_id.revises_id for x in held):
            raise UserError(
                self.env._(
                    "“%(line)s” has training sessions and stays in the plan.",
                    line=held[0].display_name,
                )
            )
        self._release_needs()

    def _release_needs(self):
        """Needs of a line that goes wait for another plan."""
        # sudo: the needs follow their line, whoever drops it
        needs = self.sudo().need_ids.filtered(lambda n: n.state == "taken_up")
        if needs:
            needs = needs.with_user(self.env.user)
            needs._run_transition(needs._transition("release"))
            guard.as_engine(needs.sudo()).write({"plan_line_id": False})

    # ------------------------------------------------------------ screens
    def action_view_needs(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Needs"),
            "res_model": "itsms.training.need",
            "view_mode": "list,form",
            "domain": [("plan_line_id", "=", self.id)],
        }
