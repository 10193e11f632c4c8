from datetime import timedelta

import pytz

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..engine import guard
from ..engine.lifecycle import Transition

FIXED = ("origin_model", "origin_id", "kind", "company_id")
PLANNING = ("date_start", "place", "chair_id", "purpose", "agenda")


class ItsmsMeeting(models.Model):
    """A meeting that is evidence: who was invited, who signed in, what was said (ISO 20000 7.5).

    Planned for a record (audit, management review …) or on its own. The participants sign in
    themselves or the secretary enters them with a reason; opening it checks the quorum of the
    record it belongs to; after it was held nothing changes any more.
    """

    _name = "itsms.meeting"
    _description = "Meeting"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_start desc, id desc"
    _check_company_auto = True
    _initial_state = "planned"
    _editable_states = ("planned", "open")

    name = fields.Char(string="Subject", required=True)
    kind = fields.Selection(
        [
            ("opening", "Opening meeting"),
            ("closing", "Closing meeting"),
            ("team", "Team meeting"),
            ("review", "Management review"),
            ("other", "Meeting"),
        ],
        default="other",
        required=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    origin_model = fields.Char(string="Belongs to (model)", index=True, copy=False)
    origin_id = fields.Many2oneReference(
        string="Belongs to (record)", model_field="origin_model", index=True, copy=False
    )
    origin_name = fields.Char(string="Belongs to", compute="_compute_origin_name")
    chair_id = fields.Many2one(
        "res.users",
        index=True,
        ondelete="restrict",
        help="Presides over the meeting.",
    )
    secretary_id = fields.Many2one(
        "res.users",
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        help="Enters who signed on paper and keeps the minutes.",
    )
    place = fields.Char()
    date_start = fields.Datetime(string="Begin", required=True, index=True, tracking=True)
    date_end = fields.Datetime(string="End", required=True)
    purpose = fields.Text(string="Purpose and scope")
    agenda = fields.Html()
    minutes = fields.Html(copy=False)
    attendee_ids = fields.One2many("itsms.meeting.attendee", "meeting_id", string="Participants")
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("open", "Being held"),
            ("held", "Held"),
            ("cancelled", "Cancelled"),
        ],
        default="planned",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    opened_by_id = fields.Many2one(
        "res.users", string="Opened by", readonly=True, copy=False, ondelete="restrict"
    )
    opened_at = fields.Datetime(string="Opened on", readonly=True, copy=False)
    closed_by_id = fields.Many2one(
        "res.users", string="Closed by", readonly=True, copy=False, ondelete="restrict"
    )
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    attendee_count = fields.Integer(string="Invited", compute="_compute_presence")
    present_count = fields.Integer(string="Present", compute="_compute_presence")
    missing_names = fields.Char(
        string="Still missing",
        compute="_compute_presence",
        help="People who have to be there and have not signed in.",
    )
    can_sign_in = fields.Boolean(compute="_compute_can_sign_in")
    can_open = fields.Boolean(compute="_compute_can_open")

    _time_chk = models.Constraint("CHECK (date_end > date_start)", "A meeting ends after it began.")
    _origin_chk = models.Constraint(
        "CHECK ((origin_model IS NULL) = (origin_id IS NULL OR origin_id = 0))",
        "A meeting belongs to one record, or to none.",
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "opened_by_id",
            "opened_at",
            "closed_by_id",
            "closed_at",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "open": Transition(
                "open", self.env._("Open the meeting"), ("planned",), "open", internal=True
            ),
            "close": Transition(
                "close", self.env._("Close the meeting"), ("open",), "held", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("planned", "open"), "cancelled", reason=True
            ),
        }

    def _locked_way_out(self):
        return self.env._("What was held stays as it was; plan a further meeting.")

    @api.model
    @tools.ormcache()
    def _origin_models(self):
        """Names of the models that hold meetings."""
        mixin = self.env.registry["itsms.meeting.origin.mixin"]
        return tuple(
            sorted(
                name
                for name, model in self.env.registry.items()
                if issubclass(model, mixin) and not model._abstract
            )
        )

    def _origin_record(self):
        """The record that one meeting belongs to, in the current environment (may be empty)."""
        self.ensure_one()
        if self.origin_model not in self._origin_models():
            return None
        return self.env[self.origin_model].browse(self.origin_id).exists() or None

    # ------------------------------------------------------------ who sees and writes it
    @api.model
    def _see_domain(self):
        """Who is invited, and whoever may open the record that the meeting belongs to."""
        user = self.env.user
        domain = Domain("attendee_ids.user_id", "=", user.id) | Domain(
            "attendee_ids.deputy_id", "=", user.id
        )
        for name in self._origin_models():
            # as the user, whoever evaluates the rule
            model = self.env[name].sudo(False).with_context(active_test=False)
            if model.has_access("read"):
                domain |= Domain("origin_model", "=", name) & Domain(
                    "origin_id", "in", model._search([])
                )
        return domain

    @api.model
    def _edit_domain(self):
        """ITSMS office, chair, secretary and who may write the record it belongs to."""
        user = self.env.user
        domain = (
            self._office_domain()
            | Domain("secretary_id", "=", user.id)
            | Domain("chair_id", "=", user.id)
        )
        for name in self._origin_models():
            model = self.env[name].sudo(False).with_context(active_test=False)
            if "can_edit" in model._fields and model.has_access("read"):
                domain |= Domain("origin_model", "=", name) & Domain(
                    "origin_id", "in", model._search([("can_edit", "=", True)])
                )
        return domain

    # ------------------------------------------------------------ computed
    @api.depends("origin_model", "origin_id")
    @api.depends_context("lang", "uid")
    def _compute_origin_name(self):
        self.origin_name = False
        for name, meetings in self.grouped("origin_model").items():
            if name in self._origin_models():
                # sudo: who sees the meeting knows what it is about; confidential models mask
                records = self.env[name].sudo().browse(meetings.mapped("origin_id")).exists()
                names = {record.id: record.display_name for record in records}
                for meeting in meetings:
                    meeting.origin_name = names.get(meeting.origin_id)

    @api.depends("attendee_ids.presence", "attendee_ids.required")
    def _compute_presence(self):
        for meeting in self:
            present = meeting.attendee_ids.filtered(lambda a: a.presence == "present")
            missing = (meeting.attendee_ids - present).filtered("required")
            meeting.attendee_count = len(meeting.attendee_ids)
            meeting.present_count = len(present)
            meeting.missing_names = ", ".join(missing.mapped("display_name"))

    @api.depends("state", "date_start", "attendee_ids.presence", "attendee_ids.user_id")
    @api.depends_context("uid")
    def _compute_can_sign_in(self):
        for meeting in self:
            meeting.can_sign_in = bool(
                meeting._signable() and meeting._my_line().filtered(lambda a: a._waits())
            )

    @api.depends("state", "chair_id", "secretary_id", "origin_id")
    @api.depends_context("uid")
    def _compute_can_open(self):
        for meeting in self:
            meeting.can_open = bool(
                meeting.state == "planned" and meeting.id and meeting._may_open()
            )

    def _day(self):
        """The company's calendar day on which one meeting begins."""
        zone = (self.company_id or self.env.company)._itsms_timezone()
        return pytz.utc.localize(self.date_start).astimezone(zone).date()

    def _signable(self):
        """People sign in on the day of the meeting, until it is closed."""
        self.ensure_one()
        if self.state == "open":
            return True
        return (
            self.state == "planned"
            and bool(self.date_start)
            and self._day() == self.company_id._itsms_today()
        )

    def _my_line(self):
        """The line of the current user, his own or as the deputy of somebody."""
        user = self.env.user
        return self.attendee_ids.filtered(lambda a: user in (a.deputy_id or a.user_id))

    # ------------------------------------------------------------ entering
    @api.model_create_multi
    def create(self, vals_list):
        meetings = super().create(vals_list)
        meetings._check_origin()
        return meetings

    def write(self, vals):
        if not guard.is_engine(self.env):
            if set(FIXED) & set(vals):
                self._check_fixed(vals)
            if set(PLANNING) & set(vals):
                self._check_planned(vals)
            self._check_origin_change(set(vals))
        return super().write(vals)

    def _check_fixed(self, vals):
        for meeting in self.sudo():  # sudo: compares only
            for name in set(FIXED) & set(vals):
                value = meeting[name].id if name == "company_id" else meeting[name]
                if (vals[name] or False) != (value or False):
                    raise UserError(
                        self.env._(
                            "%(meeting)s belongs where it was planned; cancel it and plan another "
                            "meeting there.",
                            meeting=meeting.display_name,
                        )
                    )

    def _check_planned(self, vals):
        for meeting in self.sudo():  # sudo: the state decides, for all
            if meeting.state == "open":
                raise UserError(
                    self.env._(
                        "%(meeting)s has begun: %(fields)s stay as they were announced.",
                        meeting=meeting.display_name,
                        fields=", ".join(
                            self._fields[name]._description_string(self.env)
                            for name in PLANNING
                            if name in vals
                        ),
                    )
                )

    def _check_origin_change(self, names):
        for meeting in self.sudo():  # sudo: the rules of the record decide, for all
            origin = meeting._origin_record()
            if origin is not None:
                origin._meeting_check_change(meeting, names)

    def _check_origin(self):
        """Only who may write the record that a meeting belongs to plans one for it."""
        if guard.is_engine(self.env):
            return
        for meeting in self:
            if not meeting.origin_model:
                continue
            origin = meeting._origin_record()
            if origin is None:
                raise UserError(self.env._("The record that the meeting belongs to is missing."))
            origin._meeting_check_plan(meeting)

    # ------------------------------------------------------------ inviting
    def action_invite(self):
        """Tell the participants time, place and agenda."""
        self.check_access("write")
        for meeting in self:
            meeting._check_state("planned")
            if not meeting.attendee_ids:
                raise UserError(
                    self.env._("%(meeting)s: enter who takes part.", meeting=meeting.display_name)
                )
            meeting._tell(
                self.env._(
                    "You are invited: %(meeting)s, %(when)s, %(place)s.",
                    meeting=meeting.name,
                    when=meeting._when_text(),
                    place=meeting.place or self.env._("place follows"),
                )
            )
        self._log("issue", comment=self.env._("Invitation"))
        return True

    def _tell(self, body):
        """A message to the participants of one meeting."""
        # sudo: participants are told whoever invites
        partners = self.sudo().attendee_ids.mapped(lambda a: (a.deputy_id or a.user_id).partner_id)
        if partners:
            self.sudo().message_notify(
                partner_ids=partners.ids, body=body, subject=self.display_name
            )

    def _when_text(self):
        """“2026-11-22 09:00 – 11:00” in the time zone of the company."""
        self.ensure_one()
        zone = self.company_id._itsms_timezone()
        start, end = (
            pytz.utc.localize(moment).astimezone(zone)
            for moment in (self.date_start, self.date_end)
        )
        same = start.date() == end.date()
        return f"{start:%Y-%m-%d %H:%M} – {end:{'%H:%M' if same else '%Y-%m-%d %H:%M'}}"

    def _check_state(self, *states):
        if self.state not in states:
            raise UserError(
                self.env._(
                    "%(meeting)s is “%(state)s”: that is not possible any more. Reload the page.",
                    meeting=self.display_name,
                    state=self._state_label(),
                )
            )

    # ------------------------------------------------------------ signing in
    def action_sign_in(self):
        """Sign the sheet: the current user himself, on the day of the meeting."""
        for meeting in self:
            line = meeting.sudo()._my_line()  # sudo: only the person's own line is signed
            if not line:
                raise UserError(
                    self.env._(
                        "You are not among the participants of %(meeting)s. The secretary adds "
                        "you.",
                        meeting=meeting.display_name,
                    )
                )
            line._lock_line()
            if not meeting.sudo()._signable():  # sudo: only the state is asked
                raise UserError(
                    self.env._(
                        "%(meeting)s: one signs in on the day of the meeting, until it is closed.",
                        meeting=meeting.display_name,
                    )
                )
            line.filtered(lambda a: a._waits())._set_presence("present")
        return True

    # ------------------------------------------------------------ opening and closing
    def _may_open(self):
        """Whether the current user opens one meeting."""
        self.ensure_one()
        origin = self.sudo()._origin_record()  # sudo: only who may open it is asked
        if origin is not None:
            return origin._meeting_may_open(self)
        return self.env.user in (self.chair_id | self.secretary_id)

    def action_open(self):
        """Open the meeting: who has to be there is there."""
        self.check_access("read")
        for meeting in self:
            if not meeting._may_open():
                raise AccessError(meeting._may_open_message())
        return self._run_transition(self._transition("open"))

    def _check_transition(self, transition, comment):
        """State first, then the day, then the rules of the record that the meeting belongs to."""
        super()._check_transition(transition, comment)
        for meeting in self:
            # the day decides, not the minute: meetings begin early
            if transition.name == "open" and meeting._day() > meeting.company_id._itsms_today():
                raise UserError(
                    self.env._(
                        "%(meeting)s is planned for %(day)s: it is opened on that day. Move it "
                        "first where it is held earlier.",
                        meeting=meeting.display_name,
                        day=meeting._day(),
                    )
                )
            # sudo: the rules of the record decide, for all
            origin = meeting.sudo()._origin_record()
            if origin is not None and transition.name == "open":
                origin._meeting_check_open(meeting.sudo())
            elif origin is not None and transition.name == "close":
                origin._meeting_check_close(meeting.sudo())

    def _may_open_message(self):
        origin = self.sudo()._origin_record()  # sudo: only its words
        if origin is not None:
            return origin._meeting_may_open_message(self)
        return self.env._(
            "Chair or secretary open %(meeting)s: %(names)s.",
            meeting=self.display_name,
            # sudo: names of colleagues
            names=", ".join((self.chair_id | self.secretary_id).sudo().mapped("name")),
        )

    def action_close(self):
        """Close the meeting: who did not sign in was absent; nothing changes after."""
        self.check_access("write")
        return self._run_transition(self._transition("close"))

    def _close_sheet(self):
        """Who has not signed was absent; the meeting ends now."""
        waiting = self.sudo().attendee_ids  # sudo: the sheet is closed for all
        waiting._lock_line()
        waiting.filtered(lambda a: a._waits())._set_presence(
            "absent", self.env._("Had not signed in when the meeting was closed")
        )
        now = fields.Datetime.now()
        for meeting in guard.as_engine(self.sudo()):  # sudo: the engine's own fields
            end = max(now, meeting.date_start + timedelta(minutes=1))
            meeting.write({"closed_by_id": self.env.uid, "closed_at": now, "date_end": end})

    def _after_transition(self, transition):
        if transition.name == "open":
            self._engine_write({"opened_by_id": self.env.uid, "opened_at": fields.Datetime.now()})
        elif transition.name == "close":
            self._close_sheet()  # before the sheet is filed
        super()._after_transition(transition)
        for meeting in self:
            if transition.name == "cancel":
                meeting._tell(
                    self.env._("%(meeting)s does not take place.", meeting=meeting.display_name)
                )
            origin = meeting._origin_record()
            if origin is None:
                continue
            if transition.name == "open":
                origin._meeting_opened(meeting)
            elif transition.name == "close":
                origin._meeting_closed(meeting)
            elif transition.name == "cancel":
                origin._meeting_cancelled(meeting)

    def action_open_cancel(self):
        """Ask for the reason and cancel."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_view_origin(self):
        """The record that the meeting belongs to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.origin_model,
            "res_id": self.origin_id,
            "views": [(False, "form")],
        }

    @api.constrains("chair_id", "secretary_id", "company_id")
    def _check_people(self):
        for meeting in self.sudo():  # sudo: companies of colleagues
            for user in meeting.chair_id | meeting.secretary_id:
                if meeting.company_id not in user.company_ids:
                    raise ValidationError(
                        self.env._(
                            "%(user)s does not work for %(company)s.",
                            user=user.name,
                            company=meeting.company_id.name,
                        )
                    )
