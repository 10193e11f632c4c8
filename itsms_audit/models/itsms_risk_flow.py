from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard, notes

from .improvement_kinds import MR, SCALE
from .itsms_risk import LIVE


class ItsmsRisk(models.Model):
    """The way of a risk: registered, dealt with or accepted, watched, assessed again."""

    _inherit = "itsms.risk"

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "register":
            for risk in self:
                risk._note_assessment(risk.likelihood, risk.impact, risk.consequence, "first")
        elif transition.name == "close":
            self._engine_write({"closed_on": self.env.company._itsms_today()})

    def action_register(self):
        """Put it into the register with its first assessment."""
        return self.action_transition("register")

    def action_close(self):
        return self.env["itsms.decision"]._open(self, "close")

    def _check_may_act(self):
        self.check_access("write")

    def action_treat(self):
        """Start the planned actions (6.1.3)."""
        self._check_may_act()
        for risk in self:
            if risk.method in (False, "accept"):
                raise UserError(
                    self.env._(
                        "%(risk)s: choose how it is dealt with – treat, avoid, transfer or "
                        "exploit (SMS-8).",
                        risk=risk.display_name,
                    )
                )
            if not risk.effect_criterion:
                raise UserError(
                    self.env._(
                        "%(risk)s: say by what the effect will be seen (SMS-8).",
                        risk=risk.display_name,
                    )
                )
            if not risk._own_actions(("draft",)):
                raise UserError(
                    self.env._(
                        "%(risk)s: plan at least one action (SMS-8).", risk=risk.display_name
                    )
                )
        self._run_transition(self._transition("treat"))
        self._engine_write({"effectiveness": False, "effect": False})
        self._start_actions()
        return True

    def _accepting_roles(self):
        """Who may accept one risk as it is: its owner within the acceptance level, above it the
        management representative, the President where it is very high."""
        self.ensure_one()
        if self.acceptable:
            return ()
        return ("president",) if self.level == "very_high" else MR

    def action_accept(self, reason=None):
        """Accept as it is, with a reason, by the right level (SMS-8)."""
        self.check_access("read")
        reason = notes.plain(reason)
        for risk in self:
            codes = risk._accepting_roles()
            if not codes:
                risk._check_may_act()
                continue
            roles = self.env["itsms.role"]._by_code(*codes)
            if not roles._held_by(self.env.user, risk.company_id):
                raise AccessError(
                    self.env._(
                        "%(risk)s is above the acceptance level: %(role)s accepts it, or it is "
                        "treated (SMS-8).",
                        risk=risk.display_name,
                        role=", ".join(roles.mapped("name")),
                    )
                )
        for risk in self:
            if risk._own_actions(("open", "done")):
                raise UserError(
                    self.env._(
                        "%(risk)s: actions are running; verify them or give them up first (SMS-8).",
                        risk=risk.display_name,
                    )
                )
        self._run_transition(self._transition("accept"), reason)
        for risk in self:
            risk._engine_write(
                {
                    "method": "accept",
                    "accepted_by_id": self.env.uid,
                    "accepted_on": risk.company_id._itsms_today(),
                    "accept_reason": reason,
                }
            )
        return True

    def action_assess(self, likelihood, impact, note):
        """Assess one live risk again; above acceptance it is to be dealt with anew (SMS-8)."""
        self.ensure_one()
        self._check_may_act()
        self._lock_rows()
        note = self._check_assessment(likelihood, impact, note)
        if self.state not in LIVE:
            raise UserError(
                self.env._("%(risk)s is not in the register now.", risk=self.display_name)
            )
        before = self.value
        self._engine_write({"likelihood": likelihood, "impact": impact})
        self._note_assessment(likelihood, impact, note, "again")
        if self.state == "monitored" and not self.acceptable and self.value > before:
            # what was accepted or treated has grown beyond it
            self._run_transition(self._transition("reopen"), note, locked=True)
            self._engine_write(
                {"accepted_by_id": False, "accepted_on": False, "accept_reason": False}
            )
        return True

    def action_judge(self, likelihood, impact, note, effective):
        """After the actions: what is left, and whether they were effective (6.1.3)."""
        self.ensure_one()
        self._check_may_act()
        self._lock_rows()
        note = self._check_assessment(likelihood, impact, note)
        if self.state != "treating":
            raise UserError(
                self.env._("%(risk)s: start its actions first (SMS-8).", risk=self.display_name)
            )
        if not self._actions_settled():
            raise UserError(
                self.env._(
                    "%(risk)s: the effect is judged when every action was verified (SMS-8).",
                    risk=self.display_name,
                )
            )
        self._engine_write(
            {
                "likelihood": likelihood,
                "impact": impact,
                "effectiveness": "yes" if effective is True else "no",
                "effect": note,
            }
        )
        self._note_assessment(likelihood, impact, note, "residual")
        name = "judge" if effective is True and self.acceptable else "reopen"
        self._run_transition(self._transition(name), note, locked=True)
        return True

    def _check_assessment(self, likelihood, impact, note):
        scale = [key for key, _label in SCALE]
        if likelihood not in scale or impact not in scale:
            raise UserError(self.env._("Likelihood and impact are 1 to 5 (SMS-8)."))
        note = notes.plain(note)
        if not note:
            raise UserError(self.env._("Say in words why it is assessed so (SMS-8)."))
        return note

    def _note_assessment(self, likelihood, impact, note, kind):
        """Keep one assessment; the caller has checked state and right."""
        self.ensure_one()
        company = self.company_id
        today = company._itsms_today()
        months = int(self.env["itsms.parameter"]._get("risk.review.months", company))
        # sudo: nobody writes assessments by hand
        guard.as_engine(self.env["itsms.risk.assessment"].sudo()).create(
            {
                "risk_id": self.id,
                "kind": kind,
                "likelihood": likelihood,
                "impact": impact,
                "value": int(likelihood) * int(impact),
                "note": note,
                "assessed_on": today,
                "assessed_by_id": self.env.uid,
            }
        )
        self._engine_write(
            {
                "assessed_on": today,
                "assessed_by_id": self.env.uid,
                "review_due_on": today + relativedelta(months=months),
                "reminder_stage": 0,
            }
        )
        self._complete_review()

    def _complete_review(self):
        """The yearly duty is done when every live risk was assessed since the last time."""
        company = self.company_id
        # sudo: the calendar of the company, whoever assesses
        duty = (
            self.env["itsms.duty"]
            .sudo()
            .search(
                [("kind_id.code", "=", "risk.review"), ("company_id", "=", company.id)], limit=1
            )
        )
        if not duty:
            return
        since = duty.last_done_on or duty.start_on - relativedelta(days=1)
        left = self._live_domain(company) & Domain("assessed_on", "<=", since)
        if not self.sudo().search_count(left, limit=1):
            self.env["itsms.duty"]._complete("risk.review", self)

    def _open_dialog(self, operation, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "itsms.risk.assess",
            "view_mode": "form",
            "target": "new",
            "context": {"default_risk_id": self.id, "default_operation": operation},
        }

    def action_open_assess(self):
        return self._open_dialog("assess", self.env._("Assess again"))

    def action_open_judge(self):
        return self._open_dialog("judge", self.env._("Judge the effect"))

    def action_open_accept(self):
        return self._open_dialog("accept", self.env._("Accept"))
