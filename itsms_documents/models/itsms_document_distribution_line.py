from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ItsmsDocumentDistributionLine(models.Model):
    """One receiver of a document: a department of the company or an external partner, with the
    numbers of its paper copies (I-56)."""

    _name = "itsms.document.distribution.line"
    _description = "Distribution Scope Line"
    _inherit = ["itsms.content.lock.line.mixin", "itsms.confidential.child.mixin"]
    _lock_parent = "distribution_id"
    _secrecy_parent = "document_id"
    _order = "distribution_id, sequence, id"
    _check_company_auto = True

    distribution_id = fields.Many2one(
        "itsms.document.distribution", required=True, index=True, ondelete="cascade"
    )
    document_id = fields.Many2one(related="distribution_id.document_id", store=True, index=True)
    company_id = fields.Many2one(related="distribution_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    department_id = fields.Many2one(
        "hr.department",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Receiving department, with the departments below it.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="External receiver",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Customer, supplier or auditor who receives numbered paper copies.",
    )
    electronic = fields.Boolean(
        default=True, help="Published to the department on the network (DOC-4.3.1)."
    )
    readers = fields.Selection(
        [
            ("all", "Everybody in the department"),
            ("administrator", "The document administrator"),
            ("named", "Named persons"),
        ],
        required=True,
        default="all",
    )
    reader_ids = fields.Many2many(
        "res.users",
        "itsms_document_distribution_reader_rel",
        string="Persons",
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    acknowledge = fields.Boolean(
        default=True,
        help="Each reader confirms that he read the revision.",
    )
    paper_copies = fields.Integer(string="Paper copies", default=0)
    number_from = fields.Integer(
        string="From number",
        compute="_compute_number_from",
        store=True,
        readonly=False,
        precompute=True,
        help="Distribution number of the first copy; drawn as the next free one when empty.",
    )
    number_to = fields.Integer(
        string="To number", compute="_compute_number_to", store=True, precompute=True
    )

    numbers = fields.Char(compute="_compute_numbers", help="Distribution numbers of the copies.")
    administrator_names = fields.Char(
        related="department_id.itsms_document_administrator_names", related_sudo=False
    )

    _receiver_chk = models.Constraint(
        "CHECK ((department_id IS NULL) <> (partner_id IS NULL))",
        "A line of the distribution scope names a department or an external receiver (I-56).",
    )
    _copies_chk = models.Constraint(
        "CHECK (paper_copies BETWEEN 0 AND 10000 AND number_from BETWEEN 0 AND 1000000)",
        "Copies and numbers of the distribution scope are not negative, and at most 10 000 copies "
        "go to one receiver (I-56).",
    )
    _partner_chk = models.Constraint(
        "CHECK (partner_id IS NULL OR NOT electronic)",
        "External receivers get paper copies; the network is inside the company (DOC-4.3.1a).",
    )
    _department_uniq = models.UniqueIndex(
        "(distribution_id, department_id) WHERE electronic",
        "A department is named once as a reader on screen. Further paper copies: a second line "
        "without the tick “Electronic” (I-56).",
    )

    @api.depends("paper_copies")
    def _compute_number_from(self):
        """Next free number of the document; what was once given to a department stays its own."""
        highest = self._highest_numbers()
        for line in self:
            if not line.paper_copies:
                line.number_from = 0
            elif not line.number_from:
                scope = line.distribution_id
                siblings = scope.line_ids - line
                top = max(
                    highest.get(scope.document_id._origin.id, 0),
                    *(x.number_from + x.paper_copies - 1 for x in siblings if x.number_from),
                    0,
                )
                line.number_from = top + 1
                origin = scope.document_id._origin.id
                highest[origin] = top + line.paper_copies

    def _highest_numbers(self):
        """Highest number ever approved, per document id; one query."""
        documents = self.distribution_id.document_id._origin
        if not documents:
            return {}
        # sudo: numbers of former scopes count, whoever proposes the new one
        groups = self.sudo()._read_group(
            [
                ("document_id", "in", documents.ids),
                ("distribution_id.state", "in", ("approved", "superseded")),
            ],
            ["document_id"],
            ["number_to:max"],
        )
        return {document.id: highest or 0 for document, highest in groups}

    @api.depends("number_from", "paper_copies")
    def _compute_number_to(self):
        for line in self:
            numbered = line.number_from and line.paper_copies
            line.number_to = line.number_from + line.paper_copies - 1 if numbered else 0

    @api.depends("number_from", "number_to")
    def _compute_numbers(self):
        for line in self:
            first, last = line.number_from, line.number_to
            line.numbers = "" if not last else str(first) if first == last else f"{first}–{last}"

    @api.depends("department_id", "partner_id")
    def _compute_display_name(self):
        super()._compute_display_name()
        for line in self:
            if line.display_name:
                line.display_name = line.department_id.name or line.partner_id.name or ""

    @api.constrains("number_from", "number_to", "paper_copies", "distribution_id")
    def _check_numbers(self):
        """No two copies of a document carry the same number (I-56)."""
        for scope in self.distribution_id:
            taken = scope.line_ids.filtered("paper_copies").sorted("number_from")
            for before, line in pairwise(taken):
                if line.number_from <= before.number_to:
                    raise ValidationError(
                        self.env._(
                            "The numbers of %(one)s (%(one_from)s–%(one_to)s) and %(two)s "
                            "(from %(two_from)s) overlap. Choose another first number, or add "
                            "a second line for the further copies (I-56).",
                            one=before.display_name,
                            one_from=before.number_from,
                            one_to=before.number_to,
                            two=line.display_name,
                            two_from=line.number_from,
                        )
                    )

    def _problem(self, administrators):
        """Why this one line cannot be submitted, in words; empty where it can.

        :param administrators: document administrators per department.
        """
        department = self.department_id
        if not self.electronic and not self.paper_copies:
            return self.env._(
                "%(receiver)s gets it neither on screen nor on paper. Tick “Electronic”, give a "
                "number of copies, or remove the line (DOC-3.5)",
                receiver=self.display_name,
            )
        if self.electronic and self.readers == "named" and not self.reader_ids:
            return self.env._(
                "no person is named for %(receiver)s (DOC-3.5)", receiver=self.display_name
            )
        # sudo: a department of another company, or one that was dissolved, is named in the error
        own = department.sudo()
        if department and (own.company_id not in (self.company_id, own.company_id.browse())):
            return self.env._(
                "%(receiver)s belongs to another company (DOC-3.5)", receiver=own.name
            )
        if department and not own.active:
            return self.env._(
                "%(receiver)s was dissolved; name the department that took over (DOC-3.5)",
                receiver=own.name,
            )
        if department and not administrators.get(department):
            return self.env._(
                "%(receiver)s has no document administrator who signs for documents. Appoint "
                "somebody to “Department document administrator” under Configuration › People › "
                "Role register (DOC-3.4)",
                receiver=self.display_name,
            )
        return self._problem_of_readers()

    def _problem_of_readers(self):
        """Named persons must be able to open the document."""
        if not self.electronic or self.readers != "named":
            return False
        for user in self.reader_ids.sudo():  # sudo: names of colleagues
            if user.share or not user.active or not self.document_id._open_for(user):
                return self.env._(
                    "%(name)s may not open the document (secrecy or company), or has left "
                    "(DOC-4.1.1.3f)",
                    name=user.name,
                )
        return False
