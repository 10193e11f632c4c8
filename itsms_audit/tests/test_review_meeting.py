from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard

from .common import tagged
from .review_common import ISSUED, START, ReviewCase

LETTERS = list("abcdefghijkl")


@tagged("post_install", "-at_install")
class TestReviewMeeting(ReviewCase):
    """Inputs, material and meeting of a management review (REV-4.4 … REV-4.7.2)."""

    # ------------------------------------------------------------ inputs and agenda
    def test_inputs_and_agenda_are_seeded(self):
        """REV-4.4.1 REV-4.4.1a REV-4.4.1b REV-4.4.1c REV-4.4.1d REV-4.4.1e REV-4.4.1f REV-4.4.1g
        REV-4.4.1h REV-4.4.1i REV-4.4.1j REV-4.4.1k REV-4.4.1l REV-4.5.4 REV-4.5.4a REV-4.5.4b
        REV-4.5.4c REV-4.5.4d REV-4.5.4e REV-4.5.4f REV-4.5.4g REV-4.5.4h REV-4.5.4i REV-4.5.4j
        REV-4.5.4k REV-4.5.4l: every review has them, none is left out or made up."""
        review = self._review()
        self.assertEqual(review.input_ids.mapped("code"), LETTERS)
        self.assertEqual(review.agenda_ids.mapped("code"), ["previous", *LETTERS])
        topics = self.env["itsms.review.topic"].search([])
        wanted = {f"REV-4.4.1{x}" for x in LETTERS} | {f"REV-4.5.4{x}" for x in LETTERS}
        self.assertLessEqual(wanted, set(topics.mapped("requirement")))
        with self.assertRaises(UserError):
            self._as(review.input_ids[0], self.office).unlink()
        with self.assertRaises(UserError):
            self.env["itsms.management.review.input"].with_user(self.office).create(
                {"review_id": review.id, "section": "input", "name": "Weather"}
            )

    def test_every_section_has_figures(self):
        """REV-4.4.1 REV-4.5.4 AUD-4.6: figures are collected for each section; a module that is
        not installed says so."""
        review = self._review()
        self._as(review, self.office).action_collect()
        for line in review.sudo().input_ids | review.sudo().agenda_ids:
            self.assertTrue(line.figure_ids, f"{line.section} {line.code}")
        complaints = review.input_ids.filtered(lambda x: x.code == "h")
        if "itsms.complaint" not in self.env:
            self.assertTrue(complaints.figure_ids[0].missing)
            self.assertIn("not installed", complaints.figures_text)

    def test_figures_are_live_with_sources(self):
        """REV-4.4.1b REV-4.4.1e REV-4.4.1j: numbers come from the records and lead to them."""
        review = self._review()
        self._as(review, self.office).action_collect()
        line = review.input_ids.filtered(lambda x: x.code == "j")

        def held():
            return line.figure_ids.filtered(lambda f: f.label == "Meetings held")

        self.assertEqual(held().value, "0")
        meeting = self.env["itsms.meeting"].create(
            {
                "name": "Weekly",
                "company_id": self.company.id,
                "date_start": START - timedelta(days=2),
                "date_end": START,
            }
        )
        self.env.cr.execute("UPDATE itsms_meeting SET state = 'held' WHERE id = %s", [meeting.id])
        self.env.invalidate_all()
        self._as(review, self.office).action_collect()
        self.assertEqual(held().value, "1")
        self.assertEqual(held().res_ids, meeting.ids)
        action = held().action_open_records()
        self.assertEqual(action["domain"], [("id", "in", meeting.ids)])
        with self.assertRaisesRegex(UserError, "never entered by hand"):
            held().value = "7"

    def test_hook(self):
        """REV-4.4.1: a module tells its section through the hook."""
        review = self._review()
        Review = type(self.env["itsms.management.review"])
        original = Review._collect_inputs

        def told(records):
            sections = original(records)
            return sections | {"input.h": [records._figure("Complaints", 12)]}

        self.patch(Review, "_collect_inputs", told)
        self._as(review, self.office).action_collect()
        line = review.input_ids.filtered(lambda x: x.code == "h")
        self.assertEqual(line.figures_text, "Complaints: 12")

    # ------------------------------------------------------------ material
    def test_material_is_examined_when_complete(self):
        """REV-4.5.2 REV-3.2: the representative examines it, when nothing is missing."""
        review = self._issued()
        with freeze_time(ISSUED):
            with self.assertRaisesRegex(UserError, "not complete.*REV-4.5.2"):
                self._as(review, self.mr).action_examine()
            self._hand_in(review)
            self.assertFalse(review.missing_material)
            for user in (self.office, self.president, self.head):
                with self.assertRaises(AccessError):
                    self._as(review, user).action_examine()
            self._as(review, self.mr).action_examine()
            self.assertEqual((review.state, review.examined_by_id), ("prepared", self.mr))
            self._as(review, self.mr).action_transition("reopen", "Figures of May are missing")
        self.assertEqual(review.state, "issued")

    def test_department_reports(self):
        """REV-3.4 REV-4.7.1d: each department head writes for his own department only."""
        review = self._issued()
        line = review.sudo().statement_ids.filtered(lambda s: s.department_id == self.dep_dev)
        with freeze_time(ISSUED):
            own = self._as(line, self.head)
            with self.assertRaisesRegex(UserError, "write how the work went"):
                own.action_submit_statement()
            own.situation = "Two releases"
            own.action_submit_statement()
            self.assertEqual((line.state, line.submitted_by_id), ("submitted", self.head))
            own.problems = "Too many meetings"
            self.assertEqual(line.state, "draft")
            own.action_submit_statement()
            for user in (self.service_head, self.office, self.author):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    self._as(line, user).situation = "Bad"
            with self.assertRaises(AccessError):
                own.write({"state": "excused"})
            with self.assertRaises(AccessError):
                self.env["itsms.management.review.statement"].with_user(self.head).create(
                    {"review_id": review.id}
                )

    def test_system_report(self):
        """REV-3.2 REV-4.7.1c: the management representative reports on the system."""
        review = self._issued()
        line = review.sudo().statement_ids.filtered(lambda s: s.kind == "system")
        with freeze_time(ISSUED):
            self._as(line, self.mr).situation = "It runs"
            self._as(line, self.mr).action_submit_statement()
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self._as(line, self.office).situation = "It does not"
        self.assertEqual(line.submitted_by_id, self.mr)

    def test_excused_department(self):
        """REV-4.5.2: the office goes on without a report, with a reason."""
        review = self._issued()
        line = review.sudo().statement_ids.filtered(lambda s: s.department_id == self.dep_sales)
        with freeze_time(ISSUED):
            with self.assertRaisesRegex(UserError, "why"):
                self._as(line, self.office)._excuse("")
            with self.assertRaises(AccessError):
                self._as(line, self.head)._excuse("No")
            self._as(line, self.office)._excuse("Dissolved next month")
        self.assertEqual((line.state, line.excuse), ("excused", "Dissolved next month"))

    def test_opinions(self):
        """REV-4.5.3: participants enter them before the meeting, their own, until it opens."""
        review = self._issued()
        Opinion = self.env["itsms.management.review.opinion"]
        with freeze_time(ISSUED):
            mine = Opinion.with_user(self.head).create(
                {"review_id": review.id, "kind": "proposal", "name": "Buy a second line"}
            )
            self.assertEqual(mine.user_id, self.head)
            forged = (
                Opinion.with_user(self.head)
                .with_context(default_user_id=self.mr.id)
                .create({"review_id": review.id, "name": "As if from above"})
            )
            self.assertEqual(forged.user_id, self.head)
            with self.assertRaises(AccessError):
                Opinion.with_user(self.head).create(
                    {"review_id": review.id, "name": "x", "user_id": self.mr.id}
                )
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self._as(mine, self.service_head).name = "Buy nothing"
            for user in (self.colleague, self.office):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    Opinion.with_user(user).create({"review_id": review.id, "name": "Me too"})
            self._hand_in(review)
            self._as(review, self.mr).action_examine()
            self.assertIn("Proposals of participants", review.sudo().agenda_ids[-1].figures_text)
        with freeze_time(START):
            self._as(self._sign_in(review), self.president).action_open()
            with self.assertRaisesRegex(UserError, "closed"):
                self._as(mine, self.head).name = "Buy three"
            with self.assertRaisesRegex(UserError, "closed"):
                self._as(mine, self.head).unlink()
            with self.assertRaisesRegex(UserError, "closed"):
                Opinion.with_user(self.head).create({"review_id": review.id, "name": "Too late"})

    # ------------------------------------------------------------ opening
    def test_no_quorum(self):
        """REV-4.7.1a REV-4.6.2: without quorum the meeting is not opened, the refusal says who is
        missing and what to do."""
        review = self._prepared()
        with freeze_time(START):
            meeting = self._sign_in(review, self.president | self.mr)
            with self.assertRaisesRegex(UserError, r"no quorum: 2 of 5 .* 4 are needed .*Missing:"):
                self._as(meeting, self.president).action_open()
            self.assertEqual((meeting.state, review.state), ("planned", "prepared"))
            deputy = self.author
            line = meeting.attendee_ids.filtered(lambda a: a.user_id == self.head)
            self._as(line, self.office)._mark("present", "Came with a letter", deputy)
            self._sign_in(review, self.service_head)
            self._as(meeting, self.president).action_open()
        self.assertEqual(review.state, "meeting")

    def test_quorum_is_of_the_plan(self):
        """REV-4.6.3b: taking people off the sheet does not make a quorum; guests do not count."""
        review = self._prepared()
        meeting = review.sudo().meeting_id
        with freeze_time(START):
            lines = meeting.attendee_ids.filtered(lambda a: a.user_id in self.heads)
            self._as(lines, self.office).unlink()
            self._as(meeting, self.office).attendee_ids = [
                (0, 0, {"name": f"Guest {n}", "required": True}) for n in range(9)
            ]
            self._as(meeting.attendee_ids.filtered("name"), self.office)._mark("present", "Paper")
            others = self.colleague | self.engineer | self.delegate
            self._as(meeting, self.office).attendee_ids = [
                (0, 0, {"user_id": user.id, "required": True}) for user in others
            ]
            self._sign_in(review, self.president | self.mr | others)
            with self.assertRaisesRegex(UserError, "no quorum: 2 of 5"):
                self._as(meeting, self.president).action_open()

    def test_who_opens(self):
        """REV-4.7.1b REV-3.1: the President or the delegate opens; the delegate may do nothing
        else [I-40]."""
        review = self._prepared(delegate_id=self.delegate.id)
        with freeze_time(START):
            meeting = self._sign_in(review, self.mr | self.heads)
            for user in (self.mr, self.office, self.head):
                with self.assertRaisesRegex(AccessError, "delegate named in the plan"):
                    self._as(meeting, user).action_open()
            with self.assertRaisesRegex(UserError, "neither the President nor the delegate"):
                self._as(meeting, self.delegate).action_open()
            self._as(meeting, self.office).attendee_ids = [(0, 0, {"user_id": self.delegate.id})]
            self._sign_in(review, self.delegate)
            self._as(meeting, self.delegate).action_open()
            self.assertEqual(meeting.opened_by_id, self.delegate)
            self._conclude(review)
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self._as(meeting, self.delegate).action_close()
            self._as(meeting, self.office).action_close()
        report = self._report(review)
        with freeze_time(START + timedelta(days=2)):
            self._as(report, self.office).action_submit()
            with self.assertRaises(UserError):
                self._as(report, self.delegate).action_approve()

    def test_president_names_a_delegate_later(self):
        """REV-4.7.1b [I-40]: after the plan only the President names a delegate."""
        review = self._prepared()
        with freeze_time(ISSUED + timedelta(days=2)):
            for user in (self.office, self.mr):
                with self.assertRaises(UserError):
                    self._as(review, user)._name_delegate(self.delegate)
            with self.assertRaises(UserError):
                self._as(review, self.office).delegate_id = self.delegate
            self._as(review, self.president)._name_delegate(self.delegate)
        self.assertEqual(review.delegate_id, self.delegate)

    def test_open_needs_examined_material(self):
        """REV-4.5.2: no meeting over material that nobody examined."""
        review = self._issued()
        with freeze_time(START):
            meeting = self._sign_in(review)
            with self.assertRaisesRegex(UserError, "examines the material"):
                self._as(meeting, self.president).action_open()

    def test_open_needs_complete_material(self):
        """REV-4.5.2: a report that was changed after the examination and not handed in again
        keeps the meeting closed."""
        review = self._prepared()
        line = review.sudo().statement_ids.filtered(lambda s: s.department_id == self.dep_dev)
        with freeze_time(START):
            self._as(line, self.head).situation = "Three releases"
            meeting = self._sign_in(review)
            with self.assertRaisesRegex(UserError, "not complete.*report of Development"):
                self._as(meeting, self.president).action_open()
            self._as(line, self.head).action_submit_statement()
            self._as(meeting, self.president).action_open()
        self.assertEqual(review.state, "meeting")

    def test_topic_of_a_held_review_keeps_its_name(self):
        """REV-4.8.3: what was discussed is not renamed afterwards; it is archived and replaced."""
        review = self._issued()
        topic = review.input_ids[0].topic_id
        topic.name = "Policy and objectives"
        self.assertEqual(review.input_ids[0].name, "Policy and objectives")
        with freeze_time(ISSUED):
            self._hand_in(review)
            self._as(review, self.mr).action_examine()
        with freeze_time(START):
            self._as(self._sign_in(review), self.president).action_open()
        with self.assertRaisesRegex(UserError, "review that was held"):
            topic.name = "Weather"
        topic.active = False

    def test_old_findings_are_not_forgotten(self):
        """REV-4.4.1c: a nonconformity found before the period stands there until it is closed."""
        review = self._review()
        finding = self.env["itsms.nonconformity"].create(
            {
                "name": "Old one",
                "source_kind": "internal_audit",
                "company_id": self.company.id,
                "department_id": self.dep_dev.id,
            }
        )
        self.env.cr.execute(
            "UPDATE itsms_nonconformity SET state = 'issued', registered_on = %s WHERE id = %s",
            [review.period_from - timedelta(days=30), finding.id],
        )
        self.env.invalidate_all()
        self._as(review, self.office).action_collect()
        figures = review.input_ids.filtered(lambda x: x.code == "c").figure_ids
        self.assertEqual(
            figures.filtered(lambda f: f.label == "Nonconformities still open").res_ids, finding.ids
        )
        self.assertFalse(figures.filtered(lambda f: "Nonconformities: " in f.label))

    def test_measures_of_twelve_months(self):
        """REV-4.5.4h: an extra review meanwhile does not shorten the look at the objectives."""
        review = self._review()
        measure = self.env["itsms.measure"].search([], limit=1)
        month = fields.Date.start_of(review.day - timedelta(days=200), "month")
        guard.as_engine(self.env["itsms.measure.value"]).create(
            {"measure_id": measure.id, "company_id": self.company.id, "period": month}
            | {"version": 1, "latest": True, "value": 97}
        )
        review.period_from = review.day - timedelta(days=60)
        self._as(review, self.office).action_collect()
        for code, lines in (("l", review.input_ids), ("h", review.agenda_ids)):
            text = lines.filtered(lambda x, code=code: x.code == code).figures_text
            self.assertIn(measure.name, text, code)

    def test_frozen_at_the_meeting(self):
        """REV-4.4.1 REV-4.7.2: figures and explanations are as they were at the opening; what
        changed since the examination is marked."""
        review = self._prepared()
        with freeze_time(START - timedelta(hours=1)):
            meeting = self.env["itsms.meeting"].create(
                {
                    "name": "Weekly",
                    "company_id": self.company.id,
                    "date_start": START - timedelta(days=2),
                    "date_end": START,
                }
            )
            self.env.cr.execute(
                "UPDATE itsms_meeting SET state = 'held' WHERE id = %s", [meeting.id]
            )
        with freeze_time(START):
            self._as(self._sign_in(review), self.president).action_open()
            line = review.sudo().input_ids.filtered(lambda x: x.code == "j")
            self.assertTrue(line.changed)
            self.assertIn("Weekly", line.figures_text)
            other = review.sudo().input_ids.filtered(lambda x: x.code == "h")
            self.assertFalse(other.changed)
            with self.assertRaisesRegex(UserError, "frozen"):
                self._as(review, self.office).action_collect()
            with self.assertRaisesRegex(UserError, "closed"):
                self._as(line, self.office).comment = "Let us say"
        self.assertEqual(review.frozen_at, START)

    # ------------------------------------------------------------ closing
    def test_close_wants_minutes_reports_conclusions(self):
        """REV-4.6.3a REV-4.7.1c REV-4.7.1d REV-4.7.2: minutes, the reports given, a conclusion
        per agenda item."""
        review = self._opened()
        meeting = review.sudo().meeting_id
        with freeze_time(START + timedelta(hours=1)):
            with self.assertRaisesRegex(UserError, "minutes.*REV-4.7.1c, d.*conclusion"):
                self._as(meeting, self.office).action_close()
            self._conclude(review)
            last = review.sudo().agenda_ids[-1]
            self._as(last, self.office).conclusion = False
            with self.assertRaisesRegex(UserError, "the conclusion on “Proposals for improvement”"):
                self._as(meeting, self.office).action_close()
            self._as(last, self.office).conclusion = "None"
            self._as(meeting, self.office).action_close()
            with self.assertRaisesRegex(UserError, "closed"):
                self._as(last, self.office).conclusion = "Many"
        self.assertEqual(review.state, "held")

    def test_broken_off(self):
        """REV-4.7.1: a meeting that is broken off leaves the review prepared."""
        review = self._opened()
        with freeze_time(START + timedelta(hours=1)):
            self._as(review.sudo().meeting_id, self.office).action_transition(
                "cancel", "Fire alarm"
            )
        self.assertEqual(review.state, "prepared")

    def test_decisions_only_in_and_after_the_meeting(self):
        """REV-4.7.1e: before the meeting nothing is decided, after the report neither."""
        review = self._prepared()
        with freeze_time(ISSUED + timedelta(days=2)), self.assertRaisesRegex(UserError, "closed"):
            self._decide(review)
        review = self._reported()
        with freeze_time(START + timedelta(days=9)):
            with self.assertRaises(UserError):
                self._decide(review)
            with self.assertRaises(UserError):
                self._as(review.sudo().decision_ids, self.office).name = "Nothing"
        review = self._opened(delegate_id=self.delegate.id)
        decision = self._decide(review)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self._as(decision, self.head).name = "Nothing"
