from odoo import api, models


class ItsmsMeasure(models.Model):
    """Training quality objectives of a month (培训质量目标, TRN-4.6.2)."""

    _inherit = "itsms.measure"

    @api.model
    def _sources(self):
        return super()._sources() | {
            "training.plan": self._training_plan,
            "training.pass": self._training_pass,
            "training.coverage": self._training_coverage,
            "training.satisfaction": self._training_satisfaction,
        }

    @api.model
    def _training_plan(self, company, start, end):
        """Lines of the plan in force that fell in the month, and those of them that were held."""
        # sudo: the numbers of the company, whoever measures
        Line = self.env["itsms.training.plan.line"].sudo()
        lines = Line.search(
            [
                ("company_id", "=", company.id),
                ("plan_state", "=", "in_force"),
                ("date_planned", ">=", start),
                ("date_planned", "<", end),
            ]
        )
        return len(lines.filtered("done_sessions")), len(lines)

    @api.model
    def _training_lines(self, company, start, end):
        # sudo: the numbers of the company, whoever measures
        return [
            ("company_id", "=", company.id),
            ("day", ">=", start),
            ("day", "<", end),
            ("session_state", "in", ("finished", "evaluated", "closed")),
            ("presence", "!=", "left"),
        ]

    @api.model
    def _training_count(self, domain):
        # sudo: the numbers of the company, whoever measures
        return self.env["itsms.training.attendance"].sudo().search_count(domain)

    @api.model
    def _training_pass(self, company, start, end):
        """People assessed in the trainings of the month, and those who passed at the first or a
        later assessment."""
        domain = self._training_lines(company, start, end)
        passed = self._training_count([*domain, ("result", "=", "passed")])
        return passed, self._training_count([*domain, ("result", "in", ("passed", "failed"))])

    @api.model
    def _training_coverage(self, company, start, end):
        """People expected in the trainings of the month, and those who were there."""
        domain = self._training_lines(company, start, end)
        present = self._training_count([*domain, ("presence", "=", "present")])
        return present, self._training_count(domain)

    @api.model
    def _training_satisfaction(self, company, start, end):
        """Points given by the trainees of the month, over those who gave any: 1 to 5."""
        domain = self._training_lines(company, start, end)
        # sudo: the numbers of the company, whoever measures
        Attendance = self.env["itsms.training.attendance"].sudo()
        counts = Attendance._read_group([*domain, ("rating", "!=", False)], ["rating"], ["__count"])
        return sum(int(rating) * count for rating, count in counts), sum(c for _r, c in counts)
