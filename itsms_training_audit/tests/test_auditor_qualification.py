from datetime import timedelta

from odoo import fields

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import tagged
from odoo.addons.itsms_training.tests.common import TrainingCase


@tagged("post_install", "-at_install")
class TestAuditorQualification(TrainingCase):
    """Who is qualified to audit by his training records."""

    def test_certificate_qualifies(self):
        """AUD-4.1.2a I-58: a valid certificate for the role of an internal auditor qualifies; one
        for other work, an expired or a suspended one does not."""
        Qualification = self.env["itsms.auditor.qualification"]
        users = self.author | self.colleague
        today = self.company._itsms_today()
        role = self.env.ref("itsms_base.itsms_role_internal_auditor")
        kind = self._certificate_type(
            name="Internal auditor", role_ids=[fields.Command.set(role.ids)]
        )
        other = self._certificate_type()
        self._valid(self.colleague, other)
        self.assertFalse(Qualification._qualified(users, today, self.company))
        certificate = self._valid(self.author, kind, valid_to=today + timedelta(days=30))
        self.assertEqual(Qualification._qualified(users, today, self.company), self.author)
        later = today + timedelta(days=31)
        self.assertFalse(Qualification._qualified(users, later, self.company))
        guard.as_engine(certificate).write({"state": "suspended"})
        self.assertFalse(Qualification._qualified(users, today, self.company))

    def _valid(self, user, kind, **vals):
        certificate = self._certificate(user.employee_id, kind, issue=False, **vals)
        guard.as_engine(certificate).write({"state": "valid"})
        return certificate
