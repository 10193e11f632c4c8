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


class ItsmsObjectiveEvaluate(models.TransientModel):
    """Dialog: how it stands; at the end of the year its result."""

    _name = "itsms.objective.evaluate"
    _description = "Evaluate an Objective"
    _inherit = ["itsms.dialog.mixin"]

    objective_id = fields.Many2one("itsms.objective", required=True, readonly=True)
    operation = fields.Selection(
        [("evaluate", "Evaluate"), ("close", "Close")], required=True, readonly=True
    )
    unit = fields.Char(related="objective_id.unit")
    target = fields.Float(related="objective_id.target", string="Target value")
    value = fields.Float(string="Stands at")
    note = fields.Text(string="In words", required=True)

    def action_confirm(self):
        self.ensure_one()
        if self.operation == "close":
            self.objective_id.action_close(self.note)
        else:
            self.objective_id.action_evaluate(self.value, self.note)
        return {"type": "ir.actions.act_window_close"}
