from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard

BEFORE = ("draft", "pending", "rejected", "approved", "issued", "prepared")


class ItsmsManagementReviewInput(models.Model):
    """One input (REV-4.4.1a–l) or agenda item (REV-4.5.4a–l) of a review.

    Its figures are collected from the running system; the ITSMS office adds what no system knows.
    The agenda item takes what was found and the conclusion of the meeting (REV-4.7.2).
    """

    _name = "itsms.management.review.input"
    _description = "Management Review Input"
    _inherit = ["itsms.review.line.mixin"]
    _order = "review_id, section desc, sequence, id"
    _open_states = BEFORE

    review_id = fields.Many2one(
        "itsms.management.review", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True, index=True)
    review_state = fields.Selection(related="review_id.state", string="State of the review")
    topic_id = fields.Many2one(
        "itsms.review.topic", string="From topic", required=True, readonly=True, ondelete="restrict"
    )
    section = fields.Selection(
        [("input", "Review input"), ("agenda", "Agenda item")], required=True, readonly=True
    )
    code = fields.Char(readonly=True)
    name = fields.Char(related="topic_id.name", string="Topic", related_sudo=True)
    sequence = fields.Integer(readonly=True)
    figure_ids = fields.One2many(
        "itsms.management.review.figure", "input_id", string="Figures", readonly=True
    )
    figures_text = fields.Text(string="Collected", compute="_compute_figures_text")
    comment = fields.Text(
        string="Explanation",
        help="What the figures say, and what no system knows (REV-4.5.2).",
    )
    ready = fields.Boolean(
        help="Documents and data are complete (REV-4.5.2): ticked by the ITSMS office."
    )
    changed = fields.Boolean(
        string="Changed since it was examined",
        readonly=True,
        copy=False,
        help="The figures of the meeting differ from those that the management representative "
        "examined.",
    )
    found = fields.Text(string="What was found", help="REV-4.5.4.")
    conclusion = fields.Text(help="What the meeting concluded under the President (REV-4.7.2).")
    verdict = fields.Selection(
        [
            ("good", "In order"),
            ("improve", "To be improved"),
            ("act", "Action needed"),
        ],
        help="The conclusion in one word.",
    )

    def _line_engine_fields(self):
        return {"topic_id", "section", "code", "sequence", "changed"}

    def _field_states(self, name):
        """Explained before the meeting, concluded in it (REV-4.7.2)."""
        if name in ("found", "conclusion", "verdict"):
            return ("meeting",)
        return BEFORE

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            raise UserError(
                self.env._(
                    "Inputs and agenda come with the review (REV-4.4.1, REV-4.5.4). Further "
                    "topics are added under Configuration › Audit › Review topics."
                )
            )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_seeded(self):
        if not guard.is_engine(self.env):
            # sudo: the state decides, for all
            self._check_review_state(self.sudo().review_id, ("draft",))
            raise UserError(
                self.env._("No input and no agenda item is left out (REV-4.4.1, REV-4.5.4).")
            )

    @api.depends("figure_ids.label", "figure_ids.value")
    def _compute_figures_text(self):
        for line in self:
            line.figures_text = "\n".join(f._as_text() for f in line.figure_ids) or False

    def action_open_sources(self):
        """The figures with the records behind them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class ItsmsManagementReviewFigure(models.Model):
    """One collected figure with the records it counts, as they were (source links)."""

    _name = "itsms.management.review.figure"
    _description = "Figure of a Management Review"
    _inherit = ["itsms.engine.rows.mixin"]
    _order = "input_id, sequence, id"

    input_id = fields.Many2one(
        "itsms.management.review.input", required=True, index=True, ondelete="cascade"
    )
    review_id = fields.Many2one(related="input_id.review_id", store=True, index=True)
    company_id = fields.Many2one(related="input_id.company_id", store=True, index=True)
    sequence = fields.Integer()
    label = fields.Char(string="Figure", required=True, readonly=True)
    value = fields.Char(readonly=True)
    missing = fields.Boolean(
        string="Not installed", readonly=True, help="The module that knows it is not installed."
    )
    res_model = fields.Char(readonly=True)
    res_ids = fields.Json(readonly=True)

    def _as_text(self):
        return f"{self.label}: {self.value}" if self.value else self.label

    @api.model
    def _by_hand_refusal(self):
        return self.env._(
            "Figures are collected by the system, never entered by hand; write what is "
            "missing under “Explanation” (REV-4.5.2)."
        )

    def action_open_records(self):
        """The records behind the figure, as far as the user may open them."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            raise UserError(self.env._("No records stand behind this figure."))
        return {
            "type": "ir.actions.act_window",
            "name": self.label,
            "res_model": self.res_model,
            "view_mode": "list,form",
            "domain": [("id", "in", self.res_ids or [])],
            "context": {"create": False, "active_test": False},
        }
