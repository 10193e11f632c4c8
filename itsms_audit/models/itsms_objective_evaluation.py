from odoo import api, fields, models


class ItsmsObjectiveEvaluation(models.Model):
    """How an objective stood at a day (6.2.2)."""

    _name = "itsms.objective.evaluation"
    _description = "Evaluation of an Objective"
    _inherit = ["itsms.engine.rows.mixin"]
    _order = "objective_id, id desc"
    _rec_name = "evaluated_on"

    objective_id = fields.Many2one("itsms.objective", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="objective_id.company_id", store=True, index=True, precompute=True
    )
    evaluated_on = fields.Date(required=True, index=True)
    evaluated_by_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    value = fields.Float(string="Stands at", aggregator=None)
    target = fields.Float(string="Target value", aggregator=None)
    met = fields.Selection([("yes", "On target"), ("no", "Below target")], required=True)
    note = fields.Text(string="In words")

    @api.model
    def _by_hand_refusal(self):
        return self.env._("Evaluations are kept as they were made (SMS-9).")
