from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw

from odoo.addons.itsms_base.engine import guard

from .common import tagged
from .copy_common import CopyCase

NAME = {"fields": {"display_name": {}}}


@tagged("post_install", "-at_install")
class TestAttacksSecrecy(CopyCase):
    """Ways around the secrecy of documents by what hangs on them."""

    def _rpc(self, user, model, method, *args, **context):
        """A call as a client makes it, with the context that it likes."""
        context = {"allowed_company_ids": user.company_ids.ids, **context}
        return call_kw(self._as(self.env[model], user), method, list(args), {"context": context})

    def _secret(self):
        document = self._copies(name="Merger plan").document_id
        self._as(document, self.office).sudo().secrecy = "top_secret"
        return document.sudo()

    def _confirmed(self, document):
        """The president has confirmed to have read ``document``."""
        row = guard.as_engine(self.env["itsms.document.acknowledgement"]).create(
            {
                "document_id": document.id,
                "revision_id": document.current_revision_id.id,
                "company_id": self.company.id,
                "user_id": self.president.id,
                "asked_at": fields.Datetime.now(),
                "kind": "read",
                "state": "open",
            }
        )
        self._as(row, self.president).action_acknowledge()
        return row

    def test_defaults_of_the_context_tell_nothing(self):
        """DOC-4.1.1.3f COM-17: a closed record that a client names as a default of a new form
        is refused like one in its values."""
        document = self._secret()
        copy = document.copy_ids[:1]
        for model, default, spec in (
            (
                "itsms.document.change",
                {"default_document_id": document.id},
                {"document_id": NAME, "secrecy": {}, "notify_department_ids": NAME},
            ),
            (
                "itsms.document.review",
                {"default_document_id": document.id},
                {"document_id": NAME, "document_state": {}, "revision_id": NAME},
            ),
            (
                "itsms.document.reissue",
                {"default_copy_id": copy.id},
                {"copy_id": NAME, "copy_number": {}, "department_id": NAME},
            ),
            (
                "itsms.document.distribution",
                {"default_line_ids": [[0, 0, {"document_id": document.id}]]},
                {"line_ids": {"fields": {"document_id": NAME}}},
            ),
        ):
            with self.subTest(model=model):
                with self.assertRaises(AccessError):
                    self._rpc(self.reader, model, "onchange", [], {}, [], spec, **default)
                self._rpc(self.president, model, "onchange", [], {}, [], spec, **default)

    def test_lines_of_a_form_tell_nothing(self):
        """DOC-4.1.1.3f COM-17: neither does a record that is named in a line of the form."""
        document = self._secret()
        line = [[0, "virtual", {"document_id": document.id}]]
        with self.assertRaises(AccessError):
            self._rpc(
                self.reader,
                "itsms.document.distribution",
                "onchange",
                [],
                {"line_ids": line},
                ["line_ids"],
                {"line_ids": {"fields": {"document_id": NAME}}},
            )

    def test_evidence_of_readers_is_as_closed_as_the_document(self):
        """DOC-4.1.1.3f COM-17: who read a secret document, and that somebody did, is told to
        people who may open it."""
        document = self._secret()
        row = self._confirmed(document)
        revision = document.current_revision_id
        line = self._log_of(row)
        self.assertEqual(line.kind, "acknowledge")
        for domain in (
            [("res_model", "=", row._name), ("res_id", "=", row.id)],
            [("acknowledged_revision_id", "=", revision.id)],
            [("content_digest", "=", line.content_digest), ("kind", "=", "acknowledge")],
            [("id", "=", line.id)],
        ):
            with self.subTest(domain=domain):
                search = ("itsms.log", "search_count", domain)
                self.assertFalse(self._rpc(self.reader, *search))
                self.assertFalse(self._rpc(self.auditor, *search))
                self.assertEqual(self._rpc(self.president, *search), 1)
        with self.assertRaises(AccessError):
            self._rpc(self.reader, "itsms.log", "read", line.ids, ["actor_name"])
        self.assertTrue(self._rpc(self.president, "itsms.log", "read", line.ids, ["actor_name"]))

    def test_evidence_of_readers_of_open_documents_stays_open(self):
        """DOC-4.3.1a COM-3: who confirmed an internal document is evidence for everybody; it
        closes with the document and opens with it."""
        document = self._copies(name="Handbook").document_id.sudo()
        line = self._log_of(self._confirmed(document))
        search = ("itsms.log", "search_count", [("id", "=", line.id)])
        self.assertEqual(self._rpc(self.reader, *search), 1)
        self.assertTrue(self._rpc(self.reader, "itsms.log", "read", line.ids, ["actor_name"]))
        self._as(document, self.office).write(
            {"secrecy": "secret", "authorised_department_ids": [(6, 0, self.dep_dev.ids)]}
        )
        self.assertFalse(self._rpc(self.reader, *search))
        self.assertEqual(self._rpc(self.author, *search), 1)

    def test_export_of_readers_of_secret_documents_leaves_evidence(self):
        """DOC-4.1.1.3f COM-3: the list of who read a secret document counts as secret entries."""
        document = self._secret()
        self._confirmed(document)
        register = self.env["itsms.register"].search([("code", "=", "document.coverage")])
        self._as(register, self.president)._export("xlsx")
        self.assertIn("1 secret", self._log_of(register)[-1:].comment)

    def test_every_register_knows_what_is_secret(self):
        """DOC-4.1.1.3f: no register of confidential records, or of what hangs on them, forgets
        to count secret entries."""
        for part in self.env["itsms.register.part"].search([]):
            model = part._model()
            if getattr(model, "_secrecy_parent", None) or "secrecy" in model._fields:
                with self.subTest(register=part.register_id.code):
                    self.assertTrue(part._secrecy_paths())

    def test_related_fields_do_not_cross_into_closed_records(self):
        """COM-17: on a model that is not confidential itself no related field reads a
        confidential record as superuser."""
        for name, model in self.env.items():
            if not name.startswith("itsms.") or getattr(model, "_confidential", False):
                continue
            for field in model._fields.values():
                if not field.related or not field.compute_sudo:
                    continue
                record = model
                for step in field.related.split(".")[:-1]:
                    record = self.env[record._fields[step].comodel_name or "base"]
                    with self.subTest(field=str(field)):
                        self.assertFalse(getattr(record, "_confidential", False))

    def test_partner_of_another_company_is_no_receiver(self):
        """COM-17 I-56: a partner that is private to another company is not named in a scope."""
        other = self.env["res.company"].create({"name": "Second"})
        partner = self.env["res.partner"].create({"name": "Private", "company_id": other.id})
        document = self._document()
        vals = {"partner_id": partner.id, "electronic": False, "paper_copies": 1}
        with self.assertRaises(UserError):
            self._as(self.env["itsms.document.distribution"], self.controller).create(
                {"document_id": document.id, "line_ids": [fields.Command.create(vals)]}
            )
