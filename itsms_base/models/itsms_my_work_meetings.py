from odoo import api, models
from odoo.fields import Domain


class ItsmsMyWork(models.AbstractModel):
    """Meetings on the first page: where I am expected."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [*super()._sections(), self._section_meetings()]

    @api.model
    def _section_meetings(self):
        """Planned and running meetings for which I have not signed in yet."""
        uid = self.env.uid
        mine = Domain("presence", "=", "expected") & (
            Domain("deputy_id", "=", uid)
            | (Domain("user_id", "=", uid) & Domain("deputy_id", "=", False))
        )
        return self._records_section(
            "meetings",
            self.env._("Meetings I take part in"),
            "",
            "fa-users",
            self.env["itsms.meeting"],
            Domain("state", "in", ("planned", "open")) & Domain("attendee_ids", "any", mine),
            "itsms_base.itsms_meeting_action",
            lambda meeting: {
                "label": " · ".join(filter(None, (meeting._when_text(), meeting.place))),
                "deadline": meeting._day(),
            },
        )
