"""What nonconformities are told apart by (AUD-4.2.2.3, CPA-1, CPA-8) and how texts compare."""

import difflib
import re

GRADES = [
    ("observation", "Observation"),
    ("minor", "Minor nonconformity"),
    ("general", "General nonconformity"),
    ("serious", "Serious nonconformity"),
]
ORDER = [grade for grade, _label in GRADES]

SOURCES = [
    ("internal_audit", "Internal audit"),
    ("external_audit", "External audit"),
    ("management_review", "Management review"),
    ("complaint", "Complaint"),
    ("survey", "Customer survey"),
    ("sla", "Missed service level"),
    ("major_incident", "Major incident"),
    ("test", "Test or exercise"),
    ("configuration_audit", "Configuration audit"),
    ("unauthorised_change", "Unauthorised change"),
    ("supplier", "Supplier"),
    ("budget", "Budget red line"),
    ("risk", "Risk"),
    ("suggestion", "Suggestion of staff"),
    ("record", "Other record or observation"),
]

CATEGORIES = [
    ("people", "People"),
    ("equipment", "Equipment and tools"),
    ("material", "Material and information"),
    ("method", "Method and process"),
    ("environment", "Environment"),
    ("measurement", "Measurement"),
    ("management", "Management and resources"),
]


def step_up(grade):
    """The grade one step higher than ``grade``; the highest stays."""
    return ORDER[min(ORDER.index(grade) + 1, len(ORDER) - 1)]


def plain_text(text):
    """``text`` without what makes no difference to a reader: case, blanks, punctuation."""
    return re.sub(r"[\W_]+", "", (text or "").lower())


def similarity(one, other):
    """How much two texts say the same, 0 to 100."""
    one, other = plain_text(one)[:2000], plain_text(other)[:2000]
    if not one or not other:
        return 0
    return round(100 * difflib.SequenceMatcher(None, one, other, autojunk=False).ratio())
