"""The one statement behind the gaps: people × what their standards ask for × what they have."""

from odoo.tools import SQL

# lowest first; what is not in the list ranks below all
EDUCATION = ("other", "graduate", "bachelor", "master", "doctor")

# a row's id begins with the person, so that it can be read off
ID_BITS = 30
# two lowest bits of a row's id: where the requirement stands
_SKILL, _LINE, _POST, _PERSON = range(4)


def _row_id(kind, number):
    """A stable id of a row that JavaScript can hold: people, requirement, kind."""
    return SQL("(p.employee_id::bigint << %s) + (%s::bigint << 2) + %s", ID_BITS, number, kind)


def _rank(column):
    cases = SQL(" ").join(
        SQL("WHEN %s = %s THEN %s", column, key, rank) for rank, key in enumerate(EDUCATION, 1)
    )
    return SQL("(CASE %s ELSE 0 END)", cases)


def rows_sql(env, employee_ids=None, pairs=None):
    """Rows of all active people, or of ``employee_ids``.

    :param pairs: a query of ``employee_id`` and ``standard_id`` to measure by, instead of the
        standards in force of the job and of the roles held.
    """
    today = env.company._itsms_today()
    warning = env["itsms.work.certificate"]._warning_day()
    employee_ids = None if employee_ids is None else list(employee_ids)
    chosen = SQL() if employee_ids is None else SQL("AND e.id = ANY(%s)", employee_ids)
    posts = _posts(today) if pairs is None else None
    pairs = pairs or _pairs(today)
    parts = [
        _skills(),
        _education(),
        _experience(today),
        _certificates(today, warning),
    ]
    head = SQL(
        "people AS MATERIALIZED (%s), pair AS (%s), held AS MATERIALIZED (%s)",
        _people(chosen),
        pairs,
        _held(today, employee_ids),
    )
    if posts is not None:
        head = SQL("%s, post AS (%s)", head, posts)
        parts.append(_post_certificates(today, warning))
    return SQL(
        """
        WITH %s
        SELECT r.*, e.company_id, v.department_id, v.job_id,
               (r.kind = 'certificate' AND r.mandatory AND r.special_work
                AND r.state NOT IN ('met', 'expiring')) AS barred
          FROM (%s) AS r
          JOIN hr_employee e ON e.id = r.employee_id
     LEFT JOIN hr_version v ON v.id = e.current_version_id
        """,
        head,
        SQL(" UNION ALL ").join(parts),
    )


def _people(chosen):
    """Who is asked about, with the job of today: taken first, so that few rows of standards and
    kinds, of which the database has no statistics, do not mislead it."""
    return SQL(
        """
        SELECT e.id, e.company_id, e.user_id, v.job_id
          FROM hr_employee e
          JOIN hr_version v ON v.id = e.current_version_id
         WHERE e.active %s
        """,
        chosen,
    )


def _held_roles(today):
    """Join of a person ``e`` with the roles held today in his company."""
    return SQL(
        """
        JOIN itsms_role_assignment a
          ON a.user_id = e.user_id AND a.company_id = e.company_id
         AND a.date_from <= %(today)s AND (a.date_to IS NULL OR a.date_to >= %(today)s)
        JOIN itsms_role o ON o.id = a.role_id AND o.active
        """,
        today=today,
    )


def _pairs(today):
    return SQL(
        """
        SELECT e.id AS employee_id, s.id AS standard_id
          FROM people e
          JOIN itsms_job_standard s
            ON s.job_id = e.job_id AND s.company_id = e.company_id AND s.state = 'approved'
         UNION
        SELECT e.id, s.id
          FROM people e
          %(roles)s
          JOIN itsms_job_standard_role_rel rel ON rel.role_id = a.role_id
          JOIN itsms_job_standard s
            ON s.id = rel.standard_id AND s.company_id = e.company_id AND s.state = 'approved'
        """,
        roles=_held_roles(today),
    )


def _posts(today):
    """Certificates that a post or a role needs, whether or not a standard names them."""
    return SQL(
        """
        SELECT e.id AS employee_id, t.id AS type_id
          FROM people e
          JOIN itsms_work_certificate_type_job_rel rel ON rel.job_id = e.job_id
          JOIN itsms_work_certificate_type t
            ON t.id = rel.type_id AND t.active AND t.company_id = e.company_id
         UNION
        SELECT e.id, t.id
          FROM people e
          %(roles)s
          JOIN itsms_work_certificate_type_role_rel rel ON rel.role_id = a.role_id
          JOIN itsms_work_certificate_type t
            ON t.id = rel.type_id AND t.active AND t.company_id = e.company_id
        """,
        roles=_held_roles(today),
    )


def _held(today, employee_ids):
    """Best level of each skill that people have today, all at once: joined as a whole it costs a
    tenth of asking for each person and skill."""
    chosen = SQL() if employee_ids is None else SQL("AND hs.employee_id = ANY(%s)", employee_ids)
    return SQL(
        """
        SELECT hs.employee_id, hs.skill_id,
               max(ARRAY[hl.level_progress, hs.skill_level_id]) AS best
          FROM hr_employee_skill hs
          JOIN hr_skill_level hl ON hl.id = hs.skill_level_id
         WHERE (hs.valid_from IS NULL OR hs.valid_from <= %(today)s)
           AND (hs.valid_to IS NULL OR hs.valid_to >= %(today)s) %(chosen)s
      GROUP BY hs.employee_id, hs.skill_id
        """,
        today=today,
        chosen=chosen,
    )


def _skills():
    return SQL(
        """
        SELECT %(row_id)s AS id, p.employee_id, p.standard_id, 'skill' AS kind,
               l.skill_id, NULL::int AS type_id, l.skill_level_id AS wanted_level_id,
               h.best[2] AS has_level_id, w.level_progress::float AS wanted_value,
               COALESCE(h.best[1], 0)::float AS has_value,
               NULL::varchar AS wanted_education, NULL::varchar AS has_education,
               NULL::int AS certificate_id, NULL::date AS expires,
               COALESCE(l.mandatory, FALSE) AS mandatory, FALSE AS special_work,
               CASE WHEN h.best IS NULL THEN 'missing'
                    WHEN h.best[1] < w.level_progress THEN 'low'
                    ELSE 'met' END AS state
          FROM pair p
          JOIN itsms_job_standard_skill l ON l.standard_id = p.standard_id
          JOIN hr_skill_level w ON w.id = l.skill_level_id
     LEFT JOIN held h ON h.employee_id = p.employee_id AND h.skill_id = l.skill_id
        """,
        row_id=_row_id(_SKILL, SQL("l.id")),
    )


def _person_row(kind, number, wanted, has, texts, missing, joins, where):
    return SQL(
        """
        SELECT %(row_id)s, p.employee_id, p.standard_id, %(kind)s,
               NULL::int, NULL::int, NULL::int, NULL::int, (%(wanted)s)::float, (%(has)s)::float,
               %(texts)s, NULL::int, NULL::date, TRUE, FALSE,
               CASE WHEN %(missing)s THEN 'missing'
                    WHEN %(has)s < %(wanted)s THEN 'low'
                    ELSE 'met' END
          FROM pair p
          JOIN itsms_job_standard s ON s.id = p.standard_id
          JOIN hr_employee e ON e.id = p.employee_id
          %(joins)s
         WHERE %(where)s
        """,
        row_id=_row_id(_PERSON, number),
        kind=kind,
        wanted=wanted,
        has=has,
        texts=texts,
        missing=missing,
        joins=joins,
        where=where,
    )


def _education():
    return _person_row(
        "education",
        SQL("s.id * 2"),
        _rank(SQL("s.min_education")),
        _rank(SQL("e.certificate")),
        SQL("s.min_education, e.certificate"),
        SQL("e.certificate IS NULL"),
        SQL(),
        SQL("s.min_education IS NOT NULL"),
    )


def _experience(today):
    since = SQL(
        """
        JOIN LATERAL (
             SELECT age(%s::date, COALESCE(e.itsms_experience_since, (
                        SELECT min(first.date_version) FROM hr_version first
                         WHERE first.employee_id = e.id))) AS span) x ON TRUE
        """,
        today,
    )
    years = SQL(
        "trunc(GREATEST(COALESCE(EXTRACT(year FROM x.span) + EXTRACT(month FROM x.span) / 12.0, 0),"
        " 0), 1)"
    )
    return _person_row(
        "experience",
        SQL("s.id * 2 + 1"),
        SQL("s.experience_years"),
        years,
        SQL("NULL::varchar, NULL::varchar"),
        SQL("x.span IS NULL"),
        since,
        SQL("s.experience_years > 0"),
    )


def _certificate_row(row_id, standard, mandatory, source, today, warning):
    """What of a kind of certificate the person has: the best one, or a mere claim."""
    return SQL(
        """
        SELECT %(row_id)s, p.employee_id, %(standard)s, 'certificate',
               NULL::int, t.id, NULL::int, NULL::int, NULL::float, NULL::float,
               NULL::varchar, NULL::varchar, c.id, c.valid_to, %(mandatory)s,
               COALESCE(t.special_work, FALSE),
               CASE WHEN c.counts AND (c.valid_to IS NULL OR c.valid_to > %(warning)s) THEN 'met'
                    WHEN c.counts THEN 'expiring'
                    WHEN c.state = 'suspended' THEN 'suspended'
                    WHEN c.valid_to < %(today)s THEN 'expired'
                    WHEN t.skill_id IS NOT NULL AND EXISTS (
                         SELECT 1 FROM hr_employee_skill claim
                          WHERE claim.employee_id = p.employee_id AND claim.skill_id = t.skill_id)
                      OR EXISTS (
                         SELECT 1 FROM hr_resume_line claim,
                                jsonb_each_text(claim.name) said, jsonb_each_text(t.name) known
                          WHERE claim.employee_id = p.employee_id
                            AND lower(trim(said.value)) = lower(trim(known.value)))
                    THEN 'unverified'
                    ELSE 'missing' END
          %(source)s
     LEFT JOIN LATERAL (
               SELECT w.id, w.state, w.valid_to,
                      (w.state = 'valid' AND w.valid_from <= %(today)s
                       AND (w.valid_to IS NULL OR w.valid_to >= %(today)s)) AS counts
                 FROM itsms_work_certificate w
                WHERE w.employee_id = p.employee_id AND w.type_id = t.id
                  AND w.state IN ('valid', 'suspended', 'expired')
             ORDER BY counts DESC, w.valid_to DESC NULLS FIRST LIMIT 1) c ON TRUE
        """,
        row_id=row_id,
        standard=standard,
        mandatory=mandatory,
        source=source,
        today=today,
        warning=warning,
    )


def _certificates(today, warning):
    return _certificate_row(
        _row_id(_LINE, SQL("l.id")),
        SQL("p.standard_id"),
        SQL("COALESCE(l.mandatory, FALSE)"),
        SQL(
            """
            FROM pair p
            JOIN itsms_job_standard_certificate l ON l.standard_id = p.standard_id
            JOIN itsms_work_certificate_type t ON t.id = l.type_id
            """
        ),
        today,
        warning,
    )


def _post_certificates(today, warning):
    source = SQL(
        """
        FROM (SELECT post.* FROM post
               WHERE NOT EXISTS (
                     SELECT 1 FROM pair
                       JOIN itsms_job_standard_certificate l
                         ON l.standard_id = pair.standard_id AND l.type_id = post.type_id
                      WHERE pair.employee_id = post.employee_id AND l.mandatory)) p
        JOIN itsms_work_certificate_type t ON t.id = p.type_id
        """
    )
    return _certificate_row(
        _row_id(_POST, SQL("t.id")), SQL("NULL::int"), SQL("TRUE"), source, today, warning
    )
