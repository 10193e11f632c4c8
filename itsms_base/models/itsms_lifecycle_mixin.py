from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from ..engine import guard


class ItsmsLifecycleMixin(models.AbstractModel):
    """Named transitions checked on the server (COM-2), each with an evidence line (COM-3).

    A model declares a selection field ``state`` and :meth:`_lifecycle_transitions`. ``state`` and
    everything in :meth:`_engine_fields` is written by the engine alone, on every path: form,
    import, RPC, defaults in the context, superuser code.
    """

    _name = "itsms.lifecycle.mixin"
    _description = "Life Cycle"
    _inherit = ["itsms.log.mixin"]

    _initial_state = "draft"

    left_draft_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the record left draft for the first time; from then on it is never deleted, "
        "only cancelled with a reason (COM-4).",
    )

    # ------------------------------------------------------------ declaration
    def _lifecycle_transitions(self):
        """Transitions of the model by name; extend with ``super()``."""
        return {}

    def _engine_fields(self):
        """Names of fields that only the engine writes."""
        return {"state", "left_draft_at"}

    def _after_transition(self, transition):
        """Hook: the effect of a transition, run in the same transaction, without the mark."""

    def _on_leaving_draft(self):
        """Hook: the records leave draft for the first time (numbers are drawn here)."""

    # ------------------------------------------------------------ guard
    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            initial = self._initial_engine_values()
            for vals in vals_list:
                self._refuse_forged_values(vals, initial)
                # explicit values win over default_* keys a client may put into the context
                vals.update(initial)
        return super().create(vals_list)

    @api.model
    def default_get(self, fields):
        """A new form shows the state it will be saved in, whatever defaults a client sets."""
        initial = self._initial_engine_values()
        values = super().default_get(fields)
        return values | {name: initial[name] for name in initial if name in values}

    def write(self, vals):
        if not guard.is_engine(self.env):
            owned = self._engine_fields() & set(vals)
            if owned:
                self._refuse_engine_write(owned)
        return super().write(vals)

    def _initial_engine_values(self):
        values = dict.fromkeys(self._engine_fields(), False)
        values["state"] = self._initial_state
        return values

    def _refuse_forged_values(self, vals, initial):
        forged = {
            name for name in initial if vals.get(name) and vals[name] != (initial[name] or False)
        }
        if forged:
            self._refuse_engine_write(forged)

    def _refuse_engine_write(self, names):
        labels = [self._fields[name]._description_string(self.env) for name in sorted(names)]
        raise AccessError(
            self.env._(
                "“%(fields)s” of %(model)s changes only through the buttons of the life cycle, "
                "never by direct entry or import (COM-2).",
                fields=", ".join(labels),
                # sudo: the name of a model is no secret
                model=self.env["ir.model"]._get(self._name).sudo().name,
            )
        )

    @api.ondelete(at_uninstall=True)
    def _unlink_except_left_draft(self):
        kept = self.filtered("left_draft_at")
        if kept:
            raise UserError(
                self.env._(
                    "%(name)s has left draft and is never deleted, only cancelled with a reason "
                    "(COM-4).",
                    name=kept[0].display_name,
                )
            )

    # ------------------------------------------------------------ running a transition
    def action_transition(self, name, comment=None):
        """Run the transition ``name`` on all records, or on none.

        :raise UserError: unknown or internal transition, wrong state, missing field or reason.
        :raise AccessError: the user does not hold the role that the transition asks for.
        """
        transition = self._transition(name)
        if transition.internal:
            raise AccessError(
                self.env._("“%(name)s” is done by the system itself.", name=transition.label)
            )
        self.check_access("read")
        self._check_transition_right(transition)
        return self._run_transition(transition, comment)

    def _transition(self, name):
        transition = self._lifecycle_transitions().get(name) if isinstance(name, str) else None
        if transition is None:
            raise UserError(self.env._("There is no transition “%(name)s” (COM-2).", name=name))
        return transition

    def _check_transition_right(self, transition):
        """Fail closed: role holder, group member, or – with neither declared – write access."""
        if not transition.roles and not transition.groups:
            self.check_access("write")
            return
        if any(self.env.user.has_group(group) for group in transition.groups):
            return
        roles = self.env["itsms.role"]._by_code(*transition.roles)
        held = {}  # asked once per department, not per record
        for record in self:
            key = self.env["itsms.log"]._company_of(record), record._approval_department()
            if key not in held:
                held[key] = roles._held_by(self.env.user, *key)
            if not held[key]:
                raise AccessError(
                    self.env._(
                        "“%(transition)s” needs one of these roles: %(roles)s (COM-2).",
                        transition=transition.label,
                        roles=", ".join(roles.mapped("name")) or "–",
                    )
                )

    def _approval_department(self):
        """Department on whose behalf roles are looked up; one record."""
        return self.department_id if "department_id" in self._fields else None

    def _run_transition(
        self, transition, comment=None, kind="transition", digests=None, locked=False
    ):
        """Check state, fields and reason; write; log; call the hooks. Rights were checked.

        :param kind: kind of the evidence line.
        :param digests: callable giving the content digest per record id, called after numbers
            were drawn and before the line is written.
        :param locked: the caller holds the row locks already.
        """
        if not locked:
            self._lock_rows()
        self._check_transition(transition, comment)
        before = {record.id: record.state for record in self}
        leaving = self.filtered(lambda r: not r.left_draft_at)
        # sudo: whoever holds the right to the transition needs no write access to the record
        guard.as_engine(self.sudo()).write({"state": transition.target})
        if leaving:
            guard.as_engine(leaving.sudo()).write({"left_draft_at": fields.Datetime.now()})
            leaving._on_leaving_draft()
        digest_by_id = digests() if digests else {}
        self._log(
            kind,
            state_from=lambda r: before[r.id],
            state_to=transition.target,
            comment=comment,
            digest=lambda r: digest_by_id.get(r.id),
        )
        self._after_transition(transition)
        return True

    def _check_transition(self, transition, comment):
        if transition.reason and not str(comment or "").strip():
            raise UserError(self.env._("“%(name)s” needs a reason (COM-4).", name=transition.label))
        for record in self:
            if record.state not in transition.sources:
                raise UserError(
                    self.env._(
                        "%(record)s is in state “%(state)s”: “%(transition)s” is not possible "
                        "from there. Reload the page to see what happened meanwhile (COM-2).",
                        record=record.display_name,
                        state=record._state_label(),
                        transition=transition.label,
                    )
                )
            missing = [
                record._fields[name]._description_string(self.env)
                for name in transition.requires
                if not record[name]
            ]
            if missing:
                raise UserError(
                    self.env._(
                        "%(record)s: fill in %(fields)s first (COM-2).",
                        record=record.display_name,
                        fields=", ".join(missing),
                    )
                )

    def _engine_write(self, vals):
        """Write the engine's own fields; the caller has checked right, state and turn."""
        # sudo: nobody has the right to write them by hand
        return guard.as_engine(self.sudo()).write(vals)

    def _lock_rows(self):
        """Make simultaneous acts on a record wait for their turn, with a clear message."""
        try:
            self.sudo().lock_for_update()  # sudo: a lock needs no right, and gives none
        except LockError as exc:
            raise UserError(
                self.env._(
                    "Somebody else is working on %(record)s at this very moment. "
                    "Reload and look at the result before you try again.",
                    record=", ".join(self.mapped("display_name")[:3]),
                )
            ) from exc
        self.invalidate_recordset()

    def _state_label(self):
        """Label of the state of one record in the user's language."""
        self.ensure_one()
        selection = dict(self._fields["state"]._description_selection(self.env))
        return selection.get(self.state, self.state)

    # ------------------------------------------------------------ screens
    def _open_form(self):
        """Window action on one record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
