import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine import guard
from .itsms_approval_route import LABELS, department_head

_logger = logging.getLogger(__name__)


class ItsmsApprovalStep(models.Model):
    """One signature of a running or finished approval (COM-5): a record, not a flag.

    Written by the engine only. Steps of every round are kept, so a rejection is never hidden.
    """

    _name = "itsms.approval.step"
    _description = "Approval Step"
    _inherit = ["itsms.engine.rows.mixin", "itsms.record.reference.mixin"]
    _order = "round desc, stage, sequence, id"
    _rec_name = "label"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    round = fields.Integer(required=True, readonly=True)
    stage = fields.Integer(required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    label = fields.Selection(LABELS, required=True, readonly=True)
    source = fields.Char(readonly=True)
    asked_name = fields.Char(readonly=True, help="Role or office as it was called then.")
    asked = fields.Char(
        string="Asked as", compute="_compute_asked", help="Role or office of the decider."
    )
    role_id = fields.Many2one("itsms.role", readonly=True, ondelete="restrict", index=True)
    group_id = fields.Many2one("res.groups", readonly=True, ondelete="restrict")
    department_id = fields.Many2one("hr.department", readonly=True, ondelete="restrict")
    approver_ids = fields.Many2many(
        "res.users", "itsms_approval_step_approver_rel", readonly=True, string="Deciders"
    )
    sole = fields.Boolean(
        readonly=True, help="Everybody of the line must sign; this is one person's signature."
    )
    preparer_ids = fields.Many2many(
        "res.users",
        "itsms_approval_step_preparer_rel",
        readonly=True,
        help="Who wrote or submitted the content and therefore does not decide (COM-8).",
    )
    submitted_by_id = fields.Many2one("res.users", readonly=True, index=True)
    substitute_id = fields.Many2one(
        "res.users", readonly=True, help="Person to whom this one decision was handed over."
    )
    substitute_for_id = fields.Many2one("res.users", readonly=True)
    substitute_reason = fields.Char(readonly=True)
    password_required = fields.Boolean(readonly=True)
    stand_in_allowed = fields.Boolean(readonly=True)
    self_allowed = fields.Boolean(readonly=True)
    deadline_days = fields.Integer(readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Not yet"),
            ("open", "To decide"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("cancelled", "No longer needed"),
            ("optional", "When necessary"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    opened_at = fields.Datetime(readonly=True)
    deadline = fields.Datetime(readonly=True)
    remind_at = fields.Datetime(readonly=True)
    escalate_at = fields.Datetime(readonly=True)
    escalated_to_id = fields.Many2one("res.users", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, index=True)
    behalf_id = fields.Many2one("res.users", string="On behalf of", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    comment = fields.Text(readonly=True)
    content_digest = fields.Char(readonly=True)

    waiting_for_me = fields.Boolean(compute="_compute_mine", search="_search_waiting_for_me")
    late = fields.Boolean(compute="_compute_mine", search="_search_late")
    signature = fields.Char(compute="_compute_signature", help="Name as printed, with 代.")

    _turn_idx = models.Index("(res_model, res_id, round, state)")
    _remind_idx = models.Index("(remind_at) WHERE state = 'open' AND remind_at IS NOT NULL")
    _escalate_idx = models.Index("(escalate_at) WHERE state = 'open' AND escalate_at IS NOT NULL")

    # ------------------------------------------------------------ computed
    @api.depends("state", "approver_ids", "deadline")
    @api.depends_context("uid")
    def _compute_mine(self):
        mine = self.filtered_domain(self._my_turn_domain())
        now = fields.Datetime.now()
        for step in self:
            step.waiting_for_me = step in mine
            step.late = bool(step.state == "open" and step.deadline and step.deadline < now)

    def _search_waiting_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._my_turn_domain()
        return domain if True in value else ~domain

    def _search_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("state", "=", "open") & Domain("deadline", "<", fields.Datetime.now())
        return domain if True in value else ~domain

    @api.depends("label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["label"]._description_selection(self.env))
        for step in self:
            step.display_name = labels.get(step.label)

    @api.depends("asked_name", "role_id.name", "group_id.name", "source")
    @api.depends_context("lang")
    def _compute_asked(self):
        sources = dict(
            self.env["itsms.approval.route.line"]._fields["source"]._description_selection(self.env)
        )
        for step in self.sudo():  # sudo: names of roles and groups are no secret
            office = step.role_id.name or step.group_id.name
            if step.source == "department_head":
                office = sources["department_head"]
            step.asked = office or step.asked_name

    @api.depends("decided_by_id", "behalf_id")
    def _compute_signature(self):
        for step in self:
            step.signature = self._signature_text(step.decided_by_id, step.behalf_id)

    @api.model
    def _signature_text(self, decider, behalf):
        """“Zhao 代 Wang” for a stand-in, else the name (sudo: names of colleagues)."""
        name = decider.sudo().name or ""
        return f"{name} 代 {behalf.sudo().name}" if behalf else name

    # ------------------------------------------------------------ immutability
    @api.model
    def _by_hand_refusal(self):
        return self.env._("Approval steps are written by the approval engine only (COM-5).")

    def unlink(self):  # pylint: disable=method-required-super
        raise AccessError(  # pylint: disable=no-raise-unlink
            self.env._("An approval step is evidence and never deleted (COM-5).")
        )

    def _engine_write(self, vals):
        # sudo: nobody has write access to steps; the caller checked turn and right
        return guard.as_engine(self.sudo()).write(vals)

    # ------------------------------------------------------------ whose turn
    @api.model
    def _my_turn_domain(self):
        """Open steps that the current user may decide: as decider, substitute or stand-in."""
        user = self.env.user
        mine = Domain("approver_ids", "in", user.ids) | Domain("substitute_id", "=", user.id)
        stand_ins = self.env["itsms.stand.in"]._acting_for_user(user)
        for stand_in in stand_ins:
            covered = (
                Domain("approver_ids", "in", stand_in.principal_id.ids)
                & Domain("company_id", "=", stand_in.company_id.id)
                & Domain("stand_in_allowed", "=", True)
                & (
                    Domain("preparer_ids", "not in", stand_in.principal_id.ids)
                    | Domain("self_allowed", "=", True)
                )
            )
            if stand_in.role_ids:
                covered &= Domain("role_id", "in", stand_in.role_ids.ids)
            mine |= covered
        not_own = Domain("preparer_ids", "not in", user.ids) | Domain("self_allowed", "=", True)
        return Domain("state", "=", "open") & mine & not_own

    def _authority_of(self, user, memo):
        """How ``user`` may decide this one open step.

        Deciders are never preparers (the engine leaves them out), so only stand-ins and
        substitutes are checked against the preparers.

        :param memo: dict that keeps answers for the other steps of the same call.
        :return: ``(may, principal)``; the principal is empty for a decision in one's own right.
        """
        self.ensure_one()
        nobody = self.env["res.users"]
        approvers = self._current_approvers(memo)
        if user in approvers:
            return True, nobody
        if not self.self_allowed and user in self.preparer_ids:
            return False, nobody
        if user == self.substitute_id:
            return True, self.substitute_for_id
        if self.stand_in_allowed:
            if "stand_ins" not in memo:
                memo["stand_ins"] = self.env["itsms.stand.in"]._acting_for_user(user)
            for stand_in in memo["stand_ins"].filtered(lambda s: s.company_id == self.company_id):
                principal = stand_in.principal_id
                own_work = principal in self.preparer_ids and not self.self_allowed
                if principal in approvers and stand_in._covers(self.role_id) and not own_work:
                    return True, principal
        return False, nobody

    def _current_approvers(self, memo=None):
        """Deciders of one step who still hold the office they were asked for."""
        self.ensure_one()
        memo = {} if memo is None else memo
        office = (self.source, self.role_id, self.group_id, self.company_id, self.department_id)
        if office not in memo:
            memo[office] = self._office_holders()
        holders = memo[office]
        if holders is None:
            return self.approver_ids.filtered("active")
        return self.approver_ids & holders

    def _office_holders(self):
        """Who holds the office of one step now; None where the step asks persons, not an office."""
        if self.source == "role":
            return self.role_id._holders(self.company_id, self.department_id)
        if self.source == "group":
            # sudo: deciders must be found whoever asks
            return self.group_id.sudo().all_user_ids.filtered("active")
        if self.source == "department_head":
            return department_head(self.department_id)
        return None

    @api.model
    def _refresh_open_steps(self, roles=None, department_heads=False):
        """Running steps follow the office: after a change of holders the new ones are asked."""
        domain = [("state", "in", ("open", "waiting")), ("sole", "=", False)]
        if department_heads:
            domain.append(("source", "=", "department_head"))
        else:
            domain += [("source", "=", "role"), ("role_id", "in", roles.ids)]
        # sudo: follows from the role register, whoever changed it
        changed = self.browse()
        for step in self.sudo().search(domain):
            holders = step._office_holders() - (
                self.env["res.users"] if step.self_allowed else step.preparer_ids
            )
            if holders != step.approver_ids:
                step._engine_write({"approver_ids": [fields.Command.set(holders.ids)]})
                if step.state == "open":
                    changed |= step
        changed._follow_people()

    @api.model
    def _refresh_stand_ins(self, principals):
        """Tell the stand-ins of ``principals`` what waits for them."""
        # sudo: follows from the stand-in, whoever entered it
        self.sudo().search(
            [("state", "=", "open"), ("approver_ids", "in", principals.ids)]
        )._notify_turn()

    @api.model
    def _cron_refresh(self):
        """Daily: assignments and stand-ins begin and end without anybody writing anything."""
        open_steps = self.search([("state", "in", ("open", "waiting"))])
        self._refresh_open_steps(roles=open_steps.role_id)
        self._refresh_open_steps(department_heads=True)
        open_steps.filtered(lambda s: s.state == "open")._follow_people()

    # ------------------------------------------------------------ handing over
    def action_hand_over(self, user_id, reason):
        """Let a colleague of equal rank, or a superior, take this one decision (DOC-4.5.2a, COM-6).

        The decider himself hands over; the ITSMS office or the superior to whom the step was
        escalated may do so when the decider cannot.

        :param user_id: id of the substitute; never the preparer, and – unless the caller is the
            decider – never the caller, except the superior after escalation.
        :raise UserError: with the rule that was broken.
        """
        self.ensure_one()
        self.check_access("read")
        caller, substitute = (
            self.env.user,
            self.env["res.users"].browse(user_id if type(user_id) is int else []).exists(),
        )
        step = self.sudo()  # sudo: reading and writing the engine's own record
        self._check_hand_over(step, caller, substitute, reason)
        deciders = step._current_approvers()
        behalf = caller if caller in deciders else (deciders or step.approver_ids)[:1]
        step._engine_write(
            {
                "substitute_id": substitute.id,
                "substitute_for_id": behalf.id,
                "substitute_reason": reason,
            }
        )
        record = self._record()
        record._log(
            "handover",
            comment=self.env._(
                "%(label)s handed over to %(substitute)s for %(behalf)s: %(reason)s",
                label=step._label_text(),
                substitute=substitute.name,
                behalf=behalf.name,
                reason=reason,
            ),
            behalf=behalf,
        )
        step._follow_people()
        return True

    def _check_hand_over(self, step, caller, substitute, reason):
        escalated = caller == step.escalated_to_id
        office = caller.has_group("itsms_base.group_itsms_office")
        if step.state != "open":
            raise UserError(self.env._("Only a step that waits for a decision is handed over."))
        if not step.stand_in_allowed:
            raise UserError(self.env._("This step must be decided in person: no stand-in (COM-6)."))
        if not (caller in step._current_approvers() or escalated or office):
            raise AccessError(
                self.env._(
                    "Only the decider, the superior after escalation or the ITSMS office hands a "
                    "decision over (COM-6)."
                )
            )
        if caller in step.preparer_ids and not step.self_allowed:
            raise AccessError(
                self.env._("The preparer does not choose who decides on his own work (COM-8).")
            )
        if not step.approver_ids:
            raise UserError(
                self.env._(
                    "Nobody holds “%(asked)s” at present, so nobody can be stood in for. Appoint "
                    "somebody under Configuration › People › Role register (COM-9).",
                    asked=step.asked,
                )
            )
        if not str(reason or "").strip():
            raise UserError(self.env._("Handing over needs a reason (COM-6)."))
        if not substitute or not substitute.active or not substitute._is_internal():
            raise UserError(self.env._("Choose an active colleague as substitute (COM-6)."))
        if substitute in step.preparer_ids:
            raise UserError(self.env._("The preparer never decides on his own work (COM-8)."))
        if substitute == caller and not escalated:
            raise UserError(self.env._("Nobody takes over a decision by his own word (COM-6)."))
        if not self._record()._approval_open_to(substitute):
            raise UserError(self.env._("%(name)s may not open this record.", name=substitute.name))

    def _label_text(self):
        self.ensure_one()
        return dict(self._fields["label"]._description_selection(self.env))[self.label]

    # ------------------------------------------------------------ opening, reminding
    def _open(self):
        """Start the turn of these steps: state, deadline, activities. Works on batches."""
        now = fields.Datetime.now()
        for (company, days), steps in self.grouped(
            lambda s: (s.company_id, s.deadline_days)
        ).items():
            steps._engine_write(self._opening_vals(company, days, now))
        self._notify_turn()

    @api.model
    def _opening_vals(self, company, days, now):
        """Values of a step whose turn begins ``now``, with deadline, reminder and escalation
        times (UTC) where the line sets a deadline of ``days`` working days; COM-23."""
        opened = {"state": "open", "opened_at": now}
        if not days:
            return opened
        get = self.env["itsms.parameter"]._get
        later = company._itsms_working_days_later
        return opened | {
            "deadline": later(days, now),
            "remind_at": later(days + get("approval.reminder.days", company), now),
            "escalate_at": later(days + get("approval.escalation.days", company), now),
        }

    def _people_asked(self):
        """Who may decide on each of these steps now: deciders, substitutes and stand-ins, as a
        dict of users by step."""
        deputies = self._deputies()
        return {
            step: (step.approver_ids | deputies[step])
            - (self.env["res.users"] if step.self_allowed else step.preparer_ids)
            for step in self
        }

    def _deputies(self):
        """Who may decide in place of the deciders today, as a dict of users by step."""
        deputies = {}
        for company, steps in self.grouped("company_id").items():
            acting = self.env["itsms.stand.in"]._acting(company, principals=steps.approver_ids)
            for step in steps:
                users = step.substitute_id
                if step.stand_in_allowed:
                    users |= acting.filtered(
                        lambda s, step=step: (
                            s.principal_id in step.approver_ids and s._covers(step.role_id)
                        )
                    ).substitute_id
                deputies[step] = users if step.self_allowed else users - step.preparer_ids
        return deputies

    def _notify_turn(self):
        """An activity for everybody who may decide now; existing ones are kept."""
        asked = self._people_asked()
        for model_name, steps in self.grouped("res_model").items():
            self.env[model_name]._approval_schedule_activities({s: asked[s] for s in steps})

    def _follow_people(self):
        """After a change of the people asked: to-dos for the new ones, none for the others."""
        for model_name, steps in self.grouped("res_model").items():
            self.env[model_name].browse(steps.mapped("res_id"))._approval_finish_activities()
        self._notify_turn()

    @api.model
    def _cron_remind(self):
        """Reminder and escalation of overdue decisions (COM-23); cost follows what fell due."""
        self._cron_each("remind_at", "_remind")
        self._cron_each("escalate_at", "_escalate")

    @api.model
    def _cron_each(self, field_name, method):
        Cron = self.env["ir.cron"]
        due = self.search([("state", "=", "open"), (field_name, "<=", fields.Datetime.now())])
        Cron._commit_progress(remaining=len(due))
        for step in due:
            try:
                # one approval that cannot be handled must not keep the others from their turn
                with self.env.cr.savepoint():
                    getattr(step, method)()
                    step._engine_write({field_name: False})
            except Exception:
                _logger.exception("%s of approval step %s failed", method, step.id)
            if not Cron._commit_progress(1):
                break

    def _remind(self):
        """Ask the deciders again."""
        self._record()._approval_tell(
            self._people_asked()[self],
            self.env._("Reminder: your decision is overdue (%(label)s)", label=self._label_text()),
        )

    def _escalate(self):
        """Tell the superior of the decider, who may then decide or hand over (COM-6, COM-23)."""
        superior = self.env["res.users"]
        for approver in self.approver_ids:
            superior = superior or approver._itsms_superior(self.company_id)
        superior -= self.preparer_ids
        record = self._record()
        if superior and not record._approval_open_to(superior):
            superior = self.env["res.users"]
        if not superior:
            # the office that keeps the system is told where nobody is above the decider
            office = self.company_id.itsms_office_department_id.manager_id.user_id
            superior = office - self.preparer_ids
        self._engine_write({"escalated_to_id": superior[:1].id})
        record._log(
            "other",
            comment=self.env._(
                "%(label)s by %(names)s is overdue; escalated to %(superior)s",
                label=self._label_text(),
                names=", ".join(self.approver_ids.mapped("name")),
                superior=superior[:1].name or "–",
            ),
        )
        record._approval_tell(
            superior | self.submitted_by_id,
            self.env._(
                "Escalation: the decision of %(names)s is overdue (%(label)s)",
                names=", ".join(self.approver_ids.mapped("name")),
                label=self._label_text(),
            ),
        )
