from datetime import timedelta

from odoo.tests import tagged

from .common import DocumentCase


@tagged("post_install", "-at_install")
class TestMenus(DocumentCase):
    """A reader sees what is useful to him; nobody loses a menu of an office he holds."""

    def _menus(self, user):
        """Xml ids of the menus that ``user`` sees."""
        Menu = self.env["ir.ui.menu"].with_user(user)
        return {menu.get("xmlid") for menu in Menu.load_menus(False).values()}

    def _controlled(self):
        return set(self.env["ir.ui.menu"]._itsms_role_menus())

    def test_reader_sees_no_controllers_menus(self):
        """DOC-3.2, DOC-3.4: control is for those who hold the office; reading is for everybody."""
        seen = self._menus(self.reader)
        self.assertFalse(seen & self._controlled())
        kept = ("menu", "acknowledgement_menu_mine", "change_menu", "loan_menu", "copy_menu")
        for name in kept:
            self.assertIn(f"itsms_documents.itsms_document_{name}", seen)
        for name in ("record_menu", "record_form_menu", "record_disposal_menu"):
            self.assertIn(f"itsms_documents.itsms_{name}", seen)

    def test_offices_keep_their_menus(self):
        """DOC-3.2: controller, representative, office, auditor and heads see every menu."""
        for user in (self.controller, self.mr, self.office, self.auditor, self.head, self.vp):
            with self.subTest(user=user.login):
                self.assertLessEqual(self._controlled(), self._menus(user))

    def test_department_administrator(self):
        """DOC-3.4: the administrator of a department follows up, but does not publish."""
        self._assign("department_document_administrator", self.reader, self.dep_sales)
        seen = self._menus(self.reader)
        publish = "itsms_documents.itsms_document_revision_menu_to_publish"
        self.assertEqual(self._controlled() - seen, {publish})

    def test_stand_in_and_end_of_an_office(self):
        """An office that begins or ends shows at once, a stand-in for as long as he stands in."""
        today = self.company._itsms_today()
        assignment = self._assign(
            "document_controller", self.reader, date_from=today - timedelta(days=9)
        )
        self.assertLessEqual(self._controlled(), self._menus(self.reader))
        assignment.sudo().write({"date_to": today - timedelta(days=1)})
        self.assertFalse(self._menus(self.reader) & self._controlled())
        self.env["itsms.stand.in"].sudo().create(
            {
                "principal_id": self.controller.id,
                "substitute_id": self.reader.id,
                "date_from": today,
                "date_to": today,
                "reason": "Leave",
                "company_id": self.company.id,
            }
        )
        self.assertLessEqual(self._controlled(), self._menus(self.reader))

    def test_no_empty_heading(self):
        """A heading whose entries are all hidden is hidden too; others keep their order."""
        menus = self.env["ir.ui.menu"].with_user(self.reader).load_menus(False)
        for key, menu in menus.items():
            self.assertFalse(set(menu["children"]) - set(menus), menu["name"])
            if key != "root":
                self.assertTrue(menu["children"] or menu["action_id"], menu["name"])
