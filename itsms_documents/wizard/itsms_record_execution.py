from odoo import fields, models

from ..models.itsms_record_disposal import METHODS


class ItsmsRecordExecution(models.TransientModel):
    """Dialog: how the records of a disposal are destroyed, and who saw it (REC-4.8)."""

    _name = "itsms.record.execution"
    _description = "Carry Out a Disposal"
    _inherit = ["itsms.dialog.mixin"]

    disposal_id = fields.Many2one("itsms.record.disposal", required=True, readonly=True)
    has_physical = fields.Boolean(related="disposal_id.has_physical")
    line_count = fields.Integer(related="disposal_id.line_count")
    method = fields.Selection(
        METHODS, string="Method of destruction", required=True, default="delete"
    )
    method_note = fields.Char(string="Details of the method")
    witness = fields.Char()

    def action_execute(self):
        """Destroy; every check is made by the disposal itself."""
        self.ensure_one()
        self.disposal_id.action_execute(self.method, self.method_note, self.witness)
        return self.disposal_id._open_form()
