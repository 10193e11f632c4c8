from odoo import api, models


class ItsmsDocument(models.Model):
    """The two control procedures name each other as related documents (DOC-5, REC-5)."""

    _inherit = "itsms.document"

    @api.model
    def _seed_procedures(self, company=None):
        documents = super()._seed_procedures(company)
        self._seed_related(company or self.env.company)
        return documents

    @api.model
    def _seed_related(self, company):
        """Link the document and data control procedure with the record control procedure."""
        category = self.env.ref("itsms_documents.itsms_document_category_procedure")
        # sudo: a link between two procedures of the manual, whoever has them created
        procedures = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("category_id", "=", category.id),
                ("serial", "in", (1, 2)),
            ],
            order="serial",
        )
        if procedures.mapped("serial") != [1, 2]:
            return
        documents, records = procedures
        link_type = self.env.ref("itsms_base.itsms_link_type_relates")
        Link = self.env["itsms.link"].sudo()  # sudo: as above
        pair = {
            "type_id": link_type.id,
            "res_model": self._name,
            "res_id": documents.id,
            "target_model": self._name,
            "target_id": records.id,
        }
        if not Link.search_count([(name, "=", value) for name, value in pair.items()], limit=1):
            Link.create({**pair, "note": "DOC-5, REC-5"})

    def action_open_record_procedure(self):
        """Documents that serve as records follow the record control procedure (DOC-4.7.3)."""
        self.ensure_one()
        category = self.env.ref("itsms_documents.itsms_document_category_procedure")
        procedure = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("category_id", "=", category.id),
                ("serial", "=", 2),
            ],
            limit=1,
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record control procedure"),
            "res_model": self._name,
            "res_id": procedure.id,
            "domain": [("kind", "=", "procedure")],
            "views": [(False, "form")] if procedure else [(False, "list"), (False, "form")],
        }
