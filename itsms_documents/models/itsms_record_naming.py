import re

from odoo import api, models

SEGMENTS = [
    ("none", "None"),
    ("month", "Year and month (1510)"),
    ("serial", "Year and serial (15001)"),
]
SCHEMES = {
    "none": "record.project",
    "month": "record.project.month",
    "serial": "record.project.serial",
}
# what no file system takes in a file name
_NO_FILE_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


class ItsmsRecordNaming(models.AbstractModel):
    """File name of a filled record (REC-4.2f–i): patterns are number schemes, data not code."""

    _name = "itsms.record.naming.mixin"
    _description = "File Name of a Record"

    @api.model
    def _naming_scheme(self, segment):
        """Number scheme behind a segment (sudo: patterns are no secret)."""
        code = SCHEMES[segment]
        return self.env["itsms.number.scheme"].sudo().search([("code", "=", code)], limit=1)

    @api.model
    def _make_file_name(self, company, name, project=None, segment="none", day=None, serial=0):
        """``XX-ITSMS-YYYY-NN-[segment]-<name>`` for a project record, else the name alone.

        :param project: pair of project year and project serial, or nothing (REC-4.2h).
        :param segment: none, month or serial; what is left out takes its hyphen along (REC-4.2g).
        :param day: date of the record, for year and month of the segment.
        :param serial: running number per project, year and form [I-25].
        """
        document_name = _NO_FILE_NAME.sub("-", name or "").strip()
        if not project:
            return document_name
        year, number = project
        values = {"year": f"{year:04d}", "project": f"{number:02d}"}
        if day:
            values |= {"yy": day.strftime("%y"), "month": day.strftime("%m")}
        prefix = self._naming_scheme(segment)._render(company, serial, values)
        return f"{prefix}-{document_name}"
