from odoo import fields
from odoo.tests import TransactionCase, new_test_user, tagged

ROLES = (
    "president",
    "management_representative",
    "document_controller",
)


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


__all__ = ["ItsmsCase", "tagged"]
