"""Content is locked while pending and after approval, and bound by its digest (COM-7)."""

from base64 import b64encode

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .approval_common import tagged
from .approval_model import LINE, ORDER, OrderCase

OTHER = b64encode(b"other content").decode()
CONTEXTS = ({}, {"itsms_engine": True}, {"_force_unlink": True, "active_test": False})


@tagged("post_install", "-at_install")
class TestApprovalContent(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(cls)
        cls.attachment = cls.env["ir.attachment"].create(
            {"name": "plan.txt", "raw": b"plan", "res_model": ORDER, "res_id": cls.order.id}
        )
        cls.order.action_submit()
        cls.everybody = cls.attackers | cls.author | cls.mr

    def _try_all(self, attacks):
        for user in self.everybody:
            for context in CONTEXTS:
                for model, method, *args in attacks:
                    message = self._refused(user, model, method, *args, context=context)
                    self.assertIn("COM-", message)

    def _attacks(self):
        order, line = self.order, self.order.line_ids[0]
        contents = {
            "name": "Other", "text": "<p>other</p>", "amount": 11, "file": OTHER,
            "partner_ids": [[5]], "about": f"res.users,{self.mr.id}", "company_id": False,
        }  # fmt: skip
        line_commands = (
            [0, 0, {"name": "Three"}], [1, line.id, {"quantity": 9}], [2, line.id], [3, line.id],
            [5], [6, 0, []],
        )  # fmt: skip
        return [
            *[(ORDER, "write", order.ids, {name: value}) for name, value in contents.items()],
            *[(ORDER, "web_save", order.ids, {n: v}, {}) for n, v in contents.items()],
            *[(ORDER, "write", order.ids, {"line_ids": [command]}) for command in line_commands],
            (LINE, "write", line.ids, {"quantity": 9}),
            (LINE, "write", line.ids, {"file": OTHER}),
            (LINE, "unlink", line.ids),
            (LINE, "create", [{"order_id": order.id, "name": "Three"}]),
            (LINE, "copy", line.ids),
            (ORDER, "unlink", order.ids),
            (ORDER, "update_field_translations", order.ids, "name", {"zh_CN": "别的"}),
            (ORDER, "update_field_translations", order.ids, "text",
             {"zh_CN": {"What is ordered": "别的"}}),
            (LINE, "update_field_translations", line.ids, "name", {"zh_CN": "别的"}),
        ]  # fmt: skip

    # ------------------------------------------------------------ lock
    def test_content_lines_and_translations_are_locked_while_pending(self):
        """COM-7: no field, line or translation changes while the decision is out."""
        self._try_all(self._attacks())
        self._as(self.order, self.mr).action_approve()
        self.assertEqual(self.order.state, "approved")

    def test_content_lines_and_translations_are_locked_after_approval(self):
        """COM-7: approved content is locked for everybody."""
        self._as(self.order, self.mr).action_approve()
        self._try_all(self._attacks())
        self.assertEqual((self.order.name, self.order.amount), ("Order", 10.5))

    def test_superuser_code_is_locked_out_too(self):
        """COM-7: superuser code changes no locked content either."""
        order, line = self.order.sudo(), self.order.sudo().line_ids[0]
        for attack in (
            lambda: order.write({"amount": 1}),
            lambda: line.write({"quantity": 5}),
            lambda: line.unlink(),
            lambda: order.unlink(),
            lambda: order.with_context(lang="zh_CN").write({"name": "别的"}),
            lambda: self.attachment.sudo().write({"raw": b"x"}),
            lambda: self.attachment.sudo().unlink(),
        ):
            with self.assertRaisesRegex(UserError, "COM-"):
                attack()

    def test_no_change_in_the_write_that_approves(self):
        """COM-2 COM-7: content and state do not go through one write."""
        for user in self.everybody:
            for vals in ({"amount": 1, "state": "approved"}, {"state": "draft", "amount": 1}):
                self._refused(user, ORDER, "write", self.order.ids, vals)
                self._refused(user, ORDER, "web_save", self.order.ids, vals, {})
        self.assertEqual((self.order.state, self.order.amount), ("pending", 10.5))

    def test_lines_do_not_move_into_or_out_of_a_locked_record(self):
        """COM-7: a line is neither taken away from a locked record nor pushed into it."""
        draft = self._order()
        for user in self.everybody:
            self._refused(user, LINE, "write", self.order.line_ids.ids, {"order_id": draft.id})
            self._refused(user, LINE, "write", draft.line_ids.ids, {"order_id": self.order.id})
            self._refused(
                user, LINE, "create", [{"name": "Three"}],
                context={"default_order_id": self.order.id},
            )  # fmt: skip
            self._refused(
                user, ORDER, "write", draft.ids, {"line_ids": [[4, self.order.line_ids[0].id]]}
            )
        self.assertEqual(len(self.order.line_ids), 2)

    def test_the_author_may_work_again_after_rejection_or_withdrawal(self):
        """COM-7: the lock ends where the record is with its author again."""
        self._as(self.order, self.mr).action_reject("no")
        mine = self._as(self.order, self.author)
        mine.write({"amount": 1, "line_ids": [(1, mine.line_ids[0].id, {"quantity": 7})]})
        mine.action_submit()
        mine.action_withdraw()
        mine.line_ids[0].unlink()
        mine.action_submit()
        self._as(self.order, self.mr).action_approve()
        self.assertEqual((self.order.state, self.order.approval_round), ("approved", 3))

    # ------------------------------------------------------------ files
    def test_files_are_locked(self):
        """COM-7: no file of a locked record is added, changed, moved or deleted, of lines too."""
        draft = self._order()
        loose = self.env["ir.attachment"].create({"name": "x", "raw": b"x"})
        field_file = self._file_of(self.order)
        line_file = self._file_of(self.order.line_ids[0])
        new = {"name": "new.txt", "raw": "new", "res_model": ORDER, "res_id": self.order.id}
        files = (self.attachment, field_file, line_file)
        attacks = [
            ("create", [new]),
            ("create", [{**new, "res_field": "file"}]),
            ("create", [{**new, "res_model": LINE, "res_id": self.order.line_ids[0].id}]),
            ("write", loose.ids, {"res_model": ORDER, "res_id": self.order.id}),
            *[("write", f.ids, {"raw": "x"}) for f in files],
            *[("write", f.ids, {"datas": OTHER}) for f in files],
            *[("write", f.ids, {"name": "y"}) for f in files],
            *[("write", f.ids, {"res_id": draft.id, "res_model": ORDER}) for f in files],
            *[("write", f.ids, {"res_id": 0}) for f in files],
            *[("unlink", f.ids) for f in files],
            ("copy", self.attachment.ids),
        ]
        for state in ("pending", "approved"):
            for user in self.everybody:
                for context in CONTEXTS:
                    for method, *args in attacks:
                        self._refused(user, "ir.attachment", method, *args, context=context)
            if state == "pending":
                self._as(self.order, self.mr).action_approve()
        self.assertEqual(self.attachment.raw, b"plan")

    def _file_of(self, record):
        """The attachment behind the binary field of ``record``."""
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("res_field", "=", "file"),
            ]
        )

    def test_a_message_may_carry_a_file_that_is_not_content(self):
        """COM-7: discussion goes on; its files are not part of what was submitted."""
        upload = self.env["ir.attachment"].with_user(self.mr).create(
            {"name": "note.txt", "raw": b"note", "res_model": "mail.compose.message", "res_id": 0}
        )  # fmt: skip
        self._rpc(
            self.mr, ORDER, "message_post", self.order.ids, body="See", attachment_ids=upload.ids
        )
        self.assertEqual(upload.res_id, self.order.id)
        self.assertNotIn(upload.id, [e["id"] for e in self.order.approval_manifest])
        self.assertIn(self.attachment.id, [e["id"] for e in self.order.approval_manifest])
        self._as(self.order, self.mr).action_approve()
        self.assertEqual(self.order.state, "approved")

    def test_a_message_does_not_capture_content(self):
        """COM-7: naming a content file in a message changes nothing about the file."""
        self._rpc(
            self.author, ORDER, "message_post", self._order().ids, body="mine",
            attachment_ids=self.attachment.ids,
        )  # fmt: skip
        self.assertEqual(self.attachment.res_id, self.order.id)
        message = self.order.message_post(body="x", attachment_ids=self.attachment.ids)
        message.with_user(self.sysadmin).unlink()
        self.assertEqual(self.attachment.raw, b"plan")

    # ------------------------------------------------------------ digest
    @mute_logger("odoo.sql_db")
    def test_tampering_below_the_orm_is_found(self):
        """COM-7: content changed by SQL behind the approval: every decision is refused."""
        line = self.order.line_ids[0]
        tampering = (
            ("UPDATE itsms_test_order SET amount = 99 WHERE id = %s", self.order.id),
            ("UPDATE itsms_test_order SET name = name || '{\"zh_CN\": \"别的\"}' WHERE id = %s",
             self.order.id),
            ("UPDATE itsms_test_order SET text = text || '{\"zh_CN\": \"别\"}' WHERE id = %s",
             self.order.id),
            (f"UPDATE itsms_test_order SET about = 'res.users,{self.mr.partner_id.id}' "
             "WHERE id = %s", self.order.id),
            ("UPDATE itsms_test_order_line SET quantity = 99 WHERE id = %s", line.id),
            ("UPDATE itsms_test_order_line SET name = name || '{\"zh_CN\": \"别的\"}' "
             "WHERE id = %s", line.id),
            ("DELETE FROM itsms_test_order_line WHERE id = %s", line.id),
            (f"INSERT INTO itsms_test_order_line (order_id) SELECT {self.order.id} WHERE %s > 0",
             line.id),
            ("DELETE FROM itsms_test_order_res_partner_rel WHERE itsms_test_order_id = %s",
             self.order.id),
            ("UPDATE ir_attachment SET store_fname = NULL, db_datas = 'evil' WHERE id = %s",
             self.attachment.id),
            ("UPDATE ir_attachment SET name = 'other.txt' WHERE id = %s", self.attachment.id),
            ("UPDATE ir_attachment SET res_id = 0 WHERE id = %s", self.attachment.id),
            ("DELETE FROM ir_attachment WHERE id = %s", self.attachment.id),
            ("DELETE FROM ir_attachment WHERE res_model = 'itsms.test.order' AND res_field = "
             "'file' AND res_id = %s", self.order.id),
            ("UPDATE itsms_test_order SET approval_digest = 'x' WHERE id = %s", self.order.id),
            ("UPDATE itsms_test_order SET approval_manifest = '[]' WHERE id = %s", self.order.id),
        )  # fmt: skip
        self.env.flush_all()
        for query, key in tampering:
            with self.assertRaises(ZeroDivisionError):  # rolls the tampering back
                self.env.cr.execute(query, [key])
                for method in ("action_approve", "action_reject"):
                    message = self._refused(self.mr, ORDER, method, self.order.ids, "x")
                    self.assertIn("no longer what was submitted", message, query)
                raise ZeroDivisionError
            self.env.invalidate_all()
        self._rpc(
            self.mr, ORDER, "action_approve", self.order.ids,
            context={"lang": "zh_CN", "tz": "Asia/Shanghai", "bin_size": True,
                     "active_test": False, "prefetch_fields": False},
        )  # fmt: skip
        self.assertEqual(self.order.state, "approved")

    def test_digest_is_kept_with_every_decision(self):
        """COM-3 COM-7: submission, step, decision and approval name the same content."""
        self._as(self.order, self.mr).action_approve()
        digest = self.order.approval_digest
        self.assertRegex(digest, "^[0-9a-f]{64}$")
        self.assertEqual(self._steps(self.order).content_digest, digest)
        lines = self._log_of(self.order)
        self.assertEqual(lines.mapped("kind"), ["submit", "decision", "transition"])
        self.assertEqual(set(lines.mapped("content_digest")), {digest})

    def test_equal_content_gives_an_equal_digest(self):
        """COM-7: the digest follows the content alone, any change of it is seen."""
        first = self.order.approval_digest
        mine = self._as(self.order, self.author)
        mine.action_withdraw()
        mine.with_context(lang="zh_CN", tz="Asia/Shanghai").action_submit()
        self.assertEqual(mine.approval_digest, first)
        mine.action_withdraw()
        mine.update_field_translations("name", {"zh_CN": "订单"})
        mine.action_submit()
        self.assertNotEqual(mine.approval_digest, first)

    # ------------------------------------------------------------ copies
    def test_a_copy_is_a_draft_of_its_own(self):
        """COM-7: a copy of approved content starts anew, without round, digest or signatures."""
        self._as(self.order, self.mr).action_approve()
        copy = self._as(self.order, self.author).copy()
        self.assertEqual((copy.state, copy.approval_round), ("draft", 0))
        self.assertFalse(copy.approval_digest or copy.approved_at or copy.approval_step_ids)
        self.assertFalse(copy.approval_manifest or copy.left_draft_at or copy.submitted_by_id)
        copy.amount = 3
