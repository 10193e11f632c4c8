from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

# signatures that make somebody “the approver of the document” (文件的批准人)
APPROVING = ("approve", "examine", "confirm")


class ItsmsDocumentReview(models.Model):
    """Document review record (文件评审记录): is the document still suitable (DOC-4.6)?

    A draft while the review is prepared; held, it is evidence and stays as it is. What is found
    unsuitable leads on to a change request, or to the withdrawal (DOC-4.6b, DOC-4.7).
    """

    _name = "itsms.document.review"
    _description = "Document Review Record"
    _inherit = [
        "itsms.numbered.mixin",
        "itsms.content.lock.mixin",
        "itsms.confidential.child.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _secrecy_parent = "document_id"
    _order = "date desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "document_id.name", "document_id.number"]
    _check_company_auto = True

    document_id = fields.Many2one(
        "itsms.document", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    department_id = fields.Many2one(
        related="document_id.department_id", related_sudo=False, store=True, index=True
    )
    document_state = fields.Selection(
        related="document_id.state", related_sudo=False, string="State of the document"
    )
    revision_id = fields.Many2one(
        "itsms.document.revision",
        string="Revision reviewed",
        compute="_compute_revision_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('document_id', '=', document_id), ('state', '!=', 'cancelled')]",
    )
    occasion = fields.Selection(
        [
            ("drawn_up", "After it was drawn up"),
            ("periodic", "Periodic, during its use"),
            ("necessary", "When necessary, during its use"),
        ],
        required=True,
        default="necessary",
        help="A document is reviewed when necessary, both after it has been drawn up and during "
        "its use (DOC-4.6).",
    )
    organiser_id = fields.Many2one(
        "res.users",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('share', '=', False)]",
        default=lambda self: self.env.user,
        help="The approver of the document or somebody of the authoring department organises the "
        "review (DOC-4.6a).",
    )
    participant_ids = fields.Many2many(
        "res.users",
        "itsms_document_review_participant_rel",
        string="Participants",
        domain="[('share', '=', False)]",
    )
    guests = fields.Char(string="Other participants", help="People without a login.")
    due_on = fields.Date(string="Due on", index=True, help="Day on which the review is due.")
    held_on = fields.Date(string="Held on", help="Day of the review.")
    date = fields.Date(
        compute="_compute_date",
        store=True,
        index=True,
        help="Day of the review, before it is held the day it is due.",
    )
    findings = fields.Html(
        default=lambda self: self._default_findings(),
        help="What was looked at and what was found.",
    )
    outcome = fields.Selection(
        [
            ("fit", "Still suitable"),
            ("change", "To be changed"),
            ("withdraw", "No longer applicable: withdraw"),
        ],
        tracking=True,
        help="What is not suitable or needs a change is changed by the procedure (DOC-4.6b).",
    )
    conclusion = fields.Text(
        help="What is to be changed, or why the document is no longer applicable."
    )
    state = fields.Selection(
        [("draft", "In preparation"), ("done", "Held"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    done_at = fields.Datetime(string="Concluded at", readonly=True, copy=False)
    done_by_id = fields.Many2one(
        "res.users", string="Concluded by", readonly=True, copy=False, ondelete="restrict"
    )
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")

    _open_idx = models.Index("(document_id, state, due_on)")

    @api.model
    def _default_findings(self):
        """Points of a review, as a list to be filled in."""
        points = [
            self.env._("Does it still describe the work as it is done?"),
            self.env._("Does it agree with the other documents, laws and standards in force?"),
            self.env._("Are responsibilities, names of departments and forms still right?"),
            self.env._("Have audits, complaints or incidents shown a gap?"),
        ]
        rows = "".join(f"<li>{point} </li>" for point in points)
        return f"<ol>{rows}</ol>"

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"done_at", "done_by_id"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "conclude": Transition(
                "conclude",
                self.env._("Conclude the review"),
                ("draft",),
                "done",
                requires=("organiser_id", "held_on", "revision_id", "findings", "outcome"),
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel the review"), ("draft",), "cancelled", reason=True
            ),
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("document.review")

    def _locked_way_out(self):
        return self.env._("A review record is evidence: hold another review.")

    # ------------------------------------------------------------ computed
    @api.depends("document_id")
    def _compute_revision_id(self):
        for review in self:
            document = review.document_id
            if review.revision_id.document_id != document:
                review.revision_id = document.current_revision_id or document._latest_revision()

    @api.depends("held_on", "due_on")
    def _compute_date(self):
        for review in self:
            review.date = review.held_on or review.due_on

    @api.depends("number", "document_id.display_name")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for review in self:
            # the document masks its own name where it is confidential
            parts = [
                review.number or self.env._("Document review"),
                review.document_id.display_name,
            ]
            review.display_name = " ".join(filter(None, parts))

    @api.depends("state", "due_on")
    def _compute_overdue(self):
        for review in self:
            today = review.company_id._itsms_today()
            review.overdue = review.state == "draft" and bool(
                review.due_on and review.due_on < today
            )

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._itsms_today()
        domain = Domain("state", "=", "draft") & Domain("due_on", "<", today)
        return domain if True in value else ~domain

    @api.depends("organiser_id", "document_id.can_edit")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        for review in self:
            review.can_edit = review.organiser_id == self.env.user or review.document_id.can_edit

    def _search_can_edit(self, operator, value):
        if operator != "in":
            return NotImplemented
        documents = self.env["itsms.document"]._search_can_edit("in", {True})
        domain = Domain("document_id", "any!", documents) | Domain(
            "organiser_id", "=", self.env.uid
        )
        return domain if True in value else ~domain

    # ------------------------------------------------------------ checks
    @api.constrains("document_id", "revision_id")
    def _check_revision(self):
        for review in self:
            if review.revision_id and review.revision_id.document_id != review.document_id:
                raise ValidationError(
                    self.env._(
                        "%(revision)s is no revision of %(document)s (DOC-4.6).",
                        revision=review.revision_id.display_name,
                        document=review.document_id.display_name,
                    )
                )

    @api.constrains("document_id", "revision_id", "organiser_id")
    def _check_organiser(self):
        """The approver of the document or the authoring department organises (DOC-4.6a)."""
        reviews = self.filtered("organiser_id")
        approvers = reviews._approvers()
        controller = self.env["itsms.role"]._by_code("document_controller")
        for user, organised in reviews.grouped("organiser_id").items():
            if user.has_group("itsms_base.group_itsms_office"):
                continue
            own = user._itsms_own_departments()
            companies = organised.company_id.filtered(lambda c, u=user: controller._held_by(u, c))
            for review in organised:
                # sudo: the department of a document that the organiser need not be able to open
                document = review.document_id.sudo()
                if not (
                    document.department_id in own
                    or document.company_id in companies
                    or user in approvers[review.id]
                ):
                    raise ValidationError(
                        self.env._(
                            "%(name)s neither approved %(document)s nor belongs to the "
                            "department that wrote it: the approver or the authoring department "
                            "organises the review (DOC-4.6a).",
                            name=user.sudo().name,  # sudo: a colleague's name
                            document=review.document_id.display_name,
                        )
                    )

    def _approvers(self):
        """Who signed the valid revision or the one under review, by id of the review."""
        # sudo: whose signature stands on a document is shown to everybody who may read it
        revisions = self.sudo().revision_id | self.sudo().document_id.current_revision_id
        steps = (
            self.env["itsms.approval.step"]
            .sudo()  # sudo: as above
            .search(
                [
                    ("res_model", "=", revisions._name),
                    ("res_id", "in", revisions.ids),
                    ("state", "=", "approved"),
                    ("label", "in", APPROVING),
                ]
            )
        )
        rounds = {revision.id: revision.approval_round for revision in revisions}
        signed = {}
        for step in steps:
            if step.round == rounds[step.res_id]:
                people = step.decided_by_id | step.behalf_id
                signed[step.res_id] = signed.get(step.res_id, people.browse()) | people
        nobody = self.env["res.users"]
        result = {}
        for review in self.sudo():  # sudo: as above
            ids = {review.revision_id.id, review.document_id.current_revision_id.id}
            result[review.id] = nobody.union(*[signed.get(i, nobody) for i in ids])
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_due(self):
        due = self.filtered(lambda r: r.occasion == "periodic" and r.due_on)
        if due and not self.env.su:
            raise UserError(
                self.env._(
                    "%(name)s was opened because it is due: cancel it with a reason (DOC-4.6).",
                    name=due[0].display_name,
                )
            )

    # ------------------------------------------------------------ acts
    def action_conclude(self):
        """The review was held: from now on the record is evidence (DOC-4.6)."""
        return self.action_transition("conclude")

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def _check_transition_right(self, transition):
        """The organiser signs for the review; the ITSMS office may do it for him (DOC-4.6a)."""
        super()._check_transition_right(transition)
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        for review in self:
            if not office and review.organiser_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "“%(transition)s” of %(name)s is for its organiser and the ITSMS office "
                        "(DOC-4.6a).",
                        transition=transition.label,
                        name=review.display_name,
                    )
                )

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "conclude":
            return
        for review in self:
            document = review.document_id
            if document.state not in ("draft", "in_force"):
                raise UserError(
                    self.env._(
                        "%(name)s is no longer in use: cancel its review (DOC-4.6).",
                        name=document.display_name,
                    )
                )
            if review.held_on > review.company_id._itsms_today():
                raise UserError(
                    self.env._(
                        "%(name)s: the day of the review has not come yet (DOC-4.6).",
                        name=review.display_name,
                    )
                )
            if review.outcome != "fit" and not (review.conclusion or "").strip():
                raise UserError(
                    self.env._(
                        "%(name)s: say what is to be changed, or why the document is no longer "
                        "applicable (DOC-4.6b).",
                        name=review.display_name,
                    )
                )
            if review.outcome == "withdraw" and document.state != "in_force":
                raise UserError(
                    self.env._(
                        "%(name)s is not in force; a document that never was is cancelled, not "
                        "withdrawn from use (DOC-4.7).",
                        name=document.display_name,
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        # sudo: the to-do of the organiser ends with the review, whoever concludes it
        self.sudo().activity_unlink(["itsms_documents.mail_activity_type_review"])
        if transition.name != "conclude":
            return
        # sudo: engine fields of the review and of its document
        guard.as_engine(self.sudo()).write(
            {"done_at": fields.Datetime.now(), "done_by_id": self.env.uid}
        )
        for document, reviews in self.sudo().grouped("document_id").items():  # sudo: as above
            days = [document.last_review_date, *reviews.mapped("held_on")]
            guard.as_engine(document).write({"last_review_date": max(filter(None, days))})

    def action_withdraw_document(self):
        """Lead on to the withdrawal of the document (DOC-4.7)."""
        self.ensure_one()
        if self.state != "done" or self.outcome != "withdraw":
            raise UserError(
                self.env._("The review did not find that the document is to be withdrawn.")
            )
        dialog = self.env["itsms.document.obsolete"]._open(self.document_id)
        dialog["context"] = {**dialog["context"], "default_reason": self.conclusion}
        return dialog

    def action_open_document(self):
        """Open the document under review."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.document",
            "res_id": self.document_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------ print

    def _participants(self):
        """Names of who took part (sudo: names of colleagues)."""
        self.ensure_one()
        return ", ".join([*self.sudo().participant_ids.mapped("name"), self.guests or ""]).strip(
            ", "
        )

    def _signature(self):
        """Who concluded the review; somebody of the office signs for the organiser (代)."""
        self.ensure_one()
        people = self.sudo()  # sudo: names of colleagues
        if people.done_by_id == people.organiser_id:
            return people.organiser_id.name
        return f"{people.done_by_id.name} 代 {people.organiser_id.name}"
