"""First rows of the speed table: submissions, decisions, the register of 100 000 documents.

Run by `make bench` on a scratch database. Everything is built with the product's own methods,
except the 100 000 documents of the register, which are laid down by SQL.
"""

import runpy
import time
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from odoo.tests.common import new_test_user

SIZES = (1_000, 10_000, 100_000)
BATCH = 200
# the columns in which documents differ; in all others they are as their pattern
DIFFERENT = {
    "name": "jsonb_build_object('en_US', 'Document ' || i)",
    "number": "'BN-ITSMS-ZC-' || lpad(i::text, 6, '0')",
    "serial": "i",
    "secrecy": "CASE WHEN i % 10 = 0 THEN 'secret' WHEN i % 97 = 0 THEN 'top_secret' "
    "ELSE 'internal' END",
    "state": "'in_force'",
    "left_draft_at": "now()",
}


class Bench:
    """A company for measuring, and the stop-watch."""

    def __init__(self, env):
        self.company = env["res.company"].create({"name": "Bench", "itsms_code": "BN"})
        env.user.company_ids |= self.company
        self.env = env(context=dict(env.context, allowed_company_ids=self.company.ids))
        self.department = self.env["hr.department"].create(
            {"name": "Bench", "company_id": self.company.id}
        )
        self.author = self._person("bench.author")
        self.mr = self._person("bench.mr")
        self.president = self._person("bench.president")
        self.vp = self._person("bench.vp")
        self.company.itsms_office_department_id = self.department
        self._assign("management_representative", self.mr)
        self._assign("president", self.president)
        self._assign("vice_president", self.vp, self.department)
        self.rows = []

    def _person(self, login):
        user = new_test_user(
            self.env,
            login,
            groups="base.group_user",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.env["hr.employee"].create(
            {
                "name": login,
                "user_id": user.id,
                "company_id": self.company.id,
                "department_id": self.department.id,
            }
        )
        return user

    def _assign(self, code, user, department=None):
        self.env["itsms.role.assignment"].create(
            {
                "role_id": self.env.ref(f"itsms_base.itsms_role_{code}").id,
                "user_id": user.id,
                "company_id": self.company.id,
                "department_id": department and department.id,
            }
        )

    def as_user(self, records, user):
        """``records`` as ``user``, with nothing left over in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        model = records.with_user(user).with_context(allowed_company_ids=self.company.ids)
        return model.browse(records.ids)  # as a request has them, without relational prefetch

    @contextmanager
    def measure(self, label, ceiling):
        """Count queries and milliseconds of a block, flush included."""
        self.env.flush_all()
        before, start = self.env.cr.sql_log_count, time.perf_counter()
        yield
        self.env.flush_all()
        elapsed = (time.perf_counter() - start) * 1000
        queries = self.env.cr.sql_log_count - before
        self.rows.append((label, queries, elapsed, ceiling))

    def lay_down(self, pattern, different, numbers):
        """Copy the row of ``pattern`` by SQL, once for each ``i`` of the range ``numbers``.

        :param different: SQL expressions over ``i`` for the columns in which the rows differ.
        """
        self.env.flush_all()
        names = [
            name
            for name, field in pattern._fields.items()
            if field.store and field.column_type and name != "id"
        ]
        columns = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(different.get(name, f'p."{name}"') for name in names)
        self.env.cr.execute(
            f"INSERT INTO {pattern._table} ({columns}) SELECT {values} FROM {pattern._table} p, "
            f"generate_series({numbers.start}, {numbers.stop - 1}) AS i WHERE p.id = {pattern.id}"
        )

    @contextmanager
    def without_activities(self):
        """Design section 4 counts activities apart."""
        revision = type(self.env["itsms.document.revision"])
        step = type(self.env["itsms.approval.step"])
        with (
            patch.object(step, "_notify_turn", lambda steps: None),
            patch.object(revision, "_approval_finish_activities", lambda records: None),
        ):
            yield

    # ------------------------------------------------------------ rows
    def drafts(self, count):
        """``count`` procedures in draft, ready to be submitted."""
        documents = self.as_user(self.env["itsms.document"], self.author).create(
            [
                {
                    "name": f"Procedure {i}",
                    "category_id": self.env.ref(
                        "itsms_documents.itsms_document_category_procedure"
                    ).id,
                    "department_id": self.department.id,
                    "company_id": self.company.id,
                }
                for i in range(count)
            ]
        )
        documents.revision_ids.write({"body": "<p>Content</p>"})
        return documents.revision_ids

    def submissions(self):
        """Submit a batch, decide once, decide on a batch; with and without activities."""
        self.as_user(self.drafts(3), self.author).action_submit()  # warms the caches
        batch = self.as_user(self.drafts(BATCH), self.author)
        ceiling = f"{15 + BATCH // 10} queries, activities apart"
        with self.without_activities(), self.measure(f"submit {BATCH} documents", ceiling):
            batch.action_submit()
        second = self.as_user(self.drafts(BATCH), self.author)
        with self.measure(f"submit {BATCH} documents, activities included", "–"):
            second.action_submit()
        self.as_user(batch[1:2], self.mr).action_approve()  # warms the caches of this user
        one = self.as_user(batch[:1], self.mr)
        with self.without_activities(), self.measure("one decision", "15 queries"):
            one.action_approve()
        self.as_user(batch[:1], self.president).action_approve()
        last = self.as_user(batch[:1], self.vp)
        with self.measure("last decision, activities and notices included", "–"):
            last.action_approve()
        rest = self.as_user(batch[2:], self.mr)
        with self.measure(f"decide on {BATCH - 2} documents at once", "–"):
            rest.action_approve()

    def register(self):
        """First page and group-by of the register as a plain reader, at growing sizes."""
        category = self.env.ref("itsms_documents.itsms_document_category_supporting")
        pattern = self.env["itsms.document"].create(
            {
                "name": "Pattern",
                "category_id": category.id,
                "department_id": self.department.id,
                "company_id": self.company.id,
            }
        )
        start = 1
        for size in SIZES:
            self.lay_down(pattern, DIFFERENT, range(start, size + 1))
            self.env.cr.execute("ANALYZE itsms_document")
            start = size + 1
            self._measure_register(size)

    def _measure_register(self, size):
        spec = {
            name: {}
            for name in (
                "number",
                "name",
                "revision_status",
                "publication_date",
                "secrecy",
                "state",
            )
        }
        spec["category_id"] = {"fields": {"display_name": {}}}
        spec["department_id"] = {"fields": {"display_name": {}}}
        documents = self.as_user(self.env["itsms.document"], self.author)
        domain = [("state", "=", "in_force")]
        documents.web_search_read(domain, spec, limit=80, count_limit=10_001)
        documents = self.as_user(documents, self.author)
        label = f"register, first page, {size} documents"
        with self.measure(label, "15 queries, no growth"):
            documents.web_search_read(domain, spec, limit=80, count_limit=10_001)
        documents = self.as_user(documents, self.author)
        with self.measure(f"register grouped by secrecy, {size} documents", "–"):
            documents.formatted_read_group([], ["secrecy"], ["__count"])


def main(env):
    """Entry point of `make bench`: measures and prints the rows."""
    bench = Bench(env)
    bench.submissions()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name != "bench.py":
            runpy.run_path(str(path))["measure"](bench)  # the rows of one feature
    bench.register()
    width = max(len(row[0]) for row in bench.rows)
    print(f"{'work':<{width}}  queries        ms  ceiling")
    for label, queries, elapsed, ceiling in bench.rows:
        print(f"{label:<{width}}  {queries:>7}  {elapsed:>8.1f}  {ceiling}")
