"""Number patterns: ``{company}-ITSMS-CX-{serial:03d}-{edition}`` and the like (requirements 6.3).

Tokens: ``{company}`` company code, ``{type}`` type code, ``{year}`` ``{yy}`` ``{month}`` of the
day of drawing, ``{project}``, ``{edition}`` and ``{serial}`` with an optional width.
"""

import re

TOKENS = ("company", "type", "year", "yy", "month", "project", "edition", "serial")
_TOKEN = re.compile(r"\{([a-z]+)(?::0?(\d{1,2})d?)?\}")


class PatternError(ValueError):
    """The pattern holds something that is no token."""


def check(pattern):
    """Raise :class:`PatternError` where ``pattern`` cannot be rendered."""
    for name, _width in _TOKEN.findall(pattern):
        if name not in TOKENS:
            raise PatternError(name)
    if "{" in _TOKEN.sub("", pattern) or "}" in _TOKEN.sub("", pattern):
        raise PatternError(pattern)


def tokens(pattern):
    """Names of the tokens used in ``pattern``."""
    return {name for name, _width in _TOKEN.findall(pattern)}


def render(pattern, values):
    """Fill ``pattern`` with ``values``; an empty value takes the separator before it along.

    The serial is padded with zeros to the width in the pattern and simply grows beyond it.
    """

    def fill(match):
        name, width = match.groups()
        value = values.get(name)
        if name == "serial":
            return str(value).zfill(int(width or 0)) if value else "\0"
        return str(value) if value else "\0"

    filled = _TOKEN.sub(fill, pattern)
    return re.sub(r"[-/_.]?\0", "", filled).strip("-/_. ")
