from odoo.tests import HttpCase

from .common import tagged
from .copy_common import CopyCase


@tagged("post_install", "-at_install")
class TestCopyTour(CopyCase, HttpCase):
    """Issue, sign, lose, re-issue in a browser, with three people."""

    browser_size = "1600,1000"

    def _tour(self, name, user, record):
        self.env.flush_all()
        action = {
            "itsms.document.copy": "itsms_document_copy_action",
            "itsms.document.reissue": "itsms_document_reissue_action",
        }[record._name]
        url = f"/odoo/action-itsms_documents.{action}/{record.id}"
        self.start_tour(url, f"itsms_copies_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_issue_sign_lose_reissue(self):
        """DOC-4.4.1.1 DOC-4.4.1.2 DOC-4.4.2.6: a copy from its issue to its re-issue."""
        copy = self._number(self._copies(), 1).with_env(self.env)
        self._tour("issue", self.controller, copy)
        self._tour("sign", self.administrator, copy)
        self.assertEqual((copy.state, copy.holder_id), ("held", self.administrator))
        self._tour("lose", self.administrator, copy)
        request = copy.reissue_ids
        self.assertEqual((request.state, request.cause), ("pending", "lost"))
        self._tour("approve", self.office_head, request)
        self.assertEqual(copy.state, "lost")
        self._tour("reissue", self.controller, request.new_copy_id)
        self.assertEqual((request.new_copy_id.state, request.new_copy_id.number), ("issued", 1))
