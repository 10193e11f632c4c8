from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from odoo.addons.itsms_audit.engine import sampling
from odoo.addons.itsms_base.engine import guard

from .common import AuditCase, tagged


@tagged("post_install", "-at_install")
class TestSampling(AuditCase):
    """EVD-2: the draw itself, without records."""

    @given(st.integers(0, 10**9))
    @settings(deadline=None)
    def test_size(self, population):
        """EVD-2: √n rounded up, at least 3, at most 25, never more than there is."""
        size = sampling.sample_size(population)
        self.assertLessEqual(size, min(population, 25))
        self.assertGreaterEqual(size, min(population, 3))
        if 3 < size < 25:
            self.assertLess((size - 1) ** 2, population)
            self.assertGreaterEqual(size**2, population)

    @given(
        st.dictionaries(st.text(max_size=3), st.integers(0, 60), max_size=8), st.integers(0, 120)
    )
    @settings(deadline=None)
    def test_allocation(self, sizes, size):
        """EVD-2: strata get their share, no stratum gives more than it has, none is forgotten
        where the sample is large enough, and the shares sum up."""
        quota = sampling.allocate(sizes, size)
        filled = {key: n for key, n in sizes.items() if n}
        self.assertEqual(sum(quota.values()), min(size, sum(filled.values())))
        self.assertEqual(set(quota), set(filled))
        self.assertTrue(all(quota[key] <= filled[key] for key in quota))
        if size >= len(filled):
            self.assertTrue(all(quota.values()))
        if filled and size >= len(filled):
            # a larger stratum never gives less
            for key in filled:
                for other in filled:
                    if filled[key] < filled[other]:
                        self.assertLessEqual(quota[key], quota[other])

    @given(
        st.dictionaries(
            st.sampled_from("abc"), st.lists(st.integers(1, 10**6), unique=True, max_size=40)
        ),
        st.integers(0, 30),
        st.integers(1, 2**31),
        st.randoms(),
    )
    @settings(deadline=None)
    def test_repeatable(self, strata, size, seed, random):
        """EVD-2: the same seed gives the same sample, in whatever order the ids come; a drawn id
        is drawn once."""
        drawn = sampling.draw(strata, size, seed)
        shuffled = {key: random.sample(ids, len(ids)) for key, ids in strata.items()}
        self.assertEqual(sampling.draw(shuffled, size, seed), drawn)
        self.assertEqual(len(set(drawn)), len(drawn))
        self.assertTrue(all(i in strata[key] for key, i in drawn))

    def test_known_draw(self):
        """EVD-2: a draw of today is the draw of every later version of the product."""
        self.assertEqual(
            sampling.draw({"": list(range(1, 101))}, sampling.sample_size(100), 20261122),
            [("", i) for i in KNOWN],
        )

    def test_every_record_has_its_chance(self):
        """EVD-2: over many seeds every record is drawn, none is preferred."""
        counts = dict.fromkeys(range(20), 0)
        for seed in range(1, 1001):
            for _key, record_id in sampling.draw({"": list(counts)}, 5, seed):
                counts[record_id] += 1
        self.assertEqual(sum(counts.values()), 5000)
        self.assertTrue(all(180 <= n <= 320 for n in counts.values()), counts)


KNOWN = [98, 58, 29, 100, 47, 23, 88, 50, 62, 55]


@tagged("post_install", "-at_install")
class TestSample(AuditCase):
    """EVD-2: samples of real records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Change = cls.env["itsms.parameter.change"].with_user(cls.office)
        parameter = cls._parameter()
        Change.create(
            [
                {
                    "parameter_id": parameter.id,
                    "value": str(2 + place % 3),
                    "reason": f"Measured {place}",
                    "company_id": cls.company.id,
                }
                for place in range(20)
            ]
        )

    def _sample(self, user=None, **vals):
        return (
            self.env["itsms.audit.sample"]
            .with_user(user or self.lead)
            .with_context(allowed_company_ids=self.company.ids)
            .create(
                {
                    "name": "Changes of parameters",
                    "company_id": self.company.id,
                    "model_name": "itsms.parameter.change",
                    "domain": "[('state', '=', 'draft')]",
                    **vals,
                }
            )
        )

    def test_draw(self):
        """EVD-2: √20 rounded up are drawn under the auditor's rights and frozen with population,
        seed and names; anybody draws the same again."""
        sample = self._sample(seed=7)
        visible = self.env["itsms.parameter.change"].with_user(self.lead).search([])
        self.assertTrue(visible)
        sample.action_draw()
        self.assertEqual((sample.state, sample.population, sample.size), ("drawn", 20, 5))
        self.assertEqual(len(sample.line_ids), 5)
        self.assertEqual(sample.drawn_by_id, self.lead)
        self.assertTrue(all(sample.line_ids.mapped("name")))
        again = self._sample(seed=7)
        again.action_draw()
        self.assertEqual(again.line_ids.mapped("res_id"), sample.line_ids.mapped("res_id"))
        other = self._sample(seed=8)
        other.action_draw()
        self.assertNotEqual(other.line_ids.mapped("res_id"), sample.line_ids.mapped("res_id"))
        message = self._as(sample, self.auditor_dev).action_draw_again()["params"]
        self.assertEqual(message["type"], "success")
        line = sample.line_ids[0]
        self.assertEqual(line.action_open_record()["res_id"], line.res_id)
        self.assertIn("seed 7", self._log_of(sample).mapped("comment")[-1])

    def test_draw_again_from_the_kept_population(self):
        """EVD-2: what happens to the records later does not change what was drawn from."""
        sample = self._sample()
        sample.action_draw()
        self.env["itsms.parameter.change"].search([]).filtered(
            lambda c: c.id not in sample.line_ids.mapped("res_id")
        )[:3].with_user(self.office).unlink()
        self._change()
        self.assertEqual(sample.action_draw_again()["params"]["type"], "success")
        guard.as_engine(sample.sudo()).write({"population_digest": "0" * 64})
        with self.assertRaisesRegex(UserError, "EVD-2"):
            sample.action_draw_again()

    def test_only_what_the_auditor_may_open(self):
        """EVD-2 COM-17: what is closed to who draws is neither counted nor drawn."""
        document = self.env["itsms.document"].create(
            {
                "name": "Project Falcon",
                "company_id": self.company.id,
                "category_id": self.env.ref(
                    "itsms_documents.itsms_document_category_supporting"
                ).id,
                "department_id": self.dep_office.id,
                "secrecy": "top_secret",
            }
        )
        self.assertFalse(self._as(document, self.lead).has_access("read"))
        sample = self._sample(model_name="itsms.document", domain=f"[('id', '=', {document.id})]")
        with self.assertRaisesRegex(UserError, "no occurrence"):
            sample.action_draw()

    def test_own_number_and_strata(self):
        """EVD-2: an own number; every value of the field gives its share."""
        sample = self._sample(size_rule="own", own_size=9, stratum_field="value")
        sample.action_draw()
        self.assertEqual(sample.size, 9)
        self.assertEqual([part["population"] for part in sample.strata], [7, 7, 6])
        self.assertEqual([part["drawn"] for part in sample.strata], [3, 3, 3])
        self.assertEqual(set(sample.line_ids.mapped("stratum")), {"2", "3", "4"})
        self.assertIn("2: 3/7", sample.strata_text)
        for number in (0, 21):
            with self.assertRaisesRegex(UserError, "EVD-2"):
                self._sample(size_rule="own", own_size=number).action_draw()

    def test_nothing_to_draw_from(self):
        """EVD-2: an empty population is told, with the way out."""
        with self.assertRaisesRegex(UserError, "no occurrence"):
            self._sample(domain="[('value', '=', '99')]").action_draw()

    def test_frozen(self):
        """EVD-2: a drawn sample is not drawn anew, changed, or emptied."""
        sample = self._sample()
        sample.action_draw()
        for error, act in zip(
            (
                UserError,
                UserError,
                UserError,
                UserError,
                AccessError,
                AccessError,
                AccessError,
                AccessError,
            ),
            (
                sample.action_draw,
                lambda: sample.write({"seed": 5}),
                lambda: sample.write({"domain": "[]"}),
                sample.unlink,
                lambda: sample.line_ids.unlink(),
                lambda: sample.line_ids[0].write({"res_id": 1}),
                lambda: sample.write({"line_ids": [Command.clear()]}),
                lambda: sample.write({"population": 1}),
            ),
            strict=True,
        ):
            with self.assertRaises(error), self.env.cr.savepoint():
                act()
        sample.line_ids[0].write({"verdict": "ok", "note": "In order"})
        sample.action_transition("cancel", "Wrong period")
        with self.assertRaises(UserError):
            sample.line_ids[0].write({"verdict": "not_ok"})

    def test_rights(self):
        """EVD-2 COM-17: auditors and the office draw; other people neither draw nor see."""
        sample = self._sample()
        with self.assertRaisesRegex(AccessError, "EVD-2"):
            self._sample(user=self.reader)
        self._sample(user=self.office)
        Sample = self.env["itsms.audit.sample"]
        self.assertFalse(Sample.with_user(self.reader).search([]))
        self.assertIn(sample, Sample.with_user(self.auditor_dev).search([]))
        with self.assertRaises(AccessError):
            self._as(sample, self.auditor_dev).action_draw()
        with self.assertRaises(AccessError):
            self._as(sample, self.reader).action_draw_again()

    def test_two_companies(self):
        """EVD-2: a sample draws from its own company and is closed to others."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        stranger = self._person("stranger", None, "itsms_base.group_itsms_office", company=other)
        sample = self._sample()
        Sample = self.env["itsms.audit.sample"].with_user(stranger)
        self.assertFalse(Sample.with_context(allowed_company_ids=other.ids).search([]))
        with self.assertRaises(AccessError):
            self._as(sample, stranger).action_draw()
        sample.action_draw()
        self.assertEqual(sample.population, 20)

    def test_bad_searches(self):
        """EVD-2: strata and days only by fields that fit."""
        for vals in (
            {"stratum_field": "approval_manifest"},
            {"stratum_field": "create_uid.password"},
            {"stratum_field": "nothing"},
            {"date_field": "value"},
            {"department_field": "company_id"},
            {"model_name": "res.users"},
        ):
            with self.assertRaises(ValidationError, msg=str(vals)), self.env.cr.savepoint():
                self._sample(**vals)
