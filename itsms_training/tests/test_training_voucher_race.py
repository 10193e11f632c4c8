"""Two people claim on the same form at the same instant: together not above the approved cost."""

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import TwoCursors


@tagged("post_install", "-at_install")
class TestVoucherRace(TwoCursors, BaseCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            cls._create(api.Environment(cr, SUPERUSER_ID, {}))

    @classmethod
    def _create(cls, env):
        company = env["res.company"].create({"name": "Voucher race", "itsms_code": "VR"})
        cls.company_id = company.id
        context = {"allowed_company_ids": company.ids, "tracking_disable": True}
        env = env(context={**context, "mail_create_nolog": True, "mail_create_nosubscribe": True})
        cls.users, cls.employees, cls.expenses = [], [], []
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        request = env["itsms.training.request"].create(
            {"name": "Race", "company_id": company.id, "department_id": department.id, "cost": 500}
        )
        guard.as_engine(request).write({"state": "completed"})
        for name in ("approver", "first", "second"):
            user = new_test_user(
                env,
                login=f"itsms.voucher.{name}",
                groups="base.group_user,hr_expense.group_hr_expense_user",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                email=False,
            )
            employee = env["hr.employee"].create(
                {
                    "name": name,
                    "user_id": user.id,
                    "company_id": company.id,
                    "expense_manager_id": cls.users[0] if cls.users else False,
                }
            )
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

    @classmethod
    def _clean_up(cls):
        """Remove what was committed, below the triggers that keep evidence."""
        if not hasattr(cls, "company_id"):
            return
        company = [cls.company_id]
        with cls.registry.cursor() as cr:
            cr.execute("ALTER TABLE itsms_log DISABLE TRIGGER USER")
            cr.execute("DELETE FROM itsms_log WHERE company_id = %s", company)
            cr.execute("ALTER TABLE itsms_log ENABLE TRIGGER USER")
            for model, table in (
                ("hr.expense", "hr_expense"),
                ("itsms.training.request", "itsms_training_request"),
            ):
                for rows, column in (
                    ("mail_message", "model"),
                    ("mail_followers", "res_model"),
                    ("mail_activity", "res_model"),
                ):
                    cr.execute(
                        f"DELETE FROM {rows} WHERE {column} = %s AND res_id IN "
                        f"(SELECT id FROM {table} WHERE company_id = %s)",
                        [model, *company],
                    )
                cr.execute(f"DELETE FROM {table} WHERE company_id = %s", company)
            env = api.Environment(cr, SUPERUSER_ID, {"allowed_company_ids": company})
            # what every new employee gets
            cr.execute(
                "DELETE FROM itsms_training_induction WHERE employee_id = ANY(%s)", [cls.employees]
            )
            env["hr.employee"].browse(cls.employees).unlink()
            people = env["res.users"].browse(cls.users)
            partners = people.partner_id
            people.write({"active": False})
            people.unlink()
            partners.unlink()
            cr.execute("DELETE FROM hr_department WHERE company_id = %s", company)
            env["res.company"].browse(cls.company_id).unlink()
            env.registry.clear_cache()

    def _submit(self, cr, user, expense):
        env = api.Environment(cr, user, {"allowed_company_ids": [self.company_id]})
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
            env = api.Environment(cr, SUPERUSER_ID, {})
            states = env["hr.expense"].browse(self.expenses).mapped("state")
        self.assertEqual(states, ["submitted", "draft"])
