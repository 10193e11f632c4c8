from contextlib import contextmanager
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard

from .common import AuditCase


class ProgrammeCase(AuditCase):
    """Programmes and audits on every step of their way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dep_service.manager_id = cls.service_head.employee_id
        cls.today = cls.company._itsms_today()
        cls.year = cls.today.year
        cls._qualify(cls.lead, cls.auditor_dev, cls.auditor_sales)

    @contextmanager
    def _refused(self, words, error=UserError):
        """Refused with these words; what was written before the refusal is undone."""
        with self.assertRaises(error) as caught:
            yield
        self.assertRegex(str(caught.exception), words)

    def _stranger(self):
        """Another company and somebody of its ITSMS office."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        return other, self._person("stranger", None, "itsms_base.group_itsms_office", company=other)

    def _told(self, record, user):
        """Whether ``user`` got a notice about ``record``."""
        messages = self.env["mail.message"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)]
        )
        return user.partner_id in messages.partner_ids | messages.notified_partner_ids

    # ------------------------------------------------------------ programme
    def _programme(self, user=None, lines=({},), **vals):
        line = {
            "department_id": self.dep_service.id,
            "clause_ids": [fields.Command.set(self._clauses("7.5.3", "8.6.1").ids)],
            "month": "05",
        }
        vals = {
            "company_id": self.company.id,
            "year": self.year,
            "line_ids": [fields.Command.create({**line, **extra}) for extra in lines],
            **vals,
        }
        return self.env["itsms.audit.programme"].with_user(user or self.office).create(vals)

    def _full_programme(self, **vals):
        """A programme without gaps."""
        clauses = self.env["itsms.clause"]._auditable()
        departments = self.env["itsms.audit.programme"]._departments_to_cover(self.company)
        lines = [
            {"department_id": d.id, "clause_ids": [fields.Command.set(clauses.ids)]}
            for d in departments
        ]
        return self._programme(lines=lines, **vals)

    def _programme_in_force(self, **vals):
        programme = self._programme(**vals)
        if programme.gap_open:
            programme.action_confirm_gaps("Small company")
        programme.action_submit()
        self._as(programme, self.mr).action_approve()
        return programme

    # ------------------------------------------------------------ audits
    def _day(self, days):
        return self.today + timedelta(days=days)

    def _moment(self, days, hour):
        return fields.Datetime.to_datetime(f"{self._day(days)} {hour:02}:00:00")

    def _audit(self, user=None, **vals):
        """A draft opened by the ITSMS office, without lead auditor."""
        vals = {
            "company_id": self.company.id,
            "extra_reason": "Major incident",
            "date_start": self._day(8),
            "date_end": self._day(9),
            **vals,
        }
        return self.env["itsms.audit"].with_user(user or self.office).create(vals)

    def _appointed(self, **vals):
        audit = self._audit(**vals)
        self._as(audit, self.mr).action_appoint(self.lead.id)
        return self._as(audit, self.lead)

    def _line(self, department=None, auditors=None, start=8, hour=2, **vals):
        return {
            "department_id": (department or self.dep_service).id,
            "clause_ids": [fields.Command.set(self._clauses("7.5.3", "8.6.1").ids)],
            "auditor_ids": [fields.Command.set((auditors or self.auditor_dev).ids)],
            "date_start": self._moment(start, hour),
            "date_end": self._moment(start, hour + 2),
            **vals,
        }

    def _planned(self, members=None, lines=None, **vals):
        """A plan with team and timetable, not submitted."""
        audit = self._appointed(**vals)
        members = members or (self.auditor_dev,)
        start = (audit.date_start - self.today).days
        audit.write(
            {
                "member_ids": [
                    fields.Command.create({"user_id": m.id, "task": "Service desk"})
                    for m in members
                ],
            }
        )
        audit.write(
            {
                "schedule_ids": [
                    fields.Command.create(line) for line in lines or [self._line(start=start)]
                ]
            }
        )
        return audit

    def _approved(self, **vals):
        audit = self._planned(**vals)
        audit.action_submit()
        self._as(audit, self.mr).action_approve()
        return self._as(audit, self.lead)

    def _notified(self, **vals):
        audit = self._approved(**vals)
        audit.action_notify()
        return audit

    def _hold(self, audit, kind, **vals):
        """The lead auditor plans, opens, signs and closes the meeting ``kind``."""
        audit = self._as(audit, self.lead)
        if vals:
            audit.write(vals)
        getattr(audit, f"action_plan_{kind}")()
        meeting = audit.meeting_ids.filtered(lambda m: m.kind == kind and m.state == "planned")
        # on the day of the meeting
        guard.as_engine(meeting.sudo()).write(
            {
                "date_start": fields.Datetime.now(),
                "date_end": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        meeting = self._as(meeting, self.lead)
        meeting.action_open()
        meeting.action_sign_in()
        meeting.action_close()
        return meeting

    def _opened(self, **vals):
        audit = self._notified(**{"date_start": self.today, **vals})
        self._hold(audit, "opening", closing_planned_at=self._moment(1, 8))
        return self._as(audit, self.lead)

    def _on_site(self, **vals):
        audit = self._opened(**vals)
        audit.action_start()
        return audit

    CONCLUSION = {
        "conformity": "Conforms",
        "effectiveness": "Effective",
        "main_problems": "Records of incidents",
        "proposals": "Train the service desk",
    }
    MINUTES = {
        "minutes_execution": "As planned",
        "minutes_findings": "None",
        "minutes_conclusion": "The system conforms and is effective",
    }

    def _concluded(self, **vals):
        """An audit after its closing meeting."""
        audit = self._on_site(**vals)
        self._finish_on_site(audit)
        self._hold(audit, "team", **self.CONCLUSION)
        self._hold(audit, "closing", **self.MINUTES)
        return self._as(audit, self.lead)

    def _finish_on_site(self, audit):
        """Judge every question of every checklist, as its auditors."""
        for checklist in audit.sudo().checklist_ids.filtered(lambda c: c.state == "on_site"):
            mine = self._as(checklist, checklist.auditor_ids[0])
            for line in mine.line_ids:
                line.action_answer(0, {"result": "conforming", "evidence": "Seen: ticket 4711"})
            mine.action_finish()
