"""Two people act on the same copy at the same instant: one wins, one is told (real cursors)."""

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.itsms_base.tests.common import TwoCursors

from .common import scope_in_force


@tagged("post_install", "-at_install")
class TestCopyConcurrency(TwoCursors, BaseCase):
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
        company = env["res.company"].create({"name": "Copy race", "itsms_code": "CR"})
        env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
        cls.company_id = company.id

        def person(login, groups="base.group_user"):
            return new_test_user(
                env,
                login=f"itsms.copyrace.{login}",
                groups=groups,
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
                email=False,
            )

        office = "base.group_user,itsms_base.group_itsms_office"
        users = [person("one", office), person("two", office), person("boss"), person("admin")]
        cls.users = [user.id for user in users]
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        for code, user in (
            ("vice_president", users[2]),
            ("department_document_administrator", users[3]),
        ):
            env["itsms.role.assignment"].create(
                {
                    "role_id": env.ref(f"itsms_base.itsms_role_{code}").id,
                    "user_id": user.id,
                    "company_id": company.id,
                    "department_id": department.id,
                }
            )
        category = env.ref("itsms_documents.itsms_document_category_supporting")
        document = env["itsms.document"].create(
            {
                "name": "Race",
                "category_id": category.id,
                "department_id": department.id,
                "company_id": company.id,
            }
        )
        revision = document.revision_ids.with_user(users[0])
        revision.body = "<p>A/0</p>"
        line = {"department_id": department.id, "paper_copies": 9, "electronic": False}
        scope = {"document_id": document.id, "line_ids": [fields.Command.create(line)]}
        scope_in_force(document, scope)
        company.itsms_office_department_id = department
        revision.action_submit()
        while revision.state == "pending":
            revision.with_user(users[2]).action_approve()
        revision.with_user(users[1]).action_publish()
        cls.document_id = document.id
        copies = document.copy_ids.sorted("number")
        cls.copies = copies.ids
        issued = copies[3:].with_user(users[0])
        issued.action_issue()

    @classmethod
    def _clean_up(cls):
        """Remove what was committed, below the triggers that keep evidence."""
        if not hasattr(cls, "company_id"):
            return
        company = [cls.company_id]
        with cls.registry.cursor() as cr:
            cr.execute("ALTER TABLE itsms_log DISABLE TRIGGER USER")
            cr.execute("DELETE FROM itsms_log WHERE company_id = %s", company)
            cr.execute("ALTER TABLE itsms_log ENABLE TRIGGER USER")
            cr.execute("DELETE FROM itsms_approval_step WHERE company_id = %s", company)
            cr.execute("DELETE FROM mail_activity WHERE user_id = ANY(%s)", [cls.users])
            for table, model in (
                ("itsms_document", "itsms.document"),
                ("itsms_document_revision", "itsms.document.revision"),
                ("itsms_document_distribution", "itsms.document.distribution"),
                ("itsms_record", "itsms.record"),
            ):
                rows = f"SELECT id FROM {table} WHERE company_id = %s"
                for linked, column in (
                    ("mail_message", "model"),
                    ("mail_followers", "res_model"),
                    ("ir_attachment", "res_model"),
                ):
                    cr.execute(
                        f"DELETE FROM {linked} WHERE {column} = %s AND res_id IN ({rows})",
                        [model, *company],
                    )
            cr.execute(
                "UPDATE itsms_document SET current_revision_id = NULL, distribution_id = NULL "
                "WHERE company_id = %s",
                company,
            )
            cr.execute(
                "UPDATE itsms_record SET current_version_id = NULL WHERE company_id = %s", company
            )
            for table in (
                "itsms_document_copy",
                "itsms_document_acknowledgement",
                "itsms_record_version",
                "itsms_record",
                "itsms_document_distribution_line",
                "itsms_document_distribution",
                "itsms_document_revision",
                "itsms_document",
                "itsms_number_counter",
                "itsms_role_assignment",
            ):
                cr.execute(f"DELETE FROM {table} WHERE company_id = %s", company)
            cr.execute(
                "UPDATE res_company SET itsms_office_department_id = NULL WHERE id = %s", company
            )
            cr.execute("DELETE FROM hr_department WHERE company_id = %s", company)
            env = api.Environment(cr, SUPERUSER_ID, {})
            people = env["res.users"].browse(cls.users)
            partners = people.partner_id
            people.write({"active": False})
            people.unlink()
            partners.unlink()
            env["res.company"].browse(cls.company_id).unlink()
            env.registry.clear_cache()

    def _env(self, cr, user):
        return api.Environment(cr, user, {"allowed_company_ids": [self.company_id]})

    def _copy(self, cr, user, index):
        return self._env(cr, self.users[user])["itsms.document.copy"].browse(self.copies[index])

    def _result(self, index):
        with self.registry.cursor() as cr:
            copy = self._env(cr, SUPERUSER_ID)["itsms.document.copy"].browse(self.copies[index])
            domain = [("res_model", "=", copy._name), ("res_id", "=", copy.id)]
            lines = copy.env["itsms.log"].search(domain, order="position")
            return copy.state, bool(copy.recalled_at), lines.mapped("kind")

    @mute_logger("odoo.sql_db")
    def test_two_controllers_issue_the_same_number(self):
        """DOC-4.4.1.2: one issue, one refusal, one line of evidence."""
        with self._two("itsms_document_copy") as (one, two):
            self._copy(one, 0, 0).action_issue()
            self.assertIn(
                "Somebody else is working",
                self._loses(two, lambda: self._copy(two, 1, 0).action_issue()),
            )
            one.commit()
            self._loses(two, lambda: self._copy(two, 1, 0).action_issue())
        self.assertEqual(self._result(0), ("issued", False, ["issue"]))

    @mute_logger("odoo.sql_db")
    def test_two_controllers_prepare_the_same_number(self):
        """DOC-4.4.1.2: the number comes into circulation once, even with an old snapshot."""
        with self.registry.cursor() as cr:
            self._copy(cr, 0, 1).action_transition("cancel", "Not needed")

        def prepare(cr, user):
            document = self._env(cr, self.users[user])["itsms.document"].browse(self.document_id)
            document.action_prepare_copies()
            document.flush_recordset()

        with self._two("itsms_document_copy") as (one, two):
            prepare(one, 0)
            one.commit()
            try:
                prepare(two, 1)
            except Exception:  # tried again by the framework
                two.rollback()
                prepare(two, 1)
            two.commit()
        with self.registry.cursor() as cr:
            copies = self._env(cr, SUPERUSER_ID)["itsms.document.copy"].search(
                [("document_id", "=", self.document_id), ("number", "=", 2)]
            )
            self.assertEqual(sorted(copies.mapped("state")), ["cancelled", "draft"])

    @mute_logger("odoo.sql_db")
    def test_sign_while_it_is_recalled(self):
        """DOC-4.4.2.4a DOC-4.4.1.2: after the recall the signature is refused, in every order."""
        with self._two("itsms_document_copy") as (one, two):
            self._copy(one, 0, 3).action_recall("misuse", "Found on the street")
            self._loses(two, lambda: self._copy(two, 3, 3).action_sign())
            one.commit()
            self.assertIn(
                "was recalled", self._loses(two, lambda: self._copy(two, 3, 3).action_sign())
            )
        self.assertEqual(self._result(3), ("issued", True, ["issue", "recall"]))

    @mute_logger("odoo.sql_db")
    def test_returned_twice_at_once(self):
        """DOC-4.7.1b: the copy comes back once."""
        with self._two("itsms_document_copy") as (one, two):
            self._copy(one, 0, 4).action_return()
            self._loses(two, lambda: self._copy(two, 1, 4).action_return())
            one.commit()
            self.assertIn(
                "already", self._loses(two, lambda: self._copy(two, 1, 4).action_return())
            )
        self.assertEqual(self._result(4), ("returned", False, ["issue", "return"]))
        with self.registry.cursor() as cr, self.assertRaises(UserError):
            self._copy(cr, 0, 4).action_return()
