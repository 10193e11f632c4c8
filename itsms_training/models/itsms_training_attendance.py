from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard

HELD = ("running", "finished", "evaluated")
RESULTS = [
    ("open", "Open"),
    ("passed", "Passed"),
    ("failed", "Failed"),
    ("none", "Not assessed"),
]
ENGINE = (
    "signed_at",
    "signed_by_id",
    "first_score",
    "score",
    "attempts",
    "makeup_open",
    "rating",
    "rating_comment",
    "effect",
    "effect_note",
    "effect_by_id",
    "effect_at",
    "effect_due",
    "filing_id",
)


class ItsmsTrainingAttendance(models.Model):
    """One trainee of a session: presence, assessment, result (TRN-4.3.2, TRN-4.3.3).

    Read by the person, the superiors, HR, and those who hold the session; never by colleagues.
    The first result stays: every assessment is a line of its own (``itsms.training.attempt``).
    """

    _name = "itsms.training.attendance"
    _description = "Training Attendance"
    _inherit = ["itsms.log.mixin", "itsms.training.personal.mixin"]
    _order = "session_id desc, id"

    session_id = fields.Many2one(
        "itsms.training.session", required=True, index=True, ondelete="cascade"
    )
    employee_id = fields.Many2one(
        "hr.employee",
        required=True,
        index=True,
        ondelete="restrict",
        context={"active_test": False},
    )
    file_id = fields.Many2one(
        "itsms.training.file",
        string="Training file",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    department_id = fields.Many2one("hr.department", readonly=True, index=True, ondelete="restrict")
    session_state = fields.Selection(
        related="session_id.state", string="State of the session", store=True, index=True
    )
    day = fields.Date(related="session_id.day", store=True, index=True)
    kind = fields.Selection(related="session_id.kind", store=True, index=True)
    presence = fields.Selection(
        [
            ("expected", "Expected"),
            ("present", "Present"),
            ("excused", "Excused"),
            ("absent", "Absent"),
            ("left", "Left the company"),
        ],
        default="expected",
        required=True,
        index=True,
    )
    absence_reason = fields.Char(string="Why not there")
    signed_at = fields.Datetime(readonly=True)
    signed_by_id = fields.Many2one("res.users", string="Entered by", readonly=True)
    attempt_ids = fields.One2many("itsms.training.attempt", "attendance_id", string="Assessments")
    first_score = fields.Float(readonly=True, help="Result of the first assessment; it stays.")
    score = fields.Float(readonly=True, aggregator="avg", help="Result of the last assessment.")
    attempts = fields.Integer(readonly=True, aggregator=None)
    result = fields.Selection(
        RESULTS,
        default="open",
        readonly=True,
        required=True,
        index=True,
        help="Who failed takes a make-up examination and takes up the post only after passing "
        "(TRN-4.3.5.2a).",
    )
    makeup_open = fields.Boolean(string="Make-up examination open", readonly=True)
    rating = fields.Selection(
        [("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5")],
        string="Satisfaction",
        readonly=True,
        help="How useful the training was, by the trainee: 1 not at all, 5 very (TRN-4.6.2).",
    )
    rating_comment = fields.Char(readonly=True)
    effect = fields.Selection(
        [("effective", "Effective"), ("partly", "Partly effective"), ("not", "Not effective")],
        string="Effect at work",
        readonly=True,
        help="Second evaluation by the manager some time after the training.",
    )
    effect_note = fields.Char(readonly=True)
    effect_by_id = fields.Many2one("res.users", readonly=True)
    effect_at = fields.Datetime(readonly=True)
    effect_due = fields.Date(readonly=True, index="btree_not_null")
    filing_id = fields.Many2one(
        "itsms.training.filing",
        string="Bound with",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Filing of the period with which it was bound into the training file (TRN-4.6.1).",
    )
    is_me = fields.Boolean(compute="_compute_is_me")
    can_assess = fields.Boolean(compute="_compute_can_assess")

    _person_uniq = models.Constraint(
        "UNIQUE (session_id, employee_id)", "This person is on the attendance list already."
    )

    @api.depends("session_id", "employee_id")
    def _compute_display_name(self):
        for line in self:
            # sudo: the name of a colleague
            name = line.employee_id.sudo().name or ""
            line.display_name = f"{line.session_id.sudo().display_name}: {name}"

    @api.depends("employee_id")
    @api.depends_context("uid")
    def _compute_is_me(self):
        for line in self:
            # sudo: whose line it is
            line.is_me = line.employee_id.sudo().user_id == self.env.user

    @api.depends("session_state")
    @api.depends_context("uid")
    def _compute_can_assess(self):
        companies = self.env.user._itsms_training_hr_companies()
        for line in self:
            line.can_assess = line._may_assess(companies)

    # ------------------------------------------------------------ who reads
    @api.model
    def _team_domain(self):
        """The own ones, those of the team, and of the sessions that one teaches or organises."""
        user = self.env.user
        return (
            super()._team_domain()
            | Domain("session_id.organiser_id", "=", user.id)
            | Domain("session_id.teacher_id.user_id", "=", user.id)
            | Domain("session_id.department_id", "in", user._itsms_headed_departments().ids)
        )

    def _is_hr(self):
        return self.company_id in self.env.user._itsms_training_hr_companies()

    def _may_assess(self, hr_companies=None):
        """HR, or who teaches or organises; never for oneself."""
        # sudo: who teaches, whose line it is
        session = self.session_id.sudo()
        if self.employee_id.sudo().user_id == self.env.user:
            return False
        hosts = session.organiser_id | session._inside_teacher().user_id
        if self.env.user in hosts:
            return True
        return self._is_hr() if hr_companies is None else self.company_id in hr_companies

    # ------------------------------------------------------------ entering
    @api.model_create_multi
    def create(self, vals_list):
        engine = guard.is_engine(self.env)
        if not engine:
            allowed = {"session_id", "employee_id", "presence", "absence_reason"}
            for vals in vals_list:
                self._refuse_others(set(vals) - allowed)
        employees = self.env["hr.employee"].sudo()  # sudo: department and company of colleagues
        employees = employees.browse([vals.get("employee_id") or 0 for vals in vals_list]).exists()
        for vals in vals_list:
            if vals.get("employee_id") not in employees.ids:
                raise UserError(self.env._("Choose who is trained (TRN-4.3.2)."))
        files = self.env["itsms.training.file"]._of(employees)
        for vals in vals_list:
            employee = employees.browse(vals["employee_id"])
            vals.update(
                {"file_id": files[employee.id].id, "department_id": employee.department_id.id}
            )
            if not engine:
                vals.setdefault("presence", "expected")
                # explicit values win over default_* keys a client may put into the context
                vals.update(dict.fromkeys(ENGINE, False))
                vals["result"] = "open"
        lines = super().create(vals_list)
        if not engine:
            lines._check_added()
            lines._note_presence()
        return lines

    def _check_added(self):
        """HR adds people to an approved session, within the seats of the room."""
        for session in self.session_id:
            lines = self.filtered(lambda a, s=session: a.session_id == s)
            if session.state not in ("approved", "running"):
                raise UserError(
                    self.env._(
                        "%(session)s is “%(state)s”: people are added to an approved session "
                        "until it ends; before that they are named in the plan.",
                        session=session.display_name,
                        state=session._state_label(),
                    )
                )
            for employee in lines.employee_id.sudo():  # sudo: company and state of colleagues
                if employee.company_id != session.company_id:
                    raise UserError(
                        self.env._(
                            "%(session)s: %(person)s belongs to %(other)s and is trained there.",
                            session=session.display_name,
                            person=employee.name,
                            other=employee.company_id.name,
                        )
                    )
                if not employee.active:
                    raise UserError(
                        self.env._(
                            "%(session)s: %(person)s left the company.",
                            session=session.display_name,
                            person=employee.name,
                        )
                    )
            session._check_room()

    def write(self, vals):
        if guard.is_engine(self.env):
            return super().write(vals)
        self._refuse_others(set(vals) - {"presence", "absence_reason"})
        before = {line.id: line._presence_label() for line in self}
        for line in self:
            line._check_presence_change(vals)
        result = super().write(vals)
        if "presence" in vals:
            self._note_presence(before)
        return result

    def _refuse_others(self, names):
        if names - {"attempt_ids"}:
            raise AccessError(
                self.env._(
                    "“%(fields)s” of an attendance follow from signing in, assessing and rating, "
                    "never from direct entry (TRN-4.3.2).",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(names)
                        if name in self._fields
                    ),
                )
            )

    def _check_presence_change(self, vals):
        if self.session_id.state not in HELD[:2]:
            raise UserError(
                self.env._(
                    "%(line)s: attendance is taken while the training is held, until its record "
                    "sheet is handed in (TRN-4.3.2).",
                    line=self.display_name,
                )
            )
        presence = vals.get("presence", self.presence)
        if presence == "left" or self.presence == "left":
            raise UserError(
                self.env._("Who left the company is entered when the employee is archived.")
            )
        if presence != "present" and self.attempts:
            raise UserError(
                self.env._(
                    "%(line)s was assessed, and so was there. Declare the assessment void first, "
                    "if it was entered by mistake.",
                    line=self.display_name,
                )
            )

    def _note_presence(self, before=None):
        noted = self.filtered(lambda a: before is not None or a.presence != "expected")
        values = {"signed_at": fields.Datetime.now(), "signed_by_id": self.env.uid}
        for result, lines in noted.grouped(lambda a: a._result_now()).items():
            # sudo: the engine's own fields
            guard.as_engine(lines.sudo()).write({**values, "result": result})
        noted._log(
            "other",
            state_from=lambda a: (before or {}).get(a.id),
            state_to=lambda a: a._presence_label(),
            comment=lambda a: a.absence_reason,
        )

    @api.ondelete(at_uninstall=True)
    def _unlink_except_kept(self):
        raise UserError(
            self.env._(
                "An attendance is evidence and stays. Who did not come is entered as excused or "
                "absent (TRN-4.3.2)."
            )
        )

    def _lock_rows(self):
        """Acts on one attendance wait for each other."""
        # sudo: a lock gives no right
        if not self.sudo().try_lock_for_update():
            raise UserError(
                self.env._("Somebody else is working on this attendance. Reload and try again.")
            )
        self.invalidate_recordset()

    def _presence_label(self):
        return dict(self._fields["presence"]._description_selection(self.env))[self.presence]

    def _result_label(self):
        return dict(self._fields["result"]._description_selection(self.env))[self.result]

    def action_present(self):
        """HR enters many people as present in one go."""
        self.check_access("write")
        self.write({"presence": "present"})
        return True

    # ------------------------------------------------------------ assessment
    def _counting_attempts(self):
        return self.attempt_ids.filtered(lambda a: a.state == "done").sorted("number")

    def _running_attempt(self):
        return self.attempt_ids.filtered(lambda a: a.state == "running")[:1]

    def _result_now(self):
        """Result of one line: of the last assessment that counts."""
        attempts = self._counting_attempts()
        if attempts:
            return "passed" if attempts[-1].passed else "failed"
        return "none" if self.presence in ("excused", "absent", "left") else "open"

    def _may_take_test(self):
        """Whether the person of one line may open the examination paper now."""
        # sudo: only whether there is a paper
        session = self.session_id.sudo()
        if not session.survey_id or self.presence != "present":
            return False
        line = self.sudo()  # sudo: state of the own assessments
        if line._running_attempt():
            return session.state in (*HELD, "closed")
        if not line.attempts:
            return session.state in ("running", "finished")
        return line.makeup_open and line.result == "failed"

    def _refresh_results(self):
        """Read the results off the assessments, and tell who passed now."""
        passed = self.browse()
        for line in self.sudo():  # sudo: results follow from the assessments
            attempts = line._counting_attempts()
            first = line.attempt_ids.filtered(lambda a: a.number == 1 and a.state != "running")
            result = line._result_now()
            if result == "passed" and line.result != "passed":
                passed |= line
            guard.as_engine(line).write(
                {
                    "first_score": first.score,
                    "score": attempts[-1:].score,
                    "attempts": len(attempts),
                    "result": result,
                    "makeup_open": line.makeup_open and result == "failed",
                }
            )
        for session, lines in passed.grouped("session_id").items():
            guard.without_engine(session)._participant_passed(lines)
        return passed

    def action_open_makeup(self):
        """HR opens the make-up examination for people who failed (TRN-4.3.5.2a)."""
        self.check_access("write")
        for line in self:
            if line.result != "failed":
                raise UserError(
                    self.env._(
                        "%(line)s: a make-up examination is for who failed (TRN-4.3.5.2a).",
                        line=line.display_name,
                    )
                )
        # sudo: the engine's own field, the right was checked
        guard.as_engine(self.sudo()).write({"makeup_open": True})
        self._log("other", comment=self.env._("Make-up examination opened"))
        return True

    def action_open_assess(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assess %(name)s", name=self.employee_id.sudo().name),  # sudo: name
            "res_model": "itsms.training.attempt",
            "view_mode": "form",
            "target": "new",
            "context": {"default_attendance_id": self.id},
        }

    @api.model
    def _not_allowed(self, employees):
        """Failed results that were not made up, per employee id: such a person may not take up
        the post (TRN-4.3.5.2a). One query; asked by whoever confirms somebody in a post.

        A later session of the same topic that was passed makes up for it as well.
        """
        # sudo: whether somebody failed is asked by who confirms him
        lines = self.sudo().search(
            [("employee_id", "in", employees.ids), ("result", "in", ("failed", "passed"))],
            order="day, id",
        )
        result = {}
        for employee, own in lines.grouped("employee_id").items():
            last = {line.session_id.name: line for line in own}
            failed = [line for line in last.values() if line.result == "failed"]
            if failed:
                result[employee.id] = self.browse([line.id for line in failed])
        return result

    @api.model
    def _check_allowed(self, employees):
        """Refuse to confirm people in a post who failed and did not pass the make-up."""
        blocked = self._not_allowed(employees)
        for employee in employees.sudo():  # sudo: name of a colleague
            if employee.id in blocked:
                raise UserError(
                    self.env._(
                        "%(name)s failed “%(training)s” and is not allowed to take up the post "
                        "before passing a make-up examination. Open one in the attendance list "
                        "(TRN-4.3.5.2a).",
                        name=employee.name,
                        training=blocked[employee.id][0].sudo().session_id.name,
                    )
                )

    # ------------------------------------------------------------ rating and effect
    def action_rate(self, rating, comment=None):
        """The trainee says how useful it was, once; 1 to 5 (TRN-4.6.2)."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_me:
            raise AccessError(self.env._("Only the trainee rates the training (TRN-4.6.2)."))
        if str(rating) not in dict(self._fields["rating"].selection):
            raise UserError(self.env._("Rate the training from 1 to 5 (TRN-4.6.2)."))
        if self.presence != "present" or self.session_state not in (*HELD, "closed"):
            raise UserError(self.env._("Who was there rates the training (TRN-4.6.2)."))
        if self.rating:
            raise UserError(self.env._("You have rated this training already."))
        # sudo: the engine's own field, the person was checked
        guard.as_engine(self.sudo()).write({"rating": str(rating), "rating_comment": comment})
        return True

    def action_evaluate_effect(self, effect, note=None):
        """Manager or HR judges the effect at work, some time after the training."""
        self.check_access("read")
        known = dict(self._fields["effect"].selection)
        if not isinstance(effect, str) or effect not in known:
            raise UserError(self.env._("Say whether the training was effective at work."))
        for line in self:
            line._check_may_judge()
        # sudo: the engine's own fields, the right was checked
        guard.as_engine(self.sudo()).write(
            {
                "effect": effect,
                "effect_note": str(note or ""),
                "effect_by_id": self.env.uid,
                "effect_at": fields.Datetime.now(),
            }
        )
        self._log(
            "other", comment=lambda a: self.env._("Effect at work: %(effect)s", effect=effect)
        )
        return True

    def _check_may_judge(self):
        # sudo: who is whose manager
        employee = self.employee_id.sudo()
        superiors = employee.parent_id.user_id | employee.department_id.manager_id.user_id
        if self.is_me or not (self.env.user in superiors or self._is_hr()):
            raise AccessError(
                self.env._(
                    "%(line)s: the manager of the person, or HR, judges the effect at work.",
                    line=self.display_name,
                )
            )
        if self.presence != "present" or self.session_state not in (
            "finished",
            "evaluated",
            "closed",
        ):
            raise UserError(
                self.env._(
                    "%(line)s: the effect is judged after a training that the person attended.",
                    line=self.display_name,
                )
            )

    def action_open_effect(self):
        return self._open_dialog("effect")

    def action_open_rate(self):
        return self._open_dialog("rate")

    def _open_dialog(self, operation):
        dialog = self.env["itsms.training.attendance.dialog"].create(
            {"attendance_ids": [fields.Command.set(self.ids)], "operation": operation}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rate the training")
            if operation == "rate"
            else self.env._("Effect at work"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------ leaving
    @api.model
    def _person_left(self, employees):
        """Who leaves during a course is no longer expected; what was done stays (archiving)."""
        # sudo: follows from archiving the employee, whoever does that
        lines = self.sudo().search(
            [
                ("employee_id", "in", employees.ids),
                ("session_state", "in", ("approved", "running", "finished")),
                ("presence", "!=", "left"),
                ("result", "=", "open"),
            ]
        )
        guard.as_engine(lines).write({"presence": "left", "result": "none", "makeup_open": False})
        lines.with_env(self.env)._log("other", comment=self.env._("Left the company"))

    def _record_line(self):
        """Plain data of one line for the frozen record (sudo by the caller)."""
        return {
            "employee": self.employee_id.name,
            "department": self.department_id.name,
            "presence": self.presence,
            "reason": self.absence_reason,
            "signed_at": str(self.signed_at or ""),
            "result": self.result,
            "assessments": [
                {
                    "number": attempt.number,
                    "method": attempt.method,
                    "score": attempt.score,
                    "passed": attempt.passed,
                    "state": attempt.state,
                    "assessor": attempt.assessor_id.name,
                    "day": str(attempt.day or ""),
                }
                for attempt in self.attempt_ids.sorted("number")
            ],
            "discipline": [note.name for note in self.discipline_ids],
        }
