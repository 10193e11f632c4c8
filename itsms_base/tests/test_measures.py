"""Measures: frozen months, versions, ratios over nothing."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2 import DatabaseError

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import ItsmsCase, tagged

JUNE = date(2031, 6, 1)


@tagged("post_install", "-at_install")
class TestMeasures(ItsmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.measure = cls.env["itsms.measure"].create(
            {
                "name": "On time",
                "code": "test.on.time",
                "target": 95,
                "owner_role_id": cls.env.ref("itsms_base.itsms_role_hr_head").id,
            }
        )
        cls._assign("hr_head", cls.head)
        cls.env.cr.execute(
            "UPDATE itsms_measure SET create_date = '2031-05-15' WHERE id = %s", [cls.measure.id]
        )
        cls.measure.invalidate_recordset()

    def _sources(self, numerator, denominator):
        calls = []

        def source(company, start, end):
            calls.append((company, start, end))
            return numerator, denominator

        model = type(self.env["itsms.measure"])
        sources = {"test.on.time": source}
        self.startPatcher(patch.object(model, "_sources", lambda measure: sources))
        return calls

    def _values(self, **domain):
        return self.env["itsms.measure.value"].search(
            [("measure_id", "=", self.measure.id), ("company_id", "=", self.company.id)]
            + [(name, "=", value) for name, value in domain.items()]
        )

    @freeze_time("2031-07-03 08:00:00")
    def test_month_is_frozen_once(self):
        """COM-14: value, numerator, denominator, target and date of the query; once a month."""
        calls = self._sources(19, 20)
        self.env["itsms.measure"]._cron_freeze()
        value = self._values(period=JUNE)
        self.assertEqual(
            (value.value, value.numerator, value.denominator, value.target, value.met),
            (95.0, 19, 20, 95, "yes"),
        )
        self.assertEqual(value.version, 1)
        self.assertEqual(str(value.frozen_at), "2031-07-03 08:00:00")
        count = len(calls)
        self.env["itsms.measure"]._cron_freeze()
        self.assertEqual(len(calls), count, "nothing is read again")
        self.assertEqual(len(self._values(period=JUNE)), 1)

    @freeze_time("2031-07-03")
    def test_nothing_before_the_measure_existed(self):
        """COM-14 COM-25: months before the measure are not made up, the running one is not over."""
        self._sources(1, 2)
        self.env["itsms.measure"]._cron_freeze()
        self.assertEqual(self._values().mapped("period"), [JUNE, date(2031, 5, 1)])

    @freeze_time("2031-07-03")
    def test_frozen_value_follows_nothing(self):
        """COM-14: a later target changes no frozen value, and nobody writes or deletes one."""
        self._sources(18, 20)
        self.env["itsms.measure"]._cron_freeze()
        value = self._values(period=JUNE)
        self.measure.target = 80
        self.assertEqual((value.target, value.met), (95, "no"))
        for user in (self.office, self.manager, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                self._as(value, user).write({"value": 100})
            with self.assertRaises(AccessError):
                self._as(value, user).unlink()
            with self.assertRaises(AccessError):
                self._as(value, user).create({"measure_id": self.measure.id})
        with mute_logger("odoo.sql_db"), self.assertRaises(DatabaseError), self.cr.savepoint():
            self.cr.execute("UPDATE itsms_measure_value SET value = 100")

    @freeze_time("2031-07-03")
    def test_correction_is_a_further_version(self):
        """COM-14: a correction creates version 2 with a reason; version 1 remains."""
        measure = self._as(self.measure, self.head)
        measure.action_enter("2031-06-20", 18, 20)
        with self.assertRaisesRegex(UserError, "reason"):
            measure.action_enter("2031-06-01", 19, 20)
        measure.action_enter("2031-06-01", 19, 20, "one was counted twice")
        values = self._values(period=JUNE)
        self.assertEqual(values.mapped("version"), [2, 1])
        self.assertEqual(values.mapped("value"), [95.0, 90.0])
        self.assertEqual(self._values(period=JUNE, latest=True).version, 2)
        self.assertEqual(values.mapped("latest"), [True, False])
        self.assertEqual(self._log_of(self.measure)[-1:].kind, "correction")

    @freeze_time("2031-07-03")
    def test_who_enters_what(self):
        """COM-14: the owner or the office, when the month is over, nothing negative."""
        for user in (self.author, self.auditor, self.mr):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(self.measure, user).action_enter("2031-06-01", 1, 2)
        measure = self._as(self.measure, self.office)
        with self.assertRaisesRegex(UserError, "over"):
            measure.action_enter("2031-07-01", 1, 2)
        with self.assertRaisesRegex(UserError, "negative"):
            measure.action_enter("2031-06-01", -1, 2)
        self.assertEqual(measure.action_enter("2031-06-01", 1, 2).value, 50)

    @freeze_time("2031-07-03")
    def test_no_sample(self):
        """COM-15: nothing to count is n.a., neither 0 nor 100 %, and outside of averages."""
        measure = self._as(self.measure, self.office)
        none = measure.action_enter("2031-05-01", 0, 0)
        self.assertTrue(none.no_sample)
        self.assertEqual((none.shown, none.met), ("n.a.", "none"))
        some = measure.action_enter("2031-06-01", 1, 2)
        self.assertEqual(self.env["itsms.measure.value"]._average(none | some), 50)
        self.assertIsNone(self.env["itsms.measure.value"]._average(none))

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 10**6), st.integers(0, 10**6), st.booleans(), st.floats(0, 100))
    def test_ratio_and_target(self, part, total, higher, target):
        """COM-14 COM-15: met is what the frozen numbers say, whatever they are."""
        self.measure.write({"better": "higher" if higher else "lower", "target": target})
        vals = self.measure._value_vals(self.company, JUNE, part, total)
        if not total:
            self.assertEqual((vals["no_sample"], vals["met"]), (True, "none"))
            return
        value = part / total * 100
        self.assertAlmostEqual(vals["value"], value)
        self.assertEqual(vals["met"] == "yes", value >= target if higher else value <= target)

    @freeze_time("2031-07-03")
    def test_companies_apart(self):
        """COM-14: every company has its own months."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        self._sources(1, 1)
        self.env["itsms.measure"]._cron_freeze()
        values = self.env["itsms.measure.value"].search([("company_id", "=", other.id)])
        self.assertTrue(values)
        self.assertFalse(
            self._as(self.env["itsms.measure.value"], self.office).search(
                [("id", "in", values.ids)]
            )
        )

    def test_measured_is_not_deleted(self):
        """COM-14: a measure with values stays."""
        with freeze_time("2031-07-03"):
            self._as(self.measure, self.office).action_enter("2031-06-01", 1, 2)
        with self.assertRaisesRegex(UserError, "COM-14"):
            self.measure.unlink()
