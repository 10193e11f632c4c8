from odoo import models


class HrDepartment(models.Model):
    """Every department has a part-time document administrator (DOC-3.4)."""

    _inherit = "hr.department"

    def _itsms_document_administrators(self):
        """Document administrators per department as a dict of users: the department's own, else
        those of the nearest department above it (I-14)."""
        role = self.env["itsms.role"]._by_code("department_document_administrator")
        result = {}
        for company, departments in self.grouped("company_id").items():
            holders = role._holders_batch(company or self.env.company, list(departments))
            result.update({department: holders[department] for department in departments})
        return result
