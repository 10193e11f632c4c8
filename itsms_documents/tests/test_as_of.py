import io
from datetime import date, datetime, timedelta

import openpyxl
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase

from .common import DocumentCase, tagged


class AsOfCase(DocumentCase):
    """A life of some documents with fixed days, and the register of a day in its middle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"

    def _publish_next(self, document):
        revision = self._new_revision(document)
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        self.env.invalidate_all()
        return revision

    def _dialog(self, day, user=None, **vals):
        Dialog = self._as(self.env["itsms.document.as.of"], user or self.reader)
        return Dialog.create({"day": day, **vals})

    def _shown(self, day, user=None, **vals):
        """Revisions that the register of ``day`` shows to ``user``, with its context."""
        action = self._dialog(day, user, **vals).action_show()
        model = self._as(self.env[action["res_model"]], user or self.reader)
        return model.with_context(**action["context"]).search(action["domain"])


@tagged("post_install", "-at_install")
class TestAsOf(AsOfCase):
    """The register as it stood on a past day."""

    def test_life_of_a_document(self):
        """DOC-1 DOC-4.1.2.2.2: on each day the revision that was valid at its end."""
        with freeze_time("2041-03-01 02:00:00"):
            document = self._published(name="One")
            first = document.current_revision_id
        with freeze_time("2041-05-01 02:00:00"):
            second = self._publish_next(document)
        with freeze_time("2041-07-01 02:00:00"):
            self._as(document, self.office).action_transition("obsolete", "Ended")
        with freeze_time("2042-01-01 02:00:00"):
            for day, expected in (
                (date(2041, 2, 28), first.browse()),
                (date(2041, 3, 1), first),
                (date(2041, 4, 30), first),
                (date(2041, 5, 1), second),
                (date(2041, 6, 30), second),
                (date(2041, 7, 1), first.browse()),
                (date(2041, 12, 31), first.browse()),
            ):
                with self.subTest(day=day):
                    self.assertEqual(self._shown(day), expected)

    def test_day_ends_in_the_zone_of_the_company(self):
        """DOC-1: published at 23:30 in Shanghai counts for that day, whatever a client says."""
        with freeze_time("2041-03-01 15:30:00"):  # 23:30 in Shanghai
            late = self._published(name="Late").current_revision_id
        with freeze_time("2041-03-01 16:30:00"):  # 00:30 of the next day
            self._published(name="Next day")
        with freeze_time("2042-01-01 02:00:00"):
            self.reader.tz = "America/New_York"
            self.assertEqual(self._shown(date(2041, 3, 1)), late)

    def test_no_future(self):
        """DOC-1: nobody knows what will be valid; the company's today is the last day."""
        today = self.company._itsms_today()
        self.assertTrue(self._dialog(today).id)
        with self.assertRaises(UserError):
            self._dialog(today + timedelta(days=1))
        dialog = self._dialog(today)
        with self.assertRaises(UserError):
            dialog.day = today + timedelta(days=1)

    def test_readers_on_that_day(self):
        """DOC-1 DOC-4.3.1b: how many had been asked and had confirmed by the end of the day."""
        with freeze_time("2041-03-01 02:00:00"):
            revision = self._approved()
            self._scope(revision.document_id, self.dep_dev, acknowledge=True, readers="all")
            self._as(revision, self.controller).action_publish()
            self.env["itsms.document.acknowledgement"].flush_model()
            cron = self.env.ref("itsms_documents.ir_cron_publication_readers", False)
            if cron:
                with self.enter_registry_test_mode():
                    cron.method_direct_trigger()
        self.env.invalidate_all()
        Row = self.env["itsms.document.acknowledgement"]
        rows = Row.search([("revision_id", "=", revision.id), ("kind", "=", "read")])
        asked = len(rows.user_id)
        self.assertGreaterEqual(asked, 2)
        row = rows.filtered(lambda r: r.user_id == self.colleague)
        self.assertTrue(row)
        with freeze_time("2041-03-10 02:00:00"):
            self._as(row, self.colleague).action_acknowledge()
        with freeze_time("2042-01-01 02:00:00"):
            for day, done in ((date(2041, 3, 9), 0), (date(2041, 3, 10), 1)):
                line = self._shown(day)
                with self.subTest(day=day):
                    self.assertEqual((line.as_of_asked, line.as_of_acknowledged), (asked, done))
            action = self._shown(date(2041, 3, 9), self.office).action_as_of_readers()
            found = self._as(self.env[action["res_model"]], self.office).search(action["domain"])
            self.assertLessEqual(rows, found)

    def test_copies_on_that_day(self):
        """DOC-1 DOC-4.4.1.2: which copies were out and who held them at the end of the day."""
        self._assign("department_document_administrator", self.colleague, self.dep_dev)
        with freeze_time("2041-03-01 02:00:00"):
            revision = self._approved(scope=False)
            document = revision.document_id
            self._scope(document, self.dep_dev, paper_copies=2, number_from=1, number_to=2)
            self._as(revision, self.controller).action_publish()
        self.env.invalidate_all()
        copies = self.env["itsms.document.copy"].search([("document_id", "=", document.id)])
        self.assertEqual(copies.mapped("number"), [1, 2])
        with freeze_time("2041-03-05 02:00:00"):
            self._as(copies, self.controller).action_issue()
        with freeze_time("2041-03-07 02:00:00"):
            self._as(copies[0], self.colleague).action_sign()
        with freeze_time("2041-03-09 02:00:00"):
            self._as(copies[0], self.colleague).action_hand_over(self.author.id)
        with freeze_time("2041-03-10 02:00:00"):
            self._as(copies[0], self.author).action_sign()
        with freeze_time("2041-04-01 02:00:00"):
            second = self._publish_next(document)
        with freeze_time("2041-05-01 02:00:00"):
            self._as(copies[1], self.controller).action_return()
        with freeze_time("2042-01-01 02:00:00"):
            for day, expected in (
                (date(2041, 3, 4), False),
                (
                    date(2041, 3, 5),
                    "01 Development: not signed for; 02 Development: not signed for",
                ),
                (date(2041, 3, 7), "01 Development: Colleague; 02 Development: not signed for"),
                (date(2041, 3, 10), "01 Development: Author; 02 Development: not signed for"),
                # the new revision is valid, the copies of the old one are still out
                (
                    date(2041, 4, 1),
                    "01 Development: Author (A/0); 02 Development: not signed for (A/0)",
                ),
                (date(2041, 5, 1), "01 Development: Author (A/0)"),
            ):
                line = self._shown(day)
                with self.subTest(day=day):
                    self.assertEqual(line.as_of_holders, expected)
                    number = len(expected.split(";")) if expected else 0
                    self.assertEqual(line.as_of_copies, number)
            line = self._shown(date(2041, 5, 1), self.office)
            self.assertEqual(line, second)
            action = line.action_as_of_copies()
            found = self._as(self.env[action["res_model"]], self.office).search(action["domain"])
            self.assertEqual(found, copies[0])

    def test_secrecy_of_today_applies(self):
        """DOC-4.1.1.3f: what is closed to a person today is not in the register of a past day."""
        with freeze_time("2041-03-01 02:00:00"):
            document = self._published()
        day = date(2041, 6, 1)
        with freeze_time("2042-01-01 02:00:00"):
            self.assertTrue(self._shown(day))
            document.sudo().secrecy = "top_secret"
            self.assertFalse(self._shown(day))
            self.assertTrue(self._shown(day, self.president))

    def test_narrowed_to_category_and_department(self):
        """DOC-1: the register of a day may be narrowed; one of another company is refused."""
        with freeze_time("2041-03-01 02:00:00"):
            one = self._published(name="One").current_revision_id
        day = date(2041, 6, 1)
        with freeze_time("2042-01-01 02:00:00"):
            category = one.document_id.category_id
            other = self.env.ref("itsms_documents.itsms_document_category_external")
            self.assertEqual(self._shown(day, category_id=category.id), one)
            self.assertFalse(self._shown(day, category_id=other.id))
            self.assertEqual(self._shown(day, department_id=self.dep_dev.id), one)
            self.assertFalse(self._shown(day, department_id=self.dep_sales.id))
            foreign = self.env["res.company"].create({"name": "F", "itsms_code": "FF"})
            with self.assertRaises(UserError):
                self._dialog(day, company_id=foreign.id)

    def test_context_of_a_client(self):
        """DOC-1: a forged moment opens nothing and breaks nothing."""
        revision = self._published().current_revision_id
        for moment in ("nonsense", 7, ["x"], None, "2041-99-99"):
            line = self._as(revision, self.reader).with_context(itsms_as_of=moment)
            with self.subTest(moment=moment):
                self.assertEqual((line.as_of_asked, line.as_of_copies), (0, 0))
                with self.assertRaises(UserError):
                    line.action_as_of_copies()

    def test_first_page_in_few_queries(self):
        """DOC-1: readers and copies of a whole page come with one query each."""
        revisions = self.env["itsms.document.revision"].union(
            *[self._published(name=f"P{n}").current_revision_id for n in range(4)]
        )
        shown = self._shown(self.company._itsms_today())
        self.assertEqual(shown, revisions)
        shown.mapped("as_of_holders")
        counts = []
        for lines in (shown[:1], shown):
            self.env.flush_all()
            self.env.invalidate_all()
            lines = self._as(lines, self.reader).with_context(itsms_as_of=str(datetime(2999, 1, 1)))
            lines.mapped("document_id.name")
            before = self.env.cr.sql_log_count
            lines.mapped("as_of_holders")
            lines.mapped("as_of_acknowledged")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 5)

    def test_table_and_print(self):
        """DOC-1 DOC-6: the same lines as XLSX and PDF, with the day over the table."""
        with freeze_time("2041-03-01 02:00:00"):
            document = self._published(name="Escalation")
        with freeze_time("2042-01-01 02:00:00"):
            dialog = self._dialog(date(2041, 6, 1))
            register, selection = dialog._selection()
            name, content = register._export("xlsx", selection)
            self.assertIn("2041-06-01", name)
            sheet = openpyxl.load_workbook(io.BytesIO(content)).active
            text = [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None]
            self.assertTrue([t for t in text if "2041-06-01" in t])
            self.assertIn(document.number, text)
            self.assertIn("Escalation", text)
            action = dialog.action_pdf()
            self.assertEqual(action["url"], f"/itsms/as-of/{dialog.id}/pdf")
            with self.allow_pdf_render():
                name, content = register.with_context(force_report_rendering=True)._export(
                    "pdf", selection
                )
            self.assertTrue(content.startswith(b"%PDF"))


@tagged("post_install", "-at_install")
class TestAsOfHttp(AsOfCase, HttpCase):
    """Downloads of the register of a day."""

    def test_download_belongs_to_its_person(self):
        """DOC-1 COM-17: the file is for who opened the dialog; nobody else gets it."""
        self._published(name="Escalation")
        dialog = self._dialog(self.company._itsms_today())
        url = dialog.action_xlsx()["url"]
        self.env.flush_all()
        self.authenticate(self.reader.login, self.reader.login)
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.content.startswith(b"PK"))
        self.assertEqual(self.url_open(url.replace("xlsx", "exe")).status_code, 404)
        self.authenticate(self.author.login, self.author.login)
        self.assertNotIn(b"PK\x03\x04", self.url_open(url).content[:4])
        with self.assertRaises(AccessError):
            self._as(dialog, self.author).action_show()
