from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.itsms_base.engine import guard


class ItsmsTrainingAttempt(models.Model):
    """One assessment of a trainee (考核): the first, then make-up examinations (补考).

    Lines are added, never overwritten; one entered by mistake is declared void with a reason and
    stays visible (TRN-4.3.5.2, TRN-4.3.5.2a).
    """

    _name = "itsms.training.attempt"
    _description = "Training Assessment"
    _inherit = ["itsms.log.mixin"]
    _order = "attendance_id, number, id"

    attendance_id = fields.Many2one(
        "itsms.training.attendance", required=True, index=True, ondelete="cascade"
    )
    employee_id = fields.Many2one(related="attendance_id.employee_id", store=True, index=True)
    company_id = fields.Many2one(related="attendance_id.company_id", store=True, index=True)
    number = fields.Integer(string="No.", readonly=True, aggregator=None)
    method = fields.Selection(
        [("written", "Written examination"), ("practical", "Practical work"), ("other", "Other")],
        required=True,
        default="practical",
    )
    score = fields.Float(aggregator="avg")
    max_score = fields.Float(readonly=True, string="Full marks", aggregator=None)
    passed = fields.Boolean(readonly=True)
    day = fields.Date(string="Assessed on", default=lambda self: self.env.company._itsms_today())
    assessor_id = fields.Many2one("res.users", string="Assessed by", readonly=True)
    note = fields.Char()
    user_input_id = fields.Many2one(
        "survey.user_input",
        string="Examination paper",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    state = fields.Selection(
        [("running", "Being written"), ("done", "Counts"), ("void", "Void")],
        default="done",
        readonly=True,
        required=True,
    )
    void_reason = fields.Char(readonly=True)

    _number_uniq = models.Constraint(
        "UNIQUE (attendance_id, number)", "Somebody else entered this assessment just now. Reload."
    )

    @api.model_create_multi
    def create(self, vals_list):
        insert = super().create
        if guard.is_engine(self.env):
            return self._add(vals_list, insert)
        allowed = {"attendance_id", "method", "score", "day", "note"}
        default = self.env.context.get("default_attendance_id")
        for vals in vals_list:
            forged = [n for n, v in vals.items() if v and n not in allowed]
            if forged:
                self._refuse_direct()
            vals.setdefault("attendance_id", default)
            # explicit values win over default_* keys a client may put into the context
            vals["score"] = vals.get("score") or 0
            vals["day"] = vals.get("day") or self.env.company._itsms_today()
            vals["void_reason"] = False
            vals.update(
                {"state": "done", "assessor_id": self.env.uid, "user_input_id": False, "number": 0}
            )
            line = self.env["itsms.training.attendance"].browse(vals["attendance_id"]).exists()
            line._check_assess(vals)
        return self._add(vals_list, insert)

    def _add(self, vals_list, insert):
        """Number the lines one by one, and read the result off them."""
        attempts = self.browse()
        for vals in vals_list:
            # sudo: the lines of the person, whoever assesses
            line = self.env["itsms.training.attendance"].sudo().browse(vals["attendance_id"])
            session = line.session_id
            vals["number"] = max(line.attempt_ids.mapped("number"), default=0) + 1
            vals["max_score"] = session.max_score
            vals["passed"] = vals.get("score", 0) >= session.pass_mark
            attempts |= insert([vals])
        attempts._finished()
        return attempts

    def _finished(self):
        done = self.filtered(lambda a: a.state == "done")
        guard.without_engine(done.attendance_id)._refresh_results()
        done._log("other", state_to=lambda a: f"{a.number}: {a.score:g}/{a.max_score:g}")

    def _refuse_direct(self):
        raise AccessError(
            self.env._(
                "An assessment is entered once and never changed: declare it void with a reason "
                "and enter a new one (TRN-4.3.5.2a)."
            )
        )

    def write(self, vals):
        if not guard.is_engine(self.env):
            self._refuse_direct()
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_kept(self):
        self._refuse_direct()

    def action_open_void(self):
        self.ensure_one()
        self.check_access("read")
        if not self.exists():
            raise UserError(self.env._("Choose whose assessment it is."))
        dialog = self.env["itsms.training.attempt.void"].create({"attempt_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Declare void"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_void(self, reason=None):
        """HR declares an assessment void that was entered by mistake; it stays on the list."""
        self.check_access("write")
        if not str(reason or "").strip():
            raise UserError(self.env._("Say why the assessment is void (COM-4)."))
        for attempt in self:
            line = attempt.attendance_id
            if not line._is_hr() or line.is_me:
                raise AccessError(
                    self.env._("HR declares an assessment void, nobody his own (TRN-4.3.2).")
                )
            if attempt.state == "void" or line.session_state not in ("running", "finished"):
                raise UserError(
                    self.env._(
                        "%(line)s: an assessment is declared void before the record sheet is "
                        "handed in; later a make-up examination follows (TRN-4.3.5.2a).",
                        line=line.display_name,
                    )
                )
        # sudo: the engine's own fields, the right was checked
        guard.as_engine(self.sudo()).write({"state": "void", "void_reason": reason})
        self._log("correction", state_to="void", comment=reason)
        self.attendance_id._refresh_results()
        return True


class ItsmsTrainingAttendance(models.Model):
    _inherit = "itsms.training.attendance"

    def _check_assess(self, vals):
        """Whether the current user may enter this assessment of one person."""
        if not self:
            raise UserError(self.env._("Choose whose assessment it is."))
        self.check_access("read")
        self._lock_rows()
        if not self._may_assess():
            raise AccessError(
                self.env._(
                    "%(line)s: the training administrator or the teacher assesses, nobody himself "
                    "(TRN-4.3.2, TRN-4.3.5.2).",
                    line=self.display_name,
                )
            )
        session = self.session_id.sudo()  # sudo: state and marks of the session
        if self.presence != "present":
            raise UserError(
                self.env._(
                    "%(line)s: only who was present is assessed (TRN-4.3.5.2).",
                    line=self.display_name,
                )
            )
        makeup = self.result == "failed"
        states = (
            ("running", "finished", "evaluated", "closed") if makeup else ("running", "finished")
        )
        if session.state not in states:
            raise UserError(
                self.env._(
                    "%(line)s: assessments are entered while the training is held and evaluated, "
                    "make-up examinations also later (TRN-4.3.5.2).",
                    line=self.display_name,
                )
            )
        if self.result == "passed":
            raise UserError(
                self.env._(
                    "%(line)s has passed already; the result stays (TRN-4.3.5.2).",
                    line=self.display_name,
                )
            )
        score = vals.get("score") or 0
        if not 0 <= score <= session.max_score:
            raise ValidationError(
                self.env._(
                    "%(line)s: %(score)s is outside the marks 0 to %(full)s. Correct it "
                    "(TRN-4.3.5.2).",
                    line=self.display_name,
                    score=f"{score:g}",
                    full=f"{session.max_score:g}",
                )
            )
        day = fields.Date.to_date(vals.get("day"))
        if day and (day < session.day or day > session.company_id._itsms_today()):
            raise ValidationError(
                self.env._(
                    "%(line)s: the assessment lies between the day of the training and today.",
                    line=self.display_name,
                )
            )


class SurveyUserInput(models.Model):
    """Results of an examination paper are read in when the trainee ends it (TRN-4.3.5.2)."""

    _inherit = "survey.user_input"

    def _mark_done(self):
        result = super()._mark_done()
        # sudo: the person who writes the paper has no right on assessments
        attempts = (
            self.env["itsms.training.attempt"]
            .sudo()
            .search([("user_input_id", "in", self.ids), ("state", "=", "running")])
        )
        for attempt in attempts:
            session = attempt.attendance_id.session_id
            score = attempt.user_input_id.scoring_percentage * session.max_score / 100
            guard.as_engine(attempt).write(
                {
                    "score": score,
                    "passed": score >= session.pass_mark,
                    "state": "done",
                    "day": session.company_id._itsms_today(),
                }
            )
        attempts._finished()
        return result
