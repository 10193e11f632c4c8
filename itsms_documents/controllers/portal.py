from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager


class ItsmsPortal(CustomerPortal):
    """Documents that are open to everybody, for people outside the company (DOC-4.1.1.3d)."""

    _itsms_page = 40

    def _itsms_documents(self):
        # sudo: the domain says what is open to people outside the company
        Document = request.env["itsms.document"].sudo().with_context(lang=request.env.lang)
        return Document, Document._portal_domain(Document._portal_company())

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "itsms_document_count" in counters:
            Document, domain = self._itsms_documents()
            values["itsms_document_count"] = Document.search_count(domain)
        return values

    @http.route(
        ["/my/documents", "/my/documents/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_itsms_documents(self, page=1, **_kwargs):
        """List of documents in force; each opens in the viewer."""
        Document, domain = self._itsms_documents()
        total = Document.search_count(domain)
        pages = pager(url="/my/documents", total=total, page=page, step=self._itsms_page)
        documents = Document.search(domain, limit=self._itsms_page, offset=pages["offset"])
        values = self._prepare_portal_layout_values()
        values.update(
            {
                "documents": documents,
                "page_name": "itsms_document",
                "pager": pages,
                "default_url": "/my/documents",
            }
        )
        return request.render("itsms_documents.portal_my_documents", values)
