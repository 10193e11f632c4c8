"""Rows of the speed table for paper copies: recall list and group-bys at 100 000 copies."""

SIZE = 100_000
DOCUMENTS = 1_000
DEPARTMENTS = 50
SQL_COPIES = """
    INSERT INTO itsms_document_copy (document_id, revision_id, company_id, number, department_id,
                                     issuing_department_id, state, issued_at, recalled_at,
                                     recall_reason, left_draft_at, create_uid, write_uid,
                                     create_date, write_date)
         SELECT d.id, d.current_revision_id, d.company_id, n.i,
                (%(departments)s)[1 + n.i %% %(count)s], %(office)s,
                CASE WHEN n.i %% 20 = 0 THEN 'returned' WHEN n.i %% 7 = 0 THEN 'issued'
                     ELSE 'held' END,
                now(), CASE WHEN n.i %% 10 = 0 THEN now() END,
                CASE WHEN n.i %% 10 = 0 THEN 'superseded' END, now(), 1, 1, now(), now()
           FROM (SELECT * FROM itsms_document
                  WHERE company_id = %(company)s AND current_revision_id IS NOT NULL
                  ORDER BY id LIMIT %(documents)s) AS d,
                generate_series(1, %(each)s) AS n(i)
"""
SQL_IN_FORCE = """
    UPDATE itsms_document_revision SET state = 'valid' WHERE document_id = ANY(%(ids)s);
    UPDATE itsms_document d
       SET current_revision_id = r.id, state = 'in_force', left_draft_at = now(),
           number = 'BN-COPY-' || lpad(d.id::text, 8, '0'),
           secrecy = CASE WHEN d.id %% 10 = 0 THEN 'secret' ELSE 'internal' END
      FROM itsms_document_revision r
     WHERE r.document_id = d.id AND d.id = ANY(%(ids)s)
"""


def measure(bench):
    """Lay down the copies and measure the lists that people open."""
    env = bench.env
    departments = env["hr.department"].create(
        [{"name": f"Place {i}", "company_id": bench.company.id} for i in range(DEPARTMENTS)]
    )
    values = {
        "company": bench.company.id,
        "category": env.ref("itsms_documents.itsms_document_category_supporting").id,
        "office": bench.department.id,
        "documents": DOCUMENTS,
        "departments": departments.ids,
        "count": DEPARTMENTS,
        "each": SIZE // DOCUMENTS,
    }
    env.flush_all()
    documents = env["itsms.document"].create(
        [
            {
                "name": f"Copied {i}",
                "category_id": values["category"],
                "department_id": bench.department.id,
                "company_id": bench.company.id,
            }
            for i in range(DOCUMENTS)
        ]
    )
    env.flush_all()
    env.cr.execute(SQL_IN_FORCE, {"ids": documents.ids})
    env.cr.execute(SQL_COPIES, values)
    for table in ("itsms_document", "itsms_document_revision", "itsms_document_copy"):
        env.cr.execute(f"ANALYZE {table}")
    env.invalidate_all()
    _lists(bench)


def _lists(bench):
    copies = bench.env["itsms.document.copy"]
    spec = {name: {} for name in ("copy_number", "receiver", "issued_at", "recalled_at", "state")}
    spec["document_id"] = {"fields": {"display_name": {}}}
    spec["holder_id"] = {"fields": {"display_name": {}}}
    recalled = copies._recalled_domain()
    lists = (("copies, first page", []), ("outstanding recalls, first page", recalled))
    for label, domain in lists:
        bench.as_user(copies, bench.author).web_search_read(domain, spec, limit=80)
        records = bench.as_user(copies, bench.author)
        with bench.measure(f"{label}, {SIZE} copies", "15 queries, no growth"):
            records.web_search_read(domain, spec, limit=80, count_limit=10_001)
    for field in ("department_id", "state", "document_id"):
        records = bench.as_user(copies, bench.author)
        with bench.measure(f"recalls grouped by {field}, {SIZE} copies", "–"):
            records.formatted_read_group(recalled, [field], ["__count"], limit=80)
        records = bench.as_user(copies, bench.author)
        with bench.measure(f"copies grouped by {field}, {SIZE} copies", "–"):
            records.formatted_read_group([], [field], ["__count"], limit=80)
