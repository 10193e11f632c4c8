from odoo import fields, models

from odoo.addons.itsms_base.models.itsms_confidential_mixin import SECRECY_LEVELS


class ItsmsDocumentCategory(models.Model):
    """Category of a document (DOC-4.1.1.1): manual, procedure, supporting, external.

    Categories are data; the kind says which rules of the manual apply.
    """

    _name = "itsms.document.category"
    _description = "Document Category"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Type code in the number: SC, CX, ZC.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("manual", "Management Manual"),
            ("procedure", "Procedure"),
            ("supporting", "Supporting document"),
            ("external", "External document"),
        ],
        required=True,
        help="Which rules of the manual apply; approval routes refer to it.",
    )
    number_scheme_id = fields.Many2one(
        "itsms.number.scheme",
        ondelete="restrict",
        help="Empty: the original number of the document is used as it is (DOC-4.1.2.1d).",
    )
    default_secrecy = fields.Selection(SECRECY_LEVELS, required=True, default="internal")
    subcategory_ids = fields.One2many("itsms.document.subcategory", "category_id")

    _code_uniq = models.Constraint("UNIQUE (code)", "Another category has this code.")


class ItsmsDocumentSubcategory(models.Model):
    """Kind within a category: work instruction, national standard … (DOC-4.1.1.1c, d)."""

    _name = "itsms.document.subcategory"
    _description = "Document Kind"
    _order = "category_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    category_id = fields.Many2one(
        "itsms.document.category", required=True, index=True, ondelete="cascade"
    )
