import base64
import datetime
import io
import zipfile

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.itsms_base.engine.lifecycle import Transition

from ..engine import register_file

OFFICE = "itsms_base.group_itsms_office"


class ItsmsDocumentImport(models.Model):
    """Takes over the register of a former system (DOC-4.1.2.1): numbers are kept.

    First a dry run that says for each line whether it can be taken over; then a job does it in
    batches. The lines hold titles of confidential documents: they belong to who imports.
    """

    _name = "itsms.document.import"
    _description = "Import of a Register"
    _inherit = ["itsms.lifecycle.mixin", "itsms.dialog.mixin"]
    _order = "id desc"

    name = fields.Char(required=True, default=lambda self: self.env._("Former register"))
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    file = fields.Binary(string="Register (CSV or XLSX)", attachment=True)
    file_name = fields.Char()
    files = fields.Binary(
        string="Files of the documents (ZIP)",
        attachment=True,
        help="A file belongs to the document whose number its name begins with, or which names it "
        "in the column “File”. It may come later, after the import.",
    )
    files_name = fields.Char()
    category_id = fields.Many2one(
        "itsms.document.category",
        string="Category where none is given",
        ondelete="restrict",
        help="Empty: the number says which category it is.",
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Department where none is given",
        ondelete="restrict",
        domain="[('company_id', 'in', [company_id, False])]",
    )
    default_state = fields.Selection(
        [("in_force", "In force"), ("draft", "Draft")],
        string="State where none is given",
        required=True,
        default="in_force",
        help="In force: taken over with its evidence from the former register, not approved again. "
        "A distribution scope is needed before the next publication only.",
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("checked", "Checked"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
    )
    remark = fields.Text(readonly=True, copy=False)
    line_ids = fields.One2many("itsms.document.import.line", "import_id", readonly=True)
    line_count = fields.Integer(string="Lines", compute="_compute_counts")
    ok_count = fields.Integer(string="Can be taken over", compute="_compute_counts")
    error_count = fields.Integer(string="Errors", compute="_compute_counts")
    imported_count = fields.Integer(string="Taken over", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"remark"}

    def _lifecycle_transitions(self):
        office = (OFFICE,)
        return super()._lifecycle_transitions() | {
            "check": Transition(
                "check", self.env._("Check"), ("draft", "checked"), "checked", internal=True
            ),
            "start": Transition(
                "start", self.env._("Take over"), ("checked",), "running", internal=True
            ),
            "finish": Transition(
                "finish", self.env._("Finish"), ("running",), "done", internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel the import"),
                ("checked", "running"),
                "cancelled",
                groups=office,
                reason=True,
            ),
        }

    def _compute_counts(self):
        counts = {}
        for batch, state, count in self.env["itsms.document.import.line"]._read_group(
            [("import_id", "in", self.ids)], ["import_id", "state"], ["__count"]
        ):
            counts.setdefault(batch.id, {})[state] = count
        for batch in self:
            own = counts.get(batch.id, {})
            batch.line_count = sum(own.values())
            batch.ok_count = own.get("ok", 0)
            batch.error_count = own.get("error", 0)
            batch.imported_count = own.get("imported", 0)
            todo = batch.ok_count + batch.imported_count
            batch.progress = 100.0 * batch.imported_count / todo if todo else 0.0

    def write(self, vals):
        """What was checked is what is imported: new settings or files need a new check."""
        fixed = {"file", "category_id", "department_id", "default_state", "company_id"} & set(vals)
        if fixed and any(batch.state not in ("draft", "checked") for batch in self):
            raise UserError(
                self.env._("This import has begun. Start another one for other lines (COM-7).")
            )
        result = super().write(vals)
        if fixed:
            for batch in self.filtered(lambda b: b.state == "checked"):
                batch.line_ids._engine_write({"state": "new", "message": False})
        return result

    # ------------------------------------------------------------ acts
    def _check_office(self):
        if not self.env.user.has_group(OFFICE):
            raise AccessError(
                self.env._("Only the ITSMS office takes over a register (DOC-4.1.2.1).")
            )
        self.check_access("write")

    def action_check(self):
        """Read the file and check every line; no document is made (dry run)."""
        self.ensure_one()
        self._check_office()
        self._lock_rows()
        self._check_transition(self._transition("check"), None)
        content = base64.b64decode(self.with_context(bin_size=False).file or b"")
        limit = self.env["itsms.parameter"]._get("document.import.lines", self.company_id)
        try:
            rows, unknown = register_file.read(content, self.file_name or "", limit)
        except register_file.RegisterFileError as exc:
            raise UserError(self._file_refusal(exc.key, limit)) from exc
        Line = self.env["itsms.document.import.line"]
        # sudo: lines are written by the check alone, nobody has the right to
        Line.sudo().search([("import_id", "=", self.id)]).unlink()
        lines = Line.sudo().create(
            [
                {
                    "import_id": self.id,
                    "row": position,
                    "number": row.get("number", "")[:255],
                    "name": row.get("name", "")[:255],
                    "data": row,
                }
                for position, row in rows
            ]
        )
        lines.with_env(self.env)._check_lines()
        remark = False
        if unknown:
            remark = self.env._(
                "Columns that were not understood and are left out: %(columns)s",
                columns=", ".join(unknown)[:500],
            )
        self._engine_write({"remark": remark})
        self._run_transition(self._transition("check"))
        return True

    def _file_refusal(self, key, limit):
        way_out = self.env._("Download the template and fill it in (DOC-4.1.2.1).")
        texts = {
            "empty": self.env._("The file is empty."),
            "unreadable": self.env._(
                "The file cannot be read: it must be CSV (UTF-8 or GB18030) or XLSX."
            ),
            "header": self.env._("No column “Title” (文件名称) was found in the first lines."),
            "long": self.env._(
                "The file has more than %(limit)s lines. Split it into several.", limit=limit
            ),
        }
        return f"{texts[key]} {way_out}"

    def action_import(self):
        """Take over the lines that can be; a job does it in batches, the form shows how far."""
        self.ensure_one()
        self._check_office()
        if self.state == "checked" and not self.ok_count:
            raise UserError(
                self.env._("No line can be taken over. Correct the file and check it again.")
            )
        self._run_transition(self._transition("start"))
        # sudo: whoever starts an import may wake the job that does it
        self.env.ref("itsms_documents.ir_cron_document_import").sudo()._trigger()
        return True

    def action_cancel(self):
        """Dialog that asks for the reason; what was taken over stays."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_template(self):
        """Download an empty register with the headers that are understood."""
        return {
            "type": "ir.actions.act_url",
            "url": "/itsms/document/import/template",
            "target": "download",
        }

    def action_view_lines(self):
        """The lines, those with errors first."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "itsms.document.import.line",
            "view_mode": "list",
            "domain": [("import_id", "=", self.id)],
            "context": {"create": False, "search_default_by_state": 1},
        }

    def action_attach_files(self):
        """Give documents that were taken over the files of a ZIP that came later."""
        self.ensure_one()
        self._check_office()
        if self.state != "done" or not self.files:
            raise UserError(
                self.env._("Files are added after the import, from a ZIP file (DOC-4.1.2.1).")
            )
        lines = self.line_ids.filtered(lambda x: x.state == "imported" and not x.file_digest)
        done = lines._attach_files()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("%(count)s files were added.", count=done),
                "type": "success" if done else "warning",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------ files
    def _packed_files(self):
        """Files of the ZIP by name, as entries that are read when they are needed.

        :raise UserError: no ZIP file, or one that would be too large when unpacked.
        """
        self.ensure_one()
        content = base64.b64decode(self.with_context(bin_size=False).files or b"")
        if not content:
            return None, {}
        try:
            packed = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile as exc:
            raise UserError(
                self.env._("“%(name)s” is no ZIP file.", name=self.files_name or "ZIP")
            ) from exc
        entries = {}
        for entry in packed.infolist():
            name = entry.filename
            if not entry.flag_bits & 0x800:  # names of old Chinese archives are in GBK
                try:
                    name = name.encode("cp437").decode("gb18030")
                except (UnicodeEncodeError, UnicodeDecodeError):
                    name = entry.filename
            if not entry.is_dir():
                entries[name.replace("\\", "/").rpartition("/")[2]] = entry
        return packed, entries

    # ------------------------------------------------------------ job
    @api.model
    def _cron_import(self, size=50):
        """Take over what is left, in batches; each batch is complete when it is committed."""
        Line = self.env["itsms.document.import.line"]
        Cron = self.env["ir.cron"]
        running = self.search([("state", "=", "running")], order="id")
        todo = [("import_id", "in", running.ids), ("state", "=", "ok")]
        Cron._commit_progress(remaining=Line.search_count(todo))
        for batch in running:
            while True:
                lines = Line.search(
                    [("import_id", "=", batch.id), ("state", "=", "ok")], limit=size
                )
                if not lines or not batch._may_go_on():
                    break
                batch._take_over(lines)
                if not Cron._commit_progress(len(lines)):
                    return
            if batch.state == "running":
                acting = batch.with_user(batch.create_uid).sudo()  # sudo: the system finishes
                acting._run_transition(acting._transition("finish"))
                Cron._commit_progress()

    def _take_over(self, lines, tries=5):
        """Take over a batch of lines; tried again when somebody drew a number meanwhile."""
        for left in reversed(range(tries)):
            try:
                lines._take_over()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not left:
                    raise
                self.env.cr.rollback()  # what was committed before stays; the batch begins anew
                self.env.transaction.reset()
            else:
                return

    def _may_go_on(self):
        """Who began the import must still belong to the office; else it stops with a word."""
        self.ensure_one()
        user = self.create_uid
        if user.active and user.has_group(OFFICE):
            return True
        self._run_transition(
            self._transition("cancel"),
            self.env._("%(name)s is no longer in the ITSMS office.", name=user.name),
        )
        return False


class ItsmsDocumentImportTemplate(models.AbstractModel):
    """The empty register to fill in."""

    _name = "itsms.document.import.template"
    _description = "Template of a Register"

    @api.model
    def _example(self):
        company = self.env.company
        scheme = self.env.ref("itsms_documents.itsms_number_scheme_supporting", False)
        number = scheme._render(company, 1, {"edition": "A"}) if scheme else ""
        return {
            "number": number,
            "name": self.env._("Backup work instruction"),
            "category": "ZC",
            "department": company.itsms_office_department_id.name or "",
            "status": "A/0",
            "publication_date": datetime.date(2024, 3, 1).isoformat(),
            "secrecy": self.env._("Internal public"),
            "state": self.env._("In force"),
        }
