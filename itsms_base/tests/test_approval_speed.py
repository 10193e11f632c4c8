"""Ceilings of the design, section 4, as query counts; to-dos and notices of people apart."""

from contextlib import ExitStack
from unittest.mock import patch

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"
PEOPLE = (
    ("itsms.approval.step", "_notify_turn"),
    (CHANGE, "_approval_finish_activities"),
    (CHANGE, "_approval_tell_author"),
)


@tagged("post_install", "-at_install")
class TestApprovalSpeed(ApprovalCase):
    def _changes(self, count):
        changes = (
            self.env[CHANGE]
            .with_user(self.office)
            .create(
                [
                    {
                        "parameter_id": self._parameter().id,
                        "value": "2",
                        "reason": "Measured",
                        "company_id": self.company.id,
                    }
                ]
                * count
            )
        )
        return self._as(changes, self.office)

    def _count(self, act):
        """Queries of ``act`` and of the flush after it, warm, activities apart."""
        with ExitStack() as stack:
            for model, name in PEOPLE:
                stack.enter_context(
                    patch.object(self.registry[model], name, lambda *args, **kwargs: None)
                )
            before = self.env.cr.sql_log_count
            act()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

    def test_submit_200(self):
        """COM-5: 200 documents in one call within 15 queries and 0.1 per document."""
        self._changes(1).action_submit()  # warm
        changes = self._changes(200)
        self.assertLessEqual(self._count(changes.action_submit), 15 + 0.1 * 200)
        self.assertEqual(set(changes.mapped("state")), {"pending"})

    def test_submission_does_not_grow_by_the_document(self):
        """COM-5: ten times the documents cost about as many queries."""
        self._changes(1).action_submit()  # warm
        few = self._count(self._changes(20).action_submit)
        many = self._count(self._changes(200).action_submit)
        self.assertLessEqual(many - few, 0.1 * 180)

    def test_one_decision(self):
        """COM-5: a decision that finishes an approval, within 15 queries."""
        self._route(self._line(stage=1), self._line(role=self.role_president, stage=2))
        for user in (self.mr, self.president):  # warm
            self._as(self._submitted_by_first(user), user).action_approve()
        first = self._as(self._submitted_by_first(self.mr), self.mr)
        self.assertLessEqual(self._count(first.action_approve), 15)

    def _submitted_by_first(self, user):
        """A change on which it is ``user``'s turn."""
        change = self._submitted()
        if user == self.president:
            self._as(change, self.mr).action_approve()
        return change

    def test_deciding_200_does_not_grow_by_the_document(self):
        """COM-5: a decision on 200 documents is no 200 decisions."""
        self._route(self._line(stage=1), self._line(role=self.role_president, stage=2))
        few, many = self._changes(20), self._changes(200)
        (few | many).action_submit()
        self._as(few[0], self.mr).action_approve()  # warm
        few = self._count(self._as(few[1:], self.mr).action_approve)
        many = self._count(self._as(many, self.mr).action_approve)
        self.assertLessEqual(many - few, 181)
