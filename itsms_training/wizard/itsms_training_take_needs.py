from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard


class ItsmsTrainingTakeNeeds(models.TransientModel):
    """HR sums up the reported needs: equal topics become one line of the plan (TRN-4.2.2.1)."""

    _name = "itsms.training.take.needs"
    _description = "Take Training Needs Up"
    _inherit = ["itsms.dialog.mixin"]

    plan_id = fields.Many2one("itsms.training.plan", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id")
    year = fields.Integer(related="plan_id.year")
    need_ids = fields.Many2many(
        "itsms.training.need",
        string="Needs",
        compute="_compute_need_ids",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id), ('year', '=', year), ('state', '=', 'reported'), "
        "('nothing_needed', '=', False)]",
    )
    line_count = fields.Integer(string="Lines of the plan", compute="_compute_line_count")

    @api.depends("plan_id")
    def _compute_need_ids(self):
        for dialog in self:
            dialog.need_ids = self.env["itsms.training.need"].search(
                [
                    ("company_id", "=", dialog.plan_id.company_id.id),
                    ("year", "=", dialog.plan_id.year),
                    ("state", "=", "reported"),
                    ("nothing_needed", "=", False),
                ]
            )

    @api.depends("need_ids")
    def _compute_line_count(self):
        for dialog in self:
            dialog.line_count = len(dialog.need_ids._origin._by_topic())

    def action_confirm(self):
        self.ensure_one()
        self.plan_id._take_needs(self.need_ids)
        return {"type": "ir.actions.act_window_close"}


class ItsmsTrainingNeed(models.Model):
    _inherit = "itsms.training.need"

    def _by_topic(self):
        """Needs by equal topic, kind and type; capital letters and spaces do not count."""
        return self.grouped(
            lambda n: (" ".join((n.name or "").split()).casefold(), n.kind, n.training_type)
        )


class ItsmsTrainingPlan(models.Model):
    _inherit = "itsms.training.plan"

    def _take_needs(self, needs):
        """Make one line per topic of ``needs``, or add them to the line that has the topic."""
        self.ensure_one()
        self.check_access("write")
        self._check_lock()
        needs._lock_rows()
        for need in needs:
            if (need.company_id, need.year) != (self.company_id, self.year):
                raise UserError(
                    self.env._(
                        "“%(need)s” is no need of %(company)s for %(year)s (TRN-4.2.2.1).",
                        need=need.display_name,
                        company=self.company_id.display_name,
                        year=self.year,
                    )
                )
        Line = self.env["itsms.training.plan.line"]
        lines = {
            (" ".join(line.name.split()).casefold(), line.kind, line.training_type): line
            for line in self.line_ids
        }
        for key, group in needs._by_topic().items():
            values = self._need_values(group, lines.get(key))
            if key in lines:
                lines[key].write(values)
            else:
                lines[key] = Line.create({"plan_id": self.id, **values})
            # sudo: the engine's own field
            guard.as_engine(group.sudo()).write({"plan_line_id": lines[key].id})
        if needs:
            needs._run_transition(needs._transition("take_up"), locked=True)

    def _need_values(self, needs, line):
        """Values of the line that takes ``needs`` up, on top of what ``line`` has."""
        line = line if line is not None else self.env["itsms.training.plan.line"]
        employees = line.employee_ids | needs.employee_ids
        unnamed = sum(n.people for n in needs if not n.employee_ids)
        before = line.people - len(line.employee_ids)
        departments = line.target_department_ids | needs.department_id
        values = {
            "employee_ids": [fields.Command.set(employees.ids)],
            "target_department_ids": [fields.Command.set(departments.ids)],
            "people": len(employees) + max(before, 0) + unnamed,
            "hours": max([line.hours, *needs.mapped("hours")]),
            "cost": line.cost + sum(needs.mapped("cost")),
        }
        if not line:
            first = needs[0]
            months = [n.month for n in needs if n.month]
            alone = len(needs.department_id) == 1
            organiser = needs.department_id if alone else self.company_id._itsms_hr_department()
            values |= {
                "name": first.name,
                "kind": first.kind,
                "training_type": first.training_type,
                "department_id": organiser.id,
                "month": min(months) if months else False,
            }
        return values
