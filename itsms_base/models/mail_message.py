from odoo import models


class MailMessage(models.Model):
    """Messages on a confidential record close with it, for former readers and authors too.

    Odoo itself keeps a message open to everybody who was once notified of it.
    """

    _name = "mail.message"
    _inherit = ["mail.message", "itsms.reference.access.mixin"]
    _secrecy_references = (("model", "res_id"),)
