from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.itsms_document_copy import RECALL_REASONS


class ItsmsDocumentCopyAct(models.TransientModel):
    """Dialog for an act on copies that asks for more: recipient, reason or condition.

    Every check is made by the copies themselves.
    """

    _name = "itsms.document.copy.act"
    _description = "Act on Copies"
    _inherit = ["itsms.dialog.mixin"]

    operation = fields.Selection(
        [
            ("issue", "Issue to …"),
            ("hand_over", "Hand on"),
            ("recall", "Recall"),
            ("return", "Take the paper back"),
        ],
        required=True,
        readonly=True,
    )
    copy_ids = fields.Many2many("itsms.document.copy", string="Copies", readonly=True)
    copy_total = fields.Integer(string="Number of copies", compute="_compute_copy_total")
    holder_id = fields.Many2one(
        "res.users", string="Recipient", domain=[("share", "=", False)], help="Signs for it."
    )
    reason = fields.Selection(RECALL_REASONS, default="misuse")
    condition = fields.Selection(
        [("good", "Good"), ("worn", "Worn"), ("incomplete", "Incomplete")], default="good"
    )
    note = fields.Char()

    @api.depends("copy_ids")
    def _compute_copy_total(self):
        for dialog in self:
            dialog.copy_total = len(dialog.copy_ids)

    @api.model
    def _open(self, copies, operation):
        """Action that opens the dialog for ``copies``."""
        labels = dict(self._fields["operation"]._description_selection(self.env))
        if not copies or operation not in labels:
            raise UserError(self.env._("Choose at least one copy."))
        copies.check_access("read")
        dialog = self.create({"operation": operation, "copy_ids": [fields.Command.set(copies.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": labels[operation],
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Do what the dialog is for."""
        self.ensure_one()
        copies = self.copy_ids
        if self.operation == "issue":
            copies.action_issue(self.holder_id.id)
        elif self.operation == "hand_over":
            copies.action_hand_over(self.holder_id.id)
        elif self.operation == "recall":
            copies.action_recall(self.reason, self.note)
        else:
            copies.action_return(self.condition, self.note)
        return {"type": "ir.actions.act_window_close"}
