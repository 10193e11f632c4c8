from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import canonical

from .record_common import RecordCase, tagged


@tagged("post_install", "-at_install")
class TestRecords(RecordCase):
    """Filing, keeping, correcting."""

    def _correct(self, record, user=None, reason="Wrong hour", keep=True, uploads=(), **vals):
        dialog = self.env["itsms.record.correction"].with_user(user or self.colleague)
        values = dialog.with_context(default_record_id=record.id).default_get(
            ["record_id", "body", "keep_ids"]
        )
        values["keep_ids"] = [Command.set(values["keep_ids"] if keep else [])]
        values["upload_ids"] = [Command.set([file.id for file in uploads])]
        return dialog.create({**values, "reason": reason, **vals}).action_apply()

    def test_filing_locks_the_content(self):
        """REC-2c REC-3.1: a filed record is not altered at will; nothing of its content opens."""
        record = self._filed()
        self.assertEqual((record.state, record.filed_by_id), ("filed", self.author))
        self.assertEqual(record.filed_on, self.company._itsms_today())
        file = record.attachment_ids
        for act in (
            lambda: record.write({"body": "<p>Other</p>"}),
            lambda: record.write({"name": "Other"}),
            lambda: record.write({"record_date": "2020-01-01"}),
            lambda: record.write({"filled_by_id": self.colleague.id}),
            lambda: record.write({"attachment_ids": [Command.clear()]}),
            lambda: record.write({"medium_id": self.env["itsms.record.medium"].search([])[1].id}),
            lambda: file.write({"raw": b"other"}),
            lambda: file.unlink(),
            lambda: record.unlink(),
            lambda: self._as(record, self.office).write({"body": "<p>Other</p>"}),
            lambda: record.sudo().write({"body": "<p>Other</p>"}),
        ):
            with self.assertRaises(UserError):
                act()
        self.assertEqual(file.raw, b"what was done")
        self.assertIn("down", record.body)

    def test_evidence_of_filing(self):
        """REC-2c COM-3: filing leaves a line with the hash of text and files."""
        record = self._filed()
        line = self._log_of(record).filtered(lambda x: x.kind == "archive")
        version = record.version_ids
        self.assertEqual((len(version), version.number), (1, 1))
        self.assertEqual(line.content_digest, version.digest)
        entry = version.file_list[0]
        self.assertEqual(entry["sha256"], canonical.content_digest(b"what was done"))
        self.assertEqual((entry["name"], entry["size"]), ("report.txt", 13))

    def test_correction_keeps_the_original(self):
        """REC-2c: a correction adds a version with author, time and reason; the first stays."""
        record = self._filed()
        upload = self._upload("itsms.record.correction", b"better", self.colleague, "new.txt")
        self._correct(record, body="<p>The server was down at nine</p>", uploads=[upload])
        first, second = record.version_ids.sorted("number")
        self.assertIn("nine", record.body)
        self.assertEqual(sorted(record.attachment_ids.mapped("raw")), [b"better", b"what was done"])
        self.assertEqual((first.author_id, second.author_id), (self.author, self.colleague))
        self.assertEqual((second.number, second.reason), (2, "Wrong hour"))
        self.assertNotIn("nine", first.body)
        self.assertEqual(first.attachment_ids.mapped("raw"), [b"what was done"])
        self.assertNotEqual(first.digest, second.digest)
        line = self._log_of(record).filtered(lambda x: x.kind == "correction")
        self.assertEqual((line.content_digest, line.comment), (second.digest, "Wrong hour"))
        self._correct(record, keep=False, reason="File was somebody else's")
        self.assertFalse(record.attachment_ids)
        self.assertEqual(len(record.version_ids[-1].attachment_ids), 1)

    def test_correction_refusals(self):
        """REC-2c REC-4.5.1: no correction without reason, of a draft, by another department, or
        with files of somebody else."""
        record = self._filed()
        other = self._filed(name="Other")
        foreign = self._upload("itsms.record.correction", b"x", self.office)
        with self.assertRaises(UserError):
            self._correct(record, reason="  ")
        with self.assertRaises(AccessError):
            self._correct(record, user=self.reader)
        with self.assertRaises(UserError):
            self._correct(self._record())
        with self.assertRaises(AccessError):
            self._correct(record, keep_ids=[Command.set(other.attachment_ids.ids)])
        with self.assertRaises(AccessError):
            self._correct(record, upload_ids=[Command.set(foreign.sudo().ids)])
        self.assertEqual(record.version_count, 1)

    def test_versions_are_the_systems_own(self):
        """REC-2c COM-2: nobody writes a version or its hash over RPC."""
        record = self._filed()
        version = record.version_ids
        for user in (self.author, self.office, self.manager):
            mine = self._as(version, user)
            for act in (
                lambda v=mine: v.write({"body": "<p>x</p>"}),
                lambda v=mine: v.write({"digest": "x"}),
                lambda v=mine: v.unlink(),
                lambda v=mine: v.create(
                    {"record_id": record.id, "number": 2, "author_id": 1, "authored_at": "2020-1-1"}
                ),
                lambda v=mine: v.with_context(itsms_engine=True).sudo().write({"body": "x"}),
            ):
                with self.assertRaises(AccessError):
                    act()
        for vals in (
            {"state": "filed"},
            {"filed_on": "2020-01-01"},
            {"legal_hold": True},
            {"retention_until": "2020-01-01"},
            {"disposal_id": 1},
            {"current_version_id": version.id},
            {"res_model": "res.users"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._record().write(vals)
            with self.subTest(create=vals), self.assertRaises(UserError):
                self._record(**vals)

    def test_foreign_files_are_no_files_of_a_record(self):
        """REC-2c DOC-4.1.1.3f: only what a person uploads becomes a file of a record."""
        secret = self._filed(secrecy="secret", user=self.head, name="Secret")
        for file in (secret.sudo().attachment_ids, self._upload("res.partner", user=self.office)):
            with self.assertRaises(AccessError):
                self._record(attachment_ids=[Command.link(file.id)])

    def test_who_files(self):
        """REC-4.4.1 REC-4.5.1 REC-3.1: the department and its document administrator file, the
        ITSMS office too; other departments do not."""
        for user in (self.colleague, self.head, self.keeper, self.office):
            record = self._record()
            self._as(record, user).action_file()
            self.assertEqual(record.state, "filed")
        record = self._record()
        for user in (self.reader, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(record, user).action_file()
            with self.subTest(write=user.login), self.assertRaises(AccessError):
                self._as(record, user).write({"name": "x"})
        with self.assertRaises(AccessError):
            self._record(user=self.reader)

    def test_author_and_time(self):
        """REC-4.3.1: who filled in and when is stored with every entry, never in the future."""
        record = self._record()
        self.assertEqual(record.filled_by_id, self.author)
        self.assertTrue(record.filled_at)
        record.action_file()
        version = record.version_ids
        self.assertEqual((version.author_id, version.authored_at), (self.author, record.filled_at))
        with self.assertRaises(ValidationError):
            self._record(filled_at=fields.Datetime.now() + relativedelta(days=1))

    def test_media(self):
        """REC-4.3.3: electronic, photograph, paper, database, and any other medium."""
        media = self.env["itsms.record.medium"].search([])
        for name in ("electronic", "photo", "paper", "database"):
            self.assertIn(self.env.ref(f"itsms_documents.itsms_record_medium_{name}"), media)
        tape = media.with_user(self.office).create({"name": "Tape"})
        self.assertEqual(self._filed(medium_id=tape.id).medium_id, tape)

    def test_importance_is_set_by_the_keeping_department(self):
        """REC-4.6.1 [I-20]: important or ordinary, set by the keeping department at any time."""
        record = self._filed()
        self.assertEqual(record.importance, "ordinary")
        self._as(record, self.keeper).importance = "important"
        self.assertEqual(record.importance, "important")
        with self.assertRaises(AccessError):
            self._as(record, self.reader).importance = "ordinary"

    def test_record_list(self):
        """REC-4.4.3 REC-4.7 REC-2b: the list of the company states every record with its
        retention period; so does that of each department."""
        records = self._filed(retention_number=5) | self._record()
        listed = (
            self.env["itsms.record"]
            .with_user(self.reader)
            .search([("company_id", "=", self.company.id)])
        )
        self.assertEqual(set(listed.ids), set(records.ids))
        self.assertEqual(records[0].retention_text, "5 Years")
        view = self.env.ref("itsms_documents.itsms_record_view_list").arch
        for name in ("retention_text", "retention_until", "department_id", "form_id"):
            self.assertIn(f'name="{name}"', view)
        action = self.env.ref("itsms_documents.itsms_record_action")
        self.assertIn("记录清单", str(action.help))
        self.assertIn("pivot", action.view_mode)

    def test_catalogue_method_of_the_department(self):
        """REC-4.4.1a: the department's method of cataloguing is shown with its records."""
        self.dep_dev.itsms_catalog_method = "By year, then by form"
        record = self._record()
        self.assertEqual(record.catalog_method, "By year, then by form")
        self._as(record, self.keeper).write({"catalog_number": "D-12", "shelf": "3"})
        found = self.env["itsms.record"].name_search("D-12")
        self.assertEqual([entry[0] for entry in found], record.ids)
        for view in (
            "itsms_record_view_form",
            "hr_department_view_form_inherit_itsms_documents_records",
        ):
            arch = self.env.ref(f"itsms_documents.{view}").arch
            self.assertIn("catalog_method", arch)

    def test_guidance_on_the_screen(self):
        """REC-4.3.2 REC-4.5.2 REC-4.5.3 REC-5: what the manual advises is read on the form."""
        arch = self.env["itsms.record"].get_view(view_type="form")["arch"]
        for words in (
            "true, complete and accurate",
            "ventilated, dry",
            "damp, decay and fire",
            "文件和资料控制程序",
        ):
            self.assertIn(words, arch)
        texts = self.env["itsms.record"].fields_get(["filled_by_id", "place"], ["help"])
        self.assertIn("REC-4.3.2", texts["filled_by_id"]["help"])
        self.assertIn("REC-4.5.3", texts["place"]["help"])

    def test_loose_files_of_a_draft_are_content(self):
        """REC-2c: what was attached beside the draft is hashed and locked with it; files of a
        message stay discussion."""
        record = self._record()
        loose = (
            self.env["ir.attachment"]
            .with_user(self.author)
            .create(
                {"name": "b.txt", "raw": b"loose", "res_model": record._name, "res_id": record.id}
            )
        )
        record.message_post(body="Look", attachments=[("talk.txt", b"talk")])
        record.action_file()
        self.assertEqual(loose.res_model, "itsms.record.version")
        names = [entry["name"] for entry in record.version_ids.file_list]
        self.assertEqual(sorted(names), ["b.txt", "report.txt"])

    # ------------------------------------------------------------ retention
    @freeze_time("2026-03-10 02:00:00")
    def test_retention_runs_from_filing(self):
        """REC-4.7: years, months or permanent; the last day is stored with the record."""
        for number, unit, until in (
            (3, "year", "2029-03-10"),
            (18, "month", "2027-09-10"),
            (0, "permanent", False),
        ):
            record = self._filed(retention_number=number, retention_unit=unit)
            self.assertEqual(record.retention_until, fields.Date.to_date(until) or False)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self._record(retention_number=0).flush_recordset()

    def test_retention_not_longer_than_traceability_warns(self):
        """REC-4.7a: a warning, not a refusal [I-21]."""
        for keep, trace, warned in (
            ((3, "year"), (36, "month"), True),
            ((3, "year"), (2, "year"), False),
            ((3, "year"), (0, "permanent"), True),
            ((0, "permanent"), (0, "permanent"), False),
            ((3, "year"), (0, "year"), False),
        ):
            record = self._filed(
                retention_number=keep[0],
                retention_unit=keep[1],
                trace_number=trace[0],
                trace_unit=trace[1],
            )
            self.assertEqual((record.state, record.retention_warning), ("filed", warned))
        self.assertIn(
            "retention_warning", self.env["itsms.record"].get_view(view_type="form")["arch"]
        )

    def test_retention_is_lengthened_never_shortened(self):
        """REC-4.7: after filing the period grows with a reason and evidence; it never shrinks."""
        record = self._filed(retention_number=3)
        until = record.retention_until

        def act(user, number, unit="year", reason="Asked by the customer"):
            action = self._as(record, user).with_context(itsms_operation="lengthen")
            dialog = (
                self.env["itsms.record.act"]
                .with_user(user)
                .browse(action.action_open_act()["res_id"])
            )
            dialog.write({"retention_number": number, "retention_unit": unit, "reason": reason})
            dialog.action_confirm()

        for number, unit in ((2, "year"), (3, "year"), (30, "month")):
            with self.subTest(number=number), self.assertRaisesRegex(UserError, "REC-4.7"):
                act(self.keeper, number, unit)
        for vals in ({"retention_number": 1}, {"retention_unit": "month"}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "REC-4.7"):
                record.write(vals)
        with self.assertRaises(UserError):
            act(self.keeper, 5, reason=" ")
        with self.assertRaises(AccessError):
            act(self.reader, 5)
        act(self.keeper, 5)
        self.assertEqual(record.retention_until, until + relativedelta(years=2))
        line = self._log_of(record)[-1]
        self.assertEqual((line.state_from, line.state_to), ("3 Years", "5 Years"))
        self.assertIn("Asked by the customer", line.comment)
        act(self.keeper, 0, "permanent")
        self.assertFalse(record.retention_until)
        with self.assertRaises(UserError):
            act(self.keeper, 50)

    def test_default_retention_is_a_parameter(self):
        """REC-4.7: a record without form gets the company's period."""
        self.assertEqual(self._record().retention_number, 3)
        with Form(self.env["itsms.record"].with_user(self.author)) as screen:
            screen.name = "x"
            self.assertEqual(screen.retention_number, 3)

    def test_only_drafts_are_cancelled(self):
        """REC-2c COM-4: a draft is cancelled with a reason, a filed record is not."""
        record = self._record()
        with self.assertRaises(UserError):
            record.action_transition("cancel")
        record.action_transition("cancel", "Twice")
        self.assertEqual(record.state, "cancelled")
        with self.assertRaises(UserError):
            self._filed().action_transition("cancel", "x")
        for name in ("dispose",):
            with self.assertRaises(AccessError):
                self._filed().action_transition(name)

    def test_draft_is_deleted_with_its_files(self):
        """REC-2c: what was never filed may go, with its files."""
        record = self._record()
        files = record.attachment_ids
        record.unlink()
        self.assertFalse(record.exists())
        self.assertFalse(files.exists())
