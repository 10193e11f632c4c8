from odoo.exceptions import AccessError

from odoo.addons.itsms_base.tests.common import AccessMatrix

from .common import DocumentCase, tagged

R, ALL, DIALOG = "r", "rwcu", "rwc"


@tagged("post_install", "-at_install")
class TestDocumentAccess(AccessMatrix, DocumentCase):
    """Rights on models; who may write which document is a rule on top (``can_edit``)."""

    module = "itsms_documents"
    matrix = {
        "itsms.document": (ALL, ALL, ALL, ALL),
        "itsms.document.revision": (ALL, ALL, ALL, ALL),
        "itsms.document.category": (R, "rwc", ALL, R),
        "itsms.document.subcategory": (R, "rwc", ALL, R),
        "itsms.document.medium": (R, "rwc", ALL, R),
        "itsms.document.distribution": (ALL, ALL, ALL, ALL),
        "itsms.document.distribution.line": (ALL, ALL, ALL, ALL),
        "itsms.record.form": (ALL, ALL, ALL, ALL),
        "itsms.document.loan": (ALL, ALL, ALL, ALL),
        "itsms.document.permission": (R, ALL, ALL, R),
        "itsms.document.loan.dialog": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.document.change": (ALL, ALL, ALL, ALL),
        "itsms.document.acknowledgement": (R, R, R, R),
        "itsms.document.import": ("", ALL, ALL, ""),
        "itsms.document.import.line": ("", R, R, ""),
        "itsms.document.propose.scope": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.record.form.print": (ALL, ALL, ALL, ALL),
        "itsms.record.form.issue": (ALL, ALL, ALL, ALL),
        "itsms.record.form.receipt": (R, R, R, R),
        "itsms.record.form.reverse": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.document.compare": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.document.new.revision": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.record": (ALL, ALL, ALL, ALL),
        "itsms.record.version": (R, R, R, R),
        "itsms.record.disposal": (ALL, ALL, ALL, ALL),
        "itsms.record.disposal.line": (ALL, ALL, ALL, ALL),
        "itsms.record.removal": (R, R, R, R),
        "itsms.record.collection": ("rw", ALL, ALL, "rw"),
        "itsms.record.execution": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.record.act": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.record.correction": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.record.medium": (R, "rwc", ALL, R),
        "itsms.document.review": (ALL, ALL, ALL, ALL),
        "itsms.document.obsolete": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.document.watch": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.document.as.of": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.document.copy": (R, R, R, R),
        "itsms.document.reissue": (ALL, ALL, ALL, ALL),
        "itsms.document.copy.act": (DIALOG, DIALOG, DIALOG, DIALOG),
    }

    def test_documents_are_written_by_their_department_and_the_office(self):
        """DOC-3.1 DOC-3.2: the responsible department and the ITSMS office write, nobody else."""
        document = self._document()
        for user, may in (
            (self.author, True),
            (self.colleague, True),
            (self.head, True),
            (self.office, True),
            (self.reader, False),
            (self.auditor, False),
        ):
            for record in (document, document.revision_ids):
                with self.subTest(user=user.login, model=record._name):
                    self.assertEqual(self._as(record, user).has_access("write"), may)
                    self.assertTrue(self._as(record, user).has_access("read"))

    def test_nobody_creates_documents_for_another_department(self):
        """DOC-3.2: a document is opened by its responsible department or by the office."""
        with self.assertRaises(AccessError):
            self._document(user=self.auditor)
