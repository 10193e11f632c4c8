from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """What I borrowed, and what waits at my desk."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_to_hand_out(),
            self._section_overdue_loans(),
            self._section_my_loans(),
        ]

    @api.model
    def _loan_section(self, key, title, empty, icon, domain, action):
        return self._records_section(
            key,
            title,
            empty,
            icon,
            self.env["itsms.document.loan"],
            domain,
            action,
            lambda loan: {
                "label": loan._state_label(),
                # sudo: a colleague's name
                "by": loan.applicant_id.sudo().name,
                "deadline": loan.date_due if loan.state == "handed_out" else None,
            },
        )

    @api.model
    def _has_desk(self):
        """Whether the user hands anything out at all."""
        user = self.env.user
        Loan = self.env["itsms.document.loan"]
        controller = self.env["itsms.role"]._by_code("document_controller")
        return (
            user.has_group("itsms_base.group_itsms_office")
            or controller._held_by(user, self.env.company)
            or bool(Loan._administered_departments(user))
        )

    @api.model
    def _section_to_hand_out(self):
        if not self._has_desk():
            return None
        return self._loan_section(
            "loans_to_hand_out",
            self.env._("Loans to register, hand out or renew"),
            self.env._("Nothing waits at your desk."),
            "fa-hand-paper-o",
            [
                ("can_handle", "=", True),
                ("applicant_id", "!=", self.env.uid),
                "|",
                ("state", "in", ("requested", "approved")),
                "&",
                ("state", "=", "handed_out"),
                ("renewal_date", "!=", False),
            ],
            "itsms_documents.itsms_document_loan_action",
        )

    @api.model
    def _section_overdue_loans(self):
        if not self._has_desk():
            return None
        return self._loan_section(
            "loans_overdue",
            self.env._("Overdue loans"),
            self.env._("Everything came back in time."),
            "fa-clock-o",
            [("can_handle", "=", True), ("overdue", "=", True)],
            "itsms_documents.itsms_document_loan_action",
        )

    @api.model
    def _section_my_loans(self):
        return self._loan_section(
            "my_loans",
            self.env._("My loans"),
            self.env._("You have nothing on loan."),
            "fa-book",
            [
                ("applicant_id", "=", self.env.uid),
                ("state", "in", ("draft", "rejected", "requested", "approved", "handed_out")),
            ],
            "itsms_documents.itsms_document_loan_action",
        )
