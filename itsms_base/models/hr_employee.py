from odoo import models

from ..engine import cache


class HrEmployee(models.Model):
    """Who works where decides what a person may open: a change clears the cached answers."""

    _name = "hr.employee"
    _inherit = ["hr.employee", "itsms.cache.source.mixin"]

    def _itsms_touches(self, vals):
        return bool({"user_id", "active", "department_id", "company_id"} & set(vals))

    def _cron_update_current_version_id(self):
        """Employment changes that begin today take effect at once."""
        result = super()._cron_update_current_version_id()
        cache.forget(self.env)
        return result


class HrVersion(models.Model):
    """The dated part of an employee holds the department."""

    _name = "hr.version"
    _inherit = ["hr.version", "itsms.cache.source.mixin"]

    def _itsms_touches(self, vals):
        return bool({"department_id", "date_version", "employee_id", "active"} & set(vals))
