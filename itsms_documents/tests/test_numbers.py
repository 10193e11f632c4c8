from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestNumbers(DocumentCase):
    """Numbers by category, edition letters, revision status."""

    def _submit(self, *args, **vals):
        document = self._document(*args, **vals)
        document.revision_ids.action_submit()
        return document

    def test_record_forms_are_numbered_per_document(self):
        """DOC-4.1.2.1e: ITSR, code and serial of the document, two digits counted within it."""
        scheme = self.env.ref("itsms_documents.itsms_number_scheme_record_form")
        numbers = []
        for kind, document in (("CX", "001"), ("CX", "001"), ("ZC", "001"), ("CX", "002")):
            serial = scheme._draw(self.company, 1, scope=f"{kind}-{document}")
            values = {"type": kind, "project": document}
            numbers.append(scheme._render(self.company, serial, values))
        self.assertEqual(
            numbers, ["ITSR-CX-001-01", "ITSR-CX-001-02", "ITSR-ZC-001-01", "ITSR-CX-002-01"]
        )

    def test_company_code_entered_later_renumbers_what_was_never_submitted(self):
        """DOC-4.1.2.1: the code opens every number; drafts follow it, given numbers stay [I-03]."""
        draft = self._document(name="Draft").sudo()
        draft._set_number(draft._number_scheme()._draw(self.company, 1))
        submitted = self._submitted(name="Submitted")
        cancelled = self._submitted(name="Cancelled once")
        self._as(cancelled, self.author).action_withdraw()
        self._as(cancelled, self.author).action_transition("cancel", "Written anew")
        self.company.itsms_code = "QX"
        self.assertEqual(draft.number, "QX-ITSMS-CX-001-A")
        self.assertEqual(submitted.document_id.number, "LH-ITSMS-CX-002-A")
        self.assertEqual(cancelled.document_id.number, "LH-ITSMS-CX-003-A")

    def test_manual(self):
        """DOC-4.1.2.1 DOC-4.1.2.1a: the manual is XX-ITSMS-SC-edition, without a serial."""
        self.assertEqual(self._submit("manual").number, "LH-ITSMS-SC-A")

    def test_second_manual_is_refused(self):
        """DOC-4.1.2.1 DOC-4.1.2.1a: numbers are unique, so a company has one manual."""
        self._submit("manual")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._submit("manual")
            self.env.flush_all()

    def test_procedure(self):
        """DOC-4.1.2.1b DOC-4.1.2.1f: procedures count from 001, three digits."""
        self.assertEqual(self._submit().number, "LH-ITSMS-CX-001-A")
        self.assertEqual(self._submit().number, "LH-ITSMS-CX-002-A")

    def test_supporting(self):
        """DOC-4.1.2.1c DOC-4.1.2.1f: supporting documents have a count of their own."""
        self._submit()
        self.assertEqual(self._submit("supporting").number, "LH-ITSMS-ZC-001-A")
        self.assertEqual(self._submit("supporting").number, "LH-ITSMS-ZC-002-A")

    def test_serial_after_999(self):
        """DOC-4.1.2.1f: the running number goes on after 999."""
        scheme = self.env.ref("itsms_documents.itsms_number_scheme_procedure")
        scheme._reserve(self.company, 999)
        self.assertEqual(self._submit().number, "LH-ITSMS-CX-1000-A")

    def test_draft_has_no_number_and_refused_submission_gives_none(self):
        """DOC-4.1.2.1 DOC-4.1.2.1f: a refused submission uses up no serial."""
        document = self._document()
        self.assertFalse(document.number)
        document.revision_ids.body = False
        with self.assertRaisesRegex(UserError, "DOC-4.2"), self.env.cr.savepoint():
            document.revision_ids.action_submit()
        self.assertFalse(document.number)
        self.assertEqual(self._submit().number, "LH-ITSMS-CX-001-A")

    def test_number_cannot_be_written(self):
        """DOC-4.1.2.1: nobody types a number, neither on creation nor later."""
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._document(number="LH-ITSMS-CX-777-A")
        document = self._submit()
        for user in (self.author, self.office, self.env.user):
            for name, value in (("number", "X"), ("serial", 5)):
                with self.assertRaises(UserError):
                    self._as(document, user).write({name: value})
            with self.assertRaises(UserError):
                self._as(document.revision_ids, user).write({"number": "X"})

    def test_external_keeps_its_own_number(self):
        """DOC-4.1.2.1d: the original number, nothing generated, whatever the edition."""
        document = self._submit("external", original_number=" GB/T 24405.1-2009 ")
        self.assertEqual(document.number, "GB/T 24405.1-2009")
        self.assertEqual(document.revision_ids.number, "GB/T 24405.1-2009")

    def test_external_without_original_number_is_refused(self):
        """DOC-4.1.2.1d: the message names the rule."""
        for missing in (False, "  "):
            document = self._document("external", original_number=missing)
            with self.assertRaisesRegex(UserError, "DOC-4.1.2.1d"), self.env.cr.savepoint():
                document.revision_ids.action_submit()

    def test_same_original_number_twice_is_refused(self):
        """DOC-4.1.2.1 DOC-4.1.2.1d: one number, one document."""
        self._submit("external", original_number="ISO/IEC 20000-1:2018")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._submit("external", original_number="ISO/IEC 20000-1:2018")
            self.env.flush_all()

    def test_two_companies_may_use_the_same_number(self):
        """DOC-4.1.2.1 DOC-4.1.2.1d: numbers are unique within a company."""
        self._submit("external", original_number="ISO 9001:2015")
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "LH"})
        department = self.env["hr.department"].create({"name": "D", "company_id": other.id})
        author = self._person("other.author", department, company=other)
        keeper = self._person("other.controller", department, company=other)
        self._assign("document_controller", keeper, company=other)
        document = self._as(self.env["itsms.document"], author).create(
            {
                "name": "Quality management systems",
                "category_id": self.env.ref("itsms_documents.itsms_document_category_external").id,
                "original_number": "ISO 9001:2015",
                "department_id": department.id,
            }
        )
        document.revision_ids.body = "<p>Content</p>"
        document.revision_ids.action_submit()
        self.assertEqual(document.company_id, other)
        self.assertEqual(document.number, "ISO 9001:2015")

    def test_original_number_stays_after_numbering(self):
        """DOC-4.1.2.1d: once registered, the original number stays."""
        document = self._submit("external", original_number="GB 1")
        for value in ("GB 2", False):
            with self.assertRaisesRegex(UserError, "DOC-4.1.2.1"):
                self._as(document, self.office).original_number = value

    def test_edition_is_one_capital_letter(self):
        """DOC-4.1.2.1g: A, B, C …; nothing else, whoever writes."""
        revision = self._document(user=self.office).revision_ids
        for wrong in ("a", "1", "AB", "Ä", "版", " "):
            with (
                self.subTest(edition=wrong),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                revision.edition = wrong
                self.env.flush_all()

    def test_status_of_a_new_document(self):
        """DOC-4.1.2.2.1 DOC-4.1.2.1g: a new document is A/0; numbers below 0 do not exist."""
        document = self._document()
        self.assertEqual((document.revision_status, document.revision_ids.status), ("A/0", "A/0"))
        for vals in ({"edition": "B"}, {"revision_no": 1}):
            with self.assertRaisesRegex(ValidationError, "DOC-4.1.2.2.1"), self.env.cr.savepoint():
                document.revision_ids.write(vals)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self._as(document.revision_ids, self.office).revision_no = -1
            self.env.flush_all()

    def test_office_takes_over_a_document_that_is_further_on(self):
        """DOC-4.1.2.2.1: R/1 of the text's example, taken over by the ITSMS office."""
        document = self._document(user=self.office)
        document.revision_ids.write({"edition": "R", "revision_no": 1})
        document.revision_ids.action_submit()
        self.assertEqual(document.revision_status, "R/1")
        self.assertEqual(document.number, "LH-ITSMS-CX-001-R")

    def test_next_status(self):
        """DOC-4.1.2.2.1: A/0, A/1, A/2, then edition B/0."""
        document = self._published()
        seen = [document.revision_status]
        for step in ("revision", "revision", "edition", "revision"):
            revision = self._new_revision(document, step=step)
            self._publish(revision)
            self.assertEqual(document.revision_status, revision.status)
            seen.append(revision.status)
            document = self._as(document, self.author)
        self.assertEqual(seen, ["A/0", "A/1", "A/2", "B/0", "B/1"])
        self.assertEqual(document.number, "LH-ITSMS-CX-001-B")

    def _publish(self, revision):
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._scope(revision.document_id)
        self._as(revision, self.controller).action_publish()

    def test_no_status_is_left_out_or_repeated(self):
        """DOC-4.1.2.2.1: after A/0 only A/1 or B/0; neither gaps nor steps back."""
        document = self._published()
        Revision = self.env["itsms.document.revision"].with_user(self.author)
        for edition, number in (("A", 2), ("B", 1), ("C", 0)):
            with (
                self.subTest(status=f"{edition}/{number}"),
                self.assertRaisesRegex(ValidationError, "A/0"),
                self.env.cr.savepoint(),
            ):
                Revision.create(
                    {"document_id": document.id, "edition": edition, "revision_no": number}
                )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            Revision.create({"document_id": document.id, "edition": "A", "revision_no": 0})

    def test_no_step_behind_the_valid_revision(self):
        """DOC-4.1.2.2.1 COM-7: an older status can not be slipped in and published."""
        document = self._document(user=self.office)
        document.revision_ids.write({"edition": "C", "revision_no": 0})
        self._publish(document.revision_ids)
        with self.assertRaisesRegex(ValidationError, "C/0"), self.env.cr.savepoint():
            self.env["itsms.document.revision"].with_user(self.author).create(
                {"document_id": document.id, "edition": "B", "revision_no": 3}
            )

    def test_nothing_after_edition_z(self):
        """DOC-4.1.2.1g: after Z/n comes Z/n+1, no further letter."""
        document = self._document(user=self.office)
        document.revision_ids.edition = "Z"
        self._publish(document.revision_ids)
        document = self._as(document, self.author)
        with self.assertRaisesRegex(UserError, "DOC-4.1.2.1g"), self.env.cr.savepoint():
            self._new_revision(document, step="edition")
        self.assertEqual(self._new_revision(document).status, "Z/1")

    def test_status_stays_after_numbering(self):
        """DOC-4.1.2.2.1: a returned revision keeps document, edition and number."""
        revision = self._submitted()
        self._as(revision, self.mr).action_reject("unclear")
        self.assertEqual(revision.state, "rejected")
        for vals in ({"edition": "B"}, {"revision_no": 1}):
            for user in (self.author, self.office):
                with self.assertRaisesRegex(UserError, "DOC-4.1.2.2.1"):
                    self._as(revision, user).write(vals)

    def test_serial_is_changed_by_the_office_before_the_first_release(self):
        """DOC-4.1.2.1 DOC-4.1.2.1f: only the ITSMS office assigns numbers, never a used one."""
        document = self._document()
        with self.assertRaisesRegex(AccessError, "DOC-4.1.2.1"):
            document.action_change_serial(7)
        office = self._as(document, self.office)
        for wrong in (0, -3, "7", 1.5, True, 10**6):
            with self.subTest(serial=wrong), self.assertRaises(UserError):
                office.action_change_serial(wrong)
        office.action_change_serial(7)
        self.assertEqual(office.number, "LH-ITSMS-CX-007-A")
        self.assertEqual(self._log_of(document)[-1].kind, "number")
        self.assertEqual(self._submit().number, "LH-ITSMS-CX-008-A")
        other = self._as(self._document(), self.office)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            other.action_change_serial(7)
            self.env.flush_all()
        document.revision_ids.with_user(self.author).action_submit()
        with self.assertRaisesRegex(UserError, "before the first release"):
            self._as(document, self.office).action_change_serial(9)
