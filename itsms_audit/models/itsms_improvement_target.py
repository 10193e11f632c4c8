from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.itsms_base.engine import guard

from ..engine import ranking
from .improvement_kinds import BENEFITS, BETTER, POINTS


class ItsmsImprovementPoint(models.Model):
    """Points of an opportunity for one criterion, 0 to 5 (CPA-18)."""

    _name = "itsms.improvement.point"
    _description = "Points of an Improvement"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "improvement_id"
    _order = "improvement_id, sequence, id"
    _rec_name = "kind"

    improvement_id = fields.Many2one(
        "itsms.improvement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="improvement_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(BENEFITS, string="Benefit", required=True, readonly=True)
    weight = fields.Integer(readonly=True, help="From the criteria in force at the evaluation.")
    guide = fields.Char(string="What 0 and 5 mean", readonly=True)
    points = fields.Selection(POINTS, help="0: no benefit, 5: the greatest (CPA-18).")
    note = fields.Char(string="Reason for the points")

    _kind_uniq = models.Constraint(
        "UNIQUE (improvement_id, kind)", "Each benefit has its points once (CPA-18)."
    )

    @api.model_create_multi
    def create(self, vals_list):
        """The lines come from the criteria in force; nobody adds his own or other weights."""
        self._refuse_own({"kind"})
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_own(set(vals))
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_engine(self):
        self._refuse_own({"kind"})

    def _refuse_own(self, names):
        if names & {"kind", "weight", "guide", "improvement_id"} and not guard.is_engine(self.env):
            raise AccessError(
                self.env._(
                    "Criteria and weights come from the approved improvement criteria, never by "
                    "hand (CPA-18)."
                )
            )


class ItsmsImprovementTarget(models.Model):
    """A measurable target of an improvement: baseline, value, day – and what was reached (CPA-20).

    What was reached is measured with the button; every measurement stays on record.
    """

    _name = "itsms.improvement.target"
    _description = "Target of an Improvement"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "improvement_id"
    _order = "improvement_id, id"

    improvement_id = fields.Many2one(
        "itsms.improvement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="improvement_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(BENEFITS, string="Benefit", required=True, default="quality")
    name = fields.Char(string="What is measured", required=True)
    measure_id = fields.Many2one(
        "itsms.measure",
        string="Monthly measure",
        index="btree_not_null",
        ondelete="restrict",
    )
    unit = fields.Char()
    better = fields.Selection(BETTER, required=True, default="higher")
    baseline = fields.Float(help="Value before the improvement (CPA-20).")
    baseline_on = fields.Date(string="Baseline of")
    target = fields.Float(string="Target value")
    due_on = fields.Date(string="To be reached by")
    measurement_ids = fields.One2many(
        "itsms.improvement.measurement", "target_id", string="Measurements", readonly=True
    )
    reached = fields.Float(readonly=True, copy=False, aggregator=None)
    reached_on = fields.Date(string="Measured on", readonly=True, copy=False)
    verdict = fields.Selection(
        [("yes", "Reached"), ("no", "Missed")], readonly=True, copy=False, index=True
    )

    @api.onchange("measure_id")
    def _onchange_measure_id(self):
        measure = self.measure_id
        if measure:
            self.name = self.name or measure.name
            self.unit = measure.unit
            self.better = measure.better

    @api.model
    def _engine_owned(self):
        return {"reached", "reached_on", "verdict", "measurement_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_measured({name for name, value in vals.items() if value})
            if not guard.is_engine(self.env):
                vals.update(dict.fromkeys(self._engine_owned() - {"measurement_ids"}, False))
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_measured(set(vals))
        return super().write(vals)

    def _refuse_measured(self, names):
        if names & self._engine_owned() and not guard.is_engine(self.env):
            raise AccessError(
                self.env._("What was reached is measured with the button, never entered (CPA-20).")
            )

    def _incomplete(self):
        """Why one target is not measurable yet, or nothing (CPA-20)."""
        if not (self.baseline_on and self.due_on):
            return self.env._("“%(name)s” lacks the day of its baseline or target.", name=self.name)
        if not ranking.reached(self.target, self.baseline, self.better) or (
            self.target == self.baseline
        ):
            return self.env._(
                "“%(name)s”: the target is no better than the baseline.", name=self.name
            )
        return None

    def _measure(self, value, evidence):
        """Keep one measurement; the caller has checked state and right."""
        self.ensure_one()
        improvement = self.improvement_id
        verdict = "yes" if ranking.reached(value, self.target, self.better) else "no"
        today = improvement.company_id._itsms_today()
        # sudo: nobody writes measurements by hand
        engine = guard.as_engine(self.sudo())
        engine.env["itsms.improvement.measurement"].create(
            {
                "target_id": self.id,
                "round": improvement.cycle,
                "value": value,
                "evidence": evidence,
                "verdict": verdict,
                "measured_on": today,
                "measured_by_id": self.env.uid,
            }
        )
        engine.write({"reached": value, "reached_on": today, "verdict": verdict})
        return verdict


class ItsmsImprovementMeasurement(models.Model):
    """One measurement of a target, written by the engine (CPA-20)."""

    _name = "itsms.improvement.measurement"
    _description = "Measurement of an Improvement"
    _inherit = ["itsms.engine.rows.mixin"]
    _order = "target_id, id"
    _rec_name = "value"

    target_id = fields.Many2one(
        "itsms.improvement.target", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="target_id.company_id", store=True, index=True, precompute=True
    )
    round = fields.Integer(aggregator=None)
    value = fields.Float(string="Measured value", aggregator=None)
    evidence = fields.Text(string="By what one sees it", required=True)
    verdict = fields.Selection([("yes", "Reached"), ("no", "Missed")], required=True)
    measured_on = fields.Date(required=True)
    measured_by_id = fields.Many2one("res.users", required=True, ondelete="restrict")

    @api.model
    def _by_hand_refusal(self):
        return self.env._("Measurements are kept as they were made (CPA-20).")
