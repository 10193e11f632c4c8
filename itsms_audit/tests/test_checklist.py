import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.itsms_base.engine import guard

from .check_common import CheckCase, tagged

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


@tagged("post_install", "-at_install")
class TestChecklistPreparation(CheckCase):
    """AUD-4.1.5, EVD-6: checklists made from the plan."""

    def test_made_with_the_approval(self):
        """AUD-4.1.5 EVD-6: every part of the approved plan has its checklist with department,
        time, auditors, and the questions of the library for the clauses of the plan."""
        audit = self._approved()
        part = audit.schedule_ids
        checklist = audit.sudo().checklist_ids
        self.assertEqual(len(checklist), 1)
        self.assertEqual(checklist.department_id, self.dep_service)
        self.assertEqual(checklist.auditor_ids, self.auditor_dev)
        self.assertEqual(checklist.date, part._day())
        self.assertEqual(checklist.state, "draft")
        self.assertEqual(set(checklist.line_ids.clause_id.mapped("code")), {"7.5.3", "8.6.1"})
        library = self.env["itsms.audit.question"].search(
            [("clause_ids", "in", part.clause_ids.ids)]
        )
        self.assertEqual(checklist.line_ids.question_id, library)
        self.assertEqual(len(checklist.line_ids), len(library))
        live = checklist.line_ids.filtered("live_check_id")
        self.assertTrue(live)

    def test_every_clause_of_the_plan_gets_a_question(self):
        """AUD-4.1.3c AUD-4.1.5: also a clause about which the library has none."""
        clause = self._clauses("8.6.2")
        self.env["itsms.audit.question"].search([("clause_ids", "in", clause.ids)]).action_archive()
        line = self._line(clause_ids=[Command.set((clause | self._clauses("7.2")).ids)])
        checklist = self._approved(lines=[line]).sudo().checklist_ids
        own = checklist.line_ids.filtered(lambda x: x.clause_id == clause)
        self.assertEqual(len(own), 1)
        self.assertIn("8.6.2", own.question)

    def test_auditor_adds_his_own(self):
        """AUD-4.1.5: the auditor prepares items and contents of his part; other people do not."""
        audit = self._approved()
        checklist = self._as(audit.sudo().checklist_ids, self.auditor_dev)
        before = len(checklist.line_ids)
        line = self._own_question(checklist)
        self.assertEqual(len(checklist.line_ids), before + 1)
        line.write({"question": "How is it done on Monday?"})
        checklist.line_ids[0].unlink()
        for user in (self.service_head, self.auditor_sales, self.office, self.reader):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self._as(line, user).write({"question": "?"})

    def test_only_from_the_plan(self):
        """AUD-4.1.5: no checklist beside the plan, none deleted, none by hand in another state."""
        audit = self._approved()
        checklist = audit.sudo().checklist_ids
        vals = {
            "audit_id": audit.id,
            "department_id": self.dep_service.id,
            "company_id": self.company.id,
        }
        for act in (
            lambda: self.env["itsms.audit.checklist"].with_user(self.lead).create(vals),
            lambda: self.env["itsms.audit.checklist"].sudo().create(vals),
            lambda: self._as(checklist, self.auditor_dev).write({"state": "done"}),
            lambda: self._as(checklist, self.auditor_dev).write({"auditor_ids": [Command.clear()]}),
            lambda: self._as(checklist, self.auditor_dev).action_transition("start"),
            lambda: self._as(checklist, self.auditor_dev).action_transition("cancel", "x"),
            lambda: self._as(checklist, self.auditor_dev).unlink(),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                act()
        with self.assertRaisesRegex(UserError, "COM-4"):
            checklist.unlink()

    def test_follows_a_revised_plan(self):
        """AUD-4.1.5: with a revised plan auditors and clauses follow, own questions stay, and a
        part that is gone is given up with the reason."""
        lines = [self._line(), self._line(self.dep_lab, self.auditor_sales, hour=6)]
        audit = self._approved(members=(self.auditor_dev, self.auditor_sales), lines=lines)
        first, second = audit.sudo().checklist_ids.sorted("id")
        own = self._own_question(self._as(first, self.auditor_dev))
        audit.action_transition("revise", "Another day")
        audit.write({"schedule_ids": [Command.delete(second.schedule_id.id)]})
        part = first.schedule_id.with_env(audit.env)
        part.write({"clause_ids": [Command.link(self._clauses("7.2").id)]})
        audit.action_submit()
        self._as(audit, self.mr).action_approve()
        self.env.invalidate_all()
        self.assertEqual(second.state, "cancelled")
        self.assertIn("7.2", first.line_ids.clause_id.mapped("code"))
        self.assertIn(own.id, first.line_ids.ids)
        questions = first.line_ids.question_id
        self.assertEqual(len(first.line_ids.filtered("question_id")), len(questions))

    def test_made_by_the_team_only(self):
        """AUD-4.1.5: bringing checklists up to date is for the team, from the approved plan on."""
        audit = self._planned()
        with self.assertRaisesRegex(UserError, "AUD-4.1.5"):
            audit.action_make_checklists()
        audit.action_submit()
        self._as(audit, self.mr).action_approve()
        with self.assertRaises(AccessError):
            self._as(audit, self.office).action_make_checklists()
        self.env["itsms.audit.question"].with_user(self.office).create(
            {"text": "New?", "clause_ids": self._clauses("8.6.1").ids}
        )
        self._as(audit, self.auditor_dev).action_make_checklists()
        self.assertIn("New?", audit.sudo().checklist_ids.line_ids.mapped("question"))

    def test_replaced_auditor(self):
        """AUD-4.1.2b: the checklist goes over to the auditor who replaces another."""
        audit = self._on_site(members=(self.auditor_dev, self.auditor_sales))
        checklist = audit.sudo().checklist_ids
        line = checklist.line_ids[0]
        self._answer(self._as(line, self.auditor_dev))
        self.auditor_dev.employee_id.sudo().department_id = self.dep_service
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "AUD-4.1.2b"):
            self._answer(self._as(checklist.line_ids[1], self.auditor_dev))
        audit._auditor_replaced(self.auditor_dev, self.auditor_sales, self.dep_service)
        self.env.invalidate_all()
        self.assertEqual(checklist.auditor_ids, self.auditor_sales)
        self.assertEqual(line.judged_by_id, self.auditor_dev)

    def test_generation_queries(self):
        """AUD-4.1.5: 200 questions are made in a bounded number of queries."""
        clause = self._clauses("7.2")
        self.env["itsms.audit.question"].create(
            [{"text": f"Question {n}?", "clause_ids": clause.ids} for n in range(200)]
        )
        audit = self._approved()
        checklist = audit.sudo().checklist_ids
        guard.as_engine(checklist).write({"clause_ids": [Command.link(clause.id)]})
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.execute("SELECT 1")
        before = self.env.cr.sql_log_count
        checklist._add_library_questions()
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 40)
        self.assertGreaterEqual(len(checklist.line_ids), 200)


@tagged("post_install", "-at_install")
class TestChecklistOnSite(CheckCase):
    """AUD-4.2.2, AUD-4.2.2.3: judging on site."""

    def test_not_before_the_opening_meeting(self):
        """AUD-4.2.1c: nothing is judged before the on-site audit has started."""
        audit = self._opened()
        line = self._as(audit.sudo().checklist_ids, self.auditor_dev).line_ids[0]
        with self.assertRaisesRegex(UserError, "AUD-4.2.1c"):
            self._answer(line)
        audit.action_start()
        self._answer(self._as(line, self.auditor_dev))
        self.assertEqual(line.result, "conforming")
        self.assertTrue(audit.sudo().checklist_ids.number)

    def test_results_with_their_definitions(self):
        """AUD-4.2.2.3 AUD-4.2.2.3a AUD-4.2.2.3b AUD-4.2.2.3c AUD-4.2.2.3d AUD-4.2.2.3e I-35: five
        results, the definition shown with the value."""
        checklist = self._checklist()
        data = checklist.get_on_site()
        self.assertEqual(
            [(r["key"], r["label"]) for r in data["results"]],
            [
                ("conforming", "Conforming"),
                ("minor", "Minor nonconformity"),
                ("general", "General nonconformity"),
                ("serious", "Serious nonconformity"),
                ("observation", "Observation"),
            ],
        )
        words = (
            "Meets the standard",
            "Isolated, occasional",
            "direct effect on service",
            "systematic or regional failure",
            "tends to become one",
        )
        for result, part in zip(data["results"], words, strict=True):
            self.assertIn(part, result["help"])
            line = checklist.line_ids[0]
            self._answer(line, result["key"])
            self.assertIn(part, line.result_help)
        with self.assertRaisesRegex(UserError, "AUD-4.2.2.3"):
            self._answer(checklist.line_ids[0], "major")

    def test_guidance(self):
        """AUD-4.2.2.1 AUD-4.2.2.1a AUD-4.2.2.1b AUD-4.2.2.1c AUD-4.2.2.2 AUD-4.2.2.2a
        AUD-4.2.2.2b AUD-4.2.2.2c: principles and what counts as evidence, on site and in the
        form."""
        checklist = self._checklist()
        arch = checklist.get_view(view_type="form")["arch"]
        principles, evidence = checklist.get_on_site()["guidance"]
        self.assertEqual((len(principles["items"]), len(evidence["items"])), (3, 3))
        for text in (*principles["items"], *evidence["items"]):
            self.assertIn(text, arch)
        for words in (
            "not on feeling",
            "practice with the standard",
            "independent and impartial",
            "objective facts count",
            "must be verified",
            "documents lay down",
        ):
            self.assertIn(words, arch)
        line = checklist.line_ids[0]
        self._answer(line, by_interview=True, by_documents=False)
        self.assertTrue(line.unverified)
        self._answer(line, by_interview=True, by_inspection=True)
        self.assertFalse(line.unverified)

    def test_item_holds_result_and_evidence(self):
        """AUD-3.3 AUD-4.2.2: talking, reading, inspecting; every item has result and evidence
        before the checklist is complete; a judgement leaves evidence with name and time."""
        checklist = self._checklist()
        self._judge(checklist)
        line = checklist.line_ids[0]
        self.assertEqual((line.judged_by_id, line.by_documents), (self.auditor_dev, True))
        self.assertTrue(line.judged_at)
        log = self._log_of(line)[-1]
        self.assertEqual((log.state_to, log.actor_id), ("conforming", self.auditor_dev))
        self._answer(line, evidence="")
        with self.assertRaisesRegex(UserError, "no evidence"):
            checklist.action_finish()
        line.action_add_photo("desk.png", PIXEL)
        checklist.action_finish()
        self.assertEqual(checklist.state, "done")

    def test_open_lines(self):
        """AUD-4.2.2 AUD-4.2.2c: a checklist with an open line is not complete, and neither is the
        on-site audit: no team meeting before."""
        audit = self._on_site()
        checklist = self._checklist(audit)
        for line in checklist.line_ids[1:]:
            self._answer(line)
        with self.assertRaisesRegex(UserError, "1 questions are not judged"):
            checklist.action_finish()
        with self.assertRaisesRegex(UserError, "AUD-4.2.2c"):
            self._hold(audit, "team", **self.CONCLUSION)
        with self.assertRaisesRegex(UserError, "AUD-4.2.2c"):
            audit.sudo()._run_transition(audit._transition("conclude"))

    def test_set_aside(self):
        """AUD-4.2.2: what cannot be audited is set aside with a reason, and may be taken up
        again; it is not deleted."""
        checklist = self._checklist()
        first = checklist.line_ids[0]
        with self.assertRaises(UserError):
            first.action_drop("  ")
        first.action_drop("No such service here")
        self.assertTrue(first.dropped)
        with self.assertRaisesRegex(UserError, "set aside"):
            self._answer(first)
        first.action_take_up()
        self._answer(first)
        with self.assertRaises(UserError):
            first.action_drop("Does not please me")
        with self.assertRaisesRegex(UserError, "set aside with a reason"):
            checklist.line_ids[1].unlink()

    def test_answers_only_by_the_auditors(self):
        """AUD-4.1.3b COM-17: neither lead, auditee, office nor another auditor answers for the
        auditor."""
        audit = self._on_site(members=(self.auditor_dev, self.auditor_sales))
        line = audit.sudo().checklist_ids.line_ids[0]
        for user in (self.lead, self.auditor_sales):
            with self.assertRaises(UserError, msg=user.login), self.env.cr.savepoint():
                self._answer(self._as(line, user))
        for user in (self.service_head, self.office, self.mr, self.reader, self.auditor):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self._answer(self._as(line, user))
        self.assertFalse(line.result)

    def test_answers_by_no_other_way(self):
        """AUD-4.2.2 COM-2: RPC attacks: no result by write, create, import, copy or context."""
        checklist = self._checklist()
        line = checklist.line_ids[0]
        Line = line.with_context(itsms_engine=True, default_result="conforming")
        for vals in ({"result": "minor"}, {"evidence": "x"}, {"version": 9}, {"dropped": True},
                     {"judged_by_id": self.lead.id}, {"live_result_id": 1}):  # fmt: skip
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                Line.write(vals)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                line.sudo().write(vals)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            checklist.write({"line_ids": [Command.update(line.id, {"result": "minor"})]})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._own_question(checklist, result="conforming")
        new = self._own_question(checklist.with_context(default_result="conforming"))
        self.assertFalse(new.result)
        for values in (None, [], {"state": "done"}, {"result": "x"}, {"evidence": "x" * 30000}):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                line.action_answer(line.version, values)
        for version in (None, "0", True, line.version + 1, -1):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                line.action_answer(version, {"result": "minor"})
        self.assertFalse(line.result)

    def test_an_answered_question_keeps_its_wording(self):
        """AUD-4.2.2: who changes the question would change what was answered."""
        checklist = self._checklist()
        line = checklist.line_ids[0]
        self._answer(line)
        with self.assertRaisesRegex(UserError, "wording stays"):
            line.write({"question": "Another?"})
        line.write({"sequence": 5})

    def test_optimistic_lock(self):
        """AUD-4.2.2: two auditors on one question: the second hears what the first entered, and
        nothing is overwritten; on two questions they do not disturb each other."""
        lines = [self._line(auditors=self.auditor_dev | self.auditor_sales)]
        audit = self._on_site(members=(self.auditor_dev, self.auditor_sales), lines=lines)
        line, other = audit.sudo().checklist_ids.line_ids[:2]
        mine, theirs = self._as(line, self.auditor_dev), self._as(line, self.auditor_sales)
        mine.action_answer(0, {"evidence": "Log of 3 May", "result": "minor"})
        with self.assertRaisesRegex(UserError, "Auditor_dev entered .*Log of 3 May"):
            theirs.action_answer(0, {"evidence": "All fine", "result": "conforming"})
        self.assertEqual((line.result, line.evidence), ("minor", "Log of 3 May"))
        data = theirs.get_answers()[0]
        self.assertEqual((data["version"], data["answered_by"]), (1, "Auditor_dev"))
        theirs.action_answer(1, {"evidence": "Log of 3 May\nAll fine"})
        self.assertEqual(line.version, 2)
        self._as(other, self.auditor_sales).action_answer(0, {"result": "conforming"})
        same = self._as(line, self.auditor_dev).action_answer(2, {"result": "minor"})
        self.assertEqual(same["version"], 2)

    def test_photos(self):
        """AUD-4.2.2: a photo is kept with its question; only pictures, only while on site."""
        checklist = self._checklist()
        line = checklist.line_ids[0]
        data = line.action_add_photo("rack.png", PIXEL)
        self.assertEqual([p["name"] for p in data["photos"]], ["rack.png"])
        script = base64.b64encode(b"<svg onload='x'/>").decode()
        for content in (script, "no base64", "", None):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                line.action_add_photo("x.png", content)
        self._judge(checklist).action_finish()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.action_add_photo("late.png", PIXEL)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.photo_ids.unlink()
        with self.assertRaises(AccessError):
            self._as(line.photo_ids, self.reader).read(["datas"])

    def test_judged_again(self):
        """AUD-3.2: the lead auditor has a checklist judged again, with a reason, while on site."""
        audit = self._on_site()
        checklist = self._judge(self._checklist(audit))
        checklist.action_finish()
        line = checklist.line_ids[0]
        with self.assertRaisesRegex(UserError, "locked"):
            self._answer(line, "minor")
        with self.assertRaises(AccessError):
            checklist.action_transition("reopen", "Look again")
        with self.assertRaises(UserError):
            self._as(checklist, self.lead).action_transition("reopen", " ")
        self._as(checklist, self.lead).action_transition("reopen", "Look again")
        self._answer(self._as(line, self.auditor_dev), "observation")
        self._as(checklist, self.auditor_dev).action_finish()
        self._hold(audit, "team", **self.CONCLUSION)
        self._hold(audit, "closing", **self.MINUTES)
        with self.assertRaisesRegex(UserError, "AUD-4.2.3"):
            self._as(checklist, self.lead).action_transition("reopen", "Too late")

    def test_who_sees(self):
        """COM-17: the auditee sees his checklist when it is judged; strangers never do."""
        audit = self._on_site()
        checklist = self._checklist(audit)
        Checklist = self.env["itsms.audit.checklist"]

        def seen(user):
            self.env.invalidate_all()
            return checklist in Checklist.with_user(user).search([])

        self.assertFalse(seen(self.service_head))
        self.assertTrue(all(map(seen, (self.lead, self.mr, self.auditor, self.office))))
        self._judge(checklist).action_finish()
        self.assertTrue(seen(self.service_head))
        self.assertFalse(seen(self.reader))
        other, stranger = self._stranger()
        own = Checklist.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(own.search([]))
        self.assertFalse(own.env["itsms.audit.checklist.line"].search([]))

    def test_two_hundred_lines(self):
        """AUD-4.2.2: the screen on site reads 200 questions in a bounded number of queries."""
        checklist = self._checklist()
        clause = checklist.clause_ids[0]
        checklist.write(
            {
                "line_ids": [
                    Command.create({"question": f"Question {n}", "clause_id": clause.id})
                    for n in range(200)
                ]
            }
        )
        checklist = self._as(checklist, self.auditor_dev)
        before = self.env.cr.sql_log_count
        data = checklist.get_on_site()
        self.assertGreaterEqual(len(data["lines"]), 200)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 45)


@tagged("post_install", "-at_install")
class TestChecklistFindings(CheckCase):
    """AUD-4.2.2a, EVD-2, EVD-6: reports, live questions and samples of a checklist."""

    def test_reports_for_nonconformities(self):
        """AUD-4.2.2a I-36: every nonconformity of any grade gets its report, an observation none;
        it is kept and reported."""
        audit = self._on_site()
        checklist = self._checklist(audit)
        self._judge(checklist, ["minor", "general", "serious", "observation"])
        checklist.action_finish()
        reports = audit._audit_nonconformities()
        self.assertEqual(sorted(reports.mapped("grade")), ["general", "minor", "serious"])
        self.assertEqual(reports.department_id, self.dep_service)
        line = checklist.line_ids[0]
        self.assertEqual(line.nonconformity_id.grade, "minor")
        self.assertEqual(line.nonconformity_id.evidence, line.evidence)
        observation = checklist.line_ids.filtered(lambda x: x.result == "observation")
        self.assertFalse(observation.nonconformity_id)
        self.assertEqual(observation.evidence, "Seen: record 3")

    def test_report_at_once(self):
        """AUD-4.2.2a: the auditor issues a report on site; the line stays a nonconformity then,
        and finishing raises no second one."""
        checklist = self._checklist()
        line, observation = checklist.line_ids[:2]
        self._answer(observation, "observation")
        with self.assertRaisesRegex(UserError, "I-36"):
            observation.action_raise_nonconformity_report()
        self._answer(line, "general")
        action = line.action_raise_nonconformity_report()
        report = self.env["itsms.nonconformity"].browse(action["res_id"])
        self.assertEqual(line.nonconformity_id, report)
        with self.assertRaisesRegex(UserError, "AUD-4.2.2a"):
            self._answer(line, "conforming")
        self._judge(checklist, ["general"])
        checklist.action_finish()
        self.assertEqual(len(checklist.line_ids._reports()), 1)

    def test_live_question(self):
        """EVD-6: the answer counts real records of the auditee, frozen with day and name; it is
        evidence; counting again keeps the former answer."""
        checklist = self._checklist()
        line = checklist.line_ids.filtered(
            lambda x: x.live_check_id.model_name == "itsms.document"
        )[0]
        line.action_run_live()
        first = line.live_result_id
        self.assertEqual((first.run_by_id, first.company_id), (self.auditor_dev, self.company))
        self.assertIn(first.outcome, ("met", "not_met"))
        self.assertTrue(line._has_evidence())
        line.action_run_live()
        self.assertNotEqual(line.live_result_id, first)
        self.assertTrue(first.exists())
        checklist.action_run_live()
        live = checklist.line_ids.filtered("live_check_id")
        self.assertTrue(all(live.mapped("live_shown")))
        plain = checklist.line_ids.filtered(lambda x: not x.live_check_id)[0]
        with self.assertRaises(UserError):
            plain.action_run_live()
        with self.assertRaises(UserError):
            self._as(line, self.lead).action_run_live()

    def test_sample_of_a_question(self):
        """EVD-2: the auditors of a checklist draw samples for its questions, nobody else."""
        checklist = self._checklist()
        line = checklist.line_ids[0]
        context = line.action_new_sample()["context"]
        context |= {"allowed_company_ids": self.company.ids}
        Sample = self.env["itsms.audit.sample"]
        self._change()
        vals = {
            "model_name": "itsms.parameter.change",
            "department_field": False,
            "date_field": False,
        }
        sample = Sample.with_user(self.auditor_dev).with_context(**context).create(vals)
        self.assertEqual(sample.checklist_line_id, line)
        with self.assertRaises(AccessError):
            Sample.with_user(self.auditor_sales).with_context(**context).create(vals)
        with self.assertRaises(AccessError):
            Sample.with_user(self.office).with_context(**context).create(vals)
        self.assertEqual(line.sample_count, 1)
