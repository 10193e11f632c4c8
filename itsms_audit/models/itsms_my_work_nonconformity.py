from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """What waits of nonconformities and actions: mine to do, to answer, to verify, overdue."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_my_actions(),
            self._section_nonconformities(),
            self._section_to_verify(),
            self._section_to_check(),
            self._section_to_rule(),
            self._section_actions_overdue(),
        ]

    @api.model
    def _describe_action(self, action):
        return {
            "label": action.origin_name or "",
            "who": action.sudo().owner_id.name,  # sudo: a colleague's name
            "deadline": action.due_on,
        }

    @api.model
    def _describe_nonconformity(self, record):
        return {
            "label": record._state_label(),
            "by": record.sudo().raised_by_id.name,  # sudo: a colleague's name
            "deadline": record.deadline_on,
        }

    @api.model
    def _section_my_actions(self):
        return self._records_section(
            "my_actions",
            self.env._("My actions"),
            self.env._("No action waits for you."),
            "fa-check-square-o",
            self.env["itsms.action"],
            [("owner_id", "=", self.env.uid), ("state", "=", "open")],
            "itsms_audit.itsms_action_action_mine",
            self._describe_action,
        )

    @api.model
    def _section_nonconformities(self):
        """To be confirmed and answered by the departments that I head."""
        headed = self.env.user._itsms_headed_departments()
        if not headed:
            return None
        return self._records_section(
            "nonconformities",
            self.env._("Nonconformities to confirm and to answer"),
            self.env._("No nonconformity waits for your department."),
            "fa-exclamation-triangle",
            self.env["itsms.nonconformity"],
            [
                ("department_id", "in", headed.ids),
                ("state", "in", ("issued", "analysis", "rejected")),
            ],
            "itsms_audit.itsms_nonconformity_action",
            self._describe_nonconformity,
        )

    @api.model
    def _section_to_verify(self):
        """Done actions that name me, or that wait for an internal auditor."""
        user = self.env.user
        mine = [("state", "=", "done"), ("owner_id", "!=", user.id)]
        companies = user._itsms_role_assignments("internal_auditor", "lead_auditor").company_id
        departments = user._itsms_employees().department_id
        if companies:
            domain = [
                *mine,
                ("department_id", "not in", departments.ids),
                "|",
                ("verifier_id", "=", user.id),
                "&",
                ("verifier_id", "=", False),
                ("company_id", "in", companies.ids),
            ]
        else:
            domain = [*mine, ("verifier_id", "=", user.id)]
        return self._records_section(
            "actions_to_verify",
            self.env._("Actions to verify"),
            self.env._("No action waits to be verified."),
            "fa-search",
            self.env["itsms.action"],
            domain,
            "itsms_audit.itsms_action_action_to_verify",
            self._describe_action,
        )

    @api.model
    def _section_to_check(self):
        """What I found, when its measures are verified; what I checked, when its effect is due."""
        uid = self.env.uid
        running = ("draft", "open", "done")
        return self._records_section(
            "nonconformities_to_check",
            self.env._("Nonconformities to check"),
            "",
            "fa-eye",
            self.env["itsms.nonconformity"],
            [
                "|",
                "&",
                "&",
                ("raised_by_id", "=", uid),
                ("state", "=", "approved"),
                ("action_ids", "not any", [("state", "in", running)]),
                "&",
                "&",
                ("round_ids", "any", [("checked_by_id", "=", uid)]),
                ("state", "=", "verified"),
                ("effect_due_on", "<=", self.env.company._itsms_today()),
            ],
            "itsms_audit.itsms_nonconformity_action",
            self._describe_nonconformity,
        )

    @api.model
    def _section_to_rule(self):
        """For the management representative: contested ones, and those to be closed."""
        companies = self.env.user._itsms_role_assignments("management_representative").company_id
        if not companies:
            return None
        return self._records_section(
            "nonconformities_to_rule",
            self.env._("Nonconformities to rule on or to close"),
            self.env._("No nonconformity waits for you."),
            "fa-balance-scale",
            self.env["itsms.nonconformity"],
            [
                ("company_id", "in", companies.ids),
                ("state", "in", ("contested", "effective")),
            ],
            "itsms_audit.itsms_nonconformity_action",
            self._describe_nonconformity,
        )

    @api.model
    def _section_actions_overdue(self):
        """For heads their departments, for the office and the representative everything."""
        user = self.env.user
        domain = [("overdue", "=", True), ("owner_id", "!=", user.id)]
        companies = user._itsms_role_assignments("management_representative").company_id
        if user.has_group("itsms_base.group_itsms_office"):
            companies |= self.env.companies
        headed = user._itsms_headed_departments()
        if not companies and not headed:
            return None
        domain += [
            "|",
            ("company_id", "in", companies.ids),
            ("department_id", "in", headed.ids),
        ]
        return self._records_section(
            "actions_overdue",
            self.env._("Overdue actions of others"),
            "",
            "fa-clock-o",
            self.env["itsms.action"],
            domain,
            "itsms_audit.itsms_action_action",
            self._describe_action,
        )
