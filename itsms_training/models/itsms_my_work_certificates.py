from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Certificates that run out: my own, and as HR those to verify and renew (TRN-4.4.2)."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [*super()._sections(), self._section_certificates()]

    @api.model
    def _section_certificates(self):
        Certificate = self.env["itsms.work.certificate"]
        domain = [("expires_soon", "=", True)]
        if self.env.user._itsms_training_hr_companies():
            domain = ["|", ("state", "in", ("draft", "examination")), *domain]
        if not Certificate.search_count(domain, limit=1):
            return None
        return self._records_section(
            "certificates",
            self.env._("Certificates to work"),
            "",
            "fa-id-card-o",
            Certificate,
            domain,
            "itsms_training.itsms_work_certificate_action",
            lambda certificate: {
                "label": certificate._state_label(),
                "deadline": certificate.valid_to if certificate.state != "draft" else None,
            },
        )
