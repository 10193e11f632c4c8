"""Inheriting views are named after the module: the old record takes the new id.

Left under its old id it would stand beside the new one while the module is updated, and both
would replace the same element.
"""

import re

VIEWS = (
    "hr_department_view_form_records",
    "itsms_document_category_view_form_scope",
    "itsms_document_change_view_form_inherit_review",
    "itsms_document_change_view_form_kept_records",
    "itsms_document_loan_view_form_kept_records",
    "itsms_document_reissue_view_form_kept_records",
    "itsms_document_review_view_form_kept_records",
    "itsms_document_revision_view_form_change",
    "itsms_document_revision_view_form_compare",
    "itsms_document_revision_view_form_inherit_external",
    "itsms_document_revision_view_form_inherit_validity",
    "itsms_document_revision_view_form_inherit_viewer",
    "itsms_document_revision_view_form_kept_records",
    "itsms_document_revision_view_form_reading",
    "itsms_document_revision_view_kanban_inherit_validity",
    "itsms_document_revision_view_list_compare",
    "itsms_document_revision_view_list_inherit_validity",
    "itsms_document_view_form_change",
    "itsms_document_view_form_compare",
    "itsms_document_view_form_copies",
    "itsms_document_view_form_inherit_external",
    "itsms_document_view_form_inherit_guidance",
    "itsms_document_view_form_inherit_loan",
    "itsms_document_view_form_inherit_obsolescence",
    "itsms_document_view_form_inherit_record_form",
    "itsms_document_view_form_inherit_review",
    "itsms_document_view_form_inherit_viewer",
    "itsms_document_view_form_reading",
    "itsms_document_view_form_scope",
    "itsms_document_view_kanban_upload",
    "itsms_document_view_list_inherit_obsolescence",
    "itsms_document_view_list_upload",
    "itsms_document_view_search_content",
    "itsms_document_view_search_inherit_external",
    "itsms_document_view_search_inherit_obsolescence",
    "itsms_document_view_search_inherit_review",
    "itsms_document_view_search_scope",
    "itsms_record_view_form_inherit_loan",
)


def migrate(cr, version):
    """``…_view_form_loan`` becomes ``…_view_form_inherit_itsms_documents_loan``."""
    for old in VIEWS:
        new = re.sub(
            r"_view_(form|list|kanban|search)_(inherit_)?",
            r"_view_\1_inherit_itsms_documents_",
            old,
        )
        cr.execute(
            "UPDATE ir_model_data SET name = %s"
            " WHERE module = 'itsms_documents' AND model = 'ir.ui.view' AND name = %s",
            (new, old),
        )
