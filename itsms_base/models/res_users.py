from typing import NamedTuple

from odoo import models, tools


class Standing(NamedTuple):
    """Departments and clearances of a user on a day; ids only, so that it can be cached."""

    department_path: tuple
    own_departments: tuple
    secret_companies: tuple
    top_secret_companies: tuple


class ResUsers(models.Model):
    """What a user may open, from the role register and the departments (DOC-4.1.1.3)."""

    _inherit = "res.users"

    def _itsms_own_departments(self):
        """The departments a user works in or heads, with all departments below them."""
        return self.env["hr.department"].browse(self._itsms_standing().own_departments)

    def _itsms_headed_departments(self):
        """Departments that this user heads, with all below; not the one he only works in."""
        self.ensure_one()
        # sudo: who heads a department is no secret
        Department = self.env["hr.department"].sudo()
        headed = Department.search([("manager_id.user_id", "=", self.id)])
        return Department.search([("id", "child_of", headed.ids)]) if headed else headed

    def _itsms_role_assignments(self, *codes):
        """Assignments of one user to the roles ``codes`` that are in force today."""
        # sudo: the person's own offices
        Assignment = self.env["itsms.role.assignment"].sudo()
        today = self.env.company._itsms_today()
        return Assignment.search(
            [
                ("user_id", "=", self.id),
                ("role_id.code", "in", codes),
                ("role_id.active", "=", True),
                *Assignment._current_domain(today),
            ]
        )

    def _itsms_role_codes(self):
        """Codes of the roles that one user holds today, or acts in as a stand-in."""
        # sudo: the person's own offices, and those he stands in for
        Assignment = self.env["itsms.role.assignment"].sudo()
        stand_ins = self.env["itsms.stand.in"]._acting_for_user(self)
        held = Assignment.search(
            [
                ("user_id", "in", (self | stand_ins.principal_id).ids),
                ("role_id.active", "=", True),
                *Assignment._current_domain(self.env.company._itsms_today()),
            ]
        )
        own = held.filtered(lambda a: a.user_id == self).role_id
        for stand_in in stand_ins:
            theirs = held.filtered(lambda a, s=stand_in: a.user_id == s.principal_id)
            own |= theirs.role_id.filtered(stand_in._covers)
        return set(own.mapped("code"))

    def _itsms_route_companies(self, *model_names):
        """Companies in which one user holds an office that is asked on records of the models."""
        # sudo: routes are no secret; the person's own offices
        lines = (
            self.env["itsms.approval.route.line"]
            .sudo()
            .search([("route_id.model_name", "in", model_names), ("source", "=", "role")])
        )
        codes = lines.role_id.mapped("code")
        return self._itsms_role_assignments(*codes).company_id.sudo(False)

    def _itsms_standing(self):
        """Where this user stands today: departments and clearances, as :class:`Standing`."""
        self.ensure_one()
        return self._itsms_standing_on(self.env.company._itsms_today())

    @tools.ormcache("self.id", "day")
    def _itsms_standing_on(self, day):
        """Cached, for every access check asks; employees, departments, roles and assignments
        clear the cache when they change.

        Read as sudo: it decides what a person may open, across private employee data.
        """
        user = self.sudo()
        # sudo: as said above; no context key of a client brings dissolved departments back
        Department = self.env["hr.department"].sudo().with_context(active_test=True)
        headed = Department.search([("manager_id.user_id", "=", user.id)])
        departments = user._itsms_employees().department_id | headed
        path = {int(i) for d in departments for i in (d.parent_path or "").split("/") if i}
        own = Department.search([("id", "child_of", departments.ids)])
        secret, top_secret = self._itsms_cleared_companies(day)
        for department in headed:
            secret |= set((department.company_id or user.company_ids).ids)
        return Standing(
            tuple(sorted(path)), tuple(own.ids), tuple(secret | top_secret), tuple(top_secret)
        )

    def _itsms_cleared_companies(self, day):
        """Ids of the companies in which roles give secret, and top secret (two sets)."""
        assignments = self.env["itsms.role.assignment"].sudo()  # sudo: the person's own offices
        held = assignments.search(
            [
                ("user_id", "=", self.id),
                ("role_id.active", "=", True),
                ("role_id.clearance", "!=", "none"),
                *assignments._current_domain(day),
            ]
        )
        top_secret = held.filtered(lambda a: a.role_id.clearance == "top_secret")
        return set(held.company_id.ids), set(top_secret.company_id.ids)

    def _itsms_employees(self, company=None):
        """Employees behind this user, in one company or in all: unlike ``employee_ids`` the same
        whichever companies a client has switched on."""
        # sudo: the person's own companies
        companies = company or self.sudo().company_ids
        # sudo: private employee data; used by the engine only
        Employee = self.env["hr.employee"].sudo().with_context(active_test=True)
        return Employee.search([("user_id", "=", self.id), ("company_id", "in", companies.ids)])

    def _itsms_superior(self, company=None):
        """The user above this one: the manager, else the head of the department above."""
        self.ensure_one()
        # sudo: managers are found across private employee data, only the user is returned
        for employee in self._itsms_employees(company):
            superior = employee.parent_id.user_id
            department = employee.department_id
            while not superior and department:
                superior = department.manager_id.user_id - self
                department = department.parent_id
            if superior and superior != self and superior.active:
                return superior.sudo(False)
        return self.browse()
