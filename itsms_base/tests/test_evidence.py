from datetime import timedelta

from psycopg2.errors import IntegrityConstraintViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, mute_logger

from odoo.addons.itsms_base.engine import guard

from .common import ItsmsCase, tagged

TABLES = ("itsms_log", "itsms_log_seal", "itsms_log_seal_head")


@tagged("post_install", "-at_install")
class TestEvidence(ItsmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Log = cls.env["itsms.log"]
        cls.Seal = cls.env["itsms.log.seal"]
        cls.role = cls.env["itsms.role"].create({"name": "Keeper", "code": "test_keeper"})
        for number in range(1, 5):
            cls.role._log("other", comment=f"line {number}", state_from="a", state_to="b")
        cls.lines = cls.Log.search(
            [("res_model", "=", "itsms.role"), ("res_id", "=", cls.role.id)], order="position"
        )

    def _tamper(self, query, *args):
        """Plain SQL of somebody who can switch the triggers off."""
        self.env.flush_all()
        for table in TABLES:
            self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
        self.env.cr.execute(query, args or None)
        self.env.invalidate_all()

    def _broken(self):
        return self._as(self.Log, self.auditor).action_verify()["params"]

    # ------------------------------------------------------------ chain
    def test_lines_of_a_record_form_a_chain(self):
        """COM-3: lines count up from 1, each names the hash of the one before it."""
        self.assertEqual(self.lines.mapped("position"), [1, 2, 3, 4])
        self.assertFalse(self.lines[0].previous_hash)
        for before, line in zip(self.lines, self.lines[1:], strict=False):
            self.assertEqual(line.previous_hash, before.hash)
        self.assertEqual(len(set(self.lines.mapped("hash"))), 4)
        self.assertEqual(self.lines[0].actor_id, self.env.user)
        self.assertEqual(self.lines[0].company_id, self.company)

    def test_two_entries_of_one_record_in_one_call(self):
        """COM-3: entries of the same record in one call follow each other; others apart."""
        other = self.env["itsms.role"].create({"name": "Other", "code": "test_other"})
        entries = [
            {"record": record, "kind": "other", "comment": text}
            for record, text in ((self.role, "x"), (other, "y"), (self.role, "z"))
        ]
        first, apart, second = self.Log._append(entries)
        self.assertEqual((first.position, second.position), (5, 6))
        self.assertEqual(second.previous_hash, first.hash)
        self.assertEqual(apart.position, 1)
        self.assertFalse(apart.previous_hash)
        self.assertFalse(self.Log._find_broken_line())

    def test_appending_200_lines_takes_a_bounded_number_of_queries(self):
        """COM-3: evidence in batch, not per record."""
        roles = self.env["itsms.role"].create(
            [{"name": f"R{n}", "code": f"test_batch_{n}"} for n in range(200)]
        )
        roles[0]._log("other")
        self.env.flush_all()
        with self.assertQueryCount(6):
            roles._log("other", comment="batch")
            self.env.flush_all()

    def test_who_on_whose_behalf_when(self):
        """COM-3 COM-6: the line keeps actor and principal with their names of that time."""
        line = self._as(self.role, self.mr)._log("decision", behalf=self.president, comment="c")
        self.assertEqual((line.actor_id, line.behalf_id), (self.mr, self.president))
        self.president.name = "Renamed"
        self.assertEqual(line.behalf_name, "President")
        self.assertAlmostEqual(line.logged_at, fields.Datetime.now(), delta=timedelta(minutes=1))

    def test_strange_text_neither_breaks_nor_forges_the_chain(self):
        """COM-3: whatever people type as a comment is stored and verified as it is."""
        for text in ("", "批准 – “ok”\n\t", "a\x00b", "'; DROP TABLE itsms_log; --", "x" * 100000):
            self.role._log("other", comment=text)
        self.env.invalidate_all()
        self.assertFalse(self.Log._find_broken_line("itsms.role", self.role.id))

    # ------------------------------------------------------------ immutability
    def test_nobody_changes_or_deletes_a_line_through_the_orm(self):
        """COM-3: user, office, administrator, superuser and the engine itself are refused."""
        line = self.lines[1]
        seal = self.Seal._seal(self.company)
        for record in (line, seal, seal.head_ids[0]):
            for user in (self.reader, self.auditor, self.office, self.manager, self.env.user):
                with self.assertRaises(AccessError):
                    self._as(record, user).write({"hash": "0"})
                with self.assertRaises(AccessError):
                    self._as(record, user).unlink()
                with self.assertRaises(AccessError):
                    self._as(record, user).copy()
            for forced in (record.sudo(), guard.as_engine(record.sudo())):
                with self.assertRaises(AccessError):
                    forced.write({"hash": "0"})
                with self.assertRaises(AccessError):
                    forced.hash = "0"
                with self.assertRaises(AccessError):
                    forced.unlink()

    def test_nobody_writes_a_line_by_hand(self):
        """COM-3: a look-alike of the engine's mark from a client is no mark."""
        vals = {
            "company_id": self.company.id,
            "res_model": "itsms.role",
            "res_id": self.role.id,
            "position": 9,
            "kind": "decision",
            "actor_id": self.president.id,
            "logged_at": "2026-01-01 00:00:00",
            "hash": "0",
        }
        for user in (self.reader, self.manager, self.env.user):
            for context in ({}, {"itsms_engine": True}, {"itsms_engine": {}}):
                with self.assertRaises(AccessError):
                    self._as(self.Log, user).with_context(**context).create(vals)
        with self.assertRaises(AccessError):
            self.Log.sudo().create(vals)
        messages = self._as(self.Log, self.manager).load(["kind", "hash"], [["decision", "0"]])
        self.assertTrue(messages["messages"])
        self.assertFalse(messages["ids"])

    def test_the_database_itself_refuses(self):
        """COM-3: below the ORM a trigger refuses UPDATE, DELETE and TRUNCATE."""
        self.Seal._seal(self.company)
        self.env.flush_all()
        for table in TABLES:
            for statement in (
                "UPDATE %s SET hash = '0'",
                "DELETE FROM %s",
                "TRUNCATE %s CASCADE",
            ):
                with (
                    self.subTest(table=table, statement=statement),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(IntegrityConstraintViolation),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(SQL(statement, SQL.identifier(table)))

    def test_low_level_write_of_the_orm_meets_the_trigger(self):
        """COM-3: code that goes round ``write`` still ends at the trigger."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityConstraintViolation),
            self.env.cr.savepoint(),
        ):
            self.lines[0].sudo()._write_multi([{"comment": "forged"}])

    # ------------------------------------------------------------ verification
    def test_verification_names_a_changed_line(self):
        """COM-3: any changed column of a line breaks its hash, and the line is named."""
        self.assertFalse(self._broken()["broken_line_id"])
        self.assertEqual(self._broken()["type"], "success")
        changes = {
            "comment": "forged",
            "actor_name": "Somebody",
            "state_to": "c",
            "kind": "decision",
            "logged_at": "2020-01-01",
            "content_digest": "0",
            "behalf_id": self.mr.id,
            "actor_id": self.mr.id,
            "company_id": self.env.ref("base.main_company").id,
            "hash": "0",
        }
        line = self.lines[2]
        for column, value in changes.items():
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self._tamper(
                    SQL(
                        "UPDATE itsms_log SET %s = %s WHERE id = %s",
                        SQL.identifier(column),
                        value,
                        line.id,
                    )
                )
                self.assertEqual(self._broken()["broken_line_id"], line.id)
                self.assertEqual(self._broken()["type"], "danger")
                savepoint.rollback()
        self.env.invalidate_all()
        self.assertFalse(self._broken()["broken_line_id"])

    def test_verification_finds_a_missing_line(self):
        """COM-3: a line cut out of the middle is found at the line after it."""
        self._tamper("DELETE FROM itsms_log WHERE id = %s", self.lines[1].id)
        self.assertEqual(self._broken()["broken_line_id"], self.lines[2].id)
        self.assertIn("missing", self._broken()["message"])

    def test_verification_finds_swapped_lines(self):
        """COM-3: lines cannot change their place in the chain."""
        second, third = self.lines[1:3]
        self._tamper("UPDATE itsms_log SET position = 99 WHERE id = %s", second.id)
        self._tamper("UPDATE itsms_log SET position = 2 WHERE id = %s", third.id)
        self._tamper("UPDATE itsms_log SET position = 3 WHERE id = %s", second.id)
        self.assertEqual(self._broken()["broken_line_id"], third.id)

    def test_verification_finds_a_lost_tail_by_the_seal(self):
        """COM-3: the last line leaves no gap; the seal still names the record."""
        self.Seal._seal(self.company)
        self._tamper("DELETE FROM itsms_log WHERE id = %s", self.lines[3].id)
        broken = self._broken()
        self.assertEqual(broken["type"], "danger")
        self.assertIn(f"itsms.role,{self.role.id}", broken["message"])
        alone = self._as(self.Log, self.auditor).action_verify("itsms.role", self.role.id)
        self.assertEqual(alone["params"]["type"], "danger")

    def test_verification_finds_a_chain_rewritten_consistently(self):
        """COM-3: whoever recomputes all hashes of a chain is caught by the seal."""
        self.Seal._seal(self.company)
        previous = None
        for line in self.lines:
            values = {name: line[name] for name in ("kind", "position", "res_model", "res_id")}
            values |= {
                "company_id": line.company_id.id,
                "actor_id": line.actor_id.id,
                "actor_name": line.actor_name,
                "state_from": line.state_from,
                "state_to": line.state_to,
                "comment": "forged",
                "logged_at": line.logged_at,
                "previous_hash": previous,
            }
            digest = self.Log._line_hash(values)
            self._tamper(
                "UPDATE itsms_log SET comment = 'forged', previous_hash = %s, hash = %s "
                "WHERE id = %s",
                previous,
                digest,
                line.id,
            )
            previous = digest
        self.assertEqual(self._broken()["type"], "danger")
        self.assertIn("rewritten", self._broken()["message"])

    def test_verification_finds_a_changed_seal(self):
        """COM-3: seals are chained themselves; a changed or removed one is found."""
        first = self.Seal._seal(self.company)
        self.role._log("other")
        self.Seal._seal(self.company)
        for query in (
            "UPDATE itsms_log_seal SET sealed_at = '2020-01-01' WHERE id = %s",
            "UPDATE itsms_log_seal SET head_count = head_count + 1 WHERE id = %s",
            "DELETE FROM itsms_log_seal_head WHERE seal_id = %s",
            "WITH gone AS (DELETE FROM itsms_log_seal_head WHERE seal_id = %s RETURNING seal_id) "
            "DELETE FROM itsms_log_seal WHERE id IN (SELECT seal_id FROM gone)",
        ):
            with self.subTest(query=query), self.env.cr.savepoint() as savepoint:
                self._tamper("SET CONSTRAINTS ALL DEFERRED")
                if query.startswith("WITH"):
                    self._tamper("DELETE FROM itsms_log_seal_head WHERE seal_id = %s", first.id)
                    query = "DELETE FROM itsms_log_seal WHERE id = %s"
                self._tamper(query, first.id)
                self.assertIn("seal", self._broken()["message"])
                self.assertEqual(self._broken()["type"], "danger")
                savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self._broken()["type"], "success")

    def test_verification_reads_in_slices(self):
        """COM-3: chains that cross a slice are followed all the same."""
        lines = list(self.Log._iterate_lines(size=3))
        self.assertEqual(len(lines), self.Log.sudo().search_count([]))
        ours = [
            x["id"] for x in lines if (x["res_model"], x["res_id"]) == ("itsms.role", self.role.id)
        ]
        self.assertEqual(ours, self.lines.ids)

    def test_only_auditor_and_office_verify(self):
        """COM-3: verification is for auditors and the ITSMS office."""
        for user in (self.auditor, self.office, self.manager):
            self.assertEqual(self._as(self.Log, user).action_verify()["params"]["type"], "success")
        for user in (self.reader, self.author, self.president):
            with self.assertRaises(AccessError):
                self._as(self.Log, user).action_verify()
        for arguments in (([1, 2],), ("itsms.role",), ("itsms.role", "1"), (None, 3), ({}, [])):
            if any(arguments):
                with self.assertRaises(UserError):
                    self._as(self.Log, self.auditor).action_verify(*arguments)

    # ------------------------------------------------------------ seals
    def test_seal_holds_only_what_grew(self):
        """COM-3: the nightly job may run again; it seals what is new, once, per company."""
        other = self.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        self.Seal._cron_seal()
        seal = self.Seal.search([("company_id", "=", self.company.id)], limit=1)
        self.assertIn(self.role.id, seal.head_ids.mapped("res_id"))
        self.assertEqual(seal.head_count, len(seal.head_ids))
        count = self.Seal.search_count([])
        self.Seal._cron_seal()
        self.assertEqual(self.Seal.search_count([]), count)
        self.role._log("other")
        self.role.with_company(other)._log("other")
        self.Seal._cron_seal()
        newer = self.Seal.search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(newer.previous_hash, seal.hash)
        self.assertEqual(newer.head_ids.mapped("position"), [5])
        foreign = self.Seal.sudo().search([("company_id", "=", other.id)])
        self.assertEqual(foreign.head_ids.mapped("position"), [6])
        self.assertFalse(foreign.previous_hash)
        self.assertFalse(self.Log._find_broken_line())

    # ------------------------------------------------------------ who sees what
    def test_lines_per_record_and_period(self):
        """COM-3: the auditor lists evidence per record and per period."""
        log = self._as(self.Log, self.auditor)
        domain = [("res_model", "=", "itsms.role"), ("res_id", "=", self.role.id)]
        self.assertEqual(log.search_count(domain), 4)
        self.assertEqual(log.search_count([*domain, ("logged_at", ">", "now")]), 0)
        self.assertEqual(self._as(self.role, self.auditor).log_count, 4)
        action = self.role.action_view_log()
        self.assertEqual(log.search_count(action["domain"]), 4)

    def test_evidence_of_another_company_is_closed(self):
        """COM-3: lines and seals show in their own company only."""
        other = self.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        stranger = self._person("stranger", None, "itsms_base.group_itsms_manager", company=other)
        self.Seal._seal(self.company)
        self.assertFalse(self._as(self.Log, stranger).search([("id", "in", self.lines.ids)]))
        with self.assertRaises(AccessError):
            self._as(self.lines[0], stranger).read(["comment"])
        self.assertFalse(
            self._as(self.Seal, stranger).search([("company_id", "=", self.company.id)])
        )
        self.assertFalse(
            self._as(self.env["itsms.log.seal.head"], stranger).search(
                [("res_model", "=", "itsms.role"), ("res_id", "=", self.role.id)]
            )
        )
