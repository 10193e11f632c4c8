import json
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError

from odoo.addons.itsms_base.engine import guard

from .session_common import NOW, SessionCase, tagged

# the list of records of the procedure, in its order
TRN_6 = [
    ("training.plan", "年度培训计划"),
    ("training.session", "培训实施计划"),
    ("training.request", "培训审批表"),
    ("training.record", "培训记录表"),
    ("training.file", "员工培训档案"),
]


@tagged("post_install", "-at_install")
class TestTrainingRecords(SessionCase):
    """Record forms of the procedure, prints that carry their number, what is kept as a record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.itsms_hr_department_id = cls.dep_hr

    def _forms_in_force(self):
        """Every form of training is in force and has its code as number, for the prints."""
        Form = self.env["itsms.record.form"]
        document = self.env["itsms.document"].create(
            {
                "name": "Training",
                "company_id": self.company.id,
                "department_id": self.dep_hr.id,
                "category_id": self.env.ref("itsms_documents.itsms_document_category_procedure").id,
            }
        )
        forms = {}

        def in_force(_self, code, company=None):
            if code not in forms:
                forms[code] = Form.create(
                    {
                        "name": code,
                        "document_id": document.id,
                        "department_id": self.dep_hr.id,
                        "company_id": self.company.id,
                    }
                )
                guard.as_engine(forms[code]).number = f"ITSR-{code}"
            return forms[code].with_env(_self.env)

        return patch.object(type(Form), "_in_force", in_force)

    def _kept(self, source):
        return self.env["itsms.record"].search(
            [("res_model", "=", source._name), ("res_id", "=", source.id)]
        )

    def _content(self, record):
        frozen = record.current_version_id.attachment_ids.filtered(
            lambda a: a.mimetype == "application/json"
        )
        return json.loads(frozen.raw)

    def _mentoring(self):
        Mentoring = self.env["itsms.training.mentoring"].with_user(self.training_admin)
        with self._at(NOW):
            mentoring = Mentoring.create(
                {
                    "employee_id": self.colleague.employee_id.id,
                    "mentor_id": self.author.employee_id.id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                    "date_from": date(2031, 3, 1),
                    "goals": "Works alone at the desk",
                }
            )
            mentoring.action_start()
        return mentoring

    def _conclude(self, mentoring):
        with self._at("2031-06-01 08:00:00"):
            mentor = self._as(mentoring, self.author)
            for sheet in mentor.sheet_ids:
                sheet.write({"taught": f"Lesson {sheet.month}", "progress": "good"})
            mentor.write({"conclusion": "Knows the desk", "outcome": "fit"})
            mentor.action_conclude()

    # ------------------------------------------------------------ forms
    def test_forms_of_the_procedure(self):
        """TRN-6: the five records of the procedure are forms of the company, in its order; the
        rest of what it names comes after them."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["itsms.document"]._seed_procedures(self.company)
        forms = self.env["itsms.record.form"]._seed_forms(self.company)
        own = forms.with_context(lang="zh_CN").filtered(lambda f: f.document_id.serial == 3)
        self.assertEqual([(f.code, f.name) for f in own[:5]], TRN_6)
        self.assertIn("师徒三个月跟踪表", own.mapped("name"))
        self.assertEqual(own.mapped("serial"), list(range(1, len(own) + 1)))
        self.assertTrue(all("<table" in body for body in own.mapped("body")))

    # ------------------------------------------------------------ prints
    def test_prints_carry_the_number(self):
        """COM-24 TRN-6: every print of training carries the number of its form in force."""
        session, mentoring = self._closed(), self._mentoring()
        file = self._line(session, self.author).file_id
        Report = self.env["ir.actions.report"].with_user(self.training_admin)
        with self._forms_in_force():
            for name, code, record in (
                ("session", "session", session),
                ("record", "record", session),
                ("file", "file", file),
                ("mentoring", "mentoring", mentoring),
                ("plan", "plan", self.line.plan_id),
            ):
                report = f"itsms_training.report_training_{name}"
                html = Report._render_qweb_html(report, record.ids)[0].decode()
                self.assertIn(f"ITSR-training.{code}", html, name)

    def test_mentoring_sheet(self):
        """TRN-4.3.4.2c: the three months follow-up sheet with every month, outcome and signature
        block; for those only who may see the mentoring."""
        mentoring = self._mentoring()
        name = "itsms_training.report_training_mentoring"
        Report = self.env["ir.actions.report"]
        html = Report.with_user(self.author)._render_qweb_html(name, mentoring.ids)[0].decode()
        self.assertIn("Works alone at the desk", html)
        self._conclude(mentoring)
        html = Report.with_user(self.colleague)._render_qweb_html(name, mentoring.ids)[0].decode()
        for text in ("Lesson 1", "Lesson 3", "Knows the desk", "Fit for the post", "Apprentice"):
            self.assertIn(text, html)
        self.assertEqual(mentoring.concluded_by_id, self.author)
        with self.assertRaises(AccessError):
            Report.with_user(self.reader)._render_qweb_html(name, mentoring.ids)
        self.assertIn("Colleague", mentoring._form_footer())

    # ------------------------------------------------------------ records
    def test_closed_sessions_are_kept(self):
        """TRN-4.3.3 TRN-6: a filed session is a record, open to HR, with the results frozen."""
        record = self._kept(self._closed())
        self.assertEqual((record.state, record.secrecy), ("filed", "secret"))
        self.assertEqual(record.department_id, self.dep_hr)
        people = {line["employee"]: line["result"] for line in self._content(record)["attendance"]}
        self.assertEqual(people, {"Author": "passed", "Colleague": "passed"})
        self.assertFalse(self._as(record, self.colleague).search([("id", "=", record.id)]))

    def test_mentoring_is_kept(self):
        """TRN-4.3.4.2c: a concluded mentoring is a record with its sheets and its print."""
        mentoring = self._mentoring()
        self._conclude(mentoring)
        record = self._kept(mentoring)
        self.assertEqual(record.print_report, "itsms_training.action_report_training_mentoring")
        sheets = self._content(record)["sheets"]
        self.assertEqual(
            [sheet["taught"] for sheet in sheets], ["Lesson 1", "Lesson 2", "Lesson 3"]
        )

    def test_binding_is_kept(self):
        """TRN-4.6.1: what HR binds in a month is archived as a record, one for all people."""
        self._closed()
        Filing = self.env["itsms.training.filing"].with_user(self.training_admin)
        with self._at("2031-04-02 08:00:00"):
            filing = Filing.create({"date_from": date(2031, 3, 1), "company_id": self.company.id})
            filing.action_file()
        record = self._kept(filing)
        self.assertEqual(record.state, "filed")
        bound = [line["employee"] for line in self._content(record)["bound"]]
        self.assertEqual(bound, ["Author", "Colleague"])
        html = (
            self.env["ir.actions.report"]
            .with_user(self.training_admin)
            ._render_qweb_html("itsms_training.report_training_filing", filing.ids)[0]
        )
        self.assertIn(b"Incident handling", html)
        self.assertRegex(html, rb"Period</th>\s*<td><strong>2031-03-01")

    def test_file_of_who_leaves(self):
        """TRN-4.6.1: the training file of who leaves is closed and archived; he comes back, the
        file goes on, and leaving again leaves another record."""
        session = self._closed()
        file, employee = self._line(session, self.author).file_id, self.author.employee_id
        with self._at("2031-05-02 08:00:00"):
            employee.with_user(self.hr_head).action_archive()
        self.assertEqual(file.state, "closed")
        record = self._kept(file)
        self.assertEqual(
            [line["result"] for line in self._content(record)["trainings"]], ["passed"]
        )
        employee.with_user(self.hr_head).action_unarchive()
        self.assertEqual(file.state, "open")
        with self._at("2031-06-02 08:00:00"):
            employee.with_user(self.hr_head).action_archive()
        self.assertEqual(len(self._kept(file)), 2)
        with self.assertRaises(AccessError):
            file.with_user(self.hr_head).write({"state": "open"})
        with self.assertRaises(AccessError):
            file.with_user(self.hr_head).action_transition("reopen")
