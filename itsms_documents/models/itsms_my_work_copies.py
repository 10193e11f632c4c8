from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Copies on the first page: to sign for, to collect, to issue."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        sections = super()._sections()
        at = next((i for i, s in enumerate(sections) if s and s["key"] == "submitted"), 0)
        sections[at:at] = [
            self._section_copies_to_sign(),
            self._section_copies_to_collect(),
            self._section_copies_to_issue(),
        ]
        return sections

    @api.model
    def _copy_section(self, key, title, empty, icon, domain, action):
        copies = self.env["itsms.document.copy"]
        section = self._records_section(
            key,
            title,
            empty,
            icon,
            copies,
            domain,
            f"itsms_documents.itsms_document_copy_action_{action}",
            lambda copy: {
                "label": copy._state_label(),
                "who": copy.holder_id.sudo().name or copy.receiver,  # sudo: a colleague's name
                "by": copy.issued_by_id.sudo().name or "",  # sudo: a colleague's name
            },
        )
        return section if section["count"] else None

    @api.model
    def _section_copies_to_sign(self):
        """For the recipient (DOC-4.4.1.2)."""
        return self._copy_section(
            "copies_to_sign",
            self.env._("Copies to sign for"),
            self.env._("No copy waits for your signature."),
            "fa-pencil-square-o",
            [("can_sign", "=", True)],
            "to_sign",
        )

    @api.model
    def _section_copies_to_collect(self):
        """For the department's document administrator (DOC-4.5.3a, DOC-4.7.1)."""
        return self._copy_section(
            "copies_to_collect",
            self.env._("Copies to collect and return"),
            self.env._("Nobody in your departments holds a recalled copy."),
            "fa-undo",
            [
                ("can_administer", "=", True),
                ("collected_at", "=", False),
                *self.env["itsms.document.copy"]._recalled_domain(),
            ],
            "to_collect",
        )

    @api.model
    def _section_copies_to_issue(self):
        """For the document controller and the ITSMS office (DOC-4.4.1.1)."""
        user = self.env.user
        roles = self.env["itsms.role"]._by_code("document_controller")
        office = user.has_group("itsms_base.group_itsms_office")
        if not office and not roles._held_by(user, self.env.company):
            return None
        return self._copy_section(
            "copies_to_issue",
            self.env._("Copies to issue"),
            self.env._("No copy waits to be issued."),
            "fa-files-o",
            [("state", "=", "draft")],
            "to_issue",
        )
