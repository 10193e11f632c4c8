from datetime import timedelta

from odoo import fields

from .nonconformity_common import NonconformityCase


class ImprovementCase(NonconformityCase):
    """Criteria in force, improvements, risks and objectives on every step of their way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        criteria = (
            cls.env["itsms.improvement.criteria"]
            .with_user(cls.office)
            .create({"company_id": cls.company.id, "policy": "Faster and safer every year"})
        )
        weights = {"quality": 3, "risk": 2}
        for line in criteria.line_ids:
            line.weight = weights.get(line.kind, 0)
        cls.criteria = criteria
        criteria.action_submit()
        for user in (cls.mr, cls.president):
            cls.env.invalidate_all()
            criteria.with_user(user).action_approve()

    # ------------------------------------------------------------ improvements
    def _proposal(self, user=None, **vals):
        return (
            self.env["itsms.improvement"]
            .with_user(user or self.reader)
            .create(
                {
                    "name": "Answer tickets from a template",
                    "description": "Every answer is written anew",
                    "expected": "Shorter answers, fewer mistakes",
                    "company_id": self.company.id,
                    "department_id": self.dep_service.id,
                    **vals,
                }
            )
        )

    def _proposed(self, **vals):
        record = self._proposal(**vals)
        record.action_propose()
        return self._as(record, self.office)

    def _evaluated(self, points=("4", "2"), effort="2", **vals):
        record = self._proposed(**vals)
        for line, value in zip(record.point_ids, points, strict=True):
            line.points = value
        record.effort = effort
        record.action_evaluate()
        return record

    def _target(self, **vals):
        return {
            "kind": "quality",
            "name": "Tickets solved at once",
            "unit": "%",
            "better": "higher",
            "baseline": 60,
            "baseline_on": self.today,
            "target": 75,
            "due_on": self.today + timedelta(days=90),
            **vals,
        }

    def _measure_of(self, record, user=None, **vals):
        return self._measure(record, user or self.office, kind="improvement", **vals)

    def _ready(self, **vals):
        record = self._evaluated(**vals)
        record.write(
            {
                "owner_id": self.engineer.id,
                "due_on": self.today + timedelta(days=60),
                "resources": "One person for a week",
                "target_ids": [fields.Command.create(self._target())],
            }
        )
        self._measure_of(record)
        return record

    def _approved_improvement(self, **vals):
        record = self._ready(**vals)
        record.action_submit()
        return self._approve(record, self.mr)

    def _measuring(self, **vals):
        record = self._approved_improvement(**vals)
        self._as(record, self.engineer).action_begin()
        self._carry_out(record)
        return self._as(record, self.engineer)

    # ------------------------------------------------------------ risks
    def _risk(self, user=None, **vals):
        return (
            self.env["itsms.risk"]
            .with_user(user or self.engineer)
            .create(
                {
                    "name": "Only one person knows the backup",
                    "company_id": self.company.id,
                    "department_id": self.dep_service.id,
                    "owner_id": self.engineer.id,
                    "issue_kind": "internal",
                    "issue": "Few experienced people",
                    "cause": "Nobody else was trained",
                    "consequence": "No restore while he is away",
                    "likelihood": "3",
                    "impact": "4",
                    **vals,
                }
            )
        )

    def _registered(self, **vals):
        risk = self._risk(**vals)
        risk.action_register()
        return risk

    def _treating(self, **vals):
        risk = self._registered(**vals)
        risk.write({"method": "treat", "effect_criterion": "Two people restore alone"})
        self._measure(risk, kind="preventive")
        risk.action_treat()
        return risk

    # ------------------------------------------------------------ objectives
    def _objective(self, user=None, **vals):
        return (
            self.env["itsms.objective"]
            .with_user(user or self.office)
            .create(
                {
                    "name": "Tickets answered in time",
                    "company_id": self.company.id,
                    "owner_id": self.engineer.id,
                    "measured_by": "Answered in time ÷ all tickets",
                    "target": 95,
                    "plan": "Templates, second line on call",
                    "resources": "Two people",
                    "due_on": f"{self.today.year}-12-31",
                    "evaluation": "Quarterly by the owner from the ticket list",
                    **vals,
                }
            )
        )

    def _objective_in_force(self, **vals):
        objective = self._objective(**vals)
        objective.action_submit()
        return self._approve(objective, self.mr, self.president)
