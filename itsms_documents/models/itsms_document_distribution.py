from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsDocumentDistribution(models.Model):
    """Distribution scope of a document (文件发放范围清单): who receives it, on screen or paper.

    The management representative approves it (DOC-3.5) before the document is published or a
    paper copy is issued (DOC-4.2, DOC-4.4.1.1, I-56). One scope per document is in force; an
    approved change of the scope supersedes it.
    """

    _name = "itsms.document.distribution"
    _description = "Distribution Scope"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.confidential.child.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _secrecy_parent = "document_id"
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["document_id.number", "document_id.name"]

    _working_states = ("draft", "pending", "rejected")

    document_id = fields.Many2one(
        "itsms.document", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    document_department_id = fields.Many2one(
        related="document_id.department_id", related_sudo=False, string="Responsible department"
    )
    secrecy = fields.Selection(related="document_id.secrecy", related_sudo=False)
    line_ids = fields.One2many(
        "itsms.document.distribution.line", "distribution_id", string="Receivers", copy=True
    )
    reason = fields.Char(
        string="Reason of the change", help="Why the scope is set or changed, if there is need."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "In force"),
            ("superseded", "Superseded"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    superseded_at = fields.Datetime(readonly=True, copy=False)
    paper_copies = fields.Integer(string="Paper copies", compute="_compute_paper_copies")
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")

    _in_force_uniq = models.UniqueIndex(
        "(document_id) WHERE state = 'approved'",
        "A document has one distribution scope in force (DOC-3.5).",
    )
    _working_uniq = models.UniqueIndex(
        "(document_id) WHERE state IN ('draft', 'pending', 'rejected')",
        "Another distribution scope of this document is in work. Go on with that one or cancel "
        "it first (DOC-3.5).",
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"superseded_at"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "supersede": Transition(
                "supersede", self.env._("Supersede"), ("approved",), "superseded", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "rejected"), "cancelled", reason=True
            ),
        }

    def _approval_department(self):
        return self.document_id.department_id

    def _locked_way_out(self):
        if any(scope.state == "approved" for scope in self):
            return self.env._("Use “Change the scope”: it starts from the scope in force.")
        return super()._locked_way_out()

    # ------------------------------------------------------------ computed
    @api.depends("document_id.display_name", "state")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for scope in self:
            mark = "" if scope.state == "approved" else f" ({scope._state_label()})"
            scope.display_name = f"{scope.document_id.display_name or ''}{mark}"

    @api.depends("line_ids.paper_copies")
    def _compute_paper_copies(self):
        for scope in self:
            scope.paper_copies = sum(scope.line_ids.mapped("paper_copies"))

    @api.depends("document_id.can_edit", "document_id.can_control")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        """The ITSMS office proposes the scope, or who writes the document (DOC-3.3)."""
        for scope in self:
            document = scope.document_id
            scope.can_edit = document.can_edit or document.can_control

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        documents = self.env["itsms.document"]._search_can_edit("in", {True})
        domain = Domain("document_id", "any!", documents)
        roles = self.env["itsms.role"]._by_code("document_controller")
        controlled = self.env.companies.filtered(lambda c: roles._held_by(self.env.user, c))
        domain |= Domain("company_id", "in", controlled.ids)
        return domain if True in value else ~domain

    # ------------------------------------------------------------ acts
    def _run_transition(self, transition, comment=None, **kwargs):
        """The older scope steps down first: never are two in force at a time."""
        if transition.name == "approve":
            # sudo: the older scope ends whoever approves the new one
            older = self.sudo().document_id.distribution_id
            if older:
                older = older.with_user(self.env.user).sudo()
                older._run_transition(older._transition("supersede"))
        return super()._run_transition(transition, comment, **kwargs)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "supersede":
            # sudo: the engine's own field
            guard.as_engine(self.sudo()).write({"superseded_at": fields.Datetime.now()})
        elif transition.name == "approve":
            self._enter_force()

    def _enter_force(self):
        """From now on these are the scopes of their documents."""
        for scope in self:
            # sudo: the approval decides, whoever may write the document
            guard.as_engine(scope.sudo().document_id).write({"distribution_id": scope.id})
        documents = self.document_id.filtered(lambda d: d.state == "in_force")
        self.env["itsms.document.acknowledgement"]._ask(documents)

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")


class ItsmsDocument(models.Model):
    """The scope in force belongs to the document: every revision goes to the original scope
    (DOC-4.5.3)."""

    _inherit = "itsms.document"

    distribution_id = fields.Many2one(
        "itsms.document.distribution",
        string="Distribution scope",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The scope in force, approved by the management representative (DOC-3.5).",
    )
    distribution_ids = fields.One2many(
        "itsms.document.distribution", "document_id", string="Distribution scopes"
    )

    def _engine_fields(self):
        return super()._engine_fields() | {"distribution_id"}
