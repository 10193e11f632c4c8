"""Two people act on one nonconformity at the same instant (real cursors, committed data)."""

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.itsms_base.tests.common import TwoCursors


@tagged("post_install", "-at_install")
class TestNonconformityRace(TwoCursors, BaseCase):
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
        company = env["res.company"].create({"name": "Nonconformity race", "itsms_code": "NR"})
        cls.company_id = company.id
        context = {"allowed_company_ids": company.ids, "tracking_disable": True}
        env = env(context={**context, "mail_create_nolog": True, "mail_create_nosubscribe": True})
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        cls.users, cls.employees = [], []
        for name in ("head", "representative"):
            user = new_test_user(
                env,
                login=f"itsms.race.{name}",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                email=False,
            )
            employee = env["hr.employee"].create(
                {
                    "name": name,
                    "user_id": user.id,
                    "company_id": company.id,
                    "department_id": department.id if name == "head" else False,
                }
            )
            cls.users.append(user.id)
            cls.employees.append(employee.id)
        department.manager_id = cls.employees[0]
        env["itsms.role.assignment"].create(
            {
                "role_id": env.ref("itsms_base.itsms_role_management_representative").id,
                "user_id": cls.users[1],
                "company_id": company.id,
            }
        )
        record = env["itsms.nonconformity"].create(
            {
                "name": "Race",
                "company_id": company.id,
                "department_id": department.id,
                "clause_id": env["itsms.clause"]._auditable()[0].id,
                "requirement": "a",
                "evidence": "b",
                "deviation": "c",
            }
        )
        record.action_issue()
        cls.record_id = record.id

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
            for rows, column in (
                ("mail_message", "model"),
                ("mail_followers", "res_model"),
                ("mail_activity", "res_model"),
            ):
                cr.execute(
                    f"DELETE FROM {rows} WHERE {column} = 'itsms.nonconformity' AND res_id IN "
                    "(SELECT id FROM itsms_nonconformity WHERE company_id = %s)",
                    company,
                )
            cr.execute("DELETE FROM itsms_nonconformity WHERE company_id = %s", company)
            cr.execute("DELETE FROM itsms_role_assignment WHERE company_id = %s", company)
            cr.execute("DELETE FROM itsms_number_counter WHERE company_id = %s", company)
            env = api.Environment(cr, SUPERUSER_ID, {"allowed_company_ids": company})
            cr.execute("UPDATE hr_department SET manager_id = NULL WHERE company_id = %s", company)
            env.registry.clear_cache()
            cr.execute("SELECT to_regclass('itsms_training_induction')")
            if cr.fetchone()[0]:
                cr.execute(
                    "DELETE FROM itsms_training_induction WHERE employee_id = ANY(%s)",
                    [cls.employees],
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

    def _record(self, cr, user):
        env = api.Environment(cr, user, {"allowed_company_ids": [self.company_id]})
        return env["itsms.nonconformity"].browse(self.record_id)

    @mute_logger("odoo.sql_db")
    def test_confirm_and_dismiss(self):
        """CPA-5 COM-2: the department signs while the management representative does not uphold
        it: one act counts, the other is told; nothing is signed twice."""
        with self._two("itsms_nonconformity") as (one, two):
            self._record(one, self.users[0]).action_confirm()
            second = self._record(two, self.users[0])
            self.assertIn("Somebody else", self._loses(two, second.action_confirm))
            one.commit()
            message = self._loses(two, lambda: self._record(two, self.users[0]).action_confirm())
            self.assertIn("not possible", message)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            record = env["itsms.nonconformity"].browse(self.record_id)
            self.assertEqual(record.state, "analysis")
            signed = env["itsms.log"].search_count(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("kind", "=", "signature"),
                ]
            )
            self.assertEqual(signed, 1)
