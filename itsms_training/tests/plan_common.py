from contextlib import contextmanager
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from .common import TrainingCase


class PlanCase(TrainingCase):
    """Needs, plans and training approval forms on every step of their way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.itsms_hr_department_id = cls.dep_hr
        cls.vp_sales = cls._person("vp_sales")
        cls._assign("vice_president", cls.vp_sales, cls.dep_sales)
        cls.finance = cls._person("finance")
        cls._assign("finance_officer", cls.finance)
        cls.today = cls.company._itsms_today()
        cls.year = cls.today.year

    @contextmanager
    def _refused(self, words, error=UserError):
        """Refused with these words; what was written before the refusal is undone."""
        with self.assertRaises(error) as caught:
            yield
        self.assertRegex(str(caught.exception), words)

    def _stranger(self):
        """Another company, an HR officer of it, and his employee."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        user = self._person("stranger", None, "hr.group_hr_user", company=other)
        employee = self.env["hr.employee"].with_context(allowed_company_ids=other.ids)
        return other, user, employee.search([("user_id", "=", user.id)])

    def _told(self, record, user):
        """Whether ``user`` got a notice about ``record``."""
        messages = self.env["mail.message"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)]
        )
        return user.partner_id in messages.partner_ids | messages.notified_partner_ids

    def _need(self, user=None, **vals):
        user = user or self.head
        vals = {
            "name": "Escalation",
            "company_id": self.company.id,
            "department_id": self.dep_dev.id,
            "people": 3,
            **vals,
        }
        vals = {name: value for name, value in vals.items() if value is not None}
        return self.env["itsms.training.need"].with_user(user).create(vals)

    def _reported(self, **vals):
        need = self._need(**vals)
        need.action_report()
        return need

    def _plan(self, user=None, lines=({},), **vals):
        line = {
            "name": "Service desk",
            "department_id": self.dep_dev.id,
            "month": "03",
            "hours": 8,
            "people": 5,
            "cost": 1000,
        }
        vals = {
            "company_id": self.company.id,
            "year": self.year,
            "line_ids": [fields.Command.create({**line, **extra}) for extra in lines],
            **vals,
        }
        return self.env["itsms.training.plan"].with_user(user or self.training_admin).create(vals)

    def _approve(self, record, *users):
        for user in users:
            self._as(record, user).action_approve()
        return record

    def _plan_in_force(self, **vals):
        plan = self._plan(**vals)
        plan.action_submit()
        self._approve(plan, self.vp, self.mr, self.president)
        self._as(plan, self.hr_head).action_issue()
        return plan

    def _request(self, user=None, **vals):
        vals = {
            "name": "Certified auditor",
            "kind": "outside",
            "company_id": self.company.id,
            "department_id": self.dep_dev.id,
            "purpose": "Internal audits",
            "institution_id": self.env["res.partner"].create({"name": "Academy"}).id,
            "date_from": self.today,
            "date_to": self.today,
            "hours": 8,
            "cost": 500,
            "trainee_ids": [fields.Command.create({"employee_id": self.colleague.employee_id.id})],
            **vals,
        }
        return self.env["itsms.training.request"].with_user(user or self.head).create(vals)

    def _added(self, **vals):
        return self._request(
            **{"kind": "added", "name": "Extra course", "institution_id": False, **vals}
        )

    def _approved_request(self, **vals):
        request = self._request(**vals)
        request.action_submit()
        return self._approve(request, self.training_admin, self.vp, self.president)

    def _hand_in(self, request, user=None, **vals):
        user = user or self.colleague
        Attachment = self.env["ir.attachment"].with_user(user)
        vals = {
            "trainee_id": request.sudo().trainee_ids[:1].id,
            "certificate": "yes",
            "material_ids": Attachment.create({"name": "slides.pdf", "raw": b"m"}).ids,
            "certificate_ids": Attachment.create({"name": "certificate.pdf", "raw": b"c"}).ids,
            **vals,
        }
        dialog = self.env["itsms.training.hand.in"].with_user(user).create(vals)
        dialog.action_confirm()
        return dialog

    def _completed_request(self, **vals):
        request = self._approved_request(**vals)
        self._hand_in(request)
        self._as(request, self.training_admin).action_sign()
        return request

    def _expense(self, request=None, user=None, **vals):
        user = user or self.colleague
        product = self.env.ref("itsms_training.product_product_training_cost")
        vals = {
            "name": "Course fee",
            "employee_id": user.employee_id.id,
            "company_id": self.company.id,
            "product_id": product.id,
            "total_amount_currency": 400,
            "training_request_id": request and request.id,
            "manager_id": self.head.id,
            **vals,
        }
        return (
            self.env["hr.expense"]
            .with_user(user)
            .with_context(allowed_company_ids=self.company.ids)
            .create(vals)
        )

    def _day(self, days):
        return self.today + timedelta(days=days)
