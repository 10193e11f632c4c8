from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine.lifecycle import Transition

from ..engine import ranking


class ItsmsOccurrenceKind(models.Model):
    """Kind of rare event for which a statement may stand instead of a record (COM-26)."""

    _name = "itsms.occurrence.kind"
    _description = "Kind of Rare Event"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="By this name modules report that it happened.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    guide = fields.Text(
        translate=True, help="Where the office looks before it states that none happened."
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "Another kind of event has this code.")


class ItsmsNoOccurrence(models.Model):
    """The ITSMS office states that nothing of a kind happened in a period (COM-26).

    The statement is evidence and stays on record; it is withdrawn by the system itself when such
    an event is registered for a day of the period later.
    """

    _name = "itsms.no.occurrence"
    _description = "Statement of No Occurrence"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.record.source.mixin",
        "mail.thread",
    ]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    kind_id = fields.Many2one(
        "itsms.occurrence.kind",
        string="Kind of event",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    guide = fields.Text(related="kind_id.guide")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(string="From", required=True, index=True)
    date_to = fields.Date(string="Until", required=True, index=True)
    checked = fields.Text(
        string="Where it was looked",
        help="Which registers, mailboxes and people were asked before stating it (COM-26).",
    )
    stated_by_id = fields.Many2one(
        "res.users", string="Stated by", readonly=True, copy=False, ondelete="restrict"
    )
    stated_on = fields.Date(readonly=True, copy=False)
    withdrawn_reason = fields.Char(string="Why withdrawn", readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Stated"), ("withdrawn", "Withdrawn")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    _dates_chk = models.Constraint(
        "CHECK (date_to >= date_from)", "A period ends after it begins (COM-26)."
    )
    _period_idx = models.Index("(company_id, kind_id, date_from, date_to)")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {"stated_by_id", "stated_on", "withdrawn_reason"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "confirm": Transition(
                "confirm",
                self.env._("State it"),
                ("draft",),
                "confirmed",
                groups=("itsms_base.group_itsms_office",),
                requires=("checked",),
            ),
            "withdraw": Transition(
                "withdraw",
                self.env._("Withdraw"),
                ("confirmed",),
                "withdrawn",
                groups=("itsms_base.group_itsms_office",),
                reason=True,
            ),
        }

    def _record_filing_states(self):
        return ("confirmed",)

    def _record_form_code(self):
        return "com.no_occurrence"

    def _locked_way_out(self):
        return self.env._("Withdraw it and state another one.")

    @api.depends("kind_id", "date_from", "date_to")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                "No %(kind)s %(start)s – %(end)s",
                kind=statement.kind_id.name or "",
                start=statement.date_from or "",
                end=statement.date_to or "",
            )

    # ------------------------------------------------------------ stating
    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "confirm":
            return
        for statement in self:
            company = statement.company_id
            if statement.date_to > company._itsms_today():
                raise UserError(
                    self.env._(
                        "%(name)s: nobody knows yet what will happen; state it for days that are "
                        "over, today at the latest (COM-26).",
                        name=statement.display_name,
                    )
                )
            count = self._count(
                statement.kind_id.code, company, statement.date_from, statement.date_to
            )
            if count:
                raise UserError(
                    self.env._(
                        "%(name)s: %(count)s of them are registered for this period (COM-26).",
                        name=statement.display_name,
                        count=count,
                    )
                )

    @api.model
    def _counters(self):
        """Hook: functions by code of the kind, called with ``(company, start, end)``, that give
        the number of such events; modules add their own."""
        return {"nonconformity": self._count_nonconformities}

    @api.model
    def _count(self, code, company, start, end):
        """Events registered for days of the period; 0 where no module knows the kind."""
        counter = self._counters().get(code)
        return counter(company, start, end) if counter else 0

    @api.model
    def _count_nonconformities(self, company, start, end):
        # sudo: how many there are, whoever may open them
        return (
            self.env["itsms.nonconformity"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", company.id),
                    ("state", "not in", ("draft", "void")),
                    ("found_on", ">=", start),
                    ("found_on", "<=", end),
                ]
            )
        )

    def _run_transition(self, transition, comment=None, **options):
        if transition.name == "confirm":
            for statement in self:  # filed with who stated it, and when
                statement._engine_write(
                    {
                        "stated_by_id": self.env.uid,
                        "stated_on": statement.company_id._itsms_today(),
                    }
                )
        elif transition.name == "withdraw":
            self._engine_write({"withdrawn_reason": comment})
        return super()._run_transition(transition, comment, **options)

    def action_confirm(self):
        """State it, as the ITSMS office (COM-26)."""
        return self.action_transition("confirm")

    def action_withdraw(self):
        return self.env["itsms.decision"]._open(self, "withdraw")

    # ------------------------------------------------------------ for other modules
    @api.model
    def _statements(self, code, company, states=("confirmed",)):
        return (
            Domain("kind_id.code", "=", code)
            & Domain("company_id", "=", company.id)
            & Domain("state", "in", states)
        )

    @api.model
    def _occurred(self, kind, company, day):
        """An event of ``kind`` was registered for ``day``: statements about that day no longer
        hold. Called by the module that registers it.

        :return: the statements that were withdrawn.
        """
        # sudo: whoever registers an event withdraws what was stated about it
        held = self.sudo().search(
            self._statements(kind, company)
            & Domain("date_from", "<=", day)
            & Domain("date_to", ">=", day)
        )
        if held:
            reason = self.env._("One was registered for %(day)s later.", day=day)
            held._lock_rows()
            held._run_transition(held._transition("withdraw"), reason, locked=True)
            # sudo: who is in the office is found whoever registers the event
            office = self.env.ref("itsms_base.group_itsms_office").sudo()
            for statement in held:
                users = office.all_user_ids.filtered(
                    lambda u, s=statement: u.active and s.company_id in u.company_ids
                )
                statement.message_notify(
                    partner_ids=users.partner_id.ids,
                    body=self.env._(
                        "Withdrawn: %(name)s. %(reason)s",
                        name=statement.display_name,
                        reason=reason,
                    ),
                    subject=statement.display_name,
                )
        return held.sudo(False)

    @api.model
    def _covers(self, kind, company, start, end):
        """Whether statements cover every day from ``start`` to ``end``; the last days, for which
        the next statement is not due yet (parameter occurrence.grace.days), may be missing."""
        # sudo: the state of the system is the same whoever looks
        held = self.sudo().search(
            self._statements(kind, company)
            & Domain("date_to", ">=", start)
            & Domain("date_from", "<=", end)
        )
        grace = int(self.env["itsms.parameter"]._get("occurrence.grace.days", company))
        return ranking.covers([(s.date_from, s.date_to) for s in held], start, end, grace)


class ItsmsNonconformity(models.Model):
    """A nonconformity that is issued is one: what was stated otherwise is withdrawn."""

    _inherit = "itsms.nonconformity"

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "issue":
            Statement = self.env["itsms.no.occurrence"]
            for record in self:
                Statement._occurred("nonconformity", record.company_id, record.found_on)
