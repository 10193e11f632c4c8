from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import tagged
from .nonconformity_common import NonconformityCase


@tagged("post_install", "-at_install")
class TestNonconformitySource(NonconformityCase):
    """Raised from any record, shown there, and demanded by those whose rules say so."""

    def _raise_from(self, source, user, **vals):
        """What the form opened by “Raise a nonconformity” saves."""
        action = self._as(source, user).action_raise_nonconformity()
        Model = self.env["itsms.nonconformity"].with_user(user).with_context(**action["context"])
        return Model.create(
            {
                "name": "Found in passing",
                "department_id": self.dep_service.id,
                "clause_id": self.clause.id,
                "requirement": "a",
                "evidence": "b",
                "deviation": "c",
                **vals,
            }
        )

    def test_raise_from_a_record(self):
        """COM-19 CPA-1 CPA-2: from any record with one action; the source is linked by itself and
        shows count and state."""
        change = self._change()
        record = self._raise_from(change, self.office)
        self.assertEqual((record.source_model, record.source_id), (change._name, change.id))
        self.assertEqual(record.source_name, change.display_name)
        self.assertEqual(record.company_id, self.company)
        record.action_issue()
        change = self._as(change, self.office)
        self.assertEqual((change.nonconformity_count, change.nonconformity_status), (1, "1 open"))
        self.assertEqual(change._open_nonconformities(), record)
        self._as(record, self.mr).action_transition("dismiss", "No")
        self.assertFalse(self._as(change, self.office)._open_nonconformities())

    def test_every_business_form(self):
        """COM-19 CPA-2: every form of a business record of every module shows what was raised."""
        for name in ("itsms.document", "itsms.parameter.change", "itsms.meeting", "itsms.record"):
            arch = self.env[name].get_view(view_type="form")["arch"]
            with self.subTest(model=name):
                self.assertIn("action_view_nonconformities", arch)
                self.assertIn("nonconformity_status", arch)

    def test_no_model_counts_otherwise_what_was_raised(self):
        """CPA-2: the count and state of what was raised are worked out together; a model that
        gives one of them a meaning of its own makes reading its form a write."""
        source = self.env.registry["itsms.lifecycle.mixin"]
        for name, model in self.env.registry.items():
            if model._abstract or not issubclass(model, source):
                continue
            for field in ("nonconformity_count", "nonconformity_status"):
                with self.subTest(model=name, field=field):
                    self.assertEqual(model._fields[field].compute, "_compute_nonconformities")

    def test_sources(self):
        """CPA-1: every source of the catalogue can be chosen."""
        kinds = dict(self.env["itsms.nonconformity"]._fields["source_kind"].selection)
        for kind in (
            "internal_audit",
            "external_audit",
            "management_review",
            "complaint",
            "survey",
            "sla",
            "major_incident",
            "test",
            "configuration_audit",
            "unauthorised_change",
            "supplier",
            "budget",
            "risk",
            "suggestion",
        ):
            self.assertIn(kind, kinds)

    def test_forged_source(self):
        """COM-19 COM-17: a source that does not exist, takes none, or is closed to the user."""
        change = self._change()
        for values in (
            {"source_model": "res.users", "source_id": 1},
            {"source_model": "itsms.parameter.change", "source_id": 0},
            {"source_model": "itsms.log.mixin", "source_id": 1},
            {"source_model": 5, "source_id": 1},
        ):
            with self.subTest(values=values), self._refused("source"):
                self._nc(**values)
        other = self._nc(user=self.engineer, source_kind="suggestion")
        with self.assertRaises(AccessError):
            self._nc(user=self.reader, source_model=other._name, source_id=other.id)
        record = self._raise_from(change, self.office)
        with self._refused("stays as it is"):
            record.write({"source_id": 1})
        with self.assertRaises(UserError):
            self._nc().with_user(self.lay).read(["name"])

    def test_demanded(self):
        """CPA-2: a source whose rules demand a nonconformity cannot close without it."""
        change = self._change()
        Model = type(self.env["itsms.parameter.change"])

        def demands(records, transition):
            return dict.fromkeys(records, "closed") if transition.name == "cancel" else {}

        with patch.object(Model, "_nonconformity_demands", demands):
            with self._refused("demands a nonconformity"):
                change.action_transition("cancel", "Not needed")
            record = self._raise_from(change, self.office)
            with self._refused("demands a nonconformity"):
                change.action_transition("cancel", "Not needed")
            record.action_issue()
            with self._refused("is still open"):
                change.action_transition("cancel", "Not needed")
            # closed in another way than by dismissal: as the engine does at the end of its way
            record._engine_write({"state": "closed"})
            change.action_transition("cancel", "Not needed")
        self.assertEqual(change.state, "cancelled")

    def test_links_outwards(self):
        """CPA-13 CPA-21: a document change that follows is linked from both sides; a module that
        is not there is said."""
        record = self._confirmed()
        action = record.with_user(self.service_head).action_follow_up("document")
        self.assertEqual(action["res_model"], "itsms.document.change")
        self.assertIn(record.number, action["context"]["default_reason"])
        self.assertEqual(action["context"]["itsms_follows"], [record._name, record.id])
        document = self.env["itsms.document"].create(
            {
                "name": "Work instruction",
                "category_id": self.env.ref("itsms_documents.itsms_document_category_procedure").id,
                "company_id": self.company.id,
                "department_id": self.dep_service.id,
            }
        )
        document._link_as_follow_up([record._name, record.id])
        self.assertEqual(self._as(record, self.office).link_count, 1)
        self.assertEqual(self._as(document, self.office).link_count, 1)
        for code in ("nothing", None, 5):
            with self.subTest(code=code), self._refused("not installed"):
                record.action_follow_up(code)

    # ------------------------------------------------------------ rights
    def test_who_sees(self):
        """COM-17 CPA-1: a draft is its writer's; what was issued is the department's, the
        auditors', the deciders', never a stranger's."""
        draft = self._nc(user=self.lay, source_kind="suggestion")
        for user, allowed in (
            (self.lay, True),
            (self.office, True),
            (self.auditor, True),
            (self.engineer, False),
            (self.service_head, False),
            (self.reader, False),
            (self.author, False),
        ):
            with self.subTest(state="draft", user=user.name):
                self.assertEqual(self._as(draft, user).has_access("read"), allowed)
        draft.action_issue()
        for user, allowed in (
            (self.lay, True),
            (self.engineer, True),
            (self.service_head, True),
            (self.auditor_dev, True),
            (self.mr, True),
            (self.reader, False),
            (self.author, False),
        ):
            with self.subTest(state="issued", user=user.name):
                self.assertEqual(self._as(draft, user).has_access("read"), allowed)
        self.assertFalse(self._as(draft, self.lay).has_access("write"))
        self.assertTrue(self._as(draft, self.engineer).has_access("write"))
        self.assertFalse(self._as(draft, self.auditor).has_access("write"))

    def test_two_companies(self):
        """COM-17: nothing of another company is seen, nor raised for its departments."""
        record = self._issued()
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        office = self._person("other_office", None, "itsms_base.group_itsms_office", other)
        self.assertFalse(self._as(record, office).has_access("read"))
        Model = self.env["itsms.nonconformity"].with_user(office)
        self.assertFalse(Model.with_context(allowed_company_ids=other.ids).search_count([]))
        with self.assertRaises(UserError):
            self._nc(user=office, company_id=other.id, source_kind="suggestion")

    def test_rpc_attacks(self):
        """COM-2 COM-8: no state, signature, round or approval by direct writing or context."""
        record = self._issued()
        forged = {"itsms_engine": True, "default_state": "closed"}
        for values in (
            {"state": "closed"},
            {"confirmed_by_id": self.service_head.id},
            {"cycle": 5},
            {"closed_on": "2037-03-03"},
            {"in_time": True},
            {"deadline_on": "2040-01-01"},
            {"approval_digest": "x"},
            {"repeat_of_id": record.id},
            {"raised_by_id": self.lay.id},
            {"audit_id": 1},
        ):
            for user in (self.engineer, self.service_head, self.office, self.manager):
                refused = self.assertRaises(UserError)
                with self.subTest(values=values, user=user.name), refused:
                    self._as(record, user).with_context(**forged).write(values)
        self.assertEqual(self._nc().with_context(**forged).state, "draft")
        made = self.env["itsms.nonconformity"].with_user(self.lay).with_context(**forged)
        created = made.create(
            {
                "name": "x",
                "company_id": self.company.id,
                "department_id": self.dep_service.id,
            }
        )
        self.assertEqual((created.state, created.raised_by_id), ("draft", self.lay))
        for name in ("confirm", "submit", "approve", "check", "settle", "reopen", "nothing"):
            with self.subTest(transition=name), self.assertRaises(UserError):
                self._as(record, self.office).action_transition(name, "x")
        Round = self.env["itsms.nonconformity.round"].with_user(self.office)
        with self.assertRaises(AccessError):
            Round.create({"nonconformity_id": record.id, "number": 1})
        dialog = (
            self.env["itsms.nonconformity.report"]
            .with_user(self.service_head)
            .create({"nonconformity_id": record.id, "operation": "contest", "text": "No"})
        )
        with self.assertRaises(AccessError):
            self._as(dialog, self.engineer).action_confirm()

    # ------------------------------------------------------------ register, measures, speed
    def test_ledger(self):
        """CPA-23: the ledger lists nonconformities and actions; the distribution is a table of
        clauses × departments."""
        register = self.env.ref("itsms_audit.itsms_register_cpa")
        names = register.part_ids.model_id.mapped("model")
        self.assertEqual(set(names), {"itsms.nonconformity", "itsms.action"})
        action = self.env.ref("itsms_audit.itsms_nonconformity_action_distribution")
        self.assertTrue(action.view_mode.startswith("pivot"))
        arch = etree.fromstring(self.env["itsms.nonconformity"].get_view(view_type="pivot")["arch"])
        axes = {field.get("type"): field.get("name") for field in arch.iter("field")}
        self.assertEqual((axes["row"], axes["col"]), ("clause_id", "department_id"))

    def test_measures(self):
        """CPA-24 COM-15: closed in time, effective at first check, repeats, average age."""
        sources = self.env["itsms.measure"]._sources()
        start, end = fields.Date.to_date("2037-07-01"), fields.Date.to_date("2037-08-01")
        self.assertEqual(sources["cpa.in_time"](self.company, start, end), (0, 0))
        record = self._effective()
        self._as(record, self.mr).action_close()
        month = record.closed_on.replace(day=1)
        after = fields.Date.add(month, months=1)
        self.assertEqual(sources["cpa.in_time"](self.company, month, after), (1, 1))
        self.assertEqual(sources["cpa.effective"](self.company, month, after), (1, 1))
        self.assertEqual(sources["cpa.age"](self.company, month, after), (0, 0))
        march = fields.Date.to_date("2037-03-01"), fields.Date.to_date("2037-04-01")
        self.assertEqual(sources["cpa.age"](self.company, *march), (30, 1))
        self.assertEqual(sources["cpa.repeats"](self.company, *march), (0, 0))
        for code in ("cpa.in_time", "cpa.effective", "cpa.repeats", "cpa.age"):
            measure = self.env["itsms.measure"].search([("code", "=", code)])
            self.assertTrue(measure.automatic, code)

    def test_my_work(self):
        """CPA-5 CPA-12 CPA-14: what waits shows on the first page of whom it waits for."""
        record = self._issued()

        def keys(user):
            Work = self.env["itsms.my.work"].with_user(user)
            self.env.invalidate_all()
            return {s["key"]: s["count"] for s in Work.get_sections()["sections"]}

        self.assertEqual(keys(self.service_head).get("nonconformities"), 1)
        self._as(record, self.service_head).action_confirm()
        self._answer(record)
        self._correction(record)
        self._measure(record)
        self._as(record, self.engineer).action_submit()
        self._approve(record, self.service_head, self.mr)
        self.assertEqual(keys(self.engineer).get("my_actions"), 2)
        self._go(11)
        self.assertEqual(keys(self.service_head).get("actions_overdue"), 2)
        self._as(self._actions(record, "corrective"), self.engineer).action_finish("Done")
        self.assertEqual(keys(self.auditor_sales).get("actions_to_verify"), 1)
        self.assertNotIn("actions_to_verify", keys(self.engineer))
        self.assertNotIn("nonconformities_to_check", keys(self.auditor_sales))
        other = self._carry_out(self._approved(name="Other", clause_id=self.other_clause.id))
        self.assertEqual(keys(self.auditor_sales).get("nonconformities_to_check"), 1)
        self.assertNotIn("nonconformities_to_check", keys(self.engineer))
        self._as(other, self.auditor_dev).action_check(True, "All carried out")
        self.assertNotIn("nonconformities_to_check", keys(self.auditor_sales))
        self.assertNotIn("nonconformities_to_check", keys(self.auditor_dev))
        self._go(other.effect_due_on)
        self.assertEqual(keys(self.auditor_dev).get("nonconformities_to_check"), 1)

    def test_two_hundred(self):
        """Two hundred issued at once cost no query per record beyond their own writes; reading
        the list costs a fixed number."""
        Model = self.env["itsms.nonconformity"].with_user(self.engineer)
        records = self.env["itsms.nonconformity"].browse()
        values = {
            "source_kind": "suggestion",
            "company_id": self.company.id,
            "department_id": self.dep_service.id,
            "clause_id": self.clause.id,
            "requirement": "a",
            "evidence": "b",
            "deviation": "c",
        }
        records = (
            self.env["itsms.nonconformity"]
            .with_user(self.office)
            .create([{**values, "name": f"No. {i}"} for i in range(200)])
        )
        records._engine_write(
            {"state": "analysis", "registered_on": self.today, "deadline_on": self.today}
        )
        names = ["name", "grade", "department_id", "clause_id", "deadline_on", "overdue", "state"]

        def read(limit):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Model.search([("company_id", "=", self.company.id)], limit=limit).read(names)
            return self.env.cr.sql_log_count - before

        read(5)
        self.assertLessEqual(read(200), read(5) + 3)

    def test_help(self):
        """CPA-1 COM-19 AUD-4.4.3: the empty list says what to do."""
        text = self.env.ref("itsms_audit.itsms_nonconformity_action").help
        for words in ("CPA-1", "COM-19", "AUD-4.4.3", "Raise a nonconformity"):
            self.assertIn(words, text)
