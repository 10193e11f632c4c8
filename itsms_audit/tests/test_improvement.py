from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..engine import ranking
from .common import tagged
from .improvement_common import ImprovementCase


@tagged("post_install", "-at_install")
class TestScore(ImprovementCase):
    """CPA-18: criteria are approved data; score and ranking follow from them alone."""

    @given(
        st.lists(st.tuples(st.integers(0, 100), st.integers(0, 5)), max_size=7),
        st.sampled_from((1, 2, 3, 5, 8)),
    )
    def test_any_score(self, pairs, effort):
        """CPA-18: Σ w·p ÷ Σ w lies between the lowest and the highest points that are weighed,
        and the ranking is the score ÷ effort class."""
        value = ranking.score(pairs)
        weighed = [points for weight, points in pairs if weight]
        if not weighed:
            self.assertEqual(value, 0)
        else:
            self.assertGreaterEqual(value + 1e-9, min(weighed))
            self.assertLessEqual(value - 1e-9, max(weighed))
            total = sum(weight for weight, _points in pairs)
            self.assertAlmostEqual(value * total, sum(w * p for w, p in pairs))
        self.assertAlmostEqual(ranking.rank(value, effort) * effort, value)
        self.assertGreaterEqual(ranking.rank(value, 1), ranking.rank(value, effort))

    def test_worked(self):
        """CPA-18: quality 4 (weight 3) and risk 2 (weight 2) make 3.2; effort class 2 ranks 1.6."""
        record = self._evaluated()
        self.assertEqual(record.point_ids.mapped("kind"), ["quality", "risk"])
        self.assertAlmostEqual(record.score, 3.2)
        self.assertAlmostEqual(record.ranking, 1.6)
        record.effort = "8"
        self.assertAlmostEqual(record.ranking, 0.4)

    def test_order(self):
        """CPA-19: the register lists by ranking; less effort for the same benefit comes first."""
        slow, fast = self._evaluated(effort="8"), self._evaluated(effort="1")
        found = self.env["itsms.improvement"].search([("id", "in", (slow | fast).ids)])
        self.assertEqual(found.ids, [fast.id, slow.id])

    def test_criteria_are_approved(self):
        """CPA-18: the President approves; what is in force does not change, only by an edition."""
        criteria = self.criteria
        self.assertEqual((criteria.state, criteria.edition), ("approved", 1))
        with self._refused("locked"):
            criteria.line_ids[0].weight = 9
        with self._refused("locked"):
            criteria.policy = "Other"
        old = self._evaluated()
        draft = self.env["itsms.improvement.criteria"].browse(
            criteria.with_user(self.office).action_new_edition()["res_id"]
        )
        draft = self._as(draft, self.office)
        draft.line_ids.filtered(lambda x: x.kind == "cost").weight = 5
        draft.action_submit()
        self._approve(draft, self.mr, self.president)
        self.assertEqual((criteria.state, draft.state), ("superseded", "approved"))
        self.assertEqual(draft.edition, 2)
        self.assertEqual(old.criteria_id, criteria, "evaluated by the edition of its time")
        self.assertEqual(len(self._proposed().point_ids), 3)

    def test_criteria_refusals(self):
        """CPA-18: no criteria without policy or weight, none by who is not of the office."""
        Criteria = self.env["itsms.improvement.criteria"]
        draft = Criteria.with_user(self.office).create({"company_id": self.company.id})
        with self._refused("policy"):
            draft.action_submit()
        draft.policy = "Better"
        draft.line_ids.write({"weight": 0})
        with self._refused("weight above 0"):
            draft.action_submit()
        with self.assertRaises(AccessError):
            Criteria.with_user(self.reader).create({"company_id": self.company.id})
        with self._refused("criterion_weight_chk", Exception), mute_logger("odoo.sql_db"):
            draft.line_ids[0].weight = 101
            self.env.flush_all()

    def test_no_own_weights(self):
        """CPA-18: nobody weighs by himself; points come before “evaluated”."""
        record = self._proposed()
        for vals in ({"weight": 100}, {"kind": "cost"}):
            with self._refused("approved improvement criteria", AccessError):
                record.point_ids[0].write(vals)
        with self.assertRaises(AccessError):
            self.env["itsms.improvement.point"].with_user(self.office).create(
                {"improvement_id": record.id, "kind": "cost", "weight": 9, "points": "5"}
            )
        record.effort = "1"
        with self._refused("give points"):
            record.action_evaluate()
        record.point_ids.write({"points": "3"})
        record.effort = False
        with self._refused("Effort"):
            record.action_evaluate()

    def test_without_criteria(self):
        """CPA-18: nothing is evaluated before criteria are approved."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        user = self._person("other", groups="itsms_base.group_itsms_office", company=other)
        record = self._as(self.env["itsms.improvement"], user).create(
            {"name": "x", "description": "d", "expected": "e", "company_id": other.id}
        )
        record.action_propose()
        record.effort = "1"
        with self._refused("has no criteria"):
            record.action_evaluate()
        with self._refused("No improvement criteria are approved"):
            record.action_take_criteria()


@tagged("post_install", "-at_install")
class TestImprovementFlow(ImprovementCase):
    """CPA-19, CPA-20: proposed, evaluated, decided, carried out, measured, closed."""

    def test_all_the_way(self):
        """CPA-19 CPA-20: an improvement reaches its target; the proposer hears of each step."""
        record = self._ready()
        self.assertTrue(self._told(record, self.reader))
        record.action_submit()
        self.assertEqual(record.state, "pending")
        with self._refused("locked"):
            record.target_ids.target = 61
        self._approve(record, self.mr)
        self.assertEqual(record.state, "approved")
        self.assertEqual(record.decided_on, self.today)
        self.assertEqual(self._actions(record).state, "draft", "approved, not started yet")
        self._as(record, self.engineer).action_begin()
        self.assertEqual(self._actions(record).state, "open")
        with self._refused("measured after"):
            record.with_user(self.engineer).action_measure(record.target_ids.id, 80, "List")
        self._carry_out(record)
        self.assertEqual((record.state, record.implemented_on), ("measuring", self.today))
        self._as(record, self.engineer).action_measure(record.target_ids.id, 78.5, "Ticket list")
        self.assertEqual(record.target_ids.verdict, "yes")
        self._as(record, self.mr).action_close()
        self.assertEqual((record.state, record.result), ("closed", "reached"))
        self.assertEqual(record.kept_record_count, 1)
        texts = self.env["mail.message"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)]
        )
        told = [m for m in texts if self.reader.partner_id in m.notified_partner_ids]
        self.assertGreaterEqual(len(told), 3, "evaluated, approved, closed")

    def test_proposal_and_evaluation(self):
        """CPA-19 COM-8: what was proposed stays as the proposer wrote it; who evaluated it does
        not decide on it."""
        record = self._evaluated()
        for name in ("name", "description", "expected"):
            with self.subTest(name=name), self._refused("as the proposer wrote it"):
                self._as(record, self.office).write({name: "Something else"})
        self.assertEqual(record.sudo().evaluated_by_id, self.office)
        self.assertIn(self.office, record.sudo()._approval_preparers())

    def test_target_missed(self):
        """CPA-20: a missed target needs further action, or an end with a reason."""
        record = self._measuring()
        with self._refused("measure every target"):
            self._as(record, self.mr).action_transition("close", "Enough")
        self._as(record, self.engineer).action_measure(record.target_ids.id, 70, "List")
        self.assertEqual(record.target_ids.verdict, "no")
        with self._refused("target was missed"):
            self._as(record, self.mr).action_transition("close")
        with self._refused("plan the further action"):
            self._as(record, self.engineer).action_further()
        self._measure_of(record, self.engineer, name="Second try")
        with self._refused("not finished"):
            self._as(record, self.mr).action_transition("close", "Enough")
        self._as(record, self.engineer).action_further()
        self.assertEqual((record.state, record.cycle), ("implementing", 2))
        self._carry_out(record)
        self._as(record, self.engineer).action_measure(record.target_ids.id, 72, "List 2")
        self._as(record, self.mr).action_transition("close", "More would cost too much")
        self.assertEqual((record.result, record.end_reason), ("missed", "More would cost too much"))
        self.assertEqual(record.target_ids.measurement_ids.mapped("round"), [1, 2])

    def test_no_target_no_approval(self):
        """CPA-20: owner, resources, day, a measurable target and an action come before it."""
        record = self._evaluated()
        with self._refused("owner, resources"):
            record.action_submit()
        record.write({"owner_id": self.engineer.id, "due_on": self.today, "resources": "One week"})
        with self._refused("at least one measurable target"):
            record.action_submit()
        record.target_ids = [fields.Command.create(self._target(baseline_on=False))]
        with self._refused("lacks the day"):
            record.action_submit()
        record.target_ids.write({"baseline_on": self.today, "target": 60})
        with self._refused("no better than the baseline"):
            record.action_submit()
        record.target_ids.target = 50
        with self._refused("no better than the baseline"):
            record.action_submit()
        record.target_ids.write({"better": "lower"})
        with self._refused("plan at least one action"):
            record.action_submit()
        self._measure_of(record)
        record.action_submit()

    def test_declined_and_deferred(self):
        """CPA-19: declined or deferred with a reason; the proposer is told."""
        record = self._evaluated()
        with self._refused("needs one of these roles", AccessError):
            record.action_transition("decline", "No")
        with self._refused("needs a reason"):
            self._as(record, self.mr).action_transition("decline")
        with self._refused("management representative defers", AccessError):
            record.action_defer(self.today + timedelta(days=30), "Later")
        with self._refused("day to come"):
            self._as(record, self.mr).action_defer(self.today, "Later")
        self._as(record, self.mr).action_defer(self.today + timedelta(days=30), "Later")
        self.assertEqual((record.state, record.decision_reason), ("deferred", "Later"))
        self._as(record, self.mr).action_resume()
        self.assertEqual((record.state, record.deferred_until), ("proposed", False))
        self._as(record, self.mr).action_transition("decline", "Costs more than it brings")
        self.assertEqual(record.state, "declined")
        self.assertTrue(self._told(record, self.reader))
        with self._refused("not possible"):
            record.action_transition("evaluate")

    def test_declined_in_approval(self):
        """CPA-19: declined while decisions are open: they are no longer asked for."""
        record = self._ready()
        record.action_submit()
        self._as(record, self.mr).action_transition("decline", "No")
        self.assertEqual(record.state, "declined")
        self.assertEqual(set(record.approval_step_ids.mapped("state")), {"cancelled"})
        self.assertEqual(self._actions(record).state, "cancelled")

    def test_costly(self):
        """CPA-19: above the money of the parameter the President decides too."""
        record = self._ready()
        self._actions(record).with_user(self.office).cost = 60000
        record.action_submit()
        self._approve(record, self.mr)
        self.assertEqual(record.state, "pending")
        self._approve(record, self.president)
        self.assertEqual(record.state, "approved")

    def test_given_up_actions(self):
        """CPA-20: what never was carried out ends with a reason only."""
        record = self._approved_improvement()
        self._as(record, self.engineer).action_begin()
        with self._refused("target was missed"):
            self._as(record, self.mr).action_transition("close")
        with self._refused("not finished"):
            self._as(record, self.mr).action_transition("close", "No time")

    def test_source(self):
        """COM-19 CPA-19: proposed from any record, the source is linked by itself and stays."""
        risk = self._registered()
        action = self._as(risk, self.engineer).action_raise_improvement()
        record = (
            self.env["itsms.improvement"]
            .with_user(self.engineer)
            .with_context(**action["context"])
            .create({"name": "Train a second person"})
        )
        self.assertEqual(record.source_name, risk.display_name)
        with self._refused("source"):
            record.write({"source_id": 1})
        with self._refused("must exist"):
            self._proposal(source_model="res.users", source_id=self.reader.id)
        with self.assertRaises(AccessError):
            self._proposal(self.reader, source_model="itsms.risk", source_id=risk.id)

    def test_report(self):
        """CPA-22: the quarter is reported with what was carried out, frozen, and the duty done."""
        record = self._measuring()
        self._as(record, self.engineer).action_measure(record.target_ids.id, 80, "List")
        self._as(record, self.mr).action_close()
        duty = self.env["itsms.duty"].search(
            [("kind_id.code", "=", "improvement.report"), ("company_id", "=", self.company.id)]
        )
        Report = self.env["itsms.improvement.report"]
        report = Report.with_user(self.office).create(
            {"company_id": self.company.id, "date_from": "2037-01-01", "conclusion": "Good"}
        )
        with self._refused("not over"):
            report.action_issue()
        self._go(fields.Date.to_date("2037-04-02"))
        Report._cron_prepare()
        self.assertEqual(Report.search_count([("company_id", "=", self.company.id)]), 1)
        report.action_issue()
        self.assertEqual(report.improvement_ids, record)
        self.assertEqual(report.figures["implemented"], 1)
        self.assertEqual(report.figures["reached"], 1)
        self.assertEqual(report.kept_record_count, 1)
        if duty:
            self.assertEqual(duty.last_res_id, report.id)
        self.assertTrue(self._told(report, self.president))
        with self._refused("locked"):
            report.conclusion = "Better"
        self._go(fields.Date.to_date("2037-07-03"))
        for _again in range(2):
            Report._cron_prepare()
        drafts = Report.search([("company_id", "=", self.company.id), ("state", "=", "draft")])
        self.assertEqual(drafts.date_from, fields.Date.to_date("2037-04-01"))
        with self._refused("first of its month"):
            drafts.date_from = "2037-05-01"
        html = self.env["ir.actions.report"]._render_qweb_html(
            "itsms_audit.report_improvement_quarter", report.ids
        )[0]
        self.assertIn(b"Answer tickets from a template", html)

    def test_review_collects(self):
        """CPA-22: the management review finds the improvements among its inputs."""
        self._measuring()
        review = self.env["itsms.management.review"].new({"company_id": self.company.id})
        figures = review.sudo()._collect_improvements()
        self.assertTrue([f for f in figures if f.get("res_model") == "itsms.improvement"])

    def test_measure_of_targets(self):
        """CPA-24: improvements reaching their targets, as a measure of the month."""
        record = self._measuring()
        self._as(record, self.engineer).action_measure(record.target_ids.id, 80, "List")
        self._as(record, self.mr).action_close()
        start = self.today.replace(day=1)
        source = self.env["itsms.measure"]._sources()["cpa.improvements"]
        self.assertEqual(source(self.company, start, start + timedelta(days=31)), (1, 1))


@tagged("post_install", "-at_install")
class TestImprovementRights(ImprovementCase):
    """CPA-19 COM-17: who sees, who writes, and what a forged call does."""

    def test_who_sees(self):
        """COM-17: proposer, department, deciders, office, auditors; a draft only its proposer."""
        draft, record = self._proposal(), self._proposed()
        for user, seen in (
            (self.reader, draft | record),
            (self.engineer, record),
            (self.mr, record),
            (self.president, record),
            (self.lay, record.browse()),
        ):
            found = (
                self.env["itsms.improvement"]
                .with_user(user)
                .search([("id", "in", (draft | record).ids)])
            )
            self.assertEqual(set(found.ids), set(seen.ids), user.name)
        with self.assertRaises(AccessError):
            self._as(record, self.lay).read(["name"])
        with self.assertRaises(AccessError):
            self._as(record, self.auditor).write({"effort": "1"})
        with self.assertRaises(AccessError):
            self._as(record, self.reader).write({"effort": "1"})

    def test_two_companies(self):
        """COM-17: nobody of another company sees or changes anything."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        user = self._person("stranger", groups="itsms_base.group_itsms_office", company=other)
        records = {
            "itsms.improvement": self._proposed(),
            "itsms.improvement.criteria": self.criteria,
            "itsms.risk": self._registered(),
            "itsms.objective": self._objective_in_force(),
        }
        for name, record in records.items():
            with self.subTest(model=name):
                found = self._as(self.env[name], user).search([("id", "=", record.id)])
                self.assertFalse(found)
                with self.assertRaises(AccessError):
                    self._as(record, user).read(["name"])
                with self.assertRaises(UserError):
                    self._as(record, user).write({"name": "Stolen"})
        department = self.env["hr.department"].create({"name": "Far", "company_id": other.id})
        with self.assertRaises(UserError):
            self._proposal(department_id=department.id)

    def test_attacks(self):
        """COM-2 COM-17: states, results and foreign records are not written by a call."""
        record = self._measuring()
        target = record.target_ids
        for vals in (
            {"state": "closed"},
            {"result": "reached"},
            {"cycle": 9},
            {"decided_on": self.today},
            {"proposer_id": self.engineer.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._as(record, self.office).write(vals)
        for vals in ({"verdict": "yes"}, {"reached": 99.0}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._as(target, self.engineer).write(vals)
        with self.assertRaises(AccessError):
            self.env["itsms.improvement"].with_user(self.reader).with_context(
                default_state="approved"
            ).create({"name": "x", "result": "reached"})
        forged = self._proposal().with_context(default_state="closed", itsms_engine=True)
        with self.assertRaises(AccessError):
            forged.write({"state": "closed"})
        with self._refused("owner or the ITSMS office", AccessError):
            self._as(record, self.mr).action_measure(target.id, 99, "Trust me")
        other = self._ready().target_ids
        with self._refused("Choose a target"):
            record.action_measure(other.id, 99, "List")
        for value in ("99", True, None):
            with self._refused("number"):
                record.action_measure(target.id, value, "List")
        with self._refused("by what"):
            record.action_measure(target.id, 99, " ")
        with self._refused("system itself", AccessError):
            self._as(record, self.office).action_transition("further", "x")
        with self.assertRaises(AccessError):
            self.env["itsms.improvement.measurement"].sudo().create(
                {
                    "target_id": target.id,
                    "value": 1,
                    "evidence": "x",
                    "verdict": "yes",
                    "measured_on": self.today,
                    "measured_by_id": self.office.id,
                }
            )
        dialog = (
            self.env["itsms.improvement.defer"]
            .with_user(self.mr)
            .create({"improvement_id": record.id, "until": "2038-01-01", "reason": "x"})
        )
        with self.assertRaises(AccessError):
            self._as(dialog, self.reader).action_confirm()

    def test_two_hundred(self):
        """CPA-18: a register of two hundred opens with a handful of queries."""
        records = (
            self.env["itsms.improvement"]
            .with_user(self.office)
            .create(
                [{"name": f"Idea {i}", "description": "d", "expected": "e"} for i in range(200)]
            )
        )
        records.action_propose()
        records.point_ids.write({"points": "4"})
        records.write({"effort": "5"})
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self._as(records, self.office).read(
                ["name", "score", "ranking", "who_next", "action_count", "source_name", "cost"]
            )
        self.assertEqual({round(r.ranking, 2) for r in records}, {0.8})

    def test_my_work(self):
        """CPA-19: the office finds what to evaluate, the owner what to start and to measure."""
        record = self._proposed()
        ready = self._approved_improvement()
        sections = self.env["itsms.my.work"].with_user(self.office)._sections()
        found = {s["key"]: s for s in sections if s}
        self.assertIn(record.id, [i["res_id"] for i in found["improvements_to_evaluate"]["items"]])
        sections = self.env["itsms.my.work"].with_user(self.engineer)._sections()
        found = {s["key"]: s for s in sections if s}
        self.assertEqual([i["res_id"] for i in found["improvements"]["items"]], [ready.id])
