import os

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from .record_common import RecordCase, tagged


@tagged("post_install", "-at_install")
class TestRecordDisposal(RecordCase):
    """Destruction of records past their retention period."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.paper = cls.env.ref("itsms_documents.itsms_record_medium_paper")

    def _expired(self, **vals):
        """A filed record whose retention period ended yesterday."""
        with freeze_time(fields.Datetime.now() - relativedelta(years=1, days=2)):
            return self._filed(retention_number=1, **vals)

    def _disposal(self, records, user=None, **vals):
        return (
            self.env["itsms.record.disposal"]
            .with_user(user or self.keeper)
            .create(
                {
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                    "line_ids": [Command.create({"record_id": r.id}) for r in records],
                    **vals,
                }
            )
        )

    def _approved_disposal(self, records):
        disposal = self._disposal(records)
        disposal.action_submit()
        self._as(disposal, self.head).action_approve()
        self._as(disposal, self.vp).action_approve()
        return self._as(disposal, self.keeper)

    def test_chain(self):
        """REC-4.8: the department head examines, then the leader in charge approves, then it is
        carried out; in that order and not without both."""
        record = self._expired()
        disposal = self._disposal(record)
        with self.assertRaises(UserError):
            disposal.action_execute()
        disposal.action_submit()
        self.assertIn("Head", disposal.next_actor)
        for user in (self.vp, self.keeper, self.office):
            with self.assertRaises(AccessError):
                self._as(disposal, user).action_approve()
        self._as(disposal, self.head).action_approve()
        with self.assertRaises(UserError):
            self._as(disposal, self.keeper).action_execute()
        self._as(disposal, self.vp).action_approve()
        self.assertEqual(disposal.state, "approved")
        self._as(disposal, self.keeper).action_execute()
        self.assertEqual((disposal.state, record.state), ("executed", "disposed"))
        steps = disposal.sudo().approval_step_ids.sorted("stage")
        self.assertEqual(steps.decided_by_id, self.head | self.vp)

    def test_what_goes_and_what_stays(self):
        """REC-4.8: text and files of all versions are gone, on disk too; number, title, dates,
        approvers and hashes stay."""
        record = self._expired(content=b"unique content 4711", name="Minutes")
        self._as(record, self.author).message_post(
            body="Look", attachments=[("talk.txt", b"discussion 4711")]
        )
        record._correct(
            "Typo", "<p>Other text</p>", record.attachment_ids, self.env["ir.attachment"]
        )
        digests = record.version_ids.mapped("digest")
        files = record._all_files()
        self.assertEqual(len(files), 3)
        paths = {files._full_path(name) for name in files.mapped("store_fname")}
        self.assertTrue(all(os.path.exists(path) for path in paths))
        disposal = self._approved_disposal(record)
        disposal.action_execute()
        self.assertFalse(files.exists())
        self.assertFalse(any(record.sudo().version_ids.mapped("body")))
        self.env["itsms.record.removal"]._remove_pending()
        self.assertFalse([path for path in paths if os.path.exists(path)])
        self.assertEqual(set(disposal.sudo().removal_ids.mapped("state")), {"removed"})
        self.assertEqual(record.version_ids.mapped("digest"), digests)
        self.assertEqual((record.name, record.file_name), ("Minutes", "Minutes"))
        self.assertTrue(record.filed_on and record.retention_until and record.disposed_on)
        self.assertFalse(record.message_ids.filtered(lambda m: m.message_type == "comment"))
        lines = self._log_of(record).filtered(lambda x: x.kind == "disposal")
        self.assertEqual(lines.content_digest, record.sudo().current_version_id.digest)
        self.assertTrue(self._log_of(disposal).filtered(lambda x: x.kind == "disposal"))
        for act in (
            lambda: disposal.action_execute(),
            lambda: (
                self.env["itsms.record.execution"]
                .with_user(self.keeper)
                .create({"disposal_id": disposal.id})
                .action_execute()
            ),
        ):
            with self.assertRaises(UserError):
                act()

    def test_index_content_goes_too(self):
        """REC-4.8: what the full-text search took out of a file goes with it, and previews."""
        record = self._expired()
        file = record.sudo().attachment_ids
        self.assertIn("what was done", file.index_content or "")
        preview = self.env["ir.attachment"].create(
            {
                "name": "thumbnail",
                "raw": b"preview 0815",
                "res_model": "ir.attachment",
                "res_id": file.id,
                "res_field": "thumbnail",
            }
        )
        self._approved_disposal(record).action_execute()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id FROM ir_attachment WHERE id = ANY(%s)", [[file.id, preview.id]]
        )
        self.assertFalse(self.env.cr.fetchall())

    def test_shared_file_is_kept_and_said(self):
        """REC-4.8: a file that another attachment shares stays for it, and the certificate says
        so."""
        record = self._expired(content=b"shared 99")
        path = record.attachment_ids._full_path(record.attachment_ids.store_fname)
        other = self.env["ir.attachment"].create({"name": "other", "raw": b"shared 99"})
        disposal = self._approved_disposal(record)
        disposal.action_execute()
        self.env.flush_all()
        self.env["itsms.record.removal"]._remove_pending()
        self.assertTrue(os.path.exists(path))
        self.assertEqual(other.raw, b"shared 99")
        self.assertIn("shared", disposal.removal_state)

    def test_interrupted_removal_is_finished(self):
        """REC-4.8: the server stops between commit and disk: the job finishes, also when the
        file went but the note of it was lost."""
        record = self._expired(content=b"interrupted 1")
        path = record.attachment_ids._full_path(record.attachment_ids.store_fname)
        disposal = self._approved_disposal(record)
        disposal.action_execute()
        self.env.flush_all()
        removal = disposal.sudo().removal_ids
        self.assertEqual((removal.state, os.path.exists(path)), ("pending", True))
        os.unlink(path)
        self.env["itsms.record.removal"]._remove_pending()
        self.assertEqual(removal.state, "removed")
        self.assertIn("1 removed", disposal.removal_state)

    def test_refused_at_submission(self):
        """REC-4.8: not past retention, permanent, on hold, a draft, another department's or
        already listed records are refused, by name."""
        held = self._expired(name="Held")
        self._as(held, self.office)._set_hold(True, "Lawsuit")
        foreign = self._expired(name="Foreign")
        self._as(foreign, self.office).write({"department_id": self.dep_sales.id})
        listed = self._expired(name="Listed")
        self._disposal(listed).action_submit()
        for record, words in (
            (self._filed(name="Fresh"), "lasts until"),
            (self._filed(name="Forever", retention_unit="permanent"), "permanently"),
            (self._record(name="Draft"), "Draft"),
            (held, "Lawsuit"),
            (foreign, "another department"),
            (listed, "already part"),
        ):
            disposal = self._disposal(record | self._expired(name="Good"), user=self.office)
            with self.subTest(name=record.name), self.assertRaisesRegex(UserError, words) as caught:
                disposal.action_submit()
            self.assertIn(record.name, str(caught.exception))
        with self.assertRaises(UserError):
            self._disposal(self.env["itsms.record"]).action_submit()

    def test_refused_at_execution(self):
        """REC-4.8: what came up after the approval counts as well."""
        record = self._expired()
        disposal = self._approved_disposal(record)
        self._as(record, self.office)._set_hold(True, "Lawsuit")
        with self.assertRaisesRegex(UserError, "Lawsuit"):
            self._as(disposal, self.keeper).action_execute()
        self._as(record, self.office)._set_hold(False, "Settled")
        self._as(record, self.keeper)._lengthen_retention(9, "year", "Needed")
        with self.assertRaisesRegex(UserError, "lasts until"):
            self._as(disposal, self.keeper).action_execute()
        self.assertEqual(record.state, "filed")
        self.assertTrue(record.attachment_ids)

    def test_on_loan(self):
        """REC-4.8: what is lent is not destroyed."""
        record = self._expired()
        disposal = self._disposal(record)
        self.patch(type(record), "_records_on_loan", lambda self: self)
        with self.assertRaisesRegex(UserError, "on loan"):
            disposal.action_submit()

    def test_who_carries_it_out(self):
        """REC-4.8 REC-4.4.1: the department's document administrator or the ITSMS office."""
        for user in (self.head, self.vp, self.author, self.reader, self.mr):
            disposal = self._approved_disposal(self._expired())
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(disposal, user).action_execute()
        self._as(disposal, self.office).action_execute()
        self.assertEqual(disposal.executed_by_id, self.office)

    def test_paper_needs_method_and_witness(self):
        """REC-4.8: paper is shredded or burnt before a witness, not “deleted”."""
        disposal = self._approved_disposal(self._expired(medium_id=self.paper.id))
        for args in (
            (),
            ("delete", None, "Wang"),
            ("shred", None, " "),
            ("other", "", "Wang"),
            ("eat", None, "Wang"),
        ):
            with self.subTest(args=args), self.assertRaises(UserError):
                disposal.action_execute(*args)
        disposal.action_execute("shred", None, "Wang")
        self.assertEqual((disposal.method, disposal.witness), ("shred", "Wang"))

    def test_withdrawn_and_cancelled_free_the_records(self):
        """REC-4.8: a record leaves the disposal that is withdrawn, rejected or cancelled."""
        record = self._expired()
        for act in ("withdraw", "reject", "cancel"):
            disposal = self._disposal(record)
            disposal.action_submit()
            self.assertEqual(record.disposal_id, disposal)
            if act == "withdraw":
                disposal.action_withdraw("x")
            else:
                self._as(disposal, self.head).action_reject("Keep it")
            if act == "cancel":
                self._as(disposal, self.keeper).action_transition("cancel", "Not now")
            self.assertFalse(record.disposal_id)

    def test_no_correction_during_disposal(self):
        """REC-4.8 REC-2c: what is being disposed of is not corrected."""
        record = self._expired()
        self._disposal(record).action_submit()
        with self.assertRaisesRegex(UserError, "disposal"):
            self._as(record, self.author)._correct(
                "x", "<p>x</p>", self.env["ir.attachment"], self.env["ir.attachment"]
            )

    def test_attacks(self):
        """REC-4.8 COM-2: no way around the chain by writing, by context or by a stale list."""
        record = self._expired()
        disposal = self._disposal(record)
        for vals in (
            {"state": "approved"},
            {"executed_at": fields.Datetime.now()},
            {"method": "burn"},
            {"number": "x"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                disposal.with_context(itsms_engine=True, install_mode=True).write(vals)
            with self.subTest(create=vals), self.assertRaises(UserError):
                self._disposal(record, **vals)
        disposal.action_submit()
        extra = self._expired(name="Extra")
        for act in (
            lambda: disposal.write({"line_ids": [Command.create({"record_id": extra.id})]}),
            lambda: disposal.line_ids.write({"record_id": extra.id}),
            lambda: disposal.line_ids.unlink(),
            lambda: disposal.unlink(),
            lambda: disposal.action_transition("execute"),
            lambda: record.action_transition("dispose"),
        ):
            with self.assertRaises(UserError):
                act()
        with self.assertRaises(AccessError):
            self._disposal(extra, user=self.reader)

    def test_secret_records(self):
        """REC-4.8 DOC-4.1.1.3f: who decides must be cleared for every record on the list; others
        see no line of it."""
        secret = self._expired(secrecy="secret", user=self.head, name="Zebra")
        disposal = self._disposal(secret, user=self.head)
        self.assertFalse(self._as(disposal, self.reader).line_ids)
        self.assertEqual(self._as(disposal, self.reader).line_count, 1)
        with self.assertRaises(AccessError):
            self._disposal(secret, user=self.keeper)
        other = self._expired(
            secrecy="secret",
            user=self.head,
            name="Okapi",
            authorised_user_ids=[Command.set(self.head.ids)],
        )
        disposal = self._disposal(other, user=self.head)
        with self.assertRaises(UserError):
            disposal.action_submit()

    def test_legal_hold(self):
        """REC-4.8: the ITSMS office alone sets and lifts a hold, with a reason and evidence."""
        record = self._filed()
        for user in (self.author, self.keeper, self.head):
            with self.assertRaises(AccessError):
                self._as(record, user)._set_hold(True, "x")
        with self.assertRaises(UserError):
            self._as(record, self.office)._set_hold(True, "")
        self._as(record, self.office)._set_hold(True, "Lawsuit")
        self.assertEqual((record.hold_by_id, record.hold_reason), (self.office, "Lawsuit"))
        with self.assertRaises(UserError):
            self._as(record, self.office)._set_hold(True, "Again")
        self._as(record, self.office)._set_hold(False, "Settled")
        self.assertFalse(record.legal_hold)
        self.assertEqual(
            self._log_of(record)[-2:].mapped("comment"),
            ["Legal hold: Lawsuit", "Legal hold lifted: Settled"],
        )

    def test_from_the_expiry_list(self):
        """REC-4.7 REC-4.8: chosen in the list of expired records, put on a disposal."""
        records = self._expired(name="A") | self._expired(name="B")
        fresh = self._filed()
        found = self.env["itsms.record"].search(
            [("expired", "=", True), ("id", "in", (records | fresh).ids)]
        )
        self.assertEqual(found, records.sorted("id", reverse=True))
        self.assertTrue(all(records.mapped("expired")))
        action = self._as(records, self.keeper).action_open_disposal()
        disposal = self.env["itsms.record.disposal"].browse(action["res_id"])
        self.assertEqual(disposal.line_ids.record_id, records)
        with self.assertRaises(UserError):
            self._as(records | fresh, self.keeper).action_open_disposal()

    def test_certificate(self):
        """REC-4.8: the certificate lists records with hashes, approvers, executor, date, method;
        there is none before."""
        record = self._expired(name="Minutes")
        disposal = self._approved_disposal(record)
        render = self.env["ir.actions.report"].with_user(self.keeper)._render_qweb_html
        name = "itsms_documents.report_record_disposal"
        with self.assertRaises(UserError):
            render(name, disposal.ids)
        disposal.action_execute()
        html = render(name, disposal.ids)[0].decode()
        version = record.sudo().version_ids
        for words in (
            "Minutes",
            version.digest,
            version.file_list[0]["sha256"],
            "Head",
            "Vp",
            "Keeper",
            str(disposal.executed_on),
            disposal.number,
            "Deleted",
        ):
            self.assertIn(words, html)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("itsms_documents.report_record", record.ids)[0]
            .decode()
        )
        self.assertIn("destroyed on", html)

    def test_two_hundred(self):
        """REC-4.8: two hundred records go in one run, without a query per record."""
        with freeze_time(fields.Datetime.now() - relativedelta(years=1, days=2)):
            records = (
                self.env["itsms.record"]
                .with_user(self.author)
                .create(
                    [
                        {
                            "name": f"R{n}",
                            "department_id": self.dep_dev.id,
                            "retention_number": 1,
                            "company_id": self.company.id,
                            "body": "<p>x</p>",
                        }
                        for n in range(200)
                    ]
                )
            )
            self.env.flush_all()
            with self.assertQueryCount(260):
                records.action_file()
                self.env.flush_all()
        disposal = self._approved_disposal(records)
        self.env.flush_all()
        with self.assertQueryCount(130):
            disposal.action_execute()
            self.env.flush_all()
        self.assertEqual(set(records.mapped("state")), {"disposed"})
