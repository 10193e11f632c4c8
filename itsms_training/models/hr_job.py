from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard


class HrJob(models.Model):
    """A post shows its qualification standard and who does not meet it (TRN-4.1)."""

    _inherit = "hr.job"

    itsms_standard_ids = fields.One2many("itsms.job.standard", "job_id")
    itsms_standard_status = fields.Char(compute="_compute_itsms_standard")
    itsms_gap_count = fields.Integer(compute="_compute_itsms_standard", string="Gaps")

    @api.depends("itsms_standard_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_itsms_standard(self):
        standards = self.env["itsms.job.standard"].search(
            [
                ("job_id", "in", self.ids),
                ("state", "=", "approved"),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        by_job = standards.grouped("job_id")
        gaps = dict(
            self.env["itsms.training.gap"]._read_group(
                [("job_id", "in", self.ids), ("state", "!=", "met")], ["job_id"], ["__count"]
            )
        )
        for job in self:
            found = by_job.get(job._origin, standards.browse())
            job.itsms_standard_status = ", ".join(found.mapped("revision_status")) or "–"
            job.itsms_gap_count = gaps.get(job._origin, 0)

    def action_itsms_standard(self):
        """The standard in force, the one in work, or a new one."""
        self.ensure_one()
        standards = self.env["itsms.job.standard"].search(
            [
                ("job_id", "=", self.id),
                ("state", "in", ("approved", "draft", "pending", "rejected")),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_job_standard_action"
        )
        action |= {
            "domain": [("job_id", "=", self.id)],
            "context": {"default_job_id": self.id},
        }
        if len(standards) < 2:
            action |= {"res_id": standards.id, "views": [(False, "form")], "view_mode": "form"}
        return action

    def action_itsms_gaps(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_training_gap_action"
        )
        return {**action, "domain": [("job_id", "=", self.id), ("state", "!=", "met")]}


class HrJobSkill(models.Model):
    """Expected skills of a job with a standard in force come from the standard (TRN-3.3)."""

    _inherit = "hr.job.skill"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_standard()
        return lines

    def write(self, vals):
        self._check_standard()
        result = super().write(vals)
        self._check_standard()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_standard(self):
        self._check_standard()

    def _check_standard(self):
        """Refuse what would bypass review and approval; certifications are no part of it."""
        if guard.is_engine(self.env):
            return
        # sudo: whether a standard is in force decides, for all
        jobs = self.filtered(lambda line: not line.is_certification).job_id.sudo()
        standard = jobs.itsms_standard_ids.filtered(lambda s: s.state == "approved")[:1]
        if standard:
            raise UserError(
                self.env._(
                    "The skills of this job follow its qualification standard %(standard)s, which "
                    "the President approved. Revise the standard instead (TRN-3.3).",
                    standard=standard.display_name,
                )
            )
