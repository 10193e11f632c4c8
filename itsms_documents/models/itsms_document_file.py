import base64
import os
import re

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

_FORBIDDEN_IN_NAME = re.compile(r"[\x00-\x1f\x7f/\\]")


class ControlledFile(fields.Binary):
    """A file that only people with permission to download get (DOC-4.4.2.4).

    The value is empty for everybody else, on every path that reads a field: forms, lists,
    exports, related fields, RPC. It asks who reads, not whether the code runs as superuser.
    """

    _depends_context = ("bin_size", "uid")

    def read(self, records):
        open_to = records._downloadable()
        self._insert_cache(records - open_to, [None] * len(records - open_to))
        if open_to:
            super().read(open_to)

    def write(self, records, value):
        # what one person was shown says nothing about what is stored
        self._invalidate_cache(records.env, records._ids)
        super().write(records, value)
        written = self._get_cache(records.env)
        kept = {id_: written[id_] for id_ in records._ids if id_ in written}
        self._invalidate_cache(records.env, records._ids)
        written.update(kept)


class ItsmsDocumentRevisionFile(models.Model):
    """The file of a revision: who may download it, what may be uploaded (DOC-4.4.2.4)."""

    _inherit = "itsms.document.revision"

    file = ControlledFile(attachment=True)
    has_file = fields.Boolean(compute="_compute_has_file")
    file_size = fields.Integer(compute="_compute_has_file", string="Size", aggregator=None)
    can_download = fields.Boolean(
        compute="_compute_can_download",
        help="Documents are read on screen. Downloading needs the permission of the ITSMS "
        "office (DOC-4.4.2.4).",
    )
    view_url = fields.Char(compute="_compute_view_url", string="On screen")

    # ------------------------------------------------------------ computed
    @api.depends("file_name", "state")
    def _compute_has_file(self):
        sizes = {a.res_id: a.file_size for a in self._file_attachments()}
        for revision in self:
            revision.has_file = revision.id in sizes
            revision.file_size = sizes.get(revision.id, 0)

    @api.depends("state", "approval_step_ids.state")
    @api.depends_context("uid")
    def _compute_can_download(self):
        open_to = self._downloadable()
        for revision in self:
            revision.can_download = revision in open_to

    def _compute_view_url(self):
        for revision in self:
            revision.view_url = f"/itsms/revision/{revision.id}/view" if revision.id else False

    def _file_attachments(self):
        """Where the files of these revisions are stored (sudo: callers check who asks)."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .with_context(bin_size=False)  # contents, whatever a client asks for
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "file"),
                    ("res_id", "in", self.ids),
                ]
            )
        )

    def _stored_file(self):
        """Bytes of the file of one revision for the system's own work: stamping, printing."""
        self.ensure_one()
        return self._file_attachments()[:1].raw or b""

    # ------------------------------------------------------------ who downloads
    def _downloadable(self):
        """Those of these revisions whose original file the current user may have [I-60].

        Permitted are: who writes the document or controls it; who is asked to decide or decided,
        until the revision is published; the document administrators of the departments in its
        scope (DOC-4.3.1b); who has a permission in force; who has an approved copy in hand.
        Everybody else reads on screen.
        """
        if self.env.uid == SUPERUSER_ID:
            return self
        # the person counts, not the mode in which the code runs
        mine = self.filtered("id").sudo(False)._filtered_access("read")
        found = mine.filtered(lambda r: r.can_edit or r.document_id.can_control)
        for grant in (
            self._downloadable_as_decider,
            self._downloadable_by_permission,
            self._downloadable_as_copy,
            self._downloadable_as_administrator,
        ):
            rest = mine - found
            if rest:
                found |= grant(rest)
        unsaved = self.filtered(lambda r: not r._origin)
        return self.browse(found.ids) | unsaved

    @api.model
    def _downloadable_as_decider(self, revisions):
        """Asked in an open step, or decided before; not for good: what is published needs a
        permission like everybody's (DOC-4.4.2.4)."""
        revisions = revisions.filtered(lambda r: r.state in self._working_states)
        # sudo: only the person's own steps are looked at
        Step = self.env["itsms.approval.step"].sudo()
        about = [("res_model", "=", self._name), ("res_id", "in", revisions.ids)]
        steps = Step.search(
            [
                *about,
                ("state", "in", ("approved", "rejected")),
                ("decided_by_id", "=", self.env.uid),
            ]
        )
        open_steps = Step.search([*about, ("state", "=", "open")])
        asked = open_steps.with_env(self.env).sudo().filtered_domain(Step._my_turn_domain())
        return revisions.browse((steps | asked).mapped("res_id"))

    @api.model
    def _downloadable_by_permission(self, revisions):
        return self.env["itsms.document.permission"]._permitted(revisions)

    @api.model
    def _downloadable_as_copy(self, revisions):
        """An electronic copy that was approved and handed out, until its day (DOC-4.4.2.3); a copy
        on paper is made at the desk."""
        today = self.env.company._itsms_today()
        # sudo: only the person's own loans are looked at
        loans = (
            self.env["itsms.document.loan"]
            .sudo()
            .search(
                [
                    ("document_id", "in", revisions.document_id.ids),
                    ("applicant_id", "=", self.env.uid),
                    ("kind", "=", "copy"),
                    ("carrier", "=", "electronic"),
                    ("state", "=", "handed_out"),
                    ("date_due", ">=", today),
                ]
            )
        )
        return revisions.filtered(
            lambda r: r.document_id in loans.document_id and r.state == "valid"
        )

    @api.model
    def _downloadable_as_administrator(self, revisions):
        """The document administrators of the departments in the scope download and keep it."""
        documents = revisions.document_id
        if "distribution_id" not in documents._fields:
            return revisions.browse()
        # sudo: who administrates which department is no secret
        lines = documents.sudo().distribution_id.line_ids
        administrators = lines.department_id._itsms_document_administrators()
        served = lines.filtered(
            lambda line: self.env.user in administrators.get(line.department_id, ())
        )
        allowed = served.distribution_id.document_id
        return revisions.filtered(lambda r: r.document_id in allowed and r.state == "valid")

    def _check_download(self):
        """Refuse the original file to people without permission (DOC-4.4.2.4)."""
        closed = self - self._downloadable()
        if closed:
            raise AccessError(
                self.env._(
                    "Controlled documents are read on screen. Downloading or forwarding needs the "
                    "permission of the ITSMS office (DOC-4.4.2.4). Ask for it, or apply for a "
                    "copy under Documents › Borrowing and copying."
                )
            )

    # ------------------------------------------------------------ what is uploaded
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._clean_file_values(vals)
        revisions = super().create(vals_list)
        revisions.filtered("file_name")._check_file_type()
        return revisions

    def write(self, vals):
        if {"file", "file_name"} & set(vals):
            vals = dict(vals)
            self._clean_file_values(vals)
        result = super().write(vals)
        if {"file", "file_name"} & set(vals):
            self._check_file_type()
        return result

    def _approval_check_submit(self, manifests):
        """The file as it is stored: it may have been exchanged as an attachment meanwhile."""
        super()._approval_check_submit(manifests)
        for revision in self:
            for entry in manifests[revision.id]:
                if entry["field"] != "file":
                    continue
                self._check_file_size(revision.file_name, entry["size"])
                if not revision.file_name:
                    raise UserError(
                        self.env._(
                            "The file of %(name)s has no name, so nobody can tell what it is. "
                            "Choose it again (DOC-4.1.3).",
                            name=revision.display_name,
                        )
                    )
        self._check_file_type()

    @api.model
    def _clean_file_values(self, vals):
        """Refuse empty and huge files before anything is stored; keep names safe."""
        if vals.get("file_name"):
            vals["file_name"] = self._clean_file_name(vals["file_name"])
        if "file" not in vals:
            return
        if vals["file"] or vals.get("file_name"):
            self._check_file_size(vals.get("file_name"), len(vals["file"] or b"") * 3 // 4)

    @api.model
    def _check_file_size(self, name, size):
        """Refuse a file of ``size`` bytes that is empty or too large to be kept."""
        if not size:
            raise UserError(
                self.env._(
                    "“%(name)s” is empty (0 bytes). Choose the file again (DOC-4.1.3).",
                    name=name or "–",
                )
            )
        limit = self.env["itsms.parameter"]._get("document.file.max_mb", self.env.company)
        if size > limit * 1024 * 1024:
            raise UserError(
                self.env._(
                    "“%(name)s” has %(size)s MB; at most %(limit)s MB are kept. Split it or make "
                    "it smaller; the limit is the parameter “document.file.max_mb” (DOC-4.1.3).",
                    name=name or "–",
                    size=round(size / 1024 / 1024),
                    limit=limit,
                )
            )

    @api.model
    def _clean_file_name(self, name):
        """A name that is safe in headers and on disks, otherwise as it was given."""
        name = _FORBIDDEN_IN_NAME.sub("_", str(name)).strip(" .") or "_"
        if len(name) > 255:
            raise UserError(
                self.env._("A file name has at most 255 characters, this one %(n)s.", n=len(name))
            )
        return name

    def _check_file_type(self):
        """The extension tells the truth, and is none of a program (DOC-4.1.3)."""
        refused = self.env["itsms.parameter"]._get("document.file.refused", self.env.company)
        programs = set(refused.lower().replace(" ", "").split(","))
        for revision in self.filtered("file_name"):
            extension = os.path.splitext(revision.file_name)[1].lower().lstrip(".")
            if extension in programs:
                raise UserError(
                    self.env._(
                        "“%(name)s” is a program, not a document; it is not kept here (DOC-4.1.3).",
                        name=revision.file_name,
                    )
                )
            head = revision._stored_file()[:1024]
            if head and (b"%PDF-" in head) != (extension == "pdf"):
                raise UserError(
                    self.env._(
                        "“%(name)s”: the extension does not agree with the content. A PDF is "
                        "named .pdf, and nothing else is (DOC-4.1.3).",
                        name=revision.file_name,
                    )
                )

    def _file_content(self):
        """Bytes of the file of one revision, for who may have it."""
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).file or b"")


class ItsmsDocumentFile(models.Model):
    """The document shows the file of its valid revision on screen."""

    _inherit = "itsms.document"

    current_file = ControlledFile(
        related="current_revision_id.file", related_sudo=False, string="File"
    )
    current_has_file = fields.Boolean(related="current_revision_id.has_file", related_sudo=False)
    can_download = fields.Boolean(
        related="current_revision_id.can_download", related_sudo=False, string="Can download"
    )
    view_url = fields.Char(compute="_compute_view_url", string="On screen")

    def _compute_view_url(self):
        for document in self:
            document.view_url = f"/itsms/document/{document.id}/view" if document.id else False

    def action_download(self):
        """Download the original file of the valid revision, with permission."""
        self.ensure_one()
        return self.current_revision_id.action_download()


class ItsmsDocumentRevisionDownload(models.Model):
    _inherit = "itsms.document.revision"

    def action_download(self):
        """Download the original file, with permission (DOC-4.4.2.4)."""
        self.ensure_one()
        self.check_access("read")
        self._check_download()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file?download=true"
            "&filename_field=file_name",
            "target": "download",
        }


class IrAttachment(models.Model):
    """Nobody goes around the permission with the number of the attachment (DOC-4.4.2.4)."""

    _inherit = "ir.attachment"

    @api.model
    def _search(
        self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False
    ):
        """A search hands out columns and contents without asking for each record: files that the
        person may not download are no part of its result."""
        if not (self.env.su or bypass_access):
            domain = Domain(domain)
            # Odoo leaves files behind fields out where neither is named
            named = {condition.field_expr for condition in domain.iter_conditions()}
            if {"id", "res_field"} & named or self.env.context.get("skip_res_field_check"):
                about = Domain("res_model", "=", "itsms.document.revision")
                about &= Domain("res_field", "=", "file")
                # sudo: found whoever asks, then asked whether he may have them
                closed = self.sudo().search(domain & about).with_env(self.env)
                domain &= Domain("id", "not in", closed._without_permission().ids)
        return super()._search(
            domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access
        )

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not any(self._ids):
            return result
        refused = result[0] if result else self.browse()
        closed = (self - refused)._without_permission()
        if not closed:
            return result
        message = self.env._(
            "Downloading or forwarding a controlled document needs the permission of the ITSMS "
            "office (DOC-4.4.2.4)."
        )
        return refused | closed, lambda: AccessError(message)

    def _without_permission(self):
        """Those of these files that belong to the content of a revision which the current user
        may not download: its file, and what was attached beside it. Files of the discussion are
        no content."""
        # sudo: only to see whose files these are
        owned = self.sudo().filtered(lambda a: a.res_model == "itsms.document.revision")
        beside = owned.filtered(lambda a: not a.res_field)
        controlled = owned.filtered(lambda a: a.res_field == "file")
        if beside:
            # sudo: only to see which files came with a message
            Message = self.env["mail.message"].sudo()
            said = Message.search([("attachment_ids", "in", beside.ids)]).attachment_ids
            controlled |= beside - said
        if not controlled:
            return self.browse()
        revisions = self.env["itsms.document.revision"].browse(controlled.mapped("res_id"))
        allowed = set(revisions._downloadable().ids)
        return self.browse(a.id for a in controlled if a.res_id not in allowed)


class IrBinary(models.AbstractModel):
    """Files are handed out by address only to people with permission (DOC-4.4.2.4)."""

    _inherit = "ir.binary"

    def _record_to_stream(self, record, field_name):
        """Checked for the person: a token in the address opens no controlled file."""
        if record._name == "itsms.document.revision" and field_name == "file":
            record.with_env(self.env)._check_download()
        elif record._name == "itsms.document" and field_name == "current_file":
            record.with_env(self.env).current_revision_id._check_download()
        elif record._name == "ir.attachment" and record.with_env(self.env)._without_permission():
            # sudo: only which revision it belongs to; that one is asked as the person
            revision = self.env["itsms.document.revision"].browse(record.sudo().res_id)
            revision._check_download()
        return super()._record_to_stream(record, field_name)
