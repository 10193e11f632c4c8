from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine.lifecycle import Transition
from odoo.addons.itsms_base.models.itsms_approval_route import department_head


class ItsmsDocumentLoan(models.Model):
    """Consulting, borrowing or copying a controlled document or a record (DOC-4.4.2.3, REC-4.6):
    one line of the document borrowing and copying record (文件借阅、复制记录).

    Who must agree is said by :attr:`handling`, to which the approval routes refer; handing out
    and taking back is in ``itsms_document_loan_desk.py``.
    """

    _name = "itsms.document.loan"
    _description = "Borrowing and Copying Record"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.numbered.mixin",
        "itsms.confidential.child.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _secrecy_parent = "document_id"
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "document_id.name", "document_id.number", "record_id.name"]

    document_id = fields.Many2one(
        "itsms.document",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('state', 'in', ('in_force', 'obsolete'))]",
    )
    copy_id = fields.Many2one(
        "itsms.document.copy",
        string="Paper copy",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('document_id', '=', document_id), ('state', 'in', ('issued', 'held'))]",
        help="Which numbered copy is lent; empty: the copy at the desk.",
    )
    record_id = fields.Many2one(
        "itsms.record",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'filed')]",
    )
    importance = fields.Selection(
        related="record_id.importance", related_sudo=False, string="Importance"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("consult", "Consult"), ("borrow", "Borrow"), ("copy", "Copy")],
        required=True,
        default="borrow",
        tracking=True,
        help="Consult: read on the spot. Borrow: taken away and brought back. Copy: a copy is "
        "made and handed over.",
    )
    purpose = fields.Selection(
        [("training", "Training"), ("study", "Study"), ("other", "Other")],
        required=True,
        default="study",
        help="What the document or record is needed for (DOC-4.4.2.3).",
    )
    purpose_text = fields.Char(
        string="Purpose in words",
        required=True,
        help="Say what it is needed for. Holders keep it safe, do not lend it on privately and do "
        "not write on it (DOC-4.4.2.2); without permission nobody copies or passes on what he "
        "borrowed, and the person or the head of the department answers for misuse (DOC-4.4.2.4).",
    )
    applicant_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Who needs it, and answers for it until it is back.",
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        ondelete="restrict",
        help="Department of the applicant; it decides on the chain (REC-4.6.1).",
    )
    keeping_department_id = fields.Many2one(
        "hr.department",
        string="Kept by",
        compute="_compute_keeping_department_id",
        help="Department that is responsible for the document or keeps the record.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="For a customer",
        ondelete="restrict",
        check_company=True,
        help="Given to a customer or another representative, under the same approvals "
        "(REC-4.6.1a). The applicant answers for it.",
    )
    contact_name = fields.Char(string="Representative", help="Who receives it there.")
    carrier = fields.Selection(
        [("paper", "Paper"), ("electronic", "Electronic file")],
        string="As",
        required=True,
        default="paper",
        help="What is on paper is lent to one person at a time.",
    )
    copies = fields.Integer(string="Number of copies", default=1, help="How many copies are made.")
    date_from = fields.Date(string="Wanted from", default=lambda self: self._default_date_from())
    date_due = fields.Date(
        string="Due",
        required=True,
        default=lambda self: self._default_date_due(),
        tracking=True,
        help="Return of what was borrowed; end of the download of an electronic copy.",
    )
    handling = fields.Selection(
        [
            ("document", "ITSMS office, management representative when necessary"),
            ("both_heads", "Own head, then head of the keeping department"),
            ("own_head", "Own head"),
            ("keeping_head", "Head of the keeping department"),
            ("registration", "Registered by the document administrator"),
        ],
        string="Who agrees",
        compute="_compute_handling",
        help="Documents: ITSMS office (DOC-4.4.2.3a). Important records of another department: "
        "both heads (REC-4.6.1). Copies of records: head of the keeping department (REC-4.6.3). "
        "Everything else is registered only (REC-4.6.2).",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("requested", "To register"),
            ("pending", "In approval"),
            ("rejected", "Refused"),
            ("approved", "To hand out"),
            ("handed_out", "Handed out"),
            ("returned", "Brought back"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    registered_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    registered_at = fields.Datetime(readonly=True, copy=False)
    handed_out_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    handed_out_at = fields.Datetime(
        string="Handed out on", readonly=True, copy=False, index="btree_not_null"
    )
    received_by_id = fields.Many2one("res.users", string="Taken back by", readonly=True, copy=False)
    returned_by = fields.Char(readonly=True, copy=False, help="Who brought it back.")
    returned_at = fields.Datetime(readonly=True, copy=False)
    condition = fields.Selection(
        [("good", "Intact"), ("damaged", "Damaged"), ("incomplete", "Incomplete")],
        readonly=True,
        copy=False,
        help="In which condition it came back.",
    )
    condition_note = fields.Char(readonly=True, copy=False)
    renewal_date = fields.Date(
        string="Renewal asked until", readonly=True, copy=False, index="btree_not_null"
    )
    renewal_reason = fields.Char(readonly=True, copy=False)
    renewal_count = fields.Integer(string="Renewals", readonly=True, copy=False)
    remind_on = fields.Date(readonly=True, copy=False)
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    can_handle = fields.Boolean(
        compute="_compute_can_handle",
        search="_search_can_handle",
        help="Document controller, ITSMS office; for records also the document administrator of "
        "the keeping department (REC-4.6.2) [I-14].",
    )
    recalled_at = fields.Datetime(
        string="Called back on",
        readonly=True,
        copy=False,
        help="The revision that was lent is no longer valid: it comes back at once (DOC-4.7.1).",
    )
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    has_optional_step = fields.Boolean(compute="_compute_has_optional_step")

    _paper_uniq = models.UniqueIndex(
        "(COALESCE(document_id, 0), COALESCE(copy_id, 0), COALESCE(record_id, 0)) "
        "WHERE state = 'handed_out' AND kind = 'borrow' AND carrier = 'paper'",
        "It is lent to somebody else already (DOC-4.4.2.3, REC-4.6.1).",
    )
    _subject_chk = models.Constraint(
        "CHECK ((document_id IS NULL) <> (record_id IS NULL))",
        "Name the document or the record that is needed, exactly one (DOC-4.4.2.3, REC-4.6).",
    )
    _remind_idx = models.Index("(remind_on) WHERE state = 'handed_out' AND remind_on IS NOT NULL")
    _due_idx = models.Index("(date_due) WHERE state = 'handed_out'")
    _copies_chk = models.Constraint("CHECK (copies > 0)", "At least one copy is made.")
    _dates_chk = models.Constraint(
        "CHECK (date_due >= date_from)", "It is due after the day from which it is wanted."
    )

    @api.model
    def _default_date_from(self):
        return self.env.company._itsms_today()

    @api.model
    def _default_date_due(self):
        company = self.env.company
        days = self.env["itsms.parameter"]._get("document.loan.days", company)
        return company._itsms_today() + timedelta(days=days)

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "registered_by_id",
            "registered_at",
            "handed_out_by_id",
            "handed_out_at",
            "received_by_id",
            "returned_by",
            "returned_at",
            "condition",
            "condition_note",
            "renewal_date",
            "renewal_reason",
            "renewal_count",
            "remind_on",
            "recalled_at",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "request": Transition(
                "request", self.env._("Apply"), ("draft", "rejected"), "requested", internal=True
            ),
            "register": Transition(
                "register",
                self.env._("Register"),
                ("draft", "requested"),
                "approved",
                internal=True,
            ),
            "hand_out": Transition(
                "hand_out", self.env._("Hand out"), ("approved",), "handed_out", internal=True
            ),
            "consult": Transition(
                "consult", self.env._("Consulted"), ("approved",), "closed", internal=True
            ),
            "take_back": Transition(
                "take_back", self.env._("Take back"), ("handed_out",), "returned", internal=True
            ),
            "close": Transition(
                "close", self.env._("Close"), ("handed_out",), "closed", internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "rejected", "requested", "approved"),
                "cancelled",
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env.ref("itsms_documents.itsms_number_scheme_loan").sudo(False)

    def _approval_department(self):
        return self.keeping_department_id

    def _approval_applicant_department(self):
        return self.department_id

    def _approval_preparers(self):
        return self.applicant_id | super()._approval_preparers()

    def _locked_way_out(self):
        return self.env._("Cancel it and apply again.")

    @api.model
    def _secrecy_domain(self):
        """As closed as what is lent."""
        document = self.env["itsms.document"]._secrecy_domain()
        record = self.env["itsms.record"]._secrecy_domain()
        return Domain("document_id", "any!", document) | Domain("record_id", "any!", record)

    def _is_public(self):
        return self._subject()._is_public()

    def _subject(self):
        """What one loan is about."""
        self.ensure_one()
        return self.document_id or self.record_id

    # ------------------------------------------------------------ computed
    @api.depends("number", "kind", "document_id.display_name", "record_id.display_name")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for loan in self:
            if loan.display_name not in (False, f"{self._name},{loan.id}"):
                continue  # masked: not open to this person
            parts = (loan.number, kinds.get(loan.kind), loan._subject().display_name)
            loan.display_name = " ".join(filter(None, parts))

    @api.depends("applicant_id", "company_id")
    def _compute_department_id(self):
        for loan in self:
            employees = loan.applicant_id._itsms_employees(loan.company_id)
            loan.department_id = employees.department_id[:1].sudo(False)

    @api.depends("document_id.department_id", "record_id.department_id")
    def _compute_keeping_department_id(self):
        for loan in self:
            loan.keeping_department_id = loan._subject().department_id

    @api.depends(
        "kind",
        "applicant_id",
        "department_id",
        "partner_id",
        "document_id",
        "record_id.importance",
        "record_id.department_id",
        "record_id.secrecy",
    )
    def _compute_handling(self):
        for loan in self:
            loan.handling = loan._handling()

    def _handling(self):
        """Which chain one loan takes; the routes in data refer to it.

        The consent of a head who applies himself is his application. What goes to a customer and
        is not open to everybody takes the chain of important records, and its head decides on
        somebody else's application (REC-4.6.1a).
        """
        record = self.record_id
        if not record:
            return "document"
        outside = self.partner_id and record.secrecy != "public"
        important = record.importance == "important" or outside
        other = self.department_id != record.department_id
        consent = other and important and not self._head_of(self.department_id)
        approval = (important and (other or outside)) or self.kind == "copy"
        if approval and not outside:
            approval = not self._head_of(record.department_id)
        if consent and approval:
            return "both_heads"
        if consent or approval:
            return "own_head" if consent else "keeping_head"
        return "registration"

    @api.depends("applicant_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        for loan in self:
            loan.can_edit = office or self.env.user in (loan.applicant_id | loan.create_uid)

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("applicant_id", "=", self.env.uid) | Domain("create_uid", "=", self.env.uid)
        if self.env.user.has_group("itsms_base.group_itsms_office"):
            domain = Domain.TRUE
        return domain if True in value else ~domain

    @api.depends("company_id", "keeping_department_id")
    @api.depends_context("uid")
    def _compute_can_handle(self):
        mine = self.filtered_domain(self._handled_domain())
        for loan in self:
            loan.can_handle = loan in mine

    def _search_can_handle(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._handled_domain()
        return domain if True in value else ~domain

    @api.model
    def _handled_domain(self):
        """Loans that the current user registers, hands out and takes back."""
        user = self.env.user
        role = self.env["itsms.role"]._by_code("document_controller")
        if user.has_group("itsms_base.group_itsms_office"):
            return Domain.TRUE
        # the person's companies, not those that a client switched on (sudo: one's own)
        companies = user.sudo().company_ids.filtered(lambda c: role._held_by(user, c))
        kept = self._administered_departments(user)
        return Domain("company_id", "in", companies.ids) | Domain(
            "record_id", "any!", [("department_id", "in", kept.ids)]
        )

    @api.model
    def _administered_departments(self, user):
        """Departments of which ``user`` is document administrator now."""
        Department = self.env["hr.department"].sudo()  # sudo: names of offices are no secret
        Assignment = self.env["itsms.role.assignment"].sudo()  # sudo: the person's own offices
        role = self.env["itsms.role"]._by_code("department_document_administrator")
        held = Assignment.search([("user_id", "=", user.id), ("role_id", "in", role.ids)])
        if not held:
            return Department
        departments = Department.search([("company_id", "in", held.company_id.ids)])
        administrators = departments._itsms_document_administrators()
        return departments.filtered(lambda d: user in administrators[d])

    def _handlers(self):
        """Users who hand one loan out (sudo: colleagues' names)."""
        role = self.env["itsms.role"]._by_code("document_controller")
        people = role._holders(self.company_id)
        keeping = self.record_id.sudo().department_id  # sudo: which department keeps it
        if keeping:
            administrators = keeping._itsms_document_administrators()[keeping]
            return administrators or people
        return people

    @api.depends("state", "date_due")
    def _compute_overdue(self):
        for loan in self:
            today = loan.company_id._itsms_today()
            loan.overdue = bool(
                loan.state == "handed_out" and loan.date_due and loan.date_due < today
            )

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._itsms_today()
        domain = Domain("state", "=", "handed_out") & Domain("date_due", "<", today)
        return domain if True in value else ~domain

    @api.depends("state", "approval_step_ids.state")
    def _compute_has_optional_step(self):
        for loan in self:
            loan.has_optional_step = loan.state == "pending" and bool(loan._optional_steps())

    # ------------------------------------------------------------ checks
    @api.constrains("document_id", "copy_id", "record_id")
    def _check_copy(self):
        for loan in self:
            if loan.copy_id and loan.copy_id.document_id != loan.document_id:
                raise ValidationError(
                    self.env._(
                        "Copy %(copy)s is none of %(name)s (DOC-4.4.2.3).",
                        copy=loan.copy_id.display_name,
                        name=loan._subject().display_name,
                    )
                )

    @api.constrains("purpose_text")
    def _check_purpose(self):
        for loan in self:
            if not (loan.purpose_text or "").strip():
                raise ValidationError(self.env._("Say what it is needed for (DOC-4.4.2.3)."))

    @api.constrains("applicant_id")
    def _check_applicant(self):
        """Nobody applies in another's name, except the desk that fills in the record for him."""
        for loan in self:
            own = loan.applicant_id == self.env.user or self.env.user._is_superuser()
            if not own and not loan.with_user(self.env.uid).can_handle:
                raise ValidationError(
                    self.env._(
                        "Everybody applies for himself; only the document controller or the "
                        "administrator fills in the record for somebody else (DOC-4.4.2.3)."
                    )
                )

    def _check_lendable(self):
        """Refuse what is not lent at all, and borrowers without clearance."""
        for loan in self:
            loan._check_subject_lendable()
            loan._check_clearance()

    def _check_subject_lendable(self):
        """Documents in force or retained (DOC-4.7.2); records that are filed (REC-4.8)."""
        document, record = self.document_id, self.record_id
        if record and record.state != "filed":
            raise UserError(
                self.env._(
                    "%(name)s is “%(state)s”: only records that are filed are consulted, lent "
                    "or copied (REC-4.6).",
                    name=record.display_name,
                    state=record._state_label(),
                )
            )
        copy = self.copy_id
        if copy and copy.state not in ("issued", "held"):
            raise UserError(
                self.env._(
                    "%(name)s is not in circulation any more (%(state)s); it is not lent "
                    "(DOC-4.4.2.3).",
                    name=copy.display_name,
                    state=copy._state_label(),
                )
            )
        kept = document.state == "obsolete" and document.retention != "none"
        if record or document.state == "in_force" or kept:
            return
        raise UserError(
            self.env._(
                "%(name)s is not in force: only documents in force, and obsolete ones that are "
                "retained, are lent or copied (DOC-4.4.2.3, DOC-4.7.2).",
                name=document.display_name,
            )
        )

    def _check_clearance(self):
        """The borrower must be allowed to open it; a customer gets what is open to everybody."""
        subject = self._subject()
        applicant = self.applicant_id
        companies = applicant.sudo()._get_company_ids()  # sudo: the companies of a colleague
        seen = subject.with_user(applicant).with_context(allowed_company_ids=list(companies))
        if not applicant.active or not seen.has_access("read"):
            raise UserError(
                self.env._(
                    "%(person)s may not open %(name)s and cannot borrow, consult or copy it "
                    "(DOC-4.1.1.3f).",
                    person=applicant.name,
                    name=subject.display_name,
                )
            )
        if self.partner_id and not self._open_to_customers():
            raise UserError(
                self.env._(
                    "%(name)s is not open to people outside the company (%(level)s); it cannot "
                    "be given to %(partner)s (DOC-4.1.1.3c).",
                    name=subject.display_name,
                    level=dict(subject._fields["secrecy"]._description_selection(self.env))[
                        subject.secrecy
                    ],
                    partner=self.partner_id.display_name,
                )
            )

    def _open_to_customers(self):
        """Documents: external public only (DOC-4.1.1.3c, d). Records: not the secret ones, the
        others under the approvals of important records (REC-4.6.1a)."""
        levels = ("public", "internal") if self.record_id else ("public",)
        return self._subject().secrecy in levels

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        self._check_lendable()

    # ------------------------------------------------------------ applying
    def action_submit(self):
        """Apply: for approval, or – where nobody has to agree – for registration (REC-4.6.2)."""
        to_register = self.filtered(lambda loan: loan._handling() == "registration")
        to_approve = self - to_register
        if to_register:
            to_register._request()
        if to_approve:
            super(ItsmsDocumentLoan, to_approve).action_submit()
        return True

    def _request(self):
        self._lock_rows()
        self.check_access("write")
        self._check_lendable()
        self._run_transition(self._transition("request"), locked=True)
        for loan in self:
            loan._approval_tell(
                loan._handlers() - loan.applicant_id,
                self.env._("To register and hand out: %(name)s", name=loan.display_name),
            )

    def _approval_done(self):
        super()._approval_done()
        for loan in self:
            loan._approval_tell(
                loan._handlers(),
                self.env._("Approved, to hand out: %(name)s", name=loan.display_name),
            )

    def _head_of(self, department):
        """Whether the applicant of one loan heads ``department``, or stands above it (sudo: the
        people are compared, nothing of them is read)."""
        return bool(department) and department_head(department) == self.applicant_id.sudo()
