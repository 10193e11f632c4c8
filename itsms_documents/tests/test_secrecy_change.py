from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException
from odoo.tools import mute_logger

from .common import PDF, DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestSecrecyChange(HttpCase, DocumentCase):
    """A changed secrecy counts from the next call on, in tabs that are open already."""

    def _rpc(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def test_open_tab(self):
        """DOC-4.1.1.3f COM-17: read, form, list, name, files: closed on the next call."""
        document = self._document(name="Numbat")
        revision = document.revision_ids
        revision.write({"file": PDF, "file_name": "numbat.pdf"})
        attachment = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"numbat", "res_model": document._name, "res_id": document.id}
        )
        self.env.flush_all()
        mine = [("id", "=", document.id)]
        address = f"/web/content/{attachment.id}"
        calls = (
            (document._name, "read", [document.id], ["name"]),
            (document._name, "web_read", [document.id], {"name": {}, "revision_ids": {}}),
            (revision._name, "read", [revision.id], ["body", "change_reason"]),
            (revision._name, "web_read", [revision.id], {"document_name": {}}),
        )
        self.authenticate("itsms.reader", "itsms.reader")
        for call in calls:
            self.assertTrue(self._rpc(*call))
        self.assertTrue(self._rpc(document._name, "name_search", "Numbat", mine))
        self.assertEqual(self.url_open(address).content, b"numbat")
        document.sudo().secrecy = "secret"
        self.env.flush_all()
        with mute_logger("odoo.http"):
            for call in calls:
                with self.subTest(call=call[:2]), self.assertRaises(JsonRpcException) as caught:
                    self._rpc(*call)
                self.assertNotIn("Numbat", str(caught.exception))
            self.assertNotIn(b"numbat", self.url_open(address).content)
        self.assertFalse(self._rpc(document._name, "name_search", "Numbat", mine))
        self.assertFalse(self._rpc(document._name, "search_read", mine, ["name"]))
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self._rpc(document._name, "web_save", [document.id], {"alias": "x"}, {})
        document.sudo().secrecy = "internal"
        self.env.flush_all()
        self.assertTrue(self._rpc(*calls[0]), "and open again on the next call")

    def test_each_change_leaves_a_line(self):
        """DOC-4.1.1.3 COM-3: old and new level and circle, who, when – by form, import or RPC."""
        document = self._document()
        document.write({"secrecy": "secret"})
        lines = self._log_of(document).filtered(lambda x: x.kind == "secrecy")
        self.assertEqual(
            (lines.state_from, lines.state_to, lines.actor_id),
            ("internal", "secret", self.author),
        )
        self.assertEqual(lines.to_label, "Secret")
        closed = self._as(document, self.head)
        closed.authorised_department_ids = self.dep_dev | self.dep_lab
        lines = self._log_of(document).filtered(lambda x: x.kind == "secrecy")
        self.assertEqual(len(lines), 2)
        self.assertIn("Laboratory", lines[1].state_to)
        self._as(document, self.head).write({"secrecy": "secret"})
        self.assertEqual(
            len(self._log_of(document).filtered(lambda x: x.kind == "secrecy")),
            2,
            "what does not change leaves no line",
        )

    def test_circle_changes_count_at_once(self):
        """DOC-4.1.1.3b DOC-4.1.1.3f: who is taken off the list of a secret document is out."""
        document = self._document(secrecy="secret", authorised_department_ids=self.dep_dev.ids)
        self.assertTrue(self._as(document, self.colleague).has_access("read"))
        document.sudo().authorised_department_ids = self.dep_sales
        self.assertFalse(self._as(document, self.colleague).has_access("read"))
        self.assertTrue(self._as(document, self.reader).has_access("read"))
        with self.assertRaises(AccessError):
            self._as(document.revision_ids, self.colleague).read(["body"])

    def test_200_changes(self):
        """DOC-4.1.1.3 COM-3: a batch leaves a line each, in a bounded number of queries."""
        documents = self.env["itsms.document"].concat(
            *(self._document(name=f"D{n}") for n in range(30))
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        documents.sudo().write({"secrecy": "secret"})
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 45)
        lines = self.env["itsms.log"].search(
            [("res_id", "in", documents.ids), ("kind", "=", "secrecy")]
        )
        self.assertEqual(len(lines), 30)
