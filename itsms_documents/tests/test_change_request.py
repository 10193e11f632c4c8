import base64

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from .common import DocumentCase, tagged

REPORT = "itsms_documents.action_report_document_change"


@tagged("post_install", "-at_install")
class TestChangeRequest(DocumentCase):
    """The request itself: what it holds, what is refused, whose way it goes."""

    def setUp(self):
        super().setUp()
        self.document = self._published()

    def _evidence(self, user=None, content=b"measured", **vals):
        values = {"name": "audit.txt", "raw": content, "res_model": "itsms.document.change"}
        Attachment = self.env["ir.attachment"].with_user(user or self.author)
        return Attachment.create({**values, **vals})

    def _html(self, change, lang="en_US"):
        change = self._as(change, self.reader).with_context(lang=lang)
        return change.env["ir.actions.report"]._render_qweb_html(REPORT, change.ids)[0].decode()

    # ------------------------------------------------------------ what it holds
    def test_anybody_who_reads_may_ask(self):
        """DOC-4.5.1: the applicant fills in reason, content and method, and gets a number."""
        year = self.company._itsms_today().year
        change = self._request(self.document, self.reader, affected_parts="4.2, page 6")
        self.assertEqual((change.state, change.applicant_id), ("draft", self.reader))
        self.assertEqual(change.applicant_department_id, self.dep_sales)
        self.assertFalse(change.number)
        change.action_submit()
        self.assertEqual((change.state, change.number), ("pending", f"LH-DCR-{year}-001"))
        self.assertEqual(change.base_revision_id, self.document.current_revision_id)
        second = self._request(self.document)
        second.action_submit()
        self.assertEqual(second.number, f"LH-DCR-{year}-002")
        with freeze_time(f"{year + 1}-01-02 03:00:00"):
            third = self._request(self.document)
            third.action_submit()
        self.assertEqual(third.number, f"LH-DCR-{year + 1}-001")

    def test_reason_content_and_method_are_needed(self):
        """DOC-4.5.1 DOC-4.5.1d: a request without them is not submitted; nothing typed is lost."""
        for name, word in (
            ("reason", "Reason for the change"),
            ("content", "Content of the change"),
            ("method", "Method"),
        ):
            for empty in (False, "  ") if name != "method" else (False,):
                change = self._request(self.document, **{name: empty})
                with self.subTest(missing=name), self.assertRaisesRegex(UserError, word):
                    change.action_submit()
                self.assertEqual(change.state, "draft")

    def test_method_says_what_the_status_will_be(self):
        """DOC-4.5.1b DOC-4.5.1c DOC-4.5.1d: 换页 and 划改 give A/1, 换版 gives B/0."""
        methods = dict(self.env["itsms.document.change"]._fields["method"].selection)
        self.assertEqual(list(methods), ["page", "strike", "edition"])
        for method, status in (("page", "A/1"), ("strike", "A/1"), ("edition", "B/0")):
            change = self._request(self.document, method=method)
            self.assertEqual(change.new_status, status)

    def test_no_edition_after_z(self):
        """DOC-4.5.1c DOC-4.1.2.1g: a request for an edition that cannot be is refused at once."""
        document = self._document(user=self.office)
        document.revision_ids.edition = "Z"
        revision = document.revision_ids
        revision.action_submit()
        self._scope(document)
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        change = self._request(document, method="edition")
        self.assertFalse(change.new_status)
        with self.assertRaisesRegex(UserError, "DOC-4.1.2.1g"):
            change.action_submit()

    def test_only_documents_in_force_of_our_own(self):
        """DOC-4.5.1 DOC-4.8: drafts, withdrawn and external documents are changed otherwise."""
        draft = self._document(name="Draft")
        with self.assertRaisesRegex(UserError, "not in force"):
            self._request(draft).action_submit()
        change = self._request(self.document)
        self._as(self.document, self.office).action_transition("obsolete", "no longer used")
        self.assertEqual(self._as(change, self.author).state, "cancelled")
        with self.assertRaisesRegex(UserError, "not in force"):
            self._request(self.document).action_submit()
        external = self._document(
            category="external", name="ISO 20000", original_number="ISO/IEC 20000-1:2018"
        )
        revision = external.revision_ids
        revision.action_submit()
        self._scope(external)
        self._as(revision, self.controller).action_approve()
        self._as(revision, self.controller).action_publish()
        with self.assertRaisesRegex(UserError, "DOC-4.8"):
            self._request(external).action_submit()

    # ------------------------------------------------------------ evidence
    def test_important_change_without_evidence_is_refused(self):
        """DOC-4.5.1a: an important change needs a file that is not empty."""
        change = self._request(self.document, important=True)
        with self.assertRaisesRegex(UserError, "DOC-4.5.1a"):
            change.action_submit()
        # neither an empty file, nor the proposed text, nor a file of the discussion is evidence
        change.evidence_ids = [fields.Command.link(self._evidence(content=b"").id)]
        change.proposed_file = base64.b64encode(b"new text")
        self._evidence(res_id=change.id)
        with self.assertRaisesRegex(UserError, "DOC-4.5.1a"):
            change.action_submit()
        change.evidence_ids = [fields.Command.link(self._evidence().id)]
        change.action_submit()
        self.assertEqual(change.state, "pending")
        names = [entry["name"] for entry in change.approval_manifest]
        self.assertIn("audit.txt", names)

    def test_evidence_is_bound_and_locked(self):
        """DOC-4.5.1a COM-7: evidence cannot be exchanged, taken away or added while pending."""
        change = self._request(
            self.document,
            important=True,
            evidence_ids=[fields.Command.link(self._evidence().id)],
        )
        attachment = change.evidence_ids
        self.assertEqual((attachment.res_model, attachment.res_id), (change._name, change.id))
        change.action_submit()
        for act in (
            lambda: change.write({"evidence_ids": [fields.Command.clear()]}),
            lambda: change.write({"important": False}),
            lambda: attachment.write({"raw": b"other"}),
            lambda: attachment.unlink(),
            lambda: self._evidence(res_id=change.id),
        ):
            with self.assertRaisesRegex(UserError, "COM-7"), self.env.cr.savepoint():
                act()
        # changed below the ORM: no decision any more
        attachment.sudo().flush_recordset()
        store = self.env["ir.attachment"]._get_datas_related_values(b"forged", "text/plain")
        self.env.cr.execute(
            "UPDATE ir_attachment SET db_datas = %s, store_fname = %s WHERE id = %s",
            [store["db_datas"] or None, store["store_fname"] or None, attachment.id],
        )
        with self.assertRaisesRegex(UserError, "COM-7"):
            self._as(change, self.mr).action_approve()

    def test_evidence_taken_out_goes_away(self):
        """DOC-4.5.1a: what is no longer evidence does not stay behind on the request."""
        change = self._request(
            self.document, evidence_ids=[fields.Command.link(self._evidence().id)]
        )
        attachment = change.evidence_ids
        change.evidence_ids = [fields.Command.unlink(attachment.id)]
        self.assertFalse(attachment.exists())

    def test_files_of_others_are_no_evidence(self):
        """DOC-4.5.1a COM-17: no file of another record or person is passed off as evidence."""
        secret = self._document(name="Secret")
        secret.sudo().secrecy = "top_secret"
        closed = self.env["ir.attachment"].create(
            {"name": "plan.pdf", "raw": b"x", "res_model": secret._name, "res_id": secret.id}
        )
        change = self._request(self.document)
        other = self._request(self.document)
        own = self._evidence(res_id=other.id)
        for attachment in (closed, self._evidence(user=self.reader), own):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                change.write({"evidence_ids": [fields.Command.link(attachment.id)]})

    # ------------------------------------------------------------ the way of the document
    def test_route_of_the_original_document(self):
        """DOC-4.5.2: the request goes the way of its document, in that order, to the end."""
        change = self._request(self.document, self.reader)
        change.action_submit()
        self.assertIn("Mr", change.next_actor)
        with self.assertRaises(AccessError):
            self._as(change, self.president).action_approve()
        self._as(change, self.mr).action_approve()
        self._as(change, self.president).action_approve("good")
        self.assertEqual(self._as(change, self.reader).state, "approved")
        work = self._published(category="supporting", name="Work instruction")
        change = self._request(work, self.reader)
        change.action_submit()
        steps = change.sudo().approval_step_ids
        # the vice-president of the document's department, not of the applicant's
        self.assertEqual((steps.approver_ids, steps.label), (self.vp, "examine"))
        self.assertEqual(steps.department_id, self.dep_dev)

    def test_release_for_the_network_is_left_out(self):
        """DOC-4.5.2 DOC-4.4.2.1: a request is not published, so nobody releases it."""
        route = self.env.ref("itsms_documents.itsms_approval_route_procedure")
        role = self.env.ref("itsms_base.itsms_role_vice_president")
        release = {"stage": 9, "label": "release", "role_id": role.id}
        route.line_ids = [fields.Command.create({**release, "department_source": "office"})]
        change = self._request(self.document)
        change.action_submit()  # though the office has no vice-president
        steps = change.sudo().approval_step_ids
        self.assertEqual(steps.sorted("stage").mapped("label"), ["review", "approve"])
        route.line_ids.filtered(lambda x: x.label != "release").unlink()
        with self.assertRaisesRegex(UserError, "COM-5"):
            self._request(self.document).action_submit()

    def test_rejected_with_reason_and_sent_again(self):
        """DOC-4.5.2 COM-7: a rejection needs a reason; the second round is a new one."""
        change = self._request(self.document)
        change.action_submit()
        with self.assertRaisesRegex(UserError, "COM-7"):
            self._as(change, self.mr).action_reject("")
        self._as(change, self.mr).action_reject("which page?")
        change = self._as(change, self.author)
        self.assertEqual(change.state, "rejected")
        number = change.number
        change.content = "Page 7"
        change.action_submit()
        self.assertEqual((change.approval_round, change.number), (2, number))

    def test_applicant_never_decides(self):
        """DOC-4.5.2a COM-8: neither the applicant nor who worked on the request decides on it."""
        change = self._request(self.document, self.mr)
        with self.assertRaisesRegex(UserError, "COM-8"):
            change.action_submit()
        change = self._request(self.document)
        self._as(change, self.head).write({"content": "Better"})
        self._assign("management_representative", self.head)
        self._as(change, self.author).action_submit()
        with self.assertRaises(AccessError):
            self._as(change, self.head).action_approve()

    # ------------------------------------------------------------ substitute
    def test_substitute_for_an_original_approver(self):
        """DOC-4.5.2a: who stood in for whom and why is on record, on screen and in print (代)."""
        change = self._request(self.document)
        change.action_submit()
        step = self._as(change, self.mr)._open_steps().with_user(self.mr)
        Dialog = self.env["itsms.hand.over"].with_user(self.mr)
        for user, reason, word in (
            (self.author, "on a journey", "COM-8"),
            (self.head, " ", "COM-6"),
        ):
            dialog = Dialog.create({"step_id": step.id, "user_id": user.id, "reason": reason})
            with self.assertRaisesRegex(UserError, word):
                dialog.action_confirm()
        with self.assertRaises(AccessError):
            self._as(step, self.author).action_hand_over(self.head.id, "mine")
        action = self._as(change, self.mr).action_open_hand_over()
        self.assertEqual(action["context"]["default_step_id"], step.id)
        Dialog.create(
            {"step_id": step.id, "user_id": self.head.id, "reason": "on a journey"}
        ).action_confirm()
        self.assertIn("代 Head", self._as(change, self.reader).next_actor)
        self._as(change, self.head).action_approve()
        self._as(change, self.president).action_approve()
        step = change.sudo().approval_step_ids.filtered(lambda s: s.label == "review")
        self.assertEqual(step.signature, "Head 代 Mr")
        self.assertEqual((step.behalf_id, step.substitute_reason), (self.mr, "on a journey"))
        lines = self._log_of(change)
        handed = lines.filtered(lambda x: x.kind == "handover")
        self.assertIn("on a journey", handed.comment)
        decision = lines.filtered(lambda x: x.kind == "decision")[0]
        self.assertEqual((decision.actor_id, decision.behalf_id), (self.head, self.mr))
        html = self._html(change)
        self.assertIn("Head 代 Mr", html)
        self.assertIn("on a journey", html)

    def test_office_hands_over_for_who_is_away(self):
        """DOC-4.5.2a: the ITSMS office finds a substitute, never the applicant."""
        change = self._request(self.document)
        change.action_submit()
        step = change._open_steps().with_user(self.office)
        with self.assertRaisesRegex(UserError, "COM-8"):
            step.action_hand_over(self.author.id, "ill")
        step.action_hand_over(self.head.id, "ill")
        self._as(change, self.head).action_approve()
        self.assertIn("President", self._as(change, self.author).next_actor)

    # ------------------------------------------------------------ print
    def test_print(self):
        """DOC-4.5.1 DOC-6 COM-24: the form with method, evidence, checksums and signatures."""
        change = self._request(
            self.document,
            important=True,
            method="strike",
            reason="Finding 3 of the audit",
            content="Page 6, second line",
            affected_parts="4.2",
            evidence_ids=[fields.Command.link(self._evidence().id)],
        )
        self.assertRegex(self._html(change), r">\s*Author\s*<")
        change.action_submit()
        self._as(change, self.mr).action_approve()
        html = self._html(change)
        digest = change.approval_manifest[0]["sha256"]
        for text in (
            "Document change request (notice)",
            change.number,
            "Finding 3 of the audit",
            "Page 6, second line",
            "audit.txt",
            digest,
            "■ Strike-through",
            "□ New edition",
            "A/0",
        ):
            self.assertIn(text, html)
        self.assertRegex(html, r">\s*Mr\s*<")
        self.assertNotRegex(html, r">\s*President\s*<")
        self._as(change, self.president).action_approve()
        self.assertRegex(self._html(change), r">\s*President\s*<")
