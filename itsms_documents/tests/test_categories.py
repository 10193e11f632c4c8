from odoo.exceptions import UserError, ValidationError
from odoo.tools.safe_eval import safe_eval

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestCategories(DocumentCase):
    """Categories, kinds, control status and the departments that take part."""

    def _category(self, name):
        return self.env.ref(f"itsms_documents.itsms_document_category_{name}")

    def _kinds(self, name):
        return self._category(name).subcategory_ids.mapped("name")

    def test_every_document_is_in_one_of_four_categories(self):
        """DOC-4.1.1.1 DOC-4.1.1.1a DOC-4.1.1.1b: manual, procedures, supporting, external."""
        categories = self.env["itsms.document.category"].search([])
        self.assertLessEqual(
            {"manual", "procedure", "supporting", "external"}, set(categories.mapped("kind"))
        )
        self.assertEqual(self._category("manual").name, "Management Manual")
        self.assertEqual(self._category("manual").code, "SC")
        self.assertEqual(self._category("procedure").name, "Procedure")
        self.assertEqual(self._category("procedure").code, "CX")
        self.assertTrue(self.env["itsms.document"]._fields["category_id"].required)

    def test_kinds_of_supporting_documents(self):
        """DOC-4.1.1.1c: work instructions, rules and regulations, related material."""
        self.assertEqual(
            self._kinds("supporting"),
            ["Work instruction", "Rules and regulations", "Related material"],
        )
        self.assertEqual(self._category("supporting").code, "ZC")

    def test_kinds_of_external_documents(self):
        """DOC-4.1.1.1d: national and industry standards, laws, material from customers."""
        self.assertEqual(
            self._kinds("external"),
            [
                "National standard",
                "Industry standard",
                "Laws and regulations",
                "Technical material from the customer",
            ],
        )

    def test_a_kind_belongs_to_its_category(self):
        """DOC-4.1.1.1c DOC-4.1.1.1d: a national standard is no procedure."""
        standard = self.env.ref("itsms_documents.itsms_document_subcategory_national_standard")
        with self.assertRaisesRegex(ValidationError, "DOC-4.1.1.1"):
            self._document(subcategory_id=standard.id)
        document = self._document("external", original_number="GB 1", subcategory_id=standard.id)
        with self.assertRaisesRegex(ValidationError, "DOC-4.1.1.1"):
            document.subcategory_id = self.env.ref(
                "itsms_documents.itsms_document_subcategory_rules"
            )

    def test_category_and_company_stay_after_numbering(self):
        """DOC-4.1.2.1 DOC-4.1.1.1: the category made the number, so it stays with it."""
        document = self._document()
        document.category_id = self._category("supporting")  # a draft without number may change
        document.revision_ids.action_submit()
        self.assertEqual(document.number, "LH-ITSMS-ZC-001-A")
        for user in (self.author, self.office, self.env.user):
            with self.assertRaisesRegex(UserError, "DOC-4.1.2.1"):
                self._as(document, user).category_id = self._category("procedure")
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        with self.assertRaisesRegex(UserError, "DOC-4.1.2.1"):
            self._as(document, self.env.user).sudo().company_id = other
        document.write({"category_id": document.category_id.id, "alias": "Same category"})
        self.assertEqual(document.alias, "Same category")

    def test_control_status_has_two_values(self):
        """DOC-4.1.1.2: controlled or uncontrolled; controlled unless somebody says otherwise."""
        selection = self.env["itsms.document"]._fields["control_status"].selection
        self.assertEqual([key for key, _label in selection], ["controlled", "uncontrolled"])
        self.assertEqual(self._document().control_status, "controlled")

    def test_what_is_published_is_controlled(self):
        """DOC-4.1.1.2b: an uncontrolled document is not published, a published one stays so."""
        revision = self._approved()
        self._as(revision.document_id, self.office).control_status = "uncontrolled"
        with self.assertRaisesRegex(UserError, "DOC-4.1.1.2b"):
            self._as(revision, self.controller).action_publish()
        self.assertEqual(self._as(revision, self.author).state, "approved")
        self._as(revision.document_id, self.office).control_status = "controlled"
        self._as(revision, self.controller).action_publish()
        with self.assertRaisesRegex(UserError, "DOC-4.1.1.2b"):
            self._as(revision.document_id, self.office).control_status = "uncontrolled"

    def test_published_document_shows_edition_and_date(self):
        """DOC-4.1.1.2b: edition and publication date stand in the list and on the form."""
        document = self._published()
        values = self._as(document, self.reader).read(["revision_status", "publication_date"])[0]
        self.assertEqual(values["revision_status"], "A/0")
        self.assertEqual(values["publication_date"], self.company._itsms_today())
        for kind in ("list", "form"):
            arch = (
                self.env["itsms.document"].with_user(self.reader).get_view(view_type=kind)["arch"]
            )
            self.assertIn('name="revision_status"', arch)
            self.assertIn('name="publication_date"', arch)

    def test_departments_taking_part_in_a_supporting_document(self):
        """DOC-3.2a: the ITSMS office and related departments that take part are on record."""
        document = self._published(
            category="supporting",
            participating_department_ids=[(6, 0, (self.dep_office | self.dep_sales).ids)],
        )
        seen = self._as(document, self.reader).participating_department_ids.sudo()
        self.assertEqual(seen, self.dep_office | self.dep_sales)
        values = self.env["report.itsms_documents.report_document_cover"]._get_report_values(
            document.current_revision_id.ids
        )
        html = self.env["ir.qweb"]._render("itsms_documents.report_document_cover", values)
        self.assertIn("ITSMS office, Sales", str(html))

    def test_asset_identification_list(self):
        """DOC-4.1.1.3e: the list tells which documents are top secret and which are secret."""
        made = {
            level: self._document(user=self.env.user, name=level, secrecy=level)
            for level in ("top_secret", "secret", "internal", "public")
        }
        action = self.env.ref("itsms_documents.itsms_document_action_confidential")
        domain = [*safe_eval(action.domain), ("company_id", "=", self.company.id)]
        Document = self.env["itsms.document"]
        self.assertEqual(
            Document.sudo().search(domain), (made["top_secret"] | made["secret"]).sudo()
        )
        president = self._as(Document, self.president).search(domain)
        self.assertEqual(set(president.mapped("secrecy")), {"top_secret", "secret"})
        head = self._as(Document, self.head).search(domain)
        self.assertEqual(head.mapped("secrecy"), ["secret"])
        self.assertFalse(self._as(Document, self.reader).search(domain))

    def test_media_and_any_other_medium(self):
        """DOC-4.1.3: server, paper, disk, photograph, and what the office adds; server first."""
        Medium = self.env["itsms.document.medium"]
        delivered = [
            self.env.ref(f"itsms_documents.itsms_document_medium_{name}")
            for name in ("server", "paper", "disk", "photo")
        ]
        self.assertEqual(self._document().medium_id, delivered[0])
        self.assertTrue(all(medium in Medium.search([]) for medium in delivered))
        microfilm = Medium.with_user(self.office).create({"name": "Microfilm"})
        self.assertEqual(self._document(medium_id=microfilm.id).medium_id, microfilm)
