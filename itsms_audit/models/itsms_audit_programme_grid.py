from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.models.itsms_annual_plan_line_mixin import MONTHS


class ItsmsAuditProgramme(models.Model):
    """The programme as a grid: departments down, clauses across, months in the cells."""

    _inherit = "itsms.audit.programme"

    def get_grid(self):
        """Grid of one programme as plain data for the client (AUD-4.1.1b)."""
        self.ensure_one()
        self.check_access("read")
        clauses = self.env["itsms.clause"]._auditable()
        lines = self.line_ids
        departments = self._departments_to_cover(self.company_id) | lines.department_id
        findings = self._last_year_findings()
        cells = {}
        for line in lines:
            row = cells.setdefault(line.department_id.id, {})
            for clause in line.clause_ids:
                row.setdefault(str(clause.id), []).append(
                    {"month": line.month or "", "state": line.state, "line": line.id}
                )
        open_clauses = set(self.gap_clause_ids.ids)
        open_departments = set(self.gap_department_ids.ids)
        return {
            "editable": bool(self.can_edit and self.state in self._editable_states),
            "months": [
                {"key": key, "name": name}
                for key, name in lines._fields["month"]._description_selection(self.env)
            ],
            "clauses": [
                {
                    "id": clause.id,
                    "code": clause.code,
                    "name": clause.name,
                    "chapter": clause.code.split(".")[0],
                    "covered": clause.id not in open_clauses,
                }
                for clause in clauses
            ],
            "departments": [
                {
                    "id": department.id,
                    "name": department.name,
                    "covered": department.id not in open_departments,
                    "cells": cells.get(department.id, {}),
                    "bad": {
                        str(clause): weight
                        for (owner, clause), weight in findings.items()
                        if owner == department.id
                    },
                }
                for department in departments.sudo()  # sudo: names are no secret
            ],
            "gaps": self.gap_count,
        }

    def set_cell(self, department_id, clause_id, month, planned):
        """Plan one clause of a department in a month, or take it out (one click in the grid)."""
        self.ensure_one()
        self.check_access("write")
        self._lock_rows()
        self._check_lock()
        department = self.env["hr.department"].browse(
            department_id if type(department_id) is int else []
        )
        clause = self.env["itsms.clause"].browse(clause_id if type(clause_id) is int else [])
        if (
            not isinstance(month, str)
            or month not in dict(MONTHS)
            or clause not in self.env["itsms.clause"]._auditable()
            or department not in self._departments_to_cover(self.company_id)
        ):
            raise UserError(
                self.env._("Choose a department, a clause and a month of the grid (AUD-4.1.1b).")
            )
        line = self.line_ids.filtered(lambda x: x.department_id == department and x.month == month)[
            :1
        ]
        if planned and not line:
            self.line_ids.create(
                {
                    "programme_id": self.id,
                    "department_id": department.id,
                    "month": month,
                    "clause_ids": [fields.Command.set(clause.ids)],
                }
            )
        elif planned:
            line.clause_ids |= clause
        elif line.clause_ids == clause:
            line.unlink()
        elif line:
            line.clause_ids -= clause
        return self.get_grid()
