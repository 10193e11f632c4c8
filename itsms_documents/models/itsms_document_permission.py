from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsDocumentPermission(models.Model):
    """The company's permission to download and forward controlled documents (DOC-4.4.2.4):
    given by the ITSMS office to a person, a group or a department [I-60]."""

    _name = "itsms.document.permission"
    _description = "Permission to Download"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.confidential.child.mixin",
        "mail.thread",
    ]
    _secrecy_parent = "document_id"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    holder = fields.Selection(
        [("user", "Person"), ("group", "Group"), ("department", "Department")],
        string="Permitted to",
        required=True,
        default="user",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    group_id = fields.Many2one("res.groups", index="btree_not_null", ondelete="restrict")
    department_id = fields.Many2one(
        "hr.department",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Everybody who works in the department or below it.",
    )
    scope = fields.Selection(
        [
            ("document", "One document"),
            ("category", "One category"),
            ("all", "All documents"),
        ],
        required=True,
        default="document",
    )
    document_id = fields.Many2one(
        "itsms.document", index="btree_not_null", ondelete="restrict", check_company=True
    )
    category_id = fields.Many2one(
        "itsms.document.category", index="btree_not_null", ondelete="restrict"
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self.env.company._itsms_today()
    )
    date_to = fields.Date(string="Until", help="Empty: until it is revoked.")
    reason = fields.Text(required=True, help="What the files are needed for (DOC-4.4.2.4).")
    state = fields.Selection(
        [("draft", "Draft"), ("granted", "Granted"), ("revoked", "Revoked")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    granted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    granted_at = fields.Datetime(readonly=True, copy=False)
    revoked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    revoked_at = fields.Datetime(readonly=True, copy=False)
    in_force = fields.Boolean(compute="_compute_in_force", search="_search_in_force")

    _holder_chk = models.Constraint(
        """CHECK ((user_id IS NOT NULL) = (holder = 'user')
              AND (group_id IS NOT NULL) = (holder = 'group')
              AND (department_id IS NOT NULL) = (holder = 'department'))""",
        "Name exactly one: a person, a group or a department.",
    )
    _scope_chk = models.Constraint(
        """CHECK ((document_id IS NOT NULL) = (scope = 'document')
              AND (category_id IS NOT NULL) = (scope = 'category'))""",
        "Name the document or the category that the permission is for.",
    )
    _dates_chk = models.Constraint(
        "CHECK (date_to >= date_from)", "The permission ends after it begins."
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "granted_by_id",
            "granted_at",
            "revoked_by_id",
            "revoked_at",
        }

    def _lifecycle_transitions(self):
        office = ("itsms_base.group_itsms_office",)
        return super()._lifecycle_transitions() | {
            "grant": Transition("grant", self.env._("Grant"), ("draft",), "granted", groups=office),
            "revoke": Transition(
                "revoke",
                self.env._("Revoke"),
                ("granted",),
                "revoked",
                groups=office,
                reason=True,
            ),
        }

    def _after_transition(self, transition):
        super()._after_transition(transition)
        now = fields.Datetime.now()
        names = {"grant": "granted", "revoke": "revoked"}
        name = names[transition.name]
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write({f"{name}_by_id": self.env.uid, f"{name}_at": now})

    def _locked_way_out(self):
        return self.env._("Revoke it and grant another one.")

    @api.model
    def _secrecy_domain(self):
        return Domain("document_id", "=", False) | super()._secrecy_domain()

    def _is_public(self):
        return False

    # ------------------------------------------------------------ computed
    @api.depends("holder", "user_id", "group_id", "department_id", "scope", "document_id")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        scopes = dict(self._fields["scope"]._description_selection(self.env))
        for permission in self:
            # sudo: names of groups and colleagues are no secret
            who = permission.sudo()
            holder = who.user_id.name or who.group_id.name or who.department_id.name or ""
            what = (
                permission.document_id.display_name
                or permission.category_id.name
                or scopes.get(permission.scope)
            )
            permission.display_name = f"{holder}: {what}"

    @api.depends("state", "date_from", "date_to")
    def _compute_in_force(self):
        for permission in self:
            today = permission.company_id._itsms_today()
            permission.in_force = (
                permission.state == "granted"
                and permission.date_from <= today
                and (not permission.date_to or permission.date_to >= today)
            )

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._force_domain(self.env.company._itsms_today())
        return domain if True in value else ~domain

    @api.model
    def _force_domain(self, today):
        return (
            Domain("state", "=", "granted")
            & Domain("date_from", "<=", today)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        )

    # ------------------------------------------------------------ checks
    @api.constrains("user_id", "group_id")
    def _check_insiders(self):
        for permission in self:
            # sudo: only whether the group lets outsiders in
            groups = permission.group_id.sudo()
            outside = self.env.ref("base.group_portal") | self.env.ref("base.group_public")
            if (permission.user_id and permission.user_id.share) or (
                groups.all_implied_ids & outside
            ):
                raise ValidationError(
                    self.env._("Permission is given to people of the company (DOC-4.4.2.4).")
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not (self.env.su or self.env.user.has_group("itsms_base.group_itsms_office")):
            raise AccessError(
                self.env._("Only the ITSMS office permits downloading (DOC-4.4.2.4).")
            )
        return super().create(vals_list)

    # ------------------------------------------------------------ use
    @api.model
    def _permitted(self, revisions):
        """Those of ``revisions`` that a permission in force opens to the current user."""
        user = self.env.user
        documents = revisions.document_id
        standing = user._itsms_standing()
        holder = (
            Domain("user_id", "=", user.id)
            | Domain("group_id", "in", user.all_group_ids.ids)
            | Domain("department_id", "in", standing.department_path)
        )
        about = (
            Domain("scope", "=", "all")
            | Domain("document_id", "in", documents.ids)
            | Domain("category_id", "in", documents.category_id.ids)
        )
        found = revisions.browse()
        for company, group in revisions.grouped("company_id").items():
            # sudo: only the person's own permissions are looked at
            permissions = self.sudo().search(
                Domain("company_id", "=", company.id)
                & self._force_domain(company._itsms_today())
                & holder
                & about
            )
            every = "all" in permissions.mapped("scope")
            found |= group.filtered(
                lambda r, p=permissions, every=every: (
                    every
                    or r.document_id in p.document_id
                    or r.document_id.category_id in p.category_id
                )
            )
        return found

    def action_grant(self):
        """Grant it: it works from its first day."""
        return self.action_transition("grant")

    def action_revoke(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "revoke")
