"""A signature and the closing of the sheet at the same instant: nothing is lost or added late."""

from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name

from .common import TwoCursors


@tagged("post_install", "-at_install")
class TestMeetingRace(TwoCursors, BaseCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            cls._create(api.Environment(cr, SUPERUSER_ID, {}))

    @classmethod
    def _create(cls, env):
        company = env["res.company"].create({"name": "Meeting race", "itsms_code": "MR"})
        cls.company_id = company.id
        context = {"allowed_company_ids": company.ids, "tracking_disable": True}
        env = env(context={**context, "mail_create_nolog": True, "mail_create_nosubscribe": True})
        cls.users = {}
        for name in ("secretary", "first", "second"):
            user = new_test_user(
                env,
                login=f"itsms.meetingrace.{name}",
                groups="base.group_user",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                email=False,
            )
            cls.users[name] = user.id
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

    @classmethod
    def _clean_up(cls):
        """Remove what was committed, below the triggers that keep evidence."""
        if not hasattr(cls, "company_id"):
            return
        company = [cls.company_id]
        with cls.registry.cursor() as cr:
            cr.execute("ALTER TABLE itsms_log DISABLE TRIGGER USER")
            cr.execute("DELETE FROM itsms_log WHERE company_id = %s", company)
            cr.execute("ALTER TABLE itsms_log ENABLE TRIGGER USER")
            for rows, column in (("mail_message", "model"), ("mail_followers", "res_model")):
                cr.execute(
                    f"DELETE FROM {rows} WHERE {column} = 'itsms.meeting' AND res_id IN "
                    "(SELECT id FROM itsms_meeting WHERE company_id = %s)",
                    company,
                )
            cr.execute("DELETE FROM itsms_meeting WHERE company_id = %s", company)
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            users = env["res.users"].browse(cls.users.values())
            partners = users.partner_id | env["res.company"].browse(company).partner_id
            users.unlink()
            env["res.company"].browse(company).unlink()
            partners.exists().unlink()

    def _sign_in(self, cr, meeting_id, name):
        env = api.Environment(cr, self.users[name], {"allowed_company_ids": [self.company_id]})
        env["itsms.meeting"].browse(meeting_id).action_sign_in()
        env.flush_all()

    def _close(self, cr, meeting_id):
        uid = self.users["secretary"]
        env = api.Environment(cr, uid, {"allowed_company_ids": [self.company_id]})
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
            meeting = api.Environment(cr, SUPERUSER_ID, {})["itsms.meeting"].browse(meeting_id)
            self.assertEqual(set(meeting.attendee_ids.mapped("presence")), {"present"})
