import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

LABELS = [
    ("prepare", "Prepare"),
    ("review", "Review"),
    ("approve", "Approve"),
    ("examine", "Examine and approve"),
    ("countersign", "Countersign"),
    ("confirm", "Confirm"),
    ("release", "Release"),
]

DEPARTMENT_SOURCES = [
    ("record", "Department of the record"),
    ("applicant", "Department of the applicant"),
    ("office", "ITSMS office"),
    ("printing", "Printing department"),
    ("purchasing", "Purchasing department"),
]


class ItsmsApprovalRoute(models.Model):
    """Who decides on which records, in which order (COM-5): data that the company may change.

    The steps of an approval are copied from the route at submission, so a change of the route
    never touches a running approval.
    """

    _name = "itsms.approval.route"
    _description = "Approval Route"
    _inherit = ["itsms.log.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10,
        help="Of the routes whose condition a record meets, the first one is taken; a route of "
        "the record's own company goes before a route of all companies.",
    )
    model_id = fields.Many2one(
        "ir.model", string="For", required=True, ondelete="cascade", index=True
    )
    model_name = fields.Char(related="model_id.model", string="Model name", store=True, index=True)
    condition = fields.Char(
        default="[]", help="Only records that meet this condition take the route."
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", ondelete="cascade", help="Empty: all companies."
    )
    date_from = fields.Date(string="Valid from")
    date_to = fields.Date(string="Valid until")
    requirement = fields.Char(help="Clause of the manual that asks for this chain.")
    line_ids = fields.One2many("itsms.approval.route.line", "route_id", copy=True)
    chain = fields.Char(compute="_compute_chain")

    @api.depends("line_ids.stage", "line_ids.label", "line_ids.role_id", "line_ids.source")
    def _compute_chain(self):
        for route in self:
            stages = {}
            for line in route.line_ids.sorted(lambda x: (x.stage, x.sequence)):
                stages.setdefault(line.stage, []).append(line._describe())
            route.chain = " → ".join(" + ".join(names) for names in stages.values())

    @api.constrains("model_id")
    def _check_model(self):
        for route in self:
            model = self.env.get(route.model_id.model)
            if model is None or not hasattr(model, "_approval_digest_data"):
                raise ValidationError(
                    self.env._(
                        "%(model)s does not take part in approvals (COM-5).",
                        model=route.model_id.name,
                    )
                )

    @api.constrains("condition", "model_id")
    def _check_condition(self):
        for route in self:
            try:
                # sudo: only the form of the condition is checked, no record is read
                Domain(route._condition_domain()).validate(self.env[route.model_id.model].sudo())
            except Exception as exc:
                raise ValidationError(
                    self.env._(
                        "The condition of route “%(route)s” is not valid: %(error)s",
                        route=route.name,
                        error=exc,
                    )
                ) from exc

    def _condition_domain(self):
        return ast.literal_eval(self.condition or "[]")

    # ------------------------------------------------------------ evidence
    @api.model_create_multi
    def create(self, vals_list):
        routes = super().create(vals_list)
        routes._log("config", comment=lambda r: r.chain or self.env._("no lines"))
        return routes

    def write(self, vals):
        result = super().write(vals)
        names = sorted(set(vals) - {"line_ids"})
        if names:
            self._log(
                "config",
                comment=lambda r: ", ".join(f"{name}={r[name]}" for name in names),
            )
        return result

    def unlink(self):
        self._log("config", comment=self.env._("Route deleted"))
        return super().unlink()

    # ------------------------------------------------------------ finding
    @api.model
    def _find(self, records):
        """Route per record as a dict by id; records without a route are missing in it.

        Read as sudo: the submitter needs no right to the routes.
        """
        result = {}
        extra = Domain.AND([[("model_name", "=", records._name)], records._approval_route_domain()])
        for company, group in records.grouped(self.env["itsms.log"]._company_of).items():
            today = company._itsms_today()
            # archived routes stay out, whatever context a client sends
            routes = (
                self.sudo()
                .with_context(active_test=True)
                .search_fetch(
                    extra
                    & Domain("company_id", "in", (company.id, False))
                    & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
                    & (Domain("date_to", "=", False) | Domain("date_to", ">=", today)),
                    ["name", "model_name", "condition", "company_id", "sequence"],
                )
            )
            rest = group.sudo()  # sudo: conditions may look at fields closed to the submitter
            for route in routes.sorted(lambda r: (not r.company_id, r.sequence, r.id)):
                matching = rest.filtered_domain(route._condition_domain())
                result.update(dict.fromkeys(matching.ids, route))
                rest -= matching
        return result

    def action_preview(self):
        """Open “who would be asked for this record now”."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who would be asked?"),
            "res_model": "itsms.route.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self.model_name},
        }


class ItsmsApprovalRouteLine(models.Model):
    """One signature of a route; equal stages run side by side."""

    _name = "itsms.approval.route.line"
    _description = "Approval Route Line"
    _order = "route_id, stage, sequence, id"
    _rec_name = "label"

    route_id = fields.Many2one(
        "itsms.approval.route", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    stage = fields.Integer(required=True, default=1, help="Equal stage: at the same time.")
    label = fields.Selection(LABELS, required=True, default="approve")
    source = fields.Selection(
        [
            ("role", "Role"),
            ("department_head", "Department head"),
            ("field", "Person on the record"),
            ("group", "Group"),
            ("user", "Person"),
        ],
        required=True,
        default="role",
    )
    role_id = fields.Many2one("itsms.role", ondelete="restrict")
    department_source = fields.Selection(
        DEPARTMENT_SOURCES,
        string="Of",
        required=True,
        default="record",
        help="For which department the role or the head is looked up: the vice-president of the "
        "department that wrote the record, or the leader in charge of the ITSMS office [I-55].",
    )
    field_name = fields.Char(
        string="Field", help="Technical name of a field of the record that holds users."
    )
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    user_id = fields.Many2one("res.users", ondelete="restrict", domain=[("share", "=", False)])
    rule = fields.Selection(
        [("any", "Any one of them"), ("all", "All of them")], required=True, default="any"
    )
    deadline_days = fields.Integer(
        string="Working days", default=3, help="Deadline in working days from its turn; 0: none."
    )
    password_required = fields.Boolean(
        string="Password", help="The decider confirms with the password."
    )
    stand_in_allowed = fields.Boolean(default=True, help="A stand-in (代) may decide (COM-6).")
    optional = fields.Boolean(
        string="When necessary",
        help="Asked only where a decider of the approval switches it on (必要时); once on, it "
        "cannot be passed over.",
    )
    self_allowed = fields.Boolean(
        string="Preparer may decide", help="Lifts the rule that nobody decides on his own work."
    )

    _stage_chk = models.Constraint("CHECK (stage > 0)", "Stages count from 1.")
    _deadline_chk = models.Constraint(
        "CHECK (deadline_days >= 0)", "A deadline cannot be negative."
    )
    _source_chk = models.Constraint(
        """CHECK (CASE source WHEN 'role' THEN role_id IS NOT NULL
                              WHEN 'field' THEN field_name IS NOT NULL
                              WHEN 'group' THEN group_id IS NOT NULL
                              WHEN 'user' THEN user_id IS NOT NULL
                              ELSE TRUE END)""",
        "Say who decides: the line needs the role, field, group or person of its source.",
    )

    @api.constrains("source", "field_name", "route_id")
    def _check_field(self):
        for line in self.filtered(lambda x: x.source == "field"):
            field = self.env[line.route_id.model_name]._fields.get(line.field_name)
            if field is None or field.comodel_name != "res.users":
                raise ValidationError(
                    self.env._(
                        "“%(field)s” is no field of %(model)s that holds users.",
                        field=line.field_name,
                        model=line.route_id.model_id.name,
                    )
                )

    def _describe(self):
        """“Review: Management representative” in the user's language."""
        self.ensure_one()
        label = dict(self._fields["label"]._description_selection(self.env))[self.label]
        return f"{label}: {self._describe_source()}"

    def _describe_source(self):
        self.ensure_one()
        names = {
            "role": self.role_id.name,
            "group": self.group_id.name,
            "user": self.user_id.name,
            "field": self._field_label(),
        }
        source = dict(self._fields["source"]._description_selection(self.env))[self.source]
        asked = names.get(self.source) or source
        if self.source in ("role", "department_head") and self.department_source != "record":
            field = self._fields["department_source"]
            of = dict(field._description_selection(self.env))[self.department_source]
            asked = f"{asked} ({of})"
        return asked

    def _field_label(self):
        """Label of the field that holds the users, as people see it on the record."""
        model = self.env.get(self.route_id.model_name)
        field = model is not None and model._fields.get(self.field_name)
        return field._description_string(self.env) if field else self.field_name

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._log_routes()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self._log_routes()
        return result

    def unlink(self):
        routes = self.route_id
        result = super().unlink()
        routes._log("config", comment=lambda r: r.chain or self.env._("no lines"))
        return result

    def _log_routes(self):
        self.route_id._log("config", comment=lambda r: r.chain)

    # ------------------------------------------------------------ who
    def _approvers(self, records, memo=None):
        """Users asked by this line (one) per record, as a dict by id; preparers included.

        :param memo: dict that keeps answers for the other lines of the same call.
        """
        self.ensure_one()
        Users = self.env["res.users"].sudo()  # sudo: people must be found whoever submits
        if self.source == "user":
            found = dict.fromkeys(records.ids, self.user_id)
        elif self.source == "group":
            found = dict.fromkeys(records.ids, self.group_id.sudo().all_user_ids)
        elif self.source == "field":
            subjects = records._approval_subjects()
            found = {r.id: subjects[r.id].sudo()[self.field_name] for r in records}
        else:
            found = self._approvers_by_department(records, {} if memo is None else memo)
        return {
            # not as a union: what was found is read in one go for all lines
            record.id: (found.get(record.id) or Users)
            .sudo()
            .filtered(lambda u: u.active and u._is_internal())
            for record in records
        }

    def _approvers_by_department(self, records, memo):
        result = {}
        departments = {r.id: r._approval_department_of(self.department_source) for r in records}
        for company, group in records.grouped(self.env["itsms.log"]._company_of).items():
            if self.source == "role":
                wanted = list({departments[r.id] or None for r in group})
                if (company, self.route_id) not in memo:
                    roles = self.route_id.line_ids.role_id
                    memo[company, self.route_id] = self.env["itsms.role.assignment"]._current(
                        roles, company
                    )
                holders = self.role_id._holders_batch(
                    company, wanted, current=memo[company, self.route_id]
                )
                result.update({r.id: holders[departments[r.id] or False] for r in group})
            else:
                result.update({r.id: department_head(departments[r.id]) for r in group})
        return result


def department_head(department):
    """User that heads ``department`` or the nearest one above it (empty: none)."""
    department = department and department.sudo()  # sudo: heads are found whoever submits
    while department:
        head = department.manager_id.user_id
        if head and head.active:
            return head
        department = department.parent_id
    return department.env["res.users"] if department is not None else None
