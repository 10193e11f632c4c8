from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard

from .itsms_action import KINDS

OPEN = ("meeting", "held")


class ItsmsManagementReviewDecision(models.Model):
    """What the meeting decided (REV-4.7.1e, REV-4.7.3d): becomes an action with the report.

    Responsible departments carry it out (REV-4.8.2), the ITSMS office verifies it (REV-4.8.2a);
    it comes first on the next review (REV-4.4.1f).
    """

    _name = "itsms.management.review.decision"
    _description = "Management Review Decision"
    _inherit = ["itsms.review.line.mixin"]
    _order = "review_id, sequence, id"
    _check_company_auto = True
    _open_states = OPEN

    review_id = fields.Many2one(
        "itsms.management.review", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    agenda_id = fields.Many2one(
        "itsms.management.review.input",
        string="Agenda item",
        domain="[('review_id', '=', review_id), ('section', '=', 'agenda')]",
        ondelete="set null",
    )
    problem = fields.Text(string="Problem to improve", help="REV-4.7.3d.")
    name = fields.Char(string="Measure", required=True, help="REV-4.7.3d.")
    kind = fields.Selection(KINDS, default="corrective", required=True)
    department_id = fields.Many2one(
        "hr.department",
        string="Responsible department",
        check_company=True,
        ondelete="restrict",
        help="Carries it out (REV-4.8.2).",
    )
    owner_id = fields.Many2one(
        "res.users",
        compute="_compute_owner_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    due_on = fields.Date(string="Due")
    resources = fields.Char()
    action_id = fields.Many2one("itsms.action", readonly=True, copy=False, ondelete="restrict")
    action_state = fields.Selection(
        related="action_id.state", string="State of the action", related_sudo=True
    )

    def _line_engine_fields(self):
        return {"action_id"}

    @api.depends("department_id")
    def _compute_owner_id(self):
        for decision in self:
            if decision.department_id and not decision.owner_id:
                # sudo: who heads a department is no secret
                decision.owner_id = decision.sudo().department_id.manager_id.user_id

    # ------------------------------------------------------------ who writes it
    @api.model
    def _see_domain(self):
        """Owners see what is decided for them."""
        return Domain("review_id.can_see", "=", True) | Domain("owner_id", "=", self.env.uid)

    @api.model
    def _search_can_see(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._see_domain()
        return domain if True in value else ~domain

    def _check_review_state(self, reviews, states):
        super()._check_review_state(reviews, states)
        for review in reviews.sudo():  # sudo: the state decides, for all
            if review.report_state in ("pending", "approved", "issued"):
                raise UserError(
                    self.env._(
                        "%(review)s: the report is with the President or signed; its decisions "
                        "stay as they are (REV-4.7.3).",
                        review=review.display_name,
                    )
                )

    def _check_complete(self):
        """Who does what until when: without it no report (REV-4.7.3d, REV-4.8.2)."""
        today = (self.company_id[:1] or self.env.company)._itsms_today()
        for decision in self:
            missing = [
                self._fields[name]._description_string(self.env)
                for name in ("owner_id", "department_id", "due_on")
                if not decision[name]
            ]
            if missing:
                raise UserError(
                    self.env._(
                        "“%(name)s” lacks %(missing)s (REV-4.8.2).",
                        name=decision.name,
                        missing=", ".join(missing),
                    )
                )
            if decision.due_on < today:
                raise UserError(
                    self.env._(
                        "“%(name)s” is due on %(day)s, a day that has passed (REV-4.8.2).",
                        name=decision.name,
                        day=decision.due_on,
                    )
                )

    def _to_actions(self):
        """The President signed the report: decisions become actions (REV-4.8.2)."""
        for decision in self.sudo().filtered(lambda d: not d.action_id):  # sudo: engine
            today = decision.company_id._itsms_today()
            action = (
                self.env["itsms.action"]
                .sudo()
                .create(
                    {
                        "name": decision.name,
                        "kind": decision.kind,
                        "origin_model": "itsms.management.review",
                        "origin_id": decision.review_id.id,
                        "company_id": decision.company_id.id,
                        "owner_id": decision.owner_id.id,
                        "department_id": decision.department_id.id,
                        "due_on": max(decision.due_on, today),
                        "resources": decision.resources,
                        "expected_effect": decision.problem,
                    }
                )
            )
            guard.as_engine(decision).write({"action_id": action.id})


class ItsmsManagementReview(models.Model):
    """Actions out of a review: set by its decisions, verified by the ITSMS office."""

    _inherit = "itsms.management.review"

    def _check_actions_open(self, kinds):
        for review in self:
            # only what _to_actions creates itself, as superuser
            if not (self.env.su and review.state in OPEN):
                raise UserError(
                    self.env._(
                        "Actions of %(review)s come from its decisions: enter a decision in the "
                        "meeting (REV-4.7.1e).",
                        review=review.display_name,
                    )
                )

    def _check_action_start(self, actions):
        raise UserError(
            self.env._(
                "Decisions are released with the report that the President signs (REV-4.7.3)."
            )
        )

    def _check_action_verifier(self, action, user):
        """REV-4.8.2a: the ITSMS office verifies; where it is the office's own action, whoever may
        verify it otherwise."""
        # sudo: only the department is compared
        office = self.sudo().company_id.itsms_office_department_id
        own = office and action.sudo().department_id == office
        if not own and not user.has_group("itsms_base.group_itsms_office"):
            raise UserError(
                self.env._(
                    "“%(action)s” comes from the management review: the ITSMS office verifies it "
                    "(REV-4.8.2a).",
                    action=action.name,
                )
            )

    def _actions_edited(self, actions):
        """Actions are no content of the plan."""
