import warnings

from odoo.exceptions import UserError

from .session_common import END, NOW, START, SessionCase, tagged


@tagged("post_install", "-at_install")
class TestTrainingFitness(SessionCase):
    """Whether a person may work in a post: asked by certificates, inductions, other modules."""

    def _obstacles(self, user, *args, by=None):
        employee = self.env["hr.employee"].with_user(by or self.reader).browse(user.employee_id.id)
        with self._at(END):
            found = employee._itsms_work_obstacles(*args)[employee.id]
        return [obstacle["kind"] for obstacle in found]

    def test_failed(self):
        """TRN-4.3.5.2a: who failed may not work until the make-up examination is passed; other
        modules ask it for whoever assigns the work."""
        session = self._finished(scores=(30, 80))
        self.assertEqual(self._obstacles(self.author), ["failed"])
        self.assertEqual(self._obstacles(self.colleague), [])
        employee = self.env["hr.employee"].with_user(self.reader).browse(self.author.employee_id.id)
        with self.assertRaisesRegex(UserError, "Author.*Incident handling.*TRN-4.3.5.2a"):
            employee._itsms_check_may_work()
        self._assess(self._line(session, self.author), 80)
        self.assertEqual(self._obstacles(self.author), [])
        employee._itsms_check_may_work()

    def test_special_work(self):
        """TRN-4.4.1: the post of today, a post to come, a day to come: never without a valid
        certificate."""
        job, other = self._job("Electrician"), self._job("Clerk")
        kind = self._certificate_type("Electrician", job_ids=[(6, 0, job.ids)])
        employee = self.author.employee_id
        employee.job_id = other
        employee.certificate = "graduate"
        standard = self._standard(job)
        self.assertEqual(self._obstacles(self.author), [])
        self.assertEqual(self._obstacles(self.author, job), ["certificate"])
        employee.job_id = job
        self.assertEqual(self._obstacles(self.author), ["certificate"])
        with self._at(NOW):
            self._certificate(employee, kind, standard=standard, valid_to="2031-03-10")
        self.assertEqual(self._obstacles(self.author), [])
        self.assertEqual(self._obstacles(self.author, job, "2031-03-11"), ["certificate"])
        self.assertEqual(self._obstacles(self.author, None, "2031-03-11"), ["certificate"])

    def test_no_certificate_before_passing(self):
        """TRN-4.4.2 TRN-4.3.5.2a: no certificate to work for who failed and did not make up."""
        session = self._finished(scores=(30, 80))
        job = self._job()
        self.author.employee_id.certificate = "graduate"
        standard = self._standard(job)
        kind = self._certificate_type(examination=False)
        with self._at(END):
            certificate = self._certificate(
                self.author.employee_id, kind, issue=False, standard=standard
            )
            certificate.action_verify()
            with self.assertRaisesRegex(UserError, "TRN-4.3.5.2a"):
                certificate.action_issue()
        self._assess(self._line(session, self.author), 80)
        with self._at(END):
            certificate.action_issue()
        self.assertEqual(certificate.state, "valid")

    def test_not_confirmed_without_certificate(self):
        """TRN-4.3.4.6 TRN-4.4.1: a change to special work is not confirmed without certificate."""
        job = self._job("Electrician")
        self._certificate_type("Electrician", job_ids=[(6, 0, job.ids)])
        induction = self.env["itsms.training.induction"].search(
            [("employee_id", "=", self.author.employee_id.id), ("state", "=", "open")]
        )
        induction.job_id = job
        with self.assertRaisesRegex(UserError, "TRN-4.4.1"):
            self._as(induction, self.training_admin).action_complete()

    def test_file_tells_why(self):
        """TRN-4.3.5.2a TRN-4.6.1: the training file says that and why, to the person too."""
        session = self._finished(scores=(30, 80))
        file = self._as(self._line(session, self.author).file_id, self.author)
        self.assertTrue(file.not_allowed)
        self.assertIn("Incident handling", file.obstacles)
        self.assertFalse(
            self._as(self._line(session, self.colleague).file_id, self.hr_head).obstacles
        )

    def test_two_hundred(self):
        """COM-13: two hundred people in a fixed number of queries."""
        session = self._finished(scores=(30, 80))
        people = self.env["hr.employee"].create(
            [{"name": f"P{n}", "company_id": self.company.id} for n in range(198)]
        )
        people |= session.sudo().employee_ids
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            found = people.with_user(self.reader)._itsms_work_obstacles()
        self.assertEqual(len(found), 200)
        self.assertEqual(sum(map(bool, found.values())), 1)

    def test_fields_can_be_traced(self):
        """COM-13: what a stored field depends on can be searched: Odoo warns of nothing."""
        names = [name for name in self.env if name.startswith("itsms.training.")]
        names = [name for name in names if not self.env[name]._abstract]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for name in names:
                for field in self.env[name]._fields.values():
                    list(field.resolve_depends(self.env.registry))

    def test_parts_follow(self):
        """TRN-4.3.4.2: what an induction still misses follows its parts at once."""
        induction = self.env["itsms.training.induction"].search(
            [("employee_id", "=", self.author.employee_id.id), ("state", "=", "open")]
        )
        with self._at(START):
            induction.date = START.date()
        self.assertIn("business training", induction.missing)
        session = self._finished(kind="induction", part="post", scores=(30, None))
        self.assertEqual(induction.post_result, "failed")
        self._assess(self._line(session, self.author), 90)
        self.assertEqual(induction.post_result, "passed")
        self.assertNotIn("business training", induction.missing)
