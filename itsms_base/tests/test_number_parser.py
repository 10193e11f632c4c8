from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.itsms_base.engine import numbering

from .common import tagged

PATTERNS = (
    "{company}-ITSMS-{type}-{edition}",
    "{company}-ITSMS-{type}-{serial:03}-{edition}",
    "{company}/{year}/{serial}",
    "{type}.{yy}{month}-{serial:04}",
    "ITSR-{type}-{project}-{serial:02}",
)
VALUES = st.fixed_dictionaries(
    {
        "company": st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True),
        "type": st.sampled_from(["CX", "ZC", "SC", "A1"]),
        "year": st.from_regex(r"20[0-9]{2}", fullmatch=True),
        "yy": st.from_regex(r"[0-9]{2}", fullmatch=True),
        "month": st.sampled_from(["01", "06", "12"]),
        "project": st.from_regex(r"[A-Z0-9]{1,5}", fullmatch=True),
        "edition": st.sampled_from("ABCXYZ"),
        "serial": st.integers(1, 999_999),
    }
)


@tagged("post_install", "-at_install")
class TestNumberParser(BaseCase):
    """Numbers that come from outside are taken apart by the pattern that would have made them."""

    @settings(deadline=None, max_examples=150)
    @given(st.sampled_from(PATTERNS), VALUES)
    def test_what_was_rendered_is_understood(self, pattern, values):
        """DOC-4.1.2.1 DOC-4.1.2.1f: parse gives back the serial and edition of every number."""
        number = numbering.render(pattern, values)
        known = {name: values[name] for name in ("company", "type")}
        parsed = numbering.parse(pattern, known, number)
        self.assertIsNotNone(parsed, number)
        self.assertEqual(numbering.render(pattern, {**known, **parsed}), number)
        for name, value in parsed.items():
            self.assertEqual(str(values[name]), str(value))

    @settings(deadline=None, max_examples=200)
    @given(st.sampled_from(PATTERNS), st.text(max_size=40))
    def test_any_text_is_refused_or_rendered_again(self, pattern, text):
        """DOC-4.1.2.1: whatever is typed, a number is accepted only if the pattern makes it."""
        known = {"company": "LH", "type": "CX"}
        parsed = numbering.parse(pattern, known, text)
        if parsed is not None:
            self.assertEqual(numbering.render(pattern, {**known, **parsed}), text)

    def test_foreign_numbers(self):
        """DOC-4.1.2.1c DOC-4.1.2.1f DOC-4.1.2.1g: width, company, letter and digits count."""
        pattern, known = PATTERNS[1], {"company": "LH", "type": "ZC"}
        self.assertEqual(
            numbering.parse(pattern, known, "LH-ITSMS-ZC-012-B"), {"serial": 12, "edition": "B"}
        )
        self.assertEqual(numbering.parse(pattern, known, "LH-ITSMS-ZC-1012-B")["serial"], 1012)
        for foreign in (
            "LH-ITSMS-ZC-12-B",
            "LH-ITSMS-ZC-0012-B",
            "LH-ITSMS-ZC-000-B",
            "LH-ITSMS-ZC-012-b",
            "LH-ITSMS-ZC-012",
            "LH-ITSMS-CX-012-B",
            "XX-ITSMS-ZC-012-B",
            "LH-ITSMS-ZC-０12-B",
            "LH-ITSMS-ZC-012-B ",
            "LH-ITSMS-ZC-012-B\n",
            "",
        ):
            self.assertIsNone(numbering.parse(pattern, known, foreign), foreign)
