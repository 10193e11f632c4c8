"""Two people at the same instant: one wins, the other gets a clear error (real cursors)."""

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.tools import mute_logger

from .approval_common import tagged
from .common import RaceCase

CHANGE = "itsms.parameter.change"


@tagged("post_install", "-at_install")
class TestApprovalConcurrency(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Concurrency", "CC")
        env = company.env
        office = cls._person(env, "office", "base.group_user,itsms_base.group_itsms_office")
        first, second, third = (cls._person(env, name) for name in ("first", "second", "third"))
        model_id = env["ir.model"]._get_id(CHANGE)
        group = env["res.groups"].create(
            {"name": "Race", "user_ids": [(6, 0, (first | second).ids)]}
        )
        member = {"source": "group", "group_id": group.id, "deadline_days": 0}
        routes = env["itsms.approval.route"]
        for value, lines in (
            ("1", [{**member, "rule": "any"}]),
            ("2", [{**member, "rule": "all"}, {"stage": 2, "source": "user",
                                               "user_id": third.id, "deadline_days": 0}]),
        ):  # fmt: skip
            routes |= routes.create(
                {
                    "name": f"Race {value}",
                    "model_id": model_id,
                    "company_id": company.id,
                    "condition": f"[('value', '=', '{value}')]",
                    "line_ids": [(0, 0, {"label": "approve", **line}) for line in lines],
                }
            )
        parameter = env["itsms.parameter"].search([("code", "=", "approval.reminder.days")])
        changes = env[CHANGE].with_user(office)
        for value in ("1", "1", "1", "1", "2"):
            changes |= changes.create(
                {
                    "parameter_id": parameter.id, "value": value, "reason": "Race",
                    "company_id": company.id,
                }
            )  # fmt: skip
        (changes[:2] | changes[3:]).action_submit()
        cls.ids = changes.ids
        cls.group_id = group.id
        cls.office, cls.first, cls.second, cls.third = (
            office.id, first.id, second.id, third.id
        )  # fmt: skip

    @classmethod
    def _clean_up(cls):
        super()._clean_up()
        with cls.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["res.groups"].browse(cls.group_id).unlink()

    def _change(self, cr, user, index):
        return self._env(cr, user)[CHANGE].browse(self.ids[index])

    def _states(self, index):
        with self.registry.cursor() as cr:
            change = self._change(cr, SUPERUSER_ID, index)
            lines = change.env["itsms.log"].search_count(
                [("res_model", "=", CHANGE), ("res_id", "=", change.id), ("kind", "=", "decision")]
            )
            steps = change.approval_step_ids
            return change.state, sorted(steps.mapped("state")), lines

    @mute_logger("odoo.sql_db")
    def test_while_the_other_is_at_work(self):
        """COM-5: who comes while another decides is told so and decides nothing."""
        with self._two("itsms_parameter_change") as (one, two):
            self._change(one, self.first, 0).action_approve()
            message = self._loses(two, self._change(two, self.second, 0).action_approve)
            self.assertIn("Somebody else is working", message)
            one.commit()
        self.assertEqual(self._states(0), ("approved", ["approved"], 1))

    @mute_logger("odoo.sql_db")
    def test_approval_against_rejection(self):
        """COM-5: who began before the other finished is tried again and then refused."""
        with self._two("itsms_parameter_change") as (one, two):
            self._change(one, self.first, 1).action_reject("no")
            one.commit()
            message = self._loses(two, self._change(two, self.second, 1).action_approve)
            self.assertIn("not waiting for a decision", message)
        self.assertEqual(self._states(1), ("rejected", ["rejected"], 1))

    @mute_logger("odoo.sql_db")
    def test_submitted_twice_at_once(self):
        """COM-2 COM-5: two submissions open one round."""
        with self._two("itsms_parameter_change") as (one, two):
            self._change(one, self.office, 2).action_submit()
            self._loses(two, self._change(two, self.office, 2).action_submit)
            one.commit()
            two.rollback()
            self._loses(two, self._change(two, self.office, 2).action_submit)
        self.assertEqual(self._states(2), ("pending", ["open"], 0))

    @mute_logger("odoo.sql_db")
    def test_decision_against_withdrawal(self):
        """COM-5: what was withdrawn in the same instant takes no decision."""
        with self._two("itsms_parameter_change") as (one, two):
            self._change(one, self.office, 3).action_withdraw()
            one.commit()
            self._loses(two, self._change(two, self.first, 3).action_approve)
        self.assertEqual(self._states(3), ("draft", ["cancelled"], 0))

    @mute_logger("odoo.sql_db")
    def test_both_signatures_of_all_open_the_next_stage(self):
        """COM-5: two who must both sign do so at once: neither is lost, the next stage opens."""
        with self._two("itsms_parameter_change") as (one, two):
            self._change(one, self.first, 4).action_approve()
            one.commit()
            second = self._change(two, self.second, 4)
            try:
                second.action_approve()
            except (SerializationFailure, ConcurrencyError):
                two.rollback()  # as the framework does, before it tries again
                second.action_approve()
            two.commit()
        self.assertEqual(self._states(4), ("pending", ["approved", "approved", "open"], 2))
