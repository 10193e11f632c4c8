"""Two desks hand out the same paper at the same instant: one does (real cursors)."""

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import TwoCursors


@tagged("post_install", "-at_install")
class TestLoansConcurrency(TwoCursors, BaseCase):
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
        company = env["res.company"].create({"name": "Loan race", "itsms_code": "LR"})
        env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
        cls.company_id = company.id
        cls.users = [
            new_test_user(
                env,
                login=f"itsms.loan.{name}",
                groups="base.group_user,itsms_base.group_itsms_office",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                email=False,
            ).id
            for name in ("first", "second", "borrower", "other")
        ]
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        record = env["itsms.record"].create(
            {"name": "Race", "department_id": department.id, "company_id": company.id}
        )
        record.action_file()
        loans = env["itsms.document.loan"].create(
            [
                {
                    "record_id": record.id,
                    "purpose_text": "Race",
                    "applicant_id": user,
                    "company_id": company.id,
                }
                for user in cls.users[2:]
            ]
        )
        loans.action_submit()
        guard.as_engine(loans).write({"state": "approved"})
        cls.loans = loans.ids

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
                ("itsms.document.loan", "itsms_document_loan"),
                ("itsms.record", "itsms_record"),
            ):
                for messages, column in (
                    ("mail_message", "model"),
                    ("mail_followers", "res_model"),
                ):
                    cr.execute(
                        f"DELETE FROM {messages} WHERE {column} = %s AND res_id IN "
                        f"(SELECT id FROM {table} WHERE company_id = %s)",
                        [model, *company],
                    )
            cr.execute(
                "UPDATE itsms_record SET current_version_id = NULL WHERE company_id = %s", company
            )
            for table in (
                "itsms_document_loan",
                "itsms_record_version",
                "itsms_record",
                "itsms_number_counter",
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

    def _hand_out(self, cr, user, loan):
        env = api.Environment(cr, user, {"allowed_company_ids": [self.company_id]})
        env["itsms.document.loan"].browse(loan).action_hand_out()
        env.flush_all()

    def test_one_desk_wins(self):
        """REC-4.6.2 DOC-4.4.2.3: one paper, two desks, one loan."""
        with mute_logger("odoo.sql_db"), self._two("itsms_document_loan") as (one, two):
            self._hand_out(one, self.users[0], self.loans[0])
            one.commit()
            message = self._loses(two, lambda: self._hand_out(two, self.users[1], self.loans[1]))
        self.assertIn("lent to", message)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            states = env["itsms.document.loan"].browse(self.loans).mapped("state")
        self.assertEqual(states, ["handed_out", "approved"])
