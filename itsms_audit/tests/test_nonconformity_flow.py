from datetime import date

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import tagged
from .nonconformity_common import NonconformityCase


@tagged("post_install", "-at_install")
class TestNonconformityFlow(NonconformityCase):
    """From the finding to the closing, the manual's way (AUD-4.2.2, AUD-4.4)."""

    def test_whole_way(self):
        """AUD-4.2.2a AUD-4.2.2b AUD-4.4.1 AUD-4.4.1a AUD-4.4.1b AUD-4.4.1c AUD-4.4.2 AUD-4.4.2a
        AUD-4.4.3 CPA-15: auditor issues → department signs → causes and measures → head reviews →
        MR approves → carried out → verified → effective → MR closes; filed as a record."""
        record = self._issued()
        self.assertEqual(record.state, "issued")
        self.assertRegex(record.number, r"^LH-ITSMS-BFH-2037-001$")
        self._as(record, self.service_head).action_confirm()
        self.assertEqual(record.confirmed_by_id, self.service_head)
        self.assertIn("signature", self._log_of(record).mapped("kind"))
        self._answer(record)
        self._correction(record)
        measure = self._measure(record)
        self._as(record, self.engineer).action_submit()
        steps = record.sudo().approval_step_ids.sorted("stage")
        self.assertEqual([s.approver_ids for s in steps], [self.service_head, self.mr])
        self.assertEqual([s.label for s in steps], ["review", "approve"])
        self.assertEqual(measure.state, "draft")
        self._approve(record, self.service_head)
        self.assertEqual((record.state, measure.state), ("pending", "draft"))
        self._approve(record, self.mr)
        self.assertEqual((record.state, measure.state), ("approved", "open"))
        self.assertTrue(self._told(record, self.auditor_sales))
        self._carry_out(record, verifier=self.auditor_dev)
        news = self.env["mail.message"].search(
            [("model", "=", record._name), ("body", "ilike", "follow-up check is due")]
        )
        self.assertIn(self.auditor_sales.partner_id, news.partner_ids | news.notified_partner_ids)
        self._as(record, self.auditor_sales).action_check(True, "All carried out")
        self.assertEqual(record.state, "verified")
        self.assertEqual(record.sudo().round_ids.check_result, "All carried out")
        self._go(record.effect_due_on)
        self._as(record, self.auditor_sales).action_effect(True, "0 of 3", "No test left out")
        self.assertEqual((record.state, measure.state), ("effective", "effective"))
        self._as(record, self.mr).action_close()
        self.assertEqual((record.state, record.in_time), ("closed", True))
        kept = self.env["itsms.record"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )
        self.assertEqual((len(kept), kept.department_id), (1, self.dep_office))
        filed = record.sudo()._record_payload()[record.id]
        self.assertIn(measure.name, str(filed["measures"]))
        self.assertIn("All carried out", str(filed["rounds"]))
        line = record.sudo().round_ids
        self.assertEqual((line.effect_value, line.verdict), ("0 of 3", "yes"))
        names = [row["name"] for row in record._signature_rows()]
        for user in (self.auditor_sales, self.service_head, self.engineer, self.mr):
            self.assertIn(user.name, " ".join(names))

    def test_worked_example(self):
        """CPA-11: the worked example of the catalogue, registered on Monday 2 March."""
        record = self._issued()
        days = (date(2037, 3, 4), date(2037, 3, 4), date(2037, 3, 9), date(2037, 4, 1))
        self.assertEqual(
            (
                record.confirm_due_on,
                record.correction_due_on,
                record.plan_due_on,
                record.implement_due_on,
            ),
            days,
        )
        self.assertEqual(record.deadline_on, days[0])
        self._as(record, self.service_head).action_confirm()
        self.assertEqual(record.deadline_on, days[2])
        self._answer(record)
        self._correction(record)
        self._measure(record, due_on=days[3])
        self._as(record, self.engineer).action_submit()
        self._approve(record, self.service_head, self.mr)
        self.assertEqual(record.deadline_on, days[3])
        self._go(date(2037, 3, 30))
        self._carry_out(record)
        self._as(record, self.auditor_sales).action_check(True, "All carried out")
        self.assertEqual(record.effect_due_on, date(2037, 6, 30))

    def test_only_auditors_issue_audit_findings(self):
        """AUD-4.2.2a: the report of an internal audit is issued by an internal auditor."""
        record = self._nc(user=self.lay)
        with self._refused("internal auditor issues", AccessError):
            record.action_issue()
        other = self._nc(user=self.lay, source_kind="suggestion")
        other.action_issue()
        self.assertEqual(other.state, "issued")

    def test_three_parts(self):
        """CPA-3: requirement, evidence, deviation; an audit finding names the clause."""
        for name in ("requirement", "evidence", "deviation"):
            with self.subTest(name=name), self._refused("fill in"):
                self._nc(**{name: False}).action_issue()
        with self._refused("choose the clause"):
            self._nc(clause_id=False, procedure_text="4.2").action_issue()
        self._nc(clause_id=False, procedure_text="4.2", source_kind="complaint").action_issue()
        with self._refused("choose the clause"):
            self._nc(clause_id=False, source_kind="complaint").action_issue()
        with self._refused("found before"):
            self._nc(found_on=date(2037, 3, 3))

    def test_department_signs(self):
        """AUD-4.2.2b CPA-5: the head of the responsible department signs, nobody else."""
        record = self._issued()
        for user in (self.engineer, self.auditor_sales, self.mr, self.office):
            with self.subTest(user=user.name), self._refused("signs", AccessError):
                self._as(record, user).action_confirm()
        self.assertTrue(self._told(record, self.service_head))
        self._as(record, self.service_head).action_confirm()
        with self._refused("not possible"):
            self._as(record, self.service_head).action_confirm()

    def test_contested(self):
        """CPA-5: a contest goes to the management representative, who upholds it or not."""
        record = self._issued()
        with self._refused("needs a reason"):
            self._as(record, self.service_head).action_contest(" ")
        self._as(record, self.service_head).action_contest("There is a report")
        self.assertEqual((record.state, record.contest_reason), ("contested", "There is a report"))
        self.assertTrue(self._told(record, self.mr))
        with self.assertRaises(AccessError):
            self._as(record, self.service_head).action_transition("uphold", "x")
        self._as(record, self.mr).action_transition("uphold", "It is of another quarter")
        self.assertEqual(record.state, "issued")
        with self._refused("upheld"):
            self._as(record, self.service_head).action_contest("Again")
        self._as(record, self.service_head).action_confirm()
        second = self._issued(name="Second")
        self._as(second, self.service_head).action_contest("Wrong server")
        self._as(second, self.mr).action_transition("dismiss", "Right, wrong server")
        self.assertEqual(second.state, "void")

    def test_finding_is_frozen(self):
        """CPA-3 CPA-4: what was issued is not changed by anybody; the answer waits for the
        signature."""
        record = self._issued()
        for user in (self.engineer, self.office):
            with self.subTest(user=user.name), self._refused("was issued|no longer|allowed"):
                self._as(record, user).write({"grade": "minor"})
        with self._refused("confirm it first"):
            self._as(record, self.engineer).write({"cause_method": "why"})
        self._as(record, self.engineer).write({"consequences": "None"})

    def test_grade_change(self):
        """CPA-4: another grade needs a reason and the management representative."""
        record = self._confirmed()
        with self._refused("management representative", AccessError):
            self._as(record, self.service_head).action_change_grade("minor", "Not so bad")
        with self._refused("reason"):
            self._as(record, self.mr).action_change_grade("minor", "")
        with self._refused("no such grade"):
            self._as(record, self.mr).action_change_grade("huge", "x")
        self._as(record, self.mr).action_change_grade("minor", "One server only")
        self.assertEqual((record.grade, record.implement_due_on), ("minor", date(2037, 3, 17)))
        self.assertIn("One server only", self._log_of(record)[-1].comment)
        self._answer(record)
        self._correction(record)
        self._measure(record)
        self._as(record, self.engineer).action_submit()
        with self._refused("before it is submitted"):
            self._as(record, self.mr).action_change_grade("general", "After all")

    def test_grades_of_the_manual(self):
        """AUD-4.2.2.3b AUD-4.2.2.3c AUD-4.2.2.3d AUD-4.2.2.3e CPA-4: definition with each grade."""
        words = {
            "minor": "Isolated",
            "general": "Clearly",
            "serious": "key control procedure",
            "observation": "tends to become",
        }
        for grade, word in words.items():
            self.assertIn(word, self._nc(grade=grade).grade_help)

    def test_not_before_approval(self):
        """AUD-4.4.1b: nothing is carried out before the management representative approved."""
        record = self._planned()
        measure = self._actions(record, "corrective")
        with self._refused("only after"):
            self._as(measure, self.engineer).action_start()
        with self._refused("not possible"):
            self._as(measure, self.engineer).action_finish("Done already")
        self._as(record, self.engineer).action_submit()
        self._approve(record, self.service_head)
        with self._refused("not possible"):
            self._as(measure, self.engineer).action_finish("Done already")
        correction = self._actions(record, "correction")
        self._as(correction, self.engineer).action_start()
        self.assertEqual(correction.state, "open")
        self._approve(record, self.mr)
        self.assertEqual(measure.state, "open")

    def test_plan_is_bound(self):
        """AUD-4.4.1b CPA-10: who decides decides on the measures as they were submitted."""
        record = self._planned()
        measure = self._actions(record, "corrective")
        self._as(record, self.engineer).action_submit()
        with self._refused("measures are planned|locked"):
            self._as(measure, self.engineer).write({"name": "Something else"})
        with self._refused("measures are planned"):
            self._measure(record)
        measure.flush_recordset()
        self.env.cr.execute("UPDATE itsms_action SET name = 'x' WHERE id = %s", (measure.id,))
        self.env.invalidate_all()
        with self._refused("no longer what was submitted"):
            self._as(record, self.service_head).action_approve()

    def test_rejected_plan(self):
        """AUD-4.4.1a: sent back by the head, worked over, submitted again."""
        record = self._planned()
        self._as(record, self.engineer).action_submit()
        self._as(record, self.service_head).action_reject("Go deeper")
        self.assertEqual((record.state, record.deadline_on), ("rejected", record.plan_due_on))
        self._as(record, self.engineer).write({"extent_where": "Everywhere"})
        self._as(record, self.engineer).action_submit()
        self.assertEqual(record.state, "pending")

    def test_serious_goes_to_the_top(self):
        """CPA-12 AUD-4.4.1: serious or costly: the vice-president and the President decide too."""
        serious = self._planned(grade="serious")
        self._as(serious, self.engineer).action_submit()
        steps = serious.sudo().approval_step_ids.sorted("stage")
        expected = [self.service_head, self.mr, self.vp_service, self.president]
        self.assertEqual([s.approver_ids for s in steps], expected)
        costly = self._planned(name="Costly")
        self._as(self._actions(costly, "corrective"), self.engineer).write({"cost": 50001})
        self._as(costly, self.engineer).action_submit()
        self.assertEqual(len(costly.sudo().approval_step_ids), 4)
        self._approve(serious, *expected)
        self.assertEqual(serious.state, "approved")

    def test_further_rounds(self):
        """AUD-4.4.3a AUD-4.4.3b AUD-4.4.3c CPA-15: further measures in as many rounds as needed,
        each kept in the same record."""
        record = self._approved()
        self._carry_out(record)
        first = self._actions(record, "corrective")
        self._go(15)
        self._as(record, self.auditor_sales).action_check(False, "Only half done")
        self.assertEqual((record.state, record.cycle), ("analysis", 2))
        today = self.company._itsms_today()
        self.assertEqual(record.implement_due_on, fields.Date.add(today, days=30))
        self.assertEqual((record.deadline_on > today, record.effect_due_on), (True, False))
        for number in (2, 3):
            self._measure(record, name=f"Further {number}")
            self._as(record, self.engineer).action_submit()
            self._approve(record, self.service_head, self.mr)
            self._carry_out(record)
            self._as(record, self.auditor_sales).action_check(True, "Carried out")
            if number == 2:
                self._as(record, self.auditor_sales).action_effect(False, "1 of 3", "Again")
                self.assertEqual((record.state, record.cycle), ("analysis", 3))
                last = self._actions(record).filtered(lambda a: a.cycle == 2)
                self.assertEqual(last.state, "not_effective")
        self._go(record.effect_due_on)
        self._as(record, self.auditor_sales).action_effect(True, "0 of 3", "It lasts")
        self._as(record, self.mr).action_close()
        rounds = record.sudo().round_ids
        with self._refused("stay as they were checked", AccessError):
            rounds[0].write({"check_passed": "yes"})
        self.assertEqual(rounds.mapped("number"), [1, 2, 3])
        self.assertEqual(rounds.mapped("check_passed"), ["no", "yes", "yes"])
        self.assertEqual(rounds.mapped("verdict"), [False, "no", "yes"])
        self.assertEqual(first.state, "verified", "the last verdict is about the last measures")
        self.assertFalse(record.in_time)

    def test_late_is_not_passed(self):
        """AUD-4.4.3: carried out after the limit, it stays open until further measures."""
        record = self._approved()
        self._go(11)
        self._carry_out(record)
        with self._refused("after its limit"):
            self._as(record, self.auditor_sales).action_check(True, "Done at last")
        self._as(record, self.auditor_sales).action_check(False, "Done late: why?")
        self.assertEqual(record.state, "analysis")
        self._measure(record, name="Further")
        self._as(record, self.engineer).action_submit()
        self._approve(record, self.service_head, self.mr)
        self._carry_out(record)
        self._as(record, self.auditor_sales).action_check(True, "This time in time")
        self.assertEqual(record.state, "verified")

    def test_nothing_carried_out(self):
        """AUD-4.4.3: where every measure was given up, the check does not pass."""
        record = self._approved()
        measure = self._actions(record, "corrective")
        for action in self._actions(record, "correction"):
            self._as(action, self.engineer).action_finish("Done")
            self._as(action, self.auditor_dev).action_verify("Seen it")
        due = [("model", "=", record._name), ("body", "ilike", "follow-up check is due")]
        self.assertFalse(self.env["mail.message"].search(due))
        self._as(measure, self.mr).action_transition("cancel", "Too dear")
        self.assertTrue(self.env["mail.message"].search(due), "the last one was given up")
        with self._refused("no measure was carried out"):
            self._as(record, self.auditor_sales).action_check(True, "Nothing to be seen")

    def test_effect_days(self):
        """CPA-11 CPA-15: when the effect is looked at depends on the grade, by parameters; never
        where nothing but a correction was needed."""
        record = self._nc().sudo()
        months = {"observation": 1, "minor": 1, "general": 3, "serious": 3}
        for grade, number in months.items():
            record._engine_write({"grade": grade, "corrective_needed": "yes"})
            with self.subTest(grade=grade):
                expected = fields.Date.add(self.today, months=number)
                self.assertEqual(record._effect_day(self.today), expected)
        record._engine_write({"corrective_needed": "no"})
        self.assertFalse(record._effect_day(self.today))

    def test_no_closing_without_verification(self):
        """AUD-4.4.3 CPA-15: not verified, not effective, or not by the MR: it stays open."""
        record = self._approved()
        with self._refused("not possible"):
            self._as(record, self.mr).action_close()
        with self._refused("not verified yet"):
            self._as(record, self.auditor_sales).action_check(True, "Looks good")
        self._carry_out(record)
        with self._refused("result"):
            self._as(record, self.auditor_sales).action_check(True, " ")
        self._as(record, self.auditor_sales).action_check(True, "Carried out")
        with self._refused("at the earliest"):
            self._as(record, self.auditor_sales).action_effect(True, "0", "Fine")
        self._go(record.effect_due_on)
        with self._refused("measured value"):
            self._as(record, self.auditor_sales).action_effect(True, "", "Fine")
        self._as(record, self.auditor_sales).action_effect(True, "0", "Fine")
        for user in (self.auditor_sales, self.service_head, self.office):
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self._as(record, user).action_close()
        unproven = self._approved(name="Brought there in another way")
        unproven._engine_write({"state": "effective"})
        with self._refused("not verified as effective"):
            self._as(unproven, self.mr).action_close()
        self._as(record, self.mr).action_close()
        with self._refused("never deleted|allowed|locked", UserError):
            self._as(record, self.office).unlink()

    def test_closed_late(self):
        """CPA-24: closed more than the days of the parameter after its effect was due, it is late
        even where nothing else was."""
        record = self._effective()
        grace = self.env["itsms.parameter"]._get("cpa.close.days", self.company)
        self._go(grace + 1)
        self._as(record, self.mr).action_close()
        self.assertEqual((record.closed_on, record.in_time), (self.company._itsms_today(), False))

    def test_who_checks(self):
        """CPA-14 COM-8 AUD-4.4.2: an internal auditor from outside the department checks."""
        auditor_service = self._person("auditor_service", self.dep_service)
        self._assign("internal_auditor", auditor_service)
        record = self._approved()
        self._carry_out(record)
        for user, words in (
            (self.engineer, "carry out one"),
            (self.service_head, "own department"),
            (auditor_service, "own department"),
            (self.office, "internal auditor"),
            (self.mr, "internal auditor"),
        ):
            with self.subTest(user=user.name), self._refused(words, AccessError):
                self._as(record, user).action_check(True, "Fine")
        self._as(record, self.auditor_dev).action_check(True, "Fine")

    def test_no_corrective_action_needed(self):
        """CPA-9: “no” needs a reason, is not possible for general or serious ones; then there is
        no effect to wait for."""
        for grade in ("general", "serious"):
            grave = self._confirmed(grade=grade)
            self._answer(grave, corrective_needed="no", not_needed_reason="Once only")
            self._correction(grave)
            with self.subTest(grade=grade), self._refused("always needs"):
                self._as(grave, self.engineer).action_submit()
        minor = self._confirmed(name="Minor", grade="minor", clause_id=self.other_clause.id)
        self._answer(minor, corrective_needed="no")
        self._correction(minor)
        with self._refused("why corrective action is not needed"):
            self._as(minor, self.engineer).action_submit()
        self._as(minor, self.engineer).write({"not_needed_reason": "Slip of the pen"})
        self._as(minor, self.engineer).action_submit()
        self._approve(minor, self.service_head, self.mr)
        self._carry_out(minor)
        self._as(minor, self.auditor_sales).action_check(True, "Corrected")
        self.assertEqual(minor.state, "effective")
        self._as(minor, self.mr).action_close()
        self.assertEqual(minor.state, "closed")

    def test_potential(self):
        """CPA-17: a possible nonconformity has likelihood and impact; its measures prevent."""
        record = self._nc(user=self.lay, source_kind="risk", kind="potential")
        with self._refused("likelihood"):
            record.action_issue()
        record.write({"likelihood": "3", "impact": "4"})
        record.action_issue()
        self._as(record, self.service_head).action_confirm()
        self._answer(record)
        self._measure(record, kind="preventive")
        with self._refused("risk or opportunity"):
            self._as(record, self.engineer).action_submit()

    def test_not_upheld_later(self):
        """CPA-5: not upheld, nothing is carried out any more; the number stays on record."""
        record = self._planned()
        correction = self._actions(record, "correction")
        self._as(correction, self.engineer).action_start()
        self._as(record, self.mr).action_transition("dismiss", "Measured wrongly")
        self.assertEqual(record.state, "void")
        self.assertEqual(set(self._actions(record).mapped("state")), {"cancelled"})
        self.assertTrue(record.number)

    def test_print(self):
        """AUD-4.4.1c AUD-4.2.2a COM-24: the printed report holds it all."""
        record = self._effective()
        html = self.env["ir.actions.report"]._render_qweb_html(
            "itsms_audit.report_nonconformity", record.ids
        )[0]
        text = html.decode() if isinstance(html, bytes) else str(html)
        for words in (
            "Internal audit nonconformity report",
            record.number,
            "Nobody is reminded",
            "Put the test into the calendar",
            "All carried out",
            "0 of 3",
            self.service_head.name,
        ):
            self.assertIn(words, text)

    def test_days_come_from_parameters(self):
        """CPA-11: other days where the company's parameters say so."""
        parameter = self.env["itsms.parameter"].search([("code", "=", "cpa.days.general")])
        change = self._change(parameter_id=parameter.id, value="20")
        change.action_submit()
        for step in change.sudo().approval_step_ids.sorted("stage"):
            self._as(change, step.approver_ids[:1]).action_approve()
        record = self._issued()
        self.assertEqual(record.implement_due_on, fields.Date.add(self.today, days=20))
