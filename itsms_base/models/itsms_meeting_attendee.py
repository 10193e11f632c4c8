from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError

from ..engine import guard

SIGNING = ("presence", "signed_at", "signed_by_id", "reason", "deputy_id")


class ItsmsMeetingAttendee(models.Model):
    """One line of the sign-in sheet (会议签到表): a colleague or somebody from outside.

    Presence is signed by the person, or entered by the secretary with a reason; never imported.
    """

    _name = "itsms.meeting.attendee"
    _description = "Meeting Participant"
    _inherit = ["itsms.content.lock.line.mixin"]
    _order = "meeting_id, sequence, id"
    _lock_parent = "meeting_id"

    meeting_id = fields.Many2one("itsms.meeting", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="meeting_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one("res.users", string="Participant", index=True, ondelete="restrict")
    name = fields.Char(string="Guest", help="Somebody from outside, by name.")
    organisation = fields.Char(help="Where a guest comes from.")
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    role_text = fields.Char(string="Takes part as", help="President, head of Sales, auditor …")
    required = fields.Boolean(help="The meeting wants this person; the quorum counts.")
    deputy_id = fields.Many2one(
        "res.users",
        string="Represented by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    presence = fields.Selection(
        [
            ("expected", "Expected"),
            ("present", "Present"),
            ("excused", "Excused"),
            ("absent", "Absent"),
        ],
        default="expected",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    signed_at = fields.Datetime(string="Signed on", readonly=True, copy=False)
    signed_by_id = fields.Many2one(
        "res.users", string="Entered by", readonly=True, copy=False, ondelete="restrict"
    )
    reason = fields.Char(readonly=True, copy=False, help="Why somebody else entered it.")

    _user_uniq = models.UniqueIndex(
        "(meeting_id, user_id) WHERE user_id IS NOT NULL",
        "This person is among the participants already.",
    )
    _person_chk = models.Constraint(
        "CHECK (user_id IS NOT NULL OR (name IS NOT NULL AND name <> ''))",
        "A participant is a colleague, or somebody from outside with a name.",
    )

    @api.depends("user_id", "meeting_id.company_id")
    def _compute_department_id(self):
        for line in self:
            company = line.meeting_id.company_id or self.env.company
            # sudo: where a colleague works is no secret
            employees = line.user_id and line.user_id._itsms_employees(company)
            line.department_id = bool(employees) and employees.department_id[:1].sudo(False)

    @api.depends("user_id", "name", "deputy_id", "organisation")
    def _compute_display_name(self):
        for line in self:
            # sudo: names of colleagues
            name = line.sudo().user_id.name or line.name or ""
            if line.organisation and not line.user_id:
                name += f" ({line.organisation})"
            line.display_name = name

    def _signed_name(self):
        """Who sat there, in words: the person himself, or who stood in for him."""
        self.ensure_one()
        if not self.deputy_id:
            return self.display_name
        return self.env._(
            "%(deputy)s for %(name)s", deputy=self.deputy_id.name, name=self.display_name
        )

    @api.constrains("user_id", "meeting_id")
    def _check_user_company(self):
        for line in self.sudo():  # sudo: companies of colleagues
            if line.user_id and line.meeting_id.company_id not in line.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work for %(company)s; enter a guest by name.",
                        user=line.user_id.name,
                        company=line.meeting_id.company_id.name,
                    )
                )

    # ------------------------------------------------------------ guard
    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            for vals in vals_list:
                if vals.get("presence", "expected") != "expected":
                    self._refuse_signing()
                if any(vals.get(name) for name in SIGNING[1:]):
                    self._refuse_signing()
                # explicit values win over default_* keys a client may put into the context
                vals.update(dict.fromkeys(SIGNING[1:], False), presence="expected")
        return super().create(vals_list)

    def write(self, vals):
        if not guard.is_engine(self.env):
            if set(SIGNING) & set(vals):
                self._refuse_signing()
            if {"user_id", "name", "meeting_id"} & set(vals):
                self._check_unsigned()
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_signed(self):
        self._check_unsigned()

    def _refuse_signing(self):
        raise AccessError(
            self.env._(
                "Presence is signed with “Sign in”, or entered by the secretary with “Enter "
                "presence” and a reason; never by direct entry or import."
            )
        )

    def _check_unsigned(self):
        """A signed line stays."""
        signed = self.filtered(lambda a: a.presence != "expected")
        if signed:
            raise UserError(
                self.env._(
                    "%(name)s is on the signed sheet and stays there.",
                    name=signed[0].display_name,
                )
            )

    # ------------------------------------------------------------ presence
    def _waits(self):
        return self.presence == "expected"

    def _lock_line(self):
        """Only the own line is locked: all sign at the same time."""
        try:
            self.sudo().lock_for_update()  # sudo: a lock needs no right, and gives none
        except LockError as exc:
            raise UserError(
                self.env._(
                    "The sign-in sheet is being closed or changed at this very moment. Reload "
                    "and look at it again."
                )
            ) from exc
        self.invalidate_recordset()
        self.meeting_id.invalidate_recordset()

    def _set_presence(self, presence, reason=None, deputy=None):
        """Note presence; right and state were checked."""
        now = fields.Datetime.now()
        vals = {
            "presence": presence,
            "signed_at": now,
            "signed_by_id": self.env.uid,
            "reason": reason,
        }
        if deputy is not None:
            vals["deputy_id"] = deputy.id
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write(vals)
        labels = dict(self._fields["presence"]._description_selection(self.env))
        for meeting, lines in self.grouped("meeting_id").items():
            meeting._log(
                "signature",
                comment="; ".join(
                    " – ".join(filter(None, (line.display_name, labels[presence], reason)))
                    for line in lines
                ),
            )

    def action_open_mark(self):
        """Ask the secretary for presence and reason."""
        self.meeting_id.check_access("write")
        dialog = self.env["itsms.meeting.mark"].create({"attendee_ids": self.ids})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter presence"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def _mark(self, presence, reason, deputy=None):
        """The secretary enters presence for others, with a reason, until the meeting is closed.

        :param deputy: user who comes instead; he signs in himself, or is entered as present.
        """
        self.meeting_id.check_access("write")
        if not str(reason or "").strip():
            raise UserError(
                self.env._("Say why you enter it: signed on paper, took part by telephone …")
            )
        if presence not in dict(self._fields["presence"].selection):
            raise UserError(self.env._("There is no such presence."))
        self._lock_line()
        for line in self.sudo():  # sudo: the meeting was checked above
            line.meeting_id._check_state("planned", "open")
            if presence == "present" and not line.meeting_id._signable():
                raise UserError(
                    self.env._(
                        "%(meeting)s: one signs in on the day of the meeting, until it is closed.",
                        meeting=line.meeting_id.display_name,
                    )
                )
            if deputy and line.meeting_id.company_id not in deputy.sudo().company_ids:
                raise UserError(self.env._("The deputy does not work for this company."))
        self._set_presence(presence, reason.strip(), deputy=deputy)
        return True
