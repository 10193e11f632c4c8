from odoo import models


class ItsmsManagementReview(models.Model):
    """The results of internal audits are submitted to the management review (AUD-4.6)."""

    _inherit = "itsms.management.review"

    def _collect_audits(self):
        """Beside audits and nonconformities: the reports themselves, and the observations, which
        have no nonconformity report and would be forgotten otherwise."""
        reports = self._found(
            "itsms.audit.report", self._since("issued_at"), [("state", "=", "issued")]
        )
        observations = self._found(
            "itsms.audit.checklist.line",
            self._since("judged_at"),
            [("result", "=", "observation"), ("checklist_id.state", "!=", "cancelled")],
        )
        return [
            *super()._collect_audits(),
            self._figure(self.env._("Internal audit reports issued"), records=reports),
            self._figure(self.env._("Observations"), records=observations),
        ]
