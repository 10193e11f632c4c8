import math

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import guard


class ItsmsMeasure(models.Model):
    """What is measured every month: definition, formula, target, owner (COM-14).

    The values themselves are frozen in ``itsms.measure.value``; reports read nothing else.
    Modules offer automatic measures by extending :meth:`_sources`.
    """

    _name = "itsms.measure"
    _description = "Measure"
    _inherit = ["itsms.log.mixin"]
    _order = "sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True, help="By this name modules and reports find it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    definition = fields.Text(translate=True, help="What exactly is counted, in words.")
    kind = fields.Selection(
        [("ratio", "Ratio (numerator / denominator)"), ("number", "Number")],
        required=True,
        default="ratio",
    )
    unit = fields.Char(default="%", help="Ratios with the unit % are shown multiplied by 100.")
    better = fields.Selection(
        [("higher", "The higher the better"), ("lower", "The lower the better")],
        required=True,
        default="higher",
    )
    has_target = fields.Boolean(string="Target set", default=True)
    target = fields.Float(
        string="Target value", help="In the unit of the measure; frozen with every value."
    )
    owner_role_id = fields.Many2one(
        "itsms.role", string="Owner", ondelete="restrict", help="Enters and corrects the values."
    )
    requirement = fields.Char(help="Clause of the manual that asks for it.")
    automatic = fields.Boolean(compute="_compute_automatic")
    value_ids = fields.One2many("itsms.measure.value", "measure_id", readonly=True)
    last_shown = fields.Char(string="Last month", compute="_compute_last")
    last_met = fields.Selection(
        [("yes", "Met"), ("no", "Missed"), ("none", "No target or no sample")],
        compute="_compute_last",
    )
    can_enter = fields.Boolean(compute="_compute_can_enter")

    _code_uniq = models.Constraint("UNIQUE (code)", "Another measure has this code.")

    @api.model
    def _sources(self):
        """Hook: functions by code of the measure, called with ``(company, start, end)`` – first
        day of the month and of the next one – that give ``(numerator, denominator)``."""
        return {}

    @api.depends("code")
    def _compute_automatic(self):
        sources = self._sources()
        for measure in self:
            measure.automatic = measure.code in sources

    @api.depends("value_ids")
    @api.depends_context("company", "lang")
    def _compute_last(self):
        values = self.env["itsms.measure.value"].search(
            [
                ("measure_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
                ("period", "=", self._last_month(self.env.company)),
                ("latest", "=", True),
            ]
        )
        by_measure = {value.measure_id: value for value in values}
        for measure in self:
            value = by_measure.get(measure)
            measure.last_shown = value and value.shown
            measure.last_met = value and value.met

    @api.depends("owner_role_id")
    @api.depends_context("uid", "company")
    def _compute_can_enter(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        for measure in self:
            role = measure.owner_role_id
            measure.can_enter = office or bool(
                role and role._held_by(self.env.user, self.env.company)
            )

    @api.model
    def _last_month(self, company):
        """First day of the month before the company's present one."""
        return company._itsms_today().replace(day=1) - relativedelta(months=1)

    def write(self, vals):
        """A changed target or definition leaves evidence; frozen values keep the old target."""
        telling = sorted({"target", "has_target", "kind", "better", "unit", "code"} & set(vals))
        result = super().write(vals)
        if telling:
            self._log("config", comment=lambda m: ", ".join(f"{n}={m[n]}" for n in telling))
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_measured(self):
        if self.value_ids:
            raise UserError(
                self.env._("A measure with frozen values is archived, never deleted (COM-14).")
            )

    # ------------------------------------------------------------ freezing
    @api.model
    def _cron_freeze(self):
        """Monthly: freeze what is missing of the last twelve months, per company."""
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            last = self._last_month(company)
            for back in range(11, -1, -1):
                self._freeze(company, last - relativedelta(months=back))

    @api.model
    def _freeze(self, company, period):
        """Freeze the automatic measures of one month that have no value yet.

        Months before the measure existed are left out (COM-25: nothing is made up afterwards).
        """
        sources = self._sources()
        measures = self.search([("code", "in", list(sources))])
        frozen = self.env["itsms.measure.value"].search(
            [
                ("measure_id", "in", measures.ids),
                ("company_id", "=", company.id),
                ("period", "=", period),
            ]
        )
        end = period + relativedelta(months=1)
        vals_list = []
        for measure in measures - frozen.measure_id:
            if measure.create_date.date() >= end:
                continue
            numerator, denominator = sources[measure.code](company, period, end)
            vals_list.append(measure._value_vals(company, period, numerator, denominator))
        # sudo: the nightly job freezes for every company
        return guard.as_engine(self.env["itsms.measure.value"].sudo()).create(vals_list)

    def _value_vals(self, company, period, numerator, denominator, version=1, reason=None):
        """Values of one frozen month; a ratio over nothing is “n.a.”, never 0 % (COM-15)."""
        self.ensure_one()
        empty = self.kind == "ratio" and not denominator
        value = 0.0
        if not empty:
            value = numerator / denominator if self.kind == "ratio" else numerator
            value *= 100 if self.kind == "ratio" and self.unit == "%" else 1
        met = "none"
        if self.has_target and not empty:
            reached = value >= self.target if self.better == "higher" else value <= self.target
            met = "yes" if reached else "no"
        return {
            "measure_id": self.id,
            "company_id": company.id,
            "period": period,
            "version": version,
            "numerator": numerator,
            "denominator": denominator or 0.0,
            "value": value,
            "no_sample": empty,
            "target": self.target,
            "met": met,
            "reason": reason,
            "frozen_at": fields.Datetime.now(),
            "frozen_by_id": self.env.uid,
        }

    def action_enter(self, period, numerator, denominator=0.0, reason=None):
        """Enter the value of a month by hand, or correct it: version n+1 with a reason (COM-14).

        :param period: a date of the month; the month must be over.
        :raise AccessError: neither owner of the measure nor ITSMS office.
        """
        self.ensure_one()
        company = self.env.company
        if not self.can_enter:
            raise AccessError(
                self.env._("Only the owner of a measure or the ITSMS office enters it (COM-14).")
            )
        period, numerator, denominator = self._read_entry(period, numerator, denominator)
        if period > self._last_month(company):
            raise UserError(self.env._("A month is frozen when it is over (COM-14)."))
        if self.kind == "ratio" and (numerator < 0 or (denominator or 0) < 0):
            raise UserError(self.env._("Numerator and denominator are not negative (COM-15)."))
        earlier = self.env["itsms.measure.value"].search(
            [
                ("measure_id", "=", self.id),
                ("company_id", "=", company.id),
                ("period", "=", period),
                ("latest", "=", True),
            ]
        )
        if (earlier or self.automatic) and not str(reason or "").strip():
            raise UserError(self.env._("A correction of a frozen value needs a reason (COM-14)."))
        vals = self._value_vals(
            company, period, numerator, denominator, (earlier.version or 0) + 1, reason
        )
        # sudo: owners have no right to write values, the check is above
        value = guard.as_engine(self.env["itsms.measure.value"].sudo()).create(vals)
        self._log(
            "correction" if earlier else "other",
            state_from=earlier.shown or None,
            state_to=value.shown,
            comment=f"{period:%Y-%m} v{value.version} {reason or ''}".strip(),
        )
        return value.sudo(False)

    @api.model
    def _read_entry(self, period, numerator, denominator):
        """The three as first of the month and numbers, whatever a client sends."""
        try:
            if isinstance(numerator, bool) or isinstance(denominator, bool):
                raise TypeError
            numbers = float(numerator), float(denominator or 0)
            if not all(map(math.isfinite, numbers)):
                raise ValueError
            return fields.Date.to_date(period).replace(day=1), *numbers
        except (TypeError, ValueError, AttributeError) as exc:
            raise UserError(
                self.env._("A measure is entered as a day of its month and numbers (COM-14).")
            ) from exc

    def action_open_entry(self):
        """Dialog to enter or correct a month."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "itsms.measure.entry",
            "view_mode": "form",
            "target": "new",
            "context": {"default_measure_id": self.id},
        }
