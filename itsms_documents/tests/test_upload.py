import io
import json

from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import DocumentCase, tagged

EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@tagged("post_install", "-at_install")
class TestUpload(DocumentCase):
    """Many files become many drafts."""

    def _upload(self, *files, user=None, **given):
        """The result for (name, content) pairs."""
        Document = self._as(self.env["itsms.document"], user or self.author)
        streams = [(name, io.BytesIO(content)) for name, content in files]
        return Document._create_from_files(streams, given)

    def _made(self, result):
        return self.env["itsms.document"].browse(result["ids"])

    def test_one_draft_per_file(self):
        """DOC-6: a hundred files in one call, each a draft named after its file."""
        result = self._upload(*((f"Guide {n}.txt", b"text") for n in range(100)))
        documents = self._made(result)
        self.assertEqual((len(documents), result["errors"]), (100, []))
        self.assertEqual(set(documents.mapped("state")), {"draft"})
        self.assertEqual(documents[7].name, "Guide 7")
        self.assertEqual(documents[7].revision_ids.file_name, "Guide 7.txt")
        self.assertEqual(documents.department_id, self.dep_dev)
        self.assertEqual(documents.revision_ids.prepared_by_id, self.author)

    def test_good_files_survive_bad_ones(self):
        """DOC-6: 0 bytes, too large: an error per file, the others are kept."""
        limit = self.env["itsms.document"]._upload_limit(self.company)

        class Huge(io.BytesIO):
            # a stream without end
            def read(self, size=-1):  # pylint: disable=method-required-super
                return b"x" * min(size, limit + 1)

        Document = self._as(self.env["itsms.document"], self.author)
        result = Document._create_from_files(
            [
                ("good.txt", io.BytesIO(b"text")),
                ("empty.txt", io.BytesIO(b"")),
                ("huge.txt", Huge()),
                ("名" * 255 + ".txt", io.BytesIO(b"text")),
                (EICAR + ".txt", io.BytesIO(EICAR.encode())),
                ("../../etc/passwd.txt", io.BytesIO(b"text")),
            ]
        )
        refused = [entry["name"] for entry in result["errors"]]
        self.assertIn("empty.txt", refused)
        self.assertIn("huge.txt", refused)
        self.assertIn("0 bytes", result["errors"][0]["message"])
        made = self._made(result)
        self.assertIn("good", made.mapped("name"))
        self.assertIn("passwd", made.mapped("name"))
        self.assertEqual(len(made) + len(refused), 6, "nothing disappears without a word")

    def test_no_forged_number(self):
        """DOC-4.1.2.1: a number in a file name gives no number; it is a hint for the office."""
        name = "LH-ITSMS-CX-012-B 备份程序.txt"
        document = self._made(self._upload((name, b"text"), user=self.office))
        self.assertEqual((document.name, document.kind), ("备份程序", "procedure"))
        self.assertFalse(document.number)
        self.assertEqual(document.revision_status, "A/0")
        self.assertIn("LH-ITSMS-CX-012-B", document.revision_ids.change_content)
        plain = self._made(self._upload((name, b"text")))
        self.assertFalse(plain.number)
        self.assertFalse(plain.revision_ids.change_content)
        foreign = self._made(self._upload(("XX-ITSMS-CX-012-B Text.txt", b"text")))
        self.assertEqual(foreign.name, "XX-ITSMS-CX-012-B Text")

    def test_values_of_the_list(self):
        """DOC-3.2: the list gives category and department, nothing else from outside."""
        category = self.env.ref("itsms_documents.itsms_document_category_procedure")
        document = self._made(
            self._upload(
                ("a.txt", b"text"),
                default_category_id=category.id,
                default_secrecy="public",
                default_number="LH-1",
                default_state="in_force",
            )
        )
        self.assertEqual(document.category_id, category)
        self.assertEqual((document.secrecy, document.state), ("internal", "draft"))
        self.assertFalse(document.number)
        result = self._upload(("a.txt", b"text"), default_department_id=self.dep_sales.id)
        self.assertFalse(result["ids"])
        self.assertEqual(len(result["errors"]), 1, "not for another department")

    def test_query_count(self):
        """DOC-6: the cost grows with the files and with nothing else."""
        self._upload(("warm.txt", b"text"))
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self._upload(*((f"F{n}.txt", b"text") for n in range(20)))
        self.env.flush_all()
        self.assertLess((self.env.cr.sql_log_count - before) / 20, 60)

    def test_people_without_rights(self):
        """COM-17: who may create no document creates none by dropping files."""
        with self.assertRaises(AccessError):
            self._upload(("a.txt", b"x"), user=self.env.ref("base.public_user"))


@tagged("post_install", "-at_install")
class TestUploadHttp(HttpCase, DocumentCase):
    """The call that the browser makes."""

    browser_size = "1600,1000"

    def test_call(self):
        """DOC-6 COM-17: many files in one call, with the rights of who asks, never without."""
        self.authenticate("itsms.author", "itsms.author")
        token = Request.csrf_token(self)
        files = [("ufile", (f"{n}.txt", b"text")) for n in range(3)]
        for context in ("no JSON", json.dumps([1])):
            data = {"csrf_token": token, "context": context}
            answer = self.url_open("/itsms/document/upload", data=data, files=files)
            self.assertEqual(len(answer.json()["ids"]), 3)
        with mute_logger("odoo.http"):
            refused = self.url_open("/itsms/document/upload", data={}, files=files)
        self.assertEqual(refused.status_code, 400, "not without the token of the session")
        self.authenticate(None, None)
        with mute_logger("odoo.http"):
            outside = self.url_open("/itsms/document/upload", data=data, files=files)
        self.assertNotIn(b'"ids"', outside.content)

    def test_drop_files_on_the_list(self):
        """DOC-6: files dropped on the list: the dialog tells what was made and what was refused."""
        self.start_tour(
            "/odoo/itsms-documents", "itsms_documents_upload_tour", login="itsms.author"
        )
        documents = self.env["itsms.document"].search([("name", "=like", "Dropped %")])
        self.assertEqual(len(documents), 2)
        self.assertEqual(set(documents.mapped("state")), {"draft"})
