from odoo import fields, models
from odoo.exceptions import UserError

from ..models.improvement_kinds import SCALE


class ItsmsImprovementMeasure(models.TransientModel):
    """Dialog: what was reached; the improvement checks everything (CPA-20)."""

    _name = "itsms.improvement.measure"
    _description = "Measure an Improvement"
    _inherit = ["itsms.dialog.mixin"]

    improvement_id = fields.Many2one("itsms.improvement", required=True, readonly=True)
    target_id = fields.Many2one(
        "itsms.improvement.target",
        string="What is measured",
        required=True,
        domain="[('improvement_id', '=', improvement_id)]",
    )
    unit = fields.Char(related="target_id.unit")
    target = fields.Float(related="target_id.target", string="Target value")
    baseline = fields.Float(related="target_id.baseline")
    value = fields.Float(string="Reached value", required=True)
    evidence = fields.Text(string="By what one sees it", required=True)

    def action_confirm(self):
        self.ensure_one()
        if self.target_id.improvement_id != self.improvement_id:
            raise UserError(self.env._("This target belongs to another improvement."))
        self.improvement_id.action_measure(self.target_id.id, self.value, self.evidence)
        return {"type": "ir.actions.act_window_close"}


class ItsmsImprovementDefer(models.TransientModel):
    """Dialog: not now, but on this day (CPA-19)."""

    _name = "itsms.improvement.defer"
    _description = "Defer an Improvement"
    _inherit = ["itsms.dialog.mixin"]

    improvement_id = fields.Many2one("itsms.improvement", required=True, readonly=True)
    until = fields.Date(string="Looked at again on", required=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.improvement_id.action_defer(self.until, self.reason)
        return {"type": "ir.actions.act_window_close"}


class ItsmsRiskAssess(models.TransientModel):
    """Dialog: assess again, judge the effect or accept; the risk checks everything."""

    _name = "itsms.risk.assess"
    _description = "Assess a Risk"
    _inherit = ["itsms.dialog.mixin"]

    risk_id = fields.Many2one("itsms.risk", required=True, readonly=True)
    operation = fields.Selection(
        [("assess", "Assess again"), ("judge", "Judge the effect"), ("accept", "Accept")],
        required=True,
        readonly=True,
    )
    likelihood = fields.Selection(SCALE)
    impact = fields.Selection(SCALE)
    effective = fields.Selection([("yes", "Yes"), ("no", "No")], string="Effective?")
    note = fields.Text(string="In words", required=True)

    def action_confirm(self):
        self.ensure_one()
        risk = self.risk_id
        if self.operation == "accept":
            risk.action_accept(self.note)
        elif self.operation == "judge":
            risk.action_judge(self.likelihood, self.impact, self.note, self.effective == "yes")
        else:
            risk.action_assess(self.likelihood, self.impact, self.note)
        return {"type": "ir.actions.act_window_close"}


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
