import math

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..engine import cache, guard
from ..engine.lifecycle import Transition


class ItsmsParameter(models.Model):
    """One register for all thresholds, targets and intervals (COM-16).

    The value in force is the last approved change of the company, else the default. Changing one
    goes through ``itsms.parameter.change``: with a reason, approved, with history.
    """

    _name = "itsms.parameter"
    _description = "Parameter"
    _inherit = ["itsms.cache.source.mixin"]
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True)
    kind = fields.Selection(
        [("integer", "Whole number"), ("float", "Number"), ("text", "Text"), ("boolean", "Yes/No")],
        required=True,
        default="integer",
    )
    unit = fields.Char(translate=True)
    default_value = fields.Char(required=True, help="Value of the manual or of the standard.")
    minimum = fields.Float(help="Lowest value that makes sense; numbers only.")
    maximum = fields.Float(help="Highest value that makes sense; 0: no limit.")
    requirement = fields.Char(help="Clause or requirement the value comes from.")
    value = fields.Char(string="Value in force", compute="_compute_value")
    change_ids = fields.One2many("itsms.parameter.change", "parameter_id", string="History")

    _code_uniq = models.Constraint("UNIQUE (code)", "Another parameter has this code.")

    @api.depends("default_value", "change_ids.state")
    @api.depends_context("company")
    def _compute_value(self):
        changes = self.env["itsms.parameter.change"]._in_force(self, self.env.company)
        for parameter in self:
            change = changes.get(parameter.id)
            parameter.value = change.value if change else parameter.default_value

    @api.constrains("default_value", "kind", "minimum", "maximum")
    def _check_default(self):
        for parameter in self:
            parameter._convert(parameter.default_value)

    def write(self, vals):
        """What gives a parameter its value is set by the module that brings it (COM-16)."""
        fixed = {"code", "kind", "default_value", "minimum", "maximum"} & set(vals)
        if fixed and not self.env.su:
            raise UserError(
                self.env._(
                    "%(fields)s of a parameter cannot be written. Propose a new value with "
                    "“Change the value”: it asks for a reason and an approval (COM-16).",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env) for name in sorted(fixed)
                    ),
                )
            )
        return super().write(vals)

    @api.model
    def _get(self, code, company=None):
        """Typed value of a parameter for ``company`` (sudo: values are no secret).

        :raise UserError: there is no such parameter.
        """
        return self.sudo()._get_cached(code, (company or self.env.company).id)

    @api.model
    @tools.ormcache("code", "company_id")
    def _get_cached(self, code, company_id):
        """Cached until a parameter or a change of one is written."""
        company = self.env["res.company"].browse(company_id)
        parameter = self.with_company(company).search([("code", "=", code)], limit=1)
        if not parameter:
            raise UserError(self.env._("There is no parameter “%(code)s” (COM-16).", code=code))
        return parameter._convert(parameter.value)

    def _convert(self, text):
        """``text`` as a value of this parameter's kind, within its bounds."""
        self.ensure_one()
        text = str(text or "")
        try:
            if self.kind == "boolean":
                return {
                    "1": True,
                    "true": True,
                    "yes": True,
                    "0": False,
                    "false": False,
                    "no": False,
                }[text.strip().lower()]
            if self.kind == "text":
                return text
            value = int(text) if self.kind == "integer" else float(text)
        except (ValueError, KeyError, AttributeError) as exc:
            raise ValidationError(
                self.env._(
                    "“%(text)s” is no value for %(name)s (%(kind)s).",
                    text=text,
                    name=self.name,
                    kind=dict(self._fields["kind"]._description_selection(self.env))[self.kind],
                )
            ) from exc
        low, high = self.minimum, self.maximum or math.inf
        # “nan” and “inf” are floats and no values
        if not (low <= value <= high and (self.kind == "integer" or math.isfinite(value))):
            raise ValidationError(
                self.env._(
                    "%(name)s: %(value)s is outside the allowed range %(low)s … %(high)s (COM-16).",
                    name=self.name,
                    value=text,
                    low=self.minimum,
                    high=self.maximum or "∞",
                )
            )
        return value

    def action_change(self):
        """Propose a new value."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change a parameter"),
            "res_model": "itsms.parameter.change",
            "view_mode": "form",
            "context": {"default_parameter_id": self.id},
        }


class ItsmsParameterChange(models.Model):
    """A proposed or approved change of a parameter: value, reason, who, when (COM-16)."""

    _name = "itsms.parameter.change"
    _description = "Parameter Change"
    _inherit = ["itsms.approval.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "parameter_id"
    _check_company_auto = True

    parameter_id = fields.Many2one(
        "itsms.parameter", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    old_value = fields.Char(
        readonly=True, copy=False, help="Value in force when the change was submitted."
    )
    value = fields.Char(string="New value", required=True)
    unit = fields.Char(related="parameter_id.unit")
    reason = fields.Text(required=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "In force"),
            ("superseded", "Superseded"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )

    @api.depends("parameter_id", "value")
    def _compute_display_name(self):
        for change in self:
            change.display_name = f"{change.parameter_id.name or ''}: {change.value or ''}"

    @api.constrains("value", "parameter_id")
    def _check_value(self):
        for change in self:
            change.parameter_id._convert(change.value)

    def _engine_fields(self):
        return super()._engine_fields() | {"old_value"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "supersede": Transition(
                "supersede", self.env._("Supersede"), ("approved",), "superseded", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "rejected"), "cancelled", reason=True
            ),
        }

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name != "submit":
            return
        for change in self:
            parameter = change.parameter_id.with_company(change.company_id)
            # sudo: the engine's own field
            guard.as_engine(change.sudo()).write({"old_value": parameter.value})

    def _approval_done(self):
        super()._approval_done()
        for change in self.sorted("id", reverse=True):
            if change.state != "approved":
                continue  # superseded by a newer one of the same batch
            # sudo: the older value ends whoever approves the new one
            older = self.sudo().search(
                [
                    ("parameter_id", "=", change.parameter_id.id),
                    ("company_id", "=", change.company_id.id),
                    ("state", "=", "approved"),
                    ("id", "!=", change.id),
                ]
            )
            if older:
                older.with_user(self.env.user).sudo()._run_transition(
                    older._transition("supersede")
                )
        self.parameter_id.invalidate_recordset(["value"])
        cache.forget(self.env)

    @api.model
    def _in_force(self, parameters, company):
        """Approved change per parameter id (sudo: values are no secret)."""
        changes = self.sudo().search(
            [
                ("parameter_id", "in", parameters.ids),
                ("company_id", "=", company.id),
                ("state", "=", "approved"),
            ],
            order="id",
        )
        return {change.parameter_id.id: change for change in changes}
