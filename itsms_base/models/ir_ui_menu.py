from odoo import api, models

_GROUPS = (
    "itsms_base.group_itsms_office",
    "itsms_base.group_itsms_auditor",
    "base.group_system",
)


class IrUiMenu(models.Model):
    """Menus for the holders of offices: roles begin and end by date, groups do not follow them."""

    _inherit = "ir.ui.menu"

    @api.model
    def _itsms_role_menus(self):
        """Menus that are only useful to some, as ``{xml id: role codes}``; extended by modules.

        Heads of departments, the ITSMS office and auditors see all of them. A menu is no right:
        what is behind it is guarded by the server.
        """
        return {}

    @api.model
    def load_menus(self, debug):
        """Not cached with the rest: an office may begin or end at midnight."""
        menus = super().load_menus(debug)
        hidden = self._itsms_hidden_menus() & set(menus)
        if not hidden:
            return menus
        # the cached answer belongs to others too: only copies are changed
        menus = {key: dict(menu) for key, menu in menus.items() if key not in hidden}
        empty = hidden
        while empty:
            for menu in menus.values():
                menu["children"] = [c for c in menu["children"] if c not in empty]
            empty = {
                key
                for key, menu in menus.items()
                if key != "root" and not menu["children"] and not menu["action_id"]
            }
            menus = {key: menu for key, menu in menus.items() if key not in empty}
        return menus

    @api.model
    def _itsms_hidden_menus(self):
        """Ids of the menus of offices that the current user does not hold today."""
        wanted = self._itsms_role_menus()
        user = self.env.user
        if (
            not wanted
            or any(user.has_group(group) for group in _GROUPS)
            or user._itsms_headed_departments()
        ):
            return set()
        codes = user._itsms_role_codes()
        hidden = [self.env.ref(name, False) for name, may in wanted.items() if not codes & set(may)]
        return {menu.id for menu in hidden if menu}
