"""Evidence, steps, states and decisions cannot be forged, by nobody and with no context key."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"
STEP = "itsms.approval.step"
LOG = "itsms.log"

# every context key the engine, the mixins or Odoo's ORM and mail look at
CONTEXTS = (
    {},
    *({"itsms_engine": value} for value in (True, 1, "true", "itsms_engine", {}, [1], "<object>")),
    {"itsms_operation": "approve", "itsms_password": "itsms.mr"},
    {"default_state": "approved", "default_approval_round": 1},
    {"default_left_draft_at": "2020-01-01 00:00:00", "default_approval_digest": "0"},
    {"_force_unlink": True},
    {"install_mode": True, "module": "itsms_base", "noupdate": True},
    {"import_file": True, "import_compat": True, "_import_current_module": "itsms_base"},
    {"active_test": False},
    {"tracking_disable": True, "mail_notrack": True, "mail_create_nolog": True},
    {"mail_activity_quick_update": True, "mail_activity_automation_skip": True},
    {"mail_post_autofollow": True, "mail_notify_force_send": False},
    {"uid": 1, "su": True, "sudo": True, "user_id": 1, "no_check": True, "check": False},
    {"tz": "Pacific/Kiritimati", "lang": "en_US", "bin_size": True},
    {"prefetch_fields": False, "recompute": False, "check_translations": True},
    {"allow_write": True, "bypass": True, "force_company": 1, "_check": False},
)


@tagged("post_install", "-at_install")
class TestApprovalForgery(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.draft = cls._change(cls)
        cls.pending = cls._change(cls, value="3")
        cls.pending.action_submit()
        cls.step = cls.env[STEP].search(
            [("res_model", "=", CHANGE), ("res_id", "=", cls.pending.id)]
        )
        cls.log = cls.env[LOG].search(
            [("res_model", "=", CHANGE), ("res_id", "=", cls.pending.id)], limit=1
        )

    # ------------------------------------------------------------ steps and lines
    def test_steps_are_not_written(self):
        """COM-5: nobody creates, changes or deletes an approval step, with any context key."""
        attacks = (
            ("write", [self.step.ids, {"state": "approved", "decided_by_id": self.mr.id}]),
            ("web_save", [self.step.ids, {"approver_ids": [[4, self.office.id]]}, {}]),
            ("unlink", [self.step.ids]),
            ("copy", [self.step.ids, {"state": "approved"}]),
            ("create", [self._step_vals()]),
            ("web_save", [[], self._step_vals(), {}]),
        )
        self._try_all(STEP, attacks)
        self.assertEqual(self.step.state, "open")

    def test_log_lines_are_not_written(self):
        """COM-3: nobody creates, changes or deletes an evidence line, with any context key."""
        attacks = (
            ("write", [self.log.ids, {"comment": "never happened"}]),
            ("unlink", [self.log.ids]),
            ("copy", [self.log.ids]),
            ("create", [{"res_model": CHANGE, "res_id": self.pending.id, "kind": "decision",
                         "company_id": self.company.id, "position": 99, "hash": "0",
                         "actor_id": self.mr.id, "logged_at": "2026-01-01 00:00:00"}]),
            ("update_field_translations", [self.log.ids, "comment", {"en_US": "x"}]),
        )  # fmt: skip
        self._try_all(LOG, attacks)
        self.assertFalse(self.env[LOG].search_count([("comment", "=", "never happened")]))

    def test_load_writes_neither_steps_nor_lines(self):
        """COM-3 COM-5: the import writes no step and no evidence line."""
        for user in self.attackers:
            for model, names, row in (
                (STEP, [".id", "state"], [str(self.step.id), "approved"]),
                (LOG, [".id", "comment"], [str(self.log.id), "never happened"]),
            ):
                with mute_logger("odoo.models", "odoo.sql_db"):
                    try:
                        result = self._rpc(user, model, "load", names, [row])
                    except UserError:
                        continue
                self.assertFalse(result["ids"], f"{model} imported by {user.login}")
        self.assertEqual(self.step.state, "open")

    def test_superuser_code_neither(self):
        """COM-3 COM-5: superuser code without the engine's mark is refused as well."""
        step, log = self.step.sudo(), self.log.sudo()
        for context in CONTEXTS:
            for attack in (
                lambda c=context: step.with_context(**c).write({"state": "approved"}),
                lambda c=context: step.with_context(**c).unlink(),
                lambda c=context: step.with_context(**c).create(self._step_vals()),
                lambda c=context: log.with_context(**c).write({"comment": "x"}),
                lambda c=context: log.with_context(**c).unlink(),
            ):
                with self.assertRaises(AccessError):
                    attack()

    def _step_vals(self):
        return {
            "res_model": CHANGE,
            "res_id": self.pending.id,
            "company_id": self.company.id,
            "round": 1,
            "stage": 1,
            "label": "approve",
            "state": "approved",
            "decided_by_id": self.mr.id,
        }

    def _try_all(self, model, attacks):
        for user in self.attackers | self.author:
            for method, args in attacks:
                for context in CONTEXTS:
                    self._refused(user, model, method, *args, context=context)

    # ------------------------------------------------------------ state
    def test_state_is_never_written(self):
        """COM-2: “state” and the engine's fields change by no write and no import."""
        values = {
            "state": "approved",
            "approval_round": 7,
            "approval_digest": "0",
            "approval_manifest": [],
            "submitted_by_id": self.mr.id,
            "submitted_at": "2026-01-01 00:00:00",
            "approved_at": "2026-01-01 00:00:00",
            "left_draft_at": False,
            "approval_step_ids": [[5]],
            "old_value": "1",
        }
        for user in self.attackers:
            for record in (self.draft, self.pending):
                for name, value in values.items():
                    for method in ("write", "web_save"):
                        extra = [{}] if method == "web_save" else []
                        self._refused(user, CHANGE, method, record.ids, {name: value}, *extra)
                for context in CONTEXTS:
                    self._refused(
                        user, CHANGE, "write", record.ids, {"state": "approved"}, context=context
                    )
        self.assertEqual((self.draft.state, self.pending.state), ("draft", "pending"))

    def test_created_in_draft_only(self):
        """COM-2: no record begins its life approved, whatever client or context says so."""
        vals = {"parameter_id": self._parameter().id, "value": "2", "reason": "Measured"}
        forged = {"state": "approved", "approved_at": "2026-01-01 00:00:00"}
        for user in self.attackers:
            self._refused(user, CHANGE, "create", [{**vals, **forged}])
            self._refused(user, CHANGE, "web_save", [], {**vals, **forged}, {})
            self._refused(user, CHANGE, "copy", self.draft.ids, forged)
            self._refused(user, CHANGE, "create", [{**vals, "left_draft_at": "2026-01-01"}])
            for context in CONTEXTS:
                ids = self._rpc(
                    user, CHANGE, "create", [{**vals, "company_id": self.company.id}],
                    context={**context, "default_state": "approved",
                             "default_submitted_by_id": self.mr.id,
                             "default_approval_step_ids": [[0, 0, self._step_vals()]]},
                )  # fmt: skip
                made = self.env[CHANGE].browse(ids)
                self.assertEqual(made.state, "draft", context)
                self.assertFalse(made.submitted_by_id or made.left_draft_at)
                self.assertFalse(made.approval_step_ids)

    def test_import_creates_drafts_only(self):
        """COM-2: a file with a state column is refused, line by line."""
        names = ["parameter_id/.id", "value", "reason", "state"]
        row = [str(self._parameter().id), "2", "Measured", "approved"]
        before = self.env[CHANGE].search_count([("state", "=", "approved")])
        for user in self.attackers:
            try:
                result = self._rpc(user, CHANGE, "load", names, [row])
                self.assertFalse(result["ids"])
                self.assertIn("COM-2", result["messages"][0]["message"])
            except AccessError as exc:
                self.assertIn("COM-2", str(exc))
        self.assertEqual(self.env[CHANGE].search_count([("state", "=", "approved")]), before)

    def test_default_for_state_is_void(self):
        """COM-2: a user default (ir.default) for the state or an engine field has no effect."""
        for user in self.attackers:
            Default = self.env["ir.default"].with_user(user)
            Default.set(CHANGE, "state", "approved", user_id=True)
            Default.set(CHANGE, "submitted_by_id", self.mr.id, user_id=True)
            change = self._change(user=user)
            self.assertEqual(change.state, "draft")
            self.assertFalse(change.submitted_by_id)
            form = Form(self.env[CHANGE].with_user(user))
            form.parameter_id = self._parameter()
            form.value = "2"
            form.reason = "Measured"
            self.assertEqual(form.save().state, "draft")

    def test_name_create_and_onchange_give_no_approval(self):
        """COM-2: neither name_create nor onchange makes something approved."""
        for user in self.attackers:
            # the model has no name of its own: any refusal will do
            with mute_logger("odoo.sql_db"), self.assertRaises(Exception):  # noqa: B017
                self._rpc(user, CHANGE, "name_create", "x", context={"default_state": "approved"})
            self._rpc(
                user, CHANGE, "onchange", self.pending.ids, {"state": "approved"}, ["state"],
                {"state": {}},
            )  # fmt: skip
        self.pending.invalidate_recordset()
        self.assertEqual(self.pending.state, "pending")

    def test_engine_transitions_are_not_called(self):
        """COM-2: the engine's own transitions cannot be called by name; unknown ones neither."""
        for user in self.attackers | self.mr:
            for name in ("approve", "submit", "reject", "withdraw", "supersede", "nonsense", ""):
                for context in CONTEXTS[:4]:
                    self._refused(
                        user, CHANGE, "action_transition", self.pending.ids, name, context=context
                    )
        self.assertEqual(self.pending.state, "pending")

    def test_private_methods_are_not_called(self):
        """COM-5: the engine's inner methods are closed to clients."""
        for method in ("_decide", "_run_transition", "_log", "_approval_advance", "_append"):
            self._refused(self.sysadmin, CHANGE, method, self.pending.ids)
        self._refused(self.sysadmin, LOG, "_append", [])
        self._refused(self.sysadmin, STEP, "_engine_write", self.step.ids, {"state": "approved"})

    # ------------------------------------------------------------ decisions
    def test_nobody_decides_for_somebody_else(self):
        """COM-5: a decision is the caller's own; arguments and context name nobody else."""
        forgeries = (
            {"decided_by_id": self.mr.id},
            {"behalf_id": self.mr.id},
            {"user_id": self.mr.id},
            {"uid": self.mr.id},
        )
        for user in self.attackers | self.author | self.president:
            for method in ("action_approve", "action_reject"):
                for context in CONTEXTS:
                    self._refused(
                        user, CHANGE, method, self.pending.ids, "because", context=context
                    )
                for forged in forgeries:
                    self._refused(user, CHANGE, method, self.pending.ids, "because", context=forged)
                    with self.assertRaises(TypeError):
                        self._rpc(user, CHANGE, method, self.pending.ids, **forged)
        self.assertEqual((self.pending.state, self.step.state), ("pending", "open"))

    def test_dialog_decides_for_the_caller_only(self):
        """COM-5: the decision dialog gives nobody a right that the record does not."""
        for user in self.attackers:
            for operation in ("approve", "reject"):
                vals = {"res_model": CHANGE, "res_ids": self.pending.ids, "operation": operation}
                dialog = self._rpc(user, "itsms.decision", "create", [{**vals, "comment": "x"}])
                self._refused(user, "itsms.decision", "action_confirm", dialog)
        for model in ("res.users", "ir.config_parameter", "nonsense"):
            dialog = self._rpc(
                self.office, "itsms.decision", "create",
                [{"res_model": model, "res_ids": [1], "operation": "approve"}],
            )  # fmt: skip
            self._refused(self.office, "itsms.decision", "action_confirm", dialog)
        self.assertEqual(self.pending.state, "pending")

    def test_evidence_names_the_real_actor(self):
        """COM-3 COM-5: step and line name who called, whatever the context claims."""
        self._rpc(
            self.mr, CHANGE, "action_approve", self.pending.ids, "fine",
            context={"uid": self.president.id, "itsms_engine": True,
                     "default_decided_by_id": self.president.id,
                     "default_behalf_id": self.president.id,
                     "default_actor_id": self.president.id},
        )  # fmt: skip
        self.assertEqual(self.pending.state, "approved")
        self.assertEqual((self.step.decided_by_id, self.step.comment), (self.mr, "fine"))
        self.assertFalse(self.step.behalf_id)
        line = self._log_of(self.pending).filtered(lambda x: x.kind == "decision")
        self.assertEqual((line.actor_id, line.behalf_id.id), (self.mr, False))
        self.assertEqual(line.content_digest, self.pending.approval_digest)
