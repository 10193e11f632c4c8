from datetime import date

from odoo import api, fields, models

from .audit_kinds import GRADE_WEIGHTS

# Clauses that concern every department: competence, awareness, documented information, objectives.
USUAL_CLAUSES = ("6.2.1", "7.2", "7.3", "7.5.1", "7.5.2", "7.5.3", "8.1")
# Audits are spread over these months; the second half of the year is for those held again.
MONTHS_TO_USE = ("03", "04", "05", "06", "07", "08")
AGAIN = "10"


class ItsmsAuditProgramme(models.Model):
    """Lines proposed from last year's findings and from what is not covered (AUD-4.1.1)."""

    _inherit = "itsms.audit.programme"

    def action_propose_lines(self):
        """Add what is missing: every uncovered department and clause once, and a second audit
        where last year was bad. May be pressed again: what is planned is not proposed twice."""
        self.ensure_one()
        self.check_access("write")
        self._lock_rows()
        self._check_lock()
        findings = self._last_year_findings()
        vals_list = self._propose_gaps(findings) + self._propose_more(findings)
        lines = self.env["itsms.audit.programme.line"].create(vals_list)
        # what a person adds by hand is not marked
        lines._mark_proposed()
        if not (self.basis or "").strip():
            self.basis = self._basis_text(findings)
        return True

    @api.model
    def _weight(self, grade):
        return GRADE_WEIGHTS.get(grade, 1)

    def _last_year_findings(self):
        """Weight of the nonconformities of the year before, per ``(department, clause)`` ids.

        The programme is made in December of that year, so the running year counts.
        """
        # sudo: how many findings there were where; their content is not shown
        rows = (
            self.env["itsms.nonconformity"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", self.company_id.id),
                    ("state", "not in", ("draft", "void")),
                    ("found_on", ">=", date(self.year - 1, 1, 1)),
                    ("found_on", "<=", date(self.year - 1, 12, 31)),
                    ("clause_id", "!=", False),
                ],
                ["department_id", "clause_id", "grade"],
                ["__count"],
            )
        )
        found = {}
        for department, clause, grade, count in rows:
            key = department.id, clause.id
            found[key] = found.get(key, 0) + count * self._weight(grade)
        return {key: weight for key, weight in found.items() if weight}

    # ------------------------------------------------------------ what is not covered
    def _propose_gaps(self, findings):
        """One line for every department that has gaps: its own clauses and the clauses that fall
        to it, spread over the year."""
        departments = self._departments_to_cover(self.company_id)
        clauses = self.env["itsms.clause"]._auditable()
        if not departments:
            return []
        planned = {d: c.ids for d, c in self._clauses_by_department().items()}
        owners = self._clause_owners(clauses, departments)
        wanted = {department.id: set() for department in departments}
        for clause in self.gap_clause_ids:
            wanted[owners[clause.id]].add(clause.id)
        for (department, clause), _weight in findings.items():
            known = clause in clauses.ids and department in wanted
            if known and clause not in planned.get(department, ()):
                wanted[department].add(clause)
        usual = set(clauses.filtered(lambda c: c.code in USUAL_CLAUSES).ids)
        for department in self.gap_department_ids:
            # every department keeps documents and records and has objectives and competence
            wanted[department.id] = wanted[department.id] or usual or set(clauses.ids[:1])
        order = {clause.id: place for place, clause in enumerate(clauses)}
        vals_list = []
        size = self.env["itsms.parameter"]._get("audit.programme.clauses", self.company_id)
        for department in departments:
            mine = sorted(wanted[department.id], key=order.get)
            # more than one audit can look at is spread over several months
            for start in range(0, len(mine), size):
                part = mine[start : start + size]
                month = MONTHS_TO_USE[len(vals_list) % len(MONTHS_TO_USE)]
                reason = self._why(department, part, findings)
                vals_list.append(self._line_vals(department, part, month, reason))
        return vals_list

    def _clauses_by_department(self):
        result = {}
        for line in self.line_ids:
            result.setdefault(line.department_id.id, self.env["itsms.clause"])
            result[line.department_id.id] |= line.clause_ids
        return result

    def _clause_owners(self, clauses, departments):
        """Department per clause id to which an uncovered clause falls: where it was audited last
        year, else who answers for a document that implements it, else the ITSMS office."""
        company = self.company_id
        office = company.sudo().itsms_office_department_id  # sudo: which one is no secret
        fallback = office if office in departments else departments[:1]
        owners = {clause.id: fallback.id for clause in clauses}
        # sudo: which department answers for a clause is no secret
        documents = (
            self.env["itsms.document"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "in_force"),
                    ("clause_ids", "!=", False),
                    ("department_id", "in", departments.ids),
                ]
            )
        )
        for document in documents:
            for clause in document.clause_ids:
                owners[clause.id] = document.department_id.id
        before = self._in_force(company, self.year - 1) or self._last_closed()
        for line in before.sudo().line_ids.sorted("id"):  # sudo: as above
            if line.department_id in departments:
                for clause in line.clause_ids:
                    owners[clause.id] = line.department_id.id
        return owners

    def _last_closed(self):
        """The programme of the year before, where it is closed already (sudo: no secret)."""
        return self.sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("year", "=", self.year - 1),
                ("state", "=", "closed"),
            ],
            limit=1,
        )

    # ------------------------------------------------------------ more where last year was bad
    def _propose_more(self, findings):
        """A second audit in the other half of the year where last year was bad."""
        threshold = self.env["itsms.parameter"]._get("audit.programme.more", self.company_id)
        by_department = {}
        for (department, clause), weight in findings.items():
            by_department.setdefault(department, {})[clause] = weight
        departments = self._departments_to_cover(self.company_id)
        vals_list = []
        for department in departments:
            bad = by_department.get(department.id, {})
            again = {
                clause
                for clause, weight in bad.items()
                if self._planned_times(department.id, clause) < 2
            }
            if sum(bad.values()) >= threshold and again:
                vals_list.append(
                    self._line_vals(
                        department, again, AGAIN, self._why(department, again, findings)
                    )
                )
        return vals_list

    def _planned_times(self, department_id, clause_id):
        return len(
            self.line_ids.filtered(
                lambda x: x.department_id.id == department_id and clause_id in x.clause_ids.ids
            )
        )

    def _line_vals(self, department, clause_ids, month, reason):
        return {
            "programme_id": self.id,
            "department_id": department.id,
            "clause_ids": [fields.Command.set(sorted(clause_ids))],
            "month": month,
            "reason": reason,
        }

    def _why(self, department, clause_ids, findings):
        """“Last year: 3 × 8.2.1” or that the department and its clauses are due."""
        bad = {
            clause: weight
            for (owner, clause), weight in findings.items()
            if owner == department.id and clause in clause_ids
        }
        if not bad:
            return self.env._("Due once a year")
        clauses = self.env["itsms.clause"].browse(bad)
        return self.env._(
            "Findings of last year: %(clauses)s", clauses=", ".join(clauses.mapped("code"))
        )

    def _basis_text(self, findings):
        count = len(findings)
        if not count:
            return self.env._("No findings of the year %(year)s.", year=self.year - 1)
        return self.env._(
            "Findings of the year %(year)s in %(count)s places (department and clause).",
            year=self.year - 1,
            count=count,
        )
