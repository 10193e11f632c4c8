import base64
import hashlib
import zipfile

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard

from ..engine import register_file
from .itsms_document_import_line import NAME_LENGTH


class ItsmsDocumentImportLine(models.Model):
    """Files that come with a former register (DOC-6)."""

    _inherit = "itsms.document.import.line"

    def _attach_files(self):
        """Files of the ZIP whose name begins with the number; returns how many were added.

        What is wrong with a file is written on its line, the document stays taken over.
        """
        added = 0
        for batch, lines in self.grouped("import_id").items():
            packed, entries = batch._packed_files()
            if not packed:
                continue
            limit = self.env["itsms.document"]._upload_limit(batch.company_id)
            with packed:
                for line in lines:
                    entry = line._entry(entries)
                    if not entry:
                        continue
                    if not 0 < entry[1].file_size <= limit:
                        text = self.env._(
                            "The file %(name)s is empty or too large; the document was taken over "
                            "without it.",
                            name=entry[0],
                        )
                        line._engine_write({"message": text})
                        continue
                    try:
                        with self.env.cr.savepoint():
                            added += line._attach(entry[0], packed.read(entry[1]))
                    except (UserError, zipfile.BadZipFile, RuntimeError) as exc:
                        # an encrypted entry is a RuntimeError
                        line._engine_write({"message": str(exc)})
        return added

    def _entry(self, entries):
        self.ensure_one()
        wanted = (self.data or {}).get("file", "")
        if wanted in entries:
            return wanted, entries[wanted]
        number = register_file.clean_number(self.number)
        for name, entry in entries.items():
            text = register_file.clean_number(name)
            following = text[len(number) : len(number) + 1]
            if number and text.startswith(number) and not (following.isalnum() or following == "-"):
                return name, entry
        return None

    def _attach(self, name, content):
        """The file of one document that was taken over without one, once, with evidence."""
        # sudo: documents of every secrecy, on behalf of the office
        revision = self.sudo().document_id.revision_ids.filtered("taken_over_import_id")[:1]
        if not revision or self._has_file(revision):
            return False
        digest = hashlib.sha256(content).hexdigest()
        guard.as_engine(revision).write(
            {"file": base64.b64encode(content), "file_name": name[:NAME_LENGTH]}
        )
        self._engine_write({"file_digest": digest})
        comment = self.env._("File taken over from the former system: %(name)s", name=name)
        revision.with_env(self.env)._log("other", comment=comment, digest=digest)
        return True


class ItsmsDocumentRevision(models.Model):
    """A revision that was taken over names the people of the former system as text."""

    _inherit = "itsms.document.revision"

    taken_over_import_id = fields.Many2one(
        "itsms.document.import",
        string="Taken over by import",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    former_prepared_by = fields.Char(
        string="Prepared by (former system)", readonly=True, copy=False
    )
    former_reviewed_by = fields.Char(
        string="Reviewed by (former system)", readonly=True, copy=False
    )
    former_approved_by = fields.Char(
        string="Approved by (former system)", readonly=True, copy=False
    )
    prepared_by = fields.Char(
        related=None, compute="_compute_prepared_by", related_sudo=None, string="Prepared by"
    )

    def _engine_fields(self):
        return super()._engine_fields() | {
            "taken_over_import_id",
            "former_prepared_by",
            "former_reviewed_by",
            "former_approved_by",
        }

    @api.depends("prepared_by_id.name", "former_prepared_by")
    def _compute_prepared_by(self):
        for revision in self:
            # sudo: a colleague's name
            author = revision.prepared_by_id.sudo().name
            revision.prepared_by = author or revision.former_prepared_by

    @api.depends("former_reviewed_by", "former_approved_by")
    def _compute_signatures(self):
        super()._compute_signatures()
        for revision in self.filtered("taken_over_import_id"):
            if not revision.approval_round:
                revision.reviewed_by = revision.former_reviewed_by
                revision.approved_by = revision.former_approved_by
