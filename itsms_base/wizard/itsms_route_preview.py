from odoo import api, fields, models
from odoo.exceptions import UserError


class ItsmsRoutePreview(models.TransientModel):
    """“Who would be asked for this record now?” – without submitting anything."""

    _name = "itsms.route.preview"
    _description = "Route Preview"
    _inherit = ["itsms.dialog.mixin"]

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")
    record_name = fields.Char(compute="_compute_plan")
    route_id = fields.Many2one("itsms.approval.route", compute="_compute_plan")
    line_ids = fields.One2many("itsms.route.preview.line", "preview_id", compute="_compute_plan")
    warning = fields.Char(compute="_compute_plan")

    @api.depends("res_model", "res_id")
    def _compute_plan(self):
        for preview in self:
            record = preview._record()
            preview.record_name = record.display_name if record else False
            plan = record._approval_plan(strict=False)[record.id] if record else []
            # sudo: the preview shows the route to people without right to the configuration
            preview.route_id = plan[0][0].route_id.sudo() if plan else False
            preview.line_ids = [
                fields.Command.create(
                    {
                        "stage": line.stage,
                        "step": line._describe(),
                        "names": preview._names(record, line, users),
                        "vacant": not users,
                    }
                )
                for line, users in plan
            ]
            preview.warning = preview._refusal(record)

    def _names(self, record, line, users):
        """Deciders and their stand-ins of today (代) in one line."""
        names = users.mapped("name")
        if line.stand_in_allowed:
            company = self.env["itsms.log"]._company_of(record)
            acting = self.env["itsms.stand.in"]._acting(company, principals=users)
            role = line.role_id if line.source == "role" else line.role_id.browse()
            names += [
                f"{stand_in.substitute_id.name} 代 {stand_in.principal_id.name}"
                for stand_in in acting
                if stand_in._covers(role)
            ]
        return ", ".join(names) or self.env._("nobody")

    def _refusal(self, record):
        """Why the user could not submit the record now, in the words of the refusal itself."""
        try:
            record._approval_plan()
        except UserError as exc:
            return exc.args[0]
        return False

    def _record(self):
        """The record, if the user may read it."""
        self.ensure_one()
        model = self.env.get(self.res_model)
        if model is None or not hasattr(model, "_approval_plan"):
            raise UserError(self.env._("This record takes no part in approvals."))
        record = model.browse(self.res_id or []).exists()
        record.check_access("read")
        return record


class ItsmsRoutePreviewLine(models.TransientModel):
    """A line of the preview: one signature and who would be asked."""

    _name = "itsms.route.preview.line"
    _description = "Route Preview Line"
    _inherit = ["itsms.dialog.mixin"]
    _order = "stage, id"

    preview_id = fields.Many2one("itsms.route.preview", ondelete="cascade")
    stage = fields.Integer()
    step = fields.Char()
    names = fields.Char(string="Would be asked")
    vacant = fields.Boolean()
