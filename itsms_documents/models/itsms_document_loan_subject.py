from odoo import api, fields, models
from odoo.fields import Domain


class ItsmsLoanSubjectMixin(models.AbstractModel):
    """What can be consulted, borrowed and copied: documents and records."""

    _name = "itsms.loan.subject.mixin"
    _description = "Can Be Lent"

    _loan_field = None  # name of the field of the loan that points here

    loan_count = fields.Integer(string="On loan", compute="_compute_loan_count")

    def _compute_loan_count(self):
        name = self._loan_field
        counts = dict(
            self.env["itsms.document.loan"]._read_group(
                [(name, "in", self.ids), ("state", "=", "handed_out")], [name], ["__count"]
            )
        )
        for subject in self:
            subject.loan_count = counts.get(subject, 0)

    def action_view_loans(self):
        """Who has it, and who had it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Borrowing and copying: %(name)s", name=self.display_name),
            "res_model": "itsms.document.loan",
            "view_mode": "list,form",
            "domain": [(self._loan_field, "=", self.id)],
            "context": {f"default_{self._loan_field}": self.id},
        }

    def action_borrow(self):
        """Fill in the borrowing and copying record for it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Borrowing and copying record"),
            "res_model": "itsms.document.loan",
            "views": [(False, "form")],
            "context": {f"default_{self._loan_field}": self.id},
        }


class ItsmsDocument(models.Model):
    _name = "itsms.document"
    _inherit = ["itsms.document", "itsms.loan.subject.mixin"]

    _loan_field = "document_id"


class ItsmsRecord(models.Model):
    _name = "itsms.record"
    _inherit = ["itsms.record", "itsms.loan.subject.mixin"]

    _loan_field = "record_id"

    loan_ids = fields.One2many("itsms.document.loan", "record_id", readonly=True)

    def _engine_fields(self):
        return super()._engine_fields() | {"loan_ids"}

    @api.model
    def _content_domain(self):
        """Who was handed the electronic record reads it until the due day (REC-4.6)."""
        today = self.env.company._itsms_today()
        lent = (
            Domain("applicant_id", "=", self.env.uid)
            & Domain("carrier", "=", "electronic")
            & Domain("state", "=", "handed_out")
            & Domain("date_due", ">=", today)
        )
        return super()._content_domain() | Domain("loan_ids", "any!", lent)

    def _records_on_loan(self):
        """What is in somebody's hands is not destroyed (REC-4.8)."""
        # sudo: whoever has it
        loans = (
            self.env["itsms.document.loan"]
            .sudo()
            .search([("record_id", "in", self.ids), ("state", "=", "handed_out")])
        )
        return super()._records_on_loan() | self.browse(loans.record_id.ids)


class ItsmsDocumentRevision(models.Model):
    """A revision that ends calls back what was lent of it (DOC-4.7.1)."""

    _inherit = "itsms.document.revision"

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("supersede", "obsolete"):
            # sudo: whoever publishes; each loan gets its own evidence
            self.env["itsms.document.loan"].sudo()._call_back(self.document_id)
