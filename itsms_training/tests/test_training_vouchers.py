from odoo.exceptions import AccessError

from odoo.addons.itsms_base.tests.common import tagged

from .plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestTrainingVouchers(PlanCase):
    """Training cost is reimbursed on a completely signed form only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._person(
            "approver", None, "hr_expense.group_hr_expense_manager,account.group_account_invoice"
        )

    def test_not_before_the_form_is_complete(self):
        """TRN-4.5.3.1 TRN-4.5.3.2 I-29: an expense on a form that lacks the last signature is
        refused on every path."""
        request = self._approved_request()
        expense = self._expense(request)
        with self._refused("not completely signed"):
            expense.action_submit()
        with self._refused("not completely signed"):
            expense.write({"approval_state": "submitted"})
        with self._refused("not completely signed"):
            self._as(expense, self.approver)._do_approve(False)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hr_expense SET approval_state = 'approved', state = 'approved' WHERE id = %s",
            (expense.id,),
        )
        for act in ("_check_can_create_move", "_prepare_receipts_vals", "action_post"):
            with (
                self.subTest(act=act),
                self._refused("not completely signed"),
            ):
                getattr(self._as(expense, self.approver), act)()
        with self._refused("not completely signed"):
            self._as(expense, self.hr_head).action_itsms_sign_voucher()
        self.env.cr.execute(
            "UPDATE hr_expense SET approval_state = NULL, state = 'draft' WHERE id = %s",
            (expense.id,),
        )
        self.env.invalidate_all()
        self._hand_in(request)
        self._as(request, self.training_admin).action_sign()
        expense.action_submit()
        self._as(expense, self.hr_head).action_itsms_sign_voucher()
        self.assertEqual(expense.training_signed_by_id, self.hr_head)

    def test_training_cost_needs_a_form(self):
        """TRN-4.5.3.2: the category “Training” is not claimed without a form."""
        with self._refused("choose the completely signed"):
            self._expense().action_submit()

    def test_way_of_a_voucher(self):
        """TRN-3.4 TRN-4.5.3.1 TRN-4.5.3.2: submitted, signed by the head of HR, seen by
        Finance, posted only then."""
        request = self._completed_request()
        expense = self._expense(request)
        self.assertFalse(self._vouchers(self.finance))
        expense.action_submit()
        self._as(expense, self.approver)._do_approve(False)
        self.assertEqual(expense.state, "approved")
        with self._refused("is not signed"):
            self._as(expense, self.approver)._check_can_create_move()
        for user in (self.training_admin, self.finance, self.approver):
            with self.assertRaises(AccessError):
                self._as(expense, user).action_itsms_sign_voucher()
        self._as(expense, self.hr_head).action_itsms_sign_voucher()
        self._as(expense, self.approver)._check_can_create_move()
        self.assertEqual(self._vouchers(self.finance), expense.sudo())
        self.assertIn("signature", self._log_of(request).mapped("kind"))
        with self._refused("signed already"):
            self._as(expense, self.hr_head).action_itsms_sign_voucher()

    def _vouchers(self, user):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsms_training.hr_expense_action_voucher"
        )
        Expense = self.env["hr.expense"].with_user(user)
        Expense = Expense.with_context(allowed_company_ids=self.company.ids)
        self.env.invalidate_all()
        return Expense.search(
            [*eval(action["domain"]), ("company_id", "=", self.company.id)]
        ).sudo()

    def test_above_the_approved_cost(self):
        """TRN-4.5.3: more than the approved cost needs a new form, over all expenses."""
        request = self._completed_request()
        self._expense(request).action_submit()
        more = self._expense(request, name="Hotel", total_amount_currency=200)
        with self._refused("new training approval form"):
            more.action_submit()
        more.total_amount_currency = 100
        more.action_submit()
        self.assertEqual((request.expense_total, request.cost_left), (500, 0))
        with self._refused("new training approval form"):
            self._as(more, self.approver).write({"total_amount_currency": 101})

    def test_signed_stays_as_signed(self):
        """TRN-4.5.3.1: amount and form of a signed voucher do not change; reset voids it."""
        request = self._completed_request()
        expense = self._expense(request)
        expense.action_submit()
        self._as(expense, self.hr_head).action_itsms_sign_voucher()
        for vals in ({"total_amount_currency": 300}, {"training_request_id": False}):
            with self.subTest(vals=vals), self._refused("has signed"):
                self._as(expense, self.approver).write(vals)
        self._as(expense, self.approver)._do_reset_approval()
        self.assertFalse(expense.training_signed_at)
        expense.action_submit()
        self._as(expense, self.hr_head).action_itsms_sign_voucher()
        self._as(expense, self.approver)._do_refuse("No")
        self.assertFalse(expense.training_signed_at)

    def test_signature_is_not_forged(self):
        """TRN-4.5.3.1: nobody writes the signature, whoever he is."""
        request = self._completed_request()
        expense = self._expense(request)
        forged = {"training_signed_at": "2031-01-01", "training_signed_by_id": self.hr_head.id}
        for user in (self.colleague, self.approver, self.hr_head):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._as(expense, user).write(forged)
        with self.assertRaises(AccessError):
            self._expense(request, **forged)
        expense.action_submit()
        self._as(expense, self.hr_head).action_itsms_sign_voucher()
        self.assertFalse(expense.copy({}).training_signed_at)

    def test_own_expense(self):
        """TRN-4.5.3.1 COM-8: the head of HR does not sign his own voucher."""
        request = self._completed_request()
        self.hr_head.employee_id.expense_manager_id = self.approver
        expense = self._expense(request, user=self.hr_head)
        expense.action_submit()
        with self._refused("your own expense", AccessError):
            self._as(expense, self.hr_head).action_itsms_sign_voucher()

    def test_plan_and_account(self):
        """TRN-4.5.3.2: planned and approved cost and the account stand beside the expense."""
        plan = self._plan_in_force(lines=({"training_type": "outside", "cost": 700},))
        account = self.env["account.analytic.account"].create(
            {
                "name": "Training",
                "plan_id": self.env["account.analytic.plan"].create({"name": "Cost"}).id,
                "company_id": self.company.id,
            }
        )
        request = self._completed_request(
            plan_line_id=plan.line_ids.id, analytic_account_id=account.id
        )
        expense = self._expense(request)
        self.assertEqual((expense.training_planned, expense.training_approved), (700, 500))
        self.assertEqual(expense.analytic_distribution, {str(account.id): 100})
        expense.action_submit()
        self._as(expense, self.approver)._do_approve(False)
        self.env.invalidate_all()
        self.assertEqual((plan.line_ids.spent, plan.spent), (400, 400))

    def test_two_companies(self):
        """COM-17: Finance of another company sees no voucher; a form stays in its company."""
        request = self._completed_request()
        expense = self._expense(request)
        expense.action_submit()
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger", None, company=other)
        self._assign("finance_officer", stranger, company=other)
        self.assertFalse(self._as(expense, stranger).has_access("read"))

    def test_other_expenses_are_left_alone(self):
        """TRN-4.5.3: what is no training cost goes its usual way."""
        product = self.env["product.product"].create(
            {"name": "Meal", "can_be_expensed": True, "standard_price": 0}
        )
        expense = self._expense(product_id=product.id)
        expense.action_submit()
        self.assertEqual(expense.state, "submitted")
        self.assertFalse(self._as(expense, self.finance).has_access("read"))
