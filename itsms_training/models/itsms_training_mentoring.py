from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from .itsms_training_session import HR

MENTORING_STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("concluded", "Concluded"),
    ("cancelled", "Cancelled"),
]


class ItsmsTrainingMentoring(models.Model):
    """A new employee learns with a mentor (以师带徒) for three months (TRN-4.3.4.2c)."""

    _name = "itsms.training.mentoring"
    _description = "Mentoring"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.record.source.mixin",
        "itsms.training.personal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    employee_id = fields.Many2one(
        "hr.employee", required=True, index=True, ondelete="restrict", check_company=True
    )
    mentor_id = fields.Many2one(
        "hr.employee",
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
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
        string="Receiving department",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    induction_id = fields.Many2one(
        "itsms.training.induction",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    date_from = fields.Date(
        required=True, default=lambda self: self.env.company._itsms_today(), string="From"
    )
    date_to = fields.Date(
        string="Until",
        compute="_compute_date_to",
        store=True,
        readonly=False,
        help="Three months after the begin, as the parameter training.mentoring.months says "
        "(TRN-4.3.4.2c).",
    )
    goals = fields.Text(help="What the apprentice is to be able to do at the end.")
    sheet_ids = fields.One2many(
        "itsms.training.mentoring.sheet", "mentoring_id", string="Follow-up"
    )
    conclusion = fields.Text(copy=False)
    outcome = fields.Selection(
        [("fit", "Fit for the post"), ("extend", "To be extended"), ("unfit", "Not fit")],
        copy=False,
    )
    state = fields.Selection(
        MENTORING_STATES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    concluded_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    concluded_at = fields.Datetime(readonly=True, copy=False)
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    is_hr = fields.Boolean(compute="_compute_is_hr")

    _open_uniq = models.UniqueIndex(
        "(employee_id) WHERE state IN ('draft', 'running')",
        "This person has a mentoring already that is not concluded (TRN-4.3.4.2c).",
    )

    @api.depends("employee_id", "date_from")
    def _compute_display_name(self):
        for mentoring in self:
            # sudo: names of colleagues
            name = mentoring.employee_id.sudo().name or ""
            mentoring.display_name = f"{name} {mentoring.date_from or ''}"

    @api.depends("date_from", "company_id")
    def _compute_date_to(self):
        for mentoring in self:
            months = self.env["itsms.parameter"]._get(
                "training.mentoring.months", mentoring.company_id
            )
            mentoring.date_to = mentoring.date_from and mentoring.date_from + relativedelta(
                months=months, days=-1
            )

    @api.depends("company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_hr(self):
        companies = self.env.user._itsms_training_hr_companies()
        for mentoring in self:
            mentoring.is_hr = mentoring.company_id in companies

    @api.depends("state", "date_to")
    def _compute_overdue(self):
        for mentoring in self:
            today = (mentoring.company_id or self.env.company)._itsms_today()
            mentoring.overdue = bool(
                mentoring.state == "running" and mentoring.date_to and mentoring.date_to < today
            )

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("state", "=", "running") & Domain(
            "date_to", "<", self.env.company._itsms_today()
        )
        return domain if True in value else ~domain

    # ------------------------------------------------------------ declaration
    def _unlocked_fields(self):
        return super()._unlocked_fields() | {"sheet_ids", "conclusion", "outcome", "mentor_id"}

    def _engine_fields(self):
        return super()._engine_fields() | {"induction_id", "concluded_by_id", "concluded_at"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "start": Transition(
                "start",
                self.env._("Begin"),
                ("draft",),
                "running",
                requires=("mentor_id", "date_to"),
            ),
            "conclude": Transition(
                "conclude",
                self.env._("Conclude"),
                ("running",),
                "concluded",
                requires=("conclusion", "outcome"),
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "running"), "cancelled", reason=True, **HR
            ),
        }

    @api.model
    def _team_domain(self):
        """The apprentice, the mentor, the superiors, HR."""
        return super()._team_domain() | Domain("mentor_id.user_id", "=", self.env.uid)

    def _search_can_edit(self, operator, value):
        """HR, the mentor, and who heads the receiving department."""
        if operator != "in":
            return NotImplemented
        user = self.env.user
        domain = (
            Domain("company_id", "in", user._itsms_training_hr_companies().ids)
            | Domain("mentor_id.user_id", "=", user.id)
            | Domain("department_id", "in", user._itsms_headed_departments().ids)
        ) & ~Domain("employee_id.user_id", "=", user.id)
        return domain if True in value else ~domain

    @api.depends_context("uid")
    def _compute_can_edit(self):
        domain = self._search_can_edit("in", {True})
        own = self.sudo().filtered_domain(domain)  # sudo: compares columns only
        for mentoring in self:
            mentoring.can_edit = not mentoring.id or mentoring.sudo() in own

    @api.constrains("employee_id", "mentor_id", "date_from", "date_to")
    def _check_people(self):
        for mentoring in self:
            if mentoring.mentor_id == mentoring.employee_id:
                raise ValidationError(self.env._("Nobody is his own mentor (TRN-4.3.4.2c)."))
            if mentoring.date_to and mentoring.date_to < mentoring.date_from:
                raise ValidationError(self.env._("A mentoring ends after it begins."))

    def write(self, vals):
        if not guard.is_engine(self.env) and {"conclusion", "outcome", "mentor_id"} & set(vals):
            for mentoring in self:
                if mentoring.state not in ("draft", "running"):
                    raise UserError(
                        self.env._(
                            "%(name)s is “%(state)s” and stays as it is (COM-7).",
                            name=mentoring.display_name,
                            state=mentoring._state_label(),
                        )
                    )
        return super().write(vals)

    # ------------------------------------------------------------ acts
    def action_start(self):
        return self.action_transition("start")

    def action_conclude(self):
        return self.action_transition("conclude")

    def action_open_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def _check_transition_right(self, transition):
        super()._check_transition_right(transition)
        self.check_access("write")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "start":
            for mentoring in self:
                # sudo: who has left
                people = (mentoring.mentor_id | mentoring.employee_id).sudo()
                if not all(people.mapped("active")):
                    raise UserError(
                        self.env._(
                            "%(name)s: mentor or apprentice left the company.",
                            name=mentoring.display_name,
                        )
                    )
        elif transition.name == "conclude":
            for mentoring in self:
                mentoring._check_conclude()

    def _check_conclude(self):
        """After the three months, with a sheet of each month, and no failed examination."""
        if self.company_id._itsms_today() < self.date_to:
            raise UserError(
                self.env._(
                    "%(name)s runs until %(day)s: it is concluded then, or cancelled with a "
                    "reason (TRN-4.3.4.2c).",
                    name=self.display_name,
                    day=self.date_to,
                )
            )
        open_sheets = self.sheet_ids.filtered(lambda s: not s.filled_at)
        if open_sheets or not self.sheet_ids:
            raise UserError(
                self.env._(
                    "%(name)s: the follow-up sheet of month %(month)s is missing (TRN-4.3.4.2c).",
                    name=self.display_name,
                    month=open_sheets[:1].month or 1,
                )
            )
        if self.outcome == "fit":
            self.env["itsms.training.attendance"]._check_allowed(self.employee_id)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "start":
            for mentoring in self:
                mentoring._open_sheets()
        elif transition.name == "conclude":
            # sudo: the engine's own fields
            guard.as_engine(self.sudo()).write(
                {"concluded_by_id": self.env.uid, "concluded_at": fields.Datetime.now()}
            )

    def _open_sheets(self):
        """One follow-up sheet per month, due at its end."""
        vals_list = []
        month, due = 1, self.date_from + relativedelta(months=1, days=-1)
        while due < self.date_to:
            vals_list.append({"mentoring_id": self.id, "month": month, "due": due})
            month += 1
            due = self.date_from + relativedelta(months=month, days=-1)
        vals_list.append({"mentoring_id": self.id, "month": month, "due": self.date_to})
        # sudo: the sheets follow from the term
        guard.as_engine(self.env["itsms.training.mentoring.sheet"].sudo()).create(vals_list)

    def _record_filing_states(self):
        return ("concluded",)

    def _record_form_code(self):
        return "training.mentoring"

    def _record_report(self):
        return "itsms_training.action_report_training_mentoring"

    def _record_department(self):
        return self.company_id._itsms_hr_department() or super()._record_department()

    def _record_secrecy(self):
        hr = self.company_id._itsms_hr_department()
        return {"secrecy": "secret", "authorised_department_ids": [fields.Command.set(hr.ids)]}

    def _record_title(self):
        # sudo: its own name, the record is as secret as the mentoring
        return self.env._("Mentoring record %(name)s", name=self.sudo().display_name)

    def _record_payload(self):
        payload = super()._record_payload()
        for mentoring in self:
            payload[mentoring.id]["sheets"] = [
                {
                    "month": sheet.month,
                    "taught": sheet.taught,
                    "progress": sheet.progress,
                    "next_steps": sheet.next_steps,
                    "filled_at": str(sheet.filled_at or ""),
                    "filled_by": sheet.filled_by_id.name,
                }
                for sheet in mentoring.sheet_ids
            ]
        return payload

    # ------------------------------------------------------------ jobs, leaving
    @api.model
    def _cron_remind(self):
        """Daily: mentors hear of the follow-up sheet of the month that is over."""
        todo = self.env.ref("itsms_base.mail_activity_type_duty")
        Sheet = self.env["itsms.training.mentoring.sheet"]
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            due = Sheet.search(
                [
                    ("company_id", "=", company.id),
                    ("filled_at", "=", False),
                    ("reminded", "=", False),
                    ("due", "<=", company._itsms_today()),
                    ("mentoring_id.state", "=", "running"),
                ]
            )
            for sheet in due:
                user = sheet.mentoring_id.mentor_id.user_id
                if user.active:
                    # sudo: a to-do in the system's name
                    sheet.mentoring_id.sudo().activity_schedule(
                        activity_type_id=todo.id,
                        date_deadline=sheet.due,
                        summary=self.env._("Follow-up sheet of month %(month)s", month=sheet.month),
                        user_id=user.id,
                    )
            guard.as_engine(due.sudo()).write({"reminded": True})  # sudo: the engine's own field

    @api.model
    def _person_left(self, employees):
        """An apprentice who leaves ends the mentoring; a mentor who leaves is replaced."""
        # sudo: follows from archiving the employee, whoever does that
        Mentoring = self.sudo()
        running = Domain("state", "in", ("draft", "running"))
        ended = Mentoring.search(running & Domain("employee_id", "in", employees.ids))
        if ended:
            ended = ended.with_user(self.env.user).sudo()
            ended._run_transition(
                ended._transition("cancel"), self.env._("The apprentice left the company")
            )
        todo = self.env.ref("itsms_base.mail_activity_type_duty")
        for mentoring in Mentoring.search(running & Domain("mentor_id", "in", employees.ids)):
            head = mentoring.department_id.manager_id.user_id
            if head.active:
                mentoring.activity_schedule(
                    activity_type_id=todo.id,
                    summary=self.env._("Name another mentor"),
                    user_id=head.id,
                )


class ItsmsTrainingMentoringSheet(models.Model):
    """Follow-up of one month of a mentoring, filled in by the mentor (TRN-4.3.4.2c)."""

    _name = "itsms.training.mentoring.sheet"
    _description = "Mentoring Follow-up Sheet"
    _order = "mentoring_id, month"

    mentoring_id = fields.Many2one(
        "itsms.training.mentoring", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="mentoring_id.company_id", store=True, index=True)
    month = fields.Integer(required=True, aggregator=None)
    due = fields.Date(index=True)
    taught = fields.Text(string="What was learned")
    progress = fields.Selection(
        [("good", "Good"), ("enough", "Sufficient"), ("weak", "Not sufficient")]
    )
    next_steps = fields.Char(string="Next steps")
    filled_at = fields.Datetime(readonly=True)
    filled_by_id = fields.Many2one("res.users", readonly=True)
    reminded = fields.Boolean(readonly=True)

    _month_uniq = models.Constraint("UNIQUE (mentoring_id, month)", "One sheet for each month.")

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            raise AccessError(
                self.env._("The sheets of the months are opened when the mentoring begins.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if guard.is_engine(self.env):
            return super().write(vals)
        if set(vals) - {"taught", "progress", "next_steps"}:
            raise AccessError(self.env._("Only what was learned is filled in (TRN-4.3.4.2c)."))
        for sheet in self:
            if sheet.mentoring_id.state != "running":
                raise UserError(
                    self.env._("The mentoring is over; its sheets stay as they are (COM-7).")
                )
        result = super().write(vals)
        for sheet in self:
            done = sheet.taught and sheet.progress
            # sudo: the engine's own fields
            guard.as_engine(sheet.sudo()).write(
                {
                    "filled_at": done and fields.Datetime.now(),
                    "filled_by_id": done and self.env.uid,
                }
            )
            sheet.mentoring_id._log(
                "other",
                comment=self.env._("Follow-up sheet of month %(month)s", month=sheet.month),
            )
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_kept(self):
        raise UserError(self.env._("A follow-up sheet stays (TRN-4.3.4.2c)."))
