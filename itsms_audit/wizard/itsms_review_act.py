from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

from ..models.itsms_management_review import REASONS


class ItsmsReviewRaise(models.TransientModel):
    """The President or the management representative raises an extra review (REV-4.1.2)."""

    _name = "itsms.review.raise"
    _description = "Raise an Extra Review"
    _inherit = ["itsms.dialog.mixin"]

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    reason = fields.Selection(REASONS, required=True, help="REV-4.1.2a–f.")
    reason_text = fields.Text(string="What happened")
    date_start = fields.Datetime(string="Wanted on")

    def action_confirm(self):
        """Raise it: the ITSMS office organises the review promptly."""
        self.ensure_one()
        Role = self.env["itsms.role"]
        president = Role._by_code("president")._held_by(self.env.user, self.company_id)
        mr = Role._by_code("management_representative")._held_by(self.env.user, self.company_id)
        if not president and not mr:
            raise AccessError(
                self.env._(
                    "The President or the management representative raises an extra review "
                    "(REV-4.1.2)."
                )
            )
        if self.reason == "president" and not president:
            raise AccessError(
                self.env._("Only the President himself thinks a review necessary (REV-4.1.2f).")
            )
        if not (self.reason_text or "").strip():
            raise UserError(self.env._("Say what happened (REV-4.1.2)."))
        start = self.date_start or fields.Datetime.add(fields.Datetime.now(), days=14)
        # sudo: who raises it writes no plan; the ITSMS office goes on from there
        Review = guard.as_engine(self.env["itsms.management.review"].sudo())
        review = guard.without_engine(
            Review.create(
                {
                    "name": self.env._("Extra management review %(day)s", day=start.date()),
                    "state": "draft",
                    "kind": "extra",
                    "occasion": "special",
                    "company_id": self.company_id.id,
                    "date_start": start,
                    "date_end": fields.Datetime.add(start, hours=3),
                    "raised_by_id": self.env.uid,
                    "raised_at": fields.Datetime.now(),
                    "reason": self.reason,
                    "reason_text": self.reason_text,
                }
            )
        )
        review = review.with_env(self.env)
        review._log("other", comment=self.env._("Raised: %(why)s", why=self.reason_text))
        office = self.env.ref("itsms_base.group_itsms_office").sudo().all_user_ids
        review._approval_tell(
            # sudo: colleagues of the office of this company
            office.filtered(lambda u: self.company_id in u.company_ids),
            self.env._("%(review)s was raised: organise it promptly.", review=review.display_name),
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": review._name,
            "res_id": review.id,
            "views": [(False, "form")],
        }


class ItsmsReviewAct(models.TransientModel):
    """Acts on a review that ask for words: move the meeting, excuse a department, name a
    delegate, evaluate an effect."""

    _name = "itsms.review.act"
    _description = "Act on a Management Review"
    _inherit = ["itsms.dialog.mixin"]

    review_id = fields.Many2one("itsms.management.review", required=True, readonly=True)
    act = fields.Selection(
        [
            ("move", "Move the meeting"),
            ("excuse", "Go on without the report"),
            ("delegate", "Name the delegate"),
            ("evaluate", "Evaluate the effect"),
        ],
        required=True,
        readonly=True,
    )
    statement_id = fields.Many2one("itsms.management.review.statement", readonly=True)
    improvement_id = fields.Many2one("itsms.management.review.improvement", readonly=True)
    date_start = fields.Datetime(string="Begin")
    date_end = fields.Datetime(string="End")
    user_id = fields.Many2one("res.users", string="Person")
    effective = fields.Selection(
        [("yes", "Effective"), ("partly", "Partly effective"), ("no", "Not effective")],
        string="Verdict",
    )
    reason = fields.Text()

    @api.model
    def _open_for(self, review, act, statement=None, improvement=None):
        """Action that opens the dialog."""
        review.ensure_one()
        dialog = self.create(
            {
                "review_id": review.id,
                "act": act,
                "statement_id": statement and statement.id,
                "improvement_id": improvement and improvement.id,
                "date_start": review.date_start,
                "date_end": review.date_end,
            }
        )
        labels = dict(self._fields["act"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": labels[act],
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Do it; the records themselves check right and state."""
        self.ensure_one()
        if self.act == "move":
            self.review_id._move(self.date_start, self.date_end, self.reason)
        elif self.act == "excuse":
            self.statement_id._excuse(self.reason)
        elif self.act == "delegate":
            self.review_id._name_delegate(self.user_id)
        elif self.user_id:
            self.improvement_id._ask_evaluator(self.user_id)
        else:
            self.improvement_id._evaluate(self.effective, self.reason)
        return {"type": "ir.actions.act_window_close"}
