from odoo.exceptions import AccessError, UserError

from .common import tagged
from .copy_common import CopyCase

RECORD = "itsms_documents.action_report_distribution_record"
STAMPED = "itsms_documents.action_report_controlled_copy"


@tagged("post_install", "-at_install")
class TestCopyRecall(CopyCase):
    """Recall on publication, withdrawal, misuse, leaving; the stamps 作废 and 作废保留."""

    def _html(self, report, records, user=None):
        Report = self._as(records, user or self.controller).env["ir.actions.report"]
        return Report._render_qweb_html(report, records.ids)[0].decode()

    # ------------------------------------------------------------ publication
    def test_publication_recalls_every_outstanding_copy(self):
        """DOC-4.5.3 DOC-4.5.3a DOC-4.3.2: old copies are recalled, new ones prepared within the
        original scope, under the same numbers."""
        copies = self._copies()
        issued = copies.filtered(lambda c: c.number != 2)
        issued.action_issue()
        document = copies.document_id
        old = document.current_revision_id
        self._publish_next(document)
        self.assertEqual(self._number(copies, 2).state, "cancelled")
        self.assertTrue(all(c.recalled_at for c in issued))
        self.assertEqual(set(issued.mapped("recall_reason")), {"superseded"})
        new = self._copies_of(document)
        self.assertEqual(
            [(c.number, c.department_id, c.state) for c in new],
            [(1, self.dep_dev, "draft"), (2, self.dep_dev, "draft"), (3, self.dep_sales, "draft")],
        )
        self.assertNotEqual(new.revision_id, old)
        # the list “who still holds one”
        still = new.search(
            [("document_id", "=", document.id), *self.env["itsms.document.copy"]._recalled_domain()]
        )
        self.assertEqual(still, issued)
        document = self._as(document, self.controller)
        self.assertEqual((document.copy_count, document.copy_recall_count), (2, 2))
        self.assertEqual(document.copy_text, "2 (2 to return)")

    def test_one_to_do_per_administrator(self):
        """DOC-4.7.1: each administrator gets one to-do per document, gone with the last copy."""
        copies = self._copies()
        copies.action_issue()
        document = copies.document_id
        self._publish_next(document)
        todos = self._collect_todos(document)
        self.assertEqual(sorted(todos.user_id.ids), sorted((self.administrator | self.seller).ids))
        self._as(self._number(copies, 1), self.administrator).action_collect()
        self.assertEqual(len(self._collect_todos(document)), 2)
        self._as(self._number(copies, 2), self.administrator).action_collect()
        self.assertEqual(self._collect_todos(document).user_id, self.seller)
        self._as(copies, self.controller).action_return()
        self.assertFalse(self._collect_todos(document))

    def test_old_copies_are_accounted_for(self):
        """DOC-4.5.3a DOC-4.7.1a DOC-4.7.1b: collected by the administrator, returned to the
        issuing unit, which stamps 作废 and records it."""
        copy = self._held(1)
        document = copy.document_id
        self._publish_next(document)
        mine = self._as(copy, self.administrator)
        self.assertIn("Administrator", mine.next_actor)
        with self.assertRaisesRegex(AccessError, "DOC-4.5.3a"):
            self._as(copy, self.seller).action_collect()
        mine.action_collect()
        with self.assertRaisesRegex(UserError, "DOC-4.5.3a"):
            mine.action_collect()
        self.assertEqual(copy.collected_by_id, self.administrator)
        copy = self._as(copy, self.controller)
        self.assertEqual(copy.stamp, "controlled")
        copy.action_return()
        self.assertEqual(copy.stamp, "obsolete")
        self.assertIn("作废", self._log_of(copy)[-1].comment)
        self.assertIn("作废", self._html(RECORD, document))
        copy.action_print()
        html = self._html(STAMPED, copy)
        self.assertIn("作废", html)
        self.assertNotIn("受控", html)

    def test_a_copy_back_before_the_change_becomes_obsolete_too(self):
        """DOC-4.7.1a: what lies at the issuing unit when the revision ends is stamped as well."""
        copy = self._held(1)
        copy.action_return()
        self.assertEqual(copy.stamp, "controlled")
        self._publish_next(copy.document_id)
        self.assertEqual(self._as(copy, self.controller).stamp, "obsolete")

    def test_recalled_copy_is_not_signed_for_any_more(self):
        """DOC-4.7.1: after the recall nobody signs, hands on or is issued an old copy."""
        copies = self._copies()
        copies.action_issue()
        self._publish_next(copies.document_id)
        copy = self._as(self._number(copies, 1), self.administrator)
        with self.assertRaisesRegex(UserError, "DOC-4.7.1"):
            copy.action_sign()
        with self.assertRaisesRegex(UserError, "DOC-4.7.1"):
            copy.action_hand_over(self.colleague.id)

    # ------------------------------------------------------------ withdrawal
    def test_withdrawal_recalls_and_stamps(self):
        """DOC-4.7.1 DOC-4.7.1a: a withdrawn document is called back from all places of use."""
        copies = self._copies()
        copies.action_issue()
        document = self._as(copies.document_id, self.office)
        document._withdraw("No longer needed")
        copies = self._as(copies, self.controller)
        self.assertEqual(set(copies.mapped("recall_reason")), {"obsolete"})
        copies.action_return()
        self.assertEqual(set(copies.mapped("stamp")), {"obsolete"})

    def test_retained_documents_get_their_own_stamp(self):
        """DOC-4.7.2: 作废保留 on the copies and prints of what is kept, and it is not destroyed."""
        copy = self._held(1)
        document = self._as(copy.document_id, self.office)
        until = self.company._itsms_today().replace(year=self.company._itsms_today().year + 2)
        document._withdraw("Replaced by law", "legal", until)
        copy = self._as(copy, self.controller)
        copy.action_return()
        self.assertEqual(copy.stamp, "retained")
        self.assertIn("作废保留", self._log_of(copy)[-1].comment)
        copy.action_print()
        self.assertIn("作废保留", self._html(STAMPED, copy))
        self.assertIn("作废保留", self._html(RECORD, copy.document_id))
        cover = "itsms_documents.action_report_document_cover"
        self.assertIn("作废保留", self._html(cover, copy.revision_id))
        with self.assertRaisesRegex(UserError, "DOC-4.7.2"):
            copy.action_transition("destroy", "Shred")

    # ------------------------------------------------------------ misuse
    def test_misuse_is_recalled_at_once(self):
        """DOC-4.4.2.4a I-14: administrator or controller recall at once and record why."""
        copies = self._copies()
        copies.action_issue()
        first, second = self._number(copies, 1), self._number(copies, 2)
        with self.assertRaisesRegex(UserError, "DOC-4.4.2.4a"):
            self._as(first, self.administrator).action_recall("misuse", " ")
        self._as(first, self.administrator).action_recall("misuse", "Copied for a supplier")
        self.assertEqual(
            (first.recall_reason, first.recall_note, first.recalled_by_id),
            ("misuse", "Copied for a supplier", self.administrator),
        )
        self.assertTrue(first.recalled_at)
        line = self._log_of(first)[-1]
        self.assertEqual(line.kind, "recall")
        self.assertIn("Copied for a supplier", line.comment)
        self._as(second, self.controller).action_recall("misuse", "Forwarded")
        self.assertTrue(self._collect_todos(copies.document_id))

    def test_who_may_not_recall(self):
        """DOC-4.4.2.4a: holders, other departments and readers do not recall."""
        copy = self._held(1)
        for user in (self.colleague, self.seller, self.reader, self.mr):
            with self.assertRaisesRegex(AccessError, "DOC-4.4.2.4a"):
                self._as(copy, user).action_recall("misuse", "x")
        with self.assertRaisesRegex(UserError, "DOC-4.4.2.4a"):
            copy.action_recall("forged", "x")
        copy.action_return()
        with self.assertRaisesRegex(UserError, "DOC-4.4.2.4a"):
            copy.action_recall("misuse", "x")

    # ------------------------------------------------------------ people and departments
    def test_department_with_copies_is_not_dissolved(self):
        """DOC-4.7.1: the refusal lists the copies; after the return the department may go."""
        copy = self._held(3)
        for act in (self.dep_sales.action_archive, self.dep_sales.unlink):
            with self.assertRaisesRegex(UserError, "no. 03.*DOC-4.7.1"):
                act()
        copy.action_return()
        self.dep_sales.action_archive()
        self.assertFalse(self.dep_sales.active)

    def test_leaver_gives_his_copies_back(self):
        """DOC-4.7.1: an archived user's copies are recalled, the administrator is told."""
        copies = self._copies()
        copy = self._number(copies, 1)
        copy.action_issue(self.colleague.id)
        self._as(copy, self.colleague).action_sign()
        self.colleague.active = False
        self.assertEqual(copy.recall_reason, "left")
        self.assertEqual(self._collect_todos(copies.document_id).user_id, self.administrator)

    def test_archived_employee_gives_his_copies_back(self):
        """DOC-4.7.1: the same where the employee, not the user, is archived."""
        copy = self._number(self._copies(), 1)
        copy.action_issue(self.colleague.id)
        self.colleague.employee_id.action_archive()
        self.assertEqual(copy.recall_reason, "left")

    # ------------------------------------------------------------ first page
    def test_my_work(self):
        """DOC-4.4.1.1 DOC-4.4.1.2 DOC-4.7.1: who has to issue, to sign, to collect sees it."""

        def sections(user):
            page = self._as(self.env["itsms.my.work"], user).get_sections()
            return {s["key"]: s["count"] for s in page["sections"]}

        copies = self._copies()
        self.assertEqual(sections(self.controller)["copies_to_issue"], 3)
        self.assertNotIn("copies_to_issue", sections(self.administrator))
        copies.action_issue()
        self.assertEqual(sections(self.administrator)["copies_to_sign"], 2)
        self.assertNotIn("copies_to_sign", sections(self.reader))
        self._publish_next(copies.document_id)
        self.assertEqual(sections(self.administrator)["copies_to_collect"], 2)
        self.assertEqual(sections(self.seller)["copies_to_collect"], 1)

    def test_two_hundred_recalls_in_one_publication(self):
        """DOC-4.5.3a COM-14: the recall of 200 copies costs no query per copy."""
        copies = self._copies({self.dep_dev: (1, 200)})
        copies.action_issue()
        document = copies.document_id
        revision = self._new_revision(self._as(document, self.author))
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        revision = self._as(revision, self.controller)
        before = self.env.cr.sql_log_count
        revision.action_publish()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 250)
        self.assertTrue(all(copies.mapped("recalled_at")))
