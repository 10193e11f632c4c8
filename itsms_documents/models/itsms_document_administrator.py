from odoo import api, fields, models
from odoo.fields import Domain


class HrDepartment(models.Model):
    """Departments show their document administrator, and which have none (DOC-3.4)."""

    _inherit = "hr.department"

    itsms_document_administrator_names = fields.Char(
        string="Document administrator",
        compute="_compute_itsms_document_administrators",
        help="Signs for the documents of the department, organises their circulation for reading, "
        "manages archiving, follows up and manages external documents (DOC-3.4). A department "
        "without its own is served by that of the nearest department above it.",
    )
    itsms_document_administrator_missing = fields.Boolean(
        string="Without document administrator",
        compute="_compute_itsms_document_administrators",
        search="_search_itsms_document_administrator_missing",
    )

    @api.depends("itsms_assignment_ids.user_id", "itsms_assignment_ids.date_to", "parent_path")
    @api.depends_context("company")
    def _compute_itsms_document_administrators(self):
        holders = self._itsms_document_administrators()
        for department in self:
            # sudo: names of colleagues
            names = holders.get(department, self.env["res.users"]).sudo().mapped("name")
            department.itsms_document_administrator_names = ", ".join(names)
            department.itsms_document_administrator_missing = not names

    @api.model
    def _search_itsms_document_administrator_missing(self, operator, value):
        if operator != "in":
            return NotImplemented
        # who administers is worked out, not stored: all departments are asked in one go
        departments = self.search([])  # pylint: disable=no-search-all
        holders = departments._itsms_document_administrators()
        missing = [department.id for department, users in holders.items() if not users]
        domain = Domain("id", "in", missing)
        return domain if True in value else ~domain
