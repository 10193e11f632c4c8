from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.models.itsms_confidential_mixin import SECRECY_LEVELS

IMPORTANCE = [("important", "More important"), ("ordinary", "Ordinary")]
SEGMENTS = [("none", "None"), ("month", "Year and month"), ("serial", "Year and serial")]
STAGES = [
    ("design", "Design"),
    ("review", "Form review"),
    ("approve", "Approve"),
    ("in_force", "Officially in use"),
    ("published", "Published"),
    ("printed", "Printed"),
    ("issued", "Issued"),
]


class ItsmsRecordForm(models.Model):
    """A record form (记录表格): a form without information filled in (REC-2a).

    One record is one revision of the form; the number stays the same through all of them. The
    responsible department designs it, the ITSMS office reviews and numbers it, the management
    representative approves it, the document controller puts it into force (REC-4.1.1 … 4.1.4).
    """

    _name = "itsms.record.form"
    _description = "Record Form"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.numbered.mixin",
        "itsms.confidential.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "number, document_id, serial, revision_no desc, id"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]

    _working_states = ("draft", "rejected", "pending", "approved")

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        string="Technical code",
        copy=False,
        index="btree_not_null",
        help="By this code the software finds the form of what it files itself; set by the ITSMS "
        "office, empty for forms that people fill in.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    secrecy = fields.Selection(SECRECY_LEVELS)
    # a table of its own: “Written by” of the approval has the default one
    authorised_user_ids = fields.Many2many(relation="itsms_record_form_authorised_user_rel")
    document_id = fields.Many2one(
        "itsms.document",
        string="Procedure or supporting document",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('kind', 'in', ('procedure', 'supporting')), ('company_id', '=', company_id)]",
        help="The document the form belongs to; its type and serial stand in the number of the "
        "form (REC-4.2a, REC-4.2b).",
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Responsible department",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        default=lambda self: self.env["itsms.document"]._default_department(),
        help="Designs and issues the form and archives what is filled in (REC-3.1).",
    )
    using_department_ids = fields.Many2many(
        "hr.department",
        "itsms_record_form_user_rel",
        string="Using departments",
        check_company=True,
        help="They are told when the form enters into force and get its electronic edition "
        "(REC-4.1.3, REC-4.1.4). Empty: every department.",
    )
    medium_id = fields.Many2one(
        "itsms.record.medium",
        string="Medium of the records",
        ondelete="restrict",
        default=lambda self: self.env["itsms.record.medium"].search([], limit=1),
        help="Proposed for every record filled in on this form (REC-4.3.3).",
    )
    importance = fields.Selection(
        IMPORTANCE,
        required=True,
        default="ordinary",
        help="Proposed for the records; a more important record is lent only with the approval of "
        "both department heads (REC-4.6.1).",
    )
    retention_years = fields.Integer(string="Retention: years", default=3)
    retention_months = fields.Integer(string="Retention: months")
    traceability_years = fields.Integer(string="Traceability: years", default=2)
    traceability_months = fields.Integer(string="Traceability: months")
    retention_too_short = fields.Boolean(
        compute="_compute_retention_too_short",
        help="In principle records are kept longer than they must stay traceable (REC-4.7a).",
    )
    project_record = fields.Boolean(
        help="Records on this form belong to a project: their file name opens with company code, "
        "year and project serial (REC-4.2f). Other records bear their name alone (REC-4.2h).",
    )
    segment_kind = fields.Selection(
        SEGMENTS,
        string="Segment of the file name",
        required=True,
        default="none",
        help="Project records only: nothing, year and month (1510) or year and serial (15001) "
        "(REC-4.2g).",
    )
    required_copies = fields.Integer(
        string="Copies to fill in", default=1, help="How many copies of a record are filled in."
    )
    file = fields.Binary(string="Blank form", attachment=True)
    file_name = fields.Char()
    file_is_pdf = fields.Boolean(compute="_compute_file_is_pdf")
    body = fields.Html(string="Text", sanitize_style=True)
    revision_no = fields.Integer(
        string="Revision",
        readonly=True,
        copy=False,
        aggregator=None,
        help="A form is revised under the same number; one revision is in force.",
    )
    previous_id = fields.Many2one(
        "itsms.record.form",
        string="Revision before",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    change_reason = fields.Char(
        string="Reason of the change",
        default=lambda self: self.env._("Established"),
        copy=False,
    )
    template_name = fields.Char(
        string="File name of the template",
        compute="_compute_template_name",
        help="<template number>-<name>, also when it is downloaded (REC-4.2e) [I-24].",
    )
    download_name = fields.Char(compute="_compute_template_name")
    state = fields.Selection(
        [
            ("draft", "Design"),
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
    stage = fields.Selection(
        STAGES, compute="_compute_stage", help="Stage as the manual names it (REC-4.1)."
    )
    review_confirmed_at = fields.Datetime(
        string="Review confirmed on",
        readonly=True,
        copy=False,
        help="From then on the form has its number (REC-4.1.2).",
    )
    published_at = fields.Datetime(string="In force since", readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", string="Published by", readonly=True, copy=False)
    ended_at = fields.Datetime(string="In force until", readonly=True, copy=False)
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    can_control = fields.Boolean(compute="_compute_can_control")
    revision_count = fields.Integer(compute="_compute_revision_count")

    # one number for all revisions of a form
    _number_uniq = models.UniqueIndex(
        "(company_id, number, revision_no) WHERE number IS NOT NULL AND state != 'cancelled'",
        "This number is already given to another record form (REC-4.2).",
    )
    _valid_uniq = models.UniqueIndex(
        "(company_id, number) WHERE state = 'valid'",
        "A record form has exactly one revision in force.",
    )
    _working_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL "
        "AND state IN ('draft', 'pending', 'rejected', 'approved')",
        "Another revision of this record form is still in work.",
    )
    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE state = 'valid' AND code IS NOT NULL",
        "Another record form with this technical code is in force.",
    )
    _periods_chk = models.Constraint(
        "CHECK (retention_years >= 0 AND retention_months >= 0 "
        "AND traceability_years >= 0 AND traceability_months >= 0)",
        "A period cannot be negative (REC-4.7).",
    )
    _copies_chk = models.Constraint(
        "CHECK (required_copies > 0)", "At least one copy is filled in."
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "revision_no",
            "previous_id",
            "review_confirmed_at",
            "published_at",
            "published_by_id",
            "ended_at",
        }

    def _unlocked_fields(self):
        # secrecy and using departments change while the form is in force, by the office
        return super()._unlocked_fields() | {
            "secrecy",
            "authorised_department_ids",
            "authorised_user_ids",
            "using_department_ids",
        }

    def _number_scheme(self):
        # without env.ref, which asks the database for every record whether it still exists
        xmlid = "itsms_documents.itsms_number_scheme_record_form"
        scheme_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid, raise_if_not_found=True)
        return self.env["itsms.number.scheme"].browse(scheme_id)

    def _document_key(self):
        """Type and serial of the document of one form: ``CX`` and ``001`` (REC-4.2a, b)."""
        document = self.sudo().document_id  # sudo: number parts; the document may be secret
        return document.category_id.code, f"{document.serial:03}"

    def _number_values(self):
        kind, serial = self._document_key()
        return {"type": kind, "project": serial}

    def _number_scope(self):
        return "-".join(self._document_key())  # counted per ZD-ZDNUM (REC-4.2d)

    def _draw_numbers(self):
        """A form gets no number before its review is confirmed (REC-4.1.2)."""
        confirmed = self.filtered("review_confirmed_at")
        confirmed._check_document()
        return super(ItsmsRecordForm, confirmed)._draw_numbers()

    @api.model
    def _in_force(self, code, company=None):
        """The form with the technical ``code`` that is in force in ``company``, or empty.

        Cached: what files itself asks for its form every time.
        """
        company = company or self.env.company
        return self.browse(self._in_force_id(code, company.id))

    @api.model
    def _number_in_force(self, code, company):
        """Number that a print carries: of the form ``code`` in force in ``company``, or nothing.

        Read as sudo: the number of a form is printed for everybody who may print the record.
        """
        return self._in_force(code, company).sudo().number or ""

    @api.model
    @tools.ormcache("code", "company_id")
    def _in_force_id(self, code, company_id):
        # sudo: which form is in force does not depend on who files a record
        domain = [("company_id", "=", company_id), ("code", "=", code), ("state", "=", "valid")]
        return self.sudo().search(domain, limit=1).ids

    @api.model
    def _expand_states(self, states, _domain):
        """Columns of the board in the order of the way into force, empty ones too."""
        way = [*self._working_states, "valid"]
        return way + [s for s in states if s not in way]

    # ------------------------------------------------------------ computed
    @api.depends("name", "number", "revision_no")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for form in self:
            if form.display_name == form.name and form.number:
                form.display_name = f"[{form.number}] {form.name}"

    @api.depends("number", "name", "file_name")
    @api.depends_context("lang")
    def _compute_template_name(self):
        for form in self:
            name = "-".join(filter(None, (form.number, form.name)))
            form.template_name = name.replace("/", "／").replace("\\", "＼")
            _stem, dot, extension = (form.file_name or "").rpartition(".")
            form.download_name = form.template_name + (dot and f".{extension}")

    @api.depends("file_name")
    def _compute_file_is_pdf(self):
        for form in self:
            form.file_is_pdf = (form.file_name or "").lower().endswith(".pdf")

    def _retention(self):
        """Retention period proposed for the records of one form."""
        return relativedelta(years=self.retention_years, months=self.retention_months)

    def _traceability(self):
        """Traceability period proposed for the records of one form."""
        return relativedelta(years=self.traceability_years, months=self.traceability_months)

    @api.depends("retention_years", "retention_months", "traceability_years", "traceability_months")
    def _compute_retention_too_short(self):
        for form in self:
            kept = 12 * form.retention_years + form.retention_months
            traced = 12 * form.traceability_years + form.traceability_months
            form.retention_too_short = kept <= traced

    @api.depends("state", "review_confirmed_at")
    def _compute_stage(self):
        for form in self:
            if form.state in ("draft", "rejected", "cancelled"):
                form.stage = "design"
            elif form.state == "pending":
                form.stage = "approve" if form.review_confirmed_at else "review"
            elif form.state == "approved":
                form.stage = "in_force"
            else:
                form.stage = "published"

    @api.depends("department_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        """The responsible department designs its forms, the ITSMS office all (REC-3.1)."""
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        own = self.env.user._itsms_own_departments()
        for form in self:
            form.can_edit = office or form.department_id in own

    def _search_can_edit(self, operator, value):
        return self.env["itsms.document"]._search_can_edit(operator, value)

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_can_control(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        roles = self.env["itsms.role"]._by_code("document_controller")
        for company, forms in self.grouped("company_id").items():
            forms.can_control = office or roles._held_by(self.env.user, company)

    @api.depends("number")
    def _compute_revision_count(self):
        counts = dict(
            self.env["itsms.record.form"]._read_group(
                [("number", "in", self.filtered("number").mapped("number"))],
                ["number"],
                ["__count"],
            )
        )
        for form in self:
            form.revision_count = counts.get(form.number, 1)

    # ------------------------------------------------------------ checks
    @api.constrains("document_id")
    def _check_document_kind(self):
        for form in self:
            # sudo: the kind of a document is no secret to who names it
            if form.sudo().document_id.kind not in ("procedure", "supporting"):
                raise ValidationError(
                    self.env._(
                        "%(name)s: a record form belongs to a procedure or a supporting document, "
                        "for its number is made from theirs (REC-4.2a).",
                        name=form.name,
                    )
                )

    def _check_document(self):
        for form in self:
            document = form.sudo().document_id  # sudo: state and serial only
            if not document.serial or document.state in ("obsolete", "cancelled"):
                raise UserError(
                    self.env._(
                        "%(form)s belongs to a document that has no serial yet or is no longer in "
                        "use: choose another one, or submit the document first (REC-4.2b).",
                        form=form.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_code_writer(vals_list)
        self.flush_model(["state"])  # the one-in-work index must see what just changed
        return super().create(vals_list)

    def write(self, vals):
        if not guard.is_engine(self.env):
            self._check_code_writer([vals], self)
            self._check_identity(vals)
            self._check_openers(vals)
        wanted = "using_department_ids" in vals
        before = {form: form.using_department_ids for form in self} if wanted else {}
        result = super().write(vals)
        if "department_id" in vals:
            self.check_access("write")  # nobody moves a form to where he may not write
        if wanted:
            self.filtered(
                lambda f: f.state == "valid" and f.using_department_ids != before[f]
            )._send_to_departments()
        return result

    def _check_code_writer(self, vals_list, forms=()):
        """The technical code decides what is filed on the form: the ITSMS office sets it."""
        if self.env.su or self.env.user.has_group("itsms_base.group_itsms_office"):
            return
        for vals in vals_list:
            if (
                any(vals["code"] != form.code for form in forms)
                if "code" in vals and forms
                else (vals.get("code"))
            ):
                raise AccessError(
                    self.env._("Only the ITSMS office sets the technical code of a form.")
                )

    def _check_identity(self, vals):
        """The number holds type and serial of the document: it stays (REC-4.2)."""
        if not {"document_id", "company_id"} & set(vals):
            return
        for form in self:
            if all(form[n].id == vals[n] for n in ("document_id", "company_id") if n in vals):
                continue
            if form.number:
                raise UserError(
                    self.env._(
                        "%(name)s already has its number: company and document stay as they are "
                        "(REC-4.2).",
                        name=form.display_name,
                    )
                )
            if form.serial:  # its place in the list of records of another document
                guard.as_engine(form.sudo()).write({"serial": 0})  # sudo: the engine's own field

    def _check_openers(self, vals):
        """Once submitted, only the office opens a form wider or sends it elsewhere."""
        names = {"secrecy", "authorised_department_ids", "authorised_user_ids"} & set(vals)
        control = "using_department_ids" in vals
        for form in self:
            if form.state in self._editable_states or form.can_control:
                continue
            if control or (names and form._opens_wider(vals)):
                raise UserError(
                    self.env._(
                        "%(name)s was submitted or is in force: only the document controller or "
                        "the ITSMS office changes who gets it or lowers its secrecy (REC-4.1.4, "
                        "DOC-4.1.1.3).",
                        name=form.display_name,
                    )
                )

    # ------------------------------------------------------------ print
    def _retention_text(self):
        """“3 years 6 months” in the user's language; blank where none is set."""
        self.ensure_one()
        parts = []
        if self.retention_years:
            parts.append(self.env._("%(count)s years", count=self.retention_years))
        if self.retention_months:
            parts.append(self.env._("%(count)s months", count=self.retention_months))
        return " ".join(parts)

    def _signatures_that_count(self):
        """Signatures under the present content of one form, for print."""
        self.ensure_one()
        if self.state in ("draft", "rejected") or (
            self.state == "cancelled" and not self.approved_at
        ):
            return []
        return self._approval_signatures()

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        self.ensure_one()
        return f"{self.number}  R{self.revision_no}" if self.number else ""
