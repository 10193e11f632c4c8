from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

METHODS = [
    ("delete", "Deleted from the system"),
    ("shred", "Shredded"),
    ("burn", "Burnt"),
    ("other", "Other"),
]


class ItsmsRecordDisposal(models.Model):
    """Destruction of records past their retention period (REC-4.8): the department head examines
    (审定), the leader in charge approves, then it is carried out."""

    _name = "itsms.record.disposal"
    _description = "Disposal of Records"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.numbered.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "number"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Keeping department",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self.env["itsms.record"]._default_department(),
    )
    reason = fields.Char(
        required=True, default=lambda self: self.env._("The retention period has ended")
    )
    line_ids = fields.One2many("itsms.record.disposal.line", "disposal_id", string="Records")
    line_count = fields.Integer(string="Number of records", compute="_compute_line_count")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "To carry out"),
            ("executed", "Carried out"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    method = fields.Selection(METHODS, string="Method of destruction", readonly=True, copy=False)
    method_note = fields.Char(string="Details of the method", readonly=True, copy=False)
    witness = fields.Char(readonly=True, copy=False, help="Who saw paper records destroyed.")
    executed_on = fields.Date(string="Carried out on", readonly=True, copy=False)
    executed_at = fields.Datetime(readonly=True, copy=False)
    executed_by_id = fields.Many2one(
        "res.users", string="Carried out by", readonly=True, copy=False
    )
    removal_ids = fields.One2many("itsms.record.removal", "disposal_id", readonly=True)
    removal_state = fields.Char(string="Files on disk", compute="_compute_removal_state")
    has_physical = fields.Boolean(compute="_compute_line_count")
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    can_execute = fields.Boolean(compute="_compute_can_execute")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "method",
            "method_note",
            "witness",
            "executed_on",
            "executed_at",
            "executed_by_id",
            "removal_ids",
        }

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "execute": Transition(
                "execute", self.env._("Carry out"), ("approved",), "executed", internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel disposal"),
                ("draft", "rejected", "approved"),
                "cancelled",
                reason=True,
            ),
        }

    def _number_scheme(self):
        return self.env.ref("itsms_documents.itsms_number_scheme_record_disposal")

    def write(self, vals):
        result = super().write(vals)
        if "department_id" in vals:
            self.check_access("write")  # nobody has the records of another department destroyed
        return result

    # ------------------------------------------------------------ computed
    @api.depends("line_ids.record_id.medium_id")
    def _compute_line_count(self):
        for disposal in self:
            # sudo: how many records, and whether on paper, is shown without their titles
            lines = disposal.sudo().line_ids
            disposal.line_count = len(lines)
            disposal.has_physical = any(lines.record_id.medium_id.mapped("physical"))

    @api.depends("removal_ids.state")
    def _compute_removal_state(self):
        for disposal in self:
            # sudo: counts only
            states = disposal.sudo().removal_ids.mapped("state")
            parts = [
                (self.env._("removed"), states.count("removed")),
                (self.env._("shared with another file, kept there"), states.count("shared")),
                (self.env._("waiting for removal"), states.count("pending")),
            ]
            disposal.removal_state = ", ".join(f"{n} {text}" for text, n in parts if n)

    @api.depends("department_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        own = self.env.user._itsms_kept_departments()
        for disposal in self:
            disposal.can_edit = office or disposal.department_id in own

    def _search_can_edit(self, operator, value):
        return self.env["itsms.record"]._search_can_edit(operator, value)

    @api.depends("state", "department_id")
    @api.depends_context("uid")
    def _compute_can_execute(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        administrators = self.department_id._itsms_document_administrators()
        for disposal in self:
            mine = self.env.user in administrators.get(disposal.department_id, ())
            disposal.can_execute = disposal.state == "approved" and (office or mine)

    # ------------------------------------------------------------ approval
    def _records(self):
        """All records of these disposals (sudo: the rules count for all of them)."""
        return self.sudo().line_ids.record_id

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        self._records()._lock_rows()
        seen = {}
        for disposal in self:
            if not disposal.sudo().line_ids:  # sudo: whether there is any
                raise UserError(
                    self.env._("%(name)s lists no record (REC-4.8).", name=disposal.display_name)
                )
            for record in disposal._records():
                other = seen.setdefault(record.id, disposal)
                if other != disposal:
                    raise UserError(
                        self.env._(
                            "%(name)s stands in two disposals (REC-4.8).",
                            name=record.with_env(self.env).display_name,
                        )
                    )
        self._check_eligible()

    def _check_eligible(self):
        """Every record is due, free and of the disposal's own department (REC-4.8)."""
        for disposal in self:
            for record in disposal._records().with_env(self.env):
                shown, inside = record.display_name, record.sudo()  # sudo: the rules count for all
                if (inside.department_id, inside.company_id) != (
                    disposal.department_id,
                    disposal.company_id,
                ):
                    raise UserError(
                        self.env._(
                            "%(name)s is kept by another department, which alone has it "
                            "destroyed (REC-4.8).",
                            name=shown,
                        )
                    )
                if inside.disposal_id and inside.disposal_id != disposal:
                    raise UserError(
                        self.env._(
                            "%(name)s is already part of the disposal %(other)s (REC-4.8).",
                            name=shown,
                            other=inside.disposal_id.display_name,
                        )
                    )
            # sudo: the rules count for records that the caller may not open, too
            disposal._records()._check_disposable()

    def _approval_open_to(self, user):
        """Who decides must be allowed to see every record on the list (DOC-4.1.1.3f)."""
        opened = super()._approval_open_to(user)
        records = opened._records()
        closed = set((records - records._readable_by(user)).ids)
        return opened.filtered(lambda d: not closed & set(d._records().ids))

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "submit":
            for disposal in self:
                # sudo: the engine's own field on records of the department
                guard.as_engine(disposal._records()).write({"disposal_id": disposal.id})
        elif transition.name in ("reject", "withdraw", "cancel"):
            held = self._records().filtered(lambda r: r.disposal_id in self)
            guard.as_engine(held).write({"disposal_id": False})

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    # ------------------------------------------------------------ screens
    def action_view_records(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "itsms.record",
            "view_mode": "list,form",
            "domain": [("id", "in", self._records().ids)],
            "context": {"create": False},
        }

    def action_open_execution(self):
        """Dialog in which the destruction is carried out."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Destroy records"),
            "res_model": "itsms.record.execution",
            "view_mode": "form",
            "target": "new",
            "context": {"default_disposal_id": self.id},
        }

    @api.depends("number", "department_id")
    def _compute_display_name(self):
        for disposal in self:
            name = disposal.number or self.env._("New disposal")
            disposal.display_name = f"{name} {disposal.department_id.name or ''}".strip()

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        return self.number or ""


class ItsmsRecordDisposalLine(models.Model):
    """A record on the list to be destroyed; as secret as the record itself."""

    _name = "itsms.record.disposal.line"
    _description = "Record to Be Destroyed"
    _inherit = ["itsms.content.lock.line.mixin", "itsms.confidential.child.mixin"]
    _lock_parent = "disposal_id"
    _secrecy_parent = "record_id"
    _rec_name = "record_id"
    _check_company_auto = True

    disposal_id = fields.Many2one(
        "itsms.record.disposal", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="disposal_id.company_id", store=True)
    record_id = fields.Many2one(
        "itsms.record", required=True, index=True, ondelete="restrict", check_company=True
    )
    name = fields.Char(related="record_id.name", related_sudo=False, string="Document name")
    form_id = fields.Many2one(related="record_id.form_id", related_sudo=False)
    filed_on = fields.Date(related="record_id.filed_on", related_sudo=False)
    retention_text = fields.Char(related="record_id.retention_text", related_sudo=False)
    retention_until = fields.Date(related="record_id.retention_until", related_sudo=False)
    medium_id = fields.Many2one(related="record_id.medium_id", related_sudo=False)

    _record_uniq = models.Constraint(
        "UNIQUE (disposal_id, record_id)", "The record already stands on this list."
    )

    @api.constrains("record_id", "disposal_id")
    def _check_record_open(self):
        """Nobody lists a record that he may not open (DOC-4.1.1.3f)."""
        for line in self:
            if not self.env.su and not line.record_id.has_access("read"):
                raise ValidationError(self.env._("This record is not open to you."))


class ItsmsRecord(models.Model):
    """What a disposal asks about its records."""

    _inherit = "itsms.record"

    def _readable_by(self, user):
        """Those of these records that ``user`` may read, in all companies that he has."""
        # sudo: the companies of a colleague
        companies = list(user.sudo()._get_company_ids())
        records = self.with_user(user).with_context(allowed_company_ids=companies)
        return records._filtered_access("read").with_env(self.env)
