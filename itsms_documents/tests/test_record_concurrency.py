"""Two people act on the same record at once (real cursors); files go after the real commit."""

import os

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import RaceCase, tagged


@tagged("post_install", "-at_install")
class TestRecordConcurrency(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Record race", "RR")
        env = company.env
        office = "base.group_user,itsms_base.group_itsms_office"
        users = [cls._person(env, name, office) for name in ("first", "second", "head", "boss")]
        cls.users = [user.id for user in users]
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        department.manager_id = cls._employee(env, users[2])
        cls.department_id = department.id
        cls._appoint(env, "vice_president", users[3], department)
        cls.records = [cls._expired(env(user=users[0].id), n) for n in range(3)]
        disposal = cls._disposal(env(user=users[0].id), cls.records[2])
        disposal.action_submit()
        disposal.with_user(users[2]).action_approve()
        disposal.with_user(users[3]).action_approve()
        cls.approved = disposal.id

    @classmethod
    def _expired(cls, env, n):
        """Id of a filed record whose retention period is over."""
        record = env["itsms.record"].create(
            {"name": f"Race {n}", "department_id": cls.department_id, "company_id": cls.company_id}
        )
        env["ir.attachment"].create(
            {
                "name": "race.txt",
                "raw": f"race of records {n}".encode(),
                "res_model": "itsms.record",
                "res_id": record.id,
            }
        )
        record.attachment_ids = env["ir.attachment"].search(
            [("res_model", "=", "itsms.record"), ("res_id", "=", record.id)]
        )
        record.action_file()
        guard.as_engine(record.sudo()).write({"retention_until": fields.Date.to_date("2020-01-01")})
        return record.id

    @classmethod
    def _disposal(cls, env, record_id):
        return env["itsms.record.disposal"].create(
            {
                "company_id": cls.company_id,
                "department_id": cls.department_id,
                "line_ids": [fields.Command.create({"record_id": record_id})],
            }
        )

    def _env(self, cr, user):
        return super()._env(cr, self.users[user])

    @mute_logger("odoo.sql_db")
    def test_two_disposals_of_one_record(self):
        """REC-4.8: two disposals with the same record are submitted at once: one goes through."""
        with self.registry.cursor() as cr:
            for user in (0, 1):
                disposal = self._disposal(self._env(cr, user), self.records[0])
                setattr(self, f"disposal_{user}", disposal.id)
        with self._two("itsms_record") as (one, two):
            first = self._env(one, 0)["itsms.record.disposal"].browse(self.disposal_0)
            first.action_submit()
            one.commit()

            def submit():
                env = self._env(two, 1)
                env["itsms.record.disposal"].browse(self.disposal_1).action_submit()

            message = self._loses(two, submit)
            self.assertIn("REC-4.8", message)

    @mute_logger("odoo.sql_db")
    def test_correction_meets_disposal(self):
        """REC-4.8 REC-2c: a correction and a disposal of the same record at once: one of them."""
        with self.registry.cursor() as cr:
            disposal_id = self._disposal(self._env(cr, 0), self.records[1]).id
        with self._two("itsms_record") as (one, two):
            env = self._env(one, 0)
            record = env["itsms.record"].browse(self.records[1])
            nothing = env["ir.attachment"]
            record._correct("Typo", "<p>x</p>", nothing, nothing)

            def submit():
                self._env(two, 1)["itsms.record.disposal"].browse(disposal_id).action_submit()

            with mute_logger("odoo.addons"):
                message = self._loses(two, submit)
            self.assertIn("very moment", message)
            one.commit()
            two.rollback()
            submit()
            two.commit()
            env.invalidate_all()
            with self.assertRaisesRegex(Exception, "REC-4.8"):
                record._correct("Again", "<p>y</p>", nothing, nothing)

    def test_files_go_after_the_commit(self):
        """REC-4.8: with the commit the file is gone from the disk; executed twice is refused."""
        with self.registry.cursor() as cr:
            env = self._env(cr, 0)
            disposal = env["itsms.record.disposal"].browse(self.approved)
            file = disposal.line_ids.record_id.attachment_ids
            path = file._full_path(file.store_fname)
            self.assertTrue(os.path.exists(path))
            disposal.action_execute()
            self.assertTrue(os.path.exists(path), "a rollback would need it")
        self.assertFalse(os.path.exists(path))
        with self.registry.cursor() as cr:
            env = self._env(cr, 1)
            disposal = env["itsms.record.disposal"].browse(self.approved)
            self.assertEqual(set(disposal.removal_ids.mapped("state")), {"removed"})
            with self.assertRaisesRegex(Exception, "COM-2"):
                disposal.action_execute()
