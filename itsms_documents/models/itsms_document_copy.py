from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine.lifecycle import Transition

OUTSTANDING = ("issued", "held")
LIVE = ("draft", *OUTSTANDING)

RECALL_REASONS = [
    ("superseded", "A new revision is in force"),
    ("obsolete", "The document was withdrawn from use"),
    ("misuse", "Misuse"),
    ("left", "The holder left"),
    ("other", "Other"),
]


class ItsmsDocumentCopy(models.Model):
    """One numbered paper copy: a line of the distribution (recall) record 文件发放（回收）记录.

    From issue over signature to return (DOC-4.4.1, DOC-4.7.1). Nobody enters or changes a copy
    by hand: it is prepared from the approved scope and moves by its acts.
    """

    _name = "itsms.document.copy"
    _description = "Document Copy"
    _inherit = ["itsms.lifecycle.mixin", "itsms.confidential.child.mixin"]
    _secrecy_parent = "document_id"
    _order = "document_id, number, id"
    _check_company_auto = True
    _rec_names_search = ["document_id.number", "document_id.name"]

    document_id = fields.Many2one(
        "itsms.document", required=True, index=True, ondelete="restrict", check_company=True
    )
    revision_id = fields.Many2one(
        "itsms.document.revision", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    number = fields.Integer(
        string="Distribution no.",
        required=True,
        aggregator=None,
        help="Number of the copy in the approved distribution scope; it stands on the copy, so "
        "that each can be traced (DOC-4.4.1.1, DOC-4.4.1.2).",
    )
    copy_number = fields.Char(string="Number", compute="_compute_copy_number")
    department_id = fields.Many2one(
        "hr.department",
        string="Receiving department",
        index="btree_not_null",
        ondelete="restrict",
        help="Stands on the stamp 受控 together with the number (DOC-4.1.1.2a) [I-16].",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="External recipient",
        index="btree_not_null",
        ondelete="restrict",
    )
    receiver = fields.Char(compute="_compute_receiver")
    issuing_department_id = fields.Many2one(
        "hr.department", string="Issuing unit", ondelete="restrict", index="btree_not_null"
    )
    state = fields.Selection(
        [
            ("draft", "To be issued"),
            ("issued", "Issued, not signed for"),
            ("held", "Signed for"),
            ("returned", "Taken back"),
            ("lost", "Lost"),
            ("replaced", "Replaced"),
            ("destroyed", "Destroyed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        index=True,
    )
    printed_at = fields.Datetime(string="Printed on", readonly=True)
    issued_by_id = fields.Many2one("res.users", string="Issued by", readonly=True)
    issued_at = fields.Datetime(string="Issued on", readonly=True)
    holder_id = fields.Many2one(
        "res.users",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Who signs or signed for the copy. Empty while the copy is issued: any document "
        "administrator of the receiving department signs (DOC-4.4.1.2).",
    )
    received_at = fields.Datetime(string="Signed for on", readonly=True)
    recalled_at = fields.Datetime(string="Recalled on", readonly=True)
    recall_reason = fields.Selection(RECALL_REASONS, string="Reason of the recall", readonly=True)
    recall_note = fields.Char(string="Recall note", readonly=True)
    recalled_by_id = fields.Many2one("res.users", string="Recalled by", readonly=True)
    collected_at = fields.Datetime(
        string="Collected on",
        readonly=True,
        help="The department's document administrator took the copy back (DOC-4.5.3a).",
    )
    collected_by_id = fields.Many2one("res.users", string="Collected by", readonly=True)
    returned_at = fields.Datetime(string="Returned on", readonly=True)
    returned_to_id = fields.Many2one("res.users", string="Taken back by", readonly=True)
    return_condition = fields.Selection(
        [("good", "Good"), ("worn", "Worn"), ("incomplete", "Incomplete")],
        string="Condition",
        readonly=True,
    )
    ended_at = fields.Datetime(
        string="Out of circulation since",
        readonly=True,
        help="Returned, lost or replaced: nobody holds this copy since then.",
    )
    reissued = fields.Boolean(
        string="Re-issued (补发)",
        readonly=True,
        help="Stands in for a worn or lost copy and keeps its number (DOC-4.4.2.5, 4.4.2.6).",
    )
    replaced_copy_id = fields.Many2one(
        "itsms.document.copy",
        string="Stands in for",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    stamp = fields.Selection(
        [
            ("controlled", "Controlled (受控)"),
            ("obsolete", "Obsolete (作废)"),
            ("retained", "Obsolete – retained (作废保留)"),
        ],
        compute="_compute_stamp",
        help="What the issuing unit stamps on the copy: 受控 with department and number while it "
        "is in use (DOC-4.1.1.2a), 作废 when it came back obsolete (DOC-4.7.1a), 作废保留 when "
        "the document is kept for legal or technical reasons (DOC-4.7.2).",
    )
    next_actor = fields.Char(string="Who acts next", compute="_compute_next_actor")
    can_control = fields.Boolean(related="document_id.can_control", related_sudo=False)
    can_sign = fields.Boolean(compute="_compute_turns", search="_search_can_sign")
    can_administer = fields.Boolean(compute="_compute_turns", search="_search_can_administer")
    can_ask_reissue = fields.Boolean(compute="_compute_turns")

    _number_live_uniq = models.UniqueIndex(
        "(document_id, revision_id, number) WHERE state IN ('draft', 'issued', 'held')",
        "A copy with this distribution number is in circulation already (DOC-4.4.1.2).",
    )
    _recalled_idx = models.Index(
        "(company_id, department_id) WHERE recalled_at IS NOT NULL AND state IN ('issued', 'held')"
    )
    _register_idx = models.Index("(company_id, state, document_id, number, id)")
    _list_idx = models.Index("(document_id, number, id)")
    _number_chk = models.Constraint(
        "CHECK (number > 0)", "Distribution numbers count from 1 (DOC-4.4.1.1)."
    )
    _receiver_chk = models.Constraint(
        "CHECK ((department_id IS NULL) <> (partner_id IS NULL))",
        "A copy goes to one department or to one external recipient (DOC-4.1.1.2a).",
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        """Every stored field: a copy is moved by acts, never entered (DOC-4.4.1.1)."""
        open_fields = {"id", "create_uid", "create_date", "write_uid", "write_date", "company_id"}
        names = {name for name, field in self._fields.items() if field.store}
        return super()._engine_fields() | (names - open_fields)

    def _lifecycle_transitions(self):
        def internal(name, label, sources, target):
            return Transition(name, label, sources, target, internal=True)

        office = {
            "roles": ("document_controller",),
            "groups": ("itsms_base.group_itsms_office",),
            "reason": True,
        }
        return super()._lifecycle_transitions() | {
            "issue": internal("issue", self.env._("Issue"), ("draft",), "issued"),
            "sign": internal("sign", self.env._("Sign for it"), ("issued",), "held"),
            "hand_over": internal("hand_over", self.env._("Hand on"), OUTSTANDING, "issued"),
            "return": internal(
                "return",
                self.env._("Take back"),
                (*OUTSTANDING, "lost", "replaced"),
                "returned",
            ),
            "lose": internal("lose", self.env._("Declare lost"), OUTSTANDING, "lost"),
            "replace": internal("replace", self.env._("Replace"), OUTSTANDING, "replaced"),
            "drop": internal("drop", self.env._("Cancel copy"), ("draft",), "cancelled"),
            "cancel": Transition(
                "cancel", self.env._("Cancel copy"), ("draft",), "cancelled", **office
            ),
            "destroy": Transition(
                "destroy", self.env._("Destroy"), ("returned",), "destroyed", **office
            ),
        }

    def _approval_department(self):
        return self.department_id

    # ------------------------------------------------------------ computed
    @api.depends("number")
    def _compute_copy_number(self):
        for copy in self:
            copy.copy_number = f"{copy.number:02d}"

    @api.depends("document_id.display_name", "revision_id.status", "number")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for copy in self:
            name = copy.document_id.display_name or ""
            copy.display_name = self.env._(
                "%(document)s %(status)s, no. %(number)s",
                document=name,
                status=copy.sudo().revision_id.status or "",  # sudo: the status is no secret
                number=copy.copy_number,
            )

    @api.depends("department_id", "partner_id", "number")
    @api.depends_context("lang")
    def _compute_receiver(self):
        for copy in self:
            # sudo: names of departments and business partners stand on the print
            copy.receiver = copy.sudo().department_id.name or copy.sudo().partner_id.display_name

    @api.depends("state", "revision_id.state", "document_id.retention")
    def _compute_stamp(self):
        for copy in self:
            # sudo: which revision is valid is no secret to who may see the copy
            mark = copy.sudo().revision_id._void_mark()
            if copy.state in (*LIVE, "cancelled") or not mark:
                copy.stamp = "controlled"
            else:
                copy.stamp = "retained" if mark == "作废保留" else "obsolete"

    @api.depends("state", "recalled_at", "collected_at", "holder_id")
    @api.depends_context("uid", "lang")
    def _compute_next_actor(self):
        office = self.env._("The document controller")
        administrators = self._administrators()
        for copy in self:
            # sudo: names of colleagues are no secret
            people = ", ".join(administrators[copy].sudo().mapped("name")) or office
            holder = copy.holder_id.sudo().name or people
            copy.next_actor = False
            if copy.state == "draft":
                copy.next_actor = self.env._("%(who)s prints and issues it", who=office)
            elif copy.state in OUTSTANDING and copy.recalled_at:
                if copy.collected_at or not copy.department_id:
                    copy.next_actor = self.env._("%(who)s takes it back", who=office)
                else:
                    copy.next_actor = self.env._(
                        "%(who)s collects it and returns it to the issuing unit", who=people
                    )
            elif copy.state == "issued":
                copy.next_actor = self.env._("%(who)s signs for it", who=holder)

    @api.depends("state", "recalled_at", "holder_id", "department_id")
    @api.depends_context("uid")
    def _compute_turns(self):
        signing = self.filtered_domain(self._sign_domain())
        administered = self.filtered_domain(self._administer_domain())
        for copy in self:
            copy.can_sign = copy in signing
            copy.can_administer = copy in administered
            copy.can_ask_reissue = copy.state in OUTSTANDING and (
                copy.holder_id == self.env.user
                or copy in administered
                or (bool(copy.partner_id) and copy.can_control)
            )

    @api.model
    def _sign_domain(self):
        """Copies that wait for the signature of the current user (DOC-4.4.1.2)."""
        departments = self.env.user._itsms_administered_departments()
        mine = Domain("holder_id", "=", self.env.uid) | (
            Domain("holder_id", "=", False) & Domain("department_id", "in", departments.ids)
        )
        return Domain("state", "=", "issued") & Domain("recalled_at", "=", False) & mine

    def _search_can_sign(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._sign_domain() if True in value else ~self._sign_domain()

    @api.model
    def _administer_domain(self):
        """Copies in departments whose documents the current user administers."""
        departments = self.env.user._itsms_administered_departments()
        return Domain("department_id", "in", departments.ids)

    def _search_can_administer(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._administer_domain() if True in value else ~self._administer_domain()

    def _administrators(self):
        """Document administrators of the receiving department per copy (dict of users)."""
        role = self.env["itsms.role"]._by_code("department_document_administrator")
        nobody = self.env["res.users"]
        result = dict.fromkeys(self, nobody)
        for company, copies in self.grouped("company_id").items():
            departments = copies.sudo().department_id  # sudo: departments are no secret
            holders = role._holders_batch(company, list(departments)) if departments else {}
            for copy in copies:
                result[copy] = holders.get(copy.sudo().department_id, nobody)
        return result

    # ------------------------------------------------------------ rights
    def _check_controls(self, clause):
        """Only the document controller and the ITSMS office (DOC-4.4.1.1)."""
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Choose at least one copy."))
        for document in self.document_id:
            if not document.can_control:
                raise AccessError(
                    self.env._(
                        "Only the document controller or the ITSMS office does this for "
                        "%(document)s (%(clause)s).",
                        document=document.display_name,
                        clause=clause,
                    )
                )

    def _check_administers(self, clause, controller=False):
        """Only the receiving department's document administrator; with ``controller`` the
        document controller as well, where no department is named [I-14]."""
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Choose at least one copy."))
        for copy in self:
            if copy.can_administer or (controller and copy.can_control):
                continue
            raise AccessError(
                self.env._(
                    "Only the document administrator of %(department)s does this for %(copy)s "
                    "(%(clause)s).",
                    department=copy.receiver or "–",
                    copy=copy.display_name,
                    clause=clause,
                )
            )

    # ------------------------------------------------------------ checks
    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "issue":
            self._check_valid()
            self._check_scope()
        elif transition.name == "destroy":
            retained = self.filtered(lambda c: c.stamp == "retained")
            if retained:
                raise UserError(
                    self.env._(
                        "%(copy)s is kept for legal or technical reasons and is not destroyed "
                        "(DOC-4.7.2).",
                        copy=retained[0].display_name,
                    )
                )

    def _check_valid(self):
        for copy in self:
            if copy.revision_id.state != "valid":
                raise UserError(
                    self.env._(
                        "%(copy)s is not of the revision in force: only that one is issued and "
                        "stamped 受控 (DOC-4.1.1.2a, DOC-4.4.1.1).",
                        copy=copy.display_name,
                    )
                )

    def _check_scope(self):
        """Refuse what the approved distribution scope does not name (DOC-3.5, DOC-4.4.1.1)."""
        # sudo: the scope in force decides, whoever may read it
        scopes = {document: document.sudo()._paper_scope() for document in self.document_id}
        for copy in self:
            scope = scopes[copy.document_id]
            if scope is None:
                raise UserError(
                    self.env._(
                        "%(document)s has no approved distribution scope: before the management "
                        "representative approved it no copy is issued (DOC-3.5, DOC-4.4.1.1).",
                        document=copy.document_id.display_name,
                    )
                )
            receiver = copy.sudo().department_id or copy.sudo().partner_id
            if scope.get(copy.number) != receiver:
                raise UserError(
                    self.env._(
                        "%(copy)s for %(receiver)s is outside the approved distribution scope. "
                        "Have the scope changed and approved first, or cancel this copy "
                        "(DOC-4.4.1.1).",
                        copy=copy.display_name,
                        receiver=copy.receiver,
                    )
                )

    def _check_recipient(self, holder):
        """``holder`` works in the receiving department and may open the document."""
        if holder.share or not holder.active:
            raise UserError(self.env._("%(name)s cannot hold a copy.", name=holder.name))
        own = set(holder._itsms_standing().department_path)  # with the departments above
        for copy in self:
            if copy.partner_id or copy.sudo().department_id.id not in own:
                raise UserError(
                    self.env._(
                        "%(name)s does not belong to %(department)s: a copy stays within the "
                        "approved scope, in the department that its stamp names (DOC-4.4.1.3).",
                        name=holder.name,
                        department=copy.receiver,
                    )
                )
        revisions = self.revision_id
        closed = revisions - revisions._approval_open_to(holder)
        if closed:
            raise UserError(
                self.env._(
                    "%(name)s may not open %(document)s (DOC-4.1.1.3f).",
                    name=holder.name,
                    document=closed[0].display_name,
                )
            )
