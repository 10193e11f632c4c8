from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.itsms_base.engine import guard

RETENTION = [
    ("none", "–"),  # what was never withdrawn is not “not kept”
    ("legal", "Kept for legal reasons"),
    ("technical", "Kept for technical reasons"),
]


class _Withdrawal:
    """Choice made in the dialog: an object, which no client can send over RPC."""

    def __init__(self, retention, retained_until, reason=None):
        self.retention = retention
        self.retained_until = retained_until
        self.reason = reason


class ItsmsDocument(models.Model):
    """Withdrawal from use: reason, mark 作废 or 作废保留, how long it is kept (DOC-4.7)."""

    _inherit = "itsms.document"

    obsolete_at = fields.Datetime(string="Withdrawn at", readonly=True, copy=False)
    obsolete_by_id = fields.Many2one(
        "res.users", string="Withdrawn by", readonly=True, copy=False, ondelete="restrict"
    )
    obsolete_reason = fields.Text(string="Reason of the withdrawal", readonly=True, copy=False)
    retention = fields.Selection(
        RETENTION,
        string="Kept",
        default="none",
        required=True,
        readonly=True,
        copy=False,
        help="An obsolete document that must be kept for legal or technical reasons carries the "
        "stamp 作废保留, any other 作废 (DOC-4.7.1a, DOC-4.7.2).",
    )
    retained_until = fields.Date(string="Kept until", readonly=True, copy=False)
    serves_as_record = fields.Boolean(
        string="Serves as a record",
        tracking=True,
        help="A document that serves as a record follows the record control procedure as well: "
        "withdrawn, it is kept for its retention period (DOC-4.7.3).",
    )

    _retained_idx = models.Index("(company_id, retained_until) WHERE retention != 'none'")
    _retained_chk = models.Constraint(
        "CHECK (retention = 'none' OR retained_until IS NOT NULL)",
        "What is kept has a day until which it is kept (DOC-4.7.2).",
    )

    def _engine_fields(self):
        return super()._engine_fields() | {
            "obsolete_at",
            "obsolete_by_id",
            "obsolete_reason",
            "retention",
            "retained_until",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"retention": "none"}

    def action_obsolete(self):
        """Dialog: why, and whether it is kept (DOC-4.7)."""
        return self.env["itsms.document.obsolete"]._open(self)

    def _withdraw(self, reason, retention="none", retained_until=False):
        """Withdraw documents from use and note what is kept; right and turn are checked.

        :param retention: ``none``, ``legal`` or ``technical``.
        :param retained_until: day until which it is kept; required with a retention.
        """
        transition = self._transition("obsolete")
        self.check_access("read")
        self._check_transition_right(transition)
        choice = _Withdrawal(retention, retained_until)
        return self.with_context(itsms_withdrawal=choice)._run_transition(transition, reason)

    def _check_retention(self, retention, retained_until):
        """What is kept needs a day, and what serves as a record is kept."""
        if retention not in dict(RETENTION):
            raise UserError(self.env._("Choose whether the document is kept, and why (DOC-4.7.2)."))
        if retention != "none" and not retained_until:
            raise UserError(
                self.env._("Give the day until which the document is kept (DOC-4.7.2).")
            )
        for document in self:
            if retention != "none" and retained_until <= document.company_id._itsms_today():
                raise UserError(
                    self.env._(
                        "%(name)s: the day until which it is kept is in the past (DOC-4.7.2).",
                        name=document.display_name,
                    )
                )
            if retention == "none" and document.serves_as_record:
                raise UserError(
                    self.env._(
                        "%(name)s serves as a record: choose in the dialog “Withdraw from use” "
                        "why and until when it is kept (DOC-4.7.3).",
                        name=document.display_name,
                    )
                )

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "obsolete":
            self._check_retention(*self._chosen_retention())

    def _chosen_retention(self):
        """What the dialog chose; called in any other way, a document is not kept."""
        choice = self.env.context.get("itsms_withdrawal")
        if isinstance(choice, _Withdrawal):
            return choice.retention, choice.retained_until
        return "none", False

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "obsolete":
            choice = _Withdrawal(*self._chosen_retention(), reason=comment)
            self = self.with_context(itsms_withdrawal=choice)
        return super()._run_transition(transition, comment, **kwargs)

    def _after_transition(self, transition):
        if transition.name == "obsolete":
            retention, until = self._chosen_retention()
            # sudo: whoever may withdraw a document needs no write access to it
            guard.as_engine(self.sudo()).write(
                {
                    "obsolete_at": fields.Datetime.now(),
                    "obsolete_by_id": self.env.uid,
                    "obsolete_reason": self.env.context["itsms_withdrawal"].reason,
                    "retention": retention,
                    "retained_until": until if retention != "none" else False,
                }
            )
            if retention != "none":
                self._log("archive", comment=lambda d: d._retention_text())
        super()._after_transition(transition)

    def _keep(self, retention, retained_until, reason):
        """Change whether and how long obsolete documents are kept; the ITSMS office's act."""
        self._check_transition_right(self._transition("obsolete"))
        if not str(reason or "").strip():
            raise UserError(self.env._("Give the reason (DOC-4.7.2)."))
        for document in self:
            if document.state != "obsolete":
                raise UserError(
                    self.env._("%(name)s is not obsolete (DOC-4.7.2).", name=document.display_name)
                )
        self._check_retention(retention, retained_until)
        # sudo: engine fields
        guard.as_engine(self.sudo()).write(
            {
                "retention": retention,
                "retained_until": retained_until if retention != "none" else False,
            }
        )
        self._log("archive", comment=lambda d: f"{d._retention_text()}: {reason}")

    def _retention_text(self):
        """Mark, reason and day of one document in words, for evidence and prints."""
        self.ensure_one()
        if self.retention == "none":
            return self.env._("%(mark)s not kept", mark="作废")
        label = dict(self._fields["retention"]._description_selection(self.env))[self.retention]
        return self.env._(
            "%(mark)s %(reason)s until %(day)s",
            mark="作废保留",
            reason=label,
            day=self.retained_until,
        )


class ItsmsDocumentRevision(models.Model):
    """When a revision stopped being valid, and the mark it carries from then on (DOC-4.7.1)."""

    _inherit = "itsms.document.revision"

    ended_at = fields.Datetime(
        string="Valid until",
        readonly=True,
        copy=False,
        help="When the revision was superseded or withdrawn.",
    )
    retention = fields.Selection(related="document_id.retention", related_sudo=False)
    valid_revision_id = fields.Many2one(
        related="document_id.current_revision_id",
        related_sudo=False,
        string="Revision in force",
    )
    document_state = fields.Selection(
        related="document_id.state", related_sudo=False, string="State of the document"
    )

    _as_of_idx = models.Index(
        "(company_id, number, id) INCLUDE (published_at, ended_at) WHERE published_at IS NOT NULL"
    )

    def init(self):
        """Revisions that ended before this field came: the evidence log knows when."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE itsms_document_revision r SET ended_at = l.logged_at
                  FROM itsms_log l
                 WHERE r.ended_at IS NULL AND r.published_at IS NOT NULL
                   AND r.state IN ('superseded', 'obsolete')
                   AND l.res_model = 'itsms.document.revision' AND l.res_id = r.id
                   AND l.kind = 'transition' AND l.state_to = r.state
                """
            )
        )

    def _engine_fields(self):
        return super()._engine_fields() | {"ended_at"}

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("supersede", "obsolete"):
            # sudo: the document controller publishes what every department wrote
            guard.as_engine(self.sudo()).write({"ended_at": fields.Datetime.now()})
            # the index “one valid revision” must see it before the next one comes into force
            self.flush_recordset(["state", "ended_at"])

    def _void_mark(self):
        """Stamp of one revision that is no longer valid: 作废, 作废保留 where the withdrawn
        document is kept, or nothing (DOC-4.7.1a, DOC-4.7.2)."""
        self.ensure_one()
        # sudo: whether it is kept is no secret to who may see the revision
        if self.state == "obsolete" and self.sudo().document_id.retention != "none":
            return "作废保留"
        return "作废" if self.state in ("superseded", "obsolete", "cancelled") else ""
