from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.itsms_documents.models.itsms_document_seed import PROCEDURES

# How evidence is gathered (AUD-4.2.2): talking, reading documents and records, inspecting.
METHODS = [
    ("interview", "Interview"),
    ("documents", "Documents and records"),
    ("inspection", "Inspection of the site"),
]
SOURCES = [
    ("manual", "Management manual"),
    ("external_auditor", "External auditor"),
    ("own", "Own question"),
]
ASPECTS = [
    ("documents", "Documents"),
    ("records", "Records"),
    ("people", "People and training"),
    ("operation", "Operation"),
    ("results", "Results and follow-up"),
]


class ItsmsAuditQuestion(models.Model):
    """Question of the library from which checklists are made (AUD-4.1.5, EVD-6).

    The library comes filled with what the manual's own rows ask for and with what an external
    auditor asks about every process; companies add their own.
    """

    _name = "itsms.audit.question"
    _description = "Audit Question"
    _inherit = ["itsms.log.mixin"]
    _order = "procedure, sequence, id"
    _rec_name = "text"

    text = fields.Text(
        string="Question", required=True, translate=True, help="Content (内容) to check."
    )
    evidence_wanted = fields.Text(
        string="Look at", translate=True, help="Documents, records and places that show it."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        help="Empty: in the library of every company.",
    )
    procedure = fields.Selection(
        selection=lambda self: self._selection_procedure(),
        index=True,
        help="Procedure of the manual that the question is about; the item (项目) to check.",
    )
    clause_ids = fields.Many2many(
        "itsms.clause", string="Clauses", domain="[('heading', '=', False)]"
    )
    source = fields.Selection(SOURCES, required=True, default="own", index=True)
    requirement = fields.Char(help="Row of the manual that the question comes from.")
    aspect = fields.Selection(ASPECTS, default="operation", index=True)
    method = fields.Selection(
        METHODS,
        default="documents",
        help="How the evidence is usually gathered: by talking, reading documents and records, "
        "or inspecting the site (AUD-4.2.2).",
    )
    live_check_id = fields.Many2one(
        "itsms.audit.live.check",
        string="Live check",
        index="btree_not_null",
        ondelete="restrict",
        help="The answer is counted on the real records when the auditor asks for it.",
    )

    @api.model
    def _selection_procedure(self):
        """The procedures of the manual by their number (GEN-4), in the user's language."""
        chinese = (self.env.lang or "").startswith("zh")
        return [
            (f"{place:03}", f"CX-{place:03} {pair[chinese]}")
            for place, pair in enumerate(PROCEDURES, start=1)
        ]

    @api.constrains("clause_ids", "active")
    def _check_clauses(self):
        for question in self.filtered("active"):
            if not question.clause_ids:
                raise UserError(
                    self.env._(
                        "“%(question)s” names no clause of the standard, so no plan would ever "
                        "take it up. Enter at least one clause (AUD-4.1.3c, EVD-6).",
                        question=question.text,
                    )
                )

    @api.model
    def _for_clauses(self, clauses, company):
        """Questions for a part of a plan: those about any of ``clauses``."""
        return self.search(
            [("clause_ids", "in", clauses.ids), ("company_id", "in", (company.id, False))]
        )
