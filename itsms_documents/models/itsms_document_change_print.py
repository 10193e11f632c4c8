import pytz

from odoo import models
from odoo.tools import human_size

from odoo.addons.itsms_base.models.itsms_approval_content import file_entries


class ItsmsDocumentChange(models.Model):
    """The printed 文件更改申请（通知）单 (DOC-4.5.1, DOC-6)."""

    _inherit = "itsms.document.change"

    def _file_list(self):
        """Evidence and proposal with size and SHA-256; as submitted, where it was."""
        self.ensure_one()
        editable = self.state in self._editable_states
        entries = file_entries(self)[self.id] if editable else self.approval_manifest
        evidence = set(self.evidence_ids.ids)
        result = []
        for entry in entries or []:
            if entry["id"] in evidence:
                kind, name = self.env._("Evidence"), entry["name"]
            elif entry["field"] == "proposed_file":
                kind, name = self.env._("Proposal"), self.proposed_file_name
            else:
                kind, name = self.env._("Attachment"), entry["name"]
            result.append(
                {
                    "kind": kind,
                    "name": name,
                    "size": human_size(entry["size"]),
                    "sha256": entry["sha256"],
                }
            )
        return result

    def _signature_rows(self):
        """Rows of the block 编制 / 审核 / 批准: what is signed, then what is still open."""
        self.ensure_one()
        labels = dict(
            self.env["itsms.approval.step"]._fields["label"]._description_selection(self.env)
        )
        # sudo: names and signatures are shown to everybody who may read the request
        if self.state in self._editable_states:
            name = self.applicant_id.sudo().name
            return [{"label": labels["prepare"], "name": name, "date": False}]
        zone = self.company_id._itsms_timezone()
        rows = [
            {**line, "date": pytz.utc.localize(line["date"]).astimezone(zone).date()}
            for line in self._approval_signatures()
        ]
        missing = self.sudo().approval_step_ids.filtered(
            lambda s: s.round == self.approval_round and s.state in ("open", "waiting")
        )
        return rows + [
            {"label": labels[step.label], "name": False, "date": False}
            for step in missing.sorted(lambda s: (s.stage, s.sequence, s.id))
        ]
