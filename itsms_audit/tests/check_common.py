from odoo.fields import Command

from .audit_common import ProgrammeCase
from .common import tagged

__all__ = ["CheckCase", "tagged"]


class CheckCase(ProgrammeCase):
    """An audit on site with its checklists, and what follows."""

    def _checklist(self, audit=None, **vals):
        """The checklist of an audit on site, as its auditor."""
        audit = audit or self._on_site(**vals)
        checklist = audit.sudo().checklist_ids.filtered(lambda c: c.state != "cancelled")[0]
        return self._as(checklist, checklist.auditor_ids[0])

    def _answer(self, line, result="conforming", evidence="Seen: ticket 4711", **values):
        return line.action_answer(
            line.version,
            {"result": result, "evidence": evidence, "by_documents": True, **values},
        )

    def _judge(self, checklist, results=None):
        """Judge every question: ``results`` for the first ones, conforming for the rest."""
        results = list(results or [])
        for place, line in enumerate(checklist.line_ids):
            result = results[place] if place < len(results) else "conforming"
            self._answer(line, result, f"Seen: record {place}")
        return checklist

    def _finish_on_site(self, audit, results=None):
        for checklist in audit.sudo().checklist_ids.filtered(lambda c: c.state == "on_site"):
            mine = self._as(checklist, checklist.auditor_ids[0])
            self._judge(mine, results).action_finish()
            results = None

    def _concluded_with(self, results, **vals):
        """An audit after its closing meeting, with these results in its first checklist."""
        audit = self._on_site(**vals)
        self._finish_on_site(audit, results)
        self._hold(audit, "team", **self.CONCLUSION)
        self._hold(audit, "closing", **self.MINUTES)
        return self._as(audit, self.lead)

    def _report(self, audit=None):
        """The report of a concluded audit as the lead auditor writes it."""
        audit = audit or self._concluded_with(["minor", "observation", "general"])
        self._issue_findings(audit)
        audit.action_write_report()
        return self._as(audit.report_ids, self.lead)

    def _issue_findings(self, audit):
        """The auditor completes and issues the nonconformity reports (AUD-4.2.2a)."""
        for found in audit._audit_nonconformities():
            found = self._as(found.sudo(False), self.auditor_dev)
            found.write({"deviation": "Not as required"})
            found.action_issue()

    def _issued(self, report=None):
        report = report or self._report()
        report.action_submit()
        self._as(report, self.mr).action_approve()
        self._as(report, self.lead).action_issue()
        return self._as(report, self.lead)

    def _own_question(self, checklist, **vals):
        clause = checklist.clause_ids[0]
        line = {"question": "How is it done here?", "clause_id": clause.id, **vals}
        checklist.write({"line_ids": [Command.create(line)]})
        return checklist.line_ids.sorted("id")[-1]
