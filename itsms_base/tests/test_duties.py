"""The review calendar: what is due when, completed by records only."""

from datetime import date

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError

from .common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestDuties(ItsmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._assign("itsms_office_head", cls.mr)
        cls.kind = cls.env["itsms.duty.kind"].create(
            {
                "name": "Check the programme",
                "code": "test.check",
                "interval_number": 6,
                "interval_unit": "months",
                "owner_role_id": cls.env.ref("itsms_base.itsms_role_itsms_office_head").id,
            }
        )

    def _duty(self, kind=None):
        self.env["itsms.duty"]._open_missing()
        return self.env["itsms.duty"].search(
            [("kind_id", "=", (kind or self.kind).id), ("company_id", "=", self.company.id)]
        )

    def _done(self, on, **kwargs):
        """Any finished record stands for the one that fulfils the duty."""
        return self.env["itsms.duty"]._complete("test.check", self._change(), on, **kwargs)

    @freeze_time("2031-03-10")
    def test_every_company_has_its_line(self):
        """COM-10: object, activity, interval, last done, next due, owner."""
        duty = self._duty()
        self.assertEqual(len(duty), 1)
        self.assertEqual((duty.last_done_on, duty.next_due), (False, date(2031, 3, 10)))
        self.assertEqual(duty.owner_names, self.mr.name)
        self.assertEqual(self._duty(), duty, "opened once")

    def test_record_completes_the_duty(self):
        """COM-10: finishing the linked record sets the dates, and the to-do goes."""
        with freeze_time("2031-03-10"):
            duty = self._duty()
            self.env["itsms.duty"]._cron_remind()
            self.assertEqual(duty.activity_ids.user_id, self.mr)
            self._done(date(2031, 3, 12))
        self.assertEqual((duty.last_done_on, duty.next_due), (date(2031, 3, 12), date(2031, 9, 12)))
        self.assertFalse(duty.activity_ids)
        self.assertEqual(duty.action_open_done()["res_model"], "itsms.parameter.change")
        self._done(date(2031, 1, 1))
        self.assertEqual(duty.last_done_on, date(2031, 3, 12), "an older record changes nothing")

    @freeze_time("2031-03-10")
    def test_never_by_hand(self):
        """COM-10: nobody sets, creates or deletes a line of the calendar."""
        duty = self._duty()
        for user in (self.office, self.manager, self.mr):
            for vals in ({"last_done_on": "2031-03-10"}, {"next_due": "2040-01-01"}):
                with self.subTest(user=user.login, vals=vals), self.assertRaises(AccessError):
                    self._as(duty, user).write(vals)
            with self.assertRaises(AccessError):
                self._as(duty, user).create(
                    {"kind_id": self.kind.id, "company_id": self.company.id}
                )
            with self.assertRaises(AccessError):
                self._as(duty, user).unlink()

    def test_amber_then_red(self):
        """COM-10: overdue up to 30 days is amber, then red."""
        with freeze_time("2031-03-10"):
            duty = self._duty()
            self._done(date(2031, 3, 10))
        for day, status in (
            ("2031-07-01", "ok"),
            ("2031-08-20", "due"),
            ("2031-09-10", "due"),
            ("2031-09-11", "amber"),
            ("2031-10-10", "amber"),
            ("2031-10-11", "red"),
        ):
            with self.subTest(day=day), freeze_time(day):
                duty.invalidate_recordset()
                self.assertEqual(duty.status, status)
                found = self.env["itsms.duty"].search([("status", "=", status)])
                self.assertIn(duty, found)

    @freeze_time("2031-03-10")
    def test_one_todo_per_owner(self):
        """COM-10: due items create activities, once."""
        duty = self._duty()
        for _night in range(3):
            self.env["itsms.duty"]._cron_remind()
        self.assertEqual(len(duty.activity_ids), 1)
        section = self._as(self.env["itsms.my.work"], self.mr)._section_duties()
        self.assertIn(duty.id, [item["id"] for item in section["items"]])
        self.assertIsNone(self._as(self.env["itsms.my.work"], self.author)._section_duties())

    @freeze_time("2031-03-10")
    def test_departments_apart(self):
        """COM-10: where every department has the duty, one department does not do it for all."""
        kind = self.kind.copy({"code": "test.departments", "per_department": True})
        duties = self._duty(kind)
        self.assertEqual(
            duties.department_id,
            self.env["hr.department"].search([("company_id", "=", self.company.id)]),
        )
        self.env["itsms.duty"]._complete(
            "test.departments", self._change(), department=self.dep_dev
        )
        self.assertEqual(duties.filtered("last_done_on").department_id, self.dep_dev)
        self.env["itsms.duty"]._complete("test.departments", self._change())
        self.assertEqual(duties.filtered("last_done_on").department_id, self.dep_dev)

    def test_yearly_in_december(self):
        """COM-10: a duty of December done early counts for that December, done late for none."""
        kind = self.kind.copy({"code": "test.december", "month": 12})
        start = date(2031, 3, 10)
        self.assertEqual(kind._next_due(None, start), date(2031, 12, 31))
        self.assertEqual(kind._next_due(date(2031, 12, 5), start), date(2032, 12, 31))
        self.assertEqual(kind._next_due(date(2031, 10, 15), start), date(2032, 12, 31))
        self.assertEqual(kind._next_due(date(2032, 1, 20), start), date(2032, 12, 31))

    @settings(max_examples=80, deadline=None)
    @given(
        st.dates(date(2020, 1, 1), date(2060, 12, 31)),
        st.integers(0, 12),
        st.integers(1, 36),
        st.sampled_from(["days", "weeks", "months", "years"]),
    )
    def test_next_due_is_later(self, done, month, number, unit):
        """COM-10: what was just done is never due again on the same day or before."""
        self.kind.write({"month": month, "interval_number": number, "interval_unit": unit})
        due = self.kind._next_due(done, done)
        self.assertGreater(due, done)
        if month:
            self.assertEqual(due.month, month)

    @freeze_time("2031-03-10")
    def test_changed_interval_moves_the_line(self):
        """COM-10 COM-16: intervals are data; a change leaves evidence and counts at once."""
        duty = self._duty()
        self._done(date(2031, 3, 10))
        self.kind.write({"interval_number": 3})
        self.assertEqual(duty.next_due, date(2031, 6, 10))
        self.assertEqual(self._log_of(self.kind)[-1:].kind, "config")
