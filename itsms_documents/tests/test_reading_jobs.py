from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields

from .common import tagged
from .test_reading import CRON, ReadingCase


@tagged("post_install", "-at_install")
class TestReadingJobs(ReadingCase):
    """What is sent and done behind the scenes; commits of the jobs are left out."""

    def setUp(self):
        super().setUp()
        self.progress = []
        cron = self.env.registry["ir.cron"]

        def commit_progress(_self, processed=0, *, remaining=None, deactivate=False):
            self.env.flush_all()
            self.progress.append((processed, remaining))
            return self.time_left

        self.time_left = 60
        self.patch(cron, "_commit_progress", commit_progress)

    def _job(self, name):
        getattr(self._as(self.env[CRON], self.env.ref("base.user_root")), name)()
        self.env.flush_all()
        self.env.invalidate_all()

    def _notices(self, document, user):
        return self.env["mail.message"].search(
            [
                ("model", "=", document._name),
                ("res_id", "=", document.id),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", user.partner_id.ids),
            ],
            order="id",
        )

    # ------------------------------------------------------------ notices
    def test_notice_of_publication(self):
        """DOC-4.3.1a DOC-4.3.1b: the publication goes out as a notice, with what is to be done."""
        document = self._in_force()
        self.assertFalse(self._notices(document, self.head), "not in the request itself")
        self._job("_cron_notices")
        self.assertIn("I have read it", self._notices(document, self.head).body)
        keeper = " ".join(self._notices(document, self.keeper).mapped("body"))
        self.assertIn("notify your department, download the document and keep it", keeper)
        self.assertFalse(self._notices(document, self.reader))
        self.assertTrue(all(self._rows(document).mapped("notified_at")))
        self._job("_cron_notices")
        self.assertEqual(len(self._notices(document, self.head)), 1, "nobody is told twice")

    def test_minor_change_is_told_too(self):
        """DOC-4.3.1a: who need not confirm again still gets the notice of the new revision."""
        document = self._in_force()
        self._as(document, self.head).action_acknowledge_reading()
        self._next(document, ask_again=False)
        self._job("_cron_notices")
        self.assertIn("need not confirm it again", self._notices(document, self.head)[-1].body)

    def test_notices_go_out_in_batches_and_go_on_after_a_break(self):
        """DOC-4.3.1a: the job reports progress, stops when its time is over, and goes on."""
        document = self._in_force()
        self.time_left = 0
        with patch("odoo.addons.itsms_documents.models.itsms_document_reader.BATCH", 2):
            self._job("_cron_notices")
            self.assertEqual(len(self._rows(document).filtered("notified_at")), 2)
            self.assertEqual(self.progress, [(0, 6), (2, None)])
            self.time_left = 60
            self._job("_cron_notices")
        self.assertTrue(all(self._rows(document).mapped("notified_at")))

    def test_closed_meanwhile_nothing_is_told(self):
        """DOC-4.1.1.3f: a secrecy raised between publication and notice keeps the title in."""
        document = self._in_force()
        self._as(document, self.office).secrecy = "secret"
        self._job("_cron_notices")
        told = self._notices(document, self.colleague).notification_ids
        self.assertNotIn(self.colleague.partner_id, told.res_partner_id)
        self.assertNotIn(
            self.colleague.partner_id,
            self._notices(document, self.head).notification_ids.res_partner_id,
        )

    # ------------------------------------------------------------ every night
    def test_newcomers_are_asked_at_night(self):
        """DOC-4.3.1a DOC-4.3.1b: who joins a department of the scope is asked, once."""
        document = self._in_force()
        other = self._in_force(self.dep_sales)
        newcomer = self._person("newcomer", self.dep_lab)
        self.reader.employee_id.department_id = self.dep_dev
        self._job("_cron_nightly")
        self.assertEqual(self._rows(document, newcomer).state, "open")
        self.assertEqual(self._rows(document, self.reader).state, "open")
        self.assertFalse(self._rows(other, newcomer))
        count = len(self._rows(document))
        self._job("_cron_nightly")
        self.assertEqual(len(self._rows(document)), count)

    def test_new_administrator_gets_the_task(self):
        """DOC-4.3.1b: a newly appointed document administrator keeps what is in force."""
        document = self._in_force()
        self._assign("department_document_administrator", self.colleague, self.dep_dev)
        self._job("_cron_nightly")
        self.assertTrue(self._rows(document, self.colleague, kind="administrate"))

    def test_open_tasks_of_departed_people_are_closed(self):
        """DOC-4.3.1a: who left is no longer asked and not counted; what he confirmed stays."""
        document = self._in_force()
        self._as(document, self.head).action_acknowledge_reading()
        self.head.employee_id.active = False
        self.colleague.employee_id.active = False
        self.lab.active = False
        self._job("_cron_nightly")
        self.assertEqual(self._rows(document, self.head).state, "done")
        for user in (self.colleague, self.lab):
            row = self._rows(document, user)
            self.assertEqual((row.state, row.closed_reason), ("obsolete", "left"))
        self.assertEqual(self._as(document, self.office).coverage, "1 of 3 read")
        self.lab.active = True
        self._job("_cron_nightly")
        self.assertEqual(set(self._rows(document, self.lab).mapped("state")), {"obsolete", "open"})

    def test_raised_secrecy_ends_the_question(self):
        """DOC-4.1.1.3f: who may no longer open the document is no longer asked to read it."""
        document = self._in_force()
        self._as(document, self.office).secrecy = "secret"
        self._job("_cron_nightly")
        self.assertEqual(self._rows(document, self.head).state, "open")
        self.assertEqual(self._rows(document, self.colleague).closed_reason, "closed")

    def test_reminders_and_escalation(self):
        """DOC-4.3.1a DOC-3.4: reminders when due, then the administrator hears who has not read."""
        document = self._in_force()
        row = self._rows(document, self.colleague)
        due = row.due_date
        self.assertEqual(due, self.company._itsms_today() + timedelta(days=7))
        self._as(document, self.head).action_acknowledge_reading()
        self._job("_cron_notices")
        self._job("_cron_nightly")
        self.assertFalse(self._rows(document).filtered("reminded_at"), "nothing is due yet")
        with self._on(due):
            self._job("_cron_nightly")
            self._job("_cron_nightly")
            self.assertEqual(len(self._notices(document, self.colleague)), 2, "notice, reminder")
            self.assertFalse(self._notices(document, self.head), "he had read it before")
        row = self._rows(document, self.colleague)
        self.assertFalse(row.escalated_at)
        self.assertEqual(row.remind_on, due + timedelta(days=3))
        with self._on(due + timedelta(days=3)):
            self._job("_cron_nightly")
        row = self._rows(document, self.colleague)
        self.assertTrue(row.escalated_at)
        told = " ".join(self._notices(document, self.keeper).mapped("body"))
        told = told[told.index("Not yet confirmed") :]
        self.assertIn("Colleague", told)
        self.assertNotIn("Head", told)
        self.assertTrue(self._as(row, self.office).browse(row.ids).late is not None)

    def _on(self, day):
        """Noon of a day, so that no time zone makes it another one."""
        return freeze_time(f"{day} 04:00:00")

    def test_parameters_set_the_deadlines(self):
        """COM-16: days to read, to be reminded and to be told on are parameters."""
        codes = {
            "document.acknowledgement.days": 7,
            "document.acknowledgement.reminder.days": 3,
            "document.acknowledgement.escalation.days": 3,
        }
        for code, value in codes.items():
            self.assertEqual(self.env["itsms.parameter"]._get(code, self.company), value)
        self._parameter("document.acknowledgement.days").sudo().default_value = "14"
        document = self._in_force()
        self.assertEqual(
            self._rows(document)[0].due_date, self.company._itsms_today() + timedelta(days=14)
        )

    def test_late_rows_are_found(self):
        """DOC-4.3.1a: what is late is late from the day after the due date on."""
        document = self._in_force()
        row = self._rows(document, self.head)
        self.assertFalse(row.late)
        with self._on(row.due_date + timedelta(days=1)):
            self.env.invalidate_all()
            late = self._as(self.env[CRON], self.office).search([("late", "=", True)])
            self.assertIn(row, late)
            self.assertTrue(row.late)

    # ------------------------------------------------------------ many readers
    def test_two_hundred_readers_cost_no_query_each(self):
        """DOC-4.3.1a: publication, confirmation list and notices do not grow by the reader."""
        users = self._many(200)
        self._in_force(self.dep_sales)  # warms the caches
        few, _rows = self._published_queries(self.dep_sales)
        many, rows = self._published_queries(self.dep_office)
        self.assertLess(users, rows.user_id)
        self.assertLess(many - few, 15, f"{few} queries for a few readers, {many} for 200")

    def _published_queries(self, department):
        revision = self._approved(scope=False)
        self._scope(revision.document_id, department, acknowledge=True)
        publisher = self._as(revision, self.controller)
        before = self.env.cr.sql_log_count
        publisher.action_publish()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before, self._rows(revision.document_id)

    def _many(self, count):
        """``count`` readers in the ITSMS office, laid down in bulk."""
        partners = self.env["res.partner"].create([{"name": f"Reader {i}"} for i in range(count)])
        users = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "login": f"itsms.many.{i}",
                        "partner_id": partner.id,
                        "company_id": self.company.id,
                        "company_ids": [(6, 0, self.company.ids)],
                    }
                    for i, partner in enumerate(partners)
                ]
            )
        )
        self.env["hr.employee"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": self.company.id,
                    "department_id": self.dep_office.id,
                }
                for user in users
            ]
        )
        return users

    def test_dates_of_the_company(self):
        """The due date is counted from the company's own day."""
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {"name": "Far east", "tz": "Pacific/Auckland", "company_id": self.company.id}
        )
        with freeze_time("2030-03-01 20:00:00"):
            due = self.env[CRON]._due_date(self.company)
        self.assertEqual(due, date(2030, 3, 2) + timedelta(days=7))
        self.assertIsInstance(fields.Date.to_date(due), date)
