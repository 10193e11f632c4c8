from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsAuditProgramme(models.Model):
    """Annual internal audit programme (年度服务体系内部审核计划), AUD-4.1.1.

    The ITSMS office makes it in December for the next year, the management representative approves
    it; with the approval it is in force, one per company and year. Every department and every
    clause of the standard stands in it at least once [I-33]: what is missing is confirmed with a
    reason before the submission, never overlooked. It changes by revisions that go the same way.
    """

    _name = "itsms.audit.programme"
    _description = "Annual Internal Audit Programme"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.approval.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "year desc, revision desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "year"]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    year = fields.Integer(
        required=True, index=True, aggregator=None, default=lambda self: self._default_year()
    )
    revision = fields.Integer(readonly=True, copy=False, aggregator=None)
    revises_id = fields.Many2one(
        "itsms.audit.programme",
        string="Revision of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    revision_reason = fields.Char(help="What changes against the programme in force, and why.")
    basis = fields.Text(
        string="Made from",
        help="How the system is running, and what last year's audits found: what the programme is "
        "made from (AUD-4.1.1).",
    )
    line_ids = fields.One2many("itsms.audit.programme.line", "programme_id", string="Audits")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "In force"),
            ("superseded", "Superseded"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    gap_department_ids = fields.Many2many(
        "hr.department", string="Departments not covered", compute="_compute_gaps"
    )
    gap_clause_ids = fields.Many2many(
        "itsms.clause", string="Clauses not covered", compute="_compute_gaps"
    )
    gap_count = fields.Integer(string="Gaps", compute="_compute_gaps")
    gap_text = fields.Char(string="Not covered", compute="_compute_gaps")
    gap_reason = fields.Text(
        string="Not covered, because",
        readonly=True,
        copy=False,
        help="Why the programme goes for approval although something is not covered (AUD-4.1.1b).",
    )
    gap_confirmed = fields.Json(
        readonly=True, copy=False, help="Which gaps were confirmed, by whom and when."
    )
    gap_open = fields.Boolean(
        compute="_compute_gaps", help="There are gaps that nobody has confirmed."
    )
    line_count = fields.Integer(string="Audits planned", compute="_compute_progress")
    done_count = fields.Integer(string="Audits held", compute="_compute_progress")
    progress = fields.Float(string="Done", compute="_compute_progress")

    _in_force_uniq = models.UniqueIndex(
        "(company_id, year) WHERE state = 'approved'",
        "One audit programme is in force per year (AUD-4.1.1). Revise it instead.",
    )
    _draft_uniq = models.UniqueIndex(
        "(company_id, year) WHERE state IN ('draft', 'pending', 'rejected')",
        "An audit programme or revision for this year is being prepared already; work on that one "
        "(AUD-4.1.1).",
    )
    _year_chk = models.Constraint(
        "CHECK (year BETWEEN 2000 AND 2200)", "A year has four digits (AUD-4.1.1)."
    )

    @api.model
    def _default_year(self):
        """December plans the next year; one that was missed is made up in the year itself."""
        today = self.env.company._itsms_today()
        return today.year + 1 if today.month > 6 else today.year

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"revision", "revises_id", "gap_reason", "gap_confirmed"}

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"revision": 0}

    @api.model
    def _approval_locked_fields(self):
        """What was confirmed as a gap is bound by the approval, though the engine writes it."""
        return [*super()._approval_locked_fields(), "gap_reason", "gap_confirmed"]

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "supersede": Transition(
                "supersede", self.env._("Supersede"), ("approved",), "superseded", internal=True
            ),
            "close": Transition(
                "close", self.env._("Close the year"), ("approved",), "closed", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "rejected"), "cancelled", reason=True
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("audit.programme")

    def _approval_department(self):
        return self.company_id.sudo().itsms_office_department_id  # sudo: which one is no secret

    def _record_filing_states(self):
        return ("approved", "closed")

    def _record_topic(self):
        return "done" if self[:1].state == "closed" else "programme"

    def _record_form_code(self):
        return "audit.programme"

    def _record_title(self):
        return f"{self.env._('Annual internal audit programme')} {self.year} {self.number or ''}"

    def _record_report(self):
        return "itsms_audit.action_report_audit_programme"

    def _locked_way_out(self):
        if all(programme.state == "pending" for programme in self):
            return super()._locked_way_out()
        return self.env._("Revise the programme, or open an extra audit with its reason.")

    @api.model
    def _edit_domain(self):
        """The ITSMS office makes the programme (AUD-4.1.1)."""
        return self._office_domain()

    @api.model
    def _see_domain(self):
        """In force it is for everybody; before that for who decides on it."""
        issued = Domain("state", "in", ("approved", "superseded", "closed"))
        return issued | self._asked_domain()

    @api.depends("number", "year", "revision")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for programme in self:
            name = self.env._("Audit programme %(year)s", year=programme.year)
            revision = programme.revision and self.env._("revision %(n)s", n=programme.revision)
            programme.display_name = " ".join(filter(None, (name, revision, programme.number)))

    @api.depends("line_ids.state")
    def _compute_progress(self):
        Line = self.env["itsms.audit.programme.line"]
        counts = {}
        for programme, state, count in Line._read_group(
            [("programme_id", "in", self.ids)], ["programme_id", "state"], ["__count"]
        ):
            counts.setdefault(programme.id, {})[state] = count
        for programme in self:
            found = counts.get(programme.id, {})
            programme.line_count = sum(found.values())
            programme.done_count = found.get("done", 0)
            programme.progress = (
                100 * programme.done_count / programme.line_count if programme.line_count else 0
            )

    # ------------------------------------------------------------ what is not covered
    @api.model
    def _departments_to_cover(self, company):
        """Departments that are audited at least once a year (AUD-4.1.1b)."""
        # sudo: names of departments are no secret
        Department = self.env["hr.department"].sudo()
        return Department.search([("company_id", "in", (company.id, False))]).sudo(False)

    @api.depends("line_ids.department_id", "line_ids.clause_ids", "company_id", "gap_confirmed")
    @api.depends_context("lang")
    def _compute_gaps(self):
        clauses = self.env["itsms.clause"]._auditable()
        departments = {c: self._departments_to_cover(c) for c in self.company_id}
        for programme in self:
            lines = programme.line_ids
            wanted = departments.get(programme.company_id, self.env["hr.department"])
            programme.gap_department_ids = wanted - lines.filtered("clause_ids").department_id
            programme.gap_clause_ids = clauses - lines.filtered("department_id").clause_ids
            programme.gap_count = len(programme.gap_department_ids) + len(programme.gap_clause_ids)
            # sudo: names of departments are no secret
            names = ", ".join(programme.gap_department_ids.sudo().mapped("name"))
            codes = ", ".join(programme.gap_clause_ids.mapped("code"))
            programme.gap_text = "; ".join(filter(None, (names, codes)))
            programme.gap_open = bool(programme.gap_count) and not programme._gaps_confirmed()

    def _gaps_confirmed(self):
        """Whether everything that is missing now was confirmed with a reason."""
        known = self.gap_confirmed or {}
        return (
            bool(self.gap_reason)
            and set(self.gap_department_ids.ids) <= set(known.get("departments", ()))
            and set(self.gap_clause_ids.ids) <= set(known.get("clauses", ()))
        )

    def action_confirm_gaps(self, reason=None):
        """Confirm, with a reason, that the present gaps are meant (ITSMS office)."""
        self.ensure_one()
        self.check_access("write")
        self._lock_rows()
        self._check_lock()
        if not self.gap_count:
            raise UserError(self.env._("Every department and every clause is covered."))
        if not str(reason or "").strip():
            raise UserError(self.env._("Say why these gaps are acceptable this year (AUD-4.1.1b)."))
        self._engine_write(
            {
                "gap_reason": reason,
                "gap_confirmed": {
                    "departments": self.gap_department_ids.ids,
                    "clauses": self.gap_clause_ids.ids,
                    "user": self.env.user.name,
                    "at": fields.Datetime.to_string(fields.Datetime.now()),
                },
            }
        )
        self._approval_note_editor()
        self._log("acknowledge", comment=f"{self.gap_text}: {reason}")
        return True

    def action_open_confirm_gaps(self):
        """Dialog: what is not covered, and why."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Not covered"),
            "res_model": "itsms.audit.gap.confirm",
            "view_mode": "form",
            "target": "new",
            "context": {"default_programme_id": self.id},
        }

    def _content_changed(self):
        """A programme that leaves nothing open any more needs no reason for gaps."""
        super()._content_changed()
        # sudo: the engine's own fields
        stale = self.sudo().filtered(lambda p: p.gap_reason and not p.gap_count)
        if stale:
            guard.as_engine(stale).write({"gap_reason": False, "gap_confirmed": False})

    # ------------------------------------------------------------ approval
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for programme in self:
            if not programme.line_ids:
                raise UserError(
                    self.env._(
                        "%(programme)s has no audit. Propose lines or add them (AUD-4.1.1).",
                        programme=programme.display_name,
                    )
                )
            for line in programme.line_ids:
                if not line.clause_ids or not line.month:
                    raise UserError(
                        self.env._(
                            "“%(line)s” lacks its clauses or its month (AUD-4.1.1).",
                            line=line.display_name,
                        )
                    )
            if programme.gap_open:
                raise UserError(
                    self.env._(
                        "%(programme)s does not cover: %(gaps)s. Every department and every clause "
                        "is audited at least once a year: add lines, or confirm the gaps with a "
                        "reason under “Confirm the gaps” (AUD-4.1.1b).",
                        programme=programme.display_name,
                        gaps=programme.gap_text,
                    )
                )
            if programme.revises_id and not (programme.revision_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(programme)s: say what the revision changes, and why (AUD-4.1.1).",
                        programme=programme.display_name,
                    )
                )
            programme._check_nothing_begun_is_lost()

    def _check_nothing_begun_is_lost(self):
        """A revision keeps what was audited or is being prepared under the programme in force."""
        before = self.revises_id.line_ids.filtered(lambda x: x.state != "planned")
        lost = before.filtered(lambda x: x.root_line_id not in self.line_ids.root_line_id)
        if lost:
            raise UserError(
                self.env._(
                    "“%(line)s” has an audit under the programme in force and stays in its "
                    "revision. Add it again, or cancel the audit first (AUD-4.1.1).",
                    line=lost[0].display_name,
                )
            )

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "approve":
            self._end_programme_in_force()
        return super()._run_transition(transition, comment, **kwargs)

    def _end_programme_in_force(self):
        """The former programme of the year ends when its revision is approved."""
        for programme in self:
            # sudo: the system ends the former programme, whoever approves the new one
            former = self.sudo().search(
                [
                    ("company_id", "=", programme.company_id.id),
                    ("year", "=", programme.year),
                    ("state", "=", "approved"),
                ]
            )
            if former:
                former = former.with_user(self.env.user)
                former._run_transition(former._transition("supersede"))
                former.flush_recordset()  # before the new one takes its place

    def _approval_done(self):
        super()._approval_done()
        for programme in self:
            # the duty of a December is fulfilled by the programme of the year after it
            last = date(programme.year - 1, 12, 31)
            self.env["itsms.duty"]._complete(
                "audit.programme", programme, on=min(last, programme.company_id._itsms_today())
            )
            programme._tell_departments()

    def _tell_departments(self):
        """Heads of the departments that are audited hear of the programme."""
        # sudo: heads are found whoever approves
        heads = self.sudo().line_ids.department_id.manager_id.user_id.filtered("active")
        self._approval_tell(
            heads.sudo(False),
            self.env._(
                "%(programme)s is in force; see when your department is audited.",
                programme=self.display_name,
            ),
        )

    # ------------------------------------------------------------ revision and closing
    def action_revise(self):
        """Open a revision of the programme in force, with its lines."""
        self.ensure_one()
        self.check_access("write")
        self._lock_rows()
        if self.state != "approved":
            raise UserError(
                self.env._(
                    "%(programme)s is not in force: only the programme in force is revised.",
                    programme=self.display_name,
                )
            )
        draft = self.create(
            {"company_id": self.company_id.id, "year": self.year, "basis": self.basis}
        )
        draft._engine_write({"revision": self.revision + 1, "revises_id": self.id})
        self.line_ids._copy_to(draft)
        return draft._open_form()

    def action_close(self):
        """Close the year: planned and done are frozen as a record (ITSMS office)."""
        self.check_access("write")
        for programme in self:
            if programme.company_id._itsms_today().year <= programme.year:
                raise UserError(
                    self.env._(
                        "%(programme)s runs until the end of the year; close it afterwards.",
                        programme=programme.display_name,
                    )
                )
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            raise AccessError(self.env._("The ITSMS office closes the programme of a year."))
        return self._run_transition(self._transition("close"))

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    # ------------------------------------------------------------ screens
    def _open_form(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_view_lines(self):
        """Audits of the programme by month."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "itsms.audit.programme.line",
            "view_mode": "kanban,list,calendar,pivot,graph,form",
            "domain": [("programme_id", "=", self.id)],
            "context": {"default_programme_id": self.id},
        }

    @api.model
    def _in_force(self, company, year):
        """Programme in force, or an empty recordset (sudo: which one it is, is no secret)."""
        domain = [("company_id", "=", company.id), ("year", "=", year), ("state", "=", "approved")]
        return self.sudo().search(domain).sudo(False)
