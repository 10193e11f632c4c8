from odoo import api, models
from odoo.exceptions import ValidationError

from ..engine import guard

# columns that say nothing about the file
_NO_CONTENT = {"access_token"}


class IrAttachment(models.Model):
    """Files of a record with locked content are locked with it (COM-7)."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        # before anything is written: some upload controllers swallow the refusal and commit
        self._check_targets([self._target(vals) for vals in vals_list])
        attachments = super().create(vals_list)
        attachments._check_content_lock()
        return attachments

    def write(self, vals):
        if set(vals) <= _NO_CONTENT:
            return super().write(vals)
        self._check_content_lock()
        if {"res_model", "res_id"} & set(vals):
            # sudo: only to see which record a file will belong to
            self._check_targets([self._target(vals, attachment) for attachment in self.sudo()])
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_content_locked(self):
        self._check_content_lock()

    def _target(self, vals, attachment=None):
        """Model and id of the record that a file with ``vals`` belongs to."""

        def of(name):
            default = attachment[name] if attachment else self.env.context.get(f"default_{name}")
            return vals.get(name, default)

        return of("res_model"), of("res_id")

    def _check_content_lock(self):
        # sudo: only to see which record a file belongs to
        self._check_targets([(a.res_model, a.res_id) for a in self.sudo()])

    @api.model
    def _check_targets(self, targets):
        """Refuse to add, change, move or delete a file of a locked record, whoever asks.

        Where it is allowed, who does so has changed the content (COM-8).
        """
        if guard.is_engine(self.env):
            return
        registry = self.env.registry
        lockable = registry["itsms.content.lock.mixin"]
        lines = registry["itsms.content.lock.line.mixin"]
        ids_by_model = {}
        for model_name, res_id in targets:
            model = model_name and registry.get(model_name)
            if model is not None and res_id and issubclass(model, (lockable, lines)):
                ids_by_model.setdefault(model_name, set()).add(int(res_id))
        for model_name, res_ids in ids_by_model.items():
            records = self.env[model_name].browse(res_ids).exists()
            if isinstance(records, lines):
                records = records._parents()
            records._check_lock()
            records._content_changed()

    # ------------------------------------------------------------ secrecy
    @api.model
    def _confidential_owner(self, attachment):
        """The confidential record that one file belongs to, if any (not checked for access)."""
        attachment = attachment.sudo()  # sudo: only to see which record a file belongs to
        model = self.env.get(attachment.res_model) if attachment.res_id else None
        if model is None or not getattr(model, "_confidential", False):
            return self.browse()
        return model.browse(attachment.res_id).exists()

    @api.constrains("public", "res_model", "res_id")
    def _check_not_public(self):
        """“Public” would open a file past the secrecy of its record (DOC-4.1.1.3f)."""
        for attachment in self:
            # sudo: only to see whether a file of a closed record was made public
            if attachment.sudo().public and self._confidential_owner(attachment):
                raise ValidationError(
                    self.env._(
                        "%(file)s belongs to a confidential record and follows its secrecy; it "
                        "cannot be made public (DOC-4.1.1.3f).",
                        file=attachment.name,
                    )
                )
