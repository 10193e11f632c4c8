import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class ItsmsDocument(models.Model):
    """Periodic review of documents in use (DOC-4.6): how often, when next, who is told."""

    _inherit = "itsms.document"

    review_ids = fields.One2many("itsms.document.review", "document_id")
    review_count = fields.Integer(string="Reviews", compute="_compute_review_count")
    review_rule = fields.Selection(
        [
            ("company", "As the company sets"),
            ("own", "Own interval"),
            ("never", "Only when necessary"),
        ],
        string="Periodic review",
        required=True,
        default="company",
        tracking=True,
        help="How often the document is reviewed for suitability; the company's interval is the "
        "parameter document.review.months (DOC-4.6).",
    )
    review_months = fields.Integer(
        string="Review every (months)", aggregator=None, help="Own interval of this document."
    )
    last_review_date = fields.Date(string="Last review", readonly=True, copy=False)
    next_review_date = fields.Date(
        string="Next review",
        compute="_compute_next_review_date",
        store=True,
        help="Counted from the last review, or from the publication where that is later.",
    )

    review_overdue = fields.Boolean(
        compute="_compute_review_overdue", search="_search_review_overdue"
    )

    _review_months_chk = models.Constraint(
        "CHECK (review_rule != 'own' OR review_months BETWEEN 1 AND 120)",
        "The own interval of the review is 1 to 120 months (DOC-4.6).",
    )
    _next_review_idx = models.Index(
        "(company_id, next_review_date) WHERE next_review_date IS NOT NULL"
    )

    def _engine_fields(self):
        return super()._engine_fields() | {"last_review_date"}

    def _compute_review_count(self):
        counts = dict(
            self.env["itsms.document.review"]._read_group(
                [("document_id", "in", self.ids)], ["document_id"], ["__count"]
            )
        )
        for document in self:
            document.review_count = counts.get(document, 0)

    @api.depends(
        "state",
        "last_review_date",
        "publication_date",
        "review_rule",
        "review_months",
        "company_id",
    )
    def _compute_next_review_date(self):
        for document in self:
            months = document.review_rule == "own" and document.review_months
            if document.review_rule == "company":
                months = document._company_interval("document.review.months")
            days = [d for d in (document.last_review_date, document.publication_date) if d]
            document.next_review_date = (
                document.state == "in_force"
                and bool(months and days)
                and max(days) + relativedelta(months=months)
            )

    @api.depends("next_review_date")
    def _compute_review_overdue(self):
        for document in self:
            due = document.next_review_date
            document.review_overdue = bool(due and due < document.company_id._itsms_today())

    def _search_review_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("next_review_date", "<", self.env.company._itsms_today())
        return domain if True in value else ~domain

    def _company_interval(self, code):
        """Interval of the company in months; none while the parameters are not loaded yet."""
        if code not in self.env["itsms.parameter"]._known_codes():
            return 0
        return self.env["itsms.parameter"]._get(code, self.company_id)

    def action_view_reviews(self):
        """Reviews of this document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reviews of %(name)s", name=self.display_name),
            "res_model": "itsms.document.review",
            "view_mode": "list,form,calendar",
            "domain": [("document_id", "=", self.id)],
            "context": {"default_document_id": self.id},
        }

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("obsolete", "cancel"):
            # sudo: reviews that nobody will hold any more end with the document
            reviews = self.sudo().review_ids.filtered(lambda r: r.state == "draft")
            if reviews:
                reviews._run_transition(reviews._transition("cancel"), str(transition.label))

    # ------------------------------------------------------------ when the company changes it
    @api.model
    def _refresh_due_dates(self):
        """Count the next review and the next edition check of all documents anew."""
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            self._refresh_review_dates(company)
            self._refresh_watch_dates(company)

    @api.model
    def _refresh_review_dates(self, company):
        """The company's interval has changed: count anew, in one statement for all documents."""
        months = self.env["itsms.parameter"]._get("document.review.months", company)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE itsms_document
                   SET next_review_date = CASE WHEN %(months)s > 0 THEN (
                           GREATEST(last_review_date, publication_date)
                           + make_interval(months => %(months)s))::date END
                 WHERE company_id = %(company)s AND state = 'in_force'
                   AND review_rule = 'company'
                """,
                months=months,
                company=company.id,
            )
        )
        self.invalidate_model(["next_review_date"])

    # ------------------------------------------------------------ nightly
    @api.model
    def _cron_open_reviews(self, batch=100):
        """Open a review for every document that is nearly due, once per due day (DOC-4.6)."""
        Cron = self.env["ir.cron"]
        companies = self.env["res.company"].search([])  # pylint: disable=no-search-all
        Cron._commit_progress(remaining=sum(self._count_due_reviews(c) for c in companies))
        for company in companies:
            failed = []
            while documents := self._due_for_review(company, batch, failed):
                try:
                    # one document that cannot be handled must not keep the others from it
                    with self.env.cr.savepoint():
                        documents._open_periodic_reviews()
                except Exception:
                    _logger.exception("Reviews of documents %s failed", documents.ids)
                    if len(documents) == 1:
                        failed += documents.ids
                    batch = 1
                    continue
                if not Cron._commit_progress(len(documents)):
                    return

    def _due_sql(self, company):
        days = self.env["itsms.parameter"]._get("document.review.lead.days", company)
        self.env["itsms.document.review"].flush_model(
            ["document_id", "state", "due_on", "occasion"]
        )
        self.flush_model(["company_id", "state", "active", "next_review_date"])
        return SQL(
            """
            FROM itsms_document d
           WHERE d.company_id = %s AND d.state = 'in_force' AND d.active
             AND d.next_review_date <= %s
             AND NOT EXISTS (
                 SELECT 1 FROM itsms_document_review r
                  WHERE r.document_id = d.id AND r.occasion = 'periodic'
                    AND (r.state = 'draft' OR r.due_on = d.next_review_date))
            """,
            company.id,
            company._itsms_today() + relativedelta(days=days),
        )

    def _count_due_reviews(self, company):
        return self.env.execute_query(SQL("SELECT count(*) %s", self._due_sql(company)))[0][0]

    def _due_for_review(self, company, limit, without=()):
        """Documents in use that are due within the lead time and have no review yet."""
        rows = self.env.execute_query(
            SQL(
                "SELECT d.id %s AND NOT d.id = ANY(%s) ORDER BY d.next_review_date, d.id LIMIT %s",
                self._due_sql(company),
                list(without),
                limit,
            )
        )
        return self.browse(row[0] for row in rows)

    def _open_periodic_reviews(self):
        """Draft and to-do for the organiser of each document; runs as the system."""
        Review = self.env["itsms.document.review"]
        organisers = self._review_organisers()
        reviews = Review.create(
            [
                {
                    "document_id": document.id,
                    "occasion": "periodic",
                    "due_on": document.next_review_date,
                    "organiser_id": organisers[document].id,
                }
                for document in self
            ]
        )
        for (user, day), group in reviews.grouped(lambda r: (r.organiser_id, r.due_on)).items():
            if user:
                group.with_context(mail_activity_quick_update=True).activity_schedule(
                    "itsms_documents.mail_activity_type_review", date_deadline=day, user_id=user.id
                )
        return reviews

    def _review_organisers(self):
        """Who organises the periodic review of each document: head of the authoring department,
        its author, or else the document controller; never somebody who may not open it."""
        role = self.env["itsms.role"]._by_code("document_controller")
        controllers = {company: role._holders(company)[:1] for company in self.mapped("company_id")}
        candidates = {}
        for document in self:
            author = document.current_revision_id.prepared_by_id
            if document.department_id not in author._itsms_own_departments() if author else True:
                author = author.browse()
            people = [
                document.department_id.manager_id.user_id,
                author,
                controllers[document.company_id],
            ]
            candidates[document] = [user for user in people if user and user.active]
        cleared = {}
        for user in {user for users in candidates.values() for user in users}:
            asked = self.filtered(lambda d, u=user: u in candidates[d])
            own = asked.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            cleared[user] = set(own._filtered_access("read").ids)
        nobody = self.env["res.users"]
        return {
            document: next((u for u in users if document.id in cleared[u]), nobody)
            for document, users in candidates.items()
        }


class ItsmsParameter(models.Model):
    """Knows whether a parameter is there: stored fields are computed before data is loaded."""

    _inherit = "itsms.parameter"

    @api.model
    @tools.ormcache()
    def _known_codes(self):
        # sudo: codes of parameters are no secret; there are some dozens
        return frozenset(self.sudo().search([]).mapped("code"))  # pylint: disable=no-search-all


class ItsmsParameterChange(models.Model):
    """A new company interval moves the next review of every document at once (COM-16)."""

    _inherit = "itsms.parameter.change"

    def _approval_done(self):
        super()._approval_done()
        for change in self:
            if change.parameter_id.code == "document.review.months":
                self.env["itsms.document"]._refresh_review_dates(change.company_id)
            elif change.parameter_id.code == "document.watch.months":
                self.env["itsms.document"]._refresh_watch_dates(change.company_id)


class ItsmsMyWork(models.AbstractModel):
    """Adds the reviews I organise to the first page."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [*super()._sections(), self._section_reviews()]

    @api.model
    def _section_reviews(self):
        return self._records_section(
            "reviews",
            self.env._("Document reviews to hold"),
            self.env._("No review is due."),
            "fa-check-square-o",
            self.env["itsms.document.review"],
            [("state", "=", "draft"), ("organiser_id", "=", self.env.uid)],
            "itsms_documents.itsms_document_review_action_mine",
            lambda review: {
                "label": review._state_label(),
                "who": self.env.user.name,
                "deadline": review.due_on,
            },
        )
