from odoo import api, fields, models, tools
from odoo.exceptions import AccessDenied, AccessError

from .itsms_auditor_access import GROUP

# What the web client itself keeps for every user: settings, presence, own filters.
_OWN_THINGS = {
    "res.users.settings",
    "res.users.settings.volumes",
    "bus.presence",
    "mail.presence",
    "discuss.channel.member",
    "ir.filters",
}


class ResUsers(models.Model):
    """External auditors sign in within their days only (COM-21)."""

    _inherit = "res.users"

    itsms_access_from = fields.Date(string="Access from", readonly=True, copy=False)
    itsms_access_until = fields.Date(string="Access until", readonly=True, copy=False)

    def _itsms_refuse_outside_access(self):
        """Refuse a person whose access has not begun or is over.

        :raise AccessDenied: outside the days of the access.
        """
        self.ensure_one()
        user = self.sudo()  # sudo: only the days of the access
        today = user.company_id._itsms_today()
        first, last = user.itsms_access_from, user.itsms_access_until
        if (first and today < first) or (last and today > last):
            raise AccessDenied()

    def _check_credentials(self, credential, env):
        result = super()._check_credentials(credential, env)
        self._itsms_refuse_outside_access()
        return result

    def _itsms_is_external_auditor(self):
        return self.has_group(GROUP)


class Base(models.AbstractModel):
    """An external auditor reads, and nothing else; personal data stays closed (COM-21)."""

    _inherit = "base"

    def _check_access(self, operation):
        if (
            operation != "read"
            and not self.env.su
            and self.env.uid
            and not self.is_transient()
            and self._name not in _OWN_THINGS
            and self.env.user._itsms_is_external_auditor()
        ):
            return self, lambda: AccessError(
                self.env._("An external auditor reads and changes nothing (COM-21).")
            )
        return super()._check_access(operation)

    @api.model
    def _has_field_access(self, field, operation):
        allowed = super()._has_field_access(field, operation)
        if not allowed or self.env.su or not self.env.uid:
            return allowed
        hidden = self.env["itsms.auditor.access"]._personal_fields().get(self._name, ())
        return field.name not in hidden or not self.env.user._itsms_is_external_auditor()


class ItsmsAuditorAccess(models.Model):
    """Which fields are personal: ratings of people, and contact data beyond need (COM-21)."""

    _inherit = "itsms.auditor.access"

    @api.model
    @tools.ormcache()
    def _personal_fields(self):
        """Names of the personal fields by model, for the models that are installed."""
        return {
            name: frozenset(fields) & set(self.env[name]._fields)
            for name, fields in self._personal_field_names().items()
            if name in self.env
        }

    @api.model
    def _personal_field_names(self):
        """Hook: personal fields by model; a module that rates people adds its own."""
        address = {"phone", "mobile", "street", "street2", "zip", "city", "vat", "comment"}
        work = {"work_phone", "mobile_phone", "private_phone", "private_email", "birthday"}
        return {
            "res.partner": address,
            "res.users": address,
            "hr.employee": work,
            "hr.employee.public": work,
        }
