from odoo import models


class ItsmsRegister(models.Model):
    """Registers carry the number of their form as soon as it is in force (COM-24)."""

    _inherit = "itsms.register"

    def _form_number(self):
        number = super()._form_number()
        Form = self.env.get("itsms.record.form")
        if number or not self.form_code or Form is None:
            return number
        return Form._number_in_force(self.form_code, self.env.company)


class ItsmsRegisterPart(models.Model):
    """A loan is as secret as what is lent: a document or a record."""

    _inherit = "itsms.register.part"

    def _secrecy_paths(self):
        paths = super()._secrecy_paths()
        model = self._model()
        if paths and "record_id" in model._fields and "record_id.secrecy" not in paths:
            paths.append("record_id.secrecy")
        return paths
