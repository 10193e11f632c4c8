from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard, notes

OPEN = ("issued", "prepared")


class ItsmsManagementReviewParticipant(models.Model):
    """Who takes part (参加人员, REV-4.3b): part of the approved plan (REV-4.6.3b, c)."""

    _name = "itsms.management.review.participant"
    _description = "Management Review Participant"
    _inherit = ["itsms.content.lock.line.mixin"]
    _order = "review_id, sequence, id"
    _lock_parent = "review_id"

    review_id = fields.Many2one(
        "itsms.management.review", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        "res.users",
        string="Participant",
        index=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    name = fields.Char(string="Guest", help="Somebody from outside, by name (REV-4.6.3c).")
    kind = fields.Selection(
        [
            ("president", "President"),
            ("mr", "Management representative"),
            ("head", "Department head"),
            ("other", "Other"),
        ],
        default="other",
        required=True,
        help="When necessary other people are added (REV-4.6.3c).",
    )
    department_id = fields.Many2one("hr.department", ondelete="restrict")
    role_text = fields.Char(string="Takes part as")

    _user_uniq = models.UniqueIndex(
        "(review_id, user_id) WHERE user_id IS NOT NULL",
        "This person is among the participants already (REV-4.6.3b).",
    )
    _person_chk = models.Constraint(
        "CHECK (user_id IS NOT NULL OR (name IS NOT NULL AND name <> ''))",
        "A participant is a colleague, or somebody from outside with a name (REV-4.6.3c).",
    )

    @api.depends("user_id", "name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.sudo().user_id.name or line.name or ""  # sudo: a name

    @api.constrains("user_id", "review_id")
    def _check_company_of_user(self):
        for line in self.sudo():  # sudo: companies of colleagues
            if line.user_id and line.review_id.company_id not in line.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work for %(company)s; enter a guest by name.",
                        user=line.user_id.name,
                        company=line.review_id.company_id.name,
                    )
                )

    def _is_required(self):
        """President, management representative and department heads count for the quorum."""
        return self.kind != "other"


class ItsmsManagementReviewStatement(models.Model):
    """A written report to the meeting (REV-3.2, REV-3.4, REV-4.7.1c, d): the management
    representative on the system, each department head on his department."""

    _name = "itsms.management.review.statement"
    _description = "Report to the Management Review"
    _inherit = ["itsms.log.mixin", "itsms.review.line.mixin"]
    _order = "review_id, kind desc, department_id, id"
    _open_states = OPEN

    review_id = fields.Many2one(
        "itsms.management.review", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("system", "Running of the management system"), ("department", "Department")],
        default="department",
        required=True,
        readonly=True,
    )
    department_id = fields.Many2one(
        "hr.department", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    situation = fields.Text(help="How the work went since the last review (REV-4.7.1d).")
    problems = fields.Text(help="Problems (REV-4.7.1d).")
    proposals = fields.Text(help="Proposals (REV-4.7.1d).")
    state = fields.Selection(
        [("draft", "To be written"), ("submitted", "Handed in"), ("excused", "Excused")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    submitted_at = fields.Datetime(string="Handed in on", readonly=True, copy=False)
    submitted_by_id = fields.Many2one(
        "res.users", string="Handed in by", readonly=True, copy=False, ondelete="restrict"
    )
    excuse = fields.Char(string="Why none", readonly=True, copy=False)
    presented = fields.Boolean(readonly=True, copy=False, help="Given in the meeting (REV-4.7.1).")
    can_write_it = fields.Boolean(compute="_compute_can_write_it")

    _department_uniq = models.UniqueIndex(
        "(review_id, kind, COALESCE(department_id, 0))", "This report is there already."
    )

    def _line_engine_fields(self):
        return {
            "kind",
            "department_id",
            "state",
            "submitted_at",
            "submitted_by_id",
            "excuse",
            "presented",
        }

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            raise AccessError(
                self.env._("The reports to be written come with the issued plan (REV-4.3).")
            )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_engine(self):
        if not guard.is_engine(self.env):
            raise UserError(self.env._("Excuse the department with a reason instead (REV-4.6.2)."))

    @api.depends("kind", "department_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            # sudo: the name of a department
            line.display_name = line.sudo().department_id.name or labels.get(line.kind)

    @api.model
    def _edit_domain(self):
        """The head of the department, the management representative; nobody writes for them."""
        user = self.env.user
        companies = user._itsms_role_assignments("management_representative").company_id
        return (
            Domain("kind", "=", "department")
            & Domain("department_id", "in", user._itsms_headed_departments().ids)
        ) | (Domain("kind", "=", "system") & Domain("company_id", "in", companies.ids))

    @api.depends("kind", "department_id", "review_id.state")
    @api.depends_context("uid")
    def _compute_can_write_it(self):
        for line in self:
            line.can_write_it = line.can_edit and line.review_id.state in OPEN

    def write(self, vals):
        if {"situation", "problems", "proposals"} & set(vals) and not guard.is_engine(self.env):
            self.filtered(lambda s: s.state != "draft")._engine_reset()
        return super().write(vals)

    def _engine_reset(self):
        """What is changed after it was handed in is handed in again."""
        self.check_access("write")
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write(
            {"state": "draft", "submitted_at": False, "submitted_by_id": False, "excuse": False}
        )

    def action_submit_statement(self):
        """Hand the report in to the ITSMS office (REV-3.4)."""
        self.check_access("write")
        for line in self:
            # sudo: the state decides, for all
            line._check_review_state(line.sudo().review_id, OPEN)
            if not (line.situation or "").strip():
                raise UserError(
                    self.env._(
                        "%(who)s: write how the work went before you hand it in (REV-4.7.1).",
                        who=line.display_name,
                    )
                )
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write(
            {
                "state": "submitted",
                "submitted_at": fields.Datetime.now(),
                "submitted_by_id": self.env.uid,
            }
        )
        for line in self:
            line.review_id._log(
                "other", comment=self.env._("Report handed in: %(who)s", who=line.display_name)
            )
        return True

    def _excuse(self, reason):
        """The ITSMS office goes on without this report, with a reason (REV-4.5.2)."""
        reason = notes.plain(reason)
        for line in self:
            # sudo: only to check the right on the review itself
            line.sudo().review_id.with_env(self.env).check_access("write")
            # sudo: the state decides, for all
            line._check_review_state(line.sudo().review_id, OPEN)
            if not reason:
                raise UserError(self.env._("Say why there is no report (REV-4.5.2)."))
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write({"state": "excused", "excuse": reason})
        for line in self:
            line.review_id._log(
                "other",
                comment=self.env._(
                    "No report of %(who)s: %(reason)s", who=line.display_name, reason=reason
                ),
            )
        return True

    def action_open_excuse(self):
        """Ask for the reason."""
        self.ensure_one()
        return self.env["itsms.review.act"]._open_for(self.review_id, "excuse", statement=self)

    def action_present(self):
        """The secretary ticks a report off in the meeting (REV-4.7.1c, d)."""
        for line in self:
            # sudo: who keeps the minutes may write the review
            line.sudo().review_id.with_env(self.env).check_access("write")
            # sudo: the state decides, for all
            line._check_review_state(line.sudo().review_id, ("meeting",))
            # sudo: the engine's own field
            guard.as_engine(line.sudo()).write({"presented": not line.presented})
        return True


class ItsmsManagementReviewOpinion(models.Model):
    """What a participant will put forward (意见或建议, REV-4.5.3), entered before the meeting."""

    _name = "itsms.management.review.opinion"
    _description = "Opinion for the Management Review"
    _inherit = ["itsms.review.line.mixin"]
    _order = "review_id, id"
    _open_states = OPEN

    review_id = fields.Many2one(
        "itsms.management.review", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="Participant", readonly=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(
        [("opinion", "Opinion"), ("proposal", "Proposal")], default="opinion", required=True
    )
    agenda_id = fields.Many2one(
        "itsms.management.review.input",
        string="On agenda item",
        domain="[('review_id', '=', review_id), ('section', '=', 'agenda')]",
        ondelete="set null",
    )
    name = fields.Text(string="Text", required=True)

    def _line_engine_fields(self):
        return {"user_id"}

    def _initial_line_values(self):
        return {"user_id": self.env.uid}

    @api.model
    def _edit_domain(self):
        return Domain("user_id", "=", self.env.uid)

    @api.model_create_multi
    def create(self, vals_list):
        opinions = super().create(vals_list)
        if not guard.is_engine(self.env):
            for opinion in opinions:
                opinion._check_participant()
        return opinions

    def _check_participant(self):
        # sudo: only who takes part is compared
        if self.env.user not in self.sudo().review_id.participant_ids.user_id:
            raise AccessError(
                self.env._("Participants of the review prepare opinions and proposals (REV-4.5.3).")
            )

    @api.constrains("agenda_id", "review_id")
    def _check_agenda(self):
        for opinion in self:
            if opinion.agenda_id and opinion.agenda_id.review_id != opinion.review_id:
                raise UserError(self.env._("The agenda item belongs to another review."))
