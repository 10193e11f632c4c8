from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, Query

from .itsms_training_gap_sql import ID_BITS, rows_sql

STATES = [
    ("met", "Met"),
    ("expiring", "Runs out soon"),
    ("low", "Too low"),
    ("missing", "Missing"),
    ("unverified", "Not verified"),
    ("suspended", "Suspended"),
    ("expired", "Expired"),
]

BY_PEOPLE = "department_id, employee_id"
# how many people a page begins with, and how many rows one has who has some
PAGE_PEOPLE, ROWS_OF_ONE = 80, 16


def _is_and(domain):
    return getattr(domain, "OPERATOR", None) == "&"


class ItsmsTrainingGap(models.Model):
    """What each person's standards ask for against what the person has; always of today.

    Nothing is stored: rows are computed by one statement from the standards in force of the job
    and of the ITSMS roles held, skills, certificates and personal data (TRN-4.1, TRN-4.2.1, clause
    7.2). The rows of ``state`` “met” are there for coverage; the rest are gaps.
    """

    _name = "itsms.training.gap"
    _description = "Competence Gap"
    _inherit = ["itsms.training.personal.mixin"]
    _auto = False
    _order = f"{BY_PEOPLE}, kind, id"
    _rec_name = "what"
    _depends = {
        "hr.employee": [
            "active",
            "company_id",
            "user_id",
            "current_version_id",
            "certificate",
            "itsms_experience_since",
        ],
        "hr.version": ["job_id", "department_id", "date_version", "employee_id"],
        "hr.employee.skill": [
            "employee_id",
            "skill_id",
            "skill_level_id",
            "valid_from",
            "valid_to",
        ],
        "hr.skill": ["skill_type_id"],
        "hr.skill.level": ["level_progress"],
        "hr.resume.line": ["employee_id", "name"],
        "itsms.job.standard": [
            "job_id",
            "role_ids",
            "company_id",
            "state",
            "min_education",
            "experience_years",
        ],
        "itsms.job.standard.skill": ["standard_id", "skill_id", "skill_level_id", "mandatory"],
        "itsms.job.standard.certificate": ["standard_id", "type_id", "mandatory"],
        "itsms.role": ["active"],
        "itsms.role.assignment": ["role_id", "user_id", "company_id", "date_from", "date_to"],
        "itsms.work.certificate": ["employee_id", "type_id", "state", "valid_from", "valid_to"],
        "itsms.work.certificate.type": [
            "job_ids",
            "role_ids",
            "special_work",
            "skill_id",
            "name",
            "active",
            "company_id",
        ],
    }

    employee_id = fields.Many2one("hr.employee", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    job_id = fields.Many2one("hr.job", readonly=True)
    standard_id = fields.Many2one("itsms.job.standard", readonly=True)
    kind = fields.Selection(
        [
            ("skill", "Skill"),
            ("certificate", "Certificate"),
            ("education", "Education"),
            ("experience", "Experience"),
        ],
        readonly=True,
    )
    skill_id = fields.Many2one("hr.skill", readonly=True)
    type_id = fields.Many2one("itsms.work.certificate.type", string="Certificate", readonly=True)
    wanted_level_id = fields.Many2one("hr.skill.level", string="Level wanted", readonly=True)
    has_level_id = fields.Many2one("hr.skill.level", string="Level held", readonly=True)
    wanted_value = fields.Float(string="Wanted (value)", readonly=True, aggregator=None)
    has_value = fields.Float(string="Held (value)", readonly=True, aggregator=None)
    wanted_education = fields.Char(readonly=True)
    has_education = fields.Char(readonly=True)
    certificate_id = fields.Many2one(
        "itsms.work.certificate", string="Certificate held", readonly=True
    )
    expires = fields.Date(readonly=True)
    mandatory = fields.Boolean(readonly=True)
    special_work = fields.Boolean(readonly=True)
    state = fields.Selection(STATES, readonly=True)
    barred = fields.Boolean(
        string="Not allowed to work yet",
        readonly=True,
        help="Special work without a valid certificate (TRN-4.4.1).",
    )
    what = fields.Char(compute="_compute_texts", string="Asked for")
    wanted = fields.Char(compute="_compute_texts")
    has = fields.Char(compute="_compute_texts", string="Held")

    @property
    def _table_query(self):
        people = self.env.context.get("itsms_gap_people")
        # a tuple is our own, from `_search`: no client sends one, and it only narrows
        return rows_sql(self.env, people if isinstance(people, tuple) else None)

    # ------------------------------------------------------------ speed
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Compute the rows of those people only whom the domain, the rights and the page leave."""
        if isinstance(self.env.context.get("itsms_gap_people"), tuple):  # by the method below
            return super()._search(domain, offset, limit, order, **kwargs)
        people = self._people_of(domain)
        if limit and order in (None, self._order):
            people = self._people_of_page(people, domain, offset + limit, **kwargs)
        narrow = self.with_context(itsms_gap_people=people)
        return super(ItsmsTrainingGap, narrow)._search(domain, offset, limit, order, **kwargs)

    def _people_of_page(self, people, domain, rows, **kwargs):
        """Those of ``people`` (nothing: everybody) who fill the first ``rows`` of the list: a few
        are asked first, more only where they have too little."""
        ordered = self._people_in_order(people)
        size = max(PAGE_PEOPLE, rows // ROWS_OF_ONE)
        while size < len(ordered):
            # people with the same name in one department stand between each other
            first = tuple(number for number, place in ordered if place <= ordered[size][1])
            narrow = self.with_context(itsms_gap_people=first)
            if len(narrow._search(domain, limit=rows, **kwargs)) == rows:
                return first
            size *= 4
        return people

    def _people_in_order(self, people):
        """Ids of people with their places, as the list shows them; one query."""
        self._flush_sources()
        chosen = SQL() if people is None else SQL("AND e.id = ANY(%s)", list(people))
        everybody = SQL(
            """(SELECT e.id, e.id AS employee_id, v.department_id
                  FROM hr_employee e JOIN hr_version v ON v.id = e.current_version_id
                 WHERE e.active %s)""",
            chosen,
        )
        query = Query(self.env, self._table, everybody)
        place = SQL("rank() OVER (ORDER BY %s)", self._order_to_sql(BY_PEOPLE, query))
        query.order = SQL("2")
        return self.env.execute_query(query.select(SQL.identifier(self._table, "id"), place))

    def _people_of(self, domain):
        """Ids of the people that rows of ``domain`` can be about, as a tuple; nothing where it
        can be everybody. The domain itself is applied all the same."""
        domain = Domain(domain).optimize(self)
        # sudo: who works where only narrows what the rules then let through
        Employee = self.env["hr.employee"].sudo()
        found = None
        wanted = Domain.TRUE
        for part in domain.children if _is_and(domain) else (domain,):
            name, operator = getattr(part, "field_expr", None), getattr(part, "operator", None)
            value = getattr(part, "value", None)
            listed = operator == "in" and not isinstance(value, (Query, SQL))
            if name == "id" and listed:
                ids = {number >> ID_BITS for number in value if isinstance(number, int)}
                found = ids if found is None else found & ids
            elif name == "employee_id" and listed:
                ids = {number for number in value if isinstance(number, int)}
                found = ids if found is None else found & ids
            elif name in ("department_id", "job_id") and operator in ("in", "child_of"):
                wanted &= part
        user = self.env.user
        if not self.env.su and not (
            user._itsms_training_hr_companies() or user.has_group("itsms_base.group_itsms_auditor")
        ):
            wanted &= user._itsms_team_domain()
        if not wanted.is_true():
            if found is not None:
                wanted &= Domain("id", "in", list(found))
            found = Employee.search(wanted).ids
        return None if found is None else tuple(sorted(found))

    @api.depends_context("lang")
    def _compute_texts(self):
        education = dict(self.env["hr.employee"]._get_certificate_selection())
        states = dict(self._fields["state"]._description_selection(self.env))
        for row in self:
            if row.kind == "skill":
                row.what = row.skill_id.name
                row.wanted = row.wanted_level_id.name
                row.has = row.has_level_id.name or "–"
            elif row.kind == "certificate":
                row.what = row.type_id.display_name
                row.wanted = states["met"]
                row.has = states[row.state] if row.state != "missing" else "–"
            elif row.kind == "education":
                row.what = self.env._("Education")
                row.wanted = education.get(row.wanted_education, row.wanted_education)
                row.has = education.get(row.has_education, row.has_education) or "–"
            else:
                row.what = self.env._("Experience")
                row.wanted = self.env._("%(years)s years", years=f"{row.wanted_value:g}")
                row.has = self.env._("%(years)s years", years=f"{row.has_value:g}")

    # ------------------------------------------------------------ service
    @api.model
    def _gaps(self, employees):
        """Gaps of ``employees`` as a dict by employee id; a fixed number of queries.

        Each gap is a dict: ``kind`` (skill, certificate, education, experience), ``what``,
        ``wanted``, ``has``, ``expires``, ``state`` (missing, low, unverified, expired, expiring,
        suspended), ``mandatory``, ``skill_id``, ``skill_level_id``, ``type_id``, ``standard_id``,
        ``certificate_id``. Where two standards ask for the same, the stricter one counts.

        Read as sudo: the callers show people only what they may see.
        """
        result = {employee.id: [] for employee in employees}
        if not employees:
            return result
        strictest = {}
        for row in self._fetch(rows_sql(self.env, employees.ids), gaps_only=True):
            key = (row["employee_id"], row["kind"], row["skill_id"], row["type_id"])
            rank = (row["wanted_value"] or 0, row["mandatory"])
            if key not in strictest or rank > strictest[key][0]:
                strictest[key] = (rank, row)
        for _rank, row in strictest.values():
            result[row["employee_id"]].append(row)
        return result

    @api.model
    def _against(self, employee, standard):
        """Gaps of one employee against one standard, whatever his job is (sudo: as above)."""
        pair = SQL("SELECT %s AS employee_id, %s AS standard_id", employee.id, standard.id)
        return self._fetch(rows_sql(self.env, employee.ids, pair), gaps_only=True)

    @api.model
    def _flush_sources(self):
        for model, names in self._depends.items():
            self.env[model].flush_model(names)

    @api.model
    def _fetch(self, query, gaps_only):
        """Rows of ``query`` as plain dicts with readable texts."""
        self._flush_sources()
        where = SQL("WHERE state != 'met'") if gaps_only else SQL()
        self.env.cr.execute(SQL("SELECT * FROM (%s) AS r %s ORDER BY id", query, where))
        rows = self.env.cr.dictfetchall()
        skills = self.env["hr.skill"].browse({r["skill_id"] for r in rows if r["skill_id"]})
        levels = self.env["hr.skill.level"].browse(
            {r[n] for r in rows for n in ("wanted_level_id", "has_level_id") if r[n]}
        )
        kinds = self.env["itsms.work.certificate.type"].browse(
            {r["type_id"] for r in rows if r["type_id"]}
        )
        # sudo: names of skills, levels and kinds of certificates are no secret
        names = {
            "skill": {s.id: s.name for s in skills.sudo()},
            "level": {x.id: x.name for x in levels.sudo()},
            "type": {k.id: k.display_name for k in kinds.sudo()},
            "education": dict(self.env["hr.employee"]._get_certificate_selection()),
            "state": dict(self._fields["state"]._description_selection(self.env)),
        }
        return [self._described(row, names) for row in rows]

    def _described(self, row, names):
        kind = row["kind"]
        if kind == "skill":
            texts = (
                names["skill"][row["skill_id"]],
                names["level"][row["wanted_level_id"]],
                names["level"].get(row["has_level_id"], "–"),
            )
        elif kind == "certificate":
            has = "–" if row["state"] == "missing" else names["state"][row["state"]]
            texts = (names["type"][row["type_id"]], names["state"]["met"], has)
        elif kind == "education":
            labels = names["education"]
            texts = (
                self.env._("Education"),
                labels.get(row["wanted_education"], ""),
                labels.get(row["has_education"], "–"),
            )
        else:
            texts = (
                self.env._("Experience"),
                self.env._("%(years)s years", years=f"{row['wanted_value']:g}"),
                self.env._("%(years)s years", years=f"{row['has_value'] or 0:g}"),
            )
        what, wanted, has = texts
        return {
            **row,
            "what": what,
            "wanted": wanted,
            "has": has,
            "skill_level_id": row["wanted_level_id"],
        }

    # ------------------------------------------------------------ screens
    def action_prepare_certificate(self):
        """HR opens the certificate to verify and issue; who may not, is refused here."""
        self.ensure_one()
        self.check_access("read")
        certificates = self.env["itsms.work.certificate"]
        certificates.check_access("create")
        if not self.can_edit:
            raise AccessError(
                self.env._("HR verifies and issues certificates to work (TRN-4.4.2).")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": certificates._name,
            "views": [(False, "form")],
            "context": {
                "default_employee_id": self.employee_id.id,
                "default_type_id": self.type_id.id,
            },
        }

    def action_open_person(self):
        """The profile of the person: HR's own, or the public one."""
        self.ensure_one()
        full = self.env["hr.employee"].has_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "hr.employee" if full else "hr.employee.public",
            "res_id": self.employee_id.id,
            "views": [(False, "form")],
        }
