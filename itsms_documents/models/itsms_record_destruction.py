import functools
import logging
import os

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.modules.registry import Registry
from odoo.tools import SQL

from odoo.addons.itsms_base.engine import canonical, guard, notes

from .itsms_record_disposal import METHODS

_logger = logging.getLogger(__name__)


class ItsmsRecordDisposal(models.Model):
    """Carrying out a disposal: content, files and what was derived from them go for good."""

    _inherit = "itsms.record.disposal"

    def action_execute(self, method="delete", method_note=None, witness=None):
        """Destroy the content of all records on the list, or of none (REC-4.8).

        Number, title, dates, approvers and hashes stay. Rows go with this transaction; the files
        on disk right after it, by a job where the server stops in between.
        """
        method_note, witness = (notes.plain(x) or None for x in (method_note, witness))
        self._lock_rows()
        self.check_access("read")
        transition = self._transition("execute")
        self._check_transition(transition, None)
        for disposal in self:
            disposal._check_execution(method, method_note, witness)
        self._records()._lock_rows()
        self._check_eligible()
        self._check_content_unchanged()
        for disposal in self:
            now = fields.Datetime.now()
            disposal._destroy_content(now)
            # sudo: the engine's own fields
            guard.as_engine(disposal.sudo()).write(
                {
                    "method": method,
                    "method_note": method_note,
                    "witness": witness,
                    "executed_at": now,
                    "executed_on": disposal.company_id._itsms_today(),
                    "executed_by_id": self.env.uid,
                }
            )
        self._run_transition(transition, kind="disposal", locked=True)
        self.env["itsms.record.removal"]._schedule()
        return True

    def _check_execution(self, method, method_note, witness):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        administrators = self.department_id._itsms_document_administrators()[self.department_id]
        if not office and self.env.user not in administrators:
            raise AccessError(
                self.env._(
                    "The document administrator of the department or the ITSMS office carries out "
                    "a destruction (REC-4.8)."
                )
            )
        if str(method) not in dict(METHODS) or (method == "other" and not method_note):
            raise UserError(self.env._("Say how the records are destroyed (REC-4.8)."))
        if self.has_physical and (method == "delete" or not witness):
            raise UserError(
                self.env._(
                    "%(name)s lists records on paper or photographs: say how they are destroyed "
                    "and who witnessed it (REC-4.8).",
                    name=self.display_name,
                )
            )

    def _destroy_content(self, now):
        """Delete text, files and everything derived from them (sudo: approved by the chain)."""
        records = self._records()
        versions = records.version_ids
        attachments = records._all_files()
        self.env["itsms.record.removal"]._note(self, attachments)
        guard.as_engine(attachments).unlink()
        versions._engine_write({"body": False, "removed_at": now})
        self.env["mail.message"].sudo().search(
            [
                ("model", "=", "itsms.record"),
                ("res_id", "in", records.ids),
                # whatever has words; what was noted about changed fields stays
                "|",
                ("message_type", "!=", "notification"),
                ("body", "!=", False),
            ]
        ).unlink()
        day = self.company_id._itsms_today()
        guard.as_engine(records).write({"disposed_on": day})
        digests = {r.id: r.current_version_id.digest for r in records}
        records._run_transition(
            records._transition("dispose"),
            comment=self.number,
            kind="disposal",
            digests=lambda: digests,
            locked=True,
        )
        for model_name, group in records.filtered("res_id").grouped("res_model").items():
            sources = self.env[model_name].browse(group.mapped("res_id")).exists()
            sources._record_disposed()


class ItsmsRecord(models.Model):
    _inherit = "itsms.record"

    def _all_files(self):
        """Every file of these records: of all versions, of the discussion, and their previews."""
        Attachment = self.env["ir.attachment"].sudo()  # sudo: all of them, hidden ones too
        versions = self.sudo().version_ids
        own = Domain("res_model", "=", "itsms.record") & Domain("res_id", "in", self.ids)
        content = Domain("res_model", "=", "itsms.record.version") & Domain(
            "res_id", "in", versions.ids
        )
        # naming the id makes files behind binary fields visible to the search
        files = Attachment.search((own | content) & Domain("id", "!=", False))
        previews = Attachment.search(
            [
                ("res_model", "=", "ir.attachment"),
                ("res_id", "in", files.ids),
                ("id", "!=", False),
            ]
        )
        return files | previews


class ItsmsRecordRemoval(models.Model):
    """A file of a destroyed record that has to go from the disk as well (REC-4.8).

    Written in the transaction of the destruction, so that nothing is forgotten where the server
    stops before the disk was touched.
    """

    _name = "itsms.record.removal"
    _description = "Removal of a File"
    _inherit = ["itsms.engine.rows.mixin"]
    _order = "id"
    _log_access = False

    disposal_id = fields.Many2one(
        "itsms.record.disposal", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="disposal_id.company_id", store=True)
    store_fname = fields.Char(string="File in the store", required=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", readonly=True)
    state = fields.Selection(
        [("pending", "Waiting"), ("removed", "Removed"), ("shared", "Kept by another file")],
        required=True,
        readonly=True,
        default="pending",
    )
    done_at = fields.Datetime(readonly=True)

    _pending_idx = models.Index("(id) WHERE state = 'pending'")

    @api.model
    def _by_hand_refusal(self):
        return self.env._("Removals are written by the system itself (REC-4.8).")

    @api.model
    def _note(self, disposal, attachments):
        """Remember the files behind ``attachments`` before their rows go."""
        hashes = {}
        for attachment in attachments.with_context(bin_size=False):
            if attachment.store_fname and attachment.store_fname not in hashes:
                hashes[attachment.store_fname] = canonical.content_digest(attachment.raw)
        # sudo: nobody has the right to create them
        guard.as_engine(self.sudo()).create(
            [
                {"disposal_id": disposal.id, "store_fname": name, "sha256": value}
                for name, value in hashes.items()
            ]
        )

    @api.model
    def _schedule(self):
        """Right after the commit in this process; by the job where that does not come about."""
        self.env.ref("itsms_documents.ir_cron_remove_record_files")._trigger()
        self.env.cr.postcommit.add(functools.partial(_remove_after_commit, self.env.cr.dbname))

    @api.model
    def _cron_remove(self):
        """Job: finish removals that were interrupted."""
        Cron = self.env["ir.cron"]
        Cron._commit_progress()  # the lock below must be the first statement of its transaction
        self._remove_pending()
        waiting = self.search_count([("state", "=", "pending")])
        Cron._commit_progress(1, remaining=waiting)

    @api.model
    def _remove_pending(self, limit=500):
        """Delete waiting files from the store, except those that another attachment needs.

        Done again after a crash it finds the file gone and says so. The lock keeps a file from
        being shared by a new attachment in this very moment, as in Odoo's own clean-up.
        """
        Attachment = self.env["ir.attachment"].sudo()  # sudo: which files are used at all
        self.env.cr.execute("SET LOCAL lock_timeout TO '10s'")
        self.env.cr.execute("LOCK ir_attachment IN SHARE MODE")
        todo = self.sudo().search([("state", "=", "pending")], limit=limit)
        names = todo.mapped("store_fname")
        rows = self.env.execute_query(
            SQL("SELECT store_fname FROM ir_attachment WHERE store_fname = ANY(%s)", names)
        )
        used = {row[0] for row in rows}
        done = {"removed": self.browse(), "shared": self.browse()}
        for removal in todo:
            if removal.store_fname in used:
                done["shared"] |= removal
            elif self._remove_file(Attachment._full_path(removal.store_fname)):
                done["removed"] |= removal
        for state, removals in done.items():
            guard.as_engine(removals.sudo()).write(
                {"state": state, "done_at": fields.Datetime.now()}
            )
        return len(todo)

    @api.model
    def _remove_file(self, path):
        """Whether the file is gone now."""
        try:
            os.unlink(path)
        except FileNotFoundError:
            return True
        except OSError:
            _logger.exception("A file of a destroyed record cannot be removed; it is tried again")
            return False
        return True


def _remove_after_commit(dbname):
    """The files of what was just destroyed, in a transaction of its own."""
    try:
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["itsms.record.removal"]._remove_pending()
    except Exception:
        # the destruction itself is committed: the job finishes what could not be done now
        _logger.exception("Files of destroyed records are left to the job")
