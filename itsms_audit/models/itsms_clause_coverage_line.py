from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError

from .itsms_clause_coverage import STATES


class ItsmsClauseCoverageLine(models.Model):
    """One reason for the state of a clause, with the records behind it."""

    _name = "itsms.clause.coverage.line"
    _description = "Reason of a Coverage"
    _inherit = ["itsms.engine.rows.mixin"]
    _order = "sequence, id"
    _rec_name = "reason"

    coverage_id = fields.Many2one(
        "itsms.clause.coverage", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="coverage_id.company_id", store=True, index=True)
    sequence = fields.Integer()
    state = fields.Selection(STATES, required=True)
    key = fields.Char(required=True)
    params = fields.Json()
    model_name = fields.Char()
    domain = fields.Char()
    reason = fields.Char(compute="_compute_reason")

    @api.depends("key", "params")
    @api.depends_context("lang")
    def _compute_reason(self):
        check = self.env["itsms.coverage.check"]
        words = check._reasons()
        for line, params in zip(self, check._in_words(self.mapped("params")), strict=True):
            line.reason = words.get(line.key, line.key) % params

    @api.model
    def _by_hand_refusal(self):
        return self.env["itsms.clause.coverage"]._by_hand_refusal()

    def action_open(self):
        """The records behind the reason; each with the rights of who looks."""
        self.ensure_one()
        if not self.model_name or self.model_name not in self.env:
            raise UserError(self.env._("There is no record behind this reason (COM-20)."))
        return self.coverage_id._records_action(
            self.model_name, literal_eval(self.domain or "[]"), self.reason
        )
