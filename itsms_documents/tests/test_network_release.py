from odoo.exceptions import AccessError, UserError

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestNetworkRelease(DocumentCase):
    """The delivered routes, with the leader in charge of the ITSMS office at the end."""

    @classmethod
    def setUpClass(cls):
        # the other tests do without this step; here the delivered routes are what is tested
        super(DocumentCase, cls).setUpClass()
        cls.leader = cls._person("leader")

    def test_nothing_is_on_the_network_without_the_leader_of_the_office(self):
        """DOC-4.4.2.1 I-55: between approval and upload the leader in charge approves."""
        self._assign("vice_president", self.leader, self.dep_office)
        revision = self._approved()
        self.assertEqual(revision.state, "pending", "the President's approval is not the last step")
        self.assertIn("Leader", self._as(revision, self.author).next_actor)
        with self.assertRaises(UserError):
            self._as(revision, self.controller).action_publish()
        for user in (self.vp, self.president, self.mr, self.controller, self.office):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(revision, user).action_approve()
        self._as(revision, self.leader).action_approve()
        self.assertEqual(revision.state, "approved")
        with self.assertRaises(AccessError):
            self._as(revision, self.leader).action_publish()  # the controller uploads
        self._as(revision, self.controller).action_publish()
        self.assertEqual(revision.state, "valid")
        labels = revision.sudo().approval_step_ids.sorted("stage").mapped("label")
        self.assertEqual(labels, ["review", "approve", "release"])

    def test_every_kind_of_document_needs_it(self):
        """DOC-4.4.2.1: manual, procedures, supporting and external documents alike."""
        routes = self.env["itsms.approval.route"].search(
            [("model_name", "=", "itsms.document.revision")]
        )
        self.assertEqual(len(routes), 3)
        for route in routes:
            with self.subTest(route=route.name):
                last = route.line_ids.sorted(lambda x: (x.stage, x.sequence))[-1]
                self.assertEqual(
                    (last.label, last.role_id.code, last.department_source),
                    ("release", "vice_president", "office"),
                )
                self.assertFalse(last.optional)

    def test_the_leader_may_be_the_management_representative(self):
        """I-55: the leader may be the representative or another person; he signs once more."""
        self._assign("vice_president", self.mr, self.dep_office)
        revision = self._approved()
        self.assertEqual(revision.state, "pending")
        self._as(revision, self.mr).action_approve()
        self.assertEqual(revision.state, "approved")

    def test_vacant_office_is_refused_at_submission(self):
        """DOC-4.4.2.1 COM-9: nobody in charge of the office: the submission names the gap."""
        with self.assertRaisesRegex(UserError, "ITSMS office"):
            self._submitted()

    def test_rejected_release_goes_back_to_the_author(self):
        """DOC-4.4.2.1: what the leader does not release is not published."""
        self._assign("vice_president", self.leader, self.dep_office)
        revision = self._approved()
        self._as(revision, self.leader).action_reject("Not now")
        self.assertEqual(revision.state, "rejected")
        with self.assertRaises(UserError):
            self._as(revision, self.controller).action_publish()
