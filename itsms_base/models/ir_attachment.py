from odoo import api, models

from ..engine import guard


class IrAttachment(models.Model):
    """Files of a record with locked content are locked with it (COM-7)."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._check_content_lock()
        return attachments

    def write(self, vals):
        self._check_content_lock()
        result = super().write(vals)
        if {"res_model", "res_id"} & set(vals):
            self._check_content_lock()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_content_locked(self):
        self._check_content_lock()

    def _check_content_lock(self):
        """Refuse to add, change, move or delete a file of a locked record, whoever asks."""
        if guard.is_engine(self.env):
            return
        lockable = self.env.registry["itsms.content.lock.mixin"]
        ids_by_model = {}
        for attachment in self.sudo():  # sudo: only to see which record a file belongs to
            model = attachment.res_model and self.env.registry.get(attachment.res_model)
            if model is not None and attachment.res_id and issubclass(model, lockable):
                ids_by_model.setdefault(attachment.res_model, set()).add(attachment.res_id)
        for model_name, res_ids in ids_by_model.items():
            self.env[model_name].browse(res_ids).exists()._check_lock()
