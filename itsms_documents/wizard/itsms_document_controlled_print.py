from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class ItsmsDocumentControlledPrint(models.TransientModel):
    """Print a paper copy with the mark 受控, receiving department and number (DOC-4.1.1.2a)."""

    _name = "itsms.document.controlled.print"
    _description = "ITSMS Controlled Print"

    revision_id = fields.Many2one("itsms.document.revision", required=True, readonly=True)
    department_id = fields.Many2one(
        "hr.department", string="Distribution department", required=True
    )
    copy_number = fields.Char(string="Number", required=True, help="Number of this copy.")

    def action_print(self):
        """Print and leave evidence; document controller of the ITSMS office only."""
        self.ensure_one()
        revision = self.revision_id
        controllers = self.env["itsms.role"]._by_code("document_controller")
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        if not office and not controllers._held_by(self.env.user, revision.company_id):
            raise AccessError(
                self.env._("Only the document controller stamps controlled copies (DOC-4.1.1.2a).")
            )
        if revision.state != "valid":
            raise UserError(
                self.env._(
                    "%(name)s is not in force: a controlled copy is printed of the valid revision "
                    "only (DOC-4.1.1.2a).",
                    name=revision.display_name,
                )
            )
        revision._log(
            "issue",
            comment=self.env._(
                "Controlled copy %(number)s printed for %(department)s",
                number=self.copy_number,
                department=self.department_id.name,
            ),
        )
        return self.env.ref("itsms_documents.action_report_document_cover").report_action(
            revision,
            data={
                "controlled": True,
                "department": self.department_id.name,
                "copy_number": self.copy_number,
                "ids": revision.ids,
            },
        )
