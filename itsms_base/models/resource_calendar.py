from odoo import api, models

from ..engine import cache


class ItsmsCalendarCacheMixin(models.AbstractModel):
    """Working days and people's standing are cached; what they rest on clears the cache."""

    _name = "itsms.cache.source.mixin"
    _description = "Source of Cached Answers"

    def _itsms_touches(self, vals):
        """Whether a write of ``vals`` can change a cached answer."""
        return True

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if any(self._itsms_touches(vals) for vals in vals_list):
            cache.forget(self.env)
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._itsms_touches(vals):
            cache.forget(self.env)
        return result

    def unlink(self):
        result = super().unlink()
        cache.forget(self.env)
        return result


class ResourceCalendar(models.Model):
    _name = "resource.calendar"
    _inherit = ["resource.calendar", "itsms.cache.source.mixin"]


class ResourceCalendarAttendance(models.Model):
    _name = "resource.calendar.attendance"
    _inherit = ["resource.calendar.attendance", "itsms.cache.source.mixin"]


class ResourceCalendarLeaves(models.Model):
    _name = "resource.calendar.leaves"
    _inherit = ["resource.calendar.leaves", "itsms.cache.source.mixin"]

    def _itsms_touches(self, vals):
        """The leave of a single person is no holiday of the company."""
        return not vals.get("resource_id")
