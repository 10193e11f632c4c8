import io
import zipfile

from odoo.tests import HttpCase

from .common import TrainingCase, tagged


@tagged("post_install", "-at_install")
class TestJobStandardTour(TrainingCase, HttpCase):
    """A standard from draft to in force and the gap it shows, with four people in a browser."""

    browser_size = "1600,1000"

    def setUp(self):
        super().setUp()
        self.job = self._job()
        self.author.employee_id.job_id = self.job
        self.network = self._skill_type().skill_ids[0]

    def test_from_draft_to_the_gap(self):
        """TRN-3.3 TRN-4.1: HR submits, MR reviews, the President approves, the gap is there."""
        standard = self._standard(self.job, [(self.network, "Good", True)], approve=False)
        self.env.flush_all()
        url = f"/odoo/action-itsms_training.itsms_job_standard_action/{standard.id}"
        for name, user in (
            ("submit", self.training_admin),
            ("approve", self.mr),
            ("approve", self.president),
            ("gap", self.hr_head),
        ):
            self.start_tour(url, f"itsms_training_standard_{name}_tour", login=user.login)
        self.env.invalidate_all()
        self.assertEqual((standard.state, standard.duties), ("approved", "Runs the network"))
        self.start_tour(
            "/odoo/action-itsms_training.itsms_training_heatmap_action",
            "itsms_training_heatmap_tour",
            login=self.head.login,
        )

    def test_workbook(self):
        """Clause 7.2 COM-17: the heat map as XLSX holds the people one may see, no others."""
        self._standard(self.job, [(self.network, "Good", True)])
        self.env.flush_all()
        for user, seen in ((self.head, True), (self.reader, False)):
            self.authenticate(user.login, user.login)
            response = self.url_open("/itsms/training/heatmap.xlsx")
            self.assertEqual(response.status_code, 200)
            with zipfile.ZipFile(io.BytesIO(response.content)) as book:
                texts = book.read("xl/sharedStrings.xml").decode()
            self.assertEqual("Author" in texts, seen)
        self.authenticate(None, None)
        response = self.url_open("/itsms/training/heatmap.xlsx", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
