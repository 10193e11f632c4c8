import inspect

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tools import mute_logger

from .common import scope_in_force, tagged
from .record_common import RecordCase

ODD = (None, "no_such", 2**40, 1.5, [], {"a": 1}, "\0")


@tagged("post_install", "-at_install")
class TestAttacksRpc(RecordCase):
    """People with rights call every action with what a client may send."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._person("administrator", cls.dep_dev)
        cls._assign("department_document_administrator", cls.administrator, cls.dep_dev)

    def _things(self):
        """A record of most models, in states in which something can be done with it."""
        document = self._published(name="In force")
        line = {"department_id": self.dep_dev.id, "electronic": False, "number_from": 1}
        values = {"line_ids": [Command.create({**line, "paper_copies": 3})]}
        scope_in_force(document.with_env(self.env), {"document_id": document.id, **values})
        copies = self.env["itsms.document.copy"].search([("document_id", "=", document.id)])
        self._as(copies[:2], self.controller).action_issue()
        self._as(copies[:1], self.administrator).action_sign()
        loan = self.env["itsms.document.loan"].with_user(self.author)
        loan = loan.create(
            {
                "record_id": self._filed().id,
                "purpose_text": "Study",
                "company_id": self.company.id,
            }
        )
        loan.action_submit()
        self._as(loan, self.keeper).action_register()
        self._as(loan, self.keeper).action_hand_out()
        self._submitted(name="In approval")
        self._request(document)
        common = {"department_id": self.dep_dev.id, "company_id": self.company.id}
        self._as(self.env["itsms.record.disposal"], self.author).create({**common})
        days = {"date_from": "2020-01-01", "due_on": "2020-02-01"}
        self.env["itsms.record.collection"].create({**common, **days})
        self._as(self.env["itsms.document.reissue"], self.administrator).create(
            {"copy_id": copies[0].id, "cause": "worn"}
        )
        return copies, loan

    def _calls(self, prefix="action_"):
        """Model, method and number of arguments of what a client can call."""
        for name, model in self.env.items():
            if not name.startswith("itsms.") or model._abstract:
                continue
            for attribute in dir(type(model)):
                if not attribute.startswith(prefix):
                    continue
                try:
                    method = get_public_method(model, attribute)
                except (AccessError, AttributeError):
                    continue
                if "itsms" in method.__module__ and not getattr(method, "_api_model", False):
                    yield name, attribute, len(inspect.signature(method).parameters) - 1

    def _call(self, user, name, attribute, args):
        """An answer that can be stored, or a clean refusal; nothing of it stays."""
        self.env.flush_all()
        context = {"allowed_company_ids": user.company_ids.ids}
        with mute_logger("odoo.sql_db", "odoo.models"):
            try:
                with self.env.cr.savepoint():
                    call_kw(self.env[name].with_user(user), attribute, args, {"context": context})
                    self.env.flush_all()
                    undone = "undone"
                    raise UserError(undone)
            except (UserError, MissingError) as exc:
                self.assertTrue(str(exc))
            except ValueError as exc:  # Odoo's own word for a call with no or several records
                self.assertRegex(str(exc), "Expected singleton|not enough values to unpack")
            finally:
                self.env.invalidate_all()

    def test_actions_with_odd_arguments_of_people_with_rights(self):
        """COM-2 COM-17: what a client makes up is answered or refused in words, also where the
        person may do the thing itself."""
        self._things()
        users = (self.office, self.administrator, self.keeper, self.author, self.mr)
        for name, attribute, count in self._calls():
            if not count:
                continue
            field = self.env[name]._fields.get("company_id")
            domain = [("company_id", "=", self.company.id)] if field and field.store else []
            for record in self.env[name].sudo().search(domain, limit=4):
                for user in users:
                    for value in ODD:
                        args = [record.ids, *([value] * count)]
                        with self.subTest(model=name, method=attribute, args=args):
                            self._call(user, name, attribute, args)

    def test_odd_words_besides_a_right_choice(self):
        """COM-2: a note or a name that is no text does not break what it is a note about."""
        copies, loan = self._things()
        for odd in ODD:
            for user, records, method, args in (
                (self.controller, copies[:1], "action_return", ["good", odd]),
                (self.controller, copies[:1], "action_recall", ["left", odd]),
                (self.controller, copies[:1], "action_recall", ["misuse", odd]),
                (self.keeper, loan, "action_take_back", ["good", odd, odd]),
                (self.keeper, loan, "action_take_back", ["damaged", odd, odd]),
                (self.author, loan, "action_ask_renewal", ["2999-01-01", odd]),
                (self.keeper, loan, "action_renew", ["2999-01-01", odd]),
            ):
                with self.subTest(method=method, odd=odd):
                    self._call(user, records._name, method, [records.ids, *args])
