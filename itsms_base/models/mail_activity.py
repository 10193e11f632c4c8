from odoo import models


class MailActivity(models.Model):
    """To-dos on a confidential record are open to people who may open the record only.

    Odoo itself shows a to-do, with the name of the record, to whom it is assigned.
    """

    _name = "mail.activity"
    _inherit = ["mail.activity", "itsms.reference.access.mixin"]
