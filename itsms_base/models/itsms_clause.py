from odoo import api, fields, models
from odoo.exceptions import UserError


class ItsmsClause(models.Model):
    """Clause of ISO/IEC 20000-1:2018, 4.1 to 10.2 (COM-20).

    Audits, findings and the coverage of the standard speak of clauses by these records. Headings
    only group; what is audited and covered are the clauses below them.
    """

    _name = "itsms.clause"
    _description = "Clause of the Standard"
    _order = "sequence, id"
    _rec_names_search = ["code", "name"]
    _parent_store = True

    code = fields.Char(required=True, index=True)
    name = fields.Char(string="Title", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    heading = fields.Boolean(help="Only groups the clauses below it; not audited by itself.")
    parent_id = fields.Many2one("itsms.clause", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("itsms.clause", "parent_id")
    edition_2011 = fields.Char(help="Where ISO/IEC 20000-1:2011 asks for the same.")

    _code_uniq = models.Constraint("UNIQUE (code)", "This clause is in the list already (COM-20).")

    @api.depends("code", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for clause in self:
            clause.display_name = " ".join(filter(None, (clause.code, clause.name)))

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise UserError(self.env._("A clause cannot stand below itself (COM-20)."))

    @api.model
    def _by_code(self, *codes):
        """The clauses with these codes."""
        return self.search([("code", "in", codes)])

    @api.model
    def _auditable(self):
        """All clauses that are audited and covered: those that are not mere headings."""
        return self.search([("heading", "=", False)])
