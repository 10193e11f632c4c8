"""Stand-ins and handing over (COM-6, DOC-4.5.2a): within their dates and roles, never in secret."""

from datetime import timedelta

from odoo.exceptions import UserError

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"
STEP = "itsms.approval.step"


class StandInCase(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._itsms_today()

    def _stand_in(self, principal=None, substitute=None, start=0, end=1, **vals):
        principal = principal or self.mr
        return (
            self.env["itsms.stand.in"]
            .with_user(principal)
            .create(
                {
                    "principal_id": principal.id,
                    "substitute_id": (substitute or self.vp).id,
                    "company_id": self.company.id,
                    "date_from": self.today + timedelta(days=start),
                    "date_to": self.today + timedelta(days=end),
                    "reason": "Leave",
                    **vals,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestApprovalStandIn(StandInCase):
    def test_stand_in_is_named_among_those_who_act_next(self):
        """COM-6: the record tells in words that the stand-in may decide now."""
        change = self._change(self.office)
        change.action_submit()
        self.assertNotIn("代", change.next_actor)
        self.env["itsms.stand.in"].with_user(self.mr).create(
            {
                "principal_id": self.mr.id,
                "substitute_id": self.vp.id,
                "company_id": self.company.id,
                "date_to": self.company._itsms_today(),
                "reason": "Leave",
            }
        )
        self.assertIn("代 Vp", self._as(change, self.reader).next_actor)

    def test_both_names_are_kept_shown_and_printed(self):
        """COM-6 COM-24: step, evidence and signature line tell who decided 代 whom."""
        self._stand_in()
        change = self._submitted()
        self.assertEqual(change.activity_ids.user_id, self.mr | self.vp)
        self.assertTrue(self._as(change, self.vp).can_decide)
        self._as(change, self.vp).action_approve()
        step = self._steps(change)
        self.assertEqual((step.decided_by_id, step.behalf_id), (self.vp, self.mr))
        self.assertEqual(step.signature, "Vp 代 Mr")
        line = self._log_of(change).filtered(lambda x: x.kind == "decision")
        self.assertEqual((line.actor_id, line.behalf_id), (self.vp, self.mr))
        self.assertEqual((line.actor_name, line.behalf_name), ("Vp", "Mr"))
        signatures = change._approval_signatures()
        self.assertEqual([s["name"] for s in signatures], ["Office", "Vp 代 Mr"])
        self.assertEqual([s["label"] for s in signatures], ["Prepare", "Approve"])
        self.assertEqual(signatures[1]["date"], step.decided_at)

    def test_only_within_the_dates(self):
        """COM-6: the day before and the day after the stand-in decides nothing."""
        change = self._submitted()
        self._stand_in(start=1, end=2)
        message = self._refused(self.vp, CHANGE, "action_approve", change.ids)
        self.assertIn("COM-5", message)
        self.env.cr.execute(
            "UPDATE itsms_stand_in SET date_from = %s, date_to = %s",
            [self.today - timedelta(days=5), self.today - timedelta(days=1)],
        )
        self._refused(self.vp, CHANGE, "action_approve", change.ids)
        for tz in ("Pacific/Kiritimati", "Pacific/Midway"):
            self._refused(self.vp, CHANGE, "action_approve", change.ids, context={"tz": tz})
        self.env.cr.execute("UPDATE itsms_stand_in SET date_to = %s", [self.today])
        self._as(change, self.vp).action_approve()
        self.assertEqual(change.state, "approved")

    def test_only_for_its_roles(self):
        """COM-6: a stand-in for one role decides nothing that is asked of another."""
        self._stand_in(role_ids=self.role_president.ids)
        change = self._submitted()
        self.assertEqual(change.activity_ids.user_id, self.mr)
        self._refused(self.vp, CHANGE, "action_approve", change.ids)
        self._stand_in(substitute=self.colleague, role_ids=self.role_mr.ids)
        self._as(change, self.colleague).action_approve()
        self.assertEqual(change.state, "approved")

    def test_only_in_its_company(self):
        """COM-6: a stand-in of another company does not act here."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        (self.mr | self.vp).company_ids += other
        self.env["itsms.stand.in"].create(
            {
                "principal_id": self.mr.id,
                "substitute_id": self.vp.id,
                "company_id": other.id,
                "date_from": self.today,
                "date_to": self.today,
                "reason": "Leave",
            }
        )
        change = self._submitted()
        self._refused(self.vp, CHANGE, "action_approve", change.ids)

    def test_line_may_refuse_stand_ins(self):
        """COM-6: where the line wants the person, the stand-in does not sign."""
        self._stand_in()
        self._route(self._line(stand_in_allowed=False))
        change = self._submitted()
        self._refused(self.vp, CHANGE, "action_approve", change.ids)
        step = self._steps(change)
        message = self._refused(self.mr, STEP, "action_hand_over", step.ids, self.vp.id, "away")
        self.assertIn("in person", message)

    def test_submitter_is_no_stand_in_on_his_own_work(self):
        """COM-6 COM-8: who stands in for the approver does not approve his own work."""
        self._stand_in(substitute=self.office)
        change = self._submitted()
        self.assertEqual(change.activity_ids.user_id, self.mr)
        self.assertFalse(self._as(change, self.office).can_decide)
        message = self._refused(self.office, CHANGE, "action_approve", change.ids)
        self.assertIn("COM-8", message)

    def test_stand_in_of_the_preparer_does_not_decide(self):
        """COM-6 COM-8: the preparer's stand-in decides no more than the preparer may."""
        self._assign("management_representative", self.office)
        self._stand_in(principal=self.office)
        change = self._submitted()
        self.assertEqual(self._steps(change).approver_ids, self.mr)
        self._refused(self.vp, CHANGE, "action_approve", change.ids)
        self.assertEqual(change.activity_ids.user_id, self.mr)

    def test_no_chain_of_stand_ins(self):
        """COM-6: the stand-in of a stand-in was appointed by nobody and decides nothing."""
        self._stand_in()
        self._stand_in(principal=self.vp, substitute=self.colleague)
        change = self._submitted()
        self._refused(self.colleague, CHANGE, "action_approve", change.ids)

    def test_nobody_makes_himself_a_stand_in(self):
        """COM-6: only the absent person or the administrator appoints, never oneself."""
        vals = {
            "principal_id": self.mr.id,
            "company_id": self.company.id,
            "date_to": str(self.today),
            "reason": "Coup",
        }
        for user in self.attackers | self.vp:
            self._refused(user, "itsms.stand.in", "create", [{**vals, "substitute_id": user.id}])
        self._refused(
            self.office, "itsms.stand.in", "create", [{**vals, "substitute_id": self.vp.id}]
        )

    def test_own_signature_goes_before_a_stand_in(self):
        """COM-6: who decides in his own right signs with his own name alone."""
        self._assign("management_representative", self.vp)
        self._stand_in()
        change = self._submitted()
        self._as(change, self.vp).action_approve()
        self.assertEqual(self._steps(change).signature, "Vp")


@tagged("post_install", "-at_install")
class TestApprovalHandOver(StandInCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.change = cls._change(cls)
        cls.change.action_submit()
        cls.step = cls.change.approval_step_ids
        cls.office2 = cls._person("office2", cls.dep_office, "itsms_base.group_itsms_office")

    def _hand_over(self, user, substitute, reason="away", **kwargs):
        return self._rpc(
            user, STEP, "action_hand_over", self.step.ids, substitute.id, reason, **kwargs
        )

    def _no_hand_over(self, user, substitute, reason="away", **kwargs):
        return self._refused(
            user, STEP, "action_hand_over", self.step.ids, substitute.id, reason, **kwargs
        )

    def test_decider_hands_over(self):
        """DOC-4.5.2a COM-6: the decider lets a colleague decide; both names and why are kept."""
        self._hand_over(self.mr, self.vp, "knows the matter")
        self.assertEqual((self.step.substitute_id, self.step.substitute_for_id), (self.vp, self.mr))
        line = self._log_of(self.change)[-1]
        self.assertEqual((line.kind, line.actor_id, line.behalf_id),
                         ("handover", self.mr, self.mr))  # fmt: skip
        self.assertIn("knows the matter", line.comment)
        self.assertIn(self.vp, self.change.activity_ids.user_id)
        self._as(self.change, self.vp).action_approve()
        self.assertEqual(self.step.signature, "Vp 代 Mr")

    def test_office_hands_over(self):
        """DOC-4.5.2a: the ITSMS office names a colleague where the decider cannot; not itself."""
        self._no_hand_over(self.office2, self.office2)
        self._hand_over(self.office2, self.vp)
        self._as(self.change, self.vp).action_approve()
        self.assertEqual(self.step.behalf_id, self.mr)

    def test_refusals(self):
        """COM-6: no reason, no colleague, the wrong caller: each is refused."""
        for user in (self.author, self.president, self.auditor, self.vp):
            self._no_hand_over(user, self.colleague)
        for reason in (None, "", "   "):
            self._no_hand_over(self.mr, self.vp, reason)
        self._no_hand_over(self.mr, self.mr)
        archived = self._person("archived")
        archived.active = False
        portal = self._person("portal")
        portal.group_ids = self.env.ref("base.group_portal")
        for substitute in (archived, portal, self.env["res.users"].browse(987654321)):
            self._no_hand_over(self.mr, substitute)
        self.assertFalse(self.step.substitute_id)

    def test_never_to_the_preparer_nor_by_him(self):
        """COM-6 COM-8: the preparer neither gets the decision nor chooses who takes it."""
        self._no_hand_over(self.mr, self.office)
        message = self._no_hand_over(self.office, self.colleague)
        self.assertIn("COM-8", message)
        self._no_hand_over(
            self.office, self.colleague, context={"itsms_engine": True, "uid": self.mr.id}
        )

    def test_not_before_or_after_the_turn(self):
        """COM-6: only what waits for a decision is handed over."""
        self._as(self.change, self.mr).action_approve()
        self._no_hand_over(self.mr, self.vp)

    def test_substitute_who_may_not_open_it(self):
        """COM-6: a substitute of another company could not read what he decides on."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        self._no_hand_over(self.mr, self._person("alien", company=other))

    def test_vacant_office_is_not_handed_over(self):
        """COM-6 COM-9: where nobody holds the office, somebody is appointed, not stood in for."""
        self.env["itsms.role.assignment"].search(
            [("user_id", "=", self.mr.id), ("role_id", "=", self.role_mr.id)]
        )
        self.mr.active = False
        self.env[STEP]._cron_refresh()
        self.assertFalse(self.step.approver_ids)
        self.assertIn("COM-9", self._no_hand_over(self.office2, self.vp))
        self.assertIn("vacant", self._as(self.change, self.reader).next_actor)

    def test_substitute_decides_once(self):
        """COM-6: what was handed over is one decision, not an office."""
        self._hand_over(self.mr, self.vp)
        other = self._submitted()
        self._refused(self.vp, CHANGE, "action_approve", other.ids)
        with self.assertRaises(UserError):
            self._as(self.change | other, self.vp).action_approve()
        self.assertEqual(self.change.state, "pending")
