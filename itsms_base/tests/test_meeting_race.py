"""A signature and the closing of the sheet at the same instant: nothing is lost or added late."""

from datetime import timedelta

from odoo import fields

from .common import RaceCase, tagged


@tagged("post_install", "-at_install")
class TestMeetingRace(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Meeting race", "MR")
        names = ("secretary", "first", "second")
        cls.users = {name: cls._person(company.env, name).id for name in names}
        env = company.env
        now = fields.Datetime.now()
        cls.meeting_ids = []
        for _n in range(2):
            meeting = env["itsms.meeting"].create(
                {
                    "name": "Race",
                    "company_id": company.id,
                    "date_start": now,
                    "date_end": now + timedelta(hours=1),
                    "chair_id": cls.users["secretary"],
                    "secretary_id": cls.users["secretary"],
                    "attendee_ids": [
                        (0, 0, {"user_id": cls.users[name], "required": True})
                        for name in ("first", "second")
                    ],
                }
            )
            meeting.with_user(cls.users["secretary"]).action_open()
            cls.meeting_ids.append(meeting.id)

    def _sign_in(self, cr, meeting_id, name):
        env = self._env(cr, self.users[name])
        env["itsms.meeting"].browse(meeting_id).action_sign_in()
        env.flush_all()

    def _close(self, cr, meeting_id):
        env = self._env(cr, self.users["secretary"])
        env["itsms.meeting"].browse(meeting_id).action_close()
        env.flush_all()

    def test_sign_in_while_it_is_closed(self):
        """REV-4.7.1a: who signs at the moment of the closing is refused, not lost unseen."""
        meeting_id = self.meeting_ids[0]
        with self._two("itsms_meeting_attendee") as (one, two):
            self._close(one, meeting_id)
            one.commit()
            message = self._loses(two, lambda: self._sign_in(two, meeting_id, "first"))
            self.assertIn("until it is closed", message)

    def test_two_sign_at_once(self):
        """REV-4.7.1a: two people sign at the same instant; neither waits for the other."""
        meeting_id = self.meeting_ids[1]
        with self.registry.cursor() as cr:
            self._sign_in(cr, meeting_id, "first")
        with self.registry.cursor() as cr:
            self._sign_in(cr, meeting_id, "second")
            meeting = self._env(cr)["itsms.meeting"].browse(meeting_id)
            self.assertEqual(set(meeting.attendee_ids.mapped("presence")), {"present"})
