import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import tagged
from .file_common import FileCase, page_texts, pdf


@tagged("post_install", "-at_install")
class TestUpload(FileCase):
    """What is kept as the file of a document."""

    def _upload(self, content, name):
        revision = self._document().revision_ids
        revision.write({"file": base64.b64encode(content), "file_name": name})
        return revision

    def test_empty_file(self):
        """DOC-4.1.3: a file of 0 bytes is refused with its name."""
        for value in (False, "", b""):
            with self.assertRaisesRegex(UserError, "0 bytes"):
                self._document().revision_ids.write({"file": value, "file_name": "a.pdf"})
        revision = self._upload(self.content, "a.pdf")
        revision.write({"file": False, "file_name": False})
        self.assertFalse(revision.has_file)

    def test_huge_file(self):
        """DOC-4.1.3: 300 MB are refused before anything is stored; the limit is a parameter."""
        revision = self._document().revision_ids
        huge = "A" * (300 * 1024 * 1024 * 4 // 3)
        with self.assertRaisesRegex(UserError, "300 MB; at most 100 MB"):
            revision.write({"file": huge, "file_name": "huge.pdf"})
        self.assertFalse(revision.has_file)
        change = self._change(value="1", parameter_id=self._parameter("document.file.max_mb").id)
        change.action_submit()
        self._as(change, self.mr).action_approve()
        with self.assertRaisesRegex(UserError, "at most 1 MB"):
            self._upload(b"x" * 2 * 1024 * 1024, "a.txt")

    def test_long_and_odd_names(self):
        """DOC-4.1.3: 255 Chinese characters, quotes, virus test strings: kept, and safe."""
        eicar = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*.pdf"
        for name, kept in (
            ("制" * 251 + ".pdf", "制" * 251 + ".pdf"),
            ("a\"b'c;d.pdf", "a\"b'c;d.pdf"),
            ("../../etc/passwd.pdf", "_.._etc_passwd.pdf"),
            ("a\r\nSet-Cookie: x.pdf", "a__Set-Cookie: x.pdf"),
            (eicar, eicar.replace("\\", "_")),
        ):
            with self.subTest(name=name):
                self.assertEqual(self._upload(self.content, name).file_name, kept)
        with self.assertRaisesRegex(UserError, "255"):
            self._upload(self.content, "制" * 256 + ".pdf")

    def test_extension_and_content(self):
        """DOC-4.1.3: what is named PDF is one, and a PDF is named so; programs are refused."""
        for content, name, word in (
            (b"plain text", "a.pdf", "extension"),
            (self.content, "a.docx", "extension"),
            (b"MZ\x90", "setup.exe", "program"),
            (b"MZ\x90", "report.pdf.EXE", "program"),
            (b"x", "run.Bat", "program"),
        ):
            with self.subTest(name=name), self.assertRaisesRegex(UserError, word):
                self._upload(content, name)
        revision = self._upload(b"plain text", "a.txt")
        with self.assertRaisesRegex(UserError, "extension"):
            revision.file_name = "a.pdf"
        with self.assertRaisesRegex(UserError, "program"):
            revision.file_name = "a.js"


@tagged("post_install", "-at_install")
class TestViewer(FileCase, HttpCase):
    """Reading on screen over HTTP, inside and outside the company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.users"].create(
            {
                "name": "Customer",
                "login": "itsms.customer",
                "password": "itsms.customer",
                "company_id": cls.company.id,
                "company_ids": [(6, 0, cls.company.ids)],
                "group_ids": [(6, 0, cls.env.ref("base.group_portal").ids)],
            }
        )

    def _get(self, url, user=None):
        self.env.flush_all()
        self.authenticate(user and user.login, user and user.login)
        with mute_logger("odoo.http"):
            return self.url_open(url, allow_redirects=False)

    def test_every_page_is_marked(self):
        """DOC-4.4.2.4 DOC-4.1.1.2: name, day and “uncontrolled when printed” on each page."""
        document = self._with_file(pdf("First", "Second"))
        answer = self._get(f"/itsms/document/{document.id}/view", self.reader)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertTrue(answer.headers["Content-Disposition"].startswith("inline"))
        pages = page_texts(answer.content)
        self.assertEqual(len(pages), 2)
        for page, own in zip(pages, ("First", "Second"), strict=True):
            self.assertIn(own, page)
            self.assertIn("Reader", page)
            self.assertIn("prints are uncontrolled", page)
            self.assertIn(str(self.company._itsms_today()), page)
        self.assertNotEqual(answer.content, document.current_revision_id._stored_file())

    def test_the_original_by_address(self):
        """DOC-4.4.2.4: no address gives the file, with token or without, but to the permitted."""
        document = self._with_file()
        revision = document.current_revision_id
        stored = revision._file_attachments()
        stored.sudo().env.cr.execute(
            "UPDATE ir_attachment SET access_token = %s WHERE id = %s",
            ("11111111-2222-3333-4444-555555555555", stored.id),
        )
        self.env.invalidate_all()
        token = stored.sudo()._get_raw_access_token()
        addresses = [
            f"/web/content/{stored.id}",
            f"/web/content/{stored.id}?access_token={token}",
            f"/web/content/{stored.id}?access_token=11111111-2222-3333-4444-555555555555",
            f"/web/content/itsms.document.revision/{revision.id}/file",
            f"/web/content?model=itsms.document.revision&id={revision.id}&field=file",
            f"/web/content/itsms.document/{document.id}/current_file",
            f"/web/image/{stored.id}?access_token={token}",
        ]
        original = revision._stored_file()
        for secrecy in ("internal", "public"):
            self._as(document, self.office).sudo().secrecy = secrecy
            for user in (self.reader, self.auditor, self.customer, None):
                for address in addresses:
                    with self.subTest(user=user, address=address, secrecy=secrecy):
                        answer = self._get(address, user)
                        self.assertNotEqual(answer.content, original)
                        self.assertNotIn(b"%PDF", answer.content)
        self._permit(self.reader, document)
        got = [a for a in addresses if self._get(a, self.reader).content == original]
        self.assertIn(addresses[3], got)
        self.assertIn(addresses[0], got)

    def test_rpc_gives_no_file(self):
        """DOC-4.4.2.4: nor does a call of a client, whatever it asks for."""
        document = self._with_file()
        revision = document.current_revision_id
        self.env.flush_all()
        self.authenticate(self.reader.login, self.reader.login)
        encoded = base64.b64encode(revision._stored_file()).decode()[:60]
        for model, method, args, kwargs in (
            ("itsms.document.revision", "read", [revision.ids, ["file"]], {}),
            (
                "itsms.document.revision",
                "web_read",
                [revision.ids],
                {"specification": {"file": {}, "document_id": {"fields": {"current_file": {}}}}},
            ),
            (
                "itsms.document",
                "web_search_read",
                [[("id", "=", document.id)], {"current_file": {}}],
                {},
            ),
            ("itsms.document", "export_data", [document.ids, ["current_revision_id/file"]], {}),
            (
                "ir.attachment",
                "search_read",
                [[("res_field", "=", "file"), ("res_id", "=", revision.id)], ["datas"]],
                {},
            ),
            (
                "itsms.document",
                "onchange",
                [[], {"current_revision_id": revision.id}, [], {"current_file": {}}],
                {},
            ),
        ):
            with self.subTest(model=model, method=method), mute_logger("odoo.http"):
                answer = self.url_open(
                    f"/web/dataset/call_kw/{model}/{method}",
                    json={
                        "params": {"model": model, "method": method, "args": args, "kwargs": kwargs}
                    },
                )
                self.assertNotIn(encoded, json.dumps(answer.text))

    def test_other_files_as_text(self):
        """DOC-4.4.2.4: what is no PDF is shown as text only, nothing of it runs."""
        document = self._with_file(b"Call the second level <script>alert(1)</script>", "a.txt")
        answer = self._get(f"/itsms/document/{document.id}/view", self.reader)
        self.assertIn("Call the second level", answer.text)
        self.assertNotIn("<script>", answer.text)
        self.assertIn("打印件不受控", answer.text)
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        self.assertIn("no-store", answer.headers["Cache-Control"])

    def test_damaged_pdf_is_not_handed_out(self):
        """DOC-4.4.2.4: a PDF that cannot be marked is shown as text, never as it is."""
        document = self._with_file(b"%PDF-1.4 damaged")
        answer = self._get(f"/itsms/document/{document.id}/view", self.reader)
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn(b"%PDF", answer.content)
        self.assertIn("cannot be shown", answer.text)

    def test_text_without_file(self):
        """DOC-4.4.2.4: rich text is shown with the mark."""
        document = self._published()
        answer = self._get(f"/itsms/document/{document.id}/view", self.reader)
        self.assertIn("<p>Content</p>", answer.text)
        self.assertIn("Reader", answer.text)

    def test_closed_documents_are_not_found(self):
        """DOC-4.1.1.3f DOC-4.4.2.4: the viewer shows what one may open, drafts and old ones too."""
        document = self._with_file()
        self._as(document, self.office).sudo().secrecy = "secret"
        for url in (
            f"/itsms/document/{document.id}/view",
            f"/itsms/revision/{document.current_revision_id.id}/view",
            "/itsms/document/99999999/view",
        ):
            self.assertEqual(self._get(url, self.reader).status_code, 404)
        self.assertEqual(
            self._get(f"/itsms/document/{document.id}/view", self.head).status_code, 200
        )
        draft = self._document()
        url = f"/itsms/revision/{draft.revision_ids.id}/view"
        self.assertEqual(self._get(url, self.reader).status_code, 200)
        self.assertEqual(
            self._get(f"/itsms/document/{draft.id}/view", self.reader).status_code, 404
        )

    # ------------------------------------------------------------ external readers
    def test_external_readers(self):
        """DOC-4.1.1.3d: people outside read what is in force and open to everybody, no more."""
        public = self._with_file(secrecy="public")
        internal = self._with_file()
        for document, name in ((public, "Service promise"), (internal, "Inner rules")):
            self._as(document, self.office).write({"name": name})
        draft = self._document(secrecy="public", name="Draft promise")
        self.assertIn("Service promise", self._get("/my/documents", self.customer).text)
        page = self._get("/my/documents", self.customer).text
        for closed in (internal, draft):
            self.assertNotIn(closed.name, page)
            url = f"/itsms/document/{closed.id}/view"
            self.assertEqual(self._get(url, self.customer).status_code, 404)
        answer = self._get(f"/itsms/document/{public.id}/view", self.customer)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn("Customer", page_texts(answer.content)[0])
        url = f"/itsms/revision/{public.current_revision_id.id}/view"
        self.assertEqual(self._get(url, self.customer).status_code, 404)

    def test_external_readers_have_no_rights(self):
        """DOC-4.1.1.3d COM-17: a portal user reads no model behind the page."""
        public = self._with_file(secrecy="public")
        for record in (public, public.current_revision_id):
            with self.assertRaises(AccessError):
                self._as(record, self.customer).sudo(False).read(
                    ["name" if record == public else "number"]
                )
        other = self.env["res.company"].create({"name": "Other company"})
        self.customer.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertNotIn(public.name, self._get("/my/documents", self.customer).text)
        url = f"/itsms/document/{public.id}/view"
        self.assertEqual(self._get(url, self.customer).status_code, 404)

    def test_anonymous(self):
        """DOC-4.1.1.3c DOC-4.1.1.3d: without login there is the login page; the QR page stays."""
        public = self._with_file(secrecy="public")
        for url in (f"/itsms/document/{public.id}/view", "/my/documents"):
            answer = self._get(url)
            self.assertIn(answer.status_code, (302, 303))
            self.assertIn("/web/login", answer.headers["Location"])
        token = public.current_revision_id.verify_token
        self.assertEqual(self._get(f"/itsms/verify/{token}").status_code, 200)
