from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard

from .itsms_audit import MR

# Audits whose auditors must still be independent.
WATCHED = ("draft", "pending", "rejected", "approved", "notified", "opened", "on_site")
# States in which the plan is locked and auditors are replaced with a reason.
REPLACE = ("approved", "notified", "opened", "on_site")


class ItsmsAudit(models.Model):
    """Independence of auditors: never the own department, nor what they wrote or approved
    (AUD-4.1.2b, AUD-4.2.2.1c)."""

    _inherit = "itsms.audit"

    # ------------------------------------------------------------ finding out
    def _conflicts(self, lines=None):
        """Why auditors of these audits are not independent.

        :param lines: only these lines of the timetable.
        :return: list of ``(line, user, reason)``.
        """
        # sudo: departments and documents of colleagues decide; only the reason is shown
        lines = (self.schedule_ids if lines is None else lines).sudo().with_prefetch()
        authors = self._authors(lines)
        above = {
            company: self.env["itsms.parameter"]._get("audit.independence.above", company)
            for company in lines.company_id
        }
        found = []
        for line in lines:
            for user in line.auditor_ids:
                reason = self._department_conflict(user, line.department_id, above[line.company_id])
                if not reason:
                    documents = authors.get((line.id, user.id))
                    reason = documents and self.env._(
                        "wrote or approved %(documents)s, which is audited here",
                        documents=", ".join(documents),
                    )
                if reason:
                    found.append((line, user, reason))
        return found

    @api.model
    def _department_conflict(self, user, department, above=True):
        """Why ``user`` does not audit ``department``, in words, or nothing."""
        standing = user._itsms_standing()
        if department.id in standing.own_departments:
            return self.env._("works in or heads the department or one above it")
        if above and department.id in standing.department_path:
            return self.env._("works in a part of the department")
        return None

    @api.model
    def _authors(self, lines):
        """Names of documents in scope per ``(line, user)`` that wrote or approved them.

        In scope are the documents that were collected for the audit, and those in force that
        implement a clause of the line, as far as the audited department answers for them.
        (sudo by the caller)
        """
        documents = self._documents_in_scope(lines)
        people = {document: self._people_of(document) for document in documents}
        by_department = documents.grouped("department_id")
        result = {}
        for line in lines:
            collected = line.audit_id.document_ids
            for document in by_department.get(line.department_id, ()):
                if document not in collected and not self._implements(document, line):
                    continue
                for user in people[document] & line.auditor_ids:
                    name = document.with_env(self.env).display_name
                    result.setdefault((line.id, user.id), []).append(name)
        return result

    @api.model
    def _documents_in_scope(self, lines):
        """Documents that may be in scope of ``lines``, in two queries (sudo by the caller)."""
        documents = lines.audit_id.document_ids
        documents = documents.filtered(lambda d: d.department_id in lines.department_id)
        if lines.clause_ids:
            documents |= documents.search(
                [
                    ("company_id", "in", lines.company_id.ids),
                    ("state", "=", "in_force"),
                    ("department_id", "in", lines.department_id.ids),
                    ("clause_ids", "in", lines.clause_ids.ids),
                ]
            )
        return documents

    @api.model
    def _implements(self, document, line):
        """Whether ``document`` is in force for a clause of ``line``."""
        return document.state == "in_force" and bool(document.clause_ids & line.clause_ids)

    @api.model
    def _people_of(self, document):
        """Who wrote, reviewed or approved the valid revision of a document (sudo by the caller)."""
        revision = document.current_revision_id
        signed = revision.approval_step_ids.filtered(lambda s: s.state == "approved")
        return (
            revision.prepared_by_id
            | revision.submitted_by_id
            | revision.approval_editor_ids
            | signed.decided_by_id
        )

    # ------------------------------------------------------------ refusing
    def _check_independent(self, lines=None):
        """Refuse where an auditor is not independent, with the reason (AUD-4.1.2b)."""
        for line, user, reason in self._conflicts(lines):
            raise UserError(
                self.env._(
                    "%(auditor)s cannot audit %(department)s: %(reason)s. Choose an independent "
                    "auditor (AUD-4.1.2b).",
                    auditor=user.name,
                    department=line.department_id.name,
                    reason=reason,
                )
            )

    @api.constrains("document_ids")
    def _check_documents(self):
        self.filtered(lambda a: a.state in WATCHED)._check_independent()

    def _check_may_audit(self, user, department):
        """Refuse where ``user`` does not audit ``department`` in this audit: for checklists.

        :raise UserError: not an auditor of the department, or not independent any more.
        """
        self.ensure_one()
        # sudo: the timetable decides, whoever asks
        lines = self.sudo().schedule_ids.filtered(lambda s: s.department_id == department)
        if user.sudo() not in lines.auditor_ids:
            raise UserError(
                self.env._(
                    "%(name)s does not audit %(department)s in %(audit)s (AUD-4.1.3b).",
                    name=user.sudo().name,  # sudo: names are no secret
                    department=department.sudo().name,
                    audit=self.display_name,
                )
            )
        for _line, who, reason in self._conflicts(lines):
            if who == user.sudo():
                raise UserError(
                    self.env._(
                        "%(name)s cannot audit %(department)s: %(reason)s. The lead auditor "
                        "replaces him (AUD-4.1.2b).",
                        name=who.name,
                        department=department.sudo().name,  # sudo: no secret
                        reason=reason,
                    )
                )

    # ------------------------------------------------------------ mid-audit
    def _refresh_conflict(self):
        """Note on these audits who is not independent any more; new conflicts are told to the
        lead auditor and to the management representative."""
        found = {}
        for company, audits in self.grouped("company_id").items():
            # a job, or whoever moved somebody, does not set the language of the note
            audits = audits.with_context(lang=company._itsms_language())
            for line, user, reason in audits._conflicts():
                text = f"{user.name} – {line.department_id.name}: {reason}"
                found.setdefault(line.audit_id.id, []).append(text)
        for audit in self:
            text = "\n".join(dict.fromkeys(found.get(audit.id, ())))
            if (audit.conflict or "") == text:
                continue
            audit._engine_write({"conflict": text or False})
            if not text:
                continue
            audit._log("other", comment=self.env._("Not independent: %(text)s", text=text))
            role = self.env["itsms.role"]._by_code(*MR)
            audit._approval_tell(
                audit.lead_id | role._holders(audit.company_id),
                self.env._(
                    "An auditor is not independent any more and is replaced before the audit goes "
                    "on: %(text)s",
                    text=text,
                ),
            )

    @api.model
    def _people_moved(self, users=None):
        """Somebody changed department, or heads another one: look at the running audits."""
        domain = Domain("state", "in", WATCHED)
        if users is not None:
            domain &= Domain("schedule_ids.auditor_ids", "in", users.ids)
        # sudo: follows from where people work, whoever entered it
        self.with_user(SUPERUSER_ID).search(domain)._refresh_conflict()

    @api.model
    def _cron_watch_independence(self):
        """Daily: changes of department that begin on their day."""
        Cron = self.env["ir.cron"]
        audits = self.search([("state", "in", WATCHED)])
        Cron._commit_progress(remaining=len(audits))
        for audit in audits:
            audit._refresh_conflict()
            if not Cron._commit_progress(1):
                break

    # ------------------------------------------------------------ replacing an auditor
    def action_open_reassign(self):
        """Dialog: another auditor takes over, with the reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replace an auditor"),
            "res_model": "itsms.audit.reassign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_audit_id": self.id},
        }

    def action_reassign(self, user_id, new_user_id, reason, department_id=None):
        """Another auditor takes over lines of the approved plan (lead auditor, MR).

        :param department_id: only the lines of this department.
        :raise UserError: the new one is not qualified or not independent either, or no reason.
        """
        self.ensure_one()
        self._lock_rows()
        self.check_access("read")
        role = self.env["itsms.role"]._by_code(*MR)
        if self.env.user != self.lead_id and not role._held_by(self.env.user, self.company_id):
            raise AccessError(
                self.env._(
                    "The lead auditor or the management representative replaces an auditor "
                    "(AUD-3.1, AUD-3.2)."
                )
            )
        if self.state not in REPLACE:
            raise UserError(
                self.env._(
                    "%(audit)s is “%(state)s”: auditors are replaced after the approval of the "
                    "plan and before the closing meeting.",
                    audit=self.display_name,
                    state=self._state_label(),
                )
            )
        if not str(reason or "").strip():
            raise UserError(self.env._("Say why the auditor is replaced (AUD-4.1.2)."))
        Users = self.env["res.users"]
        old, new = (
            Users.browse(value if type(value) is int else []).exists()
            for value in (user_id, new_user_id)
        )
        # sudo: the plan is locked; the right was checked
        lines = self.sudo().schedule_ids.filtered(
            lambda s: (
                old.sudo() in s.auditor_ids
                and (not department_id or s.department_id.id == department_id)
            )
        )
        if not old or not lines:
            raise UserError(self.env._("Choose an auditor who is in the timetable."))
        if not new or not new.sudo().active or new.sudo().share or new == old:
            raise UserError(self.env._("Choose another colleague who takes over."))
        self.env["itsms.auditor.qualification"]._check_qualified(
            new, self.company_id._itsms_today(), self.company_id
        )
        self._take_over(old, new, lines, reason)
        return True

    def _take_over(self, old, new, lines, reason):
        Member = self._engine_members()
        members = Member.search([("audit_id", "=", self.id)])
        own = members.filtered(lambda m: m.user_id == new)
        if not own:
            Member.create({"audit_id": self.id, "user_id": new.id, "role": "auditor"})
        elif own.left_at or own.role not in ("lead", "auditor"):
            role = "lead" if self.lead_id == new else "auditor"
            own.write({"left_at": False, "left_reason": False, "role": role})
        guard.as_engine(lines.with_user(SUPERUSER_ID)).write(
            {
                "auditor_ids": [
                    fields.Command.unlink(old.id),
                    fields.Command.link(new.id),
                ]
            }
        )
        self._check_independent(lines.with_env(self.env))
        gone = members.filtered(lambda m: m.user_id == old and m.role != "lead")
        if gone and old.sudo() not in self.sudo().schedule_ids.auditor_ids:  # sudo: people
            gone.write({"left_at": fields.Datetime.now(), "left_reason": reason})
        departments = lines.department_id
        self._log(
            "handover",
            comment=self.env._(
                "%(new)s audits %(departments)s instead of %(old)s: %(reason)s",
                # sudo: names of colleagues are no secret
                new=new.sudo().name,
                old=old.sudo().name,
                departments=", ".join(departments.mapped("name")),
                reason=reason,
            ),
        )
        self._auditor_replaced(old, new, departments.with_env(self.env))
        self._refresh_conflict()
        role = self.env["itsms.role"]._by_code(*MR)
        self._approval_tell(
            (new | self.lead_id | role._holders(self.company_id)) - self.env.user,
            self.env._(
                "%(new)s audits %(departments)s instead of %(old)s: %(reason)s",
                # sudo: names of colleagues are no secret
                new=new.sudo().name,
                old=old.sudo().name,
                departments=", ".join(departments.mapped("name")),
                reason=reason,
            ),
        )

    def _auditor_replaced(self, old, new, departments):
        """Hook: ``new`` audits ``departments`` in place of ``old`` (checklists follow)."""
