import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

REASONS = [
    ("environment", "Major change of the social environment"),
    ("market", "Major change of market demand"),
    ("organisation", "Major change of the company's internal organisation"),
    ("accident", "A major quality accident in the company"),
    ("complaints", "Repeated customer complaints"),
    ("president", "The President thinks it necessary"),
]
BEFORE_MEETING = ("issued", "prepared")


class ItsmsManagementReview(models.Model):
    """Management review (管理评审, REV-4): one meeting of the management with all its material.

    The approved content is the plan (管理评审计划): the ITSMS office drafts it, the management
    representative reviews it, the President approves it, then it is issued (REV-4.3). The report
    of the meeting has an approval of its own (``itsms.management.review.report``).
    """

    _name = "itsms.management.review"
    _description = "Management Review"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "itsms.meeting.origin.mixin",
        "itsms.action.origin.mixin",
        "itsms.linked.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_start desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]

    name = fields.Char(
        string="Title", required=True, default=lambda self: self._default_name(), tracking=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("annual", "Planned review of the year"), ("extra", "Extra review")],
        default="annual",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        help="The planned review takes place once a year, never more than 12 months after the "
        "last one (REV-4.1.1); an extra review is raised by the President or the management "
        "representative (REV-4.1.2).",
    )
    raised_by_id = fields.Many2one(
        "res.users", string="Raised by", readonly=True, copy=False, ondelete="restrict"
    )
    raised_at = fields.Datetime(string="Raised on", readonly=True, copy=False)
    reason = fields.Selection(
        REASONS,
        string="Reason of the extra review",
        readonly=True,
        copy=False,
        help="REV-4.1.2a–f. Whether complaints are repeated is decided by people [I-39].",
    )
    reason_text = fields.Text(string="What happened", readonly=True, copy=False)
    occasion = fields.Selection(
        [
            ("after_audit", "After the last internal audit of the year"),
            ("before_certification", "Before a certification audit"),
            ("special", "Special case"),
        ],
        string="Timing",
        default="after_audit",
        required=True,
        help="A review takes place after the last internal audit of each year, before a "
        "certification audit by a second or third party, and in special cases (REV-4.2).",
    )
    certification_party = fields.Selection(
        [("second", "Second party"), ("third", "Third party")], string="Audited by"
    )
    certification_date = fields.Date(string="Certification audit on")
    date_start = fields.Datetime(string="Meeting begins", required=True, index=True, tracking=True)
    date_end = fields.Datetime(string="Meeting ends", required=True)
    day = fields.Date(compute="_compute_day", store=True, index=True)
    place = fields.Char(help="Chosen by the ITSMS office (REV-4.6.3a).")
    schedule = fields.Text(help="The course of the day and of the preparation (REV-4.3a).")
    purpose = fields.Text(default=lambda self: self._default_purpose(), help="REV-4.3c.")
    scope = fields.Text(default=lambda self: self._default_scope(), help="REV-4.3d.")
    preparation = fields.Text(
        string="Preparation required",
        default=lambda self: self._default_preparation(),
        help="What each department prepares, and until when (REV-4.3e).",
    )
    period_from = fields.Date(
        string="Looks back to",
        compute="_compute_period_from",
        store=True,
        readonly=False,
        help="Figures are collected from this day on: the last review, or 12 months (REV-4.5.4h).",
    )
    delegate_id = fields.Many2one(
        "res.users",
        string="President's delegate",
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="May open the meeting in place of the President and state purpose and scope. "
        "Signing and approval stay with the President (REV-4.7.1b) [I-40].",
    )
    participant_ids = fields.One2many(
        "itsms.management.review.participant", "review_id", string="Participants", copy=True
    )
    input_ids = fields.One2many(
        "itsms.management.review.input",
        "review_id",
        string="Review inputs",
        domain=[("section", "=", "input")],
    )
    agenda_ids = fields.One2many(
        "itsms.management.review.input",
        "review_id",
        domain=[("section", "=", "agenda")],
    )
    statement_ids = fields.One2many(
        "itsms.management.review.statement", "review_id", string="Reports to the meeting"
    )
    opinion_ids = fields.One2many(
        "itsms.management.review.opinion", "review_id", string="Opinions and proposals"
    )
    decision_ids = fields.One2many(
        "itsms.management.review.decision", "review_id", string="Decisions"
    )
    improvement_ids = fields.One2many(
        "itsms.management.review.improvement", "review_id", string="System improvements"
    )
    report_ids = fields.One2many(
        "itsms.management.review.report",
        "review_id",
    )
    previous_id = fields.Many2one(
        "itsms.management.review",
        string="Previous review",
        compute="_compute_previous_id",
        help="Its decisions come first (REV-4.4.1f).",
    )
    previous_decision_ids = fields.Many2many(
        "itsms.management.review.decision",
        string="Decisions of the previous review",
        compute="_compute_previous_id",
    )
    latest_on = fields.Date(
        string="At the latest on",
        compute="_compute_latest_on",
        help="12 months after the last planned review (REV-4.1.1).",
    )
    too_late = fields.Boolean(
        string="More than 12 months after the last review", compute="_compute_latest_on"
    )
    late_reason = fields.Text(
        string="Why so late",
        help="Needed where the review comes more than 12 months after the last one (REV-4.1.1).",
    )
    next_latest_on = fields.Date(
        string="Next review at the latest on", compute="_compute_next_latest_on"
    )
    issue_by = fields.Date(
        string="Plan to be issued by",
        compute="_compute_issue_by",
        help="10 days before the meeting (REV-4.5.1) [I-32].",
    )
    issued_at = fields.Datetime(string="Plan issued on", readonly=True, copy=False)
    issued_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    issued_late = fields.Boolean(
        string="Plan issued late",
        readonly=True,
        copy=False,
        help="Issued less than 10 days before the meeting (REV-4.5.1).",
    )
    collected_at = fields.Datetime(string="Figures collected on", readonly=True, copy=False)
    examined_at = fields.Datetime(string="Material examined on", readonly=True, copy=False)
    examined_by_id = fields.Many2one(
        "res.users", string="Material examined by", readonly=True, copy=False, ondelete="restrict"
    )
    frozen_at = fields.Datetime(string="Frozen on", readonly=True, copy=False)
    meeting_id = fields.Many2one("itsms.meeting", readonly=True, copy=False, ondelete="restrict")
    meeting_state = fields.Selection(
        related="meeting_id.state", related_sudo=False, string="State of the meeting"
    )
    held_on = fields.Date(string="Held on", readonly=True, copy=False, index=True)
    missing_material = fields.Char(
        string="Still missing", compute="_compute_missing_material", help="REV-4.5.2."
    )
    unsettled = fields.Char(
        string="Before it is archived", compute="_compute_unsettled", help="REV-4.8.3."
    )
    report_state = fields.Selection(
        [
            ("none", "Not written"),
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Signed"),
            ("issued", "Issued"),
        ],
        string="State of the report",
        compute="_compute_report_state",
    )
    decision_count = fields.Integer(string="Decisions taken", compute="_compute_counts")
    improvement_count = fields.Integer(string="Improvements", compute="_compute_counts")
    can_examine = fields.Boolean(compute="_compute_can_act")
    can_raise_opinion = fields.Boolean(compute="_compute_can_act")
    is_president = fields.Boolean(compute="_compute_can_act")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "Plan in approval"),
            ("rejected", "Returned"),
            ("approved", "Plan approved"),
            ("issued", "Being prepared"),
            ("prepared", "Material examined"),
            ("meeting", "Meeting"),
            ("held", "Meeting held"),
            ("reported", "Being followed up"),
            ("archived", "Archived"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )

    _time_chk = models.Constraint(
        "CHECK (date_end > date_start)", "A meeting ends after it began (REV-4.3a)."
    )

    # ------------------------------------------------------------ defaults
    def _in_company_language(self):
        """What the system itself writes into the material is in the language of the company,
        whoever presses the button."""
        company = self[:1].company_id or self.env.company
        return self.with_context(lang=company._itsms_language())

    @api.model
    def _default_name(self):
        year = self.env.company._itsms_today().year
        return self._in_company_language().env._("Management review %(year)s", year=year)

    @api.model
    def _default_purpose(self):
        return self._in_company_language().env._(
            "Evaluate the continuing suitability, adequacy and effectiveness of the service "
            "policy, the objectives and the service management system."
        )

    @api.model
    def _default_scope(self):
        return self._in_company_language().env._(
            "All departments, processes and services of the management system."
        )

    @api.model
    def _default_preparation(self):
        return self._in_company_language().env._(
            "Every department reports its work, its problems and its proposals in writing before "
            "the meeting; every participant prepares his opinions and proposals."
        )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "kind",
            "raised_by_id",
            "raised_at",
            "reason",
            "reason_text",
            "issued_at",
            "issued_by_id",
            "issued_late",
            "collected_at",
            "examined_at",
            "examined_by_id",
            "frozen_at",
            "meeting_id",
            "held_on",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"kind": "annual"}

    def _unlocked_fields(self):
        # parts with a guard of their own, see itsms.review.line.mixin
        own = {
            "input_ids",
            "agenda_ids",
            "statement_ids",
            "opinion_ids",
            "decision_ids",
            "improvement_ids",
            "report_ids",
            "action_ids",
            "meeting_ids",
        }
        return super()._unlocked_fields() | own

    def _lifecycle_transitions(self):
        mr = {"roles": ("management_representative",)}
        return super()._lifecycle_transitions() | {
            "issue": Transition("issue", self.env._("Issue the plan"), ("approved",), "issued"),
            "examine": Transition(
                "examine", self.env._("Material examined"), ("issued",), "prepared", **mr
            ),
            "reopen": Transition(
                "reopen",
                self.env._("Back to preparation"),
                ("prepared",),
                "issued",
                reason=True,
                **mr,
            ),
            "begin": Transition(
                "begin", self.env._("Meeting opened"), ("prepared",), "meeting", internal=True
            ),
            "interrupt": Transition(
                "interrupt",
                self.env._("Meeting broken off"),
                ("meeting",),
                "prepared",
                internal=True,
            ),
            "hold": Transition(
                "hold", self.env._("Meeting held"), ("meeting",), "held", internal=True
            ),
            "report": Transition(
                "report", self.env._("Report issued"), ("held",), "reported", internal=True
            ),
            "archive": Transition("archive", self.env._("Archive"), ("reported",), "archived"),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "rejected", "approved", "issued", "prepared"),
                "cancelled",
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("management.review")

    def _locked_way_out(self):
        return self.env._("Move the meeting, or cancel the review with a reason (REV-4.3).")

    def _content_changed(self):
        """What the system itself enters (participants of a raised review) has no editor."""
        if not guard.is_engine(self.env):
            super()._content_changed()

    def _approval_preparers(self):
        """Who raised an extra review wrote no plan: he may review or approve it (REV-4.1.2)."""
        if self.kind == "extra":
            return self.env["res.users"]
        return super()._approval_preparers()

    # ------------------------------------------------------------ filing
    def _record_filing_states(self):
        return ("issued", "archived")

    def _record_topic(self):
        return "file" if self[:1].state == "archived" else "plan"

    def _record_form_code(self):
        return "review.plan" if self.state == "issued" else False

    def _form_number(self):
        """Number of the form of the plan, in whatever state it is printed."""
        return self.env["itsms.record.form"]._number_in_force("review.plan", self.company_id)

    def _record_report(self):
        return "itsms_audit.action_report_management_review_plan"

    def _record_title(self):
        if self.state == "archived":
            # sudo: the title of the record that is filed
            return self.env._("File of %(review)s", review=self.sudo().display_name)
        # sudo: the title of the record that is filed
        return self.env._("Plan of %(review)s", review=self.sudo().display_name)

    def _record_payload(self):
        """All parts go into the frozen content (REV-4.8.3)."""
        payload = super()._record_payload()
        for review in self:
            payload[review.id]["review"] = review._frozen_content()
        return payload

    # ------------------------------------------------------------ who sees and writes it
    @api.model
    def _see_domain(self):
        """Participants from the issue of the plan on, President and management representative,
        whoever is asked to decide on it."""
        user = self.env.user
        roles = user._itsms_role_assignments("president", "management_representative")
        told = Domain("state", "not in", ("draft", "pending", "rejected", "approved"))
        # sudo: the meetings at which the person himself stood in for somebody
        lines = self.env["itsms.meeting.attendee"].sudo().search([("deputy_id", "=", user.id)])
        mine = (
            Domain("participant_ids.user_id", "=", user.id)
            | Domain("meeting_id", "in", lines.meeting_id.ids)
            | Domain("delegate_id", "=", user.id)
            | Domain(
                # sudo: the departments of the person himself
                "statement_ids.department_id",
                "in",
                user.sudo()._itsms_headed_departments().ids,
            )
        )
        return (
            (told & mine)
            | Domain("company_id", "in", roles.company_id.ids)
            | Domain("raised_by_id", "=", user.id)
            | self._asked_domain()
        )

    @api.model
    def _edit_domain(self):
        """The ITSMS office draws up the plan and keeps the material (REV-3.3)."""
        return self._office_domain()

    # ------------------------------------------------------------ computed
    def _local(self, moment):
        zone = (self.company_id or self.env.company)._itsms_timezone()
        return pytz.utc.localize(moment).astimezone(zone)

    @api.depends("date_start", "company_id")
    def _compute_day(self):
        for review in self:
            review.day = review.date_start and review._local(review.date_start).date()

    def _parameter(self, code):
        company = self[:1].company_id or self.env.company
        return self.env["itsms.parameter"]._get(code, company)

    def _last_held(self, annual=False):
        """The last review held before this one (sudo: which one it is, is no secret)."""
        self.ensure_one()
        return self._last_held_of_each(annual)[self]

    def _last_held_of_each(self, annual=False):
        """The last review held before each of these, with one query for all of them."""
        domain = Domain("company_id", "in", self.company_id.ids) & Domain("held_on", "!=", False)
        if annual:
            domain &= Domain("kind", "=", "annual")
        # sudo: which one it is, is no secret; one a year and company
        held = self.sudo().search(domain, order="held_on desc, id desc")
        by_company = held.grouped("company_id")
        return {
            review: next(
                (
                    other
                    for other in by_company.get(review.company_id, ())
                    if review._comes_after(other)
                ),
                held.browse(),
            )
            for review in self
        }

    def _comes_after(self, other):
        """Whether ``other`` was held before this review."""
        own = self._origin.id
        if other.id == own:
            return False
        return not self.held_on or (other.held_on, other.id) < (self.held_on, own)

    @api.depends("company_id", "held_on")
    def _compute_previous_id(self):
        last = self._last_held_of_each()
        for review in self:
            review.previous_id = last[review].sudo(False)._filtered_access("read")
            review.previous_decision_ids = review.previous_id.decision_ids

    @api.depends("day", "company_id")
    def _compute_period_from(self):
        every = self._last_held_of_each()
        for review in self:
            last = every[review].held_on
            year_ago = review.day and review.day - relativedelta(months=12)
            review.period_from = last or year_ago

    @api.depends("day", "kind", "company_id", "held_on")
    def _compute_latest_on(self):
        every = self._last_held_of_each(annual=True)
        for review in self:
            last = every[review].held_on
            months = review._parameter("review.interval.months")
            review.latest_on = last and last + relativedelta(months=months)
            day = review.held_on or review.day
            review.too_late = bool(
                review.kind == "annual" and review.latest_on and day and day > review.latest_on
            )

    @api.depends("held_on", "kind")
    def _compute_next_latest_on(self):
        for review in self:
            months = review._parameter("review.interval.months")
            annual = review.kind == "annual" and review.held_on
            review.next_latest_on = annual and review.held_on + relativedelta(months=months)

    @api.depends("day")
    def _compute_issue_by(self):
        for review in self:
            days = review._parameter("review.notice.days")
            review.issue_by = review.day and review.day - relativedelta(days=days)

    @api.depends("report_ids.state")
    def _compute_report_state(self):
        for review in self:
            # sudo: the state of the report is no secret
            review.report_state = review.sudo().report_ids[:1].state or "none"

    @api.depends("decision_ids", "improvement_ids")
    def _compute_counts(self):
        for review in self:
            review.decision_count = len(review.decision_ids)
            review.improvement_count = len(review.improvement_ids)

    @api.depends("input_ids.ready", "statement_ids.state", "state")
    @api.depends_context("lang")
    def _compute_missing_material(self):
        for review in self:
            review.missing_material = "; ".join(review._missing_material())

    def _missing_material(self):
        """What the ITSMS office still has to prepare or collect, in words (REV-4.5.2)."""
        missing = [line.name for line in self.input_ids if not line.ready]
        for statement in self.statement_ids.filtered(lambda s: s.state == "draft"):
            missing.append(self.env._("report of %(who)s", who=statement.display_name))
        return missing

    @api.depends("state", "decision_ids.action_state", "improvement_ids.state", "report_state")
    @api.depends_context("lang")
    def _compute_unsettled(self):
        for review in self:
            reported = review.state in ("held", "reported")
            review.unsettled = "; ".join(review._unsettled()) if reported else False

    def _unsettled(self):
        """What is still open after the meeting, in words (REV-4.8.3)."""
        review = self.sudo()  # sudo: all of it counts, whoever may open the single action
        left = []
        if review.report_state != "issued":
            left.append(self.env._("the report is not issued"))
        open_actions = review._own_actions(("draft", "open", "done"))
        left += [
            self.env._("action “%(name)s” is not verified", name=action.name)
            for action in open_actions
        ]
        left += [
            self.env._("the effect of “%(name)s” is not evaluated", name=line.name)
            for line in review.improvement_ids
            if line.state not in ("evaluated", "cancelled")
        ]
        return left

    @api.depends("state", "company_id", "participant_ids.user_id")
    @api.depends_context("uid")
    def _compute_can_act(self):
        role = self.env["itsms.role"]._by_code("management_representative")
        held = {c: role._held_by(self.env.user, c) for c in self.company_id}
        top = self.env["itsms.role"]._by_code("president")
        president = {c: top._held_by(self.env.user, c) for c in self.company_id}
        for review in self:
            review.is_president = president.get(review.company_id)
            review.can_examine = review.state in BEFORE_MEETING and held.get(review.company_id)
            review.can_raise_opinion = (
                review.state in BEFORE_MEETING
                # sudo: only whether the person takes part
                and self.env.user in review.sudo().participant_ids.user_id
            )
