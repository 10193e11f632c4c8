import secrets

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from .itsms_training_checklist import PARTS
from .res_users_training import HR_ROLES
from .training_kinds import KINDS

HR = {"roles": HR_ROLES, "groups": ("hr.group_hr_user",)}
EVALUATION = {"content_held", "effectiveness", "strengths", "shortcomings"}


class ItsmsTrainingSession(models.Model):
    """Training implementation plan (培训实施计划), and after the training its record sheet
    (培训记录表).

    The department writes the plan with notice, timetable and outline and submits it at least
    three days before (TRN-4.3.1, 4.3.1a); HR's training administrator reviews, the head of HR
    approves, and only then it is held (TRN-4.3.1b). After it the organising department evaluates
    it and hands the record sheet in to HR (TRN-4.3.3, 4.3.5.1). Preparing is in
    ``itsms_training_session_plan.py``, holding in ``itsms_training_session_hold.py``.
    """

    _name = "itsms.training.session"
    _description = "Training Session"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.training.access.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_start desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]

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
        string="Organised by",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self._default_department_id(),
        help="Routine business training is given by the department in charge of the business; "
        "new employees get the company part from HR and the business part from the receiving "
        "department (TRN-4.3.4.1, TRN-4.3.4.2).",
    )
    organiser_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Arranges the training for the department, and writes the record sheet.",
    )
    plan_line_id = fields.Many2one(
        "itsms.training.plan.line",
        string="Planned as",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('plan_state', '=', 'in_force'), ('training_type', '=', 'internal')]",
        help="Line of the annual training plan in force, also of one added by a training approval "
        "form. Not needed for new employees and changes of post: they come when they come.",
    )
    kind = fields.Selection(
        KINDS, string="For", required=True, default="routine", index=True, tracking=True
    )
    part = fields.Selection(
        PARTS,
        help="New employees: HR gives the company induction, the receiving department the "
        "business training (TRN-4.3.4.2).",
    )
    date_start = fields.Datetime(string="Begins", required=True, tracking=True, index=True)
    date_end = fields.Datetime(string="Ends", required=True, tracking=True)
    day = fields.Date(
        compute="_compute_day",
        store=True,
        index=True,
        help="Day of the training in the time zone of the company.",
    )
    submit_until = fields.Date(
        compute="_compute_submit_until",
        help="The plan is submitted at least three days before the training, calendar days "
        "counted backwards from the day of the training (TRN-4.3.1a) [I-30].",
    )
    hours = fields.Float(compute="_compute_hours", store=True)
    room_id = fields.Many2one(
        "itsms.training.room",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    place = fields.Char(help="Where it is held, if not in one of the rooms.")
    teacher_kind = fields.Selection(
        [("internal", "Employee"), ("external", "External teacher")],
        string="Teacher is",
        required=True,
        default="internal",
    )
    teacher_id = fields.Many2one(
        "hr.employee",
        index="btree_not_null",
        ondelete="restrict",
        context={"active_test": False},
    )
    external_teacher_id = fields.Many2one(
        "res.partner",
        string="External teacher",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="When necessary, a suitably qualified external teacher is engaged (TRN-4.3.4.1).",
    )
    qualification = fields.Text(
        string="Qualification of the teacher",
        help="Why the external teacher is suitable: asked for before the submission (TRN-4.3.4.1).",
    )
    notice = fields.Html(string="Training notice", help="Sent to the trainees on approval.")
    outline = fields.Html(string="Teaching plan outline")
    timetable_ids = fields.One2many(
        "itsms.training.timetable", "session_id", string="Course timetable", copy=True
    )
    check_ids = fields.One2many(
        "itsms.training.session.check", "session_id", string="Contents", copy=False
    )
    employee_ids = fields.Many2many(
        "hr.employee",
        "itsms_training_session_employee_rel",
        string="Trainees",
        context={"active_test": False},
        help="Who is invited; after the approval the attendance list takes their place.",
    )
    people = fields.Integer(string="Invited", compute="_compute_people", store=True)
    attendance_ids = fields.One2many("itsms.training.attendance", "session_id")
    assessment = fields.Selection(
        [("written", "Written examination"), ("practical", "Practical work"), ("other", "Other")],
        string="Assessment by",
        required=True,
        default="practical",
        help="Every trainee is assessed (TRN-4.3.5.2).",
    )
    survey_id = fields.Many2one(
        "survey.survey",
        string="Examination paper",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("scoring_type", "!=", "no_scoring")],
        help="A scored survey: trainees take it from the session, marks are read in.",
    )
    max_score = fields.Float(string="Full marks", default=100, required=True)
    pass_mark = fields.Float(default=lambda self: self._default_pass_mark(), required=True)
    skill_type_id = fields.Many2one("hr.skill.type", string="Kind of skill", ondelete="restrict")
    skill_id = fields.Many2one(
        "hr.skill",
        ondelete="restrict",
        domain="[('skill_type_id', '=', skill_type_id)]",
        help="Who passes has the skill at this level; a higher level is kept.",
    )
    skill_level_id = fields.Many2one(
        "hr.skill.level",
        string="Level",
        ondelete="restrict",
        domain="[('skill_type_id', '=', skill_type_id)]",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("running", "Being held"),
            ("finished", "To evaluate"),
            ("evaluated", "With HR"),
            ("closed", "Filed"),
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
    content_held = fields.Text(string="Content taught", copy=False)
    effectiveness = fields.Selection(
        [("effective", "Effective"), ("partly", "Partly effective"), ("not", "Not effective")],
        copy=False,
        help="Judged by the organising department as a whole; HR receives it, may question it and "
        "answers for it (TRN-3.1c, TRN-4.3.5.1) [I-28].",
    )
    strengths = fields.Text(copy=False, help="What went well (TRN-4.3.5.1).")
    shortcomings = fields.Text(copy=False, help="What is to be better next time (TRN-4.3.5.1).")
    opened_at = fields.Datetime(readonly=True, copy=False)
    opened_by_id = fields.Many2one("res.users", string="Hosted by", readonly=True, copy=False)
    evaluated_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    evaluated_at = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Filed by", readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    effect_told = fields.Boolean(readonly=True, copy=False)
    # told to nobody by reading: HR shows it in the room as a QR code
    signin_token = fields.Char(
        readonly=True, copy=False, index="btree_not_null", groups="base.group_system"
    )
    can_evaluate = fields.Boolean(compute="_compute_can_evaluate")
    invited = fields.Boolean(string="I am invited", compute="_compute_invited")
    can_sign_in = fields.Boolean(compute="_compute_invited")
    can_take_test = fields.Boolean(compute="_compute_invited")

    _marks_chk = models.Constraint(
        "CHECK (max_score > 0 AND pass_mark > 0 AND pass_mark <= max_score)",
        "The pass mark lies between 0 and the full marks (TRN-4.3.5.2).",
    )

    # ------------------------------------------------------------ defaults, computed
    @api.model
    def _default_department_id(self):
        return self.env.user._itsms_employees(self.env.company).department_id[:1].sudo(False)

    @api.model
    def _default_pass_mark(self):
        return self.env["itsms.parameter"]._get("training.pass.mark")

    @api.depends("date_start", "company_id")
    def _compute_day(self):
        for session in self:
            session.day = session._local(session.date_start).date() if session.date_start else False

    def _local(self, moment):
        """A stored moment in the time zone of the company of one session."""
        zone = (self.company_id or self.env.company)._itsms_timezone()
        return pytz.utc.localize(moment).astimezone(zone)

    @api.depends("day")
    def _compute_submit_until(self):
        for session in self:
            session.submit_until = session.day and fields.Date.subtract(
                session.day, days=session._notice_days()
            )

    def _notice_days(self):
        return self.env["itsms.parameter"]._get("training.notice.days", self.company_id)

    @api.depends("date_start", "date_end", "timetable_ids.time_from", "timetable_ids.time_to")
    def _compute_hours(self):
        """Hours of the timetable; without one the time from begin to end."""
        for session in self:
            lessons = sum(line.time_to - line.time_from for line in session.timetable_ids)
            if not lessons and session.date_start and session.date_end:
                lessons = (session.date_end - session.date_start).total_seconds() / 3600
            session.hours = max(lessons, 0)

    @api.depends("employee_ids", "attendance_ids")
    def _compute_people(self):
        for session in self:
            session.people = len(session.attendance_ids) or len(session.employee_ids)

    @api.depends("state", "organiser_id", "department_id")
    @api.depends_context("uid")
    def _compute_can_evaluate(self):
        for session in self:
            session.can_evaluate = (
                session.state in ("running", "finished")
                and session.can_edit
                and session._may_evaluate()
            )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "opened_at",
            "opened_by_id",
            "evaluated_by_id",
            "evaluated_at",
            "closed_by_id",
            "closed_at",
            "effect_told",
        }

    def _unlocked_fields(self):
        # the evaluation is written after the approval, see _check_evaluation; the code of the
        # room is closed to people by its group
        own = {"attendance_ids", "check_ids", "signin_token"}
        return super()._unlocked_fields() | EVALUATION | own

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "start": Transition(
                "start", self.env._("Open attendance"), ("approved",), "running", **HR
            ),
            "finish": Transition(
                "finish", self.env._("End the training"), ("running",), "finished", **HR
            ),
            "hand_in": Transition(
                "hand_in",
                self.env._("Hand in the record sheet"),
                ("finished",),
                "evaluated",
                requires=("content_held", "effectiveness", "strengths", "shortcomings"),
            ),
            "question": Transition(
                "question",
                self.env._("Question the evaluation"),
                ("evaluated",),
                "finished",
                reason=True,
                **HR,
            ),
            "close": Transition("close", self.env._("File"), ("evaluated",), "closed", **HR),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "rejected", "approved", "running"),
                "cancelled",
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env.ref("itsms_training.itsms_number_scheme_session")

    def _locked_way_out(self):
        if all(session.state == "approved" for session in self):
            return self.env._("Move it to another time, or cancel it with a reason")
        return super()._locked_way_out()

    # ------------------------------------------------------------ who sees and writes it
    @api.model
    def _see_domain(self):
        """Trainees, their managers, teacher, organising department, who decides."""
        user = self.env.user
        # sudo: private employee data decides, only ids are used
        Employee = self.env["hr.employee"].sudo().with_context(active_test=False)
        team = Employee._search(user._itsms_team_domain())
        held = ("approved", "running", "finished", "evaluated", "closed", "cancelled")
        invited = Domain("employee_ids", "in", team) | Domain(
            "attendance_ids.employee_id", "in", team
        )
        return (
            (Domain("state", "in", held) & invited)
            | Domain("teacher_id.user_id", "=", user.id)
            | self._department_domain()
            | self._asked_domain()
        )

    @api.model
    def _edit_domain(self):
        """HR, the organiser, who heads the organising department."""
        user = self.env.user
        return (
            self._hr_domain()
            | Domain("organiser_id", "=", user.id)
            | Domain("department_id", "in", user._itsms_headed_departments().ids)
        )

    def _check_transition_right(self, transition):
        super()._check_transition_right(transition)
        if transition.roles or transition.groups:
            # the group holds in every company that the user works in, nowhere else
            for session in self:
                if not session.is_hr:
                    raise AccessError(
                        self.env._(
                            "“%(act)s” of %(session)s is for HR of %(company)s (TRN-4.3.2).",
                            act=transition.label,
                            session=session.display_name,
                            company=session.company_id.name,
                        )
                    )

    # ------------------------------------------------------------ entering
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_known_teacher(vals)
        people = [self._take_trainees(vals) for vals in vals_list]
        sessions = super().create(vals_list)
        for session, commands in zip(sessions, people, strict=True):
            if commands:
                # sudo: see _take_trainees
                session.sudo()._write_trainees(commands)
        sessions._check_department()
        sessions.filtered(lambda s: not s.check_ids)._copy_checklist()
        return sessions

    def write(self, vals):
        if EVALUATION & set(vals) and not guard.is_engine(self.env):
            self._check_evaluation()
        self._check_known_teacher(vals)
        vals = dict(vals)
        people = self._take_trainees(vals)
        result = super().write(vals)
        if people:
            self.check_access("write")
            # sudo: see _take_trainees
            self.sudo()._write_trainees(people)
        if {"department_id", "company_id"} & set(vals):
            self._check_department()
        if {"kind", "part"} & set(vals):
            self._copy_checklist()
        return result

    def _check_known_teacher(self, vals):
        """One names as teacher whom the address book shows."""
        if self.env.su or not vals.get("teacher_id"):
            return
        teacher = self.env["hr.employee.public"].browse(vals["teacher_id"])
        if not teacher._filtered_access("read"):
            raise AccessError(
                self.env._(
                    "The teacher is an employee whom you find in the address book; who comes from "
                    "elsewhere is an external teacher (TRN-4.3.4.1)."
                )
            )

    def _write_trainees(self, commands):
        """Write the trainees that were taken out of the values before, past our own ``write``."""
        return super().write({"employee_ids": commands})  # pylint: disable=super-method-mismatch

    @api.model
    def _take_trainees(self, vals):
        """Take the trainees out of ``vals``: planners know colleagues by name only, and Odoo
        refuses them the link to an employee. They may link whom the address book shows them."""
        if self.env.su or "employee_ids" not in vals:
            return None
        commands = vals.pop("employee_ids") or [fields.Command.clear()]
        ids = set()
        for command in commands:
            operation = command[0] if isinstance(command, (list, tuple)) else None
            if operation in (fields.Command.LINK, fields.Command.UNLINK):
                ids.add(command[1])
            elif operation == fields.Command.SET:
                ids.update(command[2])
            elif operation != fields.Command.CLEAR:
                raise AccessError(self.env._("Trainees are chosen among the employees."))
        people = self.env["hr.employee.public"].browse(ids)
        if people - people._filtered_access("read"):
            raise AccessError(
                self.env._(
                    "Trainees are chosen among the people of the own company: somebody of another "
                    "company is trained there (TRN-4.3.1)."
                )
            )
        return commands

    def _check_department(self):
        """One plans for the own department; HR plans for all of the company."""
        if guard.is_engine(self.env) or self.env.su:
            return
        own = self.env.user._itsms_own_departments()
        for session in self:
            if session.department_id not in own and not session.is_hr:
                raise AccessError(
                    self.env._(
                        "“%(session)s”: a department plans its own training; %(department)s is "
                        "not yours. Ask HR (TRN-3.2).",
                        session=session.name,
                        department=session.department_id.display_name,
                    )
                )

    def _check_evaluation(self):
        for session in self.sudo():  # sudo: the state decides, for all
            if session.state not in ("running", "finished"):
                raise UserError(
                    self.env._(
                        "%(session)s is “%(state)s”: it is evaluated after the training was held, "
                        "before HR files it. Where HR has it already, ask HR to return it "
                        "(TRN-4.3.5.1).",
                        session=session.display_name,
                        state=session._state_label(),
                    )
                )
        self._check_may_evaluate()

    def _may_evaluate(self):
        """The organising department evaluates, HR only what it organised itself [I-28]."""
        user = self.env.user
        # sudo: only who organises is compared
        session = self.sudo()
        own = user._itsms_own_departments()
        return self.env.su or user == session.organiser_id or session.department_id in own

    def _check_may_evaluate(self):
        for session in self:
            if not session._may_evaluate():
                raise AccessError(
                    self.env._(
                        "%(session)s: the organising department %(department)s evaluates the "
                        "training; HR receives the record sheet and may question it "
                        "(TRN-4.3.5.1, TRN-3.1c).",
                        session=session.display_name,
                        department=session.department_id.display_name,
                    )
                )

    def _copy_checklist(self):
        """Contents of the delivered checklist of the kind; what was ticked or typed stays."""
        Checklist = self.env["itsms.training.checklist"]
        for session in self:
            if any(check.done for check in session.check_ids) or session._is_locked():
                continue
            # the contents become part of a record: in the language of the company
            lang = session.company_id._itsms_language()
            own = Checklist.with_context(lang=lang)
            lines = own._for_kind(session.kind, session.part, session.company_id).line_ids
            session.check_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create({"name": line.name, "sequence": line.sequence})
                    for line in lines
                ),
            ]

    @api.onchange("plan_line_id")
    def _onchange_plan_line_id(self):
        line = self.plan_line_id
        if not line:
            return
        self.name = self.name or line.name
        self.kind = line.kind
        self.department_id = line.department_id or self.department_id
        self.employee_ids |= line.employee_ids

    @api.onchange("skill_type_id")
    def _onchange_skill_type_id(self):
        if self.skill_id.skill_type_id != self.skill_type_id:
            self.skill_id = self.skill_level_id = False

    # ------------------------------------------------------------ rules of entry
    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for session in self:
            if session.date_start >= session.date_end:
                raise ValidationError(
                    self.env._(
                        "“%(session)s” ends before it begins: correct begin or end.",
                        session=session.name,
                    )
                )

    @api.constrains("employee_ids", "teacher_id", "company_id")
    def _check_people_company(self):
        """Trainees and teacher belong to the company of the session."""
        for session in self:
            # sudo: the company of a colleague is no secret
            for person in (session.employee_ids | session.teacher_id).sudo():
                if person.company_id != session.company_id:
                    raise ValidationError(
                        self.env._(
                            "“%(session)s”: %(person)s belongs to %(other)s. Plan a session "
                            "there, or take the person out; a teacher of another company is "
                            "entered as external teacher.",
                            session=session.name,
                            person=person.name,
                            other=person.company_id.name,
                        )
                    )

    @api.constrains("skill_type_id", "skill_id", "skill_level_id")
    def _check_skill(self):
        for session in self:
            if not session.skill_id:
                continue
            kinds = session.skill_id.skill_type_id | session.skill_level_id.skill_type_id
            if not session.skill_level_id or kinds != session.skill_type_id:
                raise ValidationError(
                    self.env._(
                        "“%(session)s”: choose skill and level of the same kind.",
                        session=session.name,
                    )
                )

    def _new_token(self):
        return secrets.token_hex(16)
