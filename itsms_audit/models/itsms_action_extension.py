from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsActionExtension(models.Model):
    """A later day for an action (CPA-12): the first one is decided by the management
    representative, the second by the President, there is no third; all stay on record."""

    _name = "itsms.action.extension"
    _description = "Extension of an Action"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "action_id, id"
    _check_company_auto = True

    action_id = fields.Many2one(
        "itsms.action", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(
        related="action_id.company_id", store=True, index=True, precompute=True
    )
    department_id = fields.Many2one(related="action_id.department_id")
    place = fields.Integer(
        string="Which",
        compute="_compute_place",
        aggregator=None,
        help="1: the management representative decides; 2: the President.",
    )
    old_due_on = fields.Date(string="Due until then", readonly=True, copy=False)
    new_due_on = fields.Date(string="New day", required=True)
    reason = fields.Text(required=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "Asked for"),
            ("rejected", "Refused"),
            ("approved", "Granted"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )

    _running_uniq = models.UniqueIndex(
        "(action_id) WHERE state IN ('draft', 'pending', 'rejected')",
        "An extension of this action is asked for already (CPA-12).",
    )

    @api.depends("action_id.extension_ids.state")
    def _compute_place(self):
        for extension in self:
            # sudo: granted ones count, whoever may open them
            granted = extension.sudo().action_id.extension_ids.filtered(
                lambda e: e.state == "approved"
            )
            own = extension._origin.id
            earlier = [e for e in granted.ids if not own or e < own]
            extension.place = len(earlier if own in granted.ids else granted) + 1

    @api.depends("action_id", "new_due_on")
    def _compute_display_name(self):
        for extension in self:
            parts = (extension.action_id.name, extension.new_due_on)
            extension.display_name = " → ".join(str(part) for part in parts if part)

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"old_due_on"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "rejected"), "cancelled", reason=True
            ),
        }

    @api.model
    def _see_domain(self):
        return self._asked_domain() | Domain("action_id", "any", [])

    @api.model
    def _edit_domain(self):
        """Who asks for it: the owner, and the heads of the department."""
        user = self.env.user
        return Domain("create_uid", "=", user.id) | Domain("action_id.owner_id", "=", user.id)

    @api.model_create_multi
    def create(self, vals_list):
        extensions = super().create(vals_list)
        extensions._check_asker()
        return extensions

    def _check_asker(self):
        for extension in self:
            action = extension.action_id
            action.check_access("read")
            if not self.env.su and not action._may_finish():
                raise AccessError(
                    self.env._(
                        "“%(action)s”: the owner or the head of the department asks for more "
                        "time (CPA-12).",
                        action=action.name,
                    )
                )

    # ------------------------------------------------------------ approval
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        self._check_asker()
        most = self.env["itsms.parameter"]._get("cpa.extensions", self.company_id[:1])
        for extension in self:
            action = extension.action_id
            names = {"action": action.name, "most": most}
            if action.state != "open":
                raise UserError(
                    self.env._("“%(action)s” is not running, so its day does not move.", **names)
                )
            if extension.place > most:
                raise UserError(
                    self.env._(
                        "“%(action)s” was extended %(most)s times already: carry it out, or plan "
                        "a further measure (CPA-12).",
                        **names,
                    )
                )
            if extension.new_due_on <= action.due_on:
                raise UserError(
                    self.env._(
                        "“%(action)s” is due on %(day)s; an extension names a later day (CPA-12).",
                        day=action.due_on,
                        **names,
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "submit":
            for extension in self:
                extension._engine_write({"old_due_on": extension.action_id.due_on})

    def _approval_done(self):
        super()._approval_done()
        for extension in self:
            action = extension.action_id
            # the decision moves the day, whoever may write the action
            action._engine_write({"due_on": extension.new_due_on, "reminder_stage": 0})
            action._log(
                "other",
                comment=self.env._(
                    "Extension %(place)s: due %(old)s → %(new)s. %(reason)s",
                    place=extension.place,
                    old=extension.old_due_on,
                    new=extension.new_due_on,
                    reason=extension.reason,
                ),
            )
            action._origin_record()._action_extended(action)

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")
