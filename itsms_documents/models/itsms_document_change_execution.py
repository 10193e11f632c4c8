from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard


class ItsmsDocumentChange(models.Model):
    """Carrying an approved request out: the revision that takes it up, and who is told."""

    _inherit = "itsms.document.change"

    # ------------------------------------------------------------ who writes
    @api.depends("state", "revision_id", "document_id.can_write_revision")
    @api.depends_context("uid")
    def _compute_to_write(self):
        for change in self:
            waits = change.state == "approved" and not change.revision_id
            change.to_write = waits and change.document_id.can_write_revision

    def _search_to_write(self, operator, value):
        if operator != "in":
            return NotImplemented
        documents = self.env["itsms.document"]._search_can_write_revision("in", {True})
        domain = Domain("state", "=", "approved") & Domain("revision_id", "=", False)
        domain &= Domain("document_id", "any!", documents)
        return domain if True in value else ~domain

    # ------------------------------------------------------------ taking up
    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "cancel":
            for change in self.filtered("revision_id"):
                raise UserError(
                    self.env._(
                        "%(name)s was taken up by %(revision)s. Take it out of the draft, or "
                        "cancel that revision first (DOC-4.5.1).",
                        name=change.display_name,
                        revision=change.revision_id.display_name,
                    )
                )

    def action_write_revision(self):
        """Open the next revision or edition with these approved requests of one document.

        :raise UserError: not approved, already taken up, several documents, or another revision
            of the document is in work.
        :raise AccessError: neither the responsible department nor a document administrator.
        """
        document = self._lock_for_writing()
        working = document.working_revision_id
        if working:
            raise UserError(
                self.env._(
                    "%(name)s is still in work. Add the change to it while it is a draft, or "
                    "publish or cancel it first: a document has one revision in work at a time "
                    "(COM-7).",
                    name=working.display_name,
                )
            )
        Revision = self.env["itsms.document.revision"]
        edition, number = Revision._next_status(document, "edition" in self.mapped("method"))
        content = document.current_revision_id._content_to_copy()
        proposals = self.filtered("proposed_file")
        if len(proposals) == 1:
            proposal = proposals.with_context(bin_size=False)  # the file, not its size
            content.update(file=proposal.proposed_file, file_name=proposal.proposed_file_name)
        # sudo: the document administrator, who is let in above, writes what others are
        # responsible for (DOC-4.5.1b, I-14)
        revision = Revision.sudo().create(
            {
                "document_id": document.id,
                "edition": edition,
                "revision_no": number,
                "prepared_by_id": self.env.uid,
                **self._change_line(),
                **content,
            }
        )
        self._take_up(revision)
        return revision.sudo(False)._open_form()

    def action_join_revision(self):
        """Add these approved requests to the draft that is being written already."""
        document = self._lock_for_writing()
        revision = document.working_revision_id
        if revision.state not in ("draft", "rejected"):
            raise UserError(
                self.env._(
                    "There is no draft of %(name)s to which the change could be added (DOC-4.5.1).",
                    name=document.display_name,
                )
            )
        revision._lock_rows()
        # sudo: the requests that the draft carries already are compared with these
        (revision.sudo().change_ids | self)._check_method_fits(revision)
        # sudo: let in above, see action_write_revision
        revision.sudo().write(self._change_line(revision))
        self._take_up(revision)
        return revision._open_form()

    def action_give_back(self):
        """Take these requests out of the draft again: they wait as before."""
        self._lock_rows()
        self.check_access("read")
        for change in self:
            change._check_may_write()
            if change.revision_id.state not in ("draft", "rejected"):
                raise UserError(
                    self.env._(
                        "%(name)s is in no draft from which it could be taken out (COM-7).",
                        name=change.display_name,
                    )
                )
        self._give_back(self.env._("Taken out of the draft"))
        return True

    def _lock_for_writing(self):
        """Check state, turn and right of requests of one document; return the document."""
        self._lock_rows()
        self.check_access("read")
        document = self.document_id
        if len(document) != 1:
            raise UserError(
                self.env._("One revision carries out the requests of one document (DOC-4.5.1).")
            )
        for change in self:
            change._check_may_write()
            if change.state != "approved":
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s”: only an approved change is carried out "
                        "(DOC-4.5.2).",
                        name=change.display_name,
                        state=change._state_label(),
                    )
                )
            if change.revision_id:
                raise UserError(
                    self.env._(
                        "%(name)s is already carried out by %(revision)s (DOC-4.5.1).",
                        name=change.display_name,
                        revision=change.revision_id.display_name,
                    )
                )
            change._check_document()
        document._lock_rows()
        return document

    def _check_may_write(self):
        if not self.document_id.can_write_revision:
            raise AccessError(
                self.env._(
                    "%(name)s is changed by its responsible department, its document "
                    "administrator, the document controller or the ITSMS office (DOC-3.2, "
                    "DOC-4.5.1b).",
                    name=self.document_id.display_name,
                )
            )

    def _check_method_fits(self, revision):
        """Local changes make the next revision, a new edition the next letter (DOC-4.5.1b, c)."""
        current = revision.document_id.current_revision_id
        new_edition = revision.edition != current.edition
        if new_edition == ("edition" in self.mapped("method")):
            return
        if new_edition:
            message = self.env._(
                "%(revision)s is a new edition, but no change request asks for one: page "
                "replacement and strike-through make the next revision of edition %(edition)s "
                "(DOC-4.5.1b).",
                revision=revision.display_name,
                edition=current.edition,
            )
        else:
            message = self.env._(
                "A change request asks for a new edition, but %(revision)s is the next revision "
                "of edition %(edition)s. Cancel the draft and write the new edition (DOC-4.5.1c).",
                revision=revision.display_name,
                edition=current.edition,
            )
        raise UserError(message)

    def _change_line(self, revision=None):
        """Reason and content for the line of the change record (DOC-4.5.4, GEN-3).

        :param revision: draft that carries the line already, with what stands there.
        """
        # sudo: whether the draft carries other requests already
        more = bool(revision and revision.sudo().change_ids)
        several = len(self) > 1 or more
        changes = self.sorted("id")
        reasons = [" ".join((change.reason or "").split()) for change in changes]
        contents = []
        for change in changes:
            text = (change.content or "").strip()
            contents.append(f"{change.number}: {text}" if several else text)
        if more:
            reasons.insert(0, revision.change_reason or "")
            contents.insert(0, revision.change_content or "")
        return {
            "change_reason": "; ".join(dict.fromkeys(filter(None, reasons))),
            "change_content": "\n".join(filter(None, contents)),
        }

    def _take_up(self, revision):
        # sudo: the engine's own field; state and right were checked
        guard.as_engine(self.sudo()).write({"revision_id": revision.id})
        self._log(
            "other", comment=self.env._("Carried out by %(name)s", name=revision.display_name)
        )
        revision._log(
            "other",
            comment=self.env._("Carries out %(numbers)s", numbers=", ".join(self._names())),
        )

    def _names(self):
        return [change.number or change.display_name for change in self]

    def _give_back(self, reason):
        """These requests wait for a revision again."""
        if not self:
            return
        names = {change.id: change.revision_id.status for change in self}
        # sudo: the engine's own field
        guard.as_engine(self.sudo()).write({"revision_id": False})
        self._log(
            "other",
            comment=lambda c: self.env._(
                "Not carried out by %(revision)s: %(reason)s", revision=names[c.id], reason=reason
            ),
        )

    # ------------------------------------------------------------ in force
    def _complete(self, superseded):
        """Their revision has entered into force.

        :param superseded: dict of the revision that stepped down per id of the new one.
        """
        for revision, changes in self.grouped("revision_id").items():
            old = superseded.get(revision.id)
            # sudo: the engine's own field
            guard.as_engine(changes.sudo()).write({"superseded_revision_id": old and old.id})
        self._run_transition(
            self._transition("complete"),
            comment=lambda c: self.env._(
                "In force as %(new)s, supersedes %(old)s",
                new=c.revision_id.status,
                old=c.superseded_revision_id.status or "–",
            ),
        )
        self._tell_departments()

    def _tell_departments(self):
        """The document administrators of the departments to be told get a to-do each: distribute
        the changed document, take the old one back (DOC-4.5.3, DOC-4.5.3a).

        Who may not open the document is not told its title; the evidence names everybody.
        """
        departments = self.sudo().notify_department_ids  # sudo: whoever publishes
        administrators = departments._itsms_document_administrators()
        asked = {}
        for change in self:
            for department in change.sudo().notify_department_ids:
                for user in administrators[department]:
                    asked.setdefault(user, self.browse())
                    asked[user] |= change
        told = {user: changes._approval_open_to(user) for user, changes in asked.items()}
        self._schedule_notices(told)
        self._log(
            "other",
            comment=lambda c: c._describe_told(administrators, told),
        )

    def _schedule_notices(self, told):
        """One to-do per person and revision."""
        activity_type = self.env.ref("itsms_documents.mail_activity_type_changed")
        model_id = self.env["ir.model"]._get_id(self._name)
        vals_list = []
        for user, changes in told.items():
            for revision, same in changes.grouped("revision_id").items():
                company = revision.company_id
                days = self.env["itsms.parameter"]._get("document.change.notice.days", company)
                vals_list.append(
                    {
                        "activity_type_id": activity_type.id,
                        "res_model_id": model_id,
                        "res_id": same[0].id,
                        "user_id": user.id,
                        "summary": self.env._(
                            "Distribute %(new)s, take back %(old)s",
                            new=revision.status,
                            old=same[0].superseded_revision_id.status or "–",
                        ),
                        "date_deadline": fields.Date.add(company._itsms_today(), days=days),
                    }
                )
        # sudo: the system's word to people, whatever rights the publisher has
        Activity = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        Activity.create(vals_list)

    def _describe_told(self, administrators, told):
        """“Told: Sales: Li; Laboratory: nobody”; one request (sudo: names of departments)."""
        parts = []
        for department in self.sudo().notify_department_ids:
            users = administrators[department]
            names = ", ".join(u.name for u in users if self in told[u])
            if not users:
                names = self.env._("no document administrator")
            parts.append(f"{department.name}: {names or self.env._('may not open it')}")
        return self.env._("Told: %(departments)s", departments="; ".join(parts) or "–")
