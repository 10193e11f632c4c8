from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .common import tagged
from .plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestTrainingLinks(PlanCase):
    """Links to employees, written over the web client by people who are no HR users: Odoo 19
    lets nobody link what he may not read (TRN-3.2, TRN-4.2.1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office_admin = cls._person("office_admin", cls.dep_hr)
        cls._assign("training_administrator", cls.office_admin)
        cls.two = cls.author.employee_id | cls.colleague.employee_id

    def _save(self, record, user, field="employee_ids", people=None):
        """As the form does: the people one by one, and their names read back."""
        people = self.two if people is None else people
        mine = self._as(record, user)
        result = mine.web_save(
            {field: [[Command.LINK, employee.id, False] for employee in people]},
            {field: {"fields": {"display_name": {}}}},
        )
        return [row["display_name"] for row in result[0][field]]

    def test_need(self):
        """TRN-4.2.1: the head names who needs it, adds and takes away, and reads the names."""
        need = self._need()
        self.assertEqual(sorted(self._save(need, self.head)), ["Author", "Colleague"])
        self.assertEqual(need.people, 2)
        mine = self._as(need, self.head)
        mine.web_save(
            {"employee_ids": [[Command.UNLINK, self.author.employee_id.id, False]]},
            {"employee_ids": {}},
        )
        self.assertEqual(need.sudo().employee_ids, self.colleague.employee_id)
        created = self._as(self.env["itsms.training.need"], self.head).web_save(
            {
                "name": "New",
                "department_id": self.dep_dev.id,
                "employee_ids": [[Command.LINK, self.author.employee_id.id, False]],
            },
            {"employee_ids": {"fields": {"display_name": {}}}, "people": {}},
        )
        self.assertEqual(created[0]["employee_ids"][0]["display_name"], "Author")

    def test_onchange(self):
        """TRN-4.2.1: choosing people in the form counts them before it is saved."""
        form = self._as(self.env["itsms.training.need"], self.head)
        answer = form.onchange(
            {"employee_ids": [[Command.LINK, self.author.employee_id.id, False]]},
            ["employee_ids"],
            {"employee_ids": {"fields": {"display_name": {}}}, "people": {}},
        )
        self.assertEqual(answer["value"]["people"], 1)

    def test_plan_line(self):
        """TRN-4.2.2.1: a training administrator by role alone plans for people by name."""
        plan = self._plan(user=self.office_admin)
        self.assertEqual(len(self._save(plan.line_ids, self.office_admin)), 2)

    def test_request(self):
        """TRN-4.5.1: the head puts people on a training approval form."""
        request = self._request()
        mine = self._as(request, self.head)
        saved = mine.web_save(
            {"trainee_ids": [[Command.CREATE, 1, {"employee_id": self.author.employee_id.id}]]},
            {"trainee_ids": {"fields": {"employee_id": {"fields": {"display_name": {}}}}}},
        )
        names = [row["employee_id"]["display_name"] for row in saved[0]["trainee_ids"]]
        self.assertEqual(sorted(names), ["Author", "Colleague"])

    def test_needs_into_the_plan(self):
        """TRN-4.2.2.1: a training administrator by role alone takes up needs with their people."""
        need = self._need(year=self.year)
        self._save(need, self.head)
        self._as(need, self.head).action_report()
        plan = self._plan(user=self.office_admin, lines=())
        dialog = self._as(self.env["itsms.training.take.needs"], self.office_admin).create(
            {"plan_id": plan.id}
        )
        dialog.action_confirm()
        self.assertEqual(plan.sudo().line_ids.employee_ids, self.two)

    def test_foreign_people(self):
        """TRN-2 6.5: people of another company are linked nowhere."""
        _other, _user, stranger = self._stranger()
        stranger = self.env["hr.employee"].browse(stranger.id)
        for record in (self._need(), self._plan().line_ids):
            with self.subTest(model=record._name), self.assertRaises(UserError):
                self._save(
                    record, self.head if "need" in record._name else self.hr_head, people=stranger
                )
                self.env.flush_all()

    def test_private_data_stays_private(self):
        """COM-17: the link opens nothing: the head reads names, never personnel data, neither
        through the link nor by a context of his own."""
        need = self._need()
        self._save(need, self.head)
        mine = self._as(need, self.head)
        for context in ({}, {"_allow_read_hr_employee": True}, {"_allow_read_hr_employee": {}}):
            with self.assertRaises(AccessError):
                mine.with_context(**context).web_read(
                    {"employee_ids": {"fields": {"itsms_experience_since": {}}}}
                )
            with self.assertRaises(AccessError):
                mine.with_context(**context).employee_ids.read(["private_email"])
