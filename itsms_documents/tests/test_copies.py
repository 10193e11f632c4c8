from odoo.exceptions import AccessError, UserError

from .common import tagged
from .copy_common import CopyCase


@tagged("post_install", "-at_install")
class TestCopies(CopyCase):
    """Issue, signature, second distribution, return."""

    # ------------------------------------------------------------ issue
    def test_publication_prepares_the_copies_of_the_scope(self):
        """DOC-4.4.1.1 DOC-4.5.3 I-56: receiver and number of each copy come from the scope."""
        copies = self._copies()
        self.assertEqual(
            [(c.copy_number, c.department_id, c.state) for c in copies],
            [
                ("01", self.dep_dev, "draft"),
                ("02", self.dep_dev, "draft"),
                ("03", self.dep_sales, "draft"),
            ],
        )
        # I-16: the receiving department is on the stamp, the issuing unit on the record
        self.assertEqual(copies.issuing_department_id, self.dep_office)

    def test_issue_and_signature(self):
        """DOC-4.4.1.1 DOC-4.4.1.2: the controller issues, the recipient signs: all is on record."""
        copies = self._copies()
        copies.action_issue()
        self.assertEqual(set(copies.mapped("state")), {"issued"})
        self.assertEqual(copies.issued_by_id, self.controller)
        self.assertTrue(all(copies.mapped("issued_at")))
        mine = self._as(self._number(copies, 1), self.administrator)
        self.assertIn("Administrator", mine.next_actor)
        mine.action_sign()
        self.assertEqual((mine.state, mine.holder_id), ("held", self.administrator))
        self.assertTrue(mine.received_at)
        log = self._log_of(mine)
        self.assertEqual(log.mapped("kind"), ["issue", "signature"])
        self.assertEqual(log[-1].actor_id, self.administrator)

    def test_only_controller_and_office_issue(self):
        """DOC-4.4.1.1: nobody else issues, the department's administrator neither."""
        copies = self._copies()
        for user in (self.author, self.administrator, self.head, self.mr, self.president):
            with self.assertRaisesRegex(AccessError, "DOC-4.4.1.1"):
                self._as(copies, user).action_issue()
        self._as(copies, self.office).action_issue()
        self.assertEqual(copies.issued_by_id, self.office)

    def test_no_copy_before_the_scope_is_approved(self):
        """DOC-3.5 DOC-4.4.1.1: without an approved scope there is nothing to issue."""
        copies = self._copies()
        self.env.cr.execute(
            "UPDATE itsms_document SET distribution_id = NULL WHERE id = %s",
            [copies.document_id.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "DOC-3.5"):
            copies.action_issue()
        with self.assertRaisesRegex(UserError, "DOC-3.5"):
            copies.document_id.action_prepare_copies()
        self.assertEqual(set(copies.mapped("state")), {"draft"})

    def test_issue_outside_the_scope_is_refused(self):
        """DOC-4.4.1.1: number and department must stand in the approved scope, both."""
        copies = self._copies()
        number = self._number(copies, 3)
        for column, value in (("department_id", self.dep_lab.id), ("number", 9)):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(
                    f"UPDATE itsms_document_copy SET {column} = %s WHERE id = %s",
                    [value, number.id],
                )
                self.env.invalidate_all()
                with self.assertRaisesRegex(UserError, "outside the approved distribution scope"):
                    number.action_issue()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_changed_scope_takes_effect_on_the_copies(self):
        """DOC-3.5 DOC-4.4.1.1: copies that left the scope go back, new ones are prepared."""
        copies = self._copies()
        self._number(copies, 3).action_issue()
        self._paper_scope(copies.document_id, {self.dep_dev: (1, 1), self.dep_lab: (4, 1)})
        states = {c.number: c.state for c in self._copies_of(copies.document_id)}
        self.assertEqual(states, {1: "draft", 2: "cancelled", 3: "issued", 4: "draft"})
        self.assertTrue(self._number(copies, 3).recalled_at)

    def test_department_without_administrator_needs_a_recipient(self):
        """DOC-4.4.1.2: somebody must be able to sign; the refusal names the way out."""
        copies = self._copies({self.dep_office: (1, 1)})
        with self.assertRaisesRegex(UserError, "Issue to"):
            copies.action_issue()
        copies.action_issue(self.mr.id)
        self.assertEqual(copies.holder_id, self.mr)
        self._as(copies, self.mr).action_sign()

    def test_recipient_of_another_department_is_refused(self):
        """DOC-4.4.1.1 DOC-4.4.1.3: a copy stays in the department that its stamp names."""
        copy = self._number(self._copies(), 3)
        with self.assertRaisesRegex(UserError, "DOC-4.4.1.3"):
            copy.action_issue(self.colleague.id)
        self.assertEqual(copy.state, "draft")

    def test_only_the_recipient_signs(self):
        """DOC-4.4.1.2: neither the controller nor a colleague signs for somebody else."""
        copies = self._copies()
        copy = self._number(copies, 1)
        copy.action_issue(self.colleague.id)
        for user in (self.controller, self.office, self.administrator, self.seller, self.mr):
            with self.assertRaisesRegex(AccessError, "DOC-4.4.1.2"):
                self._as(copy, user).action_sign()
        self._as(copy, self.colleague).action_sign()
        self.assertEqual(copy.holder_id, self.colleague)

    def test_external_recipient(self):
        """DOC-4.4.1.2: who has no login signs on paper, the controller records it by name."""
        customer = self.env["res.partner"].create({"name": "Customer Ltd"})
        copy = self._copies({customer: (1, 1)})
        copy.action_issue()
        with self.assertRaises(AccessError):
            self._as(copy, self.reader).action_sign()
        copy.action_sign()
        self.assertEqual((copy.state, copy.receiver), ("held", "Customer Ltd"))
        self.assertIn("Customer Ltd", self._log_of(copy)[-1].comment)

    def test_number_is_unique_in_circulation(self):
        """DOC-4.4.1.2: preparing again makes no second copy of a number."""
        copies = self._copies()
        copies.action_issue()
        copies.document_id.action_prepare_copies()
        self.assertEqual(self._copies_of(copies.document_id), copies)

    # ------------------------------------------------------------ second distribution
    def test_second_distribution(self):
        """DOC-4.4.1.3: the administrator hands a copy on, the new holder signs; history stays."""
        copy = self._as(self._held(1), self.administrator)
        copy.action_hand_over(self.colleague.id)
        self.assertEqual((copy.state, copy.holder_id), ("issued", self.colleague))
        self.assertFalse(copy.received_at)
        self._as(copy, self.colleague).action_sign()
        self.assertEqual(copy.state, "held")
        log = self._log_of(copy)
        self.assertEqual(log.mapped("kind"), ["issue", "signature", "handover", "signature"])
        self.assertEqual(log[2].comment, "Administrator → Colleague")

    def test_only_the_administrator_distributes_within_the_department(self):
        """DOC-4.4.1.3: not the holder, not the controller, not another administrator."""
        copy = self._held(1)
        for user in (self.controller, self.office, self.seller, self.head, self.colleague):
            with self.assertRaisesRegex(AccessError, "DOC-4.4.1.3"):
                self._as(copy, user).action_hand_over(self.colleague.id)
        with self.assertRaisesRegex(UserError, "DOC-4.4.1.3"):
            self._as(copy, self.administrator).action_hand_over(self.reader.id)
        with self.assertRaisesRegex(UserError, "DOC-4.4.1.3"):
            self._as(copy, self.administrator).action_hand_over(None)

    # ------------------------------------------------------------ return
    def test_return(self):
        """DOC-4.7.1b: the issuing unit records who took the copy back, when and how."""
        copy = self._held(1)
        copy.action_return("worn", "Cover torn")
        self.assertEqual(
            (copy.state, copy.returned_to_id, copy.return_condition),
            ("returned", self.controller, "worn"),
        )
        self.assertTrue(copy.returned_at)
        self.assertTrue(copy.ended_at)
        line = self._log_of(copy)[-1]
        self.assertEqual(line.kind, "return")
        self.assertIn("Cover torn", line.comment)

    def test_a_copy_is_returned_once(self):
        """DOC-4.7.1b: the second return is refused with the day of the first."""
        copy = self._held(1)
        copy.action_return()
        with self.assertRaisesRegex(UserError, "came back on .* already"):
            copy.action_return()
        self.assertEqual(self._log_of(copy).mapped("kind").count("return"), 1)

    def test_only_the_issuing_unit_takes_back(self):
        """DOC-4.7.1 DOC-4.7.1b: copies go back to the unit that issued them."""
        copy = self._held(1)
        for user in (self.administrator, self.author, self.mr):
            with self.assertRaisesRegex(AccessError, "DOC-4.7.1"):
                self._as(copy, user).action_return()

    def test_returned_copy_is_issued_again_under_its_number(self):
        """DOC-4.4.1.2: a returned number of the valid revision is free again."""
        copy = self._held(2)
        with self.assertRaisesRegex(UserError, "DOC-4.4.1.2"):
            copy.action_issue_again()
        copy.action_return()
        copy.action_issue_again()
        again = self._number(self._copies_of(copy.document_id), 2) - copy
        self.assertEqual((again.state, again.reissued), ("draft", False))
        again.action_issue()
        self._publish_next(copy.document_id)
        with self.assertRaisesRegex(UserError, "DOC-4.1.1.2a"):
            copy.action_issue_again()

    # ------------------------------------------------------------ the record
    def test_distribution_record(self):
        """DOC-4.4.1.1 DOC-4.4.1.2 DOC-4.7.1b: the record with numbers, signatures, returns."""
        copy = self._held(1)
        copy.action_return()
        report = self._as(self.env["ir.actions.report"], self.controller)
        html = report._render_qweb_html(
            "itsms_documents.action_report_distribution_record", copy.document_id.ids
        )[0].decode()
        for text in (
            "Document distribution (recall) record",
            "Signature of the recipient",
            ">01<",
            ">03<",
            "Administrator",
            "Development",
        ):
            self.assertIn(text, html)

    def test_cancel_and_destroy(self):
        """COM-4 DOC-4.7.2: both need a reason; what is kept is never destroyed."""
        copies = self._copies()
        with self.assertRaisesRegex(UserError, "COM-4"):
            self._number(copies, 2).action_transition("cancel")
        with self.assertRaises(AccessError):
            self._as(copies, self.author).action_transition("cancel", "no")
        self._number(copies, 2).action_transition("cancel", "Not needed")
        copy = self._number(copies, 1)
        copy.action_issue()
        copy.action_return()
        copy.action_transition("destroy", "Shredded")
        self.assertEqual(copy.state, "destroyed")

    # ------------------------------------------------------------ mass and rights
    def test_two_hundred_copies_in_one_go(self):
        """DOC-4.4.1.1 COM-14: issue, sign, recall and return of 200 copies, few queries each."""
        copies = self._copies({self.dep_dev: (1, 200)})
        self.assertEqual(len(copies), 200)

        def count(act, user):
            records = self._as(copies, user)
            before = self.env.cr.sql_log_count
            act(records)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.assertLess(count(lambda c: c.action_issue(), self.controller), 60)
        self.assertLess(count(lambda c: c.action_sign(), self.administrator), 60)
        self.assertLess(count(lambda c: c.action_recall("other", "Count"), self.controller), 60)
        self.assertLess(count(lambda c: c.action_collect(), self.administrator), 60)
        self.assertLess(count(lambda c: c.action_return(), self.controller), 60)

    def test_all_or_none(self):
        """COM-2: one copy that cannot be issued stops the whole batch, and is named."""
        copies = self._copies()
        self._number(copies, 2).action_issue()
        with self.assertRaisesRegex(UserError, "no. 02"):
            copies.action_issue()
        self.assertEqual(self._number(copies, 1).state, "draft")

    def test_copies_of_another_company(self):
        """COM-17: copies stay within their company."""
        copies = self._copies()
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger", company=other)
        self.assertFalse(self._as(copies, stranger).search([("id", "in", copies.ids)]))
        with self.assertRaises(AccessError):
            self._as(copies, stranger).read(["number"])

    def test_copies_of_a_secret_document(self):
        """DOC-4.1.1.3 COM-17: who may not open the document sees no copy and receives none."""
        copies = self._copies()
        document = copies.document_id.sudo()
        document.write({"secrecy": "secret"})
        document.authorised_department_ids = self.dep_office
        self.assertFalse(self._as(copies, self.reader).search([("id", "in", copies.ids)]))
        with self.assertRaises(AccessError):
            self._as(copies, self.reader).read(["number"])
        with self.assertRaisesRegex(UserError, "DOC-4.1.1.3f"):
            self._as(copies, self.controller).filtered(lambda c: c.number == 1).action_issue(
                self.colleague.id
            )

    def test_rpc_attacks(self):
        """COM-2 COM-17: nobody writes, creates or deletes a copy, whatever the context says."""
        copy = self._held(1)
        values = {
            "document_id": copy.document_id.id,
            "revision_id": copy.revision_id.id,
            "number": 66,
            "department_id": self.dep_sales.id,
        }
        for user in (self.administrator, self.controller, self.office, self.manager):
            for context in ({}, {"itsms_engine": True}, {"default_state": "held"}):
                mine = self._as(copy, user).with_context(**context)
                for vals in ({"state": "returned"}, {"number": 9}, {"holder_id": user.id}):
                    with self.assertRaises(AccessError):
                        mine.write(vals)
                with self.assertRaises(AccessError):
                    mine.create(values)
                with self.assertRaises(AccessError):
                    mine.unlink()
                for name in ("issue", "sign", "return", "lose", "replace", "drop", "hand_over"):
                    with self.assertRaises(AccessError):
                        mine.action_transition(name, "x")
        with self.assertRaises(AccessError):
            copy.sudo().write({"state": "returned"})
        dialog = self._as(copy, self.controller).with_context(itsms_operation="return")
        dialog = self.env["itsms.document.copy.act"].browse(dialog.action_open_act()["res_id"])
        with self.assertRaises(AccessError):
            self._as(dialog, self.administrator).action_confirm()
        self._as(dialog, self.controller).action_confirm()
        self.assertEqual(copy.state, "returned")
