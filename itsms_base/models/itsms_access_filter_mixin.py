from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class ItsmsAccessFilterMixin(models.AbstractModel):
    """Closes records to people, below all rights and record rules.

    It sits in ``_search`` and ``_check_access``, which every list, count, name lookup, export,
    attachment and chatter check goes through; unlike a record rule nobody can switch it off, and
    a model cannot forget it (DOC-4.1.1.3f, COM-17).
    """

    _name = "itsms.access.filter.mixin"
    _description = "Access Below the Rights"

    @api.model
    def _open_domain(self):
        """Records that are open to the current user, as a domain."""
        raise NotImplementedError

    def _closed_records(self):
        """Those of ``self`` that are closed to the current user."""
        # sudo: only to compare columns with what this user may open
        records = self.sudo().with_context(active_test=False)
        return self - records.filtered_domain(self._open_domain()).with_env(self.env)

    def _closed_message(self):
        """What to tell who asks for a closed record."""
        raise NotImplementedError

    @api.model
    def _search(
        self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False
    ):
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & self._open_domain()
        return super()._search(
            domain,
            offset,
            limit,
            order,
            active_test=active_test,
            bypass_access=bypass_access,
        )

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not any(self._ids):
            return result
        refused = result[0] if result else self.browse()
        closed = (self - refused)._closed_records()
        if not closed:
            return result
        message = self._closed_message()
        return refused | closed, lambda: AccessError(message)
