from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class ItsmsDocumentRevision(models.Model):
    """What was valid at a past moment, who had confirmed it, who held copies (DOC-1).

    The moment travels in the context key ``itsms_as_of``: it chooses what is shown and opens
    nothing, the rights and the secrecy of today decide what a person sees.
    """

    _inherit = "itsms.document.revision"

    as_of_asked = fields.Integer(
        string="Asked to read",
        compute="_compute_as_of_readers",
        help="People who had been asked to read this revision by that day.",
    )
    as_of_acknowledged = fields.Integer(
        string="Had confirmed",
        compute="_compute_as_of_readers",
        help="People who had confirmed this revision by that day.",
    )
    as_of_copies = fields.Integer(
        string="Copies out",
        compute="_compute_as_of_copies",
        help="Paper copies of the document that were in circulation at the end of that day.",
    )
    as_of_holders = fields.Char(
        string="Held by",
        compute="_compute_as_of_copies",
        help="Number of each copy and who held it at the end of that day.",
    )

    @api.model
    def _as_of_domain(self, company, moment):
        """Revisions of ``company`` that were valid at ``moment`` (naive UTC)."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("published_at", "<", moment)
            & (Domain("ended_at", "=", False) | Domain("ended_at", ">=", moment))
        )

    @api.model
    def _end_of_day(self, company, day):
        """First moment (naive UTC) after ``day`` in the time zone of ``company``."""
        midnight = datetime.combine(day + timedelta(days=1), time.min)
        local = company._itsms_timezone().localize(midnight)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _as_of_moment(self):
        """Moment in question, or nothing (sent by a client: anything else is ignored)."""
        try:
            return fields.Datetime.to_datetime(self.env.context.get("itsms_as_of") or None)
        except (ValueError, TypeError):
            return None

    def _as_of_required(self):
        moment = self._as_of_moment()
        if not moment:
            raise UserError(self.env._("Choose a day under “Register on a past day” first."))
        return moment

    @api.depends_context("itsms_as_of")
    def _compute_as_of_readers(self):
        """One query for all lines; numbers only, for whoever may open the revision."""
        moment = self._as_of_moment()
        counts = {}
        if moment and self.ids and "itsms.document.acknowledgement" in self.env:
            self.env["itsms.document.acknowledgement"].flush_model()
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT revision_id, count(DISTINCT user_id),
                           count(DISTINCT user_id) FILTER (WHERE acknowledged_at < %(moment)s)
                      FROM itsms_document_acknowledgement
                     WHERE revision_id = ANY(%(ids)s) AND kind = 'read'
                       AND asked_at < %(moment)s
                     GROUP BY revision_id
                    """,
                    moment=moment,
                    ids=list(self.ids),
                )
            )
            counts = {revision: (asked, done) for revision, asked, done in rows}
        for revision in self:
            asked, done = counts.get(revision._origin.id, (0, 0))
            revision.as_of_asked, revision.as_of_acknowledged = asked, done

    @api.depends_context("itsms_as_of", "lang")
    def _compute_as_of_copies(self):
        """One query for all lines; a copy is held by who last signed for it before the moment."""
        moment = self._as_of_moment()
        copies = {}
        if moment and self.ids and "itsms.document.copy" in self.env:
            self.env.flush_all()
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT c.document_id, c.number, r.status, d.id, p.name, s.actor_name
                      FROM itsms_document_copy c
                      JOIN itsms_document_revision r ON r.id = c.revision_id
                 LEFT JOIN hr_department d ON d.id = c.department_id
                 LEFT JOIN res_partner p ON p.id = c.partner_id
                 LEFT JOIN LATERAL (
                           SELECT l.actor_name FROM itsms_log l
                            WHERE l.res_model = 'itsms.document.copy' AND l.res_id = c.id
                              AND l.kind = 'signature' AND l.logged_at < %(moment)s
                            ORDER BY l.position DESC LIMIT 1) s ON TRUE
                     WHERE c.document_id = ANY(%(ids)s) AND c.issued_at < %(moment)s
                       AND (c.ended_at IS NULL OR c.ended_at >= %(moment)s)
                     ORDER BY c.document_id, c.number, c.id
                    """,
                    moment=moment,
                    ids=self.document_id.ids,
                )
            )
            # sudo: names of departments are no secret
            Department = self.env["hr.department"].sudo()
            names = {d.id: d.name for d in Department.browse({row[3] for row in rows if row[3]})}
            for document, number, status, department, partner, signer in rows:
                who = signer or self.env._("not signed for")
                place = names.get(department) or partner or self.env._("ITSMS office")
                copies.setdefault(document, []).append(
                    (status, f"{number:02d} {place}: {partner or who}")
                )
        for revision in self:
            lines = copies.get(revision.document_id._origin.id, [])
            revision.as_of_copies = len(lines)
            # a copy of an older revision that was still out is named as such
            revision.as_of_holders = (
                "; ".join(
                    text if status == revision.status else f"{text} ({status})"
                    for status, text in lines
                )
                or False
            )

    # ------------------------------------------------------------ drill-down
    def action_as_of_readers(self):
        """Who had been asked by that day, and when they confirmed."""
        self.ensure_one()
        moment = self._as_of_required()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Asked to read %(name)s", name=self.display_name),
            "res_model": "itsms.document.acknowledgement",
            "views": [(False, "list"), (False, "form")],
            "domain": [("revision_id", "=", self.id), ("asked_at", "<", str(moment))],
            "context": {"create": False},
        }

    def action_as_of_copies(self):
        """Copies of the document that were out at the end of that day."""
        self.ensure_one()
        moment = str(self._as_of_required())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Copies of %(name)s", name=self.document_id.display_name),
            "res_model": "itsms.document.copy",
            "views": [(False, "list"), (False, "form")],
            "domain": [
                ("document_id", "=", self.document_id.id),
                ("issued_at", "<", moment),
                "|",
                ("ended_at", "=", False),
                ("ended_at", ">=", moment),
            ],
            "context": {"create": False},
        }


class ItsmsRegister(models.Model):
    """The register on a past day asks for the day first."""

    _inherit = "itsms.register"

    def _heading(self):
        """The day of the register stands over the table, not the day of the print alone."""
        heading = super()._heading()
        day = self.env.context.get("itsms_as_of_day")
        if self.code == "document.as_of" and day:
            heading.insert(0, (self.env._("State at the end of"), day))
        return heading

    def _file_name(self, form):
        day = self.env.context.get("itsms_as_of_day")
        if self.code == "document.as_of" and day:
            return f"{self.name} {day}.{form}".replace("/", "-")
        return super()._file_name(form)
