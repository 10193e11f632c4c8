from odoo import api, fields, models
from odoo.fields import Domain


class ItsmsAccessFieldsMixin(models.AbstractModel):
    """Who reads and who writes a record, as two searchable fields for the record rules.

    A model says it in :meth:`_see_domain` and :meth:`_edit_domain`; its two record rules are
    ``[("can_see", "=", True)]`` for reading and ``[("can_edit", "=", True)]`` for the rest. The
    ITSMS office and auditors read everything.
    """

    _name = "itsms.access.fields.mixin"
    _description = "Access by Domains"

    can_see = fields.Boolean(compute="_compute_can_see", search="_search_can_see")
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")

    @api.model
    def _see_domain(self):
        """Hook: records that the current user may read, besides what he may write."""
        return Domain.FALSE

    @api.model
    def _edit_domain(self):
        """Hook: records that the current user may write."""
        return Domain.FALSE

    @api.model
    def _inspect_domain(self):
        """ITSMS office and auditors read everything."""
        user = self.env.user
        inspects = user.has_group("itsms_base.group_itsms_office") or user.has_group(
            "itsms_base.group_itsms_auditor"
        )
        return Domain.TRUE if inspects else Domain.FALSE

    @api.model
    def _office_domain(self):
        """What the ITSMS office writes: everything of the companies one works for."""
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        return Domain("company_id", "in", self.env.companies.ids) if office else Domain.FALSE

    @api.model
    def _asked_domain(self):
        """What the user decides on: by office, as a stand-in, or has decided on."""
        Step = self.env["itsms.approval.step"].sudo()  # sudo: the person's own decisions
        mine = Domain(Step._my_turn_domain()) | Domain("decided_by_id", "=", self.env.uid)
        steps = Step.search(Domain("res_model", "=", self._name) & mine)
        companies = self.env.user._itsms_route_companies(self._name)
        return Domain("company_id", "in", companies.ids) | Domain(
            "id", "in", steps.mapped("res_id")
        )

    @api.model
    def _department_domain(self, field="department_id"):
        """Records of the departments in which one works or which one heads."""
        return Domain(field, "in", self.env.user._itsms_own_departments().ids)

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_can_see(self):
        seen = self._those_of(self._search_can_see("in", {True}))
        for record in self:
            record.can_see = not record.id or record in seen

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        own = self._those_of(self._search_can_edit("in", {True}))
        for record in self:
            record.can_edit = not record.id or record in own

    def _those_of(self, domain):
        # sudo: only to compare columns with what this user may open
        Model = self.sudo().with_context(active_test=False)
        return Model.search(Domain("id", "in", self.ids) & domain).with_env(self.env)

    def _search_can_see(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._inspect_domain() | self._see_domain() | self._edit_domain()
        return domain if True in value else ~domain

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._edit_domain()
        return domain if True in value else ~domain
