from odoo import models

HR_ROLES = ("hr_head", "training_administrator")


class ResUsers(models.Model):
    """For which companies a person runs training."""

    _inherit = "res.users"

    def _itsms_is_training_hr(self, company):
        """Whether one user runs training for HR in ``company``."""
        return company in self._itsms_training_hr_companies()
