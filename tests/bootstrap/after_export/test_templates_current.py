"""The .pot of each module holds exactly the terms a fresh database exports.

Run by ``make test`` after the export; it names the folder in ITSMS_EXPORTED_POTS.
"""

import os
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDER = os.environ.get("ITSMS_EXPORTED_POTS")
EXPORTED = sorted(Path(FOLDER).glob("*.pot")) if FOLDER else []


def terms(path):
    return {entry.msgid for entry in polib.pofile(str(path))} if path.exists() else set()


@pytest.mark.parametrize("exported", EXPORTED, ids=lambda path: path.stem)
def test_template_is_current(exported):
    """Nothing shown to people is left out of the translation."""
    kept = terms(ROOT / exported.stem / "i18n" / exported.name)
    fresh = terms(exported)
    assert not (fresh - kept), "terms missing in the .pot; run `make i18n`"
    assert not (kept - fresh), "terms no longer in the source; run `make i18n`"
