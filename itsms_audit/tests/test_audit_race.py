"""Two people act on one audit at the same instant: one of them is refused, nothing is lost."""

from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import RaceCase, tagged


@tagged("post_install", "-at_install")
class TestAuditRace(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Audit race", "AR")
        env = company.env
        people = {name: cls._person(env, name) for name in ("mr", "first", "second")}
        cls.users = {name: user.id for name, user in people.items()}
        cls._appoint(env, "management_representative", people["mr"])
        lines = env["itsms.auditor.qualification"].create(
            [
                {"user_id": cls.users[name], "company_id": company.id, "basis": "Course"}
                for name in ("first", "second")
            ]
        )
        guard.as_engine(lines).write({"state": "valid"})
        cls.audit_id = env["itsms.audit"].create({"company_id": company.id}).id

    def _choose(self, cr, name):
        env = self._env(cr, self.users["mr"])
        env["itsms.audit"].browse(self.audit_id).action_appoint(self.users[name])

    @mute_logger("odoo.sql_db")
    def test_two_appointments(self):
        """AUD-4.1.2: two appointments at once leave one lead auditor; the second needs a reason."""
        with self._two("itsms_audit") as (one, two):
            self._choose(one, "first")
            one.commit()
            message = self._loses(two, lambda: self._choose(two, "second"))
            self.assertIn("why the lead auditor changes", message)
        with self.registry.cursor() as cr:
            audit = self._env(cr)["itsms.audit"].browse(self.audit_id)
            self.assertEqual(audit.lead_id.id, self.users["first"])
            self.assertEqual(len(audit.member_ids), 1)
