import json
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import canonical, guard

from .record_common import RecordCase, tagged


@tagged("post_install", "-at_install")
class TestRecordSources(RecordCase):
    """Business documents that are kept as records on closing."""

    def _kept(self, source):
        return self.env["itsms.record"].search(
            [("res_model", "=", source._name), ("res_id", "=", source.id)]
        )

    def _review(self, document, user=None):
        return (
            self.env["itsms.document.review"]
            .with_user(user or self.office)
            .create(
                {
                    "document_id": document.id,
                    "organiser_id": (user or self.office).id,
                    "held_on": self.company._itsms_today(),
                    "findings": "Still right",
                    "outcome": "fit",
                }
            )
        )

    def test_approval_page(self):
        """DOC-4.7.3 REC-2c: a published revision is kept as a record, with JSON and hash in the
        same transaction."""
        document = self._published(name="Escalation")
        revision = document.current_revision_id
        record = self._kept(revision)
        self.assertEqual((record.state, record.department_id), ("filed", self.dep_dev))
        self.assertIn("Escalation", record.name)
        version = record.sudo().version_ids
        file = version.attachment_ids
        self.assertEqual((len(file), file.mimetype), (1, "application/json"))
        self.assertEqual(version.file_list[0]["sha256"], canonical.content_digest(file.raw))
        data = json.loads(file.raw)
        self.assertEqual(data["content"]["body"], "<p>Content</p>")
        self.assertEqual(data["content"]["number"], "LH-ITSMS-CX-001-A")
        signed = [line["name"] for line in data["signatures"]]
        self.assertEqual(signed, ["Author", "Mr", "President"])
        self.assertIn("submit", [line["kind"] for line in data["evidence"]])
        self.assertTrue(all(line["hash"] for line in data["evidence"]))
        self.assertEqual(record.retention_number, 3)

    def test_title_in_the_language_of_the_company(self):
        """DOC-4.7.3: what the system names by itself is in the company's language, whoever closes
        the document."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        revision = self._approved(name="Escalation")
        document = guard.as_engine(revision.document_id.sudo())
        document.with_context(lang="zh_CN").name = "升级"
        self._as(revision, self.controller).action_publish()
        self.assertIn("升级", self._kept(revision).name)

    def test_links_both_ways(self):
        """DOC-4.7.3: from the document to its records and back."""
        revision = self._published().current_revision_id
        record = self._kept(revision)
        self.assertEqual(revision.kept_record_count, 1)
        action = revision.action_view_kept_records()
        self.assertEqual(self.env["itsms.record"].search(action["domain"]), record)
        self.assertEqual(record.action_open_source()["res_id"], revision.id)

    def test_print_is_frozen_by_the_job(self):
        """REC-2c: the job prints what was filed, with hash and evidence, once."""
        record = self._kept(self._published().current_revision_id)
        self.assertEqual(record.print_state, "waiting")
        with patch.object(type(record), "_render_print", lambda self: b"%PDF frozen"):
            record.sudo()._freeze_print()
            record.sudo()._freeze_print()
        self.assertEqual(record.print_state, "done")
        version = record.sudo().version_ids
        self.assertEqual(len(version.attachment_ids), 2)
        entry = version.file_list[1]
        self.assertEqual(entry["sha256"], canonical.content_digest(b"%PDF frozen"))
        line = self._log_of(record)[-1]
        self.assertEqual((line.kind, line.content_digest), ("archive", entry["sha256"]))

    def test_real_print(self):
        """REC-2c: the approval page itself is what the job prints."""
        record = self._kept(self._published(name="Escalation").current_revision_id)
        content = record.sudo()._render_print()
        self.assertIn(b"Escalation", content)

    def test_failing_print_is_tried_again(self):
        """REC-2c: a print that fails leaves the record filed, is tried five times, then shown."""
        record = self._kept(self._published().current_revision_id)

        def fail(_self):
            raise ValueError("no wkhtmltopdf")

        with patch.object(type(record), "_render_print", fail):
            for _n in range(5):
                self.assertEqual(record.print_state, "waiting")
                record.sudo()._freeze_print()
        self.assertEqual((record.state, record.print_state), ("filed", "failed"))
        self.assertIn("wkhtmltopdf", record.print_error)
        self._as(record, self.office).action_retry_print()
        self.assertEqual(record.print_state, "waiting")
        with self.assertRaises(AccessError):
            self._as(record, self.reader).action_retry_print()

    def test_as_secret_as_its_source(self):
        """DOC-4.1.1.3 DOC-4.1.1.3f: the record of a secret document is as secret, also after a
        change, in lists, names, files and counts."""
        document = self._published(name="Zebra")
        record = self._kept(document.current_revision_id)
        self.assertTrue(self._as(record, self.reader).has_access("read"))
        self._as(document, self.office).write(
            {"secrecy": "secret", "authorised_department_ids": [Command.set(self.dep_dev.ids)]}
        )
        self.assertEqual(record.secrecy, "secret")
        self.reader.group_ids |= self.env.ref("base.group_allow_export")
        mine = self._as(record, self.reader)
        self.assertFalse(mine.has_access("read"))
        self.assertFalse(mine.search([("id", "=", record.id)]))
        self.assertEqual(mine.search_count([("name", "ilike", "Zebra")]), 0)
        self.assertFalse(mine.name_search("Zebra"))
        self.assertNotIn("Zebra", mine.sudo().display_name)
        self.assertFalse(mine._read_group([("id", "=", record.id)], ["secrecy"], ["__count"]))
        with self.assertRaises(AccessError):
            mine.export_data(["name"])
        file = record.sudo().version_ids.attachment_ids
        with self.assertRaises(AccessError):
            file.with_user(self.reader).read(["raw"])
        self.assertFalse(
            self.env["ir.attachment"].with_user(self.reader).search([("id", "=", file.id)])
        )
        self.assertTrue(self._as(record, self.colleague).has_access("read"))

    def test_review_is_kept(self):
        """DOC-4.7.3 DOC-4.6: the review record is kept when it is concluded."""
        review = self._review(self._published())
        self.assertFalse(self._kept(review))
        review.action_transition("conclude")
        record = self._kept(review)
        self.assertEqual((record.state, record.print_state), ("filed", "waiting"))
        data = json.loads(record.sudo().version_ids.attachment_ids.raw)
        self.assertIn("Still right", data["content"]["findings"])

    def test_change_is_kept(self):
        """DOC-4.7.3 DOC-4.5: the change request is kept when its revision enters into force."""
        document = self._published()
        revision = self._new_revision(document)
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        change = revision.change_id
        self.assertEqual(change.sudo().state, "done")
        self.assertEqual(self._kept(change).state, "filed")

    def test_form_in_force_is_named(self):
        """REC-4.2 DOC-4.7.3: the record names the form in force and takes its periods."""
        form = self.env["itsms.record.form"].create(
            {
                "name": "Review record",
                "code": "document.review",
                "document_id": self._document().id,
                "department_id": self.dep_office.id,
                "company_id": self.company.id,
                "retention_years": 7,
            }
        )
        with patch.object(type(form), "_in_force", lambda _self, code, company=None: form):
            review = self._review(self._published())
            review.action_transition("conclude")
        record = self._kept(review)
        self.assertEqual((record.form_id, record.retention_number), (form, 7))

    def test_source_stays_when_its_record_is_destroyed(self):
        """REC-4.8: destroying a record leaves the business document and its evidence."""
        revision = self._published().current_revision_id
        record = self._kept(revision)
        with patch.object(type(record), "_check_disposable", lambda self: None):
            disposal = (
                self.env["itsms.record.disposal"]
                .with_user(self.keeper)
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
        self.assertFalse(record.sudo().version_ids.attachment_ids)
        self.assertEqual(revision.state, "valid")
        record.sudo()._freeze_print()
        self.assertFalse(record.sudo().version_ids.attachment_ids)

    def test_filed_by_no_right_on_records(self):
        """DOC-4.7.3: who closes a document needs no right on the keeping department's records;
        and cannot alter what was kept."""
        revision = self._approved()
        self._as(revision, self.controller).action_publish()
        record = self._kept(revision)
        with self.assertRaises(UserError):
            self._as(record, self.author).write({"name": "x"})
        with self.assertRaises(AccessError):
            self._as(record, self.controller).write({"place": "x"})

    def test_two_hundred_at_once(self):
        """DOC-4.7.3: closing two hundred at once costs no query per record."""
        document = self._published()
        reviews = self.env["itsms.document.review"].browse()
        Review = self.env["itsms.document.review"].with_user(self.office)
        reviews = Review.create(
            [
                {
                    "document_id": document.id,
                    "organiser_id": self.office.id,
                    "held_on": fields.Date.today(),
                    "findings": f"F{n}",
                    "outcome": "fit",
                }
                for n in range(200)
            ]
        )
        self.env.flush_all()
        with self.assertQueryCount(60):
            reviews._keep_as_record()
            self.env.flush_all()
        self.assertEqual(sum(reviews.mapped("kept_record_count")), 200)
