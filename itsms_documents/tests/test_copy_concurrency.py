"""Two people act on the same copy at the same instant: one wins, one is told (real cursors)."""

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.itsms_base.tests.common import RaceCase, tagged

from .common import scope_in_force


@tagged("post_install", "-at_install")
class TestCopyConcurrency(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Copy race", "CR")
        env = company.env
        office = "base.group_user,itsms_base.group_itsms_office"
        users = [cls._person(env, name, office) for name in ("one", "two")]
        users += [cls._person(env, name) for name in ("boss", "admin")]
        cls.users = [user.id for user in users]
        department = env["hr.department"].create({"name": "Race", "company_id": company.id})
        cls._appoint(env, "vice_president", users[2], department)
        cls._appoint(env, "department_document_administrator", users[3], department)
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
