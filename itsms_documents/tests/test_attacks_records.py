from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw

from odoo.addons.itsms_base.engine import guard

from .common import tagged
from .record_common import RecordCase


@tagged("post_install", "-at_install")
class TestAttacksRecords(RecordCase):
    """Ways around what is filed: hiding it, opening it wider than its source, moving it."""

    def _rpc(self, user, model, method, *args):
        return call_kw(self._as(self.env[model], user), method, list(args), {})

    def _kept(self, source):
        return self.env["itsms.record"].search(
            [("res_model", "=", source._name), ("res_id", "=", source.id)]
        )

    def _returned_loan(self, record):
        """A loan of ``record`` by a colleague that came back and was kept as a record."""
        loan = (
            self.env["itsms.document.loan"]
            .with_user(self.colleague)
            .create(
                {"record_id": record.id, "purpose_text": "Study", "company_id": self.company.id}
            )
        )
        loan.action_submit()
        desk = self._as(loan, self.keeper)
        desk.action_register()
        desk.action_hand_out()
        desk.action_take_back()
        return loan

    def test_filed_record_is_not_archived(self):
        """REC-4.4.3 REC-4.8: nobody makes a filed record vanish from the record list."""
        record = self._filed()
        for user in (self.author, self.keeper, self.office):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._rpc(user, "itsms.record", "write", record.ids, {"active": False})
            with self.assertRaises(UserError):
                self._rpc(user, "itsms.record", "action_archive", record.ids)
        draft = self._record()
        self._rpc(self.author, "itsms.record", "write", draft.ids, {"active": False})
        self.assertFalse(draft.sudo().active)

    def test_kept_record_follows_when_the_department_closes_its_source(self):
        """DOC-4.1.1.3: the department may close a document further, what was kept follows."""
        document = self._published(name="Plan")
        kept = self._kept(document.sudo().current_revision_id)
        only = {"authorised_department_ids": [(6, 0, self.dep_dev.ids)]}
        self._as(document, self.author).write({"secrecy": "secret", **only})
        self.assertEqual(kept.secrecy, "secret")
        self._as(document, self.author).write({"secrecy": "top_secret"})
        self.assertEqual(kept.secrecy, "top_secret")

    def test_kept_record_is_never_wider_than_its_source(self):
        """DOC-4.1.1.3 DOC-4.1.1.3f: the secrecy of what was kept is lowered at its source."""
        document = self._published(name="Plan")
        kept = self._kept(document.sudo().current_revision_id)
        self._as(document, self.office).write({"secrecy": "secret"})
        self.office.employee_id.department_id.manager_id = self.office.employee_id
        self.env.invalidate_all()
        for vals in ({"secrecy": "internal"}, {"secrecy": "public"}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "as secret as"):
                self._as(kept, self.office).write(vals)
        self._as(kept, self.office).write({"secrecy": "top_secret"})
        self.assertEqual(kept.sudo().secrecy, "top_secret")

    def test_kept_record_keeps_the_circle_of_its_source(self):
        """DOC-4.1.1.3f [I-54]: nor is the list of departments or persons widened there."""
        document = self._published(name="Plan")
        kept = self._kept(document.sudo().current_revision_id)
        only = {"authorised_department_ids": [(6, 0, self.dep_office.ids)]}
        self._as(document, self.office).write({"secrecy": "secret", **only})
        with self.assertRaisesRegex(UserError, "as secret as"):
            self._as(kept, self.office).write({"authorised_department_ids": [(5, 0, 0)]})

    def test_kept_content_names_nothing_more_secret(self):
        """DOC-4.1.1.3f: the JSON of a kept document names what it refers to only where that is
        not more secret than the document itself."""
        open_one, other = self._published(name="Open"), self._published(name="Merger plan")
        self._as(other, self.office).write({"secrecy": "secret"})
        change = self._request(open_one).sudo()
        other = other.with_env(self.env)  # as the system, which reads every name
        for target in (other, other.current_revision_id):
            self.assertNotIn("Merger", change._record_name_of(target))
        self.assertIn("Open", change._record_name_of(open_one.sudo().current_revision_id))
        self._as(open_one, self.office).write({"secrecy": "secret"})
        self.assertIn("Open", change._record_name_of(open_one.with_env(self.env)))

    def test_loan_of_a_record_is_closed_with_it(self):
        """DOC-4.1.1.3f REC-4.6: the kept loan tells the name of what was lent: it closes when
        the record is closed afterwards."""
        record = self._filed(name="Interview protocol")
        kept = self._kept(self._returned_loan(record))
        self.assertIn("Interview protocol", kept.name)
        self.assertEqual(kept.secrecy, "internal")
        self._as(record, self.office).write({"secrecy": "top_secret"})
        self.assertEqual(kept.sudo().secrecy, "top_secret")
        self.assertFalse(self._as(kept, self.reader).search_count([("id", "=", kept.id)]))

    def test_collection_that_was_done_stays_as_it_is(self):
        """REC-4.4.2 COM-3: period, department and remarks of a collection are evidence."""
        collection = self.env["itsms.record.collection"].create(
            {
                "company_id": self.company.id,
                "department_id": self.dep_dev.id,
                "date_from": "2020-01-01",
                "due_on": "2020-02-01",
            }
        )
        self._as(collection, self.author).write({"remarks": "Two folders are missing"})
        self._as(collection, self.keeper).action_done()
        for vals in (
            {"date_from": "1999-01-01"},
            {"due_on": "2030-01-01"},
            {"remarks": "All is well"},
            {"department_id": self.dep_lab.id},
        ):
            for user in (self.author, self.keeper, self.office):
                with self.subTest(vals=vals, user=user.login), self.assertRaises(UserError):
                    self._rpc(user, collection._name, "write", collection.ids, vals)

    def test_disposal_does_not_move_to_another_department(self):
        """REC-4.8: nobody has the records of a department destroyed where he does not work."""
        disposal = (
            self.env["itsms.record.disposal"]
            .with_user(self.author)
            .create({"department_id": self.dep_dev.id, "company_id": self.company.id})
        )
        with self.assertRaises(AccessError):
            disposal.write({"department_id": self.dep_sales.id})

    def test_destruction_takes_what_people_were_sent(self):
        """REC-4.8: neither a discussion nor a notice keeps what was destroyed."""
        record = self._filed()
        guard.as_engine(record.sudo()).write({"retention_until": "2020-01-01"})
        self._as(record, self.author).message_post(body="quote: the server was down")
        self._as(record, self.author).message_notify(
            body="quote: the server was down", partner_ids=self.keeper.partner_id.ids
        )
        disposal = (
            self.env["itsms.record.disposal"]
            .with_user(self.author)
            .create(
                {
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                    "line_ids": [Command.create({"record_id": record.id})],
                }
            )
        )
        disposal.action_submit()
        self._as(disposal, self.head).action_approve()
        self._as(disposal, self.vp).action_approve()
        self._as(disposal, self.keeper).action_execute()
        messages = self.env["mail.message"].search(
            [("model", "=", "itsms.record"), ("res_id", "=", record.id)]
        )
        self.assertNotIn("quote", " ".join(messages.mapped("body")))

    def test_version_and_files_are_closed_on_every_path(self):
        """REC-2c REC-4.6: neither search, group nor sort tells text or files to others."""
        record = self._filed(content=b"codeword osprey")
        version = record.sudo().current_version_id
        files = version.attachment_ids
        for domain in (
            [("res_model", "=", version._name), ("res_id", "=", version.id)],
            [("id", "in", files.ids)],
            [("index_content", "ilike", "osprey")],
        ):
            with self.subTest(domain=domain):
                search = ("ir.attachment", "search_read", domain, ["raw", "index_content"])
                self.assertFalse(self._rpc(self.reader, *search))
        for domain in (
            [("current_version_id.body", "ilike", "server")],
            [("version_ids.body", "ilike", "server")],
            [("version_ids.digest", "=", version.digest)],
            [("current_version_id.attachment_ids.index_content", "ilike", "osprey")],
        ):
            with self.subTest(domain=domain):
                domain = [("id", "=", record.id), *domain]
                self.assertFalse(self._rpc(self.reader, "itsms.record", "search_count", domain))
        group = ([("id", "=", record.id)], ["current_version_id.digest"], ["__count"])
        found = self._rpc(self.reader, "itsms.record", "formatted_read_group", *group)
        self.assertFalse([row for row in found if row["current_version_id.digest"]])

    def test_filed_files_are_not_touched_as_attachments(self):
        """REC-2c: no writing, moving, adding or deleting of the files of a filed record."""
        record = self._filed()
        version = record.sudo().current_version_id
        file = version.attachment_ids
        own = self._upload("itsms.record.correction", b"forged", self.keeper)
        for user in (self.author, self.keeper, self.office):
            as_user = self._as(file.sudo(False), user)
            for act in (
                lambda a: a.write({"raw": b"forged"}),
                lambda a: a.write({"name": "other.txt"}),
                lambda a: a.write({"res_id": 0}),
                lambda a: a.unlink(),
                lambda a, v=version: a.create(
                    {"name": "x", "raw": b"x", "res_model": v._name, "res_id": v.id}
                ),
            ):
                with self.assertRaises(UserError):
                    act(as_user)
        with self.assertRaises(UserError):
            self._as(own, self.keeper).write({"res_model": version._name, "res_id": version.id})
        self.assertEqual(file.raw, b"what was done")

    def test_leaving_one_company_leaves_the_loans_of_the_other(self):
        """DOC-4.4.2.3 COM-17: who is archived in one company still has what another one lent."""
        loan = (
            self.env["itsms.document.loan"]
            .with_user(self.colleague)
            .create(
                {
                    "record_id": self._filed().id,
                    "purpose_text": "Study",
                    "company_id": self.company.id,
                }
            )
        )
        loan.action_submit()
        other = self.env["res.company"].create({"name": "Second"})
        employee = self.env["hr.employee"].create(
            {"name": "Colleague", "user_id": self.colleague.id, "company_id": other.id}
        )
        employee.active = False
        self.assertEqual(loan.sudo().state, "requested")
        self.colleague.employee_ids.filtered(lambda e: e.company_id == self.company).active = False
        self.assertEqual(loan.sudo().state, "cancelled")

    def test_nobody_forges_the_end_of_the_retention(self):
        """REC-4.7 REC-4.8: what decides about destruction is no value of a client."""
        record = self._filed()
        for vals in (
            {"retention_until": "2000-01-01"},
            {"filed_on": "2000-01-01"},
            {"legal_hold": False, "state": "filed"},
            {"retention_number": 1, "retention_unit": "month"},
            {"disposal_id": False, "disposed_on": "2000-01-01"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._rpc(self.office, "itsms.record", "write", record.ids, vals)
        self.assertFalse(guard.is_engine(self._as(record, self.office).env))
