"""Run with Odoo's Python: bring the modules' translation files up to fresh exports.

Arguments: FOLDER ROOT LANGUAGE ADDONS… . Translations are kept, what is no longer in the source
goes, and a file whose terms are the same is left untouched (only its date would change). Fields
that every model inherits ("Created by", "Followers") take Odoo's own translation.
"""

import re
import sys
from pathlib import Path

import polib

INHERITED = re.compile(
    r"field_\w+__(create_uid|create_date|write_uid|write_date|display_name|id|has_message"
    r"|activity_\w+|my_activity_\w+|message_\w+|website_message_ids|rating_ids|access_\w+)$"
)
ORIGINS = ("base", "mail", "portal", "rating")


def main(folder, root, language, *addons):
    """Merge every FOLDER/MODULE.pot into ROOT/MODULE/i18n; tell what is left to translate."""
    common = inherited_terms(addons, language)
    for exported in sorted(Path(folder).glob("*.pot")):
        i18n = Path(root, exported.stem, "i18n")
        i18n.mkdir(parents=True, exist_ok=True)
        fresh = polib.pofile(str(exported))
        changed = replace(i18n / exported.name, fresh)
        missing = merge(i18n / f"{language}.po", fresh, language, common)
        print(f"  {exported.stem}: {len(fresh)} terms, .pot {'changed' if changed else 'same'}, "
              f"{missing} to translate in {language}.po")


def replace(path, fresh):
    """Write the fresh template unless the terms are those of the present one."""
    if path.exists() and terms(polib.pofile(str(path))) == terms(fresh):
        return False
    fresh.save(str(path))
    return True


def terms(file):
    """What makes two templates the same: the terms and where they are used, in order."""
    return [(entry.msgid, entry.comment, tuple(entry.occurrences)) for entry in file]


def inherited_terms(addons, language):
    """Odoo's translations of the fields its mixins bring along."""
    found = {}
    for path in (Path(folder, name, "i18n", f"{language}.po")
                 for folder in addons for name in ORIGINS):
        if path.exists():
            for entry in polib.pofile(str(path)):
                if entry.msgstr and is_inherited(entry):
                    found.setdefault(entry.msgid, entry.msgstr)
    return found


def is_inherited(entry):
    """A term that only names or explains fields of a mixin."""
    return all(INHERITED.search(reference) for reference, _line in entry.occurrences)


def merge(path, fresh, language, common):
    """Bring a translation up to the template; returns how many terms wait for a translation."""
    old = polib.pofile(str(path)) if path.exists() else polib.POFile()
    known = {entry.msgid: entry for entry in old if not entry.obsolete}
    new = polib.POFile(wrapwidth=78)
    new.metadata = dict(fresh.metadata, **{
        "Language": language, "Plural-Forms": "nplurals=1; plural=0;",
    })
    for date in ("POT-Creation-Date", "PO-Revision-Date"):
        new.metadata[date] = old.metadata.get(date, fresh.metadata.get(date, ""))
    for entry in fresh:
        before = known.get(entry.msgid)
        translation = before.msgstr if before else ""
        if not translation and is_inherited(entry):
            translation = common.get(entry.msgid, "")
        new.append(polib.POEntry(
            msgid=entry.msgid, msgstr=translation,
            occurrences=entry.occurrences, comment=entry.comment, flags=entry.flags,
            tcomment=before.tcomment if before else "",
        ))
    if not path.exists() or str(new) != str(old):
        new.save(str(path))
    return sum(not entry.msgstr for entry in new)


if __name__ == "__main__":
    main(*sys.argv[1:])
