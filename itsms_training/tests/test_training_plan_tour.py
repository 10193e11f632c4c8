from odoo.tests import HttpCase

from odoo.addons.itsms_base.tests.common import tagged

from .plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestTrainingPlanTour(PlanCase, HttpCase):
    """From the need to the plan in force, in a browser with six people."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_training_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_need_plan_approve(self):
        """TRN-4.2.1 TRN-4.2.2.1 TRN-3.3: need, plan, both reviews, approval, issue."""
        self._tour("need", self.head, "/odoo/itsms-training-needs")
        need = self.env["itsms.training.need"].search([("department_id", "=", self.dep_dev.id)])
        self.assertEqual((need.state, need.people), ("reported", 4))
        need.sudo()._write({"month": "05"})
        self._tour("plan", self.training_admin, "/odoo/itsms-training-plans")
        plan = need.plan_line_id.plan_id
        self.assertEqual(plan.state, "pending")
        form = f"/odoo/itsms-training-plans/{plan.id}"
        for user in (self.vp, self.mr, self.president):
            self._tour("approve", user, form)
        self.assertEqual(plan.state, "approved")
        self._tour("issue", self.hr_head, form)
        self.assertEqual(plan.state, "in_force")
