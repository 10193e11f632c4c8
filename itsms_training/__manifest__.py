{
    "name": "ITSMS Training",
    "summary": "Training on Odoo's HR: job standards, needs, annual plan, sessions, certificates",
    "version": "19.0.1.0.0",
    "category": "Services/ITSMS",
    "author": "itsms",
    "website": "https://example.com/itsms",
    "license": "LGPL-3",
    "depends": ["itsms_documents", "hr_skills", "hr_expense", "survey"],
    "data": [
        "security/ir.model.access.csv",
        "security/itsms_job_standard_rules.xml",
        "data/itsms_job_standard_data.xml",
        "views/itsms_training_menus.xml",
        "views/itsms_job_standard_views.xml",
        "views/itsms_training_gap_views.xml",
        "views/itsms_work_certificate_views.xml",
    ],
    "demo": [],
    "assets": {
        "web.assets_tests": [
            "itsms_training/static/tests/tours/**/*",
        ],
    },
}
