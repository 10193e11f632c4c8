from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.itsms_base.engine import notes

from .itsms_document_copy import OUTSTANDING


class ItsmsDocumentCopyActs(models.Model):
    """What happens to copies: every act checks right and state itself and leaves evidence."""

    _inherit = "itsms.document.copy"

    # ------------------------------------------------------------ issue and receipt
    def action_issue(self, holder_id=None):
        """Issue prepared copies to their departments, all or none (DOC-4.4.1.1).

        :param holder_id: id of the user who is to sign; by default any document administrator
            of the receiving department signs.
        """
        self._check_controls("DOC-4.4.1.1")
        self._lock_rows()
        self._check_transition(self._transition("issue"), None)
        if holder_id:
            holder = self._user_named(holder_id)
            self._check_recipient(holder.sudo())  # sudo: departments of a colleague
            self._engine_write({"holder_id": holder.id})
        else:
            self._check_somebody_signs()
        for kind, group in self.grouped(lambda c: "reissue" if c.reissued else "issue").items():
            group._run_transition(
                group._transition("issue"), self.env._("Issued"), kind=kind, locked=True
            )
        self._engine_write({"issued_by_id": self.env.uid, "issued_at": fields.Datetime.now()})
        return True

    @api.model
    def _user_named(self, user_id):
        """The user with an id that a client sent, whatever it sent."""
        known = isinstance(user_id, int) and 0 < user_id < 2**31
        return self.env["res.users"].browse(user_id if known else []).exists()

    def _check_somebody_signs(self):
        administrators = self._administrators()
        for copy in self:
            if not (copy.partner_id or copy.holder_id or administrators[copy]):
                raise UserError(
                    self.env._(
                        "Nobody could sign for %(copy)s: %(department)s has no document "
                        "administrator. Appoint one under Configuration › People › Role "
                        "register, or name the recipient with “Issue to …” (DOC-4.4.1.2).",
                        copy=copy.display_name,
                        department=copy.receiver,
                    )
                )

    def action_sign(self):
        """The recipient signs for his copies himself (DOC-4.4.1.2)."""
        self._lock_rows()
        self.check_access("read")
        recalled = self.filtered("recalled_at")
        if recalled:
            raise UserError(
                self.env._(
                    "%(copy)s was recalled: do not sign for it, hand it back (DOC-4.7.1).",
                    copy=recalled[0].display_name,
                )
            )
        self._check_transition(self._transition("sign"), None)
        for copy in self:
            external = copy.partner_id and copy.can_control
            if not copy.can_sign and not external:
                raise AccessError(
                    self.env._(
                        "Only the recipient himself signs for %(copy)s (DOC-4.4.1.2).",
                        copy=copy.display_name,
                    )
                )
        now = fields.Datetime.now()
        self._run_transition(
            self._transition("sign"),
            lambda c: c._signed_text(),
            kind="signature",
            locked=True,
        )
        self._engine_write({"received_at": now})
        inside = self.filtered(lambda c: not c.partner_id)
        if inside:
            inside._engine_write({"holder_id": self.env.uid})
        return True

    def _signed_text(self):
        """What the evidence says about the signature for one copy."""
        if not self.partner_id:
            return False
        # sudo: the name of the recipient stands on the record
        name = self.sudo().partner_id.display_name
        return self.env._("%(name)s signed on paper", name=name)

    def action_hand_over(self, holder_id):
        """Second distribution inside the department: the new holder signs again (DOC-4.4.1.3).

        :param holder_id: id of the user who gets the copies.
        """
        self._lock_rows()
        self._check_administers("DOC-4.4.1.3")
        holder = self._user_named(holder_id)
        if not holder:
            raise UserError(self.env._("Say who gets the copy (DOC-4.4.1.3)."))
        self._check_not_recalled()
        self._check_recipient(holder.sudo())  # sudo: departments of a colleague
        before = {copy.id: copy.holder_id.sudo().name or "–" for copy in self}  # sudo: names
        self._run_transition(
            self._transition("hand_over"),
            lambda c: f"{before[c.id]} → {holder.sudo().name}",  # sudo: names of colleagues
            kind="handover",
            locked=True,
        )
        self._engine_write({"holder_id": holder.id, "received_at": False})
        return True

    def _check_not_recalled(self):
        for copy in self.filtered("recalled_at"):
            raise UserError(
                self.env._(
                    "%(copy)s was recalled and goes back to the issuing unit (DOC-4.7.1).",
                    copy=copy.display_name,
                )
            )

    # ------------------------------------------------------------ recall and return
    def action_recall(self, reason, note=None):
        """Withdraw copies at once, for misuse above all (DOC-4.4.2.4a).

        :param reason: a key of ``recall_reason``.
        :param note: in words; misuse and “other” need it.
        """
        self._lock_rows()
        self._check_administers("DOC-4.4.2.4a", controller=True)
        labels = dict(self._fields["recall_reason"]._description_selection(self.env))
        note = notes.plain(note)
        if str(reason) not in labels:
            raise UserError(self.env._("Choose why the copies are recalled (DOC-4.4.2.4a)."))
        if reason in ("misuse", "other") and not note:
            raise UserError(self.env._("Write down why the copies are recalled (DOC-4.4.2.4a)."))
        for copy in self:
            if copy.state not in OUTSTANDING:
                raise UserError(
                    self.env._(
                        "%(copy)s is “%(state)s”: there is nothing to recall (DOC-4.4.2.4a).",
                        copy=copy.display_name,
                        state=copy._state_label(),
                    )
                )
        self._recall(reason, note)
        return True

    def _recall(self, reason, note=None):
        """Open the recall; later reasons are added to the evidence, the first date stays."""
        labels = dict(self._fields["recall_reason"]._description_selection(self.env))
        now = fields.Datetime.now()
        fresh = self.filtered(lambda c: not c.recalled_at)
        values = {"recall_reason": reason, "recall_note": note, "recalled_by_id": self.env.uid}
        if fresh:
            fresh._engine_write({**values, "recalled_at": now})
        again = self - fresh
        if again and reason not in ("superseded", "obsolete"):
            again._engine_write(values)
        self._log("recall", comment=": ".join(filter(None, [labels[reason], note])))
        self._ask_to_collect()

    def action_collect(self):
        """The department's document administrator took recalled copies back (DOC-4.5.3a)."""
        self._lock_rows()
        self._check_administers("DOC-4.5.3a")
        for copy in self:
            if copy.state not in OUTSTANDING or copy.collected_at:
                raise UserError(
                    self.env._(
                        "%(copy)s is not in anybody's hands any more. Reload the page "
                        "(DOC-4.5.3a).",
                        copy=copy.display_name,
                    )
                )
        self._engine_write({"collected_at": fields.Datetime.now(), "collected_by_id": self.env.uid})
        self._log("return", comment=self.env._("Collected in the department"))
        self._finish_collecting()
        return True

    def action_return(self, condition="good", note=None):
        """The issuing unit takes copies back, stamps and records them (DOC-4.7.1a, b).

        :param condition: a key of ``return_condition``.
        """
        self._check_controls("DOC-4.7.1")
        self._lock_rows()
        if str(condition) not in dict(self._fields["return_condition"].selection):
            raise UserError(self.env._("Choose the condition of the copies (DOC-4.7.1b)."))
        for copy in self.filtered(lambda c: c.state in ("returned", "destroyed")):
            raise UserError(
                self.env._(
                    "%(copy)s came back on %(date)s already; a copy is returned once (DOC-4.7.1b).",
                    copy=copy.display_name,
                    date=format_date(self.env, copy.returned_at),
                )
            )
        self._take_back(condition, notes.plain(note))
        return True

    def _take_back(self, condition="good", note=None):
        self._run_transition(
            self._transition("return"),
            lambda c: c._returned_text(note),
            kind="return",
            locked=True,
        )
        now = fields.Datetime.now()
        self._engine_write(
            {"returned_at": now, "returned_to_id": self.env.uid, "return_condition": condition}
        )
        open_end = self.filtered(lambda c: not c.ended_at)
        if open_end:
            open_end._engine_write({"ended_at": now})
        self._finish_collecting()

    def _returned_text(self, note):
        """Stamp that one copy gets on its return, and what was noted."""
        label = dict(self._fields["stamp"]._description_selection(self.env))[self.stamp]
        return ": ".join(filter(None, [label, note]))

    def action_issue_again(self):
        """Prepare returned copies of the valid revision for issue under their numbers."""
        self._check_controls("DOC-4.4.1.1")
        self._lock_rows()
        for copy in self:
            if copy.state != "returned":
                raise UserError(
                    self.env._(
                        "%(copy)s is “%(state)s”: only a copy that came back is issued again "
                        "(DOC-4.4.1.2).",
                        copy=copy.display_name,
                        state=copy._state_label(),
                    )
                )
        self._check_valid()
        self._check_scope()
        # sudo: the copy goes back to who had it; nothing of the receiver is shown
        copies = self.document_id._prepare_numbers(
            [(c.document_id, c.number, c.sudo().department_id or c.sudo().partner_id) for c in self]
        )
        return copies._open_list()

    # ------------------------------------------------------------ loss and damage
    def _end(self, transition):
        """Lost or replaced: out of circulation (the approved re-issue does this)."""
        self._run_transition(self._transition(transition), kind="reissue", locked=True)
        self._engine_write({"ended_at": fields.Datetime.now()})
        self._finish_collecting()

    # ------------------------------------------------------------ print
    def action_print(self):
        """Print with stamp, all chosen copies as one PDF (DOC-4.1.1.2a, DOC-4.7).

        What is in use is printed 受控 until somebody signed for it: afterwards a second paper
        under the same number needs a re-issue. What came back is printed with 作废.
        """
        self._check_controls("DOC-4.1.1.2a")
        printable = self.filtered(lambda c: c._printable())
        for copy in self - printable:
            raise UserError(
                self.env._(
                    "%(copy)s is “%(state)s”: the controlled print is made once, of the revision "
                    "in force and before the recipient signs. A worn or lost copy is re-issued "
                    "(DOC-4.1.1.2a, DOC-4.4.2.5).",
                    copy=copy.display_name,
                    state=copy._state_label(),
                )
            )
        self._log(
            "issue",
            comment=lambda c: self.env._(
                "Copy %(number)s printed for %(receiver)s",
                number=c.copy_number,
                receiver=c.receiver,
            ),
        )
        self._engine_write({"printed_at": fields.Datetime.now()})
        return self.env.ref("itsms_documents.action_report_controlled_copy").report_action(self)

    def _printable(self):
        """Whether one copy may be printed with its stamp now."""
        if self.stamp == "controlled":
            return self.state in ("draft", "issued") and self.revision_id.state == "valid"
        return self.state == "returned"

    def _form_footer(self):
        """Text at the foot of every printed page (COM-24)."""
        return self.revision_id._form_footer()

    # ------------------------------------------------------------ screens
    def _open_list(self):
        """Window action on these copies."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Numbered copies"),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.ids)],
            "context": {"create": False},
        }

    def action_open_act(self):
        """Dialog for an act that asks for more: recipient, reason or condition."""
        operation = self.env.context.get("itsms_operation")
        return self.env["itsms.document.copy.act"]._open(self, operation)

    def action_request_reissue(self):
        """Form of a re-issue request for this copy (DOC-4.4.2.5, DOC-4.4.2.6)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request a re-issue"),
            "res_model": "itsms.document.reissue",
            "views": [(False, "form")],
            "context": {"default_copy_id": self.id},
        }

    def action_open_document(self):
        """Open the document of this copy."""
        return self.revision_id.action_open_document()

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_destroy(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "destroy")

    def action_view_reissues(self):
        """Requests to re-issue these copies."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Re-issues"),
            "res_model": "itsms.document.reissue",
            "views": [(False, "list"), (False, "form")],
            "domain": [("copy_id", "in", self.ids)],
        }
