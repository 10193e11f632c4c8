from datetime import date, datetime, time, timedelta

from freezegun import freeze_time

from odoo import fields

from .common import AuditCase

# people are appointed today: everything happens after that, whenever the tests run
PLANNED = datetime.combine(date.today(), time(2)) + timedelta(days=1)
ISSUED = PLANNED + timedelta(days=14)
START = PLANNED + timedelta(days=30)


class ReviewCase(AuditCase):
    """A management review on its way, step by step; times are frozen, no date rots."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales_head = cls._person("sales_head", cls.dep_sales)
        cls.dep_sales.manager_id = cls.sales_head.employee_id
        cls.heads = cls.head | cls.service_head | cls.sales_head
        cls.delegate = cls._person("delegate")

    def _review(self, user=None, **vals):
        start = vals.pop("date_start", START)
        return (
            self.env["itsms.management.review"]
            .with_user(user or self.office)
            .create(
                {
                    "name": "Management review 2026",
                    "company_id": self.company.id,
                    "date_start": start,
                    "date_end": start + timedelta(hours=3),
                    "schedule": "09:00 opening",
                    "place": "Room 301",
                    **vals,
                }
            )
        )

    def _messages(self, record, user):
        """Notices that ``user`` got about ``record``."""
        messages = self.env["mail.message"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)]
        )
        partner = user.partner_id
        return messages.filtered(lambda m: partner in m.partner_ids | m.notified_partner_ids)

    def _told(self, record, user):
        return bool(self._messages(record, user))

    def _approve(self, record, *users):
        for user in users:
            self._as(record, user).action_approve()

    def _approved(self, **vals):
        with freeze_time(PLANNED):
            review = self._review(**vals)
            self._as(review, self.office).action_submit()
            self._approve(review, self.mr, self.president)
        return review

    def _issued(self, on=ISSUED, **vals):
        review = self._approved(**vals)
        with freeze_time(on):
            self._as(review, self.office).action_issue()
        return review

    def _hand_in(self, review):
        """All reports are written, all inputs complete."""
        for line in review.sudo().statement_ids:
            author = self.mr if line.kind == "system" else line.department_id.manager_id.user_id
            own = self._as(line, author)
            own.write({"situation": "Fine", "problems": "None", "proposals": "More staff"})
            own.action_submit_statement()
        self._as(review, self.office).action_mark_all_ready()

    def _prepared(self, on=ISSUED, **vals):
        review = self._issued(on=on, **vals)
        with freeze_time(on + timedelta(days=1)):
            self._hand_in(review)
            self._as(review, self.mr).action_examine()
        return review

    def _sign_in(self, review, users=None):
        meeting = review.sudo().meeting_id
        people = self.president | self.mr | self.heads if users is None else users
        for user in people:
            self._as(meeting, user).action_sign_in()
        return meeting

    def _opened(self, start=START, **vals):
        vals.setdefault("date_start", start)
        vals.setdefault("on", start - timedelta(days=15))
        review = self._prepared(**vals)
        with freeze_time(start):
            meeting = self._sign_in(review)
            self._as(meeting, self.president).action_open()
        return review

    def _conclude(self, review):
        """Everything that the meeting has to say."""
        for line in review.sudo().statement_ids:
            self._as(line, self.office).action_present()
        for line in review.sudo().agenda_ids:
            self._as(line, self.office).write(
                {"found": "Seen", "conclusion": "Suitable", "verdict": "good"}
            )
        self._as(review.sudo().meeting_id, self.office).minutes = "<p>Discussed</p>"

    def _decide(self, review, **vals):
        return (
            self.env["itsms.management.review.decision"]
            .with_user(self.office)
            .create(
                {
                    "review_id": review.id,
                    "agenda_id": review.sudo().agenda_ids[1].id,
                    "problem": "Too few people at night",
                    "name": "Hire two engineers",
                    "department_id": self.dep_service.id,
                    "owner_id": self.service_head.id,
                    "due_on": fields.Date.add(review.sudo().day, months=2),
                    **vals,
                }
            )
        )

    def _held(self, start=START, **vals):
        review = self._opened(start, **vals)
        with freeze_time(start + timedelta(hours=2)):
            self._conclude(review)
            self._decide(review)
            self._as(review.sudo().meeting_id, self.office).action_close()
        return review

    def _report(self, review, start=START):
        with freeze_time(start + timedelta(days=1)):
            self._as(review, self.office).action_write_report()
            report = review.sudo().report_ids.with_user(self.office)
            report.write(
                {
                    name: value
                    for kind in ("suitability", "adequacy", "effectiveness")
                    for name, value in ((kind, "yes"), (f"{kind}_text", "As the figures say"))
                }
            )
        return report

    def _reported(self, start=START, **vals):
        review = self._held(start, **vals)
        report = self._report(review, start)
        with freeze_time(start + timedelta(days=2)):
            self._as(report, self.office).action_submit()
            self._as(report, self.president).action_approve()
            self._as(report, self.office).action_issue()
        return review

    def _settle(self, review, on):
        """The action of the review is done and verified by the ITSMS office."""
        with freeze_time(on):
            for action in review.sudo().action_ids:
                self._as(action, self.service_head).action_finish("Two people were hired")
                self._as(action, self.office).action_verify("Contracts seen; waiting time halved")

    def _archived(self, start=START, **vals):
        review = self._reported(start, **vals)
        self._settle(review, start + timedelta(days=30))
        with freeze_time(start + timedelta(days=31)):
            self._as(review, self.office).action_archive_review()
        return review
