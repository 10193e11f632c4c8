from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import TrainingCase, tagged


@tagged("post_install", "-at_install")
class TestJobStandard(TrainingCase):
    """TRN-4.1: the standard from draft to in force, revised, taken out of force."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.job = cls._job()
        cls.kind = cls._skill_type()
        cls.network, cls.linux = cls.kind.skill_ids

    def test_hr_writes_mr_reviews_president_approves(self):
        """TRN-3.1b TRN-3.3 TRN-4.1: HR → management representative → President → in force."""
        standard = self._standard(self.job, [(self.network, "Good", True)], approve=False)
        self.assertFalse(standard.number)
        self._as(standard, self.training_admin).action_submit()
        self.assertEqual(standard.number, "LH-ITSMS-RZ-001")
        with self.assertRaises(AccessError):
            self._as(standard, self.president).action_approve()
        self._as(standard, self.mr).action_approve()
        self.assertEqual(standard.state, "pending")
        self._as(standard, self.president).action_approve()
        self.assertEqual((standard.state, standard.revision_status), ("approved", "A/0"))
        labels = [line.get("key") for line in standard._approval_signatures()]
        self.assertEqual(labels, [None, "review", "approve"])

    def test_only_hr_writes(self):
        """TRN-3.1b: everybody reads the standards, HR alone writes them; the MR does not."""
        standard = self._standard(self.job, approve=False)
        for user in (self.reader, self.head, self.office, self.mr, self.manager):
            seen = self._as(standard, user)
            self.assertTrue(seen.display_name)
            with self.assertRaises(AccessError, msg=user.login):
                seen.write({"duties": "Mine"})
            with self.assertRaises(AccessError, msg=user.login):
                self._as(self.env["itsms.job.standard"], user).create(
                    {"job_id": self._job("Other").id, "company_id": self.company.id}
                )
            with self.assertRaises(AccessError, msg=user.login):
                seen.action_submit()
            with self.assertRaises(AccessError, msg=user.login):
                seen.action_transition("cancel", "no")
        self._as(standard, self.hr_head).write({"duties": "Runs the network"})

    def test_role_holder_without_hr_group(self):
        """TRN-3.1b: the role makes HR, the Odoo group is not needed."""
        plain = self._person("plain_hr", self.dep_hr)
        standard = self._standard(self.job, approve=False)
        self.assertFalse(self._as(standard, plain).can_edit)
        self._assign("training_administrator", plain)
        self.assertTrue(self._as(standard, plain).can_edit)
        self._as(standard, plain).write({"duties": "Runs it"})

    def test_incomplete_standards_are_refused(self):
        """TRN-4.1: no duties, nothing asked for: not submitted."""
        standard = self._standard(self.job, approve=False, duties="  ")
        with self.assertRaisesRegex(UserError, "TRN-4.1"):
            standard.action_submit()
        standard.write({"duties": "Runs it", "min_education": False})
        with self.assertRaisesRegex(UserError, "asks for nothing"):
            standard.action_submit()
        standard.experience_years = 2
        standard.action_submit()
        self.assertEqual(standard.state, "pending")

    def test_job_or_role(self):
        """TRN-4.1: a standard names a job or a role; a level belongs to its skill."""
        with self.assertRaises(ValidationError):
            self._standard(approve=False)
        certification = self._skill_type("Exams", ("CCNA",), certification=True)
        with self.assertRaisesRegex(ValidationError, "certification"), self.cr.savepoint():
            self._standard(self.job, [(certification.skill_ids, "Good", True)], approve=False)
        other = self._skill_type("Sport", ("Chess",))
        standard = self._standard(self.job, [(self.network, "Good", True)], approve=False)
        with self.assertRaisesRegex(ValidationError, "does not belong"):
            standard.skill_line_ids.skill_level_id = other.skill_level_ids[0]

    def test_the_author_does_not_decide(self):
        """TRN-3.3 COM-8: a representative who wrote in the standard does not review it."""
        self._assign("training_administrator", self.mr)
        standard = self._standard(self.job, approve=False)
        self._as(standard, self.mr).write({"duties": "Runs it all"})
        with self.assertRaises(UserError):
            self._as(standard, self.training_admin).action_submit()

    def test_revision_starts_from_the_one_in_force(self):
        """TRN-4.1: promptly revised: A/1 copies A/0, needs a reason, takes its place."""
        first = self._standard(self.job, [(self.network, "Good", True)])
        action = self._as(first, self.training_admin).action_revise()
        second = self.env["itsms.job.standard"].browse(action["res_id"])
        self.assertEqual(
            (second.number, second.revision_status, second.previous_id),
            (first.number, "A/1", first),
        )
        self.assertEqual(second.skill_line_ids.skill_id, self.network)
        again = self._as(first, self.training_admin).action_revise()
        self.assertEqual(again["res_id"], second.id)
        with self.assertRaisesRegex(UserError, "why"):
            self._as(second, self.training_admin).action_submit()
        self._as(second, self.training_admin).write({"reason": "New routers"})
        self._approve_standard(second)
        self.assertEqual((first.state, second.state), ("superseded", "approved"))
        self.assertTrue(first.ended_at)
        with self.assertRaisesRegex(UserError, "not in force"):
            self._as(first, self.training_admin).action_revise()

    def test_cancelled_revision_keeps_its_number(self):
        """COM-1: A/1 was cancelled, the next is A/2."""
        first = self._standard(self.job)
        hr = self._as(first, self.training_admin)
        second = hr.browse(hr.action_revise()["res_id"])
        with self.assertRaises(UserError):
            second.action_transition("cancel")
        second.action_transition("cancel", "not needed")
        third = hr.browse(hr.action_revise()["res_id"])
        self.assertEqual(third.revision_status, "A/2")

    def test_in_force_is_locked(self):
        """TRN-3.3 COM-7: what the President approved changes by a revision only."""
        standard = self._standard(self.job, [(self.network, "Good", True)])
        hr = self._as(standard, self.training_admin)
        with self.assertRaisesRegex(UserError, "Revise"):
            hr.write({"min_education": "doctor"})
        with self.assertRaises(UserError):
            hr.skill_line_ids.write({"mandatory": False})
        with self.assertRaises(UserError):
            hr.skill_line_ids.unlink()
        with self.assertRaises(UserError):
            hr.unlink()

    def test_forged_state_and_revision(self):
        """COM-2: neither state nor revision is written by hand, on no path."""
        standard = self._standard(self.job, approve=False)
        for vals in ({"state": "approved"}, {"revision": 7}, {"number": "X"}, {"edition": "Z"}):
            with self.assertRaises(AccessError):
                standard.write(vals)
            with self.assertRaises(AccessError):
                standard.with_context(itsms_engine=True).write(vals)
        with self.assertRaises(AccessError):
            standard.action_transition("supersede")
        with self.assertRaises(AccessError):
            self._standard(self._job("Other"), approve=False, state="approved")

    @mute_logger("odoo.sql_db")
    def test_one_in_work_and_one_in_force(self):
        """TRN-4.1: a job has one standard in work and one in force."""
        self._standard(self.job, approve=False)
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self._standard(self.job, approve=False)

    def test_new_standard_takes_the_place_of_the_old(self):
        """TRN-4.1: written anew instead of revised, the older one still steps down."""
        first = self._standard(self.job)
        second = self._standard(self.job)
        self.assertEqual((first.state, second.state), ("superseded", "approved"))

    def test_job_skills_follow(self):
        """TRN-3.3: on approval the skills of the job are those of the standard."""
        line = self.env["hr.job.skill"].create(
            {
                "job_id": self.job.id,
                "skill_id": self.linux.id,
                "skill_type_id": self.kind.id,
                "skill_level_id": self._level(self.linux, "Basic").id,
            }
        )
        standard = self._standard(self.job, [(self.network, "Good", True)])
        current = self.job.current_job_skill_ids
        self.assertEqual(current.skill_id, self.network)
        self.assertEqual(current.skill_level_id.name, "Good")
        self.assertFalse(line.exists())
        hr = self._as(self.job, self.hr_head)
        with self.assertRaisesRegex(UserError, "qualification standard"):
            hr.job_skill_ids.unlink()
        with self.assertRaisesRegex(UserError, "TRN-3.3"):
            self._as(self.env["hr.job.skill"], self.hr_head).create(
                {
                    "job_id": self.job.id,
                    "skill_id": self.linux.id,
                    "skill_type_id": self.kind.id,
                    "skill_level_id": self._level(self.linux, "Good").id,
                }
            )
        second = standard.browse(self._as(standard, self.training_admin).action_revise()["res_id"])
        hr_second = self._as(second, self.training_admin)
        hr_second.write({"reason": "More", "skill_line_ids": [(5,)]})
        hr_second.write(
            {
                "skill_line_ids": [
                    (
                        0,
                        0,
                        {
                            "skill_id": self.network.id,
                            "skill_level_id": self._level(self.network, "Expert").id,
                        },
                    )
                ]
            }
        )
        self._approve_standard(second)
        self.job.invalidate_recordset()
        self.assertEqual(self.job.current_job_skill_ids.skill_level_id.name, "Expert")

    def test_take_out_of_force(self):
        """TRN-4.1 COM-4: HR takes it out of force with a reason; nobody else."""
        standard = self._standard(self.job)
        with self.assertRaises(AccessError):
            self._as(standard, self.head).action_transition("withdraw_standard", "gone")
        hr = self._as(standard, self.hr_head)
        with self.assertRaises(UserError):
            hr.action_transition("withdraw_standard")
        hr.action_transition("withdraw_standard", "Post given up")
        self.assertEqual(standard.state, "withdrawn")

    def test_two_companies(self):
        """COM-17: HR of one company neither reads nor writes the standards of another."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger_hr", None, "hr.group_hr_user", other)
        standard = self._standard(self.job)
        seen = self._as(self.env["itsms.job.standard"], stranger)
        self.assertFalse(seen.search([("id", "=", standard.id)]))
        with self.assertRaises(AccessError):
            seen.browse(standard.id).read(["duties"])
        with self.assertRaises(UserError):
            self._as(standard, self.training_admin).copy(
                {"job_id": self._job("Foreign", company=other).id}
            )

    def test_job_shows_its_standard(self):
        """TRN-4.1: on the job: revision in force, gaps, a way to the standard."""
        self.assertEqual(self._as(self.job, self.hr_head).itsms_standard_status, "–")
        standard = self._standard(self.job)
        job = self._as(self.job, self.hr_head)
        self.assertEqual(job.itsms_standard_status, "A/0")
        self.assertEqual(job.action_itsms_standard()["res_id"], standard.id)
        self.assertIn(("job_id", "=", job.id), job.action_itsms_gaps()["domain"])

    def test_two_hundred_at_once(self):
        """Speed: 200 standards go through submission and approval in few queries."""
        standards = self.env["itsms.job.standard"].with_user(self.training_admin)
        jobs = self.env["hr.job"].create(
            [{"name": f"Post {i}", "company_id": self.company.id} for i in range(200)]
        )
        standards = standards.create(
            [
                {
                    "job_id": job.id,
                    "company_id": self.company.id,
                    "duties": "Works",
                    "min_education": "bachelor",
                }
                for job in jobs
            ]
        )
        self._as(standards, self.training_admin).action_submit()
        self._as(standards, self.mr).action_approve()
        self.env.flush_all()
        president = self._as(standards, self.president)
        before = self.cr.sql_log_count
        president.action_approve()
        self.assertLess(self.cr.sql_log_count - before, 1700)
        self.assertEqual(set(standards.mapped("state")), {"approved"})

    def test_guide_text(self):
        """TRN-1 TRN-4.1: the purpose and the rule stand where the first standard is written."""
        text = self.env.ref("itsms_training.itsms_job_standard_action").help
        for clause in ("TRN-1", "TRN-4.1", "TRN-3.3"):
            self.assertIn(clause, text)

    def test_print(self):
        """TRN-3.3: the print shows duties, requirements and 编制, 审核, 批准."""
        standard = self._standard(self.job, [(self.network, "Good", True)])
        html = self.env["ir.actions.report"]._render_qweb_html(
            "itsms_training.report_job_standard", standard.ids
        )[0]
        text = html.decode()
        for part in ("LH-ITSMS-RZ-001", "A/0", "Keeps the services running", "Network", "Mr"):
            self.assertIn(part, text)
        self.assertIn("President", text)
