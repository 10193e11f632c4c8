from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form

from .record_common import RecordCase, tagged


@tagged("post_install", "-at_install")
class TestRecordNaming(RecordCase):
    """The file name of a filled record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.itsms_code = "XX"

    def _project(self, name, segment="none", day="2015-10-20", **vals):
        return self._filed(
            name=name,
            is_project=True,
            project_year=2015,
            project_number=1,
            segment=segment,
            record_date=day,
            **vals,
        )

    def _form(self, name, **vals):
        return self.env["itsms.record.form"].create(
            {
                "name": name,
                "document_id": self._document().id,
                "department_id": self.dep_dev.id,
                "company_id": self.company.id,
                "project_record": True,
                **vals,
            }
        )

    def test_examples_of_the_manual(self):
        """REC-4.2i REC-4.2f REC-4.2g: the three examples come out exactly, both forms count
        from 15001 [I-25]."""
        plan = self._form("变更计划", segment_kind="serial")
        problem = self._form("问题记录表", segment_kind="serial")
        event = self._form("事件报告", segment_kind="month")
        project = {"project_year": 2015, "project_number": 1, "record_date": "2015-10-20"}
        records = [
            self._filed(name=form.name, form_id=form.id, **project)
            for form in (plan, problem, event, plan)
        ]
        self.assertEqual(
            [record.file_name for record in records],
            [
                "XX-ITSMS-2015-01-15001-变更计划",
                "XX-ITSMS-2015-01-15001-问题记录表",
                "XX-ITSMS-2015-01-1510-事件报告",
                "XX-ITSMS-2015-01-15002-变更计划",
            ],
        )

    def test_omitted_segment_takes_its_hyphen_along(self):
        """REC-4.2g: no segment, no hyphen for it."""
        self.assertEqual(self._project("Plan").file_name, "XX-ITSMS-2015-01-Plan")

    def test_other_records_bear_their_name_alone(self):
        """REC-4.2h: a record of no project is called by its document name."""
        record = self._filed(name="例会纪要", segment="serial")
        self.assertEqual((record.file_name, record.serial), ("例会纪要", 0))

    def test_serial_per_project_year_and_form(self):
        """REC-4.2g: serials count apart per project and per year of the record [I-25]."""
        names = [
            self._project("A", "serial").file_name,
            self._project("A", "serial").file_name,
            self._project("A", "serial", "2016-01-01").file_name,
            self._filed(
                name="A",
                is_project=True,
                project_year=2015,
                project_number=2,
                segment="serial",
                record_date="2015-10-20",
            ).file_name,
        ]
        self.assertEqual(
            names,
            [
                "XX-ITSMS-2015-01-15001-A",
                "XX-ITSMS-2015-01-15002-A",
                "XX-ITSMS-2015-01-16001-A",
                "XX-ITSMS-2015-02-15001-A",
            ],
        )

    def test_many_at_once(self):
        """REC-4.2g: a batch gets gapless serials in one go."""
        records = self.env["itsms.record"]
        for _n in range(5):
            records |= self._record(
                name="B",
                content=None,
                is_project=True,
                project_year=2015,
                project_number=3,
                segment="serial",
                record_date="2015-10-20",
            )
        records.action_file()
        self.assertEqual(sorted(records.mapped("serial")), [1, 2, 3, 4, 5])

    def test_rule_for_all_values(self):
        """REC-4.2f REC-4.2g: the parts stand in their order, whatever their values."""
        Record = self.env["itsms.record"]
        name_text = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)

        @settings(max_examples=150, deadline=None)
        @given(
            name_text,
            st.integers(1990, 2100),
            st.integers(1, 99),
            st.sampled_from(["none", "month", "serial"]),
            st.dates(date(2000, 1, 1), date(2099, 12, 31)),
            st.integers(1, 999),
        )
        def check(name, year, number, segment, day, serial):
            made = Record._make_file_name(self.company, name, (year, number), segment, day, serial)
            parts = {"none": "", "month": f"{day:%y%m}-", "serial": f"{day:%y}{serial:03d}-"}
            plain = Record._make_file_name(self.company, name)
            self.assertEqual(made, f"XX-ITSMS-{year}-{number:02d}-{parts[segment]}{plain}")
            self.assertFalse(set(made) & set('\\/:*?"<>|'))
            if not set(name) & set('\\/:*?"<>|'):
                self.assertEqual(plain, name)

        check()

    def test_name_of_255_chinese_characters(self):
        """REC-4.2f: a long name is kept whole; a longer one, or none, is refused."""
        record = self._filed(name="记" * 255)
        self.assertEqual(record.file_name, "记" * 255)
        for name in ("记" * 256, " ", "???"):
            with self.subTest(name=name[:5]), self.assertRaises(ValidationError):
                self._record(name=name).flush_recordset()

    def test_project_needs_year_and_serial(self):
        """REC-4.2f: a project record without project year and two-digit serial is refused."""
        for number in (0, 100, -1):
            with self.subTest(number=number), self.assertRaises(ValidationError):
                self._record(is_project=True, project_year=2015, project_number=number)

    def test_form_proposes(self):
        """REC-4.2g REC-4.7: the form says segment, importance and periods of its records."""
        form = self._form(
            "Report",
            segment_kind="month",
            importance="important",
            retention_years=5,
            traceability_years=1,
            traceability_months=6,
        )
        with Form(self.env["itsms.record"].with_user(self.author)) as screen:
            screen.form_id = form
            screen.project_number = 7
        record = screen.record
        self.assertEqual(record.name, "Report")
        self.assertEqual((record.segment, record.importance), ("month", "important"))
        self.assertEqual((record.retention_number, record.retention_unit), (5, "year"))
        self.assertEqual((record.trace_number, record.trace_unit), (18, "month"))

    def test_name_stays_after_filing(self):
        """REC-4.2f COM-2: the file name is the system's own, nobody types it."""
        record = self._filed()
        for vals in ({"file_name": "x"}, {"serial": 5}, {"name": "x"}, {"project_number": 2}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                record.write(vals)
