import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError


class ItsmsAuditSchedule(models.Model):
    """A line of the timetable: who audits which clauses where and when (AUD-4.1.3b, 4.1.3c)."""

    _name = "itsms.audit.schedule"
    _description = "Audit Timetable"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "audit_id"
    _order = "date_start, id"
    _check_company_auto = True

    audit_id = fields.Many2one("itsms.audit", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="audit_id.company_id", store=True, index=True)
    audit_state = fields.Selection(
        related="audit_id.state", string="State of the audit", store=True, index=True
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Auditee department",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    clause_ids = fields.Many2many(
        "itsms.clause",
        "itsms_audit_schedule_clause_rel",
        "schedule_id",
        "clause_id",
        string="Clauses",
        domain=[("heading", "=", False)],
    )
    auditor_ids = fields.Many2many(
        "res.users",
        "itsms_audit_schedule_auditor_rel",
        "schedule_id",
        "user_id",
        string="Auditors",
        domain="[('id', 'in', team_ids)]",
        help="Members of the team who are independent: not of this department, and not authors or "
        "approvers of its documents (AUD-4.1.2b).",
    )
    team_ids = fields.Many2many("res.users", compute="_compute_team_ids")
    date_start = fields.Datetime(string="Begin", required=True)
    date_end = fields.Datetime(string="End", required=True)
    place = fields.Char()
    note = fields.Char(string="Activities", help="What is looked at, whom the auditors talk to.")

    _dates_chk = models.Constraint(
        "CHECK (date_end > date_start)", "A line of the timetable ends after it begins."
    )

    @api.depends("department_id", "audit_id.name", "date_start")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.department_id.name or ''} {line._day() or ''}".strip()

    @api.depends("audit_id.member_ids.user_id", "audit_id.member_ids.role")
    def _compute_team_ids(self):
        for line in self:
            line.team_ids = line.audit_id.member_ids._auditing()

    def _day(self, name="date_start"):
        """Day of one line in the time zone of the company."""
        moment = self[name]
        if not moment:
            return None
        zone = (self.company_id or self.env.company)._itsms_timezone()
        return pytz.utc.localize(moment).astimezone(zone).date()

    def _when_text(self):
        """“2026-11-22 09:00 – 11:00” in the time zone of the company, for print."""
        zone = (self.company_id or self.env.company)._itsms_timezone()
        start, end = (
            pytz.utc.localize(moment).astimezone(zone)
            for moment in (self.date_start, self.date_end)
        )
        same = start.date() == end.date()
        return f"{start:%Y-%m-%d %H:%M} – {end:{'%H:%M' if same else '%Y-%m-%d %H:%M'}}"

    # ------------------------------------------------------------ rules
    @api.constrains("auditor_ids", "department_id", "clause_ids", "audit_id")
    def _check_auditors(self):
        """Auditors are on the team and independent: at once, not only on submission."""
        for line in self:
            # sudo: names of colleagues
            strange = line.sudo().auditor_ids - line.sudo().audit_id.member_ids._auditing()
            if strange:
                raise UserError(
                    self.env._(
                        "%(names)s: not on the audit team. Only qualified members of the team "
                        "audit (AUD-4.1.2a, AUD-4.1.3b).",
                        names=", ".join(strange.mapped("name")),
                    )
                )
        self.audit_id._check_independent(self)

    @api.constrains("clause_ids")
    def _check_clauses(self):
        headings = self.clause_ids.filtered("heading")
        if headings:
            raise UserError(
                self.env._(
                    "%(clause)s is a heading: choose the clauses below it (AUD-4.1.3c).",
                    clause=headings[0].display_name,
                )
            )

    @api.constrains("date_start", "date_end", "audit_id")
    def _check_days(self):
        for line in self:
            audit = line.audit_id
            first, last = line._day(), line._day("date_end")
            if (audit.date_start and first < audit.date_start) or (
                audit.date_end and last > audit.date_end
            ):
                raise UserError(
                    self.env._(
                        "“%(line)s” lies outside the audit, which runs from %(start)s to %(end)s "
                        "(AUD-4.1.3c).",
                        line=line.display_name,
                        start=audit.date_start,
                        end=audit.date_end or "…",
                    )
                )

    def write(self, vals):
        if "audit_id" in vals and any(x.audit_id.id != vals["audit_id"] for x in self):
            raise UserError(self.env._("A line of the timetable stays with its audit."))
        return super().write(vals)

    def _check_no_double_booking(self):
        """Nobody audits at two places at the same time."""
        ordered = self.sorted("date_start")
        for index, line in enumerate(ordered):
            for other in ordered[index + 1 :]:
                if other.date_start >= line.date_end:
                    break
                both = line.sudo().auditor_ids & other.sudo().auditor_ids  # sudo: names only
                if both:
                    raise UserError(
                        self.env._(
                            "%(names)s cannot be in %(first)s and in %(second)s at the same time "
                            "(AUD-4.1.3c).",
                            names=", ".join(both.mapped("name")),
                            first=line.department_id.sudo().name,  # sudo: no secret
                            second=other.department_id.sudo().name,
                        )
                    )


class ItsmsAudit(models.Model):
    _inherit = "itsms.audit"

    @api.constrains("date_start", "date_end")
    def _check_schedule_days(self):
        self.schedule_ids._check_days()

    def action_fill_schedule(self):
        """Take departments and clauses of the programme into the timetable, one line each."""
        self.ensure_one()
        self.check_access("write")
        self._check_lock()
        if not self.date_start:
            raise UserError(self.env._("Enter the first day of the audit first."))
        start, end = self._working_hours(self.date_start)
        for line in self.programme_line_ids:
            known = self.schedule_ids.filtered(
                lambda s, x=line: s.department_id == x.department_id
            ).clause_ids
            missing = line.clause_ids - known
            if missing:
                self.env["itsms.audit.schedule"].create(
                    {
                        "audit_id": self.id,
                        "department_id": line.department_id.id,
                        "clause_ids": [fields.Command.set(missing.ids)],
                        "date_start": start,
                        "date_end": end,
                    }
                )
        return True

    def _working_hours(self, day):
        """Nine to five of ``day`` in the time zone of the company, as naive UTC."""
        zone = self.company_id._itsms_timezone()
        moments = (
            fields.Datetime.to_datetime(f"{day} {hour}") for hour in ("09:00:00", "17:00:00")
        )
        return tuple(
            zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None) for moment in moments
        )
