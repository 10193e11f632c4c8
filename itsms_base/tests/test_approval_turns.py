"""Whose turn it is, in which order, how often, and what happens to the rounds."""

from odoo.exceptions import AccessError, UserError

from .approval_common import ApprovalCase, Command, tagged

CHANGE = "itsms.parameter.change"


@tagged("post_install", "-at_install")
class TestApprovalTurns(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.route = cls._route(
            cls._line(role=cls.role_mr, stage=1, label="review"),
            cls._line(role=cls.role_president, stage=2),
        )

    # ------------------------------------------------------------ order
    def test_decide_in_turn_only(self):
        """COM-5: the second stage decides after the first, nobody else at any time."""
        change = self._submitted()
        for user in (self.president, self.author, self.office, self.manager, self.sysadmin):
            for method in ("action_approve", "action_reject"):
                message = self._refused(user, CHANGE, method, change.ids, "because")
                self.assertIn("COM-", message)
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.state, "pending")
        self._refused(self.mr, CHANGE, "action_approve", change.ids)
        self._as(change, self.president).action_approve()
        self.assertEqual(change.state, "approved")
        self.assertTrue(change.approved_at)

    def test_not_twice(self):
        """COM-5: who decided does not decide again, and a finished approval takes no decision."""
        change = self._submitted()
        self._as(change, self.mr).action_approve()
        for method in ("action_approve", "action_reject"):
            self._refused(self.mr, CHANGE, method, change.ids, "again")
        self._as(change, self.president).action_approve()
        for user in (self.mr, self.president):
            for method in ("action_approve", "action_reject"):
                message = self._refused(user, CHANGE, method, change.ids, "again")
                self.assertIn("not waiting for a decision", message)
        decisions = self._log_of(change).filtered(lambda x: x.kind == "decision")
        self.assertEqual(len(decisions), 2)

    def test_not_before_submission(self):
        """COM-5: a draft takes no decision and no withdrawal."""
        change = self._change()
        for user in (self.mr, self.office, self.sysadmin):
            for method in ("action_approve", "action_reject", "action_withdraw"):
                self._refused(user, CHANGE, method, change.ids, "because")

    def test_not_submitted_twice(self):
        """COM-2: what is pending or approved is not submitted again."""
        change = self._submitted()
        self._refused(self.office, CHANGE, "action_submit", change.ids)
        self._as(change, self.mr).action_approve()
        self._as(change, self.president).action_approve()
        for user in self.attackers:
            self._refused(user, CHANGE, "action_submit", change.ids)
        self.assertEqual((change.approval_round, len(self._steps(change))), (1, 2))

    def test_all_records_or_none(self):
        """COM-5: a decision on several records is taken on all of them or on none."""
        mine, other = self._submitted(), self._submitted()
        self._as(other, self.mr).action_approve()
        with self.assertRaises(AccessError):
            self._as(mine | other, self.mr).action_approve()
        self.assertEqual(self._steps(mine)[0].state, "open")
        both = self._submitted() | mine
        self._as(both, self.mr).action_approve("both")
        self.assertEqual(set(self._steps(both[0]).mapped("state")), {"approved", "open"})
        self.assertEqual(set(self._steps(both[1]).mapped("state")), {"approved", "open"})

    # ------------------------------------------------------------ withdrawal
    def test_no_decision_after_withdrawal(self):
        """COM-5: a withdrawn record takes no decision; its steps stay on record as cancelled."""
        change = self._submitted()
        self._as(change, self.office).action_withdraw("mistaken")
        self.assertEqual(change.state, "draft")
        for user in (self.mr, self.president):
            self._refused(user, CHANGE, "action_approve", change.ids)
        self.assertEqual(self._steps(change).mapped("state"), ["cancelled"] * 2)
        line = self._log_of(change)[-1]
        self.assertEqual((line.kind, line.actor_id, line.comment),
                         ("withdraw", self.office, "mistaken"))  # fmt: skip

    def test_withdrawal_by_others_is_refused(self):
        """COM-5: only who prepared or submitted withdraws; no decider, no administrator."""
        change = self._submitted()
        second = self._person("office2", self.dep_office, "itsms_base.group_itsms_office")
        for user in (self.mr, self.president, second, self.manager, self.sysadmin, self.author):
            self._refused(user, CHANGE, "action_withdraw", change.ids, "mine now")
        self.assertEqual(change.state, "pending")

    def test_no_withdrawal_after_the_end(self):
        """COM-5: what was decided is not withdrawn."""
        change = self._submitted()
        self._as(change, self.mr).action_reject("no")
        self._refused(self.office, CHANGE, "action_withdraw", change.ids)
        self.assertEqual(change.state, "rejected")

    # ------------------------------------------------------------ rejection
    def test_rejection_needs_a_reason(self):
        """COM-7: no rejection without words."""
        change = self._submitted()
        for comment in (None, False, "", "  \n\t "):
            message = self._refused(self.mr, CHANGE, "action_reject", change.ids, comment)
            self.assertIn("reason", message)
        self.assertEqual(change.state, "pending")

    def test_rejection_returns_to_the_author_and_closes_the_round(self):
        """COM-7: a rejection ends the round, reopens the content and is told to the author."""
        change = self._submitted()
        self._as(change, self.mr).action_reject("too low")
        self.assertEqual(change.state, "rejected")
        self.assertEqual(self._steps(change).mapped("state"), ["rejected", "cancelled"])
        self._as(change, self.office).write({"value": "3"})
        todo = change.activity_ids.filtered(lambda a: a.user_id == self.office)
        self.assertEqual(len(todo), 1)
        self.assertIn("too low", todo.note)

    def test_restart_hides_no_rejection(self):
        """COM-5 COM-7: the rejected round stays; a new submission opens the next round."""
        change = self._submitted()
        self._as(change, self.mr).action_reject("too low")
        change.action_submit()
        steps = self._steps(change)
        self.assertEqual(steps.mapped("round"), [1, 1, 2, 2])
        self.assertEqual(steps.mapped("state"), ["rejected", "cancelled", "open", "waiting"])
        self.assertEqual(steps[0].comment, "too low")
        self._as(change, self.mr).action_approve()
        self._as(change, self.president).action_approve()
        self.assertEqual(steps[0].state, "rejected")
        kinds = self._log_of(change).mapped("kind")
        self.assertEqual(kinds.count("submit"), 2)
        for user in self.attackers:
            self._refused(user, CHANGE, "unlink", change.ids, context={"_force_unlink": True})
            self._refused(
                user, "itsms.approval.step", "unlink", steps.ids, context={"_force_unlink": True}
            )
        copy = change.with_user(self.office).copy()
        self.assertEqual((copy.state, copy.approval_round, copy.submitted_by_id.id),
                         ("draft", 0, False))  # fmt: skip

    # ------------------------------------------------------------ one's own
    def test_submitter_never_decides(self):
        """COM-8: the submitter who holds the office is refused, at submission already."""
        self.mr.group_ids += self.env.ref("itsms_base.group_itsms_office")
        change = self._change(user=self.mr)
        with self.assertRaisesRegex(UserError, "COM-8"):
            change.action_submit()
        self.assertEqual(change.state, "draft")

    def test_author_never_decides_though_another_submits(self):
        """COM-8: the author does not decide, also where a colleague submitted his work."""
        self.mr.group_ids += self.env.ref("itsms_base.group_itsms_office")
        change = self._change(user=self.mr)
        with self.assertRaisesRegex(UserError, "COM-8"):
            self._as(change, self.office).action_submit()
        self._assign("management_representative", self.vp)
        self._as(change, self.office).action_submit()
        self.assertEqual(self._steps(change)[0].approver_ids, self.vp)
        self._refused(self.mr, CHANGE, "action_approve", change.ids)
        self._as(change, self.vp).action_approve()
        self.assertEqual(self._steps(change)[0].decided_by_id, self.vp)

    def test_holder_appointed_during_the_approval_does_not_decide_on_his_own(self):
        """COM-8 COM-9: becoming an approver afterwards lets nobody decide on his own work."""
        change = self._submitted()
        self._assign("management_representative", self.office)
        self.assertNotIn(self.office, self._steps(change)[0].approver_ids)
        message = self._refused(self.office, CHANGE, "action_approve", change.ids)
        self.assertIn("COM-8", message)

    def test_line_may_lift_the_rule(self):
        """COM-8: only where the route line says so does the preparer decide."""
        self._route(self._line(user=self.office, self_allowed=True), sequence=1)
        change = self._submitted()
        self._as(change, self.office).action_approve()
        self.assertEqual(change.state, "approved")

    # ------------------------------------------------------------ any, all, parallel
    def test_any_of_them(self):
        """COM-5: with the rule “any” one decision closes the step for all."""
        self._assign("management_representative", self.vp)
        change = self._submitted()
        step = self._steps(change)[0]
        self.assertEqual(step.approver_ids, self.mr | self.vp)
        self._as(change, self.vp).action_approve()
        self._refused(self.mr, CHANGE, "action_approve", change.ids)
        self.assertFalse(change.activity_ids.filtered(lambda a: a.user_id == self.mr))

    def test_all_of_them(self):
        """COM-5: with the rule “all” every one signs; one rejection is enough to reject."""
        self._assign("management_representative", self.vp)
        self._route(self._line(rule="all"), sequence=1)
        change = self._submitted()
        self.assertEqual(len(self._steps(change)), 2)
        self._as(change, self.vp).action_approve()
        self.assertEqual(change.state, "pending")
        self.assertEqual(change.activity_ids.user_id, self.mr)
        self._refused(self.vp, CHANGE, "action_approve", change.ids)
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.state, "approved")
        other = self._submitted()
        self._as(other, self.mr).action_approve()
        self._as(other, self.vp).action_reject("no")
        self.assertEqual(other.state, "rejected")

    def test_all_of_them_needs_everybody_free_to_decide(self):
        """COM-8: where all must sign and one is the preparer, submission says so."""
        self._assign("management_representative", self.office)
        self._route(self._line(rule="all"), sequence=1)
        with self.assertRaisesRegex(UserError, "COM-8"):
            self._change().action_submit()

    def test_parallel_stages(self):
        """COM-5: equal stages run side by side, the next one begins when all are done."""
        self._route(
            self._line(user=self.mr, label="countersign"),
            self._line(user=self.vp, label="countersign"),
            self._line(user=self.president, stage=2),
            sequence=1,
        )
        change = self._submitted()
        self.assertEqual(self._steps(change).mapped("state"), ["open", "open", "waiting"])
        self.assertEqual(change.activity_ids.user_id, self.mr | self.vp)
        self._as(change, self.vp).action_approve()
        self.assertEqual(change.activity_ids.user_id, self.mr)
        self._refused(self.president, CHANGE, "action_approve", change.ids)
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.activity_ids.user_id, self.president)
        self._as(change, self.president).action_approve()
        self.assertEqual(change.state, "approved")

    # ------------------------------------------------------------ people hear of it
    def test_activities_follow_the_turn(self):
        """COM-5: who acts next has a to-do; it goes when the turn ends; the preparer hears."""
        change = self._submitted()
        self.assertEqual(change.activity_ids.user_id, self.mr)
        self.assertIn("Mr", self._as(change, self.reader).next_actor)
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.activity_ids.user_id, self.president)
        self._as(change, self.president).action_approve()
        self.assertFalse(change.activity_ids)
        news = self.env["mail.message"].search(
            [
                ("model", "=", CHANGE),
                ("res_id", "=", change.id),
                ("partner_ids", "in", self.office.partner_id.ids),
            ]
        )
        self.assertIn("Approved", news.body)

    def test_mass_submission_of_different_routes(self):
        """COM-5: records of one batch take their own routes."""
        self._route(self._line(user=self.vp), condition="[('value', '=', '9')]", sequence=1)
        changes = self._change() | self._change(value="9")
        changes.action_submit()
        self.assertEqual(self._steps(changes[0]).approver_ids, self.mr | self.president)
        self.assertEqual(self._steps(changes[1]).approver_ids, self.vp)

    def test_route_is_copied(self):
        """COM-5: changing or archiving the route never touches a running approval."""
        change = self._submitted()
        self.route.line_ids[1].user_id = self.vp
        self.route.line_ids[1].source = "user"
        self.route.write({"line_ids": [Command.delete(self.route.line_ids[0].id)]})
        self.route.active = False
        self._refused(self.vp, CHANGE, "action_approve", change.ids)
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.state, "pending")
        self._as(change, self.president).action_approve()
        self.assertEqual(change.state, "approved")
