from odoo.tests import HttpCase

from .common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestBaseTours(ItsmsCase, HttpCase):
    """The first page and the decision dialog in a browser."""

    browser_size = "1600,1000"

    def setUp(self):
        super().setUp()
        self.change = self._change(self.office)

    def test_password_is_asked_and_checked(self):
        """COM-5: a wrong password decides nothing, the right one does, at the first try each."""
        route = self.env.ref("itsms_base.itsms_approval_route_parameter_change")
        route.line_ids.password_required = True
        self.change.action_submit()
        self.env.flush_all()
        url = f"/odoo/action-itsms_base.itsms_parameter_change_action/{self.change.id}"
        self.start_tour(url, "itsms_base_password_tour", login=self.mr.login)
        self.env.invalidate_all()
        self.assertEqual(self.change.state, "approved")

    def test_first_page_leads_to_what_waits(self):
        """COM-5: from My work to the record, its approval panel and back."""
        self.change.action_submit()
        self.env.flush_all()
        self.start_tour("/odoo/itsms", "itsms_base_my_work_tour", login=self.mr.login)
        self.assertEqual(self.change.state, "pending")
