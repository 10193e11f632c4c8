import base64

from odoo.addons.itsms_base.tests.common import ItsmsCase, tagged

PDF = base64.b64encode(b"%PDF-1.4 test").decode()


class DocumentCase(ItsmsCase):
    """Adds documents in every state of their way to publication.

    The step “network release” (DOC-4.4.2.1) is left out of the routes here, it has its own test.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = cls.env["itsms.approval.route.line"].search([("label", "=", "release")])
        lines.filtered(lambda x: x.route_id.model_name == "itsms.document.revision").unlink()

    def _document(self, category="procedure", user=None, **vals):
        """A document with its draft A/0, written by ``user`` (default: the author)."""
        user = user or self.author
        vals = {
            "name": "Test procedure",
            "category_id": self.env.ref(f"itsms_documents.itsms_document_category_{category}").id,
            "department_id": self.dep_dev.id,
            "company_id": self.company.id,
            **vals,
        }
        document = self.env["itsms.document"].with_user(user).create(vals)
        document.revision_ids.write({"body": "<p>Content</p>"})
        return document

    def _submitted(self, **vals):
        """A submitted revision."""
        document = self._document(**vals)
        revision = document.revision_ids
        revision.action_submit()
        return revision

    def _approved(self, **vals):
        """A revision approved by its whole chain."""
        revision = self._submitted(**vals)
        if revision.kind == "supporting":
            self._as(revision, self.vp).action_approve()
        else:
            self._as(revision, self.mr).action_approve()
            self._as(revision, self.president).action_approve()
        return revision

    def _published(self, **vals):
        """A document in force; returns the document."""
        revision = self._approved(**vals)
        self._as(revision, self.controller).action_publish()
        return self._as(revision.document_id, revision.prepared_by_id)

    def _new_revision(self, document, user=None, step="revision", **vals):
        """The next draft of a document in force."""
        wizard = (
            self.env["itsms.document.new.revision"]
            .with_user(user or self.author)
            .create({"document_id": document.id, "step": step, "change_reason": "Improved", **vals})
        )
        action = wizard.action_create()
        return wizard.env["itsms.document.revision"].browse(action["res_id"])


__all__ = ["PDF", "DocumentCase", "tagged"]
