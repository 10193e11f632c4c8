from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

_FROZEN_FIELDS = {"name", "company_id", "kind", "date_from", "date_to"}


class ItsmsAuditPeriod(models.Model):
    """Period that an audit looks at, chosen once for all lists, samples and figures (EVD-1).

    Before a certification audit it tells whether the usual preconditions hold; on freezing, the
    coverage of the standard is kept with it as it was.
    """

    _name = "itsms.audit.period"
    _description = "Audit Period"
    _inherit = ["itsms.lifecycle.mixin", "itsms.access.fields.mixin", "mail.thread"]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [
            ("certification", "Certification audit"),
            ("surveillance", "Surveillance audit"),
            ("customer", "Audit by a customer"),
            ("internal", "Internal audit"),
        ],
        required=True,
        default="certification",
        help="Certification and surveillance are third-party audits, those of customers second-"
        "party ones (REV-4.2b).",
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(
        string="Until", required=True, default=lambda self: self.env.company._itsms_today()
    )
    audit_on = fields.Date(string="Audit begins on")
    auditors = fields.Char(help="Who audits: body and names.")
    note = fields.Text()
    state = fields.Selection(
        [("draft", "Being prepared"), ("frozen", "Frozen"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    frozen_at = fields.Datetime(string="Frozen on", readonly=True, copy=False)
    coverage_ids = fields.One2many("itsms.clause.coverage", "period_id", readonly=True)
    green_count = fields.Integer(string="Green clauses", compute="_compute_headline")
    clause_count = fields.Integer(string="Clauses", compute="_compute_headline")
    ready = fields.Boolean(
        string="Preconditions hold", compute="_compute_ready", help="The usual ones of EVD-1."
    )
    precondition_text = fields.Text(string="Preconditions", compute="_compute_ready")

    _days_chk = models.Constraint(
        "CHECK (date_to > date_from)", "A period ends after it begins (EVD-1)."
    )

    @api.model
    def _default_date_from(self):
        months = int(self.env["itsms.parameter"]._get("coverage.months"))
        return self.env.company._itsms_today() - relativedelta(months=months)

    @api.model
    def _edit_domain(self):
        return self._office_domain()

    def _engine_fields(self):
        return super()._engine_fields() | {"frozen_at"}

    def _lifecycle_transitions(self):
        office = ("itsms_base.group_itsms_office",)
        return super()._lifecycle_transitions() | {
            "freeze": Transition(
                "freeze", self.env._("Freeze"), ("draft",), "frozen", groups=office
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft",), "cancelled", groups=office, reason=True
            ),
        }

    @api.depends("coverage_ids.state")
    def _compute_headline(self):
        Coverage = self.env["itsms.clause.coverage"]
        for period in self:
            frozen = period if period.state == "frozen" else None
            counts = Coverage._headline(period.company_id, frozen)
            period.green_count, period.clause_count = counts

    def write(self, vals):
        """What is frozen stays as the auditor got it."""
        frozen = not guard.is_engine(self.env) and self.filtered(lambda p: p.state == "frozen")
        if frozen and set(vals) & _FROZEN_FIELDS:
            raise UserError(
                self.env._(
                    "%(period)s is frozen: its days stay as they are. Open a new period (EVD-1).",
                    period=frozen[0].name,
                )
            )
        return super().write(vals)

    # ------------------------------------------------------------ preconditions (EVD-1)
    @api.depends("date_from", "date_to", "company_id")
    @api.depends_context("lang")
    def _compute_ready(self):
        for period in self:
            checks = period._preconditions() if period.date_to and period.date_from else []
            period.ready = bool(checks) and all(met for met, _text in checks)
            period.precondition_text = "\n".join(
                f"{'✓' if met else '✗'} {text}" for met, text in checks
            )

    def _preconditions(self):
        """Pairs of met and text: records of three months, one audit of everything, one review."""
        self.ensure_one()
        return [
            self._precondition_records(),
            self._precondition_audit(),
            self._precondition_review(),
        ]

    def _precondition_records(self):
        months = int(self.env["itsms.parameter"]._get("coverage.operational.months"))
        wanted = self.date_to - relativedelta(months=months)
        first = self._first_record()
        if first and first <= wanted:
            return True, self.env._("Records of daily operation since %(first)s.", first=str(first))
        if first:
            return False, self.env._(
                "Records of daily operation only since %(first)s; %(months)s months are usual "
                "(EVD-1).",
                first=str(first),
                months=months,
            )
        return False, self.env._("No records of daily operation (EVD-1).")

    def _first_record(self):
        """Day of the first record of any operational kind."""
        days = []
        evidence = self.env["itsms.clause.evidence"].search([("date_field", "!=", False)])
        operational = evidence.filtered("operational") or evidence
        for line in operational.filtered("installed"):
            # sudo: the first day tells nothing of the record
            Model = self.env[line.model_name].sudo()
            domain = line._company_domain(self.company_id) & Domain(line.date_field, "!=", False)
            first = Model.search(domain, order=line.date_field, limit=1)[line.date_field]
            if first:
                days.append(fields.Date.to_date(first))
        return min(days, default=None)

    def _precondition_audit(self):
        missing_clauses, missing_departments = self._not_audited()
        if not missing_clauses and not missing_departments:
            return True, self.env._("Every clause and every department was audited.")
        names = [*missing_departments.mapped("name"), *missing_clauses.mapped("code")]
        return False, self.env._("Not audited in the period: %(names)s.", names=", ".join(names))

    def _not_audited(self):
        """Clauses and departments that no concluded internal audit of the period covers."""
        return self.env["itsms.coverage.check"]._not_audited(
            self.company_id, self.date_from, self.date_to
        )

    def _precondition_review(self):
        # sudo: that a review was held is no secret
        held = self.env["itsms.coverage.check"]._last_review_on(self.company_id, self.date_to)
        if held and held >= self.date_from:
            return True, self.env._("A management review was held on %(day)s.", day=str(held))
        return False, self.env._("No management review was held in the period (EVD-1).")

    # ------------------------------------------------------------ freezing
    def action_freeze(self):
        """Keep the coverage of the standard as it is now, for the audit."""
        return self.action_transition("freeze")

    def action_open_cancel(self):
        """Drop a period that is not needed: asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "freeze":
            return
        for period in self:
            if period.date_from > period.company_id._itsms_today():
                raise UserError(
                    self.env._(
                        "%(period)s begins in the future; there is nothing to freeze (EVD-1).",
                        period=period.name,
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "freeze":
            for period in self:
                self.env["itsms.clause.coverage"]._update(period.company_id, period)
            # sudo: the engine's own field
            guard.as_engine(self.sudo()).frozen_at = fields.Datetime.now()

    def action_coverage(self):
        """The coverage of the period: frozen, or as it is now."""
        self.ensure_one()
        period = self if self.state == "frozen" else None
        return self.env["itsms.clause.coverage"]._open(self.company_id, period)

    def action_print(self):
        """The coverage of the period as a print, for the auditor."""
        self.ensure_one()
        period = self if self.state == "frozen" else self.browse()
        rows = self.env["itsms.clause.coverage"].search(
            [("company_id", "=", self.company_id.id), ("period_id", "=", period.id)]
        )
        if not rows:
            raise UserError(
                self.env._("The coverage has not been worked out yet; work it out first (COM-20).")
            )
        return self.env.ref("itsms_audit.action_report_clause_coverage").report_action(rows)
