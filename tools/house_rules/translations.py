"""Rules for translations: every term of the template has its Chinese, with equal placeholders.

That the template itself is current needs a database; ``make test`` checks it.
"""

import re
from collections import Counter

import polib

from .findings import finding

LANGUAGE = "zh_CN"
PLACEHOLDER = re.compile(r"%\(\w+\)[sdrfi]|%[sdrfi]|%%|\$\{\w+\}|\{\w*\}")


def check(root, addon):
    """The template is there, and the Chinese file says all of it."""
    template = addon / "i18n" / f"{addon.name}.pot"
    chinese = addon / "i18n" / f"{LANGUAGE}.po"
    for path in (template, chinese):
        if not path.is_file():
            yield finding(root, addon / "__manifest__.py", 1, "translation",
                          f"i18n/{path.name} is missing; run `make i18n`")
            return
    wanted = {entry.msgid for entry in polib.pofile(str(template))}
    known = {entry.msgid: entry for entry in polib.pofile(str(chinese)) if not entry.obsolete}
    for msgid in sorted(wanted - set(known)):
        yield finding(root, chinese, 1, "translation", f"lacks {msgid!r}; run `make i18n`")
    for msgid, entry in known.items():
        for message in _judge(msgid, entry, wanted):
            yield finding(root, chinese, entry.linenum, "translation", message)


def _judge(msgid, entry, wanted):
    if msgid not in wanted:
        yield f"{msgid!r} is no longer a term; run `make i18n`"
    elif not entry.msgstr.strip():
        yield f"{msgid!r} is not translated"
    elif entry.fuzzy:
        yield f"{msgid!r} is marked fuzzy"
    elif placeholders(msgid) != placeholders(entry.msgstr):
        yield f"{msgid!r}: placeholders differ in the translation"


def placeholders(text):
    """The parts of a term that are filled in when it is shown."""
    return Counter(PLACEHOLDER.findall(text))
