from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from .itsms_document_copy import OUTSTANDING


class ItsmsDocumentReissue(models.Model):
    """Re-issue (补发) of a worn or lost copy under its old number (DOC-4.4.2.5, DOC-4.4.2.6).

    Worn: the department's document administrator asks, the document controller confirms. Lost:
    the person concerned declares the loss, the head of the ITSMS office approves.
    """

    _name = "itsms.document.reissue"
    _description = "Re-issue Request"
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

    copy_id = fields.Many2one("itsms.document.copy", required=True, index=True, ondelete="restrict")
    document_id = fields.Many2one(related="copy_id.document_id", store=True, index=True)
    company_id = fields.Many2one(related="copy_id.company_id", store=True, index=True)
    department_id = fields.Many2one(
        related="copy_id.department_id", related_sudo=False, string="Using department"
    )
    copy_number = fields.Char(
        related="copy_id.copy_number", related_sudo=False, string="Distribution no."
    )
    cause = fields.Selection(
        [("worn", "Worn"), ("lost", "Lost")],
        required=True,
        default="worn",
        help="Worn: damage impairs its use (DOC-4.4.2.5). Lost: the person concerned declares "
        "the loss here (DOC-4.4.2.6).",
    )
    declaration = fields.Text(
        string="Declaration of the person concerned",
        help="How, when and where the copy was lost, in the words of the person concerned "
        "(当事人). Required for a lost copy (DOC-4.4.2.6).",
    )
    person_id = fields.Many2one(
        "res.users",
        string="Person concerned",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Who held the copy (当事人); he does not decide on the request (COM-8).",
    )
    new_copy_id = fields.Many2one(
        "itsms.document.copy",
        string="New copy",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Keeps the distribution number and is marked 补发; the document controller prints "
        "and issues it.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")

    _running_uniq = models.UniqueIndex(
        "(copy_id) WHERE state IN ('pending', 'approved')",
        "A re-issue of this copy is asked for already (DOC-4.4.2.6).",
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"new_copy_id", "person_id"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "rejected"), "cancelled", reason=True
            ),
        }

    def _approval_department(self):
        return self.copy_id.department_id

    def _approval_preparers(self):
        return super()._approval_preparers() | self.person_id

    @api.depends("copy_id.display_name", "cause")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for request in self:
            request.display_name = self.env._(
                "Re-issue: %(copy)s", copy=request.copy_id.display_name or ""
            )

    @api.depends("create_uid", "person_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        for request in self:
            owners = request.create_uid | request.person_id
            request.can_edit = not request.create_uid or self.env.user in owners

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("create_uid", "=", self.env.uid) | Domain("person_id", "=", self.env.uid)
        return domain if True in value else ~domain

    # ------------------------------------------------------------ who asks
    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests._check_applicant()
        for request in requests:
            # sudo: the engine's own field; who holds the copy is on the record
            holder = request.copy_id.sudo().holder_id
            guard.as_engine(request.sudo()).write({"person_id": holder.id})
        return requests

    def write(self, vals):
        if "copy_id" in vals and any(r.copy_id.id != vals["copy_id"] for r in self):
            raise UserError(
                self.env._("A request stays with its copy; write a new one (DOC-4.4.2.6).")
            )
        return super().write(vals)

    def _check_applicant(self):
        """The holder himself, or the document administrator of his department; for worn copies
        the administrator; for copies outside the company the document controller."""
        for request in self:
            copy = request.copy_id
            copy.check_access("read")
            allowed = copy.can_administer or (bool(copy.partner_id) and copy.can_control)
            if request.cause == "lost":
                allowed = allowed or copy.holder_id == self.env.user
            if not allowed:
                raise AccessError(
                    self.env._(
                        "A worn copy is exchanged by the document administrator of its "
                        "department; a loss is declared by the person who held the copy or by "
                        "that administrator (DOC-4.4.2.5, DOC-4.4.2.6)."
                    )
                )

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        self._check_applicant()
        for request in self:
            request._check_copy_out()
            if request.cause == "lost" and not (request.declaration or "").strip():
                raise UserError(
                    self.env._(
                        "%(request)s: the person concerned declares the loss first: how, when "
                        "and where (DOC-4.4.2.6).",
                        request=request.display_name,
                    )
                )

    def _check_copy_out(self):
        copy = self.copy_id
        if copy.state not in OUTSTANDING:
            raise UserError(
                self.env._(
                    "%(copy)s is “%(state)s”: only a copy that was issued and did not come back "
                    "is re-issued (DOC-4.4.2.5, DOC-4.4.2.6).",
                    copy=copy.display_name,
                    state=copy._state_label(),
                )
            )

    # ------------------------------------------------------------ effect
    def _approval_done(self):
        """The old copy ends; a new one with the same number waits for its issue."""
        super()._approval_done()
        self.copy_id._lock_rows()
        for request in self:
            request._check_copy_out()
        for cause, requests in self.grouped("cause").items():
            requests.copy_id._end("lose" if cause == "lost" else "replace")
        # sudo: whether the revision of the copy is still valid
        valid = self.filtered(lambda r: r.copy_id.sudo().revision_id.state == "valid")
        documents = self.env["itsms.document"]
        for request in valid:
            old = request.copy_id.sudo()  # sudo: the approval decides
            new = documents._prepare_numbers(
                [(old.document_id, old.number, old.department_id or old.partner_id)]
            )
            if new and old.department_id and old.holder_id.active:
                new._engine_write({"holder_id": old.holder_id.id})
            # sudo: the engine's own field
            guard.as_engine(request.sudo()).write({"new_copy_id": new.id})

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_open_copy(self):
        """Open the copy that is worn or lost."""
        return self._open_copy(self.copy_id)

    def action_open_new_copy(self):
        """Open the copy that stands in for it."""
        return self._open_copy(self.new_copy_id)

    def _open_copy(self, copy):
        return {
            "type": "ir.actions.act_window",
            "res_model": copy._name,
            "res_id": copy.id,
            "views": [(False, "form")],
        }


class ItsmsDocumentCopy(models.Model):
    """The copy knows the requests to re-issue it."""

    _inherit = "itsms.document.copy"

    reissue_ids = fields.One2many("itsms.document.reissue", "copy_id", string="Re-issue requests")
    reissue_count = fields.Integer(compute="_compute_reissue_count")

    @api.depends("reissue_ids")
    def _compute_reissue_count(self):
        for copy in self:
            copy.reissue_count = len(copy.reissue_ids)
