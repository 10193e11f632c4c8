import io
import json

import xlsxwriter

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request

from ..engine import register_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DocumentsController(http.Controller):
    """Files in and out that are no fields: many new documents, the template of the import."""

    @http.route("/itsms/document/upload", type="http", auth="user", methods=["POST"])
    def upload(self, context="{}", **_kwargs):
        """One draft per file; answers with what was made and what was refused, and why."""
        try:
            given = json.loads(context)
        except ValueError:
            given = {}
        if not isinstance(given, dict):
            given = {}
        files = [(f.filename, f) for f in request.httprequest.files.getlist("ufile")]
        try:
            result = request.env["itsms.document"]._create_from_files(files, given)
        except AccessError as exc:
            result = {"ids": [], "created": [], "errors": [{"name": "", "message": str(exc)}]}
        return request.make_json_response(result)

    @http.route("/itsms/document/import/template", type="http", auth="user")
    def template(self, **_kwargs):
        """An empty register with the headers that the import understands."""
        request.env["itsms.document.import"].check_access("create")
        chinese = (request.env.user.lang or "").startswith("zh")
        example = request.env["itsms.document.import.template"]._example()
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            bold = book.add_format({"bold": True, "bg_color": "#EEF1F5"})
            for column, (key, english, text) in enumerate(register_file.TEMPLATE):
                sheet.write_string(0, column, text if chinese else english, bold)
                sheet.write_string(1, column, str(example.get(key, "")))
                sheet.set_column(column, column, 20)
            sheet.freeze_panes(1, 0)
        headers = [
            ("Content-Type", XLSX),
            ("Content-Disposition", content_disposition("register.xlsx")),
        ]
        return request.make_response(output.getvalue(), headers)
