from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .record_common import RecordCase, tagged


@tagged("post_install", "-at_install")
class TestRecordCollection(RecordCase):
    """Regular collection by the ITSMS office; who reads content; what “My work” shows."""

    def _open(self):
        Collection = self.env["itsms.record.collection"]
        due = Collection._due_departments(self.company)
        return Collection._open_for(self.company, due) if due else Collection

    def test_collection_comes_every_three_months(self):
        """REC-4.4.2: every three months (parameter) the department's administrator and the
        office get the to-do; one at a time."""
        start = fields.Datetime.now()
        with freeze_time(start - relativedelta(months=4)):
            record = self._record()
            record.flush_recordset()
            self.env.cr.execute(
                "UPDATE itsms_record SET create_date = %s WHERE id = %s",
                [fields.Datetime.now(), record.id],
            )
            self.assertFalse(self._open())
        collection = self._open()
        self.assertEqual(collection.department_id, self.dep_dev)
        self.assertEqual(collection.activity_ids.user_id, self.keeper | self.controller)
        self.assertIn("Collect and file", collection.activity_ids[0].summary)
        self.assertFalse(self._open())
        self.assertEqual(self._as(collection, self.keeper).draft_count, 1)
        record.action_file()
        self._as(collection, self.keeper).action_done()
        self.assertEqual((collection.state, collection.filed_count), ("done", 1))
        self.assertEqual(collection.done_by_id, self.keeper)
        self.assertFalse(collection.activity_ids)
        with freeze_time(start + relativedelta(months=2)):
            self.assertFalse(self._open())
        with freeze_time(start + relativedelta(months=3, days=1)):
            self.assertTrue(self._open())

    def test_who_collects(self):
        """REC-4.4.2 REC-4.4.1: the department's administrator or the office; done stays done."""
        collection = self.env["itsms.record.collection"].create(
            {
                "company_id": self.company.id,
                "department_id": self.dep_dev.id,
                "date_from": "2020-01-01",
                "due_on": "2020-04-01",
            }
        )
        with self.assertRaises(AccessError):
            self._as(collection, self.reader).action_done()
        for vals in ({"state": "done"}, {"filed_count": 9}, {"done_on": "2020-01-01"}):
            with self.assertRaises(UserError):
                self._as(collection, self.office).write(vals)
        self._as(collection, self.office).action_done()
        with self.assertRaises(UserError):
            self._as(collection, self.office).unlink()
        with self.assertRaises(UserError):
            self._as(collection, self.office).action_done()

    # ------------------------------------------------------------ content
    def test_content_is_kept_by_the_keeping_department(self):
        """REC-4.6.1 REC-4.5.1: others see that a record exists, not its text and files: those
        they consult or borrow."""
        record = self._filed()
        file = record.attachment_ids
        for user, may in (
            (self.author, True),
            (self.colleague, True),
            (self.keeper, True),
            (self.office, True),
            (self.auditor, True),
            (self.vp, True),
            (self.reader, False),
            (self.controller, False),
        ):
            with self.subTest(user=user.login):
                mine = self._as(record, user)
                self.assertEqual(mine.content_open, may)
                self.assertEqual(bool(mine.body), may)
                self.assertEqual(bool(mine.attachment_ids), may)
                self.assertEqual(mine.name, "Incident report")
                self.assertEqual(self._as(record.version_ids, user).has_access("read"), may)
                self.assertEqual(self._as(file, user).has_access("read"), may)
                found = file.with_user(user).search([("id", "=", file.id)])
                self.assertEqual(bool(found), may)
        with self.assertRaises(AccessError):
            self._as(record.version_ids, self.reader).read(["body"])
        html = (
            self.env["ir.actions.report"]
            .with_user(self.reader)
            ._render_qweb_html("itsms_documents.report_record", record.ids)[0]
            .decode()
        )
        self.assertNotIn("server was down", html)

    def test_secrecy_is_changed_by_the_office_after_filing(self):
        """DOC-4.1.1.3: the department raises the secrecy of a filed record, the office lowers it;
        it is logged."""
        record = self._filed()
        self._as(record, self.head).write({"secrecy": "secret"})
        with self.assertRaises(UserError):
            self._as(record, self.head).write({"secrecy": "public"})
        self.assertFalse(self._as(record, self.reader).has_access("read"))
        self.office.sudo()
        self._assign("itsms_office_head", self.office)
        self._as(record, self.office).write({"secrecy": "internal"})
        kinds = self._log_of(record).mapped("kind")
        self.assertEqual(kinds.count("secrecy"), 2)
        with self.assertRaises(UserError):
            self._as(record, self.author).write({"department_id": self.dep_lab.id})

    def test_two_companies(self):
        """DOC-4.1.1.3 COM-17: records, versions and disposals stay in their company."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger", groups="itsms_base.group_itsms_office", company=other)
        record = self._filed()
        mine = self._as(record, stranger)
        self.assertFalse(mine.has_access("read"))
        self.assertFalse(mine.search([("id", "=", record.id)]))
        self.assertFalse(
            mine.env["itsms.record.version"].search([("id", "in", record.version_ids.ids)])
        )
        with self.assertRaises(UserError):
            self.env["itsms.record"].create(
                {"name": "x", "company_id": other.id, "department_id": self.dep_dev.id}
            )

    def test_my_work(self):
        """REC-4.4.1 REC-4.7: “Records to file” and “Expiring records” on the first page, for who
        has to care."""
        self._record(name="Draft")
        with freeze_time(fields.Datetime.now() - relativedelta(years=1, days=2)):
            self._filed(name="Old", retention_number=1)

        def section(user, key):
            work = self.env["itsms.my.work"].with_user(user)
            work = work.with_context(allowed_company_ids=self.company.ids)
            found = [s for s in work.get_sections()["sections"] if s["key"] == key]
            return [item["name"] for item in found[0]["items"]] if found else None

        self.assertEqual(section(self.author, "records_to_file"), ["Draft"])
        self.assertIsNone(section(self.reader, "records_to_file"))
        for user in (self.keeper, self.office):
            self.assertEqual(section(user, "records_expiring"), ["Old"])
        self.assertIsNone(section(self.author, "records_expiring"))

    def test_record_list_of_two_hundred(self):
        """REC-4.4.3: the list of two hundred records costs a fixed number of queries."""
        self.env["itsms.record"].create(
            [
                {"name": f"R{n}", "department_id": self.dep_dev.id, "company_id": self.company.id}
                for n in range(200)
            ]
        )
        Record = self.env["itsms.record"].with_user(self.reader)
        spec = {
            name: {}
            for name in (
                "file_name",
                "name",
                "retention_text",
                "retention_until",
                "expired",
                "state",
                "importance",
                "secrecy",
            )
        }
        spec["department_id"] = {"fields": {"display_name": {}}}
        Record.web_search_read([], spec, limit=80)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            result = Record.web_search_read([], spec, limit=200)
        self.assertGreaterEqual(len(result["records"]), 200)
