"""Record forms: design, review, number, approval, entry into force (REC-4.1, REC-4.2)."""

import base64

from odoo.exceptions import AccessError, UserError, ValidationError

from .form_common import FormCase, tagged


@tagged("post_install", "-at_install")
class TestForms(FormCase):
    def test_way_into_force(self):
        """REC-4.1.1 REC-4.1.2 REC-4.1.3 REC-4.1.4 REC-3.1 REC-3.2 REC-3.3 [I-22, I-23]: design,
        review by the office, number, management representative, in force."""
        form = self._form()
        self.assertEqual((form.state, form.stage, form.number), ("draft", "design", False))
        form.action_submit()
        self.assertEqual((form.stage, form.number), ("review", False))
        self._as(form, self.controller).action_approve()
        form = self._as(form, self.author)
        self.assertEqual((form.stage, form.number), ("approve", "ITSR-CX-001-01"))
        self.assertTrue(form.review_confirmed_at)
        self._as(form, self.mr).action_approve()
        form = self._as(form, self.author)
        self.assertEqual((form.state, form.stage), ("approved", "in_force"))
        self._as(form, self.controller).action_publish()
        form = self._as(form, self.author)
        self.assertEqual((form.state, form.stage), ("valid", "published"))
        self.assertEqual(form.published_by_id, self.controller)
        steps = form.sudo().approval_step_ids.sorted("stage")
        self.assertEqual(steps.mapped("label"), ["review", "approve"])
        self.assertEqual(steps.mapped("decided_by_id"), self.controller | self.mr)
        kinds = self._log_of(form).mapped("kind")
        for kind, count in {"submit": 1, "decision": 2, "number": 1, "issue": 1}.items():
            self.assertEqual(kinds.count(kind), count, kind)

    def test_no_number_before_the_review(self):
        """REC-4.1.2: submitting draws no number, nor does a rejected review; it then stays."""
        form = self._submitted_form()
        self._as(form, self.controller).action_reject("Add the date")
        self.assertFalse(form.sudo().number)
        self._as(form, self.author).action_submit()
        self.assertFalse(form.sudo().number)
        self._as(form, self.controller).action_approve()
        self._as(form, self.mr).action_reject("Not clear")
        self.assertEqual(form.sudo().number, "ITSR-CX-001-01")
        self._as(form, self.author).write({"name": "Clearer"})
        self._as(form, self.author).action_submit()
        self.assertEqual(form.sudo().stage, "review", "it is reviewed again")
        self._as(form, self.controller).action_approve()
        self.assertEqual(form.sudo().number, "ITSR-CX-001-01")
        self.assertEqual(self._reviewed_form(name="Next").sudo().number, "ITSR-CX-001-02")

    def test_numbers(self):
        """REC-4.2 REC-4.2a REC-4.2b REC-4.2c REC-4.2d DOC-4.1.2.1e I-24: ITSR, type and serial of
        the document, two digits counted per document."""
        second = self._numbered_document("procedure", 12)
        support = self._numbered_document("supporting", 1)
        expected = [
            (self.procedure, "ITSR-CX-001-01"),
            (self.procedure, "ITSR-CX-001-02"),
            (second, "ITSR-CX-012-01"),
            (support, "ITSR-ZC-001-01"),
            (self.procedure, "ITSR-CX-001-03"),
        ]
        for document, number in expected:
            form = self._reviewed_form(document_id=document.id)
            self.assertEqual(form.sudo().number, number)

    def test_many_reviewed_at_once(self):
        """REC-4.1.2 REC-4.2d: one decision on many forms gives each its own number."""
        support = self._numbered_document("supporting", 7)
        forms = self.env["itsms.record.form"]
        for index in range(6):
            document = support if index % 2 else self.procedure
            forms |= self._form(name=f"Form {index}", document_id=document.id)
        self._as(forms, self.author).action_submit()
        self._as(forms, self.controller).action_approve()
        self.assertEqual(
            sorted(forms.sudo().mapped("number")),
            [f"ITSR-{d}-0{n}" for d in ("CX-001", "ZC-007") for n in (1, 2, 3)],
        )

    def test_template_file_name(self):
        """REC-4.2e I-24: <template number>-<document name>, also for the downloaded file."""
        form = self._valid_form(
            name="文件发放（回收）记录",
            body=False,
            file=base64.b64encode(b"x"),
            file_name="draft v3.docx",
        )
        self.assertEqual(form.template_name, "ITSR-CX-001-01-文件发放（回收）记录")
        self.assertEqual(form.download_name, "ITSR-CX-001-01-文件发放（回收）记录.docx")
        slash = self._form(name="In/out\\list")
        self.assertNotRegex(slash.template_name, r"[/\\]")
        self.assertNotRegex(slash.download_name, r"[/\\]")

    def test_documents_of_the_two_kinds_only(self):
        """REC-4.2a: a form belongs to a procedure or a supporting document."""
        for category in ("manual", "external"):
            document = self._document(category=category, user=self.office)
            with self.assertRaisesRegex(ValidationError, "REC-4.2a"):
                self._form(user=self.office, document_id=document.id)

    def test_document_without_serial(self):
        """REC-4.2b: without the serial of the document there is no number, so no submission."""
        document = self._document()
        form = self._form(document_id=document.id)
        with self.assertRaisesRegex(UserError, "REC-4.2b"):
            form.action_submit()

    def test_serial_of_the_document_stays(self):
        """REC-4.2b: once a form bears the serial of its document, the serial is fixed."""
        form = self._reviewed_form()
        with self.assertRaisesRegex(UserError, form.sudo().number):
            self._as(self.procedure, self.office).action_change_serial(77)
        self._as(form, self.mr).action_reject("No")
        other = self._numbered_document("procedure", 3)
        with self.assertRaisesRegex(UserError, "REC-4.2"):
            self._as(form, self.office).write({"document_id": other.id})

    def test_blank_form_is_needed(self):
        """REC-4.1.1: a design without file or text is not submitted."""
        form = self._form(body=False)
        with self.assertRaisesRegex(UserError, "REC-4.1.1"):
            form.action_submit()
        form.write({"file": base64.b64encode(b"x"), "file_name": "form.xlsx"})
        form.action_submit()
        self.assertEqual(form.state, "pending")

    # ------------------------------------------------------------ refusals
    def test_not_in_force_without_its_signatures(self):
        """REC-4.1.2 REC-4.1.3 REC-3.3: in force only after review, number and the MR's
        signature, in this order."""
        form = self._submitted_form()
        with self.assertRaises(UserError):
            self._as(form, self.controller).action_publish()
        with self.assertRaises(AccessError):  # not his turn yet
            self._as(form, self.mr).action_approve()
        self._as(form, self.controller).action_approve()
        with self.assertRaises(UserError):
            self._as(form, self.controller).action_publish()
        self._as(form, self.mr).action_approve()
        for user in (self.author, self.reader, self.mr, self.head):
            with self.assertRaises(AccessError):
                self._as(form, user).action_publish()
        self._as(form, self.office).action_publish()
        self.assertEqual(form.sudo().state, "valid")

    def test_route_needs_review_before_approval(self):
        """REC-4.1.2 REC-4.1.3: a route without review, or with both at once, is refused."""
        route = self.env.ref("itsms_documents.itsms_approval_route_record_form")
        form = self._form()
        route.line_ids[0].stage = 2
        with self.assertRaisesRegex(UserError, "REC-4.1.2"):
            form.action_submit()
        route.line_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "REC-4.1.2"):
            form.action_submit()

    def test_designer_decides_on_nothing(self):
        """REC-4.1.2 COM-8: who designed the form neither reviews nor approves it."""
        form = self._form(user=self.controller, department_id=self.dep_office.id)
        with self.assertRaisesRegex(UserError, "COM-8"):
            self._as(form, self.controller).action_submit()

    # ------------------------------------------------------------ life
    def test_revision_keeps_the_number(self):
        """REC-4.1 REC-4.2: a revision has the number of the form; one is in force."""
        form = self._valid_form(code=False)
        self._as(form, self.office).sudo().invalidate_recordset()
        revision = form.browse(form.action_new_revision()["res_id"])
        self.assertEqual(
            (revision.number, revision.revision_no, revision.previous_id, revision.state),
            ("ITSR-CX-001-01", 1, form, "draft"),
        )
        self.assertEqual(revision.using_department_ids, form.using_department_ids)
        self.assertEqual(revision.body, form.body)
        with self.assertRaisesRegex(UserError, "in work"):
            form.action_new_revision()
        revision.change_reason = "New column"
        revision.action_submit()
        self._as(revision, self.controller).action_approve()
        self._as(revision, self.mr).action_approve()
        self.assertEqual(form.sudo().state, "valid")
        self._as(revision, self.controller).action_publish()
        old, new = self._as(form, self.author), self._as(revision, self.author)
        self.assertEqual((old.state, new.state), ("superseded", "valid"))
        self.assertTrue(old.ended_at)
        self.assertEqual(new.number, "ITSR-CX-001-01")
        self.assertEqual(new.revision_count, 2)
        self.assertEqual(self._reviewed_form().sudo().number, "ITSR-CX-001-02")

    def test_cancelled_revision_is_followed_by_another(self):
        """COM-4 REC-4.2: a cancelled revision stays on record; the next one goes on."""
        form = self._valid_form()
        first = form.browse(form.action_new_revision()["res_id"])
        first.action_transition("cancel", "Not needed")
        second = form.browse(form.action_new_revision()["res_id"])
        self.assertEqual((second.revision_no, second.number), (2, form.number))
        self.assertEqual(form.state, "valid")

    def test_withdrawal_needs_a_reason(self):
        """REC-4.1 COM-4: withdrawn from use by the office, with a reason; then out of use."""
        form = self._valid_form(user=self.office, code="test.form")
        self.assertEqual(self._in_force("test.form"), form)
        with self.assertRaisesRegex(UserError, "reason"):
            self._as(form, self.office).action_transition("obsolete")
        with self.assertRaises(AccessError):
            self._as(form, self.author).action_transition("obsolete", "Old")
        self._as(form, self.office).action_transition("obsolete", "Old")
        self.assertEqual(form.sudo().state, "obsolete")
        self.assertTrue(form.sudo().ended_at)
        self.assertFalse(self._in_force("test.form"))
        with self.assertRaises(UserError):
            self._as(form, self.office).unlink()

    def _in_force(self, code, user=None):
        form = self.env["itsms.record.form"].with_user(user or self.reader)
        return form._in_force(code, self.company)

    def test_form_of_a_code(self):
        """REC-4.1: the software finds the form in force by its code, in one company, at once."""
        self.assertFalse(self._in_force("test.form"))
        form = self._approved_form(user=self.office, code="test.form")
        self.assertFalse(self._in_force("test.form"), "approved is not in force")
        self._as(form, self.controller).action_publish()
        self.assertEqual(self._in_force("test.form"), form)
        with self.assertQueryCount(0):
            self._in_force("test.form")
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        self.assertFalse(self.env["itsms.record.form"]._in_force("test.form", other))
        revision = form.browse(self._as(form, self.author).action_new_revision()["res_id"])
        self.assertEqual(revision.sudo().code, "test.form")
        self._as(revision, self.author).action_submit()
        self._as(revision, self.controller).action_approve()
        self._as(revision, self.mr).action_approve()
        self.assertEqual(self._in_force("test.form"), form)
        self._as(revision, self.controller).action_publish()
        self.assertEqual(self._in_force("test.form"), revision)

    def test_one_form_in_force_per_code(self):
        """REC-4.2: a second form with the same code is refused until the first is withdrawn."""
        first = self._valid_form(user=self.office, code="test.form")
        second = self._approved_form(user=self.office, code="test.form")
        with self.assertRaisesRegex(UserError, first.sudo().number):
            self._as(second, self.controller).action_publish()
        self._as(first, self.office).action_transition("obsolete", "Replaced")
        self._as(second, self.controller).action_publish()
        self.assertEqual(self._in_force("test.form"), second)

    def test_records_of_a_form(self):
        """REC-2a REC-2b: from the form to the records that were filled in on it."""
        form = self._valid_form(retention_years=5)
        record = self._as(self.env["itsms.record"], self.author).create(
            {
                "name": "Handover",
                "form_id": form.id,
                "department_id": self.dep_dev.id,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(self._as(form, self.author).record_count, 1)
        action = self._as(form, self.author).action_view_records()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), record)
        self.assertEqual(record.medium_id, form.medium_id)

    def test_retention_warning(self):
        """REC-4.7a: the form says when records would not be kept longer than traceable."""
        form = self._form(retention_years=1, traceability_years=1)
        self.assertTrue(form.retention_too_short)
        form.retention_months = 1
        self.assertFalse(form.retention_too_short)
        self.assertEqual((form._retention().years, form._retention().months), (1, 1))

    def test_guidance_where_forms_are_shown(self):
        """REC-1 REC-2 REC-2a REC-2b REC-4.5.2 REC-4.5.3: purpose, definitions and storage stand
        on the screen of the forms."""
        arch = self.env["itsms.record.form"].get_view(view_type="form")["arch"]
        for text in (
            "judging the suitability, conformity and effectiveness",
            "software and hardware product development, production and service",
            "A form without information filled in (REC-2a)",
            "A form with information filled in (REC-2b)",
            "ventilated, dry environment (REC-4.5.2)",
            "against damp, decay and fire",
        ):
            self.assertIn(text, arch)
        help_text = self.env.ref("itsms_documents.itsms_record_form_action").help
        self.assertIn("A form without information filled in is a record form", help_text)
        self.assertIn("give evidence for software", help_text)
