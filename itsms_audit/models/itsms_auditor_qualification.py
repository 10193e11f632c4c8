from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsAuditorQualification(models.Model):
    """Somebody may audit: a mark on the person with the training it rests on (AUD-4.1.2a) [I-58].

    The ITSMS office records it with its proof, the management representative confirms it. It has
    an end only where one is entered. What the training module knows counts as well
    (:meth:`_qualified_by_training`).
    """

    _name = "itsms.auditor.qualification"
    _description = "Auditor Qualification"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.access.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "user_id, valid_from desc, id desc"
    _rec_name = "user_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Auditor",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
        tracking=True,
    )
    valid_from = fields.Date(
        required=True, index=True, default=lambda self: self.env.company._itsms_today()
    )
    valid_to = fields.Date(help="Empty: without end; the procedure gives none [I-58].")
    basis = fields.Text(
        string="Training it rests on",
        help="Course, examination, institution and date: members of an audit team are trained and "
        "qualified people (AUD-4.1.2a).",
    )
    proof_file = fields.Binary(string="Proof", attachment=True, copy=False)
    proof_file_name = fields.Char(copy=False)
    state = fields.Selection(
        [("draft", "Recorded"), ("valid", "Confirmed"), ("withdrawn", "Withdrawn")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    confirmed_by_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, copy=False, ondelete="restrict"
    )
    confirmed_at = fields.Datetime(string="Confirmed on", readonly=True, copy=False)
    expired = fields.Boolean(compute="_compute_expired")

    _dates_chk = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_to >= valid_from)",
        "A qualification ends after it begins (AUD-4.1.2a).",
    )
    _valid_idx = models.Index("(company_id, user_id) WHERE state = 'valid'")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"confirmed_by_id", "confirmed_at"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "confirm": Transition(
                "confirm",
                self.env._("Confirm"),
                ("draft",),
                "valid",
                roles=("management_representative",),
                requires=("basis",),
            ),
            "withdraw": Transition(
                "withdraw",
                self.env._("Withdraw the qualification"),
                ("valid",),
                "withdrawn",
                roles=("management_representative", "itsms_office_head"),
                reason=True,
            ),
        }

    @api.model
    def _edit_domain(self):
        return self._office_domain()

    @api.model
    def _see_domain(self):
        """Who is qualified to audit is known in the company."""
        return Domain.TRUE

    @api.depends("valid_to")
    def _compute_expired(self):
        for line in self:
            today = line.company_id._itsms_today()
            line.expired = bool(line.valid_to and line.valid_to < today)

    @api.depends("user_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.user_id.sudo().name or ""  # sudo: a colleague's name

    # ------------------------------------------------------------ transitions
    def action_confirm(self):
        """The management representative confirms; nobody confirms his own qualification."""
        return self.action_transition("confirm")

    def action_open_withdraw(self):
        return self.env["itsms.decision"]._open(self, "withdraw")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "confirm":
            for line in self:
                if line.user_id == self.env.user:
                    raise AccessError(
                        self.env._(
                            "Nobody confirms his own qualification as an auditor (AUD-4.1.2a)."
                        )
                    )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "confirm":
            self._engine_write(
                {"confirmed_by_id": self.env.uid, "confirmed_at": fields.Datetime.now()}
            )

    def _locked_way_out(self):
        return self.env._("Withdraw it and record a new one.")

    # ------------------------------------------------------------ who is qualified
    @api.model
    def _qualified(self, users, on, company):
        """Those of ``users`` who are qualified to audit in ``company`` on the day ``on``."""
        # sudo: whether a colleague is qualified is no secret
        found = self.sudo().search(
            [
                ("state", "=", "valid"),
                ("company_id", "=", company.id),
                ("user_id", "in", users.ids),
                ("valid_from", "<=", on),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">=", on),
            ]
        )
        recorded = users & found.user_id
        return recorded | self._qualified_by_training(users - recorded, on, company)

    @api.model
    def _qualified_by_training(self, users, on, company):
        """Hook: those of ``users`` whose training records qualify them; without the training
        module nobody."""
        return users.browse()

    @api.model
    def _candidates(self, company):
        """Colleagues who are qualified to audit in ``company`` today."""
        # sudo: who works for the company is no secret
        users = (
            self.env["res.users"]
            .sudo()
            .search([("company_ids", "in", company.ids), ("share", "=", False)])
        )
        return self._qualified(users.sudo(False), company._itsms_today(), company)

    @api.model
    def _check_qualified(self, users, on, company):
        """Refuse where one of ``users`` is not qualified (AUD-4.1.2a)."""
        lacking = users - self._qualified(users, on, company)
        if lacking:
            raise UserError(
                self.env._(
                    "%(names)s: no confirmed auditor qualification on %(day)s. Members of an audit "
                    "team are trained and qualified: the ITSMS office records the qualification, "
                    "the management representative confirms it (AUD-4.1.2a).",
                    # sudo: names of colleagues
                    names=", ".join(lacking.sudo().mapped("name")),
                    day=on,
                )
            )
