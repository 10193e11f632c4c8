from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ItsmsTrainingHandIn(models.TransientModel):
    """A trainee hands in after outside training (TRN-4.5.2); the checks are on the form."""

    _name = "itsms.training.hand.in"
    _description = "Hand In After Outside Training"
    _inherit = ["itsms.dialog.mixin"]

    trainee_id = fields.Many2one(
        "itsms.training.request.trainee", required=True, ondelete="cascade"
    )
    certificate = fields.Selection(
        [("yes", "Certificate"), ("no", "No certificate")], string="Result", required=True
    )
    certificate_name = fields.Char()
    certificate_date = fields.Date(string="Issued")
    certificate_valid_to = fields.Date(string="Valid until")
    material_ids = fields.Many2many(
        "ir.attachment", "itsms_training_hand_in_material_rel", string="Training material"
    )
    certificate_ids = fields.Many2many(
        "ir.attachment", "itsms_training_hand_in_certificate_rel", string="Copy of the certificate"
    )
    summary = fields.Text(
        string="Training summary", help="Required where the training gives no certificate."
    )

    @api.constrains("certificate_date", "certificate_valid_to")
    def _check_dates(self):
        for dialog in self:
            start, end = dialog.certificate_date, dialog.certificate_valid_to
            if start and end and end < start:
                raise ValidationError(
                    self.env._(
                        "The certificate would end on %(end)s, before it was issued on %(start)s.",
                        end=end,
                        start=start,
                    )
                )

    def action_confirm(self):
        self.ensure_one()
        given = self.certificate == "yes"
        certificate_files = self.certificate_ids if given else self.certificate_ids.browse()
        files = self.material_ids | certificate_files
        files._check_own_upload()
        self.trainee_id._hand_in(
            {
                "certificate": self.certificate,
                "certificate_name": given and self.certificate_name,
                "certificate_date": given and self.certificate_date,
                "certificate_valid_to": given and self.certificate_valid_to,
                "material_ids": [fields.Command.set(self.material_ids.ids)],
                "certificate_ids": [fields.Command.set(certificate_files.ids)],
                "summary": self.summary,
            },
            files,
        )
        return {"type": "ir.actions.act_window_close"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _check_own_upload(self):
        """Only files that the user uploaded for this purpose are moved to another record."""
        for file in self.sudo():  # sudo: only to see whose files they are
            loose = not file.res_id or file.res_model == "itsms.training.hand.in"
            if file.create_uid != self.env.user or not loose or file.res_field:
                raise ValidationError(
                    self.env._("Upload the file here; files of other records stay where they are.")
                )
