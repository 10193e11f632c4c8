from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

_WORKING = ("draft", "pending", "rejected")


class ItsmsJobStandard(models.Model):
    """Job qualification standard (岗位工作人员任职标准): what a post asks of who holds it.

    HR organises it from the post duties (TRN-3.1b, TRN-4.1), the management representative
    reviews it, the President approves it (TRN-3.3). One per job is in force; it is revised
    promptly by a new revision that starts from it and takes its place once approved.
    """

    _name = "itsms.job.standard"
    _description = "Job Qualification Standard"
    _inherit = [
        "itsms.approval.mixin",
        "itsms.numbered.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "number desc, edition desc, revision desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "job_id.name", "role_ids.name"]

    job_id = fields.Many2one(
        "hr.job",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The post. Empty for a standard that applies to ITSMS roles only.",
    )
    role_ids = fields.Many2many(
        "itsms.role",
        "itsms_job_standard_role_rel",
        "standard_id",
        "role_id",
        string="ITSMS roles",
        help="Whoever holds one of these roles must meet the standard too, whatever his job is.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department",
        store=True,
        readonly=False,
        check_company=True,
        help="Department whose post it is.",
    )
    edition = fields.Char(readonly=True, copy=False, default="A")
    revision = fields.Integer(readonly=True, copy=False, aggregator=None)
    revision_status = fields.Char(string="Edition / revision", compute="_compute_revision_status")
    previous_id = fields.Many2one(
        "itsms.job.standard",
        string="Revision of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    reason = fields.Char(string="Reason of the change", help="Asked for with every new revision.")
    duties = fields.Text(
        string="Post duties",
        help="岗位职责: the standard is written from the duties of the post (TRN-4.1).",
    )
    min_education = fields.Selection(
        selection=lambda self: self.env["hr.employee"]._get_certificate_selection(),
        string="Education at least",
        help="Lowest certificate level of the employee's personal data.",
    )
    experience_years = fields.Float(
        string="Experience (years)",
        digits=(4, 1),
        aggregator=None,
        help="Years in the trade: counted from the day that HR confirmed on the employee, else "
        "from the start of the employment.",
    )
    other_requirements = fields.Text(help="What is not measured, for example health or language.")
    skill_line_ids = fields.One2many(
        "itsms.job.standard.skill", "standard_id", string="Skills", copy=True
    )
    certificate_line_ids = fields.One2many(
        "itsms.job.standard.certificate", "standard_id", string="Certificates", copy=True
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "In approval"),
            ("rejected", "Returned"),
            ("approved", "In force"),
            ("superseded", "Superseded"),
            ("withdrawn", "Withdrawn"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    ended_at = fields.Datetime(readonly=True, copy=False, string="In force until")
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")
    revision_count = fields.Integer(compute="_compute_revision_count", string="Revisions")
    employee_count = fields.Integer(compute="_compute_people", string="People")
    gap_count = fields.Integer(compute="_compute_people", string="Gaps")

    # the number belongs to the standard, not to one revision of it
    _number_uniq = models.UniqueIndex(
        "(company_id, number, edition, revision) WHERE number IS NOT NULL",
        "This number is already given (COM-1).",
    )
    _in_force_uniq = models.UniqueIndex(
        "(job_id, company_id) WHERE state = 'approved' AND job_id IS NOT NULL",
        "A job has one qualification standard in force (TRN-4.1).",
    )
    _working_uniq = models.UniqueIndex(
        "(job_id, company_id) WHERE state IN ('draft', 'pending', 'rejected') "
        "AND job_id IS NOT NULL",
        "Another revision of the standard of this job is in work. Go on with that one or cancel "
        "it first (TRN-4.1).",
    )
    _previous_uniq = models.UniqueIndex(
        "(previous_id) WHERE state IN ('draft', 'pending', 'rejected') AND previous_id IS NOT NULL",
        "Another revision of this standard is in work. Go on with that one or cancel it first "
        "(TRN-4.1).",
    )
    _experience_chk = models.Constraint(
        "CHECK (experience_years >= 0 AND experience_years <= 60)",
        "Experience is between 0 and 60 years.",
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"edition", "revision", "previous_id", "ended_at"}

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"edition": "A", "revision": 0}

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("training.job.standard")

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "supersede": Transition(
                "supersede", self.env._("Supersede"), ("approved",), "superseded", internal=True
            ),
            "withdraw_standard": Transition(
                "withdraw_standard",
                self.env._("Take out of force"),
                ("approved",),
                "withdrawn",
                reason=True,
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "rejected"), "cancelled", reason=True
            ),
        }

    @api.model
    def _approval_locked_fields(self):
        # the department follows the job, which is bound itself
        return [name for name in super()._approval_locked_fields() if name != "department_id"]

    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for standard in self:
            problem = standard._problem()
            if problem:
                raise UserError(
                    self.env._(
                        "%(standard)s cannot be submitted yet: %(problem)s.",
                        standard=standard.display_name,
                        problem=problem,
                    )
                )

    def _problem(self):
        """Why this standard is not ready for approval, in words, or nothing."""
        if not (self.duties or "").strip():
            return self.env._(
                "the post duties are missing; the standard is written from them (TRN-4.1)"
            )
        if not (
            self.min_education
            or self.experience_years
            or self.skill_line_ids
            or self.certificate_line_ids
        ):
            return self.env._(
                "it asks for nothing. Add education, experience, skills or certificates (TRN-4.1)"
            )
        if self.previous_id and not (self.reason or "").strip():
            return self.env._("say why the standard in force is changed (TRN-4.1)")
        if self.previous_id and self.previous_id.state != "approved":
            return self.env._(
                "the revision it starts from is no longer in force. Cancel it and revise the "
                "one in force (TRN-4.1)"
            )
        return None

    def _locked_way_out(self):
        if all(standard.state == "approved" for standard in self):
            return self.env._("Use “Revise”: the new revision starts from the one in force.")
        return super()._locked_way_out()

    # ------------------------------------------------------------ computed
    @api.depends("job_id")
    def _compute_department(self):
        for standard in self:
            if standard.job_id:
                standard.department_id = standard.job_id.department_id

    @api.depends("edition", "revision")
    def _compute_revision_status(self):
        for standard in self:
            standard.revision_status = f"{standard.edition or 'A'}/{standard.revision}"

    @api.depends("number", "edition", "revision", "job_id.name", "role_ids.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for standard in self:
            name = standard.job_id.name or ", ".join(standard.role_ids.mapped("name"))
            parts = (standard.number, name, standard.revision_status)
            standard.display_name = " ".join(part for part in parts if part)

    @api.depends("company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can_edit(self):
        """HR organises the standards (TRN-3.1b)."""
        companies = self.env.user._itsms_training_hr_companies()
        for standard in self:
            standard.can_edit = standard.company_id in companies

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env.user._itsms_training_hr_companies()
        domain = Domain("company_id", "in", companies.ids)
        return domain if True in value else ~domain

    @api.depends("number")
    def _compute_revision_count(self):
        groups = self._read_group(
            [("number", "in", [n for n in self.mapped("number") if n])],
            ["company_id", "number"],
            ["__count"],
        )
        counts = {(company.id, number): count for company, number, count in groups}
        for standard in self:
            standard.revision_count = counts.get((standard.company_id.id, standard.number), 0)

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_people(self):
        Gap = self.env["itsms.training.gap"]
        domain = [("standard_id", "in", self.ids)]
        people = dict(Gap._read_group(domain, ["standard_id"], ["employee_id:count_distinct"]))
        gaps = dict(
            Gap._read_group([*domain, ("state", "!=", "met")], ["standard_id"], ["__count"])
        )
        for standard in self:
            standard.employee_count = people.get(standard, 0)
            standard.gap_count = gaps.get(standard, 0)

    @api.constrains("job_id", "role_ids")
    def _check_applies(self):
        for standard in self:
            if not standard.job_id and not standard.role_ids:
                raise ValidationError(
                    self.env._("A qualification standard names a job or an ITSMS role (TRN-4.1).")
                )

    # ------------------------------------------------------------ acts
    @api.model_create_multi
    def create(self, vals_list):
        self.flush_model(["state"])  # a standard just approved is no longer in work
        return super().create(vals_list)

    def _run_transition(self, transition, comment=None, **kwargs):
        """The older revision steps down first: never are two in force at a time."""
        if transition.name == "approve":
            older = self._in_force_before()
            if older:
                older._run_transition(older._transition("supersede"))
                older.flush_recordset(["state"])
        return super()._run_transition(transition, comment, **kwargs)

    def _in_force_before(self):
        """Standards in force that these take the place of."""
        older = self.previous_id.filtered(lambda s: s.state == "approved")
        for company, standards in self.grouped("company_id").items():
            older |= self.search(
                [
                    ("state", "=", "approved"),
                    ("company_id", "=", company.id),
                    ("job_id", "in", standards.job_id.ids),
                ]
            )
        return older - self

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("supersede", "withdraw_standard"):
            # sudo: the engine's own field
            guard.as_engine(self.sudo()).write({"ended_at": fields.Datetime.now()})
        elif transition.name == "approve":
            self._follow_job_skills()

    def _check_transition_right(self, transition):
        """Only HR cancels a standard or takes it out of force (TRN-3.1b)."""
        super()._check_transition_right(transition)
        self.check_access("write")

    def _follow_job_skills(self):
        """The expected skills of the job are those of its standard; certificates stay apart."""
        today = fields.Date.today()
        for standard in self.filtered("job_id"):
            # sudo: the approval decides, whoever may write the job
            job = guard.as_engine(standard.sudo().job_id)
            wanted = {line.skill_id: line.skill_level_id for line in standard.sudo().skill_line_ids}
            commands = []
            for line in job.job_skill_ids:
                if line.is_certification or (line.valid_to and line.valid_to < today):
                    continue
                level = wanted.pop(line.skill_id, None)
                if level is None:
                    commands.append(Command.delete(line.id))
                elif level != line.skill_level_id:
                    commands.append(Command.update(line.id, {"skill_level_id": level.id}))
            commands += [
                Command.create(
                    {
                        "skill_id": skill.id,
                        "skill_level_id": level.id,
                        "skill_type_id": skill.skill_type_id.id,
                    }
                )
                for skill, level in wanted.items()
            ]
            if commands:
                job.write({"job_skill_ids": commands})

    def action_revise(self):
        """Open the revision in work, or a new draft that starts from the one in force."""
        self.ensure_one()
        self.check_access("write")
        working = self.search([("previous_id", "=", self.id), ("state", "in", _WORKING)], limit=1)
        if working:
            return working._open_form()
        self._lock_rows()
        if self.state != "approved":
            raise UserError(
                self.env._(
                    "%(standard)s is not in force: only the standard in force is revised "
                    "(TRN-4.1).",
                    standard=self.display_name,
                )
            )
        draft = self.copy()
        # sudo: number and revision follow from the standard that is revised
        guard.as_engine(draft.sudo()).write(
            {
                "number": self.number,
                "serial": self.serial,
                "edition": self.edition,
                "revision": self._next_revision(),
                "previous_id": self.id,
            }
        )
        self._log(
            "other",
            comment=self.env._("Revision %(status)s begun", status=draft.revision_status),
        )
        return draft._open_form()

    def _next_revision(self):
        """The revision after the last one of this edition; cancelled ones keep theirs."""
        # sudo: cancelled revisions count whoever may see them
        last = self.sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("number", "=", self.number),
                ("edition", "=", self.edition),
            ],
            order="revision desc",
            limit=1,
        )
        return last.revision + 1

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        return [{**vals, "reason": False} for vals in vals_list]

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_withdraw_standard(self):
        """Dialog: the post is no longer needed."""
        return self.env["itsms.decision"]._open(self, "withdraw_standard")

    def action_view_revisions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Revisions: %(number)s", number=self.number),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("number", "=", self.number), ("company_id", "=", self.company_id.id)],
        }

    def action_view_gaps(self):
        """Who does not meet this standard."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_training.itsms_training_gap_action"
        )
        domain = [("standard_id", "=", self.id), ("state", "!=", "met")]
        return {**action, "domain": domain, "context": {}}

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        self.ensure_one()
        return f"{self.number or ''}  {self.revision_status}"
