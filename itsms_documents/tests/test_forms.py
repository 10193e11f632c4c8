"""Record forms: design, review, number, approval, entry into force (REC-4.1, REC-4.2)."""

from odoo.exceptions import AccessError, UserError, ValidationError  # noqa: F401

from .form_common import FormCase, tagged


@tagged("post_install", "-at_install")
class TestForms(FormCase):
    def test_way_into_force(self):
        """REC-4.1.1 REC-4.1.2 REC-4.1.3 REC-4.1.4 REC-3.2 REC-3.3: design → review → number →
        management representative → in force."""
        form = self._form()
        self.assertEqual((form.state, form.stage, form.number), ("draft", "design", False))
        form.action_submit()
        self.assertEqual((form.stage, form.number), ("review", False))
        self._as(form, self.controller).action_approve()
        form = self._as(form, self.author)
        self.assertEqual((form.stage, form.number), ("approve", "ITSR-CX-001-01"))
        self.assertTrue(form.review_confirmed_at)
        self._as(form, self.mr).action_approve()
        form = self._as(form, self.author)
        self.assertEqual((form.state, form.stage), ("approved", "in_force"))
        self._as(form, self.controller).action_publish()
        form = self._as(form, self.author)
        self.assertEqual((form.state, form.stage), ("valid", "published"))
        self.assertEqual(form.published_by_id, self.controller)
        steps = form.sudo().approval_step_ids.sorted("stage")
        self.assertEqual(steps.mapped("label"), ["review", "approve"])
        self.assertEqual(
            self._log_of(form).mapped("kind"),
            ["submit", "decision", "number", "decision", "transition", "transition"],
        )

    def test_no_number_before_the_review(self):
        """REC-4.1.2: submitting draws no number, nor does a rejected review; it then stays."""
        form = self._submitted_form()
        self._as(form, self.controller).action_reject("Add the date")
        self.assertFalse(form.sudo().number)
        self._as(form, self.author).action_submit()
        self.assertFalse(form.sudo().number)
        self._as(form, self.controller).action_approve()
        self._as(form, self.mr).action_reject("Not clear")
        self.assertEqual(form.sudo().number, "ITSR-CX-001-01")
        self._as(form, self.author).write({"name": "Clearer"})
        self._as(form, self.author).action_submit()
        self.assertEqual(form.sudo().stage, "review", "it is reviewed again")
        self._as(form, self.controller).action_approve()
        self.assertEqual(form.sudo().number, "ITSR-CX-001-01")
        self.assertEqual(self._reviewed_form(name="Next").sudo().number, "ITSR-CX-001-02")
