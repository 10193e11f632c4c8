from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError

from odoo.addons.itsms_training.models import itsms_training_gap

from .common import TrainingCase, tagged


@tagged("post_install", "-at_install")
class TestTrainingGap(TrainingCase):
    """TRN-4.1, TRN-4.2.1, clause 7.2: what people have against what their standards ask."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.job = cls._job()
        cls.types = cls._skill_type()
        cls.network, cls.linux = cls.types.skill_ids
        cls.employee = cls.author.employee_id
        cls.employee.job_id = cls.job
        cls.Gap = cls.env["itsms.training.gap"]

    def _gaps(self, employee=None):
        employee = employee or self.employee
        self.env.flush_all()
        return {(g["kind"], g["what"]): g for g in self.Gap._gaps(employee)[employee.id]}

    def test_skills(self):
        """TRN-4.1: missing and too low skills are gaps; met ones are not; the old ones neither."""
        self._standard(
            self.job,
            [(self.network, "Good", True), (self.linux, "Expert", False)],
            min_education=False,
        )
        gaps = self._gaps()
        self.assertEqual(gaps["skill", "Network"]["state"], "missing")
        self.assertEqual(gaps["skill", "Network"]["wanted"], "Good")
        self.assertFalse(gaps["skill", "Linux"]["mandatory"])
        self._knows(self.employee, self.network, "Expert")
        self._knows(self.employee, self.linux, "Basic")
        gaps = self._gaps()
        self.assertNotIn(("skill", "Network"), gaps)
        self.assertEqual(gaps["skill", "Linux"]["state"], "low")
        self.assertEqual(gaps["skill", "Linux"]["has"], "Basic")

    def test_a_skill_of_the_past_does_not_count(self):
        """Clause 7.2: a skill whose validity ended is missing."""
        self._standard(self.job, [(self.network, "Good", True)])
        self._knows(self.employee, self.network, "Good", valid_to="2021-01-01")
        self.assertEqual(self._gaps()["skill", "Network"]["state"], "missing")

    def test_education_and_experience(self):
        """TRN-4.1: education by rank, experience from the day HR confirmed."""
        today = self.company._itsms_today()
        self._standard(self.job, min_education="bachelor", experience_years=2)
        gaps = self._gaps()
        self.assertEqual(gaps["education", "Education"]["state"], "missing")
        self.assertEqual(gaps["experience", "Experience"]["state"], "low")
        self.employee.write(
            {
                "certificate": "graduate",
                "itsms_experience_since": today.replace(year=today.year - 1, day=1),
            }
        )
        gaps = self._gaps()
        self.assertEqual(gaps["education", "Education"]["state"], "low")
        self.assertIn("experience", {kind for kind, _what in gaps})
        self.employee.write(
            {
                "certificate": "master",
                "itsms_experience_since": today.replace(year=today.year - 2, day=1),
            }
        )
        self.assertEqual(self._gaps(), {})

    def test_standard_of_a_role(self):
        """Clause 7.2: whoever holds the role must meet its standard, in the company, today."""
        role = self.env.ref("itsms_base.itsms_role_internal_auditor")
        self._standard(skills=[(self.linux, "Good", True)], role_ids=[(6, 0, role.ids)])
        self.assertNotIn(("skill", "Linux"), self._gaps())
        self._assign("internal_auditor", self.author)
        self.assertIn(("skill", "Linux"), self._gaps())
        self.assertNotIn(("skill", "Linux"), self._gaps(self.colleague.employee_id))

    def test_stricter_standard_wins(self):
        """Job and role ask for the same skill: one gap, the higher level."""
        role = self.env.ref("itsms_base.itsms_role_internal_auditor")
        self._standard(self.job, [(self.linux, "Good", True)])
        self._standard(skills=[(self.linux, "Expert", True)], role_ids=[(6, 0, role.ids)])
        self._assign("internal_auditor", self.author)
        gaps = [g for g in self.Gap._gaps(self.employee)[self.employee.id] if g["kind"] == "skill"]
        self.assertEqual([g["wanted"] for g in gaps], ["Expert"])

    def test_drafts_ask_for_nothing(self):
        """TRN-3.3: only the standard in force counts."""
        standard = self._standard(self.job, [(self.linux, "Good", True)], approve=False)
        self.assertEqual(self._gaps(), {})
        self._approve_standard(standard)
        self.assertTrue(self._gaps())
        self._as(standard, self.hr_head).action_transition("withdraw_standard", "gone")
        self.assertEqual(self._gaps(), {})

    def test_certificates(self):
        """TRN-4.4: missing, entered by the employee, valid, running out, suspended, expired."""
        today = self.company._itsms_today()
        exams = self._skill_type("Exams", ("Low voltage",), certification=True)
        kind = self._certificate_type(skill_id=exams.skill_ids.id)
        standard = self._standard(self.job, certificates=[kind], min_education=False)
        key = ("certificate", kind.display_name)
        self.assertEqual(self._gaps()[key]["state"], "missing")
        self._knows(self.employee, exams.skill_ids, "Expert", valid_to=today + timedelta(days=900))
        self.assertEqual(self._gaps()[key]["state"], "unverified")
        self.assertTrue(self._gaps()[key]["barred"])
        certificate = self._certificate(
            self.employee, kind, standard=standard, valid_to=today + timedelta(days=100)
        )
        self.assertNotIn(key, self._gaps())
        self._certificate(
            self.colleague.employee_id, kind, standard=standard, valid_to=today + timedelta(days=60)
        )
        self.colleague.employee_id.job_id = self.job
        soon = self._gaps(self.colleague.employee_id)[key]
        self.assertEqual((soon["state"], soon["barred"]), ("expiring", False))
        self.assertEqual(soon["expires"], today + timedelta(days=60))
        self._as(certificate, self.training_admin).action_transition("suspend", "Accident")
        self.assertEqual(self._gaps()[key]["state"], "suspended")

    def test_certificate_in_the_resume_never_counts(self):
        """TRN-4.4.2: a line in the résumé is a claim, not a certificate."""
        kind = self._certificate_type()
        self._standard(self.job, certificates=[kind])
        key = ("certificate", kind.display_name)
        self._as(self.env["hr.resume.line"], self.author).create(
            {"employee_id": self.employee.id, "name": "electrician ", "date_start": "2024-01-01"}
        )
        self.assertEqual(self._gaps()[key]["state"], "unverified")

    def test_post_that_needs_a_certificate(self):
        """TRN-4.4.1: the kind names the post; no standard is needed to be barred."""
        kind = self._certificate_type(job_ids=[(6, 0, self.job.ids)])
        gap = self._gaps()["certificate", kind.display_name]
        self.assertTrue(gap["barred"])
        kind.special_work = False
        gap = self._gaps()["certificate", kind.display_name]
        self.assertFalse(gap["barred"])
        kind.active = False
        self.assertEqual(self._gaps(), {})

    def test_rights(self):
        """COM-17: own, team, HR and auditors; nobody sees the gaps of colleagues."""
        self._standard(self.job, [(self.network, "Good", True)])
        self.colleague.employee_id.job_id = self.job
        domain = [("state", "!=", "met")]
        for user, expected in (
            (self.author, self.employee),
            (self.colleague, self.colleague.employee_id),
            (self.reader, self.env["hr.employee"]),
            (self.office, self.env["hr.employee"]),
            (self.head, self.employee | self.colleague.employee_id),
            (self.training_admin, self.employee | self.colleague.employee_id),
            (self.auditor, self.employee | self.colleague.employee_id),
        ):
            with self.subTest(user=user.login):
                rows = self._as(self.Gap, user).search(domain)
                self.assertEqual(rows.sudo().employee_id, expected)
        row = self.Gap.search([("employee_id", "=", self.employee.id)], limit=1)
        with self.assertRaises(AccessError):
            self._as(row, self.colleague).read(["has"])
        with self.assertRaises(AccessError):
            self._as(row, self.training_admin).write({"state": "met"})

    def test_manager_sees_his_people(self):
        """COM-17: a manager sees whom he leads, in whatever department."""
        self._standard(self.job, [(self.network, "Good", True)])
        self.employee.parent_id = self.reader.employee_id
        rows = self._as(self.Gap, self.reader).search([("state", "!=", "met")])
        self.assertEqual(rows.sudo().employee_id, self.employee)

    def test_two_companies(self):
        """COM-17: HR of another company sees nothing; its standards do not count here."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger_hr", None, "hr.group_hr_user", other)
        self._standard(self.job, [(self.network, "Good", True)])
        self.assertFalse(self._as(self.Gap, stranger).search([]))
        page = self._as(self.Gap, stranger).get_heatmap()
        self.assertNotIn(self.employee.id, [p["id"] for p in page["people"]])

    def test_list_texts_filters_and_groups(self):
        """TRN-4.2.1: the list by department, with readable texts."""
        self._standard(self.job, [(self.network, "Good", True)])
        rows = self._as(self.Gap, self.training_admin).search(
            [("department_id", "child_of", self.dep_dev.id), ("kind", "=", "skill")]
        )
        self.assertEqual(
            (rows.what, rows.wanted, rows.has, rows.department_id),
            ("Network", "Good", "–", self.dep_dev),
        )
        groups = self._as(self.Gap, self.training_admin)._read_group(
            [("state", "!=", "met")], ["department_id"], ["__count"]
        )
        self.assertEqual(dict(groups)[self.dep_dev], 2)
        self.assertEqual(self._as(self.dep_dev, self.training_admin).itsms_gap_count, 2)

    def test_employee_form(self):
        """TRN-4.1: HR finds gaps on the employee; everybody his own on the public profile."""
        self._standard(self.job, [(self.network, "Good", True)])
        hr = self._as(self.employee, self.hr_head)
        self.assertEqual((hr.itsms_gap_count, len(hr.itsms_gap_ids)), (2, 2))
        public = self.env["hr.employee.public"].browse(self.employee.id)
        self.assertTrue(self._as(public, self.author).itsms_training_visible)
        self.assertTrue(self._as(public, self.head).itsms_training_visible)
        self.assertFalse(self._as(public, self.colleague).itsms_training_visible)
        action = self._as(public, self.author).action_itsms_gaps()
        found = self._as(self.Gap, self.author).search(action["domain"])
        self.assertEqual(len(found), 2)

    def test_colleagues_open_profiles_as_before(self):
        """The private fields stay private; the directory of employees still works."""
        employees = self._as(self.env["hr.employee"], self.reader).search([])
        self.assertIn(self.employee, employees)
        self.assertTrue(employees.mapped("name"))
        with self.assertRaises(AccessError):
            self._as(self.employee, self.colleague).read(["itsms_experience_since"])

    def test_heatmap(self):
        """Clause 7.2: people × skills, one page, colours by level held against wanted."""
        self._standard(self.job, [(self.network, "Good", True), (self.linux, "Good", True)])
        self._knows(self.employee, self.network, "Good")
        page = self._as(self.Gap, self.training_admin).get_heatmap(self.dep_dev.id)
        person = next(p for p in page["people"] if p["id"] == self.employee.id)
        states = {key: cell["state"] for key, cell in person["cells"].items()}
        self.assertEqual(states[f"skill-{self.network.id}"], "met")
        self.assertEqual(states[f"skill-{self.linux.id}"], "missing")
        self.assertEqual(person["gaps"], 2)
        names = [column["name"] for column in page["columns"]]
        self.assertEqual(names, ["Linux", "Network", "Education"])
        self.assertNotIn(self.reader.employee_id.id, [p["id"] for p in page["people"]])
        first = self._as(self.Gap, self.training_admin).get_heatmap(None, 0, 1)
        second = self._as(self.Gap, self.training_admin).get_heatmap(None, 1, 1)
        self.assertNotEqual(first["people"][0]["id"], second["people"][0]["id"])
        self.assertGreater(first["total"], 2)

    def test_heatmap_shows_nobody_else(self):
        """COM-17: the map of a reader holds himself only, whatever he asks for."""
        self._standard(self.job, [(self.network, "Good", True)])
        page = self._as(self.Gap, self.reader).get_heatmap(self.dep_dev.id, -5, 99999)
        self.assertEqual(page["people"], [])
        page = self._as(self.Gap, self.reader).get_heatmap("x", [1], {"a": 1})
        self.assertEqual([p["id"] for p in page["people"]], self.reader.employee_id.ids)
        self.assertEqual(page["departments"], [])

    def test_from_the_claim_to_the_certificate(self):
        """TRN-4.4.2: from the gap HR opens the certificate to verify, filled in."""
        kind = self._certificate_type(job_ids=[(6, 0, self.job.ids)])
        row = self._as(self.Gap, self.training_admin).search([("type_id", "=", kind.id)])
        action = row.action_prepare_certificate()
        self.assertEqual(action["context"]["default_employee_id"], self.employee.id)
        self.assertEqual(action["context"]["default_type_id"], kind.id)
        own = self._as(self.Gap, self.author).search([("type_id", "=", kind.id)])
        self.assertFalse(own.can_edit)
        with self.assertRaises(AccessError):
            own.action_prepare_certificate()

    def test_bounded_queries(self):
        """Speed: the gaps of 200 people × 10 skills take as many queries as those of 2."""
        types = self._skill_type("Many", [f"Skill {i}" for i in range(10)])
        self._standard(self.job, [(skill, "Good", True) for skill in types.skill_ids])
        people = self.env["hr.employee"].create(
            [
                {
                    "name": f"Worker {i}",
                    "company_id": self.company.id,
                    "job_id": self.job.id,
                    "department_id": self.dep_dev.id,
                }
                for i in range(200)
            ]
        )
        counts = []
        for some in (people[:2], people):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            gaps = self.Gap._gaps(some)
            counts.append(self.cr.sql_log_count - before)
            self.assertTrue(all(len(gaps[e.id]) == 11 for e in some))
        self.assertLessEqual(counts[1], counts[0] + 1)
        self.assertLess(counts[1], 20)

    def test_narrow_lists(self):
        """Speed: a list of some people, of one department, or of one's team computes the rows of
        these only; what is found is the same, and nobody sees more."""
        self._standard(self.job, [(self.network, "Good", True)])
        self.colleague.employee_id.job_id = self.job
        self.reader.employee_id.job_id = self.job
        gaps = self._as(self.Gap, self.training_admin)
        rows = gaps.search([("kind", "=", "skill")])
        self.assertEqual(len(rows), 3)
        for domain in (
            [("employee_id", "in", (self.author.employee_id | self.colleague.employee_id).ids)],
            [("department_id", "=", self.dep_dev.id)],
            [("department_id", "child_of", self.dep_dev.id), ("job_id", "=", self.job.id)],
            [("id", "in", rows.filtered(lambda r: r.department_id == self.dep_dev).ids)],
            ["|", ("department_id", "=", self.dep_dev.id), ("employee_id", "=", 0)],
        ):
            found = gaps.search([("kind", "=", "skill"), *domain])
            self.assertEqual(len(found), 2, domain)
            self.assertEqual(set(found.mapped("what")), {"Network"})
        own = self._as(self.Gap, self.author)
        self.assertEqual(own.search([]).employee_id, self.author.employee_id)
        forged = own.with_context(itsms_gap_people=self.colleague.employee_id.ids)
        self.assertEqual(forged.search([]).employee_id, self.author.employee_id)
        self.assertIsNone(self.Gap._people_of([("kind", "=", "skill")]))
        with self.assertRaises(AccessError):
            own.browse(rows.ids).read(["what"])

    def test_pages_are_the_list(self):
        """TRN-4.1: a page is worked out from few people, and is the same piece of the same list:
        also of people with one name in one department, and where few have what is looked for."""
        self._standard(self.job, [(self.network, "Good", True), (self.linux, "Good", True)])
        departments = (self.dep_dev, self.dep_sales, self.env["hr.department"])
        people = self.env["hr.employee"].create(
            [
                {
                    "name": f"Same {n % 3}",
                    "job_id": self.job.id,
                    "department_id": departments[n % 3].id,
                    "company_id": self.company.id,
                }
                for n in range(14)
            ]
        )
        for employee in people[::2]:
            self._knows(employee, self.network, "Good")
        self.env.flush_all()
        gaps = self._as(self.Gap, self.hr_head)
        for domain in (
            [("state", "!=", "met")],
            [("state", "=", "met")],
            [("state", "!=", "met"), ("employee_id", "in", people[3:].ids)],
        ):
            whole = gaps.search(domain)
            with patch.object(itsms_training_gap, "PAGE_PEOPLE", 2):
                for size in (1, 3, 5):
                    pages = gaps.browse()
                    for offset in range(0, len(whole) + size, size):
                        pages += gaps.search(domain, offset=offset, limit=size)
                    self.assertEqual(pages, whole)
                    self.assertEqual(gaps.search_count(domain, limit=size), size)
                self.assertEqual(gaps.search_count(domain, limit=999), len(whole))

    def test_a_page_asks_few_people(self):
        """TRN-4.1: the rows of those only who stand on the page are worked out."""
        self._standard(self.job, [(self.network, "Good", True)])
        people = self.env["hr.employee"].create(
            [
                {"name": f"P{n:02}", "job_id": self.job.id, "company_id": self.company.id}
                for n in range(20)
            ]
        )
        self.env.flush_all()
        domain = [("employee_id", "in", people.ids), ("state", "!=", "met")]
        with patch.object(itsms_training_gap, "PAGE_PEOPLE", 2):
            asked = self.Gap._people_of_page(tuple(people.ids), domain, 3)
        self.assertEqual(asked, tuple(people[:3].ids))
