from datetime import timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .nonconformity_kinds import similarity, step_up

BANDS = (("a", 15), ("b", 30), ("c", 60), ("d", 90))
MEASURED = ("draft", "void")


class ItsmsNonconformity(models.Model):
    """Days of every step by grade (CPA-11), reminders (CPA-12), age, repetition (CPA-16)."""

    _inherit = "itsms.nonconformity"

    # ------------------------------------------------------------ days
    def _deadline_days(self, start, grade):
        """Days of the steps of one nonconformity that begins on ``start`` (CPA-11): working days
        for what is done at once, calendar days for carrying out."""
        get = self.env["itsms.parameter"]._get
        company = self.company_id

        def working(code):
            return self._working_day(company, start, get(f"cpa.days.{code}", company))

        return {
            "confirm_due_on": working("confirm"),
            "correction_due_on": working("correction"),
            "plan_due_on": working("plan"),
            "implement_due_on": start + timedelta(days=get(f"cpa.days.{grade}", company)),
        }

    @api.model
    def _working_day(self, company, start, days):
        """The ``days``-th working day of the company after ``start``."""
        if not days:
            return start
        end = company._itsms_working_day_ends(start, days)[days - 1]
        return pytz.utc.localize(end).astimezone(company._itsms_timezone()).date()

    def _implementation_limit(self):
        """Last day for the measures of one plan: that of the grade, counted anew where the plan
        itself comes so late that it is past (the approval is a new limit, AUD-4.4.3)."""
        today = self.company_id._itsms_today()
        limit = self.implement_due_on
        if not limit or limit < today:
            limit = self._deadline_days(today, self.grade)["implement_due_on"]
        return limit

    def _effect_day(self, start):
        """Day of the effectiveness check after a check on ``start``; none where nothing but a
        correction was needed."""
        if self.corrective_needed != "yes":
            return False
        months = self.env["itsms.parameter"]._get(f"cpa.months.{self.grade}", self.company_id)
        return months and start + relativedelta(months=months)

    # ------------------------------------------------------------ reminders
    @api.model
    def _deadline_domain(self):
        return Domain("deadline_on", "!=", False)

    def _deadline_owners(self):
        """Who has to act on the present step: the department, or who checks the effect."""
        if self.state == "verified":
            checker = self._current_round().checked_by_id
            return checker or self.raised_by_id
        return self._deadline_heads()

    @api.model
    def _cron_nightly(self):
        """Ages first, in one statement per company; then the reminders."""
        # sudo: the job runs for every company
        for company in self.env["res.company"].sudo().search([]):  # pylint: disable=no-search-all
            self._update_ages(company)
        self._cron_deadlines()

    @api.model
    def _update_ages(self, company):
        """Age of everything open, for the charts; one statement."""
        self.flush_model(["registered_on", "closed_on", "state", "company_id", "age", "age_band"])
        today = company._itsms_today()
        age = SQL("(%s - registered_on)", today)
        band = SQL("'e'")
        for key, most in reversed(BANDS):
            band = SQL("CASE WHEN %s <= %s THEN %s ELSE %s END", age, most, key, band)
        self.env.cr.execute(
            SQL(
                """UPDATE itsms_nonconformity SET age = %(age)s, age_band = %(band)s
                    WHERE company_id = %(company)s AND registered_on IS NOT NULL
                      AND state NOT IN ('closed', 'void')
                      AND age IS DISTINCT FROM %(age)s""",
                age=age,
                band=band,
                company=company.id,
            )
        )
        self.invalidate_model(["age", "age_band"])

    def _age_values(self, today):
        if not self.registered_on:
            return {}
        age = (today - self.registered_on).days
        band = next((key for key, most in BANDS if age <= most), "e")
        return {"age": age, "age_band": band}

    # ------------------------------------------------------------ repetition
    @api.depends(
        "clause_id",
        "department_id",
        "company_id",
        "grade",
        "grade_raised",
        "registered_on",
        "found_on",
        "cause_ids.root",
        "cause_ids.name",
    )
    def _compute_earlier_ids(self):
        for record in self:
            earlier = record._find_earlier()
            # shown as far as the reader may open them
            record.earlier_ids = earlier.with_env(self.env)._filtered_access("read")
            up = step_up(record.grade) if record.grade else False
            proposed = bool(earlier) and not record.grade_raised and up != record.grade
            record.proposed_grade = up if proposed else False

    def _find_earlier(self):
        """Earlier ones with the same clause in the same department, or the same root cause,
        within the months of the parameter (CPA-16); sudo: found whoever registers."""
        self.ensure_one()
        company = self.company_id or self.env.company
        months = self.env["itsms.parameter"]._get("cpa.repeat_months", company)
        day = self.registered_on or self.found_on or company._itsms_today()
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("id", "!=", self._origin.id or 0)
            & Domain("state", "not in", MEASURED)
            & Domain("registered_on", ">=", day - relativedelta(months=months))
            & Domain("registered_on", "<=", day)
        )
        if self._origin.id:
            # of two on one day the later one repeats the earlier
            domain &= Domain("registered_on", "<", day) | Domain("id", "<", self._origin.id)
        Model = self.sudo().browse()
        found = Model
        if self.clause_id and self.department_id:
            found |= Model.search(
                domain
                & Domain("clause_id", "=", self.clause_id.id)
                & Domain("department_id", "=", self.department_id.id)
            )
        roots = self.cause_ids.filtered("root")
        if roots:
            found |= self._same_cause(roots, domain)
        return found.sorted("id", reverse=True)

    def _same_cause(self, roots, domain):
        """Earlier ones whose root cause is of the same kind and says the same."""
        limit = self.env["itsms.parameter"]._get("cpa.similarity", self.company_id)
        others = (
            self.env["itsms.cause"]
            .sudo()  # sudo: found whoever analyses
            .search(
                [
                    ("root", "=", True),
                    ("category", "in", roots.mapped("category")),
                    ("nonconformity_id", "any", domain),
                ],
                limit=500,
                order="id desc",
            )
        )
        same = others.filtered(
            lambda other: any(
                root.category == other.category and similarity(root.name, other.name) >= limit
                for root in roots
            )
        )
        return same.nonconformity_id

    def _note_repeated_cause(self):
        """At submission the causes are known: note that one came back."""
        earlier = self._find_earlier()[:1]
        if earlier and not self.repeat_of_id:
            self._engine_write({"repeat_of_id": earlier.id})
            self._log(
                "other",
                comment=self.env._(
                    "The same cause as in %(earlier)s (CPA-16)", earlier=earlier.display_name
                ),
            )

    def action_view_earlier(self):
        """The earlier ones of which this is a repetition."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Happened before"),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("id", "in", self.earlier_ids.ids)],
            "context": {"create": False},
        }

    # ------------------------------------------------------------ who acts next
    @api.depends("state", "next_actor", "department_id")
    @api.depends_context("uid", "lang")
    def _compute_who_next(self):
        for record in self:
            record.who_next = record._describe_who_next()

    def _describe_who_next(self):
        # sudo: names of colleagues and departments
        department = self.department_id.sudo().name or ""
        heads = ", ".join(self._deadline_heads().mapped("name"))
        who = f"{department} ({heads})" if heads else department
        texts = {
            "issued": self.env._(
                "%(who)s confirms it with a signature, or contests it (AUD-4.2.2b).", who=who
            ),
            "contested": self.env._("The management representative decides (CPA-5)."),
            "analysis": self.env._(
                "%(who)s puts it right, finds the causes, plans measures and submits them "
                "(AUD-4.4.1).",
                who=who,
            ),
            "rejected": self.env._("%(who)s works the plan over and submits it again.", who=who),
            "pending": self.next_actor,
            "approved": self.env._(
                "The owners carry the measures out; then they are verified from outside the "
                "department and the follow-up check is written here (AUD-4.4.2)."
            ),
            "verified": self.env._(
                "From %(day)s on the effect is checked against the criterion (CPA-15).",
                day=self.effect_due_on and fields.Date.to_string(self.effect_due_on),
            ),
            "effective": self.env._("The management representative closes it (AUD-4.4.3)."),
        }
        return texts.get(self.state) or False
