from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.itsms_documents.models.itsms_document_copy import OUTSTANDING
from odoo.addons.itsms_documents.models.itsms_document_seed import PROCEDURES

from ..engine.coverage import AMBER, GREEN, RED, Finding, overdue_state

# states in which an audit has been carried out
AUDITED = ("concluded", "reported", "closed")
# states of a management review after its meeting
HELD = ("held", "reported", "archived")


class ItsmsCoverageCheck(models.AbstractModel):
    """Checks of single clauses on the management system itself: documents, roles, measures,
    audits, reviews and actions (catalogue 4.3)."""

    _inherit = "itsms.coverage.check"

    @api.model
    def _clause_checks(self):
        return super()._clause_checks() | {
            "4.4": [self._check_procedures],
            "5.1": [self._check_review_interval],
            "5.2.2": [self._check_policy_read],
            "5.3": [self._check_roles],
            "7.5.2": [self._check_approval_lines],
            "7.5.3": [self._check_retention, self._check_obsolete_copies],
            "9.1": [self._check_measures],
            "9.2.1": [self._check_audited],
            "9.2.2": [self._check_programme],
            "9.3": [self._check_review_interval, self._check_review_actions],
            "10.1.1": [self._check_overdue_actions],
        }

    @api.model
    def _reasons(self):
        return super()._reasons() | {
            "procedures": self.env._("Procedures of the manual not in force: %(count)s."),
            "procedure_owner": self.env._("Procedures without responsible department: %(count)s."),
            "review_none": self.env._("No management review was held."),
            "review_late": self.env._("The last management review was held on %(day)s."),
            "policy_read": self.env._("%(percent)s %% of the readers confirmed the policy."),
            "policy_unread": self.env._("Nobody was asked to confirm reading the policy."),
            "no_approval": self.env._("Revisions in force without approval line: %(count)s."),
            "no_retention": self.env._("Record forms without retention period: %(count)s."),
            "obsolete_copies": self.env._("Obsolete copies outstanding: %(count)s."),
            "measures_missing": self.env._(
                "%(count)s of %(all)s measures have no value for %(month)s."
            ),
            "measures_none": self.env._("No measure is defined."),
            "not_audited": self.env._("Not audited in the last 12 months: %(names)s."),
            "programme_none": self.env._("No approved audit programme for %(year)s."),
            "actions_overdue": self.env._(
                "Actions overdue: %(count)s, the oldest by %(days)s days."
            ),
        }

    # ------------------------------------------------------------ documents
    def _check_procedures(self, company, period):
        # sudo: the state of the system is the same whoever looks
        procedures = (
            self.env["itsms.document"]
            .sudo()
            .search([("company_id", "=", company.id), ("kind", "=", "procedure")])
        )
        in_force = procedures.filtered(lambda d: d.state == "in_force")
        missing = max(len(procedures), len(PROCEDURES)) - len(in_force)
        if not missing:
            return []
        domain = [
            ("company_id", "=", company.id),
            ("kind", "=", "procedure"),
            ("state", "!=", "in_force"),
        ]
        return [Finding(RED, "procedures", {"count": missing}, "itsms.document", domain)]

    def _check_approval_lines(self, company, period):
        Revision = self.env["itsms.document.revision"].sudo()  # sudo: as above
        valid = Domain("state", "=", "valid") & Domain("company_id", "=", company.id)
        ids = set(Revision._search(valid))
        Step = self.env["itsms.approval.step"].sudo()  # sudo: as above
        approved = Step._read_group(
            [
                ("res_model", "=", Revision._name),
                ("res_id", "in", list(ids)),
                ("state", "=", "approved"),
            ],
            ["res_id"],
        )
        missing = ids - {res_id for (res_id,) in approved}
        if not missing:
            return []
        return [
            Finding(
                RED,
                "no_approval",
                {"count": len(missing)},
                Revision._name,
                [("id", "in", sorted(missing))],
            )
        ]

    def _check_retention(self, company, period):
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "valid"),
            ("retention_years", "<=", 0),
            ("retention_months", "<=", 0),
        ]
        count = self.env["itsms.record.form"].sudo().search_count(domain)  # sudo: as above
        if not count:
            return []
        return [Finding(RED, "no_retention", {"count": count}, "itsms.record.form", domain)]

    def _check_obsolete_copies(self, company, period):
        domain = [
            ("company_id", "=", company.id),
            ("state", "in", OUTSTANDING),
            ("recalled_at", "!=", False),
        ]
        grace = int(self.env["itsms.parameter"]._get("coverage.grace.days", company))
        Copy = self.env["itsms.document.copy"].sudo()  # sudo: as above
        count = Copy.search_count(domain)
        if not count:
            return []
        oldest = Copy.search(domain, order="recalled_at", limit=1)
        days = (period.today - oldest.recalled_at.date()).days
        state = overdue_state(days, grace)
        return [Finding(state, "obsolete_copies", {"count": count}, Copy._name, domain)]

    # ------------------------------------------------------------ leadership
    def _check_policy_read(self, company, period):
        """At least so many percent confirmed the documents of 5.2.1 (parameter)."""
        clause = self.env["itsms.clause"].sudo()._by_code("5.2.1")  # sudo: as above
        policies = clause.document_ids.filtered(
            lambda d: d.company_id == company and d.state == "in_force"
        )
        if not policies:
            return []
        Acknowledgement = self.env["itsms.document.acknowledgement"].sudo()  # sudo: as above
        domain = [("revision_id", "in", policies.current_revision_id.ids)]
        asked = Acknowledgement.search_count(domain)
        if not asked:
            return [
                Finding(AMBER, "policy_unread", {}, "itsms.document", [("id", "in", policies.ids)])
            ]
        done = Acknowledgement.search_count([*domain, ("state", "=", "done")])
        wanted = int(self.env["itsms.parameter"]._get("coverage.read.percent", company))
        percent = round(100 * done / asked)
        state = GREEN if percent >= wanted else AMBER
        return [Finding(state, "policy_read", {"percent": percent}, Acknowledgement._name, domain)]

    def _check_roles(self, company, period):
        """No role that a route needs is vacant."""
        lines = (
            self.env["itsms.approval.route.line"]
            .sudo()  # sudo: as above
            .search(
                [
                    ("source", "=", "role"),
                    ("route_id.active", "=", True),
                    ("route_id.company_id", "in", (company.id, False)),
                ]
            )
        )
        needed = lines.role_id | self.env["itsms.role"].sudo()._by_code("management_representative")
        held = (
            self.env["itsms.role.assignment"]
            .sudo()  # sudo: as above
            .search(
                [
                    ("company_id", "=", company.id),
                    ("role_id", "in", needed.ids),
                    *self.env["itsms.role.assignment"]._current_domain(period.today),
                ]
            )
            .role_id
        )
        vacant = needed.filtered("active") - held
        if not vacant:
            return []
        params = {"names": self._named(vacant)}
        return [Finding(AMBER, "role_vacant", params, "itsms.role", [("id", "in", vacant.ids)])]

    # ------------------------------------------------------------ measures
    def _check_measures(self, company, period):
        """Every measure is frozen for the last month that is over."""
        Measure = self.env["itsms.measure"].sudo()  # sudo: as above
        # few definitions, all of them meant
        measures = Measure.search([])  # pylint: disable=no-search-all
        month = (period.end + relativedelta(days=1)).replace(day=1) - relativedelta(months=1)
        measures = measures.filtered(lambda m: m.create_date.date() < month)
        if not measures:
            return [Finding(AMBER, "measures_none", {}, Measure._name, [])]
        frozen = (
            self.env["itsms.measure.value"]
            .sudo()  # sudo: as above
            .search(
                [
                    ("measure_id", "in", measures.ids),
                    ("company_id", "=", company.id),
                    ("period", "=", month),
                ]
            )
            .measure_id
        )
        missing = measures - frozen
        if not missing:
            return []
        params = {"count": len(missing), "all": len(measures), "month": f"{month:%Y-%m}"}
        return [
            Finding(AMBER, "measures_missing", params, Measure._name, [("id", "in", missing.ids)])
        ]

    # ------------------------------------------------------------ audit
    def _check_audited(self, company, period):
        clauses, departments = self._not_audited(
            company, period.today - relativedelta(months=12), period.today
        )
        if not clauses and not departments:
            return []
        names = [*self._named(departments), *clauses.mapped("code")]
        return [Finding(AMBER, "not_audited", {"names": names})]

    @api.model
    def _not_audited(self, company, date_from, date_to):
        """Clauses and departments that no audit carried out between the two days covers."""
        schedule = (
            self.env["itsms.audit.schedule"]
            .sudo()  # sudo: as above
            .search(
                [
                    ("audit_id.company_id", "=", company.id),
                    ("audit_id.state", "in", AUDITED),
                    ("audit_id.date_end", ">=", date_from),
                    ("audit_id.date_end", "<=", date_to),
                ]
            )
        )
        departments = self.env["itsms.audit.programme"]._departments_to_cover(company).sudo()
        clauses = self.env["itsms.clause"].sudo()._auditable()
        return clauses - schedule.clause_ids, departments - schedule.department_id

    def _check_programme(self, company, period):
        domain = [
            ("company_id", "=", company.id),
            ("year", "=", period.today.year),
            ("state", "in", ("approved", "superseded", "closed")),
        ]
        if self.env["itsms.audit.programme"].sudo().search_count(domain, limit=1):  # sudo: as above
            return []
        year = str(period.today.year)
        return [Finding(AMBER, "programme_none", {"year": year}, "itsms.audit.programme", [])]

    # ------------------------------------------------------------ review
    @api.model
    def _last_review_on(self, company, until):
        """Day of the last management review that was held until then."""
        if "itsms.management.review" not in self.env:
            return None
        last = (
            self.env["itsms.management.review"]
            .sudo()  # sudo: that a review was held is no secret
            .search(
                [("company_id", "=", company.id), ("state", "in", HELD), ("day", "<=", until)],
                order="day desc",
                limit=1,
            )
        )
        return last.day or None

    def _check_review_interval(self, company, period):
        """A management review was held within the parameter's months (REV-4.1.1)."""
        held = self._last_review_on(company, period.today)
        model = "itsms.management.review"
        if not held:
            return [Finding(AMBER, "review_none", {}, model, [])]
        months = int(self.env["itsms.parameter"]._get("coverage.months", company))
        grace = int(self.env["itsms.parameter"]._get("coverage.grace.days", company))
        late = (period.today - (held + relativedelta(months=months))).days
        if late <= 0:
            return []
        return [Finding(overdue_state(late, grace), "review_late", {"day": str(held)}, model, [])]

    def _check_review_actions(self, company, period):
        decisions = [("origin_model", "=", "itsms.management.review.decision")]
        return self._overdue(company, period, decisions)

    # ------------------------------------------------------------ actions
    def _check_overdue_actions(self, company, period):
        return self._overdue(company, period, [])

    def _overdue(self, company, period, narrower):
        """Open actions past their day: amber, beyond the days of grace red."""
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "open"),
            ("due_on", "<", fields.Date.to_string(period.today)),
            *narrower,
        ]
        Action = self.env["itsms.action"].sudo()  # sudo: as above
        late = Action.search(domain, order="due_on", limit=1)
        if not late:
            return []
        days = (period.today - late.due_on).days
        grace = int(self.env["itsms.parameter"]._get("coverage.grace.days", company))
        params = {"count": Action.search_count(domain), "days": days}
        return [
            Finding(overdue_state(days, grace), "actions_overdue", params, Action._name, domain)
        ]
