from odoo import models


class ResCompany(models.Model):
    """The company code opens every number; what was never released follows it [I-03, I-06]."""

    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if "itsms_code" in vals:
            # sudo: numbering is the system's own act, whoever entered the code
            drafts = (
                self.env["itsms.document"]
                .sudo()
                .search(
                    [
                        ("company_id", "in", self.ids),
                        ("state", "=", "draft"),
                        ("serial", ">", 0),
                        ("revision_ids", "not any", [("left_draft_at", "!=", False)]),
                    ]
                )
            )
            for document in drafts:
                document._set_number(document.serial)
        return result
