from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import cache


class ItsmsRoleAssignment(models.Model):
    """Who holds a role, where, from when to when, on which appointment (COM-9)."""

    _name = "itsms.role.assignment"
    _description = "Role Assignment"
    _inherit = ["itsms.log.mixin"]
    _order = "role_id, date_from desc, id desc"
    _check_company_auto = True
    _rec_name = "role_id"

    role_id = fields.Many2one("itsms.role", required=True, index=True, ondelete="restrict")
    role_scope = fields.Selection(related="role_id.scope")
    user_id = fields.Many2one(
        "res.users",
        string="Holder",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="For department roles: the department (and those below it) the role is held for. "
        "Empty: for every department without a holder of its own.",
    )
    date_from = fields.Date(
        required=True, default=lambda self: self.env.company._itsms_today(), index=True
    )
    date_to = fields.Date(string="Until", help="Last day on which the role is held.")
    appointment = fields.Char(help="Number of the appointing document.")
    appointment_file = fields.Binary(attachment=True)
    appointment_file_name = fields.Char()
    current = fields.Boolean(compute="_compute_current", search="_search_current")

    _dates_chk = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A role cannot end before it begins (COM-9).",
    )

    @api.depends("date_from", "date_to")
    def _compute_current(self):
        for assignment in self:
            today = assignment.company_id._itsms_today()
            assignment.current = bool(
                assignment.date_from
                and assignment.date_from <= today
                and (not assignment.date_to or assignment.date_to >= today)
            )

    def _search_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: only a condition on dates; the search itself runs as the user
        ids = self.sudo()._search(self._current_domain(self.env.company._itsms_today()))
        return [("id", "in" if True in value else "not in", ids)]

    @api.constrains("role_id", "department_id")
    def _check_department(self):
        for assignment in self:
            if assignment.role_id.scope == "company" and assignment.department_id:
                raise ValidationError(
                    self.env._(
                        "%(role)s is an office of the whole company: leave the department empty "
                        "(COM-9).",
                        role=assignment.role_id.name,
                    )
                )

    @api.constrains("user_id")
    def _check_holder(self):
        for assignment in self:
            if assignment.user_id.share:
                raise ValidationError(
                    self.env._(
                        "%(user)s is no internal user and cannot hold a role (COM-9).",
                        user=assignment.user_id.name,
                    )
                )

    @api.constrains("role_id", "user_id", "company_id", "department_id", "date_from", "date_to")
    def _check_overlap(self):
        for mine in self:
            end = mine.date_to or fields.Date.to_date("9999-12-31")
            twin = self.search_count(
                [
                    ("id", "!=", mine.id),
                    ("role_id", "=", mine.role_id.id),
                    ("user_id", "=", mine.user_id.id),
                    ("company_id", "=", mine.company_id.id),
                    ("department_id", "=", mine.department_id.id),
                    ("date_from", "<=", end),
                    "|",
                    ("date_to", "=", False),
                    ("date_to", ">=", mine.date_from),
                ]
            )
            if twin:
                raise ValidationError(
                    self.env._(
                        "%(user)s already holds the role %(role)s in this period. End the other "
                        "assignment first (COM-9).",
                        user=mine.user_id.name,
                        role=mine.role_id.name,
                    )
                )

    # ------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        assignments = super().create(vals_list)
        assignments._log("config", comment=lambda a: a._describe())
        assignments._holders_changed()
        return assignments

    def write(self, vals):
        history = {"role_id", "user_id", "company_id", "department_id", "date_from"}
        for assignment in self.filtered(lambda a: a.date_from <= a.company_id._itsms_today()):
            if history & set(vals):
                raise UserError(
                    self.env._(
                        "An assignment that has begun is history: who held %(role)s cannot be "
                        "rewritten. Set its last day and add a new assignment (COM-9).",
                        role=assignment.role_id.name,
                    )
                )
        if "date_to" in vals:
            self._check_end_not_rewritten(fields.Date.to_date(vals["date_to"]))
        result = super().write(vals)
        self._log("config", comment=lambda a: a._describe())
        self._holders_changed()
        return result

    def _describe(self):
        """One line for the evidence log."""
        self.ensure_one()
        return self.env._(
            "%(user)s holds %(role)s from %(start)s to %(end)s",
            user=self.user_id.name,
            role=self.role_id.code,
            start=self.date_from,
            end=self.date_to or "…",
        )

    def _check_end_not_rewritten(self, date_to):
        """A past on which people acted under the role is neither shortened nor prolonged."""
        for assignment in self.filtered(lambda a: a.date_to != date_to):
            yesterday = fields.Date.subtract(assignment.company_id._itsms_today(), days=1)
            if any(end and end < yesterday for end in (date_to, assignment.date_to)):
                raise UserError(
                    self.env._(
                        "The last day of a role can be yesterday at the earliest; an assignment "
                        "that ended before stays as it was. Add a new one instead (COM-9)."
                    )
                )

    @api.ondelete(at_uninstall=True)
    def _unlink_except_begun(self):
        if any(a.date_from <= a.company_id._itsms_today() for a in self):
            raise UserError(
                self.env._(
                    "An assignment that has begun is history and stays (COM-9). "
                    "Set its last day instead."
                )
            )

    def unlink(self):
        self._log("config", comment=self.env._("Planned assignment deleted"))
        roles = self.role_id
        result = super().unlink()
        self._holders_changed(roles)
        return result

    # ------------------------------------------------------------ resolution
    @api.model
    def _current_domain(self, on):
        return [
            ("date_from", "<=", on),
            "|",
            ("date_to", "=", False),
            ("date_to", ">=", on),
            ("user_id.active", "=", True),
        ]

    @api.model
    def _current(self, roles, company, on=None):
        """Assignments of ``roles`` in force in ``company``; archived people hold nothing.

        Read as sudo: deciders of a record must be found whoever submits it, and the result is
        used by the engine only.
        """
        on = on or company._itsms_today()
        return self.sudo().search_fetch(
            [
                ("role_id", "in", roles.ids),
                ("role_id.active", "=", True),
                ("company_id", "=", company.id),
                *self._current_domain(on),
            ],
            ["role_id", "user_id", "department_id"],
        )

    def _holders_changed(self, roles=None):
        """Running steps follow the office, not the person; clearances are cached per day."""
        cache.forget(self.env)
        self.env["itsms.approval.step"]._refresh_open_steps(roles or self.role_id)
