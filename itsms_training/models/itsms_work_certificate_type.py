from odoo import api, fields, models
from odoo.fields import Domain


class ItsmsWorkCertificateType(models.Model):
    """A kind of certificate to work (上岗证); HR decides which work needs one (TRN-4.4.1)."""

    _name = "itsms.work.certificate.type"
    _description = "Kind of Certificate to Work"
    _inherit = ["mail.thread"]
    _order = "code, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    special_work = fields.Boolean(
        string="Special work",
        default=True,
        tracking=True,
        help="特殊工种: nobody does this work without a valid certificate (TRN-4.4.1).",
    )
    job_ids = fields.Many2many(
        "hr.job",
        "itsms_work_certificate_type_job_rel",
        "type_id",
        "job_id",
        string="Posts that need it",
        check_company=True,
    )
    role_ids = fields.Many2many(
        "itsms.role",
        "itsms_work_certificate_type_role_rel",
        "type_id",
        "role_id",
        string="ITSMS roles that need it",
        help="Nobody is appointed to one of these roles without a valid certificate.",
    )
    skill_id = fields.Many2one(
        "hr.skill",
        string="Certification in the profile",
        ondelete="set null",
        domain=[("skill_type_id.is_certification", "=", True)],
        help="As what employees enter it themselves. Such an entry never counts before HR has "
        "verified it with the proof and issued the certificate.",
    )
    legal_basis = fields.Text(
        help="Rules of the labour authority for this special post (TRN-4.3.4.4)."
    )
    validity_months = fields.Integer(
        string="Valid for (months)", tracking=True, help="0: without end."
    )
    examination = fields.Boolean(
        string="Examination needed",
        tracking=True,
        help="Only an assessment of theory and practical skill confirms the person; "
        "qualification and experience alone do not (TRN-4.4.2).",
    )
    pass_mark = fields.Float(default=60.0, digits=(5, 1), tracking=True)
    certificate_ids = fields.One2many("itsms.work.certificate", "type_id")
    certificate_count = fields.Integer(compute="_compute_certificate_count")
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")

    _code_uniq = models.Constraint(
        "UNIQUE (company_id, code)", "Another kind of certificate has this code."
    )
    _validity_chk = models.Constraint(
        "CHECK (validity_months >= 0 AND validity_months <= 600)",
        "The validity is between 0 and 600 months.",
    )
    _pass_mark_chk = models.Constraint(
        "CHECK (pass_mark >= 0 AND pass_mark <= 100)", "The pass mark is between 0 and 100."
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for kind in self:
            kind.display_name = f"{kind.code} {kind.name}"

    def _compute_certificate_count(self):
        groups = self.env["itsms.work.certificate"]._read_group(
            [("type_id", "in", self.ids), ("state", "=", "valid")], ["type_id"], ["__count"]
        )
        counts = dict(groups)
        for kind in self:
            kind.certificate_count = counts.get(kind, 0)

    @api.depends("company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can_edit(self):
        """HR decides which types of work need a certificate (TRN-4.4.1)."""
        companies = self.env.user._itsms_training_hr_companies()
        for kind in self:
            kind.can_edit = kind.company_id in companies

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env.user._itsms_training_hr_companies()
        domain = Domain("company_id", "in", companies.ids)
        return domain if True in value else ~domain

    def action_view_certificates(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_work_certificate_action"
        )
        return {
            **action,
            "domain": [("type_id", "=", self.id)],
            "context": {"default_type_id": self.id},
        }
