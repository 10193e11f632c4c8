from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestLinks(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Link = cls.env["itsms.link"]
        cls.type = cls.env["itsms.link.type"].create(
            {"name": "causes", "inverse_name": "is caused by"}
        )

    def setUp(self):
        super().setUp()
        self.one, self.two = self._document(name="One"), self._document(name="Two")

    def _link(self, near=None, far=None, user=None, **vals):
        near, far = near or self.one, far or self.two
        return self._as(self.Link, user or self.author).create(
            {
                "type_id": self.type.id,
                "res_model": near._name,
                "res_id": near.id,
                "target_model": far._name,
                "target_id": far.id,
                **vals,
            }
        )

    def test_seen_from_both_sides_with_counter(self):
        """COM-11: a typed link, visible and counted on either record."""
        link = self._link()
        for document in (self.one, self.two):
            mine = self._as(document, self.author)
            self.assertEqual(mine.link_count, 1)
            self.assertEqual(
                self._as(self.Link, self.author).search(mine.action_view_links()["domain"]), link
            )
        self.assertEqual(self._as(link, self.author).record_name, "One")
        self.assertEqual(self._as(link, self.author).target_name, "Two")
        self.assertEqual((link.type_id.name, link.type_id.inverse_name), ("causes", "is caused by"))

    def test_survives_closing_and_archiving(self):
        """COM-11: closed and archived records keep their links."""
        link = self._link()
        self.one.sudo().action_transition("cancel", "not needed")
        self.one.sudo().active = False
        self.assertTrue(self._as(link, self.author).exists())
        self.assertEqual(self._as(self.two, self.author).link_count, 1)
        self.assertIn("One", self._as(link, self.author).record_name)

    def test_counters_of_a_list_are_counted_at_once(self):
        """COM-11: counters of many records take a fixed number of queries."""
        documents = self.one | self.two
        for number in range(8):
            documents |= self._document(name=f"D{number}")
        for document in documents[1:]:
            self._link(far=document)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(3):
            counts = documents.sudo().mapped("link_count")
        self.assertEqual(counts, [9, *([1] * 9)])

    def test_what_cannot_be_linked(self):
        """COM-11: foreign models, missing records, odd ids, itself and twice are refused."""
        for vals in (
            {"target_model": "res.users", "target_id": self.president.id},
            {"target_model": "no.such.model", "target_id": 1},
            {"target_model": "itsms.linked.mixin", "target_id": 1},
            {"target_id": 2**31 - 1},
            {"target_id": -1},
            {"target_id": 0},
            {"target_id": "1 OR 1=1"},
            {"res_model": "ir.config_parameter", "res_id": 1},
            {"target_ref": "res.users,1"},
            {"target_ref": "itsms.document,x"},
            {"target_ref": "nonsense"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._link(**vals)
        self._link()
        for far in (self.one, self.two):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._link(far=far)

    def test_a_link_is_not_changed(self):
        """COM-11: removed and set anew, never bent to another record."""
        link = self._link()
        for user in (self.author, self.manager, self.env.user):
            with self.assertRaises(UserError):
                self._as(link, user).write({"target_id": self.one.id})

    def test_who_removes_a_link(self):
        """COM-11: who set it or may write the record; a reader may not."""
        link = self._link()
        with self.assertRaises(AccessError):
            self._as(link, self.reader).unlink()
        self._as(link, self.author).unlink()
        link = self._link(user=self.office)
        self._as(link, self.colleague).unlink()

    def test_two_companies(self):
        """COM-11: a link shows to people of the company only, and reaches nothing outside."""
        other = self.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        stranger = self._person("stranger", None, "itsms_base.group_itsms_manager", other)
        link = self._link()
        self.assertFalse(self._as(self.Link, stranger).search([("id", "=", link.id)]))
        with self.assertRaises(AccessError):
            self._as(link, stranger).read(["note"])
        with self.assertRaises(AccessError):
            self._link(user=stranger)
