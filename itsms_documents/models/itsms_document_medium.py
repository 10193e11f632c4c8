from odoo import api, fields, models, tools


class ItsmsDocumentMedium(models.Model):
    """What a document is kept on (DOC-4.1.3); more media can be added."""

    _name = "itsms.document.medium"
    _description = "Document Medium"
    _inherit = ["itsms.cache.source.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    @api.model
    def _usual(self):
        """The first medium: that of a new document."""
        return self.browse(self._usual_id())

    @api.model
    @tools.ormcache()
    def _usual_id(self):
        """Cached, for every new document asks; a changed medium clears the cache."""
        # sudo: media are no secret, and archived ones are nobody's default
        return self.sudo().with_context(active_test=True).search([], limit=1).id
