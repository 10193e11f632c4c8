from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsDocumentChange(models.Model):
    """Document change request (notice), 文件更改申请（通知）单 (DOC-4.5).

    It goes the approval route of the document's valid revision (DOC-4.5.2). Approved requests are
    carried out by one revision, which may take up several of them; when that revision enters into
    force they are done. A revision that never comes about gives its requests back.
    """

    _name = "itsms.document.change"
    _description = "Document Change Request"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.confidential.child.mixin",
        "itsms.linked.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _secrecy_parent = "document_id"
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "document_id.number", "document_id.name"]

    document_id = fields.Many2one(
        "itsms.document",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'in_force'), ('kind', '!=', 'external')]",
    )
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    department_id = fields.Many2one(
        related="document_id.department_id", related_sudo=False, string="Responsible department"
    )
    kind = fields.Selection(related="document_id.kind", related_sudo=False)
    secrecy = fields.Selection(related="document_id.secrecy", related_sudo=False)
    applicant_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        help="Who asks for the change; never decides on it (DOC-4.5.1, DOC-4.5.2a).",
    )
    applicant_department_id = fields.Many2one(
        "hr.department",
        string="Department of the applicant",
        ondelete="restrict",
        check_company=True,
        default=lambda self: self._default_applicant_department(),
    )
    reason = fields.Text(string="Reason for the change", help="Why (DOC-4.5.1).")
    content = fields.Text(string="Content of the change", help="What (DOC-4.5.1).")
    affected_parts = fields.Text(
        string="Chapters and pages", help="Chapters and pages of the document that change."
    )
    important = fields.Boolean(
        string="Important change",
        help="An important change needs sufficient evidence: at least one file (DOC-4.5.1a).",
    )
    evidence_ids = fields.Many2many(
        "ir.attachment",
        "itsms_document_change_evidence_rel",
        copy=False,
        bypass_search_access=True,
        help="Files that show why an important change is needed (DOC-4.5.1a).",
    )
    method = fields.Selection(
        [
            ("page", "Page replacement"),
            ("strike", "Strike-through"),
            ("edition", "New edition"),
        ],
        help="Page replacement and strike-through are for a local change: the revision number "
        "goes up by one. New edition is for a document that was changed several times, or for a "
        "large change: next edition letter, revision 0 (DOC-4.5.1b, c, d).",
    )
    proposed_file = fields.Binary(
        string="Proposed text",
        attachment=True,
        help="The document as it should become, or the pages that change.",
    )
    proposed_file_name = fields.Char()
    notify_department_ids = fields.Many2many(
        "hr.department",
        "itsms_document_change_notify_rel",
        string="Departments to be told",
        check_company=True,
        compute="_compute_notify_department_ids",
        store=True,
        readonly=False,
        help="Their document administrators distribute the changed document and take the old one "
        "back (DOC-4.5.3). Proposed: the departments of the distribution scope in force.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("done", "In force"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        group_expand=True,
    )
    base_revision_id = fields.Many2one(
        "itsms.document.revision",
        string="Changes revision",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Revision in force when the request was submitted.",
    )
    revision_id = fields.Many2one(
        "itsms.document.revision",
        string="Revision with the change",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Revision that carries this change out.",
    )
    revision_state = fields.Selection(
        related="revision_id.state", related_sudo=False, string="State of the revision"
    )
    superseded_revision_id = fields.Many2one(
        "itsms.document.revision",
        string="Supersedes",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Revision that went out of force with this change.",
    )
    new_status = fields.Char(
        string="Will be",
        compute="_compute_new_status",
        help="Revision status after the change (DOC-4.1.2.2.1).",
    )
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    to_write = fields.Boolean(
        string="To be written",
        compute="_compute_to_write",
        search="_search_to_write",
        help="Approved, in no revision so far, and yours to write.",
    )
    working_revision_id = fields.Many2one(
        related="document_id.working_revision_id", related_sudo=False
    )

    @api.model
    def _default_applicant_department(self):
        return self.env.user._itsms_employees(self.env.company).department_id[:1]

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "applicant_id",
            "base_revision_id",
            "revision_id",
            "superseded_revision_id",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"applicant_id": self.env.uid}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "complete": Transition(
                "complete", self.env._("Enter into force"), ("approved",), "done", internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel request"),
                ("draft", "rejected", "approved"),
                "cancelled",
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("document.change")

    # ------------------------------------------------------------ approval: the document's way
    def _approval_subjects(self):
        """The request goes the way of the document's valid revision (DOC-4.5.2)."""
        subjects = {}
        for change in self:
            document = change.document_id
            subjects[change.id] = document.current_revision_id or document._latest_revision()
        return subjects

    def _approval_route_lines(self, route):
        """A request is not published: nobody releases it for the network (DOC-4.4.2.1)."""
        return super()._approval_route_lines(route).filtered(lambda x: x.label != "release")

    def _approval_department(self):
        return self.document_id.department_id

    def _approval_applicant_department(self):
        return self.applicant_department_id

    def _approval_preparers(self):
        return self.applicant_id

    def _locked_way_out(self):
        if all(change.state in ("approved", "done", "cancelled") for change in self):
            return self.env._("Raise a new change request.")
        return super()._locked_way_out()

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for change in self:
            change._check_complete()
            change._check_document()
            evidence = set(change.evidence_ids.ids)
            files = [e for e in manifests[change.id] if e["id"] in evidence and e["size"]]
            if change.important and not files:
                raise UserError(
                    self.env._(
                        "%(name)s is an important change: attach the evidence for it, at least "
                        "one file that is not empty (DOC-4.5.1a).",
                        name=change.display_name,
                    )
                )

    def _check_complete(self):
        """Reason, content and method of one request (DOC-4.5.1, DOC-4.5.1d)."""
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("reason", "content", "method")
            if not (self[name] or "").strip()
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(name)s cannot be submitted yet; it lacks %(missing)s (DOC-4.5.1).",
                    name=self.display_name,
                    missing=", ".join(missing),
                )
            )

    def _check_document(self):
        """The document of one request can be changed in this way."""
        document = self.document_id
        if document.kind == "external":
            raise UserError(
                self.env._(
                    "%(name)s is an external document: its publisher changes it. Register the "
                    "new edition with “New revision” (DOC-4.8).",
                    name=document.display_name,
                )
            )
        if document.state != "in_force":
            raise UserError(
                self.env._(
                    "%(name)s is not in force: only a document in force is changed by a change "
                    "request (DOC-4.5.1).",
                    name=document.display_name,
                )
            )
        if self.method == "edition":
            self.env["itsms.document.revision"]._next_status(document, True)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "submit":
            for change in self:
                # sudo: the engine's own field
                guard.as_engine(change.sudo()).write(
                    {"base_revision_id": change.document_id.current_revision_id.id}
                )

    # ------------------------------------------------------------ computed
    @api.depends("number", "document_id.display_name")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for change in self:
            name = change.number or self.env._("Change request")
            change.display_name = f"{name}: {change.document_id.display_name or ''}"

    @api.depends("document_id")
    def _compute_notify_department_ids(self):
        for change in self:
            change.notify_department_ids = change.document_id._departments_to_tell()

    @api.depends("document_id.current_revision_id", "method", "revision_id.status")
    def _compute_new_status(self):
        for change in self:
            change.new_status = change.revision_id.status
            current = change.document_id.current_revision_id
            if not change.new_status and change.method and current:
                followers = current._followers()[change.method == "edition" :]
                change.new_status = "%s/%s" % followers[0] if followers else False

    @api.depends("document_id.can_edit", "applicant_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        """Applicant, responsible department and ITSMS office write a request."""
        for change in self:
            change.can_edit = change.applicant_id == self.env.user or change.document_id.can_edit

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        documents = self.env["itsms.document"]._search_can_edit("in", {True})
        domain = Domain("document_id", "any!", documents) | Domain(
            "applicant_id", "=", self.env.uid
        )
        return domain if True in value else ~domain

    # ------------------------------------------------------------ content
    @api.model_create_multi
    def create(self, vals_list):
        """Whoever may read a document may ask for its change (DOC-4.5.1)."""
        default = self.env.context.get("default_document_id")
        ids = {vals.get("document_id", default) for vals in vals_list}
        self.env["itsms.document"].browse(i for i in ids if i).check_access("read")
        changes = super().create(vals_list)
        changes.filtered("evidence_ids")._adopt_evidence()
        return changes

    def write(self, vals):
        if "document_id" in vals:
            self._check_same_document(vals["document_id"])
        before = {change: change.evidence_ids for change in self if "evidence_ids" in vals}
        result = super().write(vals)
        for change, attachments in before.items():
            change._adopt_evidence()
            # what was taken out of the list goes away, where it belongs to this request alone
            removed = attachments - change.evidence_ids
            removed.filtered(
                lambda a, c=change: (a.res_model, a.res_id) == (c._name, c.id)
            ).unlink()
        return result

    def _check_same_document(self, document_id):
        self.env["itsms.document"].browse(document_id or []).check_access("read")
        for change in self:
            if change.number and change.document_id.id != document_id:
                raise UserError(
                    self.env._(
                        "%(name)s already has its number: it stays a request for this document "
                        "(COM-1).",
                        name=change.display_name,
                    )
                )

    def _adopt_evidence(self):
        """Evidence belongs to its request: it is read, locked and kept with it (COM-7).

        A file that was uploaded before the request was saved is taken over; files of other
        records, and of other people, are refused.
        """
        for change in self:
            new = self.env["ir.attachment"]
            for attachment in change.evidence_ids.sudo():  # sudo: only to see whose file it is
                own = (attachment.res_model, attachment.res_id) == (change._name, change.id)
                fresh = not attachment.res_id and attachment.create_uid == self.env.user
                if attachment.res_field or not (own or fresh):
                    raise AccessError(
                        self.env._(
                            "Evidence is a file that you upload to this request, not a file of "
                            "another record (DOC-4.5.1a)."
                        )
                    )
                if not own:
                    new |= attachment
            if new:
                new.with_env(self.env).write({"res_model": change._name, "res_id": change.id})

    # ------------------------------------------------------------ screens
    def action_open_document(self):
        """Open the document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.document",
            "res_id": self.document_id.id,
            "views": [(False, "form")],
        }

    def action_open_revision(self):
        """Open the revision that carries the change out."""
        self.ensure_one()
        return self.revision_id._open_form()
