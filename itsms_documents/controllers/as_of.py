from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from odoo.addons.itsms_base.controllers.register import RegisterController


class AsOfController(RegisterController):
    """The register of a past day as a file, with the rights of who asks (DOC-1)."""

    @http.route("/itsms/as-of/<int:dialog_id>/<string:form>", type="http", auth="user")
    def as_of(self, dialog_id, form, **_kwargs):
        """What the dialog of this very person chose."""
        dialog = request.env["itsms.document.as.of"].browse(dialog_id).exists()
        if not dialog:
            return request.not_found()
        try:
            register, selection = dialog._selection()
        except (UserError, AccessError) as exc:
            return self._refusal(exc)
        return self._answer(register, form, selection)
