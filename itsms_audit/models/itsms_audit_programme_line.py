from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.models.itsms_annual_plan_line_mixin import MONTHS

RUNNING = (
    "draft", "pending", "rejected", "approved", "notified", "opened", "on_site",
)  # fmt: skip
HELD = ("concluded", "reported", "closed")


class ItsmsAuditProgrammeLine(models.Model):
    """One audit of the programme: department × clauses × month (AUD-4.1.1).

    An audit of one of the copies that revisions make counts for all of them.
    """

    _name = "itsms.audit.programme.line"
    _description = "Planned Audit"
    _inherit = ["itsms.annual.plan.line.mixin"]
    _lock_parent = "programme_id"
    _order = "programme_id, month, department_id, id"
    _check_company_auto = True

    programme_id = fields.Many2one(
        "itsms.audit.programme", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="programme_id.company_id", store=True, index=True)
    year = fields.Integer(related="programme_id.year", store=True, index=True, aggregator=None)
    programme_state = fields.Selection(
        related="programme_id.state", string="State of the programme", store=True, index=True
    )
    department_id = fields.Many2one(
        "hr.department", required=True, index=True, ondelete="restrict", check_company=True
    )
    clause_ids = fields.Many2many(
        "itsms.clause",
        "itsms_audit_programme_line_clause_rel",
        "line_id",
        "clause_id",
        string="Clauses",
        domain=[("heading", "=", False)],
    )
    month = fields.Selection(MONTHS)  # named here: their translation comes with this module
    reason = fields.Char(help="Why here and then, for example what last year's audits found.")
    proposed = fields.Boolean(
        readonly=True, copy=False, help="Proposed from last year's results and gaps."
    )
    root_line_id = fields.Many2one(
        "itsms.audit.programme.line",
        string="First planned as",
        readonly=True,
        copy=False,
        index=True,
        ondelete="set null",
    )
    variant_ids = fields.One2many(
        "itsms.audit.programme.line", "root_line_id", string="In the revisions", readonly=True
    )
    audit_ids = fields.Many2many(
        "itsms.audit",
        "itsms_audit_programme_line_rel",
        "line_id",
        "audit_id",
        string="Audits",
        readonly=True,
        copy=False,
    )
    state = fields.Selection(
        [("planned", "Planned"), ("running", "Being prepared"), ("done", "Audited")],
        compute="_compute_state",
        store=True,
        index=True,
        help="Follows from the audits of the line.",
    )
    late = fields.Boolean(
        compute="_compute_late", search="_search_late", help="The month is over, no audit held."
    )

    @api.depends("department_id", "month", "year")
    def _compute_display_name(self):
        for line in self:
            month = f"{line.year}-{line.month}" if line.month else str(line.year or "")
            line.display_name = f"{line.department_id.name or ''} {month}"

    @api.depends("audit_ids.state", "root_line_id.variant_ids.audit_ids.state")
    def _compute_state(self):
        roots = self.root_line_id | self
        # sudo: how far an audit is, shows in the programme to everybody
        same = self.sudo().search([("root_line_id", "in", roots.ids)])
        states = {}
        for line in same:
            states.setdefault(line.root_line_id.id, set()).update(line.audit_ids.mapped("state"))
        for line in self:
            found = states.get(line.root_line_id.id, set()) | set(
                line.sudo().audit_ids.mapped("state")
            )
            held, running = found & set(HELD), found & set(RUNNING)
            line.state = "running" if running else "done" if held else "planned"

    @api.depends("date_planned", "state")
    def _compute_late(self):
        late = self.filtered_domain(self._search_late("in", {True}))
        for line in self:
            line.late = line in late

    def _search_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        first = self.env.company._itsms_today().replace(day=1)
        domain = fields.Domain(
            [
                ("programme_state", "=", "approved"),
                ("state", "!=", "done"),
                ("date_planned", "<", first),
            ]
        )
        return domain if True in value else ~domain

    # ------------------------------------------------------------ rules
    @api.constrains("clause_ids")
    def _check_clauses(self):
        for line in self:
            headings = line.clause_ids.filtered("heading")
            if headings:
                raise UserError(
                    self.env._(
                        "%(clause)s is a heading: choose the clauses below it (AUD-4.1.1b).",
                        clause=headings[0].display_name,
                    )
                )

    @api.model
    def _system_fields(self):
        return super()._system_fields() | {"audit_ids", "proposed"}

    @api.model
    def _system_fields_refusal(self):
        return self.env._("What was held follows from the audits, never from direct entry (COM-2).")

    @api.model
    def _copied_fields(self):
        return super()._copied_fields() | {"department_id", "clause_ids", "reason", "proposed"}

    @api.ondelete(at_uninstall=True)
    def _unlink_except_audited(self):
        used = self.sudo().filtered("audit_ids")  # sudo: whether there is an audit at all
        if used:
            raise UserError(
                self.env._(
                    "“%(line)s” has an audit and stays in the programme.",
                    line=used[0].with_env(self.env).display_name,
                )
            )

    def _mark_proposed(self):
        # sudo: the engine's own field
        guard.as_engine(self.sudo()).write({"proposed": True})

    # ------------------------------------------------------------ from plan to audit
    def action_open_audit(self):
        """One audit for these lines: department and clauses are taken over (ITSMS office, MR)."""
        if not self:
            raise UserError(self.env._("Choose lines of the programme first."))
        self.check_access("read")
        for line in self:
            if line.programme_state != "approved":
                raise UserError(
                    self.env._(
                        "“%(line)s” belongs to a programme that is not in force: its audit cannot "
                        "be opened (AUD-4.1.1a).",
                        line=line.display_name,
                    )
                )
        # sudo: names of departments are no secret
        departments = ", ".join(self.sudo().department_id.mapped("name"))
        Audit = self.env["itsms.audit"].with_company(self.company_id[:1])
        title = Audit._in_company_language().env._("Internal audit: %(departments)s")
        audit = Audit.create(
            {
                "name": title % {"departments": departments},
                "company_id": self.company_id[:1].id,
                "programme_line_ids": [fields.Command.set(self.ids)],
            }
        )
        return audit._open_form()

    def action_view_audits(self):
        self.ensure_one()
        # sudo: only the ids; what opens is read with the user's own rights
        same = self.sudo().search([("root_line_id", "=", self.root_line_id.id)])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Audits"),
            "res_model": "itsms.audit",
            "view_mode": "list,form",
            "domain": [("id", "in", same.audit_ids.ids)],
        }
