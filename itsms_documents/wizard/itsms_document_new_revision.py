from odoo import api, fields, models
from odoo.exceptions import UserError


class ItsmsDocumentNewRevision(models.TransientModel):
    """Open the next revision (A/1) or the next edition (B/0) of a document."""

    _name = "itsms.document.new.revision"
    _description = "New Revision"
    _inherit = ["itsms.dialog.mixin"]

    document_id = fields.Many2one("itsms.document", required=True, readonly=True)
    step = fields.Selection(
        [("revision", "Next revision"), ("edition", "New edition")],
        required=True,
        default="revision",
    )
    status = fields.Char(string="Will be", compute="_compute_status")
    change_reason = fields.Char(string="Reason of the change", required=True)
    change_content = fields.Text(string="Content of the change")
    copy_content = fields.Boolean(
        default=True, string="Start from the present text and file", help="Else from nothing."
    )

    @api.depends("document_id", "step")
    def _compute_status(self):
        Revision = self.env["itsms.document.revision"]
        for wizard in self:
            edition, number = Revision._next_status(wizard.document_id, wizard.step == "edition")
            wizard.status = f"{edition}/{number}"

    def action_create(self):
        """Create the draft and open it; rights and one-at-a-time are checked by the revision."""
        self.ensure_one()
        document = self.document_id
        document.check_access("write")
        if document.state not in ("draft", "in_force"):
            raise UserError(
                self.env._(
                    "%(name)s is no longer in use; a new revision needs a document that is "
                    "(DOC-4.2).",
                    name=document.display_name,
                )
            )
        if document.working_revision_id:
            raise UserError(
                self.env._(
                    "%(name)s is still in work. Publish or cancel it first: a document has one "
                    "revision in work at a time (COM-7).",
                    name=document.working_revision_id.display_name,
                )
            )
        if document.change_required:
            raise UserError(
                self.env._(
                    "%(name)s is in force: request a change; once it is approved, its new "
                    "revision is written from there (DOC-4.5.1).",
                    name=document.display_name,
                )
            )
        Revision = self.env["itsms.document.revision"]
        edition, number = Revision._next_status(document, self.step == "edition")
        vals = {
            "document_id": document.id,
            "edition": edition,
            "revision_no": number,
            "change_reason": self.change_reason,
            "change_content": self.change_content,
        }
        source = document.current_revision_id or document._latest_revision()
        if self.copy_content and source:
            vals.update(source._content_to_copy())
        return Revision.create(vals)._open_form()
