import base64
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import freeze_time

from .common import tagged
from .file_common import FileCase, pdf


@tagged("post_install", "-at_install")
class TestDownload(FileCase):
    """Permission to download controlled documents (DOC-4.4.2.4, I-60)."""

    def test_without_permission_nobody_gets_the_file(self):
        """DOC-4.4.2.4: not by field, export, related field, attachment or forged context."""
        document = self._with_file()
        revision = document.current_revision_id
        attachment = revision._file_attachments()
        self.assertTrue(attachment)
        admin = self._person("sysadmin", None, "base.group_system")
        for user in (self.reader, self.auditor, self.vp, admin):
            with self.subTest(user=user.login):
                self.assertFalse(self._gets(document, user))
                mine = self._as(revision, user)
                for context in ({"bin_size": True}, {"itsms_engine": True}, {"su": True}):
                    self.assertFalse(mine.with_context(**context).read(["file"])[0]["file"])
                with self.assertRaisesRegex(AccessError, "DOC-4.4.2.4"):
                    mine.action_download()
                for name in ("raw", "datas", "index_content", "checksum"):
                    with self.assertRaises(AccessError):
                        self._as(attachment, user).sudo(False).read([name])
                with self.assertRaises(AccessError):
                    self._as(attachment, user).sudo(False).copy({"res_id": 0, "res_field": False})

    def test_files_beside_the_file_are_content_too(self):
        """DOC-4.4.2.4: what was attached beside the file needs permission, talk does not."""
        document = self._document()
        revision = document.revision_ids
        vals = {"name": "drawing.txt", "raw": b"drawing", "res_model": revision._name}
        beside = self._as(self.env["ir.attachment"], self.author).create(
            {**vals, "res_id": revision.id}
        )
        revision.action_submit()
        self._scope(document)
        for user in (self.mr, self.president):
            self._as(revision, user).action_approve()
        self._as(revision, self.controller).action_publish()
        message = self._as(revision, self.author).message_post(
            body="Look", attachments=[("talk.txt", b"talk")]
        )
        with self.assertRaises(AccessError):
            self._as(beside, self.reader).sudo(False).read(["raw"])
        self.assertTrue(self._as(beside, self.author).sudo(False).raw)
        self.assertEqual(self._as(message.attachment_ids, self.reader).sudo(False).raw, b"talk")

    def test_superuser_mode_is_no_permission(self):
        """DOC-4.4.2.4: code that runs with all rights for a reader does not hand it out either."""
        revision = self._with_file().current_revision_id
        self.assertFalse(revision.with_user(self.reader).sudo().file)
        self.assertTrue(revision.with_user(self.author).sudo().file)

    def test_who_always_has_it(self):
        """DOC-4.4.2.4 DOC-4.3.1b: office, controller, writers, administrators."""
        document = self._with_file()
        administrator = self._person("administrator", self.dep_sales)
        other = self._person("other", self.dep_office)
        self._assign("department_document_administrator", administrator, self.dep_sales)
        for user in (self.office, self.controller, self.author, self.head):
            with self.subTest(user=user.login):
                self.assertTrue(self._gets(document, user))
        self.assertFalse(self._gets(document, administrator))
        self._scope(document, self.dep_dev | self.dep_sales)
        self.assertTrue(self._gets(document, administrator))
        self.assertFalse(self._gets(document, other))
        self.assertFalse(self._gets(document, self.reader))

    def test_people_asked_to_decide_read_the_file(self):
        """DOC-4.4.2.4 COM-5: who is to decide has the file, from his turn on."""
        document = self._document()
        revision = document.revision_ids
        revision.write({"file": base64.b64encode(self.content), "file_name": "a.pdf"})
        revision.action_submit()
        self.assertTrue(self._as(revision, self.mr).file)
        self.assertFalse(self._as(revision, self.president).file)
        self._as(revision, self.mr).action_approve()
        self.assertTrue(self._as(revision, self.president).file)
        self.assertTrue(self._as(revision, self.mr).file)

    def test_deciding_is_no_permission_for_good(self):
        """DOC-4.4.2.4: who decided reads what is published on screen like everybody, until the
        ITSMS office permits more; who permitted it, when and why stays as evidence."""
        document = self._with_file()
        self.assertFalse(self._gets(document, self.president))
        permission = self._as(self.env["itsms.document.permission"], self.office).create(
            {
                "user_id": self.president.id,
                "document_id": document.id,
                "reason": "Board meeting",
                "company_id": self.company.id,
            }
        )
        permission.action_grant()
        self.assertTrue(self._gets(document, self.president))
        self.assertEqual(permission.granted_by_id, self.office)
        granted = self._log_of(permission).filtered(lambda x: x.state_to == "granted")
        self.assertEqual(granted.actor_id, self.office)
        with self.assertRaises(UserError):
            permission.unlink()
        with self.assertRaises(UserError):
            permission.write({"reason": "Another"})

    def test_permission_for_person_group_and_department(self):
        """DOC-4.4.2.4 [I-60]: given to a person, a group or a department; one, a category, all."""
        document = self._with_file()
        group = self.env["res.groups"].create({"name": "Field service"})
        self.reader.group_ids |= group
        category = document.category_id
        for vals in (
            {"user": self.reader, "document": document},
            {"holder": "group", "group_id": group.id, "document": document},
            {"holder": "department", "department_id": self.dep_sales.id, "document": document},
            {"user": self.reader, "scope": "category", "category_id": category.id},
            {"user": self.reader, "scope": "all"},
        ):
            with self.subTest(vals=list(vals)):
                self.assertFalse(self._gets(document, self.reader))
                permission = self._permit(**vals)
                self.assertTrue(self._gets(document, self.reader))
                self.assertFalse(self._gets(document, self.auditor))
                permission.action_transition("revoke", "No longer needed")
                self.assertFalse(self._gets(document, self.reader))

    def test_permission_for_something_else(self):
        """DOC-4.4.2.4: a permission for one document or category opens no other."""
        document, other = self._with_file(), self._with_file(name="other.pdf")
        self._permit(self.reader, other)
        manual = self.env.ref("itsms_documents.itsms_document_category_manual")
        self._permit(self.reader, scope="category", category_id=manual.id)
        self.assertFalse(self._gets(document, self.reader))
        self.assertTrue(self._gets(other, self.reader))

    def test_permission_in_time(self):
        """DOC-4.4.2.4: before its first day and after its last one it opens nothing."""
        document = self._with_file()
        today = self.company._itsms_today()
        first, last = today + timedelta(days=5), today + timedelta(days=9)
        permission = self._permit(self.reader, document, date_from=first, date_to=last)
        for day, may in ((4, False), (5, True), (9, True), (10, False)):
            with self.subTest(day=day), freeze_time(f"{date.today() + timedelta(day)} 12:00:00"):
                self.assertEqual(self._gets(document, self.reader), may)
                self.assertEqual(self._as(permission, self.reader).in_force, may)

    def test_permission_of_another_company(self):
        """DOC-4.4.2.4 COM-17: “all documents” means those of the company."""
        document = self._with_file()
        other = self.env["res.company"].create({"name": "Other"})
        permission = self.env["itsms.document.permission"].create(
            {
                "user_id": self.reader.id,
                "scope": "all",
                "reason": "x",
                "company_id": other.id,
            }
        )
        permission.action_grant()
        self.assertFalse(self._gets(document, self.reader))

    def test_only_the_office_permits(self):
        """DOC-4.4.2.4 [I-60]: nobody else creates, grants, changes or revokes; it is logged."""
        document = self._with_file()
        permission = self._permit(self.auditor, document)
        Permission = self.env["itsms.document.permission"]
        for user in (self.reader, self.author, self.head, self.controller):
            with self.assertRaises(AccessError):
                self._as(Permission, user).create(
                    {"user_id": user.id, "document_id": document.id, "reason": "x"}
                )
            with self.assertRaises(UserError):
                self._as(permission, user).write({"user_id": user.id})
            for name in ("grant", "revoke"):
                with self.assertRaises(AccessError):
                    self._as(permission, user).action_transition(name, "x")
        for vals in ({"user_id": self.reader.id}, {"date_to": False, "scope": "all"}):
            with self.assertRaises(UserError):
                permission.write(vals)
        with self.assertRaises(AccessError):
            permission.write({"state": "draft"})
        with self.assertRaises(UserError):
            permission.action_transition("revoke")
        permission.action_transition("revoke", "Misused")
        self.assertEqual(permission.sudo().revoked_by_id, self.office)
        log = self._log_of(permission)
        self.assertEqual(log.mapped("state_to"), ["granted", "revoked"])
        self.assertEqual(log[-1].comment, "Misused")
        with self.assertRaises(UserError):
            permission.unlink()

    def test_not_for_outsiders(self):
        """DOC-4.4.2.4: no permission for portal users or their groups."""
        portal = self._portal()
        for vals in (
            {"user_id": portal.id},
            {"holder": "group", "group_id": self.env.ref("base.group_portal").id},
        ):
            with self.assertRaises(ValidationError):
                self._permit(scope="all", **vals)

    def _portal(self):
        return self.env["res.users"].create(
            {
                "name": "Customer",
                "login": "itsms.customer",
                "password": "itsms.customer",
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )

    def test_secrecy_goes_before_permission(self):
        """DOC-4.1.1.3f DOC-4.4.2.4: a permission opens nothing to people without clearance."""
        document = self._with_file()
        self._permit(self.reader, document)
        self._as(document, self.office).sudo().secrecy = "secret"
        with self.assertRaises(AccessError):
            self._as(document.current_revision_id, self.reader).read(["file"])
        self.assertFalse(self._as(self.env["itsms.document.permission"], self.reader).search([]))

    def test_a_copy_in_hand_is_a_permission(self):
        """DOC-4.4.2.4 DOC-4.4.2.3: an approved copy that was handed out, until its day."""
        document = self._with_file()
        loan = self._as(self.env["itsms.document.loan"], self.reader).create(
            {
                "document_id": document.id,
                "kind": "copy",
                "carrier": "electronic",
                "purpose_text": "Course",
                "company_id": self.company.id,
            }
        )
        loan.action_submit()
        self.assertFalse(self._gets(document, self.reader))
        self._as(loan, self.controller).action_approve()
        self.assertFalse(self._gets(document, self.reader))
        self._as(loan, self.controller).sudo(False)
        second = self._person("controller2", self.dep_office)
        self._assign("document_controller", second)
        self._as(loan, second).action_hand_out()
        self.assertTrue(self._gets(document, self.reader))
        with freeze_time(f"{date.today() + timedelta(16)} 12:00:00"):
            self.assertFalse(self._gets(document, self.reader))
        self._as(loan, second).action_take_back()
        self.assertFalse(self._gets(document, self.reader))

    def test_forwarding(self):
        """DOC-4.4.2.4: nobody forwards what he may not download, in a message or in a mail."""
        document = self._with_file()
        stored = document.current_revision_id._file_attachments()
        target = self._document(user=self.reader, department_id=self.dep_sales.id)
        attempts = (
            lambda: call_kw(
                self._as(self.env["itsms.document"], self.reader),
                "message_post",
                [target.ids],
                {"body": "Look", "attachment_ids": stored.ids},
            ),
            lambda: self._as(self.env["mail.compose.message"], self.reader).create(
                {"body": "Look", "attachment_ids": [(6, 0, stored.ids)]}
            ),
            lambda: self._as(stored, self.reader).sudo(False).write({"public": True}),
            lambda: self._as(stored, self.reader).sudo(False).generate_access_token(),
        )
        for attempt in attempts:
            with self.assertRaises(UserError):
                attempt()
        self.assertEqual(stored.sudo().res_id, document.current_revision_id.id)

    def test_who_writes_without_download_keeps_the_file(self):
        """COM-7 DOC-4.4.2.4: what a reader is not shown does not get lost by other writing."""
        document = self._document()
        revision = document.revision_ids.sudo()
        revision.write({"file": base64.b64encode(self.content), "file_name": "a.pdf"})
        hidden = revision.with_user(self.reader).sudo()
        self.assertFalse(hidden.file)
        hidden.write({"file": base64.b64encode(pdf("New"))})
        self.assertEqual(len(revision._file_attachments()), 1)
        self.assertEqual(self._as(revision, self.author)._file_content(), revision._stored_file())

    def test_two_hundred_documents(self):
        """DOC-4.4.2.4: who may download is asked for a list at once, not per record."""
        revisions = self.env["itsms.document.revision"]
        documents = self.env["itsms.document"].create(
            [
                {
                    "name": f"Document {number}",
                    "category_id": self.env.ref(
                        "itsms_documents.itsms_document_category_procedure"
                    ).id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                }
                for number in range(200)
            ]
        )
        revisions = documents.revision_ids
        counts = {}
        for size in (20, 200):
            mine = self._as(revisions[:size], self.reader)
            mine.env.user._itsms_standing()
            before = self.env.cr.sql_log_count
            self.assertFalse(mine._downloadable())
            counts[size] = self.env.cr.sql_log_count - before
        self.assertLessEqual(counts[200], counts[20] + 5)
        self.assertLess(counts[200], 40)
