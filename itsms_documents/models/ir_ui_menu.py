from odoo import api, models

_LEADERS = ("management_representative", "itsms_office_head", "vice_president", "president")
_CONTROLLERS = ("document_controller", *_LEADERS)
_ADMINISTRATORS = ("department_document_administrator", *_CONTROLLERS)


class IrUiMenu(models.Model):
    """Readers see what they read, borrow and write, not the work of document control (DOC-3)."""

    _inherit = "ir.ui.menu"

    @api.model
    def _itsms_role_menus(self):
        controllers = ("itsms_document_revision_menu_to_publish",)
        administrators = (
            "itsms_document_acknowledgement_menu_coverage",
            "itsms_document_copy_menu_recall",
            "hr_department_menu_administrators",
            "itsms_record_form_receipt_menu",
            "itsms_record_collection_menu",
        )
        return {
            **super()._itsms_role_menus(),
            **{f"itsms_documents.{name}": _CONTROLLERS for name in controllers},
            **{f"itsms_documents.{name}": _ADMINISTRATORS for name in administrators},
        }
