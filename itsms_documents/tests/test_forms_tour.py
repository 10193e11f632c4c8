from odoo.tests import HttpCase

from .form_common import FormCase, tagged


@tagged("post_install", "-at_install")
class TestFormsTour(FormCase, HttpCase):
    """A record form from its design into force, in a browser, with four people."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_record_form_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_from_design_into_force(self):
        """REC-4.1.1 REC-4.1.2 REC-4.1.3 REC-4.1.4: design, review, number, signature, in force."""
        self._tour("design", self.author, "/odoo/itsms-record-forms")
        form = self.env["itsms.record.form"].search([("name", "=", "Handover sheet")])
        self.assertEqual((form.state, form.number), ("pending", False))
        url = f"/odoo/action-itsms_documents.itsms_record_form_action/{form.id}"
        self._tour("review", self.controller, url)
        self._tour("sign", self.mr, url)
        self.assertEqual((form.state, form.number), ("approved", "ITSR-CX-001-01"))
        self._tour("publish", self.controller, url)
        self.assertEqual(form.state, "valid")
