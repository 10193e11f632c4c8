from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestExternalDocuments(DocumentCase):
    """External document list (外来文件清单) and edition watch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._person("clerk", cls.dep_office)
        cls._assign("department_document_administrator", cls.clerk, cls.dep_dev)

    def _standard(self, **vals):
        """An external document in force."""
        vals = {
            "category": "external",
            "name": "Service management – requirements",
            "original_number": "GB/T 24405.1-2009",
            "source": "SAC",
            **vals,
        }
        edition = vals.pop("external_edition", "2009")
        document = self._document(**vals)
        document.revision_ids.write(
            {"external_edition": edition, "external_date": date(2009, 9, 30)}
        )
        revision = document.revision_ids
        revision.action_submit()
        self._scope(document)
        self._as(revision, self.controller).action_approve()
        self._as(revision, self.office).action_publish()
        self.env.invalidate_all()
        return self._as(document, self.author)

    def _check(self, documents, user=None, **vals):
        """The dialog “Check the edition” of ``user`` (default: the author)."""
        user = user or self.author
        action = self._as(documents, user).action_check_edition()
        Dialog = self._as(self.env[action["res_model"]], user)
        dialog = Dialog.with_context(**action["context"]).create(vals)
        dialog.action_confirm()
        self.env.invalidate_all()
        return dialog

    def test_collected_by_the_using_department(self):
        """DOC-4.8: each using department collects its own; it keeps the original number."""
        document = self._standard()
        self.assertEqual(document.number, "GB/T 24405.1-2009")
        self.assertEqual(
            (document.external_edition, document.external_date), ("2009", date(2009, 9, 30))
        )
        self.assertTrue(self._as(document, self.colleague).has_access("write"))
        self.assertFalse(self._as(document, self.reader).has_access("write"))
        with self.assertRaises(AccessError):
            self._document(category="external", user=self.reader, original_number="ISO 9001")
        theirs = self._document(
            category="external",
            user=self.reader,
            department_id=self.dep_sales.id,
            original_number="ISO 9001",
        )
        self.assertEqual(theirs.department_id, self.dep_sales)

    def test_list_with_its_columns(self):
        """DOC-4.8 DOC-6: 外来文件清单 with number, source, edition, department and the watch."""
        self._standard()
        action = self.env.ref("itsms_documents.itsms_document_action_external")
        self.assertEqual(action.domain, "[('kind', '=', 'external')]")
        view = action.view_ids.filtered(lambda v: v.view_mode == "list").view_id
        Document = self._as(self.env["itsms.document"], self.reader)
        arch = Document.get_view(view.id, "list")["arch"]
        for name in (
            "original_number",
            "source",
            "external_edition",
            "external_date",
            "department_id",
            "watch_checked_on",
            "watch_next",
            "watch_result",
        ):
            self.assertIn(f'name="{name}"', arch)
        arch = Document.get_view(view_type="search")["arch"]
        for name in ("watch_due", "watch_new", "by_source"):
            self.assertIn(f'name="{name}"', arch)

    def test_check_leaves_evidence(self):
        """DOC-4.8: a check says when, by whom, with which result, in the evidence too."""
        document = self._standard()
        today = self.company._itsms_today()
        self._check(document, result="current", note="sac.gov.cn")
        self.assertEqual(
            (document.watch_checked_on, document.watch_checked_by_id, document.watch_result),
            (today, self.author, "current"),
        )
        self.assertEqual(document.watch_next, today + relativedelta(months=12))
        line = self._log_of(document)[-1]
        self.assertEqual(line.actor_id, self.author)
        self.assertIn("sac.gov.cn", line.comment)

    def test_who_checks(self):
        """DOC-4.8 DOC-3.4: using department, its document administrator, office; nobody else."""
        document = self._standard()
        for user in (self.author, self.clerk, self.controller, self.office):
            with self.subTest(user=user.login):
                self._check(document, user)
                self.assertEqual(document.watch_checked_by_id, user)
        for user in (self.reader, self.auditor):
            with self.subTest(user=user.login), self.assertRaisesRegex(AccessError, "DOC-4.8"):
                self._check(document, user)

    def test_refusals(self):
        """DOC-4.8: no check in the future, of other documents, or of a nameless new edition."""
        document, own = self._standard(), self._published()
        tomorrow = self.company._itsms_today() + timedelta(days=1)
        cases = (
            (document, {"checked_on": tomorrow}),
            (document, {"result": "new"}),
            (own, {}),
            (
                document | self._standard(original_number="ISO 1"),
                {"result": "new", "new_edition": "2"},
            ),
        )
        for documents, vals in cases:
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "DOC-4.8"):
                self._check(documents, **vals)
        with self.assertRaises(AccessError):
            document.write({"watch_result": "current"})
        with self.assertRaises(AccessError):
            document.write({"watch_checked_on": tomorrow})

    def test_new_edition_leads_to_the_new_revision(self):
        """DOC-4.8: what the check found comes with the next revision, then it is current."""
        document = self._standard()
        with self.assertRaises(UserError):
            document.action_new_edition()
        self._check(document, result="new", new_edition="2025")
        self.assertEqual((document.watch_result, document.watch_new_edition), ("new", "2025"))
        action = document.action_new_edition()
        wizard = (
            self._as(self.env[action["res_model"]], self.author)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn("2025", wizard.change_reason)
        revision = self.env["itsms.document.revision"].browse(wizard.action_create()["res_id"])
        self.assertEqual((revision.external_edition, revision.status), ("2025", "B/0"))
        self.assertEqual(document.external_edition, "2009")
        revision = self._as(revision, self.author)
        revision.body = "<p>New edition</p>"
        revision.action_submit()
        self._as(revision, self.controller).action_approve()
        self._as(revision, self.office).action_publish()
        self.env.invalidate_all()
        self.assertEqual(document.external_edition, "2025")
        self.assertEqual((document.watch_result, document.watch_new_edition), ("current", False))
        older = document.revision_ids - revision
        self.assertEqual(older.external_edition, "2009")

    def test_interval(self):
        """DOC-4.8 COM-16: the company's interval, an own one, or none."""
        document = self._standard()
        day = document.publication_date
        self.assertEqual(document.watch_next, day + relativedelta(months=12))
        document.write({"watch_rule": "own", "watch_months": 1})
        self.assertEqual(document.watch_next, day + relativedelta(months=1))
        document.watch_rule = "never"
        self.assertFalse(document.watch_next)
        self.assertFalse(self._published().watch_next)
        self.env["itsms.document"]._refresh_watch_dates(self.company)
        document.watch_rule = "company"
        before = document.watch_next
        self.env["itsms.document"]._refresh_watch_dates(self.company)
        self.assertEqual(document.watch_next, before)

    def test_night_asks_once(self):
        """DOC-4.8 DOC-3.4: the document administrator is asked to check when it is due, once."""

        def run():
            with self.enter_registry_test_mode():
                self.env.ref("itsms_documents.ir_cron_watch_editions").method_direct_trigger()
            self.env.invalidate_all()

        with freeze_time("2041-01-10 02:00:00"):
            document = self._standard()
        with freeze_time("2042-01-09 02:00:00"):
            run()
            self.assertFalse(document.activity_ids)
        with freeze_time("2042-01-11 02:00:00"):
            run()
            run()
            activity = document.sudo().activity_ids
            self.assertEqual(activity.user_id, self.clerk)
            self.assertEqual(activity.date_deadline, date(2042, 1, 10))
            work = self._as(self.env["itsms.my.work"], self.author).get_sections()
            section = {s["key"]: s for s in work["sections"]}["edition_watch"]
            self.assertEqual([i["res_id"] for i in section["items"]], document.ids)
            self._check(document, self.clerk)
            self.assertFalse(document.sudo().activity_ids)
        with freeze_time("2043-01-12 02:00:00"):
            run()
            self.assertEqual(len(document.sudo().activity_ids), 1)

    def test_secret_documents_are_named_to_nobody(self):
        """DOC-4.8 DOC-4.1.1.3f: whoever may not open the document is not asked to check it."""
        document = self._standard()
        document.sudo().write({"secrecy": "secret", "authorised_user_ids": self.vp.ids})
        document.sudo()._ask_to_check()
        self.assertFalse(document.sudo().activity_ids)

    def test_two_hundred_in_one_go(self):
        """DOC-4.8: 200 documents are checked in one call, without queries per document."""
        first = self._standard()
        category = self.env.ref("itsms_documents.itsms_document_category_external")
        documents = self.env["itsms.document"].create(
            [
                {
                    "name": f"Law {n}",
                    "category_id": category.id,
                    "original_number": f"L{n}",
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                }
                for n in range(200)
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_document SET state = 'in_force' WHERE id = ANY(%s)", [documents.ids]
        )
        self.env.invalidate_all()
        documents = self._as(documents | first, self.author)
        today = self.company._itsms_today()
        documents._check_edition("current", today)  # caches of people and rights are warm
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        documents._check_edition("current", today)
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 60)

    def test_rules_are_for_every_kind_of_document(self):
        """DOC-2: whatever its category and medium, a document is numbered, approved, published,
        reviewed, in the register of the day, and withdrawn with its stamp."""
        supporting = self._approved(category="supporting", name="Work instruction")
        self._as(supporting, self.controller).action_publish()
        documents = self._published(category="manual", name="Management Manual").sudo()
        documents |= self._published(name="Procedure").sudo()
        documents |= supporting.document_id.sudo() | self._standard().sudo()
        media = self.env["itsms.document.medium"].search([])
        kinds = self.env["itsms.document.category"].search([]).mapped("kind")
        self.assertEqual(set(documents.mapped("kind")), set(kinds))
        today = self.company._itsms_today()
        for document, medium in zip(documents, media.ids[:4], strict=False):
            document.medium_id = self.env["itsms.document.medium"].browse(medium)
            with self.subTest(kind=document.kind, medium=medium):
                self.assertTrue(document.number)
                revision = document.current_revision_id
                self.assertTrue(revision.approved_by or document.original_number)
                self.assertTrue(document.next_review_date)
                review = self._as(self.env["itsms.document.review"], self.author).create(
                    {"document_id": document.id, "held_on": today, "outcome": "fit"}
                )
                review.action_conclude()
                dialog = self._as(self.env["itsms.document.as.of"], self.reader).create({})
                shown = dialog.env["itsms.document.revision"].search(dialog._domain())
                self.assertIn(document.current_revision_id.id, shown.ids)
                office = self._as(document, self.office)
                office._withdraw("Ended", "technical", date(2999, 1, 1))
                self.assertEqual(office.current_revision_id._void_mark(), "作废保留")
