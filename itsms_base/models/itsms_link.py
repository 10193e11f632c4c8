from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class ItsmsLinkType(models.Model):
    """Kind of a link, named from both sides (COM-11): “causes” / “is caused by”."""

    _name = "itsms.link.type"
    _description = "Link Type"
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
    _description = "Link"
    _inherit = ["itsms.record.reference.mixin"]
    _order = "id desc"
    _rec_name = "record_name"
    _secrecy_references = (("res_model", "res_id"), ("target_model", "target_id"))

    type_id = fields.Many2one("itsms.link.type", required=True, ondelete="restrict")
    res_model = fields.Char(readonly=False)
    res_id = fields.Many2oneReference(readonly=False)
    target_model = fields.Char(required=True, index=True)
    target_id = fields.Many2oneReference(model_field="target_model", required=True, index=True)
    target_name = fields.Char(compute="_compute_target_name", string="Other record")
    target_ref = fields.Reference(
        string="To",
        selection="_selection_linkable",
        compute="_compute_target_ref",
        inverse="_inverse_target_ref",
        help="The other record; people choose here.",
    )
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

    @api.model
    def _selection_linkable(self):
        """Models that take links."""
        linked = self.env.registry["itsms.linked.mixin"]
        names = [
            name
            for name, model in self.env.registry.items()
            if issubclass(model, linked) and not model._abstract
        ]
        # sudo: names of models are no secret
        return [(name, self.env["ir.model"]._get(name).sudo().name) for name in sorted(names)]

    @api.depends("target_model", "target_id")
    def _compute_target_ref(self):
        linkable = dict(self._selection_linkable())
        for link in self:
            known = link.target_model in linkable and link.target_id
            link.target_ref = f"{link.target_model},{link.target_id}" if known else False

    def _inverse_target_ref(self):
        """Nothing to do: the reference is taken apart before the link is created."""

    @api.model
    def _guarded_models(self):
        """A link has no company of its own: it shows to people who may read both records."""
        return tuple(name for name, _label in self._selection_linkable())

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            reference = vals.pop("target_ref", None)
            if reference:
                vals["target_model"], _sep, target_id = str(reference).partition(",")
                vals["target_id"] = int(target_id) if target_id.isdecimal() else 0
        ends = ("res_model", "res_id", "target_model", "target_id")
        defaults = self.default_get(list(ends))
        for vals in vals_list:
            near_model, near_id, far_model, far_id = map((defaults | vals).get, ends)
            # before anything is stored: no error of the database tells what is linked already
            self._check_end(near_model, near_id)
            self._check_end(far_model, far_id)
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A link is not changed: remove it and set a new one (COM-11)."))

    @api.model
    def _check_end(self, model_name, res_id):
        """A record to be linked must take links, exist and be open to the user."""
        if model_name not in self._guarded_models():
            raise UserError(self.env._("%(model)s takes no links (COM-11).", model=model_name))
        known = isinstance(res_id, int) and res_id > 0
        record = self.env[model_name].browse(res_id if known else []).exists()
        if not record:
            raise UserError(self.env._("The record to be linked does not exist (COM-11)."))
        record.check_access("read")

    @api.ondelete(at_uninstall=True)
    def _unlink_except_foreign(self):
        for link in self:
            record = link._record()
            if record and not (link.create_uid == self.env.user or record.has_access("write")):
                raise AccessError(
                    self.env._("Only who set a link, or may write the record, removes it (COM-11).")
                )


class ItsmsLinkedMixin(models.AbstractModel):
    """A record that can be linked with any other one (COM-11)."""

    _name = "itsms.linked.mixin"
    _description = "Linked Record"

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
                    lambda x, r=record: (
                        (x.res_model, x.res_id) == (r._name, r.id)
                        or (x.target_model, x.target_id) == (r._name, r.id)
                    )
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
