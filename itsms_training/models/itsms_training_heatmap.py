from odoo import api, models
from odoo.fields import Domain

from .itsms_training_gap_sql import rows_sql

PAGE = 60


class ItsmsTrainingGap(models.Model):
    """Heat map people × skills and certificates: level held against level wanted (clause 7.2)."""

    _inherit = "itsms.training.gap"

    @api.model
    def get_heatmap(self, department_id=None, offset=0, limit=PAGE):
        """One page of people with their cells, as plain data for the client.

        Only people whose training data the user may read: himself, his team, as HR the company.

        :param department_id: with all departments below; empty: everybody.
        """
        self.browse().check_access("read")
        # a client may send anything: what is no number is left out
        department_id, offset, limit = (
            value if isinstance(value, int) and value > 0 else 0
            for value in (department_id, offset, limit)
        )
        employees, total = self._heatmap_people(department_id, offset, min(limit or PAGE, 10_000))
        rows = self._fetch(rows_sql(self.env, employees.ids), gaps_only=False) if employees else []
        columns, cells = {}, {employee.id: {} for employee in employees}
        for row in rows:
            key = self._heatmap_column(row, columns)
            cell = {
                name: row[name] for name in ("state", "wanted", "has", "mandatory", "barred")
            } | {
                "expires": str(row["expires"] or ""),
                "wanted_value": row["wanted_value"] or 0,
                "has_value": row["has_value"] or 0,
            }
            known = cells[row["employee_id"]].get(key)
            if not known or (cell["wanted_value"], cell["mandatory"]) > (
                known["wanted_value"],
                known["mandatory"],
            ):
                cells[row["employee_id"]][key] = cell
        ordered = sorted(columns.values(), key=lambda c: (c["order"], c["group"], c["name"]))
        return {
            "columns": ordered,
            "people": [
                self._heatmap_person(employee, cells[employee.id]) for employee in employees
            ],
            "total": total,
            "departments": self._heatmap_departments(),
            "states": dict(self._fields["state"]._description_selection(self.env)),
        }

    @api.model
    def _heatmap_people(self, department_id, offset, limit):
        # sudo: private employee data decides who is shown; the domain holds the rights
        Employee = self.env["hr.employee"].sudo().with_context(active_test=True)
        domain = self.env.user._itsms_team_domain() & Domain(
            "company_id", "in", self.env.companies.ids
        )
        if department_id:
            domain &= Domain("department_id", "child_of", department_id)
        people = Employee.search(domain, order="name, id", offset=offset, limit=limit)
        return people, Employee.search_count(domain)

    @api.model
    def _heatmap_person(self, employee, cells):
        gaps = [cell for cell in cells.values() if cell["state"] != "met"]
        return {
            "id": employee.id,
            "name": employee.name,
            "job": employee.job_id.name or "",
            "department": employee.department_id.name or "",
            "cells": cells,
            "gaps": len(gaps),
            "barred": any(cell["barred"] for cell in gaps),
            "met": len(cells) - len(gaps),
        }

    @api.model
    def _heatmap_column(self, row, columns):
        kind = row["kind"]
        key = f"{kind}-{row['skill_id'] or row['type_id'] or 0}"
        if key not in columns:
            # sudo: names of skills are no secret
            skill = self.env["hr.skill"].sudo().browse(row["skill_id"] or [])
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            columns[key] = {
                "key": key,
                "name": row["what"],
                "group": skill.skill_type_id.name if skill else kinds[kind],
                "order": ("skill", "certificate", "education", "experience").index(kind),
            }
        return key

    @api.model
    def _heatmap_departments(self):
        """Departments to choose from: those of the company for HR, else those one heads."""
        user = self.env.user
        # sudo: names of departments are no secret
        Department = self.env["hr.department"].sudo()
        if user._itsms_training_hr_companies() or user.has_group("itsms_base.group_itsms_auditor"):
            departments = Department.search([("company_id", "in", self.env.companies.ids)])
        else:
            departments = user._itsms_headed_departments()
        return [{"id": d.id, "name": d.complete_name} for d in departments]
