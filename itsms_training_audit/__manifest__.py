{
    "name": "ITSMS Training and Audit",
    "summary": "What training and audit know of each other: findings become training needs, "
    "training evidences clauses",
    "version": "19.0.1.0.0",
    "category": "Services/ITSMS",
    "author": "itsms",
    "website": "https://example.com/itsms",
    "license": "LGPL-3",
    "depends": ["itsms_training", "itsms_audit"],
    "auto_install": True,
    "data": [
        "views/itsms_training_propose_needs_views.xml",
    ],
}
