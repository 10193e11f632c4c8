from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request


class TrainingSignIn(http.Controller):
    """The page behind the QR code in the training room: one signs in oneself (TRN-4.3.2)."""

    @http.route(
        "/itsms/training/signin/<string:token>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def show(self, token, **_kwargs):
        return self._page(self._session(token))

    @http.route(
        "/itsms/training/signin/<string:token>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def sign_in(self, token, **_kwargs):
        """Signs in who is logged in, nobody else; asking twice changes nothing."""
        session = self._session(token)
        if not session:
            return self._page(session)
        try:
            session.action_sign_in()
        except (UserError, AccessError) as exc:
            return self._page(session, error=str(exc))
        return self._page(session, done=True)

    def _session(self, token):
        return request.env["itsms.training.session"]._by_token(token)

    def _page(self, session, error=None, done=False):
        # sudo: the line of one's own
        line = session.sudo()._my_attendance_or_none() if session else session
        return request.render(
            "itsms_training.signin_page",
            {
                # sudo: who holds the code stands in the room; title and time are on its wall
                "session": session.sudo() if line else session.browse(),
                "line": line,
                "error": error,
                "done": done,
            },
            status=200 if line else 404,
        )
