from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import canonical, guard
from odoo.addons.itsms_base.models.itsms_approval_content import file_entries, record_content
from odoo.addons.itsms_base.models.itsms_confidential_mixin import SECRECY_LEVELS

_NO_CONTENT = ("message_", "activity_", "website_message", "rating_")


class ItsmsRecordSourceMixin(models.AbstractModel):
    """A business document that is kept as a record when it closes (DOC-4.7.3, REC-2c).

    A model adds the mixin and names the states in :meth:`_record_filing_states`. On reaching one
    of them a record is filed in the same transaction, with the content frozen as JSON (fields,
    lines, files, signatures, evidence; SHA-256). The print is frozen by a job right after it, so
    closing two hundred at once stays cheap.
    """

    _name = "itsms.record.source.mixin"
    _description = "Kept as a Record"
    _inherit = ["itsms.lifecycle.mixin"]

    # whether the ITSMS office keeps the record, whatever department it is about
    _record_kept_by_office = False

    kept_record_count = fields.Integer(string="Kept records", compute="_compute_kept_record_count")

    # ------------------------------------------------------------ declaration
    def _record_filing_states(self):
        """Hook: states on reaching which the document is kept as a record."""
        return ()

    def _record_form_code(self):
        """Hook: technical code of the record form, or nothing."""
        return False

    def _record_title(self):
        """Hook: document name of the record; one document."""
        # the system's own view: the title goes into a record that is as secret as its source
        return self.with_user(SUPERUSER_ID).display_name

    def _record_department(self):
        """Hook: department that keeps the record; one document."""
        department = self._approval_department()
        # sudo: which department is the ITSMS office is no secret
        company = self.env["itsms.log"]._company_of(self).sudo()
        office = company.itsms_office_department_id
        keeper = office or department if self._record_kept_by_office else department or office
        return keeper.sudo(False)

    def _record_report(self):
        """Hook: external id of the report that is frozen, or nothing."""
        return False

    def _record_report_ids(self):
        """Hook: ids that the report is printed for."""
        return self.ids

    def _record_filled_by(self):
        """Hook: who answers for the content; one document (REC-4.3.1)."""
        user = "submitted_by_id" in self._fields and self.submitted_by_id
        return user or self.create_uid or self.env.user

    def _record_topic(self):
        """Hook: tells several records of one document apart."""
        return False

    def _record_secrecy(self):
        """Hook: secrecy of the record as values; by default that of the document itself, or of
        the confidential record that it belongs to."""
        holder = self._record_secrecy_holder(self)
        if not holder:
            return {"secrecy": "internal"}
        return holder._record_secrecy_values()

    def _record_secrecy_fields(self):
        """Hook: many2one fields to the confidential records that it is as secret as."""
        parent = getattr(self, "_secrecy_parent", None)
        return (parent,) if parent else ()

    def _record_payload(self):
        """Hook: what is frozen, as plain data per document id (sudo by the caller)."""
        names = [
            name
            for name, field in self._fields.items()
            if field.store
            and field.type not in ("binary", "one2many")
            and not name.startswith(_NO_CONTENT)
        ]
        lines = [
            name
            for name, field in self._fields.items()
            if field.type == "one2many" and hasattr(self[name], "_check_parent_lock")
        ]
        content = record_content(self, names + lines)
        files = file_entries(self)
        evidence = self._record_evidence()
        fill = self.with_user(SUPERUSER_ID)
        relations = [name for name in names if self._fields[name].type == "many2one"]
        payload = {}
        for record in fill:
            payload[record.id] = {
                "model": record._name,
                "id": record.id,
                "title": record.display_name,
                "content": content[record.id],
                "names": {n: record._record_name_of(record[n]) for n in relations if record[n]},
                "files": files[record.id],
                "signatures": (
                    record._approval_signatures() if hasattr(record, "_approval_signatures") else []
                ),
                "evidence": evidence.get(record.id, []),
            }
        return payload

    def _record_name_of(self, target):
        """Name of what one document refers to, as it is kept; that of something more secret, or
        of another circle, is not (sudo by the caller)."""
        holder = self._record_secrecy_holder(target)
        closed = holder and holder.secrecy in ("secret", "top_secret")
        if closed and holder._record_secrecy_values() != self._record_secrecy():
            return self.env._("(confidential)")
        return target.display_name

    @api.model
    def _record_secrecy_holder(self, record):
        """The record with a secrecy of its own that ``record`` belongs to, or nothing."""
        holder = record.sudo()  # sudo: who closes it need not be cleared for it
        while holder and "authorised_user_ids" not in holder._fields:
            parent = getattr(holder, "_secrecy_parent", None)
            holder = holder[parent] if parent else None
        return holder

    def _record_evidence(self):
        """Lines of the evidence log per document id, in their order."""
        columns = (
            "position",
            "kind",
            "actor_name",
            "behalf_name",
            "state_from",
            "state_to",
            "comment",
            "logged_at",
            "content_digest",
            "hash",
        )
        result = {}
        # sudo: the evidence of what is kept goes with it
        lines = (
            self.env["itsms.log"]
            .sudo()
            .search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                order="res_id, position",
            )
        )
        for line in lines:
            result.setdefault(line.res_id, []).append({name: line[name] for name in columns})
        return result

    def _record_disposed(self):
        """Hook: the record of these documents was destroyed."""

    # ------------------------------------------------------------ prints
    def _form_number(self):
        """Number of the record form in force that it is printed on, or nothing (COM-24)."""
        code = self._record_form_code()
        company = self.env["itsms.log"]._company_of(self)
        return self.env["itsms.record.form"]._number_in_force(code, company) if code else ""

    def _form_footer(self):
        """Text at the foot of every printed page: number of the form, number or name of the
        document (COM-24)."""
        self.ensure_one()
        number = "number" in self._fields and self.number
        return "  ".join(filter(None, [self._form_number(), number or self.display_name]))

    # ------------------------------------------------------------ filing
    def _run_transition(self, transition, comment=None, **kwargs):
        result = super()._run_transition(transition, comment, **kwargs)
        if transition.target in self._record_filing_states():
            self._keep_as_record()
        return result

    def _keep_as_record(self):
        """File one record per document; who closes the document needs no right on records."""
        Record = self.env["itsms.record"]
        todo = self - self._already_kept()
        departments = {record: record._record_department() for record in todo}
        todo = todo.filtered(departments.get)
        if not todo:
            return Record
        payload = todo.sudo()._record_payload()  # sudo: all of the content is kept
        # sudo: filing is the system's own act on closing
        engine = guard.as_engine(
            Record.sudo().with_context(
                mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
            )
        )
        medium = self.env["itsms.record.medium"].search([], limit=1)
        reports = todo._record_reports()
        kept = engine.create(
            [source._record_values(departments[source], reports, medium) for source in todo]
        )
        contents = {
            record.id: canonical.canonical_json(payload[record.res_id]).encode() for record in kept
        }
        guard.as_engine(self.env["ir.attachment"].sudo()).create(
            [
                {
                    "name": f"{record._make_file_name(record.company_id, record.name)}.json",
                    "raw": contents[record.id],
                    "mimetype": "application/json",
                    "res_model": "itsms.record.version",
                    "res_id": record.current_version_id.id,
                }
                for record in kept
            ]
        )
        kept.current_version_id.invalidate_recordset(["attachment_ids"])
        kept = guard.without_engine(kept)
        kept._run_transition(kept._transition("file"), locked=True)
        if any(record.print_state == "waiting" for record in kept):
            self.env.ref("itsms_documents.ir_cron_freeze_record_prints")._trigger()
        self.invalidate_recordset(["kept_record_count"])
        return kept.with_env(self.env)

    def _already_kept(self):
        # sudo: whether there is a record, whoever may open it
        kept = (
            self.env["itsms.record"]
            .sudo()
            .search(self._kept_domain() & Domain("res_topic", "=", self._record_topic()))
        )
        return self.browse(kept.mapped("res_id"))

    def _record_reports(self):
        """External ids of the reports of these documents that exist."""
        names = {record._record_report() for record in self} - {False}
        return {name for name in names if self.env.ref(name, raise_if_not_found=False)}

    def _record_values(self, department, reports, medium):
        """Values of the record of one document."""
        company = self.env["itsms.log"]._company_of(self)
        code = self._record_form_code()
        Form = self.env["itsms.record.form"]
        form = Form._in_force(code, company) if code else Form
        report = self._record_report() if self._record_report() in reports else False
        # the company's language, in which the print is frozen as well, whoever closes it
        source = self.with_context(lang=company._itsms_language())
        return {
            "name": (source._record_title() or source._description)[:255],
            "state": "draft",
            "company_id": company.id,
            "department_id": department.id,
            "form_id": form.id,
            "is_project": False,
            "filled_by_id": self._record_filled_by().id,
            "record_date": company._itsms_today(),
            "res_model": self._name,
            "res_id": self.id,
            "res_topic": self._record_topic(),
            "medium_id": medium.id,
            "print_report": report,
            "print_ids": self._record_report_ids(),
            "print_state": "waiting" if report else "none",
            **self._record_secrecy(),
        }

    # ------------------------------------------------------------ screens
    def _kept_domain(self):
        return Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids)

    def _compute_kept_record_count(self):
        counts = dict(
            self.env["itsms.record"]._read_group(self._kept_domain(), ["res_id"], ["__count"])
        )
        for record in self:
            record.kept_record_count = counts.get(record.id, 0)

    def action_view_kept_records(self):
        """The records that were made of this document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Kept records of %(name)s", name=self.display_name),
            "res_model": "itsms.record",
            "view_mode": "list,form",
            "domain": list(self._kept_domain()),
            "context": {"create": False},
        }


class ItsmsRecord(models.Model):
    """A record that was made of a business document."""

    _inherit = "itsms.record"

    res_topic = fields.Char(string="Part of the source", readonly=True, copy=False)
    print_report = fields.Char(readonly=True, copy=False)
    print_ids = fields.Json(string="Printed for", readonly=True, copy=False)
    print_state = fields.Selection(
        [
            ("none", "None"),
            ("waiting", "Waiting"),
            ("done", "Frozen"),
            ("failed", "Failed"),
        ],
        string="Print",
        default="none",
        readonly=True,
        copy=False,
    )
    print_tries = fields.Integer(readonly=True, copy=False)
    print_error = fields.Char(readonly=True, copy=False)

    _print_idx = models.Index("(id) WHERE print_state = 'waiting'")

    def _engine_fields(self):
        return super()._engine_fields() | {
            "res_topic",
            "print_report",
            "print_ids",
            "print_state",
            "print_tries",
            "print_error",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"print_state": "none"}

    # ------------------------------------------------------------ secrecy of the source
    @api.model
    def _follow_secrecy(self, holders):
        """Records of secret things are as secret as their source, also when that changes
        (DOC-4.1.1.3). ``holders`` are the confidential records whose secrecy was written."""
        found = {}
        source_mixin = self.env.registry["itsms.record.source.mixin"]
        for name, model in self.env.registry.items():
            if model._abstract or not issubclass(model, source_mixin):
                continue
            if name == holders._name:
                domain = Domain("id", "in", holders.ids)
            else:
                domain = Domain.OR(
                    Domain(parent, "in", holders.ids)
                    for parent in self.env[name]._record_secrecy_fields()
                    if model._fields[parent].comodel_name == holders._name
                )
            if domain.is_false():
                continue
            # sudo: the records follow whoever changed the secrecy
            for source in self.env[name].sudo().with_context(active_test=False).search(domain):
                found[name, source.id] = source
        if not found:
            return
        for name in {key[0] for key in found}:
            ids = [key[1] for key in found if key[0] == name]
            # sudo: as above
            kept = self.sudo().search([("res_model", "=", name), ("res_id", "in", ids)])
            for record in kept:
                # the engine's: whoever may close the source closes what was kept of it
                guard.as_engine(record).write(found[name, record.res_id]._record_secrecy())

    def write(self, vals):
        names = {"secrecy", "authorised_department_ids", "authorised_user_ids"} & set(vals)
        if names and not guard.is_engine(self.env):
            self._check_source_secrecy(vals)
        result = super().write(vals)
        if names:
            self._follow_secrecy(self)
        return result

    def _check_source_secrecy(self, vals):
        """What was kept of a document is never opened wider than the document itself."""
        order = [level for level, _label in SECRECY_LEVELS]  # from top secret to public
        # sudo: the secrecy of the source counts, whoever may open it
        for record in self.sudo().filtered(lambda r: r.res_id and r.res_model in self.env):
            source = self.env[record.res_model].sudo().browse(record.res_id).exists()
            if not source:
                continue
            wanted = source._record_secrecy()
            level = vals.get("secrecy", record.secrecy)
            lower = level in order and order.index(level) > order.index(wanted["secrecy"])
            lists = ("authorised_department_ids", "authorised_user_ids")
            if lower or any(
                ids for name in lists if name in vals for _set, _id, ids in wanted.get(name, ())
            ):
                raise UserError(
                    self.env._(
                        "%(name)s is as secret as what it was made of: change the secrecy there "
                        "(DOC-4.1.1.3).",
                        name=record.with_env(self.env).display_name,
                    )
                )

    # ------------------------------------------------------------ frozen print
    _print_max_tries = 5

    @api.model
    def _cron_freeze_prints(self):
        """Job: print what was filed and keep the PDF with it; tried again when it fails."""
        # sudo: the job of the system
        waiting = self.sudo().search([("print_state", "=", "waiting")], order="print_tries, id")
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(waiting))
        for record in waiting:
            record._freeze_print()
            if not progress(1):
                break

    def _freeze_print(self):
        """Print one record's source and add the PDF to the version that was filed (sudo: the job
        of the system notes its own progress)."""
        self.ensure_one()
        if not self.try_lock_for_update() or self.print_state != "waiting":
            return
        try:
            with self.env.cr.savepoint():
                self._add_print(self._render_print())
        except Exception as exc:
            # whatever a report stumbles over, the record itself is filed; it is tried again
            self.invalidate_recordset()
            tries = self.print_tries + 1
            failed = tries >= self._print_max_tries
            guard.as_engine(self.sudo()).write(
                {
                    "print_tries": tries,
                    "print_error": str(exc)[:500],
                    "print_state": "failed" if failed else "waiting",
                }
            )

    def _render_print(self):
        """Bytes of the print (sudo: the system prints for the record)."""
        report = self.env["ir.actions.report"].sudo()
        language = self.company_id.partner_id.lang or "en_US"
        report = report.with_company(self.company_id).with_context(lang=language)
        return report._render_qweb_pdf(self.print_report, self.print_ids)[0]

    def _add_print(self, content):
        """Keep the PDF with the first version (sudo: the engine adds to what nobody may change)."""
        version = self.sudo().version_ids.filtered(lambda v: v.number == 1)
        if self.state != "filed":
            guard.as_engine(self.sudo()).write({"print_state": "none"})
            return
        attachment = guard.as_engine(self.env["ir.attachment"].sudo()).create(
            {
                "name": f"{self.file_name}.pdf",
                "raw": content,
                "res_model": version._name,
                "res_id": version.id,
            }
        )
        digest = canonical.content_digest(content)
        entry = {
            "id": attachment.id,
            "name": attachment.name,
            "size": len(content),
            "sha256": digest,
            "print": True,
        }
        version._engine_write({"file_list": [*(version.file_list or []), entry]})
        guard.as_engine(self.sudo()).write({"print_state": "done", "print_error": False})
        self._log("archive", comment=self.env._("Print frozen as PDF"), digest=digest)

    def action_retry_print(self):
        """Try the print again (ITSMS office)."""
        self.check_access("write")
        failed = self.filtered(lambda r: r.print_state == "failed")
        # sudo: the right was checked; the engine's own fields
        guard.as_engine(failed.sudo()).write({"print_state": "waiting", "print_tries": 0})
        self.env.ref("itsms_documents.ir_cron_freeze_record_prints").sudo()._trigger()
        return True
