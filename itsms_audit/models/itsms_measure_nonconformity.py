from odoo import api, models

from .itsms_nonconformity_days import MEASURED


class ItsmsMeasure(models.Model):
    """What the handling of nonconformities is measured by (CPA-24)."""

    _inherit = "itsms.measure"

    @api.model
    def _sources(self):
        return super()._sources() | {
            "cpa.in_time": self._cpa_in_time,
            "cpa.effective": self._cpa_effective,
            "cpa.repeats": self._cpa_repeats,
            "cpa.age": self._cpa_age,
        }

    @api.model
    def _cpa_in_time(self, company, start, end):
        """Closed in the month, and those of them closed in time."""
        # sudo: the numbers of the company, whoever measures
        Model = self.env["itsms.nonconformity"].sudo()
        closed = [
            ("company_id", "=", company.id),
            ("state", "=", "closed"),
            ("closed_on", ">=", start),
            ("closed_on", "<", end),
        ]
        return Model.search_count([*closed, ("in_time", "=", True)]), Model.search_count(closed)

    @api.model
    def _cpa_effective(self, company, start, end):
        """First effectiveness checks of the month, and those that were effective."""
        # sudo: the numbers of the company, whoever measures
        Round = self.env["itsms.nonconformity.round"].sudo()
        first = [
            ("company_id", "=", company.id),
            ("number", "=", 1),
            ("judged_on", ">=", start),
            ("judged_on", "<", end),
        ]
        return Round.search_count([*first, ("verdict", "=", "yes")]), Round.search_count(first)

    @api.model
    def _cpa_repeats(self, company, start, end):
        """Registered in the month although it had happened before."""
        # sudo: the numbers of the company, whoever measures
        Model = self.env["itsms.nonconformity"].sudo()
        repeated = Model.search_count(
            [
                ("company_id", "=", company.id),
                ("state", "not in", MEASURED),
                ("repeat_of_id", "!=", False),
                ("registered_on", ">=", start),
                ("registered_on", "<", end),
            ]
        )
        return repeated, 0

    @api.model
    def _cpa_age(self, company, start, end):
        """Days that what was open at the end of the month was open, on average."""
        # sudo: the numbers of the company, whoever measures
        Model = self.env["itsms.nonconformity"].sudo()
        records = Model.search_fetch(
            [
                ("company_id", "=", company.id),
                ("state", "not in", MEASURED),
                ("registered_on", "<", end),
                "|",
                ("closed_on", "=", False),
                ("closed_on", ">=", end),
            ],
            ["registered_on"],
        )
        return sum((end - record.registered_on).days for record in records), len(records)
