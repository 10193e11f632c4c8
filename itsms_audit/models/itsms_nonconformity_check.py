from odoo import models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard, notes


class ItsmsNonconformity(models.Model):
    """Follow-up check, effectiveness check, further rounds and closing (AUD-4.4.2, AUD-4.4.3)."""

    _inherit = "itsms.nonconformity"

    # ------------------------------------------------------------ follow-up check
    def _current_round(self):
        """The round of the present plan (sudo: written by the engine alone)."""
        return self.sudo().round_ids.filtered(lambda r: r.number == self.cycle)

    def _check_may_check(self):
        self._lock_rows()
        self.check_access("read")
        for record in self:
            reason = record._why_not_check()
            if reason:
                raise AccessError(reason)

    def action_check(self, passed, result=None):
        """Follow-up check of the implementation (AUD-4.4.2, AUD-4.4.2a).

        :param passed: carried out within the limit; otherwise further measures are asked for
            (AUD-4.4.3a–c).
        :param result: what was seen, in words.
        """
        self.ensure_one()
        self._check_may_check()
        result = notes.plain(result)
        if not result:
            raise UserError(self.env._("Write the result of the check (AUD-4.4.2a)."))
        if self.state != "approved":
            self._check_transition(self._transition("check"), result)
        if passed:
            self._check_carried_out()
        today = self.company_id._itsms_today()
        values = {
            "checked_on": today,
            "checked_by_id": self.env.uid,
            "check_passed": "yes" if passed else "no",
            "check_result": result,
        }
        current = self._current_round()
        if not passed:
            guard.as_engine(current).write(values)
            return self._reopen(result)
        due = self._effect_day(today)
        guard.as_engine(current).write({**values, "effect_due_on": due})
        self._engine_write({"effect_due_on": due})
        if due:
            self._run_transition(self._transition("check"), result, locked=True)
            self._engine_write({"deadline_on": due})
        else:
            self._run_transition(self._transition("settle"), result, locked=True)
        return True

    def _check_carried_out(self):
        """All verified, and within the limit; otherwise it stays open (AUD-4.4.3)."""
        actions = self._own_actions().filtered(
            lambda a: a.state != "cancelled" and a.cycle == self.cycle
        )
        names = {"record": self.display_name}
        waiting = actions.filtered(lambda a: a.state in ("draft", "open", "done"))
        if waiting:
            raise UserError(
                self.env._(
                    "%(record)s: “%(action)s” is not verified yet (AUD-4.4.3).",
                    action=waiting[0].name,
                    **names,
                )
            )
        measures = actions.filtered(lambda a: a.kind != "correction")
        if self.corrective_needed == "yes" and not measures:
            raise UserError(
                self.env._("%(record)s: no measure was carried out (AUD-4.4.3).", **names)
            )
        late = measures.filtered("late")
        if late:
            raise UserError(
                self.env._(
                    "%(record)s: “%(action)s” was done on %(done)s, after its limit %(due)s. It "
                    "cannot be closed this way: ask for further measures (AUD-4.4.3, AUD-4.4.3b).",
                    action=late[0].name,
                    done=late[0].done_on,
                    due=late[0].due_on,
                    **names,
                )
            )

    def _reopen(self, reason):
        """A further round: back to the causes, in the same record (CPA-15, AUD-4.4.3c)."""
        self._run_transition(self._transition("reopen"), reason, locked=True)
        for record in self:
            today = record.company_id._itsms_today()
            days = record._deadline_days(today, record.grade)
            record._engine_write(
                {
                    "cycle": record.cycle + 1,
                    "plan_due_on": days["plan_due_on"],
                    "implement_due_on": days["implement_due_on"],
                    "effect_due_on": False,
                    "deadline_on": days["plan_due_on"],
                }
            )
            record._tell(
                record._deadline_heads(),
                self.env._(
                    "Further measures are needed: %(name)s. %(why)s",
                    name=record.display_name,
                    why=reason,
                ),
            )
        return True

    def _action_changed(self, action):
        """The last measure is verified: who found it makes the follow-up check (AUD-4.4.2)."""
        super()._action_changed(action)
        if action.sudo().state not in ("verified", "cancelled"):  # sudo: the state only
            return
        for record in self.sudo():  # sudo: the finder is told, whoever verified
            if record.state == "approved" and record._actions_settled():
                record._tell(
                    record.raised_by_id,
                    self.env._(
                        "All measures are verified, the follow-up check is due: %(name)s",
                        name=record.display_name,
                    ),
                )

    def _action_extended(self, action):
        """The day of a measure was moved: so is the day until which all are carried out."""
        super()._action_extended(action)
        for record in self.sudo():  # sudo: the decision on the extension moves the day
            if record.state == "approved" and action.due_on > record.implement_due_on:
                days = {"implement_due_on": action.due_on, "deadline_on": action.due_on}
                record._engine_write(days)

    # ------------------------------------------------------------ effect and closing
    def action_effect(self, effective, value=None, text=None):
        """Effectiveness check: measured value and verdict (CPA-15).

        :param effective: the verdict; “no” opens a further round in the same record.
        :param value: what was measured against the criterion.
        """
        self.ensure_one()
        self._check_may_check()
        value, text = notes.plain(value), notes.plain(text)
        if self.state != "verified":
            self._check_transition(self._transition("settle"), text)
            raise UserError(
                self.env._(
                    "%(record)s: first check that the measures were carried out (AUD-4.4.2).",
                    record=self.display_name,
                )
            )
        if not value or not text:
            raise UserError(self.env._("Write the measured value and what it says (CPA-15)."))
        today = self.company_id._itsms_today()
        if effective and self.effect_due_on and today < self.effect_due_on:
            raise UserError(
                self.env._(
                    "%(record)s: whether it lasts is seen on %(day)s at the earliest (CPA-15).",
                    record=self.display_name,
                    day=self.effect_due_on,
                )
            )
        guard.as_engine(self._current_round()).write(
            {
                "judged_on": today,
                "judged_by_id": self.env.uid,
                "effect_value": value,
                "effect_text": text,
                "verdict": "yes" if effective else "no",
            }
        )
        measures = self._own_actions(("verified",)).filtered(
            lambda a: a.kind != "correction" and a.cycle == self.cycle
        )
        if measures:
            measures.with_env(self.env)._judge(bool(effective), f"{value}: {text}")
        if not effective:
            return self._reopen(text)
        self._run_transition(self._transition("settle"), text, locked=True)
        return True

    def _check_may_close(self):
        """Closed only when the last round was verified and effective (AUD-4.4.3)."""
        current = self._current_round()
        passed = current.check_passed == "yes" and (
            not current.effect_due_on or current.verdict == "yes"
        )
        if not passed or not self._actions_settled():
            raise UserError(
                self.env._(
                    "%(record)s was not verified as effective, so it stays open (AUD-4.4.3, "
                    "AUD-4.4.3a).",
                    record=self.display_name,
                )
            )

    def _note_closed(self):
        today = self.company_id._itsms_today()
        grace = self.env["itsms.parameter"]._get("cpa.close.days", self.company_id)
        due = self.effect_due_on or self.implement_due_on
        late = due and (today - due).days > grace
        self._engine_write(
            {
                "closed_on": today,
                "closed_by_id": self.env.uid,
                "deadline_on": False,
                "in_time": self.cycle == 1 and not late,
                **self._age_values(today),
            }
        )

    def _give_up_actions(self):
        """Not upheld: nothing is carried out any more (sudo: the engine's own act)."""
        self._engine_write({"deadline_on": False})
        actions = self._own_actions(("draft", "open", "done")).with_env(self.env)
        if actions:
            actions._run_transition(
                actions._transition("cancel"), self.env._("The nonconformity was not upheld.")
            )
