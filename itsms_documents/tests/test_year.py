"""A year in the life of one procedure, with nine people and the real routes."""

import os
from datetime import date, timedelta

from freezegun import freeze_time

from odoo import Command, fields

from odoo.addons.itsms_base.tests.common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestYear(ItsmsCase):
    """Write, release, distribute, lose, borrow, review, change, recall, withdraw, destroy.

    Nothing is done by the engine's hand here: every act is that of a person who may do it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.leader = cls._person("leader", cls.dep_office)
        cls.seller = cls._person("seller", cls.dep_sales)
        cls.boss = cls._person("boss", cls.dep_sales)
        cls.office_head = cls._person("office_head", cls.dep_office)
        cls.dep_sales.manager_id = cls.boss.employee_id
        cls._assign("vice_president", cls.leader, cls.dep_office)
        cls._assign("department_document_administrator", cls.colleague, cls.dep_dev)
        cls._assign("department_document_administrator", cls.seller, cls.dep_sales)
        cls._assign("itsms_office_head", cls.office_head)

    # ------------------------------------------------------------ people at work
    def _by(self, records, user):
        return self._as(records, user)

    def _release(self, revision):
        """Review, approval, release for the network: each by its own person (DOC-3.1)."""
        revision.action_submit()
        for user in (self.mr, self.president, self.leader):
            self.assertIn(user.name, self._by(revision, user).next_actor)
            self._by(revision, user).action_approve()
        return revision

    def _publish(self, revision):
        self._by(revision, self.controller).action_publish()
        return revision

    def _copies(self, revision):
        copies = self.env["itsms.document.copy"].search([("revision_id", "=", revision.id)])
        return copies.sorted("number")

    def _hand_out(self, revision):
        """Stamp, issue, sign: the papers are with the departments (DOC-4.4.1.1, DOC-4.4.1.2)."""
        copies = self._by(self._copies(revision), self.controller)
        copies.action_print()
        for copy in copies:
            copy.action_issue()
            holder = self.colleague if copy.department_id == self.dep_dev else self.seller
            self._by(copy, holder).action_sign()
        return copies

    def _read(self, revision, user):
        rows = self.env["itsms.document.acknowledgement"].search(
            [("revision_id", "=", revision.id), ("user_id", "=", user.id), ("state", "=", "open")]
        )
        self._by(rows, user).action_acknowledge()

    # ------------------------------------------------------------ the year
    def test_a_year_in_the_life_of_a_procedure(self):
        """DOC-3.1 DOC-3.5 DOC-4.2 DOC-4.3.2 DOC-4.4.1.1 DOC-4.4.2.3 DOC-4.4.2.6 DOC-4.5.1
        DOC-4.5.3a DOC-4.6b DOC-4.7.1 DOC-4.7.2 REC-4.8: the whole way, act by act."""
        with freeze_time("2041-01-10 02:00:00"):
            document, first = self._written_and_in_force()
        with freeze_time("2041-03-04 02:00:00"):
            self._copy_lost_and_issued_again(first)
        with freeze_time("2041-04-02 02:00:00"):
            loan = self._borrowed(document)
        with freeze_time("2041-04-12 02:00:00"):
            self._by(loan, self.controller).action_take_back("good")
            self.assertEqual(loan.sudo().state, "returned")
        with freeze_time("2041-06-03 02:00:00"):
            change = self._reviewed_and_changed(document)
        with freeze_time("2041-07-01 02:00:00"):
            second = self._second_revision(change)
            self._old_papers_come_back(first, second)
        with freeze_time("2041-12-20 02:00:00"):
            self._withdrawn(document, second)
            self._day_in_the_middle(first, date(2041, 4, 30), read=2, held=3)
            self._day_in_the_middle(second, date(2041, 9, 1), read=3, held=3)
        self._records_destroyed(document)
        verdict = self._by(self.env["itsms.log"], self.auditor).action_verify()
        self.assertFalse(verdict["params"]["broken_line_id"], verdict)

    def _written_and_in_force(self):
        document = self._by(self.env["itsms.document"], self.author).create(
            {
                "name": "Escalation procedure",
                "category_id": self.env.ref("itsms_documents.itsms_document_category_procedure").id,
                "department_id": self.dep_dev.id,
                "company_id": self.company.id,
            }
        )
        first = document.revision_ids
        first.body = "<p>Call the manager on duty within one hour.</p>"
        self._release(first)
        self.assertEqual(first.number, "LH-ITSMS-CX-001-A")
        scope = self._by(self.env["itsms.document.distribution"], self.controller).create(
            {
                "document_id": document.id,
                "line_ids": [
                    Command.create({"department_id": self.dep_dev.id, "paper_copies": 2}),
                    Command.create({"department_id": self.dep_sales.id, "paper_copies": 1}),
                ],
            }
        )
        scope.action_submit()
        self._by(scope, self.mr).action_approve()
        self._publish(first)
        self.assertEqual((first.state, document.state), ("valid", "in_force"))
        self._hand_out(first)
        self.assertEqual(self._copies(first).mapped("number"), [1, 2, 3])
        for user in (self.author, self.reader):
            self._read(first, user)
        return document, first

    def _copy_lost_and_issued_again(self, first):
        lost = self._copies(first)[-1:]
        request = self._by(self.env["itsms.document.reissue"], self.seller).create(
            {"copy_id": lost.id, "cause": "lost", "declaration": "Left in the train"}
        )
        request.action_submit()
        self._by(request, self.office_head).action_approve()
        new = self._by(request.sudo().new_copy_id.sudo(False), self.controller)
        new.action_print()
        new.action_issue()
        self._by(new, self.seller).action_sign()
        self.assertEqual((new.number, new.reissued, lost.state), (lost.number, True, "lost"))

    def _borrowed(self, document):
        loan = self._by(self.env["itsms.document.loan"], self.reader).create(
            {
                "document_id": document.id,
                "purpose": "training",
                "purpose_text": "Evening course",
                "date_due": fields.Date.today() + timedelta(days=14),
                "company_id": self.company.id,
            }
        )
        loan.action_submit()
        self._by(loan, self.controller).action_approve()
        self._by(loan, self.controller).action_hand_out()
        self.assertEqual(loan.sudo().state, "handed_out")
        return loan

    def _reviewed_and_changed(self, document):
        review = self._by(self.env["itsms.document.review"], self.author).create(
            {
                "document_id": document.id,
                "occasion": "periodic",
                "held_on": self.company._itsms_today(),
                "findings": "<p>One hour is too long.</p>",
                "outcome": "change",
                "conclusion": "Half an hour, as the contracts say",
            }
        )
        review.action_conclude()
        self.assertEqual(review.state, "done")
        change = self._by(self.env["itsms.document.change"], self.author).create(
            {
                "document_id": document.id,
                "reason": "One hour is too long",
                "content": "Thirty minutes",
                "method": "page",
            }
        )
        change.action_submit()
        for user in (self.mr, self.president):
            self._by(change, user).action_approve()
        self.assertEqual(change.state, "approved")
        return change

    def _second_revision(self, change):
        action = change.action_write_revision()
        second = change.env["itsms.document.revision"].browse(action["res_id"])
        second.body = "<p>Call the manager on duty within thirty minutes.</p>"
        self._publish(self._release(second))
        self.assertEqual((second.status, second.state, change.state), ("A/1", "valid", "done"))
        for user in (self.author, self.reader, self.head):
            self._read(second, user)
        return second

    def _old_papers_come_back(self, first, second):
        self.assertEqual(first.state, "superseded")
        out = self._copies(first).filtered(lambda c: c.state == "held")
        self.assertEqual(len(out), 3)
        self.assertTrue(all(out.mapped("recalled_at")))
        self._by(out, self.controller).action_return("good")
        self.assertEqual(set(out.mapped("state")), {"returned"})
        self.assertEqual(set(out.mapped("stamp")), {"obsolete"})
        self._hand_out(second)

    def _withdrawn(self, document, second):
        dialog = self._by(self.env["itsms.document.obsolete"], self.office).create(
            {
                "document_ids": [Command.set(document.ids)],
                "reason": "Part of the incident procedure now",
                "retention": "legal",
                "retained_until": "2046-12-31",
            }
        )
        dialog.action_confirm()
        document.invalidate_recordset()
        self.assertEqual((document.state, second.state), ("obsolete", "obsolete"))
        out = self._copies(second)
        self._by(out, self.controller).action_return("good")
        self.assertEqual(set(out.mapped("stamp")), {"retained"})

    def _day_in_the_middle(self, revision, day, read, held):
        """The register of a past day: what was valid, who had read it, who held paper."""
        dialog = self._by(self.env["itsms.document.as.of"], self.auditor).create({"day": day})
        action = dialog.action_show()
        shown = self._by(self.env["itsms.document.revision"], self.auditor)
        shown = shown.with_context(**action["context"]).search(action["domain"])
        self.assertEqual(shown, revision)
        self.assertEqual(shown.as_of_acknowledged, read)
        self.assertEqual(shown.as_of_copies, held)

    def _records_destroyed(self, document):
        """What the year left behind is kept, and destroyed when its time is over (REC-4.8)."""
        records = self.env["itsms.record"].search([("company_id", "=", self.company.id)])
        kinds = set(records.mapped("res_model"))
        self.assertLessEqual(
            {"itsms.document.revision", "itsms.document.change", "itsms.document.loan",
             "itsms.document.review", "itsms.document.reissue"},
            kinds,
        )  # fmt: skip
        records = records.filtered(lambda r: r.department_id == self.dep_dev)
        paths = {a._full_path(a.store_fname) for a in records._all_files() if a.store_fname}
        with freeze_time(max(records.mapped("retention_until")) + timedelta(days=2)):
            disposal = self._by(self.env["itsms.record.disposal"], self.colleague).create(
                {
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                    "line_ids": [Command.create({"record_id": r.id}) for r in records],
                }
            )
            disposal.action_submit()
            self._by(disposal, self.head).action_approve()
            self._by(disposal, self.vp).action_approve()
            self._by(disposal, self.colleague).action_execute()
            self.env["itsms.record.removal"]._remove_pending()
        self.assertEqual(set(records.mapped("state")), {"disposed"})
        self.assertFalse([path for path in paths if os.path.exists(path)])
        self.assertTrue(all(records.mapped("name")))
