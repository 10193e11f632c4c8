from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import guard

MONTHS = [
    ("01", "January"),
    ("02", "February"),
    ("03", "March"),
    ("04", "April"),
    ("05", "May"),
    ("06", "June"),
    ("07", "July"),
    ("08", "August"),
    ("09", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class ItsmsAnnualPlanLineMixin(models.AbstractModel):
    """A line of an annual plan, planned for a month.

    A revision copies the lines; copies share ``root_line_id``, so what was held under any of them
    counts for all of them. The model brings ``root_line_id`` (to itself), ``variant_ids`` and
    ``state``, which follows from what was held and is ``planned`` before anything was begun; and
    ``year`` as related field. It names ``month`` with ``MONTHS`` again: labels of a selection are
    translated by the module that names them.
    """

    _name = "itsms.annual.plan.line.mixin"
    _description = "Line of an Annual Plan"
    _inherit = ["itsms.content.lock.line.mixin"]

    year = fields.Integer(index=True, aggregator=None)
    month = fields.Selection(MONTHS, index=True, group_expand="_expand_months")
    date_planned = fields.Date(
        string="Planned for",
        compute="_compute_date_planned",
        store=True,
        help="First of the month.",
    )

    @api.depends("year", "month")
    def _compute_date_planned(self):
        for line in self:
            line.date_planned = line.month and line.year and date(line.year, int(line.month), 1)

    @api.model
    def _expand_months(self, months, domain):
        """All twelve months stand side by side, like in the printed plan."""
        return [key for key, _label in MONTHS]

    # ------------------------------------------------------------ declaration
    @api.model
    def _system_fields(self):
        """Hook: fields that only the system fills; people may leave them empty."""
        return {"root_line_id"}

    @api.model
    def _progress_fields(self):
        """Hook: fields that follow from what was held; people do not send them at all."""
        return {"state"}

    @api.model
    def _system_fields_refusal(self):
        """Hook: what somebody is told who sends such a value."""
        return self.env._("What was held follows from its records, never from entry (COM-2).")

    @api.model
    def _copied_fields(self):
        """Hook: fields that a revision takes over."""
        return {"month", "root_line_id"}

    # ------------------------------------------------------------ rules
    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            for vals in vals_list:
                self._refuse_system_values(vals)
        lines = super().create(vals_list)
        for line in lines.filtered(lambda x: not x.root_line_id):
            # sudo: the engine's own field
            guard.as_engine(line.sudo()).root_line_id = line
        return lines

    def write(self, vals):
        if not guard.is_engine(self.env):
            self._refuse_system_values(vals)
        return super().write(vals)

    @api.model
    def _refuse_system_values(self, vals):
        sent = {name for name in self._system_fields() if vals.get(name)}
        if sent or self._progress_fields() & set(vals):
            raise AccessError(self._system_fields_refusal())

    def _copy_to(self, plan):
        """Copy these lines into ``plan``; what hangs on a line stays with its first copy."""
        vals_list = [
            {
                self._lock_parent: plan.id,
                **{name: line._copied_value(name) for name in self._copied_fields()},
            }
            for line in self
        ]
        # sudo: the system copies what is in the plan
        return guard.as_engine(self.sudo()).create(vals_list)

    def _copied_value(self, name):
        field = self._fields[name]
        if field.type == "many2many":
            return [fields.Command.set(self[name].ids)]
        return field.convert_to_write(self[name], self)
