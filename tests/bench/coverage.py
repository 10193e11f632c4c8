"""Rows of the speed table for the clause coverage: nightly run and page, a million log lines."""

LOG_LINES = 1_000_000
RECORDS = 100_000


def measure(bench):
    """Lay down log lines, records and values, then work the coverage out and read its page."""
    env = bench.env
    log = env["itsms.log"].search([("company_id", "=", bench.company.id)], limit=1)
    different = {
        "res_model": "'itsms.bench'",
        "res_id": "i",
        "position": "1",
        "hash": "md5(i::text)",
    }
    bench.lay_down(log, different, range(1, LOG_LINES + 1))
    record = env["itsms.record"].create(
        {"name": "Coverage", "department_id": bench.department.id, "company_id": bench.company.id}
    )
    filed = {"state": "'filed'", "filed_on": "current_date - i % 2000", "left_draft_at": "now()"}
    bench.lay_down(record, filed, range(1, RECORDS + 1))
    env.cr.execute("ANALYZE itsms_log; ANALYZE itsms_record")
    env["itsms.document"]._seed_procedures(bench.company)
    coverage = env["itsms.clause.coverage"]
    coverage._update(bench.company)
    env.flush_all()
    env.invalidate_all()
    label = f"coverage of all clauses, {LOG_LINES} log lines, {RECORDS} records"
    with bench.measure(label, "nightly, in SQL"):
        coverage._update(bench.company)
    spec = {name: {} for name in ("state", "reason", "record_count", "last_evidence")}
    spec["clause_id"] = {"fields": {"display_name": {}}}
    domain = [("company_id", "=", bench.company.id), ("period_id", "=", False)]
    bench.as_user(coverage, bench.author).web_search_read(domain, spec, limit=80)
    page = bench.as_user(coverage, bench.author)
    with bench.measure("coverage, page", "< 1 s"):
        page.web_search_read(domain, spec, limit=80)
