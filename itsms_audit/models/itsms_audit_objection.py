from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsAuditObjection(models.Model):
    """An auditee department objects to the date of the audit (AUD-4.1.6a).

    Up to three days before the audit; a later one is recorded and flagged [I-31]. The lead auditor
    answers; with an accepted objection he revises the plan.
    """

    _name = "itsms.audit.objection"
    _description = "Objection to the Date of an Audit"
    _inherit = ["itsms.lifecycle.mixin"]
    _order = "id desc"
    _rec_name = "department_id"
    _check_company_auto = True
    _initial_state = "open"

    audit_id = fields.Many2one("itsms.audit", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="audit_id.company_id", store=True, index=True)
    department_id = fields.Many2one(
        "hr.department", required=True, index=True, ondelete="restrict", check_company=True
    )
    user_id = fields.Many2one(
        "res.users", string="Raised by", required=True, index=True, ondelete="restrict"
    )
    raised_on = fields.Date(string="Raised on", required=True)
    reason = fields.Text(required=True)
    wished_day = fields.Date(
        string="Wished day", help="Day on which the audit would suit the department."
    )
    late = fields.Boolean(help="Later than three days before the audit (AUD-4.1.6a).")
    state = fields.Selection(
        [("open", "To answer"), ("accepted", "Accepted"), ("declined", "Declined")],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    answer = fields.Text()
    answered_by_id = fields.Many2one("res.users", string="Answered by", ondelete="restrict")
    answered_at = fields.Datetime(string="Answered on")

    def _engine_fields(self):
        return super()._engine_fields() | {
            "audit_id",
            "department_id",
            "user_id",
            "raised_on",
            "reason",
            "wished_day",
            "late",
            "answer",
            "answered_by_id",
            "answered_at",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "accept": Transition(
                "accept", self.env._("Accept"), ("open",), "accepted", reason=True, internal=True
            ),
            "decline": Transition(
                "decline", self.env._("Decline"), ("open",), "declined", reason=True, internal=True
            ),
        }

    @api.model
    def _record(self, vals):
        """Keep an objection; who may raise it was checked by the audit."""
        # sudo: objections are entered by this way alone
        objection = guard.as_engine(self.sudo()).create({**vals, "state": "open"})
        return guard.without_engine(objection).with_env(self.env)

    def action_answer(self, accept, answer=None):
        """The lead auditor answers: date and words are kept (AUD-4.1.6a)."""
        self._lock_rows()
        self.check_access("read")
        for objection in self:
            if objection.sudo().audit_id.lead_id != self.env.user:  # sudo: compares people
                raise AccessError(
                    self.env._("The lead auditor answers objections to the date (AUD-4.1.6a).")
                )
        if not str(answer or "").strip():
            raise UserError(self.env._("The department gets an answer in words (AUD-4.1.6a)."))
        name = "accept" if accept else "decline"
        self._run_transition(self._transition(name), answer, locked=True)
        self._engine_write(
            {
                "answer": answer,
                "answered_by_id": self.env.uid,
                "answered_at": fields.Datetime.now(),
            }
        )
        for objection in self:
            objection.audit_id._approval_tell(
                objection.user_id,
                self.env._(
                    "Your objection to the date of %(audit)s: %(state)s. %(answer)s",
                    audit=objection.audit_id.display_name,
                    state=objection._state_label(),
                    answer=answer,
                ),
            )
        return True

    def action_open_answer(self):
        """Dialog for the answer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer the objection"),
            "res_model": "itsms.audit.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_objection_id": self.id},
        }


class ItsmsAudit(models.Model):
    _inherit = "itsms.audit"

    open_objection_count = fields.Integer(
        string="Objections to answer", compute="_compute_objections"
    )
    objection_until = fields.Date(
        string="Objection until",
        compute="_compute_notice",
        help="Last day for an objection to the date (AUD-4.1.6a).",
    )
    notice_from = fields.Date(
        string="Notice from", compute="_compute_notice", help="Ten days before (AUD-4.1.6)."
    )
    notice_until = fields.Date(
        string="Notice until", compute="_compute_notice", help="Seven days before (AUD-4.1.6)."
    )
    notice_state = fields.Selection(
        [
            ("early", "Earlier than 10 days before"),
            ("in_time", "7 to 10 days before"),
            ("late", "Later than 7 days before"),
        ],
        string="Notice",
        compute="_compute_notice_state",
        store=True,
        help="Notice is given 7 to 10 days before the audit, both included (AUD-4.1.6) [I-31].",
    )
    can_object = fields.Boolean(compute="_compute_can_object")

    @api.depends("objection_ids.state")
    def _compute_objections(self):
        counts = dict(
            self.env["itsms.audit.objection"]._read_group(
                [("audit_id", "in", self.ids), ("state", "=", "open")], ["audit_id"], ["__count"]
            )
        )
        for audit in self:
            audit.open_objection_count = counts.get(audit._origin, 0)

    def _days(self, code):
        return self.env["itsms.parameter"]._get(code, self.company_id or self.env.company)

    @api.depends("date_start", "company_id")
    def _compute_notice(self):
        for audit in self:
            start = audit.date_start
            audit.notice_from = start and start - timedelta(days=audit._days("audit.notice.first"))
            audit.notice_until = start and start - timedelta(days=audit._days("audit.notice.last"))
            audit.objection_until = start and start - timedelta(
                days=audit._days("audit.objection.days")
            )

    @api.depends("notified_at", "date_start")
    def _compute_notice_state(self):
        for audit in self:
            if not audit.notified_at or not audit.date_start:
                audit.notice_state = False
                continue
            moment = fields.Datetime.to_datetime(audit.notified_at)
            zone = audit.company_id._itsms_timezone()
            day = fields.Datetime.context_timestamp(audit.with_context(tz=str(zone)), moment).date()
            audit.notice_state = audit._notice_state_on(day)

    def _notice_state_on(self, day):
        """How a notice given on ``day`` stands to the window of one audit."""
        if day < self.notice_from:
            return "early"
        return "late" if day > self.notice_until else "in_time"

    @api.depends("state", "department_ids")
    @api.depends_context("uid")
    def _compute_can_object(self):
        headed = self.env.user._itsms_headed_departments()
        for audit in self:
            audit.can_object = audit.state == "notified" and bool(audit.department_ids & headed)

    def action_open_object(self):
        """Dialog for the head of an auditee department."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Object to the date"),
            "res_model": "itsms.audit.object",
            "view_mode": "form",
            "target": "new",
            "context": {"default_audit_id": self.id},
        }

    def action_object(self, department_id, reason, wished_day=None):
        """Record the objection of an auditee department to the date (AUD-4.1.6a).

        :raise AccessError: only the head of an auditee department objects.
        """
        self.ensure_one()
        self._lock_rows()
        self.check_access("read")
        department = self.env["hr.department"].browse(
            department_id if type(department_id) is int else []
        )
        headed = self.env.user._itsms_headed_departments()
        if department not in (self.department_ids & headed):
            raise AccessError(
                self.env._(
                    "The head of an auditee department objects to the date, for his own "
                    "department (AUD-4.1.6a)."
                )
            )
        if self.state != "notified":
            raise UserError(
                self.env._(
                    "%(audit)s is “%(state)s”: one objects to the date between the notice and the "
                    "opening meeting (AUD-4.1.6a).",
                    audit=self.display_name,
                    state=self._state_label(),
                )
            )
        if not str(reason or "").strip():
            raise UserError(self.env._("Say why the date does not suit (AUD-4.1.6a)."))
        today = self.company_id._itsms_today()
        late = today > self.objection_until
        objection = self.env["itsms.audit.objection"]._record(
            {
                "audit_id": self.id,
                "department_id": department.id,
                "user_id": self.env.uid,
                "raised_on": today,
                "reason": reason,
                "wished_day": wished_day or False,
                "late": late,
            }
        )
        self._log(
            "other",
            comment=self.env._(
                "Objection of %(department)s to the date%(late)s: %(reason)s",
                department=department.sudo().name,  # sudo: no secret
                late=self.env._(" (late)") if late else "",
                reason=reason,
            ),
        )
        self._approval_tell(
            self.lead_id,
            self.env._(
                "%(department)s objects to the date of the audit: answer it.",
                department=department.sudo().name,  # sudo: no secret
            ),
        )
        return objection
