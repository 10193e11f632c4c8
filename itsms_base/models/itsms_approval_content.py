"""What an approval binds: fields, lines and files of a record as plain, comparable data."""

from odoo.tools import SQL

from ..engine import canonical


def _value(record, name):
    field = record._fields[name]
    value = record[name]
    if field.type == "reference":
        return value and f"{value._name},{value.id}"
    if field.type in ("many2one", "many2one_reference"):
        return (value.id if hasattr(value, "id") else value) or None
    if field.type in ("many2many", "one2many"):
        return sorted(value.ids)
    if field.type in ("integer", "float", "monetary", "boolean"):
        return value
    if field.type == "properties":
        return value and dict(value)
    return value or None


def _translations(records, names):
    """All stored languages (and companies) of a value, per record id: approving one text binds
    every language. One query; the ORM's own reader asks record by record."""
    if not names or not records:
        return {}
    records.flush_recordset(names)
    rows = records.env.execute_query(
        SQL(
            "SELECT id, %s FROM %s WHERE id = ANY(%s)",
            SQL(", ").join(SQL.identifier(name) for name in names),
            SQL.identifier(records._table),
            list(records.ids),
        )
    )
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def _line_fields(lines):
    skip = {"id", "create_uid", "create_date", "write_uid", "write_date", "display_name"}
    return [
        name
        for name, field in lines._fields.items()
        if field.store and name not in skip and field.type != "one2many" and not field.related
    ]


def record_content(records, names):
    """Values of ``names`` per record id; one2many fields as the content of their lines.

    Read as superuser: what is bound does not depend on who looks.
    """
    # sudo: what is bound does not depend on who looks
    records = records.sudo().with_context(active_test=False, bin_size=False, lang="en_US")
    binaries = {n for n in names if records._fields[n].type == "binary"}
    lines = {
        n
        for n in names
        # asked of the model, not of the lines: other lines are not read at all
        if records._fields[n].type == "one2many"
        and hasattr(records.env[records._fields[n].comodel_name], "_check_parent_lock")
    }
    stored = [n for n in names if n not in binaries and records._fields[n].type != "one2many"]
    translated = [
        n for n in stored if records._fields[n].translate or records._fields[n].company_dependent
    ]
    plain = [n for n in stored if n not in translated]
    texts = _translations(records, translated)
    line_content = {n: record_content(records[n], _line_fields(records[n])) for n in lines}
    result = {}
    for record in records:
        data = {name: _value(record, name) for name in plain}
        data.update(texts.get(record.id, {}))
        for name, content in line_content.items():
            data[name] = [content[line.id] for line in record[name].sorted("id")]
        result[record.id] = data
    return result


def file_entries(records, listed=None):
    """Files per record id: id, name, size and SHA-256 of each, in order of id.

    :param listed: dict of attachment ids per record; without it, all files of the records (those
        behind binary fields included) as they are now. A listed file that is gone is missing in
        the answer, so the digest differs.
    """
    # sudo: files behind binary fields are hidden from ordinary searches
    Attachment = records.env["ir.attachment"].sudo().with_context(bin_size=False)
    domain = [("res_model", "=", records._name), ("res_id", "in", records.ids), ("id", "!=", False)]
    result = {record.id: [] for record in records}
    for attachment in Attachment.search(domain, order="id"):
        wanted = listed is None or attachment.id in listed[attachment.res_id]
        if wanted and attachment.res_field not in _thumbnails(records):
            content = attachment.raw or b""
            entry = {
                "id": attachment.id,
                "name": attachment.name,
                "field": attachment.res_field or "",
                "size": len(content),
                "sha256": canonical.content_digest(content),
            }
            if attachment.type == "url":
                entry["url"] = attachment.url
            result[attachment.res_id].append(entry)
    return result


def _thumbnails(records):
    """Binary fields that are derived or owned by the engine are no content."""
    return {
        name
        for name, field in records._fields.items()
        if field.type == "binary" and (field.compute or name in records._engine_fields())
    }
