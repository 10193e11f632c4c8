import json

from werkzeug.exceptions import InternalServerError

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request, serialize_exception

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class RegisterController(http.Controller):
    """Registers as files, with the rights of who asks (DOC-6, COM-17)."""

    @http.route("/itsms/register/<int:register_id>/<string:form>", type="http", auth="user")
    def register(self, register_id, form, **_kwargs):
        """A whole register."""
        register = request.env["itsms.register"].browse(register_id).exists()
        return self._answer(register, form, {})

    @http.route("/itsms/register/list", type="http", auth="user", methods=["POST"])
    def of_list(self, data, **_kwargs):
        """What a list shows or what is selected in it.

        :param data: JSON with ``model``, ``form`` (pdf or xlsx) and either ``ids`` or ``domain``;
            optionally ``register`` (code), ``order`` and ``filter`` (text for the print).
        """
        try:
            wanted = json.loads(data)
            part = request.env["itsms.register"]._part_for(wanted["model"], wanted.get("register"))
            ids, domain = wanted.get("ids"), wanted.get("domain")
            if ids is None and domain is None:
                domain = []
            selection = {
                "part": part,
                "ids": ids,
                "domain": domain,
                "order": wanted.get("order") or None,
                "filter": str(wanted.get("filter") or "")[:500],
            }
            return self._answer(part.register_id, wanted.get("form"), selection)
        except (UserError, ValueError, TypeError, KeyError) as exc:
            return self._refusal(exc)

    def _answer(self, register, form, selection):
        if not register or form not in TYPES:
            return request.not_found()
        try:
            name, content = register._export(form, selection)
        except (UserError, AccessError) as exc:
            return self._refusal(exc)
        headers = [
            ("Content-Type", TYPES[form]),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(content, headers)

    def _refusal(self, exc):
        """What the download of the web client shows as a dialog."""
        request.env.cr.rollback()
        payload = {"code": 200, "message": "Odoo Server Error", "data": serialize_exception(exc)}
        return InternalServerError(json.dumps(payload)).get_response()
