import ast
import io
from contextlib import contextmanager

import xlsxwriter

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from ..engine import register_layout
from .ir_actions_report import overlay_heads

CONFIDENTIAL = ("secret", "top_secret")
SHEET_ROWS = 1_048_000  # what a sheet holds, less the lines above the table
CELL_CHARS = 32_000


class ItsmsRegister(models.Model):
    """A list that the manual names: as list, PDF and XLSX (DOC-6, REC-6, I-12).

    Registers are data. A register has one or more parts; each part is a model with a domain and
    columns. Whoever opens, prints or exports one sees what the rights and the secrecy of the
    records let him see, no more.
    """

    _name = "itsms.register"
    _description = "Register"
    _inherit = ["itsms.log.mixin"]
    _order = "sequence, id"

    name = fields.Char(string="Title", required=True, translate=True)
    code = fields.Char(required=True, help="By this key the lists refer to their register.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    form_code = fields.Char(help="Form whose number stands on the print, once it is in force.")
    description = fields.Text(translate=True, help="What the register holds, and who keeps it.")
    requirement = fields.Char(help="Clause of the manual that asks for this register.")
    part_ids = fields.One2many("itsms.register.part", "register_id", string="Parts")
    part_count = fields.Integer(compute="_compute_part_count")

    _code_uniq = models.Constraint("UNIQUE (code)", "Another register has this code.")

    @api.depends("part_ids")
    def _compute_part_count(self):
        for register in self:
            register.part_count = len(register.part_ids)

    def write(self, vals):
        if "active" in vals:
            self.env.registry.clear_cache()
        with self._noting_changes({"name", "code", "active", "form_code"} & set(vals)):
            return super().write(vals)

    @contextmanager
    def _noting_changes(self, names, parts=None):
        """What people change about a register leaves a line of evidence (COM-3).

        :param parts: the parts whose ``names`` are written, instead of those of the register.
        """
        records = self if parts is None else parts
        before = {r: {n: r[n] for n in names} for r in records} if names else {}
        yield
        if self.env.user._is_superuser():  # the data of a module
            return
        for record, values in before.items():
            changed = [n for n in sorted(names) if record[n] != values[n]]
            if changed:
                register = record if parts is None else record.register_id
                text = ", ".join(f"{n}={record[n]}" for n in changed)
                register._log("config", comment=f"{record.name}: {text}")

    @api.model
    @tools.ormcache()
    def _models(self):
        """Names of the models that have a register: their lists offer print and export."""
        # sudo: which kinds of lists exist is no secret
        parts = self.env["itsms.register.part"].sudo().search([("register_id.active", "=", True)])
        return tuple(dict.fromkeys(parts.mapped("model")))

    @api.model
    def _part_for(self, model, code=None):
        """The part behind a list: that of the register it was opened from, else the whole one."""
        parts = self.env["itsms.register.part"].search(
            [("model", "=", str(model)), ("register_id.active", "=", True)]
        )
        if code:
            parts = parts.filtered(lambda p: p.register_id.code == code) or parts
        part = parts.filtered(lambda p: p._own_domain().is_true())[:1] or parts[:1]
        if code and parts.register_id.code == code:
            part = parts[:1]
        if not part:
            raise UserError(self.env._("There is no register for this list (DOC-6)."))
        return part

    # ------------------------------------------------------------ acts
    def action_open(self):
        """Open the list; a register with several parts shows them to choose from."""
        self.ensure_one()
        self.check_access("read")
        if len(self.part_ids) == 1:
            return self.part_ids.action_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_pdf(self):
        """Download the print; a register that is too long for it is refused before."""
        self.ensure_one()
        self._check_printable([part._records() for part in self._readable_parts()])
        return self._download("pdf")

    def action_xlsx(self):
        """Download the table."""
        self.ensure_one()
        self._readable_parts()
        return self._download("xlsx")

    def _download(self, form):
        return {
            "type": "ir.actions.act_url",
            "url": f"/itsms/register/{self.id}/{form}",
            "target": "download",
        }

    def _readable_parts(self):
        """Parts whose records the user may read; none is an error, not an empty list."""
        self.check_access("read")
        parts = self.part_ids.filtered(lambda p: p._model().has_access("read"))
        if not parts:
            raise UserError(
                self.env._(
                    "The records of “%(name)s” are not open to you (COM-17). Ask the ITSMS office.",
                    name=self.name,
                )
            )
        return parts

    # ------------------------------------------------------------ output
    def _form_number(self):
        """Hook: number of the form in force for this register, or nothing."""
        return ""

    def _file_name(self, form):
        return f"{self.name} {self.env.company._itsms_today()}.{form}".replace("/", "-")

    def _export(self, form, selection=None):
        """The register as ``pdf`` or ``xlsx``, with the rights of who asks.

        :param selection: what is wanted instead of the whole: dict with ``part`` and one of
            ``ids`` and ``domain``, optionally ``order`` and ``filter`` (text for the print).
        :return: tuple of file name and bytes.
        """
        self.ensure_one()
        selection = selection or {}
        parts = selection.get("part") or self._readable_parts()
        wanted = {key: selection.get(key) for key in ("ids", "domain", "order")}
        found = [(part, part._records(**wanted)) for part in parts]
        if form == "pdf":
            self._check_printable([records for _part, records in found])
            content = self._pdf(found, selection.get("filter") or "")
        else:
            content = self._xlsx(found, selection.get("filter") or "")
        self._log_confidential(found, form)
        return self._file_name(form), content

    def _check_printable(self, lists):
        limit = self.env["itsms.parameter"]._get("register.pdf.lines")
        count = sum(map(len, lists))
        if count > limit:
            raise UserError(
                self.env._(
                    "“%(name)s” has %(count)s lines; a print holds at most %(limit)s. Export it "
                    "as XLSX, or filter the list and print what remains.",
                    name=self.name,
                    count=count,
                    limit=limit,
                )
            )

    def _log_confidential(self, found, form):
        """Who takes secret entries out of the system leaves a line of evidence (DOC-4.1.1.3f)."""
        count = 0
        for part, records in found:
            paths = part._secrecy_paths()
            if paths:
                secret = Domain.OR([Domain(path, "in", CONFIDENTIAL) for path in paths])
                # sudo: counted are the entries that this person has just been given
                count += records.sudo().search_count(Domain("id", "in", records.ids) & secret)
        if count:
            comment = self.env._(
                "Exported as %(form)s with %(count)s secret or top secret entries",
                form=form.upper(),
                count=count,
            )
            self._log("other", comment=comment)

    def _heading(self):
        """Lines above the table, as pairs of label and value."""
        number = self._form_number()
        day = self.env.company._itsms_today()
        heading = [(self.env._("Date"), day)]
        return [(self.env._("Form"), number), *heading] if number else heading

    def _xlsx(self, found, filter_text):
        output = io.BytesIO()
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(output, options) as book:
            styles = {
                "title": book.add_format({"bold": True, "font_size": 14}),
                "head": book.add_format(
                    {"bold": True, "bg_color": "#EEF1F5", "border": 1, "text_wrap": True}
                ),
                "text": book.add_format({"text_wrap": True, "valign": "top"}),
                "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
                "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
                "number": book.add_format({"valign": "top"}),
            }
            taken = set()
            for part, records in found:
                name = register_layout.sheet_name(part.name or self.name, taken)
                self._sheet(book.add_worksheet(name), styles, part, records, filter_text)
        return output.getvalue()

    def _sheet(self, sheet, styles, part, records, filter_text):
        if len(records) > SHEET_ROWS:
            raise UserError(
                self.env._(
                    "“%(name)s” has %(count)s lines, more than a sheet holds. Filter the list.",
                    name=part.display_name,
                    count=len(records),
                )
            )
        columns = part._columns()
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column["weight"] * 1.6)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        title = " – ".join(filter(None, [self.name, part.name if self.part_count > 1 else ""]))
        sheet.write_string(0, 0, f"{self.env.company.name}  {title}", styles["title"])
        info = [f"{label}: {value}" for label, value in self._heading()]
        if filter_text:
            info.append(self.env._("Filter: %(filter)s", filter=filter_text))
        sheet.write_string(1, 0, "   ".join(info))
        for index, column in enumerate(columns):
            sheet.write_string(2, index, column["label"], styles["head"])
        sheet.freeze_panes(3, 0)
        sheet.repeat_rows(2)
        row = 3
        for values in part._rows(records, columns):
            for index, value in enumerate(values):
                register_layout.write_cell(sheet, row, index, value, styles, CELL_CHARS)
            row += 1
        sheet.autofilter(2, 0, max(row - 1, 2), max(len(columns) - 1, 0))

    def _pdf(self, found, filter_text):
        """Head and body of each part are printed apart and laid over each other.

        So the head stands on every page with any build of wkhtmltopdf.
        """
        Report = self.env["ir.actions.report"]
        pages = []
        for part, records in found:
            columns = part._columns()
            values = {
                "register": self,
                "part": part,
                "company": self.env.company,
                "heading": self._heading(),
                "filter_text": filter_text,
                "columns": columns,
                "rows": part._rows(records, columns, text=True),
                "count": len(records),
            }
            body = self.env["ir.qweb"]._render("itsms_base.report_register_body", values)
            head = self.env["ir.qweb"]._render("itsms_base.report_register_head", values)
            pages.append(
                (
                    Report._itsms_print(head, "itsms_base.action_report_register", 8),
                    Report._itsms_print(body, "itsms_base.action_report_register"),
                )
            )
        footer = "  ".join(filter(None, [self._form_number() or "", self.name]))
        # sudo: the margins of a print are no secret
        paper = self.env.ref("itsms_base.paperformat_itsms_register").sudo()
        return overlay_heads(pages, paper.margin_top, footer)


class ItsmsRegisterPart(models.Model):
    """Part of a register: which records, in which order, with which columns."""

    _name = "itsms.register.part"
    _description = "Part of a Register"
    _order = "register_id, sequence, id"

    register_id = fields.Many2one("itsms.register", required=True, index=True, ondelete="cascade")
    name = fields.Char(string="Title", required=True, translate=True)
    sequence = fields.Integer(default=10)
    model_id = fields.Many2one(
        "ir.model",
        required=True,
        ondelete="cascade",
        domain=[("model", "=like", "itsms.%"), ("transient", "=", False)],
    )
    model = fields.Char(related="model_id.model", store=True, index=True, string="Model name")
    domain = fields.Char(default="[]", required=True)
    order = fields.Char(help="Empty: the usual order of the records.")
    columns = fields.Text(
        required=True,
        help="Field names, separated by commas; a field of a linked record is written "
        "document_id.number, a number behind a colon sets the width: name:30.",
    )
    action_id = fields.Many2one(
        "ir.actions.act_window", ondelete="set null", help="List in which the part is opened."
    )

    @api.constrains("model_id", "columns", "domain", "order")
    def _check_definition(self):
        """A register that cannot be shown is refused where it is written, not where it is used."""
        for part in self:
            try:
                part._columns()
                part._own_domain().validate(part._model())
                part._records(limit=1)
            except (KeyError, ValueError, SyntaxError, TypeError, UserError) as exc:
                raise ValidationError(
                    self.env._(
                        "The part “%(name)s” cannot be shown: %(reason)s (DOC-6).",
                        name=part.name,
                        reason=exc,
                    )
                ) from exc

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        parts = super().create(vals_list)
        if not self.env.user._is_superuser():
            for part in parts:
                text = self.env._("Part added: %(name)s", name=part.name)
                part.register_id._log("config", comment=f"{text}, domain={part.domain}")
        return parts

    def write(self, vals):
        self.env.registry.clear_cache()
        names = {"name", "domain", "columns", "order", "model_id", "register_id"} & set(vals)
        with self.register_id._noting_changes(names, self):
            return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        if not self.env.user._is_superuser():
            for part in self:
                text = self.env._("Part removed: %(name)s", name=part.name)
                part.register_id._log("config", comment=text)
        return super().unlink()

    # ------------------------------------------------------------ definition
    def _model(self):
        # sudo: the name of a model is no secret; its records are read with the user's rights
        return self.env[self.sudo().model]

    def _own_domain(self):
        return Domain(ast.literal_eval((self.domain or "[]").strip()))

    def _secrecy_paths(self):
        """Fields by which entries of this part are secret; empty where nothing is."""
        model = self._model()
        parent = getattr(model, "_secrecy_parent", None)
        names = []
        while parent:
            names.append(parent)
            model = self.env[model._fields[parent].comodel_name]
            parent = getattr(model, "_secrecy_parent", None)
        secret = getattr(model, "_confidential", False) and "secrecy" in model._fields
        return [".".join([*names, "secrecy"])] if secret else []

    def _columns(self):
        """Columns as dicts with ``path``, ``field``, ``label``, ``weight`` and ``width`` (%)."""
        self.ensure_one()
        result = []
        for text in (self.columns or "").replace("\n", ",").split(","):
            path, _sep, weight = text.strip().partition(":")
            if not path:
                continue
            model, field = self._model(), None
            for name in path.split("."):
                field = model._fields[name]
                model = self.env[field.comodel_name] if field.relational else model
            result.append(
                {
                    "path": path.split("."),
                    "field": field,
                    "label": field._description_string(self.env) or field.name,
                    "parent": self._model()._fields[path.split(".")[0]],
                    "weight": int(weight) if weight else register_layout.weight(field),
                }
            )
        if not result:
            raise ValueError(self.env._("it has no columns"))
        labels = [column["label"] for column in result]
        for column in result:  # the number of the document is told from that of the entry
            if len(column["path"]) > 1 and labels.count(column["label"]) > 1:
                parent = column["parent"]._description_string(self.env)
                column["label"] = f"{parent} {column['label']}"
        total = sum(column["weight"] for column in result)
        for column in result:  # the first 3.5 % of the print are for the line number
            column["width"] = round(96.5 * column["weight"] / total, 3)
        return result

    # ------------------------------------------------------------ records
    def _records(self, ids=None, domain=None, order=None, limit=None):
        """Records of the part that the user may see, narrowed to ``ids`` or ``domain``."""
        self.ensure_one()
        wanted = self._own_domain()
        if ids is not None:
            wanted &= Domain("id", "in", [int(res_id) for res_id in ids])
        elif domain is not None:
            wanted &= Domain(domain)
        model = self._model()
        if "company_id" in model._fields:
            # a register is that of one company, whichever companies are switched on
            wanted &= Domain("company_id", "in", [self.env.company.id, False])
        context = {} if ids is None else {"active_test": False}
        return model.with_context(**context).search(wanted, order=order or self.order, limit=limit)

    def _rows(self, records, columns, text=False, size=1000):
        """One list of values per record, read in batches so that memory stays flat."""
        zone = self.env.tz
        for start in range(0, len(records), size):
            batch = self._model().browse(records.ids[start : start + size])
            readers = [register_layout.reader(self.env, batch, c, zone) for c in columns]
            for record in batch:
                values = [read(record) for read in readers]
                yield [register_layout.as_text(v) for v in values] if text else values
            self.env.invalidate_all()

    def action_open(self):
        """The list of this part, with the register's title."""
        self.ensure_one()
        self.check_access("read")
        if self.action_id:
            # sudo: a window action is no secret; its records are read with the user's rights
            action = self.env["ir.actions.actions"]._for_xml_id(
                self.action_id.sudo().get_external_id()[self.action_id.id]
            )
            context = safe_eval(action.get("context") or "{}", {"uid": self.env.uid})
            # the list shows what the print shows: groups stay, filters that are set do not
            context = {
                key: value
                for key, value in context.items()
                if not key.startswith("search_default_") or key.startswith("search_default_by_")
            }
        else:
            action, context = {"type": "ir.actions.act_window", "view_mode": "list,form"}, {}
            action["res_model"] = self._model()._name
        single = self.register_id.part_count == 1
        return {
            **action,
            "name": self.register_id.name if single else self.name,
            "domain": list(self._own_domain()),
            "context": {**context, "itsms_register": self.register_id.code},
        }
