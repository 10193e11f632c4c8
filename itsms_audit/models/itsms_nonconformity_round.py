from odoo import api, fields, models


class ItsmsNonconformityRound(models.Model):
    """One round of plan, follow-up check and effectiveness check of a nonconformity (AUD-4.4.2a,
    AUD-4.4.3c): written by the engine, never changed by hand."""

    _name = "itsms.nonconformity.round"
    _description = "Round of a Nonconformity"
    _inherit = ["itsms.engine.rows.mixin"]
    _order = "nonconformity_id, number"
    _rec_name = "number"

    nonconformity_id = fields.Many2one(
        "itsms.nonconformity", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="nonconformity_id.company_id", store=True, index=True, precompute=True
    )
    number = fields.Integer(string="Round", required=True, readonly=True, aggregator=None)
    approved_on = fields.Date(string="Plan approved on", readonly=True)
    cause = fields.Text(string="Causes found", readonly=True)
    criterion = fields.Text(string="Effective when", readonly=True)
    checked_on = fields.Date(readonly=True)
    checked_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    check_passed = fields.Selection(
        [("yes", "Carried out"), ("no", "Further measures")], string="Check", readonly=True
    )
    check_result = fields.Text(string="Result of the follow-up check", readonly=True)
    effect_due_on = fields.Date(string="Effect due", readonly=True)
    judged_on = fields.Date(readonly=True)
    judged_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    effect_value = fields.Char(string="Measured", readonly=True)
    effect_text = fields.Text(string="Effect in words", readonly=True)
    verdict = fields.Selection(
        [("yes", "Effective"), ("no", "Not effective")], readonly=True, index=True
    )

    _number_uniq = models.Constraint(
        "UNIQUE (nonconformity_id, number)", "This round is on record already (CPA-15)."
    )

    @api.model
    def _by_hand_refusal(self):
        return self.env._("The rounds of a nonconformity stay as they were checked (AUD-4.4.3c).")
