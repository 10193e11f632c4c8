from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.itsms_base.engine import guard


class ItsmsObjectiveEvaluation(models.Model):
    """How an objective stood at a day (6.2.2)."""

    _name = "itsms.objective.evaluation"
    _description = "Evaluation of an Objective"
    _order = "objective_id, id desc"
    _rec_name = "evaluated_on"

    objective_id = fields.Many2one("itsms.objective", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="objective_id.company_id", store=True, index=True, precompute=True
    )
    evaluated_on = fields.Date(required=True, index=True)
    evaluated_by_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    value = fields.Float(aggregator=None)
    target = fields.Float(aggregator=None)
    met = fields.Selection([("yes", "On target"), ("no", "Below target")], required=True)
    note = fields.Text(string="In words")

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_by_hand()
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_by_hand()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        self._refuse_by_hand()

    def _refuse_by_hand(self):
        if not guard.is_engine(self.env):
            raise AccessError(self.env._("Evaluations are kept as they were made (SMS-9)."))
