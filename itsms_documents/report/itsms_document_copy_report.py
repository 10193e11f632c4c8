from odoo import api, models
from odoo.exceptions import AccessError, UserError


class ReportItsmsControlledCopy(models.AbstractModel):
    """The cover with its stamp, from the record of a numbered copy (DOC-4.1.1.2a, DOC-4.7)."""

    _name = "report.itsms_documents.report_controlled_copy"
    _description = "Controlled Copy"

    @api.model
    def _get_report_values(self, docids, data=None):
        copies = self.env["itsms.document.copy"].browse(docids)
        copies.check_access("read")
        copies.revision_id.check_access("read")
        for copy in copies:
            if not copy.can_control:
                raise AccessError(
                    self.env._(
                        "Only the document controller stamps controlled copies (DOC-4.1.1.2a)."
                    )
                )
            if not copy.printed_at or not copy._printable():
                raise UserError(
                    self.env._(
                        "There is no evidence of this controlled copy. Print it with “Print” on "
                        "the copy while it is to be issued (DOC-4.1.1.2a)."
                    )
                )
        cover = self.env["report.itsms_documents.report_document_cover"]
        values = cover._cover_values(copies.revision_id)
        return {**values, "doc_ids": copies.ids, "doc_model": copies._name, "docs": copies}


class ReportItsmsDistributionRecord(models.AbstractModel):
    """Document distribution (recall) record 文件发放（回收）记录, one form per document."""

    _name = "report.itsms_documents.report_distribution_record"
    _description = "Distribution Record"

    @api.model
    def _get_report_values(self, docids, data=None):
        documents = self.env["itsms.document"].browse(docids)
        documents.check_access("read")
        return {
            "doc_ids": documents.ids,
            "doc_model": documents._name,
            "docs": documents,
            "lines": self._lines,
            "form": self._form,
        }

    @api.model
    def _lines(self, document):
        """Lines of the record: every copy that was issued, by revision and number."""
        copies = document.copy_ids.filtered(lambda c: c.state != "cancelled")
        return copies.sorted(
            lambda c: (c.revision_id.edition, c.revision_id.revision_no, c.number, c.id)
        )

    @api.model
    def _form(self, document):
        """The record form in force for this print, where the company released one."""
        return self.env["itsms.record.form"]._in_force("document.copy", document.company_id)
