from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from .itsms_training_attendance import RESULTS
from .itsms_training_mentoring import MENTORING_STATES
from .itsms_training_session import HR


class ItsmsTrainingInduction(models.Model):
    """What a new employee, or one who changes posts, goes through before he is confirmed in the
    post (TRN-4.3.4.2, TRN-4.3.4.6): the company part by HR, the business part by the receiving
    department, three months with a mentor.

    Opened by itself when an employee is created or changes department or job.
    """

    _name = "itsms.training.induction"
    _description = "Induction or Change of Post"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.training.personal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True

    _editable_states = ("open",)
    _initial_state = "open"

    employee_id = fields.Many2one(
        "hr.employee", required=True, index=True, ondelete="cascade", check_company=True
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
    job_id = fields.Many2one("hr.job", string="Post", ondelete="restrict", check_company=True)
    kind = fields.Selection(
        [("induction", "New employee"), ("post_change", "Change of post")],
        required=True,
        default="induction",
    )
    date = fields.Date(
        string="Since", required=True, default=lambda self: self.env.company._itsms_today()
    )
    company_attendance_id = fields.Many2one(
        "itsms.training.attendance",
        string="Company induction",
        compute="_compute_parts",
        help="Given by HR: history, policy and objectives, awareness, laws, standards "
        "(TRN-4.3.4.2a).",
    )
    post_attendance_id = fields.Many2one(
        "itsms.training.attendance",
        string="Business training",
        compute="_compute_parts",
        help="Given by the receiving department: duties, work instructions, equipment "
        "(TRN-4.3.4.2b, TRN-4.3.4.6).",
    )
    mentoring_ids = fields.One2many(
        "itsms.training.mentoring", "induction_id", string="All mentorings"
    )
    mentoring_id = fields.Many2one("itsms.training.mentoring", compute="_compute_parts")
    company_result = fields.Selection(
        RESULTS, string="Result of the company part", compute="_compute_parts"
    )
    post_result = fields.Selection(
        RESULTS, string="Result of the business part", compute="_compute_parts"
    )
    mentoring_state = fields.Selection(
        MENTORING_STATES, string="Mentoring state", compute="_compute_parts"
    )
    missing = fields.Char(compute="_compute_missing", string="Still missing")
    state = fields.Selection(
        [("open", "Under way"), ("completed", "Confirmed in the post"), ("cancelled", "Cancelled")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    _open_uniq = models.UniqueIndex(
        "(employee_id) WHERE state = 'open'",
        "This person has an induction or change of post already that is not completed.",
    )

    @api.depends("employee_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for induction in self:
            # sudo: names of colleagues
            name = induction.employee_id.sudo().name or ""
            induction.display_name = f"{name}: {kinds.get(induction.kind, '')}"

    @api.depends(
        "employee_id.itsms_attendance_ids.result",
        "employee_id.itsms_attendance_ids.session_state",
        "mentoring_ids.state",
        "mentoring_ids.outcome",
        "kind",
        "date",
    )
    @api.depends_context("uid")
    def _compute_parts(self):
        """The last attendance of each part since the begin; one query for all (sudo: which part a
        session is, of a line that is open to the reader)."""
        lines = self.env["itsms.training.attendance"].search(
            [
                ("employee_id", "in", self.employee_id.ids),
                ("kind", "in", ("induction", "post_change")),
                ("session_state", "!=", "cancelled"),
            ],
            order="day, id",
        )
        mentorings = self.env["itsms.training.mentoring"].search(
            [("induction_id", "in", self.ids), ("state", "!=", "cancelled")], order="id"
        )
        by_induction = {m.induction_id.id: m for m in mentorings}
        by_person = lines.grouped(lambda a: a.employee_id.id)
        for induction in self:
            own = by_person.get(induction.employee_id.id, lines.browse()).filtered(
                lambda a, i=induction: i.date and a.day and a.day >= i.date
            )
            company = own.filtered(
                lambda a: a.kind == "induction" and a.session_id.sudo().part == "company"
            )
            post = own.filtered(
                lambda a: a.kind == "post_change" or a.session_id.sudo().part == "post"
            )
            induction.company_attendance_id = company[-1:]
            induction.post_attendance_id = post[-1:]
            induction.mentoring_id = by_induction.get(induction.id, False)
            induction.company_result = induction.company_attendance_id.result
            induction.post_result = induction.post_attendance_id.result
            induction.mentoring_state = induction.mentoring_id.state

    def _missing(self):
        """What one induction still needs, in words."""
        parts = []
        if self.kind == "induction" and self.company_attendance_id.result != "passed":
            parts.append(self.env._("company induction by HR"))
        if self.post_attendance_id.result != "passed":
            parts.append(self.env._("business training by the receiving department"))
        if self.kind == "induction" and not (
            self.mentoring_id.state == "concluded" and self.mentoring_id.outcome == "fit"
        ):
            parts.append(self.env._("three months with a mentor"))
        return parts

    @api.depends("state", "company_result", "post_result", "mentoring_state")
    @api.depends_context("lang", "uid")
    def _compute_missing(self):
        for induction in self:
            missing = induction._missing() if induction.state == "open" else []
            induction.missing = ", ".join(missing)

    # ------------------------------------------------------------ declaration
    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "complete": Transition(
                "complete", self.env._("Confirm in the post"), ("open",), "completed", **HR
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("open",), "cancelled", reason=True, **HR
            ),
        }

    def action_complete(self):
        return self.action_transition("complete")

    def action_open_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def _check_transition_right(self, transition):
        super()._check_transition_right(transition)
        self.check_access("write")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "complete":
            return
        for induction in self:
            induction.employee_id._itsms_check_may_work(induction.job_id or None)
            missing = induction._missing()
            if missing:
                raise UserError(
                    self.env._(
                        "%(name)s cannot be confirmed in the post yet. Missing: %(missing)s "
                        "(TRN-4.3.4.2, TRN-4.3.5.2a).",
                        name=induction.display_name,
                        missing=", ".join(missing),
                    )
                )

    # ------------------------------------------------------------ acts
    def action_new_session(self):
        """A draft session for one part; the context names it."""
        self.ensure_one()
        part = "company" if self.env.context.get("itsms_part") == "company" else "post"
        company_part = part == "company" and self.kind == "induction"
        hr = self.company_id._itsms_hr_department()
        department = hr if company_part else self.department_id
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.training.session",
            "views": [(False, "form")],
            "context": {
                "default_name": self.env._("Company induction")
                if company_part
                else self.env._("Business training"),
                "default_kind": self.kind,
                "default_part": part if self.kind == "induction" else False,
                "default_department_id": department.id,
                "default_employee_ids": self.employee_id.ids,
            },
        }

    def action_new_mentoring(self):
        """The mentoring of a new employee, begun as a draft."""
        self.ensure_one()
        self.check_access("write")
        mentoring = self.mentoring_id
        if not mentoring:
            mentoring = self.env["itsms.training.mentoring"].create(
                {
                    "employee_id": self.employee_id.id,
                    "company_id": self.company_id.id,
                    "department_id": self.department_id.id,
                    "date_from": self.date,
                }
            )
            # sudo: the engine's own field
            guard.as_engine(mentoring.sudo()).write({"induction_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.training.mentoring",
            "res_id": mentoring.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------ opened by itself
    @api.model
    def _open_for(self, employees, kind):
        """Open one for everybody who has none open, where the company wants it (sudo: it follows
        from hiring and moving people, whoever does that)."""
        Parameter = self.env["itsms.parameter"]
        wanted = employees.filtered(
            lambda e: (
                e.active and e.company_id and Parameter._get("training.induction", e.company_id)
            )
        )
        if not wanted:
            return self
        busy = self.sudo().search([("employee_id", "in", wanted.ids), ("state", "=", "open")])
        for induction in busy if kind == "post_change" else ():
            induction._move_on()
        return self.sudo().create(
            [
                {
                    "employee_id": employee.id,
                    "company_id": employee.company_id.id,
                    "department_id": employee.current_version_id.department_id.id,
                    "job_id": employee.current_version_id.job_id.id,
                    "kind": kind,
                    "date": employee.company_id._itsms_today(),
                }
                for employee in wanted.sudo() - busy.employee_id
            ]
        )

    def _move_on(self):
        """Moved again before the training was completed: the department that receives the person
        now trains him (sudo by the caller)."""
        version = self.employee_id.current_version_id
        before = " ".join(filter(None, (self.department_id.name, self.job_id.name)))
        values = {"department_id": version.department_id.id, "job_id": version.job_id.id}
        if self.kind == "post_change":
            values["date"] = self.company_id._itsms_today()
        guard.as_engine(self).write(values)
        after = " ".join(filter(None, (self.department_id.name, self.job_id.name)))
        self.with_env(self.env)._log("other", state_from=before, state_to=after)

    @api.model
    def _person_left(self, employees):
        # sudo: follows from archiving the employee, whoever does that
        running = self.sudo().search([("employee_id", "in", employees.ids), ("state", "=", "open")])
        if running:
            running = running.with_user(self.env.user).sudo()
            running._run_transition(running._transition("cancel"), self.env._("Left the company"))
