from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsRecordFormPrint(models.Model):
    """Printing of a record form (印制): approved by the head of the printing department.

    Small quantities are printed by the using department itself, without approval (REC-4.1.5a).
    """

    _name = "itsms.record.form.print"
    _description = "Printing of a Record Form"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.confidential.child.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _secrecy_parent = "form_id"
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["form_id.number", "form_id.name"]

    form_id = fields.Many2one(
        "itsms.record.form",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'valid')]",
    )
    company_id = fields.Many2one(related="form_id.company_id", store=True, index=True)
    department_id = fields.Many2one(
        "hr.department",
        string="Department that asks",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["itsms.document"]._default_department(),
        help="The responsible department asks for printing; small quantities are printed by the "
        "department that uses the form (REC-4.1.5, REC-4.1.5a).",
    )
    quantity = fields.Integer(required=True, default=1)
    purpose = fields.Char(help="What the printed forms are needed for.")
    wanted_on = fields.Date(string="Needed on")
    small = fields.Boolean(
        string="Small quantity",
        compute="_compute_small",
        help="Up to the quantity of the parameter “record.form.small.print” a department prints "
        "itself, without approval (REC-4.1.5a).",
    )
    printed_at = fields.Datetime(string="Printed on", readonly=True, copy=False)
    printed_by_id = fields.Many2one("res.users", string="Printed by", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "Approved"),
            ("done", "Printed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    can_print = fields.Boolean(compute="_compute_can_print")

    _quantity_chk = models.Constraint("CHECK (quantity > 0)", "At least one form is printed.")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"printed_at", "printed_by_id"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "print": Transition("print", self.env._("Printed"), ("draft", "approved"), "done"),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "rejected", "approved"),
                "cancelled",
                reason=True,
            ),
        }

    def _approval_department(self):
        return self.department_id

    # ------------------------------------------------------------ computed
    @api.depends("form_id.display_name", "quantity")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for order in self:
            # a confidential one stays masked
            if order.form_id and order.display_name == f"{order._name},{order.id}":
                order.display_name = f"{order.form_id.display_name} × {order.quantity}"

    @api.depends("quantity", "company_id")
    def _compute_small(self):
        for company, orders in self.grouped("company_id").items():
            limit = self.env["itsms.parameter"]._get("record.form.small.print", company)
            for order in orders:
                order.small = order.quantity <= limit

    @api.depends("department_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        own = self.env.user._itsms_own_departments()
        for order in self:
            order.can_edit = office or order.department_id in own

    def _search_can_edit(self, operator, value):
        return self.env["itsms.document"]._search_can_edit(operator, value)

    @api.depends("state", "small", "can_edit")
    @api.depends_context("uid")
    def _compute_can_print(self):
        for order in self:
            order.can_print = (
                order.small and order.can_edit
                if order.state == "draft"
                else order.state == "approved" and order._user_prints()
            )

    def _user_prints(self):
        """Whether the current user belongs to the printing department or the ITSMS office."""
        self.ensure_one()
        # sudo: which department prints is no secret
        printing = self.company_id.sudo().itsms_printing_department_id.sudo(False)
        return self.env.user.has_group("itsms_base.group_itsms_office") or (
            printing in self.env.user._itsms_own_departments()
        )

    # ------------------------------------------------------------ checks
    def write(self, vals):
        result = super().write(vals)
        if "department_id" in vals:
            self.check_access("write")  # nobody asks in the name of another department
        return result

    def _check_form(self):
        for order in self:
            if order.form_id.state != "valid":
                raise UserError(
                    self.env._(
                        "%(name)s is not in force and is not printed. Choose the revision that "
                        "is in force (REC-4.1.5).",
                        name=order.form_id.display_name,
                    )
                )

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        self._check_form()
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        for order in self:
            # sudo: settings of the company are no secret
            if not order.company_id.sudo().itsms_printing_department_id:
                raise UserError(
                    self.env._(
                        "No printing department is set for %(company)s, so nobody could approve. "
                        "Set it under Configuration › Settings (REC-4.1.5) [I-02].",
                        company=order.company_id.name,
                    )
                )
            if order.small:
                raise UserError(
                    self.env._(
                        "%(name)s is a small quantity: the department prints it itself, without "
                        "approval. Press “Printed” (REC-4.1.5a).",
                        name=order.display_name,
                    )
                )
            if not office and order.department_id != order.form_id.department_id:
                raise UserError(
                    self.env._(
                        "%(name)s: %(department)s is responsible for the form and asks for its "
                        "printing (REC-4.1.5).",
                        name=order.display_name,
                        department=order.form_id.department_id.name,
                    )
                )

    # ------------------------------------------------------------ acts
    def _check_transition_right(self, transition):
        """The department itself prints small quantities, the printing department the rest."""
        if transition.name != "print":
            super()._check_transition_right(transition)
            return
        self.filtered(lambda o: o.state == "draft").check_access("write")
        for order in self.filtered(lambda o: o.state != "draft"):
            if not order._user_prints():
                raise AccessError(
                    self.env._(
                        "%(name)s is printed by the printing department (REC-4.1.5).",
                        name=order.display_name,
                    )
                )

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "print":
            return
        self._check_form()
        using = self.form_id._using_departments()
        for order in self.filtered(lambda o: o.state == "draft"):
            users = using[order.form_id] | order.form_id.department_id
            if order.department_id not in users:
                raise UserError(
                    self.env._(
                        "%(name)s: %(department)s does not use this form (REC-4.1.5a).",
                        name=order.display_name,
                        department=order.department_id.name,
                    )
                )
            limit = self.env["itsms.parameter"]._get("record.form.small.print", order.company_id)
            if order.quantity + order._printed_today() > limit:
                raise UserError(
                    self.env._(
                        "%(name)s is more than the %(limit)s copies that a department prints "
                        "itself in a day. Submit it: the head of the printing department approves "
                        "(REC-4.1.5, REC-4.1.5a).",
                        name=order.display_name,
                        limit=limit,
                    )
                )
        self.filtered(lambda o: o.state == "approved")._check_content_unchanged()

    def _printed_today(self):
        """Copies the same department printed of the same form today, without approval: many
        small quantities are a large one (sudo: counts only)."""
        self.ensure_one()
        zone = self.company_id._itsms_timezone()
        midnight = datetime.combine(self.company_id._itsms_today(), time.min)
        since = zone.localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)
        domain = Domain("form_id", "=", self.form_id.id) & Domain(
            [
                ("department_id", "=", self.department_id.id),
                ("state", "=", "done"),
                ("approved_at", "=", False),
                ("printed_at", ">=", since),
                ("id", "!=", self.id),
            ]
        )
        return self.sudo()._read_group(domain, [], ["quantity:sum"])[0][0] or 0

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "print":
            self.form_id._lock_rows()  # two small quantities at once are counted one by one
        return super()._run_transition(transition, comment, **kwargs)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "print":
            # sudo: the engine's own fields; the printing department writes nothing else
            guard.as_engine(self.sudo()).write(
                {"printed_at": fields.Datetime.now(), "printed_by_id": self.env.uid}
            )

    def action_print(self):
        """The forms are printed: by the department itself, or after the approval."""
        return self.action_transition("print")

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        self.ensure_one()
        return self.form_id.number or ""
