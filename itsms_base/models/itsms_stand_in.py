from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class ItsmsStandIn(models.Model):
    """Who acts for whom, from when to when, in which roles, and why (COM-6).

    A decision by a stand-in keeps both names and is shown with 代.
    """

    _name = "itsms.stand.in"
    _description = "Stand-in"
    _inherit = ["itsms.log.mixin"]
    _order = "date_from desc, id desc"
    _rec_name = "principal_id"

    principal_id = fields.Many2one(
        "res.users",
        string="Absent person",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    substitute_id = fields.Many2one(
        "res.users",
        string="Stand-in",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
        help="A colleague of equal rank who knows the matter, or a superior.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    role_ids = fields.Many2many(
        "itsms.role", string="Only for roles", help="Empty: in everything the person decides."
    )
    date_from = fields.Date(
        required=True, default=lambda self: self.env.company._itsms_today(), index=True
    )
    date_to = fields.Date(string="Until", required=True, help="Last day, included.")
    reason = fields.Char(required=True)
    current = fields.Boolean(compute="_compute_current", search="_search_current")

    _dates_chk = models.Constraint(
        "CHECK (date_to >= date_from)", "A stand-in cannot end before it begins (COM-6)."
    )
    _persons_chk = models.Constraint(
        "CHECK (principal_id <> substitute_id)", "Nobody stands in for himself (COM-6)."
    )

    @api.depends("principal_id", "substitute_id")
    def _compute_display_name(self):
        for stand_in in self:
            stand_in.display_name = self.env._(
                "%(substitute)s for %(principal)s",
                substitute=stand_in.substitute_id.name or "…",
                principal=stand_in.principal_id.name or "…",
            )

    @api.depends("date_from", "date_to")
    def _compute_current(self):
        for stand_in in self:
            today = stand_in.company_id._itsms_today()
            stand_in.current = bool(
                stand_in.date_from
                and stand_in.date_to
                and stand_in.date_from <= today <= stand_in.date_to
            )

    def _search_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._itsms_today()
        inside = [("date_from", "<=", today), ("date_to", ">=", today)]
        # sudo: only a condition on dates; the search itself runs as the user
        return [("id", "in" if True in value else "not in", self.sudo()._search(inside))]

    @api.constrains("date_from")
    def _check_not_past(self):
        """A stand-in is never made up afterwards, whichever way the day is entered."""
        for stand_in in self:
            if stand_in.date_from < stand_in.company_id._itsms_today():
                raise ValidationError(
                    self.env._("A stand-in cannot be appointed for days that are past (COM-6).")
                )

    @api.constrains("substitute_id")
    def _check_substitute(self):
        for stand_in in self:
            if stand_in.substitute_id.share:
                raise ValidationError(
                    self.env._(
                        "%(user)s is no internal user and cannot stand in for anybody (COM-6).",
                        user=stand_in.substitute_id.name,
                    )
                )

    @api.constrains("principal_id", "substitute_id")
    def _check_appointed_by_other(self):
        """The absent person chooses; the ITSMS administrator may, but never himself."""
        user = self.env.user
        if self.env.su and not user._is_internal():
            return
        for stand_in in self:
            if user == stand_in.principal_id:
                continue
            if user == stand_in.substitute_id:
                raise ValidationError(
                    self.env._(
                        "Nobody appoints himself as stand-in for %(name)s. Ask this person or the "
                        "ITSMS administrator (COM-6).",
                        name=stand_in.principal_id.name,
                    )
                )
            if not user.has_group("itsms_base.group_itsms_manager"):
                raise ValidationError(
                    self.env._(
                        "Only the absent person or the ITSMS administrator appoints a stand-in "
                        "(COM-6)."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        stand_ins = super().create(vals_list)
        stand_ins._log("config", comment=lambda s: s._describe())
        stand_ins._changed()
        return stand_ins

    def write(self, vals):
        for stand_in in self:
            today = stand_in.company_id._itsms_today()
            if stand_in.date_from <= today and set(vals) - {"date_to"}:
                raise UserError(
                    self.env._(
                        "A stand-in that has begun is history; only its last day can be changed "
                        "(COM-6)."
                    )
                )
            new_end = fields.Date.to_date(vals.get("date_to"))
            if (
                new_end
                and new_end != stand_in.date_to
                and min(new_end, stand_in.date_to) < (fields.Date.subtract(today, days=1))
            ):
                raise UserError(
                    self.env._("A stand-in cannot be changed for days that are past (COM-6).")
                )
        result = super().write(vals)
        self._log("config", comment=lambda s: s._describe())
        self._changed()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_begun(self):
        if any(s.date_from <= s.company_id._itsms_today() for s in self):
            raise UserError(
                self.env._("A stand-in that has begun stays on record. Set its last day (COM-6).")
            )

    def _describe(self):
        """One line for the evidence log."""
        self.ensure_one()
        return self.env._(
            "%(substitute)s stands in for %(principal)s from %(start)s to %(end)s "
            "(%(roles)s): %(reason)s",
            substitute=self.substitute_id.name,
            principal=self.principal_id.name,
            start=self.date_from,
            end=self.date_to,
            roles=", ".join(self.role_ids.mapped("code")) or "*",
            reason=self.reason,
        )

    def _changed(self):
        self.env["itsms.approval.step"]._refresh_stand_ins(self.principal_id)

    # ------------------------------------------------------------ resolution
    @api.model
    def _acting(self, company, principals=None, substitutes=None):
        """Stand-ins in force today in ``company``, for given people on either side.

        Read as sudo: the engine must see every stand-in to decide who may act.
        """
        today = company._itsms_today()
        domain = [
            ("company_id", "=", company.id),
            ("date_from", "<=", today),
            ("date_to", ">=", today),
            ("substitute_id.active", "=", True),
        ]
        if principals is not None:
            domain.append(("principal_id", "in", principals.ids))
        if substitutes is not None:
            domain.append(("substitute_id", "in", substitutes.ids))
        return self.sudo().search(domain)

    def _covers(self, role):
        """Whether this stand-in extends to decisions taken as ``role`` (may be empty)."""
        self.ensure_one()
        return not self.role_ids or bool(role & self.role_ids)

    @api.model
    def _acting_for_user(self, user):
        """Stand-ins in which ``user`` acts today, in any company (sudo: his own stand-ins)."""
        candidates = self.sudo().search([("substitute_id", "=", user.id)])
        return candidates.filtered("current")
