from odoo import models, tools


class ResUsers(models.Model):
    """Whose records a user keeps (REC-4.4.1, REC-4.5.1)."""

    _inherit = "res.users"

    def _itsms_kept_departments(self):
        """Departments whose records this user files and reads: those he works in or heads, and
        those he is document administrator of, with all departments below them."""
        ids = self._itsms_kept_departments_on(self.env.company._itsms_today())
        return self.env["hr.department"].browse(ids)

    @tools.ormcache("self.id", "day")
    def _itsms_kept_departments_on(self, day):
        """Cached like the standing: whatever changes it clears the cache (sudo: decides what a
        person may open, across the role register)."""
        own = self._itsms_standing_on(day).own_departments
        assignments = self.env["itsms.role.assignment"].sudo()
        held = assignments.search(
            [
                ("user_id", "=", self.id),
                ("role_id.active", "=", True),
                ("role_id.code", "=", "department_document_administrator"),
                *assignments._current_domain(day),
            ]
        )
        # sudo: as said above; no context key of a client brings dissolved departments back
        Department = self.env["hr.department"].sudo().with_context(active_test=True)
        # who is appointed without a department is it for all of the company
        everywhere = held.filtered(lambda a: not a.department_id).company_id
        below = Department.search(
            [
                "|",
                ("id", "child_of", held.department_id.ids),
                ("company_id", "in", everywhere.ids),
            ]
        )
        return tuple(sorted({*own, *below.ids}))
