from odoo import models


class ResLang(models.Model):
    """The Chinese titles of the seeded procedures come with the Chinese language (GEN-2)."""

    _inherit = "res.lang"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") and "zh_CN" in self.mapped("code"):
            self.env["itsms.document"]._seed_translate()
        return result
