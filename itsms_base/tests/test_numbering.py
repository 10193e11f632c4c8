from freezegun import freeze_time
from psycopg2 import IntegrityError
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestNumbering(ItsmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Scheme = cls.env["itsms.number.scheme"]
        cls.other = cls.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})

    def _scheme(self, pattern="{company}-{type}-{serial:03}", **vals):
        return self.Scheme.create(
            {"name": "Test", "code": "test_scheme", "pattern": pattern, "type_code": "T", **vals}
        )

    def _next(self, scheme, company=None, count=1, scope=""):
        company = company or self.company
        first = scheme._draw(company, count, scope)
        return [scheme._render(company, first + n) for n in range(count)]

    def test_serial_starts_at_001(self):
        """COM-1 DOC-4.1.2.1f: a running number from 001, per scheme and company."""
        scheme = self._scheme()
        self.assertEqual(self._next(scheme), ["LH-T-001"])
        self.assertEqual(self._next(scheme, count=2), ["LH-T-002", "LH-T-003"])
        self.assertEqual(self._next(scheme, self.other), ["OT-T-001"])
        second = self._scheme(code="test_second", type_code="S")
        self.assertEqual(self._next(second), ["LH-S-001"])

    def test_serial_grows_beyond_three_digits(self):
        """DOC-4.1.2.1f: after 999 comes 1000."""
        scheme = self._scheme()
        scheme._draw(self.company, 998)
        self.assertEqual(self._next(scheme, count=2), ["LH-T-999", "LH-T-1000"])

    def test_yearly_restart(self):
        """COM-1: counted per year of the company's own calendar day."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        scheme = self._scheme("{yy}{serial:03}", reset="year")
        with freeze_time("2026-12-31 15:59:00"):
            self.assertEqual(self._next(scheme, count=2), ["26001", "26002"])
        with freeze_time("2026-12-31 16:01:00"):  # new year in Shanghai
            self.assertEqual(self._next(scheme), ["27001"])
        with freeze_time("2026-06-01 00:00:00"):
            self.assertEqual(self._next(scheme), ["26003"])

    def test_monthly_restart(self):
        """COM-1: the periodic form counts per month."""
        scheme = self._scheme("{yy}{month}-{serial:02}", reset="month")
        with freeze_time("2026-01-15"):
            self.assertEqual(self._next(scheme, count=2), ["2601-01", "2601-02"])
        with freeze_time("2026-02-15"):
            self.assertEqual(self._next(scheme), ["2602-01"])
        with freeze_time("2027-01-15"):
            self.assertEqual(self._next(scheme), ["2701-01"])

    def test_scopes_count_apart(self):
        """COM-1: a project counts for itself, in a period as well."""
        scheme = self._scheme("{year}-{serial:03}", reset="year")
        with freeze_time("2026-03-01"):
            self.assertEqual(scheme._draw(self.company, 2, "P1"), 1)
            self.assertEqual(scheme._draw(self.company, 1, "P2"), 1)
            self.assertEqual(scheme._draw(self.company, 1, "P1"), 3)
            self.assertEqual(scheme._draw(self.company, 1), 1)

    def test_gapless_after_a_rollback(self):
        """COM-1: a refused request gives its serials back."""
        scheme = self._scheme()
        self._next(scheme)
        with self.env.cr.savepoint() as savepoint:
            self.assertEqual(self._next(scheme, count=5)[-1], "LH-T-006")
            savepoint.rollback()
        self.assertEqual(self._next(scheme), ["LH-T-002"])

    def test_200_numbers_in_one_statement(self):
        """COM-1: a batch draws its serials at once."""
        scheme = self._scheme()
        self._next(scheme)
        self.env.flush_all()
        with self.assertQueryCount(1):
            first = scheme._draw(self.company, 200)
        self.assertEqual(first, 2)
        self.assertEqual(scheme._draw(self.company, 1), 202)

    def test_numbers_taken_elsewhere_are_not_given_again(self):
        """COM-1 DOC-4.1.2.1: the serial goes on after reserved ones and never back."""
        scheme = self._scheme()
        scheme._reserve(self.company, 22)
        self.assertEqual(self._next(scheme), ["LH-T-023"])
        scheme._reserve(self.company, 5)
        self.assertEqual(self._next(scheme), ["LH-T-024"])

    def test_scheme_is_checked(self):
        """COM-1: a pattern that would repeat numbers or hold no token is refused with its rule."""
        for vals in (
            {"pattern": "{foo}-{serial}"},
            {"pattern": "{serial"},
            {"pattern": "{serial:03}", "reset": "year"},
            {"pattern": "{month}-{serial:03}", "reset": "year"},
            {"pattern": "{year}-{serial:03}", "reset": "month"},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, "COM-1"),
                self.env.cr.savepoint(),
            ):
                self._scheme(**vals)
        scheme = self._scheme("{year}-{serial}", reset="year")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            scheme.pattern = "{serial}"
        with self.assertRaises(UserError):
            self._scheme("{project}", code="test_empty")._render(self.company, 1)

    def test_example_shows_what_will_come(self):
        """COM-1: the example in the form is a real number of the company."""
        self.assertEqual(self._scheme().example, "LH-T-001")
        broken = self.Scheme.new({"pattern": "{foo}"})
        self.assertFalse(broken.example)

    def test_one_scheme_per_code(self):
        """COM-1: codes are unique, the database says so."""
        self._scheme()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._scheme()

    def test_nobody_sets_a_counter_by_hand(self):
        """COM-1: office and auditor read counters, nobody writes them."""
        scheme = self._scheme()
        self._next(scheme)
        counter = scheme.counter_ids
        for user in (self.office, self.auditor, self.manager):
            self.assertEqual(self._as(counter, user).last, 1)
            for act in (lambda c: c.write({"last": 0}), lambda c: c.unlink(), lambda c: c.copy()):
                with self.assertRaises(AccessError):
                    act(self._as(counter, user))
        with self.assertRaises(AccessError):
            self._as(counter, self.reader).read(["last"])
        stranger = self._person("stranger", None, "itsms_base.group_itsms_manager", self.other)
        self.assertFalse(
            self._as(self.env["itsms.number.counter"], stranger).search([("id", "=", counter.id)])
        )

    def test_company_code_opens_every_number(self):
        """DOC-4.1.2.1: one to twelve letters or digits, nothing that would break a number."""
        for code in ("", "A-B", "LONGERTHANTWELVE", "ab c", "\u9f99"):
            with (
                self.subTest(code=code),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company.itsms_code = code
                self.env.flush_all()
