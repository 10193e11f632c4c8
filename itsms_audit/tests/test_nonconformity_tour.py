from odoo.tests import HttpCase

from .common import AuditCase, tagged


@tagged("post_install", "-at_install")
class TestNonconformityTour(AuditCase, HttpCase):
    """The auditee's department answers a nonconformity in the browser."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_audit_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_risk_matrix(self):
        """SMS-8: the matrix shows the risk in its cell, a click opens it."""
        risk = (
            self.env["itsms.risk"]
            .with_user(self.office)
            .create(
                {
                    "name": "Test Company risk of the matrix",
                    "company_id": self.company.id,
                    "department_id": self.dep_service.id,
                    "issue": "Few people",
                    "cause": "One person knows it",
                    "consequence": "Nobody restores",
                    "likelihood": "5",
                    "impact": "5",
                }
            )
        )
        risk.action_register()
        self._tour("risk_matrix", self.office, "/odoo/itsms-risk-map")

    def test_answer(self):
        """COM-19 AUD-4.2.2b AUD-4.4.1: raised from a record; signed by the head; answered and
        submitted by the department."""
        document = self.env["itsms.document"].create(
            {
                "name": "Test Company instruction",
                "category_id": self.env.ref("itsms_documents.itsms_document_category_procedure").id,
                "company_id": self.company.id,
                "department_id": self.dep_service.id,
            }
        )
        self._tour("raise", self.office, f"/odoo/itsms.document/{document.id}")
        record = (
            self.env["itsms.nonconformity"]
            .with_user(self.auditor_sales)
            .create(
                {
                    "name": "Backup was not tested",
                    "source_kind": "internal_audit",
                    "company_id": self.company.id,
                    "department_id": self.dep_service.id,
                    "clause_id": self.env["itsms.clause"]._auditable()[0].id,
                    "requirement": "Backups are tested every quarter",
                    "evidence": "No report for the second quarter",
                    "deviation": "The test of the second quarter was left out",
                    "grade": "general",
                }
            )
        )
        record.action_issue()
        url = f"/odoo/itsms-nonconformities/{record.id}"
        self._tour("confirm", self.service_head, url)
        self.assertEqual(record.confirmed_by_id, self.service_head)
        self.env["itsms.action"].with_user(self.engineer).create(
            {
                "name": "Put the test into the calendar",
                "kind": "corrective",
                "origin_model": record._name,
                "origin_id": record.id,
                "owner_id": self.engineer.id,
                "due_on": record.implement_due_on,
                "resources": "2 hours",
                "expected_effect": "Four reports a year",
                "evidence_wanted": "Calendar entry",
            }
        )
        self._tour("answer", self.engineer, url)
        self.assertEqual(record.state, "pending")
        self.assertEqual(record.sudo().cause_ids.name, "Nobody is reminded")
