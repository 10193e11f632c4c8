"""Rules for XML and ACL files: well-formed, and ids and names that can be foretold."""

import csv
import re

from lxml import etree

from .findings import finding

VIEW_TYPES = (
    "form", "list", "kanban", "search", "calendar", "pivot", "graph", "activity", "hierarchy",
)
# Records whose id only has to look a certain way.
PATTERNS = {
    "res.groups.privilege": r"res_groups_privilege_\w+",
    "res.groups": r"group_\w+",
    "ir.sequence": r"seq_\w+",
    "ir.cron": r"ir_cron_\w+",
    "mail.template": r"mail_template_\w+",
    "mail.activity.type": r"mail_activity_type_\w+",
    "ir.actions.report": r"action_report_\w+",
    "ir.ui.menu": r"\w+_menu(_\w+)?",
}


def check(root, addon):
    """Every XML file of a module, and its access list."""
    for path in sorted(addon.rglob("*.xml")):
        try:
            tree = etree.parse(str(path))
        except etree.XMLSyntaxError as error:
            yield finding(root, path, error.lineno, "xml", error.msg)
            continue
        for line, rule, message in _records(tree, addon.name):
            yield finding(root, path, line, rule, message)
    for path in sorted(addon.glob("security/ir.model.access.csv")):
        for line, rule, message in _access_list(path):
            yield finding(root, path, line, rule, message)


def _records(tree, module):
    if tree.getroot().tag != "odoo":
        return
    for element in tree.iter("record", "menuitem"):
        xmlid = element.get("id") or ""
        if not xmlid or "." in xmlid:  # another module's record, changed here
            continue
        message = _judge(element, xmlid, module)
        if message:
            yield element.sourceline, "xml-id", f"{xmlid}: {message}"
    for element in tree.iter("record"):
        if element.get("model") == "ir.ui.view" and "." not in (element.get("id") or "."):
            message = _judge_view_name(element, module)
            if message:
                yield element.sourceline, "view-name", f"{element.get('id')}: {message}"


def _judge(element, xmlid, module):
    """What is wrong with an id, if anything."""
    model = element.get("model") if element.tag == "record" else "ir.ui.menu"
    if model == "ir.ui.view":
        return _judge_view_id(element, xmlid, module)
    if model == "ir.actions.act_window":
        return _expect(xmlid, _underscored(_field(element, "res_model")), r"_action(_\w+)?")
    if model == "ir.actions.server":
        return _expect(xmlid, _model_reference(element), r"_action_server_\w+")
    if model == "ir.rule":
        return _expect(xmlid, _model_reference(element), r"_rule_\w+")
    pattern = PATTERNS.get(model)
    if pattern and not re.fullmatch(pattern, xmlid):
        return f"expected an id like {pattern}"
    return None


def _judge_view_id(element, xmlid, module):
    model, kind = _underscored(_field(element, "model")), _view_type(element)
    if not model:  # a QWeb template
        return None
    inherits = _is_extension(element)
    kinds = kind or "|".join(VIEW_TYPES)
    rest = rf"_view_({kinds})" + (rf"_inherit_{module}(_\w+)?" if inherits else r"(_\w+)?")
    return _expect(xmlid, model, rest)


def _judge_view_name(element, module):
    """The name of a view is its id with dots, as far as rules go."""
    model, name = _field(element, "model"), _field(element, "name")
    if not model:
        return None
    kinds = _view_type(element) or "|".join(VIEW_TYPES)
    rest = rf"\.inherit\.{module}(\.\w+)*" if _is_extension(element) else r"(\.\w+)*"
    if re.fullmatch(rf"{re.escape(model)}\.view\.({kinds}){rest}", name):
        return None
    ending = f".inherit.{module}" if _is_extension(element) else ""
    return f"named {name!r}, expected {model}.view.{kinds}{ending}"


def _expect(xmlid, start, rest):
    if not start or re.fullmatch(re.escape(start) + rest, xmlid):
        return None
    return f"expected an id like {start}{rest}"


def _field(record, name):
    for field in record.iterchildren("field"):
        if field.get("name") == name:
            return (field.text or field.get("ref") or "").strip()
    return ""


def _model_reference(record):
    """``itsms_document`` for ``<field name="model_id" ref="base.model_itsms_document"/>``."""
    reference = _field(record, "model_id").rpartition(".")[2]
    return reference.removeprefix("model_")


def _is_extension(view):
    """An inheriting view that changes its parent, not a view of its own made from it."""
    return bool(_field(view, "inherit_id")) and _field(view, "mode") != "primary"


def _view_type(view):
    """The type, if the arch shows it; an extension made of xpaths does not."""
    for field in view.iterchildren("field"):
        if field.get("name") == "arch":
            tags = [child.tag for child in field if isinstance(child.tag, str)]
            return tags[0] if tags and tags[0] in VIEW_TYPES and not _is_extension(view) else ""
    return ""


def _underscored(model):
    return model.replace(".", "_")


def _access_list(path):
    """One line per model and group, its id made of both."""
    seen = set()
    with path.open(encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle), 2):
            xmlid = (row.get("id") or "").strip()
            model = (row.get("model_id:id") or "").rpartition(".")[2].removeprefix("model_")
            if not re.fullmatch(rf"access_{re.escape(model)}_\w+", xmlid):
                yield number, "xml-id", f"{xmlid}: expected an id like access_{model}_<group>"
            key = (model, (row.get("group_id:id") or "").strip())
            if key in seen:
                yield number, "access-twice", f"{model} has another line for group {key[1]}"
            seen.add(key)
