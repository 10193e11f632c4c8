from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.models.itsms_approval_content import record_content

# What is found, by who found it; what is answered, by the responsible department.
FINDING = {
    "name",
    "kind",
    "source_kind",
    "source_model",
    "source_id",
    "company_id",
    "department_id",
    "clause_id",
    "procedure_text",
    "requirement",
    "evidence",
    "deviation",
    "grade",
    "found_on",
    "likelihood",
    "impact",
}
CONTAINMENT = {"consequences", "no_correction_reason"}


class ItsmsNonconformity(models.Model):
    """Which part may be written when, and what the approval of the plan binds (CPA-5, COM-7)."""

    _inherit = "itsms.nonconformity"

    def _check_content_change(self, names):
        """The finding stays as it was issued; the answer is given while it is asked for."""
        super()._check_content_change(names)
        if guard.is_engine(self.env):
            return
        content = names & set(self._content_fields())
        answer = content - FINDING
        for record in self.sudo():  # sudo: the state decides, for all
            if content & FINDING and record.state != "draft":
                raise UserError(
                    self.env._(
                        "%(record)s was issued: what was found is no longer changed. Contest it, "
                        "or let the management representative change the grade (CPA-4, CPA-5).",
                        record=record.display_name,
                    )
                )
            if answer - CONTAINMENT and record.state == "issued":
                raise UserError(
                    self.env._(
                        "%(record)s: confirm it first; causes and measures come after that "
                        "(AUD-4.2.2b).",
                        record=record.display_name,
                    )
                )

    def _check_actions_open(self, kinds):
        """Corrections are planned at once; other measures with the plan (CPA-6, AUD-4.4.1)."""
        for record in self.sudo():  # sudo: the state decides, for all
            at_once = kinds and kinds <= {"correction"}
            open_states = ("analysis", "rejected")
            if at_once:
                open_states += ("issued", "pending", "approved")
            if record.state not in open_states:
                raise UserError(
                    self.env._(
                        "%(record)s is “%(state)s”: measures are planned after it was confirmed "
                        "and before the plan is submitted; a correction at any time before the "
                        "check (AUD-4.4.1, CPA-6).",
                        record=record.display_name,
                        state=record._state_label(),
                    )
                )

    def _actions_edited(self, actions):
        """Measures of the plan are content; corrections are carried out beside it."""
        if actions.filtered(lambda a: a.kind != "correction"):
            super()._actions_edited(actions)

    # ------------------------------------------------------------ what the approval binds
    @api.model
    def _approval_locked_fields(self):
        return [name for name in super()._approval_locked_fields() if name != "action_ids"]

    def _plan_actions(self):
        """Measures of the plan that is decided on: still to be released, corrections apart."""
        return self._own_actions(("draft",)).filtered(lambda a: a.kind != "correction")

    def _approval_digest_data(self):
        data = super()._approval_digest_data()
        actions = self._plan_actions()
        names = [*actions._content_fields(), "origin_id"]
        content = record_content(actions, names)
        for action in actions.sorted("id"):
            data[action.origin_id].setdefault("measures", []).append(content[action.id])
        return data

    @api.depends("state")
    def _compute_turn(self):
        super()._compute_turn()
        for record in self:
            record.can_submit = record.state in ("analysis", "rejected")
