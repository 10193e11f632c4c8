from dateutil.relativedelta import relativedelta

from odoo import fields, models


class ItsmsTrainingProposeNeeds(models.TransientModel):
    """Training needs from findings whose cause lies in people (TRN-4.2.1, CPA-13)."""

    _inherit = "itsms.training.propose.needs"

    findings = fields.Boolean(
        string="Findings caused by lack of training",
        default=True,
        help="Nonconformities of the departments whose root cause is of the kind People.",
    )

    def _candidates(self):
        yield from super()._candidates()
        if self.findings:
            yield from self._from_findings(self._employees())

    def _from_findings(self, employees):
        """Only those that the user himself may open: a finding tells nothing to others."""
        found = self.env["itsms.nonconformity"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("department_id", "in", self.department_ids.ids),
                ("cause_category", "=", "people"),
                ("state", "not in", ("draft", "void")),
                ("found_on", ">=", self.since - relativedelta(years=1)),
            ]
        )
        for finding in found:
            group = employees.filtered(lambda e, f=finding: e.department_id == f.department_id)
            key = f"nonconformity:{finding.id}"
            extra = {"priority": "1", "reason": finding.display_name}
            yield "audit", key, finding.department_id, finding.name, group, extra
