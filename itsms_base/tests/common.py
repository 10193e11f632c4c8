from contextlib import contextmanager

from hypothesis import settings
from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import ConcurrencyError, UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, TransactionCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import SQL, mute_logger

# how long an example takes depends on what else the machine does, and proves nothing
settings.register_profile("itsms", deadline=None)
settings.load_profile("itsms")


class ItsmsCase(TransactionCase):
    """A small company of its own: departments, people of every role, no demo data.

    ``self.president``, ``self.mr``, ``self.vp``, ``self.controller``, ``self.office``,
    ``self.head``, ``self.author``, ``self.colleague``, ``self.reader``, ``self.auditor``,
    ``self.manager`` (ITSMS administrator) are users of ``self.company``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, lang="en_US"))
        cls.company = cls.env["res.company"].create({"name": "Test Company", "itsms_code": "LH"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.dep_office = cls._department("ITSMS office")
        cls.dep_dev = cls._department("Development")
        cls.dep_lab = cls._department("Laboratory", parent=cls.dep_dev)
        cls.dep_sales = cls._department("Sales")
        cls.company.itsms_office_department_id = cls.dep_office
        cls.president = cls._person("president")
        cls.mr = cls._person("mr", cls.dep_office)
        cls.vp = cls._person("vp")
        cls.controller = cls._person("controller", cls.dep_office)
        cls.office = cls._person("office", cls.dep_office, "itsms_base.group_itsms_office")
        cls.head = cls._person("head", cls.dep_dev)
        cls.author = cls._person("author", cls.dep_dev)
        cls.colleague = cls._person("colleague", cls.dep_dev)
        cls.reader = cls._person("reader", cls.dep_sales)
        cls.auditor = cls._person("auditor", None, "itsms_base.group_itsms_auditor")
        cls.manager = cls._person("manager", cls.dep_office, "itsms_base.group_itsms_manager")
        cls.dep_dev.manager_id = cls.head.employee_id
        cls._assign("president", cls.president)
        cls._assign("management_representative", cls.mr)
        cls._assign("vice_president", cls.vp, cls.dep_dev)
        cls._assign("document_controller", cls.controller)

    @classmethod
    def _department(cls, name, parent=None):
        return cls.env["hr.department"].create(
            {"name": name, "company_id": cls.company.id, "parent_id": parent and parent.id}
        )

    @classmethod
    def _person(cls, login, department=None, groups="base.group_user", company=None):
        """A user with an employee in ``department``; the password is the login (at least 8)."""
        company = company or cls.company
        user = new_test_user(
            cls.env,
            login=f"itsms.{login}",
            name=login.capitalize(),
            groups=",".join(dict.fromkeys(["base.group_user", *groups.split(",")])),
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": company.id,
                "department_id": department and department.id,
            }
        )
        return user

    @classmethod
    def _assign(cls, code, user, department=None, company=None, **vals):
        """Appoint ``user`` to the role ``code`` from today on."""
        return cls.env["itsms.role.assignment"].create(
            {
                "role_id": cls.env.ref(f"itsms_base.itsms_role_{code}").id,
                "user_id": user.id,
                "company_id": (company or cls.company).id,
                "department_id": department and department.id,
                **vals,
            }
        )

    @classmethod
    def _parameter(cls, code="approval.reminder.days"):
        return cls.env["itsms.parameter"].search([("code", "=", code)])

    def _change(self, user=None, value="2", **vals):
        """A draft parameter change of ``user`` (default: the ITSMS office)."""
        return (
            self.env["itsms.parameter.change"]
            .with_user(user or self.office)
            .create(
                {
                    "parameter_id": self._parameter().id,
                    "value": value,
                    "reason": "Measured",
                    "company_id": self.company.id,
                    **vals,
                }
            )
        )

    def _as(self, record, user):
        """``record`` as ``user`` sees it, with nothing left over in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def _log_of(self, record):
        return self.env["itsms.log"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)], order="position"
        )


class AccessMatrix:
    """Every model × every group × read, write, create, unlink, as an explicit table.

    ``matrix`` gives per model the letters of ``rwcu`` for employee, office, administrator and
    auditor; portal users and the public may nothing.
    """

    module = None
    matrix = None

    def test_every_model_is_in_the_matrix(self):
        """COM-17: a model that nobody thought about must not slip in."""
        ours = {
            name
            for name, model in self.env.items()
            if name.startswith("itsms.")
            and not model._abstract
            and model._original_module == self.module
        }
        self.assertEqual(ours, set(self.matrix))

    def test_matrix(self):
        """COM-17: every model × every group × read, write, create, unlink, as the table says."""
        groups = (self.reader, self.office, self.manager, self.auditor)
        outsiders = (
            new_test_user(self.env, "itsms.matrix.portal", "base.group_portal"),
            self.env.ref("base.public_user"),
        )
        for name, rights in self.matrix.items():
            expected = dict(zip(groups, rights, strict=True)) | dict.fromkeys(outsiders, "")
            for user, allowed in expected.items():
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(model=name, user=user.login, operation=operation):
                        self.assertEqual(
                            self.env[name].with_user(user).has_access(operation),
                            operation[0] in allowed,
                        )


class TwoCursors:
    """For tests with committed data: two people act at the same time."""

    @contextmanager
    def _two(self, table):
        """Two cursors whose snapshots of ``table`` were taken before either did anything."""
        with self.registry.cursor() as one, self.registry.cursor() as two:
            for cr in (one, two):
                cr.execute(SQL("SELECT 1 FROM %s LIMIT 1", SQL.identifier(table)))
            try:
                yield one, two
            finally:
                one.rollback()
                two.rollback()

    def _loses(self, cr, act):
        """``act`` is refused at once, or tried again as the framework does and then refused."""
        try:
            act()
        except UserError as exc:
            return str(exc)
        except (SerializationFailure, ConcurrencyError):
            cr.rollback()
            with self.assertRaises(UserError) as caught:
                act()
            return str(caught.exception)
        return self.fail("both acts went through")


class RaceCase(TwoCursors, BaseCase):
    """Committed data in a company of its own: ``_create`` makes it, the end removes it all."""

    company_id = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            cls._create(api.Environment(cr, SUPERUSER_ID, {}))

    @classmethod
    def _create(cls, env):
        raise NotImplementedError

    @classmethod
    def _company(cls, env, name, code):
        """The company of this race, to be made first."""
        company = env["res.company"].create({"name": name, "itsms_code": code})
        cls.company_id = company.id
        return company.with_context(
            allowed_company_ids=company.ids,
            tracking_disable=True,
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
        )

    @classmethod
    def _person(cls, env, name, groups="base.group_user"):
        return new_test_user(
            env,
            login=f"itsms.race.{cls.company_id}.{name}",
            groups=groups,
            company_id=cls.company_id,
            company_ids=[fields.Command.set([cls.company_id])],
            email=False,
        )

    @classmethod
    def _employee(cls, env, user, **vals):
        vals = {"name": user.login, "user_id": user.id, "company_id": cls.company_id, **vals}
        return env["hr.employee"].create(vals)

    @classmethod
    def _appoint(cls, env, role, user, department=None):
        env["itsms.role.assignment"].create(
            {
                "role_id": env.ref(f"itsms_base.itsms_role_{role}").id,
                "user_id": user.id,
                "company_id": cls.company_id,
                "department_id": department and department.id,
            }
        )

    def _env(self, cr, user=SUPERUSER_ID):
        """What ``user`` (an id) works in."""
        return api.Environment(cr, user, {"allowed_company_ids": [self.company_id]})

    # ------------------------------------------------------------ removal
    @classmethod
    def _clean_up(cls):
        """Remove what was committed, below the triggers that keep evidence."""
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
            company = env["res.company"].browse(cls.company_id or []).exists()
            if not company:
                return
            cr.execute("ALTER TABLE itsms_log DISABLE TRIGGER USER")
            cr.execute("DELETE FROM itsms_log WHERE company_id = %s", company.ids)
            cr.execute("ALTER TABLE itsms_log ENABLE TRIGGER USER")
            cls._delete_rows(cr, [model for model in env.values() if cls._is_ours(model)])
            env["hr.department"].search([("company_id", "=", company.id)]).manager_id = False
            env["hr.employee"].search([("company_id", "=", company.id)]).unlink()
            people = env["res.users"].search([("company_id", "=", company.id)])
            partners = people.partner_id | company.partner_id
            people.active = False
            people.unlink()
            for field in company._fields.values():
                if field.comodel_name == "hr.department" and field.store:
                    company[field.name] = False
            env["hr.department"].search([("company_id", "=", company.id)]).unlink()
            company.unlink()
            partners.exists().unlink()
            env.registry.clear_cache()

    @classmethod
    def _is_ours(cls, model):
        field = model._fields.get("company_id")
        ours = model._name.startswith("itsms.") or model._name == "hr.expense"
        return ours and model._auto and not model._abstract and field and field.store

    @classmethod
    def _delete_rows(cls, cr, models):
        """Rows of the company with what hangs on them; those first that no other points to."""
        company = [cls.company_id]
        rows = {}
        for model in models:
            cr.execute(f"SELECT id FROM {model._table} WHERE company_id = %s", company)
            if ids := [row[0] for row in cr.fetchall()]:
                rows[model] = ids
        for model, ids in rows.items():
            for table, column in (
                ("mail_message", "model"),
                ("mail_followers", "res_model"),
                ("mail_activity", "res_model"),
                ("ir_attachment", "res_model"),
            ):
                cr.execute(
                    f"DELETE FROM {table} WHERE {column} = %s AND res_id = ANY(%s)",
                    [model._name, ids],
                )
        freed = False
        while rows:
            left = {m: ids for m, ids in rows.items() if not cls._try(cr, "DELETE FROM", m)}
            if len(left) == len(rows):
                assert not freed, f"left behind: {', '.join(m._name for m in left)}"
                freed = True
                names = {model._name for model in left}  # they point to each other
                for model in left:
                    for name, field in model._fields.items():
                        if field.comodel_name in names and field.column_type and field.store:
                            cls._try(cr, "UPDATE", model, f"SET {name} = NULL")
            rows = left

    @classmethod
    def _try(cls, cr, verb, model, how=""):
        """Whether the database let us do it to the rows of the company."""
        try:
            with mute_logger("odoo.sql_db"), cr.savepoint(flush=False):
                cr.execute(f"{verb} {model._table} {how} WHERE company_id = %s", [cls.company_id])
        except IntegrityError:
            return False
        return True


__all__ = ["AccessMatrix", "ItsmsCase", "RaceCase", "TwoCursors", "tagged"]
