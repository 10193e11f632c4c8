"""Kinds of benefit and classes of effort of improvements (CPA-18)."""

BENEFITS = [
    ("quality", "Quality"),
    ("value", "Added value"),
    ("capability", "Capability"),
    ("cost", "Cost"),
    ("productivity", "Productivity"),
    ("resources", "Use of resources"),
    ("risk", "Lower risk"),
]
EFFORTS = [
    ("1", "1 – days"),
    ("2", "2 – a few weeks"),
    ("3", "3 – a month or two"),
    ("5", "5 – several months"),
    ("8", "8 – a project"),
]
POINTS = [(str(n), str(n)) for n in range(6)]
SCALE = [(str(n), str(n)) for n in range(1, 6)]
BETTER = [("higher", "The higher the better"), ("lower", "The lower the better")]
MR = ("management_representative",)
