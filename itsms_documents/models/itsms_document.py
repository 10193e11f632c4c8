from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition
from odoo.addons.itsms_base.models.itsms_confidential_mixin import SECRECY_LEVELS


class ItsmsDocument(models.Model):
    """Identity of a controlled document; its content is in the revisions.

    Whoever opens a document sees its valid revision. The register (DOC-4.1.2.2.2) is the list of
    these records.
    """

    _name = "itsms.document"
    _description = "Document"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.confidential.mixin",
        "itsms.linked.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "number, id"
    _check_company_auto = True
    _rec_names_search = ["number", "name", "alias"]

    name = fields.Char(string="Title", required=True, translate=True, tracking=True)
    alias = fields.Char(translate=True, help="Another name under which people look for it [I-10].")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    # levels named here too: so the translation of this model's choices is in this module
    secrecy = fields.Selection(SECRECY_LEVELS)
    category_id = fields.Many2one(
        "itsms.document.category", required=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(related="category_id.kind", store=True)
    subcategory_id = fields.Many2one(
        "itsms.document.subcategory",
        string="Kind within the category",
        ondelete="restrict",
        domain="[('category_id', '=', category_id)]",
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Responsible department",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        default=lambda self: self._default_department(),
        help="Organises writing and revision (DOC-3.2).",
    )
    participating_department_ids = fields.Many2many(
        "hr.department",
        "itsms_document_participant_rel",
        string="Departments taking part",
        check_company=True,
        help="The ITSMS office and the related departments that take part in writing (DOC-3.2a).",
    )
    control_status = fields.Selection(
        [("controlled", "Controlled"), ("uncontrolled", "Uncontrolled")],
        string="Control status",
        required=True,
        default="controlled",
        tracking=True,
        help="Everything that is published is controlled (DOC-4.1.1.2).",
    )
    medium_id = fields.Many2one(
        "itsms.document.medium",
        ondelete="restrict",
        default=lambda self: self.env["itsms.document.medium"]._usual(),
    )
    original_number = fields.Char(
        string="Original number",
        copy=False,
        help="External documents keep the number of their publisher (DOC-4.1.2.1d).",
    )
    source = fields.Char(help="Publisher of an external document.")
    state = fields.Selection(
        [
            ("draft", "Not yet in force"),
            ("in_force", "In force"),
            ("obsolete", "Obsolete"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    revision_ids = fields.One2many("itsms.document.revision", "document_id")
    revision_count = fields.Integer(compute="_compute_revision_count")
    current_revision_id = fields.Many2one(
        "itsms.document.revision",
        string="Valid revision",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    working_revision_id = fields.Many2one(
        "itsms.document.revision",
        string="Revision in work",
        compute="_compute_working_revision_id",
        help="The revision that is being written or approved.",
    )
    revision_status = fields.Char(
        string="Revision status",
        compute="_compute_revision_status",
        store=True,
        help="Edition and number of revisions, A/0; of the valid revision, before that of the "
        "first one (DOC-4.1.2.2.1).",
    )
    publication_date = fields.Date(
        related="current_revision_id.publication_date", store=True, string="Published on"
    )
    current_file = fields.Binary(
        related="current_revision_id.file", related_sudo=False, string="File"
    )
    current_file_name = fields.Char(
        related="current_revision_id.file_name", related_sudo=False, string="File name"
    )
    current_file_is_pdf = fields.Boolean(
        related="current_revision_id.file_is_pdf", related_sudo=False
    )
    current_body = fields.Html(
        related="current_revision_id.body", related_sudo=False, string="Text"
    )
    prepared_by = fields.Char(
        related="current_revision_id.prepared_by", related_sudo=False, string="Prepared by"
    )
    reviewed_by = fields.Char(
        related="current_revision_id.reviewed_by", related_sudo=False, string="Reviewed by"
    )
    approved_by = fields.Char(
        related="current_revision_id.approved_by", related_sudo=False, string="Approved by"
    )
    next_actor = fields.Char(string="Who acts next", compute="_compute_next_actor")
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    can_control = fields.Boolean(
        compute="_compute_can_control",
        help="Document controllers and the ITSMS office publish and stamp copies (DOC-3.3).",
    )

    _register_idx = models.Index("(company_id, number, id)")

    @api.model
    def _default_department(self):
        # sudo: the user's own department
        return self.env.user.sudo().employee_id.department_id or (
            self.env.company.itsms_office_department_id
        )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"current_revision_id"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "enter_force": Transition(
                "enter_force", self.env._("Enter into force"), ("draft",), "in_force", internal=True
            ),
            "obsolete": Transition(
                "obsolete",
                self.env._("Withdraw from use"),
                ("in_force",),
                "obsolete",
                groups=("itsms_base.group_itsms_office",),
                reason=True,
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel document"), ("draft",), "cancelled", reason=True
            ),
        }

    def _number_scheme(self):
        return self.category_id.number_scheme_id

    def _number_values(self):
        edition = (self.current_revision_id or self._latest_revision()).edition
        return {"type": self.category_id.code, "edition": edition}

    def _draw_numbers(self):
        for document in self.filtered(lambda d: not d.number and d.kind == "external"):
            if not (document.original_number or "").strip():
                raise UserError(
                    self.env._(
                        "%(name)s is an external document: enter its original number "
                        "(DOC-4.1.2.1d).",
                        name=document.name,
                    )
                )
            # sudo: numbering is the system's own act, whoever caused it
            guard.as_engine(document.sudo()).write({"number": document.original_number.strip()})
        return super()._draw_numbers()

    # ------------------------------------------------------------ computed
    @api.depends("name", "number")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for document in self:
            shown = document.display_name == document.name
            if shown and document.number:
                document.display_name = f"[{document.number}] {document.name}"

    @api.depends("revision_ids")
    def _compute_revision_count(self):
        for document in self:
            document.revision_count = len(document.revision_ids)

    @api.depends("revision_ids.state")
    def _compute_working_revision_id(self):
        for document in self:
            working = document.revision_ids.filtered(lambda r: r.state in r._working_states)
            document.working_revision_id = working[:1]

    @api.depends("revision_ids.state", "revision_ids.approval_step_ids.state")
    @api.depends_context("uid", "lang")
    def _compute_next_actor(self):
        for document in self:
            document.next_actor = document.working_revision_id.next_actor

    @api.depends("current_revision_id.status", "revision_ids.status", "revision_ids.state")
    def _compute_revision_status(self):
        for document in self:
            revision = document.current_revision_id or document._latest_revision()
            document.revision_status = revision.status

    def _latest_revision(self):
        """The newest revision; cancelled ones count only where there is no other."""
        live = self.revision_ids.filtered(lambda r: r.state != "cancelled") or self.revision_ids
        return live.sorted(lambda r: (r.edition, r.revision_no, r.id))[-1:]

    @api.depends("department_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        """The responsible department and the ITSMS office write a document (DOC-3.1, DOC-3.2)."""
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        own = self.env.user._itsms_own_departments()
        for document in self:
            document.can_edit = office or document.department_id in own

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        if self.env.user.has_group("itsms_base.group_itsms_office"):
            domain = Domain.TRUE
        else:
            domain = Domain("department_id", "in", self.env.user._itsms_own_departments().ids)
        return domain if True in value else ~domain

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_can_control(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        roles = self.env["itsms.role"]._by_code("document_controller")
        for company, documents in self.grouped("company_id").items():
            documents.can_control = office or roles._held_by(self.env.user, company)

    # ------------------------------------------------------------ checks
    @api.constrains("category_id", "subcategory_id")
    def _check_subcategory(self):
        for document in self:
            kind = document.subcategory_id
            if kind and kind.category_id != document.category_id:
                raise ValidationError(
                    self.env._(
                        "“%(kind)s” is no kind of %(category)s (DOC-4.1.1.1).",
                        kind=kind.name,
                        category=document.category_id.name,
                    )
                )

    @api.onchange("category_id")
    def _onchange_category_id(self):
        if self.category_id:
            self.secrecy = self.category_id.default_secrecy
        if self.subcategory_id.category_id != self.category_id:
            self.subcategory_id = False

    @api.model_create_multi
    def create(self, vals_list):
        """Every new document begins with revision A/0, “established” (GEN-4)."""
        documents = super().create(vals_list)
        bare = documents.filtered(lambda d: not d.revision_ids)
        self.env["itsms.document.revision"].create(
            [{"document_id": document.id} for document in bare]
        )
        return documents

    def write(self, vals):
        identity = {"category_id", "company_id", "original_number"} & set(vals)
        if identity and any(d.number or d.left_draft_at for d in self):
            for document in self:
                if any(document[name] != self._as_value(name, vals[name]) for name in identity):
                    raise UserError(
                        self.env._(
                            "%(name)s already has its number: category, company and original "
                            "number stay as they are (DOC-4.1.2.1).",
                            name=document.display_name,
                        )
                    )
        if vals.get("control_status") == "uncontrolled" and "in_force" in self.mapped("state"):
            raise UserError(
                self.env._(
                    "A published document is controlled as long as it is in force (DOC-4.1.1.2b)."
                )
            )
        self._check_bound(vals)
        result = super().write(vals)
        if "department_id" in vals:
            self.check_access("write")  # nobody moves a document to where he may not write
        return result

    def _update_field_translations(self, field_name, translations, *args, **kwargs):
        """Titles in other languages are titles too; the ORM writes them without ``write``."""
        self._check_bound({field_name: None})
        return super()._update_field_translations(field_name, translations, *args, **kwargs)

    def _check_bound(self, vals):
        """What stands on the cover and who may read it goes with the approval (COM-7)."""
        if guard.is_engine(self.env):
            return
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        for document in self.sudo():  # sudo: the states of the revisions decide, for all
            states = set(document.revision_ids.mapped("state"))
            if not states & {"pending", "approved", "valid"}:
                continue
            changed = any(
                document[name] != document._as_value(name, vals[name])
                for name in ("name", "department_id")
                if name in vals
            )
            if changed and states & {"pending", "approved"}:
                raise UserError(
                    self.env._(
                        "%(name)s is in approval: title and responsible department stay as they "
                        "were submitted. Withdraw it first (COM-7).",
                        name=document.display_name,
                    )
                )
            if not office and (changed or document._opens_wider(vals)):
                raise UserError(
                    self.env._(
                        "%(name)s was submitted or is in force: only the ITSMS office corrects "
                        "its title or department or lowers its secrecy (COM-7, DOC-4.1.1.3).",
                        name=document.display_name,
                    )
                )
            if vals.get("active") is False and document.state == "in_force":
                raise UserError(
                    self.env._(
                        "%(name)s is in force. Withdraw it from use before you archive it (COM-4).",
                        name=document.display_name,
                    )
                )

    def _as_value(self, name, value):
        field = self._fields[name]
        return self.env[field.comodel_name].browse(value) if field.relational else value

    @api.ondelete(at_uninstall=True)
    def _unlink_except_numbered(self):
        used = self.filtered("number")
        if used:
            raise UserError(
                self.env._(
                    "%(name)s has a number and is never deleted, only cancelled with a reason "
                    "(COM-4).",
                    name=used[0].display_name,
                )
            )

    def unlink(self):
        # the drafts go with their document; each is checked by its own rules
        self.revision_ids.unlink()
        return super().unlink()

    # ------------------------------------------------------------ acts
    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name in ("cancel", "obsolete"):
            running = self.revision_ids.filtered(lambda r: r.state in ("pending", "approved"))
            if running:
                raise UserError(
                    self.env._(
                        "%(name)s is in approval or waits for publication. Decide on it first.",
                        name=running[0].display_name,
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        reason = str(transition.label)
        if transition.name == "cancel":
            self.revision_ids.filtered(lambda r: r.state in ("draft", "rejected"))._run_transition(
                self.revision_ids._transition("cancel"), reason
            )
        elif transition.name == "obsolete":
            self.current_revision_id._run_transition(
                self.revision_ids._transition("obsolete"), reason
            )

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_obsolete(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "obsolete")

    def action_open_working_revision(self):
        """Open the revision in work."""
        self.ensure_one()
        return self.working_revision_id._open_form()

    def action_view_revisions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Revisions of %(name)s", name=self.display_name),
            "res_model": "itsms.document.revision",
            "view_mode": "list,form",
            "domain": [("document_id", "=", self.id)],
            "context": {"create": False, "default_document_id": self.id},
        }

    def action_change_serial(self, serial):
        """Change the serial of a document that was never released [I-06].

        :param serial: the new running number, at least 1.
        """
        self.ensure_one()
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            raise AccessError(self.env._("Only the ITSMS office assigns numbers (DOC-4.1.2.1)."))
        scheme = self._number_scheme()
        if self.state != "draft" or any(r.left_draft_at for r in self.revision_ids) or not scheme:
            raise UserError(
                self.env._("A number is changed only before the first release (DOC-4.1.2.1).")
            )
        if not isinstance(serial, int) or isinstance(serial, bool) or not 0 < serial < 10**6:
            raise UserError(self.env._("A serial is a whole number from 1 (DOC-4.1.2.1f)."))
        scheme._reserve(self.company_id, serial, self._number_scope())
        self._set_number(serial)
        self._log("number", state_to=self.number)
        return True

    def _evidence_domain(self):
        documents = Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids)
        revisions = Domain("res_model", "=", "itsms.document.revision") & Domain(
            "res_id", "in", self.with_context(active_test=False).revision_ids.ids
        )
        return list(documents | revisions)

    def _compute_log_count(self):
        """Evidence of a document includes that of its revisions."""
        super()._compute_log_count()
        for document in self:
            document.log_count += sum(document.revision_ids.mapped("log_count"))

    def _publish(self, revision):
        """Take over a revision that has just become the valid one."""
        self.ensure_one()
        # sudo: the document controller publishes documents of every department
        engine = guard.as_engine(self.sudo())
        engine.write({"current_revision_id": revision.id})
        if self._number_scheme() and self.number != revision.number:
            engine.write({"number": revision.number})
        if self.state == "draft":
            self._run_transition(self._transition("enter_force"))
