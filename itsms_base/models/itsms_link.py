from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class ItsmsLinkType(models.Model):
    """Kind of a link, named from both sides (COM-11): “causes” / “is caused by”."""

    _name = "itsms.link.type"
    _description = "ITSMS Link Type"
    _order = "sequence, id"

    name = fields.Char(string="From this side", required=True, translate=True)
    inverse_name = fields.Char(string="From the other side", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)


class ItsmsLink(models.Model):
    """A typed link between two records, seen from both sides (COM-11).

    It survives closing and archiving of either record, and shows nothing of a record that the
    user may not open.
    """

    _name = "itsms.link"
    _description = "ITSMS Link"
    _inherit = ["itsms.record.reference.mixin"]
    _order = "id desc"
    _rec_name = "record_name"

    type_id = fields.Many2one("itsms.link.type", required=True, ondelete="restrict")
    res_model = fields.Char(readonly=False)
    res_id = fields.Many2oneReference(readonly=False)
    target_model = fields.Char(required=True, index=True)
    target_id = fields.Many2oneReference(model_field="target_model", required=True, index=True)
    target_name = fields.Char(compute="_compute_target_name", string="Other record")
    note = fields.Char()

    _pair_uniq = models.Constraint(
        "UNIQUE (type_id, res_model, res_id, target_model, target_id)",
        "These two records are already linked in this way.",
    )
    _self_chk = models.Constraint(
        "CHECK (NOT (res_model = target_model AND res_id = target_id))",
        "A record is not linked to itself.",
    )

    @api.depends("target_model", "target_id")
    @api.depends_context("uid", "lang")
    def _compute_target_name(self):
        for model_name, links in self.grouped("target_model").items():
            if model_name not in self.env:
                links.target_name = model_name
                continue
            # sudo: confidential models mask their own display name
            records = self.env[model_name].sudo().browse(links.mapped("target_id")).exists()
            names = {record.id: record.display_name for record in records}
            for link in links:
                link.target_name = names.get(link.target_id) or self.env._("(deleted)")

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        links._check_ends()
        return links

    def write(self, vals):
        raise UserError(self.env._("A link is not changed: remove it and set a new one (COM-11)."))

    def _check_ends(self):
        """Both records must exist and be open to the user; the near one for writing its links."""
        for link in self:
            for model_name, res_id in (
                (link.res_model, link.res_id),
                (link.target_model, link.target_id),
            ):
                model = self.env.get(model_name)
                if model is None or not hasattr(model, "_link_domain"):
                    raise UserError(
                        self.env._("%(model)s takes no links (COM-11).", model=model_name)
                    )
                record = model.browse(res_id).exists()
                if not record:
                    raise UserError(self.env._("The record to be linked does not exist."))
                record.check_access("read")

    def unlink(self):
        for link in self:
            record = link._record()
            if record and not (
                link.create_uid == self.env.user or record.has_access("write")
            ):
                raise AccessError(self.env._("Only who set a link, or may write the record, removes it."))
        return super().unlink()


class ItsmsLinkedMixin(models.AbstractModel):
    """A record that can be linked with any other one (COM-11)."""

    _name = "itsms.linked.mixin"
    _description = "ITSMS Linked Record"

    link_count = fields.Integer(string="Links", compute="_compute_link_count")

    def _link_domain(self):
        """Links of these records, from either side."""
        near = Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids)
        far = Domain("target_model", "=", self._name) & Domain("target_id", "in", self.ids)
        return near | far

    def _compute_link_count(self):
        links = self.env["itsms.link"].search(self._link_domain())
        for record in self:
            record.link_count = len(
                links.filtered(
                    lambda x, r=record: (x.res_model, x.res_id) == (r._name, r.id)
                    or (x.target_model, x.target_id) == (r._name, r.id)
                )
            )

    def action_view_links(self):
        """Links from both sides."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Links"),
            "res_model": "itsms.link",
            "view_mode": "list,form",
            "domain": list(self._link_domain()),
            "context": {"default_res_model": self._name, "default_res_id": self.id},
        }
