from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

FOLLOW = "itsms_documents.mail_activity_type_review_follow"


class ItsmsDocumentReview(models.Model):
    """What a review found leads on: to a change request, or to the withdrawal (DOC-4.6b)."""

    _inherit = "itsms.document.review"

    change_ids = fields.One2many("itsms.document.change", "review_id", string="Change requests")
    change_count = fields.Integer(compute="_compute_change_count")
    to_follow = fields.Boolean(
        string="To be followed up",
        compute="_compute_to_follow",
        search="_search_to_follow",
        help="Found unsuitable, and nothing was done about it yet (DOC-4.6b).",
    )

    def _unlocked_fields(self):
        """The requests come after the review; each has its own lock."""
        return super()._unlocked_fields() | {"change_ids"}

    def _compute_change_count(self):
        counts = dict(
            self.env["itsms.document.change"]._read_group(
                [("review_id", "in", self.ids)], ["review_id"], ["__count"]
            )
        )
        for review in self:
            review.change_count = counts.get(review, 0)

    @api.model
    def _to_follow_domain(self):
        """Held, found unsuitable, the document still in force and nothing asked for.

        An external document is changed by its publisher: its review is followed up as long as
        the revision reviewed is the one in force.
        """
        withdraw = Domain("outcome", "=", "withdraw")
        asked = Domain("change_ids", "any!", [("state", "!=", "cancelled")])
        external = Domain("document_id.kind", "=", "external")
        change = Domain("outcome", "=", "change") & (
            (~external & ~asked) | (external & Domain("revision_id.state", "=", "valid"))
        )
        return (
            Domain("state", "=", "done")
            & Domain("document_id.state", "=", "in_force")
            & (withdraw | change)
        )

    @api.depends("state", "outcome", "document_id.state", "change_ids.state")
    def _compute_to_follow(self):
        open_ones = self.search(Domain("id", "in", self.ids) & self._to_follow_domain())
        for review in self:
            review.to_follow = review._origin in open_ones

    def _search_to_follow(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._to_follow_domain()
        return domain if True in value else ~domain

    # ------------------------------------------------------------ acts
    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "conclude":
            self._ask_to_follow()

    def _ask_to_follow(self):
        """To-do for who takes the next step: the organiser asks for the change, the ITSMS office
        withdraws the document."""
        deadline = self.env.ref(FOLLOW)._get_date_deadline()
        for review in self.filtered(lambda r: r.outcome in ("change", "withdraw")):
            if review.outcome == "change":
                user, summary = review.organiser_id, self.env._("Ask for the change")
            else:
                user, summary = review._withdrawer(), self.env._("Withdraw the document from use")
            if user:
                # sudo: a to-do for somebody else
                review.sudo().activity_schedule(
                    FOLLOW, date_deadline=deadline, summary=summary, user_id=user.id
                )

    def _withdrawer(self):
        """Somebody of the ITSMS office who may withdraw the document of one review."""
        self.ensure_one()
        role = self.env["itsms.role"]._by_code("itsms_office_head")
        head = self.company_id.sudo().itsms_office_department_id.manager_id.user_id  # sudo: office
        for user in role._holders(self.company_id) | head:
            own = self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            if user.has_group("itsms_base.group_itsms_office") and own.has_access("read"):
                return user
        return self.env["res.users"]

    def action_request_change(self):
        """Lead on to the change: a request that is filled in from the review (DOC-4.5.1)."""
        self.ensure_one()
        if self.state != "done" or self.outcome != "change":
            raise UserError(self.env._("The review did not find that the document is to change."))
        document = self.document_id
        if document.working_revision_id:
            return document.action_open_working_revision()
        if document.kind == "external":
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "itsms_documents.itsms_document_new_revision_action"
            )
            action["context"] = {
                "default_document_id": document.id,
                "default_change_reason": self.conclusion,
            }
            return action
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change request"),
            "res_model": "itsms.document.change",
            "views": [(False, "form")],
            "context": {
                "default_document_id": document.id,
                "default_review_id": self.id,
                "default_reason": self.env._("Review %(number)s", number=self.number),
                "default_content": self.conclusion,
            },
        }

    def action_view_changes(self):
        """Change requests that came from this review."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change requests"),
            "res_model": "itsms.document.change",
            "view_mode": "list,form",
            "domain": [("review_id", "=", self.id)],
            "context": {"create": False},
        }


class ItsmsDocumentChange(models.Model):
    """A change request knows the review that it came from (DOC-4.6b)."""

    _inherit = "itsms.document.change"

    review_id = fields.Many2one(
        "itsms.document.review",
        string="From review",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('document_id', '=', document_id), ('state', '=', 'done')]",
        help="Document review that found the need of this change.",
    )

    @api.constrains("review_id", "document_id")
    def _check_review(self):
        for change in self:
            review = change.review_id
            if review and (review.document_id != change.document_id or review.state != "done"):
                raise ValidationError(
                    self.env._(
                        "%(review)s is no review of this document that was held (DOC-4.6b).",
                        review=review.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        # sudo: the to-do of the organiser is done, whoever asks for the change
        changes.sudo().review_id.activity_unlink([FOLLOW])
        return changes

    def action_open_review(self):
        """Open the review that found the need of this change."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.document.review",
            "res_id": self.review_id.id,
            "views": [(False, "form")],
        }


class ItsmsDocument(models.Model):
    """A withdrawn document needs no further step from its reviews."""

    _inherit = "itsms.document"

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "obsolete":
            # sudo: to-dos of the ITSMS office, whoever of it withdraws
            self.sudo().review_ids.activity_unlink([FOLLOW])
