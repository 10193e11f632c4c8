from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestRoles(ItsmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._itsms_today()
        cls.role = cls.env.ref("itsms_base.itsms_role_vice_president")
        cls.dep_unit = cls._department("Unit", parent=cls.dep_lab)
        cls.Assignment = cls.env["itsms.role.assignment"]

    def _day(self, offset):
        return self.today + timedelta(days=offset)

    def _holders(self, department=None, **kwargs):
        return self.role._holders(self.company, department, **kwargs)

    # ------------------------------------------------------------ resolution
    def test_resolution_climbs_the_tree(self):
        """COM-9: the nearest department with a holder counts, the company-wide one comes last."""
        self.assertEqual(self._holders(self.dep_unit), self.vp)
        self.assertFalse(self._holders(self.dep_sales))
        self.assertFalse(self._holders())
        self._assign("vice_president", self.mr)
        self.assertEqual(self._holders(self.dep_sales), self.mr)
        self.assertEqual(self._holders(self.dep_unit), self.vp)
        self._assign("vice_president", self.head, self.dep_lab)
        self.assertEqual(self._holders(self.dep_unit), self.head)
        self.assertEqual(self._holders(self.dep_dev), self.vp)

    def test_company_role_ignores_departments(self):
        """COM-9: an office of the company is the same for every department."""
        president = self.env.ref("itsms_base.itsms_role_president")
        for department in (None, self.dep_dev, self.dep_sales):
            self.assertEqual(president._holders(self.company, department), self.president)
        with self.assertRaises(ValidationError):
            self._assign("president", self.head, self.dep_dev)

    def test_scope_does_not_change_under_holders(self):
        """COM-9: a role held for departments does not become an office of the company."""
        with self.assertRaises(ValidationError):
            self.role.scope = "company"

    def test_validity(self):
        """COM-9: first and last day included, nobody before or after."""
        self._assign(
            "vice_president",
            self.head,
            self.dep_sales,
            date_from=self._day(2),
            date_to=self._day(3),
        )
        expected = {0: False, 1: False, 2: True, 3: True, 4: False}
        for offset, held in expected.items():
            holders = self._holders(self.dep_sales, on=self._day(offset))
            self.assertEqual(bool(holders), held, offset)
        self.assertFalse(self._holders(self.dep_sales))

    def test_the_day_is_the_companys(self):
        """COM-9: validity follows the company's calendar day, not the client's time zone."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        with freeze_time("2031-05-01 15:00:00"):
            self._assign("vice_president", self.head, self.dep_sales, date_from="2031-05-02")
            self.assertFalse(self._holders(self.dep_sales))
        with freeze_time("2031-05-01 16:30:00"):  # past midnight in Shanghai
            holders = self.role.with_context(tz="America/New_York")._holders(
                self.company, self.dep_sales
            )
            self.assertEqual(holders, self.head)

    def test_archived_people_and_roles_hold_nothing(self):
        """COM-9: who has left decides nothing, and an archived role is held by nobody."""
        self.vp.active = False
        self.assertFalse(self._holders(self.dep_dev))
        self.vp.active = True
        self.assertEqual(self._holders(self.dep_dev), self.vp)
        self.role.active = False
        self.assertFalse(self._holders(self.dep_dev))

    def test_batch_resolution_has_a_fixed_cost(self):
        """COM-9: holders for 200 departments cost as many queries as for one."""
        departments = self.env["hr.department"].create(
            [
                {"name": f"D{n}", "company_id": self.company.id, "parent_id": self.dep_lab.id}
                for n in range(200)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(4):
            result = self.role._holders_batch(self.company, departments)
        self.assertEqual(set(result.values()), {self.vp})

    def test_vacancy_can_be_searched(self):
        """COM-9: the register shows roles without holder, in this company."""
        Role = self.env["itsms.role"]
        vacant = Role.search([("vacant", "=", True)])
        self.assertIn(self.env.ref("itsms_base.itsms_role_hr_head"), vacant)
        self.assertNotIn(self.role, vacant)
        self.assertIn(self.role, Role.search([("vacant", "=", False)]))
        self.assertEqual(self.role.holder_names, "Vp")
        self.assertFalse(self.role.vacant)
        other = self.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        self.env.user.company_ids |= other
        elsewhere = Role.with_context(allowed_company_ids=other.ids)
        self.assertIn(self.role, elsewhere.search([("vacant", "=", True)]))

    # ------------------------------------------------------------ history
    def test_overlap_is_refused(self):
        """COM-9: nobody holds the same role twice on a day; the next term may follow."""
        with self.assertRaisesRegex(ValidationError, "COM-9"), self.env.cr.savepoint():
            self._assign("vice_president", self.vp, self.dep_dev, date_from=self._day(5))
        old = self.Assignment.search([("user_id", "=", self.vp.id)])
        self._assign("vice_president", self.vp, self.dep_sales)
        old.date_to = self._day(5)
        self._assign("vice_president", self.vp, self.dep_dev, date_from=self._day(6))
        with self.assertRaises(ValidationError):
            self._assign(
                "vice_president",
                self.vp,
                self.dep_dev,
                date_from=self._day(0),
                date_to=self._day(0),
            )

    def test_end_before_begin_is_refused(self):
        """COM-9: dates make sense, the database says so."""
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._assign("vice_president", self.mr, date_from=self._day(3), date_to=self._day(2))

    def test_history_is_not_rewritten(self):
        """COM-9: what has begun keeps person, role, place and begin; it ends, it is not deleted."""
        mine = self.Assignment.with_user(self.manager).search(
            [("user_id", "=", self.vp.id), ("role_id", "=", self.role.id)]
        )
        for vals in (
            {"user_id": self.mr.id},
            {"role_id": self.env.ref("itsms_base.itsms_role_president").id},
            {"department_id": self.dep_sales.id},
            {"date_from": self._day(-30)},
            {"date_to": self._day(-10)},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "COM-9"):
                self._as(mine, self.manager).write(vals)
        with self.assertRaisesRegex(UserError, "COM-9"):
            self._as(mine, self.manager).unlink()
        self._as(mine, self.manager).write({"date_to": self._day(0), "appointment": "LH-1"})

    def test_an_ended_assignment_stays_ended(self):
        """COM-9: a term that is over is neither prolonged nor reopened afterwards."""
        with freeze_time("2030-01-10 08:00:00"):
            ended = self._assign("vice_president", self.mr, self.dep_sales)
            ended.date_to = "2030-01-20"
        with freeze_time("2030-03-01 08:00:00"):
            for date_to in (False, "2030-02-01", "2030-12-31", "2030-01-15"):
                with self.subTest(date_to=date_to), self.assertRaisesRegex(UserError, "COM-9"):
                    ended.write({"date_to": date_to})
            ended.write({"date_to": "2030-01-20", "appointment": "LH-2"})
            self._assign("vice_president", self.mr, self.dep_sales)

    def test_planned_assignments_may_change(self):
        """COM-9: what has not begun can still be changed or dropped."""
        planned = self._assign("vice_president", self.mr, date_from=self._day(10))
        planned.write({"user_id": self.head.id, "date_from": self._day(12)})
        planned.unlink()

    def test_every_change_leaves_evidence(self):
        """COM-9 COM-3: appointing, ending and changing a clearance are in the log."""
        assignment = self._assign("hr_head", self.head)
        assignment.date_to = self._day(30)
        lines = self._log_of(assignment)
        self.assertEqual(lines.mapped("kind"), ["config", "config"])
        self.assertIn("Head", lines[0].comment)
        self.assertIn(str(self._day(30)), lines[1].comment)
        self.role.clearance = "secret"
        self.assertIn("clearance=secret", self._log_of(self.role)[-1].comment)

    def test_a_role_once_held_is_kept(self):
        """COM-9: a role that was ever held is archived, not deleted."""
        with self.assertRaisesRegex(UserError, "COM-9"):
            self.role.unlink()
        self.env["itsms.role"].create({"name": "Never", "code": "test_never"}).unlink()

    def test_outsiders_hold_no_role(self):
        """COM-9: a portal user is nobody who could decide."""
        portal = new_test_user(self.env, "itsms.outsider", "base.group_portal")
        with self.assertRaisesRegex(ValidationError, "COM-9"):
            self._assign("hr_head", portal)

    # ------------------------------------------------------------ rights and companies
    def test_only_the_administrator_appoints(self):
        """COM-9: everybody reads the register, the ITSMS administrator writes it."""
        vals = {"role_id": self.role.id, "user_id": self.reader.id, "company_id": self.company.id}
        for user in (self.reader, self.office, self.auditor, self.president):
            Assignment = self._as(self.Assignment, user)
            self.assertTrue(Assignment.search([]))
            with self.assertRaises(AccessError):
                Assignment.create(vals)
            with self.assertRaises(AccessError):
                self._as(self.role, user).write({"clearance": "top_secret"})
        self._as(self.Assignment, self.manager).create(vals)

    def test_two_companies(self):
        """COM-9: roles are shared, their holders belong to one company."""
        other = self.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        stranger = self._person("stranger", None, "itsms_base.group_itsms_manager", other)
        self._assign("president", stranger, company=other)
        president = self.env.ref("itsms_base.itsms_role_president")
        self.assertEqual(president._holders(other), stranger)
        self.assertEqual(president._holders(self.company), self.president)
        mine = self.Assignment.search([("user_id", "=", self.president.id)])
        self.assertFalse(self._as(self.Assignment, stranger).search([("id", "=", mine.id)]))
        with self.assertRaises(AccessError):
            self._as(mine, stranger).write({"appointment": "x"})
        with self.assertRaises(UserError):
            self._assign("vice_president", stranger, self.dep_dev, company=other)
