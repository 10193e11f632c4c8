from odoo import fields, models


class HrDepartment(models.Model):
    """Every department has a part-time document administrator (DOC-3.4)."""

    _inherit = "hr.department"

    itsms_catalog_method = fields.Text(
        string="Cataloguing of records",
        help="Method of cataloguing, ordering and retrieval (编目、排序及检索方法) by which the "
        "department sorts, binds and keeps its records (REC-4.4.1a).",
    )

    def _itsms_document_administrators(self):
        """Document administrators per department as a dict of users: the department's own, else
        those of the nearest department above it (I-14)."""
        role = self.env["itsms.role"]._by_code("department_document_administrator")
        result = {}
        for company, departments in self.grouped("company_id").items():
            holders = role._holders_batch(company or self.env.company, list(departments))
            result.update({department: holders[department] for department in departments})
        return result
