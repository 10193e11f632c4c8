from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard


class ItsmsDocumentControlledPrint(models.TransientModel):
    """Print a paper copy with the mark 受控, receiving department and number (DOC-4.1.1.2a).

    The stamp is printed from this record and only after :meth:`action_print` left its evidence:
    a report address typed by hand prints no stamp.
    """

    _name = "itsms.document.controlled.print"
    _description = "Controlled Print"
    _inherit = ["itsms.dialog.mixin"]

    revision_id = fields.Many2one("itsms.document.revision", required=True, readonly=True)
    company_id = fields.Many2one(related="revision_id.company_id")
    department_id = fields.Many2one(
        "hr.department",
        string="Distribution department",
        required=True,
        domain="[('company_id', 'in', (company_id, False))]",
    )
    copy_number = fields.Char(string="Number", required=True, help="Number of this copy.")
    printed_at = fields.Datetime(readonly=True, help="Set together with the evidence line.")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["printed_at"] = False
        return super().create(vals_list)

    def write(self, vals):
        if not guard.is_engine(self.env) and (
            "printed_at" in vals or any(wizard.printed_at for wizard in self)
        ):
            raise AccessError(
                self.env._("The stamp stays as it was entered in the evidence (DOC-4.1.1.2a).")
            )
        return super().write(vals)

    def action_print(self):
        """Leave evidence and print; document controller and ITSMS office only."""
        self.ensure_one()
        revision = self.revision_id
        revision.check_access("read")
        if not revision.document_id.can_control:
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
        if not self.copy_number.strip():
            raise UserError(self.env._("Give the copy a number (DOC-4.1.1.2a)."))
        revision._log(
            "issue",
            comment=self.env._(
                "Controlled copy %(number)s printed for %(department)s",
                number=self.copy_number,
                department=self.department_id.name,
            ),
        )
        guard.as_engine(self).write({"printed_at": fields.Datetime.now()})
        return self.env.ref("itsms_documents.action_report_controlled_copy").report_action(self)

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        return self.revision_id._form_footer()
