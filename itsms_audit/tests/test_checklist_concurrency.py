from odoo import api
from odoo.tests import TransactionCase

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import TwoCursors

from .common import tagged


@tagged("post_install", "-at_install")
class TestChecklistConcurrency(TwoCursors, TransactionCase):
    """AUD-4.2.2: two auditors edit one checklist at the same time; nothing is lost."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.registry.reset_changes)

    def test_same_question(self):
        """AUD-4.2.2: on one question one entry wins, the other is told whose it is."""
        line_id = self._committed_line()
        with self._two("itsms_audit_checklist_line") as (one, two):
            first, second = self._line(one, line_id), self._line(two, line_id)
            self._enter(first, 0, "First")
            one.commit()
            message = self._loses(two, lambda: self._enter(self._line(two, line_id), 0, "Second"))
            self.assertIn("First", message)
            self.assertTrue(second)
        with self.registry.cursor() as cr:
            self.assertEqual(self._line(cr, line_id).evidence, "First")

    def test_two_questions(self):
        """AUD-4.2.2: on two questions of one checklist both entries go through at once."""
        line_id = self._committed_line()
        other_id = self._other_id
        with self._two("itsms_audit_checklist_line") as (one, two):
            self._enter(self._line(one, line_id), 0, "First")
            self._enter(self._line(two, other_id), 0, "Second")
            one.commit()
            two.commit()
        with self.registry.cursor() as cr:
            self.assertEqual(self._line(cr, line_id).evidence, "First")
            self.assertEqual(self._line(cr, other_id).evidence, "Second")

    # ------------------------------------------------------------ committed data
    def _line(self, cr, line_id):
        env = api.Environment(cr, api.SUPERUSER_ID, {"lang": "en_US"})
        return env["itsms.audit.checklist.line"].browse(line_id)

    def _enter(self, line, version, text):
        """What ``action_answer`` does once the right was checked."""
        line._lock_line()
        line._check_version(version)
        line._enter({"evidence": text})
        line.env.flush_all()

    def _committed_line(self):
        with self.registry.cursor() as cr:
            env = guard.as_engine(
                api.Environment(cr, api.SUPERUSER_ID, {"lang": "en_US"})["itsms.audit"]
            ).env
            company = env.company
            audit = env["itsms.audit"].create(
                {"company_id": company.id, "name": "Two auditors", "state": "on_site"}
            )
            checklist = env["itsms.audit.checklist"].create(
                {
                    "company_id": company.id,
                    "audit_id": audit.id,
                    "department_id": env["hr.department"]
                    .create({"name": "Two auditors", "company_id": company.id})
                    .id,
                    "state": "on_site",
                }
            )
            clause = env["itsms.clause"]._by_code("8.6.1")
            lines = env["itsms.audit.checklist.line"].create(
                [
                    {"checklist_id": checklist.id, "question": f"{n}?", "clause_id": clause.id}
                    for n in range(2)
                ]
            )
            ids = lines.ids
            keys = audit.id, checklist.id, checklist.department_id.id
        self._other_id = ids[1]
        self.addCleanup(self._remove, keys)
        return ids[0]

    def _remove(self, keys):
        with self.registry.cursor() as cr:
            audit, checklist, department = keys
            cr.execute("DELETE FROM itsms_audit_checklist WHERE id = %s", [checklist])
            cr.execute("DELETE FROM itsms_audit WHERE id = %s", [audit])
            cr.execute("DELETE FROM hr_department WHERE id = %s", [department])
