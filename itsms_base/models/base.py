from odoo import models


class Base(models.AbstractModel):
    """No form of any model tells about a confidential record that is merely named in it."""

    _inherit = "base"

    def onchange(self, values, field_names, fields_spec):
        """Related fields of an unsaved record are computed as superuser: check what it names."""
        if not self.env.su:
            for name, value in (values or {}).items():
                field = self._fields.get(name)
                if field is None or field.type != "many2one" or not value:
                    continue
                comodel = self.env[field.comodel_name]
                if getattr(comodel, "_confidential", False):
                    res_id = value["id"] if isinstance(value, dict) else value
                    comodel.browse(res_id).exists().check_access("read")
        return super().onchange(values, field_names, fields_spec)
