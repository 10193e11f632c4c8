from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

from .common import PDF, DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestChangeExecution(DocumentCase):
    """From the approved request to the revision in force."""

    def setUp(self):
        super().setUp()
        self.document = self._published()
        self.first = self.document.current_revision_id

    def _write(self, change, user=None):
        """The draft that carries ``change`` out, opened by ``user`` (default: the author)."""
        action = self._as(change, user or self.author).action_write_revision()
        revision = self.env["itsms.document.revision"].browse(action["res_id"])
        return self._as(revision, user or self.author)

    def _publish(self, revision):
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()

    def _notices(self, change):
        kind = self.env.ref("itsms_documents.mail_activity_type_changed")
        domain = [("res_model", "=", change._name), ("res_id", "in", change.ids)]
        return self.env["mail.activity"].search([*domain, ("activity_type_id", "=", kind.id)])

    # ------------------------------------------------------------ the rule
    def test_revision_of_a_document_in_force_needs_an_approved_change(self):
        """DOC-4.5.1 DOC-4.5.2: without one neither the wizard nor a bare draft goes through."""
        with self.assertRaisesRegex(UserError, "DOC-4.5.1"):
            self.env["itsms.document.new.revision"].with_user(self.author).create(
                {"document_id": self.document.id, "change_reason": "by the back door"}
            ).action_create()
        draft = self.env["itsms.document.revision"].with_user(self.author)
        draft = draft.create(
            {"document_id": self.document.id, "revision_no": 1, "body": "<p>x</p>"}
        )
        self.assertTrue(draft.change_missing)
        with self.assertRaisesRegex(UserError, "DOC-4.5.1"):
            draft.action_submit()
        # a request that is not approved does not count, whatever draft it hangs on
        change = self._request(self.document)
        change.action_submit()
        guard.as_engine(change.sudo()).write({"revision_id": draft.id})
        with self.assertRaisesRegex(UserError, "DOC-4.5.1"):
            self._as(draft, self.author).action_submit()
        guard.as_engine(change.sudo()).write({"revision_id": False, "state": "approved"})
        self._as(change, self.author).action_join_revision()
        draft = self._as(draft, self.author)
        self.assertFalse(draft.change_missing)
        draft.action_submit()
        self.assertEqual(draft.state, "pending")

    def test_parameter_switches_the_rule_off(self):
        """DOC-4.5.1 COM-16: a company may lift the rule; the wizard works as before then."""
        self.env["itsms.parameter"].search(
            [("code", "=", "document.change.required")]
        ).sudo().default_value = "no"
        document = self._as(self.document, self.author)
        self.assertFalse(document.change_required)
        revision = self._new_revision(document)
        revision.action_submit()
        self.assertEqual(revision.state, "pending")

    def test_method_must_fit_the_status(self):
        """DOC-4.5.1b DOC-4.5.1c: a local change makes no new edition, and the other way round."""
        Revision = self.env["itsms.document.revision"].with_user(self.author)
        for method, vals, rule in (
            ("strike", {"edition": "B", "revision_no": 0}, "DOC-4.5.1b"),
            ("edition", {"edition": "A", "revision_no": 1}, "DOC-4.5.1c"),
        ):
            change = self._approved_change(self.document, method=method)
            draft = Revision.create({"document_id": self.document.id, "body": "<p>x</p>", **vals})
            with self.subTest(method=method), self.assertRaisesRegex(UserError, rule):
                change.action_join_revision()
            draft.unlink()
            # nor by changing the status afterwards
            draft = self._write(change)
            draft.write(vals)
            with self.subTest(method=method), self.assertRaisesRegex(UserError, rule):
                draft.action_submit()
            draft.action_transition("cancel", "wrong status")
            change = self._as(change, self.author)
            change.action_transition("cancel", "test")

    def test_first_revision_and_external_documents_need_no_request(self):
        """DOC-4.5.1 DOC-4.8: before it is in force a document is simply written."""
        self.assertEqual(self._submitted().state, "pending")
        external = self._document(
            category="external", name="ISO 20000", original_number="ISO/IEC 20000-1:2018"
        )
        revision = external.revision_ids
        revision.action_submit()
        self._scope(external)
        self._as(revision, self.controller).action_approve()
        self._as(revision, self.controller).action_publish()
        self._new_revision(self._as(external, self.author)).action_submit()

    # ------------------------------------------------------------ writing
    def test_change_record_line(self):
        """DOC-4.5.4 DOC-4.5.1b: reason and content go into the change record, status A/1."""
        change = self._approved_change(
            self.document, self.reader, reason="Audit\nfinding 3", content="Section 4 rewritten"
        )
        revision = self._write(change)
        self.assertEqual((revision.status, revision.state), ("A/1", "draft"))
        self.assertEqual(revision.change_reason, "Audit finding 3")
        self.assertEqual(revision.change_content, "Section 4 rewritten")
        self.assertEqual(revision.change_id, change)
        self.assertIn("Content", revision.body)
        line = revision._change_record()[-1]
        self.assertEqual((line.status, line.prepared_by), ("A/1", "Author"))
        seen = self._as(change, self.reader)
        self.assertEqual((seen.revision_id, seen.new_status), (revision, "A/1"))
        self.assertFalse(seen.to_write)

    def test_new_edition(self):
        """DOC-4.5.1c: 换版 gives the next letter with revision 0, and a new number."""
        revision = self._write(self._approved_change(self.document, method="edition"))
        self.assertEqual(revision.status, "B/0")
        self._publish(revision)
        self.assertEqual(self._as(self.document, self.reader).number, "LH-ITSMS-CX-001-B")

    def test_proposed_file_becomes_the_draft(self):
        """DOC-4.5.1: the proposal of the request is what the draft begins with."""
        change = self._approved_change(
            self.document, proposed_file=PDF, proposed_file_name="proposal.pdf"
        )
        revision = self._write(change)
        self.assertEqual((revision.file, revision.file_name), (PDF.encode(), "proposal.pdf"))

    def test_who_writes(self):
        """DOC-4.5.1b DOC-3.2 DOC-3.4: the department, its administrator, the controller, the
        office; nobody else."""
        change = self._approved_change(self.document, self.reader)
        for user in (self.reader, self.auditor, self.president):
            with self.assertRaisesRegex(AccessError, "DOC-4.5.1b"):
                self._as(change, user).action_write_revision()
            self.assertFalse(self._as(change, user).to_write)
        self._assign("department_document_administrator", self.reader, self.dep_dev)
        for user in (self.author, self.head, self.office, self.controller, self.reader):
            seen = self._as(change, user)
            self.assertTrue(seen.to_write)
            self.assertIn(change, seen.search([("to_write", "=", True)]))
            revision = self._write(change, user)
            self.assertEqual(revision.prepared_by_id, user)
            revision.body = "<p>Better</p>"
            self._as(revision, self.office).action_transition("cancel", "next one")
            self.assertTrue(self._as(change, user).to_write)
        self.assertFalse(seen.search([("to_write", "=", False), ("id", "=", change.id)]))

    def test_not_before_approval_and_not_twice(self):
        """DOC-4.5.2: a request is carried out after its approval, and once."""
        change = self._request(self.document)
        for state in ("draft", "pending", "rejected", "cancelled", "done"):
            guard.as_engine(change.sudo()).write({"state": state})
            with self.subTest(state=state), self.assertRaisesRegex(UserError, "DOC-4.5.2"):
                self._as(change, self.author).action_write_revision()
        guard.as_engine(change.sudo()).write({"state": "approved"})
        self._write(change)
        for act in ("action_write_revision", "action_join_revision"):
            with self.assertRaisesRegex(UserError, "already carried out"):
                getattr(self._as(change, self.author), act)()

    def test_several_requests_in_one_revision(self):
        """DOC-4.5.1 DOC-4.5.4: one revision carries several changes, each in its record line."""
        one = self._approved_change(self.document, reason="Audit", content="Section 4")
        two = self._approved_change(
            self.document, self.reader, reason="New law", content="Section 5", method="strike"
        )
        (one | two)._draw_numbers()
        revision = self._write(one | two)
        self.assertEqual(revision.change_reason, "Audit; New law")
        self.assertEqual(
            revision.change_content, f"{one.number}: Section 4\n{two.number}: Section 5"
        )
        late = self._approved_change(self.document, reason="Audit", content="Section 6")
        late._draw_numbers()
        with self.assertRaisesRegex(UserError, "still in work"):
            self._write(late)
        self._as(late, self.author).action_join_revision()
        revision = self._as(revision, self.author)
        self.assertEqual(revision.change_ids, one | two | late)
        self.assertIn(f"{late.number}: Section 6", revision.change_content)
        self._publish(revision)
        self.assertEqual(set((one | two | late).mapped("state")), {"done"})

    def test_requests_of_two_documents_are_two_revisions(self):
        """DOC-4.5.1: one revision carries out the requests of one document."""
        other = self._published(name="Other")
        changes = self._approved_change(self.document) | self._approved_change(other)
        with self.assertRaisesRegex(UserError, "one document"):
            self._write(changes)

    def test_late_request_and_a_revision_in_approval(self):
        """COM-7: nothing is added to a revision that was submitted, nothing taken from it."""
        change = self._approved_change(self.document)
        revision = self._write(change)
        revision.action_submit()
        late = self._approved_change(self.document)
        with self.assertRaisesRegex(UserError, "no draft"):
            late.action_join_revision()
        with self.assertRaisesRegex(UserError, "COM-7"):
            self._as(change, self.author).action_give_back()
        with self.assertRaisesRegex(UserError, "taken up"):
            self._as(change, self.author).action_transition("cancel", "no longer")

    # ------------------------------------------------------------ given back
    def test_cancelled_revision_gives_the_change_back(self):
        """DOC-4.5.1: a revision that never came about leaves the approved change waiting."""
        change = self._approved_change(self.document)
        revision = self._write(change)
        revision.action_transition("cancel", "begun wrongly")
        change = self._as(change, self.author)
        self.assertEqual((change.state, change.revision_id.id), ("approved", False))
        self.assertIn("A/1", self._log_of(change)[-1].comment)
        revision = self._write(change)
        self.assertEqual(revision.status, "A/1")
        revision.unlink()
        change = self._as(change, self.author)
        self.assertFalse(change.revision_id)
        self._write(change)
        self._as(change, self.author).action_give_back()
        self.assertFalse(self._as(change, self.author).revision_id)
        self.assertTrue(self._as(change, self.author).to_write)

    def test_withdrawn_document(self):
        """DOC-4.7.1: a withdrawn document takes its open requests along; a pending one first."""
        pending = self._request(self.document)
        pending.action_submit()
        waiting = self._approved_change(self.document)
        with self.assertRaisesRegex(UserError, "Decide on it first"):
            self._as(self.document, self.office).action_transition("obsolete", "no longer used")
        self._as(pending, self.author).action_withdraw()
        self._as(self.document, self.office).action_transition("obsolete", "no longer used")
        self.assertEqual((pending.state, waiting.state), ("cancelled", "cancelled"))

    # ------------------------------------------------------------ in force
    def test_published_revision_closes_the_change(self):
        """DOC-4.5.3b DOC-4.3.2 DOC-4.5.4: done at once, with what it superseded; published anew
        by the controller only."""
        change = self._approved_change(self.document)
        revision = self._write(change)
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        with self.assertRaises(AccessError):
            self._as(revision, self.author).action_publish()
        self.assertEqual(self._as(change, self.author).state, "approved")
        self._as(revision, self.controller).action_publish()
        change = self._as(change, self.reader)
        self.assertEqual((change.state, change.superseded_revision_id), ("done", self.first))
        self.assertEqual(self.first.state, "superseded")
        self.assertEqual(change.document_id.current_revision_id, revision)
        line = self._log_of(change).filtered(lambda x: x.state_to == "done")
        self.assertIn("supersedes A/0", line.comment)
        self.assertEqual(line.actor_id, self.controller)
        with self.assertRaises(UserError):
            self._as(change, self.office).action_transition("cancel", "too late")

    def test_who_is_told(self):
        """DOC-4.5.3 DOC-4.5.3a: the document administrators of the departments to be told."""
        self._assign("department_document_administrator", self.colleague, self.dep_dev)
        self._assign("department_document_administrator", self.reader, self.dep_sales)
        self._scope(self.document, self.dep_dev | self.dep_sales | self.dep_office)
        change = self._approved_change(self.document)
        self.assertEqual(
            change.notify_department_ids, self.dep_dev | self.dep_sales | self.dep_office
        )
        other = self._approved_change(self.document)
        self._publish(self._write(change | other))
        notices = self._notices(change | other)
        # one notice per person, though two requests were carried out
        self.assertEqual(notices.user_id, self.colleague | self.reader)
        self.assertEqual(len(notices), 2)
        self.assertEqual(set(notices.mapped("summary")), {"Distribute A/1, take back A/0"})
        day = fields.Date.add(self.company._itsms_today(), days=3)
        self.assertEqual(set(notices.mapped("date_deadline")), {day})
        told = self._log_of(change)[-1].comment
        self.assertIn("Sales: Reader", told)
        self.assertIn("ITSMS office: no document administrator", told)

    def test_departments_without_a_scope(self):
        """DOC-4.5.3: without a distribution scope the writing departments are to be told."""
        work = self._document(
            category="supporting",
            name="Work instruction",
            participating_department_ids=[fields.Command.link(self.dep_sales.id)],
        )
        guard.as_engine(work.sudo()).write({"state": "in_force"})
        change = self._request(work)
        self.assertEqual(change.notify_department_ids, self.dep_dev | self.dep_sales)

    def test_who_may_not_open_it_is_not_told(self):
        """DOC-4.5.3 DOC-4.1.1.3f: no notice tells the title of a closed document."""
        self._assign("department_document_administrator", self.reader, self.dep_sales)
        self._scope(self.document, self.dep_dev | self.dep_sales)
        change = self._approved_change(self.document)
        revision = self._write(change)
        self._as(self.document, self.office).write(
            {
                "secrecy": "secret",
                "authorised_department_ids": [
                    fields.Command.set((self.dep_dev | self.dep_office).ids)
                ],
            }
        )
        guard.as_engine(revision.sudo()).write({"state": "approved"})
        revision._changes_carried_out()._complete({revision.id: self.first})
        self.assertFalse(self._notices(change))
        self.assertIn("Sales: may not open it", self._log_of(change)[-1].comment)

    # ------------------------------------------------------------ screens
    def test_my_work(self):
        """DOC-4.5.1: my requests, and what is approved and mine to write, on the first page."""

        def sections(user):
            work = self._as(self.env["itsms.my.work"], user).get_sections()["sections"]
            return {s["key"]: [item["res_id"] for item in s["items"]] for s in work}

        change = self._approved_change(self.document, self.reader)
        self.assertEqual(sections(self.reader)["my_changes"], change.ids)
        self.assertNotIn("changes_to_write", sections(self.reader))
        self.assertEqual(sections(self.author)["changes_to_write"], change.ids)
        self._write(change)
        self.assertNotIn("changes_to_write", sections(self.author))

    def test_links_between_document_revision_and_change(self):
        """DOC-4.5.4: every request is found from its document and its revision, and back."""
        change = self._approved_change(self.document)
        revision = self._write(change)
        document = self._as(self.document, self.author)
        self.assertEqual((document.change_count, revision.change_count), (1, 1))
        Change = change.env["itsms.document.change"]
        for record in (document, revision):
            self.assertEqual(Change.search(record.action_view_changes()["domain"]), change)
        self.assertEqual(change.action_open_revision()["res_id"], revision.id)
        self.assertEqual(change.action_open_document()["res_id"], document.id)
        action = document.action_request_change()
        new = Change.with_context(**action["context"]).new({})
        self.assertEqual(new.document_id.id, document.id)
        lines = self.env["itsms.log"].search(document._evidence_domain())
        self.assertTrue(lines.filtered(lambda x: x.res_model == Change._name))
        self.assertEqual(document.log_count, len(lines))
