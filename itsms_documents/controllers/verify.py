from odoo import http
from odoo.http import request


class ItsmsVerify(http.Controller):
    """The page behind the QR code of a printed document: is this very revision still valid?"""

    @http.route("/itsms/verify/<string:token>", type="http", auth="public", website=True)
    def verify(self, token, **_kwargs):
        """Tell number, revision status and validity.

        The title is told to people who may read the document, and to everybody where it is open
        to everybody (DOC-4.1.1.3d).
        """
        Revision = request.env["itsms.document.revision"]
        revision = Revision.browse()
        if len(token) == 32 and token.isalnum():
            # sudo: whoever holds the print knows the token; number and validity are on the print
            revision = Revision.sudo().search([("verify_token", "=", token)], limit=1)
        readable = revision and revision.sudo(False).has_access("read")
        current = revision.document_id.current_revision_id
        return request.render(
            "itsms_documents.verify_page",
            {
                "revision": revision,
                "valid": revision.state == "valid",
                "title": revision.document_id.name
                if readable or revision.document_id.secrecy == "public"
                else False,
                "newer": current if current.state == "valid" else revision.browse(),
                "readable": readable,
            },
            status=200 if revision else 404,
        )
