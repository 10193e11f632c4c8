from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition
from odoo.addons.itsms_base.models.itsms_annual_plan_line_mixin import MONTHS

from .res_users_training import HR_ROLES
from .training_kinds import KINDS, TYPES

SOURCES = [
    ("gap", "Gap to the job standard"),
    ("certificate", "Certificate runs out"),
    ("document", "New or changed document"),
    ("audit", "Audit finding"),
    ("hire", "New employee"),
    ("wish", "Wish of the department"),
]


class ItsmsTrainingNeed(models.Model):
    """Training need (培训需求) of a department for a year (TRN-4.2.1, TRN-3.2).

    The department assesses its staff against the job standards, writes what is missing and its
    head reports it to HR, in the fourth quarter for the next year. HR takes it up in the annual
    plan or declines it with a reason.
    """

    _name = "itsms.training.need"
    _description = "Training Need"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.training.access.mixin",
        "hr.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "year desc, department_id, priority desc, id"
    _check_company_auto = True

    name = fields.Char(string="Topic", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self._default_department_id(),
    )
    year = fields.Integer(
        required=True, index=True, aggregator=None, default=lambda self: self._default_year()
    )
    kind = fields.Selection(KINDS, string="For", required=True, default="routine")
    training_type = fields.Selection(TYPES, string="Type", required=True, default="internal")
    employee_ids = fields.Many2many(
        "hr.employee",
        "itsms_training_need_employee_rel",
        string="Employees",
        check_company=True,
        help="Who needs it, as far as it is known by name.",
    )
    people = fields.Integer(
        compute="_compute_people",
        store=True,
        readonly=False,
        help="How many need it; counted from the employees where they are named.",
    )
    reason = fields.Text(help="Why it is needed, and what people should be able to do after it.")
    source = fields.Selection(SOURCES, required=True, default="wish", index=True)
    source_key = fields.Char(readonly=True, copy=False, help="What it was proposed from.")
    priority = fields.Selection([("0", "Normal"), ("1", "Important"), ("2", "Urgent")], default="0")
    month = fields.Selection(MONTHS, string="Wanted in")
    hours = fields.Float(help="Hours of training, as far as they are known.")
    cost = fields.Monetary(help="Cost that the department expects.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    nothing_needed = fields.Boolean(
        string="No training needed",
        help="The department assessed its staff against the job standards and needs no training: "
        "reported like a need, so that HR knows that nobody forgot (TRN-4.2.1).",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("reported", "Reported"),
            ("taken_up", "Taken up"),
            ("declined", "Declined"),
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
    reported_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    reported_at = fields.Datetime(readonly=True, copy=False)
    timing = fields.Selection(
        [("early", "Early"), ("in_time", "In time"), ("late", "Late")],
        string="Reported",
        readonly=True,
        copy=False,
        help="Needs for a year are reported in the fourth quarter of the year before (TRN-4.2.1).",
    )
    declined_reason = fields.Char(string="Why declined", readonly=True, copy=False)
    plan_line_id = fields.Many2one(
        "itsms.training.plan.line",
        string="Planned as",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    can_report = fields.Boolean(compute="_compute_can_report")

    _proposal_uniq = models.UniqueIndex(
        "(department_id, year, source_key) WHERE state = 'draft' AND source_key IS NOT NULL",
        "Somebody else is proposing the same needs at this moment. Reload and look at the result.",
    )
    _year_chk = models.Constraint(
        "CHECK (year BETWEEN 2000 AND 2200)", "A year has four digits (TRN-4.2.1)."
    )
    _people_chk = models.Constraint(
        "CHECK (people >= 0 AND hours >= 0 AND cost >= 0)",
        "People, hours and cost cannot be negative.",
    )

    @api.model
    def _default_year(self):
        """Needs are for next year (TRN-4.2.1)."""
        return self.env.company._itsms_today().year + 1

    @api.model
    def _default_department_id(self):
        return self.env.user._itsms_employees(self.env.company).department_id[:1].sudo(False)

    @api.depends("employee_ids")
    def _compute_people(self):
        for need in self:
            need.people = len(need.employee_ids) or need.people

    @api.depends("department_id", "state")
    @api.depends_context("uid")
    def _compute_can_report(self):
        for need in self:
            need.can_report = need.state == "draft" and need._may_report()

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "reported_by_id",
            "reported_at",
            "timing",
            "declined_reason",
            "plan_line_id",
            "source_key",
        }

    def _lifecycle_transitions(self):
        hr = ("hr.group_hr_user",)
        return super()._lifecycle_transitions() | {
            "report": Transition("report", self.env._("Report to HR"), ("draft",), "reported"),
            "take_up": Transition(
                "take_up",
                self.env._("Take up in the plan"),
                ("reported",),
                "taken_up",
                internal=True,
            ),
            "release": Transition(
                "release",
                self.env._("Take out of the plan"),
                ("taken_up",),
                "reported",
                internal=True,
            ),
            "decline": Transition(
                "decline",
                self.env._("Decline"),
                ("reported",),
                "declined",
                roles=HR_ROLES,
                groups=hr,
                reason=True,
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft",), "cancelled", reason=True
            ),
        }

    def _locked_way_out(self):
        return self.env._("Report a further need, or ask HR to decline this one.")

    @api.model
    def _see_domain(self):
        return (
            self._department_domain()
            | Domain("employee_ids.user_id", "=", self.env.uid)
            | Domain(
                "company_id",
                "in",
                self.env.user._itsms_route_companies("itsms.training.plan").ids,
            )
        )

    @api.model
    def _edit_domain(self):
        """HR, who heads the department, and who wrote it."""
        user = self.env.user
        return (
            self._hr_domain()
            | Domain("department_id", "in", user._itsms_headed_departments().ids)
            | (Domain("create_uid", "=", user.id) & self._department_domain())
        )

    # ------------------------------------------------------------ reporting
    def _may_report(self):
        """The head of the department, or of one above it, reports; HR where there is no head."""
        heads = self.env["res.users"]
        department = self.department_id.sudo()  # sudo: who heads it, whoever asks
        while department:
            heads |= department.manager_id.user_id
            department = department.parent_id
        if heads.filtered("active"):
            return self.env.user in heads
        return self.env.user._itsms_is_training_hr(self.company_id)

    def _check_transition_right(self, transition):
        super()._check_transition_right(transition)
        if transition.name != "report":
            return
        for need in self:
            if not need._may_report():
                raise AccessError(
                    self.env._(
                        "“%(need)s”: the head of %(department)s reports the needs of the "
                        "department to HR (TRN-4.2.1).",
                        need=need.display_name,
                        department=need.department_id.display_name,
                    )
                )

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "report":
            return
        for need in self:
            if not (need.nothing_needed or need.people or need.employee_ids):
                raise UserError(
                    self.env._(
                        "“%(need)s”: name the employees who need it, or how many they are "
                        "(TRN-4.2.1).",
                        need=need.display_name,
                    )
                )

    def _run_transition(self, transition, comment=None, **kwargs):
        result = super()._run_transition(transition, comment, **kwargs)
        # sudo: the engine's own fields
        if transition.name == "decline":
            guard.as_engine(self.sudo()).write({"declined_reason": comment})
            self._tell_department(comment)
        elif transition.name == "report":
            for needs in self.grouped(lambda n: (n.company_id, n.year)).values():
                guard.as_engine(needs.sudo()).write(
                    {
                        "reported_by_id": self.env.uid,
                        "reported_at": fields.Datetime.now(),
                        "timing": needs[0]._timing(),
                    }
                )
            self._complete_duty()
        return result

    def _timing(self):
        """Where today stands to the fourth quarter of the year before (TRN-4.2.1)."""
        today = self.company_id._itsms_today()
        first = self.env["itsms.parameter"]._get("training.need.first.month", self.company_id)
        if today.year >= self.year:
            return "late"
        return "in_time" if (today.year, today.month) >= (self.year - 1, first) else "early"

    def _complete_duty(self):
        """Reporting for a year fulfils the department's duty for it (COM-10)."""
        for (company, department, year), needs in self.grouped(
            lambda n: (n.company_id, n.department_id, n.year)
        ).items():
            today = company._itsms_today()
            first = self.env["itsms.parameter"]._get("training.need.first.month", company)
            due_year = today.year + 1 if today.month >= first else today.year
            if year == due_year:
                self.env["itsms.duty"]._complete(
                    "training.need", needs[0], on=today, department=department
                )

    def _tell_department(self, reason):
        """Who reported it hears that HR declined it, and why."""
        for need in self:
            # sudo: a notification in the system's name
            need.sudo().message_notify(
                partner_ids=need.sudo().reported_by_id.partner_id.ids,
                subject=need.display_name,
                body=self.env._("Declined: %(reason)s", reason=reason),
            )

    # ------------------------------------------------------------ buttons
    def action_report(self):
        """Report to HR, all chosen needs or none."""
        return self.action_transition("report")

    def action_decline(self):
        return self.env["itsms.decision"]._open(self, "decline")

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")
