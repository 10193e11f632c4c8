from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine.lifecycle import Transition

from .improvement_kinds import BENEFITS


class ItsmsImprovementCriteria(models.Model):
    """Improvement policy and evaluation criteria: approved data (CPA-18).

    One edition is in force per company; what was evaluated keeps the edition it was evaluated by.
    """

    _name = "itsms.improvement.criteria"
    _description = "Improvement Criteria"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "company_id, edition desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, default=lambda self: self.env._("Improvement criteria"))
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    edition = fields.Integer(readonly=True, copy=False, aggregator=None)
    policy = fields.Text(
        string="Improvement policy",
        help="What the company wants to become better in, and how opportunities are found, "
        "evaluated and decided (CPA-18).",
    )
    line_ids = fields.One2many(
        "itsms.improvement.criterion",
        "criteria_id",
        string="Weighted criteria",
        copy=True,
        default=lambda self: self._default_lines(),
    )
    in_force_on = fields.Date(string="In force since", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "In force"),
            ("superseded", "Superseded"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    _in_force_uniq = models.UniqueIndex(
        "(company_id) WHERE state = 'approved'",
        "One edition of the improvement criteria is in force per company (CPA-18).",
    )

    @api.model
    def _default_lines(self):
        """All seven kinds of benefit, weighed alike, until the company decides otherwise."""
        return [fields.Command.create({"kind": kind, "weight": 1}) for kind, _label in BENEFITS]

    @api.depends("name", "edition")
    def _compute_display_name(self):
        for criteria in self:
            edition = self.env._("edition %(n)s", n=criteria.edition) if criteria.edition else ""
            criteria.display_name = " ".join(filter(None, (criteria.name, edition)))

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"edition", "in_force_on"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "supersede": Transition(
                "supersede", self.env._("Supersede"), ("approved",), "superseded", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "rejected"), "cancelled", reason=True
            ),
        }

    def _locked_way_out(self):
        return self.env._("Make a new edition.")

    @api.model
    def _see_domain(self):
        """What is in force is open to everybody: proposers know by what they are judged."""
        return Domain("state", "in", ("approved", "superseded")) | self._asked_domain()

    @api.model
    def _edit_domain(self):
        return self._office_domain()

    @api.model
    def _in_force(self, company):
        """The edition in force (sudo: open to everybody)."""
        return self.sudo().search([("company_id", "=", company.id), ("state", "=", "approved")])

    # ------------------------------------------------------------ approval
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for criteria in self:
            if not criteria.policy:
                raise UserError(self.env._("Write the improvement policy first (CPA-18)."))
            if not sum(criteria.line_ids.mapped("weight")):
                raise UserError(self.env._("At least one criterion has a weight above 0 (CPA-18)."))

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "approve":
            # the one in force makes room first
            for criteria in self:
                old = self._in_force(criteria.company_id)
                if old:
                    old._lock_rows()
                    old._run_transition(old._transition("supersede"), locked=True)
                    old.flush_recordset()

    def _approval_done(self):
        super()._approval_done()
        for criteria in self:
            # sudo: editions count whoever may open them
            last = self.sudo().search(
                [("company_id", "=", criteria.company_id.id)], order="edition desc", limit=1
            )
            criteria._engine_write(
                {
                    "edition": last.edition + 1,
                    "in_force_on": criteria.company_id._itsms_today(),
                }
            )

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_new_edition(self):
        """A draft with the same policy and weights to change."""
        self.ensure_one()
        self.check_access("write")
        draft = self.copy()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "views": [(False, "form")],
        }


class ItsmsImprovementCriterion(models.Model):
    """One criterion with its weight."""

    _name = "itsms.improvement.criterion"
    _description = "Improvement Criterion"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "criteria_id"
    _order = "criteria_id, sequence, id"
    _rec_name = "kind"

    criteria_id = fields.Many2one(
        "itsms.improvement.criteria",
        string="Improvement criteria",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="criteria_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(BENEFITS, string="Benefit", required=True)
    weight = fields.Integer(default=1, required=True, help="0: is not weighed.")
    guide = fields.Char(string="What 0 and 5 mean")

    _kind_uniq = models.Constraint(
        "UNIQUE (criteria_id, kind)", "Each benefit stands in the criteria once (CPA-18)."
    )
    _weight_chk = models.Constraint(
        "CHECK (weight BETWEEN 0 AND 100)", "A weight is 0 to 100 (CPA-18)."
    )
