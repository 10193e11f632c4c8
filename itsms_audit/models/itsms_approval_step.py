from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class ItsmsApprovalStep(models.Model):
    """Approvals that took longer than their deadline, for live checks (EVD-6, COM-23)."""

    _inherit = "itsms.approval.step"

    overran = fields.Boolean(
        string="Later than its deadline",
        compute="_compute_overran",
        search="_search_overran",
        help="Decided after its deadline, or still open past it.",
    )

    @api.depends("late", "deadline", "decided_at")
    def _compute_overran(self):
        for step in self:
            decided = step.deadline and step.decided_at
            step.overran = step.late or bool(decided and decided > step.deadline)

    def _search_overran(self, operator, value):
        if operator != "in":
            return NotImplemented
        decided = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s > %s",
                model._field_to_sql(alias, "decided_at", query),
                model._field_to_sql(alias, "deadline", query),
            )
        )
        domain = Domain("deadline", "!=", False) & (Domain("late", "=", True) | decided)
        return domain if True in value else ~domain
