"""The approval engine on a record with files, rich text and a chain of two (COM-5 … COM-8)."""

from odoo.exceptions import UserError

from odoo.addons.itsms_base.tests.approval_common import ApprovalCase

from .common import PDF, DocumentCase, tagged

REVISION = "itsms.document.revision"
STATES = ("pending", "approved", "valid")


@tagged("post_install", "-at_install")
class TestApprovalDocuments(DocumentCase, ApprovalCase):
    def _in_state(self, state):
        if state == "pending":
            return self._submitted()
        if state == "approved":
            return self._approved()
        return self._published().current_revision_id

    def _submitted(self, **vals):
        document = self._document(**vals)
        revision = document.revision_ids
        revision.write({"file": PDF, "file_name": "procedure.pdf"})
        revision.action_submit()
        return revision

    def test_content_is_locked_in_every_later_state(self):
        """COM-7: text, file, reason and author of a revision stay as they were submitted."""
        contents = {
            "body": "<p>other</p>",
            "file": False,
            "file_name": "other.pdf",
            "change_reason": "other",
            "change_content": "other",
            "change_date": "2020-01-01",
            "prepared_by_id": self.colleague.id,
        }
        for state in STATES:
            revision = self._in_state(state)
            self.assertEqual(revision.state, state)
            for user in (self.author, self.office, self.manager, self.sysadmin, self.controller):
                for context in ({}, {"itsms_engine": True}, {"_force_unlink": True}):
                    for name, value in contents.items():
                        self._refused(
                            user, REVISION, "write", revision.ids, {name: value}, context=context
                        )
                    self._refused(user, REVISION, "unlink", revision.ids, context=context)
            with self.assertRaisesRegex(UserError, "COM-7"):
                revision.sudo().write({"body": "<p>other</p>"})

    def test_files_are_locked_in_every_later_state(self):
        """COM-7: the file of a revision is not exchanged behind the approval."""
        for state in STATES:
            revision = self._in_state(state)
            file = self.env["ir.attachment"].search(
                [("res_model", "=", REVISION), ("res_id", "=", revision.id),
                 ("res_field", "=", "file")],
            )  # fmt: skip
            new = {"name": "x", "raw": "x", "res_model": REVISION, "res_id": revision.id}
            for user in (self.author, self.office, self.sysadmin):
                self._refused(user, "ir.attachment", "write", file.ids, {"datas": PDF})
                self._refused(user, "ir.attachment", "write", file.ids, {"res_id": 0})
                self._refused(user, "ir.attachment", "unlink", file.ids)
                self._refused(user, "ir.attachment", "create", [new])

    def test_state_is_never_written(self):
        """COM-2: no revision becomes approved or valid by writing, creating or copying."""
        revision = self._submitted()
        for user in (self.author, self.office, self.manager, self.sysadmin):
            for state in ("approved", "valid", "superseded", "draft"):
                self._refused(user, REVISION, "write", revision.ids, {"state": state})
                self._refused(
                    user, REVISION, "write", revision.document_id.revision_ids.ids,
                    {"state": state, "body": "<p>x</p>"},
                )  # fmt: skip
            self._refused(user, REVISION, "copy", revision.ids, {"state": "approved"})
            self._refused(
                user, "itsms.document", "write", revision.document_id.ids,
                {"revision_ids": [[1, revision.id, {"state": "approved"}]]},
            )  # fmt: skip
        self.assertEqual(revision.state, "pending")

    def test_tampering_before_publication_is_found(self):
        """COM-7: what was changed below the ORM after the approval is not published."""
        revision = self._approved()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_document_revision SET body = '<p>other</p>' WHERE id = %s",
            [revision.id],
        )
        with self.assertRaisesRegex(UserError, "no longer what was submitted"):
            self._as(revision, self.controller).action_publish()
        self.assertEqual(revision.state, "approved")

    def test_author_does_not_approve_though_a_colleague_submits(self):
        """COM-8: the author (编制) is left out of the deciders, whoever presses the button."""
        document = self._document(user=self.author)
        revision = document.revision_ids
        revision.prepared_by_id = self.mr
        with self.assertRaisesRegex(UserError, "COM-8"):
            self._as(revision, self.author).action_submit()
        self._assign("management_representative", self.vp)
        self._as(revision, self.author).action_submit()
        self._refused(self.mr, REVISION, "action_approve", revision.ids)
        self._as(revision, self.vp).action_approve()

    def test_secret_document_tells_no_stand_in(self):
        """COM-6 COM-17: a stand-in who may not open the record is neither told nor may decide."""
        today = self.company._itsms_today()
        self.env["itsms.stand.in"].with_user(self.mr).create(
            {
                "principal_id": self.mr.id,
                "substitute_id": self.reader.id,
                "company_id": self.company.id,
                "date_from": today,
                "date_to": today,
                "reason": "Leave",
            }
        )
        document = self._document(
            secrecy="secret",
            authorised_department_ids=[(6, 0, (self.dep_dev | self.dep_office).ids)],
        )
        revision = document.revision_ids
        self.president.employee_id.department_id = self.dep_office
        self._as(revision, self.author).action_submit()
        self.assertIn(self.mr, revision.activity_ids.user_id)
        self.assertNotIn(self.reader, revision.activity_ids.user_id)
        self._refused(self.reader, REVISION, "action_approve", revision.ids)

    def test_rejected_round_is_kept_and_the_number_stays(self):
        """COM-4 COM-7: rejected, reworked, approved: both rounds and one number."""
        revision = self._submitted()
        number = revision.number
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_reject("add a figure")
        mine = self._as(revision, self.author)
        mine.body = "<p>With a figure</p>"
        mine.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self.assertEqual((revision.number, revision.state), (number, "approved"))
        self.assertEqual(
            [(s.round, s.state) for s in self._steps(revision)],
            [(1, "approved"), (1, "rejected"), (2, "approved"), (2, "approved")],
        )
