from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard, notes
from odoo.addons.itsms_base.engine.lifecycle import Transition

KINDS = [
    ("correction", "Correction"),
    ("corrective", "Corrective action"),
    ("preventive", "Preventive action"),
    ("improvement", "Improvement"),
]
RUNNING = ("open", "done")


class ItsmsAction(models.Model):
    """One measure with owner, day and proof, whatever it comes from (CPA-10).

    It is planned with its origin, carried out by its owner after the origin was approved, and
    verified by somebody else of another department (COM-8, CPA-14).
    """

    _name = "itsms.action"
    _description = "Action"
    _inherit = [
        "itsms.deadline.mixin",
        "itsms.content.lock.mixin",
        "itsms.access.fields.mixin",
        "itsms.linked.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "due_on, id"
    _check_company_auto = True

    name = fields.Char(string="Measure", required=True, tracking=True)
    kind = fields.Selection(
        KINDS,
        required=True,
        default="corrective",
        index=True,
        help="Correction: puts the thing right at once. Corrective action: removes the cause so "
        "that it does not come back. Preventive action: removes the cause of something that has "
        "not happened yet. Improvement: makes good things better.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    origin_model = fields.Char(required=True, index=True)
    origin_id = fields.Many2oneReference(
        string="Comes from (ID)", model_field="origin_model", required=True, index=True
    )
    origin_name = fields.Char(string="Comes from", compute="_compute_origin_name")
    origin_type = fields.Char(string="Kind of origin", compute="_compute_origin_name")
    cycle = fields.Integer(
        string="Round",
        default=1,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Further measures of a nonconformity come in further rounds (AUD-4.4.3c).",
    )
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who carries it out; never the one who verifies it (COM-8).",
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    raised_on = fields.Date(readonly=True, copy=False, help="Day on which it was planned.")
    due_on = fields.Date(string="Due", required=True, index=True, tracking=True)
    first_due_on = fields.Date(
        string="First due", readonly=True, copy=False, help="Before any extension (CPA-12)."
    )
    resources = fields.Char(help="People, money, tools it needs (CPA-10).")
    cost = fields.Monetary(help="Money it needs; above the parameter the President decides too.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    expected_effect = fields.Text(help="What will be measurably different (CPA-10).")
    evidence_wanted = fields.Char(help="By what people will see that it was done (CPA-10).")
    verifier_id = fields.Many2one(
        "res.users",
        index=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Outside the owner's department; an internal auditor for audit findings (CPA-14).",
    )
    state = fields.Selection(
        [
            ("draft", "Planned"),
            ("open", "To be done"),
            ("done", "Done, to be verified"),
            ("verified", "Verified"),
            ("effective", "Effective"),
            ("not_effective", "Not effective"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    started_on = fields.Date(string="Released", readonly=True, copy=False)
    done_on = fields.Date(readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    evidence = fields.Text(string="What was done", readonly=True, copy=False)
    evidence_ids = fields.Many2many(
        "ir.attachment", "itsms_action_evidence_rel", string="Proof", readonly=True, copy=False
    )
    verified_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    verified_on = fields.Date(readonly=True, copy=False)
    verification = fields.Text(string="Result of the check", readonly=True, copy=False)
    effect = fields.Text(string="Measured effect", readonly=True, copy=False)
    judged_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    judged_on = fields.Date(readonly=True, copy=False)
    extension_ids = fields.One2many("itsms.action.extension", "action_id", string="Extensions")
    extension_count = fields.Integer(compute="_compute_extension_count")
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    days_overdue = fields.Integer(compute="_compute_overdue")
    late = fields.Boolean(
        compute="_compute_late", help="Done after its last agreed day (AUD-4.4.3)."
    )
    can_finish = fields.Boolean(compute="_compute_can_act")
    can_verify = fields.Boolean(compute="_compute_can_act")
    can_extend = fields.Boolean(compute="_compute_can_act")

    _due_chk = models.Constraint(
        "CHECK (raised_on IS NULL OR due_on >= raised_on)",
        "An action is due on the day it is raised, or later (CPA-10).",
    )
    _verifier_chk = models.Constraint(
        "CHECK (verifier_id IS NULL OR verifier_id <> owner_id)",
        "Nobody verifies his own action: choose another verifier (COM-8, CPA-14).",
    )
    _cost_chk = models.Constraint("CHECK (cost >= 0)", "Cost cannot be negative.")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "cycle",
            "raised_on",
            "first_due_on",
            "started_on",
            "done_on",
            "done_by_id",
            "evidence",
            "evidence_ids",
            "verified_by_id",
            "verified_on",
            "verification",
            "effect",
            "judged_by_id",
            "judged_on",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {
            "raised_on": self.env.company._itsms_today(),
            "cycle": 1,
            "reminder_stage": 0,
        }

    @api.model
    def _entered_fields(self):
        """Extensions are asked for later; they are no content of the plan."""
        return [name for name in super()._entered_fields() if name != "extension_ids"]

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "start": Transition("start", self.env._("Release"), ("draft",), "open", internal=True),
            "finish": Transition(
                "finish", self.env._("Report as done"), ("open",), "done", internal=True
            ),
            "verify": Transition(
                "verify", self.env._("Verify"), ("done",), "verified", internal=True
            ),
            "send_back": Transition(
                "send_back", self.env._("Send back"), ("done",), "open", reason=True, internal=True
            ),
            "judge": Transition(
                "judge", self.env._("Effective"), ("verified",), "effective", internal=True
            ),
            "fail": Transition(
                "fail",
                self.env._("Not effective"),
                ("verified",),
                "not_effective",
                reason=True,
                internal=True,
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Give up"),
                ("draft", "open", "done"),
                "cancelled",
                roles=("management_representative",),
                groups=("itsms_base.group_itsms_office",),
                reason=True,
            ),
        }

    def _locked_way_out(self):
        return self.env._("Ask for an extension, or plan a further action.")

    @api.model
    def _see_domain(self):
        """Whose action it is, who verifies it, the department, and whoever may read the origin."""
        uid = self.env.uid
        domain = (
            Domain("owner_id", "=", uid)
            | Domain("verifier_id", "=", uid)
            | Domain("create_uid", "=", uid)
            | self._department_domain()
            | Domain("extension_ids", "any!", self.env["itsms.action.extension"]._asked_domain())
        )
        for name in self._origin_models():
            # a record rule is worked out as superuser: ask as the person who reads
            origin = self.env[name].sudo(False)
            if origin.has_access("read"):
                domain |= Domain("origin_model", "=", name) & Domain(
                    "origin_id", "in", origin.with_context(active_test=False)._search([])
                )
        return domain

    @api.model
    def _edit_domain(self):
        """Who planned it and the department; the origin says whether it is still open."""
        return (
            self._office_domain()
            | Domain("create_uid", "=", self.env.uid)
            | self._department_domain()
        )

    @api.model
    def _origin_models(self):
        """Names of the models that actions come out of."""
        mixin = self.env.registry["itsms.action.origin.mixin"]
        return [
            name
            for name, model in self.env.registry.items()
            if issubclass(model, mixin) and not model._abstract
        ]

    # ------------------------------------------------------------ computed
    @api.depends("owner_id", "company_id")
    def _compute_department_id(self):
        for action in self:
            if action.owner_id:
                employees = action.owner_id._itsms_employees(action.company_id)
                action.department_id = employees.department_id[:1].sudo(False)

    @api.depends("origin_model", "origin_id")
    @api.depends_context("uid", "lang")
    def _compute_origin_name(self):
        for name, actions in self.grouped("origin_model").items():
            known = name in self.env
            # sudo: confidential records mask their own name
            records = self.env[name].sudo().browse(actions.mapped("origin_id")) if known else ()
            names = {r.id: r.display_name for r in (records.exists() if known else ())}
            label = self.env["ir.model"]._get(name).sudo().name if known else name
            for action in actions:
                action.origin_name = names.get(action.origin_id) or False
                action.origin_type = label

    @api.depends("extension_ids.state")
    def _compute_extension_count(self):
        for action in self:
            action.extension_count = len(
                action.extension_ids.filtered(lambda e: e.state == "approved")
            )

    @api.depends("state", "due_on", "company_id")
    def _compute_overdue(self):
        for action in self:
            today = (action.company_id or self.env.company)._itsms_today()
            late = action.state == "open" and action.due_on and action.due_on < today
            action.overdue = bool(late)
            action.days_overdue = (today - action.due_on).days if late else 0

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._itsms_today()
        domain = Domain("state", "=", "open") & Domain("due_on", "<", today)
        return domain if True in value else ~domain

    @api.depends("done_on", "due_on")
    def _compute_late(self):
        for action in self:
            action.late = bool(action.done_on and action.due_on and action.done_on > action.due_on)

    @api.depends("state", "owner_id", "verifier_id", "department_id")
    @api.depends_context("uid")
    def _compute_can_act(self):
        for action in self:
            action.can_finish = action.state == "open" and action._may_finish()
            action.can_verify = action.state == "done" and not action._why_not_verify()
            action.can_extend = action.state == "open" and action._may_finish()

    @api.constrains("owner_id", "verifier_id")
    def _check_verifier(self):
        for action in self.filtered("verifier_id"):
            if action._same_department(action.verifier_id):
                raise ValidationError(
                    self.env._(
                        "%(verifier)s works in the department of %(owner)s: an action is "
                        "verified from outside the owner's department (CPA-14).",
                        verifier=action.verifier_id.name,
                        owner=action.owner_id.name,
                    )
                )

    def _same_department(self, user):
        """Whether ``user`` works in the department of the owner or of one action (sudo: people
        are compared whoever asks)."""
        mine = user._itsms_employees(self.company_id).department_id
        owners = self.sudo().owner_id._itsms_employees(self.company_id).department_id
        return bool(mine & (owners | self.sudo().department_id))

    # ------------------------------------------------------------ origin
    def _origin_record(self):
        """The record that one action comes from, in the current environment."""
        self.ensure_one()
        return self._find_origin(self.origin_model, self.origin_id)

    @api.model
    def _find_origin(self, model_name, res_id):
        """The origin, which must exist and be one."""
        mixin = self.env.registry["itsms.action.origin.mixin"]
        model = self.env.get(model_name) if isinstance(model_name, str) else None
        record = None
        if (
            model is not None
            and isinstance(model, mixin)
            and not model._abstract
            and isinstance(res_id, int)
        ):
            record = model.browse(res_id).exists()
        if not record:
            raise UserError(
                self.env._("An action comes from a record that takes actions (CPA-2, CPA-10).")
            )
        return record

    @api.model_create_multi
    def create(self, vals_list):
        if guard.is_engine(self.env):
            return super().create(vals_list)
        defaults = self.default_get(["origin_model", "origin_id", "kind"])
        for vals in vals_list:
            known = defaults | vals
            origin = self._find_origin(known.get("origin_model"), known.get("origin_id"))
            # before anything is stored: no foreign record is named
            origin.check_access("write" if not self.env.su else "read")
            origin._check_actions_open({known.get("kind") or "corrective"})
            vals["company_id"] = self.env["itsms.log"]._company_of(origin).id
        actions = super().create(vals_list)
        for action in actions:
            action._engine_write(
                {
                    "raised_on": action.company_id._itsms_today(),
                    "cycle": action._origin_cycle(),
                }
            )
        actions._tell_origin()
        return actions

    def _origin_cycle(self):
        origin = self._origin_record().sudo()  # sudo: the round of the origin only
        return origin.cycle if "cycle" in origin._fields else 1

    def write(self, vals):
        if not guard.is_engine(self.env):
            if {"origin_model", "origin_id", "company_id"} & set(vals):
                raise UserError(self.env._("An action stays where it was raised (CPA-2)."))
            if set(vals) & set(self._content_fields()):
                self._check_origin_open({vals.get("kind")} - {None})
        result = super().write(vals)
        if not guard.is_engine(self.env) and set(vals) & set(self._content_fields()):
            self._tell_origin()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_origin_locked(self):
        if not guard.is_engine(self.env):
            self._check_origin_open(set())
            self._tell_origin()

    def _check_origin_open(self, kinds):
        """The origin must be open for planning, and to the user."""
        for (name, res_id), actions in self.grouped(
            lambda a: (a.origin_model, a.origin_id)
        ).items():
            origin = self._find_origin(name, res_id)
            if not self.env.su:
                origin.check_access("write")
            origin._check_actions_open(kinds | set(actions.mapped("kind")))

    def _tell_origin(self):
        for (name, res_id), actions in self.grouped(
            lambda a: (a.origin_model, a.origin_id)
        ).items():
            self._find_origin(name, res_id)._actions_edited(actions)

    def _after_transition(self, transition):
        super()._after_transition(transition)
        for action in self:
            # sudo: the origin follows, whoever carried the action out
            action.sudo()._origin_record().with_env(self.env)._action_changed(action)

    # ------------------------------------------------------------ release
    def _start(self):
        """Planned actions become open; the caller has checked the right."""
        today = self.env.company._itsms_today()
        self._run_transition(self._transition("start"))
        for action in self.sudo():  # sudo: the engine's own fields
            action._engine_write({"started_on": today, "first_due_on": action.due_on})
        for owner, actions in self.grouped("owner_id").items():
            for action in actions:
                action._tell(
                    owner,
                    self.env._(
                        "To be done until %(day)s: %(name)s", day=action.due_on, name=action.name
                    ),
                )

    def action_start(self):
        """Release planned actions where their origin lets them."""
        self.check_access("write")
        for action in self:
            origin = action._origin_record()
            origin.check_access("write")
            origin._check_action_start(action)
        self._start()
        return True

    def _tell(self, users, text):
        """Notify ``users`` about one action (sudo: a notification in the system's name)."""
        partners = users.sudo().filtered("active").partner_id
        if partners:
            self.sudo().message_notify(
                partner_ids=partners.ids, body=text, subject=self.display_name
            )

    # ------------------------------------------------------------ carrying out
    def _may_finish(self):
        """The owner reports, or a head of the department for him."""
        user = self.env.user
        return user == self.owner_id or self.department_id in user._itsms_headed_departments()

    def _given_files(self, attachment_ids):
        """The files that a client names as proof, by their numbers."""
        ids = attachment_ids or ()
        if not isinstance(ids, (list, tuple)) or not all(type(number) is int for number in ids):
            raise UserError(self.env._("The proof is named by the numbers of its files (CPA-14)."))
        files = self.env["ir.attachment"].browse(ids).exists()
        self._check_own_files(files)
        return files

    def action_finish(self, evidence=None, attachment_ids=()):
        """Report as done, with what was done in words (CPA-14: with evidence).

        :raise UserError: not released yet, or nothing is said about what was done.
        """
        self._lock_rows()
        self.check_access("read")
        evidence = notes.plain(evidence)
        files = self._given_files(attachment_ids)
        for action in self:
            if not action._may_finish():
                raise AccessError(
                    self.env._(
                        "“%(action)s”: the owner %(owner)s or the head of the department reports "
                        "it as done (CPA-14).",
                        action=action.name,
                        owner=action.sudo().owner_id.name,  # sudo: a colleague's name
                    )
                )
            if not evidence:
                raise UserError(
                    self.env._(
                        "“%(action)s”: write what was done and by what one sees it (CPA-14).",
                        action=action.name,
                    )
                )
        self._run_transition(self._transition("finish"), evidence, locked=True)
        for action in self:
            action._engine_write(
                {
                    "done_on": action.company_id._itsms_today(),
                    "done_by_id": self.env.uid,
                    "evidence": evidence,
                    "evidence_ids": [fields.Command.set(files.ids)],
                }
            )
            verifier = action.sudo().verifier_id  # sudo: a colleague is told
            action._tell(verifier, self.env._("To be verified: %(name)s", name=action.name))
        if files:
            # sudo: whoever may open the action opens its proof
            guard.as_engine(files.sudo()).write({"res_model": self._name, "res_id": self[0].id})
        return True

    def _check_own_files(self, files):
        """Only files that the user uploaded for this purpose become proof."""
        for file in files.sudo():  # sudo: only to see whose files they are
            loose = not file.res_id or file.res_model == "itsms.action.report"
            if file.create_uid != self.env.user or not loose or file.res_field:
                raise UserError(
                    self.env._("Upload the proof here; files of other records stay where they are.")
                )

    # ------------------------------------------------------------ deadline
    @api.model
    def _deadline_domain(self):
        return Domain("state", "=", "open")

    def _deadline_owners(self):
        return self.owner_id

    # ------------------------------------------------------------ buttons
    def _open_report(self, operation, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "itsms.action.report",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_action_ids": [fields.Command.set(self.ids)],
                "default_operation": operation,
            },
        }

    def action_open_finish(self):
        return self._open_report("finish", self.env._("Report as done"))

    def action_open_verify(self):
        return self._open_report("verify", self.env._("Verify"))

    def action_open_extension(self):
        """Ask for a later day (CPA-12)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for an extension"),
            "res_model": "itsms.action.extension",
            "view_mode": "form",
            "context": {"default_action_id": self.id},
        }

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_open_origin(self):
        """Open what the action comes from."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.origin_model,
            "res_id": self.origin_id,
            "view_mode": "form",
        }
