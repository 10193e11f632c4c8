import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase

from ..engine import compare
from .common import PDF, DocumentCase, tagged

OTHER = base64.b64encode(b"%PDF-1.4 other").decode()


def marked(left, right):
    """Rows of the comparison as plain text."""
    return [(row.status, str(row.left), str(row.right)) for row in compare.rows(left, right)]


class TestCompareTexts(BaseCase):
    """The comparison of two texts, without a database."""

    def test_words_are_marked_inside_a_paragraph(self):
        """DOC-4.5.1: what went out is struck through, what came in is marked."""
        rows = marked(
            "<p>Call the second level within the hour.</p>",
            "<p>Call the duty engineer within the hour.</p>",
        )
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0][0], "changed")
        self.assertIn("<del>second</del>", rows[0][1])
        self.assertIn("<ins>engineer</ins>", rows[0][2])
        self.assertIn("within the hour.", rows[0][2])

    def test_chinese_is_compared_character_by_character(self):
        """DOC-4.5.1 COM-13: Chinese has no spaces; a changed character is one character."""
        rows = marked(
            "<p>文件更改申请人填写申请单</p>", "<p>文件更改申请人应填写申请（通知）单</p>"
        )
        self.assertEqual(rows[0][1], "文件更改申请人填写申请单")
        self.assertEqual(rows[0][2], "文件更改申请人<ins>应</ins>填写申请<ins>（通知）</ins>单")

    def test_blocks(self):
        """DOC-4.5.1: paragraphs, headings, list items and table rows come, go and stay."""
        head = "<h1>Title</h1><ul><li>one</li><li>two</li>"
        old = head + "</ul><table><tr><td>a</td><td>b</td></tr></table>"
        new = head + "<li>three</li></ul><p>End</p>"
        self.assertEqual(
            [row[0] for row in marked(old, new)],
            ["same", "same", "same", "removed", "added", "added"],
        )
        self.assertEqual(marked("", ""), [])
        self.assertEqual(marked(None, "<p>x</p>"), [("added", "", "<ins>x</ins>")])
        self.assertEqual(marked("<!-- note --><p>x", "<p>x</p>"), [("same", "x", "x")])
        self.assertEqual(marked("<img src='a.png'>", "<img src='b.png'>")[0][0], "changed")

    def test_nothing_of_the_text_becomes_markup(self):
        """COM-17: text that looks like markup is shown as text, scripts are left out."""
        nasty = "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt;</p>"
        html = str(compare.table(compare.rows(nasty, "<p>x</p><script>alert(2)</script>")))
        self.assertNotIn("<script", html)
        self.assertNotIn("<img", html)
        self.assertNotIn("alert(2)", html)
        alt = compare.table(compare.rows("", '<img src="x" alt="&lt;b&gt;">'))
        self.assertNotIn("<b>", alt)

    def test_only_changes(self):
        """DOC-4.5.1: of a long text only the changes show, with two lines around them."""
        lines = [f"<p>Line number {n} of the text</p>" for n in range(40)]
        new = lines.copy()
        new[20] = "<p>Line number 20 of another text</p>"
        rows = compare.fold(compare.rows("".join(lines), "".join(new)))
        self.assertEqual(
            [row.status for row in rows],
            ["gap", "same", "same", "changed", "same", "same", "gap"],
        )

    def test_long_texts(self):
        """COM-20: two texts of 100 000 words that have nothing in common are compared too."""
        left = "<p>" + " ".join(f"a{n}" for n in range(100_000)) + "</p>"
        right = "<p>" + " ".join(f"b{n}" for n in range(100_000)) + "</p>"
        self.assertEqual({row[0] for row in marked(left, right)}, {"removed", "added"})
        left, right = left.replace("</p>", " x</p>"), left.replace("a7 ", "a8 ")
        self.assertEqual([row[0] for row in marked(left, right)], ["changed"])


@tagged("post_install", "-at_install")
class TestCompare(DocumentCase):
    """The comparison of two revisions on the screen."""

    def setUp(self):
        super().setUp()
        draft = self._document()
        draft.revision_ids.write({"file": PDF, "file_name": "a.pdf", "body": "<p>One</p>"})
        revision = draft.revision_ids
        revision.action_submit()
        self._scope(draft)
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        self.document = self._as(draft, self.author)
        self.old = self.document.current_revision_id
        self.new = self._new_revision(self.document, change_reason="Audit")

    def _compare(self, revisions, user=None):
        revisions = self._as(revisions, user or self.author)
        action = revisions.action_compare()
        return revisions.env[action["res_model"]].browse(action["res_id"])

    def test_with_the_revision_before(self):
        """DOC-4.5.1: a revision is compared with the one before it; older on the left."""
        self.new.body = "<p>Two</p>"
        dialog = self._compare(self.new)
        self.assertEqual((dialog.left_id, dialog.right_id), (self.old, self.new))
        self.assertEqual(dialog.text_result, "different")
        self.assertIn("<del>One</del>", dialog.text)
        self.assertIn("<ins>Two</ins>", dialog.text)
        for text in ("A/0", "A/1", "Established", "Audit", "In force", "Draft"):
            self.assertIn(text, dialog.metadata)
        self.assertTrue(self.new.has_predecessor)
        self.assertFalse(self.old.has_predecessor)
        with self.assertRaisesRegex(UserError, "revision before it"):
            self._as(self.old, self.author).action_compare()

    def test_two_chosen_in_the_list(self):
        """DOC-4.5.1: any two revisions of one document, in whatever order they were chosen."""
        dialog = self._compare(self.new | self.old)
        self.assertEqual(dialog.left_id, self.old)
        other = self._document(name="Other").revision_ids
        for revisions in (self.new | other, self.new | self.old | other):
            with self.assertRaisesRegex(UserError, "two revisions of one document"):
                self._compare(revisions)
        with self.assertRaisesRegex(UserError, "DOC-4.5.1"):
            self.env["itsms.document.compare"].with_user(self.author).create(
                {"left_id": self.old.id, "right_id": other.id}
            )

    def test_texts_that_are_the_same(self):
        """DOC-4.5.1: identical texts, and those of which only the layout differs, are told."""
        self.assertEqual(self._compare(self.new).text_result, "identical")
        self.new.body = "<p><b>One</b></p>"
        dialog = self._compare(self.new)
        self.assertEqual(dialog.text_result, "format")
        self.new.body = "".join(f"<p>Line {n}</p>" for n in range(20)) + "<p>One</p>"
        dialog = self._compare(self.new)
        dialog.only_changes = True
        self.assertIn("Line 7", dialog.text)

    def test_files(self):
        """DOC-4.5.1: two files with name, size and SHA-256: identical, different, one only."""
        dialog = self._compare(self.new)
        self.assertEqual(dialog.file_result, "identical")
        self.assertEqual(dialog.left_file_sha256, dialog.right_file_sha256)
        self.assertEqual(len(dialog.left_file_sha256), 64)
        self.new.write({"file": OTHER, "file_name": "b.pdf"})
        dialog = self._compare(self.new)
        self.assertEqual(dialog.file_result, "different")
        self.assertNotEqual(dialog.left_file_sha256, dialog.right_file_sha256)
        self.assertEqual((dialog.left_file_name, dialog.right_file_name), ("a.pdf", "b.pdf"))
        self.assertTrue(dialog.left_file_size)
        # a web client asks for sizes instead of contents
        seen = dialog.browse(dialog.id).with_context(bin_size=True)
        self.assertEqual(seen.file_result, "different")
        self.assertEqual(seen.left_file_sha256, dialog.left_file_sha256)
        self.new.file = False
        self.assertEqual(self._compare(self.new).file_result, "removed")

    def test_files_are_shown_and_not_handed_out(self):
        """DOC-4.4.2.4: who may not download compares texts and sees files in the viewer only."""
        self.new.write({"file": OTHER, "body": "<p>Two</p>"})
        dialog = self._compare(self.new, self.reader)
        self.assertFalse(self._as(self.old, self.reader).file)
        self.assertIn("<ins>Two</ins>", dialog.text)
        self.assertEqual(dialog.file_result, "different")
        self.assertEqual(dialog.left_view_url, f"/itsms/revision/{self.old.id}/view")
        binaries = {n for n, f in dialog._fields.items() if f.type == "binary"}
        self.assertFalse(binaries)

    def test_nobody_compares_what_he_may_not_open(self):
        """DOC-4.1.1.3f: the comparison of closed revisions is closed, and so is another's."""
        mine = self._compare(self.new, self.reader)
        with self.assertRaises(AccessError):
            self._as(mine, self.colleague).read(["text"])
        self._as(self.document, self.office).write(
            {
                "secrecy": "secret",
                "authorised_department_ids": [(6, 0, (self.dep_dev | self.dep_office).ids)],
            }
        )
        with self.assertRaises(AccessError):
            self._compare(self.new, self.reader)
        with self.assertRaises(AccessError):
            self._as(self.env["itsms.document.compare"], self.reader).create(
                {"left_id": self.old.id, "right_id": self.new.id}
            )
        # the dialog that was open when the secrecy was raised
        for name in ("text", "metadata", "left_file_sha256", "file_result"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                self._as(mine, self.reader).read([name])
        other = self._document(name="Own", user=self.reader, department_id=self.dep_sales.id)
        with self.assertRaises(AccessError):
            self._as(mine, self.reader).write({"left_id": other.revision_ids.id})

    def test_foreign_revisions_behind_an_own_dialog(self):
        """COM-17: no write of another revision into one's own dialog opens that revision."""
        top = self._document(name="Top")
        top.sudo().secrecy = "top_secret"
        mine = self._compare(self.new, self.reader)
        with self.assertRaises(AccessError):
            mine.write({"right_id": top.revision_ids.id})
