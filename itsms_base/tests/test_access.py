import inspect

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.models import BaseModel
from odoo.service.model import call_kw, get_public_method
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import AccessMatrix, ItsmsCase, tagged

# read, write, create, unlink per group: user, office, manager, auditor; portal and public: nothing
R, NONE, ALL = "r", "", "rwcu"
MATRIX = {
    "itsms.role": (R, R, ALL, R),
    "itsms.role.assignment": (R, R, ALL, R),
    "itsms.stand.in": (ALL, ALL, ALL, ALL),
    "itsms.approval.route": (R, R, ALL, R),
    "itsms.approval.route.line": (R, R, ALL, R),
    "itsms.approval.step": (R, R, R, R),
    "itsms.log": (R, R, R, R),
    "itsms.measure": (R, ALL, ALL, R),
    "itsms.measure.value": (R, R, R, R),
    "itsms.measure.entry": ("rwc", "rwc", "rwc", "rwc"),
    "itsms.duty.kind": (R, R, ALL, R),
    "itsms.clause": (R, "rwcu", "rwcu", R),
    "itsms.meeting": (ALL, ALL, ALL, ALL),
    "itsms.meeting.attendee": (ALL, ALL, ALL, ALL),
    "itsms.meeting.mark": ("rwc", "rwc", "rwc", "rwc"),
    "itsms.duty": (R, "rw", "rw", R),
    "itsms.log.seal": (NONE, R, R, R),
    "itsms.log.seal.head": (NONE, R, R, R),
    "itsms.number.scheme": (R, R, ALL, R),
    "itsms.number.counter": (NONE, R, R, R),
    "itsms.parameter": (R, R, "rwc", R),
    "itsms.parameter.change": (R, ALL, ALL, R),
    "itsms.register": (R, R, ALL, R),
    "itsms.register.part": (R, R, ALL, R),
    "itsms.link.type": (R, R, ALL, R),
    "itsms.link": (ALL, ALL, ALL, ALL),
    "itsms.decision": ("rwc", "rwc", "rwc", "rwc"),
    "itsms.hand.over": ("rwc", "rwc", "rwc", "rwc"),
    "itsms.route.preview": ("rwc", "rwc", "rwc", "rwc"),
    "itsms.route.preview.line": ("rwc", "rwc", "rwc", "rwc"),
}
# models an auditor may write: his own stand-in, links between records he reads, dialogs
OWN = {
    "itsms.stand.in",
    "itsms.link",
    "itsms.decision",
    "itsms.hand.over",
    "itsms.measure.entry",
    # who is chair or secretary, by record rule
    "itsms.meeting",
    "itsms.meeting.attendee",
    "itsms.meeting.mark",
    "itsms.route.preview",
    "itsms.route.preview.line",
}


@tagged("post_install", "-at_install")
class TestAccess(AccessMatrix, ItsmsCase):
    module = "itsms_base"
    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "itsms.portal", "base.group_portal")
        cls.mine = {
            name: model
            for name, model in cls.env.items()
            if name.startswith("itsms.") and not model._abstract
        }

    def test_auditor_changes_nothing(self):
        """COM-3 COM-17: the auditor reads configuration and evidence and writes neither."""
        for name in set(MATRIX) - OWN:
            for operation in ("write", "create", "unlink"):
                self.assertFalse(self.env[name].with_user(self.auditor).has_access(operation), name)
            self.assertTrue(self.env[name].with_user(self.auditor).has_access("read"), name)

    def test_every_model_with_a_company_has_a_rule(self):
        """COM-17: records of another company are closed; no model with a company forgets it."""
        for name, model in self.mine.items():
            field = model._fields.get("company_id")
            if field and field.store and not model._transient:
                with self.subTest(model=name):
                    rules = self.env["ir.rule"].search(
                        [("model_id.model", "=", name), ("groups", "=", False)]
                    )
                    self.assertTrue(
                        rules.filtered(
                            lambda r: (
                                "company_id" in r.domain_force
                                and r.perm_read
                                and r.perm_write
                                and r.perm_create
                                and r.perm_unlink
                            )
                        )
                    )

    # ------------------------------------------------------------ calls from outside
    def _public_methods(self, prefix):
        """Names of the methods of our models that a client can call."""
        for name, model in self.mine.items():
            for attribute in dir(type(model)):
                if not attribute.startswith(prefix):
                    continue
                try:
                    method = get_public_method(model, attribute)
                except (AccessError, AttributeError):
                    continue
                if "itsms" in method.__module__:
                    yield name, attribute, method

    def _record_of(self, name):
        """Some record of the model, made by the superuser, or none."""
        if name == "itsms.parameter.change":
            return self._change()
        return self.env[name].sudo().search([], limit=1)

    def test_actions_called_without_rights(self):
        """COM-2 COM-5 COM-17: each action over RPC with odd arguments is refused or harmless."""
        change = self._change()
        change.action_submit()
        odd = (None, "", "no_such", 0, -1, [], {}, True, [["x"]], {"a": 1})
        called = 0
        for name, attribute, method in self._public_methods("action_"):
            if any(m in name for m in ("mail.", "documents")):
                continue
            record = self._record_of(name)
            extra = len(inspect.signature(method).parameters) - 1
            for user in (self.reader, self.portal):
                for value in odd:
                    for ids in (record.ids, [2**30], []):
                        args = [ids, *([value] * extra)]
                        if getattr(method, "_api_model", False):
                            args = args[1:]
                        called += 1
                        with self.subTest(model=name, method=attribute, args=args):
                            self._call(user, name, attribute, args)
        self.assertGreater(called, 100)
        self.assertEqual(change.state, "pending")
        self.assertEqual(len(change.sudo().approval_step_ids), 1)
        self.assertFalse(self.env["itsms.log"]._find_broken_line())

    def _call(self, user, name, attribute, args):
        """A call as a client makes it: an answer, or a clean refusal."""
        self.env.flush_all()
        model = (
            self.env[name].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        )
        with mute_logger("odoo.sql_db", "odoo.models"):
            try:
                with self.env.cr.savepoint():
                    call_kw(model, attribute, args, {})
            except (UserError, MissingError) as exc:  # the refusal that is asked for
                self.assertTrue(str(exc))
            except ValueError as exc:  # Odoo's own word for a call with no or several records
                self.assertRegex(str(exc), "Expected singleton|not enough values to unpack")
            finally:
                self.env.invalidate_all()

    def test_helpers_cannot_be_called(self):
        """COM-3 COM-5: what the engine uses inside is not open to clients."""
        for name, attribute in (
            ("itsms.log", "_append"),
            ("itsms.log.seal", "_seal"),
            ("itsms.number.scheme", "_draw"),
            ("itsms.approval.step", "_engine_write"),
            ("itsms.parameter.change", "_run_transition"),
        ):
            with self.assertRaises(AccessError):
                call_kw(self.env[name].with_user(self.manager), attribute, [[]], {})

    def test_only_known_methods_are_public(self):
        """COM-17: whatever a client can call is an action, or stands in this list."""
        known = {
            ("itsms.my.work", "get_sections"),
            # of the modules above, where they are installed
            ("itsms.training.gap", "get_heatmap"),
            ("itsms.audit.programme", "get_grid"),
            ("itsms.audit.programme", "set_cell"),
            ("itsms.audit.checklist", "get_on_site"),
            ("itsms.audit.checklist.line", "get_answers"),
        }
        for name, attribute, method in self._public_methods(""):
            owner = method.__module__.rpartition(".")[2]
            if hasattr(BaseModel, attribute) or attribute.startswith("action_"):
                continue
            self.assertIn((name, attribute), known, owner)
