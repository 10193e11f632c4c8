import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.itsms_base.engine import canonical, guard

from .itsms_audit_checklist import NONCONFORMING

LARGEST_PHOTO = 12 * 1024 * 1024


class ItsmsAuditChecklistLine(models.Model):
    """What stands behind an answer: photos, live answers, samples, nonconformity reports."""

    _inherit = "itsms.audit.checklist.line"

    # ------------------------------------------------------------ photos
    def action_add_photo(self, name, data):
        """Keep a photo of what was seen; it belongs to the question.

        :param data: the picture, base64.
        """
        self.ensure_one()
        self.check_access("read")
        self._check_may_answer()
        try:
            content = base64.b64decode(data or "", validate=True)
        except (binascii.Error, ValueError, TypeError) as exc:
            raise UserError(self.env._("This file is no picture.")) from exc
        mimetype = guess_mimetype(content)
        if not content or mimetype not in ("image/jpeg", "image/png", "image/webp", "image/gif"):
            raise UserError(
                self.env._("“%(name)s” is no picture that can be shown.", name=str(name)[:100])
            )
        if len(content) > LARGEST_PHOTO:
            raise UserError(
                self.env._("A photo has at most %(most)s MB.", most=LARGEST_PHOTO // 1024 // 1024)
            )
        # sudo: right, turn and state were checked
        self.env["ir.attachment"].sudo().create(
            {
                "name": str(name or "photo")[:100],
                "raw": content,
                "mimetype": mimetype,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.invalidate_recordset(["photo_ids"])
        self._log(
            "other",
            comment=self.env._("Photo added: %(name)s", name=str(name or "")[:100]),
            digest=canonical.content_digest(content),
        )
        return self._as_data()[0]

    # ------------------------------------------------------------ live questions and samples
    def action_run_live(self):
        """Count the live question now and freeze the answer with day and name."""
        for line in self:
            line._lock_line()
        self._check_may_answer()
        without = self.filtered(lambda x: not x.live_check_id)
        if without:
            raise UserError(
                self.env._(
                    "“%(question)s” is not answered by records.", question=without[0].question
                )
            )
        self._run_live()
        return self._as_data()

    def _run_live(self):
        """The caller has checked right, turn and state."""
        Result = self.env["itsms.audit.live.result"]
        for line in self:
            start, end = line.checklist_id._audit_period()
            result = Result._freeze(
                line.live_check_id, line.company_id, line.department_id, start, end
            )
            # sudo: right, turn and state were checked; nobody writes this by hand
            guard.as_engine(line.sudo()).write({"live_result_id": result.id})

    def action_open_live(self):
        """Open the records that were counted."""
        self.ensure_one()
        self.check_access("read")
        if not self.live_result_id:
            raise UserError(self.env._("Nothing was counted yet."))
        return self.live_result_id.action_open_records()

    def action_new_sample(self):
        """Form of a new sample for this question, filled in from its live check."""
        self.ensure_one()
        self.check_access("read")
        start, end = self.checklist_id._audit_period()
        check = self.live_check_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New sample"),
            "res_model": "itsms.audit.sample",
            "views": [(False, "form")],
            "context": {
                "default_name": (self.question or "")[:120],
                "default_checklist_line_id": self.id,
                "default_company_id": self.company_id.id,
                "default_department_id": self.department_id.id,
                "default_model_name": check.model_name or "itsms.record",
                "default_domain": "[]",
                "default_department_field": check.department_field or False,
                "default_date_field": check.date_field or False,
                "default_date_from": start,
                "default_date_to": end,
            },
        }

    def action_view_samples(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Samples"),
            "res_model": "itsms.audit.sample",
            "views": [(False, "list"), (False, "form")],
            "domain": [("checklist_line_id", "=", self.id)],
        }

    # ------------------------------------------------------------ nonconformity reports
    def _reports(self):
        """Nonconformity reports of these lines that were not given up (sudo: whether there is
        one, whoever may open it)."""
        return (
            self.env["itsms.nonconformity"]
            .sudo()
            .search(
                Domain("source_model", "=", self._name)
                & Domain("source_id", "in", self.ids)
                & Domain("state", "!=", "void")
            )
        )

    def _raise_nonconformities(self):
        """A report for every nonconforming line that has none, none for observations [I-36]."""
        lines = self.filtered(lambda x: x.result in NONCONFORMING and not x.dropped)
        if not lines:
            return
        known = set(lines._reports().mapped("source_id"))
        missing = lines.filtered(lambda x: x.id not in known)
        bare = missing.filtered(lambda x: not (x.evidence or "").strip())
        if bare:
            raise UserError(
                self.env._(
                    "“%(question)s”: write the objective evidence before the nonconformity report "
                    "is issued (AUD-4.2.2a).",
                    question=bare[0].question,
                )
            )
        if missing:
            self.env["itsms.nonconformity"]._raise_from_checklist(missing)

    def action_raise_nonconformity_report(self):
        """Issue the nonconformity report of this question at once, on site."""
        self.ensure_one()
        self._lock_line()
        self._check_may_answer()
        if self.result not in NONCONFORMING:
            raise UserError(
                self.env._(
                    "“%(question)s” is not judged a nonconformity. An observation has no report; "
                    "it stays in the checklist and goes into the audit report [I-36].",
                    question=self.question,
                )
            )
        self._raise_nonconformities()
        return self.action_view_nonconformity()

    def action_view_nonconformity(self):
        self.ensure_one()
        self.check_access("read")
        report = self._reports()[:1]
        if not report:
            raise UserError(self.env._("There is no nonconformity report for this question."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.nonconformity",
            "res_id": report.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------ tablet
    def get_answers(self):
        """These questions as they are now, for the screen on site."""
        self.check_access("read")
        return self._as_data()

    @api.model
    def _local(self, moment):
        """A moment in the time zone of the user, as text."""
        local = moment and fields.Datetime.context_timestamp(self, moment)
        return local.strftime("%Y-%m-%d %H:%M") if local else ""

    def _as_data(self):
        """These questions as plain data for the screen on site."""
        reports = {}
        for report in self._reports():
            reports[report.source_id] = report.display_name
        photos = {}
        for photo in self.env["ir.attachment"].search_fetch(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)], ["name", "res_id"]
        ):
            photos.setdefault(photo.res_id, []).append({"id": photo.id, "name": photo.name})
        procedures = dict(self._fields["procedure"]._description_selection(self.env))
        self.fetch()
        return [
            {
                "id": line.id,
                "clause": line.clause_id.display_name,
                "procedure": procedures.get(line.procedure) or "",
                "question": line.question,
                "wanted": line.evidence_wanted or "",
                "result": line.result or "",
                "evidence": line.evidence or "",
                "by_interview": line.by_interview,
                "by_documents": line.by_documents,
                "by_inspection": line.by_inspection,
                "version": line.version,
                # sudo: a colleague's name
                "answered_by": line.sudo().answered_by_id.name or "",
                "mine": line.answered_by_id.id == self.env.uid,
                "live": line.live_check_id.name or "",
                "live_shown": line.live_shown or "",
                "live_outcome": line.live_outcome or "",
                "live_at": line._local(line.live_run_at),
                "photos": photos.get(line.id, []),
                "report": reports.get(line.id, ""),
                "dropped": line.dropped,
                "drop_reason": line.drop_reason or "",
            }
            for line in self
        ]


class ItsmsAuditChecklist(models.Model):
    """One question at a time, on a tablet (AUD-4.2.2)."""

    _inherit = "itsms.audit.checklist"

    def get_on_site(self):
        """Everything that the screen on site shows of one checklist."""
        self.ensure_one()
        self.check_access("read")
        Line = self.env["itsms.audit.checklist.line"]
        labels = dict(Line._fields["result"]._description_selection(self.env))
        definitions = Line._result_definitions()
        lines = self.line_ids.sorted(lambda x: (x.sequence, x.id))
        return {
            "id": self.id,
            "name": self.display_name,
            "department": self.sudo().department_id.name,  # sudo: no secret
            "state": self.state,
            "state_label": self._state_label(),
            "can_answer": self.state == "on_site" and self.is_mine,
            "results": [
                {"key": key, "label": labels[key], "help": definitions[key]} for key in labels
            ],
            "guidance": self._guidance(),
            "lines": lines._as_data(),
        }

    @api.model
    def _guidance(self):
        """Principles of auditing and what counts as evidence, shown on site (AUD-4.2.2.1,
        AUD-4.2.2.2)."""
        return [
            {
                "title": self.env._("Three principles of auditing"),
                "items": [
                    self.env._(
                        "Rely on objective evidence, not on feeling or impression; trace what is "
                        "actually done, do not stop at documents or answers."
                    ),
                    self.env._(
                        "Compare practice with the standard; never leave the standard out of sight."
                    ),
                    self.env._(
                        "Be independent and impartial; keep other factors out of the judgement."
                    ),
                ],
            },
            {
                "title": self.env._("What counts as objective evidence"),
                "items": [
                    self.env._(
                        "Existing objective facts count; subjective analysis, inference or "
                        "expectation of what will happen does not."
                    ),
                    self.env._(
                        "Statements by interviewed people responsible for the audited activity "
                        "may count, but must be verified by observation, measurement and records."
                    ),
                    self.env._("What current system documents lay down and service records count."),
                ],
            },
        ]
