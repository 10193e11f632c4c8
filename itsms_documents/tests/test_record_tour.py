from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase

from .record_common import RecordCase, tagged


@tagged("post_install", "-at_install")
class TestRecordTour(RecordCase, HttpCase):
    """A record's life in a browser."""

    browser_size = "1600,1000"

    def _tour(self, name, user, url):
        self.env.flush_all()
        self.start_tour(url, f"itsms_records_{name}_tour", login=user.login)
        self.env.invalidate_all()

    def test_life_of_a_record(self):
        """REC-2c REC-4.4.1 REC-4.8: file, correct, let it expire, dispose."""
        start = fields.Datetime.now()
        with freeze_time(start - relativedelta(years=4), tick=True):
            self._tour("file", self.author, "/odoo/itsms-records")
        record = self.env["itsms.record"].search([("name", "=", "Minutes of the review")])
        self.assertEqual((record.state, record.version_count), ("filed", 2))
        self.assertTrue(record.expired)
        form = f"/odoo/action-itsms_documents.itsms_record_action/{record.id}"
        self._tour("dispose", self.keeper, form)
        disposal = record.disposal_id
        self._as(disposal, self.head).action_approve()
        self._as(disposal, self.vp).action_approve()
        form = f"/odoo/action-itsms_documents.itsms_record_disposal_action/{disposal.id}"
        self._tour("execute", self.keeper, form)
        self.assertEqual((disposal.state, record.state), ("executed", "disposed"))
