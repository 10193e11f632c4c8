from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.itsms_base.engine import guard, notes

from .improvement_kinds import MR


class ItsmsImprovement(models.Model):
    """The way of an improvement: 提出 → 评价 → 批准 / 暂缓 / 否决 → 实施 → 测量 → 关闭."""

    _inherit = "itsms.improvement"

    # ------------------------------------------------------------ rights of buttons
    def _check_may_act(self):
        """Owner and ITSMS office carry an approved improvement forward."""
        self.check_access("read")
        for record in self:
            if not record.can_act:
                raise AccessError(
                    self.env._(
                        "%(record)s: its owner or the ITSMS office does this (CPA-20).",
                        record=record.display_name,
                    )
                )

    def _tell_proposer(self, text):
        """The proposer hears what becomes of it (CPA-19)."""
        for record in self.sudo():  # sudo: a notification in the system's name
            proposer = record.proposer_id
            if proposer.active and proposer != self.env.user:
                record.message_notify(
                    partner_ids=proposer.partner_id.ids,
                    body=f"{record.display_name}: {text}",
                    subject=record.display_name,
                )

    # ------------------------------------------------------------ proposing and evaluating
    def action_propose(self):
        """Hand the opportunity over to the ITSMS office."""
        return self.action_transition("propose")

    def action_evaluate(self):
        """Note that all points are given (CPA-18)."""
        return self.action_transition("evaluate")

    def _take_criteria(self):
        """One line of points per criterion of the edition in force."""
        for company, records in self.grouped("company_id").items():
            criteria = self.env["itsms.improvement.criteria"]._in_force(company)
            if not criteria:
                raise UserError(
                    self.env._(
                        "No improvement criteria are approved: have them approved first under "
                        "Audit & improvement › Improvement › Criteria (CPA-18)."
                    )
                )
            lines = criteria.line_ids.filtered("weight")
            # sudo: criteria and weights are the engine's
            engine = guard.as_engine(records.sudo())
            engine.point_ids.unlink()
            engine.env["itsms.improvement.point"].create(
                [
                    {
                        "improvement_id": record.id,
                        "sequence": line.sequence,
                        "kind": line.kind,
                        "weight": line.weight,
                        "guide": line.guide,
                    }
                    for record in records
                    for line in lines
                ]
            )
            engine.write({"criteria_id": criteria.id})

    def action_take_criteria(self):
        """Start the points over by the edition that is in force now."""
        self.check_access("write")
        for record in self:
            if record.state != "proposed" or not self.env.user.has_group(
                "itsms_base.group_itsms_office"
            ):
                raise UserError(
                    self.env._("The ITSMS office does this while it is being evaluated (CPA-18).")
                )
        self._take_criteria()
        return True

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        checks = {
            "evaluate": self._check_evaluate,
            "further": self._check_further,
            "close": self._check_close,
        }
        if transition.name in checks:
            checks[transition.name](comment)

    def _check_evaluate(self, comment):
        for record in self:
            if not record.point_ids:
                raise UserError(
                    self.env._("%(name)s has no criteria yet (CPA-18).", name=record.display_name)
                )
            blank = record.point_ids.filtered(lambda p: not p.points)
            if blank:
                raise UserError(
                    self.env._(
                        "%(name)s: give points for %(criterion)s, 0 to 5 (CPA-18).",
                        name=record.display_name,
                        criterion=blank[0].display_name,
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        today = self.env.company._itsms_today()
        if transition.name == "propose":
            self._engine_write({"proposed_on": today})
            Criteria = self.env["itsms.improvement.criteria"]
            known = self.company_id.filtered(Criteria._in_force)
            self.filtered(lambda r: r.company_id in known)._take_criteria()
        elif transition.name == "resume":
            self._engine_write({"deferred_until": False})
            self._tell_proposer(self.env._("taken up again."))
        elif transition.name == "evaluate":
            self._engine_write({"evaluated_on": today, "evaluated_by_id": self.env.uid})
            for record in self:
                record._tell_proposer(
                    self.env._(
                        "evaluated with %(score).2f points, ranking %(ranking).2f.",
                        score=record.score,
                        ranking=record.ranking,
                    )
                )
        elif transition.name == "implemented":
            self._engine_write({"implemented_on": today})

    # ------------------------------------------------------------ decision
    def _approval_preparers(self):
        """The office that evaluates prepares the decision; so does the proposer."""
        return super()._approval_preparers() | self.sudo().evaluated_by_id  # sudo: compares people

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for record in self:
            name = record.display_name
            if not (record.owner_id and record.due_on and record.resources):
                raise UserError(
                    self.env._(
                        "%(name)s: name owner, resources and the day until which it is carried "
                        "out (CPA-20).",
                        name=name,
                    )
                )
            if not record.target_ids:
                raise UserError(
                    self.env._(
                        "%(name)s: set at least one measurable target with baseline, value and "
                        "day (CPA-20).",
                        name=name,
                    )
                )
            for target in record.target_ids:
                problem = target._incomplete()
                if problem:
                    raise UserError(
                        self.env._("%(name)s: %(problem)s (CPA-20)", name=name, problem=problem)
                    )
            if not record._own_actions(("draft",)):
                raise UserError(
                    self.env._("%(name)s: plan at least one action (CPA-20).", name=name)
                )
            record._check_evaluate(None)

    def _approval_done(self):
        super()._approval_done()
        self._decide_on(False)
        self._tell_proposer(self.env._("approved."))
        for record in self:
            # sudo: the owner is told
            owner = record.sudo().owner_id
            if owner.active:
                record.sudo().message_notify(
                    partner_ids=owner.partner_id.ids,
                    body=self.env._("Approved, to be carried out: %(n)s", n=record.display_name),
                    subject=record.display_name,
                )

    def _approval_rejected(self, comment):
        super()._approval_rejected(comment)
        self._tell_proposer(self.env._("returned: %(reason)s", reason=comment))

    def _decide_on(self, reason):
        self._engine_write(
            {"decided_on": self.env.company._itsms_today(), "decision_reason": reason}
        )

    def _stop_approval(self):
        """Decisions that are open are no longer needed."""
        pending = self.filtered(lambda r: r.state == "pending")
        if pending:
            pending._cancel_steps(pending._round_steps())
            pending._approval_finish_activities()

    def action_defer(self, until=None, reason=None):
        """Not now: with a reason and a day on which it is looked at again (CPA-19)."""
        self.check_access("read")
        self._check_ruler()
        try:
            until = fields.Date.to_date(until)
        except (TypeError, ValueError) as exc:
            raise UserError(self.env._("Name a day.")) from exc
        if not until or until <= self.env.company._itsms_today():
            raise UserError(
                self.env._("Name a day to come on which it is looked at again (CPA-19).")
            )
        reason = notes.plain(reason)
        self._lock_rows()
        self._stop_approval()
        self._run_transition(self._transition("defer"), reason, locked=True)
        self._decide_on(reason)
        self._engine_write({"deferred_until": until})
        self._tell_proposer(
            self.env._("deferred until %(day)s: %(reason)s", day=until, reason=reason)
        )
        return True

    def _check_ruler(self):
        role = self.env["itsms.role"]._by_code(*MR)
        for company in self.company_id:
            if not role._held_by(self.env.user, company):
                raise AccessError(
                    self.env._("The management representative defers improvements (CPA-19).")
                )

    def _run_transition(self, transition, comment=None, **options):
        if transition.name == "decline":
            self._stop_approval()
        elif transition.name == "close":
            self._check_transition(transition, comment)
            self._on_closing(notes.plain(comment))  # filed with its result
        result = super()._run_transition(transition, comment, **options)
        if transition.name == "decline":
            self._decide_on(notes.plain(comment))
            for action in self._own_actions(("draft",)):
                action._run_transition(action._transition("cancel"), notes.plain(comment))
            self._tell_proposer(self.env._("declined: %(reason)s", reason=comment))
        return result

    def action_decline(self):
        return self.env["itsms.decision"]._open(self, "decline")

    def action_resume(self):
        return self.action_transition("resume")

    def action_open_defer(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Defer"),
            "res_model": "itsms.improvement.defer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_improvement_id": self.id},
        }

    # ------------------------------------------------------------ carrying out
    def _check_actions_open(self, kinds):
        """Actions are planned before the approval, and again after a missed target (CPA-20)."""
        for record in self.sudo():  # sudo: the state decides, for all
            if record.state not in ("proposed", "evaluated", "rejected", "measuring"):
                raise UserError(
                    self.env._(
                        "%(record)s is “%(state)s”: actions are planned before it is submitted, "
                        "and again when a target was missed (CPA-20).",
                        record=record.display_name,
                        state=record._state_label(),
                    )
                )

    def _check_action_start(self, actions):
        if any(record.state != "implementing" for record in self.sudo()):  # sudo: as above
            raise UserError(
                self.env._("Actions of an improvement start when it was approved (CPA-20).")
            )

    def action_begin(self):
        """Start the actions of the approved improvement."""
        self._check_may_act()
        self._run_transition(self._transition("begin"))
        self._start_actions()
        return True

    def _action_changed(self, action):
        """With the last action verified the improvement is there and can be measured."""
        super()._action_changed(action)
        # sudo: the state follows, whoever verified the action
        done = self.filtered(
            lambda r: (
                r.sudo().state == "implementing"
                and action.state in ("verified", "effective", "not_effective", "cancelled")
                and r._actions_settled()
            )
        )
        if done:
            done._run_transition(done._transition("implemented"))

    # ------------------------------------------------------------ measuring
    def action_open_measure(self):
        self.ensure_one()
        first = self.target_ids.filtered(lambda t: not t.verdict)[:1] or self.target_ids[:1]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Measure what was reached"),
            "res_model": "itsms.improvement.measure",
            "view_mode": "form",
            "target": "new",
            "context": {"default_improvement_id": self.id, "default_target_id": first.id},
        }

    def action_measure(self, target_id, value, evidence):
        """Measure one target of one improvement after it was carried out (CPA-20)."""
        self.ensure_one()
        self._check_may_act()
        self._lock_rows()
        if self.state != "measuring":
            raise UserError(
                self.env._(
                    "%(record)s is measured after its actions were carried out (CPA-20).",
                    record=self.display_name,
                )
            )
        target = self.target_ids.filtered(lambda t: t.id == target_id)
        evidence = notes.plain(evidence)
        if not target or isinstance(value, bool) or not isinstance(value, int | float):
            raise UserError(self.env._("Choose a target and enter a number (CPA-20)."))
        if not evidence:
            raise UserError(self.env._("Say by what one sees the reached value (CPA-20)."))
        verdict = target._measure(float(value), evidence)
        self._log("other", state_to=verdict, comment=f"{target.name}: {value} {target.unit or ''}")
        return True

    def action_further(self, reason=None):
        """A target was missed: the newly planned actions start, a new round begins (CPA-20)."""
        self._check_may_act()
        reason = notes.plain(reason) or self.env._("A target was missed.")
        self._run_transition(self._transition("further"), reason)
        for record in self:
            record._engine_write({"cycle": record.cycle + 1})
        self._start_actions()
        return True

    def _check_further(self, comment):
        for record in self:
            if not record.target_ids.filtered(lambda t: t.verdict == "no"):
                raise UserError(
                    self.env._("%(r)s: no target was missed (CPA-20).", r=record.display_name)
                )
            if not record._own_actions(("draft",)):
                raise UserError(
                    self.env._(
                        "%(record)s: plan the further action first (CPA-20).",
                        record=record.display_name,
                    )
                )

    # ------------------------------------------------------------ closing
    def action_close(self):
        """Close; a missed target asks for the reason in a dialog."""
        missed = self.filtered(lambda r: r._missed())
        if missed:
            return self.env["itsms.decision"]._open(self, "close")
        return self.action_transition("close")

    def _missed(self):
        """Targets of one improvement that were not reached, or never measured."""
        return self.target_ids.filtered(lambda t: t.verdict != "yes")

    def _check_close(self, comment):
        for record in self:
            name = record.display_name
            if record.state == "measuring" and record.target_ids.filtered(lambda t: not t.verdict):
                raise UserError(
                    self.env._("%(name)s: measure every target first (CPA-20).", name=name)
                )
            if record._missed() and not notes.plain(comment):
                raise UserError(
                    self.env._(
                        "%(name)s: a target was missed. Plan further action, or say why it ends "
                        "nevertheless (CPA-20).",
                        name=name,
                    )
                )
            if not record._actions_settled():
                raise UserError(
                    self.env._(
                        "%(name)s: actions are not finished; verify them or give them up first "
                        "(CPA-20).",
                        name=name,
                    )
                )

    def action_transition(self, name, comment=None):
        result = super().action_transition(name, comment)
        if name == "close":
            for record in self:
                record._tell_proposer(
                    self.env._("closed: %(result)s", result=record._result_label())
                )
        return result

    def _on_closing(self, comment):
        today = self.env.company._itsms_today()
        for record in self:
            record._engine_write(
                {
                    "closed_on": today,
                    "result": "missed" if record._missed() else "reached",
                    "end_reason": comment,
                }
            )

    def _result_label(self):
        return dict(self._fields["result"]._description_selection(self.env)).get(self.result, "")

    @api.constrains("owner_id", "company_id")
    def _check_owner(self):
        for record in self:
            owner = record.sudo().owner_id  # sudo: only whose colleague he is
            if owner and record.company_id not in owner.company_ids:
                raise ValidationError(
                    self.env._("The owner works for the company of the improvement.")
                )
