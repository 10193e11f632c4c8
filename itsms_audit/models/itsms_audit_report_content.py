from odoo import api, models

from .itsms_audit_checklist import NONCONFORMING

GRADES = ("serious", "general", "minor", "observation")
COLOURS = {
    "serious": "#b02a37",
    "general": "#e8590c",
    "minor": "#f2b705",
    "observation": "#4a7fb5",
}


class ItsmsAuditReport(models.Model):
    """What the audit report says and counts, built from the audit (AUD-4.3.2a–h)."""

    _inherit = "itsms.audit.report"

    # ------------------------------------------------------------ texts
    def _content_of_audit(self):
        """Items a), b), c), e), f), g) as texts, in the company's language."""
        self.ensure_one()
        # sudo: the lead auditor writes of the whole audit
        report = self.sudo().with_context(lang=self.company_id._itsms_language())
        audit = report.audit_id
        return {
            "purpose": audit.purpose,
            "scope": audit.scope,
            "criteria": audit.criteria,
            "team": report._team_text(audit),
            "execution": report._execution_text(audit),
            "main_problems": audit.main_problems,
            "conclusion": "\n".join(
                filter(None, (audit.minutes_conclusion, audit.conformity, audit.effectiveness))
            ),
            "proposals": "\n".join(filter(None, (audit.proposals, report._actions_text()))),
        }

    @api.model
    def _team_text(self, audit):
        roles = dict(audit.member_ids._fields["role"]._description_selection(self.env))
        return "\n".join(
            " – ".join(filter(None, (f"{roles[m.role]}: {m.user_id.name}", m.task)))
            for m in audit.member_ids
            if not m.left_at
        )

    @api.model
    def _execution_text(self, audit):
        """Dates, what was audited when by whom, and what the closing meeting heard."""
        lines = [
            self.env._("%(start)s to %(end)s", start=audit.date_start, end=audit.date_end),
        ]
        for checklist in audit.checklist_ids.filtered(lambda c: c.state != "cancelled"):
            lines.append(
                self.env._(
                    "%(day)s %(department)s (%(clauses)s): %(judged)s of %(all)s questions judged "
                    "by %(auditors)s",
                    day=checklist.date,
                    department=checklist.department_id.name,
                    clauses=", ".join(checklist.clause_ids.mapped("code")),
                    judged=checklist.judged_count,
                    all=checklist.line_count,
                    auditors=", ".join(checklist.auditor_ids.mapped("name")),
                )
            )
        return "\n".join(filter(None, (*lines, audit.minutes_execution)))

    def _actions_text(self):
        """Corrective actions that the departments have set so far (AUD-4.3.2g)."""
        texts = []
        for report in self.audit_id._audit_nonconformities():
            for action in report.action_ids:
                texts.append(
                    " – ".join(
                        filter(
                            None,
                            (
                                report.display_name,
                                action.display_name,
                                action.due_on and str(action.due_on),
                            ),
                        )
                    )
                )
        return "\n".join(texts)

    # ------------------------------------------------------------ findings
    def _findings_of_audit(self):
        """Every nonconformity and observation as plain data, by department and clause (sudo by
        the caller: all of them count)."""
        self.ensure_one()
        report = self.with_context(lang=self.company_id._itsms_language())
        audit = report.audit_id
        by_line, others = {}, []
        lines = (
            self.env["itsms.audit.checklist.line"]
            .with_env(report.env)
            .search(
                [
                    ("audit_id", "=", audit.id),
                    ("checklist_id.state", "!=", "cancelled"),
                    ("dropped", "=", False),
                    ("result", "in", (*NONCONFORMING, "observation")),
                ]
            )
        )
        for nonconformity in audit._audit_nonconformities():
            if nonconformity.source_model == lines._name:
                by_line[nonconformity.source_id] = nonconformity
            else:
                others.append(nonconformity)
        found = []
        for line in lines:
            nonconformity = by_line.get(line.id)
            found.append(
                report._finding(
                    nonconformity.department_id if nonconformity else line.department_id,
                    nonconformity.clause_id if nonconformity else line.clause_id,
                    nonconformity.grade if nonconformity else line.result,
                    line.evidence or line.question,
                    nonconformity,
                )
            )
        for nonconformity in others:
            found.append(
                report._finding(
                    nonconformity.department_id,
                    nonconformity.clause_id,
                    nonconformity.grade,
                    nonconformity.evidence or nonconformity.name,
                    nonconformity,
                )
            )
        return {
            "departments": audit.department_ids.mapped("name"),
            "found": sorted(
                found, key=lambda f: (f["department"], f["order"], GRADES.index(f["grade"]))
            ),
        }

    @api.model
    def _finding(self, department, clause, grade, text, nonconformity):
        return {
            "department": department.name or "",
            "clause": clause.code or "",
            "clause_name": clause.name or "",
            "order": clause.sequence or 0,
            "grade": grade,
            "text": text or "",
            "number": (nonconformity and nonconformity.number) or "",
            "state": nonconformity._state_label() if nonconformity else "",
        }

    @api.depends("findings")
    @api.depends_context("lang")
    def _compute_findings(self):
        for report in self:
            table = report._distribution_table()
            report.finding_count = table["total"] - table["by_grade"]["observation"]
            report.numbers_text = report._numbers_text(table)
            report.distribution_html = self.env["ir.qweb"]._render(
                "itsms_audit.report_distribution_table", {"table": table}
            )

    def _distribution_table(self):
        """Departments down, clauses across; every cell with its number by grade (AUD-4.3.2h)."""
        data = self.findings or {}
        found = data.get("found", [])
        names = dict(
            self.env["itsms.audit.checklist.line"]
            ._fields["result"]
            ._description_selection(self.env)
        )
        departments = list(
            dict.fromkeys([*data.get("departments", []), *(f["department"] for f in found)])
        )
        codes = {f["clause"]: (f["order"], f["clause_name"]) for f in found}
        clauses = sorted(codes, key=lambda code: (codes[code][0], code))
        cells, by_grade = {}, dict.fromkeys(GRADES, 0)
        by_department = {d: dict.fromkeys(GRADES, 0) for d in departments}
        by_clause = dict.fromkeys(clauses, 0)
        for finding in found:
            key = finding["department"], finding["clause"]
            cell = cells.setdefault(key, dict.fromkeys(GRADES, 0))
            cell[finding["grade"]] += 1
            by_grade[finding["grade"]] += 1
            by_department[finding["department"]][finding["grade"]] += 1
            by_clause[finding["clause"]] += 1
        longest = max([sum(own.values()) for own in by_department.values()], default=0) or 1
        return {
            "departments": departments,
            "clauses": clauses,
            "clause_names": {code: codes[code][1] for code in clauses},
            "cells": cells,
            "by_grade": by_grade,
            "by_department": by_department,
            "by_clause": by_clause,
            "total": len(found),
            "grades": [{"key": g, "label": names[g], "colour": COLOURS[g]} for g in GRADES],
            "longest": longest,
            "found": [{**f, "grade_label": names[f["grade"]]} for f in found],
        }

    def _numbers_text(self, table):
        counts = ", ".join(
            self.env._("%(grade)s: %(count)s", grade=g["label"], count=table["by_grade"][g["key"]])
            for g in table["grades"]
        )
        lines = [counts]
        for department in table["departments"]:
            own = table["by_department"][department]
            numbers = ", ".join(
                self.env._("%(grade)s: %(count)s", grade=g["label"], count=own[g["key"]])
                for g in table["grades"]
                if own[g["key"]]
            )
            lines.append(
                self.env._(
                    "%(department)s: %(numbers)s",
                    department=department,
                    numbers=numbers or self.env._("none"),
                )
            )
        return "\n".join(lines)
