"""Two people act on the same record at once (real cursors); files go after the real commit."""

import os

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import TwoCursors


@tagged("post_install", "-at_install")
class TestRecordConcurrency(TwoCursors, BaseCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            cls._create(api.Environment(cr, SUPERUSER_ID, {}))

    @classmethod
    def _create(cls, env):
        company = env["res.company"].create({"name": "Record race", "itsms_code": "RR"})
        env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
        cls.company_id = company.id

        def person(login):
            return new_test_user(
                env,
                login=f"itsms.record.{login}",
                groups="base.group_user,itsms_base.group_itsms_office",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                email=False,
            )

        users = [person(login) for login in ("first", "second", "head", "boss")]
        cls.users = [user.id for user in users]
        employee = env["hr.employee"].create(
            {"name": "Head", "user_id": users[2].id, "company_id": company.id}
        )
        department = env["hr.department"].create(
            {"name": "Race", "company_id": company.id, "manager_id": employee.id}
        )
        cls.department_id = department.id
        env["itsms.role.assignment"].create(
            {
                "role_id": env.ref("itsms_base.itsms_role_vice_president").id,
                "user_id": users[3].id,
                "company_id": company.id,
                "department_id": department.id,
            }
        )
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

    @classmethod
    def _clean_up(cls):
        """Remove what was committed, below the triggers that keep evidence."""
        if not hasattr(cls, "company_id"):
            return
        company = [cls.company_id]
        versions = "SELECT id FROM itsms_record_version WHERE company_id = %s"
        with cls.registry.cursor() as cr:
            cr.execute("ALTER TABLE itsms_log DISABLE TRIGGER USER")
            cr.execute("DELETE FROM itsms_log WHERE company_id = %s", company)
            cr.execute("ALTER TABLE itsms_log ENABLE TRIGGER USER")
            cr.execute("DELETE FROM itsms_approval_step WHERE company_id = %s", company)
            cr.execute("DELETE FROM mail_activity WHERE user_id = ANY(%s)", [cls.users])
            for table in ("itsms_record", "itsms_record_disposal"):
                for other, column in (("mail_message", "model"), ("mail_followers", "res_model")):
                    cr.execute(
                        f"DELETE FROM {other} WHERE {column} = %s AND res_id IN "
                        f"(SELECT id FROM {table} WHERE company_id = %s)",
                        [table.replace("_", "."), *company],
                    )
            cr.execute(
                "DELETE FROM ir_attachment WHERE res_model = 'itsms.record.version' "
                f"AND res_id IN ({versions})",
                company,
            )
            cr.execute(
                "UPDATE itsms_record SET current_version_id = NULL, disposal_id = NULL "
                "WHERE company_id = %s",
                company,
            )
            for table in (
                "itsms_record_removal",
                "itsms_record_disposal_line",
                "itsms_record_disposal",
                "itsms_record_version",
                "itsms_record",
                "itsms_number_counter",
                "itsms_role_assignment",
            ):
                cr.execute(f"DELETE FROM {table} WHERE company_id = %s", company)
            env = api.Environment(cr, SUPERUSER_ID, {})
            department = env["hr.department"].browse(cls.department_id)
            department.manager_id = False
            env["hr.employee"].search([("user_id", "in", cls.users)]).unlink()
            department.unlink()
            people = env["res.users"].browse(cls.users)
            partners = people.partner_id
            people.write({"active": False})
            people.unlink()
            partners.unlink()
            env["res.company"].browse(cls.company_id).unlink()
            env.registry.clear_cache()

    def _env(self, cr, user):
        return api.Environment(
            cr, self.users[user], {"allowed_company_ids": [self.company_id], "tracking_disable": 1}
        )

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
