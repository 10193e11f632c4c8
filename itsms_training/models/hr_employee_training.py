from odoo import api, fields, models
from odoo.fields import Domain


class HrEmployee(models.Model):
    """Hiring, moving and leaving open and end what training has to do with it."""

    _inherit = "hr.employee"

    itsms_attendance_ids = fields.One2many(
        "itsms.training.attendance", "employee_id", string="Trainings", groups="hr.group_hr_user"
    )
    itsms_manager_due = fields.Boolean(
        string="Manager without a training this year",
        compute="_compute_itsms_manager_due",
        search="_search_itsms_manager_due",
        groups="hr.group_hr_user",
        help="Managers take part in a comprehensive training at least once a year (TRN-4.3.4.3).",
    )

    @api.model_create_multi
    def create(self, vals_list):
        employees = super().create(vals_list)
        employees._itsms_follow_post()
        self.env["itsms.training.induction"]._open_for(employees, "induction")
        return employees

    def write(self, vals):
        # sudo: who leaves is looked at, whoever archives them
        leaving = self.sudo().filtered("active") if vals.get("active") is False else self.browse()
        result = super().write(vals)
        if leaving:
            self.env["itsms.training.attendance"]._person_left(leaving)
            self.env["itsms.training.mentoring"]._person_left(leaving)
            self.env["itsms.training.induction"]._person_left(leaving)
            self.env["itsms.training.file"]._person_left(leaving)
            self._itsms_teacher_left(leaving)
        if vals.get("active") is True:
            self.env["itsms.training.file"]._person_back(self)
        return result

    def _itsms_teacher_left(self, leaving):
        """The organiser hears that a session to come has lost its teacher."""
        # sudo: follows from archiving the employee, whoever does that
        sessions = (
            self.env["itsms.training.session"]
            .sudo()
            .search(
                [
                    ("teacher_kind", "=", "internal"),
                    ("teacher_id", "in", leaving.ids),
                    ("state", "in", ("draft", "pending", "rejected", "approved")),
                ]
            )
        )
        for session in sessions:
            session.activity_schedule(
                activity_type_id=self.env.ref("itsms_base.mail_activity_type_duty").id,
                summary=self.env._("The teacher left the company: cancel or plan anew"),
                user_id=session.organiser_id.id,
            )

    @api.model
    def _itsms_managers_due_domain(self):
        """Who heads a department or has people, and was in no manager training this year."""
        year = self.env.company._itsms_today().replace(month=1, day=1)
        # sudo: who heads what is no secret; attendance is only counted
        heads = self.env["hr.department"].sudo().search([("manager_id", "!=", False)]).manager_id
        trained = (
            self.env["itsms.training.attendance"]
            .sudo()
            .search(
                [
                    ("kind", "=", "management"),
                    ("presence", "=", "present"),
                    ("session_state", "in", ("finished", "evaluated", "closed")),
                    ("day", ">=", year),
                ]
            )
            .employee_id
        )
        manages = Domain("id", "in", heads.ids) | Domain("child_ids.active", "=", True)
        return manages & Domain("id", "not in", trained.ids)

    @api.depends_context("uid")
    def _compute_itsms_manager_due(self):
        due = self.search(Domain("id", "in", self.ids) & self._itsms_managers_due_domain())
        for employee in self:
            employee.itsms_manager_due = employee in due

    def _search_itsms_manager_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._itsms_managers_due_domain()
        return domain if True in value else ~domain

    def action_itsms_training_file(self):
        """The training file of one employee."""
        self.ensure_one()
        file = self.env["itsms.training.file"]._of(self)[self.id]
        file.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.training.file",
            "res_id": file.id,
            "views": [(False, "form")],
        }


class HrResumeLine(models.Model):
    _inherit = "hr.resume.line"

    itsms_attendance_id = fields.Many2one(
        "itsms.training.attendance",
        string="From training",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
