from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

from .common import DocumentCase, tagged

CRON = "itsms.document.acknowledgement"


class ReadingCase(DocumentCase):
    """Adds document administrators and a published document with readers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls._person("keeper", cls.dep_dev)
        cls._assign("department_document_administrator", cls.keeper, cls.dep_dev)
        cls.seller = cls._person("seller", cls.dep_sales)
        cls._assign("department_document_administrator", cls.seller, cls.dep_sales)
        cls.lab = cls._person("lab", cls.dep_lab)

    def _in_force(self, departments=None, scope=None, **vals):
        """A document published to ``departments`` with acknowledgement."""
        revision = self._approved(scope=False, **vals)
        line = {"acknowledge": True, **(scope or {})}
        self._scope(revision.document_id, departments or self.dep_dev, **line)
        self._as(revision, self.controller).action_publish()
        return self._as(revision.document_id, self.author)

    def _rows(self, document, user=None, **values):
        """Rows of the revision in force, as the system sees them."""
        rows = self._as(self.env[CRON], self.env.user).search(
            [("revision_id", "=", document.sudo().current_revision_id.id)], order="id"
        )
        if user:
            rows = rows.filtered(lambda r: r.user_id == user)
        for name, value in values.items():
            rows = rows.filtered(lambda r, name=name, value=value: r[name] == value)
        return rows

    def _readers(self, document):
        return set(self._rows(document, kind="read").user_id.mapped("login"))

    def _next(self, document, **vals):
        """The next revision of ``document``, published."""
        revision = self._new_revision(document)
        revision.write(vals)
        revision.action_submit()
        self._as(revision, self.mr).action_approve()
        self._as(revision, self.president).action_approve()
        self._as(revision, self.controller).action_publish()
        return revision


@tagged("post_install", "-at_install")
class TestReading(ReadingCase):
    def test_publication_asks_the_readers_of_the_scope(self):
        """DOC-4.3.1a DOC-3.5: whoever works in a department of the scope, or below it, is asked."""
        document = self._in_force()
        self.assertEqual(
            self._readers(document),
            {"itsms.head", "itsms.author", "itsms.colleague", "itsms.keeper", "itsms.lab"},
        )
        lab = self._rows(document, self.lab)
        self.assertEqual((lab.state, lab.department_id), ("open", self.dep_lab))
        self.assertEqual(
            lab.due_date, self.env[CRON]._due_date(self.company), "within the parameter's days"
        )
        self.assertFalse(self._rows(document, self.reader), "not in the scope")

    def test_administrators_and_named_persons(self):
        """DOC-4.3.1a: a line may ask the administrator only, or named persons; nobody twice."""
        document = self._in_force(self.dep_dev, {"readers": "administrator"})
        self.assertEqual(self._readers(document), {"itsms.keeper"})
        named = {"readers": "named", "reader_ids": (self.reader | self.head).ids}
        document = self._in_force(self.dep_dev, named)
        self.assertEqual(self._readers(document), {"itsms.reader", "itsms.head"})
        both = self._in_force(self.dep_dev | self.dep_lab)
        self.assertEqual(len(self._rows(both, self.lab, kind="read")), 1)

    def test_only_active_people_of_the_company_are_asked(self):
        """DOC-4.3.1a: archived logins, portal users and people elsewhere are not asked."""
        gone = self._person("gone", self.dep_dev)
        gone.active = False
        foreign = self.env["res.company"].create({"name": "Other"})
        away = self._person("away", self.dep_dev)
        away.sudo().write({"company_ids": [(6, 0, foreign.ids)], "company_id": foreign.id})
        document = self._in_force()
        self.assertFalse(self._readers(document) & {"itsms.gone", "itsms.away"})

    def test_without_acknowledgement_only_the_administrator_has_a_task(self):
        """DOC-4.3.1b: on the notice each department's administrator notifies, downloads, keeps."""
        document = self._in_force(self.dep_dev | self.dep_sales, {"acknowledge": False})
        rows = self._rows(document)
        self.assertEqual(set(rows.mapped("kind")), {"administrate"})
        self.assertEqual(
            {(r.user_id, r.department_id) for r in rows},
            {(self.keeper, self.dep_dev), (self.seller, self.dep_sales)},
        )
        with self.assertRaisesRegex(UserError, "no open task"):
            self._as(document, self.head).action_acknowledge_keeping()
        self._as(document, self.keeper).action_acknowledge_keeping()
        self.assertEqual(self._rows(document, self.keeper).state, "done")
        self.assertEqual(self._rows(document, self.seller).state, "open")

    def test_secret_documents_ask_cleared_people_only(self):
        """DOC-4.1.1.3 DOC-3.5: the scope names a department, the secrecy closes it to most."""
        self.dep_office.manager_id = self.controller.employee_id
        document = self._in_force(secrecy="secret", user=self.head)
        self.assertEqual(self._readers(document), {"itsms.head"})
        self.assertFalse(self._rows(document, kind="administrate"))

    def test_reader_confirms_with_one_click(self):
        """DOC-4.3.1a: “I have read it” leaves evidence bound to the content that was approved."""
        document = self._in_force()
        mine = self._as(document, self.head)
        self.assertTrue(mine.reading_asked)
        self.assertEqual(mine.coverage, "0 of 5 read")
        mine.action_acknowledge_reading()
        mine = self._as(document, self.head)
        self.assertFalse(mine.reading_asked)
        self.assertTrue(mine.read_on)
        self.assertEqual(mine.coverage, "1 of 5 read")
        row = self._rows(document, self.head)
        self.assertEqual(row.state, "done")
        line = self._log_of(row)
        self.assertEqual((line.kind, line.actor_id), ("acknowledge", self.head))
        self.assertEqual(line.content_digest, document.current_revision_id.approval_digest)
        revision = document.current_revision_id
        evidence = self.env["itsms.log"].search(revision._evidence_domain())
        self.assertIn(line, evidence)
        self.assertEqual(len(evidence), self._as(revision, self.office).log_count)
        mine.action_acknowledge_reading()  # a second click changes nothing
        self.assertEqual(len(self._log_of(row)), 1)

    def test_nobody_confirms_for_somebody_else(self):
        """DOC-4.3.1a: neither the head nor the office confirms for a reader."""
        document = self._in_force()
        row = self._rows(document, self.colleague)
        for user in (self.head, self.office, self.keeper, self.env.ref("base.user_admin")):
            user.sudo().company_ids |= self.company
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(row, user).action_acknowledge()
        with self.assertRaisesRegex(UserError, "not asked to read"):
            self._as(document, self.reader).action_acknowledge_reading()
        self.assertEqual(self._rows(document, self.colleague).state, "open")

    def test_batch_is_all_or_nothing(self):
        """DOC-4.3.1a: one foreign row in the batch and nothing is confirmed."""
        document = self._in_force()
        rows = self._rows(document, self.head) | self._rows(document, self.colleague)
        with self.assertRaises(AccessError), self.cr.savepoint():
            self._as(rows, self.head).action_acknowledge()
        self.assertEqual(set(self._rows(document).mapped("state")), {"open"})

    def test_superseded_revision_cannot_be_confirmed(self):
        """DOC-4.5.3b DOC-4.5.3: the new revision goes to the original scope, the old is closed."""
        document = self._in_force()
        old = self._rows(document)
        self._as(document, self.head).action_acknowledge_reading()
        scope = document.distribution_id
        self._next(document)
        old.invalidate_recordset()
        self.assertEqual(old.filtered(lambda r: r.user_id == self.head).state, "done")
        left = old.filtered(lambda r: r.user_id == self.colleague)
        self.assertEqual((left.state, left.closed_reason), ("obsolete", "superseded"))
        with self.assertRaisesRegex(UserError, "no longer the revision in force"):
            self._as(left, self.colleague).action_acknowledge()
        self.assertEqual(document.distribution_id, scope, "the original scope is kept")
        self.assertEqual(len(self._rows(document, kind="read")), 5, "everybody is asked again")
        former = left.revision_id
        self.assertEqual(self._as(former, self.reader).coverage, "1 of 5 read")

    def test_minor_change_asks_nobody_again(self):
        """DOC-4.3.1a: who confirmed the former revision counts as informed, the rest is asked."""
        document = self._in_force()
        self._as(document, self.head).action_acknowledge_reading()
        old = self._rows(document, self.head)
        self._next(document, ask_again=False)
        row = self._rows(document, self.head)
        self.assertEqual((row.state, row.carried_from_id), ("done", old))
        self.assertEqual(row.acknowledged_at, old.acknowledged_at)
        self.assertFalse(self._log_of(row), "no act of his, no line of evidence")
        self.assertEqual(self._rows(document, self.colleague).state, "open")
        self.assertEqual(self._as(document, self.reader).coverage, "1 of 5 read")
        self._next(document)
        self.assertEqual(self._rows(document, self.head).state, "open")

    def test_minor_change_is_part_of_what_is_approved(self):
        """COM-7: whether readers are asked is bound by the approval."""
        document = self._in_force()
        revision = self._new_revision(document)
        revision.action_submit()
        with self.assertRaisesRegex(UserError, "locked"):
            self._as(revision, self.office).ask_again = False

    def test_withdrawn_document_asks_nobody(self):
        """DOC-4.3.1a: with the document its open tasks end."""
        document = self._in_force()
        rows = self._rows(document)
        self._as(document, self.office).action_transition("obsolete", "No longer needed")
        self.assertEqual(set(self._as(rows, self.office).mapped("state")), {"obsolete"})
        with self.assertRaises(UserError):
            self._as(
                rows.filtered(lambda r: r.user_id == self.head), self.head
            ).action_acknowledge()

    def test_extended_scope_asks_the_new_readers_at_once(self):
        """DOC-3.5: an approved change of the scope of a published document reaches its readers."""
        document = self._in_force()
        before = self._rows(document)
        self._scope(document, self.dep_dev | self.dep_sales, acknowledge=True)
        rows = self._rows(document)
        self.assertLess(before, rows)
        self.assertIn(self.reader, rows.user_id)

    def test_who_sees_which_rows(self):
        """COM-17: own rows, own departments and own documents; the office and controllers all."""
        document = self._in_force(self.dep_dev | self.dep_sales)
        total = len(self._rows(document))

        def seen(user):
            rows = self._as(self.env[CRON], user).search([("document_id", "=", document.id)])
            self.assertEqual(rows, rows.filtered("can_see"))
            return rows

        for user in (self.office, self.controller, self.auditor, self.head):
            with self.subTest(user=user.login):
                self.assertEqual(len(seen(user)), total)
        self.assertEqual(seen(self.reader).user_id, self.reader | self.seller)
        other = self._person("other", self.dep_office)
        self.assertFalse(seen(other))

    def test_rows_are_written_by_the_system_alone(self):
        """COM-2: no right, no context key and no superuser code forges a confirmation."""
        document = self._in_force()
        row = self._rows(document, self.colleague)
        values = {"document_id": document.id, "revision_id": document.current_revision_id.id}
        for user in (self.colleague, self.office, self.manager):
            mine = self._as(row, user).with_context(itsms_engine=True)
            with self.assertRaises(AccessError):
                mine.write({"state": "done"})
            with self.assertRaises(AccessError):
                mine.create({**values, "user_id": user.id, "company_id": self.company.id})
            with self.assertRaises(AccessError):
                mine.unlink()
        with self.assertRaises(AccessError):
            self._as(row, self.colleague).action_transition("acknowledge")
        for vals in ({"state": "done"}, {"acknowledged_at": "2026-01-01"}, {"user_id": 1}):
            with self.assertRaises(AccessError):
                row.sudo().write(vals)
        with self.assertRaises(UserError):
            guard.as_engine(row.sudo()).unlink()

    def test_two_companies(self):
        """COM-17: another company sees and confirms nothing."""
        document = self._in_force()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._person("stranger", None, "itsms_base.group_itsms_office", other)
        rows = self._rows(document)
        self.assertFalse(self._as(self.env[CRON], stranger).search([]) & rows)
        with self.assertRaises(AccessError):
            self._as(rows, stranger).action_acknowledge()
