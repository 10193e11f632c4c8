from odoo.addons.itsms_base.tests.common import ItsmsCase, tagged

__all__ = ["AuditCase", "tagged"]


class AuditCase(ItsmsCase):
    """Adds the people of audits: auditors of several departments, an auditee with its head."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # contents of audits are written in the language of the company
        cls.company.partner_id.lang = "en_US"
        cls.dep_service = cls._department("Service")
        cls.service_head = cls._person("service_head", cls.dep_service)
        cls.engineer = cls._person("engineer", cls.dep_service)
        cls.dep_service.manager_id = cls.service_head.employee_id
        cls.lead = cls._person("lead", cls.dep_sales)
        cls.auditor_dev = cls._person("auditor_dev", cls.dep_dev)
        cls.auditor_sales = cls._person("auditor_sales", cls.dep_sales)
        cls._assign("lead_auditor", cls.lead)
        cls._assign("internal_auditor", cls.auditor_dev)
        cls._assign("internal_auditor", cls.auditor_sales)
        cls._assign("itsms_office_head", cls.office)

    @classmethod
    def _clauses(cls, *codes):
        return cls.env["itsms.clause"]._by_code(*codes)

    @classmethod
    def _qualify(cls, *users, valid_from="2020-01-01", **vals):
        """Confirmed auditor qualifications of ``users`` (AUD-4.1.2a)."""
        lines = cls.env["itsms.auditor.qualification"].create(
            [
                {
                    "user_id": user.id,
                    "company_id": cls.company.id,
                    "basis": "Internal auditor course",
                    "valid_from": valid_from,
                    **vals,
                }
                for user in users
            ]
        )
        lines.with_user(cls.mr).action_confirm()
        return lines
