"""Printing and issue of record forms (REC-4.1.5, REC-4.1.6)."""

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .form_common import FormCase, tagged


@tagged("post_install", "-at_install")
class TestFormsPrint(FormCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dep_print = cls._department("Printing")
        cls.print_head = cls._person("printhead", cls.dep_print)
        cls.printer = cls._person("printer", cls.dep_print)
        cls.dep_print.manager_id = cls.print_head.employee_id
        cls.company.itsms_printing_department_id = cls.dep_print

    def setUp(self):
        super().setUp()
        self.form = self._valid_form()

    def _order(self, user=None, **vals):
        user = user or self.author
        return self._as(self.env["itsms.record.form.print"], user).create(
            {"form_id": self.form.id, "department_id": self.dep_dev.id, "quantity": 500, **vals}
        )

    def test_head_of_the_printing_department_approves(self):
        """REC-4.1.5 I-02: the responsible department asks, the head of the printing department
        approves, the printing department prints."""
        self.company.itsms_purchasing_department_id = self.dep_sales
        order = self._order()
        order.action_submit()
        self.assertEqual(order.sudo().approval_step_ids.approver_ids, self.print_head)
        for user in (self.head, self.mr, self.office, self.printer):
            with self.assertRaises(AccessError):
                self._as(order, user).action_approve()
        self._as(order, self.print_head).action_approve()
        for user in (self.author, self.reader):
            with self.assertRaises(AccessError):
                self._as(order, user).action_print()
        self._as(order, self.printer).action_print()
        order = order.sudo()
        self.assertEqual((order.state, order.printed_by_id), ("done", self.printer))
        self.assertEqual(self.form.sudo().stage, "printed")

    def test_not_printed_without_the_approval(self):
        """REC-4.1.5: large quantities are not printed before the approval."""
        order = self._order()
        with self.assertRaisesRegex(UserError, "REC-4.1.5"):
            order.action_print()
        order.action_submit()
        for user in (self.author, self.printer, self.office):
            with self.assertRaises(UserError):
                self._as(order, user).action_print()

    def test_small_quantities_need_no_approval(self):
        """REC-4.1.5a: the using department prints small quantities itself, at once."""
        order = self._order(user=self.reader, department_id=self.dep_sales.id, quantity=50)
        self.assertTrue(order.small)
        with self.assertRaisesRegex(UserError, "REC-4.1.5a"):
            order.action_submit()
        order.action_print()
        self.assertEqual((order.state, order.printed_by_id), ("done", self.reader))
        self.assertFalse(order.approval_step_ids)

    def test_small_is_a_parameter(self):
        """REC-4.1.5a COM-16: what is small is a parameter of the company."""
        self.assertFalse(self._order(quantity=51).small)
        change = self._change(value="5", parameter_id=self._parameter("record.form.small.print").id)
        change.action_submit()
        self._as(change, self.mr).action_approve()
        self.assertFalse(self._order(quantity=6).small)
        self.assertTrue(self._order(quantity=5).small)

    def test_many_small_quantities_are_a_large_one(self):
        """REC-4.1.5 REC-4.1.5a: nobody prints a large quantity in slices on one day."""
        with freeze_time("2030-03-04 06:00:00"):
            self._order(quantity=30).action_print()
            with self.assertRaisesRegex(UserError, "REC-4.1.5a"):
                self._order(quantity=21).action_print()
            self._order(quantity=20).action_print()
        with freeze_time("2030-03-05 06:00:00"):
            self._order(quantity=21).action_print()

    def test_no_printing_department(self):
        """REC-4.1.5 I-02: without a printing department nobody is asked instead."""
        self.company.itsms_purchasing_department_id = self.dep_print
        self.company.itsms_printing_department_id = False
        with self.assertRaisesRegex(UserError, "No printing department"):
            self._order().action_submit()

    def test_only_forms_in_force(self):
        """REC-4.1.5: a form that is not (any more) in force is not asked for nor printed."""
        draft = self._form(name="Draft")
        with self.assertRaisesRegex(UserError, "not in force"):
            self._order(form_id=draft.id).action_submit()
        with self.assertRaisesRegex(UserError, "not in force"):
            self._order(form_id=draft.id, quantity=1).action_print()
        order = self._order()
        order.action_submit()
        self._as(order, self.print_head).action_approve()
        self._as(self.form, self.office).action_transition("obsolete", "Old")
        with self.assertRaisesRegex(UserError, "not in force"):
            self._as(order, self.printer).action_print()

    def test_who_asks(self):
        """REC-4.1.5: the responsible department asks; others print small quantities they use."""
        with self.assertRaises(AccessError):
            self._order(user=self.reader)  # in the name of another department
        order = self._order(user=self.reader, department_id=self.dep_sales.id)
        with self.assertRaisesRegex(UserError, "is responsible for the form"):
            order.action_submit()
        lab = self._person("lab", self.dep_lab)
        stranger = self._order(user=lab, department_id=self.dep_lab.id, quantity=1)
        with self.assertRaisesRegex(UserError, "does not use this form"):
            stranger.action_print()

    def test_locked_after_approval(self):
        """COM-7 REC-4.1.5: the quantity that was approved is the one that is printed."""
        order = self._order()
        order.action_submit()
        with self.assertRaisesRegex(UserError, "COM-7"):
            order.write({"quantity": 9000})
        with self.assertRaises(AccessError):
            order.write({"state": "done"})

    def test_first_page_of_the_printing_department(self):
        """REC-4.1.5: what is approved waits on the first page of the printing department."""
        order = self._order()
        order.action_submit()
        self._as(order, self.print_head).action_approve()
        sections = self._as(self.env["itsms.my.work"], self.printer).get_sections()["sections"]
        (mine,) = [s for s in sections if s["key"] == "forms_to_print"]
        self.assertEqual([item["res_id"] for item in mine["items"]], order.ids)


@tagged("post_install", "-at_install")
class TestFormsIssue(FormCase):
    def setUp(self):
        super().setUp()
        self.form = self._valid_form()

    def _issue(self, user=None, **vals):
        return self._as(self.env["itsms.record.form.issue"], user or self.author).create(
            {"form_id": self.form.id, "to_department_id": self.dep_sales.id, "quantity": 20, **vals}
        )

    def test_register(self):
        """REC-4.1.6 REC-3.1: the responsible department issues, the receiver signs; the register
        holds form, department, quantity, serials, who and when."""
        issue = self._issue(serial_from=1, serial_to=20)
        issue.action_issue()
        self.assertEqual((issue.state, issue.issued_by_id), ("issued", self.author))
        self.assertTrue(issue.issued_at)
        for user in (self.author, self.office):
            with self.assertRaises(AccessError):
                self._as(issue, user).action_receive()
        self._as(issue, self.reader).action_receive()
        issue = self._as(issue, self.author)
        self.assertEqual((issue.state, issue.received_by_id.id), ("received", self.reader.id))
        self.assertEqual(self.form.sudo().stage, "issued")
        self.assertEqual(self.form.sudo().issue_count, 1)

    def test_only_the_responsible_department_issues(self):
        """REC-4.1.6 REC-3.1: nobody else makes or issues a line, except the office."""
        for user in (self.reader, self.mr, self.auditor):
            with self.assertRaises(AccessError):
                self._issue(user=user)
        issue = self._issue()
        with self.assertRaises(AccessError):
            self._as(issue, self.reader).action_issue()
        self._issue(user=self.office).action_issue()

    def test_only_forms_in_force_are_issued(self):
        """REC-4.1.6: a form that is not in force is not issued."""
        draft = self._form(name="Draft")
        with self.assertRaisesRegex(UserError, "not in force"):
            self._issue(form_id=draft.id).action_issue()

    def test_serials(self):
        """REC-4.1.6: serials fit the quantity, and no numbered form goes out twice."""
        for first, last in ((5, 4), (1, 19), (0, 20), (-1, 18)):
            with self.assertRaises(ValidationError):
                self._issue(serial_from=first, serial_to=last)
        self._issue(serial_from=1, serial_to=20).action_issue()
        double = self._issue(serial_from=20, serial_to=39)
        with self.assertRaisesRegex(UserError, "were issued to Sales already"):
            double.action_issue()
        self._issue(serial_from=21, serial_to=40).action_issue()

    def test_what_was_issued_stays(self):
        """REC-4.1.6: no line is changed or deleted; a counter entry corrects it, with reason."""
        issue = self._issue(serial_from=1, serial_to=20)
        issue.action_issue()
        for user in (self.author, self.office, self.manager):
            mine = self._as(issue, user)
            with self.assertRaises(UserError):
                mine.write({"quantity": 5, "serial_to": 5})
            with self.assertRaises(UserError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.write({"issued_by_id": user.id})
        issue = self._as(issue, self.author)
        with self.assertRaisesRegex(UserError, "reason"):
            issue.action_reverse(" ")
        with self.assertRaises(AccessError):
            self._as(issue, self.reader).action_reverse("Mine")
        issue = self._as(issue, self.author)
        issue.action_reverse("Wrong department")
        counter = issue.sudo().reversal_ids
        self.assertEqual((counter.quantity, counter.note), (-20, "Wrong department"))
        self.assertEqual((issue.quantity, issue.reversed), (20, True))
        self.assertIn("correction", self._log_of(issue).mapped("kind"))
        for entry in (issue, counter):
            with self.assertRaises(UserError):
                self._as(entry, self.author).action_reverse("Again")
        self._issue(serial_from=1, serial_to=20).action_issue()  # free again

    def test_no_negative_issue_by_hand(self):
        """REC-4.1.6: negative quantities exist in counter entries only, made by the system."""
        issue = self._issue()
        issue.action_issue()
        with self.assertRaises(AccessError):
            self._issue(quantity=-5, reverses_id=issue.id)
        with self.assertRaises(CheckViolation), self.cr.savepoint(), mute_logger("odoo.sql_db"):
            self._issue(quantity=-5)

    def test_dialog(self):
        """REC-4.1.6: the button asks for the reason in a dialog of one's own."""
        issue = self._issue()
        issue.action_issue()
        action = issue.action_open_reverse()
        dialog = self._as(self.env[action["res_model"]], self.author).create(
            {"issue_id": issue.id, "reason": "Wrong"}
        )
        with self.assertRaises(AccessError):
            self._as(dialog, self.reader).action_confirm()
        self._as(dialog, self.author).action_confirm()
        self.assertTrue(issue.sudo().reversed)
