from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class ItsmsMeasureValue(models.Model):
    """A frozen month of a measure (COM-14): never changed, a correction is a further version."""

    _name = "itsms.measure.value"
    _description = "Measured Value"
    _inherit = ["itsms.append.only.mixin"]
    _order = "period desc, measure_id, version desc"
    _rec_name = "shown"

    measure_id = fields.Many2one(
        "itsms.measure", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    period = fields.Date(string="Month", required=True, readonly=True, help="First day of it.")
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    numerator = fields.Float(readonly=True, digits=(16, 4))
    denominator = fields.Float(readonly=True, digits=(16, 4))
    value = fields.Float(readonly=True, digits=(16, 4), aggregator=None)
    no_sample = fields.Boolean(
        readonly=True, help="Denominator 0: shown as n.a. and left out of averages (COM-15)."
    )
    target = fields.Float("Target value", readonly=True, digits=(16, 4), aggregator=None)
    met = fields.Selection(
        [("yes", "Met"), ("no", "Missed"), ("none", "No target or no sample")], readonly=True
    )
    reason = fields.Char(readonly=True, help="Why the former version was corrected.")
    frozen_at = fields.Datetime(readonly=True, help="When the source was read.")
    frozen_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    shown = fields.Char(string="Value shown", compute="_compute_shown")
    latest = fields.Boolean(
        string="Latest version", compute="_compute_latest", search="_search_latest"
    )

    _version_uniq = models.Constraint(
        "UNIQUE (measure_id, company_id, period, version)",
        "Somebody has just entered this month; reload and look at the value (COM-14).",
    )

    @api.depends("value", "no_sample", "measure_id.unit")
    @api.depends_context("lang")
    def _compute_shown(self):
        for value in self:
            if value.no_sample:
                value.shown = self.env._("n.a.")
                continue
            number = f"{value.value:.2f}".rstrip("0").rstrip(".")
            value.shown = f"{number} {value.measure_id.unit or ''}".strip()

    def _compute_latest(self):
        latest = self.search([("id", "in", self.ids), ("latest", "=", True)])
        for value in self:
            value.latest = value in latest

    def _search_latest(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain.custom(to_sql=lambda model, alias, query: model._latest_condition(alias))
        return domain if True in value else ~domain

    @api.model
    def _latest_condition(self, alias):
        """SQL: no later version of the same month."""
        return SQL(
            "NOT EXISTS (SELECT 1 FROM itsms_measure_value v WHERE v.measure_id = %(m)s "
            "AND v.company_id = %(c)s AND v.period = %(p)s AND v.version > %(v)s)",
            m=SQL.identifier(alias, "measure_id"),
            c=SQL.identifier(alias, "company_id"),
            p=SQL.identifier(alias, "period"),
            v=SQL.identifier(alias, "version"),
        )

    @api.model
    def _average(self, values):
        """Mean of ``values``, months without sample left out; None where nothing is left."""
        counted = values.filtered(lambda v: not v.no_sample)
        return sum(counted.mapped("value")) / len(counted) if counted else None
