from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.itsms_base.engine import guard

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestChangeAttacks(DocumentCase):
    """What a client may send, other companies, secrecy, and two hundred at once."""

    def setUp(self):
        super().setUp()
        self.document = self._published()

    # ------------------------------------------------------------ forged values
    def test_forged_values(self):
        """DOC-4.5.2 COM-2: no client writes state, applicant, number or revision of a request."""
        change = self._request(self.document)
        revision = self.document.current_revision_id
        for vals in (
            {"state": "approved"},
            {"applicant_id": self.reader.id},
            {"number": "LH-DCR-1"},
            {"revision_id": revision.id},
            {"base_revision_id": revision.id},
            {"superseded_revision_id": revision.id},
        ):
            for user in (self.author, self.office, self.manager):
                forged = self._as(change, user).with_context(itsms_engine=True)
                with self.subTest(vals=vals, user=user.login):
                    with self.assertRaises(AccessError):
                        forged.write(vals)
                    with self.assertRaises(AccessError):
                        forged.create({"document_id": self.document.id, **vals})
        keys = {f"default_{name}": value for name, value in vals.items()}
        keys |= {"default_state": "approved", "default_applicant_id": self.reader.id}
        made = change.with_context(**keys).create({"document_id": self.document.id})
        self.assertEqual((made.state, made.applicant_id), ("draft", self.author))
        self.assertFalse(made.superseded_revision_id)
        for name in ("complete", "approve", "submit"):
            with self.assertRaises(AccessError):
                made.action_transition(name, "forged")

    def test_revision_takes_no_change_from_a_client(self):
        """DOC-4.5.1: a draft cannot link an approved request by itself, nor cut it off."""
        change = self._approved_change(self.document)
        draft = self.env["itsms.document.revision"].with_user(self.author)
        draft = draft.create(
            {"document_id": self.document.id, "revision_no": 1, "body": "<p>x</p>"}
        )
        with self.assertRaises(AccessError):
            draft.write({"change_ids": [fields.Command.link(change.id)]})
        change.action_join_revision()
        with self.assertRaises(AccessError):
            draft.write({"change_ids": [fields.Command.unlink(change.id)]})

    def test_strangers_write_nothing(self):
        """DOC-4.5.1 COM-17: colleagues of other departments read a request and nothing more."""
        change = self._request(self.document)
        for user in (self.reader, self.auditor):
            seen = self._as(change, user)
            self.assertEqual(seen.reason, "Improved")
            for act in (
                lambda seen=seen: seen.write({"reason": "x"}),
                lambda seen=seen: seen.unlink(),
                lambda seen=seen: seen.action_submit(),
                lambda seen=seen: seen.action_transition("cancel", "no"),
                lambda seen=seen: seen.action_approve(),
            ):
                with self.assertRaises(UserError):
                    act()
        self._as(change, self.author).action_submit()
        with self.assertRaisesRegex(AccessError, "withdraw"):
            self._as(change, self.reader).action_withdraw()
        with self.assertRaises(UserError):
            self._as(change, self.author).write({"document_id": self._published(name="B").id})
        with self.assertRaises(UserError):
            self._as(change, self.author).unlink()

    def test_a_numbered_request_stays_with_its_document(self):
        """DOC-4.5.1 COM-1: a returned request is not turned into one for another document."""
        change = self._request(self.document)
        change.action_submit()
        change.action_withdraw()
        with self.assertRaisesRegex(UserError, "COM-1"):
            change.document_id = self._published(name="Other")

    # ------------------------------------------------------------ secrecy, companies
    def test_a_request_is_as_secret_as_its_document(self):
        """DOC-4.1.1.3f: the request of a closed document shows in no list, link or search."""
        change = self._request(self.document, self.reader, reason="Very special")
        change.action_submit()
        self._as(self.document, self.office).write(
            {
                "secrecy": "secret",
                "authorised_department_ids": [
                    fields.Command.set((self.dep_dev | self.dep_office).ids)
                ],
            }
        )
        seen = self._as(change, self.reader)
        self.assertFalse(seen.search([("reason", "ilike", "Very special")]))
        self.assertFalse(seen.search_count([("id", "=", change.id)]))
        self.assertNotIn("Test procedure", seen.sudo().display_name)
        with self.assertRaises(AccessError):
            seen.read(["reason"])
        with self.assertRaises(AccessError):
            self._request(self.document, self.reader)
        self.assertTrue(self._as(change, self.author).search([("id", "=", change.id)]))

    def test_other_company(self):
        """COM-17: nobody of another company sees a request, asks for a change or takes part."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = new_test_user(
            self.env,
            login="itsms.stranger",
            groups="base.group_user,itsms_base.group_itsms_office",
            company_id=other.id,
            company_ids=[fields.Command.set(other.ids)],
        )
        change = self._request(self.document)
        seen = self._as(change, stranger)
        self.assertFalse(seen.search([("id", "=", change.id)]))
        with self.assertRaises(AccessError):
            seen.read(["reason"])
        with self.assertRaises(AccessError):
            self._request(self.document, stranger)
        department = self.env["hr.department"].create({"name": "Far", "company_id": other.id})
        with self.assertRaises(UserError):
            change.write({"notify_department_ids": [fields.Command.link(department.id)]})

    # ------------------------------------------------------------ two hundred
    def test_two_hundred_requests_in_one_call(self):
        """DOC-4.5.2 COM-20: 200 submitted and decided at once: gapless numbers, bounded
        queries; one bad one stops all."""
        Change = self.env["itsms.document.change"].with_user(self.author)
        vals = {"document_id": self.document.id, "reason": "r", "content": "c", "method": "page"}
        changes = Change.create([vals] * 200)
        changes[7].content = False
        with self.assertRaisesRegex(UserError, "Content of the change"):
            self._as(changes, self.author).action_submit()
        changes[7].content = "c"
        self._as(changes[:1], self.author)._approval_plan()  # warms the caches
        many = self._as(changes.browse(changes.ids), self.author)
        before = self.env.cr.sql_log_count
        many.action_submit()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 120, "queries grow with the number")
        year = self.company._itsms_today().year
        numbers = sorted(many.mapped("number"))
        self.assertEqual(numbers[0], f"LH-DCR-{year}-001")
        self.assertEqual(numbers[-1], f"LH-DCR-{year}-200")
        self._as(changes, self.mr).action_approve()
        self._as(changes, self.president).action_approve()
        # one revision carries them all out
        many = self._as(changes.browse(changes.ids), self.author)
        before = self.env.cr.sql_log_count
        action = many.action_write_revision()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 60, "queries grow with the number")
        revision = self.env["itsms.document.revision"].browse(action["res_id"])
        guard.as_engine(revision.sudo()).write({"state": "approved"})
        done = revision._changes_carried_out()
        before = self.env.cr.sql_log_count
        done._complete({revision.id: self.document.current_revision_id})
        self.env.flush_all()
        self.assertLess(
            self.env.cr.sql_log_count - before, 90, "each is filed as a record in the same call"
        )
        self.assertEqual(set(changes.mapped("state")), {"done"})

    def test_list_of_two_hundred(self):
        """COM-20: the list costs the same for 20 and for 200 requests."""
        Change = self.env["itsms.document.change"].with_user(self.author)
        vals = {"document_id": self.document.id, "reason": "r", "content": "c", "method": "page"}
        Change.create([vals] * 20)
        spec = {name: {} for name in ("number", "new_status", "method", "state", "next_actor")}
        spec["document_id"] = {"fields": {"display_name": {}}}
        spec["applicant_id"] = {"fields": {"display_name": {}}}

        def queries():
            reader = self._as(Change.browse(), self.reader)
            before = self.env.cr.sql_log_count
            reader.web_search_read([("to_write", "=", False)], spec, limit=300)
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        Change.create([vals] * 180)
        self.assertLessEqual(queries(), few + 2)
