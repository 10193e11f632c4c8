from .form_common import FormCase, tagged


@tagged("post_install", "-at_install")
class TestAttacksForms(FormCase):
    """Ways to the number of a record form before its review is confirmed."""

    def test_number_waits_for_the_last_review(self):
        """REC-4.1.2: where two people review one after the other, the first one's word gives no
        number; the second one's does."""
        lines = self.env["itsms.approval.route.line"].search(
            [("label", "in", ("review", "approve"))]
        )
        lines = lines.filtered(lambda x: x.route_id.model_name == "itsms.record.form")
        review = lines.filtered(lambda x: x.label == "review")[:1]
        lines.filtered(lambda x: x.label == "approve").stage = review.stage + 2
        review.copy(
            {
                "route_id": review.route_id.id,
                "stage": review.stage + 1,
                "role_id": self.env.ref("itsms_base.itsms_role_president").id,
                "department_source": "record",
            }
        )
        form = self._submitted_form()
        self._as(form, self.controller).action_approve()
        self.assertEqual((form.sudo().state, form.sudo().number), ("pending", False))
        self._as(form, self.president).action_approve()
        self.assertTrue(form.sudo().number)
        self.assertEqual(form.sudo().state, "pending")
