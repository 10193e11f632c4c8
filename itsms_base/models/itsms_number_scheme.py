from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..engine import numbering


class ItsmsNumberScheme(models.Model):
    """Pattern of the numbers of one kind of record (COM-1, DOC-4.1.2.1): data, not code."""

    _name = "itsms.number.scheme"
    _description = "Number Scheme"
    _inherit = ["itsms.cache.source.mixin"]
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True)
    pattern = fields.Char(
        required=True,
        help="Tokens: {company} {type} {year} {yy} {month} {project} {edition} {serial:03}. "
        "Empty tokens take the separator before them along.",
    )
    type_code = fields.Char(help="Value of {type}, for example CX or ZC.")
    reset = fields.Selection(
        [("never", "Never"), ("year", "Every year"), ("month", "Every month")],
        default="never",
        required=True,
        string="Serial restarts",
    )
    example = fields.Char(compute="_compute_example")
    counter_ids = fields.One2many("itsms.number.counter", "scheme_id")

    _code_uniq = models.Constraint("UNIQUE (code)", "Another number scheme has this code.")

    @api.depends("pattern", "type_code")
    @api.depends_context("company")
    def _compute_example(self):
        for scheme in self:
            try:
                numbering.check(scheme.pattern or "")
            except numbering.PatternError:
                scheme.example = False
                continue
            values = scheme._values(self.env.company, {"edition": "A", "project": "01"})
            scheme.example = numbering.render(scheme.pattern or "", {**values, "serial": 1})

    @api.constrains("pattern", "reset")
    def _check_pattern(self):
        for scheme in self:
            try:
                numbering.check(scheme.pattern or "")
            except numbering.PatternError as exc:
                raise ValidationError(
                    self.env._(
                        "“%(pattern)s” is no number pattern: %(part)s is not one of the tokens "
                        "%(tokens)s (COM-1).",
                        pattern=scheme.pattern,
                        part=exc,
                        tokens=" ".join("{%s}" % name for name in numbering.TOKENS),
                    )
                ) from exc
            used = numbering.tokens(scheme.pattern or "")
            if scheme.reset != "never" and not used & {"year", "yy"}:
                raise ValidationError(
                    self.env._(
                        "A serial that restarts needs the year in the pattern, or numbers would "
                        "repeat (COM-1)."
                    )
                )
            if scheme.reset == "month" and "month" not in used:
                raise ValidationError(
                    self.env._(
                        "A serial that restarts every month needs {month} in the pattern, or "
                        "numbers would repeat (COM-1)."
                    )
                )

    @api.model
    def _by_code(self, code):
        """Scheme with ``code``, or none (sudo: drawing a number needs no right to the scheme)."""
        return self.sudo().browse(self._id_by_code(code)).sudo(False)

    @api.model
    @tools.ormcache("code")
    def _id_by_code(self, code):
        # sudo: schemes are no secret
        return self.sudo().search([("code", "=", code)], limit=1)._ids

    def _values(self, company, extra=None):
        """Values of the tokens that the scheme itself knows."""
        day = company._itsms_today()
        return {
            "company": company.itsms_code,
            "type": self.type_code,
            "year": day.strftime("%Y"),
            "yy": day.strftime("%y"),
            "month": day.strftime("%m"),
            **(extra or {}),
        }

    def _draw(self, company, count, scope=""):
        """Take ``count`` serials in one statement and return the first.

        The counter's row stays locked until the transaction ends, so serials are gapless:
        a rolled-back request gives its serials back (COM-1).

        :param scope: counts apart, for example a project; the period is added by the scheme.
        """
        self.ensure_one()
        day = company._itsms_today()
        period = {"never": "", "year": day.strftime("%Y"), "month": day.strftime("%Y-%m")}
        key = "/".join(filter(None, (period[self.reset], scope)))
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO itsms_number_counter (scheme_id, company_id, scope, last)
                     VALUES (%s, %s, %s, %s)
                ON CONFLICT (scheme_id, company_id, scope)
              DO UPDATE SET last = itsms_number_counter.last + EXCLUDED.last
                  RETURNING last
                """,
                self.id,
                company.id,
                key,
                count,
            )
        )
        self._counters_changed()
        return rows[0][0] - count + 1

    def _render(self, company, serial, extra=None):
        """The number for ``serial``; raises where nothing would be left of the pattern."""
        number = numbering.render(self.pattern, {**self._values(company, extra), "serial": serial})
        if not number:
            raise UserError(self.env._("The number pattern gives an empty number (COM-1)."))
        return number

    def _reserve(self, company, serial, scope=""):
        """Go on after ``serial``: numbers given elsewhere are never given again."""
        self.ensure_one()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO itsms_number_counter (scheme_id, company_id, scope, last)
                     VALUES (%s, %s, %s, %s)
                ON CONFLICT (scheme_id, company_id, scope)
              DO UPDATE SET last = GREATEST(itsms_number_counter.last, EXCLUDED.last)
                  RETURNING last
                """,
                self.id,
                company.id,
                scope,
                serial,
            )
        )
        self._counters_changed()

    def _counters_changed(self):
        """The counters were written below the ORM."""
        self.env["itsms.number.counter"].invalidate_model(["last"])
        self.invalidate_recordset(["counter_ids"])


class ItsmsNumberCounter(models.Model):
    """Last serial given per scheme, company and period."""

    _name = "itsms.number.counter"
    _description = "Number Counter"
    _order = "scheme_id, company_id, scope"
    _rec_name = "scope"
    _log_access = False

    scheme_id = fields.Many2one(
        "itsms.number.scheme", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    scope = fields.Char(string="Period", required=True, readonly=True, default="")
    last = fields.Integer(string="Last serial", required=True, readonly=True, default=0)

    _scope_uniq = models.Constraint(
        "UNIQUE (scheme_id, company_id, scope)", "One counter per scheme, company and period."
    )
