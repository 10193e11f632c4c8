"""Two people act on record forms at the same instant, with real cursors (REC-4.1.2, REC-4.2d)."""

import threading

from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import mute_logger

from odoo.addons.itsms_base.tests.common import RaceCase, tagged


@tagged("post_install", "-at_install")
class TestFormsConcurrency(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Form race", "FR")
        env = company.env
        office = "base.group_user,itsms_base.group_itsms_office"
        writer, one, two, boss = (
            cls._person(env, name, office) for name in ("writer", "one", "two", "boss")
        )
        cls._appoint(env, "document_controller", one)
        cls._appoint(env, "document_controller", two)
        cls._appoint(env, "management_representative", boss)
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

    def _race(self, *acts):
        """Run ``acts`` (user, form, method) at once, as the web server does, with retries; both
        have their snapshot before either begins. Returns the refusals."""
        barrier = threading.Barrier(len(acts), timeout=30)
        refusals = []

        def run(user, form_id, method):
            with self.registry.cursor() as cr:
                env = self._env(cr, user)
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
        return self._env(cr)["itsms.record.form"].browse(self.forms)

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
