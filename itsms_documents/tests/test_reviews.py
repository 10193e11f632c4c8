from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from odoo.addons.itsms_base.engine import guard

from .common import DocumentCase, tagged


class ReviewCase(DocumentCase):
    """Adds reviews in preparation and held."""

    def _review(self, document, user=None, **vals):
        """A draft review of ``user`` (default: the author)."""
        Review = self._as(self.env["itsms.document.review"], user or self.author)
        return Review.create({"document_id": document.id, **vals})

    def _held(self, document, user=None, **vals):
        """A review that was concluded; still suitable unless ``vals`` say otherwise."""
        vals = {
            "held_on": self.company._itsms_today(),
            "findings": "<p>Read and compared</p>",
            "outcome": "fit",
            **vals,
        }
        review = self._review(document, user, **vals)
        review.action_conclude()
        return review

    def _set_parameter(self, code, value):
        """A value in force, by the engine's hand."""
        change = self._change(parameter_id=self._parameter(code).id, value=value)
        guard.as_engine(change.sudo()).write({"state": "approved"})
        change.sudo()._approval_done()


@tagged("post_install", "-at_install")
class TestReviews(ReviewCase):
    """Document review record (文件评审记录)."""

    def test_review_is_a_numbered_record_with_evidence(self):
        """DOC-4.6 DOC-6: each review is held in a numbered record with its evidence."""
        document = self._published()
        review = self._review(document, participant_ids=[self.colleague.id], occasion="necessary")
        self.assertEqual(review.revision_id, document.current_revision_id)
        self.assertFalse(review.number)
        review.write(
            {"held_on": self.company._itsms_today(), "findings": "<p>Read</p>", "outcome": "fit"}
        )
        review.action_conclude()
        year = self.company._itsms_today().year
        self.assertEqual(review.number, f"LH-ITSMS-PS-{year}-001")
        self.assertEqual((review.state, review.done_by_id), ("done", self.author))
        log = self._log_of(review)
        self.assertEqual((log.actor_id, log.state_to), (self.author, "done"))
        self.assertEqual(self._held(document).number, f"LH-ITSMS-PS-{year}-002")

    def test_both_occasions(self):
        """DOC-4.6: after the document has been drawn up, and during its use."""
        draft = self._document(name="Just drawn up")
        review = self._held(draft, occasion="drawn_up")
        self.assertEqual(review.revision_id, draft.revision_ids)
        self.assertEqual(self._held(self._published(), occasion="periodic").state, "done")

    def test_who_organises(self):
        """DOC-4.6a: the approver or the authoring department organises, nobody else."""
        document = self._published()
        for user in (self.president, self.author, self.head, self.office, self.controller):
            with self.subTest(user=user.login):
                self.assertEqual(self._review(document, user).organiser_id, user)
        for user in (self.reader, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._review(document, user)
        with self.assertRaisesRegex(ValidationError, "DOC-4.6a"):
            self._review(document, self.author, organiser_id=self.reader.id)

    def test_reviewer_who_only_examined_is_no_approver(self):
        """DOC-4.6a: 批准人 is who approved; a signature under 审核 does not make one."""
        document = self._published()
        self.assertIn(
            "review", document.current_revision_id.sudo().approval_step_ids.mapped("label")
        )
        with self.assertRaises(UserError):
            self._review(document, self.mr)

    def test_approver_of_a_rejected_round_is_none(self):
        """DOC-4.6a: only the signatures of the last round count."""
        revision = self._submitted()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_reject("Again")
        with self.assertRaises(UserError):
            self._review(revision.document_id, self.president)

    def test_organiser_concludes(self):
        """DOC-4.6a: a colleague of the organiser may prepare the record, not sign it."""
        document = self._published()
        review = self._review(document, held_on=self.company._itsms_today(), outcome="fit")
        with self.assertRaisesRegex(AccessError, "DOC-4.6a"):
            self._as(review, self.colleague).action_conclude()
        with self.assertRaises(AccessError):
            self._as(review, self.reader).action_conclude()
        self._as(review, self.office).action_conclude()
        self.assertEqual(review.done_by_id, self.office)
        self.assertIn("代", review._signature())

    def test_conclusion_needs_its_content(self):
        """DOC-4.6: no review without day, findings and outcome, none in the future."""
        document = self._published()
        today = self.company._itsms_today()
        full = {"held_on": today, "findings": "<p>Read</p>", "outcome": "fit"}
        for missing in full:
            with self.subTest(missing=missing), self.assertRaises(UserError):
                self._review(document, **(full | {missing: False})).action_conclude()
        with self.assertRaisesRegex(UserError, "not come yet"):
            self._review(
                document, **(full | {"held_on": today + timedelta(days=1)})
            ).action_conclude()
        for outcome in ("change", "withdraw"):
            with self.subTest(outcome=outcome), self.assertRaisesRegex(UserError, "DOC-4.6b"):
                self._review(document, **(full | {"outcome": outcome})).action_conclude()

    def test_held_review_is_locked(self):
        """DOC-4.6 COM-7: content and attachments of a held review stay as they are."""
        review = self._held(self._published())
        for vals in ({"outcome": "change"}, {"findings": "<p>Other</p>"}, {"organiser_id": False}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "COM-7"):
                review.write(vals)
        with self.assertRaises(UserError):
            self.env["ir.attachment"].with_user(self.author).create(
                {"name": "late.txt", "raw": b"x", "res_model": review._name, "res_id": review.id}
            )
        with self.assertRaises(UserError):
            review.unlink()

    def test_state_only_by_the_buttons(self):
        """DOC-4.6 COM-2: neither RPC, import nor context sets the state of a review."""
        document = self._published()
        review = self._review(document)
        for vals in ({"state": "done"}, {"number": "X"}, {"done_by_id": self.mr.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                review.with_context(itsms_engine=True).write(vals)
        with self.assertRaises(AccessError):
            self._review(document, state="done")

    def test_revision_of_another_document_is_refused(self):
        """DOC-4.6: the revision under review belongs to the document."""
        other = self._published(name="Other")
        with self.assertRaises(ValidationError):
            self._review(self._published(), revision_id=other.current_revision_id.id)

    def test_change_leads_on(self):
        """DOC-4.6b DOC-4.5.1: the request is filled in from the review, linked both ways."""
        document = self._published()
        review = self._held(document, outcome="change", conclusion="Chapter 3 names a dead form")
        self.assertTrue(review.to_follow)
        self.assertEqual(review.activity_ids.user_id, self.author)
        action = review.action_request_change()
        Change = self._as(self.env[action["res_model"]], self.author)
        with Form(Change.with_context(**action["context"])) as form:
            form.method = "page"
        change = form.record
        self.assertEqual((change.document_id, change.review_id), (document, review))
        self.assertEqual(change.content, "Chapter 3 names a dead form")
        self.assertEqual(review.change_ids, change)
        self.assertEqual(change.action_open_review()["res_id"], review.id)
        self.env.invalidate_all()
        self.assertFalse(review.to_follow)
        self.assertFalse(review.activity_ids)
        change.action_transition("cancel", "Wrong form")
        self.env.invalidate_all()
        self.assertTrue(review.to_follow)

    def test_change_names_only_a_held_review_of_its_document(self):
        """DOC-4.6b: no request hangs itself on somebody else's review."""
        document, other = self._published(), self._published(name="Other")
        held = self._held(other, outcome="change", conclusion="x")
        draft = self._review(document)
        for review in (held, draft):
            with self.subTest(review=review), self.assertRaises(ValidationError):
                self._request(document, review_id=review.id)

    def test_fit_leads_nowhere(self):
        """DOC-4.6b: what is still suitable is neither changed nor withdrawn."""
        review = self._held(self._published())
        self.assertFalse(review.to_follow)
        with self.assertRaises(UserError):
            review.action_request_change()
        with self.assertRaises(UserError):
            review.action_withdraw_document()

    def test_withdrawal_leads_on(self):
        """DOC-4.6b DOC-4.7: the review opens the withdrawal with its reason; then it is done."""
        self.dep_office.manager_id = self.office.employee_id
        document = self._published()
        review = self._held(document, outcome="withdraw", conclusion="The service has ended")
        self.assertEqual(review.activity_ids.user_id, self.office)
        action = self._as(review, self.office).action_withdraw_document()
        dialog = (
            self._as(self.env[action["res_model"]], self.office)
            .with_context(**action["context"])
            .create({"retention": "legal", "retained_until": date(2999, 1, 1)})
        )
        self.assertEqual(dialog.reason, "The service has ended")
        dialog.action_confirm()
        self.env.invalidate_all()
        self.assertEqual((document.state, document.retention), ("obsolete", "legal"))
        self.assertFalse(review.to_follow)
        self.assertFalse(review.activity_ids)

    def test_withdraw_only_what_is_in_force(self):
        """DOC-4.7: a document that never was in force is cancelled, not withdrawn."""
        document = self._document()
        with self.assertRaisesRegex(UserError, "DOC-4.7"):
            self._held(document, occasion="drawn_up", outcome="withdraw", conclusion="No need")

    def test_withdrawal_cancels_open_reviews(self):
        """DOC-4.6: nobody is left with the review of a document that is obsolete."""
        document = self._published()
        review = self._review(document)
        self._as(document, self.office).action_transition("obsolete", "Ended")
        self.env.invalidate_all()
        self.assertEqual(review.state, "cancelled")
        with self.assertRaises(UserError):
            self._held(document)

    def test_secrecy_and_companies(self):
        """DOC-4.6 COM-17: a review is as secret as its document and stays in its company."""
        document = self._published()
        review = self._held(document)
        Review = self.env["itsms.document.review"]
        self.assertIn(review, self._as(Review, self.reader).search([]))
        document.sudo().secrecy = "secret"
        self.assertNotIn(review, self._as(Review, self.reader).search([]))
        with self.assertRaises(AccessError):
            self._as(review, self.reader).read(["findings"])
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger", groups="itsms_base.group_itsms_office", company=other)
        self.assertFalse(self._as(Review, stranger).search([("id", "=", review.id)]))

    def test_foreign_department_writes_no_review(self):
        """DOC-4.6a: who neither organises nor belongs to the department writes nothing."""
        review = self._review(self._published())
        for user, may in ((self.colleague, True), (self.office, True), (self.reader, False)):
            with self.subTest(user=user.login):
                self.assertEqual(self._as(review, user).has_access("write"), may)
        theirs = self._review(self._published(name="P2"), self.president)
        self.assertTrue(self._as(theirs, self.president).has_access("write"))
        self.assertFalse(self._as(review, self.president).has_access("write"))

    def test_print(self):
        """DOC-4.6 COM-24: the record is printed with the title of the form and its content."""
        document = self._published()
        review = self._held(document, participant_ids=[self.colleague.id], guests="Mr Li")
        report = self.env["ir.actions.report"]
        name = "itsms_documents.report_document_review"
        html = report._render_qweb_html(name, review.ids)[0].decode()
        for text in ("Document review record", review.number, "Colleague, Mr Li", "Author"):
            self.assertIn(text, html)
        self.assertNotIn('class="mark"', html)
        draft = self._review(document)
        html = report._render_qweb_html(name, draft.ids)[0].decode()
        self.assertIn('class="mark"', html)

    def test_two_hundred_reviews_in_one_go(self):
        """DOC-4.6: 200 reviews are concluded in one call, without queries per record."""
        category = self.env.ref("itsms_documents.itsms_document_category_procedure")
        documents = self.env["itsms.document"].create(
            [
                {
                    "name": f"P{n}",
                    "category_id": category.id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                }
                for n in range(200)
            ]
        )
        reviews = self._as(self.env["itsms.document.review"], self.author).create(
            [
                {
                    "document_id": document.id,
                    "held_on": self.company._itsms_today(),
                    "findings": "<p>Read</p>",
                    "outcome": "fit",
                }
                for document in documents
            ]
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        reviews.action_conclude()
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 80)
        self.assertEqual(len(set(reviews.mapped("number"))), 200)


@tagged("post_install", "-at_install")
class TestReviewCycle(ReviewCase):
    """How often, when next, who is told."""

    def test_next_review_is_counted_from_publication_and_review(self):
        """DOC-4.6: twelve months after the publication, or after the last review."""
        with freeze_time("2041-01-31 02:00:00"):
            document = self._published()
            self.assertEqual(document.next_review_date, date(2042, 1, 31))
        with freeze_time("2041-03-15 02:00:00"):
            self._held(document, occasion="periodic")
            self.env.invalidate_all()
            self.assertEqual(document.last_review_date, date(2041, 3, 15))
            self.assertEqual(document.next_review_date, date(2042, 3, 15))
        with freeze_time("2041-05-01 02:00:00"):
            revision = self._new_revision(document)
            revision.action_submit()
            self._as(revision, self.mr).action_approve()
            self._as(revision, self.president).action_approve()
            self._as(revision, self.controller).action_publish()
            self.env.invalidate_all()
            self.assertEqual(document.next_review_date, date(2042, 5, 1))
        self._as(document, self.office).action_transition("obsolete", "Ended")
        self.assertFalse(document.next_review_date)

    def test_interval_of_company_and_document(self):
        """DOC-4.6 COM-16: the interval is a parameter; a document may have its own or none."""
        document = self._published()
        day = document.publication_date
        self.assertEqual(document.next_review_date, day + relativedelta(months=12))
        document.write({"review_rule": "own", "review_months": 3})
        self.assertEqual(document.next_review_date, day + relativedelta(months=3))
        document.review_rule = "never"
        self.assertFalse(document.next_review_date)
        document.review_rule = "company"
        self._set_parameter("document.review.months", "6")
        self.assertEqual(document.next_review_date, day + relativedelta(months=6))
        # the single statement and the computed field agree
        document.write({"review_rule": "own", "review_months": 6})
        document.write({"review_rule": "company"})
        self.assertEqual(document.next_review_date, day + relativedelta(months=6))
        self._set_parameter("document.review.months", "0")
        self.assertFalse(document.next_review_date)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("itsms_documents.ir_cron_open_reviews").method_direct_trigger()
        self.env.invalidate_all()

    def test_night_opens_the_review_once(self):
        """DOC-4.6: thirty days before it is due a draft and a to-do appear, once."""
        with freeze_time("2041-01-10 02:00:00"):
            document = self._published()
        reviews = document.review_ids
        with freeze_time("2041-12-01 02:00:00"):
            self._run_cron()
            self.assertFalse(document.review_ids - reviews)
        with freeze_time("2041-12-20 02:00:00"):
            self._run_cron()
            review = document.review_ids
            self.assertEqual((review.occasion, review.state), ("periodic", "draft"))
            self.assertEqual(review.due_on, date(2042, 1, 10))
            self.assertEqual(review.organiser_id, self.head)
            self.assertEqual(review.activity_ids.user_id, self.head)
            self.assertEqual(review.activity_ids.date_deadline, date(2042, 1, 10))
            self._run_cron()
            self.assertEqual(document.review_ids, review)
            work = self._as(self.env["itsms.my.work"], self.head).get_sections()
            section = {s["key"]: s for s in work["sections"]}["reviews"]
            self.assertEqual([i["res_id"] for i in section["items"]], review.ids)
            # cancelled with a reason, it is not opened again for the same day
            self._as(review, self.head).action_transition("cancel", "Reviewed with the audit")
            self._run_cron()
            self.assertEqual(document.review_ids, review)
            self.assertFalse(review.activity_ids)
        with freeze_time("2042-02-01 02:00:00"):
            self.assertTrue(document.review_overdue)
            self.assertIn(
                document,
                self._as(self.env["itsms.document"], self.reader).search(
                    [("review_overdue", "=", True)]
                ),
            )

    def test_conclusion_ends_the_to_do_and_starts_the_next_turn(self):
        """DOC-4.6: a held review closes its to-do; a year later the next one is opened."""
        with freeze_time("2041-01-10 02:00:00"):
            document = self._published()
        with freeze_time("2041-12-20 02:00:00"):
            self._run_cron()
            review = self._as(document.review_ids, self.head)
            review.write({"held_on": date(2041, 12, 20), "outcome": "fit"})
            review.action_conclude()
            self.assertFalse(review.activity_ids)
            self._run_cron()
            self.assertEqual(len(document.review_ids), 1)
        with freeze_time("2042-12-01 02:00:00"):
            self._run_cron()
            self.assertEqual(
                document.review_ids.sorted("due_on").mapped("due_on"),
                [date(2042, 1, 10), date(2042, 12, 20)],
            )

    def test_periodic_draft_is_cancelled_never_deleted(self):
        """DOC-4.6: who finds a due review unhandy cannot make it vanish."""
        with freeze_time("2041-01-10 02:00:00"):
            document = self._published()
        with freeze_time("2042-01-20 02:00:00"):
            self._run_cron()
            review = self._as(document.review_ids, self.head)
            self.assertTrue(review.overdue)
            with self.assertRaisesRegex(UserError, "DOC-4.6"):
                review.unlink()

    def test_organiser_may_open_the_document(self):
        """DOC-4.6a DOC-4.1.1.3f: nobody is asked to review what is closed to him."""
        with freeze_time("2041-01-10 02:00:00"):
            document, listed = self._published(), self._published(name="Narrow")
            document.sudo().secrecy = "top_secret"
            listed.sudo().write({"secrecy": "secret", "authorised_user_ids": self.vp.ids})
        with freeze_time("2042-01-20 02:00:00"):
            self._run_cron()
            for closed in (document, listed):
                review = closed.sudo().review_ids
                self.assertTrue(review)
                self.assertFalse(review.organiser_id)
                self.assertFalse(review.activity_ids)

    def test_cron_in_small_steps(self):
        """DOC-4.6: two hundred due documents are opened in steps, without queries per document."""
        category = self.env.ref("itsms_documents.itsms_document_category_procedure")
        documents = self.env["itsms.document"].create(
            [
                {
                    "name": f"P{n}",
                    "category_id": category.id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                }
                for n in range(200)
            ]
        )
        guard.as_engine(documents).write({"state": "in_force"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_document SET next_review_date = '2020-01-01' WHERE id = ANY(%s)",
            [documents.ids],
        )
        self.env.invalidate_all()
        due = self.env["itsms.document"]._due_for_review(self.company, 100)
        self.assertEqual(len(due), 100)
        before = self.env.cr.sql_log_count
        due._open_periodic_reviews()
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 60)
        rest = self.env["itsms.document"]._due_for_review(self.company, 1000)
        self.assertEqual(len(rest & documents), 100)
