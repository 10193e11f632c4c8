from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.itsms_record import PERIOD_UNITS


class ItsmsRecordAct(models.TransientModel):
    """Dialog: legal hold and its end (ITSMS office), longer retention (REC-4.7, REC-4.8)."""

    _name = "itsms.record.act"
    _description = "Act on Records"
    _inherit = ["itsms.dialog.mixin"]

    record_ids = fields.Many2many("itsms.record", readonly=True)
    operation = fields.Selection(
        [
            ("hold", "Legal hold"),
            ("release", "Lift the legal hold"),
            ("lengthen", "Lengthen retention"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Text()
    retention_number = fields.Integer(string="Retention period")
    retention_unit = fields.Selection(PERIOD_UNITS, default="year")

    @api.model
    def _open(self, records, operation):
        """Action that opens the dialog for ``records``."""
        if not records:
            raise UserError(self.env._("Choose a record first."))
        dialog = self.create(
            {
                "record_ids": [fields.Command.set(records.ids)],
                "operation": operation,
                "retention_number": records[0].retention_number,
                "retention_unit": records[0].retention_unit,
            }
        )
        labels = dict(self._fields["operation"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": labels[operation],
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Do it; state and right are checked by the records."""
        self.ensure_one()
        if self.operation == "lengthen":
            self.record_ids._lengthen_retention(
                self.retention_number, self.retention_unit, self.reason
            )
        else:
            self.record_ids._set_hold(self.operation == "hold", self.reason)
        return {"type": "ir.actions.act_window_close"}
