from odoo import fields, models


class ItsmsDocumentCategory(models.Model):
    """To whom documents of a category usually go: a start for the proposal (DOC-3.5)."""

    _inherit = "itsms.document.category"

    scope_department_ids = fields.Many2many(
        "hr.department",
        "itsms_document_category_scope_rel",
        string="Usual receivers",
        help="A new distribution scope starts with these departments; empty: with the responsible "
        "department and those that take part.",
    )
    scope_acknowledge = fields.Boolean(
        string="Readers confirm",
        default=True,
        help="Readers of a new distribution scope confirm that they have read the document.",
    )
