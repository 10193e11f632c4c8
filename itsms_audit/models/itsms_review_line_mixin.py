from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard


class ItsmsReviewLineMixin(models.AbstractModel):
    """A part of a management review that is open in some of its states only.

    What was collected and said is frozen when the meeting is opened, what was concluded when it
    is closed (REV-4.7); neither direct entry nor import goes round that.
    """

    _name = "itsms.review.line.mixin"
    _description = "Part of a Management Review"
    _inherit = ["itsms.access.fields.mixin"]

    _open_states = ("draft", "pending", "rejected", "approved", "issued", "prepared")

    def _line_engine_fields(self):
        """Hook: names of the fields that only the engine writes."""
        return set()

    def _field_states(self, name):
        """Hook: states of the review in which a field is open."""
        return self._open_states

    @api.model
    def _see_domain(self):
        return Domain("review_id.can_see", "=", True)

    @api.model
    def _search_can_see(self, operator, value):
        """As the review itself: who sees it sees its parts."""
        if operator != "in":
            return NotImplemented
        return Domain("review_id.can_see", "=", True in value)

    @api.model
    def _edit_domain(self):
        return self._office_domain()

    # ------------------------------------------------------------ guard
    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            default = self.env.context.get("default_review_id")
            reviews = self.env["itsms.management.review"].browse(
                {int(vals.get("review_id") or default or 0) for vals in vals_list} - {0}
            )
            reviews.check_access("read")
            self._check_review_state(reviews.exists(), self._open_states)
            for vals in vals_list:
                self._refuse_line_engine(
                    {name for name in self._line_engine_fields() if vals.get(name)}
                )
                # explicit values win over default_* keys a client may put into the context
                vals.update(self._initial_line_values())
        return super().create(vals_list)

    def _initial_line_values(self):
        return dict.fromkeys(self._line_engine_fields(), False)

    def write(self, vals):
        if not guard.is_engine(self.env):
            self._refuse_line_engine(self._line_engine_fields() & set(vals))
            if "review_id" in vals:
                self._refuse_line_engine({"review_id"})
            for name in vals:
                # sudo: the state decides, for all
                self._check_review_state(self.sudo().review_id, self._field_states(name))
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_frozen(self):
        if not guard.is_engine(self.env):
            # sudo: the state decides, for all
            self._check_review_state(self.sudo().review_id, self._open_states)

    def _refuse_line_engine(self, names):
        if names:
            raise AccessError(
                self.env._(
                    "“%(fields)s” of %(model)s changes only through the buttons of the review, "
                    "never by direct entry or import (COM-2).",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env) for name in sorted(names)
                    ),
                    # sudo: the name of a model is no secret
                    model=self.env["ir.model"]._get(self._name).sudo().name,
                )
            )

    def _check_review_state(self, reviews, states):
        for review in reviews.sudo():  # sudo: the state decides, for all
            if review.state not in states:
                raise UserError(
                    self.env._(
                        "%(review)s is “%(state)s”: this part of it is closed and stays as it was "
                        "(REV-4.7).",
                        review=review.display_name,
                        state=review._state_label(),
                    )
                )
