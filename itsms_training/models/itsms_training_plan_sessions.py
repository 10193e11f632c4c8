from odoo import api, fields, models


class ItsmsTrainingPlanLine(models.Model):
    """Planned and held: the sessions of a line of the annual plan (TRN-4.2.2.2)."""

    _inherit = "itsms.training.plan.line"

    session_ids = fields.One2many("itsms.training.session", "plan_line_id", string="Sessions")

    @api.model
    def _progress_depends(self):
        return [
            *super()._progress_depends(),
            "root_line_id.variant_ids.session_ids.state",
            "session_ids.state",
        ]

    def _progress(self):
        """Held, running, hours and people over the sessions of all revisions of a line."""
        progress = super()._progress()
        lines = self._origin
        # sudo: what was held counts, whoever may open the session
        sessions = (
            self.env["itsms.training.session"]
            .sudo()
            .search([("plan_line_id.root_line_id", "in", lines.sudo().root_line_id.ids)])
        )
        people = dict(
            self.env["itsms.training.attendance"]
            .sudo()
            ._read_group(
                [("session_id", "in", sessions.ids), ("presence", "=", "present")],
                ["session_id"],
                ["__count"],
            )
        )
        by_root = sessions.grouped(lambda s: s.plan_line_id.root_line_id.id)
        for line in lines:
            own = by_root.get(line.sudo().root_line_id.id, sessions.browse())
            held = own.filtered(lambda s: s.state in ("finished", "evaluated", "closed"))
            progress[line.id] = {
                "held": len(held),
                "running": len(
                    own.filtered(lambda s: s.state in ("pending", "approved", "running"))
                ),
                "hours": sum(held.mapped("hours")),
                "people": sum(people.get(session, 0) for session in held),
            }
        return progress

    def action_new_session(self):
        """A draft session for one line of the plan in force."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.training.session",
            "views": [(False, "form")],
            "context": {
                "default_plan_line_id": self.id,
                "default_name": self.name,
                "default_kind": self.kind,
                "default_department_id": self.department_id.id,
                "default_employee_ids": self.employee_ids.ids,
            },
        }

    def action_view_sessions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sessions of %(name)s", name=self.display_name),
            "res_model": "itsms.training.session",
            "view_mode": "list,form,calendar",
            "domain": [("plan_line_id.root_line_id", "=", self.root_line_id.id)],
        }
