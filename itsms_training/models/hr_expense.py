from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.itsms_base.engine import guard

SIGNATURE = {"training_signed_by_id", "training_signed_at"}
# what the head of HR signs for; changing it needs a new signature
SIGNED = {
    "training_request_id",
    "product_id",
    "employee_id",
    "total_amount",
    "total_amount_currency",
    "quantity",
    "price_unit",
    "currency_id",
    "tax_ids",
    "payment_mode",
}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    itsms_training_cost = fields.Boolean(
        string="Training cost",
        help="Expenses of this category are training cost: they need a completely signed training "
        "approval form (TRN-4.5.3).",
    )


class HrExpense(models.Model):
    """Training expense voucher (培训费报销凭证, TRN-4.5.3).

    Everything hangs on one question: is the training approval form completely signed [I-29]?
    Without it a training expense is neither submitted nor approved, signed, posted or paid
    (TRN-4.5.3.1, TRN-4.5.3.2). The head of HR signs the voucher; Finance posts signed ones only.
    """

    _inherit = "hr.expense"

    training_request_id = fields.Many2one(
        "itsms.training.request",
        string="Training approval form",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('state', '=', 'completed')]",
        help="Training cost is reimbursed only on a completely signed form (TRN-4.5.3).",
    )
    training_cost = fields.Boolean(
        string="Is training cost",
        compute="_compute_training_cost",
        store=True,
        index="btree_not_null",
    )
    training_request_state = fields.Selection(
        related="training_request_id.state", string="State of the form"
    )
    training_planned = fields.Monetary(
        related="training_request_id.planned_cost",
        string="Cost planned",
        currency_field="company_currency_id",
    )
    training_approved = fields.Monetary(
        related="training_request_id.cost",
        string="Cost approved",
        currency_field="company_currency_id",
    )
    training_left = fields.Monetary(
        related="training_request_id.cost_left",
        string="Still to claim",
        currency_field="company_currency_id",
    )
    training_signed_by_id = fields.Many2one(
        "res.users", string="Voucher signed by", readonly=True, copy=False, ondelete="restrict"
    )
    training_signed_at = fields.Datetime(string="Voucher signed on", readonly=True, copy=False)
    can_sign_voucher = fields.Boolean(compute="_compute_can_sign_voucher")
    can_see_voucher = fields.Boolean(
        compute="_compute_can_see_voucher", search="_search_can_see_voucher"
    )

    _voucher_idx = models.Index("(company_id, state) WHERE training_request_id IS NOT NULL")

    @api.depends("training_request_id", "product_id.itsms_training_cost")
    def _compute_training_cost(self):
        for expense in self:
            expense.training_cost = bool(
                expense.training_request_id or expense.product_id.itsms_training_cost
            )

    @api.depends("training_request_id.analytic_account_id")
    def _compute_analytic_distribution(self):
        """The account of the approved form goes before the general rules."""
        super()._compute_analytic_distribution()
        for expense in self:
            # sudo: which account it is booked on, whoever claims
            account = expense.sudo().training_request_id.analytic_account_id
            if account and expense.state == "draft":
                expense.analytic_distribution = {str(account.id): 100}

    # ------------------------------------------------------------ access
    @api.depends("training_cost", "company_id")
    @api.depends_context("uid")
    def _compute_can_see_voucher(self):
        seen = self.filtered_domain(self._search_can_see_voucher("in", {True}))
        for expense in self:
            expense.can_see_voucher = expense in seen

    def _search_can_see_voucher(self, operator, value):
        """Finance reads what it reimburses, HR what it signs for (TRN-3.4, TRN-4.5.3)."""
        if operator != "in":
            return NotImplemented
        user = self.env.user
        companies = user._itsms_role_assignments("finance_officer", "hr_head").company_id
        domain = (
            Domain("training_cost", "=", True)
            & Domain("company_id", "in", companies.ids)
            & Domain("state", "!=", "draft")
        )
        return domain if True in value else ~domain

    @api.depends("state", "training_cost", "training_signed_at")
    @api.depends_context("uid")
    def _compute_can_sign_voucher(self):
        companies = self.env.user._itsms_role_assignments("hr_head").company_id
        for expense in self:
            expense.can_sign_voucher = (
                expense.training_cost
                and not expense.training_signed_at
                and expense.state in ("submitted", "approved")
                and expense.company_id in companies
            )

    # ------------------------------------------------------------ guards
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_signature(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_signature(vals)
        if SIGNED & set(vals) and not guard.is_engine(self.env):
            signed = self.filtered("training_signed_at")
            if signed:
                raise UserError(
                    self.env._(
                        "The head of HR has signed the voucher “%(name)s”: amount, person and form "
                        "stay as they were signed. Reset it to draft to change it (TRN-4.5.3.1).",
                        name=signed[0].name,
                    )
                )
        return super().write(vals)

    def _refuse_signature(self, vals):
        if not guard.is_engine(self.env) and any(vals.get(name) for name in SIGNATURE):
            raise AccessError(
                self.env._(
                    "The voucher is signed with “Sign the voucher” by the head of HR, never by "
                    "direct entry (TRN-4.5.3.1)."
                )
            )

    @api.constrains(
        "approval_state",
        "state",
        "account_move_id",
        "training_request_id",
        "product_id",
        "total_amount",
        "total_amount_currency",
        "currency_id",
        "quantity",
        "tax_ids",
    )
    def _check_training_expense(self):
        """On whichever path an expense leaves draft, its form and its amount are checked."""
        active = self.filtered(lambda e: e.approval_state in ("submitted", "approved"))
        booked = self.filtered("account_move_id")
        (active | booked)._check_training_form()
        booked._check_voucher_signed()

    def _check_training_form(self):
        """No completely signed form, no reimbursement (TRN-4.5.3.1, TRN-4.5.3.2)."""
        training = self.filtered("training_cost")
        for expense in training:
            # sudo: the claimant need not be able to open the form
            form = expense.sudo().training_request_id
            if not form:
                raise UserError(
                    self.env._(
                        "“%(expense)s” is training cost: choose the completely signed training "
                        "approval form that it belongs to (TRN-4.5.3).",
                        expense=expense.name,
                    )
                )
            if not form._completely_signed():
                raise UserError(
                    self.env._(
                        "%(form)s of “%(expense)s” is not completely signed; its state is "
                        "“%(state)s”. Training cost is claimed, signed for and reimbursed after "
                        "the training administrator has signed the form after the training "
                        "(TRN-4.5.3.1, TRN-4.5.3.2).",
                        form=form.display_name,
                        expense=expense.name,
                        state=form._state_label(),
                    )
                )
        training._check_training_amount()

    def _check_training_amount(self):
        """Not more than was approved, over all expenses of a form (TRN-4.5.3)."""
        forms = self.sudo().training_request_id  # sudo: sums, whoever claims
        if not forms:
            return
        # who claims at the same moment has to wait and to see this claim
        forms.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE itsms_training_request SET write_date = write_date WHERE id IN %s",
                tuple(forms.ids),
            )
        )
        rows = self.sudo()._read_group(  # sudo: the expenses of others on the same form count too
            [
                ("training_request_id", "in", forms.ids),
                ("approval_state", "in", ("submitted", "approved")),
            ],
            ["training_request_id"],
            ["total_amount:sum"],
        )
        for form, amount in rows:
            if form.currency_id.compare_amounts(amount, form.cost) > 0:
                raise UserError(
                    self.env._(
                        "%(form)s was approved for %(approved)s; with this expense %(claimed)s "
                        "would be claimed. Have the additional cost approved with a new training "
                        "approval form and claim it there (TRN-4.5.3).",
                        form=form.display_name,
                        approved=form.currency_id.format(form.cost),
                        claimed=form.currency_id.format(amount),
                    )
                )

    def _check_voucher_signed(self):
        """Finance posts and pays vouchers that the head of HR has signed (TRN-4.5.3.1)."""
        for expense in self.filtered("training_cost"):
            if not expense.training_signed_at:
                raise UserError(
                    self.env._(
                        "The voucher “%(expense)s” is not signed: the head of HR signs it first "
                        "(TRN-4.5.3.1).",
                        expense=expense.name,
                    )
                )

    def _check_can_create_move(self):
        super()._check_can_create_move()
        self._check_training_form()
        self._check_voucher_signed()

    def _prepare_receipts_vals(self):
        """The posting dialog comes here without any other check."""
        self._check_training_form()
        self._check_voucher_signed()
        return super()._prepare_receipts_vals()

    def _prepare_payments_vals(self):
        self._check_training_form()
        self._check_voucher_signed()
        return super()._prepare_payments_vals()

    # ------------------------------------------------------------ signature
    def action_itsms_sign_voucher(self):
        """The head of HR signs, on completely signed forms only (TRN-4.5.3.1)."""
        self.check_access("read")
        role = self.env["itsms.role"]._by_code("hr_head")
        for expense in self:
            if not role._held_by(self.env.user, expense.company_id):
                raise AccessError(
                    self.env._("The head of HR signs the training expense voucher (TRN-4.5.3.1).")
                )
            # sudo: only to compare people
            if expense.sudo().employee_id.user_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "“%(expense)s” is your own expense: somebody else who holds the role Head "
                        "of HR, signs it (COM-8).",
                        expense=expense.name,
                    )
                )
            if not expense.training_cost or expense.state not in ("submitted", "approved"):
                raise UserError(
                    self.env._(
                        "“%(expense)s” is no training expense that waits for a signature. The "
                        "claimant submits it first (TRN-4.5.3.1).",
                        expense=expense.name,
                    )
                )
            if expense.training_signed_at:
                raise UserError(
                    self.env._("“%(expense)s” is signed already.", expense=expense.name)
                )
        self._check_training_form()
        # sudo: the right was checked; the engine's own fields
        guard.as_engine(self.sudo()).write(
            {"training_signed_by_id": self.env.uid, "training_signed_at": fields.Datetime.now()}
        )
        self._log_voucher("signature", self.env._("Voucher signed"))
        return True

    def _clear_signature(self):
        signed = self.sudo().filtered("training_signed_at")  # sudo: the engine's own fields
        if signed:
            signed.with_env(self.env)._log_voucher("other", self.env._("Signature void"))
            guard.as_engine(signed).write(dict.fromkeys(SIGNATURE, False))

    def _log_voucher(self, kind, text):
        """Evidence at the form: which voucher, of whom, over how much."""
        self.env["itsms.log"]._append(
            [
                {
                    "record": expense.training_request_id,
                    "kind": kind,
                    "comment": f"{text}: {expense.name}, {expense.employee_id.name}, "
                    f"{expense.company_currency_id.format(expense.total_amount)}",
                }
                for expense in self.sudo()  # sudo: the voucher is named in the evidence
            ]
        )

    def _do_reset_approval(self):
        self._clear_signature()
        return super()._do_reset_approval()

    def _do_refuse(self, reason):
        self._clear_signature()
        return super()._do_refuse(reason)
