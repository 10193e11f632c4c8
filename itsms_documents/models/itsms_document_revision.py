import base64
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsDocumentRevision(models.Model):
    """One revision of a document: content, change record line, signatures, validity.

    The line of the change record (GEN-3) is the revision itself: edition and revision status,
    reason and content of the change, changed by, reviewed by, date.
    """

    _name = "itsms.document.revision"
    _description = "Document Revision"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.confidential.child.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _secrecy_parent = "document_id"
    _order = "document_id, edition desc, revision_no desc"
    _check_company_auto = True
    _rec_names_search = ["number", "document_id.name"]

    # states in which a revision is in work: one at a time per document
    _working_states = ("draft", "rejected", "pending", "approved")

    document_id = fields.Many2one(
        "itsms.document", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    document_name = fields.Char(related="document_id.name", related_sudo=False, string="Title")
    kind = fields.Selection(related="document_id.kind", related_sudo=False)
    department_id = fields.Many2one(related="document_id.department_id", related_sudo=False)
    secrecy = fields.Selection(related="document_id.secrecy", related_sudo=False)
    control_status = fields.Selection(related="document_id.control_status", related_sudo=False)
    number = fields.Char(readonly=True, copy=False, index=True)
    edition = fields.Char(
        required=True, copy=False, default="A", help="Capital letter (DOC-4.1.2.1g)."
    )
    revision_no = fields.Integer(
        string="Revision",
        required=True,
        copy=False,
        default=0,
        help="Number of revisions of this edition.",
    )
    status = fields.Char(
        string="Revision status",
        compute="_compute_status",
        store=True,
        help="Edition / number of revisions, for example A/0 (DOC-4.1.2.2.1).",
    )
    file = fields.Binary(attachment=True)
    file_name = fields.Char()
    file_is_pdf = fields.Boolean(compute="_compute_file_is_pdf")
    body = fields.Html(string="Text", sanitize_style=True)
    change_reason = fields.Char(
        string="Reason of the change",
        default=lambda self: self.env._("Established"),
        help="Change record: why (GEN-3).",
    )
    change_content = fields.Text(string="Content of the change", help="Change record: what.")
    change_date = fields.Date(
        string="Date of change", default=fields.Date.context_today, help="Change record: when."
    )
    prepared_by_id = fields.Many2one(
        "res.users",
        string="Author",
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Who wrote or changed the document (编制).",
    )
    prepared_by = fields.Char(related="prepared_by_id.name", string="Prepared by")
    reviewed_by = fields.Char(
        string="Reviewed by",
        compute="_compute_signatures",
        help="Reviewers (审核) of the last round, with 代.",
    )
    approved_by = fields.Char(
        string="Approved by",
        compute="_compute_signatures",
        help="Approvers (批准) of the last round, with 代.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("valid", "In force"),
            ("superseded", "Superseded"),
            ("obsolete", "Obsolete"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        group_expand="_expand_states",
    )
    published_at = fields.Datetime(readonly=True, copy=False)
    publication_date = fields.Date(
        compute="_compute_publication_date", store=True, string="Published on"
    )
    published_by_id = fields.Many2one("res.users", string="Published by", readonly=True, copy=False)
    verify_token = fields.Char(readonly=True, copy=False, index=True)
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    can_publish = fields.Boolean(compute="_compute_can_publish")

    _status_live_uniq = models.UniqueIndex(
        "(document_id, edition, revision_no) WHERE state != 'cancelled'",
        "The document already has this revision (DOC-4.1.2.2.1).",
    )
    _valid_uniq = models.UniqueIndex(
        "(document_id) WHERE state = 'valid'", "A document has exactly one valid revision."
    )
    _working_uniq = models.UniqueIndex(
        "(document_id) WHERE state IN ('draft', 'pending', 'rejected', 'approved')",
        "Another revision of this document is still in work. Publish or cancel it first.",
    )
    _edition_chk = models.Constraint(
        "CHECK (edition ~ '^[A-Z]$')", "The edition is one capital letter A to Z (DOC-4.1.2.1g)."
    )
    _revision_chk = models.Constraint(
        "CHECK (revision_no >= 0)", "The number of revisions starts at 0 (DOC-4.1.2.2.1)."
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "number",
            "published_at",
            "publication_date",
            "published_by_id",
            "verify_token",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "publish": Transition(
                "publish",
                self.env._("Publish"),
                ("approved",),
                "valid",
                roles=("document_controller",),
                groups=("itsms_base.group_itsms_office",),
            ),
            "supersede": Transition(
                "supersede", self.env._("Supersede"), ("valid",), "superseded", internal=True
            ),
            "obsolete": Transition(
                "obsolete", self.env._("Withdraw from use"), ("valid",), "obsolete", internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel revision"),
                ("draft", "rejected", "approved"),
                "cancelled",
                reason=True,
            ),
        }

    def _approval_department(self):
        return self.document_id.department_id

    def _approval_preparers(self):
        return self.prepared_by_id

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for revision in self:
            missing = []
            has_file = any(entry["field"] == "file" for entry in manifests[revision.id])
            if not has_file and is_html_empty(revision.body):
                missing.append(self.env._("a file or a text"))
            if not revision.change_reason:
                missing.append(self.env._("the reason of the change"))
            if not revision.prepared_by_id:
                missing.append(self.env._("the author"))
            if missing:
                raise UserError(
                    self.env._(
                        "%(name)s cannot be submitted yet; it lacks %(missing)s (GEN-3, DOC-4.2).",
                        name=revision.display_name,
                        missing=", ".join(missing),
                    )
                )

    def _on_leaving_draft(self):
        super()._on_leaving_draft()
        self.document_id._draw_numbers()
        for revision in self:
            document = revision.document_id
            scheme = document._number_scheme()
            number = document.number
            if scheme:
                values = document._number_values() | {"edition": revision.edition}
                number = scheme._render(document.company_id, document.serial, values)
            # sudo: numbering is the system's own act, whoever caused it
            guard.as_engine(revision.sudo()).write(
                {"number": number, "verify_token": uuid.uuid4().hex}
            )

    @api.model
    def _expand_states(self, states, _domain):
        """Columns of the board in the order of the way to publication, empty ones too."""
        return list(self._working_states) + [s for s in states if s not in self._working_states]

    # ------------------------------------------------------------ computed
    @api.depends("edition", "revision_no")
    def _compute_status(self):
        for revision in self:
            revision.status = f"{revision.edition}/{revision.revision_no}"

    @api.depends("document_id.display_name", "status", "state")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for revision in self:
            name = revision.document_id.display_name or ""
            mark = "" if revision.state == "valid" else f" ({revision._state_label()})"
            revision.display_name = f"{name} {revision.status}{mark}"

    @api.depends("file_name")
    def _compute_file_is_pdf(self):
        for revision in self:
            revision.file_is_pdf = (revision.file_name or "").lower().endswith(".pdf")

    def _signatures_count(self):
        """Whether the signatures of the last round stand under the present content."""
        self.ensure_one()
        if self.state == "cancelled":
            return bool(self.approved_at)
        return self.state not in ("draft", "rejected")

    @api.depends("state", "approval_step_ids.state", "approval_round")
    def _compute_signatures(self):
        for revision in self:
            if not revision._signatures_count():
                revision.reviewed_by = revision.approved_by = False
                continue
            # sudo: signatures are shown to everybody who may read the document
            steps = revision.sudo().approval_step_ids.filtered(
                lambda s, r=revision: s.round == r.approval_round and s.state == "approved"
            )
            review = steps.filtered(lambda s: s.label in ("review", "countersign"))
            approve = steps.filtered(lambda s: s.label in ("approve", "examine"))
            revision.reviewed_by = ", ".join(review.mapped("signature")) or False
            revision.approved_by = ", ".join(approve.mapped("signature")) or False

    @api.depends("published_at")
    def _compute_publication_date(self):
        for revision in self:
            if revision.published_at:
                zone = revision.company_id._itsms_timezone()
                moment = fields.Datetime.to_datetime(revision.published_at)
                revision.publication_date = zone.fromutc(moment).date()
            else:
                revision.publication_date = False

    @api.depends("document_id.can_edit", "prepared_by_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        for revision in self:
            revision.can_edit = (
                revision.document_id.can_edit or revision.prepared_by_id == self.env.user
            )

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        documents = self.env["itsms.document"]._search_can_edit("in", {True})
        domain = Domain("document_id", "any!", documents) | Domain(
            "prepared_by_id", "=", self.env.uid
        )
        return domain if True in value else ~domain

    @api.depends("state", "document_id.can_control")
    @api.depends_context("uid")
    def _compute_can_publish(self):
        for revision in self:
            revision.can_publish = revision.state == "approved" and (
                revision.document_id.can_control
            )

    # ------------------------------------------------------------ checks
    @api.constrains("edition", "revision_no", "document_id")
    def _check_follows(self):
        """A revision goes on from the latest one: next number, or next letter with 0 [I-07].

        A new document begins with A/0; the ITSMS office may take over one that is further on.
        """
        # the user, not the mode: constraints of computed writes run as superuser
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        for revision in self.filtered(lambda r: r.state in self._working_states):
            status = (revision.edition, revision.revision_no)
            others = revision.document_id.revision_ids - revision
            live = others.filtered(lambda r: r.state != "cancelled")
            latest = live.sorted(lambda r: (r.edition, r.revision_no))[-1:]
            if not latest:
                again = [(r.edition, r.revision_no) for r in others]
                if not office and status not in [("A", 0), *again]:
                    raise ValidationError(
                        self.env._(
                            "A new document begins with A/0. Only the ITSMS office takes over a "
                            "document that is further on (DOC-4.1.2.2.1)."
                        )
                    )
            elif status not in latest._followers():
                raise ValidationError(
                    self.env._(
                        "After %(latest)s comes the next revision or the next edition with "
                        "revision 0, not %(status)s (DOC-4.1.2.2.1).",
                        latest=latest.status,
                        status=revision.status,
                    )
                )

    def _followers(self):
        """What may follow this revision, as pairs (edition, number)."""
        self.ensure_one()
        followers = [(self.edition, self.revision_no + 1)]
        if self.edition < "Z":
            followers.append((chr(ord(self.edition) + 1), 0))
        return followers

    @api.model
    def _next_status(self, document, new_edition=False):
        """Edition and number for the next revision; what was cancelled never came about."""
        latest = document._latest_revision()
        if not latest:
            return "A", 0
        if latest.state == "cancelled":
            return latest.edition, latest.revision_no
        followers = latest._followers()
        if new_edition and len(followers) == 1:
            raise UserError(
                self.env._("After edition Z there is no further letter (DOC-4.1.2.1g).")
            )
        return followers[1 if new_edition else 0]

    @api.model_create_multi
    def create(self, vals_list):
        """Only who may write the document opens a revision of it, whoever is named as author."""
        self.flush_model(["state"])  # the one-in-work index must see what was just published
        revisions = super().create(vals_list)
        revisions.document_id.check_access("write")
        return revisions

    def write(self, vals):
        if vals.get("document_id"):
            self.env["itsms.document"].browse(vals["document_id"]).check_access("write")
        identity = {"document_id", "edition", "revision_no"} & set(vals)
        if identity and not guard.is_engine(self.env) and any(self.mapped("number")):
            raise UserError(
                self.env._(
                    "%(name)s already has its number: document, edition and revision number stay "
                    "as they are (DOC-4.1.2.2.1).",
                    name=self.filtered("number")[0].display_name,
                )
            )
        result = super().write(vals)
        if {"body", "file"} & set(vals) and "prepared_by_id" not in vals and not self.env.su:
            # a seeded draft belongs to whoever begins to write it
            self.filtered(lambda r: not r.prepared_by_id).prepared_by_id = self.env.user
        return result

    # ------------------------------------------------------------ acts
    def action_publish(self):
        """Publish approved revisions: from now on they are the valid ones (DOC-3.1, DOC-3.3)."""
        return self.action_transition("publish")

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "publish":
            for revision in self:
                if revision.control_status != "controlled":
                    raise UserError(
                        self.env._(
                            "%(name)s is marked uncontrolled; what is published is controlled "
                            "(DOC-4.1.1.2b).",
                            name=revision.display_name,
                        )
                    )
            self._check_content_unchanged()

    def _run_transition(self, transition, comment=None, **kwargs):
        """The older revision steps down first: never are two revisions valid at a time."""
        if transition.name == "publish":
            self.document_id._lock_rows()
            self._lock_rows()
            self._check_transition(transition, comment)
            older = self.document_id.revision_ids.filtered(lambda r: r.state == "valid")
            if older:
                older._run_transition(older._transition("supersede"))
        return super()._run_transition(transition, comment, **kwargs)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name != "publish":
            return
        # sudo: the document controller publishes what every department wrote
        guard.as_engine(self.sudo()).write(
            {"published_at": fields.Datetime.now(), "published_by_id": self.env.uid}
        )
        for revision in self:
            revision.document_id._publish(revision)

    def action_open_document(self):
        """Open the document, which shows the valid revision."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.document",
            "res_id": self.document_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------ print
    def _verify_url(self):
        """Address behind the QR code (sudo: the token is part of the printed page)."""
        self.ensure_one()
        return f"{self.get_base_url()}/itsms/verify/{self.sudo().verify_token or '-'}"

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        self.ensure_one()
        return f"{self.number or self.document_id.number or ''}  {self.status}"

    def _file_content(self):
        """Bytes of the file of one revision."""
        self.ensure_one()
        return base64.b64decode(self.file or b"")

    def _change_record(self):
        """Lines of the change record up to this revision, oldest first (GEN-3)."""
        self.ensure_one()
        return self.document_id.revision_ids.filtered(
            lambda r: (
                r.state != "cancelled"
                and (r.edition, r.revision_no) <= (self.edition, self.revision_no)
            )
        ).sorted(lambda r: (r.edition, r.revision_no))
