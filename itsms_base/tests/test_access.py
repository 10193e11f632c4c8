import inspect
import re
from collections import defaultdict
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.models import BaseModel
from odoo.service.model import call_kw, get_public_method
from odoo.sql_db import Cursor
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

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


# what a client may send where a name, a number, a date or a text belongs
ODD = (None, "", "no_such", 0, -1, [], {}, True, [["x"]], {"a": 1})
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.I)
ONE_RECORD = re.compile("Expected singleton|not enough values to unpack")


def odd_calls(method, known):
    """Arguments to call ``method`` with: a record that is there (``known``), one that is not and
    none; the odd values on records only, and once where the method takes no records."""
    extra = len(inspect.signature(method).parameters) - 1
    values = ODD if extra else ODD[:1]
    if getattr(method, "_api_model", False):
        return [[value] * extra for value in values]
    records = [known] if known else []
    return [
        *([ids, *([value] * extra)] for ids in [*records, [2**30]] for value in values),
        [[], *([None] * extra)],
    ]


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
        models = defaultdict(list)
        for name, attribute, method in self._public_methods("action_"):
            models[name].append((attribute, method))
        called = 0
        with mute_logger("odoo.sql_db", "odoo.models"), self._watched_writes():
            for name, methods in models.items():
                known = self._record_of(name).ids
                for user in (self.reader, self.portal):
                    called += self._call_all(user, name, known, methods)
        self.assertGreater(called, 100)
        self.assertEqual(change.state, "pending")
        self.assertEqual(len(change.sudo().approval_step_ids), 1)
        self.assertFalse(self.env["itsms.log"]._find_broken_line())

    @contextmanager
    def _watched_writes(self):
        """Note in ``self.written`` what the database is told to change."""
        execute = Cursor.execute

        def watched(cr, query, *args, **kwargs):
            if WRITES.match(query.code if isinstance(query, SQL) else query):
                self.written.append(query)
            return execute(cr, query, *args, **kwargs)

        self.written = []
        with patch.object(Cursor, "execute", watched):
            yield

    def _call_all(self, user, name, known, methods):
        """Every one of the methods, with every odd call; how many calls that were."""
        called = 0
        model = self._as(self.env[name], user)
        for attribute, method in methods:
            for args in odd_calls(method, known):
                called += 1
                problem = self._call(model, attribute, args)
                if problem:  # a context of its own for each call costs more than the call
                    with self.subTest(user=user.login, model=name, method=attribute, args=args):
                        self.fail(problem)
        return called

    def _call(self, model, attribute, args):
        """A call as a client makes it: an answer, or a clean refusal; else what went wrong.

        Somebody from outside changes nothing, whatever he calls.
        """
        self.written.clear()
        try:
            with self.env.cr.savepoint():
                call_kw(model, attribute, args, {})
        except (UserError, MissingError) as exc:  # the refusal that is asked for
            return None if str(exc) else "a refusal without a word"
        except ValueError as exc:  # Odoo's own word for a call with no or several records
            return None if ONE_RECORD.search(str(exc)) else repr(exc)
        except Exception as exc:
            return repr(exc)
        self.env.invalidate_all()
        if self.written and model.env.user == self.portal:
            return f"somebody from outside wrote: {self.written[0]}"
        return None

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
            ("itsms.risk", "get_matrix"),
            ("itsms.audit.checklist", "get_on_site"),
            ("itsms.audit.checklist.line", "get_answers"),
        }
        for name, attribute, method in self._public_methods(""):
            owner = method.__module__.rpartition(".")[2]
            if hasattr(BaseModel, attribute) or attribute.startswith("action_"):
                continue
            self.assertIn((name, attribute), known, owner)
