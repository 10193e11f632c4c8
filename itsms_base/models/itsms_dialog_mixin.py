from odoo import api, models
from odoo.fields import Domain


class ItsmsDialogMixin(models.AbstractModel):
    """A dialog belongs to the person who opened it: Odoo itself leaves dialogs open to all.

    Otherwise a colleague could turn “reject this” into “approve that” before it is confirmed.
    """

    _name = "itsms.dialog.mixin"
    _description = "Dialog of One Person"
    _inherit = ["itsms.access.filter.mixin"]

    @api.model
    def _open_domain(self):
        return Domain("create_uid", "=", self.env.uid)

    def _closed_message(self):
        return self.env._("This dialog belongs to somebody else.")
