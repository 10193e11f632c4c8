import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.models.itsms_approval_route import department_head

from .itsms_audit import MR

CONCLUSION = ("conformity", "effectiveness", "main_problems", "proposals")
MINUTES = ("minutes_execution", "minutes_findings", "minutes_conclusion")


class ItsmsAudit(models.Model):
    """Notice, opening meeting, on-site audit, team meeting, closing meeting (AUD-4.1.6, 4.2)."""

    _inherit = "itsms.audit"

    notice_today = fields.Selection(
        [
            ("early", "Earlier than 10 days before"),
            ("in_time", "7 to 10 days before"),
            ("late", "Later than 7 days before"),
        ],
        string="Notice today would be",
        compute="_compute_notice_today",
    )
    start_delayed = fields.Boolean(
        compute="_compute_start_delayed",
        help="The on-site audit starts immediately after the opening meeting (AUD-4.2.1c); here "
        "it did not start on the same day.",
    )
    next_step = fields.Char(compute="_compute_next_step", help="Who acts next, and how.")

    @api.depends("state", "date_start")
    def _compute_notice_today(self):
        for audit in self:
            today = audit.company_id._itsms_today()
            waits = audit.state == "approved" and audit.date_start
            audit.notice_today = waits and audit._notice_state_on(today)

    @api.depends("opened_at", "started_at")
    def _compute_start_delayed(self):
        for audit in self:
            moments = audit.opened_at and audit.started_at and (audit.opened_at, audit.started_at)
            zone = audit.company_id._itsms_timezone()
            days = {pytz.utc.localize(m).astimezone(zone).date() for m in moments or ()}
            audit.start_delayed = len(days) > 1

    # ------------------------------------------------------------ who acts next
    @api.depends(
        "state", "lead_id", "open_objection_count", "team_meeting_at", "conflict", "next_actor"
    )
    @api.depends_context("lang")
    def _compute_next_step(self):
        for audit in self:
            audit.next_step = audit._next_step_text()

    def _next_step_text(self):
        """“Lead auditor Wang: give notice …” for one audit."""
        # sudo: a colleague's name
        lead = self.lead_id.sudo().name or ""
        if self.conflict and self.state in ("approved", "notified", "opened", "on_site"):
            return self.env._("%(lead)s replaces the auditor who is not independent", lead=lead)
        if not self.lead_id and self.state in ("draft", "rejected"):
            return self.env._("the management representative appoints the lead auditor (AUD-4.1.2)")
        if self.open_objection_count:
            return self.env._("%(lead)s answers the objection to the date (AUD-4.1.6a)", lead=lead)
        texts = {
            "draft": self.env._("%(lead)s forms the team, makes the plan and submits it"),
            "rejected": self.env._("%(lead)s changes the plan and submits it again"),
            "pending": self.next_actor or "",
            "approved": self.env._("%(lead)s notifies the auditee departments (AUD-4.1.6)"),
            "notified": self.env._("%(lead)s holds the opening meeting (AUD-4.2.1)"),
            "opened": self.env._("%(lead)s starts the on-site audit at once (AUD-4.2.1c)"),
            "on_site": self.env._("%(lead)s holds the team meeting (AUD-4.2.2c)"),
            "concluded": self.env._("%(lead)s writes the audit report (AUD-4.3.1)"),
            "reported": self.env._("the nonconformities are corrected and verified (AUD-4.4)"),
        }
        if self.state == "on_site" and self.team_meeting_at:
            return self.env._("%(lead)s holds the closing meeting (AUD-4.2.3)", lead=lead)
        text = texts.get(self.state)
        return text and text.replace("%(lead)s", lead)

    # ------------------------------------------------------------ who acts
    def _check_is_lead(self):
        for audit in self:
            if audit.lead_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "The lead auditor carries the audit out: %(name)s (AUD-3.2).",
                        name=audit.lead_id.sudo().name or "–",  # sudo: a colleague's name
                    )
                )

    def _check_ready(self):
        """Team qualified and independent, before the audit goes a step on."""
        for audit in self:
            audit._check_team(audit.company_id._itsms_today())
            audit._check_independent()

    # ------------------------------------------------------------ notice (AUD-4.1.6)
    def action_notify(self):
        """Send the plan to the auditee departments; a date outside the window is flagged."""
        self._lock_rows()
        self.check_access("read")
        self._check_is_lead()
        self._check_ready()
        for audit in self:
            audit._check_not_too_late()
        # sudo: the engine's own fields, in this transaction
        self._run_transition(self._transition("notify"), kind="issue", locked=True)
        self._engine_write({"notified_at": fields.Datetime.now(), "notified_by_id": self.env.uid})
        for audit in self:
            heads = audit._auditee_heads()
            audit._approval_tell(
                heads,
                self.env._(
                    "%(audit)s: your department is audited from %(start)s to %(end)s. An objection "
                    "to the date reaches the lead auditor by %(until)s (AUD-4.1.6a).",
                    audit=audit.display_name,
                    start=audit.date_start,
                    end=audit.date_end,
                    until=audit.objection_until,
                ),
            )
        return True

    def _auditee_heads(self):
        """Heads of the auditee departments of one audit."""
        heads = self.env["res.users"]
        # sudo: heads are found whoever notifies
        for department in self.sudo().department_ids:
            heads |= department_head(department).with_env(self.env)
        return heads

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "revise":
            self._engine_write({"notified_at": False, "notified_by_id": False})
            for audit in self:
                audit._cancel_planned_meetings()
                audit._approval_tell(
                    audit._auditee_heads(),
                    self.env._("%(audit)s: the plan is revised; a new notice follows.",
                               audit=audit.display_name),
                )  # fmt: skip
        elif transition.name == "cancel":
            self._cancel_planned_meetings()
        elif transition.name == "conclude":
            for audit in self:
                self.env["itsms.duty"]._complete("audit.internal", audit)

    def _cancel_planned_meetings(self):
        # sudo: meetings go with their audit, whoever cancels it
        meetings = self.sudo().meeting_ids.filtered(lambda m: m.state == "planned")
        if meetings:
            meetings = meetings.with_user(self.env.user).sudo()
            meetings._run_transition(
                meetings._transition("cancel"), self.env._("The plan of the audit is revised")
            )

    # ------------------------------------------------------------ meetings
    def _participants(self):
        """Who takes part in opening and closing meeting, and as what: President, management
        representative, team, heads of the auditees (AUD-4.2.1a, AUD-4.2.3); a dict."""
        people = {}
        for code in ("president", *MR):
            role = self.env["itsms.role"]._by_code(code)
            for user in role._holders(self.company_id).with_env(self.env):
                people.setdefault(user, role.with_env(self.env).sudo().name)  # sudo: a role's name
        people |= self._team_participants(people)
        heads = self._auditee_heads()
        for user in heads:
            people.setdefault(user, self.env._("Head of the auditee department"))
        return people

    def _team_participants(self, known=()):
        """Members of the team by user, with their role."""
        labels = dict(
            self.env["itsms.audit.member"]._fields["role"]._description_selection(self.env)
        )
        # sudo: names and roles only
        members = self.sudo().member_ids.filtered(lambda m: not m.left_at)
        return {
            member.user_id.with_env(self.env): labels[member.role]
            for member in members
            if member.user_id.with_env(self.env) not in known
        }

    def _plan_audit_meeting(self, kind, name, start, source=None):
        """Plan one meeting of the audit, unless it is planned already."""
        self.ensure_one()
        planned = self._meetings(kind, "planned", "open", "held")
        if planned:
            return planned[0]
        people = self._team_participants() if kind == "team" else self._participants()
        if source:
            # the same people (AUD-4.2.3); sudo: names only
            people = {
                line.user_id.with_env(self.env): line.role_text
                for line in source.sudo().attendee_ids
                if line.user_id
            }
        attendees = [
            fields.Command.create({"user_id": user.id, "required": True, "role_text": text})
            for user, text in people.items()
        ]
        return self._plan_meeting(
            kind,
            name,
            start,
            chair_id=self.lead_id.id,
            secretary_id=self.lead_id.id,
            attendee_ids=attendees,
        )

    def _meetings(self, kind, *states):
        """Meetings of one audit (sudo: whether it was held is no secret to who reads it)."""
        return self.sudo().meeting_ids.filtered(lambda m: m.kind == kind and m.state in states)

    def action_plan_opening(self):
        """Plan the opening meeting, at the begin of the timetable."""
        self.ensure_one()
        self._check_is_lead()
        if self.state not in ("approved", "notified"):
            self._refuse_meeting()
        start = min(self.schedule_ids.mapped("date_start"))
        name = self.env._("Opening meeting: %(audit)s", audit=self.display_name)
        meeting = self._plan_audit_meeting("opening", name, start)
        return self._open_meeting(meeting)

    def action_plan_team(self):
        """Plan the team meeting, when the on-site audit is complete."""
        self.ensure_one()
        self._check_is_lead()
        if self.state != "on_site":
            self._refuse_meeting()
        name = self.env._("Audit team meeting: %(audit)s", audit=self.display_name)
        return self._open_meeting(self._plan_audit_meeting("team", name, fields.Datetime.now()))

    def action_plan_closing(self):
        """Plan the closing meeting, with the people of the opening meeting (AUD-4.2.3)."""
        self.ensure_one()
        self._check_is_lead()
        if self.state != "on_site":
            self._refuse_meeting()
        name = self.env._("Closing meeting: %(audit)s", audit=self.display_name)
        start = self.closing_planned_at or fields.Datetime.now()
        opening = self._meetings("opening", "held")[:1]
        return self._open_meeting(self._plan_audit_meeting("closing", name, start, opening))

    def _refuse_meeting(self):
        raise UserError(
            self.env._(
                "%(audit)s is “%(state)s”: this meeting is not held now (AUD-4.2).",
                audit=self.display_name,
                state=self._state_label(),
            )
        )

    def _open_meeting(self, meeting):
        return {
            "type": "ir.actions.act_window",
            "name": meeting.name,
            "res_model": "itsms.meeting",
            "res_id": meeting.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------ hooks of the meetings
    def _meeting_check_plan(self, meeting):
        """The lead auditor plans the meetings of his audit, one of each kind."""
        super()._meeting_check_plan(meeting)
        self._check_is_lead()
        if meeting.kind in ("opening", "team", "closing"):
            if meeting.chair_id != self.lead_id:
                raise UserError(
                    self.env._("The lead auditor chairs this meeting (AUD-4.2.1, AUD-4.2.3).")
                )
            if len(self._meetings(meeting.kind, "planned", "open", "held")) > 1:
                raise UserError(
                    self.env._(
                        "%(audit)s has this meeting already; cancel that one first.",
                        audit=self.display_name,
                    )
                )

    def _meeting_may_open(self, meeting):
        """The lead auditor chairs opening, team and closing meeting."""
        if meeting.sudo().kind in ("opening", "team", "closing"):  # sudo: only its kind
            return self.env.user == self.sudo().lead_id
        return super()._meeting_may_open(meeting)

    def _meeting_may_open_message(self, meeting):
        if meeting.sudo().kind in ("opening", "team", "closing"):  # sudo: only its kind
            return self.env._(
                "The lead auditor opens and chairs the meetings of the audit: %(name)s "
                "(AUD-4.2.1, AUD-4.2.3).",
                name=self.sudo().lead_id.name or "–",  # sudo: a colleague's name
            )
        return super()._meeting_may_open_message(meeting)

    def _meeting_check_open(self, meeting):
        super()._meeting_check_open(meeting)
        wanted = {"opening": "notified", "team": "on_site", "closing": "on_site"}
        state = wanted.get(meeting.kind)
        if state and self.state != state:
            self._refuse_meeting()
        if meeting.kind == "opening":
            if self.company_id._itsms_today() < self.date_start:
                raise UserError(
                    self.env._(
                        "%(audit)s begins on %(day)s: revise the plan to begin earlier "
                        "(AUD-4.2.1).",
                        audit=self.display_name,
                        day=self.date_start,
                    )
                )
            self._check_objections()
            self._check_ready()
        elif meeting.kind == "closing":
            if not self.team_meeting_at:
                raise UserError(
                    self.env._(
                        "%(audit)s: the team meeting comes before the closing meeting, with its "
                        "conclusion (AUD-4.2.2c).",
                        audit=self.display_name,
                    )
                )
            self._check_ready()
        elif meeting.kind == "team":
            self._check_on_site_complete()

    def _check_objections(self):
        if self.open_objection_count:
            raise UserError(
                self.env._(
                    "%(audit)s has an objection to the date without answer: answer it first "
                    "(AUD-4.1.6a).",
                    audit=self.display_name,
                )
            )

    def _check_on_site_complete(self):
        """Hook: raise where the on-site audit is not complete (open checklists)."""

    def _meeting_check_close(self, meeting):
        super()._meeting_check_close(meeting)
        if meeting.kind == "opening" and not self.closing_planned_at:
            self._refuse_missing(
                ("closing_planned_at",),
                self.env._("the time of the closing meeting is fixed now (AUD-4.2.1b)"),
            )
        if meeting.kind == "opening" and self.closing_planned_at <= meeting.date_start:
            raise UserError(
                self.env._("The closing meeting comes after the opening meeting (AUD-4.2.1b).")
            )
        if meeting.kind == "team":
            self._refuse_missing(
                CONCLUSION,
                self.env._(
                    "the team judges conformity and effectiveness and sums up problems and "
                    "proposals (AUD-4.2.2c, AUD-4.2.2d)"
                ),
            )
        if meeting.kind == "closing":
            self._refuse_missing(
                MINUTES, self.env._("the minutes hold these three items (AUD-4.2.3a)")
            )
        if meeting.kind in ("opening", "team", "closing"):
            self._check_chair_present(meeting)

    def _check_chair_present(self, meeting):
        chair = meeting.attendee_ids.filtered(lambda a: a.user_id == self.lead_id)
        if chair.presence != "present":
            raise UserError(
                self.env._(
                    "The lead auditor chairs the meeting and signs in (AUD-4.2.1, AUD-4.2.3)."
                )
            )

    def _refuse_missing(self, names, why):
        missing = [
            self._fields[name]._description_string(self.env)
            for name in names
            if not str(self[name] or "").strip()
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(audit)s: enter %(missing)s; %(why)s.",
                    audit=self.display_name,
                    missing=", ".join(missing),
                    why=why,
                )
            )

    def _meeting_closed(self, meeting):
        super()._meeting_closed(meeting)
        now = fields.Datetime.now()
        kind = meeting.sudo().kind  # sudo: only its kind
        if kind == "opening":
            self._run_transition(self._transition("open"))
            self._engine_write({"opened_at": now})
            self._plan_closing_meeting(meeting)
        elif kind == "team":
            self._engine_write({"team_meeting_at": now})
            self._log("other", comment=self.env._("Team meeting held"))
        elif kind == "closing":
            self._run_transition(self._transition("conclude"))
            self._engine_write({"concluded_at": now})

    def _plan_closing_meeting(self, opening):
        """The closing meeting stands at the time that was just fixed (AUD-4.2.1b, AUD-4.2.3)."""
        name = self.env._("Closing meeting: %(audit)s", audit=self.display_name)
        self._plan_audit_meeting("closing", name, self.closing_planned_at, opening)

    # ------------------------------------------------------------ documents (AUD-4.1.4)
    def _documents_to_collect(self):
        """Documents in force of the departments that the current user audits, else of all
        auditees; only those that he may open."""
        self.ensure_one()
        mine = self.schedule_ids.filtered(lambda s: self.env.user in s.auditor_ids)
        departments = (mine or self.schedule_ids).department_id
        return self.env["itsms.document"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "in_force"),
                ("department_id", "in", departments.ids),
                ("id", "not in", self.sudo().document_ids.ids),  # sudo: those known already
            ],
            limit=200,
        )

    def action_open_collect(self):
        """Dialog: documents of the auditee's service activities."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Collect documents"),
            "res_model": "itsms.audit.collect",
            "view_mode": "form",
            "target": "new",
            "context": {"default_audit_id": self.id},
        }

    def action_collect(self, document_ids):
        """Link documents to the audit: any member of the team, for what he may open."""
        self.ensure_one()
        self.check_access("read")
        team = self.sudo().member_ids._present()  # sudo: compares people
        if self.env.user not in team:
            raise AccessError(
                self.env._("The members of the audit team collect the documents (AUD-4.1.4).")
            )
        ids = [i for i in document_ids or () if type(i) is int]
        documents = self.env["itsms.document"].browse(ids).exists()
        documents.check_access("read")
        # sudo: membership and rights on the documents were checked; write() checks the state
        self.sudo().write(
            {"document_ids": [fields.Command.link(document.id) for document in documents]}
        )
        self._log("other", comment=lambda a: self.env._("Documents collected: %(n)s",
                                                        n=len(documents)))  # fmt: skip
        return True

    # ------------------------------------------------------------ problems (AUD-3.1)
    def action_open_settle(self):
        """Dialog: a problem that arose in the audit, and what was decided."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settle a problem"),
            "res_model": "itsms.audit.settle",
            "view_mode": "form",
            "target": "new",
            "context": {"default_audit_id": self.id},
        }

    def action_settle(self, problem, decision):
        """The management representative settles a problem that arose in the audit (AUD-3.1)."""
        self.ensure_one()
        self.check_access("read")
        role = self.env["itsms.role"]._by_code(*MR)
        if not role._held_by(self.env.user, self.company_id):
            raise AccessError(
                self.env._("The management representative settles problems of an audit (AUD-3.1).")
            )
        if not str(problem or "").strip() or not str(decision or "").strip():
            raise UserError(self.env._("Enter the problem and what was decided (AUD-3.1)."))
        if self.state in ("closed", "cancelled"):
            raise UserError(
                self.env._(
                    "%(audit)s is “%(state)s”: nothing is settled in it any more.",
                    audit=self.display_name,
                    state=self._state_label(),
                )
            )
        text = self.env._(
            "Problem: %(problem)s. Decision: %(decision)s", problem=problem, decision=decision
        )
        self._log("other", comment=text)
        team = self.sudo().member_ids._present().with_env(self.env)  # sudo: names only
        self._approval_tell(team - self.env.user, text)
        return True

    # ------------------------------------------------------------ on site (AUD-4.2.1c)
    def action_start(self):
        """Start the on-site audit, immediately after the opening meeting."""
        self._lock_rows()
        self.check_access("read")
        self._check_is_lead()
        self._check_ready()
        for audit in self:
            if audit.state in ("approved", "notified"):
                raise UserError(
                    self.env._(
                        "%(audit)s: the on-site audit starts after the opening meeting, which is "
                        "not recorded yet (AUD-4.2.1c).",
                        audit=audit.display_name,
                    )
                )
        self._run_transition(self._transition("start"), locked=True)
        self._engine_write({"started_at": fields.Datetime.now()})
        return True
