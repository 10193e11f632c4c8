import string

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.itsms_base.engine import numbering

SEPARATORS = "-/_."
tokens = st.sampled_from(
    ["{company}", "{type}", "{year}", "{yy}", "{month}", "{project}", "{edition}"]
)
serials = st.integers(0, 12).map(lambda width: "{serial:0%sd}" % width if width else "{serial}")
literals = st.text(string.ascii_letters + string.digits, min_size=1, max_size=5)
values = st.fixed_dictionaries(
    {
        name: st.one_of(st.none(), st.just(""), st.text(string.ascii_letters + string.digits))
        for name in ("company", "type", "year", "yy", "month", "project", "edition")
    }
)


@st.composite
def patterns(draw):
    """Patterns as people would write them: parts between separators, one of them the serial."""
    parts = draw(st.lists(st.one_of(tokens, literals), max_size=5))
    parts.insert(draw(st.integers(0, len(parts))), draw(serials))
    text = parts[0]
    for part in parts[1:]:
        text += draw(st.sampled_from(SEPARATORS)) + part
    return text


quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@tagged("post_install", "-at_install")
class TestPatterns(BaseCase):
    """The plain rules behind the numbers, for whatever is typed as a pattern."""

    @quick
    @given(
        pattern=patterns(),
        fill=values,
        pair=st.lists(st.integers(1, 10**9), min_size=2, max_size=2, unique=True),
    )
    def test_other_serial_other_number(self, pattern, fill, pair):
        """COM-1 DOC-4.1.2.1: two serials never give the same number."""
        numbering.check(pattern)
        first, second = (numbering.render(pattern, {**fill, "serial": n}) for n in pair)
        self.assertNotEqual(first, second)

    @quick
    @given(pattern=patterns(), fill=values, serial=st.integers(1, 10**12))
    def test_nothing_of_the_pattern_is_left(self, pattern, fill, serial):
        """COM-1: no braces, no control character, no double or loose separator."""
        number = numbering.render(pattern, {**fill, "serial": serial})
        self.assertFalse(set("{}\0") & set(number), number)
        self.assertIn(str(serial), number)
        self.assertEqual(number, number.strip("-/_. "))
        for left in SEPARATORS:
            for right in SEPARATORS:
                self.assertNotIn(left + right, number)

    @quick
    @given(width=st.integers(1, 20), serial=st.integers(1, 10**15))
    def test_padding_grows_beyond_the_width(self, width, serial):
        """DOC-4.1.2.1f: zeros up to the width, the whole serial beyond it."""
        number = numbering.render("{serial:0%sd}" % width, {"serial": serial})
        self.assertEqual(int(number), serial)
        self.assertEqual(len(number), max(width, len(str(serial))))

    @quick
    @given(
        pattern=st.one_of(
            st.text(), st.text("{}serialypc:0123d-/_. \0"), st.lists(tokens).map("".join)
        ),
        fill=st.dictionaries(
            st.sampled_from(numbering.TOKENS), st.one_of(st.none(), st.text(), st.integers())
        ),
    )
    def test_arbitrary_patterns_are_refused_or_rendered(self, pattern, fill):
        """COM-1: whatever is typed as a pattern gives the named error or a number, no crash."""
        try:
            numbering.check(pattern)
        except numbering.PatternError:
            return
        plain = {k: str(v).replace("{", "").replace("}", "") for k, v in fill.items() if v}
        number = numbering.render(pattern, plain)
        self.assertFalse(set("{}\0") & set(number))
        self.assertLessEqual(numbering.tokens(pattern), set(numbering.TOKENS))

    def test_what_is_no_token_is_refused(self):
        """COM-1: unknown tokens, unknown formats, unbalanced braces."""
        for pattern in (
            "{foo}",
            "{serial",
            "serial}",
            "{{serial}}",
            "{serial:x}",
            "{Serial}",
            "{}",
            "{serial!r}",
            "{company.env}",
            "{serial:>9}",
            "{0}",
        ):
            with self.subTest(pattern=pattern), self.assertRaises(numbering.PatternError):
                numbering.check(pattern)

    def test_the_numbers_of_the_manual(self):
        """DOC-4.1.2.1a DOC-4.1.2.1b DOC-4.1.2.1c DOC-4.1.2.1f: as the manual writes them."""
        fill = {"company": "LH", "type": "CX", "edition": "A", "serial": 1}
        for pattern, number in (
            ("{company}-ITSMS-{type}-{serial:03}-{edition}", "LH-ITSMS-CX-001-A"),
            ("{company}-ITSMS-{type}-{serial:03d}-{edition}", "LH-ITSMS-CX-001-A"),
            ("{company}-ITSMS-SC-{edition}", "LH-ITSMS-SC-A"),
            ("{yy}{serial:03}", "001"),
            ("{project}-{type}-{serial:02}", "CX-01"),
        ):
            self.assertEqual(numbering.render(pattern, fill), number)
