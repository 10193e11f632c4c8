from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    """An open session of an external auditor ends with the last day of the access (COM-21)."""

    _inherit = "ir.http"

    @classmethod
    def _authenticate_explicit(cls, auth):
        result = super()._authenticate_explicit(auth)
        if request.env and request.env.uid and auth != "none":
            request.env.user._itsms_refuse_outside_access()
        return result
