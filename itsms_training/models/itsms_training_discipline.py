from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class ItsmsTrainingDiscipline(models.Model):
    """A breach of discipline (违纪情况) during a training, registered by the training
    administrator (TRN-4.3.2a). Read by HR and by the person; it is dealt with under the rules of
    the company."""

    _name = "itsms.training.discipline"
    _description = "Breach of Discipline in a Training"
    _inherit = ["itsms.log.mixin"]
    _order = "id desc"

    attendance_id = fields.Many2one(
        "itsms.training.attendance", required=True, index=True, ondelete="cascade"
    )
    session_id = fields.Many2one(related="attendance_id.session_id", store=True, index=True)
    employee_id = fields.Many2one(related="attendance_id.employee_id", store=True, index=True)
    company_id = fields.Many2one(related="attendance_id.company_id", store=True, index=True)
    name = fields.Char(string="What happened", required=True)
    measure = fields.Char(string="Dealt with by", help="Under the rules of the company.")
    registered_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    can_see = fields.Boolean(compute="_compute_can_see", search="_search_can_see")

    @api.depends_context("uid")
    def _compute_can_see(self):
        seen = self.sudo().filtered_domain(self._see_domain())  # sudo: compares columns only
        for note in self:
            note.can_see = note.sudo() in seen

    @api.model
    def _see_domain(self):
        return self._hr_domain() | Domain("employee_id.user_id", "=", self.env.uid)

    @api.model
    def _hr_domain(self):
        return Domain("company_id", "in", self.env.user._itsms_training_hr_companies().ids)

    def _search_can_see(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._see_domain()
        return domain if True in value else ~domain

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["registered_by_id"] = self.env.uid
        notes = super().create(vals_list)
        for note in notes:
            note._check_hr()
            if note.attendance_id.session_state not in ("running", "finished", "evaluated"):
                raise UserError(
                    self.env._(
                        "Breaches of discipline are registered while the training is held and "
                        "evaluated (TRN-4.3.2a)."
                    )
                )
        notes._log("other", comment=lambda n: n.name)
        return notes

    def write(self, vals):
        self._check_hr()
        if set(vals) - {"measure"}:
            raise UserError(
                self.env._(
                    "What was registered stays; how it was dealt with can be added (TRN-4.3.2a)."
                )
            )
        self._log("other", comment=vals.get("measure"))
        return super().write(vals)

    def _check_hr(self):
        companies = self.env.user._itsms_training_hr_companies()
        for note in self:
            # sudo: whose line it is
            mine = note.attendance_id.sudo().employee_id.user_id == self.env.user
            if note.company_id not in companies or mine:
                raise AccessError(
                    self.env._(
                        "The training administrator registers breaches of discipline, nobody his "
                        "own (TRN-4.3.2a)."
                    )
                )

    @api.ondelete(at_uninstall=True)
    def _unlink_except_kept(self):
        raise UserError(self.env._("What was registered stays (TRN-4.3.2a)."))


class ItsmsTrainingAttendance(models.Model):
    _inherit = "itsms.training.attendance"

    discipline_ids = fields.One2many("itsms.training.discipline", "attendance_id")
