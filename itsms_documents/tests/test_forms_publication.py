"""What reaches the using departments when a form enters into force (REC-4.1.3, REC-4.1.4)."""

import base64

from odoo.exceptions import AccessError, UserError

from .form_common import FormCase, tagged


@tagged("post_install", "-at_install")
class TestFormsPublication(FormCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls._person("keeper", cls.dep_sales)
        cls._assign("department_document_administrator", cls.keeper, cls.dep_sales)

    def test_using_departments_get_the_form(self):
        """REC-4.1.3 REC-4.1.4: document administrators of the using departments get the notice,
        the electronic edition, the way to the list and a to-do."""
        form = self._valid_form(body=False, file=base64.b64encode(b"blank"), file_name="a.docx")
        receipt = form.sudo().receipt_ids
        self.assertEqual(receipt.department_id, self.dep_sales)
        self.assertEqual(receipt.sent_by_id, self.controller)
        message = self.env["mail.message"].search(
            [("model", "=", form._name), ("res_id", "=", form.id),
             ("partner_ids", "in", self.keeper.partner_id.ids)]
        )  # fmt: skip
        self.assertEqual(len(message), 1)
        self.assertIn("ITSR-CX-001-01-Test form", message.body)
        self.assertIn("Open the list of record forms", message.body)
        self.assertEqual(message.attachment_ids.mapped("name"), ["ITSR-CX-001-01-Test form.docx"])
        self.assertEqual(message.attachment_ids.raw, b"blank")
        self.assertEqual(self._todos(form).user_id, self.keeper)

    def _todos(self, form):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", form._name),
                ("res_id", "=", form.id),
                ("activity_type_id.summary", "=", "Confirm that the form has arrived"),
            ]
        )

    def test_nothing_is_sent_before_the_entry_into_force(self):
        """REC-4.1.3: notified after the signature, not before."""
        form = self._approved_form()
        self.assertFalse(form.sudo().receipt_ids)
        self.assertFalse(self._todos(form))

    def test_every_department_where_none_is_named(self):
        """REC-4.1.4: a form that names no using department goes to all of them."""
        form = self._valid_form(using_department_ids=False).sudo()
        own = self.env["hr.department"].search([("company_id", "in", (self.company.id, False))])
        self.assertEqual(form.receipt_ids.department_id, own)

    def test_confirmed_by_the_document_administrator(self):
        """REC-4.1.4 DOC-3.4: the document administrator of the department confirms, once."""
        form = self._valid_form()
        receipt = form.sudo().receipt_ids
        for user in (self.reader, self.author, self.office, self.controller):
            with self.assertRaises(AccessError):
                self._as(receipt, user).action_acknowledge()
        seen = self._as(form, self.keeper)
        self.assertTrue(seen.can_acknowledge)
        seen.action_acknowledge()
        self.assertEqual(receipt.acknowledged_by_id, self.keeper)
        self.assertFalse(self._todos(form))
        self.assertIn("acknowledge", self._log_of(form).mapped("kind"))
        with self.assertRaises(UserError):
            self._as(receipt, self.keeper).action_acknowledge()

    def test_department_without_administrator(self):
        """DOC-3.4 I-14: where a department has nobody, its own people confirm."""
        form = self._valid_form(using_department_ids=[(6, 0, self.dep_dev.ids)])
        with self.assertRaises(AccessError):
            self._as(form.sudo().receipt_ids, self.reader).action_acknowledge()
        self._as(form.sudo().receipt_ids, self.colleague).action_acknowledge()
        self.assertTrue(form.sudo().receipt_ids.acknowledged_at)

    def test_further_department(self):
        """REC-4.1.4: a department that is added later gets the form too, from the office only."""
        form = self._valid_form()
        more = {"using_department_ids": [(4, self.dep_dev.id)]}
        with self.assertRaisesRegex(UserError, "REC-4.1.4"):
            self._as(form, self.author).write(more)
        self._as(form, self.office).write(more)
        self.assertEqual(form.sudo().receipt_ids.department_id, self.dep_sales | self.dep_dev)

    def test_new_revision_is_sent_anew(self):
        """REC-4.1.4: every revision is sent; what was superseded need not be confirmed."""
        form = self._valid_form()
        revision = form.browse(form.action_new_revision()["res_id"])
        revision.action_submit()
        self._as(revision, self.controller).action_approve()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.controller).action_publish()
        self.assertEqual(len(revision.sudo().receipt_ids), 1)
        self.assertFalse(self._todos(form))
        waiting = self._as(self.env["itsms.record.form.receipt"], self.keeper).search(
            [("waiting_for_me", "=", True)]
        )
        self.assertEqual(waiting.form_id, revision)

    def test_receipts_are_written_by_nobody(self):
        """COM-3: nobody confirms, adds or removes a receipt by writing it."""
        receipt = self._valid_form().sudo().receipt_ids
        for user in (self.keeper, self.office, self.manager):
            mine = self._as(receipt, user)
            with self.assertRaises(AccessError):
                mine.write({"acknowledged_at": "2020-01-01"})
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.create({"form_id": receipt.form_id.id, "department_id": self.dep_dev.id})

    def test_secret_form_is_told_to_readers_only(self):
        """DOC-4.1.1.3 COM-17: an administrator without clearance hears nothing of the form."""
        circle = [(6, 0, self.dep_office.ids)]
        form = self._form(user=self.office, secrecy="secret", authorised_department_ids=circle)
        form.action_submit()
        self._as(form, self.controller).action_approve()
        self._as(form, self.mr).action_approve()
        self._as(form, self.controller).action_publish()
        messages = self.env["mail.message"].search(
            [("model", "=", form._name), ("partner_ids", "in", self.keeper.partner_id.ids)]
        )
        self.assertFalse(messages)
        self.assertFalse(self._todos(form))
        receipts = self._as(self.env["itsms.record.form.receipt"], self.keeper)
        self.assertFalse(receipts.search([]))
        self.assertTrue(form.sudo().receipt_ids, "the department is on record all the same")

    def test_first_page(self):
        """REC-4.1.3 REC-4.1.4 COM-23: everybody finds what waits for him on the first page."""

        def section(user, key):
            sections = self._as(self.env["itsms.my.work"], user).get_sections()["sections"]
            return next((s for s in sections if s["key"] == key), None)

        form = self._approved_form()
        self.assertEqual(section(self.controller, "forms_to_publish")["count"], 1)
        self.assertIsNone(section(self.reader, "forms_to_publish"))
        self._as(form, self.controller).action_publish()
        self.assertIsNone(section(self.controller, "forms_to_publish"))
        item = section(self.keeper, "forms_received")["items"][0]
        self.assertIn("ITSR-CX-001-01", item["name"])
        pending = self._submitted_form(name="Second")
        names = [x["name"] for x in section(self.controller, "to_decide")["items"]]
        self.assertIn(pending.display_name, names)
