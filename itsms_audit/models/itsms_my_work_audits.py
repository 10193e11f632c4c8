from datetime import timedelta

from odoo import api, models

from .itsms_audit import MR


class ItsmsMyWork(models.AbstractModel):
    """Audits: programme missing, lead to appoint, qualification to confirm, notice to give,
    objections to answer, auditors to replace, my audits."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_audit_programme_missing(),
            self._section_audit_qualifications(),
            self._section_audits_to_appoint(),
            self._section_audit_conflicts(),
            self._section_audit_objections(),
            self._section_audit_notices(),
            self._section_my_audits(),
            self._section_audits_of_my_department(),
        ]

    @api.model
    def _mr_companies(self):
        return self.env.user._itsms_role_assignments(*MR).company_id

    @api.model
    def _section_audit_programme_missing(self):
        """Management representative: December passed without a programme (AUD-4.1.1)."""
        companies = self._mr_companies()
        if not companies:
            return None
        return self._records_section(
            "audit_programme_missing",
            self.env._("December passed without an audit programme"),
            "",
            "fa-exclamation-triangle",
            self.env["itsms.duty"],
            [
                ("kind_id.code", "=", "audit.programme"),
                ("company_id", "in", companies.ids),
                ("next_due", "<", self.env.company._itsms_today()),
            ],
            "itsms_base.itsms_duty_action",
            lambda duty: {"deadline": duty.next_due, "who": duty.owner_names},
        )

    @api.model
    def _section_audit_qualifications(self):
        """Management representative: qualifications to confirm (AUD-4.1.2a)."""
        companies = self._mr_companies()
        if not companies:
            return None
        return self._records_section(
            "audit_qualifications",
            self.env._("Auditor qualifications to confirm"),
            self.env._("No qualification waits."),
            "fa-certificate",
            self.env["itsms.auditor.qualification"],
            [("state", "=", "draft"), ("company_id", "in", companies.ids)],
            "itsms_audit.itsms_auditor_qualification_action",
            lambda line: {"label": line._state_label()},
        )

    @api.model
    def _section_audits_to_appoint(self):
        """Management representative: audits without lead auditor (AUD-3.1, AUD-4.1.2)."""
        companies = self._mr_companies()
        if not companies:
            return None
        return self._records_section(
            "audits_to_appoint",
            self.env._("Audits that need a lead auditor"),
            self.env._("Every audit has its lead auditor."),
            "fa-user-plus",
            self.env["itsms.audit"],
            [
                ("state", "in", ("draft", "rejected")),
                ("lead_id", "=", False),
                ("company_id", "in", companies.ids),
            ],
            "itsms_audit.itsms_audit_action",
            lambda audit: {"deadline": audit.date_start or None},
        )

    @api.model
    def _section_audit_conflicts(self):
        """Lead auditor and MR: auditors who are not independent any more (AUD-4.1.2b)."""
        return self._records_section(
            "audit_conflicts",
            self.env._("Auditors to replace: not independent any more"),
            "",
            "fa-balance-scale",
            self.env["itsms.audit"],
            [
                ("conflict", "!=", False),
                ("state", "in", ("draft", "rejected", "approved", "notified", "opened", "on_site")),
                "|",
                ("lead_id", "=", self.env.uid),
                ("company_id", "in", self._mr_companies().ids),
            ],
            "itsms_audit.itsms_audit_action",
            lambda audit: {"label": audit.conflict, "deadline": audit.date_start or None},
        )

    @api.model
    def _section_audit_objections(self):
        """Lead auditor: objections to the date to answer (AUD-4.1.6a)."""
        return self._records_section(
            "audit_objections",
            self.env._("Objections to the date of my audits"),
            "",
            "fa-hand-paper-o",
            self.env["itsms.audit"],
            [("lead_id", "=", self.env.uid), ("objection_ids.state", "=", "open")],
            "itsms_audit.itsms_audit_action",
            lambda audit: {
                "label": ", ".join(
                    # sudo: names of departments are no secret
                    audit.objection_ids.filtered(lambda o: o.state == "open")
                    .department_id.sudo()
                    .mapped("name")
                ),
                "deadline": audit.date_start,
            },
        )

    @api.model
    def _section_audit_notices(self):
        """Lead auditor: notice to give, 10 to 7 days before the audit (AUD-4.1.6)."""
        company = self.env.company
        first = self.env["itsms.parameter"]._get("audit.notice.first", company)
        return self._records_section(
            "audit_notices",
            self.env._("Audits whose auditees are to be notified"),
            "",
            "fa-bullhorn",
            self.env["itsms.audit"],
            [
                ("lead_id", "=", self.env.uid),
                ("state", "=", "approved"),
                ("date_start", "<=", company._itsms_today() + timedelta(days=first)),
            ],
            "itsms_audit.itsms_audit_action",
            lambda audit: {"deadline": audit.notice_until, "label": audit._state_label()},
        )

    @api.model
    def _section_my_audits(self):
        """Audits on whose team I am, until they are concluded (AUD-3.2, AUD-3.3)."""
        return self._records_section(
            "my_audits",
            self.env._("My audits"),
            "",
            "fa-search",
            self.env["itsms.audit"],
            [
                ("member_ids", "any", [("user_id", "=", self.env.uid), ("left_at", "=", False)]),
                ("state", "not in", ("reported", "closed", "cancelled")),
            ],
            "itsms_audit.itsms_audit_action",
            lambda audit: {"label": audit._state_label(), "deadline": audit.date_start or None},
        )

    @api.model
    def _section_audits_of_my_department(self):
        """Heads: audits of which their department was notified (AUD-4.1.6, AUD-4.1.6a)."""
        headed = self.env.user._itsms_headed_departments()
        if not headed:
            return None
        return self._records_section(
            "audits_of_my_department",
            self.env._("Audits of my department"),
            "",
            "fa-eye",
            self.env["itsms.audit"],
            [
                ("department_ids", "in", headed.ids),
                ("state", "in", ("notified", "opened", "on_site")),
            ],
            "itsms_audit.itsms_audit_action",
            lambda audit: {
                "label": audit._state_label(),
                "deadline": audit.objection_until if audit.state == "notified" else None,
            },
        )
