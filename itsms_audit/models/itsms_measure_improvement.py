from odoo import api, models


class ItsmsMeasure(models.Model):
    """Improvements that reach their targets (CPA-24), risks above acceptance without action."""

    _inherit = "itsms.measure"

    @api.model
    def _sources(self):
        return super()._sources() | {
            "cpa.improvements": self._cpa_improvements,
            "risk.untreated": self._risk_untreated,
        }

    @api.model
    def _cpa_improvements(self, company, start, end):
        """Improvements closed in the month, and those of them that reached every target."""
        # sudo: the numbers of the company, whoever measures
        Model = self.env["itsms.improvement"].sudo()
        closed = [
            ("company_id", "=", company.id),
            ("closed_on", ">=", start),
            ("closed_on", "<", end),
        ]
        return Model.search_count([*closed, ("result", "=", "reached")]), Model.search_count(closed)

    @api.model
    def _risk_untreated(self, company, start, end):
        """Risks above the acceptance level for which nothing is done and nobody answers."""
        # sudo: the numbers of the company, whoever measures
        Risk = self.env["itsms.risk"].sudo()
        return Risk.search_count(Risk._untreated_domain(company)), 0
