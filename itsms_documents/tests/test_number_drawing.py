from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard

from .common import DocumentCase, tagged


@tagged("post_install", "-at_install")
class TestNumberDrawing(DocumentCase):
    def test_number_comes_on_leaving_draft(self):
        """COM-1: a draft has no number; it is drawn on leaving draft and kept from then on."""
        document = self._document()
        self.assertFalse(document.number)
        revision = document.revision_ids
        revision.action_submit()
        self.assertEqual(document.number, "LH-ITSMS-CX-001-A")
        revision.action_withdraw()
        revision.action_submit()
        self.assertEqual((document.number, document.serial), ("LH-ITSMS-CX-001-A", 1))

    def test_cancelled_numbers_stay_visible(self):
        """COM-1: a cancelled document keeps its number in the register; nobody gets it again."""
        revision = self._submitted()
        document = revision.document_id
        revision.action_withdraw()
        document.action_transition("cancel", "not needed")
        self.assertEqual(document.number, "LH-ITSMS-CX-001-A")
        found = self._as(self.env["itsms.document"], self.reader).search(
            [("number", "=", "LH-ITSMS-CX-001-A"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(found, document)
        with self.assertRaises(UserError):
            document.unlink()
        self.assertEqual(self._submitted(name="Next").document_id.number, "LH-ITSMS-CX-002-A")

    def test_a_refused_submission_draws_no_number(self):
        """COM-1: gapless – what was refused leaves no hole."""
        empty = self._document(name="Empty")
        empty.revision_ids.body = False
        with self.assertRaises(UserError):
            empty.revision_ids.action_submit()
        self.assertEqual(self._submitted().document_id.number, "LH-ITSMS-CX-001-A")

    def test_200_documents_draw_in_one_statement(self):
        """COM-1: numbers of a batch are consecutive, unique and drawn at once."""
        documents = self.env["itsms.document"]
        documents |= documents.create(
            [
                {
                    "name": f"D{n}",
                    "category_id": self.env.ref(
                        "itsms_documents.itsms_document_category_procedure"
                    ).id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                }
                for n in range(200)
            ]
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        documents._draw_numbers()
        self.assertLess(self.env.cr.sql_log_count - before, 30)
        self.assertEqual(documents.mapped("serial"), list(range(1, 201)))
        self.assertEqual(len(set(documents.mapped("number"))), 200)
        counter = (
            documents[0]
            ._number_scheme()
            .counter_ids.filtered(lambda c: c.company_id == self.company)
        )
        self.assertEqual(counter.last, 200)

    def test_nobody_sets_a_number(self):
        """COM-1 COM-2: a number is drawn, never typed: on creation, later, by import."""
        document = self._submitted().document_id
        for vals in ({"number": "LH-ITSMS-CX-999-A"}, {"serial": 999}):
            for user in (self.author, self.office, self.manager):
                with self.assertRaises(AccessError):
                    self._as(document, user).write(vals)
                with self.assertRaises(AccessError):
                    self._document(user=user, **vals)

    def test_the_database_keeps_numbers_unique(self):
        """DOC-4.1.2.1 COM-1: below all code a number exists once per company."""
        first, second = self._submitted().document_id, self._submitted(name="Two").document_id
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            guard.as_engine(second.sudo()).write({"number": first.number})
            self.env.flush_all()
