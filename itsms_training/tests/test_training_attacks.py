from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .session_common import END, NOW, START, SessionCase, tagged


@tagged("post_install", "-at_install")
class TestTrainingAttacks(SessionCase):
    """What a logged-in person may try over RPC: marks of colleagues, forged values (COM-2, 17)."""

    def test_marks_of_colleagues(self):
        """COM-17: by no model, group, export or search does one learn the mark of a colleague."""
        session = self._closed(name="Secret marks")
        line = self._line(session, self.colleague)
        me = self.author
        for model in ("itsms.training.attendance", "itsms.training.attempt"):
            Model = self._as(self.env[model], me)
            found = Model.search([])
            self.assertEqual(found.sudo().employee_id, me.employee_id, model)
            groups = Model.formatted_read_group([], ["employee_id"], ["score:avg", "__count"])
            self.assertEqual([group["__count"] for group in groups], [1], model)
            theirs = self.env[model].search([("employee_id", "=", line.employee_id.id)])
            other = Model.browse(theirs.ids)
            self.assertTrue(other)
            for act in (
                lambda o=other: o.read(["score"]),
                lambda o=other: o.web_read({"score": {}}),
                lambda o=other: o.export_data(["score"]),
                lambda o=other: o.copy_data(),
            ):
                with self.assertRaises(UserError):
                    act()
        # one's own mark is 80, the colleague's 90: nothing answers to more than 85
        for model, path in (
            ("itsms.training.session", "attendance_ids.score"),
            ("itsms.training.session", "attendance_ids.attempt_ids.score"),
            ("itsms.training.file", "attendance_ids.score"),
            ("hr.resume.line", "itsms_attendance_id.score"),
        ):
            Model = self._as(self.env[model], me)
            try:
                found = Model.search([(path, ">", 85)])
            except AccessError:
                continue
            self.assertFalse(found, path)
        mine = self._as(session, me)
        shown = mine.web_read({"attendance_ids": {"fields": {"score": {}}}})[0]["attendance_ids"]
        self.assertEqual([row["score"] for row in shown], [80])
        with self.assertRaises(AccessError):
            self._as(line.file_id, me).read(["obstacles"])

    def test_traces_of_marks(self):
        """COM-17: neither the evidence, nor the record that is kept, nor a message tells it."""
        session = self._closed()
        line = self._line(session, self.colleague)
        me = self.author
        attempts = line.sudo().attempt_ids
        Log = self._as(self.env["itsms.log"], me)
        for record in (line, attempts):
            found = Log.search([("res_model", "=", record._name), ("res_id", "in", record.ids)])
            self.assertFalse(found, record._name)
        self.assertFalse(
            self._as(self.env["itsms.record"], me).search([("res_model", "=", session._name)])
        )
        Attachment = self._as(self.env["ir.attachment"], me)
        self.assertFalse(Attachment.search([("res_model", "=", "itsms.record.version")]))
        bodies = self._as(session, me).message_ids.mapped("body")
        self.assertFalse([body for body in bodies if "90" in body])

    def test_forged_day(self):
        """TRN-4.3.1a: the day, the people and the hours that the rules count by are the system's:
        neither written, nor sent on creation, nor given as defaults of the context."""
        forged = {"day": "2031-12-01", "people": 0, "hours": 99}
        Session = self.env["itsms.training.session"].with_user(self.head)
        context = {f"default_{name}": value for name, value in forged.items()}
        with self._at(START - timedelta(days=1)):
            for session in (
                Session.create(self._values(**forged)),
                Session.with_context(**context).create(self._values()),
            ):
                session.write(forged)
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(session.day, START.date())
                self.assertEqual((session.people, session.hours), (2, 2))
                with self.assertRaisesRegex(UserError, "TRN-4.3.1a"):
                    session.action_submit()

    def test_forged_after_approval(self):
        """COM-2 COM-7: nor on an approved session."""
        session = self._approved()
        mine = self._as(session, self.head)
        mine.write({"day": "2031-12-01", "people": 0})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((session.day, session.people), (START.date(), 2))

    def test_forged_assessment(self):
        """TRN-4.3.5.2 COM-2: marks outside the range, a result, another person: not by defaults
        of the context either."""
        session = self._running()
        with self._at(START):
            self._as(session, self.author).action_sign_in()
        line = self._line(session, self.author)
        Attempt = self.env["itsms.training.attempt"].with_user(self.training_admin)
        context = {
            "default_score": 999,
            "default_passed": True,
            "default_day": "2040-01-01",
            "default_employee_id": self.colleague.employee_id.id,
            "default_number": 7,
        }
        with self._at(END):
            attempt = Attempt.with_context(**context).create({"attendance_id": line.id})
        self.assertEqual((attempt.score, attempt.passed, attempt.number), (0, False, 1))
        self.assertEqual(attempt.employee_id, self.author.employee_id)
        self.assertEqual(attempt.day, END.date())
        for vals in ({"passed": True}, {"score": 100}, {"state": "void"}):
            with self.assertRaises(AccessError):
                attempt.write(vals)
        with self.assertRaises(AccessError):
            self._as(line, self.training_admin).write({"result": "passed"})

    def test_forged_certificate(self):
        """TRN-4.4.2 COM-2: company and special work of a certificate follow the person and the
        kind; state and verification are the engine's."""
        kind = self._certificate_type(special_work=True)
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        certificate = self._certificate(self.author.employee_id, kind, issue=False)
        mine = self._as(certificate, self.training_admin)
        mine.write({"special_work": False, "company_id": other.id})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(certificate.special_work)
        self.assertEqual(certificate.company_id, self.company)
        for vals in ({"state": "valid"}, {"verified_by_id": self.training_admin.id}):
            with self.assertRaises(AccessError):
                mine.write(vals)

    def test_foreign_teacher(self):
        """COM-17: the name of somebody of another company is not learned by naming him teacher."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        self.env.user.company_ids |= other
        employee = self.env["hr.employee"].create({"name": "Unknown", "company_id": other.id})
        with self.assertRaises(AccessError):
            self._session(teacher_id=employee.id)
        session = self._session()
        with self.assertRaises(AccessError):
            self._as(session, self.head).write({"teacher_id": employee.id})

    def test_through_other_models(self):
        """COM-2: engine values are not written through the lists of other models."""
        need = (
            self.env["itsms.training.need"]
            .with_user(self.head)
            .create({"name": "Need", "department_id": self.dep_dev.id, "people": 1})
        )
        session = self._running()
        line = self._line(session, self.author)
        hr = self.training_admin
        for record, vals in (
            (self.line, {"need_ids": [Command.link(need.id)]}),
            (
                self.author.employee_id,
                {"itsms_attendance_ids": [Command.update(line.id, {"result": "passed"})]},
            ),
            (session, {"attendance_ids": [Command.update(line.id, {"score": 100})]}),
            (session, {"attendance_ids": [Command.delete(line.id)]}),
            (line, {"attempt_ids": [Command.create({"score": 100, "passed": True})]}),
        ):
            with self.assertRaises(UserError), self._at(NOW):
                self._as(record, hr).write(vals)
                self.env.flush_all()
