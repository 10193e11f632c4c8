from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, human_size, is_html_empty

from odoo.addons.itsms_base.engine import canonical

from ..engine import compare

_SHOWN = (
    "status",
    "number",
    "state",
    "change_reason",
    "change_content",
    "change_date",
    "prepared_by",
    "reviewed_by",
    "approved_by",
    "publication_date",
)
RESULTS = [
    ("none", "Neither has one"),
    ("identical", "Identical"),
    ("format", "Same words, other layout"),
    ("different", "Different"),
    ("added", "Only the newer one has one"),
    ("removed", "Only the older one has one"),
]


class ItsmsDocumentCompare(models.TransientModel):
    """Two revisions of a document side by side: what is known about them, text and files.

    Everything is read as the user: what he may not open is not shown here either. The files are
    shown in the viewer of controlled documents and never handed out here (DOC-4.4.2.4); name, size
    and SHA-256 are shown to everybody who may open the revision.
    """

    _name = "itsms.document.compare"
    _description = "Comparison of Two Revisions"
    _inherit = ["itsms.dialog.mixin"]

    left_id = fields.Many2one(
        "itsms.document.revision", string="Older", required=True, readonly=True
    )
    right_id = fields.Many2one(
        "itsms.document.revision", string="Newer", required=True, readonly=True
    )
    only_changes = fields.Boolean(string="Changes only", help="Leave out what stayed the same.")
    metadata = fields.Html(compute="_compute_metadata", sanitize=False)
    text_result = fields.Selection(RESULTS, compute="_compute_text", string="Text")
    text = fields.Html(compute="_compute_text", sanitize=False, string="Text side by side")
    file_result = fields.Selection(RESULTS, compute="_compute_files", string="File")
    left_view_url = fields.Char(
        related="left_id.view_url", related_sudo=False, string="Older file on screen"
    )
    left_file_name = fields.Char(compute="_compute_files", string="Older file name")
    left_file_size = fields.Char(compute="_compute_files", string="Older file size")
    left_file_sha256 = fields.Char(compute="_compute_files", string="Older file SHA-256")
    right_view_url = fields.Char(
        related="right_id.view_url", related_sudo=False, string="Newer file on screen"
    )
    right_file_name = fields.Char(compute="_compute_files", string="Newer file name")
    right_file_size = fields.Char(compute="_compute_files", string="Newer file size")
    right_file_sha256 = fields.Char(compute="_compute_files", string="Newer file SHA-256")

    @api.depends("left_id", "right_id")
    def _compute_display_name(self):
        for dialog in self:
            document = dialog.right_id.document_id.display_name
            dialog.display_name = f"{document} {dialog.left_id.status} ↔ {dialog.right_id.status}"

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        dialogs._check_pair()
        return dialogs

    def write(self, vals):
        result = super().write(vals)
        self._check_pair()
        return result

    def _check_pair(self):
        for dialog in self:
            revisions = dialog.left_id | dialog.right_id
            revisions.check_access("read")
            if len(revisions) != 2 or len(revisions.document_id) != 1:
                raise UserError(
                    self.env._("Two revisions of one document are compared (DOC-4.5.1).")
                )

    # ------------------------------------------------------------ what is known
    @api.depends("left_id", "right_id")
    @api.depends_context("uid", "lang")
    def _compute_metadata(self):
        for dialog in self:
            lines = []
            for name in _SHOWN:
                label = dialog.left_id._fields[name]._description_string(self.env)
                left, right = (self._text_of(r, name) for r in (dialog.left_id, dialog.right_id))
                if left or right:
                    mark = "same" if left == right else "changed"
                    lines.append(
                        Markup('<tr class="itsms-%s"><th>%s</th><td>%s</td><td>%s</td></tr>')
                        % (mark, label, left, right)
                    )
            dialog.metadata = Markup(
                '<table class="itsms-compare"><tbody>%s</tbody></table>'
            ) % Markup().join(lines)

    @api.model
    def _text_of(self, revision, name):
        field, value = revision._fields[name], revision[name]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "date":
            return format_date(self.env, value) if value else ""
        return str(value or "")

    # ------------------------------------------------------------ text
    @api.depends("left_id.body", "right_id.body", "only_changes")
    @api.depends_context("uid")
    def _compute_text(self):
        for dialog in self:
            old, new = dialog.left_id.body, dialog.right_id.body
            found = compare.rows(old, new)
            same = all(row.status == "same" for row in found)
            if is_html_empty(old) and is_html_empty(new):
                dialog.text_result = "none"
            elif same:
                dialog.text_result = "identical" if old == new else "format"
            else:
                dialog.text_result = "different"
            if dialog.only_changes:
                found = compare.fold(found)
            dialog.text = compare.table(found) if found else False

    # ------------------------------------------------------------ files
    @api.depends("left_id.file_name", "right_id.file_name")
    def _compute_files(self):
        facts = self._file_facts(self.left_id | self.right_id)
        blank = ("", "", "")
        for dialog in self:
            left = facts.get(dialog.left_id.id, blank)
            right = facts.get(dialog.right_id.id, blank)
            dialog.left_file_name, dialog.left_file_size, dialog.left_file_sha256 = left
            dialog.right_file_name, dialog.right_file_size, dialog.right_file_sha256 = right
            if left[2] and right[2]:
                dialog.file_result = "identical" if left[2] == right[2] else "different"
            else:
                dialog.file_result = "removed" if left[2] else "added" if right[2] else "none"

    @api.model
    def _file_facts(self, revisions):
        """Name, size and SHA-256 of the file per revision id; the content stays where it is."""
        revisions.check_access("read")
        names = {revision.id: revision.file_name or "" for revision in revisions}
        return {
            file.res_id: (
                names[file.res_id],
                human_size(len(file.raw or b"")),
                canonical.content_digest(file.raw),
            )
            for file in revisions._file_attachments()
        }


class ItsmsDocumentRevision(models.Model):
    """Ways to the comparison."""

    _inherit = "itsms.document.revision"

    has_predecessor = fields.Boolean(compute="_compute_has_predecessor")

    @api.depends("document_id.revision_ids.state", "edition", "revision_no")
    def _compute_has_predecessor(self):
        for revision in self:
            revision.has_predecessor = bool(revision._predecessor())

    def _predecessor(self):
        """The revision before this one; what was cancelled never came about."""
        self.ensure_one()
        status = (self.edition, self.revision_no)
        earlier = self.document_id.revision_ids.filtered(
            lambda r: r.state != "cancelled" and (r.edition, r.revision_no) < status
        )
        return earlier.sorted(lambda r: (r.edition, r.revision_no))[-1:]

    def action_compare(self):
        """Compare two revisions, or one with the revision before it.

        :raise UserError: three or more, of different documents, or nothing to compare with.
        """
        self.check_access("read")
        pair = self
        if len(self) == 1:
            pair |= self._predecessor()
        if len(pair) != 2 or len(pair.document_id) != 1:
            raise UserError(
                self.env._(
                    "Choose two revisions of one document, or one that has a revision before it."
                )
            )
        left, right = pair.sorted(lambda r: (r.edition, r.revision_no, r.id))
        dialog = self.env["itsms.document.compare"].create(
            {"left_id": left.id, "right_id": right.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Comparison"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
        }
