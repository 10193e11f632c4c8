from odoo import fields, models


class ItsmsRecordMedium(models.Model):
    """What a record is kept on (REC-4.3.3): electronic, photograph, paper, database, any other."""

    _name = "itsms.record.medium"
    _description = "Record Medium"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    physical = fields.Boolean(
        help="There is something to shred or burn: its destruction needs a witness (REC-4.8)."
    )
