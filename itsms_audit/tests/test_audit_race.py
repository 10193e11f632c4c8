"""Two people act on one audit at the same instant: one of them is refused, nothing is lost."""

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import TwoCursors


@tagged("post_install", "-at_install")
class TestAuditRace(TwoCursors, BaseCase):
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
        company = env["res.company"].create({"name": "Audit race", "itsms_code": "AR"})
        cls.company_id = company.id
        context = {"allowed_company_ids": company.ids, "tracking_disable": True}
        env = env(context={**context, "mail_create_nolog": True, "mail_create_nosubscribe": True})
        cls.users = {}
        for name in ("mr", "first", "second"):
            user = new_test_user(
                env,
                login=f"itsms.auditrace.{name}",
                groups="base.group_user",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                email=False,
            )
            cls.users[name] = user.id
        env["itsms.role.assignment"].create(
            {
                "role_id": env.ref("itsms_base.itsms_role_management_representative").id,
                "user_id": cls.users["mr"],
                "company_id": company.id,
            }
        )
        lines = env["itsms.auditor.qualification"].create(
            [
                {"user_id": cls.users[name], "company_id": company.id, "basis": "Course"}
                for name in ("first", "second")
            ]
        )
        guard.as_engine(lines).write({"state": "valid"})
        cls.audit_id = env["itsms.audit"].create({"company_id": company.id}).id

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
                ("itsms.audit", "itsms_audit"),
                ("itsms.auditor.qualification", "itsms_auditor_qualification"),
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
            cr.execute("DELETE FROM itsms_role_assignment WHERE company_id = %s", company)
            env = api.Environment(cr, SUPERUSER_ID, {"allowed_company_ids": company})
            people = env["res.users"].browse(cls.users.values())
            partners = people.partner_id
            people.write({"active": False})
            people.unlink()
            partners.unlink()
            env["res.company"].browse(cls.company_id).unlink()
            env.registry.clear_cache()

    def _appoint(self, cr, name):
        env = api.Environment(cr, self.users["mr"], {"allowed_company_ids": [self.company_id]})
        env["itsms.audit"].browse(self.audit_id).action_appoint(self.users[name])

    @mute_logger("odoo.sql_db")
    def test_two_appointments(self):
        """AUD-4.1.2: two appointments at once leave one lead auditor; the second needs a reason."""
        with self._two("itsms_audit") as (one, two):
            self._appoint(one, "first")
            one.commit()
            message = self._loses(two, lambda: self._appoint(two, "second"))
            self.assertIn("why the lead auditor changes", message)
        with self.registry.cursor() as cr:
            audit = api.Environment(cr, SUPERUSER_ID, {})["itsms.audit"].browse(self.audit_id)
            self.assertEqual(audit.lead_id.id, self.users["first"])
            self.assertEqual(len(audit.member_ids), 1)
