import base64

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestAttacks(DocumentCase):
    """Ways around secrecy and approval that a reviewer once found open."""

    def _rpc(self, user, model, method, *args, **kwargs):
        """A call as a client makes it."""
        records = self._as(self.env[model], user)
        return call_kw(records, method, list(args), kwargs)

    def _secret(self):
        document = self._published(name="Merger plan")
        self._as(document, self.office).sudo().secrecy = "top_secret"
        return document.sudo()

    # ------------------------------------------------------------ secrecy
    def test_unsaved_form_tells_nothing_of_a_closed_record(self):
        """DOC-4.1.1.3f COM-17: related fields of a new record compute as superuser."""
        document = self._secret()
        revision = document.current_revision_id
        content = {name: {} for name in ("current_body", "current_file", "prepared_by")}
        for model, values, spec in (
            ("itsms.document", {"current_revision_id": revision.id}, content),
            ("itsms.document.revision", {"document_id": document.id}, {"document_name": {}}),
            ("itsms.document.revision", {"document_id": {"id": document.id}}, {"secrecy": {}}),
            ("itsms.document.new.revision", {"document_id": document.id}, {"status": {}}),
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self._rpc(self.reader, model, "onchange", [], values, list(values), spec)
        self._rpc(
            self.president,
            "itsms.document.revision",
            "onchange",
            [],
            {"document_id": document.id},
            ["document_id"],
            {"document_name": {}},
        )

    def test_followers_of_a_closed_record_are_closed(self):
        """DOC-4.1.1.3f: who follows a secret document is told to those who may open it."""
        document = self._secret()
        document.message_subscribe(partner_ids=self.president.partner_id.ids)
        domain = [("res_model", "=", "itsms.document"), ("res_id", "=", document.id)]
        search = ("mail.followers", "search_count", domain)
        self.assertFalse(self._rpc(self.reader, *search))
        self.assertTrue(self._rpc(self.president, *search))

    def test_refusal_of_a_locked_record_tells_no_name(self):
        """COM-7 COM-17: who writes to a foreign locked record by its number is told nothing of
        it; who may read it is told the rule and the way out."""
        revision = self._secret().current_revision_id
        with self.assertRaises(AccessError) as refused:
            self._as(revision, self.reader).write({"body": "<p>Mine</p>"})
        self.assertNotIn("Merger", str(refused.exception))
        with self.assertRaisesRegex(UserError, "COM-7"):
            self._as(revision, self.president).write({"body": "<p>Mine</p>"})

    # ------------------------------------------------------------ derived values
    def test_derived_values_are_not_taken_from_people(self):
        """COM-2: a stored value that the system works out is left out of what a client sends,
        be it written or a default of the context."""
        document = self._document()
        self.assertIn("kind", self.env["itsms.document"]._derived_fields())
        created = self._rpc(
            self.author,
            "itsms.document",
            "create",
            [
                {
                    "name": "Forged",
                    "category_id": document.category_id.id,
                    "department_id": self.dep_dev.id,
                    "kind": "external",
                }
            ],
            context={"default_kind": "external"},
        )
        forged = self.env["itsms.document"].browse(created)
        self._as(forged, self.author).write({"kind": "external", "source": "Publisher"})
        self.assertEqual((forged.kind, forged.source), (document.kind, "Publisher"))

    def test_every_record_with_evidence_is_protected_from_forged_values(self):
        """COM-2: no model with evidence or with locked lines can forget it."""
        registry = self.env.registry
        guarded = (registry["itsms.log.mixin"], registry["itsms.content.lock.line.mixin"])
        bare = {
            name
            for name, model in registry.items()
            if issubclass(model, guarded) and not issubclass(model, registry["itsms.derived.mixin"])
        }
        self.assertFalse(bare)

    # ------------------------------------------------------------ dialogs
    def test_a_dialog_belongs_to_who_opened_it(self):
        """COM-5 COM-8: nobody turns the “reject” of another person into an “approve”."""
        revision = self._submitted()
        action = self._as(revision, self.mr).with_context(itsms_operation="reject")
        dialog = action.action_open_decision()["res_id"]
        self.assertFalse(self._rpc(self.reader, "itsms.decision", "search", []))
        with self.assertRaises(AccessError):
            self._rpc(self.reader, "itsms.decision", "read", [dialog], ["comment"])
        with self.assertRaises(AccessError):
            self._rpc(self.reader, "itsms.decision", "write", [dialog], {"operation": "approve"})
        self._rpc(self.mr, "itsms.decision", "write", [dialog], {"comment": "Not yet"})
        self._rpc(self.mr, "itsms.decision", "action_confirm", [dialog])
        self.assertEqual(revision.sudo().state, "rejected")

    # ------------------------------------------------------------ content behind the approval
    def test_who_exchanged_the_file_does_not_approve_it(self):
        """COM-8: a file changed as an attachment is content like any other."""
        self.mr.group_ids |= self.env.ref("itsms_base.group_itsms_office")
        second = self._person("mr2", self.dep_office)
        self._assign("management_representative", second)
        file = base64.b64encode(b"new content")
        for act in ("create", "write", "unlink"):
            with self.subTest(act=act):
                document = self._document(name=f"Attack by {act}")
                revision = document.revision_ids
                revision.write({"file": base64.b64encode(b"old"), "file_name": "a.txt"})
                attachments = self._as(self.env["ir.attachment"], self.mr)
                stored = attachments.search(
                    [
                        ("res_model", "=", revision._name),
                        ("res_id", "=", revision.id),
                        ("res_field", "=", "file"),
                    ]
                )
                if act == "create":
                    attachments.create(
                        {
                            "name": "annex.txt",
                            "datas": file,
                            "res_model": revision._name,
                            "res_id": revision.id,
                        }
                    )
                elif act == "write":
                    stored.write({"datas": file})
                else:
                    stored.unlink()
                self.assertIn(self.mr, revision.sudo().approval_editor_ids)
                self._as(revision, self.author).action_submit()
                with self.assertRaises(AccessError):
                    self._as(revision, self.mr).action_approve()

    def test_title_and_department_go_with_the_approval(self):
        """COM-7: what stands on the cover is not changed behind the approval."""
        pending = self._submitted(name="Pending").document_id
        approved = self._approved(name="Approved").document_id
        for document in (pending, approved):
            for user in (self.author, self.office):
                for vals in ({"name": "Other"}, {"department_id": self.dep_sales.id}):
                    with self.subTest(vals=vals, user=user.login), self.assertRaises(UserError):
                        self._as(document, user).write(vals)
            with self.assertRaises(UserError):
                self._as(document, self.author).update_field_translations("name", {"en_US": "X"})
        valid = self._published(name="Valid")
        with self.assertRaises(UserError):
            self._as(valid, self.author).write({"name": "Other"})
        self._as(valid, self.office).write({"name": "Corrected"})
        self.assertEqual(valid.sudo().name, "Corrected")

    def test_secrecy_is_lowered_by_the_office_only(self):
        """DOC-4.1.1.3 COM-17: once submitted, the department may close a document, not open it."""
        document = self._published(secrecy="internal")
        with self.assertRaises(UserError):
            self._as(document, self.author).write({"secrecy": "public"})
        self._as(document, self.author).write(
            {"secrecy": "secret", "authorised_department_ids": [(6, 0, self.dep_dev.ids)]}
        )
        with self.assertRaises(UserError):
            self._as(document, self.author).write({"authorised_department_ids": [(5, 0, 0)]})

    def test_what_is_in_force_is_not_archived(self):
        """COM-4: leaving the lists takes the withdrawal from use, with its reason."""
        document = self._published()
        for user in (self.author, self.office):
            with self.assertRaises(UserError):
                self._as(document, user).write({"active": False})

    def test_nobody_chooses_his_approver_by_moving_the_document(self):
        """COM-8 DOC-3.2: a document does not move to where its author may not write."""
        document = self._document(category="supporting")
        with self.assertRaises(AccessError):
            self._as(document, self.author).write({"department_id": self.dep_sales.id})
        self._as(document, self.office).write({"department_id": self.dep_sales.id})
        self.assertEqual(document.sudo().department_id, self.dep_sales)
