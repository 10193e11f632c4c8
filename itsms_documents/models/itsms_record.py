from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition
from odoo.addons.itsms_base.models.itsms_confidential_mixin import SECRECY_LEVELS

from .itsms_record_naming import SEGMENTS

PERIOD_UNITS = [("year", "Years"), ("month", "Months"), ("permanent", "Permanent")]


class ItsmsRecord(models.Model):
    """A filled record (记录文件): what was done, kept so that work stays traceable (REC-2b, 2c).

    The list of these records is the record list (记录清单, REC-4.4.3). Everybody whom the secrecy
    admits sees that a record exists; its content (text, files, versions) is for the keeping
    department, see :meth:`_content_domain`.
    """

    _name = "itsms.record"
    _description = "Record"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.confidential.mixin",
        "itsms.record.naming.mixin",
        "itsms.linked.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "filed_on desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["file_name", "name", "catalog_number"]

    name = fields.Char(
        string="Document name",
        required=True,
        tracking=True,
        help="Name of the record, the last part of its file name (REC-4.2f).",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    secrecy = fields.Selection(SECRECY_LEVELS)
    form_id = fields.Many2one(
        "itsms.record.form",
        string="Record form",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The form that was filled in (REC-2b).",
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Keeping department",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        default=lambda self: self._default_department(),
        help="Collects, files and keeps the record (REC-3.1, REC-4.5.1).",
    )
    catalog_method = fields.Text(related="department_id.itsms_catalog_method")
    is_project = fields.Boolean(string="Project record", help="Named after its project (REC-4.2f).")
    project_year = fields.Integer(
        default=lambda self: self.env.company._itsms_today().year, aggregator=None
    )
    project_number = fields.Integer(
        string="Project serial", aggregator=None, help="Two digits, 01 to 99 (REC-4.2f)."
    )
    project_name = fields.Char()
    segment = fields.Selection(
        SEGMENTS,
        default="none",
        required=True,
        help="Optional part of the file name; set by the record form (REC-4.2g).",
    )
    serial = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Per project, year and form [I-25]."
    )
    file_name = fields.Char(
        readonly=True,
        copy=False,
        index="trigram",
        help="By the rule of REC-4.2f–h; fixed when the record is filed.",
    )
    proposed_file_name = fields.Char(
        string="File name will be", compute="_compute_proposed_file_name"
    )
    record_date = fields.Date(
        string="Date of the record",
        required=True,
        default=lambda self: self.env.company._itsms_today(),
    )
    filled_by_id = fields.Many2one(
        "res.users",
        string="Filled in by",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
        help="Fully responsible for the content (REC-4.3.1). Records are filled in promptly; "
        "content is true, complete and accurate, handwriting clear, surface clean, nothing is "
        "altered at will; it shows how the system really works and stays traceable (REC-4.3.2).",
    )
    filled_at = fields.Datetime(
        string="Filled in at", required=True, default=fields.Datetime.now, copy=False
    )
    medium_id = fields.Many2one(
        "itsms.record.medium",
        ondelete="restrict",
        required=True,
        default=lambda self: self.env["itsms.record.medium"].search([], limit=1),
        help="Electronic, photograph, paper, database or another medium (REC-4.3.3).",
    )
    place = fields.Char(
        string="Storage place",
        tracking=True,
        help="Records are stored by class in a ventilated, dry environment (REC-4.5.2), protected "
        "against damp, decay and fire according to place and retention period (REC-4.5.3).",
    )
    shelf = fields.Char(string="Shelf or folder", tracking=True)
    catalog_number = fields.Char(
        string="Catalogue number",
        index="trigram",
        tracking=True,
        help="By the department's method of cataloguing, ordering and retrieval (REC-4.4.1a).",
    )
    importance = fields.Selection(
        [("important", "More important"), ("ordinary", "Ordinary")],
        required=True,
        default="ordinary",
        index=True,
        tracking=True,
        help="Set by the keeping department; more important records are consulted and lent with "
        "two approvals (REC-4.6.1) [I-20].",
    )
    retention_number = fields.Integer(
        string="Retention period",
        aggregator=None,
        default=lambda self: self._default_retention(),
        help="Fixed by the keeping department, counted from filing (REC-4.7).",
    )
    retention_unit = fields.Selection(PERIOD_UNITS, required=True, default="year")
    retention_text = fields.Char(string="Retention", compute="_compute_retention_text")
    trace_number = fields.Integer(
        string="Traceability period",
        aggregator=None,
        help="How long the record must stay traceable; in principle the retention period is "
        "longer (REC-4.7a).",
    )
    trace_unit = fields.Selection(PERIOD_UNITS, required=True, default="year")
    retention_warning = fields.Boolean(compute="_compute_retention_warning")
    filed_on = fields.Date(string="Filed on", readonly=True, copy=False, index=True)
    filed_at = fields.Datetime(readonly=True, copy=False)
    filed_by_id = fields.Many2one("res.users", string="Filed by", readonly=True, copy=False)
    retention_until = fields.Date(
        string="Keep until", readonly=True, copy=False, index=True, help="Empty: permanent."
    )
    expired = fields.Boolean(
        string="Past retention", compute="_compute_expired", search="_search_expired"
    )
    legal_hold = fields.Boolean(readonly=True, copy=False, index="btree_not_null")
    hold_reason = fields.Char(readonly=True, copy=False)
    hold_by_id = fields.Many2one("res.users", string="Held by", readonly=True, copy=False)
    hold_at = fields.Datetime(string="Held since", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("filed", "Filed"),
            ("disposed", "Disposed of"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    version_ids = fields.One2many("itsms.record.version", "record_id", readonly=True, copy=False)
    version_count = fields.Integer(compute="_compute_content")
    current_version_id = fields.Many2one(
        "itsms.record.version", readonly=True, copy=False, ondelete="restrict", check_company=False
    )
    content_open = fields.Boolean(
        compute="_compute_content", help="Whether you may read text and files (REC-4.6)."
    )
    body = fields.Html(
        string="Text", compute="_compute_content", inverse="_inverse_body", sanitize_style=True
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Files",
        compute="_compute_content",
        inverse="_inverse_attachment_ids",
    )
    res_model = fields.Char(string="Source model", readonly=True, copy=False)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True, copy=False
    )
    disposed_on = fields.Date(string="Destroyed on", readonly=True, copy=False)
    disposal_id = fields.Many2one(
        "itsms.record.disposal",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The disposal that is running or was carried out (REC-4.8).",
    )
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")

    _retention_idx = models.Index("(company_id, retention_until) WHERE state = 'filed'")
    _source_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    _serial_uniq = models.UniqueIndex(
        "(company_id, form_id, project_year, project_number, (date_part('year', record_date)), "
        "serial) WHERE serial > 0",
        "This serial of the project is already given (REC-4.2g).",
    )
    _retention_chk = models.Constraint(
        "CHECK (retention_unit = 'permanent' OR retention_number BETWEEN 1 AND 1200)",
        "The retention period is at least one month or year, or permanent (REC-4.7).",
    )
    _trace_chk = models.Constraint(
        "CHECK (trace_number IS NULL OR trace_number BETWEEN 0 AND 1200)",
        "The traceability period is a number of months or years (REC-4.7a).",
    )

    @api.model
    def _default_department(self):
        # sudo: the user's own department
        return self.env.user.sudo().employee_id.department_id or (
            self.env.company.itsms_office_department_id
        )

    @api.model
    def _default_retention(self):
        return self.env["itsms.parameter"]._get("record.retention.years")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "serial",
            "file_name",
            "filed_on",
            "filed_at",
            "filed_by_id",
            "retention_until",
            "legal_hold",
            "hold_reason",
            "hold_by_id",
            "hold_at",
            "version_ids",
            "current_version_id",
            "res_model",
            "res_id",
            "disposed_on",
            "disposal_id",
        }

    def _unlocked_fields(self):
        """Where a filed record lies, who may open it and who keeps it goes on to change."""
        return super()._unlocked_fields() | {
            "place",
            "shelf",
            "catalog_number",
            "importance",
            "secrecy",
            "authorised_department_ids",
            "authorised_user_ids",
            "department_id",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "file": Transition("file", self.env._("File"), ("draft",), "filed"),
            "dispose": Transition(
                "dispose", self.env._("Dispose of"), ("filed",), "disposed", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft",), "cancelled", reason=True
            ),
        }

    def _locked_way_out(self):
        return self.env._(
            "A record is not altered at will: correct it with “Correct”, which keeps the original "
            "(REC-2c)."
        )

    # ------------------------------------------------------------ who may
    @api.model
    def _content_domain(self):
        """Records whose content is open to the current user, secrecy apart (REC-4.6).

        The keeping department, its document administrator, who filled it in, senior management,
        the ITSMS office and auditors. Loans extend it for the time of a permission.
        """
        user = self.env.user
        if user.has_group("itsms_base.group_itsms_office") or user.has_group(
            "itsms_base.group_itsms_auditor"
        ):
            return Domain.TRUE
        return (
            Domain("department_id", "in", user._itsms_kept_departments().ids)
            | Domain("filled_by_id", "=", user.id)
            | Domain("company_id", "in", user._itsms_standing().top_secret_companies)
        )

    @api.depends("department_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        own = self.env.user._itsms_kept_departments()
        for record in self:
            record.can_edit = office or record.department_id in own

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        if self.env.user.has_group("itsms_base.group_itsms_office"):
            domain = Domain.TRUE
        else:
            domain = Domain("department_id", "in", self.env.user._itsms_kept_departments().ids)
        return domain if True in value else ~domain

    # ------------------------------------------------------------ computed
    @api.depends("name", "file_name")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for record in self:
            if record.file_name and record.display_name == record.name:
                record.display_name = record.file_name

    @api.depends(
        "name",
        "is_project",
        "project_year",
        "project_number",
        "segment",
        "record_date",
        "company_id",
    )
    def _compute_proposed_file_name(self):
        for record in self:
            record.proposed_file_name = record._rule_file_name(record.serial or 1)

    def _rule_file_name(self, serial):
        """File name of one record by the rule."""
        project = (self.project_year, self.project_number) if self.is_project else None
        company = self.company_id or self.env.company
        return self._make_file_name(
            company, self.name, project, self.segment or "none", self.record_date, serial
        )

    @api.depends("retention_number", "retention_unit")
    @api.depends_context("lang")
    def _compute_retention_text(self):
        for record in self:
            record.retention_text = record._period_text("retention")

    def _period_text(self, kind):
        """Retention or traceability period of one record in words."""
        number, unit = self[f"{kind}_number"], self[f"{kind}_unit"]
        labels = dict(self._fields["retention_unit"]._description_selection(self.env))
        if unit == "permanent":
            return labels[unit]
        return f"{number} {labels[unit]}" if number else ""

    def _months(self, kind):
        number, unit = self[f"{kind}_number"] or 0, self[f"{kind}_unit"]
        return float("inf") if unit == "permanent" else number * (12 if unit == "year" else 1)

    @api.depends("retention_number", "retention_unit", "trace_number", "trace_unit")
    def _compute_retention_warning(self):
        """In principle longer: a warning, not a refusal (REC-4.7a) [I-21]."""
        for record in self:
            trace = record._months("trace")
            keep = record._months("retention")
            record.retention_warning = bool(trace) and keep <= trace and keep != float("inf")

    @api.depends("retention_until", "state")
    def _compute_expired(self):
        for record in self:
            today = record.company_id._itsms_today()
            until = record.retention_until
            record.expired = bool(record.state == "filed" and until and until < today)

    def _search_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._itsms_today()
        domain = Domain("state", "=", "filed") & Domain("retention_until", "<", today)
        return domain if True in value else ~domain

    @api.depends("current_version_id.body", "current_version_id.attachment_ids", "version_ids")
    @api.depends_context("uid")
    def _compute_content(self):
        """Content of the current version where it is open to the user, else nothing."""
        # sudo: which version is the current one is no secret, its content is read as the user
        versions = self.sudo().current_version_id.with_env(self.env)
        opened = set(versions._filtered_access("read").ids)
        for record in self:
            version = record.sudo().current_version_id.with_env(self.env)
            new = not version
            record.content_open = new or version.id in opened
            visible = version if record.content_open else version.browse()
            record.body = visible.body
            record.attachment_ids = visible.attachment_ids
            record.version_count = visible.number

    def _inverse_body(self):
        for record in self:
            record._content_version()._engine_write({"body": record.body})

    def _inverse_attachment_ids(self):
        for record in self:
            record._content_version()._set_attachments(record.attachment_ids)

    def _content_version(self):
        """The version that a draft is written into; content of others is locked (REC-2c)."""
        self.ensure_one()
        self.check_access("write")
        if not guard.is_engine(self.env):
            self._check_lock()
        return self.current_version_id or self._open_version()

    # ------------------------------------------------------------ checks
    @api.constrains("is_project", "project_year", "project_number")
    def _check_project(self):
        for record in self.filtered("is_project"):
            if not (1 <= record.project_number <= 99 and 1990 <= record.project_year <= 2100):
                raise ValidationError(
                    self.env._(
                        "%(name)s: a project record needs the four-digit year and the serial of "
                        "its project, 01 to 99 (REC-4.2f).",
                        name=record.name,
                    )
                )

    @api.constrains("name")
    def _check_name(self):
        for record in self:
            if not record._make_file_name(record.company_id, record.name).strip("-. "):
                raise ValidationError(self.env._("A record needs a document name (REC-4.2f)."))
            if len(record.name) > 255:
                raise ValidationError(
                    self.env._("A document name has 255 characters at most (REC-4.2f).")
                )

    @api.constrains("filled_at", "record_date")
    def _check_filled_at(self):
        now = fields.Datetime.now()
        for record in self:
            if record.filled_at > now + relativedelta(minutes=5):
                raise ValidationError(
                    self.env._("A record is not filled in in the future (REC-4.3.1).")
                )

    @api.onchange("form_id")
    def _onchange_form_id(self):
        self.update(self._form_defaults(self.form_id))
        if self.form_id and not self.name:
            self.name = self.form_id.name

    @api.model
    def _form_defaults(self, form):
        """What a record form proposes for its records."""
        if not form:
            return {}
        form = form.sudo()  # sudo: periods and names; the form may be less open than the record
        values = {
            "is_project": form.project_record,
            "segment": form.segment_kind,
            "importance": form.importance,
        }
        if form.medium_id:
            values["medium_id"] = form.medium_id.id
        for kind, source in (("retention", "retention"), ("trace", "traceability")):
            years, months = form[f"{source}_years"], form[f"{source}_months"]
            if years or months:
                values[f"{kind}_number"] = years * 12 + months if months else years
                values[f"{kind}_unit"] = "month" if months else "year"
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            form = self.env["itsms.record.form"].browse(vals.get("form_id") or [])
            for name, value in self._form_defaults(form).items():
                vals.setdefault(name, value)
        records = super().create(vals_list)
        records.filtered(lambda r: not r.current_version_id)._open_versions()
        return records

    def write(self, vals):
        self._check_keeping(vals)
        result = super().write(vals)
        if "department_id" in vals:
            self.check_access("write")  # nobody moves a record to where he may not write
        return result

    def _check_keeping(self, vals):
        """A filed record changes its keeper or opens wider through the ITSMS office only; its
        retention is lengthened with a reason, never typed over."""
        if vals.get("active") is False and not guard.is_engine(self.env):
            for record in self.sudo().filtered(lambda r: r.state == "filed"):  # sudo: state decides
                raise UserError(
                    self.env._(
                        "%(name)s is filed: it stays in the record list until it is destroyed "
                        "(REC-4.4.3, REC-4.8).",
                        name=record.with_env(self.env).display_name,
                    )
                )
        periods = {"retention_number", "retention_unit"} & set(vals)
        if periods and not guard.is_engine(self.env):
            for record in self.sudo().filtered(lambda r: r.state != "draft"):  # sudo: state decides
                if any(record[name] != vals[name] for name in periods):
                    raise UserError(
                        self.env._(
                            "%(name)s is filed: its retention period is never shortened after the "
                            "fact. Lengthen it with “Lengthen retention” and a reason (REC-4.7).",
                            name=record.display_name,
                        )
                    )
        if guard.is_engine(self.env) or self.env.user.has_group("itsms_base.group_itsms_office"):
            return
        for record in self.sudo().filtered(lambda r: r.state != "draft"):  # sudo: state decides
            moved = "department_id" in vals and vals["department_id"] != record.department_id.id
            if moved or record._opens_wider(vals):
                raise UserError(
                    self.env._(
                        "%(name)s is filed: only the ITSMS office changes its keeping department "
                        "or lowers its secrecy (REC-2c, DOC-4.1.1.3).",
                        name=record.display_name,
                    )
                )

    def _opens_wider(self, vals):
        """Whether a write of ``vals`` would let more people open this one record."""
        order = [level for level, _label in SECRECY_LEVELS]
        level = vals.get("secrecy", self.secrecy)
        if level in order and order.index(level) > order.index(self.secrecy):
            return True
        return any(
            name in vals and self[name]
            for name in ("authorised_department_ids", "authorised_user_ids")
        )

    def unlink(self):
        # sudo: the versions of a draft go with it; the draft is checked by its own rules
        self.check_access("unlink")
        self._unlink_except_left_draft()
        guard.as_engine(self.sudo()).write({"current_version_id": False})
        guard.as_engine(self.sudo().version_ids).unlink()
        return super().unlink()

    # ------------------------------------------------------------ acts
    def action_open_source(self):
        """Open the business record that this one was made of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        self.ensure_one()
        return f"{self.form_id.number or ''}  {self.display_name}".strip()
