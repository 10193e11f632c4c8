from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestStandIns(ItsmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._itsms_today()
        cls.StandIn = cls.env["itsms.stand.in"]

    def _day(self, offset):
        return self.today + timedelta(days=offset)

    def _stand_in(self, user=None, principal=None, substitute=None, **vals):
        return self._as(self.StandIn, user or self.mr).create(
            {
                "principal_id": (principal or self.mr).id,
                "substitute_id": (substitute or self.vp).id,
                "company_id": self.company.id,
                "date_to": self._day(5),
                "reason": "Leave",
                **vals,
            }
        )

    def _acts(self, substitute=None):
        return self.StandIn._acting(self.company, self.mr, substitute or self.vp)

    # ------------------------------------------------------------ who appoints
    def test_the_absent_person_and_the_administrator_appoint(self):
        """COM-6: the absent person chooses, or the ITSMS administrator for him."""
        self.assertTrue(self._stand_in().current)
        self._stand_in(self.manager, substitute=self.head)
        self.assertEqual(len(self._acts() | self._acts(self.head)), 2)

    def test_nobody_else_appoints(self):
        """COM-6: neither the substitute himself nor a colleague, the office or an auditor."""
        for user in (self.vp, self.reader, self.office, self.auditor):
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self._stand_in(user)

    def test_nobody_appoints_himself(self):
        """COM-6: not even the ITSMS administrator, in no way."""
        with self.assertRaisesRegex(ValidationError, "COM-6"):
            self._stand_in(self.manager, substitute=self.manager)
        planned = self._stand_in(date_from=self._day(3))
        with self.assertRaisesRegex(ValidationError, "COM-6"):
            self._as(planned, self.manager).write({"substitute_id": self.manager.id})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._stand_in(substitute=self.mr)

    def test_nobody_gives_away_what_is_not_his(self):
        """COM-6: an own planned stand-in cannot be turned into one for somebody else."""
        planned = self._stand_in(
            self.reader, principal=self.reader, substitute=self.author, date_from=self._day(3)
        )
        with self.assertRaises(UserError):
            self._as(planned, self.reader).write({"principal_id": self.president.id})
        foreign = self._stand_in(date_from=self._day(3))
        for act in (lambda s: s.write({"date_to": self._day(9)}), lambda s: s.unlink()):
            with self.assertRaises(AccessError):
                act(self._as(foreign, self.reader))

    def test_substitutes_are_colleagues(self):
        """COM-6: a portal user cannot stand in; an archived one does not act."""
        portal = new_test_user(self.env, "itsms.outsider", "base.group_portal")
        with self.assertRaisesRegex(ValidationError, "COM-6"):
            self._stand_in(substitute=portal)
        self._stand_in()
        self.vp.active = False
        self.assertFalse(self._acts())

    # ------------------------------------------------------------ dates
    def test_days_first_and_last_included(self):
        """COM-6: a stand-in acts within its dates only."""
        with freeze_time("2030-06-01 04:00:00"):
            self._stand_in(date_from="2030-06-03", date_to="2030-06-04")
        for day, acts in ((2, False), (3, True), (4, True), (5, False)):
            with freeze_time(f"2030-06-{day:02} 04:00:00"):
                self.env.invalidate_all()
                self.assertEqual(bool(self._acts()), acts, day)
                mine = self.StandIn._acting_for_user(self.vp)
                self.assertEqual(bool(mine), acts, day)
                found = self.StandIn.search(
                    [("current", "=", True), ("principal_id", "=", self.mr.id)]
                )
                self.assertEqual(bool(found), acts, day)

    def test_past_days_are_refused_on_every_path(self):
        """COM-6: a stand-in is not made up afterwards: form, default, later change."""
        with self.assertRaisesRegex(UserError, "COM-6"):
            self._stand_in(date_from=self._day(-1))
        with self.assertRaisesRegex(UserError, "COM-6"):
            self._as(self.StandIn, self.mr).with_context(default_date_from=self._day(-9)).create(
                {
                    "principal_id": self.mr.id,
                    "substitute_id": self.vp.id,
                    "date_to": self._day(5),
                    "reason": "Leave",
                }
            )
        planned = self._stand_in(date_from=self._day(3))
        with self.assertRaisesRegex(UserError, "COM-6"):
            self._as(planned, self.mr).write({"date_from": self._day(-1)})

    def test_today_means_the_companys_day(self):
        """COM-6: whoever works in another time zone can begin a stand-in today."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.mr.tz = "America/New_York"
        with freeze_time("2030-06-01 17:00:00"):
            stand_in = self._stand_in(date_to="2030-06-05")
            self.assertEqual(str(stand_in.date_from), "2030-06-02")
            self.assertTrue(stand_in.current)

    def test_begun_is_history(self):
        """COM-6: who acted for whom stays; the last day may be moved, not into the past."""
        stand_in = self._stand_in()
        for vals in (
            {"substitute_id": self.head.id},
            {"principal_id": self.head.id},
            {"reason": "Other"},
            {"role_ids": [(5,)]},
            {"date_from": self._day(1)},
            {"date_to": self._day(-3)},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "COM-6"):
                self._as(stand_in, self.mr).write(vals)
        with self.assertRaisesRegex(UserError, "COM-6"):
            self._as(stand_in, self.mr).unlink()
        self._as(stand_in, self.mr).write({"date_to": self._day(9)})
        with freeze_time(f"{self._day(60)} 04:00:00"), self.assertRaisesRegex(UserError, "COM-6"):
            self._as(stand_in, self.mr).write({"date_to": self._day(90)})

    def test_end_before_begin(self):
        """COM-6: the database refuses an end before the beginning."""
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._stand_in(date_from=self._day(5), date_to=self._day(4))

    # ------------------------------------------------------------ scope and evidence
    def test_only_for_some_roles(self):
        """COM-6: a stand-in for certain roles covers these only."""
        role = self.env.ref("itsms_base.itsms_role_management_representative")
        other = self.env.ref("itsms_base.itsms_role_president")
        limited = self._stand_in(role_ids=[(6, 0, role.ids)])
        self.assertTrue(limited._covers(role))
        self.assertFalse(limited._covers(other))
        self.assertFalse(limited._covers(self.env["itsms.role"]))
        everything = self._stand_in(substitute=self.head)
        self.assertTrue(everything._covers(other))
        self.assertTrue(everything._covers(self.env["itsms.role"]))

    def test_evidence_names_both_and_the_reason(self):
        """COM-6 COM-3: who stands in for whom, when, in what and why is in the log."""
        stand_in = self._stand_in()
        self._as(stand_in, self.mr).write({"date_to": self._day(6)})
        lines = self._log_of(stand_in)
        self.assertEqual(len(lines), 2)
        for word in ("Vp", "Mr", "Leave", str(self._day(6))):
            self.assertIn(word, lines[1].comment)
        self.assertEqual(lines[0].actor_id, self.mr)

    def test_two_companies(self):
        """COM-6: a stand-in counts in its own company only and shows there only."""
        other = self.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        stand_in = self._stand_in()
        self.assertFalse(self.StandIn._acting(other, self.mr, self.vp))
        stranger = self._person("stranger", None, "itsms_base.group_itsms_manager", other)
        self.assertFalse(self._as(self.StandIn, stranger).search([("id", "=", stand_in.id)]))
        with self.assertRaises(AccessError):
            self._as(stand_in, stranger).read(["reason"])
