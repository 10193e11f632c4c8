from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Adds what I am asked to read, and what the ITSMS office has to see to before documents
    can be distributed (DOC-3.3, DOC-3.4)."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        sections = super()._sections()
        sections.insert(1, self._section_to_read())
        sections.append(self._section_scopes())
        sections.append(self._section_administrators())
        return sections

    @api.model
    def _section_to_read(self):
        rows = self.env["itsms.document.acknowledgement"]
        kinds = dict(rows._fields["kind"]._description_selection(self.env))
        return self._records_section(
            "to_read",
            self.env._("To read"),
            self.env._("You have read everything."),
            "fa-book",
            rows,
            [("user_id", "=", self.env.uid), ("state", "=", "open")],
            "itsms_documents.itsms_document_acknowledgement_action_mine",
            lambda row: {
                # the document opens, with the question at its head
                "res_model": row.document_id._name,
                "res_id": row.document_id.id,
                "type": row.document_id.category_id.name,
                "label": kinds[row.kind],
                # an administrator of several departments is asked once for each
                "by": row.department_id.name if row.kind == "administrate" else "",
                "who": self.env.user.name,
                "deadline": row.due_date,
            },
        )

    @api.model
    def _may_distribute(self):
        user = self.env.user
        roles = self.env["itsms.role"]._by_code("document_controller")
        return user.has_group("itsms_base.group_itsms_office") or roles._held_by(
            user, self.env.company
        )

    @api.model
    def _section_scopes(self):
        """For the office: approved documents that cannot be published for want of a scope."""
        if not self._may_distribute():
            return None
        return self._records_section(
            "scopes",
            self.env._("Distribution scopes to propose"),
            self.env._("Every approved document has a distribution scope."),
            "fa-sitemap",
            self.env["itsms.document"],
            [("scope_missing", "=", True)],
            "itsms_documents.itsms_document_action_scope_missing",
            lambda document: {
                "type": document.category_id.name,
                "label": self.env._("No distribution scope"),
                "by": document.department_id.name,
            },
        )

    @api.model
    def _section_administrators(self):
        """For the office: departments that nobody signs for (DOC-3.4)."""
        if not self._may_distribute():
            return None
        section = self._records_section(
            "administrators",
            self.env._("Departments without document administrator"),
            "",
            "fa-user-times",
            self.env["hr.department"],
            [
                ("itsms_document_administrator_missing", "=", True),
                ("company_id", "in", (self.env.company.id, False)),
            ],
            "itsms_documents.hr_department_action_administrators",
            lambda department: {"label": self.env._("Nobody signs for its documents (DOC-3.4)")},
        )
        return section if section["count"] else None
