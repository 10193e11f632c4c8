from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard, notes


class ItsmsDocumentLoanDesk(models.Model):
    """The desk: registering, handing out, taking back, renewing and reminding."""

    _inherit = "itsms.document.loan"

    # ------------------------------------------------------------ rights
    def _check_desk(self):
        """Only the desk acts, and nobody for himself (DOC-4.4.2.3a, REC-4.6.2)."""
        self.check_access("read")
        for loan in self:
            if not loan.with_user(self.env.uid).can_handle:
                raise AccessError(
                    self.env._(
                        "%(name)s: only the document controller or the document administrator "
                        "registers, hands out and takes back (DOC-4.4.2.3a, REC-4.6.2).",
                        name=loan.display_name,
                    )
                )
            if loan.applicant_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "%(name)s: nobody hands out to himself or takes back from himself. Ask a "
                        "colleague at the desk (DOC-4.4.2.3a, REC-4.6.2).",
                        name=loan.display_name,
                    )
                )

    def _check_agreed(self):
        """Refuse where somebody who must agree has not: what is lent may have become important
        since (REC-4.6.1, REC-4.6.3)."""
        for loan in self:
            handling = loan._handling()
            # sudo: only whether the decisions are there
            steps = loan.sudo().approval_step_ids.filtered(
                lambda s, r=loan: s.round == r.approval_round and s.state == "approved"
            )
            missing = {
                "document": not steps,
                "both_heads": not loan.department_id <= steps.department_id
                or not loan.keeping_department_id <= steps.department_id,
                "own_head": not loan.department_id <= steps.department_id,
                "keeping_head": not loan.keeping_department_id <= steps.department_id,
            }.get(handling, False)
            if missing:
                labels = dict(self._fields["handling"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(name)s is not handed out without the agreement of: %(who)s. Cancel it "
                        "and apply again (DOC-4.4.2.3, REC-4.6.1, REC-4.6.3).",
                        name=loan.display_name,
                        who=labels[handling],
                    )
                )

    # ------------------------------------------------------------ registering, handing out
    def action_register(self):
        """Register what needs nobody's agreement: the record is filled in, that is all
        (REC-4.6.2)."""
        self._lock_rows()
        self._check_desk()
        for loan in self:
            if loan._handling() != "registration":
                raise UserError(
                    self.env._(
                        "%(name)s needs the agreement of others; submit it (REC-4.6.1, REC-4.6.3).",
                        name=loan.display_name,
                    )
                )
        self._check_lendable()
        self._run_transition(self._transition("register"), locked=True)
        # sudo: the desk needs no right to write the application
        guard.as_engine(self.sudo()).write(
            {"registered_by_id": self.env.uid, "registered_at": fields.Datetime.now()}
        )
        return True

    def action_hand_out(self):
        """Hand out what was agreed to or registered; reading paper on the spot is done with it."""
        self._lock_rows()
        self._check_desk()
        self._check_lendable()
        self._check_agreed()
        consulted = self.filtered(lambda r: r.kind == "consult" and r.carrier == "paper")
        for loan in self - consulted:
            if loan.date_due < loan.company_id._itsms_today():
                raise UserError(
                    self.env._(
                        "%(name)s would be overdue at once. Cancel it and apply with a later day "
                        "(DOC-4.4.2.3).",
                        name=loan.display_name,
                    )
                )
        self._check_on_the_shelf()
        acts = [(consulted, "consult"), (self - consulted, "hand_out")]
        acts = [(loans, self._transition(name)) for loans, name in acts if loans]
        for loans, transition in acts:
            loans._check_transition(transition, None)
        try:
            # two people at two desks: the database has the last word
            with self.env.cr.savepoint():
                # first who and when: closing keeps the loan as a record
                self._note_handing_out(self - consulted)
                for loans, transition in acts:
                    loans._run_transition(
                        transition, lambda r: r._lent_text(), kind="loan", locked=True
                    )
                self.flush_recordset()
        except UniqueViolation as exc:
            raise self._taken_error(self[:1]) from exc
        return True

    def _note_handing_out(self, to_return):
        now = fields.Datetime.now()
        for loan in self:
            values = {"handed_out_by_id": self.env.uid, "handed_out_at": now}
            if loan in to_return:
                values["remind_on"] = loan._first_reminder()
            # sudo: the desk needs no right to write the application
            guard.as_engine(loan.sudo()).write(values)
        # sudo: what the desk hands out was registered by it, at the latest now
        unregistered = self.sudo().filtered(lambda r: not r.registered_by_id)
        guard.as_engine(unregistered).write(
            {"registered_by_id": self.env.uid, "registered_at": now}
        )

    def _lent_text(self):
        """Comment of the evidence line of one loan."""
        receiver = self.applicant_id.sudo().name  # sudo: a colleague's name
        if self.partner_id:
            receiver = " / ".join(
                filter(None, (receiver, self.partner_id.sudo().name, self.contact_name))
            )
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return f"{kinds[self.kind]}: {self._subject().display_name} → {receiver}"

    def _check_on_the_shelf(self):
        """A thing on paper is with one person at a time."""
        wanted = self.filtered(lambda r: r.kind == "borrow" and r.carrier == "paper")
        seen = set()
        for loan in wanted:
            key = loan._thing()
            taken = key in seen or self.sudo().search_count(  # sudo: whoever has it
                [
                    *key,
                    ("kind", "=", "borrow"),
                    ("carrier", "=", "paper"),
                    ("state", "=", "handed_out"),
                ],
                limit=1,
            )
            if taken:
                raise self._taken_error(loan)
            seen.add(key)

    def _thing(self):
        """What makes two loans about the same physical thing, as a domain."""
        return tuple((name, "=", self[name].id) for name in ("document_id", "copy_id", "record_id"))

    def _taken_error(self, loan):
        # sudo: who has it is what the next one needs to know
        other = loan.sudo().search(
            [*loan._thing(), ("state", "=", "handed_out"), ("kind", "=", "borrow")], limit=1
        )
        return UserError(
            self.env._(
                "%(name)s is lent to %(person)s until %(day)s. Take it back first, or consult it "
                "on the spot (DOC-4.4.2.3).",
                name=loan._subject().display_name,
                person=other.applicant_id.name or "–",
                day=other.date_due or "–",
            )
        )

    # ------------------------------------------------------------ taking back
    def action_take_back(self, condition="good", returned_by=None, note=None):
        """Take back what was borrowed, and close what was copied; many at once, all or nothing.

        :param condition: good, damaged or incomplete; what is not intact needs a note.
        :param returned_by: who brought it; by default the applicant.
        """
        self._lock_rows()
        self._check_desk()
        if str(condition) not in dict(self._fields["condition"].selection):
            raise UserError(self.env._("Say in which condition it came back."))
        note = notes.plain(note) or None
        if condition != "good" and not note:
            raise UserError(
                self.env._(
                    "Say what is damaged or missing; a damaged copy is replaced by the ITSMS "
                    "office (DOC-4.4.2.5)."
                )
            )
        copied = self.filtered(lambda loan: loan.kind != "borrow")
        acts = [(copied, "close"), (self - copied, "take_back")]
        acts = [(loans, self._transition(name)) for loans, name in acts if loans]
        for loans, transition in acts:
            loans._check_transition(transition, note or None)
        now = fields.Datetime.now()
        for loan in self:
            # first who and when: closing keeps the loan as a record
            # sudo: the desk needs no right to write the application
            guard.as_engine(loan.sudo()).write(
                {
                    "returned_at": now,
                    "received_by_id": self.env.uid,
                    "returned_by": notes.plain(returned_by) or loan.applicant_id.sudo().name,
                    "condition": condition,
                    "condition_note": note,
                    "renewal_date": False,
                    "remind_on": False,
                }
            )
        for loans, transition in acts:
            loans._run_transition(transition, note or None, kind="return", locked=True)
        return True

    # ------------------------------------------------------------ renewing
    def action_ask_renewal(self, date, reason):
        """The borrower asks for more time; the desk answers."""
        day = self._valid_day(date)
        self._lock_rows()
        self.check_access("read")
        for loan in self:
            if self.env.user not in (loan.applicant_id | loan.create_uid):
                raise AccessError(self.env._("Only the borrower asks for more time (DOC-4.4.2.3)."))
            loan._check_renewable(day)
        reason = notes.plain(reason)
        if not reason:
            raise UserError(self.env._("Say why more time is needed (DOC-4.4.2.3)."))
        # sudo: the content of the application stays locked, this is not content
        guard.as_engine(self.sudo()).write({"renewal_date": day, "renewal_reason": reason})
        self._log(
            "other",
            comment=self.env._("Renewal asked until %(day)s: %(why)s", day=day, why=reason),
        )
        for loan in self:
            loan._approval_tell(
                loan._handlers() - loan.applicant_id,
                self.env._("More time is asked for: %(name)s", name=loan.display_name),
            )
        return True

    def action_renew(self, date=None, note=None):
        """The desk gives more time, until the day asked for or another one."""
        self._lock_rows()
        self._check_desk()
        for loan in self:
            day = self._valid_day(date) if date else loan.renewal_date
            loan._check_renewable(day)
            before = loan.date_due
            # sudo: the desk needs no right to write the application
            guard.as_engine(loan.sudo()).write(
                {
                    "date_due": day,
                    "renewal_date": False,
                    "renewal_count": loan.renewal_count + 1,
                }
            )
            guard.as_engine(loan.sudo()).write({"remind_on": loan._first_reminder()})  # sudo: same
            loan._log("loan", state_from=str(before), state_to=str(day), comment=note)
            loan._approval_tell(
                loan.applicant_id,
                self.env._("Renewed until %(day)s: %(name)s", day=day, name=loan.display_name),
            )
        return True

    def action_refuse_renewal(self, note=None):
        """The desk gives no more time; the due day stays."""
        self._lock_rows()
        self._check_desk()
        for loan in self:
            if not loan.renewal_date:
                raise UserError(self.env._("Nobody asked for more time."))
        if not str(note or "").strip():
            raise UserError(self.env._("Say why there is no more time."))
        guard.as_engine(self.sudo()).write({"renewal_date": False})  # sudo: as above
        self._log("other", comment=self.env._("Renewal refused: %(why)s", why=note))
        for loan in self:
            loan._approval_tell(
                loan.applicant_id,
                self.env._("No more time: %(name)s (%(why)s)", name=loan.display_name, why=note),
            )
        return True

    def _valid_day(self, date):
        try:
            return fields.Date.to_date(date) if date else None
        except (TypeError, ValueError) as exc:
            raise UserError(self.env._("“%(text)s” is no day.", text=date)) from exc

    def _check_renewable(self, day):
        if self.state != "handed_out":
            raise UserError(
                self.env._("%(name)s is not handed out at present.", name=self.display_name)
            )
        if self.recalled_at:
            raise UserError(
                self.env._(
                    "%(name)s was called back, for the revision is no longer valid. Bring it back "
                    "and borrow the one in force (DOC-4.7.1).",
                    name=self.display_name,
                )
            )
        if not day or day <= self.date_due or day < self.company_id._itsms_today():
            raise UserError(
                self.env._(
                    "%(name)s: the new day must be after %(day)s and not in the past.",
                    name=self.display_name,
                    day=self.date_due,
                )
            )

    @api.model
    def _call_back(self, documents):
        """Paper that was lent comes back at once when its revision ends (DOC-4.7.1)."""
        loans = self.search(
            [
                ("document_id", "in", documents.ids),
                ("state", "=", "handed_out"),
                ("kind", "=", "borrow"),
                ("carrier", "=", "paper"),
                ("recalled_at", "=", False),
            ]
        )
        loans._lock_rows()
        now = fields.Datetime.now()
        for loan in loans:
            today = loan.company_id._itsms_today()
            day = min(loan.date_due, max(loan.date_from, today))
            guard.as_engine(loan).write(
                {"date_due": day, "remind_on": today, "renewal_date": False, "recalled_at": now}
            )
            loan._approval_tell(
                loan.applicant_id,
                self.env._("No longer valid, bring it back: %(name)s", name=loan.display_name),
            )
        if loans:
            loans._log("recall", comment=self.env._("The revision is no longer valid (DOC-4.7.1)"))
        return loans

    # ------------------------------------------------------------ reminding
    def _first_reminder(self):
        days = self.env["itsms.parameter"]._get("document.loan.reminder.days", self.company_id)
        return max(self.date_due - timedelta(days=days), self.company_id._itsms_today())

    @api.model
    def _cron_remind(self, limit=200):
        """Remind before the due day and again while it is overdue; close copies whose time is
        over. Cost follows what falls due: the index on ``remind_on``."""
        Cron = self.env["ir.cron"]
        latest = fields.Date.today() + timedelta(days=1)  # east of UTC it is tomorrow already
        domain = Domain("state", "=", "handed_out") & Domain("remind_on", "<=", latest)
        due = self.search(domain, order="remind_on, id", limit=limit)
        due = due.filtered(lambda r: r.remind_on <= r.company_id._itsms_today())
        Cron._commit_progress(remaining=len(due))
        for loan in due:
            if loan.try_lock_for_update():
                loan._remind()
            if not Cron._commit_progress(1):
                break

    def _remind(self):
        today = self.company_id._itsms_today()
        late = (today - self.date_due).days
        if late > 0 and self.kind != "borrow":
            self._run_transition(self._transition("close"), kind="return")
            return
        if late > 0:
            text = self.env._(
                "Overdue since %(day)s: %(name)s", day=self.date_due, name=self.display_name
            )
            again = self.env["itsms.parameter"]._get("document.loan.overdue.days", self.company_id)
            next_day = today + timedelta(days=again)
        else:
            text = self.env._(
                "To be returned by %(day)s: %(name)s", day=self.date_due, name=self.display_name
            )
            next_day = self.date_due + timedelta(days=1)
        guard.as_engine(self.sudo()).write({"remind_on": next_day})  # sudo: the engine's own field
        people = self.applicant_id
        if late > 0:
            people |= self._handlers()
        self._approval_tell(people, text)

    # ------------------------------------------------------------ people who leave
    @api.model
    def _people_left(self, users, company=None):
        """What is still with people who leave is due today; the desk is told, what was not
        handed out yet is cancelled.

        :param company: the one that they leave; by default all.
        """
        domain = Domain("applicant_id", "in", users.ids)
        if company:
            domain &= Domain("company_id", "=", company.id)
        states = ("draft", "rejected", "requested", "approved", "handed_out")
        # sudo: follows from the person's leaving, whoever entered it
        loans = self.sudo().search(domain & Domain("state", "in", states))
        with_them = loans.filtered(lambda r: r.state == "handed_out")
        reason = self.env._("The applicant leaves the company.")
        if loans - with_them:
            gone = loans - with_them
            gone._run_transition(gone._transition("cancel"), reason)
        for loan in with_them:
            today = loan.company_id._itsms_today()
            before = loan.date_due
            due = max(min(before, today), loan.date_from or today)
            guard.as_engine(loan).write({"date_due": due, "remind_on": today})
            loan._log("loan", state_from=str(before), state_to=str(due), comment=reason)
            loan._approval_tell(
                loan._handlers() - users,
                self.env._(
                    "%(person)s leaves the company and still has: %(name)s. Take it back today.",
                    person=loan.applicant_id.name,
                    name=loan.display_name,
                ),
            )

    # ------------------------------------------------------------ screens
    def _open_dialog(self, operation, title):
        self.check_access("read")
        dialog = self.env["itsms.document.loan.dialog"].create(
            {"loan_ids": [fields.Command.set(self.ids)], "operation": operation}
        )
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_take_back(self):
        """Dialog: condition, and who brought it."""
        return self._open_dialog("take_back", self.env._("Take back"))

    def action_open_ask_renewal(self):
        """Dialog: until when, and why."""
        return self._open_dialog("ask_renewal", self.env._("Ask for more time"))

    def action_open_renew(self):
        """Dialog: until when."""
        return self._open_dialog("renew", self.env._("Renew"))

    def action_open_refuse_renewal(self):
        """Dialog: why not."""
        return self._open_dialog("refuse_renewal", self.env._("No more time"))

    def action_open_subject(self):
        """Open what is lent."""
        self.ensure_one()
        subject = self._subject()
        return {
            "type": "ir.actions.act_window",
            "res_model": subject._name,
            "res_id": subject.id,
            "views": [(False, "form")],
        }


class ResUsers(models.Model):
    """Who is archived brings back what he has."""

    _inherit = "res.users"

    def write(self, vals):
        leaving = self.filtered("active") if vals.get("active") is False else self.browse()
        result = super().write(vals)
        if leaving:
            self.env["itsms.document.loan"]._people_left(leaving)
        return result


class HrEmployee(models.Model):
    """Who leaves the company brings back what he has."""

    _inherit = "hr.employee"

    def write(self, vals):
        leaving = self.filtered("active") if vals.get("active") is False else self.browse()
        result = super().write(vals)
        # sudo: whoever enters that somebody leaves
        for company, employees in leaving.sudo().grouped("company_id").items():
            if employees.user_id:
                self.env["itsms.document.loan"]._people_left(employees.user_id, company)
        return result
