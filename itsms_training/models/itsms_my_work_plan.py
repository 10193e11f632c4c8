from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Training: needs to report, training to arrange, forms to carry out or sign, vouchers."""

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_training_needs(),
            self._section_training_to_arrange(),
            self._section_training_forms(),
            self._section_training_vouchers(),
        ]

    @api.model
    def _section_training_needs(self):
        """Heads: drafts to report. HR: reported needs to take up."""
        user = self.env.user
        headed = user._itsms_headed_departments()
        companies = user._itsms_training_hr_companies()
        if not headed and not companies:
            return None
        return self._records_section(
            "training_needs",
            self.env._("Training needs to report or to take up"),
            self.env._("No training need waits."),
            "fa-lightbulb-o",
            self.env["itsms.training.need"],
            [
                "|",
                "&",
                ("state", "=", "draft"),
                ("department_id", "in", headed.ids),
                "&",
                "&",
                ("state", "=", "reported"),
                ("nothing_needed", "=", False),
                ("company_id", "in", companies.ids),
            ],
            "itsms_training.itsms_training_need_action",
            lambda need: {
                "label": need._state_label(),
                "who": need.department_id.name,
                "by": need.create_uid.sudo().name,  # sudo: a colleague's name
            },
        )

    @api.model
    def _section_training_to_arrange(self):
        """Planned training of the departments one heads (TRN-4.2.2.2)."""
        headed = self.env.user._itsms_headed_departments()
        if not headed:
            return None
        return self._records_section(
            "training_to_arrange",
            self.env._("Planned training that my department arranges"),
            self.env._("Everything is arranged."),
            "fa-calendar",
            self.env["itsms.training.plan.line"],
            [
                ("plan_state", "=", "in_force"),
                ("state", "=", "planned"),
                ("department_id", "in", headed.ids),
            ],
            "itsms_training.itsms_training_plan_line_action",
            lambda line: {"deadline": line.date_planned, "who": line.department_id.name},
        )

    @api.model
    def _section_training_forms(self):
        """HR: forms to carry out or to sign. Trainees: what they have to hand in."""
        user = self.env.user
        companies = user._itsms_training_hr_companies()
        Trainee = self.env["itsms.training.request.trainee"]
        mine = Trainee.search(
            [
                ("employee_id.user_id", "=", user.id),
                ("handed_in_at", "=", False),
                ("request_id.kind", "=", "outside"),
                ("request_id.state", "=", "approved"),
            ]
        )
        if not mine and not companies:
            return None
        return self._records_section(
            "training_forms",
            self.env._("Training approval forms to carry out, hand in for or sign"),
            self.env._("No training approval form waits for you."),
            "fa-graduation-cap",
            self.env["itsms.training.request"],
            [
                "|",
                ("id", "in", mine.request_id.ids),
                "&",
                ("company_id", "in", companies.ids),
                "|",
                ("state", "in", ("executed", "handed_in")),
                "&",
                ("state", "=", "approved"),
                ("kind", "=", "added"),
            ],
            "itsms_training.itsms_training_request_action",
            lambda form: {
                "label": form._state_label(),
                "by": form.applicant_id.sudo().name,  # sudo: a colleague's name
                "deadline": form.date_to if form.state == "approved" else None,
            },
        )

    @api.model
    def _section_training_vouchers(self):
        """Head of HR: vouchers to sign. Finance: vouchers to reimburse (TRN-4.5.3)."""
        user = self.env.user
        signing = user._itsms_role_assignments("hr_head").company_id
        paying = user._itsms_role_assignments("finance_officer").company_id
        if not signing and not paying:
            return None
        return self._records_section(
            "training_vouchers",
            self.env._("Training expense vouchers to sign or reimburse"),
            self.env._("No voucher waits."),
            "fa-money",
            self.env["hr.expense"],
            [
                ("training_cost", "=", True),
                ("state", "in", ("submitted", "approved")),
                "|",
                "&",
                ("training_signed_at", "=", False),
                ("company_id", "in", signing.ids),
                "&",
                ("training_signed_at", "!=", False),
                ("company_id", "in", paying.ids),
            ],
            "itsms_training.hr_expense_action_voucher",
            lambda expense: {
                "who": expense.employee_id.sudo().name,  # sudo: a colleague's name
                "label": expense.company_currency_id.format(expense.total_amount),
            },
        )
