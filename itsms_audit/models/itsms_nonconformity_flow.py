from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard, notes

from .itsms_nonconformity import MR
from .nonconformity_kinds import GRADES, plain_text, step_up

AUDITORS = ("internal_auditor", "lead_auditor")


class ItsmsNonconformity(models.Model):
    """The way of a nonconformity: issue, confirm, plan, check, judge, close (AUD-4.2.2, AUD-4.4).

    Every act checks right, state and turn itself; what it writes is the engine's.
    """

    _inherit = "itsms.nonconformity"

    # ------------------------------------------------------------ who may what
    @api.depends("state", "department_id", "raised_by_id", "source_kind")
    @api.depends_context("uid")
    def _compute_acts(self):
        for record in self:
            record.can_issue = record.state == "draft" and record.can_edit
            record.can_confirm = record.state == "issued" and record._may_confirm()
            record.can_rule = (
                record.state
                in (
                    "contested",
                    "issued",
                    "analysis",
                    "rejected",
                )
                and record._is_mr()
            )
            record.can_check = (
                record.state in ("approved", "verified") and not record._why_not_check()
            )
            record.can_close = record.state == "effective" and record._is_mr()

    def _is_mr(self):
        roles = self.env["itsms.role"]._by_code(*MR)
        return roles._held_by(self.env.user, self.company_id)

    def _is_auditor(self, user):
        return self.env["itsms.role"]._by_code(*AUDITORS)._held_by(user, self.company_id)

    def _may_confirm(self):
        """The head of the responsible department signs for it; a member where it has no head."""
        user = self.env.user
        heads = self._deadline_heads()
        if heads:
            return self.department_id in user._itsms_headed_departments()
        return self.department_id in user._itsms_own_departments()

    def _why_not_check(self, user=None):
        """Why ``user`` may not check or judge one nonconformity, or nothing (CPA-14)."""
        user = user or self.env.user
        record = self.sudo()  # sudo: people are compared whoever asks
        names = {"record": record.display_name}
        if user in record.action_ids.filtered(lambda a: a.state != "cancelled").owner_id:
            return self.env._(
                "%(record)s: you carry out one of its measures; somebody else checks them "
                "(COM-8, CPA-14).",
                **names,
            )
        if record.department_id & user._itsms_employees(record.company_id).department_id:
            return self.env._(
                "%(record)s concerns your own department; it is checked from outside (CPA-14).",
                **names,
            )
        if record.source_kind == "internal_audit":
            if self._is_auditor(user):
                return None
            return self.env._(
                "%(record)s comes from an internal audit: an internal auditor checks it "
                "(AUD-4.4.2, CPA-14).",
                **names,
            )
        if user.has_group("itsms_base.group_itsms_office") or self._is_auditor(user):
            return None
        if self._is_mr() or user in record.action_ids.verifier_id:
            return None
        return self.env._(
            "%(record)s is checked by an internal auditor, a verifier of its measures, the ITSMS "
            "office or the management representative (CPA-14).",
            **names,
        )

    def _check_action_verifier(self, action, user):
        """Findings of an internal audit are verified by internal auditors (CPA-14, AUD-4.4.2)."""
        super()._check_action_verifier(action, user)
        for record in self.sudo():  # sudo: the source decides
            if record.source_kind == "internal_audit" and not record._is_auditor(user):
                raise AccessError(
                    self.env._(
                        "%(record)s comes from an internal audit: an internal auditor verifies its "
                        "measures (AUD-4.4.2, CPA-14).",
                        record=record.display_name,
                    )
                )

    # ------------------------------------------------------------ issue
    def _check_transition_right(self, transition):
        super()._check_transition_right(transition)
        if transition.name in ("issue", "cancel"):
            for record in self:
                office = self.env.user.has_group("itsms_base.group_itsms_office")
                if not (office or record.raised_by_id == self.env.user):
                    raise AccessError(
                        self.env._("Who found it issues it, or the ITSMS office (CPA-1).")
                    )
        if transition.name == "issue":
            for record in self:
                audit = record.source_kind == "internal_audit"
                if audit and not record._is_auditor(self.env.user):
                    raise AccessError(
                        self.env._(
                            "%(record)s: an internal auditor issues the nonconformity report of an "
                            "internal audit (AUD-4.2.2a).",
                            record=record.display_name,
                        )
                    )

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        for record in self:
            if transition.name == "issue":
                record._check_three_parts()
            elif transition.name == "close":
                record._check_may_close()

    def _check_three_parts(self):
        """Requirement, evidence, deviation; the requirement names clause or procedure (CPA-3)."""
        audit = self.source_kind in ("internal_audit", "external_audit")
        if not self.clause_id and (audit or not self.procedure_text):
            raise UserError(
                self.env._(
                    "%(record)s: choose the clause of the standard, or name the paragraph of the "
                    "procedure, that is not met; an audit finding always has a clause (CPA-3).",
                    record=self.display_name,
                )
            )
        if self.kind == "potential" and not (self.likelihood and self.impact):
            raise UserError(
                self.env._(
                    "%(record)s: a possible nonconformity has likelihood and impact (CPA-17).",
                    record=self.display_name,
                )
            )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        name = transition.name
        for record in self:
            if name == "issue":
                record._note_issued()
            elif name == "uphold":
                record._set_deadline("confirm_due_on")
            elif name in ("submit", "contest", "settle"):
                record._engine_write({"deadline_on": False})
            elif name in ("reject", "withdraw"):
                record._set_deadline("plan_due_on")
            elif name == "close":
                record._note_closed()
            elif name in ("dismiss", "cancel"):
                record._give_up_actions()

    def _set_deadline(self, field):
        self._engine_write({"deadline_on": self[field]})

    def _note_issued(self):
        """Days of every step are set, a repetition is noted, the department is told."""
        today = self.company_id._itsms_today()
        earlier = self._find_earlier()
        days = self._deadline_days(today, self.grade)
        self._engine_write(
            {
                **days,
                "registered_on": today,
                "repeat_of_id": earlier[:1].id,
                "deadline_on": days["confirm_due_on"],
                "age": 0,
                "age_band": "a",
            }
        )
        if earlier:
            self._log(
                "other",
                comment=self.env._(
                    "Happened before: %(earlier)s. Proposed grade: %(grade)s (CPA-16)",
                    earlier=", ".join(earlier.mapped("display_name")),
                    grade=dict(GRADES)[step_up(self.grade)],
                ),
            )
        self._tell(
            self._deadline_heads(),
            self.env._(
                "Please confirm until %(day)s: %(name)s",
                day=days["confirm_due_on"],
                name=self.display_name,
            ),
        )

    def _tell(self, users, text):
        """Notify ``users`` about one record (sudo: a notification in the system's name)."""
        partners = users.sudo().filtered("active").partner_id
        if partners:
            self.sudo().message_notify(
                partner_ids=partners.ids, body=text, subject=self.display_name
            )

    # ------------------------------------------------------------ confirm, contest
    def _check_department_signs(self):
        for record in self:
            if not record._may_confirm():
                raise AccessError(
                    self.env._(
                        "%(record)s: the head of %(department)s signs for the responsible "
                        "department (AUD-4.2.2b, CPA-5).",
                        record=record.display_name,
                        department=record.department_id.display_name,
                    )
                )

    def action_confirm(self):
        """The responsible department signs the nonconformity report (AUD-4.2.2b, CPA-5)."""
        self._lock_rows()
        self.check_access("read")
        self._check_department_signs()
        self._run_transition(self._transition("confirm"), kind="signature", locked=True)
        now = fields.Datetime.now()
        for record in self:
            record._engine_write(
                {
                    "confirmed_by_id": self.env.uid,
                    "confirmed_at": now,
                    "deadline_on": record.plan_due_on,
                }
            )
        return True

    def action_contest(self, reason=None):
        """The department does not agree: the management representative decides (CPA-5)."""
        self._lock_rows()
        self.check_access("read")
        self._check_department_signs()
        for record in self:
            if record.upheld_reason:
                raise UserError(
                    self.env._(
                        "%(record)s was upheld by the management representative already: “%(why)s”."
                        " Confirm it (CPA-5).",
                        record=record.display_name,
                        why=record.upheld_reason,
                    )
                )
        reason = notes.plain(reason)
        self._run_transition(self._transition("contest"), reason, locked=True)
        self._engine_write({"contest_reason": reason})
        roles = self.env["itsms.role"]._by_code(*MR)
        for record in self:
            record._tell(
                roles._holders(record.company_id),
                self.env._("%(name)s is contested: %(why)s", name=record.display_name, why=reason),
            )
        return True

    def _run_transition(self, transition, comment=None, **kwargs):
        result = super()._run_transition(transition, comment, **kwargs)
        if transition.name == "uphold":
            self._engine_write({"upheld_reason": notes.plain(comment)})
        return result

    # ------------------------------------------------------------ grade
    def action_change_grade(self, grade, reason=None):
        """Another grade after it was issued: the management representative, with a reason (CPA-4).

        :param grade: key of the new grade.
        """
        self._lock_rows()
        self.check_access("read")
        reason = notes.plain(reason)
        if not reason:
            raise UserError(self.env._("Another grade needs a reason (CPA-4)."))
        if not isinstance(grade, str) or grade not in dict(GRADES):
            raise UserError(self.env._("There is no such grade (CPA-4)."))
        for record in self:
            record._check_grade_change(grade)
        for record in self:
            before = record.grade
            values = {"grade": grade, "grade_raised": record.proposed_grade == grade}
            if record.registered_on:
                days = record._deadline_days(record.registered_on, grade)
                values["implement_due_on"] = days["implement_due_on"]
            record._engine_write(values)
            if record.state == "approved":
                record._set_deadline("implement_due_on")
            labels = dict(record._fields["grade"]._description_selection(self.env))
            record._log(
                "other",
                comment=self.env._(
                    "Grade %(before)s → %(after)s: %(reason)s",
                    before=labels[before],
                    after=labels[grade],
                    reason=reason,
                ),
            )
        return True

    def _check_grade_change(self, grade):
        names = {"record": self.display_name}
        if not self._is_mr():
            raise AccessError(
                self.env._(
                    "%(record)s: the management representative changes the grade of what was "
                    "issued (CPA-4).",
                    **names,
                )
            )
        if self.state not in ("issued", "contested", "analysis", "rejected", "approved"):
            raise UserError(
                self.env._(
                    "%(record)s is “%(state)s”: the grade is changed before it is submitted or "
                    "while it is carried out (CPA-4).",
                    state=self._state_label(),
                    **names,
                )
            )
        if grade == self.grade:
            raise UserError(self.env._("%(record)s has this grade already (CPA-4).", **names))

    def action_take_proposed_grade(self):
        """It happened before: take the grade one step higher (CPA-16)."""
        self.ensure_one()
        proposed = self.proposed_grade
        if not proposed:
            raise UserError(self.env._("No higher grade is proposed (CPA-16)."))
        if self.state == "draft":
            self.check_access("write")
            self.write({"grade": proposed})
            self._engine_write({"grade_raised": True})
            return True
        before = ", ".join(self.earlier_ids.mapped("display_name"))
        return self.action_change_grade(proposed, self.env._("Happened before: %s", before))

    # ------------------------------------------------------------ plan
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for record in self:
            missing = [
                *record._missing_containment(),
                *record._missing_analysis(),
                *record._missing_decision(),
                *record._missing_measures(),
            ]
            if missing:
                raise UserError("\n– ".join([f"{record.display_name}:", *missing]))
            record._note_repeated_cause()

    def _missing_containment(self):
        """Putting it right comes first, with a day of its own (CPA-6)."""
        if self.kind == "potential":
            return
        corrections = self._own_actions().filtered(
            lambda a: a.kind == "correction" and a.state != "cancelled"
        )
        if not corrections and not self.no_correction_reason:
            yield self.env._(
                "first put it right: plan a correction with owner and day, or say why there is "
                "nothing to put right (CPA-6)."
            )
        if not self.consequences:
            yield self.env._(
                "say who and what was affected – customers, services, records – and how that "
                "was dealt with (CPA-6)."
            )

    def _missing_analysis(self):
        """Extent, method, causes with a root; the cause is no copy of the description."""
        if not self.extent or not self.extent_where:
            yield self.env._(
                "answer whether similar nonconformities exist or could occur elsewhere, and "
                "where you looked (CPA-7)."
            )
        roots = self.cause_ids.filtered("root")
        if not self.cause_method or not roots:
            yield self.env._(
                "choose the method, write the causes and mark the root cause: measures come "
                "after the causes (CPA-8, AUD-4.4.1)."
            )
        told = {plain_text(t) for t in (self.name, self.deviation, self.evidence)}
        for cause in roots:
            if plain_text(cause.name) in told:
                yield self.env._(
                    "the root cause “%(cause)s” only repeats what was found: ask why once more "
                    "(CPA-8).",
                    cause=cause.display_name,
                )

    def _missing_decision(self):
        if not self.corrective_needed:
            yield self.env._("decide whether corrective action is needed (CPA-9).")
        if self.corrective_needed == "no":
            if self.grade in ("general", "serious"):
                yield self.env._(
                    "a general or serious nonconformity always needs corrective action (CPA-9)."
                )
            if not self.not_needed_reason:
                yield self.env._("say why corrective action is not needed (CPA-9).")

    def _missing_measures(self):
        """Each measure has owner, day, resources, effect and proof (CPA-10)."""
        plan = self._plan_actions()
        if self.corrective_needed == "no":
            if plan:
                yield self.env._("measures are planned, so corrective action is needed (CPA-9).")
            return
        if not plan:
            yield self.env._("plan at least one measure against the root cause (AUD-4.4.1).")
        if not self.effect_criterion:
            yield self.env._("say by what the effect will be measured (CPA-15).")
        if self.kind == "potential" and not self.risk_ref:
            yield self.env._("name the risk or opportunity it belongs to (CPA-17).")
        limit = self._implementation_limit()
        for action in plan:
            missing = [
                action._fields[name]._description_string(self.env)
                for name in ("resources", "expected_effect", "evidence_wanted")
                if not action[name]
            ]
            if missing:
                yield self.env._(
                    "the measure “%(action)s” lacks %(missing)s (CPA-10).",
                    action=action.name,
                    missing=", ".join(missing),
                )
            if action.due_on > limit:
                yield self.env._(
                    "the measure “%(action)s” is due on %(day)s, but this grade is carried out "
                    "until %(limit)s (CPA-11). Plan it earlier; where that fails, its owner "
                    "asks for an extension later (CPA-12).",
                    action=action.name,
                    day=action.due_on,
                    limit=limit,
                )

    def _approval_done(self):
        """Approved: only now the measures are carried out (AUD-4.4.1b)."""
        super()._approval_done()
        for record in self:
            today = record.company_id._itsms_today()
            limit = record._implementation_limit()
            record._engine_write({"implement_due_on": limit, "deadline_on": limit})
            # sudo: rounds are written by the engine alone
            guard.as_engine(self.env["itsms.nonconformity.round"].sudo()).create(
                {
                    "nonconformity_id": record.id,
                    "number": record.cycle,
                    "approved_on": today,
                    "cause": record._causes_text(),
                    "criterion": record.effect_criterion,
                }
            )
            record._start_actions()
            record._tell(
                record.raised_by_id,
                self.env._(
                    "The plan is approved; please follow up how it is carried out until %(day)s: "
                    "%(name)s",
                    day=limit,
                    name=record.display_name,
                ),
            )

    def _causes_text(self):
        """The tree of causes as indented lines, for the round and the print."""
        lines = []
        for cause in self.cause_ids._tree():
            mark = " ●" if cause.root else ""
            lines.append(f"{'  ' * (cause.depth - 1)}{cause.depth}. {cause.name}{mark}")
        return "\n".join(lines)

    def _check_action_start(self, actions):
        """Corrections start at once; what needs the plan waits for its approval."""
        super()._check_action_start(actions)
        for record in self:
            if actions.filtered(lambda a: a.kind != "correction") or record.state in (
                "draft",
                "contested",
                "void",
                "closed",
            ):
                raise UserError(
                    self.env._(
                        "%(record)s: measures are carried out only after the management "
                        "representative approved the plan; a correction may begin at once "
                        "(AUD-4.4.1b, CPA-6).",
                        record=record.display_name,
                    )
                )

    # ------------------------------------------------------------ buttons
    def action_issue(self):
        """Issue the report, all chosen ones or none."""
        return self.action_transition("issue")

    def action_close(self):
        return self.action_transition("close")

    def action_open_uphold(self):
        return self.env["itsms.decision"]._open(self, "uphold")

    def action_open_dismiss(self):
        return self.env["itsms.decision"]._open(self, "dismiss")

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def _open_dialog(self, operation, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "itsms.nonconformity.report",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_nonconformity_id": self.id,
                "default_operation": operation,
                "default_grade": self.proposed_grade or self.grade,
            },
        }

    def action_open_contest(self):
        return self._open_dialog("contest", self.env._("Contest"))

    def action_open_grade(self):
        return self._open_dialog("grade", self.env._("Change the grade"))

    def action_open_check(self):
        return self._open_dialog("check", self.env._("Follow-up check"))

    def action_open_effect(self):
        return self._open_dialog("effect", self.env._("Effectiveness check"))
