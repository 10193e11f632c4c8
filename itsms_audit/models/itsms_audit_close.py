from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

from .itsms_audit_checklist import MR


class ItsmsAudit(models.Model):
    """Report and closing of an audit (AUD-4.3.1, AUD-4.4.3, AUD-4.5)."""

    _inherit = "itsms.audit"

    report_ids = fields.One2many("itsms.audit.report", "audit_id", readonly=True, copy=False)
    report_count = fields.Integer(compute="_compute_report_count")
    raised_count = fields.Integer(string="Nonconformity reports", compute="_compute_raised_count")
    open_nonconformity_count = fields.Integer(
        string="Open nonconformities", compute="_compute_raised_count"
    )
    can_close = fields.Boolean(compute="_compute_can_close")

    def _engine_fields(self):
        return super()._engine_fields() | {"report_ids"}

    def _initial_engine_values(self):
        values = super()._initial_engine_values()
        values.pop("report_ids")
        return values

    def _compute_report_count(self):
        counts = dict(
            self.env["itsms.audit.report"]._read_group(
                [("audit_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["audit_id"],
                ["__count"],
            )
        )
        for audit in self:
            audit.report_count = counts.get(audit, 0)

    def _compute_raised_count(self):
        every = self._audit_nonconformities()
        by_audit = every.grouped("audit_id")
        for audit in self:
            found = by_audit.get(audit._origin, every.browse())
            audit.raised_count = len(found)
            audit.open_nonconformity_count = len(found.filtered(lambda n: n.state != "closed"))

    def _compute_can_close(self):
        companies = self.env.user._itsms_role_assignments(*MR).company_id
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        for audit in self:
            audit.can_close = audit.state == "reported" and (
                office or audit.company_id in companies or audit.lead_id == self.env.user
            )

    def _audit_nonconformities(self):
        """Nonconformities of these audits that were not given up (sudo: all of them count)."""
        return (
            self.env["itsms.nonconformity"]
            .sudo()
            .search([("audit_id", "in", self.ids), ("state", "!=", "void")], order="id")
        )

    def _next_step_text(self):
        """The checklists come before the team meeting, the closing after the last correction."""
        if self.state == "on_site" and not self.conflict and self.open_question_count:
            return self.env._(
                "the auditors judge %(count)s more questions (AUD-4.2.2)",
                count=self.open_question_count,
            )
        if self.state == "reported" and not self.open_nonconformity_count:
            return self.env._(
                "%(lead)s closes the audit (AUD-4.4.3)",
                lead=self.lead_id.sudo().name or "",  # sudo: a colleague's name
            )
        return super()._next_step_text()

    # ------------------------------------------------------------ report
    def action_write_report(self):
        """Build the report after the closing meeting, or open it (lead auditor)."""
        self.ensure_one()
        self._lock_rows()
        self.check_access("read")
        Report = self.env["itsms.audit.report"]
        report = Report.search([("audit_id", "=", self.id), ("state", "!=", "cancelled")], limit=1)
        if not report:
            self._check_is_lead()
            if self.state != "concluded":
                raise UserError(
                    self.env._(
                        "%(audit)s is “%(state)s”: the report is written after the closing "
                        "meeting (AUD-4.3.1).",
                        audit=self.display_name,
                        state=self._state_label(),
                    )
                )
            # sudo: the right was checked; built from the audit by the system
            report = guard.as_engine(Report.sudo()).create(
                {"audit_id": self.id, "company_id": self.company_id.id}
            )
            report = guard.without_engine(report).with_env(self.env)
            report._build()
        return {
            "type": "ir.actions.act_window",
            "name": report.display_name,
            "res_model": report._name,
            "res_id": report.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------ closing
    def action_close(self):
        """Close the audit: everything judged, reported, corrected and verified (AUD-4.4.3)."""
        self._lock_rows()
        self.check_access("read")
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        companies = self.env.user._itsms_role_assignments(*MR).company_id
        for audit in self:
            if not (office or audit.company_id in companies or audit.lead_id == self.env.user):
                raise AccessError(
                    self.env._(
                        "The lead auditor, the management representative or the ITSMS office "
                        "closes an audit (AUD-3.4, AUD-4.4.2)."
                    )
                )
        return self._run_transition(self._transition("close"), locked=True)

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name in ("conclude", "close"):
            self._check_on_site_complete()
        if transition.name == "close":
            for audit in self:
                audit._check_reported()
                audit._check_corrected()

    def _check_reported(self):
        """The report was issued (AUD-4.3.1)."""
        # sudo: whether it was issued, whoever may open it
        if "issued" not in self.sudo().report_ids.mapped("state"):
            raise UserError(
                self.env._(
                    "%(audit)s: its report is not issued yet (AUD-4.3.1).", audit=self.display_name
                )
            )

    def _check_corrected(self):
        """Every nonconformity was corrected, verified and closed (AUD-4.4.3)."""
        waiting = self._audit_nonconformities().filtered(lambda n: n.state != "closed")
        if waiting:
            raise UserError(
                self.env._(
                    "%(audit)s cannot be closed: %(count)s nonconformity reports are open, the "
                    "first is %(report)s (“%(state)s”). Follow them up until the corrective "
                    "action was verified as effective (AUD-4.4.3).",
                    audit=self.display_name,
                    count=len(waiting),
                    report=waiting[0].display_name,
                    state=waiting[0]._state_label(),
                )
            )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "close":
            # sudo: the checklists are filed with their audit, whoever closes it (AUD-4.5)
            checklists = self.sudo().checklist_ids.filtered(lambda c: c.state == "done")
            if checklists:
                checklists = checklists.with_user(self.env.user).sudo()
                checklists._run_transition(checklists._transition("file"))

    def action_view_nonconformities(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Nonconformities: %(audit)s", audit=self.display_name),
            "res_model": "itsms.nonconformity",
            "views": [(False, "list"), (False, "form"), (False, "pivot"), (False, "graph")],
            "domain": [("id", "in", self._audit_nonconformities().ids)],
            "context": {"create": False},
        }
