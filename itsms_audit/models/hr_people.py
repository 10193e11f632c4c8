from odoo import api, models

# Somebody who changes department in the middle of an audit may not be independent any more
# (AUD-4.1.2b): the running audits of these people are looked at, at once.


class HrVersion(models.Model):
    """The dated part of an employee holds the department."""

    _inherit = "hr.version"

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create(vals_list)
        versions._itsms_audits_watch()
        return versions

    def write(self, vals):
        result = super().write(vals)
        if {"department_id", "date_version", "employee_id", "active"} & set(vals):
            self._itsms_audits_watch()
        return result

    def _itsms_audits_watch(self):
        # sudo: follows from where people work, whoever entered it
        users = self.sudo().employee_id.user_id
        if users:
            self.env["itsms.audit"].sudo()._people_moved(users)


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    def write(self, vals):
        result = super().write(vals)
        if {"department_id", "user_id", "active"} & set(vals):
            # sudo: as above
            users = self.sudo().user_id
            if users:
                self.env["itsms.audit"].sudo()._people_moved(users)
        return result


class HrDepartment(models.Model):
    _inherit = "hr.department"

    def write(self, vals):
        result = super().write(vals)
        if {"manager_id", "parent_id", "active"} & set(vals):
            # sudo: as above
            self.env["itsms.audit"].sudo()._people_moved()
        return result
