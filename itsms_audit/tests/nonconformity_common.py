from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError

from .common import AuditCase

# A Monday 2 March, as in the worked example of the catalogue, and in the future, so that the
# roles that the test company gives out from today on are held.
START = "2037-03-02 06:00:00"


class NonconformityCase(AuditCase):
    """Nonconformities of the Service department on every step of their way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clause, cls.other_clause = cls.env["itsms.clause"]._auditable()[:2]
        cls.vp_service = cls._person("vp_service")
        cls._assign("vice_president", cls.vp_service, cls.dep_service)
        cls.lay = cls._person("lay", cls.dep_sales)
        clock = freeze_time(START)
        cls.clock = clock.start()
        cls.addClassCleanup(clock.stop)
        cls.today = cls.company._itsms_today()

    def setUp(self):
        super().setUp()
        self.clock.move_to(START)
        # jobs commit their steps; a test may not
        cron = self.env.registry["ir.cron"]
        self.patch(cron, "_commit_progress", lambda *args, **kwargs: float("inf"))
        self.today = self.company._itsms_today()

    def _go(self, day):
        """It is ``day`` (a date, or a number of days from now on)."""
        if isinstance(day, int):
            day = self.company._itsms_today() + timedelta(days=day)
        self.clock.move_to(f"{day} 06:00:00")

    @contextmanager
    def _refused(self, words, error=UserError):
        """Refused with these words; what was written before the refusal is undone."""
        with self.assertRaises(error) as caught, self.env.cr.savepoint():
            yield
        self.assertRegex(str(caught.exception), words)

    def _nc(self, user=None, **vals):
        user = user or self.auditor_sales
        return (
            self.env["itsms.nonconformity"]
            .with_user(user)
            .create(
                {
                    "name": "Backup was not tested",
                    "source_kind": "internal_audit",
                    "company_id": self.company.id,
                    "department_id": self.dep_service.id,
                    "clause_id": self.clause.id,
                    "requirement": "Backups are tested every quarter",
                    "evidence": "No test report for the second quarter, server room, list 12",
                    "deviation": "The test of the second quarter was left out",
                    "grade": "general",
                    **vals,
                }
            )
        )

    def _issued(self, **vals):
        record = self._nc(**vals)
        record.action_issue()
        return self._as(record, self.engineer)

    def _confirmed(self, head=None, **vals):
        record = self._issued(**vals)
        self._as(record, head or self.service_head).action_confirm()
        return self._as(record, self.engineer)

    def _measure(self, record, user=None, **vals):
        """A measure planned by ``user`` (default: the engineer of the department)."""
        return (
            self.env["itsms.action"]
            .with_user(user or self.engineer)
            .create(
                {
                    "name": "Put the test into the calendar",
                    "kind": "corrective",
                    "origin_model": record._name,
                    "origin_id": record.id,
                    "owner_id": self.engineer.id,
                    "due_on": self.company._itsms_today() + timedelta(days=10),
                    "resources": "2 hours",
                    "expected_effect": "Four reports a year",
                    "evidence_wanted": "Calendar entry",
                    **vals,
                }
            )
        )

    def _correction(self, record, **vals):
        return self._measure(
            record,
            **{
                "name": "Test it now",
                "kind": "correction",
                "due_on": self.company._itsms_today() + timedelta(days=2),
                **vals,
            },
        )

    def _answer(self, record, **vals):
        """Everything that the department answers, but measures."""
        self._as(record, self.engineer).write(
            {
                "consequences": "No customer was affected",
                "extent": "none",
                "extent_where": "All servers of the list",
                "cause_method": "why",
                "corrective_needed": "yes",
                "effect_criterion": "No test left out in 3 months",
                "cause_ids": [
                    fields.Command.create(
                        {"name": "Nobody is reminded", "category": "method", "root": True}
                    )
                ],
                **vals,
            }
        )
        return record

    def _planned(self, head=None, **vals):
        record = self._confirmed(head=head, **vals)
        self._answer(record)
        self._correction(record)
        self._measure(record)
        return record

    def _approve(self, record, *users):
        for user in users:
            self._as(record, user).action_approve()
        return record

    def _approved(self, head=None, **vals):
        """A plan that the head of the department reviewed and the representative approved."""
        record = self._planned(head=head, **vals)
        self._as(record, self.engineer).action_submit()
        return self._approve(record, head or self.service_head, self.mr)

    def _actions(self, record, *kinds):
        actions = self.env["itsms.action"].search(
            [("origin_model", "=", record._name), ("origin_id", "=", record.id)]
        )
        return actions.filtered(lambda a: not kinds or a.kind in kinds)

    def _carry_out(self, record, verifier=None):
        """All running actions are done and verified."""
        for action in self._actions(record):
            if action.kind == "correction" and action.state == "draft":
                self._as(action, self.engineer).action_start()
            if action.state == "open":
                self._as(action, self.engineer).action_finish("Done, see the calendar")
            if action.state == "done":
                self._as(action, verifier or self.auditor_sales).action_verify("Seen it")
        return record

    def _checked(self, **vals):
        record = self._carry_out(self._approved(**vals))
        self._as(record, self.auditor_sales).action_check(True, "All carried out")
        return record

    def _effective(self, **vals):
        record = self._checked(**vals)
        self._go(record.effect_due_on)
        self._as(record, self.auditor_sales).action_effect(True, "0 of 3", "No test left out")
        return record

    def _told(self, record, user):
        """Whether ``user`` got a notice about ``record``."""
        messages = self.env["mail.message"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)]
        )
        return user.partner_id in messages.partner_ids | messages.notified_partner_ids
