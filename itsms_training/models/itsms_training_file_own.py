from odoo import api, fields, models
from odoo.fields import Domain


class ItsmsTrainingFile(models.Model):
    """What the person himself looks for, and his manager for the team: what is planned, the
    certificates, the outside training, what is missing (COM-17: as far as the reader may see)."""

    _inherit = "itsms.training.file"

    planned_ids = fields.Many2many(
        "itsms.training.plan.line", string="Planned training", compute="_compute_own"
    )
    certificate_ids = fields.Many2many(
        "itsms.work.certificate", string="Certificates to work", compute="_compute_own"
    )
    outside_ids = fields.Many2many(
        "itsms.training.request.trainee", string="Outside training", compute="_compute_own"
    )
    next_day = fields.Date(string="Next training", compute="_compute_next_day")
    certificates_ending = fields.Integer(string="Certificates that end", compute="_compute_own")
    my_team = fields.Boolean(compute="_compute_my_team", search="_search_my_team")

    @api.depends("employee_id")
    @api.depends_context("uid")
    def _compute_own(self):
        people = self.employee_id.ids
        certificates = self.env["itsms.work.certificate"].search(
            [
                ("employee_id", "in", people),
                ("state", "in", ("valid", "suspended", "expired", "withdrawn")),
            ],
            order="valid_from desc, id desc",
        )
        outside = self.env["itsms.training.request.trainee"].search(
            [("employee_id", "in", people), ("request_id.kind", "=", "outside")]
        )
        held = certificates.grouped(lambda c: c.employee_id.id)
        away = outside.grouped(lambda t: t.employee_id.id)
        planned = self._planned()
        for file in self:
            person = file.employee_id.id
            own = held.get(person, certificates.browse())
            file.certificate_ids = own
            file.certificates_ending = len(own.filtered("expires_soon"))
            file.outside_ids = away.get(person, outside.browse())
            file.planned_ids = planned.get(person, planned[None])

    def _planned(self):
        """Lines of the plans in force that are still to come, per employee id: where a person is
        named, or the department where nobody is."""
        Line = self.env["itsms.training.plan.line"]
        # sudo: who is named on a plan in force; plans in force are for everybody (TRN-4.2.2.1)
        people = self.employee_id.sudo()
        lines = Line.sudo().search(
            Domain("plan_state", "=", "in_force")
            & Domain("state", "in", ("planned", "running"))
            & (
                Domain("employee_ids", "in", people.ids)
                | Domain("target_department_ids", "in", people.department_id.ids)
            ),
            order="date_planned, id",
        )
        readable = set(lines.sudo(False)._filtered_access("read").ids)
        result = {None: Line}
        for employee in people:
            own = lines.filtered(
                lambda x, e=employee: (
                    x.id in readable
                    and (
                        e in x.employee_ids
                        or (not x.employee_ids and e.department_id in x.target_department_ids)
                    )
                )
            )
            result[employee.id] = own.sudo(False)
        return result

    @api.depends("attendance_ids.session_state", "attendance_ids.presence", "attendance_ids.day")
    def _compute_next_day(self):
        for file in self:
            to_come = file.attendance_ids.filtered(
                lambda a: a.session_state in ("approved", "running") and a.presence == "expected"
            )
            today = file.company_id._itsms_today()  # what nobody held is not to come
            file.next_day = min((d for d in to_come.mapped("day") if d >= today), default=False)

    # ------------------------------------------------------------ team
    @api.depends_context("uid")
    def _compute_my_team(self):
        team = self.filtered_domain(self._search_my_team("in", {True}))
        for file in self:
            file.my_team = file in team

    def _search_my_team(self, operator, value):
        """Those one is the manager of, and those of the departments that one heads."""
        if operator != "in":
            return NotImplemented
        domain = Domain("employee_id", "in", self._team().ids)
        return domain if True in value else ~domain

    @api.model
    def _team(self):
        """Employees of whom the current user is a superior, in his active companies (sudo: only
        who they are)."""
        user = self.env.user
        return (
            self.env["hr.employee"]
            .sudo()
            .search(
                (
                    Domain("parent_id.user_id", "=", user.id)
                    | Domain("department_id", "in", user._itsms_headed_departments().ids)
                )
                & (Domain("user_id", "=", False) | Domain("user_id", "!=", user.id))
                & Domain("company_id", "in", self.env.companies.ids)
            )
        )

    @api.model
    def action_open_team(self):
        """My team: one line for each person, also of those who were in no training yet."""
        self._of(self._team())
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_training_file_action"
        )
        return {
            **action,
            "name": self.env._("Training of my team"),
            "domain": [("my_team", "=", True)],
            "context": {},
        }

    def action_view_gaps(self):
        """Gaps of the person, with what is asked for and what is held."""
        self.ensure_one()
        self.check_access("read")
        return self.env["hr.employee"].browse(self.employee_id.id).action_itsms_gaps()


class HrEmployeePublic(models.Model):
    """The training file is found on the profile: one's own, as superior the team's."""

    _inherit = "hr.employee.public"

    def action_itsms_training_file(self):
        self.ensure_one()
        return self.env["hr.employee"].browse(self.id).action_itsms_training_file()


class ResUsers(models.Model):
    _inherit = "res.users"

    def action_itsms_my_training(self):
        """From the own preferences: the own training file, whoever's record this is."""
        return self.env["itsms.training.file"].action_open_mine()


class ItsmsMyWork(models.AbstractModel):
    """What the annual plan holds for me (TRN-4.2.2.2)."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [*super()._sections(), self._section_my_plan()]

    @api.model
    def _section_my_plan(self):
        employee = self.env.user._itsms_employees(self.env.company)[:1]
        Line = self.env["itsms.training.plan.line"]
        domain = Domain("plan_state", "=", "in_force") & Domain("state", "=", "planned")
        # sudo: who is named on a plan in force
        named = Line.sudo().search(domain & Domain("employee_ids", "in", employee.ids))
        if not named:
            return None
        return self._records_section(
            "training_my_plan",
            self.env._("Training that is planned for me"),
            "",
            "fa-calendar-o",
            Line,
            [("id", "in", named.ids)],
            "itsms_training.itsms_training_plan_line_action",
            lambda line: {"name": line.name, "deadline": line.date_planned},
        )
