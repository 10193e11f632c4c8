from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain

from ..engine.coverage import AMBER, GREEN, RED, UNCHECKED, Finding, Period, overdue_state

# states of a nonconformity in which nothing is open on its clause
SETTLED = ("draft", "closed", "void")


class ItsmsCoverageCheck(models.AbstractModel):
    """The checks behind the coverage of the standard (COM-20, catalogue 4.2 and 4.3).

    What every clause has in common is here: documents in force, records in the period, duties and
    serious findings. What a single clause needs besides comes from :meth:`_clause_checks`, which
    modules extend; a clause may name a module whose checks are not installed, and then says so.
    """

    _name = "itsms.coverage.check"
    _description = "Checks of the Clause Coverage"

    # ------------------------------------------------------------ hooks
    @api.model
    def _clause_checks(self):
        """Hook: list of functions by code of the clause, called with ``(company, period)``, that
        give a list of findings."""
        return {}

    @api.model
    def _reasons(self):
        """Hook: the words of every reason, in the language of the reader, by its key."""
        return {
            "document_none": self.env._("No document is named for this clause."),
            "document_missing": self.env._("Not in force: %(names)s."),
            "document_review": self.env._("Overdue for review by %(days)s days: %(names)s."),
            "record_none": self.env._("No “%(records)s” since %(start)s."),
            "record_statement": self.env._(
                "No “%(records)s” since %(start)s; the ITSMS office states that none happened."
            ),
            "record_operational": self.env._(
                "No “%(records)s” since %(start)s and no statement that none happened."
            ),
            "not_installed": self.env._("“%(records)s” is not checked: no module for it here."),
            "duty_due": self.env._("“%(duty)s” is due on %(due)s."),
            "duty_overdue": self.env._("“%(duty)s” is overdue since %(due)s."),
            "finding_serious": self.env._("Open serious nonconformities: %(count)s."),
            "finding_open": self.env._("Open nonconformities: %(count)s."),
            "role_vacant": self.env._("Nobody holds: %(names)s."),
        }

    # ------------------------------------------------------------ period
    @api.model
    def _period(self, company, date_from=None, date_to=None):
        """The period of the coverage: the last months of the parameters, or that of an audit."""
        today = company._itsms_today()
        Parameter = self.env["itsms.parameter"]
        end = min(date_to or today, today)
        start = date_from or end - relativedelta(
            months=int(Parameter._get("coverage.months", company))
        )
        operational = end - relativedelta(
            months=int(Parameter._get("coverage.operational.months", company))
        )
        return Period(start, max(start, operational), end, today)

    # ------------------------------------------------------------ all clauses
    @api.model
    def _findings(self, company, period, measured):
        """Findings per id of every auditable clause.

        :param measured: what ``itsms.clause.evidence`` measured, by id.
        """
        # sudo: the state of the system is the same whoever looks; drill-down has one's own rights
        clauses = self.env["itsms.clause"].sudo()._auditable()
        found = {clause.id: [] for clause in clauses}
        for collected in (
            self._document_findings(clauses, company, period),
            self._record_findings(clauses, company, period, measured),
            self._duty_findings(clauses, company, period),
            self._open_findings(clauses, company, period),
        ):
            for clause_id, findings in collected.items():
                found[clause_id] += findings
        checks = self._clause_checks()
        for clause in clauses:
            for check in checks.get(clause.code, ()):
                found[clause.id] += check(company, period)
        return found

    @api.model
    def _document_findings(self, clauses, company, period):
        """Every document named is in force and not overdue for review."""
        grace = int(self.env["itsms.parameter"]._get("coverage.grace.days", company))
        result = {}
        for clause in clauses:
            documents = clause.document_ids.filtered(lambda d: d.company_id == company)
            result[clause.id] = self._judge_documents(documents, period, grace)
        return result

    def _judge_documents(self, documents, period, grace):
        domain = [("id", "in", documents.ids)]
        if not documents:
            return [Finding(RED, "document_none")]
        findings = []
        missing = documents.filtered(lambda d: d.state != "in_force")
        if missing:
            params = {"names": self._titles(missing)}
            findings.append(Finding(RED, "document_missing", params, "itsms.document", domain))
        late = (documents - missing).filtered(
            lambda d: d.next_review_date and d.next_review_date < period.today
        )
        if late:
            days = max((period.today - d.next_review_date).days for d in late)
            params = {"names": self._titles(late), "days": days}
            state = overdue_state(days, grace)
            findings.append(
                Finding(
                    state, "document_review", params, "itsms.document", [("id", "in", late.ids)]
                )
            )
        return findings

    # ------------------------------------------------------------ names in reasons
    def _titles(self, documents):
        """Titles for everybody's eyes: those of confidential documents are not among them."""
        shown = documents.filtered(lambda d: not self._is_closed(d))
        hidden = len(documents) - len(shown)
        return self._named(shown, "name") + ([{"hidden": hidden}] if hidden else [])

    @api.model
    def _is_closed(self, record):
        """Whether the name of ``record`` is not for everybody's eyes."""
        return "secrecy" in record._fields and record.secrecy in ("secret", "top_secret")

    def _named(self, records, field="display_name"):
        """Parameter of a reason that is shown as the names of ``records`` in the language of who
        reads it; by the names of now where they are gone then."""
        return [
            {"model": record._name, "id": record.id, "field": field, "name": record[field]}
            for record in records.with_context(hierarchical_naming=False)
        ]

    @api.model
    def _in_words(self, params_list):
        """Parameters of many reasons as people read them."""
        ids = {}
        for part in self._parts(params_list):
            if isinstance(part, dict) and part.get("model") in self.env:
                ids.setdefault(part["model"], set()).add(part["id"])
        found = {}
        for model, wanted in ids.items():
            # sudo: what reasons name is for everybody, unless it was closed since
            named = (
                self.env[model].sudo().with_context(hierarchical_naming=False, active_test=False)
            )
            columns = {named._rec_name, "secrecy"} & set(named._fields)
            found |= {
                (model, record.id): record
                for record in named.search_fetch([("id", "in", list(wanted))], columns)
            }
        return [
            {
                key: ", ".join(self._part_in_words(part, found) for part in value)
                if isinstance(value, list)
                else value
                for key, value in (params or {}).items()
            }
            for params in params_list
        ]

    @api.model
    def _parts(self, params_list):
        for params in params_list:
            for value in (params or {}).values():
                if isinstance(value, list):
                    yield from value

    @api.model
    def _part_in_words(self, part, found):
        if not isinstance(part, dict):
            return str(part)
        if "hidden" in part:
            return self.env._("%(n)s confidential", n=part["hidden"])
        record = found.get((part["model"], part["id"]))
        if record is None:
            return part["name"]
        if self._is_closed(record):
            return self.env._("(confidential)")
        return record[part.get("field", "display_name")]

    @api.model
    def _record_findings(self, clauses, company, period, measured):
        """At least one valid record of every kind in the period, or a statement (COM-26)."""
        result = {clause.id: [] for clause in clauses}
        evidence = self.env["itsms.clause.evidence"].sudo()  # sudo: as in _findings
        for line in evidence.search([("clause_id", "in", clauses.ids)]):
            result[line.clause_id.id] += line._judge(company, period, measured)
        return result

    @api.model
    def _duty_findings(self, clauses, company, period):
        """No item of the review calendar is overdue."""
        result = {clause.id: [] for clause in clauses}
        duties = self.env["itsms.duty"].sudo()  # sudo: as in _findings
        for duty in duties.search(
            [
                ("company_id", "=", company.id),
                ("kind_id.clause_ids", "in", clauses.ids),
                ("next_due", "<=", period.today),
            ]
        ):
            days = (period.today - duty.next_due).days
            finding = Finding(
                overdue_state(days, duty.kind_id.grace_days),
                "duty_overdue" if days else "duty_due",
                {"duty": self._named(duty), "due": str(duty.next_due)},
                "itsms.duty",
                [("id", "=", duty.id)],
            )
            for clause in duty.kind_id.clause_ids & clauses:
                result[clause.id].append(finding)
        return result

    @api.model
    def _open_findings(self, clauses, company, period):
        """An open serious nonconformity makes its clause red; others are told."""
        result = {clause.id: [] for clause in clauses}
        Nonconformity = self.env["itsms.nonconformity"].sudo()  # sudo: as in _findings
        open_ones = Domain("company_id", "=", company.id) & Domain("state", "not in", SETTLED)
        groups = Nonconformity._read_group(
            open_ones & Domain("clause_id", "in", clauses.ids),
            ["clause_id", "grade"],
            ["__count"],
        )
        for clause, grade, count in groups:
            if grade == "observation":
                continue
            serious = grade == "serious"
            result[clause.id].append(
                Finding(
                    RED if serious else GREEN,
                    "finding_serious" if serious else "finding_open",
                    {"count": count},
                    "itsms.nonconformity",
                    list(open_ones & Domain("clause_id", "=", clause.id)),
                )
            )
        return result


class ItsmsClauseEvidence(models.Model):
    """What the records of one kind say about their clause."""

    _inherit = "itsms.clause.evidence"

    def _judge(self, company, period, measured):
        self.ensure_one()
        params = {"records": self.env["itsms.coverage.check"]._named(self)}
        if not self.installed:
            return [Finding(UNCHECKED, "not_installed", params)]
        if measured[self.id][0]:
            return []
        start = period.operational if self.operational else period.start
        params["start"] = str(start)
        domain = list(self._company_domain(company))
        if self.no_occurrence_kind and self._none_occurred(company, start, period.end):
            return [Finding(GREEN, "record_statement", params, self.model_name, domain)]
        if self.operational:
            return [Finding(AMBER, "record_operational", params, self.model_name, domain)]
        return [Finding(AMBER, "record_none", params, self.model_name, domain)]

    def _none_occurred(self, company, start, end):
        """Whether the ITSMS office stated that nothing of this kind happened (COM-26)."""
        if "itsms.no.occurrence" not in self.env:
            return False
        # sudo: as in _findings
        return (
            self.env["itsms.no.occurrence"]
            .sudo()
            ._covers(self.no_occurrence_kind, company, start, end)
        )
