from odoo import models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import notes


class ItsmsAction(models.Model):
    """Verification from outside the owner's department (CPA-14); the effect is judged on what the
    action comes from, all its actions together (CPA-15)."""

    _inherit = "itsms.action"

    # ------------------------------------------------------------ verification
    def _why_not_verify(self):
        """Why the user may not verify one action, or nothing."""
        user = self.env.user
        action = self.sudo()  # sudo: people are compared whoever asks
        if user in action.owner_id | action.done_by_id:
            return self.env._(
                "“%(action)s” is your own: somebody else verifies it (COM-8, CPA-14).",
                action=action.name,
            )
        if self._same_department(user):
            return self.env._(
                "“%(action)s” belongs to your department: it is verified from outside (CPA-14).",
                action=action.name,
            )
        if user == action.verifier_id:
            return None
        roles = ("management_representative", "internal_auditor", "lead_auditor")
        if user.has_group("itsms_base.group_itsms_office") or self.env["itsms.role"]._by_code(
            *roles
        )._held_by(user, action.company_id):
            return None
        return self.env._(
            "“%(action)s” is verified by its verifier, an internal auditor, the ITSMS office or "
            "the management representative (CPA-14).",
            action=action.name,
        )

    def _check_may_verify(self):
        for action in self:
            reason = action._why_not_verify()
            if reason:
                raise AccessError(reason)
            action._origin_record()._check_action_verifier(action, self.env.user)

    def action_verify(self, result=None):
        """Confirm that the actions were carried out (CPA-14)."""
        self._lock_rows()
        self.check_access("read")
        result = notes.plain(result)
        self._check_may_verify()
        if not result:
            raise UserError(self.env._("Write what was seen at the check (CPA-14)."))
        self._run_transition(self._transition("verify"), result, locked=True)
        for action in self:
            action._engine_write(
                {
                    "verified_on": action.company_id._itsms_today(),
                    "verified_by_id": self.env.uid,
                    "verification": result,
                }
            )
        return True

    def action_send_back(self, reason=None):
        """Not carried out as agreed: the owner goes on."""
        self._lock_rows()
        self.check_access("read")
        self._check_may_verify()
        self._run_transition(self._transition("send_back"), notes.plain(reason), locked=True)
        for action in self:
            action._engine_write({"done_on": False, "done_by_id": False})
            owner = action.sudo().owner_id  # sudo: a colleague is told
            action._tell(owner, self.env._("Sent back: %(reason)s", reason=reason))
        return True

    # ------------------------------------------------------------ effect
    def _judge(self, effective, effect):
        """Write the verdict; the caller has checked the right."""
        name = "judge" if effective else "fail"
        self._run_transition(self._transition(name), effect)
        for action in self:
            action._engine_write(
                {
                    "judged_on": action.company_id._itsms_today(),
                    "judged_by_id": self.env.uid,
                    "effect": effect,
                }
            )
