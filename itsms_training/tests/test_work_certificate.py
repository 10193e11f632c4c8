from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import TrainingCase, tagged


@tagged("post_install", "-at_install")
class TestWorkCertificate(TrainingCase):
    """TRN-4.4.2: verified with the proof, confirmed against the standard, issued by HR."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._itsms_today()
        cls.job = cls._job("Electrician")
        cls.types = cls._skill_type()
        cls.network = cls.types.skill_ids[0]
        cls.employee = cls.author.employee_id
        cls.employee.job_id = cls.job
        cls.kind = cls._certificate_type(validity_months=36)
        cls.Certificate = cls.env["itsms.work.certificate"]

    def setUp(self):
        super().setUp()
        self.standard = self._standard(
            self.job, [(self.network, "Good", True)], [self.kind], min_education="bachelor"
        )

    def _qualify(self, employee=None):
        employee = employee or self.employee
        employee.certificate = "bachelor"
        self._knows(employee, self.network, "Good")

    def test_issued_on_qualification(self):
        """TRN-4.4.2: qualified by education, experience and skills: HR issues; dates follow."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind)
        self.assertEqual(certificate.state, "valid")
        self.assertEqual(certificate.standard_id, self.standard)
        self.assertEqual(certificate.valid_from, self.today)
        self.assertEqual(
            certificate.valid_to, self.today + relativedelta(months=36) - timedelta(days=1)
        )
        self.assertEqual(certificate.verified_by_id, self.training_admin)
        self.assertEqual(certificate.issued_by_id, self.training_admin)
        self.assertRegex(certificate.number, r"^LH-ITSMS-SG-\d{4}-0001$")
        self.assertTrue(self._log_of(certificate).filtered(lambda x: x.state_to == "valid"))

    def test_not_qualified_is_refused(self):
        """TRN-4.4.2: who does not meet the standard gets none; the message names what lacks."""
        certificate = self._certificate(self.employee, self.kind, issue=False)
        certificate.action_verify()
        with self.assertRaisesRegex(UserError, "Network"):
            certificate.action_issue()
        self.assertEqual(certificate.state, "draft")

    def test_issue_without_verification_is_refused(self):
        """TRN-4.4.2: no proof, no verification, no certificate."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind, issue=False, evidence_file=False)
        with self.assertRaisesRegex(UserError, "no proof"):
            certificate.action_verify()
        with self.assertRaisesRegex(UserError, "nobody has verified"):
            certificate.action_issue()

    def test_change_after_verification(self):
        """TRN-4.4.2: what was changed after the verification is verified again."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind, issue=False)
        certificate.action_verify()
        certificate.write({"evidence_file": "b3RoZXI="})
        self.assertFalse(certificate.verified_by_id)
        with self.assertRaises(UserError):
            certificate.action_issue()

    def test_issued_on_assessment(self):
        """TRN-4.4.2: or theory and practice were passed; a failed one needs a make-up first."""
        self.kind.examination = True
        certificate = self._certificate(
            self.employee,
            self.kind,
            issue=False,
            assessed_on=self.today,
            theory_mark=90,
            practice_mark=55,
        )
        self.assertEqual(certificate.way, "assessment")
        certificate.action_verify()
        certificate.action_examine()
        with self.assertRaisesRegex(UserError, "make-up"):
            certificate.action_issue()
        certificate.practice_mark = 60
        certificate.action_verify()
        certificate.action_issue()
        self.assertEqual(certificate.state, "valid")

    def test_examination_cannot_be_avoided(self):
        """TRN-4.4.2: a kind that needs an examination is not issued on qualification."""
        self._qualify()
        self.kind.examination = True
        certificate = self._certificate(self.employee, self.kind, issue=False, way="qualification")
        certificate.action_verify()
        with self.assertRaisesRegex(UserError, "examination"):
            certificate.action_issue()

    def test_assessment_in_the_future(self):
        """TRN-4.4.2: nobody has passed tomorrow's examination."""
        certificate = self._certificate(
            self.employee,
            self.kind,
            issue=False,
            way="assessment",
            assessed_on=self.today + timedelta(days=1),
            theory_mark=90,
            practice_mark=90,
        )
        certificate.action_verify()
        with self.assertRaisesRegex(UserError, "future"):
            certificate.action_issue()

    @mute_logger("odoo.sql_db")
    def test_bad_input(self):
        """End before start, marks outside 0–100: refused by the database."""
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self._certificate(
                self.employee, self.kind, issue=False, valid_to=self.today - timedelta(days=1)
            )
        for marks in ({"theory_mark": 101}, {"practice_mark": -1}):
            with self.assertRaises(CheckViolation), self.cr.savepoint():
                self._certificate(self.employee, self.kind, issue=False, **marks)

    def test_term(self):
        """TRN-4.4.2: not longer than the kind allows, not over already."""
        self._qualify()
        certificate = self._certificate(
            self.employee, self.kind, issue=False, valid_to=self.today + timedelta(days=3000)
        )
        certificate.action_verify()
        with self.assertRaisesRegex(UserError, "36 months"):
            certificate.action_issue()
        certificate.write({"valid_from": "2020-01-01", "valid_to": "2021-01-01"})
        certificate.action_verify()
        with self.assertRaisesRegex(UserError, "ended"):
            certificate.action_issue()

    def test_standard_no_longer_in_force(self):
        """TRN-4.4.2: confirmed against a standard in force."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind, issue=False)
        self._as(self.standard, self.hr_head).action_transition("withdraw_standard", "gone")
        hr = self._as(certificate, self.training_admin)
        hr.action_verify()
        with self.assertRaisesRegex(UserError, "not in force"):
            hr.action_issue()

    def test_only_hr(self):
        """TRN-4.4.2: HR verifies and issues; not the employee, his head, the ITSMS office."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind, issue=False)
        for user in (self.author, self.head, self.office, self.manager, self.president):
            seen = self._as(certificate, user)
            for act in (seen.action_verify, seen.action_issue):
                with self.assertRaises(AccessError, msg=user.login):
                    act()
            with self.assertRaises(AccessError, msg=user.login):
                self._as(self.Certificate, user).create(
                    {"employee_id": self.employee.id, "type_id": self.kind.id}
                )

    def test_nobody_confirms_himself(self):
        """TRN-4.4.2: HR's own certificates are verified and issued by a colleague."""
        own = self.training_admin.employee_id
        self._qualify(own)
        certificate = self._certificate(own, self.kind, issue=False, standard=self.standard)
        with self.assertRaisesRegex(AccessError, "your own"):
            certificate.action_verify()
        other = self._as(certificate, self.hr_head)
        other.action_verify()
        with self.assertRaisesRegex(AccessError, "your own"):
            self._as(certificate, self.training_admin).action_issue()
        self._as(certificate, self.hr_head).action_issue()
        self.assertEqual(certificate.state, "valid")

    def test_forged_writes(self):
        """COM-2: neither state nor verification by hand; issued content is locked."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind, issue=False)
        for vals in (
            {"state": "valid"},
            {"verified_by_id": self.hr_head.id},
            {"issued_at": "2026-01-01"},
            {"number": "X"},
        ):
            with self.assertRaises(AccessError):
                certificate.write(vals)
            with self.assertRaises(AccessError):
                certificate.with_context(itsms_engine="x").write(vals)
        with self.assertRaises(AccessError):
            certificate.action_transition("expire")
        certificate.action_verify()
        certificate.action_issue()
        with self.assertRaisesRegex(UserError, "Renew"):
            certificate.write({"valid_to": self.today + timedelta(days=9999)})
        with self.assertRaises(UserError):
            certificate.unlink()

    def test_suspension_and_withdrawal(self):
        """TRN-4.4.1: suspended with a reason, lifted, withdrawn; then it never counts again."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind)
        with self.assertRaises(UserError):
            certificate.action_transition("suspend")
        certificate.action_transition("suspend", "Accident")
        self.assertEqual(certificate.state_reason, "Accident")
        self.assertFalse(self.Certificate._valid_for(self.employee)[self.employee.id])
        certificate.action_transition("resume", "Instructed again")
        self.assertEqual(self.Certificate._valid_for(self.employee)[self.employee.id], certificate)
        certificate.action_transition("withdraw_certificate", "Forged proof")
        with self.assertRaises(UserError):
            certificate.action_transition("resume", "please")
        with self.assertRaises(UserError):
            certificate.action_renew()

    @mute_logger("odoo.sql_db")
    def test_renewal(self):
        """TRN-4.4.2: the renewal follows without a gap and asks for a new proof."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind)
        renewal = certificate.browse(certificate.action_renew()["res_id"])
        self.assertEqual(certificate.action_renew()["res_id"], renewal.id)
        self.assertEqual(renewal.valid_from, certificate.valid_to + timedelta(days=1))
        self.assertEqual((renewal.renews_id, renewal.state), (certificate, "draft"))
        self.assertFalse(renewal.evidence_file)
        with self.assertRaises(UserError):
            renewal.action_verify()
        renewal.write({"evidence_file": "bmV3"})
        renewal.action_verify()
        renewal.action_issue()
        self.assertEqual(
            self.Certificate._valid_for(self.employee, renewal.valid_from)[self.employee.id],
            renewal,
        )
        self.assertEqual(self.Certificate._valid_for(self.employee)[self.employee.id], certificate)
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            draft = renewal.browse(renewal.action_renew()["res_id"])
            self.env.flush_all()
            self.env.cr.execute(
                "INSERT INTO itsms_work_certificate (renews_id, state, employee_id, type_id, way) "
                "SELECT renews_id, state, employee_id, type_id, way FROM itsms_work_certificate "
                "WHERE id = %s",
                [draft.id],
            )

    def test_who_reads(self):
        """COM-17: own, team, HR; nobody the certificates and marks of colleagues."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind)
        for user, may in (
            (self.author, True),
            (self.head, True),
            (self.hr_head, True),
            (self.auditor, True),
            (self.colleague, False),
            (self.reader, False),
            (self.office, False),
            (self.vp, False),
        ):
            with self.subTest(user=user.login):
                found = self._as(self.Certificate, user).search([("id", "=", certificate.id)])
                self.assertEqual(bool(found), may)
                if not may:
                    with self.assertRaises(AccessError):
                        self._as(certificate, user).read(["theory_mark", "practice_mark"])
                else:
                    self._as(certificate, user).read([])

    def test_two_companies(self):
        """COM-17: HR of another company sees none; a foreign employee or kind is refused."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind)
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger_hr", None, "hr.group_hr_user", other)
        self.assertFalse(self._as(self.Certificate, stranger).search([]))
        with self.assertRaises(AccessError):
            self._as(certificate, stranger).action_transition("suspend", "x")
        foreign = self._certificate_type("Foreign", company_id=other.id)
        with self.assertRaises(UserError):
            self._certificate(self.employee, foreign, issue=False)

    def test_resume_line_of_somebody_else(self):
        """TRN-4.4.2: the entry in the résumé is the person's own."""
        line = self.env["hr.resume.line"].create(
            {
                "employee_id": self.colleague.employee_id.id,
                "name": "Course",
                "date_start": "2024-01-01",
            }
        )
        with self.assertRaises(ValidationError):
            self._certificate(self.employee, self.kind, issue=False, resume_line_id=line.id)

    def test_who_left(self):
        """An archived person gets no certificate."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind, issue=False)
        certificate.action_verify()
        self.employee.active = False
        with self.assertRaisesRegex(UserError, "left"):
            certificate.action_issue()

    def test_nightly(self):
        """TRN-4.4.2: reminded once in time, expired the day after the last one, told again."""
        self._qualify()
        certificate = self._certificate(
            self.employee, self.kind, valid_to=self.today + timedelta(days=90)
        )
        self._assign("training_administrator", self.reader)
        with self.enter_registry_test_mode():
            cron = self.env.ref("itsms_training.ir_cron_work_certificates")
            cron.method_direct_trigger()
            self.assertFalse(certificate.reminded_at)
            with freeze_time(self.today + timedelta(days=31)):
                cron.method_direct_trigger()
                first = certificate.reminded_at
                self.assertTrue(first)
                messages = certificate.message_ids
                cron.method_direct_trigger()
                self.assertEqual(certificate.message_ids, messages)
            with freeze_time(self.today + timedelta(days=90)):
                cron.method_direct_trigger()
                self.assertEqual(certificate.state, "valid")
            with freeze_time(self.today + timedelta(days=92)):
                cron.method_direct_trigger()
                self.assertEqual(certificate.state, "expired")
                self.assertFalse(self.Certificate._valid_for(self.employee)[self.employee.id])
                cron.method_direct_trigger()
        self.assertEqual(
            len(self._log_of(certificate).filtered(lambda x: x.state_to == "expired")), 1
        )

    def test_expired_before_the_job_ran(self):
        """TRN-4.4.1: the date counts, not whether the nightly job ran."""
        self._qualify()
        self._certificate(self.employee, self.kind, valid_to=self.today + timedelta(days=10))
        later = self.today + timedelta(days=11)
        self.assertFalse(self.Certificate._valid_for(self.employee, later)[self.employee.id])
        with freeze_time(later + timedelta(days=1)):
            self.env.flush_all()
            self.env.invalidate_all()
            gaps = self.env["itsms.training.gap"]._gaps(self.employee)[self.employee.id]
            states = {g["state"] for g in gaps if g["kind"] == "certificate"}
            self.assertEqual(states, {"expired"})

    def test_two_hundred(self):
        """Speed: 200 certificates are verified in one go with few queries, all or nothing."""
        people = self.env["hr.employee"].create(
            [{"name": f"Worker {i}", "company_id": self.company.id} for i in range(200)]
        )
        certificates = self.Certificate.with_user(self.training_admin).create(
            [
                {
                    "employee_id": person.id,
                    "type_id": self.kind.id,
                    "standard_id": self.standard.id,
                    "way": "assessment",
                    "assessed_on": self.today,
                    "theory_mark": 80,
                    "practice_mark": 80,
                    "evidence_file": "cHJvb2Y=",
                }
                for person in people
            ]
        )
        self._as(certificates, self.training_admin).action_verify()
        self.env.flush_all()
        certificates = self._as(certificates, self.training_admin)
        before = self.cr.sql_log_count
        certificates.action_issue()
        self.env.flush_all()
        self.assertLess(self.cr.sql_log_count - before, 700)
        self.assertEqual(set(certificates.mapped("state")), {"valid"})

    def test_print(self):
        """TRN-4.4.2: the certificate to work on paper."""
        self._qualify()
        certificate = self._certificate(self.employee, self.kind)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("itsms_training.report_work_certificate", certificate.ids)[0]
            .decode()
        )
        for part in (certificate.number, "Author", "Electrician"):
            self.assertIn(part, html)


@tagged("post_install", "-at_install")
class TestSpecialWork(TrainingCase):
    """TRN-4.4.1, 6.5: nobody is assigned to special work without a certificate to work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._itsms_today()
        cls.job = cls._job("Electrician")
        cls.employee = cls.author.employee_id
        cls.role = cls.env.ref("itsms_base.itsms_role_internal_auditor")
        cls.kind = cls._certificate_type(
            job_ids=[(6, 0, cls.job.ids)], role_ids=[(6, 0, cls.role.ids)]
        )
        cls.Gap = cls.env["itsms.training.gap"]

    def _give(self, **vals):
        standard = self.env["itsms.job.standard"].search([("job_id", "=", self.job.id)])
        standard = standard or self._standard(self.job, min_education=False, experience_years=0.1)
        return self._certificate(
            self.employee,
            self.kind,
            standard=standard,
            way="assessment",
            assessed_on=self.today,
            theory_mark=100,
            practice_mark=100,
            **vals,
        )

    def test_role_without_certificate_is_refused(self):
        """TRN-4.4.1: appointed without a certificate: refused; with one: appointed."""
        with self.assertRaisesRegex(ValidationError, "Electrician"), self.cr.savepoint():
            self._assign("internal_auditor", self.author)
        self._give()
        self.assertTrue(self._assign("internal_auditor", self.author))

    def test_role_on_a_later_day(self):
        """TRN-4.4.1: the certificate is valid on the day the appointment begins."""
        self._give(valid_to=self.today + timedelta(days=30))
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self._assign("internal_auditor", self.author, date_from=self.today + timedelta(days=31))
        self._assign("internal_auditor", self.author, date_from=self.today + timedelta(days=30))

    def test_role_by_its_standard(self):
        """TRN-4.4.1: a standard in force of the role that asks for the certificate counts too."""
        self.kind.role_ids = False
        self._standard(certificates=[self.kind], role_ids=[(6, 0, self.role.ids)])
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self._assign("internal_auditor", self.author)

    def test_user_without_employee(self):
        """TRN-4.4.1: fail closed: who is no employee holds no certificate."""
        self.reader.employee_id.user_id = False
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self._assign("internal_auditor", self.reader)

    def test_change_of_a_planned_assignment(self):
        """TRN-4.4.1: no way round by changing role or person of a planned appointment."""
        later = self.today + timedelta(days=5)
        assignment = self._assign("lead_auditor", self.author, date_from=later)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            assignment.role_id = self.role

    def test_not_special_is_no_bar(self):
        """TRN-4.4.1: HR decides which types need one: without the mark it is a gap only."""
        self.kind.special_work = False
        self.assertTrue(self._assign("internal_auditor", self.author))

    def test_post_marks_not_allowed_to_work(self):
        """TRN-4.4.1: Odoo HR gives the post; the person is marked and HR is told."""
        self.employee.job_id = self.job
        hr = self._as(self.employee, self.hr_head)
        self.assertTrue(hr.itsms_barred)
        self.assertIn("Electrician", hr.itsms_barred_reason)
        self.assertIn(self.employee, hr.search([("itsms_barred", "=", True)]))
        self.assertNotIn(self.employee, hr.search([("itsms_barred", "=", False)]))
        rows = self._as(self.Gap, self.training_admin).search([("barred", "=", True)])
        self.assertEqual(rows.sudo().employee_id, self.employee)
        texts = " ".join(self.employee.message_ids.mapped("body"))
        self.assertIn("TRN-4.4.1", texts)
        self._give()
        self.assertFalse(self._as(self.employee, self.hr_head).itsms_barred)

    def test_company_may_refuse_the_post(self):
        """TRN-4.4.1: with the parameter on, the post itself is refused."""
        parameter = self._parameter("training.special.post.refused")
        parameter.sudo().write({"default_value": "yes"})
        with self.assertRaisesRegex(ValidationError, "TRN-4.4.1"), self.cr.savepoint():
            self.employee.job_id = self.job
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.env["hr.employee"].create(
                {"name": "New", "company_id": self.company.id, "job_id": self.job.id}
            )
        self._give()
        self.employee.job_id = self.job
        self.assertEqual(self.employee.job_id, self.job)

    def test_warning_while_choosing(self):
        """TRN-4.4.1: the form warns before it is saved."""
        employee = self.employee.new(origin=self.employee)
        employee.job_id = self.job
        self.assertIn("Electrician", employee._onchange_itsms_special_post()["warning"]["message"])

    def test_kinds_belong_to_hr(self):
        """TRN-4.4.1: HR decides which types of work need a certificate, nobody else."""
        for user in (self.reader, self.head, self.office, self.manager):
            with self.assertRaises(AccessError, msg=user.login):
                self._as(self.kind, user).write({"special_work": False})
            with self.assertRaises(AccessError, msg=user.login):
                self._as(self.kind, user).unlink()
        self._as(self.kind, self.hr_head).write({"special_work": False})

    def test_rules_of_the_labour_authority(self):
        """TRN-4.3.4.4: training for special posts follows the rules that the kind names."""
        self._as(self.kind, self.hr_head).write({"legal_basis": "Order 30, § 5"})
        self.assertEqual(self._as(self.kind, self.reader).legal_basis, "Order 30, § 5")
        self.assertIn("TRN-4.3.4.4", self.kind._fields["legal_basis"].help)
        text = self.env.ref("itsms_training.itsms_work_certificate_type_action").help
        self.assertIn("TRN-4.3.4.4", text)
