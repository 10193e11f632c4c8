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
        "itsms.annual.plan.mixin",
        "itsms.record.source.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "year desc, revision desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "year"]
    _in_force_state = "approved"
    _annual_rule = "AUD-4.1.1"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    revises_id = fields.Many2one(
        "itsms.audit.programme",
        string="Revision of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
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

    @api.model
    def _default_year(self):
        """December plans the next year; one that was missed is made up in the year itself."""
        today = self.env.company._itsms_today()
        return today.year + 1 if today.month > 6 else today.year

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"gap_reason", "gap_confirmed"}

    @api.model
    def _approval_locked_fields(self):
        """What was confirmed as a gap is bound by the approval, though the engine writes it."""
        return [*super()._approval_locked_fields(), "gap_reason", "gap_confirmed"]

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
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

    def _plan_name(self):
        return self.env._("Audit programme %(year)s", year=self.year)

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
    def _check_planned(self):
        """There are audits in it, and nothing is left out unseen (AUD-4.1.1b)."""
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "%(programme)s has no audit. Propose lines or add them (AUD-4.1.1).",
                    programme=self.display_name,
                )
            )
        for line in self.line_ids:
            if not line.clause_ids or not line.month:
                raise UserError(
                    self.env._(
                        "“%(line)s” lacks its clauses or its month (AUD-4.1.1).",
                        line=line.display_name,
                    )
                )
        if self.gap_open:
            raise UserError(
                self.env._(
                    "%(programme)s does not cover: %(gaps)s. Every department and every clause "
                    "is audited at least once a year: add lines, or confirm the gaps with a "
                    "reason under “Confirm the gaps” (AUD-4.1.1b).",
                    programme=self.display_name,
                    gaps=self.gap_text,
                )
            )

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
    def _revision_values(self):
        return {"basis": self.basis}

    def _check_may_close(self):
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            raise AccessError(self.env._("The ITSMS office closes the programme of a year."))
