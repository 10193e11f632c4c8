from .common import DocumentCase, tagged

SPEC = {
    name: {"fields": {"display_name": {}}} if name.endswith("_id") else {}
    for name in (
        "number",
        "name",
        "category_id",
        "revision_status",
        "publication_date",
        "department_id",
        "secrecy",
        "state",
    )
}


@tagged("post_install", "-at_install")
class TestRegister(DocumentCase):
    """The company-wide document register."""

    def test_register_shows_the_current_revision_status(self):
        """DOC-4.1.2.2.2: every document, whatever its state, with its current status."""
        published = self._published()
        self._new_revision(published)
        draft = self._document(name="Unwritten")
        withdrawn = self._published(name="Old")
        self._as(withdrawn, self.office).action_transition("obsolete", "no longer used")
        action = self.env.ref("itsms_documents.itsms_document_action_register")
        self.assertFalse(action.domain)
        Document = self._as(self.env["itsms.document"], self.reader)
        rows = Document.web_search_read([("company_id", "=", self.company.id)], SPEC)["records"]
        by_id = {row["id"]: row for row in rows}
        self.assertEqual(by_id[published.id]["revision_status"], "A/0")
        self.assertEqual(by_id[published.id]["number"], "LH-ITSMS-CX-001-A")
        self.assertEqual(by_id[draft.id]["state"], "draft")
        self.assertEqual(by_id[withdrawn.id]["state"], "obsolete")
        arch = Document.get_view(view_type="list")["arch"]
        self.assertIn('name="revision_status"', arch)

    def test_first_page_within_15_queries(self):
        """DOC-4.1.2.2.2: the first page costs a plain reader at most 15 queries, secrecy on."""
        category = self.env.ref("itsms_documents.itsms_document_category_procedure")
        levels = ("internal", "public", "secret", "internal")
        self.env["itsms.document"].create(
            [
                {
                    "name": f"Procedure {n}",
                    "category_id": category.id,
                    "department_id": (self.dep_dev, self.dep_sales, self.dep_lab)[n % 3].id,
                    "secrecy": levels[n % 4],
                    "company_id": self.company.id,
                }
                for n in range(120)
            ]
        )
        reader = self._as(self.env["itsms.document"], self.reader)
        reader.web_search_read([], SPEC, limit=1)  # access rules and role register are warm
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        page = self._as(self.env["itsms.document"], self.reader).web_search_read(
            [], SPEC, limit=80, order="number, id"
        )
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(len(page["records"]), 80)
        self.assertNotIn("secret", [row["secrecy"] for row in page["records"]])
        self.assertLessEqual(queries, 15)

    def test_menus_lead_to_lists(self):
        """DOC-4.1.2.2.2 DOC-4.1.1.3e: every menu of the module opens a list that loads."""
        menus = self.env["ir.ui.menu"].search([("action", "!=", False)])
        actions = [
            menu.action
            for menu in menus
            if (menu.get_external_id()[menu.id] or "").startswith("itsms_documents.")
        ]
        self.assertGreaterEqual(len(actions), 8)
        for action in actions:
            model = self._as(self.env[action.res_model], self.office)
            views = model.get_views([(False, kind) for kind in action.view_mode.split(",")])
            self.assertTrue(views["views"])
