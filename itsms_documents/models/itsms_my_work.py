from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Adds what waits for publication and my own drafts to the first page."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        sections = super()._sections()
        sections.insert(1, self._section_to_publish())
        sections.append(self._section_drafts())
        return sections

    @api.model
    def _revision_section(self, key, title, empty, icon, domain, action, who=""):
        return self._records_section(
            key,
            title,
            empty,
            icon,
            self.env["itsms.document.revision"],
            domain,
            action,
            lambda revision: {
                "type": revision.document_id.category_id.name,
                "label": revision._state_label(),
                "who": who,
                "by": revision.prepared_by,
            },
        )

    @api.model
    def _section_to_publish(self):
        """For the document controller and the ITSMS office: approved, not yet published."""
        user = self.env.user
        roles = self.env["itsms.role"]._by_code("document_controller")
        office = user.has_group("itsms_base.group_itsms_office")
        if not office and not roles._held_by(user, self.env.company):
            return None
        return self._revision_section(
            "to_publish",
            self.env._("Approved, waiting for publication"),
            self.env._("Nothing waits for publication."),
            "fa-bullhorn",
            [("state", "=", "approved")],
            "itsms_documents.itsms_document_revision_action_to_publish",
            who=roles.with_company(self.env.company).holder_names or "",
        )

    @api.model
    def _section_drafts(self):
        return self._revision_section(
            "drafts",
            self.env._("My drafts"),
            self.env._("You are writing nothing at the moment."),
            "fa-pencil",
            [("state", "in", ("draft", "rejected")), ("prepared_by_id", "=", self.env.uid)],
            "itsms_documents.itsms_document_revision_action_drafts",
        )
