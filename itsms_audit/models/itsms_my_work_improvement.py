from datetime import timedelta

from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """What waits of improvements, risks and objectives."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_improvements(),
            self._section_improvements_to_evaluate(),
            self._section_risks(),
            self._section_objectives(),
        ]

    @api.model
    def _describe_improvement(self, record):
        return {
            "label": record._state_label(),
            "by": record.sudo().proposer_id.name,  # sudo: a colleague's name
            "deadline": record.due_on or record.deferred_until,
        }

    @api.model
    def _section_improvements(self):
        """Mine to start and to measure; deferred ones whose day has come, for who rules."""
        user = self.env.user
        today = self.env.company._itsms_today()
        ruled = user._itsms_role_assignments("management_representative").company_id
        return self._records_section(
            "improvements",
            self.env._("Improvements to carry forward"),
            "",
            "fa-lightbulb-o",
            self.env["itsms.improvement"],
            [
                "|",
                "&",
                ("owner_id", "=", user.id),
                ("state", "in", ("approved", "measuring")),
                "&",
                ("company_id", "in", ruled.ids),
                "&",
                ("state", "=", "deferred"),
                ("deferred_until", "<=", today),
            ],
            "itsms_audit.itsms_improvement_action",
            self._describe_improvement,
        )

    @api.model
    def _section_improvements_to_evaluate(self):
        """For the ITSMS office: proposed ones without evaluation, evaluated ones to submit."""
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            return None
        return self._records_section(
            "improvements_to_evaluate",
            self.env._("Improvements to evaluate and to submit"),
            "",
            "fa-star-half-o",
            self.env["itsms.improvement"],
            [
                ("company_id", "in", self.env.companies.ids),
                ("state", "in", ("proposed", "evaluated", "rejected")),
            ],
            "itsms_audit.itsms_improvement_action",
            self._describe_improvement,
        )

    @api.model
    def _section_risks(self):
        """Mine to deal with, to judge, and to assess again within a month."""
        soon = self.env.company._itsms_today() + timedelta(days=30)
        return self._records_section(
            "risks",
            self.env._("My risks to deal with or to assess again"),
            "",
            "fa-bolt",
            self.env["itsms.risk"],
            [
                ("owner_id", "=", self.env.uid),
                "|",
                ("state", "=", "open"),
                "&",
                ("state", "in", ("treating", "monitored")),
                ("review_due_on", "<=", soon),
            ],
            "itsms_audit.itsms_risk_action",
            lambda risk: {"label": risk._state_label(), "deadline": risk.review_due_on},
        )

    @api.model
    def _section_objectives(self):
        """Mine that were not evaluated in this quarter."""
        return self._records_section(
            "objectives",
            self.env._("My objectives to evaluate this quarter"),
            "",
            "fa-bullseye",
            self.env["itsms.objective"],
            [("owner_id", "=", self.env.uid), ("evaluation_due", "=", True)],
            "itsms_audit.itsms_objective_action",
            lambda objective: {
                "label": objective.department_id.name or "",
                "deadline": objective.due_on,
            },
        )
