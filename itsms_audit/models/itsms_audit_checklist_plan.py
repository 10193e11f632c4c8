from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

READY = ("approved", "notified", "opened", "on_site")


class ItsmsAudit(models.Model):
    """Checklists of an audit: made from its plan, complete before it goes on (AUD-4.1.5)."""

    _inherit = "itsms.audit"

    checklist_ids = fields.One2many("itsms.audit.checklist", "audit_id", readonly=True, copy=False)
    checklist_count = fields.Integer(compute="_compute_checklists")
    open_question_count = fields.Integer(string="Questions to judge", compute="_compute_checklists")
    finding_count = fields.Integer(
        string="Findings of the checklists", compute="_compute_checklists"
    )

    def _engine_fields(self):
        return super()._engine_fields() | {"checklist_ids"}

    def _initial_engine_values(self):
        values = super()._initial_engine_values()
        values.pop("checklist_ids")
        return values

    @api.depends("checklist_ids.line_ids.result", "checklist_ids.state")
    def _compute_checklists(self):
        Checklist = self.env["itsms.audit.checklist"]
        domain = [("audit_id", "in", self.ids), ("state", "!=", "cancelled")]
        counts = dict(Checklist._read_group(domain, ["audit_id"], ["__count"]))
        lines = {}
        for audit, result, dropped, count in self.env["itsms.audit.checklist.line"]._read_group(
            [("audit_id", "in", self.ids), ("checklist_id.state", "!=", "cancelled")],
            ["audit_id", "result", "dropped"],
            ["__count"],
        ):
            key = "dropped" if dropped else result or "open"
            own = lines.setdefault(audit.id, {})
            own[key] = own.get(key, 0) + count
        for audit in self:
            own = lines.get(audit.id, {})
            audit.checklist_count = counts.get(audit, 0)
            audit.open_question_count = own.get("open", 0)
            audit.finding_count = sum(
                own.get(r, 0) for r in ("minor", "general", "serious", "observation")
            )

    # ------------------------------------------------------------ life cycle
    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("approve", "notify", "start"):
            for audit in self:
                audit._sync_checklists()
        if transition.name == "start":
            self._start_checklists()
        elif transition.name == "cancel":
            # sudo: checklists go with their audit, whoever cancels it
            checklists = self.sudo().checklist_ids
            checklists._give_up(self.env._("The audit was cancelled"))

    def _start_checklists(self):
        """With the on-site audit its checklists open (AUD-4.2.1c)."""
        # sudo: whoever starts the audit
        checklists = self.sudo().checklist_ids.filtered(lambda c: c.state == "draft")
        empty = checklists.filtered(lambda c: not c.line_ids)
        if empty:
            raise UserError(
                self.env._(
                    "%(checklist)s has no question. Its auditor prepares it before the on-site "
                    "audit (AUD-4.1.5).",
                    checklist=empty[0].display_name,
                )
            )
        if checklists:
            checklists = checklists.with_user(self.env.user).sudo()
            checklists._run_transition(checklists._transition("start"))

    def _check_on_site_complete(self):
        super()._check_on_site_complete()
        for audit in self:
            # sudo: all of them count, whoever asks
            waiting = audit.sudo().checklist_ids.filtered(lambda c: c.state in ("draft", "on_site"))
            if waiting:
                raise UserError(
                    self.env._(
                        "%(audit)s: the checklist %(checklist)s is not completely judged; the "
                        "team meeting comes after the on-site audit (AUD-4.2.2c).",
                        audit=audit.display_name,
                        checklist=waiting[0].display_name,
                    )
                )

    def _auditor_replaced(self, old, new, departments):
        """The checklists of the department go over to the new auditor."""
        super()._auditor_replaced(old, new, departments)
        # sudo: the replacement was checked and logged by the audit
        checklists = self.sudo().checklist_ids.filtered(
            lambda c: (
                c.state in ("draft", "on_site")
                and c.department_id in departments.sudo()
                and old.sudo() in c.auditor_ids
            )
        )
        command = [fields.Command.unlink(old.id), fields.Command.link(new.id)]
        guard.as_engine(checklists).write({"auditor_ids": command})
        checklists.with_user(self.env.user).sudo()._log(
            "handover",
            comment=self.env._(
                "%(new)s instead of %(old)s", new=new.sudo().name, old=old.sudo().name
            ),
        )

    # ------------------------------------------------------------ making them
    def action_make_checklists(self):
        """Make the checklists of the plan, or bring them up to date with it."""
        self.check_access("read")
        for audit in self:
            # sudo: compares people
            if self.env.user not in audit.sudo().member_ids._present():
                raise AccessError(
                    self.env._("The members of the audit team prepare the checklists (AUD-4.1.5).")
                )
            if audit.state not in READY:
                raise UserError(
                    self.env._(
                        "%(audit)s is “%(state)s”: checklists are made from the approved plan, "
                        "until the closing meeting (AUD-4.1.5).",
                        audit=audit.display_name,
                        state=audit._state_label(),
                    )
                )
            audit._sync_checklists()
        return self[:1].action_view_checklists()

    def _sync_checklists(self):
        """One checklist per line of the timetable; what has gone is given up, with a reason."""
        self.ensure_one()
        # sudo: made by the system from the approved plan, so nobody has written it (COM-8)
        audit = self.with_user(SUPERUSER_ID).sudo()
        current = audit.checklist_ids.filtered(lambda c: c.state in ("draft", "on_site"))
        current.filtered(lambda c: not c.schedule_id)._give_up(
            self.env._("The plan was revised; this part of it is gone")
        )
        known = audit.checklist_ids.filtered(lambda c: c.state != "cancelled").grouped(
            "schedule_id"
        )
        Checklist = guard.as_engine(audit.env["itsms.audit.checklist"])
        for part in audit.schedule_ids:
            checklist = known.get(part)
            if checklist is None:
                checklist = guard.without_engine(
                    Checklist.create(audit._checklist_values(part) | {"audit_id": audit.id})
                )
            elif checklist.state != "draft":
                continue
            else:
                guard.as_engine(checklist).write(audit._checklist_values(part))
            checklist._add_library_questions()

    def _checklist_values(self, part):
        return {
            "company_id": self.company_id.id,
            "schedule_id": part.id,
            "department_id": part.department_id.id,
            "date": part._day(),
            "auditor_ids": [fields.Command.set(part.auditor_ids.ids)],
            "clause_ids": [fields.Command.set(part.clause_ids.ids)],
        }

    def action_view_checklists(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Checklists: %(audit)s", audit=self.display_name),
            "res_model": "itsms.audit.checklist",
            "views": [(False, "kanban"), (False, "list"), (False, "form")],
            "domain": [("audit_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_view_distribution(self):
        """Findings by department and clause as table and chart (AUD-4.3.2h)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Nonconformity distribution: %(audit)s", audit=self.display_name),
            "res_model": "itsms.audit.checklist.line",
            "views": [(False, "pivot"), (False, "graph"), (False, "list")],
            "domain": [
                ("audit_id", "=", self.id),
                ("checklist_id.state", "!=", "cancelled"),
                ("result", "in", ("minor", "general", "serious", "observation")),
            ],
            "context": {"create": False},
        }


class ItsmsAuditChecklist(models.Model):
    """Questions of a checklist from the library (EVD-6)."""

    _inherit = "itsms.audit.checklist"

    def _give_up(self, reason):
        """Cancel checklists that lost their part of the plan (sudo: the system's own act)."""
        todo = self.filtered(lambda c: c.state in ("draft", "on_site"))
        if todo:
            todo = todo.sudo()
            todo._run_transition(todo._transition("cancel"), reason)

    def _add_library_questions(self):
        """Every question of the library about a clause of this part, once; a clause without any
        gets a general one, so that no clause of the plan is left without a question."""
        self.ensure_one()
        Question = self.env["itsms.audit.question"].sudo()  # sudo: the company's own library
        known = self.line_ids.question_id
        clauses = self.clause_ids.sorted(lambda c: (c.sequence, c.id))
        place = {clause.id: number for number, clause in enumerate(clauses, start=1)}
        count = {clause.id: 0 for clause in clauses}
        for line in self.line_ids:
            if line.clause_id.id in count:
                count[line.clause_id.id] += 1
        language = self.company_id._itsms_language()
        questions = Question.with_context(lang=language)._for_clauses(clauses, self.company_id)
        vals_list = []
        # questions about one clause first: those about several go where few are
        for question in (questions - known).sorted(
            lambda q: (len(q.clause_ids & clauses), q.procedure or "", q.sequence, q.id)
        ):
            clause = min(question.clause_ids & clauses, key=lambda c: (count[c.id], place[c.id]))
            count[clause.id] += 1
            vals_list.append(
                {
                    "checklist_id": self.id,
                    "clause_id": clause.id,
                    "procedure": question.procedure,
                    "question_id": question.id,
                    "question": question.text,
                    "evidence_wanted": question.evidence_wanted,
                    "live_check_id": question.live_check_id.id,
                    "sequence": place[clause.id] * 1000 + count[clause.id] * 10,
                }
            )
        for clause in clauses:
            if not count[clause.id]:
                vals_list.append(
                    {
                        "checklist_id": self.id,
                        "clause_id": clause.id,
                        "question": self.with_context(lang=language).env._(
                            "How does the department meet clause %(clause)s, and what shows it?",
                            clause=clause.with_context(lang=language).display_name,
                        ),
                        "sequence": place[clause.id] * 1000,
                    }
                )
        # sudo: made by the system from the approved plan
        guard.as_engine(self.env["itsms.audit.checklist.line"].sudo()).create(vals_list)
