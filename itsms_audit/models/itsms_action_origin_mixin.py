from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard

SETTLED = ("verified", "effective", "not_effective", "cancelled")


class ItsmsActionOriginMixin(models.AbstractModel):
    """A record out of which actions come: a nonconformity, a review, an improvement, a risk.

    The origin says when its actions may be planned (:meth:`_check_actions_open`) and starts them
    (:meth:`_start_actions`); each action then goes its own way to the verification.
    """

    _name = "itsms.action.origin.mixin"
    _description = "Origin of Actions"

    action_ids = fields.One2many(
        "itsms.action",
        "origin_id",
        string="Actions",
        copy=False,
        domain=lambda self: [("origin_model", "=", self._name)],
    )
    action_count = fields.Integer(compute="_compute_action_counts")
    open_action_count = fields.Integer(string="Actions not done", compute="_compute_action_counts")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._name_origin(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._name_origin(vals)
        return super().write(vals)

    @api.model
    def _name_origin(self, vals):
        """New lines of ``action_ids`` say of which model their origin is: the ORM itself only
        fills in the id."""
        for command in vals.get("action_ids") or ():
            if len(command) == 3 and command[0] == fields.Command.CREATE:
                command[2].setdefault("origin_model", self._name)

    @api.depends("action_ids.state")
    def _compute_action_counts(self):
        # sudo: numbers only, whoever may open the single action
        groups = (
            self.env["itsms.action"]
            .sudo()
            ._read_group(
                [
                    ("origin_model", "=", self._name),
                    ("origin_id", "in", self.ids),
                    ("state", "!=", "cancelled"),
                ],
                ["origin_id", "state"],
                ["__count"],
            )
        )
        total, running = {}, {}
        for origin_id, state, count in groups:
            total[origin_id] = total.get(origin_id, 0) + count
            if state not in SETTLED:
                running[origin_id] = running.get(origin_id, 0) + count
        for record in self:
            record.action_count = total.get(record.id, 0)
            record.open_action_count = running.get(record.id, 0)

    # ------------------------------------------------------------ people
    @api.model
    def _around_domain(self):
        """Records that the current user has to do with through their actions: he carries one out
        or verifies it, or audits the company."""
        user = self.env.user
        actions = (
            self.env["itsms.action"]
            .sudo()  # sudo: the person's own actions; no rule asks back here
            .search(
                Domain("origin_model", "=", self._name)
                & (Domain("owner_id", "=", user.id) | Domain("verifier_id", "=", user.id))
            )
        )
        auditors = user._itsms_role_assignments("internal_auditor", "lead_auditor").company_id
        return Domain("company_id", "in", auditors.ids) | Domain(
            "id", "in", list(set(actions.mapped("origin_id")))
        )

    # ------------------------------------------------------------ hooks
    def _check_actions_open(self, kinds):
        """Hook: raise where actions of ``kinds`` cannot be planned or changed now; by default
        while the content of the origin is not locked."""
        if hasattr(self, "_check_lock"):
            self._check_lock()

    def _check_action_start(self, actions):
        """Hook: raise where planned ``actions`` of these records may not be carried out yet."""

    def _check_action_verifier(self, action, user):
        """Hook: raise where ``user`` may not verify ``action`` (CPA-14 holds everywhere)."""

    def _actions_edited(self, actions):
        """Hook: people planned or changed ``actions``; who did so wrote content (COM-8)."""
        if hasattr(self, "_content_changed"):
            self._content_changed()

    def _action_changed(self, action):
        """Hook: the state of ``action`` of one record changed."""

    def _action_extended(self, action):
        """Hook: ``action`` of one record got a later day."""

    # ------------------------------------------------------------ use
    def _own_actions(self, states=()):
        """Actions of these records (sudo: the engine needs all of them)."""
        domain = [("origin_model", "=", self._name), ("origin_id", "in", self.ids)]
        if states:
            domain.append(("state", "in", states))
        return self.env["itsms.action"].sudo().search(domain)

    def _actions_settled(self):
        """Whether every action of these records was verified or given up."""
        return not self._own_actions(("draft", "open", "done"))

    def _start_actions(self):
        """Planned actions become open; their owners are told. The caller has checked rights."""
        planned = self._own_actions(("draft",)).with_env(self.env)
        if planned:
            guard.without_engine(planned)._start()
        return planned

    def action_view_actions(self):
        """The actions of one record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Actions: %(name)s", name=self.display_name),
            "res_model": "itsms.action",
            "view_mode": "list,kanban,calendar,form",
            "domain": [("origin_model", "=", self._name), ("origin_id", "=", self.id)],
            "context": {"default_origin_model": self._name, "default_origin_id": self.id},
        }
