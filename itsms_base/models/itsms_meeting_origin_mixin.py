from odoo import api, fields, models


class ItsmsMeetingOriginMixin(models.AbstractModel):
    """A record that holds meetings: audit, management review …"""

    _name = "itsms.meeting.origin.mixin"
    _description = "Record With Meetings"

    meeting_ids = fields.One2many(
        "itsms.meeting",
        "origin_id",
        string="Meetings",
        copy=False,
        readonly=True,
        domain=lambda self: [("origin_model", "=", self._name)],
        bypass_search_access=True,
    )
    meeting_count = fields.Integer(string="Number of meetings", compute="_compute_meeting_count")

    @api.depends("meeting_ids")
    def _compute_meeting_count(self):
        counts = dict(
            self.env["itsms.meeting"]._read_group(
                [("origin_model", "=", self._name), ("origin_id", "in", self.ids)],
                ["origin_id"],
                ["__count"],
            )
        )
        for record in self:
            record.meeting_count = counts.get(record.id, 0)

    def _plan_meeting(self, kind, name, date_start, users=(), **vals):
        """Plan a meeting for one record.

        :param users: a recordset of users, all of them required participants; other participants
            come in ``attendee_ids`` of ``vals``.
        """
        self.ensure_one()
        values = {
            "origin_model": self._name,
            "origin_id": self.id,
            "company_id": self.company_id.id,
            "kind": kind,
            "name": name,
            "date_start": date_start,
            "date_end": fields.Datetime.add(date_start, hours=1),
            "attendee_ids": [
                fields.Command.create({"user_id": user.id, "required": True}) for user in users
            ],
        }
        return self.env["itsms.meeting"].create(values | vals)

    def action_view_meetings(self):
        """The meetings of one record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Meetings: %(name)s", name=self.display_name),
            "res_model": "itsms.meeting",
            "view_mode": "list,form",
            "domain": [("origin_model", "=", self._name), ("origin_id", "=", self.id)],
            "context": {"default_origin_model": self._name, "default_origin_id": self.id},
        }

    # ------------------------------------------------------------ hooks
    def _meeting_check_plan(self, meeting):
        """Hook: raise where the current user may not plan ``meeting`` for one record."""
        self.check_access("write")

    def _meeting_check_change(self, meeting, names):
        """Hook: raise where fields ``names`` of ``meeting`` are fixed; record as superuser."""

    def _meeting_may_open(self, meeting):
        """Hook: whether the current user opens ``meeting``; the record comes as superuser."""
        # sudo: people are compared only
        return self.env.user in (meeting.sudo().chair_id | meeting.sudo().secretary_id)

    def _meeting_may_open_message(self, meeting):
        """Hook: who opens it, in words, for the refusal."""
        return self.env._(
            "Chair or secretary open %(meeting)s: %(names)s.",
            meeting=meeting.display_name,
            # sudo: names of colleagues
            names=", ".join((meeting.sudo().chair_id | meeting.sudo().secretary_id).mapped("name")),
        )

    def _meeting_check_open(self, meeting):
        """Hook: raise where the quorum of ``meeting`` is not reached; record as superuser."""

    def _meeting_check_close(self, meeting):
        """Hook: raise where ``meeting`` lacks what it must have (minutes …); as superuser."""

    def _meeting_opened(self, meeting):
        """Hook: ``meeting`` was opened, same transaction."""

    def _meeting_closed(self, meeting):
        """Hook: ``meeting`` was held, same transaction."""

    def _meeting_cancelled(self, meeting):
        """Hook: ``meeting`` does not take place."""
