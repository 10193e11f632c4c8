"""Whom the distribution scope asks: the people behind its lines, found in SQL."""

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.itsms_base.engine import guard

BATCH = 200

# Departments of the people, with all departments above them: a line for a department is a line
# for the departments below it too.
MEMBERS = SQL(
    """
    SELECT e.user_id, e.company_id, v.department_id, above.id::int AS department_above
      FROM hr_employee e
      JOIN hr_version v ON v.id = e.current_version_id
      JOIN hr_department d ON d.id = v.department_id
     CROSS JOIN LATERAL unnest(string_to_array(trim(BOTH '/' FROM d.parent_path), '/')) above(id)
     WHERE e.active AND e.user_id IS NOT NULL
    """
)

# One row per person, document and task that the scopes in force ask for
WANTED = """
    WITH member AS (%(members)s),
    administrator AS (
        SELECT * FROM unnest(%(departments)s::int[], %(users)s::int[]) AS x(department_id, user_id)
    ),
    receiver AS (
        SELECT doc.id AS document_id, doc.current_revision_id AS revision_id, doc.company_id,
               l.id AS line_id, l.department_id, l.readers, l.acknowledge
          FROM itsms_document doc
          JOIN itsms_document_distribution_line l ON l.distribution_id = doc.distribution_id
         WHERE doc.state = 'in_force' AND l.electronic AND %(only)s
    ),
    wanted AS (
        SELECT r.*, m.user_id, m.department_id AS own_department_id, 'read' AS kind
          FROM receiver r
          JOIN member m ON m.department_above = r.department_id AND m.company_id = r.company_id
         WHERE r.acknowledge AND r.readers = 'all'
        UNION ALL
        SELECT r.*, a.user_id, r.department_id, 'read'
          FROM receiver r
          JOIN administrator a ON a.department_id = r.department_id
         WHERE r.acknowledge AND r.readers = 'administrator'
        UNION ALL
        SELECT r.*, n.res_users_id, r.department_id, 'read'
          FROM receiver r
          JOIN itsms_document_distribution_reader_rel n
            ON n.itsms_document_distribution_line_id = r.line_id
         WHERE r.acknowledge AND r.readers = 'named'
        UNION ALL
        SELECT r.*, a.user_id, r.department_id, 'administrate'
          FROM receiver r
          JOIN administrator a ON a.department_id = r.department_id
    ),
    missing AS (
        SELECT w.*
          FROM wanted w
          JOIN res_users u ON u.id = w.user_id AND u.active AND NOT u.share
         WHERE EXISTS (SELECT FROM res_company_users_rel c
                        WHERE c.user_id = w.user_id AND c.cid = w.company_id)
           AND NOT EXISTS (SELECT FROM itsms_document_acknowledgement k
                            WHERE k.revision_id = w.revision_id AND k.user_id = w.user_id
                              AND k.kind = w.kind AND k.state != 'obsolete'
                              AND (k.kind = 'read' OR k.department_id = w.own_department_id))
    )
"""


class ItsmsDocumentAcknowledgement(models.Model):
    """Makes the rows: at publication, when a scope is extended, and every night for newcomers."""

    _inherit = "itsms.document.acknowledgement"

    @api.model
    def _wanted(self, documents=None):
        """The common part of the queries, for ``documents`` or for all.

        sudo: who works where is private data; it decides who is asked and is shown to nobody.
        """
        self.env.flush_all()
        lines = self.env["itsms.document.distribution.line"].sudo()
        scope = documents.sudo().distribution_id.line_ids if documents is not None else None
        if scope is None:
            domain = [("electronic", "=", True), ("distribution_id.state", "=", "approved")]
            groups = lines._read_group(domain, [], ["department_id:recordset"])
            departments = groups[0][0]
        else:
            departments = scope.filtered("electronic").department_id
        pairs = [
            (department.id, user.id)
            for department, users in departments._itsms_document_administrators().items()
            for user in users
        ]
        only = SQL("TRUE") if documents is None else SQL("doc.id = ANY(%s)", list(documents.ids))
        return SQL(
            WANTED,
            members=MEMBERS,
            departments=[pair[0] for pair in pairs],
            users=[pair[1] for pair in pairs],
            only=only,
        )

    @api.model
    def _documents_with_newcomers(self):
        """Documents in force whose scope asks somebody who was not asked so far."""
        rows = self.env.execute_query(
            SQL("%s SELECT DISTINCT document_id FROM missing ORDER BY 1", self._wanted())
        )
        return self.env["itsms.document"].browse(row[0] for row in rows)

    @api.model
    def _ask(self, documents):
        """Create what is missing for ``documents`` in force; the notices go out by a job.

        :return: the new rows.
        """
        if not documents:
            return self.browse()
        rows = self.env.execute_query_dict(
            SQL(
                """%s SELECT DISTINCT ON (document_id, kind, user_id, keeper)
                             document_id, revision_id, company_id, user_id, kind,
                             own_department_id AS department_id
                        FROM (SELECT *, CASE WHEN kind = 'administrate'
                                             THEN own_department_id ELSE 0 END AS keeper
                                FROM missing) found
                       ORDER BY document_id, kind, user_id, keeper, line_id""",
                self._wanted(documents),
            )
        )
        vals_list = self._reader_values(self._cleared(documents, rows))
        # sudo: nobody has the right to create these rows; the engine asks whom the scope names
        created = guard.as_engine(self.sudo()).create(vals_list)
        if created:
            cron = self.env.ref("itsms_documents.ir_cron_publication_notices")
            cron.sudo()._trigger()  # sudo: a job of the system
        return guard.without_engine(created).sudo(False)

    @api.model
    def _cleared(self, documents, rows):
        """Those of ``rows`` whose person may open the document by its secrecy (DOC-4.1.1.3)."""
        # sudo: the secrecy decides who is asked
        closed = documents.sudo().filtered(lambda d: d.secrecy not in ("internal", "public"))
        if not closed:
            return rows
        ids_by_user = {}
        for row in rows:
            if row["document_id"] in closed.ids:
                ids_by_user.setdefault(row["user_id"], set()).add(row["document_id"])
        refused = set()
        for user_id, ids in ids_by_user.items():
            user = self.env["res.users"].browse(user_id)
            open_ids = set(documents.browse(ids)._open_for(user).ids)
            refused |= {(user_id, document_id) for document_id in ids - open_ids}
        return [row for row in rows if (row["user_id"], row["document_id"]) not in refused]

    @api.model
    def _reader_values(self, rows):
        """Values of new rows; after a minor change, who had read counts as informed."""
        former = self._former_rows({row["revision_id"] for row in rows})
        now = fields.Datetime.now()
        due_by_company = {}
        vals_list = []
        for row in rows:
            company = self.env["res.company"].browse(row["company_id"])
            if company not in due_by_company:
                due_by_company[company] = self._due_date(company)
            vals = {**row, "asked_at": now, "state": "open", "notice_due": True}
            old = former.get((row["revision_id"], row["user_id"]))
            if row["kind"] == "read" and old:
                vals |= {
                    "state": "done",
                    "acknowledged_at": old.acknowledged_at,
                    "carried_from_id": old.id,
                }
            else:
                vals |= {
                    "due_date": due_by_company[company],
                    "remind_on": due_by_company[company],
                }
            vals_list.append(vals)
        return vals_list

    @api.model
    def _due_date(self, company):
        days = self.env["itsms.parameter"]._get("document.acknowledgement.days", company)
        return fields.Date.add(company._itsms_today(), days=days)

    @api.model
    def _former_rows(self, revision_ids):
        """Confirmations of the former revision per (revision, person), where nobody is asked
        again."""
        # sudo: the whole circle of readers, whoever publishes
        revisions = self.env["itsms.document.revision"].sudo().browse(revision_ids)
        result = {}
        for revision in revisions.filtered(lambda r: not r.ask_again):
            older = revision.document_id.revision_ids.filtered(
                lambda r: r.state == "superseded" and r.published_at
            )
            last = older.sorted(lambda r: (r.published_at, r.id))[-1:]
            rows = self.sudo().search(
                [("revision_id", "in", last.ids), ("kind", "=", "read"), ("state", "=", "done")]
            )
            result |= {(revision.id, row.user_id.id): row for row in rows}
        return result

    # ------------------------------------------------------------ the word to people
    @api.model
    def _cron_notices(self):
        """Send the notices of publications (DOC-4.3.1a), a batch at a time."""
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=self.search_count([("notice_due", "=", True)]))
        while rows := self.search([("notice_due", "=", True)], order="id", limit=BATCH):
            if not rows.try_lock_for_update(allow_referencing=True):
                break
            rows._send_notices()
            rows._engine_write({"notice_due": False, "notified_at": fields.Datetime.now()})
            if not Cron._commit_progress(len(rows)):
                break

    def _send_notices(self):
        """One notice per revision, kind and language (sudo: those who are told are asked to read
        the document and may open it, its name is no secret to them)."""
        for revision, rows in self.grouped("revision_id").items():
            readers = rows.filtered(lambda r: r.kind == "read" and r.state == "open")
            informed = rows.filtered(lambda r: r.kind == "read" and r.state == "done")
            keepers = rows.filtered(lambda r: r.kind == "administrate")
            name = revision.document_id.sudo().display_name
            status = revision.status
            for lang, some in readers._by_language():
                text = self.with_context(lang=lang).env._(
                    "Notice of publication: %(document)s %(status)s is in force. Please read it "
                    "by %(due)s and confirm with “I have read it” (DOC-4.3.1a).",
                    document=name,
                    status=status,
                    due=some[:1].due_date,
                )
                some._notify(text)
            for lang, some in informed._by_language():
                text = self.with_context(lang=lang).env._(
                    "Notice of publication: %(document)s %(status)s is in force. It is a minor "
                    "change, you need not confirm it again (DOC-4.3.1a).",
                    document=name,
                    status=status,
                )
                some._notify(text)
            for lang, some in keepers._by_language():
                text = self.with_context(lang=lang).env._(
                    "Notice of publication: %(document)s %(status)s is in force. As document "
                    "administrator please notify your department, download the document and keep "
                    "it, then confirm (DOC-4.3.1b).",
                    document=name,
                    status=status,
                )
                some._notify(text)

    def _by_language(self):
        return self.grouped(lambda r: r.user_id.lang or "en_US").items()

    def _notify(self, text):
        """Tell the people of these rows (one document); mails wait for the mail queue."""
        # sudo: addresses of colleagues
        partners = self.user_id.sudo().filtered("active").partner_id
        document = self.document_id
        if partners:
            # sudo: a notice in the system's name; closed records reach nobody (secrecy)
            document.sudo().with_context(mail_notify_force_send=False).message_notify(
                partner_ids=partners.ids, body=text, subject=document.sudo().display_name
            )

    # ------------------------------------------------------------ every night
    @api.model
    def _cron_nightly(self):
        """Newcomers are asked, people who left are no longer, the late are reminded."""
        if self._nightly_close() and self._nightly_ask():
            self._nightly_remind()

    @api.model
    def _nightly_close(self):
        """Close open rows of people who left or whom the secrecy now keeps out."""
        Cron = self.env["ir.cron"]
        gone = self._rows_of_departed()
        shut = self._rows_of_closed_documents() - gone
        Cron._commit_progress(remaining=len(gone) + len(shut))
        for rows, reason in ((gone, "left"), (shut, "closed")):
            for start in range(0, len(rows), BATCH):
                some = rows[start : start + BATCH].exists()
                some._close(reason)
                if not Cron._commit_progress(len(some)):
                    return False
        return True

    @api.model
    def _rows_of_departed(self):
        """Open rows of people without login, or without a place in the company any more."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT k.id
                     FROM itsms_document_acknowledgement k
                     JOIN res_users u ON u.id = k.user_id
                    WHERE k.state = 'open'
                      AND (NOT u.active OR u.share
                           OR NOT EXISTS (SELECT FROM res_company_users_rel c
                                           WHERE c.user_id = u.id AND c.cid = k.company_id)
                           OR (EXISTS (SELECT FROM hr_employee e WHERE e.user_id = u.id
                                          AND e.company_id = k.company_id AND NOT e.active)
                               AND NOT EXISTS (SELECT FROM hr_employee e WHERE e.user_id = u.id
                                          AND e.company_id = k.company_id AND e.active)))"""
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _rows_of_closed_documents(self):
        """Open rows of secret documents that their person may no longer open."""
        rows = self.search(
            [("state", "=", "open"), ("document_id.secrecy", "in", ("secret", "top_secret"))]
        )
        closed = self.browse()
        for user, some in rows.grouped("user_id").items():
            readable = some.document_id._open_for(user)
            closed |= some.filtered(lambda r, ok=readable: r.document_id not in ok)
        return closed

    @api.model
    def _nightly_ask(self):
        """Ask newcomers: people who joined a department of a scope, new administrators."""
        Cron = self.env["ir.cron"]
        documents = self._documents_with_newcomers()
        Cron._commit_progress(remaining=len(documents))
        for start in range(0, len(documents), BATCH):
            some = documents[start : start + BATCH]
            self._ask(some)
            if not Cron._commit_progress(len(some)):
                return False
        return True

    @api.model
    def _nightly_remind(self):
        """Remind of what is due; tell the administrator of the department what stays open."""
        Cron = self.env["ir.cron"]
        domain = []
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            today = company._itsms_today()
            domain.append([("company_id", "=", company.id), ("remind_on", "<=", today)])
        due = [("state", "=", "open")]
        late = fields.Domain.OR(domain) & fields.Domain(due)
        Cron._commit_progress(remaining=self.search_count(late))
        while rows := self.search(late, order="remind_on, id", limit=BATCH):
            rows._remind()
            if not Cron._commit_progress(len(rows)):
                break

    def _remind(self):
        """One word per revision and language (sudo: the name of the document goes to people who
        were asked to read it)."""
        now = fields.Datetime.now()
        Parameter = self.env["itsms.parameter"]
        for (revision, company), rows in self.grouped(
            lambda r: (r.revision_id, r.company_id)
        ).items():
            for lang, some in rows._by_language():
                text = self.with_context(lang=lang).env._(
                    "Reminder: please read %(document)s %(status)s and confirm it.",
                    document=revision.document_id.sudo().display_name,
                    status=revision.status,
                )
                some._notify(text)
            today = company._itsms_today()
            every = Parameter._get("document.acknowledgement.reminder.days", company)
            patience = Parameter._get("document.acknowledgement.escalation.days", company)
            late_since = fields.Date.subtract(today, days=patience)
            overdue = rows.filtered(
                lambda r, day=late_since: not r.escalated_at and r.due_date and r.due_date <= day
            )
            overdue._escalate()
            overdue._engine_write({"escalated_at": now})
            rows._engine_write(
                {"reminded_at": now, "remind_on": fields.Date.add(today, days=every)}
            )

    def _escalate(self):
        """The document administrator of the department hears who has not read (one revision).

        sudo: names and languages of colleagues; the name of the document goes only to those who
        may open it.
        """
        administrators = self.department_id._itsms_document_administrators()
        for department, rows in self.grouped("department_id").items():
            document, revision = rows.document_id, rows.revision_id
            users = administrators.get(department, self.env["res.users"]).filtered(
                lambda u, document=document: document._open_for(u)
            )
            names = ", ".join(rows.user_id.sudo().mapped("name"))
            for lang, some in users.grouped(lambda u: u.sudo().lang or "en_US").items():
                text = self.with_context(lang=lang).env._(
                    "Not yet confirmed in %(department)s: %(document)s %(status)s by %(names)s.",
                    department=department.name or "–",
                    document=document.sudo().display_name,
                    status=revision.status,
                    names=names,
                )
                # sudo: a notice in the system's name to people who may open the document
                document.sudo().with_context(mail_notify_force_send=False).message_notify(
                    partner_ids=some.sudo().partner_id.ids,
                    body=text,
                    subject=document.sudo().display_name,
                )
