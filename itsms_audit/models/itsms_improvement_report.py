from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import date_utils

from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsImprovementReport(models.Model):
    """What was improved in a quarter (CPA-22): made by the ITSMS office, kept as a record, read by
    the management review."""

    _name = "itsms.improvement.report"
    _description = "Quarterly Improvement Report"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.record.source.mixin",
        "mail.thread",
    ]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(
        string="Quarter from", required=True, index=True, default=lambda self: self._last_quarter()
    )
    date_to = fields.Date(string="Until", compute="_compute_date_to", store=True)
    conclusion = fields.Text(
        help="What the improvements of the quarter brought, and what comes next (CPA-22)."
    )
    improvement_ids = fields.Many2many(
        "itsms.improvement",
        string="Improvements carried out",
        readonly=True,
        copy=False,
        help="Frozen when the report is issued.",
    )
    figures = fields.Json(readonly=True, copy=False, help="Numbers, frozen with the report.")
    summary = fields.Char(compute="_compute_summary")
    issued_on = fields.Date(readonly=True, copy=False)
    issued_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    state = fields.Selection(
        [("draft", "Draft"), ("issued", "Issued"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    _quarter_uniq = models.UniqueIndex(
        "(company_id, date_from) WHERE state <> 'cancelled'",
        "There is a report of this quarter already (CPA-22).",
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "improvement_ids",
            "figures",
            "issued_on",
            "issued_by_id",
        }

    def _lifecycle_transitions(self):
        office = ("itsms_base.group_itsms_office",)
        return super()._lifecycle_transitions() | {
            "issue": Transition(
                "issue",
                self.env._("Issue"),
                ("draft",),
                "issued",
                groups=office,
                requires=("conclusion",),
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft",), "cancelled", groups=office, reason=True
            ),
        }

    def _record_filing_states(self):
        return ("issued",)

    def _record_form_code(self):
        return "cpa.improvement_report"

    def _record_report(self):
        return "itsms_audit.action_report_improvement_quarter"

    # ------------------------------------------------------------ quarter
    @api.model
    def _last_quarter(self):
        return date_utils.start_of(self.env.company._itsms_today(), "quarter") - relativedelta(
            months=3
        )

    @api.depends("date_from")
    def _compute_date_to(self):
        for report in self:
            start = report.date_from
            report.date_to = start and start + relativedelta(months=3, days=-1)

    @api.depends("date_from")
    def _compute_display_name(self):
        for report in self:
            day = report.date_from
            report.display_name = self.env._(
                "Improvement report %(year)s Q%(quarter)s",
                year=day.year if day else "",
                quarter=(day.month + 2) // 3 if day else "",
            )

    @api.constrains("date_from")
    def _check_quarter(self):
        for report in self:
            if report.date_from != date_utils.start_of(report.date_from, "quarter"):
                raise UserError(self.env._("A quarter begins on the first of its month (CPA-22)."))

    # ------------------------------------------------------------ figures
    @api.model
    def _collect(self, company, start, end):
        """Numbers and improvements of the days from ``start`` to ``end``, for this report and for
        the management review.

        :return: dict of counts with the improvements carried out under ``improvements``.
        """
        # sudo: the numbers of the company, whoever reports
        Model = self.env["itsms.improvement"].sudo()
        own = Domain("company_id", "=", company.id)

        def span(field):
            return own & Domain(field, ">=", start) & Domain(field, "<=", end)

        carried_out = Model.search(span("implemented_on"), order="implemented_on, id")
        closed = Model._read_group(span("closed_on"), ["result"], ["__count"])
        results = dict(closed)
        running = own & Domain("state", "in", ("approved", "implementing", "measuring"))
        return {
            "proposed": Model.search_count(span("proposed_on")),
            "approved": Model.search_count(
                span("decided_on") & Domain("state", "not in", ("declined", "deferred"))
            ),
            "declined": Model.search_count(span("decided_on") & Domain("state", "=", "declined")),
            "deferred": Model.search_count(span("decided_on") & Domain("state", "=", "deferred")),
            "implemented": len(carried_out),
            "reached": results.get("reached", 0),
            "missed": results.get("missed", 0),
            "running": Model.search_count(running),
            "improvements": carried_out,
        }

    @api.depends("figures")
    @api.depends_context("lang")
    def _compute_summary(self):
        for report in self:
            found = report.figures or report._preview()
            report.summary = self.env._(
                "%(proposed)s proposed, %(approved)s approved, %(deferred)s deferred, "
                "%(declined)s declined, %(implemented)s carried out, %(reached)s reached their "
                "targets, %(missed)s missed one, %(running)s running",
                **found,
            )

    def _preview(self):
        keys = ("proposed", "approved", "deferred", "declined", "implemented", "reached")
        if not (self.company_id and self.date_from and self.date_to):
            return dict.fromkeys((*keys, "missed", "running"), 0)
        found = self._collect(self.company_id, self.date_from, self.date_to)
        found.pop("improvements")
        return found

    def _print_lines(self):
        """Improvements for the print (sudo: a report shows all that it names)."""
        return self.sudo().improvement_ids.sorted(lambda i: (i.implemented_on, i.id))

    # ------------------------------------------------------------ issuing
    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "issue":
            for report in self:
                if report.date_to >= report.company_id._itsms_today():
                    raise UserError(
                        self.env._(
                            "%(name)s: the quarter is not over yet (CPA-22).",
                            name=report.display_name,
                        )
                    )

    def _run_transition(self, transition, comment=None, **options):
        if transition.name == "issue":
            for report in self:  # kept with its numbers
                found = report._collect(report.company_id, report.date_from, report.date_to)
                improvements = found.pop("improvements")
                report._engine_write(
                    {
                        "improvement_ids": [fields.Command.set(improvements.ids)],
                        "figures": found,
                        "issued_on": report.company_id._itsms_today(),
                        "issued_by_id": self.env.uid,
                    }
                )
        return super()._run_transition(transition, comment, **options)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "issue":
            for report in self:
                self.env["itsms.duty"]._complete("improvement.report", report)
                report._tell_rulers()

    def _tell_rulers(self):
        """The management representative and the President get it (CPA-22)."""
        roles = self.env["itsms.role"]._by_code("management_representative", "president")
        users = self.env["res.users"].sudo()  # sudo: a notification in the system's name
        for role in roles:
            users |= role._holders(self.company_id).sudo()  # sudo: as above
        users = users.filtered("active")
        if users:
            self.sudo().message_notify(
                partner_ids=users.partner_id.ids, body=self.summary, subject=self.display_name
            )

    def action_issue(self):
        """Issue the report: its numbers are frozen."""
        return self.action_transition("issue")

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    @api.model
    def _cron_prepare(self):
        """After the end of a quarter: a draft for the ITSMS office of every company that has
        improvements; done once."""
        # sudo: for every company
        companies = self.env["res.company"].sudo().search([])  # pylint: disable=no-search-all
        groups = dict(
            self.env["itsms.improvement"].sudo()._read_group([], ["company_id"], ["__count"])
        )
        for company in companies.filtered(groups.get):
            start = date_utils.start_of(company._itsms_today(), "quarter") - relativedelta(months=3)
            known = self.sudo().search_count(
                [("company_id", "=", company.id), ("date_from", "=", start)], limit=1
            )
            if not known:
                self.sudo().create({"company_id": company.id, "date_from": start})


class ItsmsManagementReview(models.Model):
    """The management review sees how improvements go (CPA-22)."""

    _inherit = "itsms.management.review"

    def _collect_improvements(self):
        figures = super()._collect_improvements()
        company = self.company_id
        found = self.env["itsms.improvement.report"]._collect(
            company, self._interval_back(), company._itsms_today()
        )
        carried_out = found["improvements"]
        return [
            *figures,
            self._figure(self.env._("Improvements carried out"), records=carried_out),
            self._figure(self.env._("Improvements that reached their targets"), found["reached"]),
            self._figure(self.env._("Improvements that missed a target"), found["missed"]),
        ]
