import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

_logger = logging.getLogger(__name__)

GROUP = "itsms_audit.group_itsms_external_auditor"
# reads as an employee does, and takes lists along as evidence
_GROUPS = ("base.group_user", "base.group_allow_export", GROUP)


class ItsmsAuditorAccess(models.Model):
    """Access of an external auditor: reading only, for a time (COM-21).

    The ITSMS office enters who audits and when, the management representative grants it. Outside
    the days the person cannot sign in, and a session that is open ends by itself.
    """

    _name = "itsms.auditor.access"
    _description = "Access of an External Auditor"
    _inherit = ["itsms.lifecycle.mixin", "itsms.access.fields.mixin", "mail.thread"]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Auditor", required=True, help="Name of the person who audits.")
    body = fields.Char(string="Certification body or customer", required=True)
    login = fields.Char(required=True, help="E-mail address with which the auditor signs in.")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    period_id = fields.Many2one(
        "itsms.audit.period",
        string="Audit period",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self.env.company._itsms_today()
    )
    date_to = fields.Date(string="Until", required=True, help="Last day of the access.")
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, copy=False, index=True, ondelete="restrict"
    )
    granted_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    state = fields.Selection(
        [
            ("draft", "Asked for"),
            ("granted", "Granted"),
            ("ended", "Ended"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    can_grant = fields.Boolean(compute="_compute_can_grant")

    _days_chk = models.Constraint(
        "CHECK (date_to >= date_from)", "An access ends after it begins (COM-21)."
    )

    @api.model
    def _see_domain(self):
        """The management representative sees what he is asked to grant."""
        held = self.env.user._itsms_role_assignments("management_representative")
        return Domain("company_id", "in", held.company_id.ids)

    @api.model
    def _edit_domain(self):
        return self._office_domain()

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_can_grant(self):
        held = self.env.user._itsms_role_assignments("management_representative")
        for access in self:
            access.can_grant = access.company_id in held.company_id

    def _engine_fields(self):
        return super()._engine_fields() | {"user_id", "granted_by_id"}

    def _lifecycle_transitions(self):
        office = ("itsms_base.group_itsms_office",)
        return super()._lifecycle_transitions() | {
            "grant": Transition(
                "grant",
                self.env._("Grant"),
                ("draft",),
                "granted",
                roles=("management_representative",),
            ),
            "end": Transition(
                "end", self.env._("End"), ("granted",), "ended", groups=office, reason=True
            ),
            "expire": Transition(
                "expire", self.env._("Expire"), ("granted",), "ended", internal=True
            ),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft",), "cancelled", groups=office, reason=True
            ),
        }

    def write(self, vals):
        """Who has access, from when to when, stays as it was granted."""
        fixed = {"name", "login", "company_id", "date_from", "date_to", "period_id"} & set(vals)
        if fixed and not guard.is_engine(self.env) and any(a.state != "draft" for a in self):
            raise UserError(
                self.env._(
                    "A granted access is not changed: end it and ask for a new one (COM-21)."
                )
            )
        return super().write(vals)

    # ------------------------------------------------------------ granting
    def action_grant(self):
        """Open the access: the person gets a user that reads only, within the days."""
        return self.action_transition("grant")

    def action_open_end(self):
        """End the access before its last day: asks for the reason."""
        return self.env["itsms.decision"]._open(self, "end")

    def action_open_cancel(self):
        """Drop an access that was asked for: asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "grant":
            return
        for access in self:
            if access.date_to < access.company_id._itsms_today():
                raise UserError(
                    self.env._(
                        "The access of %(name)s would have ended on %(day)s (COM-21).",
                        name=access.name,
                        day=access.date_to,
                    )
                )
            access._check_login_free()

    def _check_login_free(self):
        """The access of an employee is never turned into that of an external auditor."""
        # sudo: whether the address belongs to an employee or another access
        Users = self.env["res.users"].sudo().with_context(active_test=False)
        user = Users.search([("login", "=", self.login)], limit=1)
        earlier = self.sudo().search_count([("user_id", "=", user.id)]) if user else 0
        if user and (not earlier or self._running(user)):
            raise UserError(
                self.env._(
                    "%(login)s is the sign-in of somebody else already. Use another address "
                    "(COM-21).",
                    login=self.login,
                )
            )

    def _running(self, user):
        # sudo: only whether the user has an access that runs
        return self.sudo().search_count([("user_id", "=", user.id), ("state", "=", "granted")])

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "grant":
            for access in self:
                access._open_user()
        elif transition.target == "ended":
            # sudo: the users belong to the accesses alone
            users = self.sudo().user_id
            users.write({"active": False, "group_ids": [(3, self.env.ref(GROUP).id)]})

    def _open_user(self):
        """The user of one access, with no right but reading, invited by mail."""
        self.ensure_one()
        # sudo: the office of who grants it gives the right, not the administration of users
        Users = self.env["res.users"].sudo().with_context(active_test=False, no_reset_password=True)
        vals = {
            "name": self.name,
            "active": True,
            "company_id": self.company_id.id,
            "company_ids": [(6, 0, self.company_id.ids)],
            "group_ids": [(6, 0, [self.env.ref(name).id for name in _GROUPS])],
            "lang": self.company_id._itsms_language(),
            "tz": self.company_id._itsms_timezone().zone,
            "action_id": self.env.ref("itsms_audit.itsms_clause_coverage_action").id,
            "itsms_access_from": self.date_from,
            "itsms_access_until": self.date_to,
        }
        user = Users.search([("login", "=", self.login)], limit=1)
        if user:
            user.write(vals)
        else:
            user = Users.create(vals | {"login": self.login, "email": self.login})
        guard.as_engine(self.sudo()).write({"user_id": user.id, "granted_by_id": self.env.uid})
        self._invite(user)

    @api.model
    def _invite(self, user):
        """A mail with the link to set a password; where no mail goes out, the administrator of
        the users sends it again."""
        try:
            user.with_context(create_user=True)._action_reset_password(signup_type="signup")
        except MailDeliveryException:
            _logger.warning("The invitation of %s was not sent", user.login)

    @api.model
    def _cron_expire(self):
        """Daily: what ran out is ended, its user can do nothing any more."""
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            past = self.search(
                Domain("company_id", "=", company.id)
                & Domain("state", "=", "granted")
                & Domain("date_to", "<", company._itsms_today())
            )
            if past:
                past._run_transition(past._transition("expire"))
