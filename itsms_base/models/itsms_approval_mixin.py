from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessDenied, AccessError, UserError

from ..engine import canonical, guard, notes
from ..engine.lifecycle import Transition
from .itsms_approval_content import file_entries, record_content


class ItsmsApprovalMixin(models.AbstractModel):
    """The approval engine (COM-5 … COM-8): one for all procedures.

    A model inherits this mixin, declares a ``state`` selection that holds at least ``draft``,
    ``pending``, ``approved`` and ``rejected``, and has an ``itsms.approval.route``. Everything
    else – turns, stand-ins, binding of the content, evidence – is here.
    """

    _name = "itsms.approval.mixin"
    _description = "Approval"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.approval.route.mixin",
        "itsms.approval.people.mixin",
    ]

    _editable_states = ("draft", "rejected")

    approval_round = fields.Integer(readonly=True, copy=False)
    approval_digest = fields.Char(
        readonly=True, copy=False, help="SHA-256 over the content as it was submitted."
    )
    approval_manifest = fields.Json(
        readonly=True, copy=False, help="Files that were submitted: name, size and SHA-256."
    )
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False, index=True)
    submitted_at = fields.Datetime(readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    approval_editor_ids = fields.Many2many(
        "res.users",
        string="Written by",
        readonly=True,
        copy=False,
        help="Everybody who entered or changed the content; none of them decides on it (COM-8).",
    )
    approval_step_ids = fields.One2many(
        "itsms.approval.step",
        "res_id",
        string="Approval",
        readonly=True,
        copy=False,
        domain=lambda self: [("res_model", "=", self._name)],
        bypass_search_access=True,
    )
    can_decide = fields.Boolean(compute="_compute_turn")
    can_submit = fields.Boolean(compute="_compute_turn")
    can_withdraw = fields.Boolean(compute="_compute_turn")
    next_actor = fields.Char(
        string="Who acts next", compute="_compute_turn", help="In words, with stand-ins."
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "approval_round",
            "approval_digest",
            "approval_manifest",
            "submitted_by_id",
            "submitted_at",
            "approved_at",
            "approval_editor_ids",
            "approval_step_ids",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "submit": Transition(
                "submit", self.env._("Submit"), ("draft", "rejected"), "pending", internal=True
            ),
            "approve": Transition(
                "approve", self.env._("Approve"), ("pending",), "approved", internal=True
            ),
            "reject": Transition(
                "reject", self.env._("Reject"), ("pending",), "rejected", reason=True, internal=True
            ),
            "withdraw": Transition(
                "withdraw", self.env._("Withdraw"), ("pending",), "draft", internal=True
            ),
        }

    @api.model
    def _approval_route_domain(self):
        """Hook: restrict the routes that come into question."""
        return []

    @api.model
    def _approval_locked_fields(self):
        """Hook: fields bound and locked by the approval; by default all that people enter."""
        return self._entered_fields()

    @api.model
    def _content_fields(self):
        return self._approval_locked_fields()

    def _approval_preparers(self):
        """Hook: users who wrote the content of one record, besides the submitter (COM-8); by
        default who created it, unless the system itself did."""
        return self.create_uid.filtered(lambda user: user.id != SUPERUSER_ID)

    def _approval_check_submit(self, manifests):
        """Hook: raise where the content is not ready to be submitted.

        :param manifests: files per record id, as ``file_entries`` gives them; spares reading
            the files themselves.
        """

    def _approval_done(self):
        """Hook: the last decision was positive; same transaction, records in ``approved``."""

    def _approval_stage_opened(self):
        """Hook: an earlier stage was passed, the next one is open; state is still ``pending``."""

    def _approval_rejected(self, comment):
        """Hook: the records were rejected and are with their author again."""

    def _locked_way_out(self):
        if all(record.state == "pending" for record in self):
            return self.env._("Withdraw it or wait for the decision.")
        return super()._locked_way_out()

    # ------------------------------------------------------------ content
    def _approval_digest_data(self):
        """Content of each record as plain data by id; lines included, files apart."""
        return record_content(self, self._approval_locked_fields())

    def _approval_digests(self, manifests):
        """SHA-256 per record id over the declared fields, lines and the files of ``manifests``."""
        content = self._approval_digest_data()
        return {
            record.id: canonical.digest(
                [record._name, record.id, content[record.id], manifests[record.id]]
            )
            for record in self
        }

    def _check_content_unchanged(self):
        """Refuse a decision on anything else than what was submitted."""
        listed = {r.id: [entry["id"] for entry in (r.approval_manifest or [])] for r in self}
        manifests = file_entries(self, listed)
        digests = self._approval_digests(manifests)
        for record in self:
            if digests[record.id] != record.approval_digest:
                raise UserError(
                    self.env._(
                        "%(record)s is no longer what was submitted: its content was changed "
                        "behind the approval. No decision is possible; withdraw and submit it "
                        "again (COM-7).",
                        record=record.display_name,
                    )
                )

    # ------------------------------------------------------------ computed
    @api.depends("state", "approval_step_ids.state", "approval_step_ids.approver_ids")
    @api.depends_context("uid", "lang")
    def _compute_turn(self):
        # sudo: who acts next is shown to everybody who sees the record
        steps = (
            self.env["itsms.approval.step"]
            .sudo()
            .search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids), ("state", "=", "open")]
            )
        )
        mine = steps.with_env(self.env).sudo().filtered_domain(steps._my_turn_domain())
        steps_by_id = steps.grouped("res_id")
        deputies = steps._deputies()
        for record in self:
            open_steps = steps_by_id.get(record.id, steps.browse())
            pending = record.state == "pending"
            record.can_decide = pending and bool(open_steps & mine)
            record.can_submit = record.state in ("draft", "rejected")
            record.can_withdraw = pending and record._may_withdraw()
            record.next_actor = record._describe_next(open_steps, deputies) if pending else False

    def _describe_next(self, steps, deputies):
        """“Review: Wang (Management representative), 代 Sun” for each of ``steps``."""
        parts = []
        for step in steps:
            names = ", ".join(step.approver_ids.mapped("name")) or self.env._("vacant")
            text = f"{step._label_text()}: {names} ({step.asked})"
            if deputies[step]:
                text += f", 代 {', '.join(deputies[step].mapped('name'))}"
            parts.append(text)
        return "; ".join(parts)

    def _may_withdraw(self):
        user = self.env.user
        return user == self.submitted_by_id or user in self._approval_preparers()

    # ------------------------------------------------------------ submit
    def action_submit(self):
        """Submit for approval (all records, or none).

        :raise UserError: wrong state, no route, vacant role, nobody but the preparer, or a
            decider who may not open the record; the message names the role and the way out.
        """
        self._lock_rows()
        self.check_access("write")
        manifests = file_entries(self)
        self._approval_check_submit(manifests)
        plan = self._approval_plan()
        digests = {}

        def compute_digests():
            digests.update(self._approval_digests(manifests))
            return digests

        self._run_transition(
            self._transition("submit"), kind="submit", digests=compute_digests, locked=True
        )
        now = fields.Datetime.now()
        for record in guard.as_engine(self.sudo()):  # sudo: the engine's own fields
            record.write(
                {
                    "approval_round": record.approval_round + 1,
                    "approval_digest": digests[record.id],
                    "approval_manifest": manifests[record.id],
                    "submitted_by_id": self.env.uid,
                    "submitted_at": now,
                    "approved_at": False,
                }
            )
        self._approval_finish_activities()
        self._approval_create_steps(plan)
        return True

    def _approval_plan(self, strict=True):
        """Who is to be asked: per record id a list of ``(line, approvers)``.

        With ``strict`` every gap is an error that names it; without, gaps are returned as empty
        recordsets for the preview.
        """
        routes = self._approval_routes()
        approvers_by_line = {}
        memo = {}
        for route in {route.id: route for route in routes.values()}.values():
            records = self.filtered(lambda r, route=route: routes.get(r.id) == route)
            for line in route.line_ids:
                approvers_by_line[line] = line._approvers(records, memo)
        plan = {}
        for record in self:
            route = routes.get(record.id)
            lines = record._approval_route_lines(route) if route else ()
            if strict and all(line.optional for line in lines):
                self._refuse_without_route(record)
            plan[record.id] = [
                (
                    line,
                    record._approval_deciders(
                        line, approvers_by_line[line][record.id], strict and not line.optional
                    ),
                )
                for line in lines
            ]
        if strict:
            self._check_deciders_may_read(plan)
        return plan

    def _refuse_without_route(self, record):
        raise UserError(
            self.env._(
                "No approval route with lines fits %(record)s, so nobody could approve it. The "
                "ITSMS administrator sets one under Configuration › Approvals › Approval routes "
                "(COM-5).",
                record=record.display_name,
            )
        )

    def _approval_deciders(self, line, approvers, strict):
        """``approvers`` without the preparers of one record; refuses an empty circle."""
        deciders = approvers
        if not line.self_allowed:
            deciders -= self._approval_all_preparers()
        if strict and not approvers:
            raise UserError(
                self.env._(
                    "%(step)s: nobody holds “%(asked)s” for %(record)s. Appoint somebody under "
                    "Configuration › People › Role register, then submit again (COM-9).",
                    step=line._describe(),
                    asked=line._describe_source(),
                    record=self.display_name,
                )
            )
        if strict and (not deciders or (line.rule == "all" and deciders != approvers)):
            raise UserError(
                self.env._(
                    "%(step)s: %(names)s wrote, changed or submitted %(record)s and cannot "
                    "decide on it. Appoint a second holder, or cancel it and let somebody else "
                    "write it (COM-8).",
                    step=line._describe(),
                    names=", ".join((approvers - deciders or approvers).mapped("name")),
                    record=self.display_name,
                )
            )
        return deciders

    def _approval_all_preparers(self):
        """Submitter, authors and everybody who changed the content of one record (COM-8)."""
        record = self.sudo()  # sudo: compares people only
        return self.env.user.sudo() | self._approval_preparers().sudo() | record.approval_editor_ids

    def _content_changed(self):
        super()._content_changed()
        self._approval_note_editor()

    def _approval_note_editor(self):
        """Remember who changed the content; the system's own user writes for nobody."""
        user = self.env.user
        if user._is_superuser():
            return
        # sudo: the engine's own field
        new = self.sudo().filtered(lambda r: user not in r.approval_editor_ids)
        if new:
            guard.as_engine(new).write({"approval_editor_ids": [fields.Command.link(user.id)]})

    def _check_deciders_may_read(self, plan):
        """A decider who may not open the record cannot decide on it."""
        ids_by_user = {}
        for record in self:
            for line, users in plan[record.id]:
                for user in users if not line.optional else ():
                    ids_by_user.setdefault(user, []).append(record.id)
        for user, ids in ids_by_user.items():
            records = self.browse(ids)
            closed = records - records._approval_open_to(user)
            if closed:
                raise UserError(
                    self.env._(
                        "%(name)s would have to decide on %(record)s but may not open it (secrecy "
                        "or company). Change the secrecy or the route (DOC-4.1.1.3f).",
                        name=user.name,
                        record=closed[0].display_name,
                    )
                )

    def _approval_create_steps(self, plan):
        vals_list = []
        Step = self.env["itsms.approval.step"]
        now = fields.Datetime.now()
        for record in self:
            company = self.env["itsms.log"]._company_of(record)
            first = min(line.stage for line, _users in plan[record.id] if not line.optional)
            preparers = record._approval_all_preparers()
            for line, users in plan[record.id]:
                department = record._approval_department_of(line.department_source)
                common = {
                    "res_model": self._name,
                    "res_id": record.id,
                    "company_id": company.id,
                    "round": record.approval_round,
                    "stage": line.stage,
                    "sequence": line.sequence,
                    "label": line.label,
                    "source": line.source,
                    "asked_name": line._describe_source(),
                    "role_id": line.role_id.id if line.source == "role" else False,
                    "group_id": line.group_id.id if line.source == "group" else False,
                    "department_id": department.id if department else False,
                    "preparer_ids": [fields.Command.set(preparers.ids)],
                    "submitted_by_id": self.env.uid,
                    "password_required": line.password_required,
                    "stand_in_allowed": line.stand_in_allowed,
                    "self_allowed": line.self_allowed,
                    "deadline_days": line.deadline_days,
                    "state": "optional" if line.optional else "waiting",
                }
                if line.stage == first and not line.optional:
                    common |= Step._opening_vals(company, line.deadline_days, now)
                circles = list(users) if line.rule == "all" else [users]
                for circle in circles:
                    vals_list.append(
                        {
                            **common,
                            "sole": line.rule == "all",
                            "approver_ids": [fields.Command.set(circle.ids)],
                        }
                    )
        # sudo: nobody has the right to create steps; the engine copies them from the route
        steps = guard.as_engine(Step.sudo()).create(vals_list)
        guard.without_engine(steps).filtered(lambda s: s.state == "open")._notify_turn()

    # ------------------------------------------------------------ decide
    def action_approve(self, comment=None, password=None):
        """Decide positively, as decider or as stand-in, on all records or none.

        :param password: the user's password, where a step asks for it.
        """
        return self._decide("approved", comment, password)

    def action_reject(self, comment=None, password=None):
        """Reject with a reason; the record returns to its author, the round stays on record."""
        if not str(comment or "").strip():
            raise UserError(
                self.env._("A rejection needs a reason: tell the author what to change (COM-7).")
            )
        return self._decide("rejected", comment, password)

    def _decide(self, decision, comment, password):
        comment = notes.plain(comment) or None
        self._lock_rows()
        self.check_access("read")
        self._check_pending()
        round_steps = self._round_steps()
        steps_by_record = self._steps_to_decide(round_steps)
        self._check_password(steps_by_record, password)
        self._check_content_unchanged()
        now = fields.Datetime.now()
        entries = []
        for record, decided in steps_by_record.items():
            for step, principal in decided:
                step._engine_write(
                    {
                        "state": decision,
                        "decided_by_id": self.env.uid,
                        "behalf_id": principal.id,
                        "decided_at": now,
                        "comment": comment,
                        "content_digest": record.approval_digest,
                    }
                )
                entries.append(
                    {
                        "record": record,
                        "kind": "decision",
                        "behalf": principal,
                        "state_to": f"{step.label}: {decision}",
                        "comment": comment,
                        "digest": record.approval_digest,
                    }
                )
        self.env["itsms.log"]._append(entries)
        self._approval_finish_activities()
        if decision == "rejected":
            self._approval_close_rejected(comment, round_steps)
        else:
            self._approval_advance(round_steps)
        return True

    def _check_pending(self):
        for record in self:
            if record.state != "pending":
                raise UserError(
                    self.env._(
                        "%(record)s is not waiting for a decision; its state is “%(state)s”. "
                        "Reload the page to see what happened meanwhile (COM-5).",
                        record=record.display_name,
                        state=record._state_label(),
                    )
                )

    def _round_steps(self):
        """Steps of the running round, open and waiting, in one query (sudo: the engine needs
        all of them)."""
        Step = self.env["itsms.approval.step"].sudo()
        names = [name for name, field in Step._fields.items() if field.column_type]
        return Step.search_fetch(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("state", "in", ("open", "waiting")),
            ],
            names,
        )

    def _open_steps(self):
        """Steps whose turn it is."""
        return self._round_steps().filtered(lambda s: s.state == "open")

    def _steps_to_decide(self, round_steps):
        """Steps the user decides now, per record: his own ones first, else those as stand-in."""
        user = self.env.user
        steps = round_steps.filtered(lambda s: s.state == "open")
        steps_by_id = steps.grouped("res_id")
        memo = {}  # offices and stand-ins are the same for many records
        result = {}
        for record in self:
            allowed = []
            for step in steps_by_id.get(record.id, steps.browse()):
                may, principal = step._authority_of(user, memo)
                if may:
                    allowed.append((step, principal))
            if not allowed:
                self._refuse_not_your_turn(record, steps)
            own = [pair for pair in allowed if not pair[1]]
            result[record] = own or allowed
        return result

    def _refuse_not_your_turn(self, record, steps):
        mine = steps.filtered(lambda s: s.res_id == record.id)
        if any(self.env.user in s.preparer_ids and not s.self_allowed for s in mine):
            raise AccessError(
                self.env._(
                    "You prepared or submitted %(record)s: somebody else decides on it (COM-8).",
                    record=record.display_name,
                )
            )
        raise AccessError(
            self.env._(
                "It is not your turn to decide on %(record)s. Asked now: %(next)s (COM-5).",
                record=record.display_name,
                next=record._describe_next(mine, mine._deputies()) or "–",
            )
        )

    def _check_password(self, steps_by_record, password):
        """Password confirmation on the server; there is no way around it, and guessing is slowed
        down as at the login."""
        if not any(s.password_required for pairs in steps_by_record.values() for s, _p in pairs):
            return
        if not password:
            raise UserError(self.env._("Confirm this decision with your password (COM-5)."))
        user = self.env.user
        try:
            with user._assert_can_auth(user=user.id):
                user._check_credentials(
                    {"login": user.login, "password": password, "type": "password"},
                    {"interactive": True},
                )
        except AccessDenied as exc:
            raise UserError(
                self.env._(
                    "The password is not right, or was wrong too often just now; the decision was "
                    "not taken."
                )
            ) from exc

    def _approval_advance(self, round_steps):
        """Open the next stage, or finish where every step is approved."""
        steps = round_steps.filtered(lambda s: s.state in ("open", "waiting"))
        unfinished = steps.grouped("res_id")
        to_open = steps.browse()
        for record_steps in unfinished.values():
            if not record_steps.filtered(lambda s: s.state == "open"):
                first = min(record_steps.mapped("stage"))
                to_open |= record_steps.filtered(lambda s, first=first: s.stage == first)
        to_open._open()
        self.browse(to_open.mapped("res_id"))._approval_stage_opened()
        done = self.filtered(lambda r: r.id not in unfinished)
        if done:
            done._run_transition(
                done._transition("approve"),
                digests=lambda: {r.id: r.approval_digest for r in done},
                locked=True,
            )
            # sudo: the engine's own field
            guard.as_engine(done.sudo()).write({"approved_at": fields.Datetime.now()})
            done._approval_done()
            done._approval_tell_author(self.env._("Approved"))

    def _approval_close_rejected(self, comment, round_steps):
        self._cancel_steps(round_steps)
        self._run_transition(self._transition("reject"), comment, locked=True)
        self._approval_rejected(comment)
        self._approval_tell_author(self.env._("Rejected: %(reason)s", reason=comment), rework=True)

    def _cancel_steps(self, round_steps):
        """What was not decided in this round is no longer needed."""
        round_steps.filtered(lambda s: s.state in ("open", "waiting"))._engine_write(
            {"state": "cancelled"}
        )

    # ------------------------------------------------------------ withdraw
    def action_withdraw(self, comment=None):
        """Take a submission back before the last decision; only who prepared or submitted it."""
        self._lock_rows()
        self.check_access("read")
        for record in self:
            if not record._may_withdraw():
                raise AccessError(
                    self.env._(
                        "Only who prepared or submitted %(record)s can withdraw it (COM-5).",
                        record=record.display_name,
                    )
                )
        self._check_pending()
        self._cancel_steps(self._round_steps())
        self._run_transition(self._transition("withdraw"), comment, kind="withdraw", locked=True)
        self._approval_finish_activities()
        return True
