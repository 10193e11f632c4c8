from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Adds my change requests and the approved changes that wait for me to the first page."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [*super()._sections(), self._section_to_write(), self._section_my_changes()]

    @api.model
    def _change_section(self, key, title, empty, icon, domain, action):
        return self._records_section(
            key,
            title,
            empty,
            icon,
            self.env["itsms.document.change"],
            domain,
            action,
            lambda change: {
                "label": change._state_label(),
                "who": change.next_actor or "",
                "by": change.applicant_id.sudo().name,  # sudo: a colleague's name
            },
        )

    @api.model
    def _section_to_write(self):
        section = self._change_section(
            "changes_to_write",
            self.env._("Approved changes, to be written"),
            self.env._("Every approved change is being carried out."),
            "fa-pencil-square-o",
            [("to_write", "=", True)],
            "itsms_documents.itsms_document_change_action_to_write",
        )
        return section if section["count"] else None

    @api.model
    def _section_my_changes(self):
        return self._change_section(
            "my_changes",
            self.env._("My change requests"),
            self.env._("You have asked for no change."),
            "fa-exchange",
            [("applicant_id", "=", self.env.uid), ("state", "not in", ("done", "cancelled"))],
            "itsms_documents.itsms_document_change_action_mine",
        )
