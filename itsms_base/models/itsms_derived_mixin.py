from odoo import api, models

from ..engine import guard


class ItsmsDerivedMixin(models.AbstractModel):
    """Stored values that the system derives are never taken from people.

    Odoo stores what a client sends for a computed field, also where the screen shows it read-only,
    and takes it from ``default_*`` keys of the context: a day by which a deadline is counted could
    be forged (COM-2). What is sent for such a field is left out.
    """

    _name = "itsms.derived.mixin"
    _description = "Derived Values"

    @api.model
    def _derived_fields(self):
        """Names of the stored fields that are computed and that no screen lets people enter."""
        return {
            name
            for name, field in self._fields.items()
            if field.store and field.compute and field.readonly and not field.inverse
        }

    @api.model
    def _without_derived(self, vals):
        derived = self._derived_fields() & set(vals)
        return {name: value for name, value in vals.items() if name not in derived}

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su or guard.is_engine(self.env):
            return super().create(vals_list)
        forged = {f"default_{name}" for name in self._derived_fields()} & set(self.env.context)
        clean = self
        if forged:
            kept = {k: v for k, v in self.env.context.items() if k not in forged}
            clean = self.with_context(kept)  # pylint: disable=context-overridden
        vals_list = [self._without_derived(vals) for vals in vals_list]
        records = super(ItsmsDerivedMixin, clean).create(vals_list)
        return records.with_env(self.env)

    def write(self, vals):
        if not (self.env.su or guard.is_engine(self.env)):
            vals = self._without_derived(vals)
        return super().write(vals)
