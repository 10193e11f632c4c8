from datetime import timedelta

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from odoo.exceptions import AccessError

from ..engine import ranking
from .common import tagged
from .improvement_common import ImprovementCase


@tagged("post_install", "-at_install")
class TestRisk(ImprovementCase):
    """SMS-8: one register of risks and opportunities (6.1.1–6.1.3)."""

    @given(st.integers(1, 5), st.integers(1, 5))
    def test_levels(self, likelihood, impact):
        """SMS-8: value = likelihood × impact; 1–4 low, 5–9 medium, 10–15 high, 16–25 very high."""
        value = likelihood * impact
        name = ranking.level(value)
        bounds = {"low": (1, 4), "medium": (5, 9), "high": (10, 15), "very_high": (16, 25)}
        low, high = bounds[name]
        self.assertTrue(low <= value <= high)

    def test_register(self):
        """SMS-8 6.1.1: traced to an issue, with cause, consequence, likelihood and impact."""
        risk = self._risk(issue=False)
        with self._refused("Which issue"):
            risk.action_register()
        risk.write({"issue": "Few people", "likelihood": False})
        with self._refused("Likelihood"):
            risk.action_register()
        risk.likelihood = "3"
        risk.action_register()
        self.assertEqual((risk.state, risk.value, risk.level), ("open", 12, "high"))
        self.assertRegex(risk.number, "FX")
        self.assertFalse(risk.acceptable)
        self.assertEqual(risk.assessed_on, self.today)
        self.assertEqual(risk.review_due_on, self.today + relativedelta(months=12))
        self.assertEqual(risk.assessment_ids.mapped("kind"), ["first"])

    def test_treat(self):
        """SMS-8 6.1.3: above acceptance it is treated by actions; their effect is judged."""
        risk = self._registered()
        with self._refused("choose how"):
            risk.action_treat()
        risk.method = "treat"
        with self._refused("by what the effect"):
            risk.action_treat()
        risk.effect_criterion = "Two people restore alone"
        with self._refused("plan at least one action"):
            risk.action_treat()
        with self._refused("preventive"):
            self._measure(risk, kind="corrective")
        self._measure(risk, kind="preventive")
        risk.action_treat()
        self.assertEqual((risk.state, self._actions(risk).state), ("treating", "open"))
        with self._refused("every action was verified"):
            risk.action_judge("1", "4", "Trained", True)
        self._carry_out(risk)
        self._as(risk, self.engineer).action_judge("1", "4", "Two were trained", True)
        self.assertEqual((risk.state, risk.value, risk.effectiveness), ("monitored", 4, "yes"))
        self.assertEqual(set(risk.assessment_ids.mapped("value")), {12, 4})

    def test_not_effective(self):
        """SMS-8 6.1.3: what is left above acceptance, or did not work, is to be dealt with anew."""
        for result in (("3", "4", True), ("1", "1", False)):
            risk = self._treating()
            self._carry_out(risk)
            self._as(risk, self.engineer).action_judge(*result[:2], "Seen", result[2])
            self.assertEqual(risk.state, "open")

    def test_accept(self):
        """SMS-8: within acceptance the owner accepts, above it the management representative, a
        very high one the President; always with a reason."""
        low = self._registered(likelihood="2", impact="4")
        with self._refused("needs a reason"):
            low.action_accept()
        low.action_accept("Cheap to repair")
        self.assertEqual((low.state, low.method), ("monitored", "accept"))
        high = self._registered()
        with self._refused("above the acceptance level", AccessError):
            high.action_accept("No money")
        self._as(high, self.mr).action_accept("Known")
        self.assertEqual(high.accepted_by_id, self.mr)
        top = self._registered(likelihood="5", impact="5")
        with self._refused("above the acceptance level", AccessError):
            self._as(top, self.mr).action_accept("Known")
        self._as(top, self.president).action_accept("Known")
        self.assertEqual(top.state, "monitored")

    def test_acceptance_is_a_parameter(self):
        """SMS-8: the acceptance level is a parameter, and the filter follows it."""
        risk = self._registered()
        domain = [("id", "=", risk.id), ("acceptable", "=", True)]
        self.assertFalse(self.env["itsms.risk"].search(domain))
        Parameter = self.env.registry["itsms.parameter"]
        get = Parameter._get
        self.patch(
            Parameter,
            "_get",
            lambda s, code, company=None: (
                12 if code == "risk.acceptance" else get(s, code, company)
            ),
        )
        risk.invalidate_recordset()
        self.assertTrue(risk.acceptable)
        self.assertTrue(self.env["itsms.risk"].search(domain))

    def test_matrix(self):
        """SMS-8: likelihood × impact at a glance, counting live risks that the reader may see;
        what is above the acceptance level is marked, for risks only."""
        risk = self._registered(likelihood="4", impact="5")
        self._risk(likelihood="4", impact="5")
        chance = self._registered(likelihood="4", impact="5", nature="opportunity")
        Risk = self.env["itsms.risk"]

        def cell(user, nature="risk"):
            matrix = Risk.with_user(user).get_matrix(nature)
            self.assertEqual(len(matrix["cells"]), 25)
            found = [c for c in matrix["cells"] if (c["likelihood"], c["impact"]) == (4, 5)]
            at = [("likelihood", "=", "4"), ("impact", "=", "5")]
            opened = Risk.with_user(user).search_count([*matrix["domain"], *at])
            self.assertEqual(found[0]["count"], opened)
            return found[0]

        before = cell(self.office)
        self.assertEqual((before["level"], before["above"]), ("very_high", True))
        self.assertFalse(cell(self.office, "opportunity")["above"])
        self.assertEqual(cell(self.reader)["count"], 0)
        self.assertTrue(chance.exists())
        self._as(risk, self.office).action_transition("close", "Does not exist any more")
        self.assertEqual(cell(self.office)["count"], before["count"] - 1)
        for nature in ("kind", None, ["risk"]):
            with self.subTest(nature=nature), self._refused("risks or opportunities"):
                Risk.with_user(self.office).get_matrix(nature)

    def test_assessed_again(self):
        """SMS-8: assessed again every year; old and new stay; grown ones are dealt with anew."""
        risk = self._registered(likelihood="2", impact="4")
        risk.action_accept("Cheap")
        with self._refused("assess it with the button"):
            risk.likelihood = "5"
        self._go(risk.review_due_on + timedelta(days=1))
        risk.invalidate_recordset()
        self.assertTrue(risk.overdue)
        self.assertIn(risk, self.env["itsms.risk"].search([("overdue", "=", True)]))
        for likelihood, impact in (("6", "1"), (3, 4), (None, "1"), ("3", [])):
            with self._refused("1 to 5"):
                risk.action_assess(likelihood, impact, "x")
        with self._refused("in words"):
            risk.action_assess("3", "4", " ")
        risk.action_assess("3", "5", "More customers depend on it")
        self.assertEqual((risk.state, risk.value), ("open", 15))
        self.assertFalse(risk.overdue)
        self.assertEqual(risk.assessment_ids.mapped("value"), [15, 8])

    def test_duty(self):
        """SMS-8 COM-10: the yearly duty is done when every live risk was assessed again."""
        self.env["itsms.duty"]._open_missing()
        duty = self.env["itsms.duty"].search(
            [("kind_id.code", "=", "risk.review"), ("company_id", "=", self.company.id)]
        )
        one, two = self._registered(), self._registered()
        self.assertEqual(duty.last_done_on, self.today)
        self._go(300)
        one.action_assess("2", "2", "Better")
        self.assertEqual(duty.last_done_on, self.today)
        two.action_assess("2", "2", "Better")
        self.assertEqual(duty.last_done_on, self.company._itsms_today())
        self.assertEqual(duty.last_model, "itsms.risk")

    def test_reminders(self):
        """SMS-8: the owner is reminded before the day; late ones go to the head; once each."""
        risk = self._registered()
        self._go(risk.review_due_on - timedelta(days=2))
        for _again in range(2):
            self.env["itsms.risk"]._cron_deadlines()
        self.assertEqual(risk.reminder_stage, 1)
        self.assertTrue(self._told(risk, self.engineer))
        self._go(risk.review_due_on + timedelta(days=4))
        self.env["itsms.risk"]._cron_deadlines()
        self.assertEqual(risk.reminder_stage, 3)
        self.assertTrue(self._told(risk, self.service_head))
        risk.action_assess("2", "2", "Better")
        self.assertEqual(risk.reminder_stage, 0)

    def test_preventive_action(self):
        """CPA-17: a possible nonconformity raised from a risk has likelihood, impact and cause and
        stays linked with its line; without a line its measures are not submitted."""
        risk = self._registered()
        action = risk.action_raise_nonconformity()
        record = (
            self.env["itsms.nonconformity"]
            .with_user(self.engineer)
            .with_context(**action["context"])
            .create({"requirement": "r", "evidence": "e", "deviation": "d"})
        )
        self.assertEqual((record.kind, record.source_kind), ("potential", "risk"))
        self.assertEqual((record.likelihood, record.impact), ("3", "4"))
        self.assertEqual(record.risk_ref, risk)
        risk.invalidate_recordset()
        self.assertEqual(risk.potential_count, 1)
        found = self.env["itsms.nonconformity"].search(risk.action_view_potential()["domain"])
        self.assertEqual(found.ids, record.ids)
        loose = self._planned(kind="potential", likelihood="2", impact="2")
        self._actions(loose, "corrective").write({"kind": "preventive"})
        with self._refused("CPA-17"):
            self._as(loose, self.engineer).action_submit()
        self._as(loose, self.engineer).risk_ref = f"itsms.risk,{risk.id}"
        self._as(loose, self.engineer).action_submit()

    def test_opportunity(self):
        """SMS-8: opportunities are exploited, risks are not; they need no acceptance."""
        with self._refused("exploited"):
            self._risk(method="exploit")
        chance = self._registered(nature="opportunity", likelihood="5", impact="5")
        self.assertTrue(chance.acceptable)
        chance.write({"method": "exploit", "effect_criterion": "Two new customers"})
        self._measure(chance, kind="improvement")
        chance.action_treat()
        self.assertEqual(chance.state, "treating")
        self.assertNotEqual(
            chance.action_raise_nonconformity()["context"].get("default_kind"), "potential"
        )

    def test_who(self):
        """SMS-8 COM-17: the department, owner, deciders and office see it; a draft its finder;
        no call writes what the engine owns."""
        draft, risk = self._risk(), self._registered()
        both = draft | risk
        for user, seen in (
            (self.engineer, both),
            (self.service_head, risk),
            (self.mr, risk),
            (self.president, risk),
            (self.office, both),
            (self.auditor, both),
            (self.reader, both.browse()),
        ):
            found = self.env["itsms.risk"].with_user(user).search([("id", "in", both.ids)])
            self.assertEqual(set(found.ids), set(seen.ids), user.name)
        for user in (self.reader, self.auditor, self.mr):
            with self.assertRaises(AccessError):
                self._as(risk, user).write({"name": "Nothing"})
        for vals in (
            {"state": "closed"},
            {"assessed_on": self.today},
            {"review_due_on": "2099-01-01"},
            {"effectiveness": "yes"},
            {"accepted_by_id": self.mr.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._as(risk, self.engineer).write(vals)
        with self.assertRaises(AccessError):
            self.env["itsms.risk.assessment"].sudo().create(
                {
                    "risk_id": risk.id,
                    "kind": "again",
                    "likelihood": "1",
                    "impact": "1",
                    "value": 1,
                    "assessed_on": self.today,
                    "assessed_by_id": self.engineer.id,
                }
            )
        with self.assertRaises(AccessError):
            self._as(risk, self.mr).action_assess("1", "1", "x")
        for name in ("accept", "judge", "treat", "reopen"):
            with self._refused("system itself", AccessError):
                self._as(risk, self.engineer).action_transition(name, "x")
        self._as(risk, self.office).action_transition("close", "Sold the service")
        self.assertEqual(risk.kept_record_count, 1)
        with self._refused("not in the register"):
            self._as(risk, self.engineer).action_assess("1", "1", "x")

    def test_two_hundred(self):
        """SMS-8: the matrix and the list of two hundred take a handful of queries."""
        risks = (
            self.env["itsms.risk"]
            .with_user(self.engineer)
            .create(
                [
                    {
                        "name": f"Risk {i}",
                        "department_id": self.dep_service.id,
                        "likelihood": str(1 + i % 5),
                        "impact": str(1 + i // 5 % 5),
                    }
                    for i in range(200)
                ]
            )
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self._as(risks, self.office).read(
                ["name", "value", "level", "acceptable", "who_next", "potential_count", "overdue"]
            )
        cells = self.env["itsms.risk"]._read_group(
            [("id", "in", risks.ids)], ["likelihood", "impact"], ["__count"]
        )
        self.assertEqual(len(cells), 25)
        self.assertEqual(sum(count for _l, _i, count in cells), 200)

    def test_my_work(self):
        """SMS-8: my risks to deal with, and those to be assessed again within a month."""
        risk = self._registered(likelihood="1", impact="2")
        keys = self.env["itsms.my.work"].with_user(self.engineer)

        def waiting():
            found = {s["key"]: s for s in keys._sections() if s}
            return [i["res_id"] for i in found["risks"]["items"]]

        self.assertEqual(waiting(), [risk.id])
        risk.action_accept("Cheap")
        self.assertEqual(waiting(), [])
        self._go(risk.review_due_on - timedelta(days=20))
        self.assertEqual(waiting(), [risk.id])

    def test_coverage(self):
        """COM-20 SMS-8: 6.1.1 to 6.1.3 see late, unaccepted and overdue risks."""
        check = self.env["itsms.coverage.check"]
        checks, period = check._clause_checks(), check._period(self.company)

        def keys(code):
            return {f.key for run in checks[code] for f in run(self.company, period)}

        risk = self._registered()
        self.assertEqual(keys("6.1.3"), {"risk_untreated"})
        risk.write({"method": "treat", "effect_criterion": "x"})
        self._measure(risk, kind="preventive")
        risk.action_treat()
        self.assertEqual(keys("6.1.1") | keys("6.1.2") | keys("6.1.3"), set())
        self._go(30)
        period = check._period(self.company)
        self.assertEqual(keys("6.1.3"), {"actions_overdue"})
        self._go(risk.review_due_on + timedelta(days=1))
        period = check._period(self.company)
        self.assertIn("risk_late", keys("6.1.1"))
