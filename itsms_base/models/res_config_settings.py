from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """First settings of the management system: names the manual leaves blank."""

    _inherit = "res.config.settings"

    itsms_code = fields.Char(related="company_id.itsms_code", readonly=False)
    itsms_office_department_id = fields.Many2one(
        related="company_id.itsms_office_department_id", readonly=False
    )
    itsms_printing_department_id = fields.Many2one(
        related="company_id.itsms_printing_department_id", readonly=False
    )
    itsms_purchasing_department_id = fields.Many2one(
        related="company_id.itsms_purchasing_department_id", readonly=False
    )
