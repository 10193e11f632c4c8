from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsDocumentAcknowledgement(models.Model):
    """One person asked to read one revision, or to notify a department and keep it.

    Rows are made by the system from the distribution scope in force (DOC-3.5, DOC-4.3.1a) and
    confirmed by the person himself. There may be a million of them: no discussion, no followers,
    one evidence chain per row, so that a whole company can confirm at the same moment.
    """

    _name = "itsms.document.acknowledgement"
    _description = "Read Acknowledgement"
    _inherit = ["itsms.lifecycle.mixin", "itsms.confidential.child.mixin"]
    _secrecy_parent = "document_id"
    _order = "id desc"
    _initial_state = "open"
    # A million rows are no part of the sub-queries behind every list of the evidence log; the log
    # leaves out the few that are about closed documents instead, see below.
    _confidential = False

    document_id = fields.Many2one(
        "itsms.document", required=True, readonly=True, index=True, ondelete="restrict"
    )
    revision_id = fields.Many2one(
        "itsms.document.revision", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users", string="Person", required=True, readonly=True, ondelete="restrict"
    )
    department_id = fields.Many2one("hr.department", readonly=True, index=True, ondelete="restrict")
    kind = fields.Selection(
        [("read", "Read"), ("administrate", "Notify and keep")],
        string="Task",
        required=True,
        readonly=True,
        default="read",
        help="Readers read the document; the document administrator of the department notifies "
        "the department, downloads the document and keeps it (DOC-4.3.1b).",
    )
    state = fields.Selection(
        [("open", "To do"), ("done", "Done"), ("obsolete", "No longer asked")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
    )
    asked_at = fields.Datetime(string="Asked on", required=True, readonly=True)
    due_date = fields.Date(string="Due", readonly=True)
    acknowledged_at = fields.Datetime(string="Confirmed on", readonly=True)
    carried_from_id = fields.Many2one(
        "itsms.document.acknowledgement",
        string="Confirmed with",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Minor change: the confirmation of the former revision counts for this one.",
    )
    notice_due = fields.Boolean(
        readonly=True, default=True, help="The notice of the publication is still to be sent."
    )
    notified_at = fields.Datetime(string="Notified on", readonly=True)
    remind_on = fields.Date(string="Next reminder", readonly=True)
    reminded_at = fields.Datetime(string="Reminded on", readonly=True)
    escalated_at = fields.Datetime(string="Escalated on", readonly=True)
    closed_reason = fields.Selection(
        [
            ("superseded", "A newer revision was published"),
            ("withdrawn", "The document was withdrawn"),
            ("left", "The person left"),
            ("closed", "The document is closed to the person"),
        ],
        string="Why no longer asked",
        readonly=True,
    )
    is_mine = fields.Boolean(compute="_compute_is_mine")
    late = fields.Boolean(compute="_compute_late", search="_search_late")
    can_see = fields.Boolean(compute="_compute_can_see", search="_search_can_see")

    _reader_uniq = models.UniqueIndex(
        "(revision_id, user_id) WHERE kind = 'read' AND state != 'obsolete'",
        "Nobody is asked twice to read the same revision.",
    )
    _administrator_uniq = models.UniqueIndex(
        "(revision_id, user_id, department_id) WHERE kind = 'administrate' AND state != 'obsolete'",
        "Nobody is asked twice to keep the same revision for a department.",
    )
    _revision_idx = models.Index("(revision_id, state)")
    _mine_idx = models.Index("(user_id) WHERE state = 'open'")
    _user_idx = models.Index("(user_id, state)")
    _due_idx = models.Index("(remind_on) WHERE state = 'open'")
    _notice_idx = models.Index("(id) WHERE notice_due")

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "document_id",
            "revision_id",
            "company_id",
            "user_id",
            "department_id",
            "kind",
            "asked_at",
            "due_date",
            "acknowledged_at",
            "carried_from_id",
            "notice_due",
            "notified_at",
            "remind_on",
            "reminded_at",
            "escalated_at",
            "closed_reason",
        }

    def _initial_engine_values(self):
        return super()._initial_engine_values() | {"kind": "read", "notice_due": True}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "acknowledge": Transition(
                "acknowledge", self.env._("Confirm"), ("open",), "done", internal=True
            ),
        }

    @api.ondelete(at_uninstall=True)
    def _unlink_except_never(self):
        raise UserError(
            self.env._("Who was asked to read a document stays on record (DOC-4.3.1a).")
        )

    # ------------------------------------------------------------ computed
    @api.depends("revision_id.display_name")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        for row in self:
            if row.display_name == f"{row._name},{row.id}":
                document = row.document_id
                row.display_name = f"{document.display_name} {row.revision_id.status}"

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for row in self:
            row.is_mine = row.user_id == self.env.user

    @api.depends("state", "due_date")
    def _compute_late(self):
        for row in self:
            today = row.company_id._itsms_today()
            row.late = bool(row.state == "open" and row.due_date and row.due_date < today)

    def _search_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._itsms_today()
        domain = Domain("state", "=", "open") & Domain("due_date", "<", today)
        return domain if True in value else ~domain

    def _compute_can_see(self):
        seen = self.filtered_domain(self._search_can_see("in", {True}))
        for row in self:
            row.can_see = row in seen

    def _search_can_see(self, operator, value):
        """Own rows; those of the departments one works in, heads or administrates; those of the
        documents one is responsible for; the ITSMS office, controllers and auditors see all."""
        if operator != "in":
            return NotImplemented
        domain = self._visible_domain()
        return domain if True in value else ~domain

    @api.model
    def _visible_domain(self):
        user = self.env.user
        if user.has_group("itsms_base.group_itsms_office") or user.has_group(
            "itsms_base.group_itsms_auditor"
        ):
            return Domain.TRUE
        roles = self.env["itsms.role"]._by_code("document_controller")
        controlled = self.env.companies.filtered(lambda c: roles._held_by(user, c))
        if controlled == self.env.companies:
            return Domain.TRUE
        departments = user._itsms_kept_departments()
        return (
            Domain("user_id", "=", user.id)
            | Domain("company_id", "in", controlled.ids)
            | Domain("department_id", "in", departments.ids)
            | Domain("document_id", "any!", [("department_id", "in", departments.ids)])
        )

    # ------------------------------------------------------------ acts
    def action_acknowledge(self):
        """“I have read it”, or “I have notified the department and keep it”: all rows or none.

        Only the person himself confirms, and only the revision in force. What he confirmed
        before stays as it is.
        """
        self.check_access("read")
        for row in self:
            if row.user_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "Only %(person)s confirms to have read %(document)s; nobody does it for "
                        "somebody else (DOC-4.3.1a).",
                        person=row.user_id.sudo().name,  # sudo: a colleague's name
                        document=row.display_name,
                    )
                )
        self._lock_rows()
        todo = self.filtered(lambda r: r.state != "done")
        for row in todo:
            if row.state != "open" or row.revision_id.state != "valid":
                raise UserError(
                    self.env._(
                        "%(document)s is no longer the revision in force, or you are no longer "
                        "asked: there is nothing to confirm. Open the document and read the "
                        "present revision (DOC-4.5.3b).",
                        document=row.display_name,
                    )
                )
        if todo:
            digests = {row.id: row.revision_id.sudo().approval_digest for row in todo}  # sudo: hash
            todo._run_transition(
                todo._transition("acknowledge"),
                kind="acknowledge",
                digests=lambda: digests,
                locked=True,
            )
        return True

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "acknowledge":
            self._engine_write(
                {
                    "acknowledged_at": fields.Datetime.now(),
                    "notice_due": False,
                    "remind_on": False,
                }
            )

    def _close(self, reason):
        """These rows are no longer asked; what was done stays done."""
        self.filtered(lambda r: r.state == "open")._engine_write(
            {
                "state": "obsolete",
                "closed_reason": reason,
                "notice_due": False,
                "remind_on": False,
            }
        )

    def action_open_document(self):
        """Open the document to read it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.document",
            "res_id": self.document_id.id,
            "views": [(False, "form")],
        }


class ItsmsLog(models.Model):
    """Evidence of the revisions includes who confirmed to have read them."""

    _inherit = "itsms.log"

    acknowledged_revision_id = fields.Many2one(
        "itsms.document.revision",
        string="Confirmed revision",
        store=False,
        search="_search_acknowledged_revision_id",
        help="Searches the confirmations of a revision.",
    )

    @api.model
    def _open_domain(self):
        """Who confirmed to have read a closed document is as closed as the document.

        The few rows of closed documents are left out, instead of choosing from a million others.
        """
        Document = self.env["itsms.document"]
        secret = Domain("secrecy", "in", ("secret", "top_secret"))
        # sudo: found to be left out
        closed = Document.sudo().with_context(active_test=False)
        closed = closed._search(secret & ~Document._secrecy_domain())
        if closed.is_empty():
            return super()._open_domain()
        rows = self.env["itsms.document.acknowledgement"]

        def open_row(_model, alias, _query):
            return SQL(
                "NOT EXISTS (SELECT 1 FROM itsms_document_acknowledgement k "
                "WHERE k.id = %s AND k.document_id IN %s)",
                SQL.identifier(alias, "res_id"),
                closed.subselect(),
                to_flush=rows._fields["document_id"],
            )

        about_others = Domain("res_model", "!=", rows._name)
        return super()._open_domain() & (about_others | Domain.custom(to_sql=open_row))

    def _closed_records(self):
        """As :meth:`_open_domain` says, for lines at hand."""
        closed = super()._closed_records()
        name = "itsms.document.acknowledgement"
        # sudo: only to see which documents the lines are about
        lines = (self - closed).sudo().filtered(lambda x: x.res_model == name)
        rows = self.env[name].sudo().browse(lines.mapped("res_id")).exists()
        hidden = set(rows.document_id.with_env(self.env)._closed_records().ids)
        shut = set(rows.filtered(lambda r: r.document_id.id in hidden).ids)
        return closed | lines.filtered(lambda x: x.res_id in shut).with_env(self.env)

    def _search_acknowledged_revision_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: who may see a line of the log is decided by the log
        rows = self.env["itsms.document.acknowledgement"].sudo()
        query = rows._search([("revision_id", "in", list(value))])
        return Domain("res_model", "=", rows._name) & Domain("res_id", "in", query)
