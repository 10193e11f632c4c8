from odoo.exceptions import AccessError

from .session_common import NOW, SessionCase, tagged


@tagged("post_install", "-at_install")
class TestTrainingPost(SessionCase):
    """People who change posts: today, on a day to come, on every path (TRN-4.3.4.6)."""

    def setUp(self):
        super().setUp()
        self.employee = self.reader.employee_id
        self._cancel(self._open())

    def _open(self):
        return self.env["itsms.training.induction"].search(
            [("employee_id", "=", self.employee.id), ("state", "=", "open")]
        )

    def _cancel(self, induction):
        induction._run_transition(induction._transition("cancel"), "Was there before")

    def _run_job(self, moment):
        cron = self.env.ref("itsms_training.ir_cron_training_posts")
        with self._at(moment), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _to_come(self, **vals):
        """HR enters a change for next Monday, as the form of Odoo HR does."""
        employee = self.employee.with_user(self.hr_head)
        with self._at(NOW):
            version = employee.create_version({"date_version": "2031-03-10"})
            employee.with_context(version_id=version.id).write(
                {"department_id": self.dep_dev.id, **vals}
            )
        return version

    def test_day_to_come(self):
        """TRN-4.3.4.6: entered for a day to come, opened on that day by the job, once."""
        self._to_come(job_id=self._job().id)
        self._run_job("2031-03-09 23:00:00")
        self.assertFalse(self._open())
        self._run_job("2031-03-10 00:30:00")
        self._run_job("2031-03-10 00:40:00")
        induction = self._open()
        self.assertEqual((induction.kind, induction.department_id), ("post_change", self.dep_dev))
        self.assertEqual(induction.job_id.name, "Engineer")
        self.assertEqual(str(induction.date), "2031-03-10")
        self._cancel(induction)
        self._run_job("2031-03-11 00:30:00")
        self.assertFalse(self._open())

    def test_with_the_job_of_odoo(self):
        """TRN-4.3.4.6: Odoo's own job, which changes the version of today, opens it as well."""
        self._to_come()
        with self._at("2031-03-10 00:05:00"):
            self.employee._cron_update_current_version_id()
        self.assertEqual(self._open().department_id, self.dep_dev)

    def test_change_that_was_withdrawn(self):
        """TRN-4.3.4.6: a change to come that HR takes back opens nothing."""
        version = self._to_come()
        with self._at(NOW):
            version.department_id = self.dep_sales
        self._run_job("2031-03-10 00:30:00")
        self.assertFalse(self._open())

    def test_version_written_directly(self):
        """TRN-4.3.4.6: also where only the version is written, by import or another module."""
        self.employee.current_version_id.with_user(self.hr_head).write(
            {"department_id": self.dep_dev.id}
        )
        self.assertEqual(self._open().kind, "post_change")

    def test_moved_again(self):
        """TRN-4.3.4.6: moved again before it is completed: the department that receives the
        person now trains him; the log tells."""
        self.employee.department_id = self.dep_dev
        induction = self._open()
        self.employee.department_id = self.dep_lab
        self.assertEqual(self._open(), induction)
        self.assertEqual(induction.department_id, self.dep_lab)
        self.assertEqual(self._log_of(induction)[-1].state_to, "Laboratory")

    def test_known_post_is_the_systems(self):
        """COM-17: the post that training knows is read by HR alone."""
        self.assertEqual(self.employee.itsms_post_department_id, self.dep_sales)
        with self.assertRaises(AccessError):
            self._as(self.employee, self.reader).read(["itsms_post_department_id"])

    def test_many(self):
        """COM-13 COM-14: two hundred people whose change comes on the same day."""
        people = self.env["hr.employee"].create(
            [
                {"name": f"P{n}", "company_id": self.company.id, "department_id": self.dep_dev.id}
                for n in range(200)
            ]
        )
        self.env["itsms.training.induction"].search([("employee_id", "in", people.ids)]).unlink()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hr_employee SET itsms_post_department_id = %s WHERE id = ANY(%s)",
            [self.dep_sales.id, people.ids],
        )
        self.env.invalidate_all()
        self._run_job("2031-03-10 00:30:00")
        opened = self.env["itsms.training.induction"].search([("employee_id", "in", people.ids)])
        self.assertEqual(len(opened), 200)
        self.assertEqual(set(opened.mapped("kind")), {"post_change"})
