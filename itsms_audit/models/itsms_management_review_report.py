from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

VERDICTS = [("yes", "Yes"), ("partly", "Partly"), ("no", "No")]


class ItsmsManagementReviewReport(models.Model):
    """Management review report (管理评审报告, REV-4.7.3): written by the ITSMS office, signed by
    the President, issued to the participants.

    What the meeting said (participants, conclusions, decisions) is bound with it: nothing of that
    changes between submission and signature.
    """

    _name = "itsms.management.review.report"
    _description = "Management Review Report"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    review_id = fields.Many2one(
        "itsms.management.review", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="review_id.company_id", store=True, index=True, precompute=True
    )
    summary = fields.Html(string="Summary of the review", help="REV-4.7.3c.")
    suitability = fields.Selection(VERDICTS, help="Is the system suitable (适宜性)? REV-4.7.3e.")
    suitability_text = fields.Text(string="Conclusion on suitability")
    adequacy = fields.Selection(VERDICTS, help="Is the system adequate (充分性)? REV-4.7.3e.")
    adequacy_text = fields.Text(string="Conclusion on adequacy")
    effectiveness = fields.Selection(VERDICTS, help="Is the system effective (有效性)? REV-4.7.3e.")
    effectiveness_text = fields.Text(string="Conclusion on effectiveness")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Signed"),
            ("issued", "Issued"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    issued_at = fields.Datetime(string="Issued on", readonly=True, copy=False)
    issued_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    issued_to = fields.Text(string="Issued to", readonly=True, copy=False)
    review_state = fields.Selection(related="review_id.state", string="State of the review")
    day = fields.Date(related="review_id.held_on", string="Held on")
    decision_ids = fields.One2many(related="review_id.decision_ids", string="Decisions")

    _review_uniq = models.Constraint(
        "UNIQUE (review_id)", "A review has one report; open that one (REV-4.7.3)."
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"issued_at", "issued_by_id", "issued_to"}

    @api.model
    def _entered_fields(self):
        # decisions belong to the review and are bound by _approval_digest_data
        return [name for name in super()._entered_fields() if name != "decision_ids"]

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "issue": Transition(
                "issue", self.env._("Issue to the participants"), ("approved",), "issued"
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("management.review.report")

    def _locked_way_out(self):
        return self.env._(
            "The report stays as it was signed; what is new goes into the next review (REV-4.7.3)."
        )

    def _record_filing_states(self):
        return ("issued",)

    def _record_form_code(self):
        return "review.report"

    def _record_report(self):
        return "itsms_audit.action_report_management_review_report"

    def _record_title(self):
        # sudo: the title of the record that is filed
        return self.sudo().display_name

    @api.depends("number", "review_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for report in self:
            # sudo: the name of the review that it reports on
            name = self.env._("Report: %(review)s", review=report.sudo().review_id.name)
            report.display_name = " ".join(filter(None, (report.number, name)))

    @api.model
    def _see_domain(self):
        """The President and who sees the review; participants once it is issued."""
        user = self.env.user
        roles = user._itsms_role_assignments("president", "management_representative")
        return (
            (Domain("state", "=", "issued") & Domain("review_id.can_see", "=", True))
            | Domain("company_id", "in", roles.company_id.ids)
            | self._asked_domain()
        )

    @api.model
    def _edit_domain(self):
        return self._office_domain()

    # ------------------------------------------------------------ writing it
    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_review_id")
        ids = {int(vals.get("review_id") or default or 0) for vals in vals_list} - {0}
        reviews = self.env["itsms.management.review"].browse(ids).exists()
        reviews.check_access("read")
        for review in reviews.sudo():  # sudo: the state decides, for all
            # before anything is stored: no error of the database tells of another report
            if review.state != "held" or review.report_ids:
                raise UserError(
                    self.env._(
                        "%(review)s: one report is written, after the meeting (REV-4.7.3).",
                        review=review.display_name,
                    )
                )
        return super().create(vals_list)

    def write(self, vals):
        if "review_id" in vals and not guard.is_engine(self.env):
            raise UserError(self.env._("A report stays with its review (REV-4.7.3)."))
        return super().write(vals)

    def action_generate(self):
        """Write the summary anew from what the meeting said, while it is a draft."""
        self.check_access("write")
        for report in self:
            # sudo: the state decides, for all
            if report.sudo().review_id.state == "archived":
                raise UserError(
                    self.env._(
                        "%(review)s is archived: its report is not written again. Print the "
                        "record that was filed (REV-4.8.3).",
                        # sudo: the name of the review, for the refusal
                        review=report.sudo().review_id.display_name,
                    )
                )
            report._check_lock()
            report.summary = report._generated_summary()
        return True

    def _generated_summary(self):
        """Agenda items by verdict, what is not in order with its conclusion; the office goes on
        from there (the table below it holds every conclusion)."""
        # sudo: the material of the review
        lines = self.sudo().review_id._in_company_language().agenda_ids
        verdicts = dict(lines._fields["verdict"]._description_selection(lines.env))
        text = Markup()
        for verdict, items in lines.grouped("verdict").items():
            label = verdicts.get(verdict) or lines.env._("Considered")
            names = [
                line.name if verdict == "good" else f"{line.name}: {line.conclusion or ''}"
                for line in items
            ]
            text += Markup("<p><strong>%s</strong></p><ul>%s</ul>") % (
                label,
                Markup().join(Markup("<li>%s</li>") % name for name in names),
            )
        return text

    # ------------------------------------------------------------ approval
    def _approval_digest_data(self):
        """Bind what the meeting said together with the report (COM-7)."""
        data = super()._approval_digest_data()
        for report in self.sudo():  # sudo: what is bound does not depend on who looks
            data[report.id]["meeting"] = report.review_id._meeting_content()
        return data

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for report in self:
            review = report.sudo().review_id  # sudo: its state and decisions only
            if review.state != "held":
                raise UserError(
                    self.env._(
                        "%(review)s was not held yet (REV-4.7.3).", review=review.display_name
                    )
                )
            names = (
                "summary",
                "suitability",
                "suitability_text",
                "adequacy",
                "adequacy_text",
                "effectiveness",
                "effectiveness_text",
            )
            missing = [
                self._fields[name]._description_string(self.env)
                for name in names
                if not str(report[name] or "").strip()
            ]
            if missing:
                raise UserError(
                    self.env._(
                        "%(report)s lacks %(missing)s (REV-4.7.3).",
                        report=report.display_name,
                        missing=", ".join(missing),
                    )
                )
            # sudo: all decisions count, whoever may open them
            review.decision_ids.with_env(self.env).sudo()._check_complete()

    def _approval_done(self):
        super()._approval_done()
        for report in self:
            # sudo: the decisions take effect with the signature
            review = report.sudo().review_id
            review.decision_ids._to_actions()
            review.with_env(self.env)._start_actions()

    # ------------------------------------------------------------ issue
    def action_issue(self):
        """Issue the signed report to the participants (REV-4.7.3)."""
        return self.action_transition("issue")

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "issue":
            kwargs["kind"] = "issue"
            for report in self.filtered(lambda r: r.state == "approved"):
                report._note_issue()
        return super()._run_transition(transition, comment, **kwargs)

    def _note_issue(self):
        """Before it is filed: to whom it went."""
        meeting = self.sudo().review_id.meeting_id  # sudo: who took part
        people = meeting.attendee_ids.filtered(lambda a: a.presence == "present")
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write(
            {
                "issued_at": fields.Datetime.now(),
                "issued_by_id": self.env.uid,
                "issued_to": ", ".join(
                    (line.deputy_id.name or line.display_name) for line in people
                ),
            }
        )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "issue":
            for report in self:
                review = report.sudo().review_id  # sudo: the review follows its report
                people = review.meeting_id.attendee_ids  # who stood in for somebody too
                users = review.participant_ids.user_id | people.user_id | people.deputy_id
                report._approval_tell(
                    users, self.env._("%(report)s was issued.", report=report.display_name)
                )
                review = review.with_env(self.env)
                review._run_transition(review._transition("report"))
