from odoo import fields

from .common import DocumentCase, scope_in_force


class CopyCase(DocumentCase):
    """Documents whose scope names paper copies: 01, 02 for Development, 03 for Sales."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._person("administrator", cls.dep_dev)
        cls._assign("department_document_administrator", cls.administrator, cls.dep_dev)
        cls.seller = cls._person("seller", cls.dep_sales)
        cls._assign("department_document_administrator", cls.seller, cls.dep_sales)
        cls.office_head = cls._person("office_head", cls.dep_office)
        cls._assign("itsms_office_head", cls.office_head)

    def _paper_scope(self, document, numbers=None):
        """A scope in force with paper copies: ``{department or partner: (first, count)}``."""
        numbers = numbers or {self.dep_dev: (1, 2), self.dep_sales: (3, 1)}
        lines = []
        for receiver, (first, count) in numbers.items():
            field = "partner_id" if receiver._name == "res.partner" else "department_id"
            lines.append(
                {
                    field: receiver.id,
                    "electronic": False,
                    "paper_copies": count,
                    "number_from": first,
                }
            )
        vals = {
            "document_id": document.id,
            "line_ids": [fields.Command.create(line) for line in lines],
        }
        return scope_in_force(document.with_env(self.env), vals)

    def _copies(self, numbers=None, **vals):
        """Copies prepared by the publication of a document, as the controller sees them."""
        revision = self._approved(scope=False, **vals)
        self._paper_scope(revision.document_id, numbers)
        self._as(revision, self.controller).action_publish()
        return self._copies_of(revision.document_id)

    def _copies_of(self, document, revision=None):
        document = document.with_env(self.env)
        revision = revision or document.current_revision_id
        copies = self.env["itsms.document.copy"].search([("revision_id", "=", revision.id)])
        return self._as(copies, self.controller)

    def _held(self, number=1, **vals):
        """Copy ``number`` signed for by the administrator of its department."""
        copies = self._copies(**vals)
        copies.action_issue()
        copy = copies.filtered(lambda c: c.number == number)
        administrator = self.seller if number == 3 else self.administrator
        self._as(copy, administrator).action_sign()
        return self._as(copy, self.controller)

    def _publish_next(self, document):
        """A/1 of ``document``, published."""
        revision = self._new_revision(self._as(document, self.author))
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        return revision.with_env(self.env)

    def _number(self, copies, number):
        return copies.filtered(lambda c: c.number == number)

    def _collect_todos(self, document):
        kind = self.env.ref("itsms_documents.mail_activity_type_collect")
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "itsms.document"),
                ("res_id", "=", document.id),
                ("activity_type_id", "=", kind.id),
            ]
        )
