from odoo.tests import HttpCase

from odoo.addons.itsms_base.engine import guard

from .check_common import CheckCase, tagged


@tagged("post_install", "-at_install")
class TestOnSiteTour(CheckCase, HttpCase):
    """AUD-4.2.2 EVD-6: a checklist on site, in the narrow window of a tablet."""

    browser_size = "800,1180"

    def _short_checklist(self):
        """Two questions, the second one answered by records."""
        checklist = self._checklist()
        live = checklist.line_ids.filtered("live_check_id")[0]
        plain = checklist.line_ids.filtered(lambda x: not x.live_check_id)[0]
        (checklist.line_ids - live - plain).action_drop("Another day")
        guard.as_engine(plain.sudo()).write({"question": "Which tickets?", "sequence": 1})
        guard.as_engine(live.sudo()).write({"question": "Which records?", "sequence": 2})
        self.env.flush_all()
        return checklist, plain

    def test_judged_on_a_tablet(self):
        """AUD-4.2.2 AUD-4.2.2.3: result, evidence and live answer by touch, all judged."""
        checklist, line = self._short_checklist()
        url = f"/odoo/itsms-audit-on-site/{checklist.id}"
        self.start_tour(url, "itsms_audit_on_site_tour", login=self.auditor_dev.login)
        self.env.invalidate_all()
        self.assertEqual(checklist.state, "done")
        self.assertEqual((line.result, line.evidence), ("minor", "Ticket 4711 has no category"))
        self.assertTrue(line.by_documents and line.nonconformity_id)

    def test_two_auditors(self):
        """AUD-4.2.2: what another auditor entered meanwhile is shown, nothing is lost."""
        checklist, line = self._short_checklist()
        line.action_answer(0, {"evidence": "Their words"})
        self.env.flush_all()
        url = f"/odoo/itsms-audit-on-site/{checklist.id}"
        self.start_tour(url, "itsms_audit_on_site_conflict_tour", login=self.auditor_dev.login)
        self.env.invalidate_all()
        self.assertEqual(line.evidence, "Their words\nMy own words")
