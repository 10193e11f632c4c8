from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard, notes
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsManagementReviewImprovement(models.Model):
    """Improvement of the system's structure or documents after a review (REV-4.8.1): proposed by
    the ITSMS office, reviewed by the management representative, approved by the President,
    carried out through document change control, then its effect is evaluated (REV-4.8.1a)."""

    _name = "itsms.management.review.improvement"
    _description = "System Improvement After a Review"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "review_id desc, id"
    _check_company_auto = True

    review_id = fields.Many2one(
        "itsms.management.review", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="review_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char(string="Improvement", required=True)
    kind = fields.Selection(
        [("document", "Documents of the system"), ("structure", "Structure of the system")],
        default="document",
        required=True,
        help="Documents are changed through change requests (DOC-4.5).",
    )
    description = fields.Text(help="What is changed, and why the review asks for it.")
    change_ids = fields.One2many(
        "itsms.document.change", "review_improvement_id", string="Document changes", readonly=True
    )
    change_count = fields.Integer(string="Change requests", compute="_compute_change_count")
    done_text = fields.Text(string="What was changed", copy=False)
    changed_on = fields.Date(string="Changed on", readonly=True, copy=False)
    evaluator_id = fields.Many2one(
        "res.users",
        string="Evaluated for the representative by",
        copy=False,
        ondelete="restrict",
        help="The management representative has the effect evaluated (REV-4.8.1a); empty: he "
        "does it himself.",
    )
    effect = fields.Text(string="Effect of the change", copy=False, help="REV-4.8.1a.")
    effective = fields.Selection(
        [("yes", "Effective"), ("partly", "Partly effective"), ("no", "Not effective")],
        string="Verdict",
        copy=False,
    )
    evaluated_on = fields.Date(readonly=True, copy=False)
    evaluated_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    can_evaluate = fields.Boolean(compute="_compute_can_evaluate")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "To be carried out"),
            ("changed", "Changed"),
            ("evaluated", "Effect evaluated"),
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

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "changed_on",
            "evaluator_id",
            "effect",
            "effective",
            "evaluated_on",
            "evaluated_by_id",
        }

    def _unlocked_fields(self):
        return super()._unlocked_fields() | {"change_ids", "done_text"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "carry_out": Transition(
                "carry_out", self.env._("Changes are made"), ("approved",), "changed"
            ),
            "evaluate": Transition(
                "evaluate", self.env._("Effect evaluated"), ("changed",), "evaluated", internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "rejected", "approved"),
                "cancelled",
                reason=True,
            ),
        }

    def _locked_way_out(self):
        return self.env._("Propose a further improvement (REV-4.8.1).")

    @api.model
    def _see_domain(self):
        return (
            Domain("review_id.can_see", "=", True)
            | Domain("evaluator_id", "=", self.env.uid)
            | self._asked_domain()
        )

    @api.model
    def _edit_domain(self):
        return self._office_domain()

    # ------------------------------------------------------------ rules
    @api.model_create_multi
    def create(self, vals_list):
        improvements = super().create(vals_list)
        for line in improvements:
            line.review_id.check_access("read")
            # sudo: the state decides, for all
            if line.sudo().review_id.state not in ("held", "reported"):
                raise UserError(
                    self.env._(
                        "Improvements are proposed from the report of %(review)s, after the "
                        "meeting and before it is archived (REV-4.8.1).",
                        # sudo: the name of the review, for the refusal
                        review=line.sudo().review_id.display_name,
                    )
                )
        return improvements

    def write(self, vals):
        if not guard.is_engine(self.env):
            if "review_id" in vals:
                raise UserError(self.env._("An improvement stays with its review (REV-4.8.1)."))
            # sudo: the state decides, for all
            if "done_text" in vals and any(x.state != "approved" for x in self.sudo()):
                raise UserError(
                    self.env._("What was changed is written after the approval (REV-4.8.1).")
                )
        return super().write(vals)

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for line in self:
            if not (line.description or "").strip():
                raise UserError(
                    self.env._(
                        "“%(name)s”: describe what is to be changed (REV-4.8.1).", name=line.name
                    )
                )
            # sudo: the state decides, for all
            if line.sudo().review_id.report_state not in ("approved", "issued"):
                raise UserError(
                    self.env._(
                        "“%(name)s”: improvements follow from the signed report (REV-4.8.1).",
                        name=line.name,
                    )
                )

    def _compute_change_count(self):
        for line in self:
            line.change_count = len(line.sudo().change_ids)  # sudo: their number only

    @api.depends("state", "evaluator_id", "company_id")
    @api.depends_context("uid")
    def _compute_can_evaluate(self):
        for line in self:
            line.can_evaluate = line.state == "changed" and line._may_evaluate()

    def _may_evaluate(self):
        """The management representative, or whom he has asked (REV-4.8.1a)."""
        role = self.env["itsms.role"]._by_code("management_representative")
        # sudo: people are compared only
        return self.env.user == self.sudo().evaluator_id or role._held_by(
            self.env.user, self.company_id
        )

    def action_raise_change(self):
        """A change request for a document (DOC-4.5)."""
        self.ensure_one()
        if self.state != "approved":
            raise UserError(
                self.env._(
                    "“%(name)s”: documents are changed after the President approved it "
                    "(REV-4.8.1).",
                    name=self.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change request"),
            "res_model": "itsms.document.change",
            "views": [(False, "form")],
            "context": {
                "default_review_improvement_id": self.id,
                # sudo: the name of the review that asks for it
                "default_reason": f"{self.sudo().review_id.display_name}: {self.name}",
                "default_content": self.description,
            },
        }

    def action_view_changes(self):
        """The change requests of one improvement."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change requests"),
            "res_model": "itsms.document.change",
            "view_mode": "list,form",
            "domain": [("review_improvement_id", "=", self.id)],
        }

    def action_carry_out(self):
        """The changes are in force (REV-4.8.1)."""
        return self.action_transition("carry_out")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "carry_out":
            return
        for line in self:
            changes = line.sudo().change_ids  # sudo: their state only
            live = changes.filtered(lambda c: c.state != "cancelled")
            if line.kind == "document" and not live:
                raise UserError(
                    self.env._(
                        "“%(name)s”: documents change through a change request; raise one "
                        "(REV-4.8.1, DOC-4.5).",
                        name=line.name,
                    )
                )
            if live.filtered(lambda c: c.state != "done"):
                raise UserError(
                    self.env._(
                        "“%(name)s”: %(count)s change requests are not in force yet (DOC-4.5).",
                        name=line.name,
                        count=len(live.filtered(lambda c: c.state != "done")),
                    )
                )
            if line.kind == "structure" and not (line.done_text or "").strip():
                raise UserError(
                    self.env._("“%(name)s”: write what was changed (REV-4.8.1).", name=line.name)
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "carry_out":
            for line in self:
                # sudo: the engine's own field
                guard.as_engine(line.sudo()).write({"changed_on": line.company_id._itsms_today()})
                role = self.env["itsms.role"]._by_code("management_representative")
                line._approval_tell(
                    role._holders(line.company_id),
                    self.env._("Have the effect evaluated: %(name)s", name=line.name),
                )

    def _ask_evaluator(self, user):
        """The management representative asks somebody to evaluate the effect (REV-4.8.1a)."""
        role = self.env["itsms.role"]._by_code("management_representative")
        for line in self:
            if not role._held_by(self.env.user, line.company_id):
                raise AccessError(
                    self.env._(
                        "The management representative has the effect evaluated (REV-4.8.1a)."
                    )
                )
            # sudo: companies of a colleague
            if line.company_id not in user.sudo().company_ids:
                raise UserError(self.env._("The evaluator does not work for this company."))
            # sudo: the engine's own field
            guard.as_engine(line.sudo()).write({"evaluator_id": user.id})
            line._log("other", comment=self.env._("To be evaluated by %(name)s", name=user.name))
        return True

    def _evaluate(self, effective, effect):
        """Note the effect of the change (REV-4.8.1a)."""
        self.check_access("read")
        effect = notes.plain(effect)
        for line in self:
            if not line._may_evaluate():
                raise AccessError(
                    self.env._(
                        "“%(name)s”: the management representative has the effect evaluated "
                        "(REV-4.8.1a).",
                        name=line.name,
                    )
                )
            if not effect or effective not in ("yes", "partly", "no"):
                raise UserError(self.env._("Write the effect and the verdict (REV-4.8.1a)."))
        self._run_transition(self._transition("evaluate"), effect)
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write(
            {
                "effect": effect,
                "effective": effective,
                "evaluated_on": self[:1].company_id._itsms_today(),
                "evaluated_by_id": self.env.uid,
            }
        )
        return True

    def action_open_evaluate(self):
        """Ask for effect and verdict."""
        self.ensure_one()
        return self.env["itsms.review.act"]._open_for(self.review_id, "evaluate", improvement=self)

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")


class ItsmsDocumentChange(models.Model):
    """A change request that carries out an improvement of a management review (REV-4.8.1)."""

    _inherit = "itsms.document.change"

    review_improvement_id = fields.Many2one(
        "itsms.management.review.improvement",
        string="Improvement of the review",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.constrains("review_improvement_id")
    def _check_review_improvement(self):
        for change in self.filtered("review_improvement_id"):
            # sudo: only state and company are compared
            improvement = change.review_improvement_id.sudo()
            same = improvement.company_id == change.sudo().document_id.company_id
            if improvement.state != "approved" or not same:
                raise UserError(
                    self.env._(
                        "Documents are changed for an improvement that the President approved "
                        "(REV-4.8.1)."
                    )
                )
