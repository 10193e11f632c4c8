"""Who may decide: offices, vacancies, archived people, companies, passwords."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"


@tagged("post_install", "-at_install")
class TestApprovalOffices(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mr_assignment = cls.env["itsms.role.assignment"].search(
            [("user_id", "=", cls.mr.id), ("role_id", "=", cls.role_mr.id)]
        )
        cls.today = cls.company._itsms_today()

    def _end(self, assignment, days):
        """Let the assignment end ``days`` from today, as if entered long ago."""
        self.env.cr.execute(
            "UPDATE itsms_role_assignment SET date_from = %s, date_to = %s WHERE id = %s",
            [
                self.today - timedelta(days=90),
                self.today + timedelta(days=days),
                assignment.id,
            ],
        )
        self.env.invalidate_all()

    # ------------------------------------------------------------ fails closed
    def test_no_route_no_submission(self):
        """COM-5: without a route nothing is submitted, and the message says where to set one."""
        self.env["itsms.approval.route"].search([]).active = False
        change = self._change()
        for user in self.attackers:
            message = self._refused(user, CHANGE, "action_submit", change.ids)
            self.assertIn("Approval routes", message)
            # an archived route is no route, whatever the client says about archived records
            self._refused(user, CHANGE, "action_submit", change.ids, context={"active_test": False})
        self.assertEqual(change.state, "draft")

    def test_archived_route_is_not_taken_by_context(self):
        """COM-5: an archived lax route is out of use for clients asking for archived records."""
        self._route(self._line(user=self.colleague), sequence=1, active=False)
        change = self._change()
        self._rpc(self.office, CHANGE, "action_submit", change.ids, context={"active_test": False})
        self.assertEqual(self._steps(change).approver_ids, self.mr)

    def test_route_without_lines(self):
        """COM-5: a route that asks nobody approves nothing."""
        self._route()
        with self.assertRaisesRegex(UserError, "COM-5"):
            self._change().action_submit()

    def test_condition_or_validity_that_fits_nothing(self):
        """COM-5: a condition or validity that shuts the record out leaves it unapprovable."""
        self.env["itsms.approval.route"].search([]).active = False
        route = self._route(self._line(), condition="[('value', '=', 'never')]")
        with self.assertRaisesRegex(UserError, "COM-5"):
            self._change().action_submit()
        route.write({"condition": "[]", "date_to": self.today - timedelta(days=1)})
        with self.assertRaisesRegex(UserError, "COM-5"):
            self._change().action_submit()
        route.write({"date_to": False, "date_from": self.today + timedelta(days=1)})
        with self.assertRaisesRegex(UserError, "COM-5"):
            self._change().action_submit()
        route.date_from = False
        change = self._change()
        change.action_submit()
        route.line_ids.unlink()
        self.assertEqual(change.state, "pending")
        self._refused(self.office, CHANGE, "action_approve", change.ids)

    def test_vacant_role_is_named(self):
        """COM-9: a vacant role is an error that names it, never a silent skip."""
        role = self.env["itsms.role"].create({"name": "Keeper of the seal", "code": "keeper"})
        self._route(self._line(stage=1), self._line(role=role, stage=2))
        with self.assertRaisesRegex(UserError, "Keeper of the seal.*COM-9"):
            self._change().action_submit()

    def test_office_ended_yesterday_or_begins_tomorrow(self):
        """COM-9: the office counts on its days only."""
        self._end(self.mr_assignment, -1)
        with self.assertRaisesRegex(UserError, "COM-9"):
            self._change().action_submit()
        self._assign("management_representative", self.vp, date_from=self.today + timedelta(days=1))
        with self.assertRaisesRegex(UserError, "COM-9"):
            self._change().action_submit()
        self._end(self.mr_assignment, 0)
        self._change().action_submit()

    def test_office_that_ended_decides_no_more(self):
        """COM-9: whose office ended during the approval does not decide nor hand over."""
        change = self._submitted()
        self._end(self.mr_assignment, -1)
        self._refused(self.mr, CHANGE, "action_approve", change.ids)
        step = self._steps(change)
        self._refused(
            self.mr, "itsms.approval.step", "action_hand_over", step.ids, self.colleague.id, "away"
        )
        self._assign("management_representative", self.vp)
        self.assertEqual(step.approver_ids, self.vp)
        self._as(change, self.vp).action_approve()
        self.assertEqual(change.state, "approved")

    def test_new_holder_is_told_and_the_old_one_released(self):
        """COM-9: a running step follows the office; its to-do does too."""
        change = self._submitted()
        self._end(self.mr_assignment, -1)
        self._assign("management_representative", self.vp)
        self.assertEqual(change.activity_ids.user_id, self.vp)

    def test_archived_role(self):
        """COM-9: archiving the role during an approval approves nothing."""
        change = self._submitted()
        self.role_mr.active = False
        self._refused(self.mr, CHANGE, "action_approve", change.ids)
        with self.assertRaisesRegex(UserError, "COM-9"):
            self._change().action_submit()
        self.assertEqual(change.state, "pending")

    def test_archived_user(self):
        """COM-9: an archived person is asked for nothing and decides nothing."""
        change = self._submitted()
        self.mr.active = False
        self._refused(self.mr, CHANGE, "action_approve", change.ids)
        with self.assertRaisesRegex(UserError, "COM-9"):
            self._change().action_submit()
        self._route(self._line(user=self.mr))
        with self.assertRaisesRegex(UserError, "COM-9"):
            self._change().action_submit()
        self.assertEqual(change.state, "pending")

    def test_group_and_field_sources(self):
        """COM-5: deciders of a group follow the group; a field of the record names people."""
        group = self.env["res.groups"].create({"name": "Council"})
        self._route(self._line(user=self.vp, source="group", group_id=group.id, user_id=False))
        with self.assertRaisesRegex(UserError, "Council"):
            self._change().action_submit()
        group.user_ids = self.colleague
        change = self._submitted()
        self.assertEqual(self._steps(change).approver_ids, self.colleague)
        group.user_ids = False
        self._refused(self.colleague, CHANGE, "action_approve", change.ids)
        with self.assertRaises(UserError):
            self._route(self._line(user=self.vp, source="field", field_name="reason"))

    # ------------------------------------------------------------ companies
    def test_record_of_another_company(self):
        """COM-5: neither record nor step of another company is read, submitted or decided."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        alien = self._person("alien", None, "itsms_base.group_itsms_manager", company=other)
        self._assign("management_representative", alien, company=other)
        change = self._submitted()
        step = self._steps(change)
        for method in ("action_approve", "action_reject", "action_withdraw", "action_submit"):
            self._refused(alien, CHANGE, method, change.ids)
            self._refused(
                alien, CHANGE, method, change.ids,
                context={"allowed_company_ids": [other.id, self.company.id]},
            )  # fmt: skip
        self._refused(alien, "itsms.approval.step", "read", step.ids, ["state"])
        self._refused(
            alien, "itsms.approval.step", "action_hand_over", step.ids, alien.id, "because"
        )
        self._refused(alien, CHANGE, "create", {
            "parameter_id": self._parameter().id, "value": "2", "reason": "x",
            "company_id": self.company.id,
        })  # fmt: skip
        # the office of the other company is no office here, even for a user of both companies
        alien.company_ids += self.company
        self._refused(alien, CHANGE, "action_approve", change.ids)
        self.assertEqual(change.state, "pending")

    def test_several_companies_switched_on(self):
        """COM-5: who works in two companies at once submits to people of one of them."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        self.office.company_ids += other
        change = self._change()
        both = (self.company | other).ids
        self._rpc(
            self.office, CHANGE, "action_submit", change.ids,
            context={"allowed_company_ids": both},
        )  # fmt: skip
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.state, "approved")

    def test_decider_must_be_able_to_open_the_record(self):
        """COM-5: a decider of another company could not open it, so submission is refused."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        alien = self._person("alien", None, company=other)
        self._route(self._line(user=alien))
        with self.assertRaisesRegex(UserError, "may not open it"):
            self._change().action_submit()

    # ------------------------------------------------------------ rights
    def test_reader_neither_submits_nor_decides(self):
        """COM-2: without write access nobody submits."""
        change = self._change()
        for user in (self.reader, self.author, self.auditor):
            self._refused(user, CHANGE, "action_submit", change.ids)
        change.action_submit()
        for user in (self.reader, self.author, self.auditor):
            self._refused(user, CHANGE, "action_approve", change.ids)

    # ------------------------------------------------------------ password
    @mute_logger("odoo.addons.base.models.res_users")
    def test_password_cannot_be_skipped(self):
        """COM-5: where a line asks for the password, nothing else opens the way."""
        self._route(self._line(password_required=True))
        change = self._submitted()
        contexts = (
            {},
            {"itsms_password": "itsms.mr"},
            {"password": "itsms.mr", "itsms_engine": True},
            {"default_password_required": False},
            {"password_required": False, "interactive": False, "uid": 1},
        )
        wrong = (None, False, "", " ", "wrong", "itsms.office", "itsms.president", "admin")
        for method in ("action_approve", "action_reject"):
            for context in contexts:
                for password in wrong:
                    self._refused(
                        self.mr, CHANGE, method, change.ids, "x", password, context=context
                    )
        vals = {"res_model": CHANGE, "res_ids": change.ids, "operation": "approve"}
        dialog = self._rpc(self.mr, "itsms.decision", "create", vals)
        self._refused(self.mr, "itsms.decision", "action_confirm", [dialog])
        self._refused(
            self.mr, "itsms.decision", "action_confirm", [dialog],
            context={"itsms_password": "wrong"},
        )  # fmt: skip
        self.assertEqual(self._steps(change).state, "open")
        self._rpc(
            self.mr, "itsms.decision", "action_confirm", [dialog],
            context={"itsms_password": "itsms.mr"},
        )  # fmt: skip
        self.assertEqual(change.state, "approved")

    @mute_logger("odoo.addons.base.models.res_users")
    def test_stand_in_confirms_with_his_own_password(self):
        """COM-5 COM-6: a stand-in's password is his own, never the absent person's."""
        self._route(self._line(password_required=True))
        self.env["itsms.stand.in"].with_user(self.mr).create(
            {
                "principal_id": self.mr.id,
                "substitute_id": self.vp.id,
                "company_id": self.company.id,
                "date_from": self.today,
                "date_to": self.today,
                "reason": "Leave",
            }
        )
        change = self._submitted()
        self._refused(self.vp, CHANGE, "action_approve", change.ids, None, "itsms.mr")
        self._rpc(self.vp, CHANGE, "action_approve", change.ids, None, "itsms.vp")
        self.assertEqual(change.state, "approved")

    def test_password_is_kept_nowhere(self):
        """COM-5: the password is in no step, no line and no dialog."""
        self._route(self._line(password_required=True))
        change = self._submitted()
        dialog = self._rpc(
            self.mr, "itsms.decision", "create",
            {"res_model": CHANGE, "res_ids": change.ids, "operation": "approve",
             "password": "itsms.mr"},
        )  # fmt: skip
        self._rpc(
            self.mr, "itsms.decision", "action_confirm", [dialog],
            context={"itsms_password": "itsms.mr"},
        )  # fmt: skip
        for table in ("itsms_decision", "itsms_approval_step", "itsms_log", "mail_message"):
            self.env.cr.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%itsms.mr%'")
            self.assertFalse(self.env.cr.fetchone()[0], table)

    def test_no_assigning_oneself_by_write(self):
        """COM-9: only the administrator appoints; nobody becomes approver through the back door."""
        change = self._submitted()
        for user in (self.office, self.author):
            self._refused(user, "itsms.role.assignment", "write", self.mr_assignment.ids,
                          {"user_id": user.id})  # fmt: skip
            with self.assertRaises(AccessError):
                self.env["itsms.approval.route"].with_user(user).create(
                    {
                        "name": "Mine",
                        "model_id": self.env["ir.model"]._get_id(CHANGE),
                    }
                )
        self._refused(
            self.manager, "itsms.role.assignment", "unlink", self.mr_assignment.ids,
            context={"_force_unlink": True},
        )  # fmt: skip
        self.assertEqual(change.state, "pending")
