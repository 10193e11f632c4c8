{
    "name": "ITSMS Audit",
    "summary": "Internal audit, corrective and preventive action, management review, clause "
    "coverage",
    "version": "19.0.1.0.0",
    "category": "Services/ITSMS",
    "author": "itsms",
    "website": "https://example.com/itsms",
    "license": "LGPL-3",
    "depends": ["itsms_documents"],
    "data": [
        "security/ir.model.access.csv",
        "security/itsms_action_rules.xml",
        "data/itsms_action_data.xml",
        "views/itsms_audit_menus.xml",
        "views/itsms_action_views.xml",
        "security/itsms_audit_check_rules.xml",
        "data/itsms_audit_live_check_data.xml",
        "data/itsms_audit_question_manual_data.xml",
        "data/itsms_audit_question_external_data.xml",
        "views/itsms_audit_menus.xml",
        "views/itsms_audit_question_views.xml",
        "views/itsms_audit_sample_views.xml",
        "security/itsms_audit_programme_rules.xml",
        "data/itsms_audit_programme_data.xml",
        "views/itsms_audit_programme_views.xml",
        "views/itsms_audit_views.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "itsms_audit/static/src/**/*",
        ],
        "web.assets_tests": [
            "itsms_audit/static/tests/tours/**/*",
        ],
    },
}
