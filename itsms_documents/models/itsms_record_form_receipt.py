import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain


class ItsmsRecordFormReceipt(models.Model):
    """A using department that got the electronic edition of a form (REC-4.1.3, REC-4.1.4).

    Written by the system: on entry into force, and when the document administrator of the
    department confirms that the form has arrived.
    """

    _name = "itsms.record.form.receipt"
    _description = "Record Form Sent to a Department"
    _inherit = ["itsms.confidential.child.mixin"]
    _secrecy_parent = "form_id"
    _order = "form_id, department_id"

    form_id = fields.Many2one(
        "itsms.record.form", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="form_id.company_id", store=True, index=True)
    department_id = fields.Many2one(
        "hr.department", required=True, readonly=True, index=True, ondelete="restrict"
    )
    sent_at = fields.Datetime(string="Sent on", required=True, readonly=True)
    sent_by_id = fields.Many2one("res.users", string="Sent by", required=True, readonly=True)
    acknowledged_at = fields.Datetime(string="Received on", readonly=True)
    acknowledged_by_id = fields.Many2one("res.users", string="Received by", readonly=True)
    waiting_for_me = fields.Boolean(compute="_compute_waiting", search="_search_waiting")

    _department_uniq = models.Constraint(
        "UNIQUE (form_id, department_id)", "A department gets a form once."
    )
    _open_idx = models.Index("(department_id, form_id) WHERE acknowledged_at IS NULL")

    @api.depends("form_id.display_name", "department_id.name")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for receipt in self:
            # a confidential one stays masked
            if receipt.display_name == f"{receipt._name},{receipt.id}":
                form, department = receipt.form_id.display_name, receipt.department_id.name
                receipt.display_name = f"{form} → {department}"

    @api.depends("acknowledged_at", "department_id")
    @api.depends_context("uid")
    def _compute_waiting(self):
        mine = self.filtered_domain(self._waiting_domain())
        for receipt in self:
            receipt.waiting_for_me = receipt in mine

    def _search_waiting(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._waiting_domain()
        return domain if True in value else ~domain

    @api.model
    def _waiting_domain(self):
        """Forms in force that the current user has to confirm for a department."""
        departments = self.env["hr.department"]._itsms_forms_departments()
        return (
            Domain("acknowledged_at", "=", False)
            & Domain("form_id.state", "=", "valid")
            & Domain("department_id", "in", departments.ids)
        )

    def action_acknowledge(self):
        """Confirm that forms have arrived: the document administrator of the department."""
        self.check_access("read")
        self._lock_open()
        mine = self.env["hr.department"]._itsms_forms_departments()
        for receipt in self:
            if receipt.department_id not in mine:
                raise AccessError(
                    self.env._(
                        "%(name)s: only the document administrator of %(department)s confirms "
                        "that the form has arrived (REC-4.1.4, DOC-3.4).",
                        name=receipt.form_id.display_name,
                        department=receipt.department_id.name,
                    )
                )
            if receipt.acknowledged_at:
                raise UserError(
                    self.env._("%(name)s is confirmed already.", name=receipt.display_name)
                )
        # sudo: nobody writes receipts by hand; right and state were checked
        self.sudo().write(
            {"acknowledged_at": fields.Datetime.now(), "acknowledged_by_id": self.env.uid}
        )
        for receipt in self:
            receipt.form_id._log("acknowledge", comment=receipt.department_id.name)
        self.form_id._forms_finish_activities()
        return True

    def _lock_open(self):
        """Two people who confirm at once: one is through, the other is told."""
        try:
            self.sudo().lock_for_update()  # sudo: a lock needs no right, and gives none
        except LockError as exc:
            raise UserError(
                self.env._("Somebody else is confirming the form at this very moment.")
            ) from exc
        self.invalidate_recordset()


class HrDepartment(models.Model):
    """For which departments a person confirms forms."""

    _inherit = "hr.department"

    @api.model
    def _itsms_forms_departments(self):
        """Departments whose document administrator the current user is; where a department has
        none, its own people stand for it."""
        user = self.env.user
        role = self.env["itsms.role"]._by_code("department_document_administrator")
        # sudo: a person's own offices and departments
        held = (
            self.env["itsms.role.assignment"]
            .sudo()
            ._current(role, self.env.company)
            .filtered(lambda a: a.user_id == user)
        )
        own = user._itsms_own_departments()
        if all(assignment.department_id for assignment in held):
            domain = [("id", "child_of", (held.department_id | own).ids)]
        else:
            domain = [("company_id", "in", (self.env.company.id, False))]
        below = self.sudo().search(domain)  # sudo: as above
        administrators = below._itsms_document_administrators()
        return below.filtered(
            lambda d: user in administrators[d] or (d in own and not administrators[d])
        ).with_env(self.env)


class ItsmsRecordForm(models.Model):
    """What reaches the using departments when a form enters into force."""

    _inherit = "itsms.record.form"

    receipt_ids = fields.One2many(
        "itsms.record.form.receipt", "form_id", string="Sent to", readonly=True, copy=False
    )
    receipt_count = fields.Integer(compute="_compute_receipt_count")
    receipt_open = fields.Integer(string="Not yet confirmed", compute="_compute_receipt_count")
    can_acknowledge = fields.Boolean(compute="_compute_can_acknowledge")

    def _engine_fields(self):
        return super()._engine_fields() | {"receipt_ids"}

    @api.depends("receipt_ids.acknowledged_at")
    def _compute_receipt_count(self):
        for form in self:
            form.receipt_count = len(form.receipt_ids)
            form.receipt_open = len(form.receipt_ids.filtered(lambda r: not r.acknowledged_at))

    @api.depends("receipt_ids.acknowledged_at", "state")
    @api.depends_context("uid")
    def _compute_can_acknowledge(self):
        for form in self:
            form.can_acknowledge = any(form.receipt_ids.mapped("waiting_for_me"))

    def _using_departments(self):
        """Departments that use each form, as a dict; none named means every department."""
        every = {}
        for company in self.filtered(lambda f: not f.using_department_ids).company_id:
            # sudo: the list of departments is no secret
            Department = self.env["hr.department"].sudo()
            found = Department.search([("company_id", "in", (company.id, False))])
            every[company] = found.sudo(False)
        return {form: form.using_department_ids or every[form.company_id] for form in self}

    def _send_to_departments(self):
        """Send the electronic edition and the updated record list (REC-4.1.3, REC-4.1.4).

        One notice per form to the document administrators of all using departments, one receipt
        per department; who already got this revision gets nothing again.
        """
        got = {form: form.sudo().receipt_ids.department_id for form in self}  # sudo: all receipts
        fresh = {
            form: departments - got[form]
            for form, departments in self._using_departments().items()
            if departments - got[form]
        }
        if not fresh:
            return
        now = fields.Datetime.now()
        # sudo: receipts are written by the system only
        self.env["itsms.record.form.receipt"].sudo().create(
            [
                {
                    "form_id": form.id,
                    "department_id": department.id,
                    "sent_at": now,
                    "sent_by_id": self.env.uid,
                }
                for form, departments in fresh.items()
                for department in departments
            ]
        )
        forms = self.browse(form.id for form in fresh)
        forms.invalidate_recordset(["receipt_ids"])
        forms._log("issue", comment=lambda form: ", ".join(fresh[form].mapped("name")))
        departments = self.env["hr.department"].union(*fresh.values())
        administrators = departments._itsms_document_administrators()
        people = {
            form: self.env["res.users"].union(*(administrators[d] for d in fresh[form]))
            for form in forms
        }
        everybody = self.env["res.users"].union(*people.values())
        open_to = {user: forms._approval_open_to(user) for user in everybody}
        for form in forms:
            form._notify_departments(people[form].filtered(lambda u, f=form: f in open_to[u]))

    def _notify_departments(self, people):
        """The notice with the blank form itself, and a to-do: confirm that it arrived."""
        self.ensure_one()
        if not people:
            return
        record_list = self.env.ref("itsms_documents.itsms_record_form_action")
        body = Markup("<p>%s</p><p><a href='%s/odoo/action-%s'>%s</a></p>") % (
            self.env._(
                "The record form %(name)s is in force. The blank form is attached; the list of "
                "record forms is up to date.",
                name=self.template_name,
            ),
            self.get_base_url(),
            record_list.id,
            self.env._("Open the list of record forms"),
        )
        content = self.with_context(bin_size=False).sudo().file  # sudo: whoever publishes may read
        files = [(self.download_name, base64.b64decode(content))] if content else []
        # sudo: a notification in the system's name; only people who may open the form get it
        self.sudo().message_notify(
            partner_ids=people.partner_id.ids,
            subject=self.display_name,
            body=body,
            attachments=files,
        )
        activity_type = self.env.ref("itsms_documents.mail_activity_type_form_receipt")
        # sudo: to-dos for colleagues
        self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "user_id": user.id,
                    "summary": self.env._("Confirm that the form has arrived"),
                }
                for user in people
            ]
        )

    def _forms_finish_activities(self):
        """Remove the to-dos of people who have nothing left to confirm."""
        activity_type = self.env.ref("itsms_documents.mail_activity_type_form_receipt")
        # sudo: to-dos of colleagues
        activities = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "=", activity_type.id),
                ]
            )
        )
        open_receipts = self.sudo().receipt_ids.filtered(lambda r: not r.acknowledged_at)
        administrators = open_receipts.department_id._itsms_document_administrators()
        waiting = {
            (r.form_id.id, user)
            for r in open_receipts
            if r.form_id.state == "valid"
            for user in administrators[r.department_id]
        }
        activities.filtered(lambda a: (a.res_id, a.user_id) not in waiting).unlink()

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("supersede", "obsolete"):
            self._forms_finish_activities()

    def action_acknowledge(self):
        """Confirm for one's own departments that the forms have arrived."""
        receipts = self.receipt_ids.filtered("waiting_for_me")
        if not receipts:
            raise UserError(self.env._("There is nothing here for you to confirm."))
        return receipts.action_acknowledge()
