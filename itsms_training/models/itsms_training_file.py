from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from .itsms_training_session import HR


def _hr_secrecy(company):
    """Marks of people: open to HR, not to everybody."""
    hr = company._itsms_hr_department()
    return {"secrecy": "secret", "authorised_department_ids": [fields.Command.set(hr.ids)]}


class ItsmsTrainingFile(models.Model):
    """Employee training file (员工培训档案, TRN-4.6.1): one per employee, read by himself, his
    superiors and HR."""

    _name = "itsms.training.file"
    _description = "Employee Training File"
    _inherit = [
        "itsms.engine.rows.mixin",
        "itsms.record.source.mixin",
        "itsms.training.personal.mixin",
    ]
    _order = "employee_id"

    _initial_state = "open"

    employee_id = fields.Many2one(
        "hr.employee",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
        context={"active_test": False},
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", readonly=True
    )
    user_id = fields.Many2one(related="employee_id.user_id", string="Login")
    department_name = fields.Char(string="Department", compute="_compute_person")
    job_name = fields.Char(string="Post", compute="_compute_person")
    first_day = fields.Date(string="In the company since", compute="_compute_person")
    attendance_ids = fields.One2many(
        "itsms.training.attendance", "file_id", string="Trainings", readonly=True
    )
    mentoring_ids = fields.Many2many(
        "itsms.training.mentoring", string="Mentorings", compute="_compute_mentoring_ids"
    )
    filed_until = fields.Date(readonly=True, help="Bound up to this day (TRN-4.6.1).")
    trainings = fields.Integer(string="Trainings attended", compute="_compute_counts")
    hours = fields.Float(compute="_compute_counts")
    not_allowed = fields.Boolean(
        string="Not allowed to work",
        compute="_compute_not_allowed",
        help="Failed and not made up, or special work without a valid certificate to work "
        "(TRN-4.3.5.2a, TRN-4.4.1).",
    )
    obstacles = fields.Text(string="Why not allowed to work", compute="_compute_not_allowed")
    gap_text = fields.Text(string="Gap to the job standard", compute="_compute_gap_text")
    gap_count = fields.Integer(string="Gaps", compute="_compute_gap_text")
    state = fields.Selection(
        [("open", "Kept up"), ("closed", "Closed: left the company")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        help="Closed and filed as a record when the employee leaves; opened again if he comes "
        "back.",
    )

    _employee_uniq = models.Constraint(
        "UNIQUE (employee_id)", "Somebody else opened this training file just now. Reload."
    )

    @api.depends("employee_id")
    def _compute_display_name(self):
        for file in self:
            file.display_name = file.employee_id.sudo().name  # sudo: the name of a colleague

    @api.depends("employee_id")
    def _compute_person(self):
        for file in self:
            # sudo: employment data of the person whose file this is
            employee = file.employee_id.sudo()
            file.department_name = employee.department_id.display_name
            file.job_name = employee.job_id.name or employee.job_title
            # the contract tells it, or the day on which the employee was entered
            starts = [day for day in employee.version_ids.mapped("contract_date_start") if day]
            entered = employee.create_date and employee.create_date.date()
            file.first_day = min(starts, default=entered)

    @api.depends("employee_id")
    def _compute_mentoring_ids(self):
        found = self.env["itsms.training.mentoring"].search(
            [("employee_id", "in", self.employee_id.ids)]
        )
        by_person = found.grouped(lambda m: m.employee_id.id)
        for file in self:
            file.mentoring_ids = by_person.get(file.employee_id.id, found.browse())

    @api.depends("attendance_ids.presence")
    def _compute_counts(self):
        for file in self:
            held = file.attendance_ids.filtered(lambda a: a.presence == "present")
            file.trainings = len(held)
            file.hours = sum(held.sudo().session_id.mapped("hours"))  # sudo: hours are no secret

    @api.depends("attendance_ids.result")
    @api.depends_context("lang")
    def _compute_not_allowed(self):
        found = self.employee_id._itsms_work_obstacles()
        for file in self:
            texts = [obstacle["text"] for obstacle in found.get(file.employee_id.id, ())]
            file.not_allowed = bool(texts)
            file.obstacles = "\n".join(texts)

    @api.depends("employee_id")
    @api.depends_context("lang")
    def _compute_gap_text(self):
        """What the job standard asks for and the person does not have."""
        # sudo: who reads the file may read the gap of this person
        gaps = self.env["itsms.training.gap"].sudo()._gaps(self.employee_id.sudo())
        for file in self:
            lines = gaps.get(file.employee_id.id) or []
            file.gap_count = len(lines)
            file.gap_text = "\n".join(
                f"{gap['what']}: {gap['has'] or '–'} < {gap['wanted']}" for gap in lines
            )

    # ------------------------------------------------------------ one per employee
    @api.model
    def _of(self, employees):
        """File per employee id; opened where there is none (sudo: it follows from the person)."""
        files = self.sudo().search([("employee_id", "in", employees.ids)])
        missing = employees.sudo() - files.employee_id
        if missing:
            files |= guard.as_engine(self.sudo()).create(
                [{"employee_id": e.id, "company_id": e.company_id.id} for e in missing]
            )
        return {file.employee_id.id: file.with_env(self.env) for file in files}

    @api.ondelete(at_uninstall=True)
    def _unlink_except_kept(self):
        raise UserError(self.env._("A training file is kept (TRN-4.6.1)."))

    @api.model
    def _by_hand_refusal(self):
        return self.env._(
            "A training file fills by itself from sessions, certificates and outside training "
            "(TRN-4.6.1)."
        )

    # ------------------------------------------------------------ leaving
    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "close": Transition("close", self.env._("Close"), ("open",), "closed", internal=True),
            "reopen": Transition(
                "reopen", self.env._("Open again"), ("closed",), "open", internal=True
            ),
        }

    @api.model
    def _person_left(self, employees):
        """The file of who leaves is closed and archived as a record (TRN-4.6.1)."""
        self._run_for(employees, "close", "open")

    @api.model
    def _person_back(self, employees):
        self._run_for(employees, "reopen", "closed")

    def _run_for(self, employees, name, state):
        # sudo: follows from archiving the employee, whoever does that
        files = self.sudo().search([("employee_id", "in", employees.ids), ("state", "=", state)])
        if files:
            files = files.with_user(self.env.user).sudo()
            files._run_transition(files._transition(name))

    # ------------------------------------------------------------ kept as a record
    def _record_filing_states(self):
        return ("closed",)

    def _record_form_code(self):
        return "training.file"

    def _record_topic(self):
        """Who leaves twice leaves two records."""
        return str(self[:1].company_id._itsms_today())

    def _record_department(self):
        return self.company_id._itsms_hr_department() or super()._record_department()

    def _record_secrecy(self):
        return _hr_secrecy(self.company_id)

    def _record_title(self):
        # sudo: the name of the person whose file it is
        return self.env._("Employee training file %(name)s", name=self.sudo().employee_id.name)

    def _record_report(self):
        return "itsms_training.action_report_training_file"

    def _record_payload(self):
        payload = super()._record_payload()
        for file in self:
            payload[file.id]["trainings"] = [
                {"session": line.session_id.display_name, **line._record_line()}
                for line in file.attendance_ids.sorted("id")
            ]
            payload[file.id]["certificates"] = file._certificates().mapped("display_name")
            payload[file.id]["outside"] = file._outside_trainings().request_id.mapped(
                "display_name"
            )
            payload[file.id]["mentoring"] = [
                {"mentoring": m.display_name, "outcome": m.outcome} for m in file.mentoring_ids
            ]
        return payload

    # ------------------------------------------------------------ contents
    def _certificates(self):
        """Certificates to work of one person, as far as the reader may see them."""
        return self.env["itsms.work.certificate"].search(
            [
                ("employee_id", "=", self.employee_id.id),
                ("state", "in", ("valid", "suspended", "expired", "withdrawn")),
            ],
            order="valid_from desc",
        )

    def _outside_trainings(self):
        """Completely signed outside trainings of one person."""
        # sudo: the own entries of the person whose file this is
        return (
            self.env["itsms.training.request.trainee"]
            .sudo()
            .search(
                [
                    ("employee_id", "=", self.employee_id.id),
                    ("request_id.kind", "=", "outside"),
                    ("request_id.state", "=", "completed"),
                ]
            )
        )

    @api.model
    def action_open_mine(self):
        """My training: the own file."""
        employee = self.env.user._itsms_employees(self.env.company)[:1]
        if not employee:
            raise UserError(
                self.env._(
                    "No employee of %(company)s is linked with your login. Ask HR.",
                    company=self.env.company.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("My training"),
            "res_model": "itsms.training.file",
            "res_id": self._of(employee)[employee.id].id,
            "views": [(self.env.ref("itsms_training.itsms_training_file_view_form").id, "form")],
        }

    def action_print(self):
        self.check_access("read")
        return self.env.ref("itsms_training.action_report_training_file").report_action(self)


class ItsmsTrainingFiling(models.Model):
    """HR sorts and binds the training records of a month, a quarter or a year into the training
    files of the employees (TRN-4.6.1)."""

    _name = "itsms.training.filing"
    _description = "Filing of Training Records"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.record.source.mixin",
        "itsms.training.access.mixin",
        "mail.thread",
    ]
    _order = "date_from desc, id desc"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        required=True,
        default="month",
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(string="Until", compute="_compute_date_to", store=True)
    attendance_ids = fields.One2many(
        "itsms.training.attendance", "filing_id", string="Records", readonly=True
    )
    record_count = fields.Integer(string="Records bound", readonly=True, copy=False)
    people_count = fields.Integer(string="Training files", readonly=True, copy=False)
    open_sessions = fields.Char(compute="_compute_open_sessions", string="Not filed yet")
    state = fields.Selection(
        [("draft", "Draft"), ("filed", "Filed"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    filed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    filed_at = fields.Datetime(readonly=True, copy=False)

    _period_uniq = models.UniqueIndex(
        "(company_id, period, date_from) WHERE state != 'cancelled'",
        "The records of this period are filed already (TRN-4.6.1).",
    )

    @api.model
    def _default_date_from(self):
        return self.env.company._itsms_today().replace(day=1) - relativedelta(months=1)

    @api.depends("period", "date_from")
    def _compute_display_name(self):
        for filing in self:
            filing.display_name = f"{filing.date_from or ''} – {filing.date_to or ''}"

    @api.depends("period", "date_from")
    def _compute_date_to(self):
        months = {"month": 1, "quarter": 3, "year": 12}
        for filing in self:
            filing.date_to = filing.date_from and filing.date_from + relativedelta(
                months=months.get(filing.period, 1), days=-1
            )

    @api.constrains("period", "date_from")
    def _check_period(self):
        for filing in self:
            starts = {"month": range(1, 13), "quarter": (1, 4, 7, 10), "year": (1,)}[filing.period]
            if filing.date_from.day != 1 or filing.date_from.month not in starts:
                raise ValidationError(
                    self.env._(
                        "A month, quarter or year begins on the first day of it (TRN-4.6.1)."
                    )
                )

    @api.depends("date_from", "date_to", "company_id")
    def _compute_open_sessions(self):
        for filing in self:
            found = filing._sessions_to_come()[:5] if filing.date_to else ()
            filing.open_sessions = ", ".join(s.display_name for s in found)

    def _sessions_to_come(self):
        return self.env["itsms.training.session"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("day", ">=", self.date_from),
                ("day", "<=", self.date_to),
                ("state", "in", ("approved", "running", "finished", "evaluated")),
            ]
        )

    def _engine_fields(self):
        return super()._engine_fields() | {
            "record_count",
            "people_count",
            "filed_by_id",
            "filed_at",
            "attendance_ids",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "file": Transition("file", self.env._("File the records"), ("draft",), "filed", **HR),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft",), "cancelled", reason=True
            ),
        }

    def action_file(self):
        return self.action_transition("file")

    def _check_transition_right(self, transition):
        super()._check_transition_right(transition)
        self.check_access("write")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        for filing in self if transition.name == "file" else ():
            if filing.date_to >= filing.company_id._itsms_today():
                raise UserError(
                    self.env._(
                        "%(period)s is not over yet: its records are filed afterwards (TRN-4.6.1).",
                        period=filing.display_name,
                    )
                )
            open_sessions = filing._sessions_to_come()
            if open_sessions:
                raise UserError(
                    self.env._(
                        "%(period)s: the record sheets of %(sessions)s are not filed yet. File or "
                        "cancel them first (TRN-4.3.3, TRN-4.6.1).",
                        period=filing.display_name,
                        sessions=", ".join(open_sessions[:5].mapped("display_name")),
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name != "file":
            return
        for filing in self:
            # sudo: HR binds all records of the company, the right was checked
            lines = (
                self.env["itsms.training.attendance"]
                .sudo()
                .search(
                    Domain("company_id", "=", filing.company_id.id)
                    & Domain("session_state", "=", "closed")
                    & Domain("day", "<=", filing.date_to)
                    & Domain("filing_id", "=", False)
                )
            )
            guard.as_engine(lines).write({"filing_id": filing.id})
            guard.as_engine(lines.file_id).write({"filed_until": filing.date_to})
            guard.as_engine(filing.sudo()).write(
                {
                    "record_count": len(lines),
                    "people_count": len(lines.file_id),
                    "filed_by_id": self.env.uid,
                    "filed_at": fields.Datetime.now(),
                }
            )
            code = {"month": "month", "quarter": "quarter", "year": "year"}[filing.period]
            self.env["itsms.duty"]._complete(f"training.file.{code}", filing)

    # ------------------------------------------------------------ kept as a record
    def _record_filing_states(self):
        return ("filed",)

    def _record_form_code(self):
        return "training.file"

    def _record_department(self):
        return self.company_id._itsms_hr_department() or super()._record_department()

    def _record_secrecy(self):
        return _hr_secrecy(self.company_id)

    def _record_filled_by(self):
        return self.filed_by_id or super()._record_filled_by()

    def _record_title(self):
        return self.env._(
            "Training files bound %(from)s – %(to)s",
            **{"from": self.date_from, "to": self.date_to},
        )

    def _record_report(self):
        return "itsms_training.action_report_training_filing"

    def _record_payload(self):
        payload = super()._record_payload()
        for filing in self:
            payload[filing.id]["bound"] = [
                {"session": line.session_id.display_name, **line._record_line()}
                for line in filing._bound()
            ]
        return payload

    def _bound(self):
        """Records of the period of one filing, and what it bound of earlier ones, by person and
        day (sudo by the caller)."""
        lines = self.env["itsms.training.attendance"].search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("filing_id", "!=", False)
            & Domain("day", ">=", self.date_from)
            & Domain("day", "<=", self.date_to)
        )
        lines |= self.attendance_ids
        return lines.sorted(
            lambda a: (a.employee_id.sudo().name or "", a.day, a.id)  # sudo: name of a colleague
        )
