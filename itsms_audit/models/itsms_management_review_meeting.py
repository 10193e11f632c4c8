import math

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard, notes

BEFORE_MEETING = ("issued", "prepared")


class ItsmsManagementReview(models.Model):
    """From the issued plan to the meeting that was held (REV-4.3, REV-4.5.1, REV-4.7.1)."""

    _inherit = "itsms.management.review"

    # ------------------------------------------------------------ issue of the plan
    def action_issue(self):
        """Issue the approved plan to the departments (REV-4.3, REV-4.5.1)."""
        return self.action_transition("issue")

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "issue":
            kwargs["kind"] = "issue"
            for review in self.filtered(lambda r: r.state == "approved"):
                review._check_day()
                review._note_issue()
        return super()._run_transition(transition, comment, **kwargs)

    def _note_issue(self):
        """Date of the issue, and whether it came late: flagged, not refused (REV-4.5.1)."""
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write(
            {
                "issued_at": fields.Datetime.now(),
                "issued_by_id": self.env.uid,
                "issued_late": self.company_id._itsms_today() > self.issue_by,
            }
        )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "issue":
            for review in self:
                review._open_preparation()
        elif transition.name == "cancel":
            for review in self:
                review._cancel_meeting()
        elif transition.name == "examine":
            self._engine_write(
                {"examined_at": fields.Datetime.now(), "examined_by_id": self.env.uid}
            )

    def _open_preparation(self):
        """The meeting, the reports to be written, and a word to everybody."""
        self._plan_review_meeting()
        # sudo: the engine's own lines
        Statement = guard.as_engine(self.env["itsms.management.review.statement"].sudo())
        heads = self.participant_ids.filtered(lambda p: p.kind == "head")
        Statement.create(
            [
                {"review_id": self.id, "kind": "system"},
                *(
                    {
                        "review_id": self.id,
                        "kind": "department",
                        "department_id": department.id,
                    }
                    for department in self._departments()
                    if department.manager_id.user_id
                    and department.manager_id.user_id
                    in heads.user_id | self.participant_ids.user_id
                ),
            ]
        )
        self.action_collect()
        self._tell_participants(
            self.env._(
                "The plan of %(review)s is issued: %(when)s. Prepare what it asks for, and enter "
                "your opinions and proposals before the meeting.",
                review=self.display_name,
                when=self.meeting_id._when_text(),
            )
        )

    def _tell_participants(self, body):
        users = self.sudo().participant_ids.user_id  # sudo: participants are told
        self._approval_tell(users, body)

    def _plan_review_meeting(self):
        """The meeting of the plan, with everybody of the plan (REV-4.6.3)."""
        president = self.participant_ids.filtered(lambda p: p.kind == "president").user_id[:1]
        # sudo: the meeting follows from the plan
        meeting = guard.as_engine(self.env["itsms.meeting"].sudo()).create(
            {
                "origin_model": self._name,
                "origin_id": self.id,
                "company_id": self.company_id.id,
                "kind": "review",
                "state": "planned",
                "name": self.name,
                "date_start": self.date_start,
                "date_end": self.date_end,
                "place": self.place,
                "chair_id": president.id,
                "secretary_id": self.env.uid,
                "purpose": "\n".join(filter(None, (self.purpose, self.scope))),
                "agenda": Markup("<ol>%s</ol>")
                % Markup().join(
                    Markup("<li>%s</li>") % line.name
                    for line in self._in_company_language().agenda_ids
                ),
                "attendee_ids": [
                    fields.Command.create(
                        {
                            "sequence": person.sequence,
                            "user_id": person.user_id.id,
                            "name": person.name,
                            "department_id": person.department_id.id,
                            "role_text": person.role_text,
                            "required": person._is_required(),
                        }
                    )
                    for person in self.participant_ids
                ],
            }
        )
        guard.as_engine(self.sudo()).write({"meeting_id": meeting.id})

    def _cancel_meeting(self):
        """A cancelled review has no meeting (sudo: follows from the review)."""
        meeting = self.sudo().meeting_id
        if meeting.state in ("planned", "open"):
            meeting._run_transition(
                meeting._transition("cancel"), self.env._("The review was cancelled")
            )

    def _move(self, date_start, date_end, reason):
        """Another time for the meeting, with a reason; the participants are told (REV-4.7.1)."""
        self.ensure_one()
        self.check_access("write")
        self._lock_rows()
        if self.state not in BEFORE_MEETING:
            raise UserError(
                self.env._(
                    "%(review)s: the meeting is moved between the issue of the plan and its "
                    "opening (REV-4.7.1).",
                    review=self.display_name,
                )
            )
        reason = notes.plain(reason)
        if not reason:
            raise UserError(self.env._("Say why the meeting is moved (REV-4.7.1)."))
        before = self.day
        engine = guard.as_engine(self.sudo())  # sudo: the plan is locked for people
        engine.write({"date_start": date_start, "date_end": date_end})
        if not self.late_reason and self.too_late:
            engine.write({"late_reason": reason})
        self._check_day()
        engine.write({"issued_late": self._local(self.issued_at).date() > self.issue_by})
        meeting = engine.meeting_id
        if meeting.state == "planned":
            meeting.write({"date_start": date_start, "date_end": date_end})
        else:
            self._plan_review_meeting()
        self._log(
            "correction",
            comment=self.env._(
                "Meeting moved from %(old)s to %(new)s: %(reason)s",
                old=before,
                new=self.day,
                reason=reason,
            ),
        )
        self._tell_participants(
            self.env._(
                "%(review)s is moved to %(when)s: %(reason)s",
                review=self.display_name,
                when=self.meeting_id._when_text(),
                reason=reason,
            )
        )
        return True

    def action_open_move(self):
        return self.env["itsms.review.act"]._open_for(self, "move")

    # ------------------------------------------------------------ material
    def action_collect(self):
        """Collect the figures of all sections anew, until the meeting is opened (REV-4.5.2)."""
        for review in self:
            review.check_access("read")
            role = self.env["itsms.role"]._by_code("management_representative")
            if not role._held_by(self.env.user, review.company_id):
                review.check_access("write")
            states = ("draft", "rejected", "approved", *BEFORE_MEETING)
            if review.state not in states:
                raise UserError(
                    self.env._(
                        "%(review)s is “%(state)s”: its figures are frozen (REV-4.7).",
                        review=review.display_name,
                        state=review._state_label(),
                    )
                )
            review._store_figures()
        return True

    def _store_figures(self):
        """Write what the modules tell, replacing what was collected before."""
        # as the system, for the whole company: the audience sees figures, and opens the records
        # behind them only with rights of its own
        system = (
            self.with_user(SUPERUSER_ID)
            ._in_company_language()
            .with_context(allowed_company_ids=self.company_id.ids)
        )
        found = system._collect_inputs()
        lines = self.sudo().input_ids | self.sudo().agenda_ids  # sudo: the engine's own lines
        Figure = guard.as_engine(self.env["itsms.management.review.figure"].sudo())
        guard.as_engine(lines.figure_ids).unlink()
        vals_list = []
        for line in lines:
            figures = found.get(f"{line.section}.{line.code}") or []
            vals_list += [
                {"input_id": line.id, "sequence": place, **figure}
                for place, figure in enumerate(figures)
            ]
        Figure.create(vals_list)
        guard.as_engine(self.sudo()).write({"collected_at": fields.Datetime.now()})

    def _figures_snapshot(self):
        """Figures by line, to see whether anything changed."""
        return {
            line.id: [(f.label, f.value) for f in line.figure_ids]
            for line in self.sudo().input_ids | self.sudo().agenda_ids  # sudo: compared only
        }

    def action_mark_all_ready(self):
        """All inputs are complete: ticked at once (REV-4.5.2)."""
        self.check_access("write")
        for review in self:
            review.input_ids.filtered(lambda x: not x.ready).write({"ready": True})
        return True

    def action_examine(self):
        """The management representative examines the material (审定, REV-4.5.2)."""
        return self.action_transition("examine")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        for review in self:
            if transition.name == "examine":
                review._check_material()
            elif transition.name == "archive":
                review._check_archive()

    def _check_material(self):
        """Examined when complete, and still complete when the meeting is opened (REV-4.5.2)."""
        missing = self.sudo()._missing_material()  # sudo: all of the material
        if missing:
            raise UserError(
                self.env._(
                    "%(review)s: the material is not complete, it lacks %(missing)s. The "
                    "ITSMS office completes it, or excuses a department with a reason "
                    "(REV-4.5.2).",
                    review=self.display_name,
                    missing="; ".join(missing),
                )
            )

    # ------------------------------------------------------------ meeting: opening
    def _name_delegate(self, user):
        """The President names who opens the meeting in his place, after the plan (REV-4.7.1b)."""
        self.ensure_one()
        self.check_access("read")
        if self.env.user not in self._presidents():
            raise AccessError(self.env._("The President names his delegate (REV-4.7.1b)."))
        if self.state not in ("approved", *BEFORE_MEETING):
            raise UserError(
                self.env._("The delegate is named before the meeting is opened (REV-4.7.1b).")
            )
        # sudo: companies of a colleague
        if user and self.company_id not in user.sudo().company_ids:
            raise UserError(self.env._("The delegate does not work for this company."))
        # sudo: the plan is locked for people; the President decides on this alone
        guard.as_engine(self.sudo()).write({"delegate_id": user.id})
        self._log("other", comment=self.env._("Delegate: %(name)s", name=user.name or "–"))
        return True

    def action_open_delegate(self):
        return self.env["itsms.review.act"]._open_for(self, "delegate")

    def _presidents(self):
        """Who holds the office of President today."""
        return self.env["itsms.role"]._by_code("president")._holders(self.company_id)

    def _openers(self):
        """The President, or the delegate of the plan (REV-4.7.1b) [I-40]."""
        # sudo: people are compared only
        return self._presidents() | self.sudo().delegate_id

    def _meeting_may_open(self, meeting):
        if meeting.kind != "review":
            return super()._meeting_may_open(meeting)
        return self.env.user in self._openers()

    def _meeting_may_open_message(self, meeting):
        if meeting.kind != "review":
            return super()._meeting_may_open_message(meeting)
        return self.env._(
            "The President or the delegate named in the plan opens the management review: "
            "%(names)s (REV-4.7.1b).",
            names=", ".join(self._openers().sudo().mapped("name")) or "–",  # sudo: names
        )

    def _meeting_check_plan(self, meeting):
        super()._meeting_check_plan(meeting)
        if meeting.kind == "review":
            raise UserError(
                self.env._("The review meeting is planned by issuing the plan (REV-4.3).")
            )

    def _meeting_check_change(self, meeting, names):
        if meeting == self.meeting_id and {"date_start", "chair_id"} & names:
            raise UserError(
                self.env._(
                    "Day and chair stand in the approved plan: move the meeting on the review, "
                    "with a reason (REV-4.7.1)."
                )
            )

    def _meeting_check_open(self, meeting):
        """The material is examined and enough of those who must be there have signed."""
        if meeting.kind != "review":
            return
        if self.state != "prepared":
            raise UserError(
                self.env._(
                    "%(review)s is “%(state)s”: the management representative examines the "
                    "material before the meeting is opened (REV-4.5.2).",
                    review=self.display_name,
                    state=self._state_label(),
                )
            )
        self._check_material()
        self._check_quorum(meeting)

    def _check_quorum(self, meeting):
        """So many of those who must attend have signed in (REV-4.6.2, REV-4.7.1a)."""
        required = self.participant_ids.filtered(lambda p: p._is_required()).user_id
        signed = meeting.attendee_ids.filtered(lambda a: a.presence == "present").user_id
        present = required & signed
        percent = self._parameter("review.quorum.percent")
        needed = math.ceil(len(required) * percent / 100)
        if len(present) < needed:
            raise UserError(
                self.env._(
                    "%(review)s has no quorum: %(present)s of %(all)s people who must attend have "
                    "signed in, %(needed)s are needed (%(percent)s %%). Missing: %(names)s. Wait "
                    "for them, enter a deputy, or move the meeting (REV-4.6.2, REV-4.7.1a).",
                    review=self.display_name,
                    present=len(present),
                    all=len(required),
                    needed=needed,
                    percent=percent,
                    names=", ".join((required - present).mapped("name")),
                )
            )
        # sudo: people are compared only
        if not signed & (self._openers().sudo() | self._presidents().sudo()):
            raise UserError(
                self.env._(
                    "%(review)s: neither the President nor the delegate has signed in "
                    "(REV-4.7.1b).",
                    review=self.display_name,
                )
            )

    def _meeting_opened(self, meeting):
        """Freeze what was collected and said (REV-4.4.1, REV-4.5.3)."""
        super()._meeting_opened(meeting)
        if meeting.kind != "review":
            return
        before = self._figures_snapshot()
        self._store_figures()
        after = self._figures_snapshot()
        lines = self.sudo().input_ids | self.sudo().agenda_ids  # sudo: the engine's own fields
        changed = lines.filtered(lambda x: before[x.id] != after[x.id])
        guard.as_engine(changed).write({"changed": True})
        guard.as_engine(lines - changed).write({"changed": False})
        # sudo: the engine's own field
        guard.as_engine(self.sudo()).write({"frozen_at": fields.Datetime.now()})
        self._run_transition(self._transition("begin"))

    # ------------------------------------------------------------ meeting: closing
    def _meeting_check_close(self, meeting):
        """Minutes, the reports given, and a conclusion per agenda item (REV-4.7.1, REV-4.7.2)."""
        if meeting.kind != "review":
            return
        missing = []
        if not str(meeting.minutes or "").strip() or meeting.minutes in ("<p><br></p>", "<p></p>"):
            missing.append(self.env._("the minutes (REV-4.6.3a)"))
        missing += [
            self.env._("the report of %(who)s (REV-4.7.1c, d)", who=line.display_name)
            for line in self.statement_ids
            if line.state != "excused" and not line.presented
        ]
        missing += [
            self.env._("the conclusion on “%(item)s” (REV-4.7.2)", item=line.name)
            for line in self.agenda_ids
            if not (line.conclusion or "").strip()
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(review)s: before the meeting is closed it needs %(missing)s.",
                    review=self.display_name,
                    missing="; ".join(missing),
                )
            )

    def _meeting_closed(self, meeting):
        super()._meeting_closed(meeting)
        if meeting.kind != "review":
            return
        day = meeting._day()
        # sudo: the engine's own field
        guard.as_engine(self.sudo()).write({"held_on": day})
        self._run_transition(self._transition("hold"))
        if self.kind == "annual":
            self.env["itsms.duty"]._complete("management.review", self, on=day)

    def _meeting_cancelled(self, meeting):
        super()._meeting_cancelled(meeting)
        if meeting.kind == "review" and self.state == "meeting":
            self._run_transition(self._transition("interrupt"))

    # ------------------------------------------------------------ after the meeting
    def action_write_report(self):
        """The ITSMS office writes the report (REV-4.7.3)."""
        self.ensure_one()
        report = self.sudo().report_ids.with_env(self.env)  # sudo: whether there is one
        if not report:
            self.check_access("write")
            report = self.env["itsms.management.review.report"].create({"review_id": self.id})
            report.action_generate()
        return {
            "type": "ir.actions.act_window",
            "res_model": report._name,
            "res_id": report.id,
            "views": [(False, "form")],
        }

    def action_archive_review(self):
        """Sort and archive the material when all is done (REV-4.8.3)."""
        return self.action_transition("archive")

    def _check_archive(self):
        left = self._unsettled()
        if left:
            raise UserError(
                self.env._(
                    "%(review)s is archived when all is done; still open: %(left)s (REV-4.8.3).",
                    review=self.display_name,
                    left="; ".join(left),
                )
            )

    def _meeting_content(self):
        """What the meeting said, as plain data (sudo by the caller)."""
        self.ensure_one()
        meeting = self.meeting_id
        return {
            "place": meeting.place,
            "begin": str(meeting.date_start),
            "end": str(meeting.date_end),
            "minutes": str(meeting.minutes or ""),
            "participants": [
                [a.display_name, a.deputy_id.name or "", a.presence] for a in meeting.attendee_ids
            ],
            "conclusions": [
                [x.code, x.found or "", x.conclusion or "", x.verdict or ""]
                for x in self.agenda_ids
            ],
            "decisions": [
                [
                    d.id,
                    d.problem or "",
                    d.name,
                    d.kind,
                    d.owner_id.id,
                    d.department_id.id,
                    str(d.due_on),
                    d.resources or "",
                ]
                for d in self.decision_ids.sorted("id")
            ],
        }

    def _frozen_content(self):
        """All of the review as plain data for the record (sudo by the caller)."""
        self.ensure_one()
        return {
            "meeting": self._meeting_content(),
            "participants": [
                [p.display_name, p.kind, p.role_text or ""] for p in self.participant_ids
            ],
            "inputs": [
                {
                    "section": line.section,
                    "code": line.code,
                    "name": line.name,
                    "comment": line.comment or "",
                    "figures": [
                        [f.label, f.value or "", f.res_model or "", f.res_ids or []]
                        for f in line.figure_ids
                    ],
                }
                for line in self.input_ids | self.agenda_ids
            ],
            "reports": [
                [s.display_name, s.state, s.situation or "", s.problems or "", s.proposals or ""]
                for s in self.statement_ids
            ],
            "opinions": [[o.user_id.name, o.kind, o.name] for o in self.opinion_ids],
            "improvements": [
                [i.name, i.state, i.description or "", i.effect or ""] for i in self.improvement_ids
            ],
        }

    def _interval_back(self):
        """First day of the period that the figures look back to."""
        return self.period_from or self.company_id._itsms_today() - relativedelta(months=12)
