"""How a register becomes cells: plain functions, no rules."""

import datetime
import re

import pytz

WEIGHTS = {
    "date": 10,
    "datetime": 12,
    "boolean": 6,
    "integer": 6,
    "float": 8,
    "selection": 10,
    "many2one": 14,
    "many2many": 16,
    "one2many": 16,
    "text": 20,
    "html": 20,
}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


def weight(field):
    """Relative width of a column, by what it holds."""
    if field.name in ("name", "title", "display_name"):
        return 26
    return WEIGHTS.get(field.type, 14)


def sheet_name(text, taken):
    """A name that a workbook accepts and that is not yet in ``taken``."""
    base = _FORBIDDEN.sub(" ", text).strip()[:28] or "Sheet"
    name, index = base, 1
    while name.lower() in taken:
        index += 1
        name = f"{base} {index}"
    taken.add(name.lower())
    return name


def reader(env, batch, column, zone):
    """A function of a record that gives the plain value of ``column``; rights are the reader's.

    Links are followed to records that the person may read; of others only the label is shown,
    which the records mask themselves.
    """
    *path, last = column["path"]
    field = column["field"]
    allowed = {}
    records = batch
    for name in path:
        records = records[name]
        readable = records._filtered_access("read")
        allowed[name] = set(readable._ids)
        records = readable
    labels = {}
    if field.type == "selection":
        labels = dict(field._description_selection(env))

    def read(record):
        for name in path:
            record = record[name]
            if len(record) != 1:
                return ""
            if record.id not in allowed[name]:
                return record.display_name
        return plain(record[last], field.type, labels, zone)

    return read


def plain(value, kind, labels, zone):
    """A field's value as text, number, date or naive datetime of the reader's time zone."""
    if kind == "boolean":
        return "✓" if value else ""
    if kind in ("integer", "float", "monetary"):
        return value
    if not value:
        return ""
    if kind == "selection":
        return labels.get(value, value)
    if kind == "datetime":
        return pytz.utc.localize(value).astimezone(zone).replace(tzinfo=None, microsecond=0)
    if kind == "date":
        return value
    if kind == "many2one":
        return value.display_name or ""
    if kind in ("many2many", "one2many"):
        return ", ".join(name for name in value.mapped("display_name") if name)
    if kind == "html":
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", str(value))).strip()
    return clean(str(value))


def clean(text):
    """``text`` without characters that neither XML nor a sheet can hold."""
    return _CONTROL.sub("", text)


def as_text(value):
    """A plain value as it stands in a print."""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return clean(str(value))


def write_cell(sheet, row, column, value, styles, limit):
    """Dates as dates, numbers as numbers, everything else as text: never as a formula."""
    if isinstance(value, datetime.datetime):
        sheet.write_datetime(row, column, value, styles["datetime"])
    elif isinstance(value, datetime.date):
        sheet.write_datetime(row, column, value, styles["date"])
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(row, column, value, styles["number"])
    else:
        sheet.write_string(row, column, clean(str(value))[:limit], styles["text"])
