from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ItsmsJobStandardSkill(models.Model):
    """A skill that the post asks for, with the level (TRN-4.1)."""

    _name = "itsms.job.standard.skill"
    _description = "Job Qualification Standard: Skill"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "standard_id"
    _order = "standard_id, sequence, id"
    _rec_name = "skill_id"

    standard_id = fields.Many2one(
        "itsms.job.standard", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="standard_id.company_id", store=True, index=True)
    skill_id = fields.Many2one(
        "hr.skill",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("skill_type_id.is_certification", "=", False)],
    )
    skill_type_id = fields.Many2one(related="skill_id.skill_type_id")
    skill_level_id = fields.Many2one(
        "hr.skill.level",
        string="Level",
        required=True,
        ondelete="restrict",
        domain="[('skill_type_id', '=', skill_type_id)]",
    )
    mandatory = fields.Boolean(
        default=True, help="Without a mandatory skill nobody is qualified for the post."
    )

    _skill_uniq = models.Constraint(
        "UNIQUE (standard_id, skill_id)", "A standard asks for a skill once only (TRN-4.1)."
    )

    @api.constrains("skill_id", "skill_level_id")
    def _check_level(self):
        for line in self:
            if line.skill_id.skill_type_id.is_certification:
                raise ValidationError(
                    self.env._(
                        "%(skill)s is a certification: ask for it under Certificates, so that HR "
                        "verifies the proof (TRN-4.4.2).",
                        skill=line.skill_id.name,
                    )
                )
            if line.skill_level_id.skill_type_id != line.skill_id.skill_type_id:
                raise ValidationError(
                    self.env._(
                        "The level %(level)s does not belong to the skill %(skill)s.",
                        level=line.skill_level_id.name,
                        skill=line.skill_id.name,
                    )
                )


class ItsmsJobStandardCertificate(models.Model):
    """A certificate to work that the post asks for (TRN-4.1, TRN-4.4.1)."""

    _name = "itsms.job.standard.certificate"
    _description = "Job Qualification Standard: Certificate"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "standard_id"
    _check_company_auto = True
    _rec_name = "type_id"

    standard_id = fields.Many2one(
        "itsms.job.standard", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="standard_id.company_id", store=True, index=True)
    type_id = fields.Many2one(
        "itsms.work.certificate.type",
        string="Certificate",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    special_work = fields.Boolean(related="type_id.special_work")
    mandatory = fields.Boolean(default=True)

    _type_uniq = models.Constraint(
        "UNIQUE (standard_id, type_id)", "A standard asks for a certificate once only (TRN-4.1)."
    )
