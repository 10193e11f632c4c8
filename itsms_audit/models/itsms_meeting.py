from odoo import models


class ItsmsMeeting(models.Model):
    """The signed sheet of a meeting is kept as a record (会议签到表; AUD-4.5, REV-6)."""

    _name = "itsms.meeting"
    _inherit = ["itsms.meeting", "itsms.record.source.mixin"]

    def _record_filing_states(self):
        return ("held",)

    def _record_form_code(self):
        return "meeting.signin"

    def _record_report(self):
        return "itsms_audit.action_report_meeting_signin"

    def _record_title(self):
        # sudo: the title of the record that is filed
        return self.env._("Meeting sign-in sheet: %(meeting)s", meeting=self.sudo().name)

    def _record_filled_by(self):
        return self.secretary_id or super()._record_filled_by()

    def _record_payload(self):
        """Who was there goes into the frozen content."""
        payload = super()._record_payload()
        for meeting in self:
            payload[meeting.id]["signatures"] = [
                {
                    "name": line.display_name,
                    "as": line.role_text or "",
                    "presence": line.presence,
                    "deputy": line.deputy_id.name or "",
                    "signed_at": str(line.signed_at or ""),
                    "entered_by": line.signed_by_id.name or "",
                    "reason": line.reason or "",
                }
                for line in meeting.attendee_ids
            ]
        return payload
