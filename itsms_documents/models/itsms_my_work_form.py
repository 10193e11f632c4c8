from odoo import api, models


class ItsmsMyWork(models.AbstractModel):
    """Record forms on the first page: to put into force, to print, to confirm, to sign for.

    Forms to review or approve are among the decisions that wait for me.
    """

    _inherit = "itsms.my.work"

    @api.model
    def _sections(self):
        return [
            *super()._sections(),
            self._section_forms_to_publish(),
            self._section_forms_to_print(),
            self._section_forms_received(),
            self._section_forms_issued(),
        ]

    @api.model
    def _section_forms_to_publish(self):
        """For the document controller and the ITSMS office (REC-4.1.4; sudo: a colleague's name
        beside a form that is open to the reader)."""
        user = self.env.user
        roles = self.env["itsms.role"]._by_code("document_controller")
        office = user.has_group("itsms_base.group_itsms_office")
        if not office and not roles._held_by(user, self.env.company):
            return None
        return self._records_section(
            "forms_to_publish",
            self.env._("Record forms to put into force"),
            self.env._("No record form waits."),
            "fa-table",
            self.env["itsms.record.form"],
            [("state", "=", "approved")],
            "itsms_documents.itsms_record_form_action_to_publish",
            lambda form: {"label": form._state_label(), "by": form.sudo().submitted_by_id.name},
        )

    @api.model
    def _section_forms_to_print(self):
        """For the printing department: approved, not yet printed (REC-4.1.5)."""
        # sudo: which department prints is no secret
        printing = self.env.company.sudo().itsms_printing_department_id
        if not printing or printing not in self.env.user._itsms_own_departments().sudo():
            return None
        return self._records_section(
            "forms_to_print",
            self.env._("Record forms to print"),
            self.env._("Nothing is to be printed."),
            "fa-print",
            self.env["itsms.record.form.print"],
            [("state", "=", "approved")],
            "itsms_documents.itsms_record_form_print_action",
            lambda order: {
                "label": order._state_label(),
                "by": order.sudo().submitted_by_id.name,  # sudo: a colleague's name
                "deadline": order.wanted_on,
            },
        )

    @api.model
    def _section_forms_received(self):
        """For document administrators: forms that arrived (REC-4.1.4)."""
        departments = self.env["hr.department"]._itsms_forms_departments()
        if not departments:
            return None
        return self._records_section(
            "forms_received",
            self.env._("New record forms to confirm"),
            self.env._("No new record form."),
            "fa-inbox",
            self.env["itsms.record.form.receipt"],
            [("waiting_for_me", "=", True)],
            "itsms_documents.itsms_record_form_receipt_action",
            lambda receipt: {
                "label": receipt.department_id.name,
                "by": receipt.sent_by_id.sudo().name,  # sudo: a colleague's name
            },
        )

    @api.model
    def _section_forms_issued(self):
        """Blank forms that my department has to sign for (REC-4.1.6)."""
        own = self.env.user._itsms_own_departments()
        if not own:
            return None
        return self._records_section(
            "forms_issued",
            self.env._("Blank forms to sign for"),
            self.env._("Nothing to sign for."),
            "fa-share-square-o",
            self.env["itsms.record.form.issue"],
            [
                ("state", "=", "issued"),
                ("to_department_id", "in", own.ids),
                ("reverses_id", "=", False),
                ("reversed", "=", False),
            ],
            "itsms_documents.itsms_record_form_issue_action",
            lambda issue: {
                "label": issue._state_label(),
                "by": issue.issued_by_id.sudo().name,  # sudo: a colleague's name
            },
        )
