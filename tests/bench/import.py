"""Rows of the speed table: a register of 10 000 lines is checked and taken over; exports.

Called by ``bench.py`` with its company and its stop-watch.
"""

import base64
from unittest.mock import patch

from odoo.tests.common import new_test_user

LINES = 10_000
HEADER = "number,title,category,department,revision status,publication date,prepared by\n"


def measure(bench):
    """Measure check, job and exports with the stop-watch of ``bench``."""
    office = new_test_user(
        bench.env,
        "bench.office",
        groups="base.group_user,itsms_base.group_itsms_office",
        company_id=bench.company.id,
        company_ids=[(6, 0, bench.company.ids)],
    )
    code = bench.company.itsms_code
    text = HEADER + "".join(
        f"{code}-ITSMS-CX-{n:03}-A,Imported {n},CX,Bench,A/0,2024-01-01,Somebody\n"
        for n in range(50_001, 50_001 + LINES)
    )
    batch = bench.as_user(bench.env["itsms.document.import"], office).create(
        {
            "company_id": bench.company.id,
            "file": base64.b64encode(text.encode()),
            "file_name": "register.csv",
        }
    )
    with bench.measure(f"import, check of {LINES} lines", "30 s"):
        batch.action_check()
    batch.action_import()
    # the scratch transaction must not be committed
    cron = type(bench.env["ir.cron"])
    with (
        patch.object(cron, "_commit_progress", lambda self, *args, **kwargs: 1),
        bench.measure(f"import, {LINES} lines taken over", "300 s"),
    ):
        bench.env["itsms.document.import"].sudo()._cron_import()
    batch.invalidate_recordset()
    assert (batch.imported_count, batch.state) == (LINES, "done"), batch.error_count
    register = bench.env["itsms.register"].search([("code", "=", "document.list")])
    register = bench.as_user(register, office)
    with bench.measure("register of all documents as XLSX", "–"):
        register._export("xlsx")
    some = {"part": register.part_ids, "domain": [("name", "=like", "Imported 50%")]}
    with bench.measure("register, 5 000 lines at most, as PDF", "–"):
        some["ids"] = register.part_ids._records(domain=some["domain"], limit=5000).ids
        register._export("pdf", some)
