from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.itsms_base.engine import guard


class ItsmsDocument(models.Model):
    """External documents: edition of the publisher, and the watch over new ones (DOC-4.8).

    Each using department collects and catalogues its own ones; its document administrator
    follows them (DOC-3.4).
    """

    _inherit = "itsms.document"

    external_edition = fields.Char(
        compute="_compute_external_edition",
        store=True,
        string="External edition",
        help="Edition of the publisher; of the valid revision, before that of the first one.",
    )
    external_date = fields.Date(
        compute="_compute_external_edition", store=True, string="Issued by the publisher on"
    )
    watch_rule = fields.Selection(
        [("company", "As the company sets"), ("own", "Own interval"), ("never", "Not watched")],
        string="Edition watch",
        required=True,
        default="company",
        tracking=True,
        help="How often somebody looks whether the publisher has a newer edition; the company's "
        "interval is the parameter document.watch.months (DOC-4.8).",
    )
    watch_months = fields.Integer(
        string="Check every (months)", aggregator=None, help="Own interval of this document."
    )
    watch_checked_on = fields.Date(string="Last checked", readonly=True, copy=False)
    watch_checked_by_id = fields.Many2one(
        "res.users", string="Checked by", readonly=True, copy=False, ondelete="restrict"
    )
    watch_next = fields.Date(
        string="Next check",
        compute="_compute_watch_next",
        store=True,
        help="Counted from the last check, or from the publication.",
    )
    watch_result = fields.Selection(
        [("current", "Still current"), ("new", "New edition exists")],
        string="Result of the check",
        readonly=True,
        copy=False,
    )
    watch_new_edition = fields.Char(string="New edition", readonly=True, copy=False)
    watch_reminded_for = fields.Date(readonly=True, copy=False)
    can_watch = fields.Boolean(compute="_compute_can_watch")

    _watch_months_chk = models.Constraint(
        "CHECK (watch_rule != 'own' OR watch_months BETWEEN 1 AND 120)",
        "The own interval of the edition watch is 1 to 120 months (DOC-4.8).",
    )
    _watch_next_idx = models.Index("(company_id, watch_next) WHERE watch_next IS NOT NULL")

    def _engine_fields(self):
        return super()._engine_fields() | {
            "watch_checked_on",
            "watch_checked_by_id",
            "watch_result",
            "watch_new_edition",
            "watch_reminded_for",
        }

    @api.depends(
        "current_revision_id.external_edition",
        "current_revision_id.external_date",
        "revision_ids.external_edition",
        "revision_ids.external_date",
        "revision_ids.state",
    )
    def _compute_external_edition(self):
        for document in self:
            revision = document.current_revision_id or document._latest_revision()
            document.external_edition = revision.external_edition
            document.external_date = revision.external_date

    @api.depends(
        "kind",
        "state",
        "watch_checked_on",
        "publication_date",
        "watch_rule",
        "watch_months",
        "company_id",
    )
    def _compute_watch_next(self):
        for document in self:
            months = document.watch_rule == "own" and document.watch_months
            if document.watch_rule == "company":
                months = document._company_interval("document.watch.months")
            start = document.watch_checked_on or document.publication_date
            document.watch_next = (
                document.kind == "external"
                and document.state == "in_force"
                and bool(months and start)
                and start + relativedelta(months=months)
            )

    @api.depends("can_edit", "can_control", "department_id", "kind")
    @api.depends_context("uid")
    def _compute_can_watch(self):
        administrators = self.department_id._itsms_document_administrators()
        for document in self:
            document.can_watch = document.kind == "external" and (
                document.can_edit
                or document.can_control
                or self.env.user in administrators.get(document.department_id, ())
            )

    # ------------------------------------------------------------ acts
    def action_check_edition(self):
        """Dialog: is it still the current edition of its publisher (DOC-4.8)?"""
        return self.env["itsms.document.watch"]._open(self)

    def _check_edition(self, result, checked_on, new_edition=False, note=False):
        """Note the outcome of a check of external documents, with evidence."""
        self.check_access("read")
        for document in self:
            if document.kind != "external" or document.state != "in_force":
                raise UserError(
                    self.env._(
                        "%(name)s is no external document in force: there is no edition to "
                        "watch (DOC-4.8).",
                        name=document.display_name,
                    )
                )
            if not document.can_watch:
                raise AccessError(
                    self.env._(
                        "%(name)s is watched by the department that uses it, its document "
                        "administrator and the ITSMS office (DOC-3.4, DOC-4.8).",
                        name=document.display_name,
                    )
                )
            if not checked_on or checked_on > document.company_id._itsms_today():
                raise UserError(self.env._("The day of the check has not come yet (DOC-4.8)."))
        new_edition = (new_edition or "").strip()
        if result == "new" and not new_edition:
            raise UserError(self.env._("Give the number of the new edition (DOC-4.8)."))
        if result == "new" and len(self) > 1:
            raise UserError(self.env._("Note new editions one document at a time (DOC-4.8)."))
        label = dict(self._fields["watch_result"]._description_selection(self.env))[result]
        # sudo: engine fields; the right was checked above
        guard.as_engine(self.sudo()).write(
            {
                "watch_checked_on": checked_on,
                "watch_checked_by_id": self.env.uid,
                "watch_result": result,
                "watch_new_edition": new_edition if result == "new" else False,
                "watch_reminded_for": False,
            }
        )
        comment = self.env._(
            "Edition checked on %(day)s: %(result)s",
            day=checked_on,
            result=" ".join(filter(None, [label, result == "new" and new_edition])),
        )
        self._log("other", comment=" – ".join(filter(None, [comment, note])))
        # sudo: the to-do ends with the check, whoever makes it
        self.sudo().activity_unlink(["itsms_documents.mail_activity_type_watch"])

    def action_new_edition(self):
        """The publisher has a new edition: open our next revision with it (DOC-4.8)."""
        self.ensure_one()
        if self.watch_result != "new":
            raise UserError(self.env._("No new edition is noted for this document (DOC-4.8)."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsms_documents.itsms_document_new_revision_action"
        )
        reason = self.env._("New edition of the publisher: %(edition)s")
        action["context"] = {
            "default_document_id": self.id,
            "default_step": "edition",
            "default_copy_content": False,
            "default_change_reason": reason % {"edition": self.watch_new_edition},
        }
        return action

    def _publish(self, revision):
        result = super()._publish(revision)
        if self.watch_result == "new" and revision.external_edition == self.watch_new_edition:
            # sudo: what was found is taken over now
            guard.as_engine(self.sudo()).write(
                {"watch_result": "current", "watch_new_edition": False}
            )
        return result

    # ------------------------------------------------------------ when the company changes it
    @api.model
    def _refresh_watch_dates(self, company):
        """The company's interval has changed: count anew, in one statement."""
        months = self.env["itsms.parameter"]._get("document.watch.months", company)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE itsms_document
                   SET watch_next = CASE WHEN %(months)s > 0 THEN (
                           COALESCE(watch_checked_on, publication_date)
                           + make_interval(months => %(months)s))::date END
                 WHERE company_id = %(company)s AND state = 'in_force' AND kind = 'external'
                   AND watch_rule = 'company'
                """,
                months=months,
                company=company.id,
            )
        )
        self.invalidate_model(["watch_next"])

    # ------------------------------------------------------------ nightly
    @api.model
    def _watch_domain(self, company):
        """External documents whose edition is to be checked and nobody was told about it."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("watch_next", "<=", company._itsms_today())
            & Domain("watch_reminded_for", "=", False)
        )

    @api.model
    def _cron_watch_editions(self, batch=100):
        """Ask the document administrator of each using department to check, once (DOC-4.8)."""
        Cron = self.env["ir.cron"]
        companies = self.env["res.company"].search([])  # pylint: disable=no-search-all
        Cron._commit_progress(
            remaining=sum(self.search_count(self._watch_domain(c)) for c in companies)
        )
        for company in companies:
            while documents := self.search(
                self._watch_domain(company), limit=batch, order="watch_next, id"
            ):
                documents._ask_to_check()
                if not Cron._commit_progress(len(documents)):
                    return

    def _ask_to_check(self):
        """One to-do per document for who follows it; runs as the system."""
        administrators = self.department_id._itsms_document_administrators()
        by_user = {}
        for document in self:
            user = administrators.get(document.department_id, self.env["res.users"])[:1]
            user = user or document.department_id.manager_id.user_id
            by_user[user] = by_user.get(user, self.browse()) | document
        for user, documents in by_user.items():
            if not user:
                continue
            own = documents.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            cleared = self.browse(own._filtered_access("read").ids)
            for day, group in cleared.grouped("watch_next").items():
                group.with_context(mail_activity_quick_update=True).activity_schedule(
                    "itsms_documents.mail_activity_type_watch", date_deadline=day, user_id=user.id
                )
        for day, documents in self.grouped("watch_next").items():
            guard.as_engine(documents).write({"watch_reminded_for": day})


class ItsmsDocumentRevision(models.Model):
    """The publisher's edition belongs to the revision: the older ones keep theirs."""

    _inherit = "itsms.document.revision"

    external_edition = fields.Char(
        string="External edition", copy=False, help="Edition of the publisher, for example 2018."
    )
    external_date = fields.Date(string="Issued by the publisher on", copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        """A revision opened because of a new edition names it."""
        Document = self.env["itsms.document"]
        for vals in vals_list:
            document = Document.browse(vals.get("document_id") or ())
            if document.watch_result == "new" and "external_edition" not in vals:
                vals["external_edition"] = document.watch_new_edition
        return super().create(vals_list)


class ItsmsMyWork(models.AbstractModel):
    """Adds the external documents whose edition I am to check."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [*super()._sections(), self._section_watch()]

    @api.model
    def _section_watch(self):
        """For who works in a using department: its external documents that are due."""
        departments = self.env.user._itsms_own_departments()
        if not departments:
            return None
        return self._records_section(
            "edition_watch",
            self.env._("Editions of external documents to check"),
            self.env._("No edition is to be checked."),
            "fa-eye",
            self.env["itsms.document"],
            [
                ("watch_next", "<=", self.env.company._itsms_today()),
                ("department_id", "in", departments.ids),
            ],
            "itsms_documents.itsms_document_action_watch",
            lambda document: {
                "label": document.external_edition,
                "who": self.env.user.name,
                "by": document.source,
                "deadline": document.watch_next,
            },
        )
