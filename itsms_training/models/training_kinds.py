"""Selections of training that several models share (TRN-2, TRN-4.3.4)."""

# whom a training is for: the kinds of the manual (TRN-4.3.4.1 … TRN-4.3.4.6)
KINDS = [
    ("routine", "Routine business"),
    ("induction", "New employees"),
    ("management", "Managers"),
    ("special", "Special posts"),
    ("all_staff", "All employees"),
    ("post_change", "Change of post"),
]

# 内培 and 外培 (TRN-2)
TYPES = [("internal", "Internal training"), ("outside", "Outside training")]
