"""Value lists that several models of the internal audit share."""

# How severe a finding of last year weighs when the next programme is proposed (AUD-4.2.2.3).
GRADE_WEIGHTS = {"observation": 0, "minor": 1, "general": 2, "serious": 4}
MEMBER_ROLES = [
    ("lead", "Lead auditor"),
    ("auditor", "Auditor"),
    ("expert", "Technical expert"),
    ("observer", "Observer"),
]
