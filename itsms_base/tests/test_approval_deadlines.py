"""Deadlines, reminders and escalation of decisions (COM-23)."""

from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tools import mute_logger

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"
# a Monday, 10:00 in Shanghai
MONDAY = datetime(2026, 3, 2, 2, 0)


@tagged("post_install", "-at_install")
class TestApprovalDeadlines(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        with freeze_time(MONDAY):
            super().setUpClass()
            cls.calendar = cls.env["resource.calendar"].create(
                {"name": "Works", "company_id": cls.company.id, "tz": "Asia/Shanghai"}
            )
            cls.company.resource_calendar_id = cls.calendar
            cls.mr.employee_id.parent_id = cls.president.employee_id

    def setUp(self):
        super().setUp()
        frozen = freeze_time(MONDAY)
        self.clock = frozen.start()
        self.addCleanup(frozen.stop)

    def _run(self, day, hour=12):
        """Let the hourly job run on that day of March at that hour UTC."""
        self.clock.move_to(datetime(2026, 3, day, hour))
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("itsms_base.ir_cron_remind_approvals").method_direct_trigger()
        self.env.invalidate_all()

    def _news(self, change, user, word):
        return self.env["mail.message"].search(
            [
                ("model", "=", CHANGE),
                ("res_id", "=", change.id),
                ("partner_ids", "in", user.partner_id.ids),
                ("body", "ilike", word),
            ]
        )

    def test_deadline_counts_working_days(self):
        """COM-23: three working days from Monday end on Thursday, as work ends in the company."""
        step = self._steps(self._submitted())
        self.assertEqual(step.deadline.date().isoformat(), "2026-03-05")
        self.assertEqual(step.remind_at.date().isoformat(), "2026-03-06")
        self.assertEqual(step.escalate_at.date().isoformat(), "2026-03-10")

    def test_holidays_and_weekends_do_not_count(self):
        """COM-23: a holiday of the company moves the deadline on."""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Festival",
                "company_id": self.company.id,
                "calendar_id": self.calendar.id,
                "date_from": "2026-03-03 00:00:00",
                "date_to": "2026-03-06 15:00:00",
            }
        )
        step = self._steps(self._submitted())
        self.assertEqual(step.deadline.date().isoformat(), "2026-03-11")

    def test_no_deadline(self):
        """COM-23: a line without a deadline is never overdue."""
        self._route(self._line(deadline_days=0))
        change = self._submitted()
        self._run(30)
        step = self._steps(change)
        self.assertFalse(step.deadline or step.remind_at or step.escalate_at or step.late)

    def test_reminder_one_working_day_after_the_deadline(self):
        """COM-23: the decider is reminded on the first working day after the deadline, once."""
        change = self._submitted()
        self._run(5)
        self.assertFalse(self._news(change, self.mr, "Reminder"))
        self._run(6)
        self.assertEqual(len(self._news(change, self.mr, "Reminder")), 1)
        self.assertFalse(self._news(change, self.president, "Escalation"))
        self._run(6, 13)
        self.assertEqual(len(self._news(change, self.mr, "Reminder")), 1)
        self.assertTrue(self._steps(change).late)

    def test_the_stand_in_is_reminded_too(self):
        """COM-6 COM-23: while the decider is away the reminder reaches the stand-in."""
        self.env["itsms.stand.in"].with_user(self.mr).create(
            {
                "principal_id": self.mr.id,
                "substitute_id": self.vp.id,
                "company_id": self.company.id,
                "date_from": "2026-03-02",
                "date_to": "2026-03-31",
                "reason": "Leave",
            }
        )
        change = self._submitted()
        self._run(6)
        self.assertTrue(self._news(change, self.vp, "Reminder"))

    def test_escalation_after_three_working_days(self):
        """COM-6 COM-23: the superior hears of it, may hand over or take the decision himself."""
        change = self._submitted()
        step = self._steps(change)
        self._refused(
            self.president, "itsms.approval.step", "action_hand_over", step.ids,
            self.president.id, "because",
        )  # fmt: skip
        self._run(10)
        self.assertEqual(step.escalated_to_id, self.president)
        self.assertTrue(self._news(change, self.president, "Escalation"))
        self.assertTrue(self._news(change, self.office, "Escalation"))
        line = self._log_of(change)[-1]
        self.assertIn("escalated to President", line.comment)
        self._refused(self.president, CHANGE, "action_approve", change.ids)
        self._as(step, self.president).action_hand_over(self.president.id, "cannot wait")
        self._as(change, self.president).action_approve()
        self.assertEqual(step.signature, "President 代 Mr")

    def test_no_superior_no_loss(self):
        """COM-23: where nobody is above the decider, the head of the ITSMS office is told."""
        self._route(self._line(role=self.role_president))
        self.dep_office.manager_id = self.controller.employee_id
        change = self._submitted()
        self._run(10)
        self.assertEqual(self._steps(change).escalated_to_id, self.controller)

    def test_the_preparer_is_never_the_superior_asked(self):
        """COM-8 COM-23: a superior who prepared the record does not get the decision."""
        self.president.group_ids += self.env.ref("itsms_base.group_itsms_office")
        change = self._change(user=self.president)
        self._as(change, self.office).action_submit()
        self._run(10)
        self.assertNotEqual(self._steps(change).escalated_to_id, self.president)

    def test_nothing_after_the_decision(self):
        """COM-23: who has decided is not reminded."""
        change = self._submitted()
        self._as(change, self.mr).action_approve()
        self._run(20)
        self.assertFalse(self._news(change, self.mr, "Reminder"))
        self.assertFalse(self._steps(change).late)

    def test_each_stage_has_its_own_deadline(self):
        """COM-23: the clock of a stage starts with its turn."""
        self._route(self._line(stage=1), self._line(role=self.role_president, stage=2))
        change = self._submitted()
        first, second = self._steps(change)
        self.assertFalse(second.deadline)
        self.clock.move_to(datetime(2026, 3, 9, 2))
        self._as(change, self.mr).action_approve()
        self.assertEqual(second.deadline.date().isoformat(), "2026-03-12")
        self.assertEqual(first.deadline.date().isoformat(), "2026-03-05")

    @mute_logger("odoo.addons.itsms_base.models.itsms_approval_step")
    def test_one_bad_record_does_not_stop_the_others(self):
        """COM-23: the job goes on after an approval it cannot handle."""
        bad, good = self._submitted(), self._submitted()
        Step = self.registry["itsms.approval.step"]
        original = Step._remind

        def failing(step):
            if step.res_id == bad.id:
                raise ValueError("cannot be handled")
            return original(step)

        with patch.object(Step, "_remind", failing):
            self._run(6)
        self.assertTrue(self._news(good, self.mr, "Reminder"))
        self.assertTrue(self._steps(bad).remind_at)
        self._run(6, 14)
        self.assertTrue(self._news(bad, self.mr, "Reminder"))

    def test_parameters_set_the_days(self):
        """COM-16 COM-23: reminder and escalation follow the parameters of the company."""
        change = self._change(value="2")
        change.action_submit()
        self._as(change, self.mr).action_approve()
        step = self._steps(self._submitted())
        self.assertEqual(step.remind_at.date().isoformat(), "2026-03-09")
