from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import canonical, guard

SHOWN = 50  # records named in a frozen result
OUTCOMES = [
    ("met", "As expected"),
    ("not_met", "Not as expected"),
    ("no_access", "Records not open to the auditor"),
    ("unavailable", "Module not installed"),
]


class ItsmsAuditLiveCheck(models.Model):
    """A question that the records answer themselves (EVD-6): model, saved search, expectation.

    It counts under the rights of the auditor who asks: what he may not open is not counted. The
    search is a plain list of conditions on fields of the ITSMS, never code; what it may name is
    checked when it is saved and again when it runs.
    """

    _name = "itsms.audit.live.check"
    _description = "Live Check"
    _inherit = ["itsms.audit.search.mixin", "itsms.log.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True, help="What it finds, and what that means.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="cascade", help="Empty: for every company."
    )
    expectation = fields.Selection(
        [
            ("none", "None expected"),
            ("at_most", "At most so many"),
            ("at_least", "At least so many"),
        ],
        required=True,
        default="none",
    )
    threshold = fields.Integer(string="How many", aggregator=None)
    clause_ids = fields.Many2many("itsms.clause", string="Clauses")
    question_ids = fields.One2many("itsms.audit.question", "live_check_id", string="Questions")

    _threshold_chk = models.Constraint(
        "CHECK (threshold >= 0)", "An expected number is not negative (EVD-6)."
    )

    # ------------------------------------------------------------ counting
    def _count(self, company, department=None, date_from=None, date_to=None):
        """Count what one check asks for, as the current user may see it.

        :return: dict with ``outcome``, ``count``, ``population``, ``domain``, ``ids``, ``names``.
        """
        self.ensure_one()
        blank = {"count": 0, "population": 0, "domain": self.domain, "ids": [], "names": []}
        if not self._installed():
            return blank | {"outcome": "unavailable"}
        # what was saved before an update, or below the ORM, is checked once more before it runs
        self._check_search()
        model = self._searched(company)
        if not model.has_access("read"):
            return blank | {"outcome": "no_access"}
        scope = self._scope(company, department, date_from, date_to)
        domain = scope & Domain(self._conditions())
        try:
            count = self._search_safely(lambda: model.search_count(domain))
            found = model.search(domain, limit=SHOWN, order="id") if count else model
        except AccessError:
            return blank | {"outcome": "no_access"}
        met = {
            "none": count == 0,
            "at_most": count <= self.threshold,
            "at_least": count >= self.threshold,
        }[self.expectation]
        return {
            "outcome": "met" if met else "not_met",
            "count": count,
            "population": model.search_count(scope),
            "domain": str(list(domain)),
            "ids": found.ids,
            "names": [self._frozen_name(record) for record in found],
        }

    def _expectation_text(self):
        """What one check expects, in words."""
        self.ensure_one()
        if self.expectation == "none":
            return self.env._("none expected")
        if self.expectation == "at_most":
            return self.env._("at most %(n)s expected", n=self.threshold)
        return self.env._("at least %(n)s expected", n=self.threshold)

    # ------------------------------------------------------------ screens
    def action_try(self):
        """Count now, for the current company, without keeping the answer."""
        self.ensure_one()
        self.check_access("read")
        answer = self._count(self.env.company)
        labels = dict(
            self.env["itsms.audit.live.result"]._fields["outcome"]._description_selection(self.env)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if answer["outcome"] == "met" else "warning",
                "title": self.name,
                "message": self.env._(
                    "%(count)s of %(population)s records, %(expectation)s: %(outcome)s",
                    count=answer["count"],
                    population=answer["population"],
                    expectation=self._expectation_text(),
                    outcome=labels[answer["outcome"]],
                ),
            },
        }

    def action_open_records(self):
        """Open the list of what the check finds now, in the current company."""
        self.ensure_one()
        self.check_access("read")
        if not self._installed():
            raise UserError(
                self.env._("“%(check)s”: its module is not installed.", check=self.name)
            )
        self._check_search()
        domain = self._scope(self.env.company) & Domain(self._conditions())
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.model_name,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }

    # ------------------------------------------------------------ configuration leaves evidence
    def write(self, vals):
        result = super().write(vals)
        names = {"model_name", "domain", "expectation", "threshold", "active"} & set(vals)
        if names and not self.env.user._is_superuser():
            self._log("config", comment=lambda c: ", ".join(f"{n}={c[n]}" for n in sorted(names)))
        return result


class ItsmsAuditLiveResult(models.Model):
    """Answer of a live check as it was on the day (EVD-6): frozen, never changed."""

    _name = "itsms.audit.live.result"
    _description = "Result of a Live Check"
    _inherit = ["itsms.append.only.mixin", "itsms.access.fields.mixin"]
    _order = "id desc"
    _rec_name = "name"

    check_id = fields.Many2one(
        "itsms.audit.live.check", readonly=True, required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", readonly=True, required=True, ondelete="restrict")
    name = fields.Char(string="Checked", readonly=True)
    model_name = fields.Char(string="Records", readonly=True)
    domain = fields.Text(string="Conditions", readonly=True)
    expectation = fields.Char(string="Expected", readonly=True)
    count = fields.Integer(string="Found", readonly=True, aggregator=None)
    population = fields.Integer(string="Out of", readonly=True, aggregator=None)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    run_at = fields.Datetime(string="Counted on", readonly=True)
    run_by_id = fields.Many2one(
        "res.users", string="Counted by", readonly=True, ondelete="restrict"
    )
    record_list = fields.Json(string="Found records", readonly=True)
    digest = fields.Char(readonly=True, help="SHA-256 over the answer.")
    shown = fields.Char(string="Answer", compute="_compute_shown")

    @api.model
    def _see_domain(self):
        """Who counted, and the auditors of the company."""
        user = self.env.user
        codes = ("management_representative", "lead_auditor", "internal_auditor")
        companies = user._itsms_role_assignments(*codes).company_id
        return Domain("run_by_id", "=", user.id) | Domain("company_id", "in", companies.ids)

    @api.depends("count", "population", "outcome", "expectation")
    @api.depends_context("lang")
    def _compute_shown(self):
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        for result in self:
            if result.outcome in ("met", "not_met"):
                result.shown = self.env._(
                    "%(count)s of %(population)s, %(expectation)s: %(outcome)s",
                    count=result.count,
                    population=result.population,
                    expectation=result.expectation,
                    outcome=labels[result.outcome],
                )
            else:
                result.shown = labels.get(result.outcome)

    @api.model
    def _freeze(self, check, company, department=None, date_from=None, date_to=None):
        """Count now and keep the answer; the caller has checked who may ask."""
        answer = check._count(company, department, date_from, date_to)
        values = {
            "check_id": check.id,
            "company_id": company.id,
            "name": check.name,
            "model_name": check.model_name,
            "domain": answer["domain"],
            "expectation": check._expectation_text(),
            "count": answer["count"],
            "population": answer["population"],
            "outcome": answer["outcome"],
            "run_at": fields.Datetime.now(),
            "run_by_id": self.env.uid,
            "record_list": [
                {"id": i, "name": name}
                for i, name in zip(answer["ids"], answer["names"], strict=True)
            ],
        }
        # sudo: results are written by the system only
        result = guard.as_engine(self.sudo()).create({**values, "digest": canonical.digest(values)})
        return guard.without_engine(result).with_env(self.env)

    def action_open_records(self):
        """Open the records that were found then, as far as they are open to the user."""
        self.ensure_one()
        self.check_access("read")
        if self.model_name not in self.env:
            raise UserError(
                self.env._("“%(check)s”: its module is not installed.", check=self.name)
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.model_name,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", [entry["id"] for entry in self.record_list or []])],
            "context": {"create": False, "active_test": False},
        }
