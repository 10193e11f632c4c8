from freezegun import freeze_time

from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.tests import HttpCase

from .common import AuditCase, tagged

NOW = "2027-03-10 04:00:00"


class ExternalAuditorCase(AuditCase):
    def setUp(self):
        super().setUp()
        clock = freeze_time(NOW)
        clock.start()
        self.addCleanup(clock.stop)

    def _access(self, grant=True, **vals):
        access = (
            self.env["itsms.auditor.access"]
            .with_user(self.office)
            .create(
                {
                    "name": "Wei Zhang",
                    "body": "Certification body",
                    "login": "zhang@certifier.example",
                    "date_from": "2027-03-10",
                    "date_to": "2027-03-12",
                    "reason": "Certification audit",
                    "company_id": self.company.id,
                    **vals,
                }
            )
        )
        if grant:
            self._grant(access)
        return access

    def _grant(self, access, user=None):
        self.env.invalidate_all()
        access.with_user(user or self.mr).action_grant()


@tagged("post_install", "-at_install")
class TestExternalAuditor(ExternalAuditorCase):
    """COM-21: read-only, time-limited, histories yes, personal ratings and contacts no."""

    def test_management_representative_grants(self):
        """COM-21: the office asks, the management representative grants; nobody else."""
        access = self._access(grant=False)
        self.assertFalse(access.user_id)
        for user in (self.office, self.auditor, self.reader):
            with self.assertRaises(AccessError):
                self._grant(access, user)
        self._grant(access)
        self.assertEqual((access.state, access.granted_by_id), ("granted", self.mr))
        self.assertTrue(access.user_id.has_group("itsms_audit.group_itsms_external_auditor"))
        self.assertTrue(self._log_of(access).filtered(lambda x: x.state_to == "granted"))

    def test_grant_is_offered_to_who_grants(self):
        """COM-21: the button is there for the management representative only."""
        access = self._access(grant=False)
        self.assertTrue(access.with_user(self.mr).can_grant)
        self.assertFalse(access.with_user(self.office).can_grant)

    def test_invited(self):
        """COM-21: with the grant the person is invited to set a password, and starts on the
        coverage, in the language of the company; a returning one is invited again."""
        access = self._access()
        user = access.user_id.sudo()
        self.assertEqual(user.partner_id.signup_type, "signup")
        self.assertEqual(user.action_id, self._coverage_action())
        self.assertEqual(user.lang, "en_US")
        access.action_transition("end", "Over")
        self.assertFalse(user.partner_id.signup_type)
        self._access()
        self.assertEqual(user.partner_id.signup_type, "signup")

    def _coverage_action(self):
        action = self.env.ref("itsms_audit.itsms_clause_coverage_action")
        return self.env["ir.actions.actions"].browse(action.id)

    def test_does_not_work_the_coverage_out(self):
        """COM-21 COM-20: who reads only has nothing worked out again."""
        user = self._access().user_id
        with self.assertRaises(AccessError):
            self.env["itsms.clause.coverage"].with_user(user).action_update()

    def test_reads_evidence(self):
        """COM-21: an external auditor sees records, their histories and their approvals."""
        user = self._access().user_id
        change = self._change()
        change.action_submit()
        for record in (change, self._log_of(change), change.approval_step_ids):
            self.assertTrue(self._as(record, user).read(["display_name"]))

    def test_changes_nothing(self):
        """COM-21: no create, write, delete or message, whatever an employee may do."""
        user = self._access().user_id
        change = self._change()
        mine = self._as(change, user)
        with self.assertRaises(AccessError):
            mine.write({"reason": "Other"})
        with self.assertRaises(AccessError):
            mine.create({"parameter_id": change.parameter_id.id, "value": "3", "reason": "x"})
        with self.assertRaises(AccessError):
            mine.unlink()
        with self.assertRaises(AccessError):
            mine.message_post(body="Hello")
        with self.assertRaises(AccessError):
            mine.action_submit()
        # whatever other rights the user has or gets
        user.sudo().group_ids |= self.env.ref("base.group_partner_manager")
        with self.assertRaisesRegex(AccessError, "COM-21"):
            self._as(self.env["res.partner"], user).create({"name": "New"})

    def test_personal_data_is_closed(self):
        """COM-21: contact data beyond need is not read, searched, grouped or exported."""
        user = self._access().user_id
        partner = self.author.partner_id
        partner.phone = "139"
        mine = self._as(partner, user)
        with self.assertRaises(AccessError):
            mine.read(["phone"])
        with self.assertRaises(AccessError):
            mine.search([("phone", "=", "139")])
        with self.assertRaises(AccessError):
            mine.export_data(["phone"])
        with self.assertRaises(AccessError):
            mine._read_group([], ["phone"])
        self.assertNotIn("phone", mine.fields_get())
        self.assertTrue(mine.read(["name"]))

    def test_only_within_the_days(self):
        """COM-21: before the first and after the last day there is no signing in."""
        user = self._access(date_from="2027-03-11").user_id
        for moment, open_ in (
            ("2027-03-10 12:00:00", False),
            ("2027-03-11 04:00:00", True),
            ("2027-03-12 04:00:00", True),
            ("2027-03-13 04:00:00", False),
        ):
            with freeze_time(moment):
                if open_:
                    user._itsms_refuse_outside_access()
                else:
                    with self.assertRaises(AccessDenied):
                        user._itsms_refuse_outside_access()

    def test_ends_by_itself(self):
        """COM-21: the day after the last one the access is ended and the user switched off."""
        access = self._access()
        with freeze_time("2027-03-12 04:00:00"):
            self.env["itsms.auditor.access"]._cron_expire()
            self.assertEqual(access.state, "granted")
        with freeze_time("2027-03-13 04:00:00"):
            self.env["itsms.auditor.access"]._cron_expire()
            self.env["itsms.auditor.access"]._cron_expire()
        self.assertEqual(access.state, "ended")
        self.assertFalse(access.user_id.active)

    def test_ended_with_a_reason(self):
        """COM-21: the office ends an access early, with the reason as evidence."""
        access = self._access()
        with self.assertRaises(UserError):
            access.action_transition("end")
        access.action_transition("end", "The audit is over")
        self.assertFalse(access.user_id.active)
        self.assertIn("over", self._log_of(access)[-1].comment)

    def test_an_employee_is_never_turned_into_one(self):
        """COM-21: the sign-in of an employee is refused; a returning auditor gets the old user."""
        access = self._access(grant=False, login=self.author.login)
        with self.assertRaisesRegex(UserError, "COM-21"):
            self._grant(access)
        first = self._access()
        second = self._access(grant=False)
        with self.assertRaisesRegex(UserError, "COM-21"):
            self._grant(second)
        first.action_transition("end", "Over")
        self._grant(second)
        self.assertEqual(second.user_id, first.user_id)
        self.assertTrue(second.user_id.active)

    def test_granted_access_is_fixed(self):
        """COM-21: the days are not prolonged behind the management representative's back."""
        access = self._access()
        with self.assertRaisesRegex(UserError, "COM-21"):
            access.write({"date_to": "2028-01-01"})
        past = self._access(grant=False, login="a@b.example", date_from="2027-03-01")
        past.date_to = "2027-03-09"
        with self.assertRaisesRegex(UserError, "COM-21"):
            self._grant(past)

    def test_forged_context(self):
        """COM-21: no context key of a client opens anything."""
        user = self._access().user_id
        change = self._as(self._change(), user)
        for key in ("itsms_engine", "install_mode", "tracking_disable", "_force_unlink"):
            with self.assertRaises(AccessError):
                change.with_context(**{key: True}).write({"reason": "Other"})


@tagged("post_install", "-at_install")
class TestExternalAuditorSession(ExternalAuditorCase, HttpCase):
    """The limit of time holds for a session that is open already."""

    def test_open_session_ends(self):
        """COM-21: after the last day the next request of an open session is refused."""
        user = self._access().user_id
        user.sudo().password = "a long password"
        self.authenticate(user.login, "a long password")
        path = "/web/dataset/call_kw"
        good = {
            "params": {
                "model": "itsms.my.work",
                "method": "get_sections",
                "args": [],
                "kwargs": {},
            }
        }
        self.assertIn("result", self.url_open(path, json=good).json())
        with freeze_time("2027-03-13 04:00:00"):
            answer = self.url_open(path, json=good).json()
        self.assertIn("error", answer)
