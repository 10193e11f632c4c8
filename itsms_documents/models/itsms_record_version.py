from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.itsms_base.engine import canonical, guard


class ItsmsRecordVersion(models.Model):
    """Content of a record: text and files. A correction adds a version, the original stays
    (REC-2c). Nobody but the engine writes here."""

    _name = "itsms.record.version"
    _description = "Version of a Record"
    _inherit = ["itsms.engine.rows.mixin", "itsms.confidential.child.mixin"]
    _secrecy_parent = "record_id"
    _order = "record_id, number desc"
    _rec_name = "number"

    record_id = fields.Many2one("itsms.record", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="record_id.company_id", store=True, index=True)
    number = fields.Integer(string="Version", required=True, readonly=True, aggregator=None)
    body = fields.Html(string="Text", readonly=True, sanitize_style=True)
    attachment_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        string="Files",
        readonly=True,
        domain=[("res_model", "=", "itsms.record.version")],
    )
    file_list = fields.Json(readonly=True, help="Name, size and SHA-256 of every file.")
    file_text = fields.Text(string="Files with SHA-256", compute="_compute_file_text")
    digest = fields.Char(string="SHA-256", readonly=True, help="Over text and files.")
    reason = fields.Char(readonly=True, help="Why it was corrected.")
    author_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="restrict")
    authored_at = fields.Datetime(string="Time", required=True, readonly=True)
    removed_at = fields.Datetime(readonly=True, help="When the content was destroyed (REC-4.8).")

    _number_uniq = models.Constraint(
        "UNIQUE (record_id, number)", "The record already has this version."
    )

    @api.depends("file_list")
    def _compute_file_text(self):
        for version in self:
            version.file_text = "\n".join(
                f"{entry['name']}  {entry['sha256']}" for entry in version.file_list or []
            )

    @api.model
    def _secrecy_domain(self):
        """As confidential as the record, and open to whom its content is open (REC-4.6)."""
        records = self.env["itsms.record"]._content_domain()
        return super()._secrecy_domain() & fields.Domain("record_id", "any!", records)

    def _closed_message(self):
        return self.env._(
            "The content of this record is open to its keeping department. Ask for it with a "
            "loan or consultation (REC-4.6.1, REC-4.6.2)."
        )

    # ------------------------------------------------------------ engine only
    @api.model
    def _by_hand_refusal(self):
        return self.env._("Versions are written by the system itself, never by hand (REC-2c).")

    def _engine_write(self, vals):
        # sudo: the right was checked on the record
        return guard.as_engine(self.sudo()).write(vals)

    # ------------------------------------------------------------ files
    def _set_attachments(self, attachments):
        """Make ``attachments`` the files of this draft: those uploaded by the user for this
        record, and those it has."""
        self.ensure_one()
        # sudo: the right was checked on the record; foreign files are refused below
        mine = self.sudo().attachment_ids
        new = attachments.sudo() - mine
        for attachment in new:
            if not self._is_upload(attachment):
                raise AccessError(
                    self.env._("Only files that you upload here become files of this record.")
                )
        guard.as_engine(mine - attachments.sudo()).unlink()
        guard.as_engine(new).write({"res_model": self._name, "res_id": self.id})
        self.sudo().invalidate_recordset(["attachment_ids"])

    def _is_upload(self, attachment, models=("itsms.record",)):
        """Whether ``attachment`` was uploaded by the user for this record, or for no record."""
        own = attachment.create_uid.id == self.env.uid
        return (
            own
            and attachment.res_model in (*models, False)
            and attachment.res_id in (0, False, self.record_id.id)
            and not attachment.res_field
        )

    def _file_entries(self):
        """Name, size and SHA-256 of the files of one version."""
        self.ensure_one()
        entries = []
        for attachment in self.attachment_ids.with_context(bin_size=False).sorted("id"):
            content = attachment.raw or b""
            entries.append(
                {
                    "id": attachment.id,
                    "name": attachment.name,
                    "size": len(content),
                    "sha256": canonical.content_digest(content),
                }
            )
        return entries

    def _freeze(self):
        """Take the hashes of text and files (sudo by the caller)."""
        for version in self:
            entries = version._file_entries()
            version._engine_write(
                {"file_list": entries, "digest": version._digest_of(version.body, entries)}
            )

    def _digest_of(self, body, entries):
        files = [[entry["name"], entry["size"], entry["sha256"]] for entry in entries]
        return canonical.digest([self.record_id.id, self.number, str(body or ""), files])
