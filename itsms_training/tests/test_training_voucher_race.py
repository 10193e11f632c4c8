"""Two people claim on the same form at the same instant: together not above the approved cost."""

from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import RaceCase, tagged


@tagged("post_install", "-at_install")
class TestVoucherRace(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Voucher race", "VR")
        env = company.env
        cls.users, cls.employees, cls.expenses = [], [], []
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        request = env["itsms.training.request"].create(
            {"name": "Race", "company_id": company.id, "department_id": department.id, "cost": 500}
        )
        guard.as_engine(request).write({"state": "completed"})
        for name in ("approver", "first", "second"):
            user = cls._person(env, name, "base.group_user,hr_expense.group_hr_expense_user")
            manager = cls.users[0] if cls.users else False
            employee = cls._employee(env, user, expense_manager_id=manager)
            cls.users.append(user.id)
            cls.employees.append(employee.id)
        for employee in cls.employees[1:]:
            expense = env["hr.expense"].create(
                {
                    "name": "Race",
                    "employee_id": employee,
                    "company_id": company.id,
                    "product_id": env.ref("itsms_training.product_product_training_cost").id,
                    "total_amount_currency": 300,
                    "training_request_id": request.id,
                }
            )
            cls.expenses.append(expense.id)

    def _submit(self, cr, user, expense):
        env = self._env(cr, user)
        env["hr.expense"].browse(expense).action_submit()
        env.flush_all()

    def test_not_above_the_cost_together(self):
        """TRN-4.5.3: two claims of 300 at the same moment on a form of 500: one is refused."""
        with mute_logger("odoo.sql_db"), self._two("hr_expense") as (one, two):
            self._submit(one, self.users[1], self.expenses[0])
            one.commit()
            message = self._loses(two, lambda: self._submit(two, self.users[2], self.expenses[1]))
        self.assertIn("new training approval form", message)
        with self.registry.cursor() as cr:
            env = self._env(cr)
            states = env["hr.expense"].browse(self.expenses).mapped("state")
        self.assertEqual(states, ["submitted", "draft"])
