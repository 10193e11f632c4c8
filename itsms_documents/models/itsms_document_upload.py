import base64
import os
import re

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import numbering

from ..engine import register_file

OFFICE = "itsms_base.group_itsms_office"
FILES = 500  # files in one call; the client sends the next ones in the next call
_NUMBER = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)+")


class ItsmsDocument(models.Model):
    """Many files become many drafts (drag and drop): one each, named after its file."""

    _inherit = "itsms.document"

    @api.model
    def _upload_limit(self, company=None):
        """Bytes that a file may have."""
        return self.env["itsms.parameter"]._get("document.file.max_mb", company) * 1024 * 1024

    @api.model
    def _create_from_files(self, files, given=None):
        """A draft per file; what is refused costs the others nothing.

        :param files: list of (file name, stream).
        :param given: values of the list that was dropped on: ``default_category_id`` and
            ``default_department_id`` are heeded, nothing else.
        :return: dict with ``ids``, ``created`` and ``errors``.
        """
        self.check_access("create")
        result = {"ids": [], "created": [], "errors": []}
        defaults = self._upload_defaults(given or {})
        limit = self._upload_limit()
        for position, (file_name, stream) in enumerate(files):
            name = os.path.basename(str(file_name or "").replace("\\", "/")).strip()
            try:
                if position >= FILES:
                    raise UserError(self.env._("At most %(limit)s files at a time.", limit=FILES))
                content = stream.read(limit + 1)
                if not content:
                    raise UserError(
                        self.env._("The file is empty (0 bytes). Choose it again (DOC-4.1.3).")
                    )
                if len(content) > limit:
                    raise UserError(
                        self.env._(
                            "The file is larger than %(limit)s MB. Split it or make it smaller "
                            "(DOC-4.1.3).",
                            limit=limit // 1024 // 1024,
                        )
                    )
                with self.env.cr.savepoint():
                    document = self._create_from_file(name, content, defaults)
            except (UserError, AccessError) as exc:
                result["errors"].append({"name": name, "message": str(exc)})
                self.env.invalidate_all()
            else:
                result["ids"].append(document.id)
                result["created"].append({"id": document.id, "name": document.name, "file": name})
        return result

    @api.model
    def _upload_defaults(self, given):
        """Category and department for the new drafts, as far as the person may use them."""
        values = {}
        for key, model in (
            ("category_id", "itsms.document.category"),
            ("department_id", "hr.department"),
        ):
            res_id = given.get(f"default_{key}")
            if isinstance(res_id, int) and self.env[model].browse(res_id).exists():
                values[key] = res_id
        return values

    @api.model
    def _create_from_file(self, file_name, content, defaults):
        """The draft for one file.

        A number in the file name is a hint for the ITSMS office and stands in the change record;
        the document gets its number on submission like any other (DOC-4.1.2.1).
        """
        stem = os.path.splitext(file_name)[0].strip()
        number, category, edition = self._number_in(stem)
        title = stem
        if number:
            title = stem.replace(number, "", 1).strip(" -_.，,") or stem
        category = (
            defaults.get("category_id")
            or category.id
            or self.env.ref("itsms_documents.itsms_document_category_supporting").id
        )
        revision = {"file": base64.b64encode(content), "file_name": file_name}
        if number and self.env.user.has_group(OFFICE):
            revision["change_content"] = self.env._(
                "Number in the file name: %(number)s, edition %(edition)s. To keep it, take the "
                "document over with “Take over a register”.",
                number=number,
                edition=edition or "–",
            )
        values = {**defaults, "category_id": category, "name": title}
        document = self.create(values)
        document.revision_ids.write(revision)
        return document

    @api.model
    def _number_in(self, stem):
        """Number at the beginning of a file name, its category and edition, else nothing."""
        Category = self.env["itsms.document.category"]
        found = _NUMBER.match(register_file.clean_number(stem))
        if not found:
            return "", Category, ""
        number = found.group()
        for category in Category.search([("number_scheme_id", "!=", False)]):
            scheme = category.number_scheme_id
            values = {"company": self.env.company.itsms_code, "type": category.code}
            parsed = numbering.parse(scheme.pattern, values, number)
            if parsed:
                return number, category, parsed.get("edition") or ""
        return "", Category, ""
