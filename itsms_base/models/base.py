from odoo import models


class Base(models.AbstractModel):
    """No form of any model tells about a confidential record that is merely named in it."""

    _inherit = "base"

    def onchange(self, values, field_names, fields_spec):
        """Related fields of an unsaved record are computed as superuser: check what it names,
        in its values, in those of its lines and in the defaults that a client sends along."""
        if not self.env.su:
            defaults = {
                key.removeprefix("default_"): value
                for key, value in self.env.context.items()
                if key.startswith("default_")
            }
            self._itsms_check_named(defaults)
            self._itsms_check_named(values or {})
        return super().onchange(values, field_names, fields_spec)

    def _itsms_check_named(self, values):
        """Refuse values that name a confidential record which is not open to the user."""
        for name, value in values.items():
            field = self._fields.get(name)
            if field is None or not value or not field.relational:
                continue
            comodel = self.env[field.comodel_name]
            if field.type == "many2one":
                res_id = value.get("id") if isinstance(value, dict) else value
                if getattr(comodel, "_confidential", False) and isinstance(res_id, int):
                    comodel.browse(res_id).exists().check_access("read")
            elif isinstance(value, (list, tuple)):
                for command in value:
                    if isinstance(command, (list, tuple)) and isinstance(command[-1], dict):
                        comodel._itsms_check_named(command[-1])
