from datetime import date, timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from .record_common import RecordCase, tagged


@tagged("post_install", "-at_install")
class TestRecordLoans(RecordCase):
    """Consulting, borrowing and copying records (REC-4.6).

    Records are kept by Development: head ``self.head``, document administrator ``self.keeper``.
    ``self.reader`` works in Sales, whose head is ``self.sales_head``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales_head = cls._person("sales.head", cls.dep_sales)
        cls.dep_sales.manager_id = cls.sales_head.employee_id
        cls.partner = cls.env["res.partner"].create({"name": "Customer"})

    def _loan(self, record=None, user=None, **vals):
        user = user or self.reader
        record = record or self._filed()
        vals = {
            "record_id": record.id,
            "purpose": "other",
            "purpose_text": "Audit by the customer",
            "company_id": self.company.id,
            **vals,
        }
        return self._as(self.env["itsms.document.loan"], user).create(vals)

    def _hand_out(self, loan, user=None):
        self._as(loan, user or self.keeper).action_hand_out()
        return loan

    # ------------------------------------------------------------ important records
    def test_important_record_of_another_department(self):
        """REC-4.6.1 [I-20]: own head consents, then the head of the keeping department approves."""
        for kind in ("consult", "borrow"):
            loan = self._loan(self._filed(importance="important"), kind=kind)
            self.assertEqual(loan.handling, "both_heads")
            loan.action_submit()
            desk = self._as(loan, self.keeper)
            with self.assertRaises(UserError):
                self._as(loan, self.head).action_approve()  # not his turn
            with self.assertRaises(UserError):
                desk.action_hand_out()
            self._as(loan, self.sales_head).action_approve()
            with self.assertRaises(UserError):
                desk.action_hand_out()
            self._as(loan, self.head).action_approve()
            desk.action_hand_out()
            expected = "closed" if kind == "consult" else "handed_out"
            self.assertEqual(loan.sudo().state, expected)

    def test_no_way_around_the_heads(self):
        """REC-4.6.1: an important record is not registered, and a refusal ends the matter."""
        loan = self._loan(self._filed(importance="important"))
        for user in (self.keeper, self.controller, self.office):
            with self.assertRaises(UserError):
                self._as(loan, user).action_register()
        loan.action_submit()
        self._as(loan, self.sales_head).action_approve()
        self._as(loan, self.head).action_reject("Not this one")
        with self.assertRaises(UserError):
            self._as(loan, self.keeper).action_hand_out()

    def test_record_that_became_important(self):
        """REC-4.6.1: what was registered as ordinary is not handed out once it is important."""
        record = self._filed()
        loan = self._loan(record)
        loan.action_submit()
        self._as(loan, self.keeper).action_register()
        self._as(record, self.author).importance = "important"
        with self.assertRaisesRegex(UserError, "REC-4.6.1"):
            self._as(loan, self.keeper).action_hand_out()

    def test_head_applies_himself(self):
        """REC-4.6.1: the consent of a head who applies is his application."""
        record = self._filed(importance="important")
        loan = self._loan(record, user=self.sales_head)
        self.assertEqual(loan.handling, "keeping_head")
        loan.action_submit()
        self._as(loan, self.head).action_approve()
        self._hand_out(loan)
        self.assertEqual(loan.sudo().state, "handed_out")
        loan = self._loan(self._filed(importance="important"), user=self.head)
        self.assertEqual(loan.handling, "registration")

    def test_keeping_department_itself(self):
        """REC-4.6.1 REC-4.6.2: people of the keeping department are registered only."""
        loan = self._loan(self._filed(importance="important"), user=self.colleague)
        self.assertEqual(loan.handling, "registration")
        loan.action_submit()
        self.assertEqual(loan.state, "requested")
        self._as(loan, self.keeper).action_register()
        self._hand_out(loan)
        self.assertEqual(loan.sudo().state, "handed_out")

    # ------------------------------------------------------------ customers
    def test_customers_under_the_same_approvals(self):
        """REC-4.6.1a: a customer gets it through both heads, an ordinary internal one too."""
        for importance in ("important", "ordinary"):
            loan = self._loan(self._filed(importance=importance), partner_id=self.partner.id)
            self.assertEqual(loan.handling, "both_heads")
        own = self._loan(
            self._filed(importance="important"), user=self.head, partner_id=self.partner.id
        )
        self.assertEqual(own.handling, "keeping_head")
        with self.assertRaises(UserError):  # nobody decides on his own application
            own.action_submit()
        mine = self._loan(user=self.colleague, partner_id=self.partner.id, contact_name="Ms Li")
        mine.action_submit()
        self._as(mine, self.head).action_approve()
        self._hand_out(mine)
        lent = self._log_of(mine).filtered(lambda x: x.kind == "loan")
        self.assertIn("Ms Li", lent.comment)

    def test_no_secret_record_for_customers(self):
        """REC-4.6.1a DOC-4.1.1.3b: secret and top secret records stay inside."""
        for level in ("secret", "top_secret"):
            record = self._filed()
            self._as(record, self.office).sudo().write({"secrecy": level})
            loan = self._loan(record.sudo(), user=self.president, partner_id=self.partner.id)
            with self.assertRaisesRegex(UserError, "outside the company"):
                loan.action_submit()

    # ------------------------------------------------------------ ordinary records
    def test_ordinary_record_is_registered(self):
        """REC-4.6.2: no approval; the document administrator registers and hands out."""
        for user, kind in ((self.keeper, "consult"), (self.controller, "borrow")):
            loan = self._loan(kind=kind)
            loan.action_submit()
            self.assertEqual((loan.state, loan.approval_round), ("requested", 0))
            self.assertTrue(loan.number)
            for other in (self.reader, self.colleague, self.head, self.sales_head):
                with self.assertRaises(AccessError):
                    self._as(loan, other).action_register()
            self._as(loan, user).action_register()
            self.assertEqual(loan.sudo().registered_by_id, user)
            self._hand_out(loan, user)
            self.assertEqual(loan.sudo().handed_out_by_id, user)

    def test_administrator_of_another_department(self):
        """REC-4.6.2 [I-14]: the administrator of the keeping department, not any administrator."""
        other = self._person("other.keeper", self.dep_lab)
        self._assign("department_document_administrator", other, self.dep_sales)
        loan = self._loan()
        loan.action_submit()
        with self.assertRaises(AccessError):
            self._as(loan, other).action_register()
        self.assertFalse(
            self._as(self.env["itsms.document.loan"], other).search([("can_handle", "=", True)])
        )
        found = self._as(self.env["itsms.document.loan"], self.keeper).search(
            [("can_handle", "=", True)]
        )
        self.assertIn(loan.id, found.ids)

    # ------------------------------------------------------------ copies
    def test_copy_needs_the_head_of_the_keeping_department(self):
        """REC-4.6.3: the head approves before the copy is made, then it is registered."""
        loan = self._loan(kind="copy", copies=2)
        self.assertEqual(loan.handling, "keeping_head")
        with self.assertRaises(UserError):
            self._as(loan, self.keeper).action_register()
        loan.action_submit()
        with self.assertRaises(UserError):
            self._as(loan, self.keeper).action_hand_out()
        with self.assertRaises(UserError):
            self._as(loan, self.sales_head).action_approve()
        self._as(loan, self.head).action_approve()
        self._hand_out(loan)
        self.assertEqual(loan.sudo().registered_by_id, self.keeper)
        own = self._loan(kind="copy", user=self.colleague)
        self.assertEqual(own.handling, "keeping_head")
        important = self._loan(self._filed(importance="important"), kind="copy")
        self.assertEqual(important.handling, "both_heads")

    # ------------------------------------------------------------ what is lent
    def test_only_filed_records(self):
        """REC-4.6 REC-4.8: drafts and destroyed records are not lent, lent ones not destroyed."""
        with self.assertRaisesRegex(UserError, "filed"):
            self._loan(self._record().sudo()).action_submit()
        record = self._filed()
        loan = self._loan(record)
        loan.action_submit()
        self._hand_out_registered(loan)
        self.assertEqual(record.sudo()._records_on_loan(), record.sudo())
        self._as(loan, self.keeper).action_take_back()
        self.assertFalse(record.sudo()._records_on_loan())

    def _hand_out_registered(self, loan):
        self._as(loan, self.keeper).action_register()
        return self._hand_out(loan)

    def test_one_record_on_paper_is_with_one_person(self):
        """REC-4.6.2: the same paper record is not lent twice at the same time."""
        record = self._filed()
        first, second = self._loan(record), self._loan(record, user=self.colleague)
        first.action_submit()
        second.action_submit()
        self._hand_out_registered(first)
        self._as(second, self.keeper).action_register()
        with self.assertRaisesRegex(UserError, "lent to Reader"):
            self._as(second, self.keeper).action_hand_out()

    def test_document_or_record(self):
        """REC-4.6 DOC-4.4.2.3: a loan is about exactly one thing."""
        document = self._published()
        for vals in ({"record_id": False}, {"document_id": document.id}):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self._loan(**vals)

    # ------------------------------------------------------------ electronic records
    def test_electronic_record_is_open_for_its_time(self):
        """REC-4.6.2: who was handed the electronic record reads its content until the due day."""
        record = self._filed()
        mine = self._as(record, self.reader)
        self.assertFalse(mine.content_open)
        loan = self._loan(record, kind="consult", carrier="electronic")
        loan.action_submit()
        self.assertFalse(self._as(record, self.reader).content_open)
        self._hand_out_registered(loan)
        self.assertTrue(self._as(record, self.reader).content_open)
        self.assertIn("server was down", self._as(record, self.reader).body)
        self.assertFalse(self._as(record, self.sales_head).content_open)
        with freeze_time(f"{date.today() + timedelta(16)} 12:00:00"):
            self.assertFalse(self._as(record, self.reader).content_open)
        self._as(loan, self.keeper).action_take_back()
        self.assertEqual(loan.sudo().state, "closed")
        self.assertFalse(self._as(record, self.reader).content_open)

    # ------------------------------------------------------------ secrecy, screens
    def test_loans_are_as_secret_as_the_record(self):
        """DOC-4.1.1.3f: the loan of a secret record shows to people who may open the record."""
        record = self._filed()
        loan = self._loan(record)
        loan.action_submit()
        self._as(record, self.office).sudo().secrecy = "secret"
        Loan = self.env["itsms.document.loan"]
        self.assertFalse(self._as(Loan, self.reader).search([("id", "=", loan.id)]))
        self.assertEqual(self._as(loan, self.reader).display_name, "(confidential)")
        self.assertIn(loan.id, self._as(Loan, self.head).search([("id", "=", loan.id)]).ids)

    def test_smart_buttons_and_my_work(self):
        """REC-4.6.2 COM-22: what is on loan shows on the record and on the pages of its people."""
        record = self._filed()
        loan = self._loan(record)
        loan.action_submit()
        self._as(loan, self.keeper).action_register()

        def sections(user):
            page = self._as(self.env["itsms.my.work"], user).get_sections()["sections"]
            return {s["key"]: [i["id"] for i in s["items"]] for s in page}

        self.assertIn(loan.id, sections(self.keeper)["loans_to_hand_out"])
        self.assertIn(loan.id, sections(self.reader)["my_loans"])
        self.assertNotIn("loans_to_hand_out", sections(self.reader))
        self._hand_out(loan)
        self.assertEqual(self._as(record, self.head).loan_count, 1)
        action = self._as(record, self.head).action_view_loans()
        self.assertEqual(self.env["itsms.document.loan"].search(action["domain"]), loan.sudo())
        with freeze_time(f"{date.today() + timedelta(30)} 12:00:00"):
            self.assertIn(loan.id, sections(self.keeper)["loans_overdue"])
        borrow = self._as(record, self.reader).action_borrow()
        self.assertEqual(borrow["context"], {"default_record_id": record.id})

    def test_two_hundred_loans(self):
        """REC-4.6.2: a list of loans and a mass return cost no query per loan to look at."""
        loans = self.env["itsms.document.loan"]
        records = self.env["itsms.record"].create(
            [
                {
                    "name": f"Record {number}",
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                }
                for number in range(200)
            ]
        )
        loans = loans.create(
            [
                {"record_id": r.id, "purpose_text": "x", "company_id": self.company.id}
                for r in records
            ]
        )
        names = ["number", "display_name", "handling", "can_handle", "can_edit", "overdue"]
        counts = {}
        for size in (20, 200):
            mine = self._as(loans[:size], self.keeper)
            mine.env.user._itsms_standing()
            before = self.env.cr.sql_log_count
            mine.read(names)
            counts[size] = self.env.cr.sql_log_count - before
        self.assertLessEqual(counts[200], counts[20] + 10)
