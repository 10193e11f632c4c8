from odoo import api, models
from odoo.exceptions import AccessError

from ..engine import guard


class ItsmsEngineRowsMixin(models.AbstractModel):
    """Rows that only the system writes: they follow from what people did elsewhere (COM-2).

    A model says in :meth:`_by_hand_refusal` why nobody writes them, and in :meth:`_hand_fields`
    what people may fill in all the same. Superuser code is refused too, unless it acts as the
    engine.
    """

    _name = "itsms.engine.rows.mixin"
    _description = "Rows Written by the System"

    @api.model
    def _by_hand_refusal(self):
        """Hook: what somebody is told who writes such a row; names the rule."""
        return self.env._("%(name)s: written by the system only (COM-2).", name=self._description)

    @api.model
    def _hand_fields(self):
        """Hook: names of the fields that people may write on rows that are there."""
        return set()

    @api.model
    def _refuse_by_hand(self):
        """:raise AccessError: unless the engine is at work."""
        if not guard.is_engine(self.env):
            raise AccessError(self._by_hand_refusal())

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_by_hand()
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) - self._hand_fields():
            self._refuse_by_hand()
        return super().write(vals)

    # also at uninstall: a client may pretend to uninstall by a key of the context
    @api.ondelete(at_uninstall=True)
    def _unlink_except_engine(self):
        self._refuse_by_hand()
