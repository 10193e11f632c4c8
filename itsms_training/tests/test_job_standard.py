from odoo.exceptions import AccessError

from .common import TrainingCase, tagged


@tagged("post_install", "-at_install")
class TestJobStandard(TrainingCase):
    """TRN-4.1: the standard from draft to in force, revised, taken out of force."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.job = cls._job()
        cls.kind = cls._skill_type()
        cls.network, cls.linux = cls.kind.skill_ids

    def test_hr_writes_mr_reviews_president_approves(self):
        """TRN-3.1b TRN-3.3 TRN-4.1: HR → management representative → President → in force."""
        standard = self._standard(self.job, [(self.network, "Good", True)], approve=False)
        self.assertFalse(standard.number)
        self._as(standard, self.training_admin).action_submit()
        self.assertEqual(standard.number, "LH-ITSMS-RZ-001")
        with self.assertRaises(AccessError):
            self._as(standard, self.president).action_approve()
        self._as(standard, self.mr).action_approve()
        self.assertEqual(standard.state, "pending")
        self._as(standard, self.president).action_approve()
        self.assertEqual((standard.state, standard.revision_status), ("approved", "A/0"))
        labels = [line.get("key") for line in standard._approval_signatures()]
        self.assertEqual(labels, [None, "review", "approve"])
