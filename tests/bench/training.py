"""Speed of gaps and heat map: 5 000 people × 40 skills in bounded queries (TRN-4.1)."""

PEOPLE = 5_000
SKILLS = 40
SQL_SKILLS = """
    INSERT INTO hr_employee_skill (employee_id, skill_id, skill_type_id, skill_level_id, valid_from,
                create_uid, write_uid, create_date, write_date)
         SELECT e, s.id, s.skill_type_id,
                (%(levels)s)[1 + (e + s.id) %% array_length(%(levels)s, 1)], DATE '2020-01-01',
                1, 1, now(), now()
           FROM unnest(%(people)s) AS e
          CROSS JOIN hr_skill s
          WHERE s.id = ANY(%(skills)s) AND (e + s.id) %% 7 != 0
"""


def copy_rows(env, table, template, column, values):
    """Copies of one row with another value in ``column`` each; their ids, laid down by SQL."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND column_name NOT IN ('id', %s)",
        [table, column],
    )
    names = ", ".join(f'"{name}"' for (name,) in env.cr.fetchall())
    env.cr.execute(
        f'INSERT INTO {table} ({names}, "{column}") SELECT {names}, v FROM {table},'
        " unnest(%s) AS v WHERE id = %s RETURNING id",
        [values, template],
    )
    return [row[0] for row in env.cr.fetchall()]


def clones(employee, count):
    """Employees like ``employee``: creating thousands through Odoo takes minutes."""
    env = employee.env
    env.flush_all()
    names = [f"{employee.name}-{n}" for n in range(count)]
    resources = copy_rows(env, "resource_resource", employee.resource_id.id, "name", names)
    ids = copy_rows(env, "hr_employee", employee.id, "resource_id", resources)
    copy_rows(env, "hr_version", employee.current_version_id.id, "employee_id", ids)
    env.cr.execute(
        "UPDATE hr_employee e SET current_version_id = v.id FROM hr_version v"
        " WHERE v.employee_id = e.id AND e.id = ANY(%s)",
        [ids],
    )
    env.invalidate_all()
    return env["hr.employee"].browse(ids)


def build(bench):
    """Twenty jobs with a standard of forty skills each, 250 people in each."""
    env = bench.env
    kind = env["hr.skill.type"].create(
        {
            "name": "Bench",
            "skill_ids": [(0, 0, {"name": f"Skill {i}"}) for i in range(SKILLS)],
            "skill_level_ids": [
                (0, 0, {"name": f"Level {i}", "level_progress": i * 25}) for i in range(1, 5)
            ],
        }
    )
    certificate = env["itsms.work.certificate.type"].create(
        {"name": "Bench", "code": "BENCH", "company_id": bench.company.id}
    )
    level = kind.skill_level_ids.sorted("level_progress")[1]
    people = env["hr.employee"]
    for i in range(20):
        department = env["hr.department"].create(
            {"name": f"Gaps {i}", "company_id": bench.company.id}
        )
        job = env["hr.job"].create({"name": f"Bench post {i}", "company_id": bench.company.id})
        standard = env["itsms.job.standard"].create(
            {
                "job_id": job.id,
                "company_id": bench.company.id,
                "duties": "Works",
                "min_education": "bachelor",
                "experience_years": 2,
                "skill_line_ids": [
                    (0, 0, {"skill_id": skill.id, "skill_level_id": level.id})
                    for skill in kind.skill_ids
                ],
                "certificate_line_ids": [(0, 0, {"type_id": certificate.id})],
            }
        )
        standard.action_submit()
        bench.as_user(standard, bench.mr).action_approve()
        bench.as_user(standard, bench.president).action_approve()
        template = env["hr.employee"].create(
            {
                "name": f"Worker {i}",
                "company_id": bench.company.id,
                "department_id": department.id,
                "job_id": job.id,
            }
        )
        people |= template | clones(template, PEOPLE // 20 - 1)
    env.flush_all()
    env.cr.execute(
        SQL_SKILLS,
        {"levels": kind.skill_level_ids.ids, "people": people.ids, "skills": kind.skill_ids.ids},
    )
    for table in ("hr_employee", "hr_version", "hr_employee_skill", "itsms_job_standard_skill"):
        env.cr.execute(f"ANALYZE {table}")
    env.invalidate_all()
    return people


def measure(bench):
    """Entry point of `bench.py`; nothing without the module."""
    if "itsms.training.gap" not in bench.env:
        return
    people = build(bench)
    Gap = bench.env["itsms.training.gap"]
    total = f"{len(people)} people × {SKILLS} skills"
    with bench.measure(f"gaps of all, {total}", "20 queries"):
        gaps = Gap._gaps(people)
    assert all(gaps[person.id] for person in people)
    bench.env.invalidate_all()
    with bench.measure(f"gaps of one person, {total}", "20 queries"):
        Gap._gaps(people[0])
    with bench.measure(f"heat map, one page, {total}", "25 queries"):
        page = Gap.get_heatmap()
    assert page["people"]
    bench.env.invalidate_all()
    columns = {name: {} for name in ("kind", "what", "wanted", "has", "expires", "state")}
    columns |= {name: {"fields": {"display_name": {}}} for name in ("employee_id", "job_id")}
    gaps_only = [("state", "!=", "met")]
    with bench.measure(f"list of gaps, first page, {total}", "20 queries, 1 s"):
        Gap.web_search_read(gaps_only, columns, limit=80, count_limit=10_001)
    bench.env.invalidate_all()
    with bench.measure(f"list of gaps, page 50, {total}", "20 queries"):
        Gap.web_search_read(gaps_only, columns, offset=4_000, limit=80, count_limit=10_001)
    bench.env.invalidate_all()
    department = [("department_id", "=", people[0].department_id.id)]
    with bench.measure(f"list of gaps of one department, {total}", "20 queries"):
        Gap.web_search_read(gaps_only + department, columns, limit=80, count_limit=10_001)
    with bench.measure(f"gaps by department and state, {total}", "–"):
        Gap.formatted_read_group([], ["department_id", "state"], ["__count"])
    with bench.measure(f"not allowed to work yet, {total}", "–"):
        Gap.search_count([("barred", "=", True)])
