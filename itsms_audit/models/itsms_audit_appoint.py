from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .itsms_audit import MR


class ItsmsAudit(models.Model):
    """The management representative appoints the lead auditor (AUD-3.1, AUD-4.1.2)."""

    _inherit = "itsms.audit"

    def action_open_appoint(self):
        """Dialog: appoint the lead auditor (management representative)."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Appoint the lead auditor"),
            "res_model": "itsms.audit.appoint",
            "view_mode": "form",
            "target": "new",
            "context": {"default_audit_ids": [fields.Command.set(self.ids)]},
        }

    def action_appoint(self, user_id, reason=None):
        """Appoint the lead auditor of these audits, or another one with a reason (AUD-3.1).

        :raise AccessError: only the management representative appoints.
        :raise UserError: not qualified, wrong state, or himself: he approves the plan.
        """
        self._lock_rows()
        self.check_access("read")
        user = self.env["res.users"].browse(user_id if type(user_id) is int else []).exists()
        # sudo: whether a colleague is active
        if not user or not user.sudo().active or user.sudo().share:
            raise UserError(self.env._("Choose a colleague as lead auditor (AUD-4.1.2)."))
        for audit in self:
            audit._check_appoint(user, reason)
        for audit in self:
            former = audit.lead_id
            audit._engine_write(
                {
                    "lead_id": user.id,
                    "appointed_by_id": self.env.uid,
                    "appointed_at": fields.Datetime.now(),
                }
            )
            audit._appoint_member(user, former, reason)
            audit._log(
                "other",
                comment=self.env._(
                    "Lead auditor: %(name)s. %(reason)s",
                    name=user.sudo().name,  # sudo: a colleague's name
                    reason=reason or "",
                ),
            )
            audit._refresh_conflict()
            audit._approval_tell(
                user,
                self.env._(
                    "You are appointed lead auditor: form the team and make the implementation "
                    "plan (AUD-4.1.2, AUD-4.1.3)."
                ),
            )
        return True

    def _check_appoint(self, user, reason):
        role = self.env["itsms.role"]._by_code(*MR)
        if not role._held_by(self.env.user, self.company_id):
            raise AccessError(
                self.env._("The management representative appoints the lead auditor (AUD-3.1).")
            )
        if self.state not in ("draft", "rejected", "approved", "notified", "opened", "on_site"):
            raise UserError(
                self.env._(
                    "%(audit)s is “%(state)s”: the lead auditor stays.",
                    audit=self.display_name,
                    state=self._state_label(),
                )
            )
        if self.lead_id and not str(reason or "").strip():
            raise UserError(self.env._("Say why the lead auditor changes (AUD-4.1.2)."))
        if role._held_by(user, self.company_id):
            raise UserError(
                self.env._(
                    "The management representative approves the plan and cannot make it: appoint "
                    "another qualified auditor (AUD-4.1.3, COM-8)."
                )
            )
        on = self.date_start or self.company_id._itsms_today()
        self.env["itsms.auditor.qualification"]._check_qualified(user, on, self.company_id)
