"""Life cycle: named transitions, evidence of each, no way back to nothing; hooks without mark."""

from contextlib import ExitStack
from unittest.mock import patch

from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"
HOOKS = (
    "_approval_check_submit",
    "_approval_digest_data",
    "_approval_preparers",
    "_approval_done",
    "_approval_rejected",
    "_after_transition",
    "_on_leaving_draft",
)


@tagged("post_install", "-at_install")
class TestApprovalLifecycle(ApprovalCase):
    # ------------------------------------------------------------ COM-3
    def test_every_transition_leaves_a_line(self):
        """COM-3: from, to, user, time and comment of each transition are kept in order."""
        change = self._submitted()
        self._as(change, self.mr).action_reject("too low")
        self._as(change, self.office).action_submit()
        self._as(change, self.office).action_withdraw("wrong figure")
        self._as(change, self.office).action_submit()
        self._as(change, self.mr).action_approve("fine")
        lines = self._log_of(change)
        self.assertEqual(
            [(x.kind, x.state_from, x.state_to, x.actor_id) for x in lines],
            [
                ("submit", "draft", "pending", self.office),
                ("decision", False, "approve: rejected", self.mr),
                ("transition", "pending", "rejected", self.mr),
                ("submit", "rejected", "pending", self.office),
                ("withdraw", "pending", "draft", self.office),
                ("submit", "draft", "pending", self.office),
                ("decision", False, "approve: approved", self.mr),
                ("transition", "pending", "approved", self.mr),
            ],
        )
        self.assertEqual(lines[2].comment, "too low")
        self.assertEqual(lines[4].comment, "wrong figure")
        self.assertEqual(lines.mapped("position"), list(range(1, 9)))
        self.assertTrue(all(lines.mapped("logged_at")))
        self.assertFalse(self.env["itsms.log"]._find_broken_line(CHANGE, change.id))

    def test_a_refusal_leaves_nothing_behind(self):
        """COM-2 COM-3: a refused act changes neither state nor evidence."""
        change = self._submitted()
        before = self._log_of(change)
        self._refused(self.office, CHANGE, "action_approve", change.ids)
        self._refused(self.mr, CHANGE, "action_reject", change.ids, "")
        self.assertEqual(self._log_of(change), before)

    # ------------------------------------------------------------ COM-4
    def test_what_left_draft_is_never_deleted(self):
        """COM-4: no user, no administrator, no context key, no superuser code deletes it."""
        change = self._submitted()
        self._as(change, self.office).action_withdraw()
        self.assertEqual(change.state, "draft")
        for context in ({}, {"_force_unlink": True}, {"itsms_engine": True}):
            for user in self.attackers:
                self._refused(user, CHANGE, "unlink", change.ids, context=context)
            with self.assertRaisesRegex(UserError, "COM-4"):
                change.sudo().with_context(**context).unlink()
        draft = self._change()
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_cancel_with_a_reason(self):
        """COM-4: instead of deleting, it is cancelled, with a reason that stays."""
        change = self._submitted()
        self._refused(self.office, CHANGE, "action_transition", change.ids, "cancel", "no")
        self._as(change, self.office).action_withdraw()
        for reason in (None, "", "  "):
            message = self._refused(
                self.office, CHANGE, "action_transition", change.ids, "cancel", reason
            )
            self.assertIn("COM-4", message)
        self._refused(self.author, CHANGE, "action_transition", change.ids, "cancel", "mine")
        self._as(change, self.office).action_transition("cancel", "Not needed any more")
        self.assertEqual(change.state, "cancelled")
        self.assertEqual(self._log_of(change)[-1].comment, "Not needed any more")
        for method in ("action_submit", "action_approve", "unlink"):
            self._refused(self.office, CHANGE, method, change.ids)
        self._refused(self.office, CHANGE, "write", change.ids, {"value": "5"})

    def test_cancel_through_the_dialog(self):
        """COM-4: the dialog asks for the reason and will not do without."""
        change = self._submitted()
        self._as(change, self.office).action_withdraw()
        vals = {"res_model": CHANGE, "res_ids": change.ids, "operation": "cancel"}
        Dialog = self.env["itsms.decision"].with_user(self.office)
        dialog = Dialog.create(vals)
        self.assertTrue(dialog.comment_required)
        with self.assertRaisesRegex(UserError, "COM-4"):
            dialog.action_confirm()
        Dialog.create({**vals, "comment": "Not needed"}).action_confirm()
        self.assertEqual(change.state, "cancelled")

    # ------------------------------------------------------------ COM-2
    def test_wrong_state_is_named(self):
        """COM-2: the message names the state, the transition and the way on."""
        change = self._approved()
        message = self._refused(
            self.office, CHANGE, "action_transition", change.ids, "cancel", "late"
        )
        for word in ("In force", "Cancel", "COM-2"):
            self.assertIn(word, message)

    def test_approval_takes_effect_in_the_same_transaction(self):
        """COM-7 COM-16: the last decision puts the value in force and supersedes the older one."""
        first = self._approved(value="5")
        self.assertEqual(first.old_value, "1")
        second = self._approved(value="6")
        self.assertEqual((first.state, second.state), ("superseded", "approved"))
        self.assertEqual(second.old_value, "5")
        get = self.env["itsms.parameter"]._get
        self.assertEqual(get("approval.reminder.days", self.company), 6)
        line = self._log_of(first)[-1]
        self.assertEqual((line.state_from, line.state_to), ("approved", "superseded"))

    # ------------------------------------------------------------ the mark
    def test_hooks_run_without_the_mark(self):
        """COM-2: what modules hang into the engine gets none of the engine's power."""
        Model = self.registry[CHANGE]
        seen = {}

        def spy(name, original):
            def hook(records, *args, **kwargs):
                seen.setdefault(name, []).append(guard.is_engine(records.env))
                return original(records, *args, **kwargs)

            return hook

        with ExitStack() as stack:
            for name in HOOKS:
                stack.enter_context(patch.object(Model, name, spy(name, getattr(Model, name))))
            change = self._submitted()
            self._as(change, self.mr).action_reject("no")
            self._as(change, self.office).action_submit()
            self._as(change, self.mr).action_approve()
        self.assertEqual(set(seen), set(HOOKS))
        self.assertFalse([name for name, marks in seen.items() if any(marks)])

    def test_results_carry_no_mark(self):
        """COM-2: nothing the engine hands back may be used to write behind its back."""
        change = self._submitted()
        line = change._log("other", comment="x")
        for records in (change, change.approval_step_ids, line, change.activity_ids):
            self.assertFalse(guard.is_engine(records.env))
        self.assertFalse(guard.is_engine(guard.without_engine(guard.as_engine(change)).env))

    def test_look_alikes_are_no_mark(self):
        """COM-2: only the object itself counts, no value that equals or claims to be it."""

        class Liar:
            def __eq__(self, other):
                return True

            __hash__ = None

        for value in (True, 1, "1", object(), Liar(), guard._KEY, repr(guard._MARK), None):
            env = self.env(context={guard._KEY: value})
            self.assertFalse(guard.is_engine(env), value)
        self.assertTrue(guard.is_engine(guard.as_engine(self.office).env))

    # ------------------------------------------------------------ COM-24
    def test_signatures_of_the_last_round(self):
        """COM-24: 编制 / 审核 / 批准 in order, with names and dates, of the last round only."""
        self._route(self._line(label="review"), self._line(role=self.role_president, stage=2))
        change = self._change()
        self.assertEqual(change._approval_signatures(), [])
        change.action_submit()
        self._as(change, self.mr).action_approve()
        self._as(change, self.president).action_reject("no")
        change.action_submit()
        self.assertEqual([s["name"] for s in change._approval_signatures()], ["Office"])
        self._as(change, self.mr).action_approve()
        self._as(change, self.president).action_approve()
        signatures = self._as(change, self.reader)._approval_signatures()
        self.assertEqual(
            [(s["label"], s["name"]) for s in signatures],
            [("Prepare", "Office"), ("Review", "Mr"), ("Approve", "President")],
        )
        self.assertTrue(all(s["date"] for s in signatures))
