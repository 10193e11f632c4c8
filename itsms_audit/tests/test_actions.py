from contextlib import contextmanager
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import tagged
from .nonconformity_common import NonconformityCase


@tagged("post_install", "-at_install")
class TestActions(NonconformityCase):
    """One measure: owner, day, proof, verification, extension, reminders."""

    @contextmanager
    def _constraint(self):
        """Refused by a constraint, of the database or of the model."""
        refused = self.assertRaises(IntegrityError)
        with refused, mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            yield

    def test_needed_fields(self):
        """CPA-10: resources, expected effect and wanted proof are there before it is submitted."""
        for name in ("resources", "expected_effect", "evidence_wanted"):
            record = self._planned()
            self._as(self._actions(record, "corrective"), self.engineer).write({name: False})
            with self.subTest(name=name), self._refused("lacks"):
                self._as(record, self.engineer).action_submit()
        with self._constraint():
            self._measure(self._confirmed(), owner_id=False)

    def test_due_before_raised(self):
        """CPA-10: an action due before it was raised is refused."""
        record = self._confirmed()
        with self._constraint():
            self._measure(record, due_on=self.today - timedelta(days=1)).flush_recordset()

    def test_due_after_the_limit(self):
        """CPA-11: a measure due after the days of its grade is not submitted."""
        record = self._planned()
        day = record.implement_due_on + timedelta(days=1)
        self._as(self._actions(record, "corrective"), self.engineer).write({"due_on": day})
        with self._refused("Plan it earlier"):
            self._as(record, self.engineer).action_submit()

    def test_owner_reports(self):
        """CPA-14: the owner reports with evidence, or the head for him; nobody else."""
        action = self._actions(self._approved(), "corrective")
        with self._refused("write what was done"):
            self._as(action, self.engineer).action_finish(" ")
        with self._refused("the owner", AccessError):
            self._as(action, self.auditor_sales).action_finish("Done")
        self._as(action, self.service_head).action_finish("Done by the engineer")
        self.assertEqual((action.state, action.done_by_id), ("done", self.service_head))
        with self._refused("not possible"):
            self._as(action, self.engineer).action_finish("Again")

    def test_owner_is_not_verifier(self):
        """COM-8 CPA-14: owner ≠ verifier, and the verifier works outside the owner's department."""
        record = self._confirmed()
        with self._constraint():
            self._measure(record, verifier_id=self.engineer.id).flush_recordset()
        with self._refused("works in the department", ValidationError):
            self._measure(record, verifier_id=self.service_head.id)
        self._answer(record)
        self._correction(record)
        action = self._measure(record, verifier_id=self.auditor_dev.id)
        self._as(record, self.engineer).action_submit()
        self._approve(record, self.service_head, self.mr)
        self._as(action, self.engineer).action_finish("Done")
        self.assertTrue(self._told(action, self.auditor_dev))
        for user, words in (
            (self.engineer, "your own"),
            (self.service_head, "your department"),
            (self.office, "internal auditor"),
            (self.mr, "internal auditor"),
        ):
            with self.subTest(user=user.name), self._refused(words, AccessError):
                self._as(action, user).action_verify("Fine")
        with self._refused("what was seen"):
            self._as(action, self.auditor_dev).action_verify("")
        self._as(action, self.auditor_dev).action_verify("Seen the entry")
        self.assertEqual((action.state, action.verified_by_id), ("verified", self.auditor_dev))

    def test_reporter_is_not_verifier(self):
        """COM-8 CPA-14: a head from elsewhere who reports for the owner does not verify it."""
        self.dep_service.manager_id = self.auditor_sales.sudo()._itsms_employees(self.company)
        action = self._actions(
            self._approved(user=self.auditor_dev, head=self.auditor_sales), "corrective"
        )
        self._as(action, self.auditor_sales).action_finish("Done by the engineer")
        with self._refused("your own", AccessError):
            self._as(action, self.auditor_sales).action_verify("Fine")
        self._as(action, self.auditor_dev).action_verify("Fine")

    def test_verifier_of_other_sources(self):
        """CPA-14: what is no audit finding is verified by its verifier, the office or the MR."""
        record = self._approved(user=self.lay, source_kind="complaint")
        action = self._actions(record, "corrective")
        self._as(action, self.engineer).action_finish("Done")
        with self.assertRaises(AccessError):
            self._as(action, self.lay).action_verify("Fine")
        self._as(action, self.office).action_verify("Fine")

    def test_sent_back(self):
        """AUD-4.4.3a: not as agreed: the owner goes on, with the reason."""
        action = self._actions(self._approved(), "corrective")
        self._as(action, self.engineer).action_finish("Done")
        with self._refused("needs a reason"):
            self._as(action, self.auditor_sales).action_send_back("")
        self._as(action, self.auditor_sales).action_send_back("No entry in the calendar")
        self.assertEqual((action.state, action.done_on), ("open", False))
        self.assertTrue(self._told(action, self.engineer))

    def test_proof_files(self):
        """CPA-14: uploaded proof belongs to the action; files of others are not taken over."""
        action = self._actions(self._approved(), "corrective")
        Attachment = self.env["ir.attachment"]
        foreign = Attachment.with_user(self.office).create({"name": "x.txt", "raw": b"x"})
        with self._refused("Upload the proof"):
            self._as(action, self.engineer).action_finish("Done", foreign.ids)
        own = Attachment.with_user(self.engineer).create({"name": "entry.txt", "raw": b"y"})
        dialog = (
            self.env["itsms.action.report"]
            .with_user(self.engineer)
            .create(
                {
                    "action_ids": [fields.Command.set(action.ids)],
                    "operation": "finish",
                    "text": "Done",
                    "attachment_ids": [fields.Command.set(own.ids)],
                }
            )
        )
        with self.assertRaises(AccessError):
            self._as(dialog, self.colleague).action_confirm()
        self._as(dialog, self.engineer).action_confirm()
        self.assertEqual(action.sudo().evidence_ids, own)
        self.assertEqual(own.sudo().res_id, action.id)
        with self.assertRaises(UserError):
            own.with_user(self.engineer).write({"raw": b"z"})

    def test_extensions(self):
        """CPA-12: the first by the MR, the second by the President, no third; history kept."""
        action = self._actions(self._approved(), "corrective")
        first_day, limit = action.due_on, action._origin_record().implement_due_on
        for place, user in ((1, self.mr), (2, self.president)):
            extension = self._extension(action, days=15)
            self.assertEqual(extension.place, place)
            extension.action_submit()
            step = extension.sudo().approval_step_ids.filtered(lambda s: s.state == "open")
            self.assertEqual(step.approver_ids, user)
            self._as(extension, user).action_approve()
            self.assertEqual(action.due_on, first_day + timedelta(days=15 * place))
        with self._refused("2 times already"):
            self._extension(action, days=5).action_submit()
        origin = action._origin_record()
        self.assertGreater(action.due_on, limit)
        self.assertEqual(origin.implement_due_on, action.due_on)
        self.assertEqual(origin.deadline_on, action.due_on)
        granted = action.sudo().extension_ids.filtered(lambda e: e.state == "approved")
        self.assertEqual(granted.mapped("place"), [1, 2])
        self.assertEqual(granted.mapped("old_due_on"), [first_day, first_day + timedelta(days=15)])
        self.assertEqual((action.first_due_on, action.extension_count), (first_day, 2))
        self.assertIn("Extension 2", str(self._log_of(action).mapped("comment")))

    def _extension(self, action, user=None, days=5, **vals):
        self.env.flush_all()
        return (
            self.env["itsms.action.extension"]
            .with_user(user or self.engineer)
            .create(
                {
                    "action_id": action.id,
                    "new_due_on": action.due_on + timedelta(days=days),
                    "reason": "Part not delivered",
                    **vals,
                }
            )
        )

    def test_extension_refusals(self):
        """CPA-12: by owner or head only, a later day only, of a running action only, no direct
        writing of the day."""
        action = self._actions(self._approved(), "corrective")
        with self._refused("asks for more", AccessError):
            self._extension(action, user=self.auditor_sales)
        with self._refused("later day"):
            self._extension(action, days=0).action_submit()
        extension = self._extension(action)
        extension.action_submit()
        self._as(extension, self.mr).action_reject("Try harder")
        self.assertEqual((extension.state, action.due_on), ("rejected", extension.old_due_on))
        self._as(action, self.engineer).action_finish("Done at last")
        with self._refused("not running"):
            extension.action_submit()
        for user in (self.engineer, self.office, self.mr):
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self._as(action, user).write({"due_on": self.today + timedelta(days=90)})

    def test_reminders_and_escalation(self):
        """CPA-12: three days before, on the day, three after to the head, ten after to the MR;
        each once; a new deadline starts over."""
        action = self._actions(self._approved(), "corrective")
        due = action.due_on
        Cron = self.env["itsms.action"].with_user(self.env.ref("base.user_root"))
        for offset, stage, told in (
            (-4, 0, ()),
            (-3, 1, (self.engineer,)),
            (-2, 1, ()),
            (0, 2, (self.engineer,)),
            (3, 3, (self.engineer, self.service_head)),
            (10, 4, (self.engineer, self.service_head, self.mr)),
            (11, 4, ()),
        ):
            self._go(due + timedelta(days=offset))
            before = self.env["mail.message"].search([], order="id desc", limit=1).id
            Cron._cron_deadlines()
            news = self.env["mail.message"].search(
                [("id", ">", before), ("model", "=", action._name), ("res_id", "=", action.id)]
            )
            with self.subTest(offset=offset):
                self.assertEqual(action.reminder_stage, stage)
                partners = news.partner_ids | news.notified_partner_ids
                self.assertEqual({p.name for p in partners}, {u.name for u in told})
        self.assertTrue(action.overdue)
        extension = self._extension(action, days=30)
        extension.action_submit()
        self._as(extension, self.mr).action_approve()
        self.assertEqual(action.reminder_stage, 0)
        self._as(action, self.engineer).action_finish("Done at last")
        planned = self._actions(self._planned(name="Planned"), "corrective")
        self._go(60)
        Cron._cron_deadlines()
        self.assertEqual(set((action | planned).mapped("reminder_stage")), {0})

    def test_reminders_of_the_nonconformity(self):
        """CPA-5 CPA-12: the steps of a nonconformity are reminded of as well."""
        record = self._issued()
        self._go(record.confirm_due_on + timedelta(days=10))
        self.env["itsms.nonconformity"].with_user(self.env.ref("base.user_root"))._cron_nightly()
        self.assertEqual((record.reminder_stage, record.age), (4, 12))
        self.assertTrue(self._told(record, self.mr))
        self.assertTrue(record.overdue)
        self._as(record, self.service_head).action_confirm()
        self.assertEqual(record.reminder_stage, 0)

    def test_foreign_origin(self):
        """CPA-2: no action for a record that one may not write, or that takes none."""
        record = self._confirmed()
        with self.assertRaises(AccessError):
            self._measure(record, user=self.lay)
        for values in (
            {"origin_model": "res.partner", "origin_id": 1},
            {"origin_model": "itsms.nonconformity", "origin_id": 0},
            {"origin_model": "no.model", "origin_id": 5},
            {"origin_model": "itsms.action.origin.mixin", "origin_id": 5},
        ):
            with self.subTest(values=values), self._refused("comes from a record"):
                self._measure(record, **values)
        action = self._measure(record)
        with self._refused("stays where"):
            self._as(action, self.engineer).write({"origin_id": self._confirmed().id})

    def test_lines_of_the_form(self):
        """CPA-10: a measure entered as a line of the nonconformity belongs to it; one that is
        taken out of the plan again is gone."""
        record = self._confirmed()
        self._as(record, self.engineer).write(
            {
                "action_ids": [
                    fields.Command.create(
                        {
                            "name": "From the form",
                            "owner_id": self.engineer.id,
                            "due_on": self.today,
                        }
                    )
                ]
            }
        )
        action = self._actions(record)
        self.assertEqual((action.name, action.origin_model), ("From the form", record._name))
        self.assertEqual(action.department_id, self.dep_service)
        other = self._confirmed(name="Other")
        with self.assertRaises(UserError):
            self._as(other, self.engineer).write({"action_ids": [fields.Command.link(action.id)]})
        self._as(record, self.engineer).write({"action_ids": [fields.Command.delete(action.id)]})
        self.assertFalse(action.exists())

    def test_engine_fields(self):
        """COM-2: state, evidence and verification are written by the engine alone."""
        action = self._actions(self._approved(), "corrective")
        for values in (
            {"state": "verified"},
            {"evidence": "x"},
            {"done_on": self.today},
            {"verified_by_id": self.engineer.id},
            {"cycle": 9},
            {"reminder_stage": 4},
        ):
            for user in (self.engineer, self.office, self.manager):
                with self.subTest(values=values, user=user.name), self.assertRaises(AccessError):
                    self._as(action, user).write(values)
        with self.assertRaises(AccessError):
            self._measure(self._confirmed(), state="verified")
        with self.assertRaises(AccessError):
            self._as(action, self.engineer).action_transition("verify", "x")

    def test_who_sees(self):
        """COM-17: owner, verifier, department and readers of the origin; nobody else."""
        record = self._confirmed()
        action = self._measure(record, owner_id=self.author.id, verifier_id=self.lay.id)
        for user in (self.author, self.head, self.lay, self.engineer, self.office, self.auditor):
            self.assertTrue(self._as(action, user).has_access("read"), user.name)
        for user in (self.reader, self.finance_person()):
            self.assertFalse(self._as(action, user).has_access("read"), user.name)

    def finance_person(self):
        return self._person("finance_reader", self._department("Finance"))
