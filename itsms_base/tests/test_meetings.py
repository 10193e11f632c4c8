from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import ItsmsCase, tagged

DAY = datetime(2026, 5, 12, 1, 0)


@tagged("post_install", "-at_install")
class TestMeetings(ItsmsCase):
    """REV-4.7.1a, AUD-4.2.1: the sign-in sheet is evidence; nobody signs for others unseen."""

    def _meeting(self, user=None, **vals):
        people = vals.pop("people", self.head | self.reader)
        return (
            self.env["itsms.meeting"]
            .with_user(user or self.office)
            .create(
                {
                    "name": "Kick-off",
                    "place": "Room 301",
                    "date_start": DAY,
                    "date_end": DAY + timedelta(hours=2),
                    "chair_id": self.head.id,
                    "secretary_id": self.office.id,
                    "company_id": self.company.id,
                    "attendee_ids": [
                        fields.Command.create({"user_id": user.id, "required": True})
                        for user in people
                    ],
                    **vals,
                }
            )
        )

    def test_flow_with_evidence(self):
        """REV-4.7.1a: participants sign, the meeting is opened, closed, and stays as it was."""
        meeting = self._meeting()
        guest = self.env["itsms.meeting.attendee"].create(
            {"meeting_id": meeting.id, "name": "Mr Guest", "organisation": "Customer"}
        )
        with freeze_time(DAY - timedelta(hours=1)):
            self._as(meeting, self.reader).action_sign_in()
            line = meeting.attendee_ids.filtered(lambda a: a.user_id == self.reader)
            self.assertEqual((line.presence, line.signed_by_id), ("present", self.reader))
            self.assertEqual(line.department_id, self.dep_sales)
            self._as(guest, self.office)._mark("present", "Signed on paper")
            self.assertEqual((guest.signed_by_id, guest.reason), (self.office, "Signed on paper"))
            self.assertEqual(meeting.missing_names, "Head")
            self._as(meeting, self.head).action_open()
            self.assertEqual((meeting.state, meeting.opened_by_id), ("open", self.head))
            self._as(meeting, self.office).minutes = "<p>All agreed</p>"
            self._as(meeting, self.office).action_close()
        absent = meeting.attendee_ids.filtered(lambda a: a.user_id == self.head)
        self.assertEqual((meeting.state, absent.presence), ("held", "absent"))
        self.assertIn("signature", self._log_of(meeting).mapped("kind"))
        for vals in ({"minutes": "<p>Other</p>"}, {"name": "Other"}, {"attendee_ids": [(5,)]}):
            with self.assertRaises(UserError):
                self._as(meeting, self.office).write(vals)
        with self.assertRaisesRegex(UserError, "locked"):
            self._as(absent, self.office).role_text = "Boss"
        with self.assertRaises(UserError):
            self._as(meeting, self.office).unlink()

    def test_sign_in_refusals(self):
        """One signs for oneself, on the day, once, and not by direct entry."""
        meeting = self._meeting()
        mine = meeting.attendee_ids.filtered(lambda a: a.user_id == self.reader)
        with freeze_time(DAY - timedelta(days=1)), self.assertRaisesRegex(UserError, "day of the"):
            self._as(meeting, self.reader).action_sign_in()
        with freeze_time(DAY):
            with self.assertRaisesRegex(UserError, "not among the participants"):
                self._as(meeting, self.office).action_sign_in()
            for vals in ({"presence": "present"}, {"signed_at": DAY}, {"deputy_id": 1}):
                with self.assertRaises(AccessError):
                    self._as(mine, self.office).write(vals)
            with self.assertRaises(AccessError):
                self.env["itsms.meeting.attendee"].with_user(self.office).create(
                    {"meeting_id": meeting.id, "name": "Ghost", "presence": "present"}
                )
            forged = (
                self.env["itsms.meeting.attendee"]
                .with_user(self.office)
                .with_context(default_presence="present", default_signed_at=str(DAY))
                .create({"meeting_id": meeting.id, "name": "Ghost"})
            )
            self.assertEqual((forged.presence, forged.signed_at), ("expected", False))
            with self.assertRaisesRegex(UserError, "Say why"):
                self._as(mine, self.office)._mark("present", " ")
            before = freeze_time(DAY - timedelta(days=1))
            with before, self.assertRaisesRegex(UserError, "day of the"):
                self._as(mine, self.office)._mark("present", "Will surely come")
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self._as(mine, self.reader)._mark("present", "I am the boss")
            self._as(meeting, self.reader).action_sign_in()
            first = mine.signed_at
        with freeze_time(DAY + timedelta(minutes=5)):
            self._as(meeting, self.reader).action_sign_in()
            self.assertEqual(mine.signed_at, first)
            with self.assertRaisesRegex(UserError, "signed sheet"):
                self._as(mine, self.office).unlink()

    def test_deputy_signs(self):
        """Who is represented is named with his deputy, who signs himself."""
        meeting = self._meeting()
        line = meeting.attendee_ids.filtered(lambda a: a.user_id == self.head)
        with freeze_time(DAY):
            self._as(line, self.office)._mark("expected", "On a journey", self.colleague)
            self.assertFalse(self._as(meeting, self.head).can_sign_in)
            self.assertTrue(self._as(meeting, self.colleague).can_sign_in)
            self._as(meeting, self.colleague).action_sign_in()
        self.assertEqual((line.presence, line.signed_by_id), ("present", self.colleague))
        self.assertEqual(line.deputy_id, self.colleague)

    def test_open_and_close_refusals(self):
        """Opened on its day by chair or secretary, closed by who keeps the minutes."""
        meeting = self._meeting()
        with freeze_time(DAY - timedelta(days=2)), self.assertRaisesRegex(UserError, "on that day"):
            self._as(meeting, self.head).action_open()
        with freeze_time(DAY):
            with self.assertRaisesRegex(AccessError, "Chair or secretary"):
                self._as(meeting, self.reader).action_open()
            with self.assertRaisesRegex(UserError, "not possible"):
                self._as(meeting, self.office).action_close()
            self._as(meeting, self.head).action_open()
            with self.assertRaisesRegex(UserError, "has begun"):
                self._as(meeting, self.office).place = "Elsewhere"
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self._as(meeting, self.reader).action_close()
            with self.assertRaises(AccessError):
                self._as(meeting, self.office).write({"state": "held"})
            with self.assertRaisesRegex(AccessError, "system itself"):
                self._as(meeting, self.office).action_transition("close")
            with self.assertRaisesRegex(UserError, "reason"):
                self._as(meeting, self.office).action_transition("cancel")
            self._as(meeting, self.office).action_transition("cancel", "Fire alarm")
            with self.assertRaises(UserError):
                self._as(meeting, self.reader).action_sign_in()

    def test_who_sees_it(self):
        """COM-17: participants, chair, secretary, office and auditors; nobody else."""
        meeting = self._meeting(chair_id=self.author.id)
        for user in (self.head, self.reader, self.author, self.office, self.auditor):
            self.assertTrue(self._as(meeting, user).has_access("read"), user.login)
        self.assertFalse(self._as(meeting, self.colleague).has_access("read"))
        self.assertFalse(self._as(meeting.attendee_ids[0], self.colleague).has_access("read"))
        self.assertFalse(self._as(meeting, self.reader).has_access("write"))
        self.assertFalse(self._as(meeting, self.auditor).has_access("write"))
        self.assertTrue(self._as(meeting, self.author).has_access("write"))

    def test_two_companies(self):
        """COM-17: a meeting of another company does not exist; its people do not take part."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger", None, "itsms_base.group_itsms_office", other)
        meeting = self._meeting()
        self.assertFalse(self._as(meeting, stranger).has_access("read"))
        with self.assertRaisesRegex(UserError, "does not work for"):
            self._meeting(people=stranger)
        with self.assertRaisesRegex(UserError, "does not work for"):
            self._meeting(chair_id=stranger.id)

    def test_foreign_origin_is_refused(self):
        """A meeting is planned only for a record that holds meetings and that exists."""
        for model, res_id in (("res.users", self.head.id), ("itsms.log", 1)):
            with self.assertRaisesRegex(UserError, "is missing"):
                self._meeting(origin_model=model, origin_id=res_id)
        meeting = self._meeting()
        with self.assertRaisesRegex(UserError, "belongs where"):
            self._as(meeting, self.office).write({"origin_model": "res.users", "origin_id": 1})

    def test_my_work(self):
        """The first page shows where one is expected, until one has signed."""
        meeting = self._meeting()

        def shown(user):
            sections = self._as(self.env["itsms.my.work"], user).get_sections()["sections"]
            found = [s for s in sections if s["key"] == "meetings"]
            return [item["res_id"] for s in found for item in s["items"]]

        self.assertEqual(shown(self.reader), meeting.ids)
        self.assertEqual(shown(self.colleague), [])
        with freeze_time(DAY):
            self._as(meeting, self.reader).action_sign_in()
        self.assertEqual(shown(self.reader), [])

    def test_list_asks_a_fixed_number_of_queries(self):
        """200 meetings with their sheets are read with as many queries as 20."""
        meetings = self.env["itsms.meeting"]
        for _n in range(200):
            meetings |= self._meeting()
        names = ["display_name", "present_count", "attendee_count", "missing_names", "can_edit"]
        counts = []
        for size in (20, 200):
            some = self._as(meetings[:size], self.office)
            some.env["itsms.meeting"].search_count([])
            before = self.cr.sql_log_count
            some.read([*names, "origin_name", "log_count", "can_open"])
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)
