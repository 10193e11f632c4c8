import pytz

from odoo import fields, models


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

    def _itsms_timezone(self):
        """Time zone in which the company's days and working hours are counted."""
        calendar = self.sudo().resource_calendar_id
        return pytz.timezone(calendar.tz or self.env.user.tz or "UTC")

    def _itsms_today(self):
        """The company's calendar day: it does not move with the time zone a client sends."""
        company = self[:1] or self.env.company
        now = pytz.utc.localize(fields.Datetime.now())
        return now.astimezone(company._itsms_timezone()).date()

    def _itsms_working_days_later(self, days, start):
        """UTC end of the ``days``-th working day after the day of ``start`` (naive UTC).

        Holidays of the company count as free. Without any working time within two years the
        calendar is of no use; then calendar days are counted, so that no deadline is lost.
        """
        self.ensure_one()
        zone = self._itsms_timezone()
        local = pytz.utc.localize(start).astimezone(zone)
        midnight = zone.localize(
            fields.Datetime.add(local.replace(tzinfo=None), days=1).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
        )
        calendar = self.sudo().resource_calendar_id
        end = calendar and calendar.plan_days(
            days,
            midnight,
            compute_leaves=True,
            domain=[("time_type", "=", "leave"), ("company_id", "in", [False, self.id])],
        )
        if not end:
            end = fields.Datetime.add(midnight, days=days)
        return end.astimezone(pytz.utc).replace(tzinfo=None, microsecond=0)
