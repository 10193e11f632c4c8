from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.itsms_document_obsolescence import RETENTION


class ItsmsDocumentObsolete(models.TransientModel):
    """Dialog: withdraw documents from use, keep them as 作废保留 or not (DOC-4.7)."""

    _name = "itsms.document.obsolete"
    _description = "Withdraw From Use"
    _inherit = ["itsms.dialog.mixin"]

    document_ids = fields.Many2many("itsms.document", string="Documents", required=True)
    keep_only = fields.Boolean(
        help="The documents are obsolete already; only their retention changes."
    )
    reason = fields.Text(required=True, help="Why they are withdrawn (DOC-4.7.1).")
    retention = fields.Selection(
        [("none", "Not kept"), *RETENTION[1:]],
        string="Kept",
        required=True,
        default="none",
        help="Kept for legal or technical reasons, a document carries the stamp 作废保留, else "
        "作废 (DOC-4.7.2).",
    )
    retained_until = fields.Date(string="Kept until")
    record_count = fields.Integer(compute="_compute_record_count")

    @api.depends("document_ids")
    def _compute_record_count(self):
        for dialog in self:
            dialog.record_count = len(dialog.document_ids.filtered("serves_as_record"))

    @api.model
    def _open(self, documents):
        """Action that opens the dialog for ``documents``."""
        if not documents:
            raise UserError(self.env._("Choose at least one document."))
        states = set(documents.mapped("state"))
        keep_only = states == {"obsolete"}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Keep obsolete documents")
            if keep_only
            else self.env._("Withdraw from use"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_document_ids": [fields.Command.set(documents.ids)],
                "default_keep_only": keep_only,
                "default_retention": documents[:1].retention,
                "default_retained_until": documents[:1].retained_until,
            },
        }

    def action_confirm(self):
        """All or none; every check is made by the documents themselves."""
        self.ensure_one()
        if self.keep_only:
            self.document_ids._keep(self.retention, self.retained_until, self.reason)
        else:
            self.document_ids._withdraw(self.reason, self.retention, self.retained_until)
        return {"type": "ir.actions.act_window_close"}
