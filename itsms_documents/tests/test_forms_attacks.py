"""Ways around the rules of the record forms: rights, forged values, secrecy, companies, speed."""

import base64

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard

from .form_common import FormCase, tagged

FORM = "itsms.record.form"


@tagged("post_install", "-at_install")
class TestFormsAttacks(FormCase):
    def _rpc(self, user, model, method, *args, **kwargs):
        """A call as a client makes it."""
        return call_kw(self._as(self.env[model], user), method, list(args), kwargs)

    # ------------------------------------------------------------ rights
    def test_designed_by_the_responsible_department(self):
        """REC-3.1 REC-4.1.1: the responsible department and the office design, nobody else."""
        form = self._form()
        for user, may in (
            (self.author, True),
            (self.colleague, True),
            (self.head, True),
            (self.office, True),
            (self.reader, False),
            (self.auditor, False),
            (self.controller, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._as(form, user).has_access("write"), may)
                self.assertTrue(self._as(form, user).has_access("read"))
        for user in (self.reader, self.auditor):
            with self.assertRaises(AccessError):
                self._form(user=user)
        with self.assertRaises(AccessError):
            self._as(form, self.author).write({"department_id": self.dep_sales.id})

    def test_state_and_number_are_never_written(self):
        """REC-4.1.2 COM-2: no client sets state, number, revision or dates, whatever it sends."""
        form = self._form()
        forged = {
            "state": "valid",
            "number": "ITSR-CX-001-99",
            "serial": 99,
            "revision_no": 4,
            "review_confirmed_at": "2020-01-01 00:00:00",
            "published_at": "2020-01-01 00:00:00",
            "published_by_id": self.author.id,
            "previous_id": form.id,
        }
        for user in (self.author, self.office, self.manager):
            for name, value in forged.items():
                for context in ({}, {"itsms_engine": True}):
                    with self.subTest(field=name), self.assertRaises(AccessError):
                        self._rpc(user, FORM, "write", form.ids, {name: value}, context=context)
        vals = {"name": "x", "document_id": self.procedure.id, "department_id": self.dep_dev.id}
        with self.assertRaises(AccessError):
            self._rpc(self.author, FORM, "create", [{**vals, "number": "ITSR-CX-001-99"}])
        defaults = {f"default_{name}": value for name, value in forged.items()}
        new_id = self._rpc(
            self.author, FORM, "create", [{**vals, "company_id": self.company.id}], context=defaults
        )
        new = self.env[FORM].browse(new_id)
        self.assertEqual((new.state, new.number, new.revision_no), ("draft", False, 0))

    def test_internal_acts_are_not_called_from_outside(self):
        """COM-2: numbering, sending and seeding are no methods for clients."""
        form = self._approved_form()
        for method in ("_draw_numbers", "_send_to_departments", "_seed_forms", "_set_number"):
            with self.assertRaises(AccessError):
                self._rpc(self.office, FORM, method, form.ids)
        for name in ("supersede", "approve", "submit"):
            with self.assertRaises(AccessError):
                self._rpc(self.office, FORM, "action_transition", form.ids, name)

    def test_locked_from_submission_on(self):
        """REC-4.1.2 COM-7: content, name in every language and file stay as they were reviewed."""
        pending = self._submitted_form(name="Pending")
        approved = self._approved_form(name="Approved")
        valid = self._valid_form(
            name="Valid", file=base64.b64encode(b"blank"), file_name="blank.docx"
        )
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", FORM), ("res_id", "=", valid.id), ("res_field", "=", "file")]
        )
        for form in (pending, approved, valid):
            for user in (self.author, self.office, self.manager):
                mine = self._as(form, user)
                for vals in (
                    {"name": "Other"},
                    {"body": "<p>Other</p>"},
                    {"file": base64.b64encode(b"other")},
                    {"retention_years": 99},
                    {"department_id": self.dep_office.id},
                ):
                    with self.subTest(vals=vals), self.assertRaises(UserError):
                        mine.write(vals)
                with self.assertRaises(UserError):
                    mine.update_field_translations("name", {"en_US": "Other"})
                with self.assertRaises(UserError):
                    mine.unlink()
        for user in (self.author, self.office):
            with self.assertRaises(UserError):
                self._as(attachment, user).write({"datas": base64.b64encode(b"other")})

    def test_copy_begins_as_a_design(self):
        """REC-4.1.2: a copied form has no number, no state and no code of its original."""
        form = self._valid_form(user=self.office, code="test.code")
        copy = self._as(form, self.author).copy()
        self.assertEqual((copy.state, copy.number, copy.revision_no), ("draft", False, 0))
        self.assertFalse(copy.sudo().code)
        self.assertFalse(copy.previous_id)

    def test_a_batch_is_done_as_a_whole(self):
        """COM-2: of many forms put into force at once, one that is not ready stops all; named."""
        ready, not_ready = self._approved_form(), self._submitted_form(name="Late form")
        with self.assertRaisesRegex(UserError, "Late form"):
            self._as(ready | not_ready, self.controller).action_publish()
        self.assertEqual(ready.sudo().state, "approved")

    def test_a_taken_number(self):
        """REC-4.2: below all code a number exists once per company and revision, in force once."""
        first, second = self._valid_form(), self._valid_form(name="Second")
        for vals in ({"number": first.number}, {"number": first.number, "revision_no": 1}):
            with (
                self.assertRaises(UniqueViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                guard.as_engine(second.sudo()).write(vals)
                self.env.flush_all()

    # ------------------------------------------------------------ secrecy, companies
    def test_secrecy(self):
        """DOC-4.1.1.3 COM-17: a secret form, its prints, issues and receipts are closed."""
        form = self._valid_form()
        order = self._as(self.env[f"{FORM}.print"], self.author).create(
            {"form_id": form.id, "department_id": self.dep_dev.id, "quantity": 1}
        )
        issue = self._as(self.env[f"{FORM}.issue"], self.author).create(
            {"form_id": form.id, "to_department_id": self.dep_sales.id, "quantity": 1}
        )
        self._as(form, self.office).write(
            {"secrecy": "secret", "authorised_department_ids": [(6, 0, self.dep_dev.ids)]}
        )
        for record in (form, order, issue, form.sudo().receipt_ids):
            with self.subTest(model=record._name):
                closed = self._as(record, self.reader)
                self.assertFalse(closed.search([("id", "in", record.ids)]))
                self.assertFalse(closed.name_search("Test form"))
                self.assertEqual(closed.sudo().display_name, "(confidential)")
                with self.assertRaises(AccessError):
                    closed.read(["display_name"])
                self.assertTrue(self._as(record, self.author).has_access("read"))
        for model, name in (("print", "department_id"), ("issue", "to_department_id")):
            vals = {"form_id": form.id, name: self.dep_sales.id}
            with self.assertRaises(AccessError):
                self._rpc(self.reader, f"{FORM}.{model}", "create", [vals])
        self.assertEqual(self._log_of(form).mapped("kind").count("secrecy"), 1)

    def test_unsaved_form_tells_nothing_of_a_closed_record(self):
        """DOC-4.1.1.3f COM-17: related values of a new record are no way to a secret form."""
        form = self._valid_form()
        self._as(form, self.office).write(
            {"secrecy": "secret", "authorised_department_ids": [(6, 0, self.dep_office.ids)]}
        )
        for model, spec in (
            ("print", {"display_name": {}}),
            ("issue", {"department_id": {"fields": {"display_name": {}}}}),
        ):
            with self.subTest(model=model):
                try:
                    result = self._rpc(
                        self.reader, f"{FORM}.{model}", "onchange", [],
                        {"form_id": form.id}, ["form_id"], {"form_id": {}, **spec},
                    )  # fmt: skip
                except AccessError:
                    continue
                self.assertNotIn("Test form", str(result))
                self.assertNotIn("Development", str(result))

    def test_secrecy_is_lowered_by_the_office_only(self):
        """DOC-4.1.1.3: once submitted, the department may close a form, not open it."""
        form = self._valid_form()
        with self.assertRaises(UserError):
            form.write({"secrecy": "public"})
        form.write({"secrecy": "secret", "authorised_department_ids": [(6, 0, self.dep_dev.ids)]})
        with self.assertRaises(UserError):
            self._as(form, self.author).write({"secrecy": "internal"})
        self.assertEqual(form.sudo().secrecy, "secret")

    def test_two_companies(self):
        """COM-18 REC-4.2: forms of another company are not seen, numbers are counted apart."""
        form = self._valid_form()
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger", company=other, groups="itsms_base.group_itsms_office")
        self.assertFalse(self._as(form, stranger).search([("id", "=", form.id)]))
        with self.assertRaises(AccessError):
            self._as(form, stranger).read(["name"])
        with self.assertRaises(AccessError):
            self._as(form, stranger).action_transition("obsolete", "Mine")
        there = self._other_department(other)
        document = self._numbered_document(
            "procedure", 1, company_id=other.id, department_id=there.id
        )
        Form = self.env[FORM].with_context(allowed_company_ids=[self.company.id, other.id])
        with self.assertRaises(UserError):
            Form.create(
                {
                    "name": "x",
                    "document_id": document.id,
                    "company_id": self.company.id,
                    "department_id": self.dep_dev.id,
                }
            )

    def _other_department(self, company):
        return self.env["hr.department"].create({"name": "There", "company_id": company.id})

    # ------------------------------------------------------------ speed
    def test_200_forms(self):
        """COM-26: the list and the forms of 200 record forms take no query per record."""
        forms = self.env[FORM].create(
            [
                {
                    "name": f"Form {n}",
                    "document_id": self.procedure.id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                    "body": "<p>x</p>",
                    "using_department_ids": [(6, 0, self.dep_sales.ids)],
                }
                for n in range(200)
            ]
        )
        names = [
            "number", "name", "document_id", "department_id", "state", "stage", "next_actor",
            "template_name", "can_edit", "can_control", "print_count", "issue_count",
            "receipt_count", "receipt_open", "can_acknowledge", "revision_count",
            "retention_too_short", "using_department_ids",
        ]  # fmt: skip
        spec = {name: {"fields": {"display_name": {}}} if name.endswith("_ids") else {}
                for name in names}  # fmt: skip
        Form = self._as(self.env[FORM], self.author)
        Form.web_search_read([("id", "in", forms.ids[:5])], spec)
        self._as(forms, self.author)
        with self.assertQueryCount(25):
            Form.web_search_read([("id", "in", forms.ids)], spec, limit=200)
        for user, act in (
            (self.author, "action_submit"),
            (self.controller, "action_approve"),
            (self.mr, "action_approve"),
            (self.controller, "action_publish"),
        ):
            mine = self._as(forms, user)
            with self.subTest(act=act), self.assertQueryCount(130):
                getattr(mine, act)()
                self.env.flush_all()
        self.assertEqual(len(set(forms.sudo().mapped("number"))), 200)
