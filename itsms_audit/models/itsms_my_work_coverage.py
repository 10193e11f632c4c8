from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Accesses of external auditors that wait for the management representative (COM-21)."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [*super()._sections(), self._section_auditor_access()]

    @api.model
    def _section_auditor_access(self):
        held = self.env.user._itsms_role_assignments("management_representative")
        if not held:
            return None
        return self._records_section(
            "auditor_access",
            self.env._("External auditors to be granted"),
            self.env._("No access is asked for."),
            "fa-user-secret",
            self.env["itsms.auditor.access"],
            [("state", "=", "draft"), ("company_id", "in", held.company_id.ids)],
            "itsms_audit.itsms_auditor_access_action",
            lambda access: {"by": access.body, "deadline": access.date_from},
        )
