from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard


class ItsmsRecord(models.Model):
    """Filing, versions, corrections, retention and legal hold of a record."""

    _inherit = "itsms.record"

    # ------------------------------------------------------------ versions
    def _open_versions(self):
        """First version of drafts; whoever may create the record writes it (sudo: engine)."""
        Version = guard.as_engine(self.env["itsms.record.version"].sudo())
        versions = Version.create(
            [
                {
                    "record_id": record.id,
                    "number": 1,
                    "author_id": record.filled_by_id.id,
                    "authored_at": record.filled_at,
                }
                for record in self
            ]
        )
        for version in versions:
            guard.as_engine(version.record_id).write({"current_version_id": version.id})

    def _open_version(self):
        self._open_versions()
        return self.current_version_id

    # ------------------------------------------------------------ filing
    def action_file(self):
        """File the records: from now on their content is locked (REC-2c, REC-4.4.1)."""
        return self.action_transition("file")

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def _on_leaving_draft(self):
        super()._on_leaving_draft()
        filed = self.filtered(lambda r: r.state == "filed")
        filed._draw_file_names()

    def _draw_file_names(self):
        """File names by the rule; serials in one statement per project, year and form [I-25]."""
        groups = {}
        for record in self:
            counted = record.is_project and record.segment == "serial"
            scope = record._serial_scope() if counted else None
            groups[record.company_id, scope] = groups.get((record.company_id, scope), self.browse())
            groups[record.company_id, scope] |= record
        for (company, scope), records in groups.items():
            serial = 0
            if scope:
                serial = self._naming_scheme("serial")._draw(company, len(records), scope)
            for record in records.sorted("id"):
                # sudo: naming is the system's own act, whoever files
                guard.as_engine(record.sudo()).write(
                    {"serial": serial, "file_name": record._rule_file_name(serial)}
                )
                serial += bool(scope)

    def _serial_scope(self):
        year = self.record_date.strftime("%y")
        form = self.form_id.sudo()  # sudo: all revisions of a form count together by its number
        form = form.number or form.id or 0
        return f"{self.project_year}-{self.project_number:02d}/{year}/{form}"

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "file":
            self._freeze()

    def _freeze(self):
        """What filing fixes: day, end of retention, the hashes of the first version."""
        today = {company: company._itsms_today() for company in self.company_id}
        for record in self:
            day = today[record.company_id]
            # sudo: filing is the system's own act once the right was checked
            guard.as_engine(record.sudo()).write(
                {
                    "filed_on": day,
                    "filed_at": fields.Datetime.now(),
                    "filed_by_id": self.env.uid,
                    "retention_until": record._retention_end(
                        day, record.retention_number, record.retention_unit
                    ),
                }
            )
        self._adopt_loose_files()
        versions = self.sudo().current_version_id  # sudo: freezing needs no right
        versions._freeze()
        digests = {version.record_id.id: version.digest for version in versions}
        self._log(
            "archive",
            state_to=lambda r: r.file_name,
            comment=lambda r: self.env._(
                "Filed; keep until %(until)s",
                until=r.retention_until or r._period_text("retention"),
            ),
            digest=lambda r: digests.get(r.id),
        )

    def _adopt_loose_files(self):
        """Files that were attached to a draft without being part of a message are content."""
        # sudo: freezing needs no right; only files of these very records
        Attachment = self.env["ir.attachment"].sudo()
        loose = Attachment.search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        if not loose:
            return
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("attachment_ids", "in", loose.ids),
            ]
        )
        for record_id, files in (loose - messages.attachment_ids).grouped("res_id").items():
            version = self.browse(record_id).sudo().current_version_id
            guard.as_engine(files).write({"res_model": version._name, "res_id": version.id})
            version.invalidate_recordset(["attachment_ids"])

    def _retention_end(self, start, number, unit):
        """Last day of a retention period; nothing for a permanent one."""
        if unit == "permanent":
            return False
        months = relativedelta(months=number * (12 if unit == "year" else 1))
        return min(start + months, date(9999, 12, 31))

    def action_view_versions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Versions of %(name)s", name=self.display_name),
            "res_model": "itsms.record.version",
            "view_mode": "list,form",
            "domain": [("record_id", "=", self.id)],
            "context": {"create": False},
        }

    # ------------------------------------------------------------ corrections
    def action_open_correction(self):
        """Dialog for a correction."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct a record"),
            "res_model": "itsms.record.correction",
            "view_mode": "form",
            "target": "new",
            "context": {"default_record_id": self.id},
        }

    def _correct(self, reason, body, kept, uploads):
        """Add a version to one filed record; the versions before it stay (REC-2c).

        :param kept: those of the present files that stay part of the record.
        :param uploads: files uploaded by the user in the dialog.
        """
        self.ensure_one()
        self._lock_rows()
        self.check_access("write")
        self._check_correctable(reason)
        current = self.current_version_id
        current.check_access("read")
        # sudo: only to see which files belong to the present version
        if kept.sudo() - current.sudo().attachment_ids:
            raise AccessError(self.env._("Only files of the present version can be kept."))
        for upload in uploads.sudo():
            if not current._is_upload(upload, ("itsms.record.correction",)):
                raise AccessError(
                    self.env._("Only files that you upload here become files of this record.")
                )
        # sudo: the engine adds the version once the right was checked
        version = guard.as_engine(self.env["itsms.record.version"].sudo()).create(
            {
                "record_id": self.id,
                "number": current.number + 1,
                "body": body,
                "reason": reason.strip(),
                "author_id": self.env.uid,
                "authored_at": fields.Datetime.now(),
            }
        )
        target = {"res_model": version._name, "res_id": version.id}
        for attachment in guard.as_engine(kept.sudo()):
            attachment.copy({**target, "name": attachment.name})
        guard.as_engine(uploads.sudo()).write(target)
        version.invalidate_recordset(["attachment_ids"])
        version._freeze()
        # sudo: as above
        guard.as_engine(self.sudo()).write({"current_version_id": version.id})
        self._log(
            "correction",
            state_from=str(current.number),
            state_to=str(version.number),
            comment=reason,
            digest=version.digest,
        )
        return version

    def _check_correctable(self, reason):
        if self.state != "filed":
            raise UserError(
                self.env._(
                    "%(name)s is “%(state)s”: filed records are corrected; a draft is simply "
                    "written (REC-2c).",
                    name=self.display_name,
                    state=self._state_label(),
                )
            )
        if not str(reason or "").strip():
            raise UserError(self.env._("A correction needs a reason (REC-2c)."))
        if self.disposal_id:
            raise UserError(
                self.env._(
                    "%(name)s is part of the disposal %(disposal)s. Withdraw it from there before "
                    "it is corrected (REC-4.8).",
                    name=self.display_name,
                    disposal=self.sudo().disposal_id.display_name,  # sudo: a number
                )
            )

    # ------------------------------------------------------------ retention
    def action_open_act(self):
        """Dialog for legal hold, its end, or a longer retention period."""
        operation = self.env.context.get("itsms_operation", "hold")
        return self.env["itsms.record.act"]._open(self, operation)

    def _lengthen_retention(self, number, unit, reason):
        """A filed record is kept longer, never shorter (REC-4.7)."""
        self._lock_rows()
        self.check_access("write")
        self._check_filed()
        self._check_reason(reason)
        for record in self:
            text = record.retention_text
            until = record._retention_end(record.filed_on, number, unit)
            if not record.retention_until or (until and until <= record.retention_until):
                raise UserError(
                    self.env._(
                        "%(name)s is kept %(period)s: a retention period is lengthened, never "
                        "shortened after the fact (REC-4.7).",
                        name=record.display_name,
                        period=text,
                    )
                )
            # sudo: the engine's own fields
            guard.as_engine(record.sudo()).write(
                {
                    "retention_number": number,
                    "retention_unit": unit,
                    "retention_until": until,
                }
            )
            record._log(
                "other",
                state_from=text,
                state_to=record._period_text("retention"),
                comment=self.env._("Retention lengthened: %(reason)s", reason=reason),
            )

    def _check_filed(self):
        for record in self:
            if record.state != "filed":
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s”; only filed records have a retention period that "
                        "runs (REC-4.7).",
                        name=record.display_name,
                        state=record._state_label(),
                    )
                )

    def _check_reason(self, reason):
        if not str(reason or "").strip():
            raise UserError(self.env._("Give a reason (COM-3)."))

    # ------------------------------------------------------------ legal hold
    def _set_hold(self, hold, reason):
        """The ITSMS office keeps records from destruction, or lets them go again."""
        self._lock_rows()
        self.check_access("read")
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            raise AccessError(
                self.env._("Only the ITSMS office sets or lifts a legal hold (REC-4.8).")
            )
        self._check_filed()
        self._check_reason(reason)
        for record in self:
            if record.legal_hold == hold:
                raise UserError(
                    self.env._(
                        "%(name)s: the legal hold is already as you ask for it.",
                        name=record.display_name,
                    )
                )
        vals = {
            "legal_hold": hold,
            "hold_reason": reason if hold else False,
            "hold_by_id": self.env.uid if hold else False,
            "hold_at": fields.Datetime.now() if hold else False,
        }
        guard.as_engine(self.sudo()).write(vals)  # sudo: the right was checked above
        text = self.env._("Legal hold") if hold else self.env._("Legal hold lifted")
        self._log("other", comment=f"{text}: {reason}")

    # ------------------------------------------------------------ eligibility for disposal
    def _records_on_loan(self):
        """Those of these records that are in somebody's hands; loans extend it (REC-4.8)."""
        return self.browse()

    def _check_disposable(self):
        """Refuse what must still be kept, whoever asks (REC-4.8)."""
        on_loan = self._records_on_loan()
        for record in self:
            if record.state != "filed":
                reason = self.env._("it is “%(state)s”", state=record._state_label())
            elif not record.retention_until:
                reason = self.env._("it is kept permanently")
            elif not record.expired:
                reason = self.env._(
                    "its retention period lasts until %(day)s", day=record.retention_until
                )
            elif record.legal_hold:
                reason = self.env._("it is on legal hold: %(why)s", why=record.hold_reason)
            elif record in on_loan:
                reason = self.env._("it is on loan; call it back first")
            else:
                continue
            raise UserError(
                self.env._(
                    "%(name)s cannot be destroyed: %(reason)s (REC-4.8). Take it off the list.",
                    name=record.display_name,
                    reason=reason,
                )
            )

    def action_open_disposal(self):
        """Put the chosen records on a new disposal and open it; refuses what must be kept."""
        self.check_access("write")
        self._check_disposable()
        if len(self.department_id) != 1 or len(self.company_id) != 1:
            raise UserError(
                self.env._("A disposal is made for the records of one keeping department.")
            )
        disposal = self.env["itsms.record.disposal"].create(
            {
                "company_id": self.company_id.id,
                "department_id": self.department_id.id,
                "line_ids": [fields.Command.create({"record_id": record.id}) for record in self],
            }
        )
        return disposal._open_form()
