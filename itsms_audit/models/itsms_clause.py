from odoo import api, fields, models
from odoo.exceptions import AccessError


class ItsmsClause(models.Model):
    """Where the evidence of a clause lies: procedures, documents, kinds of records (COM-20)."""

    _inherit = "itsms.clause"

    procedures = fields.Char(
        help="Numbers of the procedures of the manual that carry the clause, for example 1, 2."
    )
    records_text = fields.Char(
        string="Records that evidence it", translate=True, help="In words, for the auditor."
    )
    green_when = fields.Char(
        translate=True, help="What has to hold besides documents in force and records, in words."
    )
    document_ids = fields.Many2many(
        "itsms.document",
        "itsms_document_clause_rel",
        "clause_id",
        "document_id",
        help="Documents by which the company fulfils the clause.",
    )
    evidence_ids = fields.One2many("itsms.clause.evidence", "clause_id")
    duty_kind_ids = fields.Many2many(
        "itsms.duty.kind",
        "itsms_duty_kind_clause_rel",
        "clause_id",
        "kind_id",
        string="Periodic duties",
    )
    coverage_ids = fields.One2many("itsms.clause.coverage", "clause_id")

    @api.model
    def _name_here(self):
        """Second external ids of the clauses, of this module: the words that it adds to them are
        translated with it, not with the module that brings the clauses."""
        Data = self.env["ir.model.data"].sudo()  # sudo: names of records, while data is loaded
        known = Data.search([("module", "=", "itsms_base"), ("model", "=", self._name)])
        Data._update_xmlids(
            [
                {
                    "xml_id": f"itsms_audit.{line.name}",
                    "record": self.browse(line.res_id),
                    "noupdate": True,
                }
                for line in known
            ]
        )

    def _procedure_numbers(self):
        """Numbers of the manual's procedures that carry one clause."""
        self.ensure_one()
        parts = (self.procedures or "").replace(" ", "").split(",")
        return [int(part) for part in parts if part.isdigit()]

    @api.model
    def _tag_procedures(self, company):
        """Name the procedures of ``company`` at their clauses where nothing is named yet."""
        # sudo: which procedure carries which clause is no secret
        procedures = (
            self.env["itsms.document"]
            .sudo()
            .search([("company_id", "=", company.id), ("kind", "=", "procedure")])
        )
        by_number = {procedure.serial: procedure for procedure in procedures if procedure.serial}
        for clause in self._auditable().sudo():
            wanted = procedures.browse(
                [by_number[n].id for n in clause._procedure_numbers() if n in by_number]
            )
            # a clause that the company has documents for keeps them
            if wanted and not clause.document_ids & procedures:
                clause.document_ids |= wanted


class ItsmsDocument(models.Model):
    """The clauses of the standard that a document fulfils (COM-20)."""

    _inherit = "itsms.document"

    clause_ids = fields.Many2many(
        "itsms.clause",
        "itsms_document_clause_rel",
        "document_id",
        "clause_id",
        string="Clauses of the standard",
        domain=[("heading", "=", False)],
        help="Clauses that the document fulfils; the coverage of the standard counts it there. The "
        "ITSMS office names them.",
    )

    def _check_clauses(self, vals_list):
        """Only the ITSMS office says which clause a document fulfils (COM-20)."""
        named = any(vals.get("clause_ids") for vals in vals_list)
        if (
            named
            and not self.env.su
            and not self.env.user.has_group("itsms_base.group_itsms_office")
        ):
            raise AccessError(
                self.env._("The ITSMS office names the clauses that a document fulfils (COM-20).")
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_clauses(vals_list)
        return super().create(vals_list)

    @api.model
    def _seed_procedures(self, company=None):
        """The procedures come with the clauses that they carry (SMS-4)."""
        documents = super()._seed_procedures(company)
        self.env["itsms.clause"]._tag_procedures(company or self.env.company)
        return documents

    def write(self, vals):
        self._check_clauses([vals])
        result = super().write(vals)
        if "clause_ids" in vals:
            self._log("config", comment=lambda d: ", ".join(d.clause_ids.mapped("code")))
        return result


class ItsmsDutyKind(models.Model):
    """The clauses that a duty belongs to: while it is overdue they are not green."""

    _inherit = "itsms.duty.kind"

    clause_ids = fields.Many2many(
        "itsms.clause",
        "itsms_duty_kind_clause_rel",
        "kind_id",
        "clause_id",
        string="Clauses of the standard",
        domain=[("heading", "=", False)],
    )
