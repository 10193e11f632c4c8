from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

from ..engine.coverage import worst
from .itsms_coverage_check import SETTLED

STATES = [
    ("red", "Red"),
    ("amber", "Amber"),
    ("unchecked", "Not checked"),
    ("green", "Green"),
]
RANKS = {state: number for number, (state, _label) in enumerate(STATES)}


class ItsmsClauseCoverage(models.Model):
    """How a clause of the standard is covered in a company, by live records (COM-20, 4.2).

    One row per clause is kept up to date every night; rows of an audit period are frozen with it.
    Nobody writes rows: they follow from the records.
    """

    _name = "itsms.clause.coverage"
    _description = "Coverage of a Clause"
    _inherit = ["itsms.engine.rows.mixin", "itsms.log.mixin"]
    _order = "rank, sequence, id"
    _rec_name = "clause_id"

    clause_id = fields.Many2one("itsms.clause", required=True, index=True, ondelete="restrict")
    sequence = fields.Integer(related="clause_id.sequence", store=True)
    records_text = fields.Char(related="clause_id.records_text")
    green_when = fields.Char(related="clause_id.green_when")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    period_id = fields.Many2one(
        "itsms.audit.period",
        string="Frozen for",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the present state, worked out every night.",
    )
    state = fields.Selection(STATES, required=True, index=True)
    rank = fields.Integer(help="Red clauses come first.")
    line_ids = fields.One2many("itsms.clause.coverage.line", "coverage_id", string="Reasons")
    reason = fields.Text(compute="_compute_reason", help="Why the clause is not green, in words.")
    document_count = fields.Integer(string="Documents in force", aggregator=None)
    record_count = fields.Integer(string="Records in the period", aggregator=None)
    last_evidence = fields.Date(help="Date of the latest record that evidences the clause.")
    open_count = fields.Integer(string="Open findings", aggregator="sum")
    computed_at = fields.Datetime(string="As of")

    _row_uniq = models.UniqueIndex(
        "(clause_id, company_id, COALESCE(period_id, 0))",
        "This clause is covered already (COM-20).",
    )

    @api.depends("line_ids")
    @api.depends_context("lang")
    def _compute_reason(self):
        for coverage in self:
            coverage.reason = "\n".join(coverage.line_ids.mapped("reason"))

    @api.depends("clause_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for coverage in self:
            coverage.display_name = coverage.clause_id.display_name

    # ------------------------------------------------------------ rules
    @api.model
    def _by_hand_refusal(self):
        return self.env._("The coverage follows from the records; nobody writes it (COM-20).")

    # ------------------------------------------------------------ working it out
    @api.model
    def _cron_update(self):
        """Nightly: the state of every clause in every company that has documents."""
        # sudo: the nightly job works for every company
        companies = self.env["itsms.document"].sudo()._read_group([], ["company_id"])
        todo = [company for (company,) in companies if company]
        self.env["ir.cron"]._commit_progress(remaining=len(todo))
        for company in todo:
            self._update(company)
            self.env["ir.cron"]._commit_progress(1)

    def action_update(self):
        """Work the coverage out again now: ITSMS office and auditors, for their company."""
        user = self.env.user
        if user._itsms_is_external_auditor() or not any(
            user.has_group(f"itsms_base.group_itsms_{name}") for name in ("office", "auditor")
        ):
            raise AccessError(
                self.env._("The ITSMS office and auditors work out the coverage (COM-20).")
            )
        self._update(self.env.company)
        return self._open(self.env.company)

    @api.model
    def _open(self, company, period=None):
        """The matrix of one company, present or frozen."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsms_audit.itsms_clause_coverage_action"
        )
        action["domain"] = [
            ("company_id", "=", company.id),
            ("period_id", "=", period.id if period else False),
        ]
        if period:
            action["display_name"] = action["name"] = period.display_name
        return action

    @api.model
    def _update(self, company, period=None):
        """Work out the rows of ``company``; for an audit period once and for all.

        :raise UserError: the period is frozen already.
        """
        # sudo: only whether there are rows
        if period and self.sudo().search_count([("period_id", "=", period.id)], limit=1):
            raise UserError(
                self.env._(
                    "%(period)s is frozen: its coverage stays as it was (COM-20).",
                    period=period.display_name,
                )
            )
        check = self.env["itsms.coverage.check"]
        span = check._period(company, period and period.date_from, period and period.date_to)
        measured = self.env["itsms.clause.evidence"]._measure_all(company, span)
        findings = check._findings(company, span, measured)
        values = self._row_values(company, findings, measured)
        # sudo: the rows follow from the records, whoever has them worked out
        rows = guard.as_engine(self.sudo())._write_rows(company, values, period)
        rows._write_reasons(findings)
        return rows.sudo(False)

    def _write_rows(self, company, values, period):
        """The rows of ``values``, which is by clause id: those that are there, and new ones."""
        same = [("company_id", "=", company.id), ("period_id", "=", period.id if period else False)]
        rows = self.search(same)
        for row in rows.filtered(lambda r: r.clause_id.id in values):
            row.write(values.pop(row.clause_id.id))
        fixed = {"company_id": company.id, "period_id": period.id if period else False}
        return rows | self.create(
            [{**vals, **fixed, "clause_id": clause_id} for clause_id, vals in values.items()]
        )

    def _write_reasons(self, findings):
        """New reasons in the place of the old ones, all at once."""
        self.line_ids.unlink()
        self.env["itsms.clause.coverage.line"].create(
            [
                {
                    "coverage_id": row.id,
                    "sequence": RANKS[finding.state],
                    "state": finding.state,
                    "key": finding.key,
                    "params": finding.params,
                    "model_name": finding.model,
                    "domain": repr(finding.domain),
                }
                for row in self
                for finding in findings.get(row.clause_id.id, ())
            ]
        )

    @api.model
    def _row_values(self, company, findings, measured):
        """Values of every row by clause id: state, and what there is of documents and records."""
        clauses = self.env["itsms.clause"].sudo().browse(findings)  # sudo: as in the checks
        now = fields.Datetime.now()
        values = {}
        for clause in clauses:
            reasons = findings[clause.id]
            state = worst([finding.state for finding in reasons])
            figures = [measured[line.id] for line in clause.evidence_ids if line.id in measured]
            latest = [fields.Date.to_date(last) for _count, last in figures if last]
            in_force = clause.document_ids.filtered(
                lambda d: d.company_id == company and d.state == "in_force"
            )
            values[clause.id] = {
                "state": state,
                "rank": RANKS[state],
                "document_count": len(in_force),
                "record_count": sum(count for count, _last in figures),
                "last_evidence": max(latest, default=False),
                "open_count": sum(
                    f.params["count"] for f in reasons if f.key.startswith("finding_")
                ),
                "computed_at": now,
            }
        return values

    @api.model
    def _headline(self, company, period=None):
        """Green rows and all rows of one company (catalogue 4.2)."""
        groups = self._read_group(
            [
                ("company_id", "=", company.id),
                ("period_id", "=", period.id if period else False),
            ],
            ["state"],
            ["__count"],
        )
        counts = dict(groups)
        return counts.get("green", 0), sum(counts.values())

    # ------------------------------------------------------------ drill-down
    def action_documents(self):
        """The documents named for the clause."""
        self.ensure_one()
        return self._records_action(
            "itsms.document",
            [
                ("clause_ids", "in", self.clause_id.ids),
                ("company_id", "=", self.company_id.id),
            ],
            self.env._("Documents of %(clause)s", clause=self.clause_id.display_name),
        )

    def action_records(self):
        """The records that evidence the clause: of one kind at once, else the kinds to choose."""
        self.ensure_one()
        evidence = self.clause_id.evidence_ids.filtered("installed")
        if not evidence:
            raise UserError(
                self.env._(
                    "No kind of record is installed or named for %(clause)s (COM-20).",
                    clause=self.clause_id.display_name,
                )
            )
        if len(evidence) == 1:
            return evidence._open_records(self.company_id)
        return self._records_action(
            "itsms.clause.evidence",
            [("id", "in", evidence.ids)],
            self.env._("Records of %(clause)s", clause=self.clause_id.display_name),
        )

    def action_findings(self):
        """The open nonconformities on the clause."""
        self.ensure_one()
        return self._records_action(
            "itsms.nonconformity",
            [
                ("clause_id", "=", self.clause_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "not in", SETTLED),
            ],
            self.env._("Open findings on %(clause)s", clause=self.clause_id.display_name),
        )

    @api.model
    def _records_action(self, model, domain, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": domain,
        }
