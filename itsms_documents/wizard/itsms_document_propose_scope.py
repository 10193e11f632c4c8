from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ItsmsDocumentProposeScope(models.TransientModel):
    """Propose the distribution scope of many documents in one go (DOC-3.5)."""

    _name = "itsms.document.propose.scope"
    _description = "Propose Distribution Scopes"
    _inherit = ["itsms.dialog.mixin"]

    document_ids = fields.Many2many(
        "itsms.document", "itsms_document_propose_scope_rel", string="Documents", required=True
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    department_ids = fields.Many2many(
        "hr.department",
        "itsms_document_propose_scope_department_rel",
        string="Departments",
        help="Empty: the usual receivers of the category, else the responsible department.",
    )
    readers = fields.Selection(
        [("all", "Everybody in the department"), ("administrator", "The document administrator")],
        required=True,
        default="all",
    )
    acknowledge = fields.Boolean(string="Readers confirm", default=True)
    electronic = fields.Boolean(default=True)
    paper_copies = fields.Integer(string="Paper copies per department")
    submit = fields.Boolean(
        string="Submit at once", default=True, help="Else drafts are made, to be looked at first."
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "itsms.document":
            ids = self.env.context.get("active_ids") or []
            documents = self.env["itsms.document"].browse(ids).exists()
            values.setdefault("document_ids", [Command.set(documents.ids)])
        return values

    @api.depends("document_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.document_ids.company_id[:1]

    def action_propose(self):
        """A scope for every document, drafts or submitted, all or none."""
        self.ensure_one()
        documents = self.document_ids
        documents.check_access("read")
        working = self.env["itsms.document.distribution"].search(
            [
                ("document_id", "in", documents.ids),
                ("state", "in", ("draft", "pending", "rejected")),
            ],
            limit=1,
        )
        if working:
            raise UserError(
                self.env._(
                    "A distribution scope of %(document)s is in work already. Go on with that one, "
                    "or leave the document out (DOC-3.5).",
                    document=working.document_id.display_name,
                )
            )
        line = {
            "readers": self.readers,
            "acknowledge": self.acknowledge,
            "electronic": self.electronic,
            "paper_copies": self.paper_copies,
        }
        scopes = self.env["itsms.document.distribution"].create(
            documents._scope_values(self.department_ids, **line)
        )
        if self.submit:
            scopes.action_submit()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_documents.itsms_document_distribution_action"
        )
        return {**action, "domain": [("id", "in", scopes.ids)], "context": {}}
