from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase

from .session_common import SessionCase, tagged


@tagged("post_install", "-at_install")
class TestSessionTour(SessionCase, HttpCase):
    """A training from the application to the archive, in a browser with five people."""

    browser_size = "1600,1000"

    def _tour(self, name, user, session, url=None):
        self.env.flush_all()
        form = f"/odoo/itsms-training-sessions/{session.id}"
        self.start_tour(url or form, f"itsms_training_session_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_session(self):
        """TRN-4.3.1 TRN-4.3.2 TRN-4.3.3 TRN-4.3.5.1: submit, approve, sign in, assess, evaluate,
        file."""
        now = fields.Datetime.now()
        vals = self._values(
            kind="post_change",
            plan_line_id=False,
            date_start=now + timedelta(days=5),
            date_end=now + timedelta(days=5, hours=2),
            employee_ids=[(6, 0, self.author.employee_id.ids)],
        )
        session = self.env["itsms.training.session"].with_user(self.head).create(vals)
        session = session.with_env(self.env)
        self._tour("submit", self.head, session)
        self._tour("approve", self.training_admin, session)
        self._tour("approve", self.hr_head, session)
        self.assertEqual(session.state, "approved")
        # the day of the training has come
        self._today(session)
        self._tour("start", self.training_admin, session)
        token = session.sudo().signin_token
        self._tour("phone", self.author, session, f"/itsms/training/signin/{token}")
        line = self._line(session, self.author)
        self.assertEqual((line.presence, line.signed_by_id), ("present", self.author))
        self._tour("assess", self.training_admin, session)
        self.assertEqual(line.result, "passed")
        self._tour("evaluate", self.head, session)
        self._tour("close", self.training_admin, session)
        self.assertEqual(session.state, "closed")

    def test_attendance(self):
        """TRN-4.3.2 TRN-4.3.5.2: the training administrator records attendance and result."""
        session = self._approved()
        self._today(session)
        self._as(session, self.training_admin).action_start()
        self._tour("attendance", self.training_admin, session)
        lines = session.sudo().attendance_ids
        self.assertEqual(set(lines.mapped("presence")), {"present"})
        self.assertEqual(lines.signed_by_id, self.training_admin)
        self.assertEqual(sorted(lines.mapped("score")), [0, 77])
        self.assertEqual(sorted(lines.mapped("result")), ["open", "passed"])

    def _today(self, session):
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsms_training_session SET date_start = %s, date_end = %s, day = %s"
            " WHERE id = %s",
            [now, now + timedelta(hours=2), now.date(), session.id],
        )
        self.env.invalidate_all()

    def test_sign_in_page(self):
        """TRN-4.3.2: the page signs in its reader only; strangers and odd codes get nothing."""
        session = self._approved(employee_ids=[(6, 0, self.author.employee_id.ids)])
        self._today(session)
        self._as(session, self.training_admin).action_start()
        token = session.sudo().signin_token
        url = f"/itsms/training/signin/{token}"
        self.env.flush_all()
        self.authenticate(self.reader.login, self.reader.login)
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 404)
        self.assertNotIn("Incident handling", answer.text)
        answer = self.url_open("/itsms/training/signin/" + "0" * 32)
        self.assertEqual(answer.status_code, 404)
        self.authenticate(self.author.login, self.author.login)
        answer = self.url_open(url)
        self.assertIn("Sign in as", answer.text)
        self.assertEqual(self._line(session, self.author).presence, "expected")
        answer = self.url_open(url, data={"x": "1"})  # without the token of the form
        self.assertEqual(answer.status_code, 400)
        self.env.invalidate_all()
        self.assertEqual(self._line(session, self.author).presence, "expected")
