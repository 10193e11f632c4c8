from odoo import api, fields, models
from odoo.exceptions import UserError


class ItsmsDecision(models.TransientModel):
    """Dialog for a decision, a withdrawal or a transition that asks for words."""

    _name = "itsms.decision"
    _description = "Decision"
    _inherit = ["itsms.dialog.mixin"]

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    operation = fields.Char(required=True, readonly=True)
    summary = fields.Char(compute="_compute_summary")
    comment = fields.Text()
    comment_required = fields.Boolean(compute="_compute_summary")
    password_required = fields.Boolean(compute="_compute_summary")
    # never stored: the client hands it over in the context of the button, as Odoo's own
    # identity check does
    password = fields.Char(store=False)

    @api.model
    def _open(self, records, operation):
        """Action that opens the dialog for ``records``.

        The dialog exists before it opens: the client keeps a field that is never stored, the
        password, only for a record that is already saved.
        """
        if not records:
            raise UserError(self.env._("There is nothing to decide on."))
        dialog = self.create(
            {"res_model": records._name, "res_ids": records.ids, "operation": operation}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self._title(records, operation),
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _title(self, records, operation):
        titles = {
            "approve": self.env._("Approve"),
            "reject": self.env._("Reject"),
            "withdraw": self.env._("Withdraw"),
        }
        return titles.get(operation) or str(records._transition(operation).label)

    @api.depends("res_model", "res_ids", "operation")
    def _compute_summary(self):
        for dialog in self:
            records = dialog._records()
            dialog.summary = ", ".join(records.mapped("display_name"))
            deciding = dialog.operation in ("approve", "reject")
            dialog.comment_required = dialog.operation == "reject" or (
                dialog.operation not in ("approve", "withdraw")
                and records._transition(dialog.operation).reason
            )
            dialog.password_required = deciding and any(
                records._open_steps().mapped("password_required")
            )

    def _records(self):
        """The records of the dialog, as the user."""
        self.ensure_one()
        model = self.env.get(self.res_model)
        if model is None or not hasattr(model, "_lifecycle_transitions"):
            raise UserError(self.env._("There is nothing to decide on."))
        return model.browse(self.res_ids).exists()

    def action_confirm(self):
        """Do what the dialog is for; every check is made by the record itself."""
        self.ensure_one()
        records = self._records()
        password = self.env.context.get("itsms_password")
        records = records.with_context(itsms_password=None)
        if self.operation == "approve":
            records.action_approve(self.comment, password)
        elif self.operation == "reject":
            records.action_reject(self.comment, password)
        elif self.operation == "withdraw":
            records.action_withdraw(self.comment)
        else:
            records.action_transition(self.operation, self.comment)
        return {"type": "ir.actions.act_window_close"}
