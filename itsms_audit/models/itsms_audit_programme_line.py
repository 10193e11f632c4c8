from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

from .audit_kinds import MONTHS

RUNNING = (
    "draft", "pending", "rejected", "approved", "notified", "opened", "on_site",
)  # fmt: skip
HELD = ("concluded", "reported", "closed")


class ItsmsAuditProgrammeLine(models.Model):
    """One audit of the programme: department × clauses × month (AUD-4.1.1).

    A revision copies the lines; copies share ``root_line_id``, and an audit of any of them counts
    for all of them.
    """

    _name = "itsms.audit.programme.line"
    _description = "Planned Audit"
    _inherit = ["itsms.content.lock.line.mixin"]
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
    month = fields.Selection(MONTHS, index=True, group_expand="_expand_months")
    date_planned = fields.Date(string="Planned for", compute="_compute_date_planned", store=True)
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
        [("planned", "Planned"), ("running", "Being prepared"), ("done", "Held")],
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

    @api.depends("year", "month")
    def _compute_date_planned(self):
        for line in self:
            line.date_planned = line.month and line.year and date(line.year, int(line.month), 1)

    @api.model
    def _expand_months(self, months, domain):
        """All twelve months stand side by side, like in the printed programme."""
        return [key for key, _label in MONTHS]

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

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            for vals in vals_list:
                self._refuse_engine_values(vals)
        lines = super().create(vals_list)
        for line in lines.filtered(lambda x: not x.root_line_id):
            # sudo: the engine's own field
            guard.as_engine(line.sudo()).root_line_id = line
        return lines

    def write(self, vals):
        if not guard.is_engine(self.env):
            self._refuse_engine_values(vals)
        return super().write(vals)

    def _refuse_engine_values(self, vals):
        if {"root_line_id", "audit_ids", "proposed"} & {k for k, v in vals.items() if v} or (
            "state" in vals
        ):
            raise AccessError(
                self.env._(
                    "What was held follows from the audits, never from direct entry (COM-2)."
                )
            )

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

    def _copy_to(self, programme):
        """Copy these lines into ``programme``; audits stay with their first line."""
        vals_list = [
            {
                "programme_id": programme.id,
                "department_id": line.department_id.id,
                "clause_ids": [fields.Command.set(line.clause_ids.ids)],
                "month": line.month,
                "reason": line.reason,
                "proposed": line.proposed,
                "root_line_id": line.root_line_id.id,
            }
            for line in self
        ]
        # sudo: the system copies what is in the programme
        return guard.as_engine(self.sudo()).create(vals_list)

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
        audit = self.env["itsms.audit"].create(
            {
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
