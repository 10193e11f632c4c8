import io

import xlsxwriter

from odoo.http import Controller, content_disposition, request, route

from odoo.addons.itsms_base.engine.register_layout import clean, sheet_name

COLORS = {
    "met": "#c7e9c0",
    "expiring": "#fff3b0",
    "low": "#fdd0a2",
    "missing": "#f4a6a0",
    "unverified": "#d4b9da",
    "suspended": "#f4a6a0",
    "expired": "#f4a6a0",
}


class TrainingHeatmap(Controller):
    """The heat map as a workbook: the same people, the same rights."""

    @route("/itsms/training/heatmap.xlsx", type="http", auth="user", readonly=True)
    def heatmap(self, department_id=None, **_kw):
        department = int(department_id) if str(department_id or "").isdigit() else None
        Gap = request.env["itsms.training.gap"]
        data = Gap.get_heatmap(department, 0, 10_000)
        title = request.env._("Heat map")
        name = f"{title} {request.env.company._itsms_today()}.xlsx"
        return request.make_response(
            self._workbook(data, title),
            [
                (
                    "Content-Type",
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                ),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    def _workbook(self, data, title):
        """People down, skills across; text only, never a formula."""
        output = io.BytesIO()
        book = xlsxwriter.Workbook(output, {"in_memory": True})
        sheet = book.add_worksheet(sheet_name(title, set()))
        head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "bottom"})
        tall = book.add_format({"bold": True, "border": 1, "rotation": 60})
        plain = book.add_format({"border": 1})
        styles = {
            state: book.add_format({"border": 1, "align": "center", "bg_color": color})
            for state, color in COLORS.items()
        }
        labels = [request.env._("Employee"), request.env._("Department"), request.env._("Job")]
        for column, label in enumerate(labels):
            sheet.write_string(0, column, label, head)
        for column, wanted in enumerate(data["columns"], len(labels)):
            sheet.write_string(0, column, clean(wanted["name"]), tall)
        for row, person in enumerate(data["people"], 1):
            texts = (person["name"], person["department"], person["job"])
            for column, text in enumerate(texts):
                sheet.write_string(row, column, clean(text), plain)
            for column, wanted in enumerate(data["columns"], len(labels)):
                cell = person["cells"].get(wanted["key"])
                if cell:
                    text = cell["expires"] if cell["state"] == "expiring" else cell["has"]
                    sheet.write_string(row, column, clean(text), styles[cell["state"]])
        sheet.set_column(0, 2, 20)
        sheet.freeze_panes(1, 1)
        book.close()
        return output.getvalue()
