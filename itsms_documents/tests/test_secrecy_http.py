import base64

from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import PDF, DocumentCase, tagged

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestSecrecyHttp(HttpCase, DocumentCase):
    """What a browser or a script gets with an address instead of a button."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls.env["itsms.document"].create(
            {
                "name": "Zebra",
                "category_id": cls.env.ref("itsms_documents.itsms_document_category_procedure").id,
                "department_id": cls.dep_dev.id,
                "company_id": cls.company.id,
            }
        )
        cls.revision = cls.document.revision_ids
        cls.revision.write({"file": PDF, "file_name": "zebra.pdf"})
        cls.file = cls.env["ir.attachment"].create(
            {
                "name": "zebra.txt",
                "raw": b"zebra",
                "res_model": "itsms.document",
                "res_id": cls.document.id,
            }
        )
        cls.field_file = (
            cls.env["ir.attachment"]
            .search([("res_model", "=", cls.revision._name), ("res_field", "=", "file")])
            .filtered(lambda a: a.res_id == cls.revision.id)
        )
        cls.image = cls.file.copy({"name": "zebra.png", "raw": base64.b64decode(PNG)})
        token = cls.file._get_raw_access_token()
        cls.file.access_token = "11111111-2222-3333-4444-555555555555"
        cls.addresses = [
            f"/web/content/{cls.file.id}",
            f"/web/content/{cls.file.id}?access_token={token}",
            f"/web/content/{cls.file.id}?access_token={cls.file.access_token}",
            f"/web/image/{cls.image.id}?access_token={cls.image._get_raw_access_token()}",
            f"/web/content/{cls.field_file.id}",
            f"/web/content/itsms.document.revision/{cls.revision.id}/file",
            f"/web/content?model=itsms.document.revision&id={cls.revision.id}&field=file",
        ]

    def _rpc(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def _opened(self, login):
        """Addresses that hand out a file to a person (None: without login)."""
        self.authenticate(login, login)
        contents = {self.file.raw, self.image.raw, self.field_file.raw}
        with mute_logger("odoo.http"):
            return [a for a in self.addresses if self.url_open(a).content in contents]

    def test_files_by_address(self):
        """DOC-4.1.1.3f COM-17: no file of a secret document by its address, token or not."""
        discussed = self.addresses[:4]  # the file of the revision itself needs a permission
        self.assertEqual(self._opened("itsms.reader"), discussed)
        self.assertEqual(self._opened("itsms.author"), self.addresses)
        self.document.secrecy = "secret"
        self.env.flush_all()
        for login in ("itsms.reader", "itsms.author", "itsms.office", "itsms.manager", None):
            with self.subTest(login=login):
                self.assertEqual(self._opened(login), [])
        self.assertEqual(self._opened("itsms.head"), self.addresses)

    def test_internal_means_inside_the_company(self):
        """DOC-4.1.1.3c: without a login nothing but external public is handed out."""
        self.assertEqual(self._opened(None), [])
        self.document.secrecy = "public"
        self.env.flush_all()
        self.assertEqual(len(self._opened(None)), 3, "with the token of the address only")

    def test_calls_from_outside(self):
        """DOC-4.1.1.3f COM-17: RPC lists, groups and threads give nothing, not even a count."""
        self.document.secrecy = "secret"
        message = self.document.message_post(body="Zebra")
        self.env.flush_all()
        mine = [("id", "=", self.document.id)]
        self.authenticate("itsms.reader", "itsms.reader")
        self.assertEqual(self._rpc("itsms.document", "search_count", mine), 0)
        self.assertEqual(self._rpc("itsms.document", "name_search", "Zebra", mine), [])
        groups = self._rpc("itsms.document", "formatted_read_group", mine, ["secrecy"], ["__count"])
        self.assertEqual(groups, [])
        lines = [("res_model", "=", "itsms.document"), ("res_id", "=", self.document.id)]
        self.assertEqual(self._rpc("itsms.log", "search_count", lines), 0)
        with mute_logger("odoo.http"):
            answer = self.url_open(
                "/mail/thread/messages",
                data=None,
                json={"params": {"thread_model": "itsms.document", "thread_id": self.document.id}},
            )
        self.assertNotIn("Zebra", answer.text)
        self.authenticate("itsms.head", "itsms.head")
        self.assertEqual(self._rpc("itsms.document", "search_count", mine), 1)
        self.assertTrue(message)
