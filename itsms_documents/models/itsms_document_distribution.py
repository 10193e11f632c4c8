from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

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
    receivers = fields.Char(string="Goes to", compute="_compute_receivers")
    receiver_department_id = fields.Many2one(
        "hr.department", string="Receiver", related="line_ids.department_id"
    )
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

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        lines = self.line_ids.with_context(active_test=False)
        # sudo: who administrates a department is no secret to the proposer
        departments = lines.department_id.sudo()
        administrators = departments._itsms_document_administrators()
        for scope in self:
            if scope.document_id.state in ("obsolete", "cancelled"):
                self._refuse(
                    scope,
                    self.env._("the document is no longer in use, nobody receives it (DOC-3.5)"),
                )
            if not scope.line_ids:
                self._refuse(
                    scope,
                    self.env._("it names no receiver. Add the departments that get it (DOC-3.5)"),
                )
            for line in scope.line_ids:
                problem = line._problem(administrators)
                if problem:
                    self._refuse(scope, problem)

    def _refuse(self, scope, problem):
        raise UserError(
            self.env._(
                "The distribution scope of %(document)s cannot be submitted yet: %(problem)s.",
                document=scope.document_id.display_name,
                problem=problem,
            )
        )

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

    @api.depends("line_ids.department_id", "line_ids.partner_id")
    def _compute_receivers(self):
        for scope in self:
            scope.receivers = ", ".join(scope.line_ids.mapped("display_name"))

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

    def action_change_scope(self):
        """A draft with the lines and numbers of this scope; approved, it takes its place."""
        self.ensure_one()
        return self.document_id.action_change_scope()

    def _copied_values(self):
        """Values of a draft that starts from this scope; every department keeps its numbers."""
        self.ensure_one()
        return {
            "document_id": self.document_id.id,
            "line_ids": [
                Command.create(
                    {
                        "sequence": line.sequence,
                        "department_id": line.department_id.id,
                        "partner_id": line.partner_id.id,
                        "electronic": line.electronic,
                        "readers": line.readers,
                        "reader_ids": [Command.set(line.reader_ids.ids)],
                        "acknowledge": line.acknowledge,
                        "paper_copies": line.paper_copies,
                        "number_from": line.number_from,
                    }
                )
                for line in self.line_ids
            ],
        }

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.document",
            "res_id": self.document_id.id,
            "views": [(False, "form")],
        }

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        self.ensure_one()
        document = self.document_id
        return f"{document.number or ''}  {document.revision_status or ''}"


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

    working_distribution_id = fields.Many2one(
        "itsms.document.distribution", string="Scope in work", compute="_compute_scope"
    )
    scope_line_ids = fields.One2many(
        related="distribution_id.line_ids", related_sudo=False, string="Receivers"
    )
    scope_count = fields.Integer(string="Number of scopes", compute="_compute_scope_count")
    can_scope = fields.Boolean(compute="_compute_scope")
    scope_missing = fields.Boolean(
        string="Without distribution scope",
        compute="_compute_scope_missing",
        search="_search_scope_missing",
        help="Approved or published, and nobody has proposed to whom it goes (DOC-3.5).",
    )

    def _engine_fields(self):
        return super()._engine_fields() | {"distribution_id"}

    @api.depends("distribution_ids")
    def _compute_scope_count(self):
        groups = self.env["itsms.document.distribution"]._read_group(
            [("document_id", "in", self.ids)], ["document_id"], ["__count"]
        )
        counts = {document.id: count for document, count in groups}
        for document in self:
            document.scope_count = counts.get(document.id, 0)

    @api.depends("distribution_ids.state")
    @api.depends_context("uid")
    def _compute_scope(self):
        working = self.env["itsms.document.distribution"].search(
            [("document_id", "in", self.ids), ("state", "in", ("draft", "pending", "rejected"))]
        )
        by_document = working.grouped("document_id")
        for document in self:
            document.working_distribution_id = by_document.get(document, working.browse())[:1]
            document.can_scope = document.can_edit or document.can_control

    def _search_scope_missing(self, operator, value):
        """Documents that cannot be published for want of a scope, and nobody proposed one."""
        if operator != "in":
            return NotImplemented
        working = Domain("state", "in", ("draft", "pending", "rejected"))
        domain = (
            Domain("distribution_id", "=", False)
            & Domain("state", "in", ("draft", "in_force"))
            & Domain("revision_ids", "any", [("state", "in", ("approved", "valid"))])
            & Domain("distribution_ids", "not any", working)
        )
        return domain if True in value else ~domain

    @api.depends("distribution_id", "state", "revision_ids.state", "distribution_ids.state")
    def _compute_scope_missing(self):
        missing = self.filtered_domain(self._search_scope_missing("in", {True}))
        for document in self:
            document.scope_missing = document in missing

    def _scope_values(self, departments=None, **line):
        """Values of a first scope of each document, as a list.

        The departments named, else those that the category sets up, else the responsible
        department and those that take part (DOC-3.2a).
        """
        values = []
        for document in self:
            receivers = departments
            common = {"acknowledge": True, **line}
            if not receivers:
                category = document.category_id
                receivers = category.scope_department_ids.filtered(
                    lambda d, company=document.company_id: (
                        d.company_id in (company, company.browse())
                    )
                )
                common["acknowledge"] = line.get("acknowledge", category.scope_acknowledge)
                receivers = receivers or (
                    document.department_id | document.participating_department_ids
                )
            values.append(
                {
                    "document_id": document.id,
                    "line_ids": [
                        Command.create({**common, "department_id": department.id})
                        for department in receivers
                    ],
                }
            )
        return values

    def action_change_scope(self):
        """Open the scope in work, or a new draft: a copy of the scope in force with its numbers,
        else the receivers that the category sets up."""
        self.ensure_one()
        self.check_access("read")
        scope = self.working_distribution_id
        if not scope:
            if self.distribution_id:
                values = self.distribution_id._copied_values()
            else:
                values = self._scope_values()[0]
            scope = self.env["itsms.document.distribution"].create(values)
        return scope._open_form()

    def action_view_distributions(self):
        """All scopes of the document, former ones too."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Distribution scopes of %(name)s", name=self.display_name),
            "res_model": "itsms.document.distribution",
            "view_mode": "list,form",
            "domain": [("document_id", "=", self.id)],
            "context": {"create": False},
        }

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("cancel", "obsolete"):
            # sudo: whoever ends the document ends what was being prepared for it
            drafts = self.sudo().distribution_ids.filtered(
                lambda s: s.state in ("draft", "rejected")
            )
            if drafts:
                drafts.with_env(self.env)._run_transition(
                    drafts._transition("cancel"), str(transition.label)
                )
