from odoo import models, tools


class ResUsers(models.Model):
    """What a user may open, from the role register and the departments (DOC-4.1.1.3)."""

    _inherit = "res.users"

    def _itsms_clearance(self):
        """``none``, ``secret`` or ``top_secret``, as of today.

        Department heads hold secret; roles give what the role register says.
        """
        self.ensure_one()
        return self._itsms_clearance_on(self.env.company._itsms_today())

    @tools.ormcache("self.id", "day")
    def _itsms_clearance_on(self, day):
        # sudo: a person's own offices, read to decide what this person may open
        assignments = self.env["itsms.role.assignment"].sudo()
        held = assignments.search(
            [
                ("user_id", "=", self.id),
                ("role_id.active", "=", True),
                ("role_id.clearance", "!=", "none"),
                *assignments._current_domain(day),
            ]
        ).mapped("role_id.clearance")
        if "top_secret" in held:
            return "top_secret"
        heads = self.env["hr.department"].sudo().search_count(
            [("manager_id.user_id", "=", self.id)], limit=1
        )
        return "secret" if held or heads else "none"

    def _itsms_department_ids(self):
        """Ids of the user's departments and of all departments above them."""
        self.ensure_one()
        # sudo: a person's own departments, across the employee's private version record
        departments = self.sudo().with_context(active_test=True).employee_ids.department_id
        headed = self.env["hr.department"].sudo().search([("manager_id.user_id", "=", self.id)])
        return sorted(
            {
                int(part)
                for path in (departments | headed).mapped("parent_path")
                for part in (path or "").strip("/").split("/")
                if part
            }
        )

    def _itsms_own_departments(self):
        """The departments a user works in or heads, with all departments below them."""
        self.ensure_one()
        # sudo: a person's own departments, across the employee's private version record
        departments = self.sudo().employee_ids.department_id
        headed = self.env["hr.department"].sudo().search([("manager_id.user_id", "=", self.id)])
        return (
            self.env["hr.department"].sudo().search([("id", "child_of", (departments | headed).ids)])
        )

    def _itsms_superior(self, company=None):
        """The user above this one: the employee's manager, else the head of the department above."""
        self.ensure_one()
        # sudo: managers are found across private employee data, only the user is returned
        for employee in self.sudo().employee_ids:
            superior = employee.parent_id.user_id
            department = employee.department_id
            while not superior and department:
                superior = department.manager_id.user_id - self
                department = department.parent_id
            if superior and superior != self and superior.active:
                return superior.sudo(False)
        return self.browse()
