from datetime import timedelta

from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Adds what waits to be filed, collected, expires or is to be destroyed."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_records_to_file(),
            self._section_records_expiring(),
            self._section_disposals_to_execute(),
        ]

    @api.model
    def _section_records_to_file(self):
        """For everybody who keeps records: drafts of the own departments (REC-4.4.1)."""
        kept = self.env.user._itsms_kept_departments()
        if not kept:
            return None
        return self._records_section(
            "records_to_file",
            self.env._("Records to file"),
            self.env._("Every record of your departments is filed."),
            "fa-archive",
            self.env["itsms.record"],
            [("state", "=", "draft"), ("department_id", "in", kept.ids)],
            "itsms_documents.itsms_record_action_to_file",
            lambda record: {
                "label": record._state_label(),
                "by": record.filled_by_id.sudo().name,  # sudo: a colleague's name
                "who": record.department_id.name,
            },
        )

    @api.model
    def _section_records_expiring(self):
        """For document administrators and the ITSMS office: retention that ends (REC-4.7)."""
        domain = self._expiring_domain()
        if domain is None:
            return None
        return self._records_section(
            "records_expiring",
            self.env._("Expiring records"),
            self.env._("No retention period ends soon."),
            "fa-hourglass-end",
            self.env["itsms.record"].with_context(active_test=False),
            domain,
            "itsms_documents.itsms_record_action_expiring",
            lambda record: {
                "label": self.env._("Keep until"),
                "who": record.department_id.name,
                "deadline": record.retention_until,
            },
        )

    @api.model
    def _expiring_domain(self):
        """Filed records whose retention ends soon, for who has to care; else nothing."""
        user = self.env.user
        roles = self.env["itsms.role"]._by_code("department_document_administrator")
        office = user.has_group("itsms_base.group_itsms_office")
        days = self.env["itsms.parameter"]._get("record.expiring.days")
        domain = [
            ("state", "=", "filed"),
            ("legal_hold", "!=", True),
            ("disposal_id", "=", False),
            ("retention_until", "<=", self.env.company._itsms_today() + timedelta(days=days)),
        ]
        if office:
            return [*domain, ("company_id", "=", self.env.company.id)]
        # sudo: the person's own offices
        held = roles.sudo().assignment_ids.filtered(lambda a: a.user_id == user)
        if not held:
            return None
        return [*domain, ("department_id", "in", user._itsms_kept_departments().ids)]

    @api.model
    def _section_disposals_to_execute(self):
        """Approved destructions that are to be carried out (REC-4.8)."""
        kept = self.env.user._itsms_kept_departments()
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        if not kept and not office:
            return None
        domain = [("state", "=", "approved")]
        if not office:
            domain.append(("department_id", "in", kept.ids))
        return self._records_section(
            "disposals_to_execute",
            self.env._("Records to destroy"),
            self.env._("No destruction waits to be carried out."),
            "fa-trash-o",
            self.env["itsms.record.disposal"],
            domain,
            "itsms_documents.itsms_record_disposal_action",
            lambda disposal: {"label": disposal._state_label(), "who": disposal.department_id.name},
        )
