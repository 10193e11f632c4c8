import json

from .copy_common import CopyCase
from .record_common import tagged


@tagged("post_install", "-at_install")
class TestRecordOfDistribution(CopyCase):
    """The distribution record is kept when the last copy is back."""

    def test_kept_when_all_copies_are_back(self):
        """DOC-4.7.3 DOC-4.4.1.1: not before the last copy of the old revision is back, once."""
        copies = self._copies()
        copies.action_issue()
        document = copies.document_id.with_env(self.env)
        old = document.current_revision_id
        self._publish_next(document)

        def kept():
            return self.env["itsms.record"].search(
                [
                    ("res_model", "=", old._name),
                    ("res_id", "=", old.id),
                    ("res_topic", "=", "distribution"),
                ]
            )

        self.assertFalse(kept())
        copies = self._as(copies, self.controller)
        back = copies._transition("return")
        copies[:-1]._run_transition(back)
        self.assertFalse(kept())
        copies[-1]._run_transition(back)
        record = kept()
        self.assertEqual((len(record), record.state), (1, "filed"))
        data = json.loads(record.sudo().version_ids.attachment_ids.raw)
        self.assertEqual([line["number"] for line in data["copies"]], [1, 2, 3])
        self.assertEqual({line["state"] for line in data["copies"]}, {"returned"})
