from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import date_utils

from ..engine.coverage import AMBER, RED, Finding
from .itsms_risk import LIVE


class ItsmsCoverageCheck(models.AbstractModel):
    """Checks on risks, objectives and improvements (catalogue 4.3: 6.1.1–6.2.2, 10.2)."""

    _inherit = "itsms.coverage.check"

    @api.model
    def _clause_checks(self):
        return super()._clause_checks() | {
            "6.1.1": [self._check_risks_assessed, self._check_risks_traced],
            "6.1.2": [self._check_risk_method],
            "6.1.3": [self._check_risks_treated, self._check_risk_actions],
            "6.2.1": [self._check_objectives],
            "6.2.2": [self._check_objectives_evaluated, self._check_objective_actions],
            "10.2": [
                self._check_criteria,
                self._check_improvement_measured,
                self._check_quarterly_report,
            ],
        }

    @api.model
    def _reasons(self):
        return super()._reasons() | {
            "risk_late": self.env._("Risks not assessed in the last 12 months: %(count)s."),
            "risk_untraced": self.env._("Risks not traced to an issue or a party: %(count)s."),
            "risk_method": self.env._("Risks without a method although it is time: %(count)s."),
            "risk_untreated": self.env._(
                "Risks above the acceptance level without action: %(count)s."
            ),
            "objective_none": self.env._("No objective is in force for %(year)s."),
            "objective_unmeasured": self.env._("Objectives without a measure: %(count)s."),
            "objective_late": self.env._("Objectives not evaluated for a quarter: %(count)s."),
            "criteria_none": self.env._("No improvement criteria are approved."),
            "improvement_unmeasured": self.env._("No improvement was measured since %(start)s."),
            "improvement_report": self.env._("No improvement report for the last quarter."),
        }

    @api.model
    def _live_risks(self, company):
        return Domain("company_id", "=", company.id) & Domain("state", "in", LIVE)

    def _counted(self, model, domain, state, key, **params):
        """A finding where there are such records, none otherwise."""
        # sudo: the state of the system is the same whoever looks
        count = self.env[model].sudo().search_count(domain)
        if not count:
            return []
        return [Finding(state, key, {"count": count, **params}, model, list(domain))]

    # ------------------------------------------------------------ risks
    def _check_risks_assessed(self, company, period):
        """Every risk was assessed within the months of the parameter (6.1.1)."""
        late = self._live_risks(company) & Domain(
            "review_due_on", "<", fields.Date.to_string(period.today)
        )
        return self._counted("itsms.risk", late, AMBER, "risk_late")

    def _check_risks_traced(self, company, period):
        """Every risk is traced to the context or to a party (4.1, 4.2)."""
        blank = self._live_risks(company) & Domain("issue", "in", (False, ""))
        return self._counted("itsms.risk", blank, AMBER, "risk_untraced")

    def _check_risk_method(self, company, period):
        """What is dealt with or watched has a method (6.1.2)."""
        without = (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", ("treating", "monitored"))
            & Domain("method", "=", False)
        )
        return self._counted("itsms.risk", without, AMBER, "risk_method")

    def _check_risks_treated(self, company, period):
        """No risk above acceptance without action (6.1.3)."""
        untreated = self.env["itsms.risk"]._untreated_domain(company)
        return self._counted("itsms.risk", untreated, RED, "risk_untreated")

    def _check_risk_actions(self, company, period):
        return self._overdue(company, period, [("origin_model", "=", "itsms.risk")])

    # ------------------------------------------------------------ objectives
    def _check_objectives(self, company, period):
        """Objectives of the current year, each measurable (6.2.1)."""
        year = period.end.year
        current = (
            Domain("company_id", "=", company.id)
            & Domain("year", "=", year)
            & Domain("state", "in", ("in_force", "closed"))
        )
        # sudo: the state of the system is the same whoever looks
        if not self.env["itsms.objective"].sudo().search_count(current, limit=1):
            return [
                Finding(
                    RED, "objective_none", {"year": str(year)}, "itsms.objective", list(current)
                )
            ]
        blank = (
            current & Domain("measure_id", "=", False) & Domain("measured_by", "in", (False, ""))
        )
        return self._counted("itsms.objective", blank, AMBER, "objective_unmeasured")

    def _check_objectives_evaluated(self, company, period):
        """Each objective is evaluated at least once per quarter (6.2.2)."""
        since = fields.Date.to_string(period.today - relativedelta(months=3))
        approved = company._itsms_day_begins(period.today - relativedelta(months=3))
        late = (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "in_force")
            & Domain("approved_at", "<", approved)
            & (Domain("evaluated_on", "=", False) | Domain("evaluated_on", "<", since))
        )
        return self._counted("itsms.objective", late, AMBER, "objective_late")

    def _check_objective_actions(self, company, period):
        return self._overdue(company, period, [("origin_model", "=", "itsms.objective")])

    # ------------------------------------------------------------ improvement
    def _check_criteria(self, company, period):
        """Criteria for opportunities are approved (10.2, CPA-18)."""
        if self.env["itsms.improvement.criteria"]._in_force(company):
            return []
        return [Finding(RED, "criteria_none", {}, "itsms.improvement.criteria", [])]

    def _check_improvement_measured(self, company, period):
        """At least one improvement was measured in the period (10.2, CPA-20)."""
        # sudo: the state of the system is the same whoever looks
        measured = (
            self.env["itsms.improvement.measurement"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", company.id),
                    ("measured_on", ">=", period.start),
                    ("measured_on", "<=", period.end),
                ],
                limit=1,
            )
        )
        if measured:
            return []
        own = [("company_id", "=", company.id)]
        params = {"start": str(period.start)}
        return [Finding(AMBER, "improvement_unmeasured", params, "itsms.improvement", own)]

    def _check_quarterly_report(self, company, period):
        """The last quarter is reported, a month after its end at the latest (CPA-22)."""
        Report = self.env["itsms.improvement.report"].sudo()  # sudo: as above
        start = date_utils.start_of(period.today - relativedelta(months=1), "quarter")
        start -= relativedelta(months=3)
        own = [("company_id", "=", company.id), ("state", "=", "issued")]
        if Report.search_count([*own, ("date_from", ">=", start)], limit=1):
            return []
        return [Finding(AMBER, "improvement_report", {}, Report._name, own)]
