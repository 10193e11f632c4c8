"""Rows of the speed table about distribution: 2 000 readers at once, 1 000 000 acknowledgements.

Run by `bench.py`. People and the publication are made with the product's own methods, the million
rows are laid down by SQL.
"""

READERS = 2_000
DOCUMENTS = 500
SQL_IN_FORCE = """
    UPDATE itsms_document_revision SET state = 'valid', left_draft_at = now() WHERE id = ANY(%s);
    UPDATE itsms_document d
       SET state = 'in_force', left_draft_at = now(), current_revision_id = r.id
      FROM itsms_document_revision r WHERE r.document_id = d.id AND r.id = ANY(%s)
"""
SQL_ROWS = """
    INSERT INTO itsms_document_acknowledgement (document_id, revision_id, company_id, user_id,
                department_id, kind, state, asked_at, due_date, acknowledged_at, notice_due,
                remind_on, left_draft_at, create_uid, write_uid, create_date, write_date)
         SELECT r.document_id, r.id, %(company)s, e.user_id, v.department_id, 'read',
                CASE WHEN (r.id + e.user_id) %% 50 = 0 THEN 'open' ELSE 'done' END, now(),
                CURRENT_DATE + 30, now(), false, CURRENT_DATE + 30, now(), 1, 1, now(), now()
           FROM itsms_document_revision r
          CROSS JOIN hr_employee e
           JOIN hr_version v ON v.id = e.current_version_id
          WHERE r.id = ANY(%(revisions)s) AND e.user_id = ANY(%(users)s)
"""


def people(bench):
    """Readers in twenty departments."""
    env = bench.env
    departments = env["hr.department"].create(
        [{"name": f"Readers {i}", "company_id": bench.company.id} for i in range(20)]
    )
    users = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Reader {i}",
                    "login": f"bench.reader.{i}",
                    "company_id": bench.company.id,
                    "company_ids": [(6, 0, bench.company.ids)],
                }
                for i in range(READERS)
            ]
        )
    )
    env["hr.employee"].create(
        [
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": bench.company.id,
                "department_id": departments[i % 20].id,
            }
            for i, user in enumerate(users)
        ]
    )
    return departments, users


def publish(bench, departments):
    """One document goes to 2 000 readers in one request; the notices are left to the job."""
    env = bench.env
    controller = bench._person("bench.controller")
    bench._assign("document_controller", controller)
    for department in departments:
        bench._assign("department_document_administrator", bench.author, department)
    revision = bench.as_user(bench.drafts(1), bench.author)
    revision.action_submit()
    for decider in (bench.mr, bench.president, bench.vp):
        bench.as_user(revision, decider).action_approve()
    scope = bench.as_user(env["itsms.document.distribution"], controller).create(
        {
            "document_id": revision.document_id.id,
            "line_ids": [(0, 0, {"department_id": d.id}) for d in departments],
        }
    )
    scope.action_submit()
    bench.as_user(scope, bench.mr).action_approve()
    one = bench.as_user(revision, controller)
    with bench.measure(f"publish to {READERS} readers", "5000 ms"):
        one.action_publish()
    rows = env["itsms.document.acknowledgement"].search([("revision_id", "=", revision.id)])
    assert len(rows) >= READERS, len(rows)
    return controller


def coverage(bench, users, controller):
    """Lists, counts and group-bys over a million rows."""
    env = bench.env
    revisions = bench.drafts(DOCUMENTS)
    env.flush_all()
    env.cr.execute(SQL_IN_FORCE, [revisions.ids, revisions.ids])
    values = {"company": bench.company.id, "revisions": revisions.ids, "users": users.ids}
    env.cr.execute(SQL_ROWS, values)
    env.cr.execute("ANALYZE itsms_document_acknowledgement")
    env.cr.execute("ANALYZE itsms_document_revision")
    env.invalidate_all()
    rows = env["itsms.document.acknowledgement"]
    total = f"{DOCUMENTS * len(users)} acknowledgements"
    fields = ("user_id", "department_id", "document_id")
    spec = {name: {"fields": {"display_name": {}}} for name in fields}
    spec |= {"state": {}, "due_date": {}, "late": {}, "is_mine": {}}
    mine = [("user_id", "=", users[7].id), ("state", "=", "open")]
    for label, user, domain in (
        ("my open list", users[7], mine),
        ("who has not read one revision", controller, [("revision_id", "=", revisions[3].id)]),
        ("all rows, first page, controller", controller, []),
        ("all rows, first page, plain reader", users[7], []),
    ):
        bench.as_user(rows, user).web_search_read(domain, spec, limit=80, count_limit=10_001)
        with bench.measure(f"{label}, {total}", "15 queries"):
            bench.as_user(rows, user).web_search_read(domain, spec, limit=80, count_limit=10_001)
    with bench.measure(f"coverage by department and state, {total}", "–"):
        bench.as_user(rows, controller).formatted_read_group(
            [("state", "!=", "obsolete")], ["department_id", "state"], ["__count"]
        )
    documents = bench.as_user(revisions.document_id[:80], controller)
    with bench.measure(f"“34 of 40 read” on 80 documents, {total}", "–"):
        documents.mapped("coverage")
    row = rows.search([("user_id", "=", users[7].id), ("state", "=", "open")], limit=1)
    one = bench.as_user(row, users[7])
    with bench.measure(f"confirm one, {total}", "20 queries"):
        one.action_acknowledge()
    with bench.measure(f"nightly: who is missing, {total}", "–"):
        rows._documents_with_newcomers()
    log = bench.as_user(env["itsms.log"], users[7])
    with bench.measure(f"evidence log, first page, {total}", "–"):
        log.search([], limit=80)


def measure(bench):
    """Entry point of `bench.py`."""
    departments, users = people(bench)
    controller = publish(bench, departments)
    coverage(bench, users, controller)
