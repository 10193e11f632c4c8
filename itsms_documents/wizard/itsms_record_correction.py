from odoo import api, fields, models


class ItsmsRecordCorrection(models.TransientModel):
    """Dialog: correct a filed record; the original stays (REC-2c)."""

    _name = "itsms.record.correction"
    _description = "Correct a Record"
    _inherit = ["itsms.dialog.mixin"]

    record_id = fields.Many2one("itsms.record", required=True, readonly=True)
    reason = fields.Char(help="What was wrong, and why.")
    body = fields.Html(string="Text", sanitize_style=True)
    keep_ids = fields.Many2many(
        "ir.attachment",
        "itsms_record_correction_keep_rel",
        string="Files that stay",
        help="Take away what the corrected version no longer holds; the versions before keep it.",
    )
    upload_ids = fields.Many2many(
        "ir.attachment", "itsms_record_correction_upload_rel", string="New files"
    )

    @api.model
    def default_get(self, fields):
        """Start from the present version."""
        values = super().default_get(fields)
        record = self.env["itsms.record"].browse(values.get("record_id") or [])
        if record:
            values["body"] = record.body
            values["keep_ids"] = record.attachment_ids.ids
        return values

    def action_apply(self):
        """Add the corrected version; state and right are checked by the record."""
        self.ensure_one()
        self.record_id._correct(self.reason, self.body, self.keep_ids, self.upload_ids)
        return {"type": "ir.actions.act_window_close"}
