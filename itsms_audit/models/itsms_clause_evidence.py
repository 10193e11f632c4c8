from ast import literal_eval

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ItsmsClauseEvidence(models.Model):
    """A kind of record that evidences a clause (COM-20): which records count, and from when.

    The model may belong to a module that is not installed; the coverage then says so.
    """

    _name = "itsms.clause.evidence"
    _description = "Evidence of a Clause"
    _order = "clause_id, sequence, id"

    clause_id = fields.Many2one("itsms.clause", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Records", required=True, translate=True)
    model_name = fields.Char(
        string="Model", required=True, index=True, help="Technical name of the kind of record."
    )
    domain = fields.Char(
        default="[]", required=True, help="Which of the records are valid, as a search domain."
    )
    date_field = fields.Char(
        help="Field by which a record falls into the period. Empty: what is in force today counts."
    )
    operational = fields.Boolean(
        help="Comes up in daily operation: the shorter period counts (parameter "
        "coverage.operational.months)."
    )
    no_occurrence_kind = fields.Char(
        string="May be empty: kind of event",
        help="Kind of rare event for which the ITSMS office may state that none happened (COM-26).",
    )
    active = fields.Boolean(default=True)
    installed = fields.Boolean(compute="_compute_installed", help="The module is installed.")

    @api.depends("model_name")
    def _compute_installed(self):
        for evidence in self:
            evidence.installed = evidence.model_name in self.env

    @api.constrains("model_name", "domain", "date_field")
    def _check_search(self):
        """A mistyped domain is refused when it is entered, not found out by the nightly job."""
        for evidence in self.filtered("installed"):
            model = self.env[evidence.model_name]
            try:
                if evidence.date_field and evidence.date_field not in model._fields:
                    raise ValueError(evidence.date_field)
                # sudo: only tells whether the domain is well formed
                model.sudo().search(evidence._domain(), limit=1)
            except (ValueError, TypeError, SyntaxError, KeyError) as exc:
                raise UserError(
                    self.env._(
                        "“%(evidence)s”: this is no search on %(model)s: %(reason)s (COM-20).",
                        evidence=evidence.name,
                        model=evidence.model_name,
                        reason=str(exc),
                    )
                ) from exc

    def _domain(self):
        """The domain as it is stored: plain literals, never code."""
        self.ensure_one()
        return Domain(literal_eval(self.domain or "[]"))

    def _company_domain(self, company):
        """Valid records of one company; records without company count everywhere."""
        self.ensure_one()
        model = self.env[self.model_name]
        domain = self._domain()
        if "company_id" in model._fields:
            domain &= Domain("company_id", "in", (company.id, False))
        return domain

    def _period_domain(self, company, period):
        """Those of the period: ``period.start`` or ``period.operational`` until ``period.end``."""
        domain = self._company_domain(company)
        if not self.date_field:
            return domain
        start = period.operational if self.operational else period.start
        # the day after the last: ends dates and moments alike
        end = period.end + relativedelta(days=1)
        if self.env[self.model_name]._fields[self.date_field].type == "datetime":
            start, end = (company._itsms_day_begins(day) for day in (start, end))
        return domain & Domain(self.date_field, ">=", start) & Domain(self.date_field, "<", end)

    @api.model
    def _measure_all(self, company, period):
        """Number of records in the period and date of the latest one, per id of what is
        installed; measured once for reasons and figures alike."""
        # sudo: the state of a clause counts all records; the list behind it shows what one may see
        every = self.sudo().search([])  # pylint: disable=no-search-all
        return {
            line.id: line._measure_company(company, period) for line in every.filtered("installed")
        }

    def _measure_company(self, company, period):
        """Number of valid records of the period and the date of the latest one ever."""
        self.ensure_one()
        # sudo: the state of a clause counts all records; the list behind it shows what one may see
        Model = self.env[self.model_name].sudo()
        count = Model.search_count(self._period_domain(company, period))
        latest = None
        if self.date_field:
            every = self._company_domain(company) & Domain(self.date_field, "!=", False)
            newest = Model.search(every, order=f"{self.date_field} desc", limit=1)
            latest = newest[self.date_field] or None
        return count, latest

    def action_open(self):
        """The records of this kind in the current company."""
        self.ensure_one()
        return self._open_records(self.env.company)

    def _open_records(self, company):
        if not self.installed:
            raise UserError(
                self.env._(
                    "“%(records)s” belongs to a module that is not installed (COM-20).",
                    records=self.name,
                )
            )
        return self.env["itsms.clause.coverage"]._records_action(
            self.model_name, list(self._company_domain(company)), self.name
        )
