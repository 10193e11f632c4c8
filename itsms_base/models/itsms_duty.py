from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import guard

DUTY_FIELDS = {
    "kind_id",
    "company_id",
    "department_id",
    "start_on",
    "last_done_on",
    "last_model",
    "last_res_id",
    "next_due",
}
UNITS = [("days", "Days"), ("weeks", "Weeks"), ("months", "Months"), ("years", "Years")]


class ItsmsDutyKind(models.Model):
    """Everything that has to happen “at planned intervals” (COM-10), as data."""

    _name = "itsms.duty.kind"
    _description = "Kind of Duty"
    _inherit = ["itsms.log.mixin"]
    _order = "sequence, code"

    name = fields.Char(string="Activity", required=True, translate=True)
    code = fields.Char(required=True, help="By this name modules report that it was done.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    object_name = fields.Char(string="Object", translate=True, help="What the activity is about.")
    interval_number = fields.Integer(string="Every", default=1, required=True)
    interval_unit = fields.Selection(UNITS, default="years", required=True)
    month = fields.Integer(
        string="In month", help="1 to 12: due at the end of this month, every year. 0: no month."
    )
    lead_days = fields.Integer(default=30, help="To-do for the owner so many days before.")
    grace_days = fields.Integer(default=30, help="Overdue up to so many days is amber, then red.")
    owner_role_id = fields.Many2one("itsms.role", string="Owner", ondelete="restrict")
    per_department = fields.Boolean(help="Every department has this duty of its own.")
    requirement = fields.Char(help="Clause that asks for it.")
    duty_ids = fields.One2many("itsms.duty", "kind_id")

    _code_uniq = models.Constraint("UNIQUE (code)", "Another duty has this code.")
    _interval_chk = models.Constraint(
        "CHECK (interval_number > 0)", "An interval is at least 1 (COM-10)."
    )
    _month_chk = models.Constraint("CHECK (month BETWEEN 0 AND 12)", "Months are 1 to 12; 0: none.")
    _days_chk = models.Constraint(
        "CHECK (lead_days >= 0 AND grace_days >= 0)", "Days are not negative."
    )

    def write(self, vals):
        """A changed interval or owner leaves evidence and moves what is due."""
        result = super().write(vals)
        telling = {"interval_number", "interval_unit", "month", "owner_role_id", "active"}
        quiet = {"lead_days", "grace_days", "per_department", "code"} & set(vals)
        if telling & set(vals) or quiet:
            self._log(
                "config",
                comment=lambda k: ", ".join(
                    [
                        f"{k.interval_number} {k.interval_unit}",
                        *(f"{n}={k[n]}" for n in sorted(quiet)),
                    ]
                ),
            )
        if telling & set(vals):
            # sudo: in every company
            self.sudo().with_context(active_test=False).duty_ids._plan()
        return result

    def _next_due(self, done, start):
        """Day by which the duty is to be done again.

        :param done: day it was last done, or nothing.
        :param start: first day on which the company had this duty.
        """
        self.ensure_one()
        if not self.month:
            step = relativedelta(**{self.interval_unit: self.interval_number})
            return (done or start) + (step if done else relativedelta())
        day = done or start
        due = day + relativedelta(month=self.month, day=31)
        if due < day or (done and self._same_turn(done, due)):
            due += relativedelta(years=1, month=self.month, day=31)
        return due

    def _same_turn(self, done, due):
        """Whether what was done on ``done`` counts for the turn that is due on ``due``: within
        the year before, but not earlier than the lead time."""
        return done >= due - relativedelta(days=max(self.lead_days, 92))


class ItsmsDuty(models.Model):
    """One line of the review calendar (COM-10): who has to do what until when.

    Completed by finishing the linked record (:meth:`_complete`), never by hand.
    """

    _name = "itsms.duty"
    _description = "Duty"
    _inherit = [
        "itsms.engine.rows.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "itsms.log.mixin",
    ]
    _order = "next_due, id"
    _rec_name = "kind_id"

    kind_id = fields.Many2one(
        "itsms.duty.kind", string="Activity", required=True, index=True, ondelete="restrict"
    )
    object_name = fields.Char(related="kind_id.object_name")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    department_id = fields.Many2one("hr.department", index="btree_not_null", ondelete="cascade")
    active = fields.Boolean(default=True)
    start_on = fields.Date(required=True, help="First day on which the company had this duty.")
    last_done_on = fields.Date(string="Last done")
    last_model = fields.Char(string="Done by (model)")
    last_res_id = fields.Many2oneReference(string="Done by (record)", model_field="last_model")
    next_due = fields.Date(index=True)
    owner_names = fields.Char(string="Owner", compute="_compute_owner_names")
    status = fields.Selection(
        [("ok", "Planned"), ("due", "Due soon"), ("amber", "Overdue"), ("red", "Long overdue")],
        compute="_compute_status",
        search="_search_status",
    )

    _duty_uniq = models.UniqueIndex(
        "(kind_id, company_id, COALESCE(department_id, 0))", "This duty is there already (COM-10)."
    )

    @api.depends("kind_id.owner_role_id", "company_id", "department_id")
    def _compute_owner_names(self):
        for duty in self:
            # sudo: names of colleagues
            duty.owner_names = ", ".join(duty._owners().sudo().mapped("name"))

    def _owners(self):
        """Users who hold the office that owns one duty."""
        self.ensure_one()
        role = self.kind_id.owner_role_id
        if not role:
            return self.env["res.users"]
        return role._holders(self.company_id, self.department_id or None)

    @api.depends("next_due", "kind_id.lead_days", "kind_id.grace_days")
    def _compute_status(self):
        for duty in self:
            today = duty.company_id._itsms_today()
            days = (today - duty.next_due).days if duty.next_due else -(10**6)
            if days > duty.kind_id.grace_days:
                duty.status = "red"
            elif days > 0:
                duty.status = "amber"
            else:
                duty.status = "due" if -days <= duty.kind_id.lead_days else "ok"

    def _search_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        # as many duties as kinds and departments: few enough to look at each
        every = self.search([])  # pylint: disable=no-search-all
        found = every.filtered(lambda d: d.status in value)
        return Domain("id", "in", found.ids)

    # ------------------------------------------------------------ rules
    @api.model
    def _by_hand_refusal(self):
        return self.env._(
            "A duty is completed by finishing the record that fulfils it, never by hand (COM-10)."
        )

    @api.model
    def _hand_fields(self):
        """All but what makes the duty and says when it was done."""
        return set(self._fields) - DUTY_FIELDS

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals and not guard.is_engine(self.env):
            # who takes a duty off the calendar, or puts it back, is on record
            self._log("config", comment=lambda d: f"active={d.active}")
        return result

    # ------------------------------------------------------------ planning
    @api.model
    def _open_missing(self):
        """A line for every company (and department) that has none yet."""
        today = fields.Date.context_today(self)
        # few kinds, all of them meant
        kinds = self.env["itsms.duty.kind"].search([])  # pylint: disable=no-search-all
        # sudo: the calendar is complete for every company, whoever runs it
        Duty = self.sudo().with_context(active_test=False)
        existing = {
            (duty.kind_id.id, duty.company_id.id, duty.department_id.id)
            for duty in Duty.search([])  # pylint: disable=no-search-all
        }
        vals_list = []
        for company in self.env["res.company"].sudo().search([]):  # pylint: disable=no-search-all
            departments = self.env["hr.department"].sudo().search([("company_id", "=", company.id)])
            for kind in kinds:
                for department in departments if kind.per_department else [departments.browse()]:
                    if (kind.id, company.id, department.id) not in existing:
                        vals_list.append(
                            {
                                "kind_id": kind.id,
                                "company_id": company.id,
                                "department_id": department.id,
                                "start_on": today,
                                "next_due": kind._next_due(None, today),
                            }
                        )
        return guard.as_engine(self.sudo()).create(vals_list)

    def _plan(self):
        """Work out the next due day again, after a changed interval."""
        for duty in self:
            due = duty.kind_id._next_due(duty.last_done_on, duty.start_on)
            # sudo: follows from the kind of duty
            guard.as_engine(duty.sudo()).write({"next_due": due})

    @api.model
    def _complete(self, code, record, on=None, department=None):
        """Note that ``record`` fulfils the duty ``code`` of its company.

        :param on: day on which it was done (default: the company's today).
        :param department: where each department has the duty of its own.
        """
        company = self.env["itsms.log"]._company_of(record)
        # sudo: finishing a record completes the duty, whoever finishes it
        duties = self.sudo().search([("kind_id.code", "=", code), ("company_id", "=", company.id)])
        if duties.kind_id.per_department:
            duties = duties.filtered(lambda d: department and d.department_id == department)
        day = on or company._itsms_today()
        for duty in duties.filtered(lambda d: not d.last_done_on or d.last_done_on <= day):
            guard.as_engine(duty).write(
                {
                    "last_done_on": day,
                    "last_model": record._name,
                    "last_res_id": record.id,
                    "next_due": duty.kind_id._next_due(day, duty.start_on),
                }
            )
            duty.activity_ids.unlink()
        duties.with_env(self.env)._log("other", state_to=lambda d: str(d.sudo().next_due))
        return duties

    @api.model
    def _cron_remind(self):
        """Daily: open missing lines, give the owners their to-dos."""
        self._open_missing()
        todo = self.env.ref("itsms_base.mail_activity_type_duty")
        for duty in self.search([("activity_ids", "=", False)]):
            if duty.status == "ok":
                continue
            for user in duty._owners():
                # sudo: a to-do in the system's name
                duty.sudo().activity_schedule(
                    activity_type_id=todo.id,
                    date_deadline=duty.next_due,
                    summary=duty.kind_id.name,
                    user_id=user.id,
                )

    def action_open_done(self):
        """The record by which it was last done."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.last_model,
            "res_id": self.last_res_id,
            "views": [(False, "form")],
        }
