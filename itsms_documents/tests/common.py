import base64

from odoo import fields

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import ItsmsCase, tagged

PDF = base64.b64encode(b"%PDF-1.4 test").decode()


def scope_values(document, departments, **line):
    """Values of a distribution scope with one line per department."""
    common = {"electronic": True, "acknowledge": False, **line}
    return {
        "document_id": document.id,
        "line_ids": [
            fields.Command.create({**common, "department_id": department.id})
            for department in departments
        ],
    }


def scope_in_force(document, vals):
    """An approved scope by the engine's hand; the one before it is superseded."""
    now = fields.Datetime.now()
    older = guard.as_engine(document.distribution_id)
    older.write({"state": "superseded", "superseded_at": now})
    older.flush_recordset()
    Scope = guard.as_engine(document.env["itsms.document.distribution"])
    scope = Scope.create({**vals, "state": "approved", "left_draft_at": now, "approved_at": now})
    scope = guard.without_engine(scope)
    scope._enter_force()
    return scope


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

    def _scope(self, document, departments=None, approve=True, **line):
        """A distribution scope of ``document`` for ``departments`` (default: Development).

        In force at once by the engine's hand, or a draft of the controller with ``approve``
        false. ``line``: values of every line, ``paper_copies=2`` for example.
        """
        vals = scope_values(document, departments or self.dep_dev, **line)
        if not approve:
            return self.env["itsms.document.distribution"].with_user(self.controller).create(vals)
        return scope_in_force(document.with_env(self.env), vals)

    def _approved(self, scope=True, **vals):
        """A revision approved by its whole chain, with a distribution scope in force."""
        revision = self._submitted(**vals)
        if scope:
            self._scope(revision.document_id)
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
        """The next draft of a document; of one in force, by an approved change request."""
        user = user or self.author
        vals = {"change_reason": "Improved", **vals}
        if self._as(document, user).change_required:
            change = self._approved_change(
                document,
                user,
                reason=vals["change_reason"],
                content=vals.get("change_content") or "Text",
                method="edition" if step == "edition" else "page",
            )
            action = change.action_write_revision()
            return change.env["itsms.document.revision"].browse(action["res_id"])
        wizard = (
            self.env["itsms.document.new.revision"]
            .with_user(user)
            .create({"document_id": document.id, "step": step, **vals})
        )
        action = wizard.action_create()
        return wizard.env["itsms.document.revision"].browse(action["res_id"])

    def _request(self, document, user=None, **vals):
        """A draft change request of ``user`` (default: the author)."""
        vals = {"reason": "Improved", "content": "Text", "method": "page", **vals}
        Change = self.env["itsms.document.change"].with_user(user or self.author)
        return Change.create({"document_id": document.id, **vals})

    def _approved_change(self, document, user=None, **vals):
        """An approved change request, without the signatures of its route."""
        change = self._request(document, user, **vals)
        guard.as_engine(change.sudo()).write({"state": "approved"})
        return change


__all__ = ["PDF", "DocumentCase", "scope_in_force", "scope_values", "tagged"]
