from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import tagged

from .audit_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestAuditMeetings(ProgrammeCase):
    """Opening meeting, on-site audit, team meeting, closing meeting."""

    def test_opening_meeting(self):
        """AUD-4.2.1 AUD-4.2.1a AUD-4.2.1b: the lead chairs; President, MR, team and head of the
        auditee are invited; the time of the closing meeting is fixed there."""
        audit = self._notified(date_start=self.today)
        meeting = self.env["itsms.meeting"].browse(audit.action_plan_opening()["res_id"])
        self.assertEqual(meeting.chair_id, self.lead)
        self.assertLessEqual(
            self.president | self.mr | self.lead | self.auditor_dev | self.service_head,
            meeting.attendee_ids.user_id,
        )
        as_what = {line.user_id: line.role_text for line in meeting.attendee_ids}
        self.assertEqual(as_what[self.president], "President")
        self.assertEqual(as_what[self.lead], "Lead auditor")
        self.assertEqual(as_what[self.service_head], "Head of the auditee department")
        self.assertEqual(audit.action_plan_opening()["res_id"], meeting.id)
        with self.assertRaises(AccessError):
            self._as(meeting, self.mr).action_open()
        meeting = self._as(meeting, self.lead)
        meeting.action_open()
        meeting.action_sign_in()
        with self._refused("Closing meeting planned for"):
            meeting.action_close()
        audit.closing_planned_at = self._moment(1, 8)
        meeting.action_close()
        self.assertEqual(audit.state, "opened")
        self.assertTrue(audit.opened_at)
        closing = audit.meeting_ids.filtered(lambda m: m.kind == "closing")
        self.assertEqual(closing.date_start, self._moment(1, 8))
        self.assertEqual(closing.attendee_ids.user_id, meeting.attendee_ids.user_id)

    def test_chair_signs(self):
        """AUD-4.2.1: the lead auditor chairs the opening meeting, so he is there."""
        audit = self._notified(date_start=self.today)
        audit.closing_planned_at = self._moment(1, 8)
        meeting = self.env["itsms.meeting"].browse(audit.action_plan_opening()["res_id"])
        meeting = self._as(meeting, self.lead)
        meeting.action_open()
        with self._refused("signs in"):
            meeting.action_close()

    def test_on_site_only_after_opening(self):
        """AUD-4.2.1c AUD-4.1.3: no on-site audit before the opening meeting is recorded, nor
        without an approved plan; it starts immediately after."""
        audit = self._planned(date_start=self.today)
        with self.assertRaises(UserError):
            audit.action_start()
        audit.action_submit()
        self._as(audit, self.mr).action_approve()
        audit = self._as(audit, self.lead)
        with self._refused("after the opening meeting"):
            audit.action_start()
        audit.action_notify()
        with self._refused("after the opening meeting"):
            audit.action_start()
        self._hold(audit, "opening", closing_planned_at=self._moment(1, 8))
        with self.assertRaises(AccessError):
            self._as(audit, self.auditor_dev).action_start()
        audit = self._as(audit, self.lead)
        audit.action_start()
        self.assertEqual((audit.state, audit.start_delayed), ("on_site", False))

    def test_late_start_is_flagged(self):
        """AUD-4.2.1c: a start on another day than the opening meeting shows."""
        audit = self._opened()
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            audit.action_start()
        self.assertTrue(audit.start_delayed)

    def test_late_start_counts_the_days_of_the_company(self):
        """AUD-4.2.1c: the day is that of the company, not of Greenwich."""
        audit = guard.as_engine(self._on_site().sudo())
        company = self.env.registry["res.company"]
        self.patch(company, "_itsms_timezone_name", lambda self: "Asia/Shanghai")
        for opened, started, delayed in (
            ("2026-05-04 23:50:00", "2026-05-05 00:10:00", False),
            ("2026-05-04 15:50:00", "2026-05-04 16:10:00", True),
        ):
            with self.subTest(opened=opened):
                audit.write({"opened_at": opened, "started_at": started})
                self.assertEqual(audit.start_delayed, delayed)

    def test_opening_not_before_its_day(self):
        """AUD-4.2.1: the opening meeting is not held before the audit begins."""
        audit = self._notified()
        with self._refused("begins on"):
            self._hold(audit, "opening", closing_planned_at=self._moment(9, 8))

    def test_team_meeting(self):
        """AUD-4.2.2c AUD-4.2.2d: the team meeting judges conformity and effectiveness and sums up
        problems and proposals, before the closing meeting."""
        audit = self._on_site()
        with self._refused("team meeting comes before"):
            self._hold(audit, "closing", **self.MINUTES)
        self._finish_on_site(audit)
        for name in self.CONCLUSION:
            with (
                self.subTest(name=name),
                self._refused(audit._fields[name]._description_string(self.env)),
            ):
                self._hold(audit, "team", **{**self.CONCLUSION, name: " "})
        self._hold(audit, "team", **self.CONCLUSION)
        self.assertTrue(audit.team_meeting_at)
        team = audit.meeting_ids.filtered(lambda m: m.kind == "team")
        self.assertEqual(team.attendee_ids.user_id, self.lead | self.auditor_dev)

    def test_closing_meeting(self):
        """AUD-4.2.3 AUD-4.2.3a: the lead chairs, the people of the opening meeting attend, the
        minutes hold execution, nonconformities read out and conclusion."""
        audit = self._on_site()
        self._finish_on_site(audit)
        self._hold(audit, "team", **self.CONCLUSION)
        for name in self.MINUTES:
            with (
                self.subTest(name=name),
                self._refused(audit._fields[name]._description_string(self.env)),
            ):
                self._hold(audit, "closing", **{**self.MINUTES, name: " "})
        self._hold(audit, "closing", **self.MINUTES)
        self.assertEqual(audit.state, "concluded")
        self.assertTrue(audit.concluded_at)
        kinds = {m.kind: m for m in audit.meeting_ids if m.state == "held"}
        self.assertEqual(
            kinds["closing"].attendee_ids.user_id, kinds["opening"].attendee_ids.user_id
        )
        with self._refused("when the audit has come that far"):
            audit.write({"minutes_conclusion": "Something else"})

    def test_phases(self):
        """AUD-4.2.2c AUD-4.2.3a: conclusions are written when the audit has come that far, and by
        the lead auditor."""
        for name in (*self.CONCLUSION, *self.MINUTES, "closing_planned_at"):
            with self.subTest(name=name), self._refused("come that far"):
                value = self._moment(1, 1) if name == "closing_planned_at" else "x"
                self._audit(**{name: value})
        audit = self._approved()
        with self._refused("come that far"):
            audit.conformity = "x"
        on_site = self._on_site()
        with self.assertRaises(AccessError):
            self._as(on_site, self.auditor_dev).write({"conformity": "x"})

    def test_filed(self):
        """AUD-3.4 AUD-4.5: the ITSMS office keeps plan and notice as a record."""
        audit = self._concluded()
        record = self.env["itsms.record"].search(
            [("res_model", "=", "itsms.audit"), ("res_id", "=", audit.id)]
        )
        plan = record.filtered(lambda r: r.res_topic == "plan")
        self.assertEqual(plan.department_id, self.dep_office)
        self.assertIn(audit.number, plan.name)
        self.assertTrue(self._as(audit, self.office).has_access("read"))
        duty = self.env["itsms.duty.kind"].search([("code", "=", "audit.internal")])
        self.assertTrue(duty)

    def test_programme_line_is_done(self):
        """AUD-4.1.1b: the programme shows what was held."""
        programme = self._programme_in_force()
        self._concluded(
            programme_line_ids=[fields.Command.set(programme.line_ids.ids)], extra_reason=False
        )
        self.assertEqual(programme.line_ids.state, "done")
        self.assertEqual(programme.done_count, 1)

    def test_line_of_a_revision_is_done(self):
        """AUD-4.1.1: what was audited under the programme counts in its revision as well."""
        programme = self._programme_in_force()
        audit = self._on_site(
            programme_line_ids=[fields.Command.set(programme.line_ids.ids)], extra_reason=False
        )
        draft = programme.browse(self._as(programme, self.office).action_revise()["res_id"])
        self.assertEqual(draft.line_ids.state, "running")
        self._finish_on_site(audit)
        self._hold(audit, "team", **self.CONCLUSION)
        self._hold(audit, "closing", **self.MINUTES)
        self.assertEqual(draft.line_ids.state, "done")

    def test_cancel(self):
        """AUD-3.1: MR or office cancel with a reason; planned meetings are cancelled too."""
        audit = self._notified(date_start=self.today)
        audit.action_plan_opening()
        with self._refused("reason"):
            self._as(audit, self.mr).action_transition("cancel")
        with self.assertRaises(AccessError):
            self._as(audit, self.service_head).action_transition("cancel", "x")
        self._as(audit, self.mr).action_transition("cancel", "Fire")
        self.assertEqual(audit.state, "cancelled")
        self.assertEqual(audit.meeting_ids.mapped("state"), ["cancelled"])
        with self.assertRaises(UserError):
            audit.with_user(self.office).unlink()

    def test_settle(self):
        """AUD-3.1: the MR settles problems that arise in an audit; problem and decision are
        evidence, the team is told."""
        audit = self._on_site()
        for user in (self.lead, self.office, self.president):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._as(audit, user).action_settle("No access", "Opened")
        mine = self._as(audit, self.mr)
        with self._refused("what was decided"):
            mine.action_settle("No access to the server room", " ")
        dialog = (
            self.env["itsms.audit.settle"]
            .with_user(self.mr)
            .create({"audit_id": audit.id, "problem": "No access", "decision": "Door is opened"})
        )
        dialog.action_confirm()
        self.assertIn("Door is opened", self._log_of(audit)[-1].comment)
        self.assertTrue(self._told(audit, self.auditor_dev))

    def test_meeting_of_somebody_else(self):
        """AUD-4.2.1: nobody slips a meeting under an audit that he does not lead."""
        audit = self._notified(date_start=self.today)
        for user in (self.service_head, self.auditor_dev, self.office):
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self._as(audit, user)._plan_meeting(
                    "opening", "Forged", fields.Datetime.now(), users=user, chair_id=user.id
                )
        with self._refused("chairs this meeting"):
            self._as(audit, self.lead)._plan_meeting(
                "opening", "x", fields.Datetime.now(), users=self.mr, chair_id=self.mr.id
            )
