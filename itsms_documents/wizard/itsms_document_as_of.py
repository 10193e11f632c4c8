from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date


class ItsmsDocumentAsOf(models.TransientModel):
    """Dialog: the document register as it stood at the end of a past day (DOC-1, DOC-4.1.2.2.2).

    Which revision was valid, who had confirmed it, which copies were out and who held them.
    """

    _name = "itsms.document.as.of"
    _description = "Register on a Past Day"
    _inherit = ["itsms.dialog.mixin"]

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    day = fields.Date(required=True, default=lambda self: self.env.company._itsms_today())
    category_id = fields.Many2one("itsms.document.category")
    department_id = fields.Many2one(
        "hr.department", domain="[('company_id', 'in', (company_id, False))]"
    )

    @api.constrains("day")
    def _check_day(self):
        for dialog in self:
            if dialog.day > dialog.company_id._itsms_today():
                raise UserError(
                    self.env._(
                        "Nobody knows which documents will be valid on %(day)s: choose a day that "
                        "is not in the future.",
                        day=format_date(self.env, dialog.day),
                    )
                )

    @api.constrains("company_id")
    def _check_company(self):
        for dialog in self:
            if dialog.company_id not in self.env.companies:
                raise UserError(self.env._("Choose one of your companies."))

    def _moment(self):
        Revision = self.env["itsms.document.revision"]
        return Revision._end_of_day(self.company_id, self.day)

    def _domain(self):
        """Which revisions the register of the day holds; rights and secrecy are those of today."""
        self.ensure_one()
        Revision = self.env["itsms.document.revision"]
        domain = Revision._as_of_domain(self.company_id, self._moment())
        if self.category_id:
            domain &= Domain("document_id.category_id", "=", self.category_id.id)
        if self.department_id:
            domain &= Domain("document_id.department_id", "child_of", self.department_id.id)
        return domain

    def action_show(self):
        """The register of the day on the screen."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsms_documents.itsms_document_revision_action_as_of"
        )
        moment = self._moment()
        return {
            **action,
            "name": self.env._(
                "Register at the end of %(day)s", day=format_date(self.env, self.day)
            ),
            "domain": [
                [str(part) if isinstance(part, datetime) else part for part in leaf]
                if isinstance(leaf, tuple)
                else leaf
                for leaf in self._domain()
            ],
            "context": {"itsms_as_of": str(moment), "create": False},
        }

    def action_pdf(self):
        """The register of the day as a print."""
        self.ensure_one()
        register, selection = self._selection()
        register._check_printable([selection["part"]._records(domain=selection["domain"])])
        return self._download("pdf")

    def action_xlsx(self):
        """The register of the day as a table."""
        self.ensure_one()
        return self._download("xlsx")

    def _download(self, form):
        return {
            "type": "ir.actions.act_url",
            "url": f"/itsms/as-of/{self.id}/{form}",
            "target": "download",
        }

    def _selection(self):
        """Register and what of it is wanted, for :meth:`itsms.register._export`."""
        self.ensure_one()
        self.check_access("read")
        register = (
            self.env.ref("itsms_documents.itsms_register_as_of")
            .with_company(self.company_id)
            .with_context(itsms_as_of=str(self._moment()), itsms_as_of_day=str(self.day))
        )
        narrowed = [self.category_id.name, self.department_id.name]
        return register, {
            "part": register.part_ids,
            "domain": self._domain(),
            "filter": ", ".join(filter(None, narrowed)),
        }
