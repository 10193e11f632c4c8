"""A register is taken over while others draw numbers (real cursors)."""

import base64

from psycopg2.errors import SerializationFailure

from odoo.tools import mute_logger

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.tests.common import RaceCase, tagged

HEADER = "number,title,category,department,revision status,publication date\n"


@tagged("post_install", "-at_install")
class TestImportConcurrency(RaceCase):
    """Works on committed data in a company of its own, which is removed at the end."""

    @classmethod
    def _create(cls, env):
        company = cls._company(env, "Import race", "IR")
        env = company.env
        user = cls._person(env, "office", "base.group_user,itsms_base.group_itsms_office")
        cls.department_id = (
            env["hr.department"].create({"name": "Race", "company_id": company.id}).id
        )
        lines = "GB-1,One,WL,Race,A/0,2024-01-01\nIR-ITSMS-ZC-005-A,Two,ZC,Race,A/0,2024-01-01\n"
        batch = env(user=user)["itsms.document.import"].create(
            {
                "company_id": company.id,
                "file": base64.b64encode((HEADER + lines).encode()),
                "file_name": "race.csv",
            }
        )
        batch.action_check()
        assert set(batch.line_ids.mapped("state")) == {"ok"}, batch.line_ids.mapped("message")
        cls.external_id, cls.supporting_id = batch.line_ids.ids

    def _draft(self, cr, category, number):
        """Somebody else's document that gets ``number``."""
        env = self._env(cr)
        document = env["itsms.document"].create(
            {
                "name": "Faster",
                "category_id": env.ref(f"itsms_documents.itsms_document_category_{category}").id,
                "department_id": self.department_id,
                "company_id": self.company_id,
            }
        )
        guard.as_engine(document).write({"number": number})
        env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_number_given_at_the_same_moment(self):
        """DOC-4.1.2.1: the line gets a clear error and leaves nothing behind; nobody waits."""
        with self._two("itsms_document") as (one, two):
            self._draft(one, "external", "GB-1")
            one.commit()
            # the job's snapshot is older: only the index of the database knows
            line = self._env(two)["itsms.document.import.line"].browse(self.external_id)
            line._take_over()
            self.assertEqual(line.state, "error")
            self.assertIn("same moment", line.message)
            two.commit()
        with self.registry.cursor() as cr:
            found = self._env(cr)["itsms.document"].search([("company_id", "=", self.company_id)])
            self.assertEqual(found.filtered(lambda d: d.number == "GB-1").name, "Faster")
            self.assertFalse(found.filtered(lambda d: d.name == "One"))

    @mute_logger("odoo.sql_db")
    def test_serial_drawn_at_the_same_moment(self):
        """DOC-4.1.2.1f: the batch begins anew on the present state; the serial is given once."""
        with self._two("itsms_document") as (one, two):
            scheme = self._env(one).ref("itsms_documents.itsms_number_scheme_supporting")
            self.assertEqual(
                scheme._draw(self._env(one)["res.company"].browse(self.company_id), 1), 1
            )
            one.commit()
            line = self._env(two)["itsms.document.import.line"].browse(self.supporting_id)
            try:
                line._take_over()
            except SerializationFailure:
                two.rollback()
                line.env.transaction.reset()
                line._take_over()
            two.commit()
        with self.registry.cursor() as cr:
            env = self._env(cr)
            line = env["itsms.document.import.line"].browse(self.supporting_id)
            self.assertEqual((line.state, line.document_id.serial), ("imported", 5))
            scheme = env.ref("itsms_documents.itsms_number_scheme_supporting")
            self.assertEqual(scheme._draw(line.company_id, 1), 6)
            cr.rollback()
