from odoo import fields, models


class ItsmsDocumentMedium(models.Model):
    """What a document is kept on (DOC-4.1.3); more media can be added."""

    _name = "itsms.document.medium"
    _description = "Document Medium"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
