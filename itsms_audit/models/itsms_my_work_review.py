from odoo import api, models
from odoo.fields import Domain


class ItsmsMyWork(models.AbstractModel):
    """Management review on the first page, for every role."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_review_office(),
            self._section_review_examine(),
            self._section_review_statements(),
            self._section_review_opinions(),
            self._section_review_effects(),
        ]

    @api.model
    def _section_review_office(self):
        """What the ITSMS office has to do next (REV-3.3)."""
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            return None
        return self._records_section(
            "review_office",
            self.env._("Management reviews to organise"),
            "",
            "fa-briefcase",
            self.env["itsms.management.review"],
            Domain("can_edit", "=", True)
            & Domain(
                "state", "in", ("draft", "rejected", "approved", "issued", "held", "reported")
            ),
            "itsms_audit.itsms_management_review_action",
            lambda review: {
                "label": review._office_next(),
                "deadline": review._office_deadline(),
            },
        )

    @api.model
    def _section_review_examine(self):
        """Material for the management representative (REV-4.5.2)."""
        companies = self.env.user._itsms_role_assignments("management_representative").company_id
        if not companies:
            return None
        return self._records_section(
            "review_examine",
            self.env._("Review material to examine"),
            "",
            "fa-search",
            self.env["itsms.management.review"],
            [("state", "=", "issued"), ("company_id", "in", companies.ids)],
            "itsms_audit.itsms_management_review_action",
            lambda review: {"label": review.missing_material or "", "deadline": review.day},
        )

    @api.model
    def _section_review_statements(self):
        """Reports that I write for the review (REV-3.4, REV-3.2)."""
        return self._records_section(
            "review_statements",
            self.env._("My report to the management review"),
            "",
            "fa-pencil",
            self.env["itsms.management.review.statement"],
            Domain("state", "=", "draft")
            & Domain("review_id.state", "in", ("issued", "prepared"))
            & Domain("can_edit", "=", True),
            "itsms_audit.itsms_management_review_statement_action",
            lambda line: {
                "label": line.sudo().review_id.display_name,  # sudo: the review one reports to
                "deadline": line.sudo().review_id.day,
            },
        )

    @api.model
    def _section_review_opinions(self):
        """Reviews for which I have entered nothing yet (REV-4.5.3)."""
        uid = self.env.uid
        return self._records_section(
            "review_opinions",
            self.env._("Prepare opinions and proposals"),
            "",
            "fa-commenting-o",
            self.env["itsms.management.review"],
            Domain("state", "in", ("issued", "prepared"))
            & Domain("participant_ids.user_id", "=", uid)
            & ~Domain("opinion_ids.user_id", "=", uid),
            "itsms_audit.itsms_management_review_action",
            lambda review: {"deadline": review.day},
        )

    @api.model
    def _section_review_effects(self):
        """Changes whose effect I evaluate or have evaluated (REV-4.8.1a)."""
        companies = self.env.user._itsms_role_assignments("management_representative").company_id
        return self._records_section(
            "review_effects",
            self.env._("Effect of system improvements"),
            "",
            "fa-line-chart",
            self.env["itsms.management.review.improvement"],
            Domain("state", "=", "changed")
            & (
                Domain("evaluator_id", "=", self.env.uid)
                | (Domain("evaluator_id", "=", False) & Domain("company_id", "in", companies.ids))
            ),
            "itsms_audit.itsms_management_review_improvement_action",
            lambda line: {"label": line.sudo().review_id.display_name},  # sudo: its name
        )


class ItsmsManagementReview(models.Model):
    """What comes next for the ITSMS office, in words."""

    _inherit = "itsms.management.review"

    def _office_next(self):
        self.ensure_one()
        return {
            "draft": self.env._("Draw up the plan"),
            "rejected": self.env._("Rework the plan"),
            "approved": self.env._("Issue the plan"),
            "issued": self.env._("Collect the material"),
            "held": self.env._("Write and issue the report"),
            "reported": self.env._("Follow up and archive"),
        }.get(self.state, "")

    def _office_deadline(self):
        self.ensure_one()
        if self.state in ("draft", "rejected", "approved"):
            return self.issue_by
        return self.day if self.state == "issued" else False
