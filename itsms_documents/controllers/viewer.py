from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

_HEADERS = [
    ("Cache-Control", "no-store, private, max-age=0"),
    ("Pragma", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "no-referrer"),
]
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
)


class ItsmsViewer(http.Controller):
    """Controlled documents on screen: marked with the reader's name, never the file itself."""

    @http.route("/itsms/document/<int:document_id>/view", type="http", auth="user", readonly=True)
    def view_document(self, document_id, **_kwargs):
        """The valid revision of a document; people outside the company read what is public."""
        document = self._checked("itsms.document", document_id)
        return self._view(document.current_revision_id)

    @http.route("/itsms/revision/<int:revision_id>/view", type="http", auth="user", readonly=True)
    def view_revision(self, revision_id, **_kwargs):
        """Any revision, for those who may open it."""
        return self._view(self._checked("itsms.document.revision", revision_id))

    def _checked(self, model, res_id):
        """The record where the current user may read it (a plain “not found” otherwise)."""
        record = request.env[model].browse(res_id)
        try:
            if request.env.user._is_internal():
                record = record.exists()
                record.check_access("read")
            else:
                document = record if model == "itsms.document" else record.browse()
                # sudo: the domain says what is open to people outside the company
                Document = request.env["itsms.document"].sudo()
                site = Document._portal_company()
                found = Document.search(
                    [("id", "in", document.ids), *Document._portal_domain(site)]
                )
                record = found.with_context(lang=request.env.lang)
        except (AccessError, MissingError):
            record = record.browse()
        if not record:
            raise request.not_found()
        return record

    def _view(self, revision):
        if not revision:
            raise request.not_found()
        kind, shown = revision._on_screen(request.env.user)
        if kind == "pdf":
            name = revision._screen_file_name()
            headers = [
                *_HEADERS,
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(shown)),
                ("Content-Disposition", content_disposition(name, "inline")),
            ]
            return request.make_response(shown, headers)
        response = request.render("itsms_documents.viewer_page", shown)
        response.headers.extend(_HEADERS)
        response.headers["Content-Security-Policy"] = _PAGE_POLICY
        return response
