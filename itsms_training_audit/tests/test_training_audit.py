from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import tagged
from odoo.addons.itsms_training.tests.common import TrainingCase


@tagged("post_install", "-at_install")
class TestTrainingAudit(TrainingCase):
    """What training and audit know of each other."""

    def setUp(self):
        super().setUp()
        clock = freeze_time("2031-11-10 04:00:00")
        clock.start()
        self.addCleanup(clock.stop)

    def _finding(self, category="people", state="analysis", department=None):
        finding = self.env["itsms.nonconformity"].create(
            {
                "name": "Backups were not checked",
                "company_id": self.company.id,
                "department_id": (department or self.dep_dev).id,
                "found_on": fields.Date.to_date("2031-10-01"),
                "clause_id": self.env["itsms.clause"]._by_code("7.2").id,
                "grade": "minor",
            }
        )
        guard.as_engine(finding).write({"state": state, "cause_category": category})
        self.env.flush_all()
        return finding

    def _proposed(self):
        self.env.invalidate_all()
        dialog = (
            self.env["itsms.training.propose.needs"]
            .with_user(self.head)
            .create(
                {
                    "company_id": self.company.id,
                    "year": 2032,
                    "department_ids": [fields.Command.set(self.dep_dev.ids)],
                    "gaps": False,
                    "certificates": False,
                    "documents": False,
                    "hires": False,
                }
            )
        )
        dialog.action_confirm()
        return self.env["itsms.training.need"].search(
            [("company_id", "=", self.company.id), ("source", "=", "audit")]
        )

    def test_findings_become_needs(self):
        """TRN-4.2.1, CPA-13: a finding whose cause lies in people is proposed as a training
        need of its department, once."""
        finding = self._finding()
        self._finding(category="method")
        self._finding(department=self.dep_sales)
        need = self._proposed()
        self.assertEqual(len(need), 1)
        self.assertEqual((need.name, need.department_id), (finding.name, self.dep_dev))
        self.assertIn(self.author.employee_id, need.employee_ids)
        self.assertEqual(self._proposed(), need, "a need covers it already")

    def test_finding_not_upheld_proposes_nothing(self):
        """TRN-4.2.1: a finding that was not upheld is no reason to train."""
        self._finding(state="void")
        self.assertFalse(self._proposed())

    def test_competence_without_plan_is_amber(self):
        """COM-20: 7.2 is amber while no training plan of the year is in force."""
        keys = self._keys("7.2")
        self.assertIn("plan_none", keys)
        plan = self.env["itsms.training.plan"].create({"company_id": self.company.id, "year": 2031})
        guard.as_engine(plan).write({"state": "in_force"})
        self.assertNotIn("plan_none", self._keys("7.2"))

    def _keys(self, code):
        Coverage = self.env["itsms.clause.coverage"]
        Coverage._update(self.company)
        row = Coverage.search(
            [
                ("company_id", "=", self.company.id),
                ("clause_id.code", "=", code),
                ("period_id", "=", False),
            ]
        )
        self.assertTrue(all(row.line_ids.mapped("reason")))
        return set(row.line_ids.mapped("key"))

    def test_marks_are_closed_to_external_auditors(self):
        """COM-21: an external auditor sees who was trained, never the marks."""
        access = (
            self.env["itsms.auditor.access"]
            .with_user(self.office)
            .create(
                {
                    "name": "Wei Zhang",
                    "body": "Certification body",
                    "login": "zhang@certifier.example",
                    "date_to": "2031-11-12",
                    "reason": "Audit",
                    "company_id": self.company.id,
                }
            )
        )
        self._as(access, self.mr).action_grant()
        Attendance = self._as(self.env["itsms.training.attendance"], access.sudo().user_id)
        Attendance.search_read([], ["employee_id", "day"])
        for name in ("score", "first_score", "rating"):
            with self.assertRaises(AccessError):
                Attendance.search_read([], [name])
            with self.assertRaises(AccessError):
                Attendance.search([(name, "!=", False)])
