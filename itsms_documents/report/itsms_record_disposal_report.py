import pytz

from odoo import api, models
from odoo.exceptions import UserError


class ReportItsmsRecordDisposal(models.AbstractModel):
    """Values of the disposal certificate (销毁证明, REC-4.8)."""

    _name = "report.itsms_documents.report_record_disposal"
    _description = "Disposal Certificate"

    @api.model
    def _get_report_values(self, docids, data=None):
        disposals = self.env["itsms.record.disposal"].browse(docids)
        disposals.check_access("read")
        for disposal in disposals:
            if disposal.state != "executed":
                raise UserError(
                    self.env._(
                        "%(name)s was not carried out: there is nothing to certify (REC-4.8).",
                        name=disposal.display_name,
                    )
                )
        return {
            "doc_ids": disposals.ids,
            "doc_model": disposals._name,
            "docs": disposals,
            "records": lambda disposal: disposal.line_ids.record_id,
            "hidden": lambda disposal: disposal.line_count - len(disposal.line_ids),
            "signatures": self._signatures,
        }

    @api.model
    def _signatures(self, disposal):
        """Rows of the signature block, with days of the company."""
        zone = disposal.company_id._itsms_timezone()
        return [
            {**line, "date": pytz.utc.localize(line["date"]).astimezone(zone).date()}
            for line in disposal._approval_signatures()
        ]
