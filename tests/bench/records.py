"""Rows of the speed table for records: list, expiry list and group-bys at 100 000 records."""

SIZE = 100_000
# the columns in which records differ
DIFFERENT = {
    "name": "'Record ' || i",
    "file_name": "'Record ' || i",
    "secrecy": "CASE WHEN i % 10 = 0 THEN 'secret' ELSE 'internal' END",
    "state": "'filed'",
    "filed_on": "current_date - i % 2000",
    "retention_until": "current_date + 1900 - i % 2000",
    "left_draft_at": "now()",
}


def measure(bench):
    """Lay down the records and measure the lists that people open."""
    env = bench.env
    pattern = env["itsms.record"].create(
        {
            "name": "Pattern",
            "department_id": bench.department.id,
            "company_id": bench.company.id,
        }
    )
    bench.lay_down(pattern, DIFFERENT, range(1, SIZE + 1))
    env.cr.execute("ANALYZE itsms_record")
    env.invalidate_all()
    records = env["itsms.record"]
    spec = {name: {} for name in ("file_name", "importance", "secrecy", "filed_on", "state")}
    spec["department_id"] = {"fields": {"display_name": {}}}
    expired = [("state", "=", "filed"), ("retention_until", "<", "2000-01-01")]
    soon = env.company._itsms_today()
    expiring = [("state", "=", "filed"), ("retention_until", "<=", soon)]
    for label, domain in (("records", []), ("expired records", expiring), ("none", expired)):
        bench.as_user(records, bench.author).web_search_read(domain, spec, limit=80)
        plain = bench.as_user(records, bench.author)
        with bench.measure(f"{label}, first page of {SIZE}", "15 queries, no growth"):
            plain.web_search_read(domain, spec, limit=80, count_limit=10_001)
    plain = bench.as_user(records, bench.author)
    with bench.measure(f"{SIZE} records grouped by state and secrecy", "–"):
        plain.formatted_read_group([], ["state", "secrecy"], ["__count"])
