from odoo import models


class IrHttp(models.AbstractModel):
    """The client learns which lists can be printed and exported as a register."""

    _inherit = "ir.http"

    def session_info(self):
        result = super().session_info()
        if self.env.user._is_internal():
            result["itsms_register_models"] = list(self.env["itsms.register"]._models())
        return result
