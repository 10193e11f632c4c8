"""Two desks hand out the same paper at the same instant: one does (real cursors)."""

from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import RaceCase, tagged


@tagged("post_install", "-at_install")
class TestLoansConcurrency(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Loan race", "LR")
        env = company.env
        cls.users = [
            cls._person(env, name, "base.group_user,itsms_base.group_itsms_office").id
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

    def _hand_out(self, cr, user, loan):
        env = self._env(cr, user)
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
            env = self._env(cr)
            states = env["itsms.document.loan"].browse(self.loans).mapped("state")
        self.assertEqual(states, ["handed_out", "approved"])
