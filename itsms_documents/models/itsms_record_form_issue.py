from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsRecordFormIssue(models.Model):
    """One line of the issue register (发放登记): blank forms handed to a department (REC-4.1.6).

    Once issued a line is never changed; a mistake is corrected by a counter entry.
    """

    _name = "itsms.record.form.issue"
    _description = "Issue of Record Forms"
    _inherit = ["itsms.content.lock.mixin", "itsms.confidential.child.mixin", "mail.thread"]
    _secrecy_parent = "form_id"
    _order = "issued_at desc, id desc"
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
        related="form_id.department_id",
        related_sudo=False,
        store=True,
        index=True,
        string="Responsible department",
    )
    to_department_id = fields.Many2one(
        "hr.department",
        string="Issued to",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    quantity = fields.Integer(required=True, default=1, help="Negative in a counter entry.")
    serial_from = fields.Integer(
        string="From serial", aggregator=None, help="Forms that are numbered one by one; 0: none."
    )
    serial_to = fields.Integer(string="To serial", aggregator=None)
    note = fields.Char()
    state = fields.Selection(
        [("draft", "Draft"), ("issued", "Issued"), ("received", "Received")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    issued_at = fields.Datetime(string="Issued on", readonly=True, copy=False)
    issued_by_id = fields.Many2one("res.users", string="Issued by", readonly=True, copy=False)
    received_at = fields.Datetime(string="Received on", readonly=True, copy=False)
    received_by_id = fields.Many2one(
        "res.users", string="Received by (signature)", readonly=True, copy=False
    )
    reverses_id = fields.Many2one(
        "itsms.record.form.issue",
        string="Counter entry to",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    reversal_ids = fields.One2many(
        "itsms.record.form.issue", "reverses_id", string="Counter entry", readonly=True, copy=False
    )
    reversed = fields.Boolean(compute="_compute_reversed", store=True)
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    can_receive = fields.Boolean(compute="_compute_can_receive")

    _reverses_uniq = models.UniqueIndex(
        "(reverses_id) WHERE reverses_id IS NOT NULL", "This entry has its counter entry already."
    )
    _quantity_chk = models.Constraint(
        "CHECK (quantity > 0 OR (quantity < 0 AND reverses_id IS NOT NULL))",
        "At least one form is issued.",
    )
    _serials_idx = models.Index("(form_id, serial_from, serial_to) WHERE serial_from > 0")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "issued_at",
            "issued_by_id",
            "received_at",
            "received_by_id",
            "reverses_id",
            "reversal_ids",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "issue": Transition("issue", self.env._("Issue"), ("draft",), "issued"),
            "receive": Transition(
                "receive", self.env._("Sign for receipt"), ("issued",), "received"
            ),
        }

    def _locked_way_out(self):
        return self.env._("Make a counter entry and issue anew.")

    # ------------------------------------------------------------ computed
    @api.depends("form_id.display_name", "to_department_id.name", "quantity")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for issue in self:
            # a confidential one stays masked
            if issue.form_id and issue.display_name == f"{issue._name},{issue.id}":
                form, department = issue.form_id.display_name, issue.to_department_id.name
                issue.display_name = f"{form} × {issue.quantity} → {department or ''}"

    @api.depends("reversal_ids")
    def _compute_reversed(self):
        for issue in self:
            issue.reversed = bool(issue.reversal_ids)

    @api.depends("form_id.department_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        """The responsible department issues its forms, the ITSMS office all (REC-4.1.6)."""
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        own = self.env.user._itsms_own_departments()
        for issue in self:
            issue.can_edit = office or issue.department_id in own

    def _search_can_edit(self, operator, value):
        return self.env["itsms.document"]._search_can_edit(operator, value)

    @api.depends("state", "to_department_id")
    @api.depends_context("uid")
    def _compute_can_receive(self):
        own = self.env.user._itsms_own_departments()
        for issue in self:
            issue.can_receive = issue.state == "issued" and issue.to_department_id in own

    @api.onchange("serial_from", "serial_to")
    def _onchange_serials(self):
        if 0 < self.serial_from <= self.serial_to:
            self.quantity = self.serial_to - self.serial_from + 1

    # ------------------------------------------------------------ checks
    @api.constrains("serial_from", "serial_to", "quantity")
    def _check_serials(self):
        for issue in self:
            first, last = issue.serial_from, issue.serial_to
            if not first and not last:
                continue
            if not 0 < first <= last or abs(issue.quantity) != last - first + 1:
                raise ValidationError(
                    self.env._(
                        "%(name)s: serials %(first)s to %(last)s do not fit the quantity "
                        "(REC-4.1.6).",
                        name=issue.display_name,
                        first=first,
                        last=last,
                    )
                )

    def _check_serials_free(self):
        """No numbered form is handed out twice."""
        for issue in self.filtered("serial_from"):
            # sudo: every line of the register counts
            taken = self.sudo().search(
                [
                    ("form_id.number", "=", issue.form_id.number),
                    ("company_id", "=", issue.company_id.id),
                    ("state", "in", ("issued", "received")),
                    ("reversed", "=", False),
                    ("reverses_id", "=", False),
                    ("id", "!=", issue.id),
                    ("serial_from", "<=", issue.serial_to),
                    ("serial_to", ">=", issue.serial_from),
                    ("serial_from", ">", 0),
                ],
                limit=1,
            )
            if taken:
                raise UserError(
                    self.env._(
                        "%(name)s: of these serials %(first)s to %(last)s were issued to "
                        "%(department)s already (REC-4.1.6).",
                        name=issue.display_name,
                        first=taken.serial_from,
                        last=taken.serial_to,
                        department=taken.to_department_id.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if "form_id" in vals:
            self.check_access("write")  # only forms of one's own department are issued
        return result

    # ------------------------------------------------------------ acts
    def _check_transition_right(self, transition):
        """Issued by the responsible department, received by the department that gets them."""
        if transition.name != "receive":
            super()._check_transition_right(transition)
            return
        own = self.env.user._itsms_own_departments()
        for issue in self:
            if issue.to_department_id not in own:
                raise AccessError(
                    self.env._(
                        "%(name)s: somebody of %(department)s signs for the forms (REC-4.1.6).",
                        name=issue.display_name,
                        department=issue.to_department_id.name,
                    )
                )

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "issue":
            return
        for issue in self:
            if issue.form_id.state != "valid":
                raise UserError(
                    self.env._(
                        "%(name)s is not in force and is not issued (REC-4.1.6).",
                        name=issue.form_id.display_name,
                    )
                )
        self._check_serials_free()

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "issue":
            self.form_id._lock_rows()  # serials are compared one issue after the other
        return super()._run_transition(transition, comment, **kwargs)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        now, user = fields.Datetime.now(), self.env.uid
        # sudo: the engine's own fields; who receives writes nothing else
        engine = guard.as_engine(self.sudo())
        if transition.name == "issue":
            engine.write({"issued_at": now, "issued_by_id": user})
        elif transition.name == "receive":
            engine.write({"received_at": now, "received_by_id": user})

    def action_issue(self):
        """Hand the forms out: from now on the line stays as it is."""
        return self.action_transition("issue")

    def action_receive(self):
        """Sign for the forms."""
        return self.action_transition("receive")

    def action_reverse(self, reason=None):
        """Correct issued lines by counter entries; the lines themselves stay (REC-4.1.6).

        :param reason: what was wrong.
        """
        self._lock_rows()
        self.check_access("write")
        if not str(reason or "").strip():
            raise UserError(self.env._("A counter entry needs a reason (REC-4.1.6)."))
        for issue in self:
            if issue.state == "draft" or issue.reversed or issue.reverses_id:
                raise UserError(
                    self.env._(
                        "%(name)s is not issued, is a counter entry or has one already.",
                        name=issue.display_name,
                    )
                )
        now = fields.Datetime.now()
        # sudo: the counter entry is the system's; state and right were checked
        entries = guard.as_engine(self.sudo()).create(
            [
                {
                    "form_id": issue.form_id.id,
                    "to_department_id": issue.to_department_id.id,
                    "quantity": -issue.quantity,
                    "serial_from": issue.serial_from,
                    "serial_to": issue.serial_to,
                    "note": reason,
                    "reverses_id": issue.id,
                    "state": "issued",
                    "left_draft_at": now,
                    "issued_at": now,
                    "issued_by_id": self.env.uid,
                }
                for issue in self
            ]
        )
        self._log("correction", comment=reason)
        return guard.without_engine(entries).sudo(False)._open_register()

    def action_open_reverse(self):
        """Dialog that asks for the reason of the counter entry."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_documents.itsms_record_form_reverse_action"
        )
        return {**action, "context": {"default_issue_id": self.id}}

    def _open_register(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Issue register"),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("form_id", "in", self.form_id.ids)],
        }


class ItsmsRecordForm(models.Model):
    """Prints and issues of a form."""

    _inherit = "itsms.record.form"

    print_count = fields.Integer(string="Prints", compute="_compute_use_counts")
    issue_count = fields.Integer(string="Issues", compute="_compute_use_counts")
    record_count = fields.Integer(string="Records", compute="_compute_use_counts")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_use_counts(self):
        domain = [("form_id", "in", self.ids)]
        groups = ["form_id", "state"], ["__count"]
        counts = {"record.form.print": {}, "record.form.issue": {}, "record": {}}
        for kind, totals in counts.items():
            model = self.env[f"itsms.{kind}"]
            for form, _state, count in model._read_group(domain, *groups):
                totals[form.id] = totals.get(form.id, 0) + count
        for form in self:
            form.print_count = counts["record.form.print"].get(form._origin.id, 0)
            form.issue_count = counts["record.form.issue"].get(form._origin.id, 0)
            form.record_count = counts["record"].get(form._origin.id, 0)

    def _compute_stage(self):
        """In force: published, then printed and issued where that was done (REC-4.1)."""
        super()._compute_stage()
        valid = self.filtered(lambda f: f.state == "valid")
        # sudo: whether forms were printed or issued is no secret to who sees the form
        domain = [("form_id", "in", valid.ids), ("state", "in", ("done", "issued", "received"))]
        printed = self.env["itsms.record.form.print"].sudo()._read_group(domain, ["form_id"])
        issued = self.env["itsms.record.form.issue"].sudo()._read_group(domain, ["form_id"])
        printed = {form.id for (form,) in printed}
        issued = {form.id for (form,) in issued}
        for form in valid:
            if form.id in issued:
                form.stage = "issued"
            elif form.id in printed:
                form.stage = "printed"

    def action_view_prints(self):
        """Printing of this form."""
        return self._view_use("record.form.print", self.env._("Printing"))

    def action_view_issues(self):
        """Lines of the issue register for this form."""
        return self._view_use("record.form.issue", self.env._("Issue register"))

    def action_view_records(self):
        """Records that were filled in on this form (REC-2b)."""
        return self._view_use("record", self.env._("Records"))

    def _view_use(self, kind, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": f"{title}: {self.display_name}",
            "res_model": f"itsms.{kind}",
            "view_mode": "list,form",
            "domain": [("form_id", "=", self.id)],
            "context": {"default_form_id": self.id},
        }
