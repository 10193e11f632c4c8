from odoo import api, fields, models
from odoo.exceptions import UserError


class ItsmsDocumentLoanDialog(models.TransientModel):
    """Words and days for taking back and renewing; every check is made by the loan itself."""

    _name = "itsms.document.loan.dialog"
    _description = "Loan Dialog"
    _inherit = ["itsms.dialog.mixin"]

    loan_ids = fields.Many2many("itsms.document.loan", readonly=True, string="Loans")
    operation = fields.Selection(
        [
            ("take_back", "Take back"),
            ("ask_renewal", "Ask for more time"),
            ("renew", "Renew"),
            ("refuse_renewal", "No more time"),
        ],
        required=True,
        readonly=True,
    )
    summary = fields.Char(compute="_compute_summary")
    date = fields.Date(string="Until")
    condition = fields.Selection(
        [("good", "Intact"), ("damaged", "Damaged"), ("incomplete", "Incomplete")],
        default="good",
        required=True,
    )
    returned_by = fields.Char(string="Brought by", help="Empty: the applicant.")
    note = fields.Char()

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        for dialog in dialogs.filtered(lambda d: d.operation == "renew" and not d.date):
            dialog.date = max(filter(None, dialog.loan_ids.mapped("renewal_date")), default=False)
        return dialogs

    @api.depends("loan_ids")
    def _compute_summary(self):
        for dialog in self:
            dialog.summary = ", ".join(dialog.loan_ids.mapped("display_name"))

    def action_confirm(self):
        """Do what the dialog is for."""
        self.ensure_one()
        loans = self.loan_ids
        if not loans:
            raise UserError(self.env._("There is nothing to do."))
        if self.operation == "take_back":
            loans.action_take_back(self.condition, self.returned_by, self.note)
        elif self.operation == "ask_renewal":
            loans.action_ask_renewal(self.date, self.note)
        elif self.operation == "renew":
            loans.action_renew(self.date, self.note)
        else:
            loans.action_refuse_renewal(self.note)
        return {"type": "ir.actions.act_window_close"}
