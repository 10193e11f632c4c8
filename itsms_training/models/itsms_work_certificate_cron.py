from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard


class ItsmsWorkCertificate(models.Model):
    """Certificates run out by themselves; people hear of it in time (TRN-4.4.2)."""

    _inherit = "itsms.work.certificate"

    @api.model
    def _cron_nightly(self, limit=200):
        """Expire what has ended, remind of what ends soon; small steps, each committed."""
        Cron = self.env["ir.cron"]
        latest = fields.Date.today() + timedelta(days=1)  # east of UTC it is tomorrow already
        ended = self.search(
            Domain("state", "in", ("valid", "suspended")) & Domain("valid_to", "<", latest),
            order="valid_to, id",
            limit=limit,
        ).filtered(lambda c: c.valid_to < c.company_id._itsms_today())
        soon = self._to_remind(limit) - ended
        Cron._commit_progress(remaining=len(ended) + len(soon))
        for certificate in ended:
            if certificate.try_lock_for_update():
                certificate._run_transition(certificate._transition("expire"))
                certificate._tell_end(expired=True)
            if not Cron._commit_progress(1):
                return
        for certificate in soon:
            if certificate.try_lock_for_update():
                certificate._tell_end(expired=False)
            if not Cron._commit_progress(1):
                return

    def _to_remind(self, limit):
        """Valid certificates that run out soon and of which nobody was told yet."""
        result = self.browse()
        # sudo: the job runs for every company
        for company in self.env["res.company"].sudo().search([]):  # pylint: disable=no-search-all
            result |= self.search(
                Domain("company_id", "=", company.id)
                & Domain("state", "=", "valid")
                & Domain("reminded_at", "=", False)
                & Domain("valid_to", "<=", self._warning_day(company)),
                order="valid_to, id",
                limit=limit,
            )
        return result

    def _tell_end(self, expired):
        """The person, his manager and HR's training administrators hear of the end."""
        # sudo: the engine's own field
        guard.as_engine(self.sudo()).write({"reminded_at": fields.Datetime.now()})
        # sudo: who the person's manager is
        employee = self.employee_id.sudo()
        roles = self.env["itsms.role"]._by_code("training_administrator")
        administrators = roles._holders(self.company_id)
        users = employee.user_id | employee.parent_id.user_id | administrators
        names = {
            "name": self.display_name,
            "day": self.valid_to,
        }
        if expired:
            text = self.env._("Expired on %(day)s, no work with it: %(name)s", **names)
        else:
            text = self.env._("Runs out on %(day)s, renew it in time: %(name)s", **names)
        self._log("other", comment=text)
        partners = users.filtered("active").partner_id
        if partners:
            # sudo: a notification in the system's name
            self.sudo().message_notify(
                partner_ids=partners.ids, body=text, subject=self.display_name
            )

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        self.ensure_one()
        return f"{self.number or ''}  {self.valid_from or ''} - {self.valid_to or ''}"
