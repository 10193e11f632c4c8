from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.itsms_base.tests.common import tagged

from .plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestAddedTraining(PlanCase):
    """Training that the plan does not hold."""

    def test_chain_and_execution(self):
        """TRN-4.2.3 I-27: department → its vice-president → President → HR adds it to the plan."""
        plan = self._plan_in_force()
        request = self._added(department_id=self.dep_sales.id, user=self.reader)
        request.action_submit()
        steps = request.sudo().approval_step_ids.sorted("stage")
        self.assertEqual([s.approver_ids for s in steps], [self.vp_sales, self.president])
        with self.assertRaises(AccessError):
            self._as(request, self.vp).action_approve()
        with self.assertRaises(UserError):
            self._as(request, self.training_admin).action_execute()
        self._approve(request, self.vp_sales, self.president)
        with self.assertRaises(AccessError):
            self._as(request, self.reader).action_execute()
        self._as(request, self.training_admin).action_execute()
        line = request.plan_line_id
        self.assertEqual((request.state, line.plan_id), ("executed", plan))
        self.assertEqual((line.addition, line.request_id), (True, request))
        self.assertEqual((line.department_id, line.cost), (self.dep_sales, 500))
        self.assertIn("Added", self._log_of(plan).mapped("comment")[-1])
        with self.assertRaises(UserError):
            self._as(request, self.training_admin).action_execute()

    def test_plan_in_force_is_needed(self):
        """TRN-4.2.3: without a plan in force there is nothing to add to."""
        with self._refused("No training plan"):
            self._added().action_submit()

    def test_other_departments(self):
        """TRN-4.2.3 TRN-3.2: the requesting department fills the form in itself."""
        self._plan_in_force()
        request = self._added(user=self.training_admin, department_id=self.dep_sales.id)
        with self._refused("itself", AccessError):
            request.action_submit()

    def test_signed_after_the_training(self):
        """I-29: the training administrator signs an added training after it was held."""
        self._plan_in_force()
        request = self._added()
        request.action_submit()
        self._approve(request, self.vp, self.president)
        self._as(request, self.training_admin).action_execute()
        with self._refused("was not held"):
            self._as(request, self.training_admin).action_sign()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_training_plan_line SET done_sessions = 1, state = 'done' WHERE id = %s",
            (request.sudo().plan_line_id.id,),
        )
        self.env.invalidate_all()
        self._as(request, self.training_admin).action_sign()
        self.assertEqual(request.state, "completed")


@tagged("post_install", "-at_install")
class TestOutsideTraining(PlanCase):
    """People are sent to a training outside."""

    def test_chain(self):
        """TRN-4.5.1 I-27: department → HR confirms → vice-president of HR → President."""
        request = self._request(user=self.reader, department_id=self.dep_sales.id)
        request.action_submit()
        steps = request.sudo().approval_step_ids.sorted("stage")
        self.assertEqual(
            [(s.label, s.approver_ids) for s in steps],
            [
                ("confirm", self.hr_head | self.training_admin),
                ("review", self.vp),
                ("approve", self.president),
            ],
        )
        with self.assertRaises(AccessError):
            self._as(request, self.president).action_approve()
        self._approve(request, self.training_admin, self.vp, self.president)
        self.assertEqual(request.state, "approved")
        self.assertRegex(request.number, "PXSP")

    def test_not_before_approval(self):
        """TRN-4.5.1: a training that began is not approved afterwards."""
        with self._refused("only after the approval"):
            self._request(date_from=self._day(-1)).action_submit()
        request = self._request(date_from=self._day(2), date_to=self._day(3))
        request.action_submit()
        self._approve(request, self.training_admin, self.vp)
        with freeze_time(fields.Datetime.to_string(fields.Datetime.now())) as clock:
            clock.tick(5 * 86400)
            with self._refused("only after the approval"):
                self._as(request, self.president).action_approve()
            self._as(request, self.president).action_reject("Agree on new dates")
        self.assertEqual(request.state, "rejected")

    def test_incomplete(self):
        """TRN-4.5.1: people, institution, purpose and dates are on the form."""
        for name, value in (
            ("trainee_ids", []),
            ("institution_id", False),
            ("purpose", False),
            ("date_from", False),
        ):
            with self.subTest(name=name), self._refused("lacks"):
                self._request(**{name: value}).action_submit()

    def test_hand_in_and_sign(self):
        """TRN-4.5.2 TRN-4.5.2b I-29: material and certificate copy, then the administrator
        signs; the original is filed."""
        request = self._approved_request()
        with self.assertRaises(UserError):
            self._as(request, self.training_admin).action_sign()
        self._hand_in(request)
        self.assertEqual(request.state, "handed_in")
        for user in (self.head, self.hr_head, self.president):
            with self.assertRaises(AccessError):
                self._as(request, user).action_sign()
        self._as(request, self.training_admin).action_sign()
        self.assertEqual(
            (request.state, request.completed_by_id.id), ("completed", self.training_admin.id)
        )
        self.assertTrue(request._completely_signed())
        signature = self._log_of(request).filtered(lambda x: x.kind == "signature")
        self.assertTrue(signature.content_digest)
        record = self.env["itsms.record"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual((record.state, record.department_id), ("filed", self.dep_hr))
        labels = [row["name"] for row in request._signature_rows()]
        self.assertEqual(labels, ["Head", "Training_admin", "Vp", "President", "Training_admin"])

    def test_nothing_without_certificate_or_summary(self):
        """TRN-4.5.2 TRN-4.5.2a: without a certificate a summary, else certificate and material."""
        request = self._approved_request()
        for vals, lacking in (
            ({"certificate_ids": False}, "copy of the certificate"),
            ({"material_ids": False}, "training material"),
            ({"certificate": "no", "summary": " "}, "training summary"),
        ):
            with self.subTest(vals=vals), self._refused(lacking):
                self._hand_in(request, **vals)
        self._hand_in(
            request, certificate="no", certificate_ids=False, summary="We learned to audit."
        )
        self.assertEqual(request.state, "handed_in")

    def test_every_trainee_hands_in(self):
        """TRN-4.5.2: the form is handed in when all trainees have."""
        trainees = [
            fields.Command.create({"employee_id": user.employee_id.id})
            for user in (self.colleague, self.author)
        ]
        request = self._approved_request(trainee_ids=trainees)
        first, second = request.sudo().trainee_ids
        with self._refused("himself", AccessError):
            self._hand_in(request, user=self.head, trainee_id=first.id)
        self._hand_in(request, trainee_id=first.id)
        self.assertEqual(request.state, "approved")
        self._hand_in(request, user=self.author, trainee_id=second.id)
        self.assertEqual(request.state, "handed_in")

    def test_hand_in_after_the_training(self):
        """TRN-4.5.2: nothing is handed in before the training is over."""
        request = self._approved_request(date_from=self._day(1), date_to=self._day(2))
        with self._refused("after it"):
            self._hand_in(request)

    def test_give_back(self):
        """TRN-4.5.2b: the administrator gives back what is not in order."""
        request = self._approved_request()
        self._hand_in(request)
        self._as(request, self.training_admin).action_transition("give_back", "Wrong person")
        self.assertEqual(request.state, "approved")
        self._hand_in(request)
        self.assertEqual(request.state, "handed_in")

    def test_nobody_signs_for_himself(self):
        """TRN-4.5.2b COM-8: a training administrator does not confirm what he handed in."""
        trainee = [fields.Command.create({"employee_id": self.training_admin.employee_id.id})]
        request = self._request(trainee_ids=trainee)
        request.action_submit()
        self._approve(request, self.hr_head, self.vp, self.president)
        self._hand_in(request, user=self.training_admin)
        with self._refused("nobody confirms", AccessError):
            self._as(request, self.training_admin).action_sign()

    def test_certificate_dates(self):
        """TRN-4.5.2: a certificate does not end before it begins."""
        request = self._approved_request()
        with self._refused("before it was issued", ValidationError):
            self._hand_in(request, certificate_date=self.today, certificate_valid_to=self._day(-1))

    def test_attacks(self):
        """COM-2: hand-in, signature and states have one way only."""
        request = self._approved_request()
        trainee = request.trainee_ids
        for record, vals in (
            (request, {"state": "completed"}),
            (request, {"completed_by_id": self.head.id}),
            (trainee, {"handed_in_at": "2031-01-01"}),
            (trainee, {"certificate": "yes"}),
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                record.with_user(self.head).write(vals)
        with self.assertRaises(AccessError):
            request.action_transition("complete")
        foreign = self.env["ir.attachment"].create({"name": "x", "raw": b"x"})
        with self.assertRaises(UserError):
            self._hand_in(request, material_ids=foreign.ids)
        dialog = (
            self.env["itsms.training.hand.in"]
            .with_user(self.colleague)
            .create({"trainee_id": trainee.id, "certificate": "no", "summary": "x"})
        )
        with self.assertRaises(AccessError):
            self._as(dialog, self.author).action_confirm()

    def test_rights(self):
        """COM-17: trainees, heads, HR and deciders see a form; colleagues see nothing."""
        request = self._approved_request()
        for user, reads, writes in (
            (self.head, True, True),
            (self.colleague, True, False),
            (self.training_admin, True, True),
            (self.president, True, False),
            (self.finance, True, False),
            (self.auditor, True, False),
            (self.author, False, False),
            (self.reader, False, False),
        ):
            with self.subTest(user=user.name):
                self.assertEqual(self._as(request, user).has_access("read"), reads)
                self.assertEqual(self._as(request, user).has_access("write"), writes)
        _other, stranger, employee = self._stranger()
        self.assertFalse(self._as(request, stranger).has_access("read"))
        with self.assertRaises(UserError):
            self._request(trainee_ids=[fields.Command.create({"employee_id": employee.id})])

    def test_print(self):
        """TRN-4.5.1: the printed form carries all signatures."""
        request = self._completed_request()
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html("itsms_training.report_training_request", request.ids)[0]
        for text in ("Training approval form", "Academy", "Colleague", "certificate.pdf", "Vp"):
            self.assertIn(text, html.decode())

    def test_print_of_one_day(self):
        """TRN-4.5.1: a course of one day has one date on the print."""
        day = self.today + timedelta(days=30)
        request = self._request(date_from=day, date_to=day)
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html("itsms_training.report_training_request", request.ids)[0]
        self.assertEqual(html.decode().count(format_date(self.env, day)), 1)

    def test_many(self):
        """TRN-4.5.1: a list of 200 forms is read in a bounded number of queries."""
        partner = self.env["res.partner"].create({"name": "Academy"})
        forms = self.env["itsms.training.request"].browse()
        for index in range(200):
            forms |= self._request(name=f"Course {index}", institution_id=partner.id)
        names = ["number", "people", "expense_total", "can_sign", "next_actor", "can_edit"]
        counts = []
        for some in (forms[:20], forms):
            some = self._as(some, self.training_admin)
            start = self.env.cr.sql_log_count
            some.read(names)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLess(counts[1], counts[0] + 10)
