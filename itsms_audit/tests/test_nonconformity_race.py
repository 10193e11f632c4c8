"""Two people act on one nonconformity at the same instant (real cursors, committed data)."""

from odoo.tools import mute_logger

from odoo.addons.itsms_base.tests.common import RaceCase, tagged


@tagged("post_install", "-at_install")
class TestNonconformityRace(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Nonconformity race", "NR")
        env = company.env
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        head, representative = (cls._person(env, name) for name in ("head", "representative"))
        cls.users = [head.id, representative.id]
        department.manager_id = cls._employee(env, head, department_id=department.id)
        cls._employee(env, representative)
        cls._appoint(env, "management_representative", representative)
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

    def _record(self, cr, user):
        return self._env(cr, user)["itsms.nonconformity"].browse(self.record_id)

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
            env = self._env(cr)
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
