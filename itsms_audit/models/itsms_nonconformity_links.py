from odoo import api, models
from odoo.exceptions import UserError


class ItsmsNonconformity(models.Model):
    """What a nonconformity leads to elsewhere: document change, training, risk (CPA-13, CPA-21).

    Each is a record of its own module, linked from both sides.
    """

    _inherit = "itsms.nonconformity"

    @api.model
    def _follow_ups(self):
        """Hook: records that a nonconformity may lead to, as model and field defaults by code.

        Modules extend it with their own: a training need, a request for change, a supplier
        notice, a risk.
        """
        return {
            "document": ("itsms.document.change", lambda record: {"reason": record._follow_text()}),
            "training": (
                "itsms.training.need",
                lambda record: {
                    "name": record.name,
                    "reason": record._follow_text(),
                    "source": "audit",
                    "department_id": record.department_id.id,
                },
            ),
            "risk": ("itsms.risk", lambda record: {"name": record.name}),
        }

    def _follow_text(self):
        return " ".join(filter(None, (self.display_name, self.deviation)))

    def action_follow_up(self, code=None):
        """Form of a further record; saved, it is linked with this one."""
        self.ensure_one()
        self.check_access("read")
        code = code or self.env.context.get("itsms_follow_up")
        known = self._follow_ups().get(code) if isinstance(code, str) else None
        if not known or known[0] not in self.env:
            raise UserError(
                self.env._("The module for this is not installed; set a link instead (CPA-13).")
            )
        model_name, values = known
        model = self.env[model_name]
        defaults = {k: v for k, v in values(self).items() if k in model._fields}
        return {
            "type": "ir.actions.act_window",
            # sudo: the name of a model is no secret
            "name": self.env["ir.model"]._get(model_name).sudo().name,
            "res_model": model_name,
            "views": [(False, "form")],
            "context": {
                **{f"default_{name}": value for name, value in defaults.items()},
                "itsms_follows": [self._name, self.id],
            },
        }


class ItsmsLinkedMixin(models.AbstractModel):
    """A record made out of a nonconformity is linked with it at once."""

    _inherit = "itsms.linked.mixin"

    @api.model_create_multi
    def create(self, vals_list):
        follows = self.env.context.get("itsms_follows")
        if not follows:
            return super().create(vals_list)
        # made once only: what this record creates itself follows nothing
        records = super(ItsmsLinkedMixin, self.with_context(itsms_follows=None)).create(vals_list)
        records._link_as_follow_up(follows)
        return records.with_env(self.env)

    def _link_as_follow_up(self, follows):
        """Link with the record that a client named; the link checks both ends itself."""
        name, res_id = (
            follows if isinstance(follows, (list, tuple)) and len(follows) == 2 else (0, 0)
        )
        kind = self.env.ref("itsms_audit.itsms_link_type_leads_to", raise_if_not_found=False)
        if name != "itsms.nonconformity" or not kind:
            return
        self.env["itsms.link"].create(
            [
                {
                    "type_id": kind.id,
                    "res_model": name,
                    "res_id": res_id,
                    "target_model": record._name,
                    "target_id": record.id,
                }
                for record in self
            ]
        )
