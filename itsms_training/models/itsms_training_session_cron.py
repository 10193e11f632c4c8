from datetime import timedelta

from odoo import api, models

from odoo.addons.itsms_base.engine import guard


class ItsmsTrainingSession(models.Model):
    """Second evaluation: the managers judge the effect at work some time after the training."""

    _inherit = "itsms.training.session"

    @api.model
    def _cron_effect(self):
        """Daily: a to-do for every manager whose people were trained so many days ago."""
        progress = self.env["ir.cron"]._commit_progress
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            days = self.env["itsms.parameter"]._get("training.effect.days", company)
            if not days:
                continue
            due = self.search(
                [
                    ("company_id", "=", company.id),
                    ("effect_told", "=", False),
                    ("state", "=", "closed"),
                    ("day", "<=", company._itsms_today() - timedelta(days=days)),
                ],
                order="day, id",
                limit=200,
            )
            progress(remaining=len(due))
            for session in due:
                session._ask_managers()
                if not progress(1):
                    return

    def _ask_managers(self):
        """One to-do per manager of one session, however many of his people were there."""
        todo = self.env.ref("itsms_base.mail_activity_type_duty")
        # sudo: the job of the system
        lines = self.sudo().attendance_ids.filtered(
            lambda a: a.presence == "present" and not a.effect
        )
        managers = {}
        for line in lines:
            employee = line.employee_id
            user = employee.parent_id.user_id or employee.department_id.manager_id.user_id
            if user.active and user != employee.user_id:
                managers.setdefault(user, []).append(employee.name)
        guard.as_engine(lines).write({"effect_due": self.company_id._itsms_today()})
        for user, names in managers.items():
            self.sudo().activity_schedule(
                activity_type_id=todo.id,
                date_deadline=self.company_id._itsms_today() + timedelta(days=14),
                summary=self.env._("Judge the effect of the training at work"),
                note=", ".join(names[:20]),
                user_id=user.id,
            )
        guard.as_engine(self.sudo()).write({"effect_told": True})
