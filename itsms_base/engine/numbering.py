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


_SHAPES = {"year": r"\d{4}", "yy": r"\d{2}", "month": r"\d{2}", "edition": "[A-Z]"}


def parse(pattern, values, number):
    """Split ``number`` by ``pattern``: the tokens that are not in ``values``, or None.

    What :func:`render` made of the result is the number again; anything else is foreign. A serial
    has at least the width of the pattern, no further zeros in front, and is not 0.
    """
    known = {name: str(value) for name, value in values.items() if value}
    parts, position, names = [], 0, []
    for match in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[position : match.start()]))
        position = match.end()
        name = match.group(1)
        if name in known and name not in ("serial", "edition"):
            parts.append(re.escape(known[name]))
        elif name in names:
            parts.append(f"(?P={name})")
        else:
            names.append(name)
            shape = r"\d{1,9}" if name == "serial" else _SHAPES.get(name, "[^-/_. ]+")
            parts.append(f"(?P<{name}>{shape})")
    parts.append(re.escape(pattern[position:]))
    found = re.fullmatch("".join(parts), number, re.ASCII)
    if not found:
        return None
    result = found.groupdict()
    if "serial" in result:
        result["serial"] = int(result["serial"])
    return result if render(pattern, {**known, **result}) == number else None
