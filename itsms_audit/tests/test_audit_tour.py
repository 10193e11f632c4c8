from odoo import fields
from odoo.tests import HttpCase

from odoo.addons.itsms_base.tests.common import tagged

from .audit_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestAuditTour(ProgrammeCase, HttpCase):
    """From the programme to the objection, in a browser with four people."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_audit_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_programme_to_objection(self):
        """AUD-4.1.1 AUD-4.1.2 AUD-4.1.3 AUD-4.1.6 AUD-4.1.6a: programme, appointment, plan,
        notice, objection."""
        self._tour("programme", self.office, "/odoo/itsms-audit-programmes")
        programme = self.env["itsms.audit.programme"].search([("company_id", "=", self.company.id)])
        self.assertEqual((programme.state, programme.gap_count), ("pending", 0))
        self._tour("approve", self.mr, f"/odoo/itsms-audit-programmes/{programme.id}")
        self.assertEqual(programme.state, "approved")
        audit = self._audit(programme_line_ids=[fields.Command.set(programme.line_ids[:1].ids)])
        form = f"/odoo/itsms-audits/{audit.id}"
        self._tour("appoint", self.mr, form)
        self.assertEqual(audit.lead_id, self.lead)
        audit = self._as(audit, self.lead)
        audit.write({"member_ids": [fields.Command.create({"user_id": self.auditor_dev.id})]})
        audit.write({"schedule_ids": [fields.Command.create(self._line())]})
        self._tour("submit", self.lead, form)
        self._tour("approve", self.mr, form)
        self._tour("notify", self.lead, form)
        self.assertEqual((audit.state, audit.notice_state), ("notified", "in_time"))
        self._tour("object", self.service_head, form)
        self.assertEqual(audit.sudo().objection_ids.reason, "Release week")
