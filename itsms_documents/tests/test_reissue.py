from odoo.exceptions import AccessError, UserError

from .common import tagged
from .copy_common import CopyCase


@tagged("post_install", "-at_install")
class TestReissue(CopyCase):
    """补发: worn and lost copies."""

    def _ask(self, copy, user, cause="lost", declaration="Left in the train on Monday"):
        return self._as(self.env["itsms.document.reissue"], user).create(
            {"copy_id": copy.id, "cause": cause, "declaration": declaration}
        )

    def test_lost_copy_keeps_its_number(self):
        """DOC-4.4.2.6: declaration, approval by the head of the office, same number, 补发."""
        copy = self._held(1)
        request = self._ask(copy, self.administrator)
        self.assertEqual(request.person_id, self.administrator)
        request.action_submit()
        self.assertIn("Office_head", request.next_actor)
        self.assertEqual(copy.state, "held")
        self._as(request, self.office_head).action_approve()
        self.assertEqual(copy.state, "lost")
        self.assertTrue(copy.ended_at)
        new = self._as(request.with_env(self.env).new_copy_id, self.controller)
        self.assertEqual(
            (new.number, new.department_id, new.state, new.reissued, new.replaced_copy_id),
            (1, self.dep_dev, "draft", True, copy),
        )
        self.assertEqual(new.holder_id, self.administrator)
        new.action_print()
        report = new.env["ir.actions.report"]
        html = report._render_qweb_html("itsms_documents.action_report_controlled_copy", new.ids)
        self.assertIn("补发", html[0].decode())
        self.assertIn(">01<", html[0].decode())
        new.action_issue()
        self._as(new, self.administrator).action_sign()
        self.assertEqual(self._log_of(new).mapped("kind"), ["issue", "reissue", "signature"])
        record = report._render_qweb_html(
            "itsms_documents.action_report_distribution_record", new.document_id.ids
        )[0].decode()
        self.assertIn("补发", record)

    def test_worn_copy_is_replaced(self):
        """DOC-4.4.2.5: the administrator asks, the controller confirms; same number, 补发."""
        copy = self._held(2)
        request = self._ask(copy, self.administrator, "worn", False)
        request.action_submit()
        self.assertIn("Controller", request.next_actor)
        self._as(request, self.controller).action_approve()
        self.assertEqual(copy.state, "replaced")
        new = request.with_env(self.env).new_copy_id
        self.assertEqual((new.number, new.reissued), (2, True))
        # the worn paper comes back to the issuing unit
        self._as(copy, self.controller).action_return("worn")
        self.assertEqual(copy.state, "returned")

    def test_no_loss_without_declaration(self):
        """DOC-4.4.2.6: the person concerned must declare the loss."""
        copy = self._held(1)
        for text in (False, "", "   "):
            request = self._ask(copy, self.administrator, declaration=text)
            with self.assertRaisesRegex(UserError, "declares the loss"):
                request.action_submit()
        self.assertEqual(copy.state, "held")

    def test_no_reissue_without_approval(self):
        """DOC-4.4.2.6: nobody but the head of the office; a rejection leaves all as it was."""
        copy = self._held(1)
        request = self._ask(copy, self.administrator)
        request.action_submit()
        for user in (self.administrator, self.controller, self.office, self.mr, self.president):
            with self.assertRaises(UserError):  # AccessError is one
                self._as(request, user).action_approve()
        self._as(request, self.office_head).action_reject("Look again")
        self.assertEqual(copy.state, "held")
        self.assertFalse(request.new_copy_id)
        self.assertEqual(len(self._copies_of(copy.document_id)), 3)
        for name in ("approve", "submit"):
            with self.assertRaises(AccessError):
                self._as(request, self.administrator).action_transition(name)

    def test_who_declares(self):
        """DOC-4.4.2.6 DOC-4.4.2.5: the person concerned or his administrator; worn copies are
        exchanged by the administrator."""
        copy = self._number(self._copies(), 1)
        copy.action_issue(self.colleague.id)
        self._as(copy, self.colleague).action_sign()
        for user in (self.reader, self.seller, self.controller, self.author):
            with self.assertRaisesRegex(AccessError, "DOC-4.4.2.6"):
                self._ask(copy, user)
        with self.assertRaisesRegex(AccessError, "DOC-4.4.2.5"):
            self._ask(copy, self.colleague, "worn")
        self.assertEqual(self._ask(copy, self.colleague).person_id, self.colleague)
        self.assertTrue(self._ask(copy, self.administrator, "worn"))

    def test_the_person_concerned_does_not_decide(self):
        """DOC-4.4.2.6 COM-8: a head of the office who lost a copy himself is not asked."""
        copy = self._copies({self.dep_office: (1, 1)})
        copy.action_issue(self.office_head.id)
        self._as(copy, self.office_head).action_sign()
        request = self._ask(copy, self.office_head)
        with self.assertRaisesRegex(UserError, "COM-8"):
            request.action_submit()

    def test_never_a_new_number(self):
        """DOC-4.4.2.5 DOC-4.4.2.6: neither request nor copy can be turned to another number."""
        copies = self._copies()
        copies.action_issue()
        copy, other = self._number(copies, 1), self._number(copies, 2)
        request = self._ask(copy, self.administrator)
        with self.assertRaisesRegex(UserError, "DOC-4.4.2.6"):
            request.copy_id = other
        for name, value in (("new_copy_id", other.id), ("person_id", self.reader.id)):
            with self.assertRaises(AccessError):
                request.write({name: value})
        request.action_submit()
        self._as(request, self.office_head).action_approve()
        with self.assertRaises(AccessError):
            self._as(request.with_env(self.env).new_copy_id, self.controller).write({"number": 9})

    def test_the_mark_survives_a_cancelled_reissue(self):
        """DOC-4.4.2.6: a number that was lost is 补发 however it comes into use again."""
        copy = self._held(1)
        request = self._ask(copy, self.administrator)
        request.action_submit()
        self._as(request, self.office_head).action_approve()
        new = self._as(request.with_env(self.env).new_copy_id, self.controller)
        new.action_transition("cancel", "Paper jam")
        new.document_id.action_prepare_copies()
        again = self._number(self._copies_of(copy.document_id), 1) - copy - new
        self.assertTrue(again.reissued)

    def test_one_request_per_copy(self):
        """DOC-4.4.2.6: what came back or is lost already is not re-issued."""
        copy = self._held(1)
        request = self._ask(copy, self.administrator)
        request.action_submit()
        copy.action_return()
        with self.assertRaisesRegex(UserError, "did not come back"):
            self._as(request, self.office_head).action_approve()
        with self.assertRaisesRegex(UserError, "did not come back"):
            self._ask(copy, self.administrator).action_submit()

    def test_lost_copy_of_the_old_revision(self):
        """DOC-4.5.3a DOC-4.4.2.6: a recalled copy that is lost is accounted for, none is made."""
        copy = self._held(1)
        self._publish_next(copy.document_id)
        request = self._ask(copy, self.administrator)
        request.action_submit()
        self._as(request, self.office_head).action_approve()
        self.assertEqual(copy.state, "lost")
        self.assertFalse(request.new_copy_id)
        self.assertEqual(len(self._copies_of(copy.document_id)), 3)

    def test_requests_are_closed_to_others(self):
        """COM-17: a colleague changes nothing in a request; secret documents stay secret."""
        copy = self._held(1)
        request = self._ask(copy, self.administrator)
        with self.assertRaises(AccessError):
            self._as(request, self.colleague).write({"declaration": "I sold it"})
        copy.document_id.sudo().secrecy = "secret"
        copy.document_id.sudo().authorised_department_ids = self.dep_office
        self.assertFalse(self._as(request, self.reader).search([("id", "=", request.id)]))
