from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models, tools

from ..engine import cache


class ResCompany(models.Model):
    """Names that the manual leaves blank (XX, XXXX部) are settings of the company [I-01..I-03]."""

    _inherit = "res.company"

    itsms_code = fields.Char(
        string="ITSMS company code",
        default="XX",
        required=True,
        help="The letters at the front of document numbers, for example LH in LH-ITSMS-CX-001-A.",
    )
    itsms_office_department_id = fields.Many2one(
        "hr.department",
        string="ITSMS office",
        help="The department that runs the management system (XXXX部 in the manual).",
    )
    itsms_printing_department_id = fields.Many2one("hr.department", string="Printing department")
    itsms_purchasing_department_id = fields.Many2one(
        "hr.department", string="Purchasing department"
    )

    _itsms_code_chk = models.Constraint(
        "CHECK (itsms_code ~ '^[A-Za-z0-9]{1,12}$')",
        "The ITSMS company code is 1 to 12 letters or digits: it opens every document number.",
    )

    def write(self, vals):
        result = super().write(vals)
        if {"resource_calendar_id", "itsms_code"} & set(vals):
            cache.forget(self.env)
        return result

    def _itsms_timezone(self):
        """Time zone in which the company's days and working hours are counted."""
        return pytz.timezone(self._itsms_timezone_name())

    @tools.ormcache("self.id")
    def _itsms_timezone_name(self):
        # sudo: the working calendar of a company is no secret
        return self.sudo().resource_calendar_id.tz or "UTC"

    def _itsms_language(self):
        """Language in which texts are kept that everybody reads, whoever has them made."""
        self.ensure_one()
        return self.sudo().partner_id.lang or self.env.lang  # sudo: which language is no secret

    def _itsms_today(self):
        """The company's calendar day: it does not move with the time zone a client sends."""
        company = self[:1] or self.env.company
        now = pytz.utc.localize(fields.Datetime.now())
        return now.astimezone(company._itsms_timezone()).date()

    def _itsms_day_begins(self, day):
        """The moment, in UTC, at which ``day`` begins in the time zone of the company."""
        begins = self._itsms_timezone().localize(datetime.combine(day, time.min))
        return begins.astimezone(pytz.utc).replace(tzinfo=None)

    def _itsms_working_days_later(self, days, start):
        """End (naive UTC) of the ``days``-th working day after the day of ``start`` (naive UTC).

        Holidays of the company count as free.
        """
        self.ensure_one()
        day = pytz.utc.localize(start).astimezone(self._itsms_timezone()).date()
        return self._itsms_working_day_ends(day, max(days, 1))[max(days, 1) - 1]

    @tools.ormcache("self.id", "day", "count")
    def _itsms_working_day_ends(self, day, count):
        """Ends (naive UTC) of the ``count`` working days after ``day``; cached.

        A calendar without any working time within a year is of no use; then calendar days are
        counted, so that no deadline is lost.
        """
        zone = self._itsms_timezone()
        midnight = zone.localize(datetime.combine(day + timedelta(days=1), time.min))
        # sudo: the working calendar of a company is no secret
        calendar = self.sudo().resource_calendar_id
        holidays = [("time_type", "=", "leave"), ("company_id", "in", [False, self.id])]
        ends = {}
        for weeks in range(0, 52, 4):
            if len(ends) >= count or not calendar:
                break
            begin = midnight + timedelta(weeks=weeks)
            spans = calendar._work_intervals_batch(
                begin, begin + timedelta(weeks=4), domain=holidays
            )[False]
            for _start, stop, _meta in spans:
                ends[stop.astimezone(zone).date()] = stop
        found = [ends[d] for d in sorted(ends)][:count]
        while len(found) < count:
            found.append((found[-1] if found else midnight) + timedelta(days=1))
        return tuple(end.astimezone(pytz.utc).replace(tzinfo=None, microsecond=0) for end in found)
