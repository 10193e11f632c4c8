from odoo import models


class IrBinary(models.AbstractModel):
    """Files are handed out by address only to people who may open the record (COM-17)."""

    _inherit = "ir.binary"

    def _find_record(self, *args, **kwargs):
        """A token in the address, once given, must not outlive a raised secrecy."""
        record = super()._find_record(*args, **kwargs)
        owner = record
        if record._name == "ir.attachment":
            owner = self.env["ir.attachment"]._confidential_owner(record)
        # sudo: only the secrecy level is compared
        if getattr(owner, "_confidential", False) and not owner.sudo()._is_public():
            record.with_env(self.env).check_access("read")
        return record
