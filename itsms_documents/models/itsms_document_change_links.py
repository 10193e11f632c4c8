import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ItsmsDocument(models.Model):
    """Change requests of a document."""

    _inherit = "itsms.document"

    change_ids = fields.One2many("itsms.document.change", "document_id", readonly=True)
    change_count = fields.Integer(string="Changes", compute="_compute_change_count")
    change_required = fields.Boolean(
        compute="_compute_change_required",
        help="In force, so that it is changed by an approved change request only (DOC-4.5.1).",
    )
    can_write_revision = fields.Boolean(
        compute="_compute_can_write_revision", search="_search_can_write_revision"
    )

    def _compute_change_count(self):
        counts = dict(
            self.env["itsms.document.change"]._read_group(
                [("document_id", "in", self.ids)], ["document_id"], ["__count"]
            )
        )
        for document in self:
            document.change_count = counts.get(document, 0)

    @api.depends("state", "kind", "company_id")
    def _compute_change_required(self):
        for document in self:
            document.change_required = document._change_required()

    def _change_required(self):
        """Whether one document is changed by an approved request only; a parameter may lift it."""
        if self.state != "in_force" or self.kind == "external":
            return False
        return self.env["itsms.parameter"]._get("document.change.required", self.company_id)

    @api.depends("can_edit", "can_control")
    @api.depends_context("uid")
    def _compute_can_write_revision(self):
        """Responsible department, ITSMS office, document controller, and the document
        administrator of the department (DOC-3.2, DOC-4.5.1b, DOC-4.5.4, I-14)."""
        administrators = self.department_id._itsms_document_administrators()
        for document in self:
            document.can_write_revision = (
                document.can_edit
                or document.can_control
                or self.env.user in administrators.get(document.department_id, ())
            )

    def _search_can_write_revision(self, operator, value):
        if operator != "in":
            return NotImplemented
        user = self.env.user
        domain = Domain(self._search_can_edit("in", {True}))
        controller = self.env["itsms.role"]._by_code("document_controller")
        companies = [c.id for c in self.env.companies if controller._held_by(user, c)]
        domain |= Domain("company_id", "in", companies)
        # sudo: for which departments a person acts, whatever departments he may look up
        departments = self.env["hr.department"].sudo()
        departments = departments.search([("company_id", "in", (*self.env.companies.ids, False))])
        administrators = departments._itsms_document_administrators()
        mine = [department.id for department, users in administrators.items() if user in users]
        domain |= Domain("department_id", "in", mine)
        return domain if True in value else ~domain

    def _departments_to_tell(self):
        """Departments that hear of a change: those of the distribution scope in force, else the
        responsible department and those that take part in writing (DOC-4.5.3)."""
        departments = self.department_id | self.participating_department_ids
        if self.distribution_id:
            departments = self.distribution_id.line_ids.department_id or departments
        return departments

    def action_request_change(self):
        """Open a new change request for this document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request a change"),
            "res_model": "itsms.document.change",
            "views": [(False, "form")],
            "context": {"default_document_id": self.id},
        }

    def action_view_changes(self):
        """Change requests of this document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Changes of %(name)s", name=self.display_name),
            "res_model": "itsms.document.change",
            "view_mode": "list,kanban,form",
            "domain": [("document_id", "=", self.id)],
            "context": {"default_document_id": self.id},
        }

    # ------------------------------------------------------------ withdrawal from use
    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "obsolete":
            # sudo: a request that the office may not open is decided on all the same
            pending = self.sudo().change_ids.filtered(lambda c: c.state == "pending")
            if pending:
                raise UserError(
                    self.env._(
                        "%(name)s is in approval or waits for publication. Decide on it first.",
                        name=pending[0].with_env(self.env).display_name,
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "obsolete":
            # sudo: requests for a document that is gone come to nothing, whoever raised them
            changes = self.sudo().change_ids.filtered(
                lambda c: c.state in ("draft", "rejected", "approved")
            )
            changes.filtered("revision_id")._give_back(str(transition.label))
            if changes:
                changes._run_transition(changes._transition("cancel"), str(transition.label))

    # ------------------------------------------------------------ evidence
    def _evidence_domain(self):
        changes = self.env["itsms.document.change"]._search([("document_id", "in", self.ids)])
        return list(
            Domain(super()._evidence_domain())
            | Domain("res_model", "=", "itsms.document.change") & Domain("res_id", "in", changes)
        )

    def _compute_log_count(self):
        """Evidence of a document includes that of its change requests."""
        super()._compute_log_count()
        for document in self:
            document.log_count += sum(document.change_ids.mapped("log_count"))


class ItsmsDocumentRevision(models.Model):
    """Change requests that a revision carries out."""

    _inherit = "itsms.document.revision"

    change_ids = fields.One2many(
        "itsms.document.change",
        "revision_id",
        string="Change requests",
        readonly=True,
        help="Approved changes that this revision carries out (DOC-4.5.1).",
    )
    change_id = fields.Many2one(
        "itsms.document.change", string="Change request", compute="_compute_change_id"
    )
    change_count = fields.Integer(string="Changes", compute="_compute_change_id")
    change_missing = fields.Boolean(
        compute="_compute_change_missing",
        help="The document is in force and no approved change is carried out here (DOC-4.5.1).",
    )

    @api.depends("change_ids")
    def _compute_change_id(self):
        for revision in self:
            revision.change_id = revision.change_ids.sorted("id")[:1]
            revision.change_count = len(revision.change_ids)

    @api.depends("state", "change_ids", "document_id.change_required")
    def _compute_change_missing(self):
        for revision in self:
            revision.change_missing = (
                revision.state in ("draft", "rejected")
                and revision.document_id.change_required
                and not revision.change_ids
            )

    def action_view_changes(self):
        """The requests that this revision carries out; all of the document where none is."""
        self.ensure_one()
        action = self.document_id.action_view_changes()
        if self.change_ids:
            action["domain"] = [("id", "in", self.change_ids.ids)]
        return action

    def _content_to_copy(self):
        """Text and file with which the next revision begins; for who was let in to write it."""
        self.ensure_one()
        content = self._stored_file()
        return {
            "file": content and base64.b64encode(content),
            "file_name": self.file_name,
            "body": self.body,
        }

    # ------------------------------------------------------------ rules
    def _approval_check_submit(self, manifests):
        """A document in force is changed with an approved request of fitting method (DOC-4.5.1)."""
        super()._approval_check_submit(manifests)
        for revision in self:
            # sudo: whether there is an approved change does not depend on who submits
            changes = revision.sudo().change_ids.filtered(lambda c: c.state == "approved")
            if changes:
                changes._check_method_fits(revision)
            elif revision.document_id._change_required():
                raise UserError(
                    self.env._(
                        "%(name)s is in force: a change of it needs an approved change request. "
                        "Request the change on the document; once it is approved, add it to this "
                        "draft (DOC-4.5.1, DOC-4.5.2).",
                        name=revision.document_id.display_name,
                    )
                )

    def _after_transition(self, transition):
        publish = transition.name == "publish"
        former = {r.id: r.document_id.current_revision_id for r in self} if publish else {}
        super()._after_transition(transition)
        if not (publish or transition.name == "cancel"):
            return
        changes = self._changes_carried_out()
        if changes and publish:
            changes._complete(former)
        elif changes:
            changes._give_back(self.env._("the revision was cancelled"))

    @api.ondelete(at_uninstall=True)
    def _give_changes_back(self):
        """A draft that is thrown away gives its changes back, with evidence."""
        self._changes_carried_out()._give_back(self.env._("the draft was deleted"))

    def _changes_carried_out(self):
        """Approved requests that hang on these revisions."""
        # sudo: the requests follow their revision, whoever publishes, cancels or deletes it
        changes = self.sudo().change_ids.filtered(lambda c: c.state == "approved")
        return changes.browse(changes.ids)  # to be read in one go, whatever is invalidated
