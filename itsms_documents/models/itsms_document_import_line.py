import uuid
from datetime import datetime, time

import pytz
from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.itsms_base.engine import guard, numbering

from ..engine import register_file

NAME_LENGTH = 250  # letters of a title; printed forms and file names have to hold it
NUMBER_LENGTH = 100
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "tracking_disable": True,
    "active_test": False,
}


class ItsmsDocumentImportLine(models.Model):
    """One line of a former register: checked, then taken over as a whole or not at all."""

    _name = "itsms.document.import.line"
    _description = "Line of an Import"
    _inherit = ["itsms.dialog.mixin"]
    _order = "import_id, row, id"

    import_id = fields.Many2one(
        "itsms.document.import", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True)
    row = fields.Integer(readonly=True, aggregator=None, help="Row in the file.")
    number = fields.Char(readonly=True)
    name = fields.Char(string="Title", readonly=True)
    data = fields.Json(readonly=True)
    state = fields.Selection(
        [
            ("new", "To check"),
            ("ok", "Can be taken over"),
            ("error", "Error"),
            ("imported", "Taken over"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    message = fields.Text(string="Result", readonly=True)
    document_id = fields.Many2one("itsms.document", readonly=True, ondelete="restrict")
    file_digest = fields.Char(string="SHA-256 of the file", readonly=True)

    _state_idx = models.Index("(import_id, state, row)")

    def _engine_write(self, vals):
        # sudo: lines are written by check and import alone, nobody has the right to
        self.sudo().write(vals)

    # ------------------------------------------------------------ check
    def _check_lines(self):
        """Say for each line whether it can be taken over, and if not, why and what to do."""
        for batch, lines in self.grouped("import_id").items():
            known = lines._known(batch)
            for line in lines:
                try:
                    line._parse(known)
                except ValidationError as exc:
                    line._engine_write({"state": "error", "message": str(exc)})
                else:
                    line._engine_write({"state": "ok", "message": False})

    def _known(self, batch):
        """What the lines are compared with, read once: words, numbers, serials."""
        company = batch.company_id
        # sudo: numbers are unique whoever may see the documents that have them
        Document = self.env["itsms.document"].sudo().with_context(active_test=False)
        # categories and media: short lists of words, all of them needed
        categories = {}
        Category = self.env["itsms.document.category"]
        for code, _name in self.env["res.lang"].get_installed():
            for category in Category.with_context(lang=code).search([]):  # pylint: disable=no-search-all
                categories[category.name.strip().lower()] = category.with_env(self.env)
        for category in Category.search([]):  # pylint: disable=no-search-all
            categories[category.code.lower()] = category
        departments = {}
        # sudo: names of departments are no secret
        own = [("company_id", "in", [company.id, False])]
        found = self.env["hr.department"].sudo().search(own)
        # the register is in one language, who takes it over may work in another one
        languages = dict.fromkeys([self.env.lang, *dict(self.env["res.lang"].get_installed())])
        for code in languages:
            for department in found.with_context(lang=code):
                for name in {department.name, department.complete_name}:
                    departments.setdefault(name.strip(), found.browse())
                    departments[name.strip()] |= department.with_env(found.env)
        media = {}
        for code in languages:
            for medium in self.env["itsms.document.medium"].with_context(lang=code).search([]):  # pylint: disable=no-search-all
                media[medium.name.strip().lower()] = medium.id
        numbers = {register_file.clean_number((x.data or {}).get("number")) for x in self}
        taken = Document.search([("company_id", "=", company.id), ("number", "in", list(numbers))])
        schemes = Category.search([("number_scheme_id", "!=", False)])
        drawn = {
            parsed["serial"]
            for number in numbers
            for category in schemes
            if (parsed := self._split(category, company, number)) and parsed.get("serial")
        }
        serials = Document.search(
            [("company_id", "=", company.id), ("serial", "in", list(drawn))], order="id"
        )
        return {
            "company": company,
            "batch": batch,
            "today": company._itsms_today(),
            "categories": categories,
            "schemes": schemes,
            "departments": departments,
            "media": media,
            "taken": {d.number: d for d in taken},
            "serials": {(d.category_id.id, d.serial): d for d in serials},
            "seen": {},
        }

    def _refuse(self, text):
        raise ValidationError(text)

    def _parse(self, known):
        """Values of one line.

        :raise ValidationError: with the rule that is broken and the way out.
        """
        self.ensure_one()
        data = self.data or {}
        name = data.get("name", "")
        if not name:
            self._refuse(self.env._("The title is missing. Enter it in the file (DOC-6)."))
        if len(name) > NAME_LENGTH:
            self._refuse(
                self.env._(
                    "The title has %(count)s characters; at most %(limit)s fit into lists, prints "
                    "and file names. Shorten it (DOC-6).",
                    count=len(name),
                    limit=NAME_LENGTH,
                )
            )
        number = register_file.clean_number(data.get("number"))
        category, parsed = self._parse_category(data, number, known)
        state = self._parse_state(data, known)
        edition, revision_no = self._parse_status(data, parsed)
        values = {
            "name": name,
            "alias": data.get("alias", "")[:NAME_LENGTH] or False,
            "number": number or False,
            "category": category,
            "serial": (parsed or {}).get("serial", 0),
            "parsed": parsed or {},
            "department": self._parse_department(data, known),
            "secrecy": self._parse_secrecy(data, category),
            "state": state,
            "edition": edition,
            "revision_no": revision_no,
            "date": self._parse_publication(data, state, known),
            "source": data.get("source", "")[:NAME_LENGTH] or False,
            "medium": known["media"].get(data.get("medium", "").strip().lower()),
            "people": [data.get(key, "")[:500] for key in ("prepared", "reviewed", "approved")],
        }
        if not number and (state == "in_force" or category.kind == "external"):
            self._refuse(
                self.env._(
                    "A document in force and an external document have a number. Enter it, or take "
                    "the line over as a draft (DOC-4.1.2.1)."
                )
            )
        values["existing"] = self._check_free(values, known)
        return values

    def _parse_category(self, data, number, known):
        word = data.get("category", "")
        category = known["categories"].get(word.strip().lower()) if word else None
        if word and not category:
            self._refuse(
                self.env._(
                    "There is no category “%(name)s”. Use one of: %(names)s (DOC-4.1.1.1).",
                    name=word,
                    names=", ".join(sorted(known["categories"])),
                )
            )
        company = known["company"]
        if not category and number:
            for candidate in known["schemes"]:
                if self._split(candidate, company, number):
                    category = candidate
                    break
        category = category or known["batch"].category_id
        if not category:
            self._refuse(
                self.env._(
                    "Neither the line nor its number says which category the document belongs to. "
                    "Fill in the column “Category” (DOC-4.1.1.1)."
                )
            )
        if len(number) > NUMBER_LENGTH:
            self._refuse(
                self.env._("The number is longer than %(limit)s characters.", limit=NUMBER_LENGTH)
            )
        if not number or not category.number_scheme_id:
            return category, None
        parsed = self._split(category, company, number)
        if not parsed:
            scheme = category.number_scheme_id
            self._refuse(
                self.env._(
                    "“%(number)s” is no number of the category %(category)s; numbers look like "
                    "%(example)s. Correct it, or take it over as an external document "
                    "(DOC-4.1.2.1).",
                    number=number,
                    category=category.name,
                    example=scheme._render(company, 1, {"type": category.code, "edition": "A"}),
                )
            )
        return category, parsed

    @api.model
    def _split(self, category, company, number):
        scheme = category.number_scheme_id
        values = {"company": company.itsms_code, "type": category.code}
        return numbering.parse(scheme.pattern, values, number)

    def _parse_state(self, data, known):
        word = data.get("state", "")
        state = register_file.state_key(word) if word else known["batch"].default_state
        if not state:
            self._refuse(
                self.env._(
                    "“%(word)s” is no state that can be taken over. Write 有效 (in force) or 草稿 "
                    "(draft); leave obsolete documents out (DOC-4.7.1).",
                    word=word,
                )
            )
        return state

    def _parse_status(self, data, parsed):
        status, edition, count = (data.get(k, "") for k in ("status", "edition", "revision_no"))
        if status:
            pair = register_file.parse_status(status)
        elif edition or count:
            pair = register_file.parse_status(f"{edition or 'A'}/{count or '0'}")
            status = f"{edition}/{count}"
        else:
            pair = ((parsed or {}).get("edition") or "A", 0)
        if not pair:
            self._refuse(
                self.env._(
                    "“%(status)s” is no revision status. Write edition letter and number of "
                    "revisions, for example A/0 (DOC-4.1.2.2.1).",
                    status=status,
                )
            )
        letter = (parsed or {}).get("edition")
        if letter and letter != pair[0]:
            self._refuse(
                self.env._(
                    "The number names edition %(letter)s, the revision status edition %(edition)s. "
                    "They must agree (DOC-4.1.2.1g, DOC-4.1.2.2.1).",
                    letter=letter,
                    edition=pair[0],
                )
            )
        return pair

    def _parse_department(self, data, known):
        word = data.get("department", "").strip()
        if not word:
            department = known["batch"].department_id
        else:
            department = known["departments"].get(word)
        if not department:
            self._refuse(
                self.env._(
                    "There is no department “%(name)s” in %(company)s. Create it first, or write "
                    "its name as it is in the organisation (DOC-3.2).",
                    name=word,
                    company=known["company"].name,
                )
            )
        if len(department) > 1:
            self._refuse(
                self.env._(
                    "Several departments are called “%(name)s”. Write the full path (DOC-3.2).",
                    name=word,
                )
            )
        return department

    def _parse_secrecy(self, data, category):
        word = data.get("secrecy", "")
        level = register_file.secrecy_key(word) if word else category.default_secrecy
        if not level:
            self._refuse(
                self.env._(
                    "“%(word)s” is no secrecy level. Write 绝密, 秘密, 内部公开 or 外部公开 "
                    "(DOC-4.1.1.3).",
                    word=word,
                )
            )
        return level

    def _parse_publication(self, data, state, known):
        word = data.get("publication_date", "")
        day = register_file.parse_date(word)
        if word and not day:
            self._refuse(
                self.env._(
                    "“%(word)s” is no date. Write year, month and day: 2024-03-01 (DOC-4.1.1.2b).",
                    word=word,
                )
            )
        if state == "in_force" and not day:
            self._refuse(
                self.env._(
                    "A document in force shows its publication date. Enter it (DOC-4.1.1.2b)."
                )
            )
        if day and not (datetime(1949, 1, 1).date() <= day <= known["today"]):
            self._refuse(
                self.env._(
                    "%(day)s cannot be a publication date: it lies in the future or too far back "
                    "(DOC-4.1.1.2b).",
                    day=day,
                )
            )
        return day

    def _check_free(self, values, known):
        """The number is free, or that of a draft nobody has begun: the import fills it."""
        number, serial, category = values["number"], values["serial"], values["category"]
        if not number:
            return None
        key = (category.id, serial) if serial else number
        for other in filter(None, (known["seen"].get(key), known["seen"].get(number))):
            self._refuse(
                self.env._(
                    "Row %(row)s of the file has the same number. Each number stands once "
                    "(DOC-4.1.2.1).",
                    row=other,
                )
            )
        existing = known["taken"].get(number)
        existing = existing or (serial and known["serials"].get((category.id, serial))) or None
        if existing and not self._is_untouched(existing, category):
            self._refuse(
                self.env._(
                    "The number %(number)s is already given in the register. Leave the line out, "
                    "or correct its number (DOC-4.1.2.1).",
                    number=existing.number,
                )
            )
        known["seen"][key] = known["seen"][number] = self.row
        return existing

    @api.model
    def _is_untouched(self, document, category):
        """A draft that came with the system and that nobody has begun to write."""
        revision = document.revision_ids
        return (
            document.state == "draft"
            and document.category_id == category
            and not document.left_draft_at
            and len(revision) == 1
            and not (revision.left_draft_at or revision.prepared_by_id)
            and not self._has_file(revision)
        )

    @api.model
    def _has_file(self, revision):
        # sudo: whether there is a file; the field itself is empty for who may not download it
        mine = [("res_model", "=", revision._name), ("res_id", "=", revision.id)]
        return self.env["ir.attachment"].sudo().search_count([*mine, ("res_field", "=", "file")])

    # ------------------------------------------------------------ import
    def _take_over(self):
        """Take over the lines together; where one fails, each for itself, so that the others go
        through. What a line needs is stored with it or not at all."""
        user = self.import_id.create_uid
        # sudo: documents of every department and secrecy, on behalf of the office
        lines = self.with_user(user).sudo().with_context(**QUIET)
        lines = lines.with_company(self.import_id.company_id)
        lines._check_lines()
        lines = lines.filtered(lambda x: x.state == "ok")
        if not lines:
            return
        try:
            with self.env.cr.savepoint():
                lines._create_documents()
        except (IntegrityError, UserError):
            self.env.invalidate_all()
            for line in lines:
                line._take_over_alone()

    def _take_over_alone(self):
        try:
            with self.env.cr.savepoint():
                self._create_documents()
        except IntegrityError:
            self.env.invalidate_all()
            text = self.env._(
                "The number was given to another document at the same moment. Correct it and "
                "import the line again (DOC-4.1.2.1)."
            )
            self._engine_write({"state": "error", "message": text})
        except UserError as exc:
            self.env.invalidate_all()
            self._engine_write({"state": "error", "message": str(exc)})

    def _create_documents(self):
        batch = self.import_id
        known = self._known(batch)
        parsed = {line: line._parse(known) for line in self}
        self._reserve_serials(parsed.values(), batch.company_id)
        fresh = [line for line in self if not parsed[line]["existing"]]
        Document = guard.as_engine(self.env["itsms.document"])
        created = Document.create(
            [
                {
                    **self._document_values(parsed[line], batch),
                    "revision_ids": [
                        fields.Command.create(self._revision_values(parsed[line], batch))
                    ],
                }
                for line in fresh
            ]
        )
        documents = dict(zip(fresh, guard.without_engine(created), strict=True))
        for line in self - self.browse([x.id for x in fresh]):
            document = parsed[line]["existing"].with_env(self.env)
            guard.as_engine(document).write(self._document_values(parsed[line], batch))
            guard.as_engine(document.revision_ids).write(self._revision_values(parsed[line], batch))
            documents[line] = document
        for line, document in documents.items():
            line._engine_write({"state": "imported", "document_id": document.id, "message": False})
        self._enter_force(parsed, documents)
        self._attach_files()
        self.env.flush_all()

    @api.model
    def _document_values(self, values, batch):
        external = values["category"].kind == "external"
        result = {
            "name": values["name"],
            "alias": values["alias"],
            "company_id": batch.company_id.id,
            "category_id": values["category"].id,
            "department_id": values["department"].id,
            "secrecy": values["secrecy"],
            "number": values["number"],
            "serial": values["serial"],
            "original_number": values["number"] if external else False,
            "source": values["source"],
        }
        if values["medium"]:
            result["medium_id"] = values["medium"]
        return result

    @api.model
    def _revision_values(self, values, batch):
        prepared, reviewed, approved = values["people"]
        draft = values["state"] == "draft"
        result = {
            "edition": values["edition"],
            "revision_no": values["revision_no"],
            "change_reason": self.env._("Taken over from the former register"),
            "change_date": values["date"] or False,
            "prepared_by_id": False,
            "number": False if draft else values["number"],
            "state": "draft" if draft else "valid",
            "former_prepared_by": prepared or False,
            "former_reviewed_by": reviewed or False,
            "former_approved_by": approved or False,
            "taken_over_import_id": batch.id,
        }
        if not draft:
            now = fields.Datetime.now()
            zone = batch.company_id._itsms_timezone()
            noon = zone.localize(datetime.combine(values["date"], time(12)))
            result |= {
                "left_draft_at": now,
                "published_at": noon.astimezone(pytz.utc).replace(tzinfo=None),
                "published_by_id": batch.create_uid.id,
                "verify_token": uuid.uuid4().hex,
            }
        return result

    @api.model
    def _reserve_serials(self, rows, company):
        """New documents go on after the highest serial that was taken over."""
        highest = {}
        for values in rows:
            scheme = values["category"].number_scheme_id
            if not (scheme and values["serial"]):
                continue
            year = values["parsed"].get("year") or values["parsed"].get("yy") or ""
            if len(year) == 2:
                year = f"20{year}"
            month = values["parsed"].get("month") or ""
            period = {"never": "", "year": year, "month": f"{year}-{month}"}[scheme.reset]
            highest[(scheme, period)] = max(highest.get((scheme, period), 0), values["serial"])
        for scheme, period in sorted(highest, key=lambda key: (key[0].id, key[1])):
            scheme._reserve(company, highest[(scheme, period)], period)

    @api.model
    def _enter_force(self, parsed, documents):
        """In force by the engine, with evidence; nobody is said to have approved it here."""
        Document, entering = self.env["itsms.document"], self.env["itsms.document"]
        comments = {}
        for line, document in documents.items():
            people = [name or "–" for name in parsed[line]["people"]]
            comments[document.id] = self.env._(
                "Taken over from the former register (import %(import)s, row %(row)s): number "
                "%(number)s, prepared by %(prepared)s, reviewed by %(reviewed)s, approved by "
                "%(approved)s",
                **{"import": line.import_id.id},
                row=line.row,
                number=parsed[line]["number"] or "–",
                prepared=people[0],
                reviewed=people[1],
                approved=people[2],
            )
            if parsed[line]["state"] == "in_force":
                entering |= document
                revision = document.revision_ids
                guard.as_engine(document).write({"current_revision_id": revision.id})
        every = Document.concat(*documents.values())
        every._log("other", comment=lambda d: comments[d.id])
        if entering:
            entering._run_transition(entering._transition("enter_force"))
