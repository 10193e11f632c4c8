from odoo import api, fields, models

from .improvement_kinds import SCALE


class ItsmsRiskAssessment(models.Model):
    """One assessment of a risk; old and new results are both kept (SMS-8, ISM-6)."""

    _name = "itsms.risk.assessment"
    _description = "Assessment of a Risk"
    _inherit = ["itsms.engine.rows.mixin"]
    _order = "risk_id, id desc"
    _rec_name = "assessed_on"

    risk_id = fields.Many2one("itsms.risk", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="risk_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(
        [("first", "First"), ("again", "Again"), ("residual", "After the actions")], required=True
    )
    likelihood = fields.Selection(SCALE, required=True)
    impact = fields.Selection(SCALE, required=True)
    value = fields.Integer(string="Risk value", required=True, aggregator=None)
    note = fields.Text(string="In words")
    assessed_on = fields.Date(required=True)
    assessed_by_id = fields.Many2one("res.users", required=True, ondelete="restrict")

    @api.model
    def _by_hand_refusal(self):
        return self.env._("Assessments are kept as they were made (SMS-8).")
