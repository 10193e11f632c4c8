from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import cache


class ItsmsRole(models.Model):
    """An office of the procedure manual (COM-9): data, never a person.

    Who holds it is said by :class:`ItsmsRoleAssignment`; the engine asks :meth:`_holders` and never
    stores an answer for longer than a step.
    """

    _name = "itsms.role"
    _description = "Role"
    _inherit = ["itsms.log.mixin"]
    _order = "sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        index=True,
        help="Stable technical key; routes and transitions refer to it.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    scope = fields.Selection(
        [("company", "Company"), ("department", "Department")],
        required=True,
        default="company",
        help="Company: one office for the whole company. Department: held for a department and "
        "all departments below it that have no holder of their own.",
    )
    clearance = fields.Selection(
        [("none", "None"), ("secret", "Secret"), ("top_secret", "Top secret")],
        required=True,
        default="none",
        help="What a holder may open: secret for department heads and above, top secret for "
        "senior management only (DOC-4.1.1.3a, b).",
    )
    duties = fields.Text(translate=True, help="What the manual expects of this role.")
    assignment_ids = fields.One2many("itsms.role.assignment", "role_id")
    holder_names = fields.Char(
        string="Held by", compute="_compute_holders", help="Holders on this day."
    )
    vacant = fields.Boolean(compute="_compute_holders", search="_search_vacant")
    route_line_ids = fields.One2many("itsms.approval.route.line", "role_id", readonly=True)
    defect = fields.Char(
        compute="_compute_defect",
        help="A role that an active approval route needs and nobody holds (COM-9): its "
        "submissions are refused.",
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "Another role already has this code.")

    @api.depends("assignment_ids.user_id", "assignment_ids.date_from", "assignment_ids.date_to")
    @api.depends_context("company")
    def _compute_holders(self):
        current = self.env["itsms.role.assignment"]._current(self, self.env.company)
        for role in self:
            users = current.filtered(lambda a, role=role: a.role_id == role).user_id
            role.holder_names = ", ".join(users.mapped("name"))
            role.vacant = not users

    @api.depends(
        "assignment_ids.user_id", "assignment_ids.date_to", "route_line_ids.route_id.active"
    )
    @api.depends_context("company")
    def _compute_defect(self):
        company = self.env.company
        departments = self.env["hr.department"].search([("company_id", "in", (company.id, False))])
        for role in self:
            role.defect = False
            if not role.route_line_ids.route_id.filtered("active"):
                continue
            if role.scope == "company":
                role.defect = role.vacant and self.env._("Nobody holds this role.")
                continue
            holders = role._holders_batch(company, departments)
            gaps = departments.filtered(lambda d, h=holders: not h[d])
            if gaps:
                role.defect = self.env._(
                    "No holder for: %(departments)s", departments=", ".join(gaps.mapped("name"))
                )

    def _search_vacant(self, operator, value):
        if operator != "in":
            return NotImplemented
        roles = self.search([("active", "=", True)])
        held = self.env["itsms.role.assignment"]._current(roles, self.env.company)
        return [("id", "not in" if True in value else "in", held.role_id.ids)]

    @api.constrains("scope")
    def _check_scope(self):
        """An office of the whole company is not held for a department."""
        for role in self.filtered(lambda r: r.scope == "company"):
            if role.sudo().assignment_ids.department_id:  # sudo: in whatever company
                raise ValidationError(
                    self.env._(
                        "%(role)s is held for departments; it cannot become an office of the "
                        "whole company. Set up another role (COM-9).",
                        role=role.name,
                    )
                )

    def write(self, vals):
        """A changed clearance or scope changes what people may do: it leaves evidence."""
        result = super().write(vals)
        telling = sorted({"code", "scope", "clearance", "active"} & set(vals))
        if telling:
            cache.forget(self.env)
            self._log(
                "config", comment=lambda r: ", ".join(f"{name}={r[name]}" for name in telling)
            )
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_used(self):
        # sudo: counts the assignments of all companies
        if self.env["itsms.role.assignment"].sudo().search_count([("role_id", "in", self.ids)]):
            raise UserError(
                self.env._("A role that was ever held stays on record (COM-9). Archive it instead.")
            )

    # ------------------------------------------------------------ resolution
    @api.model
    def _by_code(self, *codes):
        """Roles with the given codes; safe as sudo since role names are no secret."""
        return self.sudo().search([("code", "in", codes)])

    def _holders(self, company, department=None, on=None):
        """Active users who hold ``self`` (one role) for ``department`` on the day ``on``.

        A department role climbs the department tree to the nearest department with a holder; an
        assignment without department comes last. Returns an empty recordset for a vacant role.
        """
        self.ensure_one()
        return self._holders_batch(company, [department], on=on)[department or False]

    def _holders_batch(self, company, departments, on=None, current=None):
        """Holders of one role for many departments at once, as a dict; two queries in all.

        :param current: assignments read before, of this and other roles; spares the query.
        """
        self.ensure_one()
        if current is None:
            current = self.env["itsms.role.assignment"]._current(self, company, on=on)
        by_department = {}
        for assignment in current.filtered(lambda a: a.role_id == self):
            by_department.setdefault(assignment.department_id.id, []).append(assignment.user_id.id)
        # sudo: holders must be found whoever asks; used by the engine only
        Users = self.env["res.users"].sudo()
        result = {}
        for department in departments:
            path = [False]
            # assignments to a department exist for department roles only
            if department and set(by_department) - {False}:
                ancestors = (department.sudo().parent_path or "").strip("/").split("/")
                path = [int(i) for i in reversed(ancestors) if i] + [False]
            users = next((by_department[i] for i in path if by_department.get(i)), [])
            found = Users.browse(dict.fromkeys(users))
            result[department or False] = found.with_prefetch(current.user_id.ids)
        return result

    def _held_by(self, user, company, department=None):
        """Whether ``user`` holds one of the roles in ``self`` for ``department`` today."""
        return any(user in role._holders(company, department) for role in self)

    def action_view_assignments(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "itsms.role.assignment",
            "view_mode": "list,form",
            "domain": [("role_id", "=", self.id)],
            "context": {"default_role_id": self.id},
        }
