from odoo import fields, models

from .itsms_document_copy import OUTSTANDING

# Which business documents of this module are kept as records, and from when on (DOC-4.7.3).


class ItsmsDocumentRevision(models.Model):
    """The approval page is kept when a revision is published, the distribution record when all
    its copies are back."""

    _name = "itsms.document.revision"
    _inherit = ["itsms.document.revision", "itsms.record.source.mixin"]

    def _record_filing_states(self):
        return ("valid",)

    def _record_topic(self):
        return "distribution" if self.env.context.get("itsms_record_distribution") else "approval"

    def _record_form_code(self):
        return "document.copy" if self._record_topic() == "distribution" else "document.approval"

    def _record_title(self):
        document = self.sudo().document_id  # sudo: the record is as secret as the document
        number = " ".join(filter(None, (self.number, document.name, self.status)))
        if self._record_topic() == "distribution":
            return self.env._("Distribution record %(document)s", document=number)
        return self.env._("Approval page %(document)s", document=number)

    def _record_report(self):
        if self._record_topic() == "distribution":
            return "itsms_documents.action_report_distribution_record"
        return "itsms_documents.action_report_document_cover"

    def _record_report_ids(self):
        return self.document_id.ids if self._record_topic() == "distribution" else self.ids

    def _record_payload(self):
        payload = super()._record_payload()
        if self._record_topic() == "distribution":
            # sudo: the distribution record lists every copy
            copies = self.env["itsms.document.copy"].sudo()
            copies = copies.search([("revision_id", "in", self.ids)], order="id")
            lines = copies._record_copy_lines()
            for revision_id, data in payload.items():
                data["copies"] = [x for x in lines if x["revision_id"] == revision_id]
        return payload

    def _run_transition(self, transition, comment=None, **kwargs):
        result = super()._run_transition(transition, comment, **kwargs)
        if transition.target in ("superseded", "obsolete"):
            self._keep_distribution_record()
        return result

    def _keep_distribution_record(self):
        """Revisions out of force whose copies are all back are done with (DOC-4.4.1.1)."""
        ended = self.filtered(lambda r: r.state in ("superseded", "obsolete"))
        if not ended:
            return
        # sudo: whether a copy is still out, in whatever department
        Copy = self.env["itsms.document.copy"].sudo()
        states = {
            revision: set(found)
            for revision, found in Copy._read_group(
                [("revision_id", "in", ended.ids)], ["revision_id"], ["state:array_agg"]
            )
        }
        back = ended.filtered(
            lambda r: (
                states.get(r.sudo(), set()) - {"draft", "cancelled"}
                and not states[r.sudo()] & set(OUTSTANDING)
            )
        )
        back.with_context(itsms_record_distribution=True)._keep_as_record()


class ItsmsDocumentCopy(models.Model):
    """The last copy that comes back closes the distribution record of its revision."""

    _inherit = "itsms.document.copy"

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.target not in OUTSTANDING:
            # sudo: only which revision it is; the engine files, no content is shown
            self.sudo().revision_id.with_env(self.env)._keep_distribution_record()

    def _record_copy_lines(self):
        """Copies as plain data, with their evidence."""
        logs = {}
        for line in self.env["itsms.log"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)], order="res_id, position"
        ):
            logs.setdefault(line.res_id, []).append(
                [line.kind, line.actor_name, line.state_to, line.comment, line.logged_at, line.hash]
            )
        return [
            {
                "revision_id": copy.revision_id.id,
                "number": copy.number,
                "department": copy.department_id.name,
                "holder": copy.holder_id.name or copy.partner_id.name,
                "state": copy.state,
                "evidence": logs.get(copy.id, []),
            }
            for copy in self
        ]


class ItsmsDocumentReissue(models.Model):
    _name = "itsms.document.reissue"
    _inherit = ["itsms.document.reissue", "itsms.record.source.mixin"]

    def _record_filing_states(self):
        return ("approved",)

    def _record_form_code(self):
        return "document.copy"


class ItsmsDocumentChange(models.Model):
    _name = "itsms.document.change"
    _inherit = ["itsms.document.change", "itsms.record.source.mixin"]

    def _record_filing_states(self):
        return ("done",)

    def _record_form_code(self):
        return "document.change"

    def _record_report(self):
        return "itsms_documents.action_report_document_change"


class ItsmsDocumentReview(models.Model):
    _name = "itsms.document.review"
    _inherit = ["itsms.document.review", "itsms.record.source.mixin"]

    def _record_filing_states(self):
        return ("done",)

    def _record_form_code(self):
        return "document.review"

    def _record_report(self):
        return "itsms_documents.action_report_document_review"


class ItsmsDocumentLoan(models.Model):
    _name = "itsms.document.loan"
    _inherit = ["itsms.document.loan", "itsms.record.source.mixin"]

    def _record_filing_states(self):
        return ("returned", "closed")

    def _record_secrecy_fields(self):
        return ("document_id", "record_id")

    def _record_secrecy(self):
        """As secret as what was lent (sudo: who takes it back need not be cleared for it)."""
        return self.sudo()._subject()._record_secrecy_values()

    def _record_form_code(self):
        return "document.loan"

    def _record_report(self):
        return "itsms_documents.action_report_document_loan"


class ItsmsConfidentialMixin(models.AbstractModel):
    _inherit = "itsms.confidential.mixin"

    def _record_secrecy_values(self):
        """Secrecy of this one record as values for a record that is as secret."""
        return {
            "secrecy": self.secrecy,
            "authorised_department_ids": [fields.Command.set(self.authorised_department_ids.ids)],
            "authorised_user_ids": [fields.Command.set(self.authorised_user_ids.ids)],
        }


class ItsmsDocument(models.Model):
    """What was kept of a document follows its secrecy (DOC-4.1.1.3)."""

    _inherit = "itsms.document"

    def write(self, vals):
        result = super().write(vals)
        if {"secrecy", "authorised_department_ids", "authorised_user_ids"} & set(vals):
            self.env["itsms.record"]._follow_secrecy(self)
        return result
