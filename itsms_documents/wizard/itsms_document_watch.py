from odoo import api, fields, models
from odoo.exceptions import UserError


class ItsmsDocumentWatch(models.TransientModel):
    """Dialog: what the check of the edition of external documents found (DOC-4.8)."""

    _name = "itsms.document.watch"
    _description = "Check of the Edition"
    _inherit = ["itsms.dialog.mixin"]

    document_ids = fields.Many2many("itsms.document", string="External documents", required=True)
    checked_on = fields.Date(required=True, default=lambda self: self.env.company._itsms_today())
    result = fields.Selection(
        [("current", "Still current"), ("new", "New edition exists")],
        required=True,
        default="current",
    )
    new_edition = fields.Char(help="Number or year of the new edition.")
    note = fields.Char(help="Where it was looked up.")

    @api.model
    def _open(self, documents):
        """Action that opens the dialog for ``documents``."""
        if not documents:
            raise UserError(self.env._("Choose at least one document."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check the edition"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_document_ids": [fields.Command.set(documents.ids)]},
        }

    def action_confirm(self):
        """Note the result; every check is made by the documents themselves."""
        self.ensure_one()
        self.document_ids._check_edition(self.result, self.checked_on, self.new_edition, self.note)
        return {"type": "ir.actions.act_window_close"}
