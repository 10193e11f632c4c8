"""The worst attacks over real HTTP: JSON-RPC of the web client and the upload controllers."""

import json

from odoo import http
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .approval_common import ApprovalCase, tagged

CHANGE = "itsms.parameter.change"
STEP = "itsms.approval.step"
LOG = "itsms.log"
CONTEXTS = (
    {},
    {"itsms_engine": True},
    {"itsms_engine": {"__class__": "object"}, "default_state": "approved"},
    {"_force_unlink": True, "active_test": False, "install_mode": True},
    {"uid": 1, "su": True, "itsms_password": "itsms.mr"},
)


@tagged("post_install", "-at_install")
class TestApprovalHttp(ApprovalCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pending = cls._change(cls)
        cls.pending.action_submit()
        cls.step = cls.pending.approval_step_ids
        cls.log = cls.env[LOG].search([("res_model", "=", CHANGE)], limit=1)

    def _login(self, user):
        self.authenticate(user.login, "admin" if user == self.sysadmin else user.login)

    def _call(self, model, method, *args, **kwargs):
        """Result and error of a call as the web client makes it."""
        body = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": body}),
            headers={"Content-Type": "application/json"},
        ).json()
        return response.get("result"), response.get("error")

    def _refused_http(self, model, method, *args, **kwargs):
        _result, error = self._call(model, method, *args, **kwargs)
        self.assertTrue(error, f"{model}.{method}{args} {kwargs} went through")
        self.assertIn(
            error["data"]["name"],
            ("odoo.exceptions.AccessError", "odoo.exceptions.UserError",
             "odoo.exceptions.ValidationError"),
            error["data"]["message"],
        )  # fmt: skip
        return error["data"]["message"]

    @mute_logger("odoo.http")
    def test_attacks(self):
        """COM-2 COM-3 COM-5 COM-7 COM-8: the front door is as firm as the ORM."""
        pending, step, log = self.pending.ids, self.step.ids, self.log.ids
        attacks = (
            (STEP, "write", step, {"state": "approved"}),
            (STEP, "unlink", step),
            (LOG, "write", log, {"comment": "x"}),
            (LOG, "unlink", log),
            (CHANGE, "write", pending, {"state": "approved"}),
            (CHANGE, "write", pending, {"value": "4"}),
            (CHANGE, "web_save", pending, {"value": "4", "state": "approved"}, {}),
            (CHANGE, "unlink", pending),
            (CHANGE, "action_approve", pending),
            (CHANGE, "action_reject", pending, "because"),
            (CHANGE, "action_transition", pending, "approve"),
            (CHANGE, "_decide", pending, "approved", "", ""),
            (STEP, "action_hand_over", step, self.office.id, "because"),
            ("ir.attachment", "create",
             [{"name": "x", "raw": "x", "res_model": CHANGE, "res_id": pending[0]}]),
        )  # fmt: skip
        for user in (self.office, self.sysadmin):
            self._login(user)
            for context in CONTEXTS:
                for attack in attacks:
                    self._refused_http(*attack, context=context)
        self.env.invalidate_all()
        self.assertEqual((self.pending.state, self.pending.value), ("pending", "2"))
        self.assertEqual(self.step.state, "open")

    @mute_logger("odoo.http")
    def test_created_as_draft(self):
        """COM-2: a record made over HTTP begins as a draft, or not at all."""
        self._login(self.office)
        vals = {"parameter_id": self._parameter().id, "value": "2", "reason": "Measured"}
        self._refused_http(CHANGE, "create", [{**vals, "state": "approved"}])
        ids, error = self._call(
            CHANGE, "create", [vals], context={"default_state": "approved", "itsms_engine": True}
        )
        self.assertFalse(error)
        self.assertEqual(self.env[CHANGE].browse(ids).state, "draft")

    @mute_logger("odoo.http", "odoo.addons.web.controllers.binary")
    def test_uploads(self):
        """COM-7: the upload controllers put no file into locked content."""
        self._login(self.office)
        draft = self._change()
        for record, uploaded in ((self.pending, 0), (draft, 2)):
            data = {"csrf_token": http.Request.csrf_token(self)}
            for url, where in (
                ("/web/binary/upload_attachment", {"model": CHANGE, "id": record.id}),
                ("/mail/attachment/upload", {"thread_model": CHANGE, "thread_id": record.id}),
            ):
                self.url_open(
                    url,
                    data={**data, **where},
                    files=[("ufile", ("plan.txt", b"plan", "text/plain"))],
                )
            count = self.env["ir.attachment"].search_count(
                [("res_model", "=", CHANGE), ("res_id", "=", record.id)]
            )
            self.assertEqual(count, uploaded, record.state)

    @mute_logger("odoo.http", "odoo.addons.base.models.res_users")
    def test_the_way_it_is_meant(self):
        """COM-5: the decider decides over HTTP, once."""
        self._route(self._line(password_required=True))
        change = self._submitted()
        self._login(self.mr)
        self._refused_http(CHANGE, "action_approve", change.ids)
        self._refused_http(CHANGE, "action_approve", change.ids, "fine", "wrong")
        result, error = self._call(CHANGE, "action_approve", change.ids, "fine", "itsms.mr")
        self.assertTrue(result, error)
        self._refused_http(CHANGE, "action_approve", change.ids, "fine", "itsms.mr")
        self.env.invalidate_all()
        self.assertEqual(change.state, "approved")
        self.assertEqual(self._steps(change).decided_by_id, self.mr)

    @mute_logger("odoo.http", "odoo.addons.base.models.res_users")
    def test_passwords_are_not_guessed(self):
        """COM-5: after a few wrong passwords even the right one has to wait, as at the login."""
        self._route(self._line(password_required=True))
        change = self._submitted()
        self._login(self.mr)
        self.addCleanup(lambda: self.registry._login_failures.clear())
        self.env["ir.config_parameter"].set_param("base.login_cooldown_after", 2)
        for _attempt in range(3):
            self._refused_http(CHANGE, "action_approve", change.ids, "fine", "wrong")
        self._refused_http(CHANGE, "action_approve", change.ids, "fine", "itsms.mr")
        self.env.invalidate_all()
        self.assertEqual(change.state, "pending")
