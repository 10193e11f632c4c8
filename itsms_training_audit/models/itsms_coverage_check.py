from odoo import api, models

from odoo.addons.itsms_audit.engine.coverage import AMBER, GREEN, Finding


class ItsmsCoverageCheck(models.AbstractModel):
    """Clauses 7.2 Competence and 7.3 Awareness, from the records of training (COM-20)."""

    _inherit = "itsms.coverage.check"

    @api.model
    def _clause_checks(self):
        checks = super()._clause_checks()
        return checks | {
            "7.2": [
                *checks.get("7.2", []),
                self._check_competence,
                self._check_training_plan,
                self._check_evaluated,
            ],
            "7.3": [*checks.get("7.3", []), self._check_awareness],
        }

    @api.model
    def _reasons(self):
        return super()._reasons() | {
            "gaps": self.env._("Mandatory gaps to the job standards: %(count)s."),
            "plan_none": self.env._("No annual training plan is in force for %(year)s."),
            "not_evaluated": self.env._("Trainings that wait for their evaluation: %(count)s."),
            "awareness": self.env._("%(percent)s %% of what people were asked to read is read."),
        }

    def _check_competence(self, company, period):
        """Each role holder meets the standard; what is missing is told, and covered by a plan."""
        domain = [("company_id", "=", company.id), ("mandatory", "=", True)]
        # sudo: the state of the system is the same whoever looks
        count = self.env["itsms.training.gap"].sudo().search_count(domain)
        if not count:
            return []
        planned = self._plan_in_force(company, period)
        state = GREEN if planned else AMBER
        return [Finding(state, "gaps", {"count": count}, "itsms.training.gap", domain)]

    def _plan_in_force(self, company, period):
        # sudo: as above
        return (
            self.env["itsms.training.plan"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", company.id),
                    ("year", "=", period.end.year),
                    ("state", "in", ("in_force", "closed")),
                ],
                limit=1,
            )
        )

    def _check_training_plan(self, company, period):
        if self._plan_in_force(company, period):
            return []
        year = str(period.end.year)
        return [Finding(AMBER, "plan_none", {"year": year}, "itsms.training.plan", [])]

    def _check_evaluated(self, company, period):
        """The effectiveness of what was held is evaluated (TRN-4.3.5.1)."""
        domain = [("company_id", "=", company.id), ("state", "=", "finished")]
        # sudo: as above
        count = self.env["itsms.training.session"].sudo().search_count(domain)
        if not count:
            return []
        return [Finding(AMBER, "not_evaluated", {"count": count}, "itsms.training.session", domain)]

    def _check_awareness(self, company, period):
        """At least so many percent of the confirmations asked for were given (parameter)."""
        asked = [("company_id", "=", company.id), ("state", "in", ("open", "done"))]
        # sudo: as above
        Acknowledgement = self.env["itsms.document.acknowledgement"].sudo()
        total = Acknowledgement.search_count(asked)
        if not total:
            return []
        unread = [*asked, ("state", "=", "open")]
        percent = round(100 * (total - Acknowledgement.search_count(unread)) / total)
        wanted = int(self.env["itsms.parameter"]._get("coverage.read.percent", company))
        state = GREEN if percent >= wanted else AMBER
        return [Finding(state, "awareness", {"percent": percent}, Acknowledgement._name, unread)]
