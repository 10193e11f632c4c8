from odoo import api, fields, models
from odoo.fields import Domain

SECRECY_LEVELS = [
    ("top_secret", "Top secret"),
    ("secret", "Secret"),
    ("internal", "Internal public"),
    ("public", "External public"),
]


class ItsmsConfidentialAccess(models.AbstractModel):
    """What confidential records and their children share: closed to people without clearance,
    their title masked, their news withheld."""

    _name = "itsms.confidential.access.mixin"
    _description = "Access by Secrecy"
    _inherit = ["itsms.access.filter.mixin"]

    _confidential = True

    @api.model
    def _open_domain(self):
        return self._secrecy_domain()

    @api.model
    def _secrecy_domain(self):
        """Records that the secrecy opens to the current user."""
        raise NotImplementedError

    def _closed_message(self):
        return self.env._(
            "This record is confidential and not open to you (DOC-4.1.1.3). Ask the ITSMS office."
        )

    @api.depends_context("uid")
    def _compute_display_name(self):
        """A link from another record must not tell the title of a confidential one.

        Many2one labels are read as superuser by the web client; the user id stays the same.
        """
        super()._compute_display_name()
        user_model = self.with_user(self.env.uid)
        if self.env.uid == api.SUPERUSER_ID or user_model.env.su:
            return
        stored = user_model.filtered("id")
        for record in stored - stored._filtered_access("read"):
            record.with_env(self.env).display_name = self.env._("(confidential)")

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """A follower who may no longer open the record is told nothing more."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        record = self[:1]
        if not record:
            return recipients
        users = self.env["res.users"].browse([r["uid"] for r in recipients if r.get("uid")])
        cleared = {user.id for user in users if record._open_to(user)}
        return [
            r
            for r in recipients
            if (r.get("uid") in cleared if r.get("uid") else self._is_public())
        ]

    def _open_to(self, user):
        """Whether ``user`` may open these records, whatever companies the caller works in."""
        # sudo: the companies of a colleague
        companies = list(user.sudo()._get_company_ids())
        return self.with_user(user).with_context(allowed_company_ids=companies).has_access("read")

    def _is_public(self):
        """Whether people without a login may be told about the record."""
        return False


class ItsmsConfidentialMixin(models.AbstractModel):
    """A record with a secrecy level (DOC-4.1.1.3, COM-17)."""

    _name = "itsms.confidential.mixin"
    _description = "Confidential Record"
    _inherit = ["itsms.confidential.access.mixin"]

    secrecy = fields.Selection(
        SECRECY_LEVELS,
        required=True,
        default="internal",
        index=True,
        tracking=True,
        help="Top secret: senior management only. Secret: department heads and above, or only "
        "the departments named. Internal public: everybody in the company. External public: "
        "everybody (DOC-4.1.1.3).",
    )
    authorised_department_ids = fields.Many2many(
        "hr.department",
        string="Only departments",
        ondelete="restrict",
        help="Secret records: open to these departments (and those below them) only. Empty: to "
        "department heads and above (DOC-4.1.1.3b).",
    )
    authorised_user_ids = fields.Many2many(
        "res.users",
        string="Only persons",
        ondelete="restrict",
        # a text, so that it narrows the choice only: a list applies to reading as well, and the
        # circle would widen when a named person leaves the company
        domain="[('share', '=', False)]",
        help="Secret and top secret: narrows the circle further, never widens it [I-54].",
    )

    @api.model
    def _secrecy_domain(self):
        user = self.env.user
        if not user._is_internal():
            return Domain("secrecy", "=", "public")
        standing = user._itsms_standing()
        unlisted = Domain("authorised_department_ids", "=", False)
        listed = Domain("authorised_department_ids", "in", standing.department_path)
        heads = Domain("company_id", "in", standing.secret_companies)
        named = Domain("authorised_user_ids", "=", False) | Domain(
            "authorised_user_ids", "in", user.ids
        )
        closed = Domain("secrecy", "=", "secret") & (listed | (unlisted & heads))
        closed |= Domain("secrecy", "=", "top_secret") & Domain(
            "company_id", "in", standing.top_secret_companies
        )
        return Domain("secrecy", "in", ("internal", "public")) | (closed & named)

    def _is_public(self):
        return all(record.secrecy == "public" for record in self)

    def write(self, vals):
        """A change of secrecy leaves an evidence line with the old and the new level."""
        names = {"secrecy", "authorised_department_ids", "authorised_user_ids"} & set(vals)
        before = {record.id: record._secrecy_text() for record in self} if names else {}
        result = super().write(vals)
        if names:
            # sudo: the evidence is written even where the writer closed the record to himself
            changed = self.sudo().filtered(lambda r: r._secrecy_text() != before[r.id])
            changed.with_env(self.env)._log(
                "secrecy",
                state_from=lambda r: before[r.id],
                state_to=lambda r: r.sudo()._secrecy_text(),
            )
        return result

    def _opens_wider(self, vals):
        """Whether a write of ``vals`` would let more people open this one document."""
        order = [level for level, _label in SECRECY_LEVELS]  # from top secret to public
        level = vals.get("secrecy", self.secrecy)
        if level in order and order.index(level) > order.index(self.secrecy):
            return True
        lists = ("authorised_department_ids", "authorised_user_ids")
        return any(name in vals and self[name] for name in lists)

    def _secrecy_text(self):
        """Secrecy of one record in a line, for the evidence log."""
        parts = [self.secrecy, ", ".join(self.authorised_department_ids.mapped("name"))]
        parts.append(", ".join(self.authorised_user_ids.mapped("name")))
        return " / ".join(filter(None, parts))


class ItsmsConfidentialChildMixin(models.AbstractModel):
    """A record that is exactly as confidential as the record it belongs to."""

    _name = "itsms.confidential.child.mixin"
    _description = "Child of a Confidential Record"
    _inherit = ["itsms.confidential.access.mixin"]

    _secrecy_parent = None  # name of the many2one to the confidential record

    @api.model
    def _secrecy_domain(self):
        comodel = self.env[self._fields[self._secrecy_parent].comodel_name]
        # any!: the parent's secrecy counts here, its other rules have their own place
        return Domain(self._secrecy_parent, "any!", comodel._secrecy_domain())

    def _is_public(self):
        return self[self._secrecy_parent]._is_public()
