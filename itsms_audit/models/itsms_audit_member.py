from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard

from .audit_kinds import MEMBER_ROLES


class ItsmsAuditMember(models.Model):
    """Somebody on the audit team, with his part of the work (AUD-4.1.2, AUD-4.1.3b)."""

    _name = "itsms.audit.member"
    _description = "Audit Team Member"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "audit_id"
    _order = "audit_id, sequence, id"
    _rec_name = "user_id"
    _check_company_auto = True

    audit_id = fields.Many2one("itsms.audit", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="audit_id.company_id", store=True, index=True)
    audit_state = fields.Selection(related="audit_id.state", string="State of the audit")
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        "res.users",
        string="Member",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    role = fields.Selection(MEMBER_ROLES, required=True, default="auditor")
    task = fields.Char(string="Division of work", help="What the member does (AUD-4.1.3b).")
    department_names = fields.Char(
        string="Own departments",
        compute="_compute_department_names",
        help="Where the member works or which he heads: he does not audit these (AUD-4.1.2b).",
    )
    qualified = fields.Boolean(
        compute="_compute_qualified", help="Qualified on the day of the audit (AUD-4.1.2a)."
    )
    left_at = fields.Datetime(string="Left on", readonly=True, copy=False)
    left_reason = fields.Char(readonly=True, copy=False)

    _member_uniq = models.UniqueIndex(
        "(audit_id, user_id)", "This person is on the audit team already (AUD-4.1.2)."
    )
    _lead_uniq = models.UniqueIndex(
        "(audit_id) WHERE role = 'lead' AND left_at IS NULL",
        "An audit has one lead auditor; the management representative appoints him (AUD-4.1.2).",
    )

    def _present(self):
        """Users who are on the team now."""
        return self.filtered(lambda m: not m.left_at).user_id

    def _auditing(self):
        """Users on the team who audit: experts and observers do not, and need no qualification."""
        return self.filtered(lambda m: not m.left_at and m.role in ("lead", "auditor")).user_id

    @api.depends("user_id")
    def _compute_department_names(self):
        for member in self:
            departments = self.env["hr.department"]
            if member.user_id:
                departments = member.user_id._itsms_own_departments()
            # sudo: names of departments are no secret
            member.department_names = ", ".join(departments.sudo().mapped("name"))

    @api.depends("user_id", "audit_id.date_start")
    def _compute_qualified(self):
        Qualification = self.env["itsms.auditor.qualification"]
        for audit, members in self.grouped("audit_id").items():
            company = audit.company_id or self.env.company
            on = audit.date_start or company._itsms_today()
            found = Qualification._qualified(members.user_id._origin, on, company)
            for member in members:
                member.qualified = member.user_id._origin in found

    # ------------------------------------------------------------ rules
    @api.constrains("user_id", "role", "audit_id")
    def _check_member(self):
        for audit, members in self.grouped("audit_id").items():
            audit._check_team(audit.date_start or audit.company_id._itsms_today())
            for member in members:
                # sudo: companies of a colleague
                if audit.company_id not in member.user_id.sudo().company_ids:
                    raise UserError(
                        self.env._(
                            "%(name)s does not work for %(company)s.",
                            name=member.user_id.sudo().name,
                            company=audit.company_id.sudo().name,
                        )
                    )
                lead = audit.lead_id == member.user_id
                if not member.left_at and lead != (member.role == "lead"):
                    raise UserError(
                        self.env._(
                            "The lead auditor is appointed by the management representative; "
                            "he stays on the team as such (AUD-4.1.2)."
                        )
                    )

    def write(self, vals):
        if {"left_at", "left_reason"} & set(vals) and not guard.is_engine(self.env):
            raise AccessError(self.env._("Members leave the team by being replaced (COM-2)."))
        if "audit_id" in vals and any(m.audit_id.id != vals["audit_id"] for m in self):
            raise UserError(self.env._("A member stays with his audit."))
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_needed(self):
        for member in self.sudo():  # sudo: compares people only
            audit = member.audit_id
            if member.role == "lead" and audit.lead_id == member.user_id:
                raise UserError(
                    self.env._(
                        "The lead auditor stays on the team; the management representative "
                        "appoints another one (AUD-4.1.2)."
                    )
                )
            if member.user_id in audit.schedule_ids.auditor_ids:
                raise UserError(
                    self.env._(
                        "%(name)s is in the timetable: take him out there first (AUD-4.1.3b).",
                        name=member.user_id.name,
                    )
                )


class ItsmsAudit(models.Model):
    _inherit = "itsms.audit"

    def _engine_members(self):
        """Members as the engine writes them: whoever appoints has written nothing of the plan and
        may still decide on it (COM-8)."""
        # sudo: the caller's right was checked
        return guard.as_engine(self.env["itsms.audit.member"].with_user(SUPERUSER_ID).sudo())

    def _appoint_member(self, user, former, reason):
        """The appointed lead joins the team as such; a former one stays as an auditor while he
        is in the timetable, else he leaves."""
        Member = self._engine_members()
        members = Member.search([("audit_id", "=", self.id)])
        old = members.filtered(lambda m: m.user_id == former and m.role == "lead")
        if old and former != user:
            stays = former in self.sudo().schedule_ids.auditor_ids  # sudo: compares people
            old.write({"role": "auditor"})
            if not stays:
                old.write({"left_at": fields.Datetime.now(), "left_reason": reason})
            old.flush_recordset()  # one lead at a time, the new one comes after
        own = members.filtered(lambda m: m.user_id == user)
        if own:
            own.write({"role": "lead", "left_at": False, "left_reason": False})
        else:
            Member.create({"audit_id": self.id, "user_id": user.id, "role": "lead", "sequence": 1})
