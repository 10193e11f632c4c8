from odoo import models


class MailFollowers(models.Model):
    """Who follows a confidential record is as confidential as the record."""

    _name = "mail.followers"
    _inherit = ["mail.followers", "itsms.reference.access.mixin"]
