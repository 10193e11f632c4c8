from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Checklists to judge, and audit reports to write, issue and read (AUD-4.1.5, AUD-4.3.1)."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_checklists(),
            self._section_audit_reports(),
            self._section_reports_to_read(),
        ]

    @api.model
    def _section_checklists(self):
        return self._records_section(
            "audit_checklists",
            self.env._("My audit checklists"),
            "",
            "fa-check-square-o",
            self.env["itsms.audit.checklist"],
            [("auditor_ids", "in", self.env.uid), ("state", "in", ("draft", "on_site"))],
            "itsms_audit.itsms_audit_checklist_action",
            lambda checklist: {
                "label": self.env._("%(count)s to judge", count=checklist.open_count),
                "deadline": checklist.date,
            },
        )

    @api.model
    def _section_audit_reports(self):
        return self._records_section(
            "audit_reports",
            self.env._("Audit reports to complete and issue"),
            "",
            "fa-file-text-o",
            self.env["itsms.audit.report"],
            [
                ("audit_id.lead_id", "=", self.env.uid),
                ("state", "in", ("draft", "rejected", "approved")),
            ],
            "itsms_audit.itsms_audit_report_action",
            lambda report: {"label": report._state_label()},
        )

    @api.model
    def _section_reports_to_read(self):
        return self._records_section(
            "audit_reports_to_read",
            self.env._("Audit reports to read"),
            "",
            "fa-envelope-open-o",
            self.env["itsms.audit.report"],
            [("to_read", "=", True)],
            "itsms_audit.itsms_audit_report_action",
            lambda report: {"label": report._state_label()},
        )
