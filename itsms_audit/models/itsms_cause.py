from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .nonconformity_kinds import CATEGORIES


class ItsmsCause(models.Model):
    """One cause of a nonconformity: a link of a why chain, or a bone of the cause-effect tree.

    Each answers “why?” to the one above it; the causes at the end of the chain are the root
    causes, which the measures remove (CPA-8).
    """

    _name = "itsms.cause"
    _description = "Cause"
    _inherit = ["itsms.content.lock.line.mixin"]
    _order = "nonconformity_id, parent_path, sequence, id"
    _parent_store = True
    _lock_parent = "nonconformity_id"

    nonconformity_id = fields.Many2one(
        "itsms.nonconformity", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="nonconformity_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    parent_id = fields.Many2one(
        "itsms.cause",
        string="Answers why to",
        index=True,
        ondelete="restrict",
        domain="[('nonconformity_id', '=', nonconformity_id)]",
        help="The cause above it; empty: the first why, asked of the deviation itself.",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("itsms.cause", "parent_id")
    name = fields.Text(string="Cause", required=True)
    category = fields.Selection(
        CATEGORIES, required=True, default="method", index=True, help="Bone of the tree."
    )
    proof = fields.Char(help="By what one knows that it is so, not only thinks so.")
    root = fields.Boolean(
        string="Root cause", help="Nothing is behind it: the measures remove this one."
    )
    depth = fields.Integer(string="Why no.", compute="_compute_depth", recursive=True)

    @api.depends("parent_id.depth")
    def _compute_depth(self):
        for cause in self:
            cause.depth = (cause.parent_id.depth or 0) + 1 if cause.parent_id else 1

    @api.depends("name")
    def _compute_display_name(self):
        for cause in self:
            text = (cause.name or "").strip()
            cause.display_name = text[:80]

    @api.constrains("parent_id", "nonconformity_id")
    def _check_parent(self):
        """The causes of a chain belong to one nonconformity (CPA-8)."""
        for cause in self.filtered("parent_id"):
            if cause.parent_id.nonconformity_id != cause.nonconformity_id:
                raise ValidationError(
                    self.env._("The causes of a chain belong to one nonconformity (CPA-8).")
                )

    def _parent_store_update(self):
        """A cause is never its own cause: the ORM refuses the cycle, this says why (CPA-8)."""
        try:
            return super()._parent_store_update()
        except UserError as exc:
            raise UserError(
                self.env._(
                    "A cause cannot, over whatever detour, be its own cause: the chain would "
                    "never end (CPA-8)."
                )
            ) from exc

    @api.constrains("root", "parent_id")
    def _check_root(self):
        """What has a cause behind it is no root."""
        for cause in self | self.parent_id:
            if cause.root and cause.child_ids:
                raise ValidationError(
                    self.env._(
                        "“%(cause)s” has a cause behind it, so it is no root cause: mark the "
                        "last one of the chain (CPA-8).",
                        cause=cause.display_name,
                    )
                )

    def _tree(self):
        """These causes in the order of the tree, for prints: parents before their children."""
        below = {}
        for cause in self.sorted(lambda c: (c.sequence, c.id)):
            below.setdefault(cause.parent_id.id if cause.parent_id in self else False, []).append(
                cause
            )
        ordered, waiting = [], list(reversed(below.get(False, [])))
        while waiting:
            cause = waiting.pop()
            ordered.append(cause)
            waiting.extend(reversed(below.get(cause.id, [])))
        return ordered
