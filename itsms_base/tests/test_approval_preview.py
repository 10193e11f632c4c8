"""“Who would be asked for this record now?” without submitting anything (COM-5)."""

from odoo.exceptions import AccessError, UserError

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"


@tagged("post_install", "-at_install")
class TestApprovalPreview(ApprovalCase):
    def _preview(self, record, user=None):
        user = user or self.office
        return (
            self.env["itsms.route.preview"]
            .with_user(user)
            .create({"res_model": record._name, "res_id": record.id})
        )

    def test_names_in_order(self):
        """COM-5: stages, signatures and people, as a submission would ask them."""
        route = self._route(
            self._line(role=self.role_president, stage=2),
            self._line(label="review"),
        )
        change = self._change()
        preview = self._preview(change)
        self.assertEqual(preview.route_id, route)
        self.assertEqual(
            [(x.stage, x.names) for x in preview.line_ids], [(1, "Mr"), (2, "President")]
        )
        self.assertFalse(preview.warning)
        self.assertEqual(change.state, "draft")
        change.action_submit()
        self.assertEqual(self._steps(change).approver_ids, self.mr | self.president)

    def test_stand_ins_are_shown(self):
        """COM-6: who would decide for an absent person is shown with 代."""
        today = self.company._itsms_today()
        self.env["itsms.stand.in"].with_user(self.mr).create(
            {
                "principal_id": self.mr.id,
                "substitute_id": self.vp.id,
                "company_id": self.company.id,
                "date_from": today,
                "date_to": today,
                "reason": "Leave",
            }
        )
        self.assertEqual(self._preview(self._change()).line_ids.names, "Mr, Vp 代 Mr")

    def test_gaps_are_told_in_the_words_of_the_refusal(self):
        """COM-5 COM-8 COM-9: the preview warns with what a submission would answer."""
        role = self.env["itsms.role"].create({"name": "Keeper of the seal", "code": "keeper"})
        self._route(self._line(role=role), sequence=1, condition="[('value', '=', '3')]")
        self._route(self._line(user=self.office), sequence=2, condition="[('value', '=', '4')]")
        self._route(sequence=3, condition="[('value', '=', '5')]")
        for value, rule in (("3", "COM-9"), ("4", "COM-8"), ("5", "COM-5")):
            change = self._change(value=value)
            preview = self._preview(change)
            self.assertIn(rule, preview.warning)
            with self.assertRaises(UserError) as caught:
                change.action_submit()
            self.assertEqual(str(caught.exception), preview.warning)
        vacant = self._preview(self._change(value="3")).line_ids
        self.assertEqual((vacant.names, vacant.vacant), ("nobody", True))
        self.env["itsms.approval.route"].search([]).active = False
        self.assertIn("COM-5", self._preview(self._change()).warning)

    def test_only_of_what_one_may_read(self):
        """COM-17: the preview tells nothing about records of another company or model."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        alien = self._person("alien", company=other)
        change = self._change()
        preview = self._as(self.env["itsms.route.preview"], alien).create(
            {"res_model": CHANGE, "res_id": change.id}
        )
        with self.assertRaises(AccessError):
            preview.read(["record_name", "warning"])
        with self.assertRaises(UserError):
            self._preview(self.office).read(["record_name"])

    def test_button(self):
        """COM-5: the button of the record opens the preview for it."""
        change = self._change()
        action = change.action_preview_route()
        preview = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual((preview.res_model, preview.res_id), (CHANGE, change.id))
        self.assertEqual(preview.line_ids.names, "Mr")
