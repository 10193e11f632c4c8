from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.tests.common import tagged

from .plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestTrainingNeeds(PlanCase):
    """Departments tell HR what training they need."""

    def test_fourth_quarter(self):
        """TRN-4.2.1: needs for next year are reported in the fourth quarter, later ones are
        marked late, earlier ones early."""
        for day, year, timing in (
            ("2031-10-01", 2032, "in_time"),
            ("2031-12-31", 2032, "in_time"),
            ("2031-09-30", 2032, "early"),
            ("2032-01-01", 2032, "late"),
        ):
            with self.subTest(day=day), freeze_time(f"{day} 10:00:00"):
                need = self._reported(year=year)
                self.assertEqual((need.state, need.timing), ("reported", timing))
                self.assertEqual(need.reported_by_id, self.head)

    def test_parameter_of_the_quarter(self):
        """TRN-4.2.1 COM-16: from which month on is a parameter, not fixed."""
        parameter = self._parameter("training.need.first.month")
        change = self._change(value="9", parameter_id=parameter.id)
        change.action_submit()
        self._as(change, self.mr).action_approve()
        with freeze_time("2031-09-30 10:00:00"):
            self.assertEqual(self._reported(year=2032).timing, "in_time")

    def test_duty_of_the_department(self):
        """TRN-4.2.1 COM-10: reporting fulfils the duty of this department, of no other."""
        Duty = self.env["itsms.duty"]
        kind = self.env.ref("itsms_training.itsms_duty_kind_training_need")
        self.assertEqual((kind.month, kind.per_department), (12, True))
        with freeze_time("2031-11-10 10:00:00"):
            Duty._open_missing()
            self._reported(year=2031)  # another need of the year that runs
            domain = [("kind_id", "=", kind.id), ("company_id", "=", self.company.id)]
            duties = {duty.department_id: duty for duty in Duty.search(domain)}
            self.assertFalse(duties[self.dep_dev].last_done_on)
            need = self._reported(year=2032)
            self.assertEqual(duties[self.dep_dev].last_done_on, fields.Date.to_date("2031-11-10"))
            self.assertEqual(duties[self.dep_dev].last_res_id, need.id)
            self.assertEqual(duties[self.dep_dev].next_due, fields.Date.to_date("2032-12-31"))
            self.assertFalse(duties[self.dep_sales].last_done_on)

    def test_no_training_needed(self):
        """TRN-4.2.1: a department that needs nothing reports that; no plan takes it up."""
        need = self._need(nothing_needed=True, people=0, name="Nothing", year=self.year)
        need.action_report()
        self.assertEqual(need.state, "reported")
        plan = self._plan(lines=())
        self.assertFalse(plan.open_need_count)

    def test_head_reports(self):
        """TRN-3.2 TRN-4.2.1: who works there may write a need, its head reports it."""
        need = self._need(user=self.author)
        with self._refused("head of", AccessError):
            need.action_report()
        self._as(need, self.head).action_report()
        self.assertEqual(need.state, "reported")

    def test_department_without_head(self):
        """TRN-4.2.1: where nobody heads the department, HR reports."""
        need = self._need(user=self.reader, department_id=self.dep_sales.id)
        with self.assertRaises(AccessError):
            need.action_report()
        self._as(need, self.training_admin).action_report()
        self.assertEqual(need.state, "reported")

    def test_people_are_named(self):
        """TRN-4.2.1: a need says who, or how many."""
        with self._refused("how many"):
            self._reported(people=0)
        need = self._need(people=None, employee_ids=[(6, 0, self.author.employee_id.ids)])
        self.assertEqual(need.people, 1)

    def test_reported_is_locked(self):
        """TRN-4.2.1 COM-7: what was reported is not rewritten."""
        need = self._reported()
        with self._refused("COM-7"):
            need.name = "Other"
        with self.assertRaises(UserError):
            need.unlink()

    def test_decline(self):
        """TRN-4.2.2.1: HR declines with a reason, the department hears of it."""
        need = self._reported()
        with self.assertRaises(AccessError):
            self._as(need, self.head).action_transition("decline", "No")
        with self.assertRaises(UserError):
            self._as(need, self.training_admin).action_transition("decline")
        self._as(need, self.training_admin).action_transition("decline", "Held last month")
        self.assertEqual((need.state, need.declined_reason), ("declined", "Held last month"))
        self.assertTrue(self._told(need, self.head))

    def test_attacks(self):
        """COM-2: state, timing and plan line are not written by hand, on no path."""
        need = self._need()
        for vals in (
            {"state": "reported"},
            {"timing": "in_time"},
            {"reported_by_id": self.head.id},
            {"source_key": "x"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                need.write(vals)
        with self.assertRaises(AccessError):
            self._need(state="taken_up")
        forged = self.env["itsms.training.need"].with_user(self.head)
        forged = forged.with_context(default_state="reported", itsms_engine=True)
        need = forged.create({"name": "x", "department_id": self.dep_dev.id, "people": 1})
        self.assertEqual(need.state, "draft")
        with self.assertRaises(UserError):
            need.action_transition("take_up")

    def test_rights(self):
        """TRN-3.2 COM-17: the department reads its needs, HR all; others nothing."""
        need = self._need()
        for user, reads, writes in (
            (self.author, True, False),
            (self.head, True, True),
            (self.training_admin, True, True),
            (self.president, True, False),
            (self.auditor, True, False),
            (self.reader, False, False),
            (self.finance, False, False),
        ):
            with self.subTest(user=user.name):
                mine = self._as(need, user)
                self.assertEqual(bool(mine.search([("id", "=", need.id)])), reads)
                self.assertEqual(mine.has_access("write"), writes)
        with self.assertRaises(AccessError):
            self._need(user=self.reader)

    def test_two_companies(self):
        """COM-17: needs of another company stay there."""
        _other, stranger, employee = self._stranger()
        need = self._need()
        self.assertFalse(self._as(need, stranger).search([("id", "=", need.id)]))
        with self.assertRaises(UserError):
            self._need(employee_ids=[(6, 0, employee.ids)])

    def test_propose_new_hires_once(self):
        """TRN-4.2.1: proposals come per department and topic, and not twice."""
        wizard = self._propose(hires=True)
        needs = self.env["itsms.training.need"].search(wizard.action_confirm()["domain"])
        self.assertEqual(needs.mapped("source"), ["hire"])
        self.assertEqual(needs.kind, "induction")
        staff = self.env["hr.employee"].search([("department_id", "=", self.dep_dev.id)])
        self.assertEqual(needs.employee_ids, staff)
        again = self._propose(hires=True).action_confirm()
        self.assertFalse(self.env["itsms.training.need"].search(again["domain"]))
        newcomer = self._person("newcomer", self.dep_dev)
        found = self.env["itsms.training.need"].search(
            self._propose(hires=True).action_confirm()["domain"]
        )
        self.assertEqual(found, needs)
        self.assertIn(newcomer.employee_id, needs.employee_ids)
        needs.with_user(self.head).action_report()
        self._person("later", self.dep_dev)
        found = self.env["itsms.training.need"].search(
            self._propose(hires=True).action_confirm()["domain"]
        )
        self.assertEqual((len(found.employee_ids), found == needs), (1, False))

    def _propose(self, user=None, department=None, **sources):
        none = dict.fromkeys(("gaps", "certificates", "documents", "hires"), False)
        return (
            self.env["itsms.training.propose.needs"]
            .with_user(user or self.head)
            .with_context(allowed_company_ids=self.company.ids)
            .create(
                {
                    "company_id": self.company.id,
                    "department_ids": [(6, 0, (department or self.dep_dev).ids)],
                    **none,
                    **sources,
                }
            )
        )

    def test_propose_documents(self):
        """TRN-4.2.1: a document that people are asked to read is proposed as a need."""
        rows = self._asked_to_read()
        wizard = self._propose(documents=True)
        needs = self.env["itsms.training.need"].search(wizard.action_confirm()["domain"])
        self.assertEqual(needs.mapped("source"), ["document"])
        self.assertEqual(needs.employee_ids.user_id, rows.user_id)

    def _asked_to_read(self):
        document = self.env["itsms.document"].create(
            {
                "name": "Backup",
                "category_id": self.env.ref("itsms_documents.itsms_document_category_procedure").id,
                "department_id": self.dep_dev.id,
                "company_id": self.company.id,
            }
        )
        revision = document.revision_ids[:1] or self.env["itsms.document.revision"].create(
            {"document_id": document.id}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_document_revision SET state = 'valid', publication_date = %s "
            "WHERE id = %s",
            (self.today, revision.id),
        )
        self.env.cr.execute(
            "UPDATE itsms_document SET state = 'in_force' WHERE id = %s", (document.id,)
        )
        self.env.cr.execute(
            "INSERT INTO itsms_document_acknowledgement (document_id, revision_id, company_id, "
            "user_id, department_id, kind, state, asked_at) VALUES (%s, %s, %s, %s, %s, 'read', "
            "'open', now()) RETURNING id",
            (
                document.id,
                revision.id,
                self.company.id,
                self.author.id,
                self.dep_dev.id,
            ),
        )
        row = self.env.cr.fetchone()[0]
        self.env.invalidate_all()
        return self.env["itsms.document.acknowledgement"].browse(row)

    def test_propose_gaps(self):
        """TRN-4.2.1: staff assessed against the job standards; schooling is no training need."""
        employee = self.author.employee_id
        gap = {"expires": False, "wanted": "B", "has": "A", "skill_id": 77, "type_id": 88}
        gaps = {
            employee.id: [
                {**gap, "kind": "skill", "what": "Networks"},
                {**gap, "kind": "certificate", "what": "Electrician"},
                {**gap, "kind": "education", "what": "Bachelor"},
            ]
        }
        self.patch(
            type(self.env["itsms.training.gap"]), "_gaps", lambda self, employees: dict(gaps)
        )
        wizard = self._propose(gaps=True, certificates=True)
        needs = self.env["itsms.training.need"].search(wizard.action_confirm()["domain"])
        self.assertEqual(
            {(n.name, n.source) for n in needs},
            {("Networks", "gap"), ("Electrician", "certificate")},
        )
        self.assertEqual(needs.employee_ids, employee)

    def test_propose_rights(self):
        """TRN-4.2.1: for the own departments; HR for all of its company."""
        with self._refused("its head or by HR", AccessError):
            self._propose(user=self.author, hires=True).action_confirm()
        with self.assertRaises(AccessError):
            self._propose(department=self.dep_sales, hires=True).action_confirm()
        self._propose(
            user=self.training_admin, department=self.dep_sales, hires=True
        ).action_confirm()
        wizard = self._propose(hires=True)
        with self.assertRaises(AccessError):
            self._as(wizard, self.colleague).action_confirm()

    def test_year_and_amounts(self):
        """TRN-4.2.1: nonsense is refused."""
        from psycopg2 import IntegrityError

        for vals in ({"year": 31}, {"people": -1}):
            with (
                self.subTest(vals=vals),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._need(**vals).flush_recordset()

    def test_many(self):
        """TRN-4.2.1: 200 needs are reported in a bounded number of queries."""
        few = many = self.env["itsms.training.need"].with_user(self.head).browse()
        for index in range(220):
            need = self._need(name=f"Topic {index}")
            few, many = (few | need, many) if index < 20 else (few, many | need)
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        few.action_report()
        self.env.flush_all()
        cost_few = self.env.cr.sql_log_count - start
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        many.action_report()
        self.env.flush_all()
        cost_many = self.env.cr.sql_log_count - start
        self.assertLess(cost_many, cost_few + 60)
