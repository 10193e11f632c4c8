from odoo import models

HR_ROLES = ("hr_head", "training_administrator")


class ResUsers(models.Model):
    """Which offices a person holds, and where he is asked to decide on training."""

    _inherit = "res.users"

    def _itsms_role_assignments(self, *codes):
        """Assignments of one user to the roles ``codes`` that are in force today."""
        # sudo: the person's own offices
        Assignment = self.env["itsms.role.assignment"].sudo()
        today = self.env.company._itsms_today()
        return Assignment.search(
            [
                ("user_id", "=", self.id),
                ("role_id.code", "in", codes),
                ("role_id.active", "=", True),
                *Assignment._current_domain(today),
            ]
        )

    def _itsms_is_training_hr(self, company):
        """Whether one user runs training for HR in ``company``."""
        return company in self._itsms_training_hr_companies()

    def _itsms_route_companies(self, *model_names):
        """Companies in which one user holds an office that is asked on records of the models."""
        # sudo: routes are no secret; the person's own offices
        lines = (
            self.env["itsms.approval.route.line"]
            .sudo()
            .search([("route_id.model_name", "in", model_names), ("source", "=", "role")])
        )
        codes = lines.role_id.mapped("code")
        return self._itsms_role_assignments(*codes).company_id.sudo(False)
