from odoo import fields, models
from odoo.exceptions import UserError


class ItsmsReviewTopic(models.Model):
    """What every management review looks at (REV-4.4.1, REV-4.5.4): data, seeded with a–l.

    Inputs are collected before the meeting, agenda items are judged in it; a company may add its
    own. The code names the section for :meth:`ItsmsManagementReview._collect_inputs`.
    """

    _name = "itsms.review.topic"
    _description = "Management Review Topic"
    _order = "section desc, sequence, id"

    section = fields.Selection(
        [("input", "Review input"), ("agenda", "Agenda item")], required=True, default="input"
    )
    code = fields.Char(required=True, help="“a” to “l” are the letters of the manual.")
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=200)
    active = fields.Boolean(default=True)
    requirement = fields.Char()
    input_ids = fields.Many2many(
        "itsms.review.topic",
        "itsms_review_topic_input_rel",
        "agenda_id",
        "input_id",
        string="Fed by the inputs",
        domain=[("section", "=", "input")],
        help="The figures of these inputs stand beside the agenda item in the meeting.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE (section, code)", "Another topic of this section has this code."
    )

    def write(self, vals):
        if {"section", "code", "name"} & set(vals):
            self._check_not_held()
        return super().write(vals)

    def _check_not_held(self):
        """Reviews show the name of the topic: what was held keeps it (REV-4.8.3)."""
        # sudo: whether it was used in any review
        held = (
            self.env["itsms.management.review.input"]
            .sudo()
            .search([("topic_id", "in", self.ids), ("review_id.frozen_at", "!=", False)], limit=1)
        )
        if held:
            raise UserError(
                self.env._(
                    "“%(topic)s” stands in a review that was held. Archive it and add another "
                    "topic (REV-4.8.3).",
                    topic=held.topic_id.name,
                )
            )
