"""Steps that are taken when necessary, and roles looked up for another department."""

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"
REQUIRE = "action_require_optional_steps"


@tagged("post_install", "-at_install")
class TestApprovalOptional(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.route = cls._route(
            cls._line(role=cls.role_mr, stage=1, label="confirm"),
            cls._line(role=cls.role_president, stage=2, optional=True),
        )

    def _states(self, record):
        return self._steps(record).mapped("state")

    def test_optional_step_is_not_asked_by_itself(self):
        """COM-5 DOC-4.4.2.3b: a step “when necessary” that nobody asked for holds nothing up."""
        change = self._submitted()
        self.assertEqual(self._states(change), ["open", "optional"])
        self.assertNotIn("President", change.next_actor)
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.state, "approved")
        self.assertEqual(self._states(change), ["approved", "optional"])
        self.assertEqual(len(change._approval_signatures()), 2)  # preparer and representative

    def test_switched_on_it_cannot_be_passed_over(self):
        """COM-5 DOC-4.4.2.3b: once on, the step decides like every other."""
        change = self._submitted()
        self._rpc(self.mr, CHANGE, REQUIRE, change.ids, "worth it")
        self.assertEqual(self._states(change), ["open", "waiting"])
        self.assertIn("worth it", self._log_of(change)[-1:].comment)
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.state, "pending")
        self._refused(self.mr, CHANGE, "action_approve", change.ids)
        self._as(change, self.president).action_approve()
        self.assertEqual(change.state, "approved")

    def test_only_the_decider_or_the_office_switches_on(self):
        """COM-5: readers, the preparer and later deciders do not change the chain."""
        change = self._submitted()
        for user in (self.reader, self.author, self.president, self.auditor):
            with self.subTest(user=user.login):
                self._refused(user, CHANGE, REQUIRE, change.ids)
        self.assertEqual(self._states(change), ["open", "optional"])
        self._rpc(self.office, CHANGE, REQUIRE, change.ids)
        self.assertEqual(self._states(change), ["open", "waiting"])

    def test_nothing_to_switch_on(self):
        """COM-5: not twice, and not after the last decision."""
        change = self._submitted()
        self._rpc(self.mr, CHANGE, REQUIRE, change.ids)
        self.assertIn("no further step", self._refused(self.mr, CHANGE, REQUIRE, change.ids))
        other = self._submitted()
        self._as(other, self.mr).action_approve()
        self._refused(self.office, CHANGE, REQUIRE, other.ids)

    def test_vacant_optional_role_stops_nobody_before_it_is_wanted(self):
        """COM-9: the gap is an error when the step is asked for, not before."""
        role = self.env["itsms.role"].create({"name": "Nobody", "code": "nobody"})
        self.route.line_ids.filtered("optional").role_id = role
        change = self._submitted()
        self.assertIn("COM-9", self._refused(self.mr, CHANGE, REQUIRE, change.ids))
        self._as(change, self.mr).action_approve()
        self.assertEqual(change.state, "approved")

    def test_route_of_optional_steps_only_approves_nothing(self):
        """COM-5: fails closed where every step is optional."""
        self.route.line_ids.write({"optional": True})
        change = self._change()
        self._refused(self.office, CHANGE, "action_submit", change.ids)
        self.assertEqual(change.state, "draft")

    def test_optional_step_of_an_open_stage_opens_at_once(self):
        """COM-5: a step asked for beside the running one decides side by side."""
        self.route.line_ids.filtered("optional").stage = 1
        change = self._submitted()
        self._rpc(self.mr, CHANGE, REQUIRE, change.ids)
        self.assertEqual(self._states(change), ["open", "open"])


@tagged("post_install", "-at_install")
class TestApprovalDepartments(ApprovalCase):
    def _deciders(self, **line):
        self._route({"stage": 1, "label": "approve", **line})
        change = self._submitted()
        return self._steps(change).approver_ids, change

    def test_role_for_the_itsms_office(self):
        """DOC-4.4.2.1: the leader in charge of the ITSMS office, not of the record's department."""
        self._assign("vice_president", self.president, self.dep_office)
        role = self.env.ref("itsms_base.itsms_role_vice_president")
        deciders, change = self._deciders(
            source="role", role_id=role.id, department_source="office"
        )
        self.assertEqual(deciders, self.president)
        self._as(change, self.president).action_approve()
        self.assertEqual(change.state, "approved")

    def test_head_of_the_printing_department(self):
        """REC-4.1.5: the head of the printing department decides, whoever asks."""
        self.company.itsms_printing_department_id = self.dep_sales
        self.dep_sales.manager_id = self.reader.employee_id
        deciders, _change = self._deciders(source="department_head", department_source="printing")
        self.assertEqual(deciders, self.reader)

    def test_missing_department_fails_closed(self):
        """COM-9: no printing department named, nobody to decide: refused at submission."""
        self._route(
            {
                "stage": 1,
                "label": "approve",
                "source": "department_head",
                "department_source": "printing",
            }
        )
        change = self._change()
        self.assertIn("COM-9", self._refused(self.office, CHANGE, "action_submit", change.ids))

    def test_head_of_the_applicants_department(self):
        """REC-4.6.1: the head of the applicant's own department."""
        self.dep_office.manager_id = self.mr.employee_id
        deciders, _change = self._deciders(source="department_head", department_source="applicant")
        self.assertEqual(deciders, self.mr)

    def test_route_says_whose_head_it_means(self):
        """COM-5: the chain in words names the department."""
        route = self._route(
            {
                "stage": 1,
                "label": "release",
                "source": "department_head",
                "department_source": "office",
            }
        )
        self.assertEqual(route.chain, "Release: Department head (ITSMS office)")
