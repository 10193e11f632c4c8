from odoo import fields, models


class ItsmsMeasureEntry(models.TransientModel):
    """Enter or correct one month of a measure (COM-14)."""

    _name = "itsms.measure.entry"
    _description = "Enter a Measure"
    _inherit = ["itsms.dialog.mixin"]

    measure_id = fields.Many2one("itsms.measure", required=True, readonly=True)
    kind = fields.Selection(related="measure_id.kind")
    period = fields.Date(
        string="Month",
        required=True,
        default=lambda self: self.env["itsms.measure"]._last_month(self.env.company),
    )
    numerator = fields.Float(string="Numerator or value", required=True)
    denominator = fields.Float()
    reason = fields.Char(help="Needed where the month has a value already.")

    def action_confirm(self):
        """Freeze; every rule is checked by the measure itself."""
        self.ensure_one()
        self.measure_id.action_enter(self.period, self.numerator, self.denominator, self.reason)
        return {"type": "ir.actions.act_window_close"}
