from odoo import api, models
from odoo.exceptions import UserError

from .itsms_document_copy import OUTSTANDING


class HrDepartment(models.Model):
    """A department with copies outstanding is not dissolved (DOC-4.7.1)."""

    _inherit = "hr.department"

    def write(self, vals):
        if vals.get("active") is False:
            self._itsms_check_copies_back()
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_copies_out(self):
        self._itsms_check_copies_back()

    def _itsms_check_copies_back(self):
        # sudo: every copy counts, whoever dissolves the department; titles stay masked
        Copy = self.env["itsms.document.copy"].sudo()
        domain = [
            ("department_id", "in", self.ids),
            ("state", "in", OUTSTANDING),
        ]
        copies = Copy.search(domain, limit=10)
        if not copies:
            return
        count = Copy.search_count(domain)
        raise UserError(
            self.env._(
                "%(department)s still holds %(count)s controlled copies: %(copies)s. Return them "
                "to the issuing unit first (Documents › Distribution › Copies), then dissolve "
                "the department (DOC-4.7.1).",
                department=copies[0].department_id.name,
                count=count,
                copies=", ".join(copies.with_env(self.env).mapped("display_name")),
            )
        )


class HrEmployee(models.Model):
    """Who leaves gives his copies back."""

    _inherit = "hr.employee"

    def write(self, vals):
        leaving = self.browse()
        if vals.get("active") is False:
            leaving = self.filtered("active")
        result = super().write(vals)
        for company, employees in leaving.grouped("company_id").items():
            # sudo: private employee data; only the user behind the employee is used
            employees.sudo().user_id._itsms_recall_copies(company)
        return result


class ResUsers(models.Model):
    """Whose documents a user administers, and what he holds when he leaves."""

    _inherit = "res.users"

    def write(self, vals):
        leaving = self.browse()
        if vals.get("active") is False:
            leaving = self.filtered("active")
        result = super().write(vals)
        if leaving:
            leaving._itsms_recall_copies()
        return result

    def _itsms_recall_copies(self, company=None):
        """Recall what these people hold; the department's administrator is told."""
        domain = [("holder_id", "in", self.ids), ("state", "in", OUTSTANDING)]
        if company:
            domain.append(("company_id", "=", company.id))
        # sudo: every copy of the person, whoever ends the employment
        copies = self.env["itsms.document.copy"].sudo().search(domain)
        if copies:
            copies._recall("left")

    def _itsms_administered_departments(self):
        """Departments whose document administrator this user is, in the companies switched on."""
        self.ensure_one()
        role = self.env["itsms.role"]._by_code("department_document_administrator")
        # sudo: who administers which department is no secret
        Department = self.env["hr.department"].sudo()
        result = Department.browse()
        for company in self.env.companies:
            current = self.env["itsms.role.assignment"]._current(role, company)
            if self.id not in current.sudo().user_id.ids:
                continue
            departments = Department.search([("company_id", "in", (company.id, False))])
            holders = role._holders_batch(company, list(departments))
            result |= departments.filtered(lambda d, h=holders: self in h[d])
        return result
