"""Two people act on record forms at the same instant, with real cursors (REC-4.1.2, REC-4.2d)."""

import threading

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestFormsConcurrency(BaseCase):
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
        company = env["res.company"].create({"name": "Form race", "itsms_code": "FR"})
        env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
        cls.company_id = company.id

        def person(login, role=None):
            user = new_test_user(
                env,
                login=f"itsms.form.race.{login}",
                groups="base.group_user,itsms_base.group_itsms_office",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                email=False,
            )
            if role:
                env["itsms.role.assignment"].create(
                    {
                        "role_id": env.ref(f"itsms_base.itsms_role_{role}").id,
                        "user_id": user.id,
                        "company_id": company.id,
                    }
                )
            return user

        writer = person("writer")
        one, two = person("one", "document_controller"), person("two", "document_controller")
        boss = person("boss", "management_representative")
        cls.users = [writer.id, one.id, two.id, boss.id]
        cls.one, cls.two = one.id, two.id
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        document = env["itsms.document"].create(
            {
                "name": "Race",
                "category_id": env.ref("itsms_documents.itsms_document_category_procedure").id,
                "department_id": department.id,
                "company_id": company.id,
            }
        )
        document._set_number(1)
        forms = env["itsms.record.form"].with_user(writer)
        for n in range(3):
            forms |= forms.create(
                {
                    "name": f"Race {n}",
                    "document_id": document.id,
                    "department_id": department.id,
                    "company_id": company.id,
                    "using_department_ids": [(6, 0, department.ids)],
                    "body": "<p>x</p>",
                }
            )
        forms.action_submit()
        forms[2].with_user(one).action_approve()
        forms[2].with_user(boss).action_approve()
        cls.forms = forms.ids

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
            cr.execute("DELETE FROM itsms_approval_step WHERE company_id = %s", company)
            cr.execute("DELETE FROM mail_activity WHERE user_id = ANY(%s)", [cls.users])
            for table, model in (
                ("itsms_record_form", "itsms.record.form"),
                ("itsms_document_revision", "itsms.document.revision"),
                ("itsms_document", "itsms.document"),
            ):
                ids = f"SELECT id FROM {table} WHERE company_id = %s"
                for child, column in (("mail_message", "model"), ("mail_followers", "res_model")):
                    cr.execute(
                        f"DELETE FROM {child} WHERE {column} = %s AND res_id IN ({ids})",
                        [model, *company],
                    )
            for table in (
                "itsms_record_form_receipt",
                "itsms_record_form",
                "itsms_document_revision",
                "itsms_document",
                "itsms_number_counter",
                "itsms_role_assignment",
                "hr_department",
            ):
                cr.execute(f"DELETE FROM {table} WHERE company_id = %s", company)
            env = api.Environment(cr, SUPERUSER_ID, {})
            people = env["res.users"].browse(cls.users)
            partners = people.partner_id
            people.write({"active": False})
            people.unlink()
            partners.unlink()
            env["res.company"].browse(cls.company_id).unlink()
            env.registry.clear_cache()

    def _race(self, *acts):
        """Run ``acts`` (user, form, method) at once, as the web server does, with retries; both
        have their snapshot before either begins. Returns the refusals."""
        barrier = threading.Barrier(len(acts), timeout=30)
        refusals = []

        def run(user, form_id, method):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, user, {"allowed_company_ids": [self.company_id]})
                tries = []

                def act():
                    cr.execute("SELECT 1 FROM itsms_record_form LIMIT 1")
                    if not tries:
                        tries.append(1)
                        barrier.wait()
                    getattr(env["itsms.record.form"].browse(form_id), method)()

                try:
                    retrying(act, env)
                except UserError as exc:
                    cr.rollback()
                    refusals.append(str(exc))

        threads = [threading.Thread(target=run, args=act) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive())
        return refusals

    def _forms(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})["itsms.record.form"].browse(self.forms)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_forms_of_a_procedure_numbered_at_once(self):
        """REC-4.1.2 REC-4.2d: both reviews go through, with two different, gapless numbers."""
        refusals = self._race(
            (self.one, self.forms[0], "action_approve"),
            (self.two, self.forms[1], "action_approve"),
        )
        self.assertFalse(refusals)
        with self.registry.cursor() as cr:
            numbers = sorted(self._forms(cr).mapped("number"))
        self.assertEqual(numbers, ["ITSR-CX-001-01", "ITSR-CX-001-02", "ITSR-CX-001-03"])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_put_a_form_into_force_at_once(self):
        """REC-4.1.4: one is through, the other is told; the departments get it once."""
        refusals = self._race(
            (self.one, self.forms[2], "action_publish"),
            (self.two, self.forms[2], "action_publish"),
        )
        self.assertEqual(len(refusals), 1)
        with self.registry.cursor() as cr:
            form = self._forms(cr)[2]
            self.assertEqual(form.state, "valid")
            self.assertEqual(len(form.receipt_ids), 1)
