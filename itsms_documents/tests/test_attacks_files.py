import base64

from odoo.exceptions import UserError
from odoo.service.model import call_kw

from .common import tagged
from .file_common import FileCase


@tagged("post_install", "-at_install")
class TestAttacksFiles(FileCase):
    """Ways around the permission to download and around the checks of what is uploaded."""

    def _rpc(self, user, model, method, *args, **context):
        """A call as a client makes it."""
        context = {"allowed_company_ids": user.company_ids.ids, **context}
        return call_kw(self._as(self.env[model], user), method, list(args), {"context": context})

    def test_search_hands_out_no_file(self):
        """DOC-4.4.2.4: a search reads contents without asking for the record; it finds nothing
        for people without permission, whatever they name and send along."""
        revision = self._with_file().current_revision_id
        stored = revision._file_attachments()
        about = [("res_model", "=", revision._name), ("res_id", "=", revision.id)]
        attempts = (
            ([*about, ("res_field", "=", "file")], {}),
            ([*about, ("res_field", "!=", False)], {}),
            ([("id", "=", stored.id)], {}),
            ([("checksum", "=", stored.checksum), ("id", ">", 0)], {}),
            (about, {"skip_res_field_check": True}),
            (about, {"bin_size": True, "skip_res_field_check": True, "active_test": False}),
        )
        for domain, context in attempts:
            for names in (["raw"], ["datas"], ["index_content"], ["store_fname", "checksum"]):
                with self.subTest(domain=domain, names=names):
                    search = ("ir.attachment", "search_read", domain, names)
                    self.assertFalse(self._rpc(self.reader, *search, **context))
                    self.assertTrue(self._rpc(self.controller, *search, **context))
            for method, args in (
                ("search_count", [domain]),
                ("formatted_read_group", [domain, ["checksum"], ["__count"]]),
            ):
                found = self._rpc(self.reader, "ir.attachment", method, *args, **context)
                self.assertFalse(found, (method, domain))

    def test_permission_opens_the_search(self):
        """DOC-4.4.2.4: with the permission of the ITSMS office the file is found."""
        document = self._with_file()
        revision = document.current_revision_id
        domain = [("res_model", "=", revision._name), ("res_field", "=", "file")]
        domain.append(("res_id", "=", revision.id))
        search = ("ir.attachment", "search_read", domain, ["raw"])
        self.assertFalse(self._rpc(self.reader, *search))
        self._permit(self.reader, document)
        self.assertEqual(self._rpc(self.reader, *search)[0]["raw"], self.content)

    def test_file_exchanged_as_an_attachment_is_checked_on_submission(self):
        """DOC-4.1.3: empty, huge, disguised and nameless files are not submitted, however they
        got there."""
        self._parameter("document.file.max_mb").sudo().value = "1"
        for content, name, told in (
            (b"", "a.pdf", "0 bytes"),
            (b"MZ program", "a.pdf", "extension"),
            (b"%PDF-1.4" + b"x" * 1_100_000, "a.pdf", "at most 1 MB"),
        ):
            with self.subTest(told=told):
                revision = self._document(name=f"Exchanged {told}").revision_ids
                good = base64.b64encode(self.content)
                revision.write({"file": good, "file_name": name})
                revision._file_attachments().with_env(revision.env).write({"raw": content})
                with self.assertRaisesRegex(UserError, told):
                    revision.action_submit()
        revision = self._document(name="Nameless").revision_ids
        revision.write({"file": base64.b64encode(b"MZ program")})
        with self.assertRaisesRegex(UserError, "no name"):
            revision.action_submit()
