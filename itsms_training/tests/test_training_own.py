from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command

from odoo.addons.itsms_base.engine import guard

from .session_common import NOW, START, SessionCase, tagged


@tagged("post_install", "-at_install")
class TestTrainingOwn(SessionCase):
    """Employees find their own plan, file and certificates; managers their team's."""

    def _planned_for(self, employee_ids=None, target_department_ids=None):
        """The plan is in force already: written as the engine copies a revision."""
        line = guard.as_engine(self.line)
        if employee_ids is not None:
            line.employee_ids = employee_ids
        if target_department_ids is not None:
            line.target_department_ids = target_department_ids

    def _file(self, user, reader=None):
        employee = user.employee_id
        file = self.env["itsms.training.file"]._of(employee)[employee.id]
        return self._as(file, reader or user)

    def test_own_file(self):
        """TRN-4.2.2.2 TRN-4.6.1: plan, sessions, certificates and gaps of the person in one."""
        self._planned_for(employee_ids=self.author.employee_id)
        kind = self._certificate_type()
        self.author.employee_id.certificate = "graduate"
        standard = self._standard(self._job())
        self._certificate(self.author.employee_id, kind, standard=standard)
        self._approved()
        with self._at(NOW):
            file = self._file(self.author)
            self.assertEqual(file.planned_ids, self.line)
            self.assertEqual(file.certificate_ids.type_id, kind)
            self.assertEqual(file.next_day, START.date())
            self.assertFalse(self._file(self.colleague).certificate_ids)
            form = file.web_read(
                {
                    "planned_ids": {"fields": {"name": {}, "state": {}}},
                    "certificate_ids": {"fields": {"number": {}, "valid_to": {}}},
                    "outside_ids": {"fields": {"request_state": {}}},
                    "attendance_ids": {"fields": {"result": {}}},
                    "obstacles": {},
                }
            )
        self.assertEqual(form[0]["planned_ids"][0]["name"], "Incident handling")
        with self._at(START + timedelta(days=3)):  # nobody held it
            self.assertFalse(self._file(self.author).next_day)

    def test_planned_for_the_department(self):
        """TRN-4.2.2.2: where nobody is named, the training is for the whole department."""
        self._planned_for(target_department_ids=self.dep_sales)
        self.assertEqual(self._file(self.reader).planned_ids, self.line)
        self.assertFalse(self._file(self.author).planned_ids)
        self._planned_for(employee_ids=self.author.employee_id)
        self.env.invalidate_all()
        self.assertFalse(self._file(self.reader).planned_ids)

    def test_from_the_profile(self):
        """COM-17: from the preferences and from the own profile; not from a colleague's."""
        action = self._as(self.author, self.author).action_itsms_my_training()
        self.assertEqual(action["res_id"], self._file(self.author).id)
        other = self._as(self.colleague, self.author).action_itsms_my_training()
        self.assertEqual(other["res_id"], action["res_id"])
        Public = self._as(self.env["hr.employee.public"], self.author)
        own = Public.browse(self.author.employee_id.id)
        self.assertTrue(own.itsms_training_visible)
        self.assertEqual(own.action_itsms_training_file()["res_id"], action["res_id"])
        colleague = Public.browse(self.colleague.employee_id.id)
        self.assertFalse(colleague.itsms_training_visible)
        with self.assertRaises(AccessError):
            colleague.action_itsms_training_file()
        view = self.env["res.users"].get_view(self.env.ref("hr.res_users_view_form_preferences").id)
        self.assertIn("action_itsms_my_training", view["arch"])

    def test_my_work(self):
        """COM-15 TRN-4.2.2.2: My work names the training that is planned for me."""
        self.assertNotIn("training_my_plan", self._sections(self.author))
        self._planned_for(employee_ids=self.author.employee_id)
        self.assertEqual(self._sections(self.author)["training_my_plan"]["count"], 1)
        self.assertNotIn("training_my_plan", self._sections(self.colleague))

    def _sections(self, user):
        work = self._as(self.env["itsms.my.work"], user)
        return {section["key"]: section for section in work._sections() if section}

    def test_team(self):
        """COM-17 TRN-3.2: the head sees everybody of his departments, also who was in no training
        yet, and nobody else; a manager his people; who has no team nobody."""
        self.reader.employee_id.parent_id = self.teacher.employee_id
        Files = self.env["itsms.training.file"]
        for user, team in (
            (self.head, self.author | self.colleague),
            (self.teacher, self.reader),
            (self.author, self.env["res.users"]),
        ):
            action = self._as(Files, user).action_open_team()
            found = self._as(Files, user).search(action["domain"])
            self.assertEqual(found.sudo().employee_id.user_id, team, user.login)
        rows = self._as(Files, self.head).web_search_read(
            [("my_team", "=", True)],
            {"employee_id": {"fields": {"display_name": {}}}, "gap_count": {}, "next_day": {}},
        )
        self.assertEqual(rows["length"], 2)
        self.assertTrue(all(row["employee_id"]["display_name"] for row in rows["records"]))
        # somebody of another company stays out while that company is switched off
        other = self.env["res.company"].create({"name": "Other"})
        away = self.env["hr.employee"].create(
            {"name": "Away", "company_id": other.id, "parent_id": self.teacher.employee_id.id}
        )
        self._as(Files, self.teacher).action_open_team()
        self.assertFalse(Files.search([("employee_id", "=", away.id)]))

    def test_team_of_many(self):
        """COM-13: the list of a team of two hundred in a fixed number of queries."""
        people = self.env["hr.employee"].create(
            [
                {"name": f"P{n}", "company_id": self.company.id, "department_id": self.dep_dev.id}
                for n in range(200)
            ]
        )
        self.env["itsms.training.file"]._of(people)
        columns = {
            name: {} for name in ("trainings", "hours", "next_day", "gap_count", "not_allowed")
        }
        self._planned_for(employee_ids=[Command.set(people[:3].ids)])
        columns |= {"certificates_ending": {}, "obstacles": {}}
        counts = []
        for limit in (2, 150):
            files = self._as(self.env["itsms.training.file"], self.head)
            before = self.cr.sql_log_count
            files.web_search_read([("my_team", "=", True)], columns, limit=limit)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)
