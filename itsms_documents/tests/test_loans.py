from datetime import date, datetime, time, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time

from .common import DocumentCase, tagged


class LoanCase(DocumentCase):
    """Loans in every state of their way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.controller2 = cls._person("controller2", cls.dep_office)
        cls._assign("document_controller", cls.controller2)

    def _loan(self, document=None, user=None, **vals):
        """A draft application of ``user`` (default: the reader)."""
        user = user or self.reader
        document = document or self._published()
        vals = {
            "document_id": document.id,
            "purpose": "training",
            "purpose_text": "Course for the night shift",
            "company_id": self.company.id,
            **vals,
        }
        return self._as(self.env["itsms.document.loan"], user).create(vals)

    def _agreed(self, document=None, **vals):
        loan = self._loan(document, **vals)
        loan.action_submit()
        self._as(loan, self.controller).action_approve()
        return loan

    def _handed_out(self, document=None, **vals):
        loan = self._agreed(document, **vals)
        self._as(loan, self.controller).action_hand_out()
        return loan


@tagged("post_install", "-at_install")
class TestLoans(LoanCase):
    """Borrowing and copying record of controlled documents (DOC-4.4.2.3)."""

    # ------------------------------------------------------------ the way
    def test_from_application_to_return(self):
        """DOC-4.4.2.3 DOC-4.4.2.3a: application with purpose, ITSMS office, hand-out, return."""
        loan = self._loan()
        self.assertEqual((loan.state, loan.handling), ("draft", "document"))
        self.assertEqual(loan.department_id, self.dep_sales)
        self.assertEqual(loan.date_due, date.today() + timedelta(days=14))
        loan.action_submit()
        self.assertEqual(loan.state, "pending")
        self.assertRegex(loan.number, r"^LH-ITSMS-JY-\d{4}-001$")
        self.assertIn("Controller", loan.next_actor)
        self._as(loan, self.controller).action_approve()
        self.assertEqual(self._as(loan, self.reader).state, "approved")
        self._as(loan, self.controller).action_hand_out()
        loan = loan.sudo()
        self.assertEqual((loan.state, loan.handed_out_by_id), ("handed_out", self.controller))
        self._as(loan, self.controller2).sudo(False).action_take_back("good", note=None)
        self.assertEqual((loan.state, loan.received_by_id), ("returned", self.controller2))
        self.assertEqual((loan.returned_by, loan.condition), ("Reader", "good"))
        kinds = self._log_of(loan).mapped("kind")
        self.assertEqual([k for k in kinds if k in ("loan", "return")], ["loan", "return"])
        lent = self._log_of(loan).filtered(lambda x: x.kind == "loan")
        self.assertIn("Reader", lent.comment)

    def test_purpose_is_recorded(self):
        """DOC-4.4.2.3: without a purpose in words nothing is applied for."""
        for text in ("", "  "):
            with self.assertRaisesRegex(ValidationError, "DOC-4.4.2.3"):
                self._loan(purpose_text=text)
        self.assertTrue(self.env["itsms.document.loan"]._fields["purpose"].required)

    def test_consulting_ends_with_it_and_copying_without_return(self):
        """DOC-4.4.2.3: reading on the spot ends at once, a copy is closed, not returned."""
        consulted = self._handed_out(kind="consult")
        self.assertEqual(consulted.sudo().state, "closed")
        copied = self._handed_out(kind="copy", copies=2)
        self.assertEqual(copied.sudo().state, "handed_out")
        self._as(copied, self.controller).action_take_back()
        self.assertEqual(copied.sudo().state, "closed")

    # ------------------------------------------------------------ the management representative
    def test_management_representative_when_necessary(self):
        """DOC-4.4.2.3b [I-57]: the handler switches the step on; then it is not passed over."""
        loan = self._loan()
        loan.action_submit()
        with self.assertRaises(AccessError):
            loan.action_require_optional_steps("I like it")
        self._as(loan, self.controller).action_require_optional_steps("All copies at once")
        self._as(loan, self.controller).action_approve()
        self.assertEqual(loan.sudo().state, "pending")
        with self.assertRaises(UserError):
            self._as(loan, self.controller).action_hand_out()
        with self.assertRaises(UserError):
            self._as(loan, self.controller).action_approve()
        self._as(loan, self.mr).action_approve()
        self.assertEqual(loan.sudo().state, "approved")

    def test_without_switch_the_representative_is_not_asked(self):
        """DOC-4.4.2.3b [I-57]: by default the ITSMS office alone handles the loan."""
        loan = self._loan()
        loan.action_submit()
        self._as(loan, self.controller).action_approve()
        self.assertEqual(loan.sudo().state, "approved")

    # ------------------------------------------------------------ refusals
    def test_hand_out_without_agreement(self):
        """DOC-4.4.2.3a: nothing is handed out in draft, in approval, refused or twice."""
        loan = self._loan()
        desk = self._as(loan, self.controller)
        for act in ("action_hand_out", "action_register"):
            with self.assertRaises(UserError):
                getattr(desk, act)()
        loan.action_submit()
        with self.assertRaises(UserError):
            desk.action_hand_out()
        desk.action_reject("Read it on screen")
        with self.assertRaises(UserError):
            desk.action_hand_out()
        other = self._handed_out(carrier="electronic")
        with self.assertRaises(UserError):
            self._as(other, self.controller).action_hand_out()

    def test_only_the_desk_hands_out_and_takes_back(self):
        """DOC-4.4.2.3a: neither the borrower nor a colleague; the desk not to itself."""
        loan = self._agreed()
        for user in (self.reader, self.author, self.head, self.auditor):
            with self.assertRaises(AccessError):
                self._as(loan, user).action_hand_out()
        own = self._loan(user=self.controller)
        own.action_submit()
        self._as(own, self.controller2).action_approve()
        with self.assertRaisesRegex(AccessError, "himself"):
            self._as(own, self.controller).action_hand_out()
        self._as(own, self.controller2).action_hand_out()
        with self.assertRaises(AccessError):
            self._as(own, self.controller).action_take_back()
        self._as(loan, self.controller).action_hand_out()
        with self.assertRaises(AccessError):
            loan.action_take_back()

    def test_one_paper_is_with_one_person(self):
        """DOC-4.4.2.3: what is on paper is not lent twice at the same time."""
        document = self._published()
        self._handed_out(document)
        second = self._agreed(document, user=self.colleague)
        with self.assertRaisesRegex(UserError, "lent to Reader"):
            self._as(second, self.controller).action_hand_out()
        self._as(self._agreed(document, kind="consult"), self.controller).action_hand_out()
        electronic = self._agreed(document, user=self.colleague, carrier="electronic")
        self._as(electronic, self.controller).action_hand_out()
        third = self._agreed(self._published(name="Other"))
        fourth = self._agreed(third.sudo().document_id, user=self.colleague)
        with self.assertRaises(UserError):
            self._as(third | fourth, self.controller).action_hand_out()
        self.assertEqual(third.sudo().state, "approved")

    def test_what_is_not_in_force_is_not_lent(self):
        """DOC-4.4.2.3 DOC-4.7.2: drafts and obsolete documents are not lent."""
        with self.assertRaisesRegex(UserError, "not in force"):
            self._loan(self._document()).action_submit()
        loan = self._agreed()
        document = loan.sudo().document_id
        self._as(document, self.office).action_transition("obsolete", "No longer needed")
        with self.assertRaisesRegex(UserError, "not in force"):
            self._as(loan, self.controller).action_hand_out()

    def test_borrower_without_clearance(self):
        """DOC-4.1.1.3f: secret documents are lent to people who may open them, at hand-out too."""
        document = self._published()
        loan = self._agreed(document)
        document.sudo().secrecy = "secret"
        self._assign("management_representative", self.controller)
        with self.assertRaisesRegex(UserError, "may not open"):
            self._as(loan, self.controller).action_hand_out()
        self.assertFalse(self._as(self.env["itsms.document.loan"], self.reader).search([]))
        with self.assertRaises(AccessError):
            self._as(loan, self.reader).read(["purpose_text"])

    def test_customers_get_what_is_open_to_everybody(self):
        """DOC-4.1.1.3c DOC-4.1.1.3d: internal documents do not leave the company."""
        partner = self.env["res.partner"].create({"name": "Customer"})
        document = self._published()
        loan = self._loan(document, partner_id=partner.id, contact_name="Ms Li")
        with self.assertRaisesRegex(UserError, "outside the company"):
            loan.action_submit()
        self._as(document, self.office).write({"secrecy": "public"})
        loan = self._as(loan, self.reader)
        loan.action_submit()
        self._as(loan, self.controller).action_approve()
        self._as(loan, self.controller).action_hand_out()
        self.assertIn("Ms Li", self._log_of(loan).filtered(lambda x: x.kind == "loan").comment)

    def test_nobody_applies_in_anothers_name(self):
        """DOC-4.4.2.3: the desk fills in the record for somebody, nobody else does."""
        with self.assertRaises(ValidationError):
            self._loan(applicant_id=self.author.id)
        loan = self._loan(user=self.controller, applicant_id=self.reader.id)
        self.assertEqual(loan.department_id, self.dep_sales)

    # ------------------------------------------------------------ time
    def test_renewal(self):
        """DOC-4.4.2.3: the borrower asks for more time, the desk answers."""
        loan = self._handed_out()
        later = loan.date_due + timedelta(days=7)
        for user, day, why, error in (
            (self.author, later, "x", AccessError),
            (self.reader, loan.date_due, "x", UserError),
            (self.reader, "x", "x", UserError),
            (self.reader, later, " ", UserError),
        ):
            with self.assertRaises(error):
                self._as(loan, user).action_ask_renewal(str(day), why)
        self._as(loan, self.reader).action_ask_renewal(str(later), "Course moved")
        self.assertEqual(loan.sudo().renewal_date, later)
        with self.assertRaises(AccessError):
            self._as(loan, self.reader).action_renew()
        self._as(loan, self.controller).action_renew()
        self.assertEqual((loan.sudo().date_due, loan.sudo().renewal_count), (later, 1))
        self.assertFalse(loan.sudo().renewal_date)
        self._as(loan, self.reader).action_ask_renewal(str(later + timedelta(days=1)), "More")
        self._as(loan, self.controller).action_refuse_renewal("Somebody waits")
        self.assertEqual(loan.sudo().date_due, later)

    def _on(self, day):
        """The morning of a day, counted from today."""
        return freeze_time(datetime.combine(date.today() + timedelta(days=day), time(8)))

    def _run_cron(self, day):
        """Run the job on a day; returns whether the reader heard of it."""
        told = [("res_partner_id", "=", self.reader.partner_id.id)]
        Notification = self.env["mail.notification"]
        self.env.flush_all()
        before = Notification.search_count(told)
        with self._on(day), self.enter_registry_test_mode():
            self.env.ref("itsms_documents.ir_cron_remind_loans").method_direct_trigger()
        self.env.flush_all()
        return Notification.search_count(told) > before

    def test_reminders(self):
        """DOC-4.4.2.3: before the due day, when overdue, and again; then no more."""
        with self._on(0):
            loan = self._handed_out()
            self.assertEqual(loan.sudo().remind_on, date.today() + timedelta(days=12))
        said = [day for day in (11, 12, 13, 14, 15, 16, 17, 18, 19) if self._run_cron(day)]
        self.assertEqual(said, [12, 15, 18])
        with self._on(15):
            self.assertTrue(self._as(loan, self.reader).overdue)
            self.assertIn(loan, self.env["itsms.document.loan"].search([("overdue", "=", True)]))
        self._as(loan, self.controller).action_take_back()
        self.assertFalse(self._run_cron(30))

    def test_copy_closes_by_itself(self):
        """DOC-4.4.2.3 DOC-4.4.2.4: the time of a copy ends without anybody doing anything."""
        loan = self._handed_out(kind="copy")
        for day in (12, 13, 14):
            self._run_cron(day)
            self.assertEqual(loan.sudo().state, "handed_out")
        self._run_cron(15)
        self.assertEqual(loan.sudo().state, "closed")

    # ------------------------------------------------------------ faults
    def test_returned_twice(self):
        """DOC-4.4.2.3: what is back is not taken back again."""
        loan = self._handed_out()
        desk = self._as(loan, self.controller)
        desk.action_take_back("damaged", note="Cover torn")
        with self.assertRaises(UserError):
            desk.action_take_back()
        self.assertEqual(loan.sudo().condition_note, "Cover torn")

    def test_damage_is_told(self):
        """DOC-4.4.2.5: what does not come back intact needs a word."""
        loan = self._handed_out()
        for args in (("damaged",), ("no_such",)):
            with self.assertRaises(UserError):
                self._as(loan, self.controller).action_take_back(*args)

    def test_borrower_leaves(self):
        """DOC-4.4.2.3: loans of who leaves are due today, the rest is cancelled."""
        for leave in ("user", "employee"):
            person = self._person(f"leaver.{leave}", self.dep_sales)
            loan = self._handed_out(user=person)
            waiting = self._agreed(self._published(name="Other"), user=person)
            before = self.env["mail.notification"].search_count([])
            (person if leave == "user" else person.employee_id).action_archive()
            self.env.flush_all()
            self.assertEqual(loan.sudo().date_due, self.company._itsms_today())
            self.assertEqual(waiting.sudo().state, "cancelled")
            self.assertGreater(self.env["mail.notification"].search_count([]), before)
            self._as(loan, self.controller).action_take_back(returned_by="Head")
            self.assertEqual(loan.sudo().state, "returned")

    def test_many_at_once_all_or_nothing(self):
        """DOC-4.4.2.3: one wrong loan stops the whole return, with its name."""
        loans = self.env["itsms.document.loan"]
        for number in range(3):
            loans |= self._handed_out(self._published(name=f"No. {number}")).sudo(False)
        stopped = self._agreed()
        with self.assertRaisesRegex(UserError, "JY"):
            self._as(loans | stopped, self.controller).action_take_back()
        self.assertEqual(set(loans.sudo().mapped("state")), {"handed_out"})
        self._as(loans, self.controller).action_take_back()
        self.assertEqual(set(loans.sudo().mapped("state")), {"returned"})

    # ------------------------------------------------------------ attacks
    def test_nothing_of_it_is_written_by_hand(self):
        """COM-2 COM-7 DOC-4.4.2.3: state, days and people of a loan change by its buttons."""
        loan = self._handed_out()
        for user in (self.reader, self.office, self.manager):
            for vals in (
                {"state": "returned"},
                {"date_due": "2099-01-01"},
                {"returned_at": "2026-01-01 00:00:00"},
                {"applicant_id": user.id},
                {"remind_on": False},
                {"kind": "consult"},
            ):
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    self._as(loan, user).with_context(itsms_engine=True).write(vals)
            with self.assertRaises(UserError):
                self._as(loan, user).unlink()
            for name in ("register", "hand_out", "take_back", "close", "consult", "request"):
                with self.assertRaises(AccessError):
                    self._as(loan, user).action_transition(name)
        for name in ("state", "handed_out_at", "registered_by_id"):
            with self.assertRaises(AccessError):
                self._loan(self._published(name="Other"), **{name: "handed_out"})

    def test_dialog_of_another_person(self):
        """COM-5: nobody confirms or changes the dialog of the desk."""
        loan = self._handed_out()
        action = self._as(loan, self.controller).action_open_take_back()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        with self.assertRaises(AccessError):
            self._as(dialog, self.reader).action_confirm()
        self._as(dialog, self.controller).action_confirm()
        self.assertEqual(loan.sudo().state, "returned")
        own = self._as(self._handed_out(), self.reader)
        dialog = own._open_dialog("take_back", "x")
        with self.assertRaises(AccessError):
            own.env[dialog["res_model"]].browse(dialog["res_id"]).action_confirm()

    def test_the_form_is_printed(self):
        """DOC-4.4.2.3 COM-24: the record with its number, people, days and signatures."""
        loan = self._handed_out()
        report = self._as(self.env["ir.actions.report"], self.reader)
        html = report._render_qweb_html("itsms_documents.action_report_document_loan", loan.ids)[
            0
        ].decode()
        for text in (loan.number, "Reader", "Course for the night shift", "Controller", "Sales"):
            self.assertIn(text, html)
        self.assertIn(loan.number, loan._form_footer())

    def test_guidance_is_shown(self):
        """DOC-4.4.2.2 DOC-4.4.2.4b: holders read what they must not do, and who answers for it."""
        help_text = self.env.ref("itsms_documents.itsms_document_loan_action").help
        for words in ("do not lend them on privately", "answers for misuse"):
            self.assertIn(words, help_text)
        text = self.env["itsms.document.loan"]._fields["purpose_text"].help
        self.assertIn("DOC-4.4.2.2", text)

    # ------------------------------------------------------------ a revision ends
    def test_new_revision_calls_lent_paper_back(self):
        """DOC-4.7.1: what was lent of a revision comes back at once when the next one is in force;
        the borrower is told, the evidence says why, and it is not renewed."""
        document = self._published()
        loan = self._handed_out(document)
        other = self._handed_out(self._published(name="Other"))
        revision = self._new_revision(document)
        revision.action_submit()
        for user in (self.mr, self.president):
            self._as(revision, user).action_approve()
        self._as(revision, self.controller).action_publish()
        loan, other = loan.sudo(), other.sudo()
        today = self.company._itsms_today()
        self.assertEqual((loan.state, loan.date_due, loan.remind_on), ("handed_out", today, today))
        self.assertTrue(loan.recalled_at)
        self.assertIn("recall", self._log_of(loan).mapped("kind"))
        told = self.env["mail.message"].search(
            [("model", "=", loan._name), ("res_id", "=", loan.id), ("body", "ilike", "bring it")]
        )
        self.assertIn(self.reader.partner_id, told.partner_ids)
        with self.assertRaisesRegex(UserError, "DOC-4.7.1"):
            self._as(loan, self.reader).sudo(False).action_ask_renewal(
                today + timedelta(days=9), "Not finished"
            )
        self.assertFalse(other.recalled_at)
        self.assertNotEqual(other.date_due, today)
        self._as(loan, self.controller).sudo(False).action_take_back("good", note=None)
        self.assertEqual(loan.state, "returned")

    def test_withdrawn_document_calls_lent_paper_back(self):
        """DOC-4.7.1: likewise when the document is withdrawn; copies that stay are no loans."""
        document = self._published()
        loan = self._handed_out(document).sudo()
        revision = document.current_revision_id.sudo()
        revision._run_transition(revision._transition("obsolete"))
        self.assertTrue(loan.recalled_at)
        self.assertFalse(self.env["itsms.document.loan"]._call_back(document.sudo()))
