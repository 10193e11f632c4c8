from odoo import models
from odoo.exceptions import AccessError


class ResConfigSettings(models.TransientModel):
    """Settings of the documents module."""

    _inherit = "res.config.settings"

    def action_itsms_seed_procedures(self):
        """Add the 22 procedures of the manual to the current company, as drafts (GEN-2)."""
        if not self.env.user.has_group("itsms_base.group_itsms_manager"):
            raise AccessError(self.env._("Only the ITSMS administrator sets up a company."))
        documents = self.env["itsms.document"]._seed_procedures(self.env.company)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s procedures were added as drafts.", count=len(documents)
                ),
            },
        }
