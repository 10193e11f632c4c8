import ast

from psycopg2 import Error as DatabaseError

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import mute_logger

OPERATORS = {
    "=", "!=", "<", ">", "<=", ">=", "in", "not in", "like", "not like", "ilike", "not ilike",
    "=like", "=ilike", "child_of", "parent_of", "any", "not any",
}  # fmt: skip
LONGEST = 4000  # characters of a domain
MOST = 100  # conditions of a domain
# A condition may follow a link to these models besides those of the ITSMS itself.
LINKED = {"hr.department", "res.company"}


class ItsmsAuditSearchMixin(models.AbstractModel):
    """A saved search on real records, for live checks and samples (EVD-2, EVD-6).

    The search is a plain list of conditions on fields of the ITSMS, never code; what it may name
    is checked when it is saved and again when it runs. It runs under the rights of who asks.
    """

    _name = "itsms.audit.search.mixin"
    _description = "Saved Search of an Audit"

    model_name = fields.Char(
        string="Records",
        required=True,
        help="Technical name of the records that are counted, such as itsms.document.",
    )
    model_label = fields.Char(string="Kind of records", compute="_compute_available")
    available = fields.Boolean(compute="_compute_available")
    domain = fields.Text(
        string="Conditions",
        required=True,
        default="[]",
        help="Conditions as Odoo writes a filter; relative days such as 'today -30d' work.",
    )
    date_field = fields.Char(
        string="Day counted by",
        help="Only records of the audit period are taken, by this field. Empty: all of them.",
    )
    department_field = fields.Char(
        help="Only records of the auditee department are taken, by this field. Empty: those of "
        "the whole company.",
    )

    # ------------------------------------------------------------ what may be asked
    @api.model
    def _allowed_model(self, name):
        """Hook: whether audits may search the records of a model: those of the ITSMS."""
        if not str(name or "").startswith("itsms.") or name not in self.env:
            return False
        model = self.env[name]
        return model._auto and not model._abstract and not model._transient

    @api.depends("model_name")
    @api.depends_context("lang")
    def _compute_available(self):
        for search in self:
            search.available = self._allowed_model(search.model_name)
            # sudo: what a kind of record is called is no secret
            model = search.available and self.env["ir.model"]._get(search.model_name).sudo()
            search.model_label = model.name if model else search.model_name

    @api.constrains("model_name", "domain", "date_field", "department_field")
    def _check_domain(self):
        for search in self:
            search._check_search()

    def _check_search(self):
        """Refuse what one search may not name; also right before it runs."""
        if not str(self.model_name or "").startswith("itsms."):
            raise ValidationError(
                self.env._(
                    "“%(name)s”: audits search records of the ITSMS only, not %(model)s (EVD-6).",
                    name=self.display_name or "",
                    model=self.model_name,
                )
            )
        conditions = self._conditions()
        if not self._installed():
            return
        if not self._allowed_model(self.model_name):
            self._refuse(self.model_name)
        model = self.env[self.model_name]
        self._check_conditions(model, conditions)
        for name in filter(None, (self.date_field, self.department_field)):
            self._check_field(model, name)
        day = self.date_field and model._fields[self.date_field]
        if day and day.type not in ("date", "datetime"):
            self._refuse(self.date_field)
        department = self.department_field and model._fields[self.department_field.split(".")[-1]]
        if department and department.comodel_name != "hr.department":
            self._refuse(self.department_field)
        # sudo: only whether the database can run it, nothing of it is shown
        self._search_safely(lambda: model.sudo().search_count(Domain(conditions), limit=1))

    def _installed(self):
        """Whether the module of the records is installed."""
        return self.model_name in self.env

    def _conditions(self):
        """The conditions of one search as data; nothing is ever evaluated."""
        text = self.domain or "[]"
        try:
            conditions = ast.literal_eval(text) if len(text) <= LONGEST else None
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as exc:
            raise ValidationError(
                self.env._(
                    "“%(name)s”: the conditions are no list of conditions. Names and functions "
                    "are not evaluated; write plain values, days as 'today -30d' (EVD-6).",
                    name=self.display_name or "",
                )
            ) from exc
        if not isinstance(conditions, list):
            self._refuse(text[:80])
        return conditions

    def _check_conditions(self, model, conditions, left=None):
        """Every condition is on a field that may be asked for, with a plain operator."""
        left = [MOST] if left is None else left
        for condition in conditions:
            if isinstance(condition, str) and condition in ("&", "|", "!"):
                continue
            left[0] -= 1
            if (
                left[0] < 0
                or not isinstance(condition, (list, tuple))
                or len(condition) != 3
                or not isinstance(condition[0], str)
                or condition[1] not in OPERATORS
            ):
                self._refuse(condition)
            name, operator, value = condition
            target = self._check_field(model, name)
            if operator in ("any", "not any"):
                if target is None or not isinstance(value, (list, tuple)):
                    self._refuse(condition)
                self._check_conditions(target, value, left)
        try:
            Domain(conditions).validate(model)
        except (ValueError, TypeError, AttributeError) as exc:
            raise ValidationError(
                self.env._(
                    "“%(name)s”: these conditions do not fit the records: %(error)s (EVD-6)",
                    name=self.display_name or "",
                    error=exc,
                )
            ) from exc

    def _check_field(self, model, path):
        """Follow a field path; every step must be open to everybody who sees the record.

        :return: the model behind the last field, or nothing.
        """
        target = None
        for name in str(path or "").split("."):
            if model is None:
                self._refuse(path)
            field = model._fields.get(name)
            if (
                field is None
                or field.groups
                or field.type in ("binary", "json", "properties")
                or not field._description_searchable
            ):
                self._refuse(path)
            target = None
            if field.relational:
                comodel = field.comodel_name
                if comodel.startswith("itsms.") or comodel in LINKED:
                    target = self.env[comodel]
            model = target
        return target

    def _refuse(self, what):
        raise ValidationError(
            self.env._(
                "“%(name)s”: “%(what)s” may not be asked for in a live search. Conditions name "
                "fields of the ITSMS records and plain values (EVD-6).",
                name=self.display_name or "",
                what=what,
            )
        )

    # ------------------------------------------------------------ searching
    def _search_safely(self, search):
        """Run ``search``; values that do not fit their fields are told in words."""
        try:
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                return search()
        except (ValueError, TypeError, AttributeError, NotImplementedError, DatabaseError) as exc:
            raise ValidationError(
                self.env._(
                    "“%(name)s”: these conditions do not fit the records: %(error)s (EVD-6)",
                    name=self.display_name or "",
                    error=exc,
                )
            ) from exc

    def _searched(self, company):
        """The model that one search is about, under the own rights of the current user: never
        as superuser, whoever called, and in ``company`` alone."""
        model = self.env[self.model_name].with_user(self.env.uid)
        return model.with_context(active_test=True, allowed_company_ids=company.ids)

    def _scope(self, company, department=None, date_from=None, date_to=None):
        """Conditions for company, auditee department and audit period of one search."""
        model = self.env[self.model_name]
        scope = Domain.TRUE
        if "company_id" in model._fields:
            scope &= Domain("company_id", "in", [company.id, False])
        if self.department_field and department:
            scope &= Domain(self.department_field, "child_of", department.id)
        if self.date_field:
            timed = model._fields[self.date_field].type == "datetime"
            if date_from:
                scope &= Domain(self.date_field, ">=", date_from)
            if date_to and timed:
                scope &= Domain(
                    self.date_field, "<", fields.Date.add(fields.Date.to_date(date_to), days=1)
                )
            elif date_to:
                scope &= Domain(self.date_field, "<=", date_to)
        return scope

    @api.model
    def _frozen_name(self, record):
        """Name of a record as it is kept; that of something secret is not."""
        holder = self.env["itsms.record.source.mixin"]._record_secrecy_holder(record)
        if holder and holder.secrecy in ("secret", "top_secret"):
            return self.env._("(confidential)")
        return record.display_name or ""
