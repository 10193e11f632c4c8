from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL

from ..engine import canonical, guard

LOG_KINDS = [
    ("transition", "Transition"),
    ("submit", "Submitted"),
    ("decision", "Decision"),
    ("withdraw", "Withdrawn"),
    ("signature", "Signature"),
    ("handover", "Handed over"),
    ("number", "Number drawn"),
    ("secrecy", "Secrecy changed"),
    ("acknowledge", "Acknowledged"),
    ("issue", "Issued"),
    ("return", "Returned"),
    ("recall", "Recalled"),
    ("reissue", "Re-issued"),
    ("loan", "Lent"),
    ("archive", "Filed"),
    ("correction", "Corrected"),
    ("disposal", "Disposed of"),
    ("config", "Configuration"),
    ("refusal", "Refused"),
    ("other", "Other"),
]

HASHED = (
    "company_id",
    "res_model",
    "res_id",
    "position",
    "kind",
    "actor_id",
    "actor_name",
    "behalf_id",
    "behalf_name",
    "state_from",
    "state_to",
    "comment",
    "logged_at",
    "content_digest",
    "previous_hash",
)


class ItsmsLog(models.Model):
    """Append-only evidence (COM-3): who did what, when, on whose behalf, with which content.

    Lines of one record form a chain: each holds a hash over itself and the hash of the line
    before it. A nightly seal chains the heads of the day. Mails and activities are for people and
    are never the evidence.
    """

    _name = "itsms.log"
    _description = "Evidence Log"
    _inherit = ["itsms.append.only.mixin", "itsms.record.reference.mixin"]
    _order = "id desc"
    _rec_name = "record_name"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    position = fields.Integer(
        required=True, readonly=True, help="Place of the line in the chain of its record, from 1."
    )
    kind = fields.Selection(LOG_KINDS, required=True, readonly=True)
    actor_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="restrict"
    )
    actor_name = fields.Char(readonly=True, help="Name at that time.")
    behalf_id = fields.Many2one(
        "res.users", string="On behalf of", readonly=True, ondelete="restrict"
    )
    behalf_name = fields.Char(readonly=True)
    state_from = fields.Char(string="From (key)", readonly=True)
    state_to = fields.Char(string="To (key)", readonly=True)
    from_label = fields.Char(string="From", compute="_compute_labels")
    to_label = fields.Char(string="To", compute="_compute_labels")
    comment = fields.Text(readonly=True)
    logged_at = fields.Datetime(string="Time", required=True, readonly=True, index=True)
    content_digest = fields.Char(
        readonly=True, help="SHA-256 of the content that was submitted or decided on."
    )
    previous_hash = fields.Char(readonly=True)
    hash = fields.Char(readonly=True, required=True)

    _chain_uniq = models.Constraint(
        "UNIQUE (res_model, res_id, position)", "This place in the evidence chain is taken."
    )

    @api.depends("state_from", "state_to", "res_model", "kind")
    @api.depends_context("lang")
    def _compute_labels(self):
        """States in the reader's language; the stored keys are what is hashed."""
        for model_name, lines in self.grouped("res_model").items():
            labels = self._state_labels(model_name)
            for line in lines:
                line.from_label = self._translate_state(line.state_from, labels)
                line.to_label = self._translate_state(line.state_to, labels)

    @api.model
    def _state_labels(self, model_name):
        """Labels of states, secrecy levels and decisions that lines of a model may name."""
        labels = {}
        step = self.env["itsms.approval.step"]
        sources = [(step, "label"), (step, "state")]
        model = self.env.get(model_name)
        if model is not None:
            sources += [(model, name) for name in ("secrecy", "state") if name in model._fields]
        for source, name in sources:
            field = source._fields[name]
            if field.type == "selection":
                labels.update(field._description_selection(self.env))
        return labels

    @api.model
    def _translate_state(self, text, labels):
        """``approve: approved`` or ``secret / Laboratory`` with its keys as labels."""
        for separator in (": ", " / "):
            if text and separator in text:
                return separator.join(labels.get(part, part) for part in text.split(separator))
        return labels.get(text, text)

    # ------------------------------------------------------------ writing
    @api.model
    def _append(self, entries):
        """Add a line per entry and return the lines.

        :param entries: list of dicts with ``record`` (one record), ``kind`` and, optionally,
            ``state_from``, ``state_to``, ``comment``, ``behalf`` (user), ``digest``. Several
            entries of one record follow each other in the given order. Three queries in all.
        :raise ConcurrencyError: another transaction wrote to the same chain; the request is
            tried again by the framework.
        """
        if not entries:
            return self
        heads = self._heads([(e["record"]._name, e["record"].id) for e in entries])
        actor = self.env.user
        now = fields.Datetime.now()
        vals_list = []
        for entry in entries:
            record = entry["record"]
            key = (record._name, record.id)
            position, previous = heads.get(key, (0, False))
            behalf = entry.get("behalf") or self.env["res.users"]
            vals = {
                "company_id": self._company_of(record).id,
                "res_model": record._name,
                "res_id": record.id,
                "position": position + 1,
                "kind": entry["kind"],
                "actor_id": actor.id,
                # sudo: names of colleagues, as they are now
                "actor_name": actor.sudo().name,
                "behalf_id": behalf.id,
                "behalf_name": behalf.sudo().name,
                "state_from": entry.get("state_from"),
                "state_to": entry.get("state_to"),
                # PostgreSQL stores no NUL character
                "comment": str(entry.get("comment") or "").replace("\0", "") or False,
                "logged_at": now,
                "content_digest": entry.get("digest"),
                "previous_hash": previous,
            }
            vals["hash"] = self._line_hash(vals)
            heads[key] = (vals["position"], vals["hash"])
            vals_list.append(vals)
        try:
            # sudo: nobody has the right to create a line; the engine writes what really happened
            return guard.as_engine(self.sudo()).create(vals_list).with_env(self.env)
        except UniqueViolation as exc:
            raise ConcurrencyError("another transaction wrote to the same evidence chain") from exc

    @api.model
    def _company_of(self, record):
        return ("company_id" in record._fields and record.company_id) or self.env.company

    @api.model
    def _heads(self, keys):
        """Last position and hash per (model, id)."""
        heads = {}
        ids_by_model = {}
        for model_name, res_id in keys:
            ids_by_model.setdefault(model_name, set()).add(res_id)
        for model_name, res_ids in ids_by_model.items():
            rows = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT ON (res_id) res_id, position, hash FROM itsms_log "
                    "WHERE res_model = %s AND res_id = ANY(%s) ORDER BY res_id, position DESC",
                    model_name,
                    list(res_ids),
                )
            )
            heads.update({(model_name, row[0]): (row[1], row[2]) for row in rows})
        return heads

    @api.model
    def _line_hash(self, vals):
        """SHA-256 over every meaningful column of a line, given as a dict."""
        data = {name: vals.get(name) or None for name in HASHED}
        data["logged_at"] = fields.Datetime.to_string(vals["logged_at"])
        return canonical.digest(data)

    # ------------------------------------------------------------ verification
    @api.model
    def _find_broken_line(self, res_model=None, res_id=None):
        """First line whose chain does not hold, as ``(line id or False, reason)``, else None.

        Checks every hash, every link to the line before, gaps, and the heads named by the seals
        (which find a chain that lost its last lines). Read in slices, so memory stays flat.
        """
        chain, position, previous = None, 0, None
        for line in self._iterate_lines(res_model, res_id):
            if chain != (line["res_model"], line["res_id"]):
                chain, position, previous = (line["res_model"], line["res_id"]), 0, None
            position += 1
            if line["position"] != position:
                return line["id"], self.env._("a line before it is missing")
            if (line["previous_hash"] or None) != previous:
                return line["id"], self.env._("it does not follow from the line before it")
            if self._line_hash(line) != line["hash"]:
                return line["id"], self.env._("its content was changed after it was written")
            previous = line["hash"]
        return self.env["itsms.log.seal"]._find_broken_head(res_model, res_id)

    @api.model
    def _iterate_lines(self, res_model=None, res_id=None, size=2000):
        """All lines as dicts of columns, chain by chain, along the index of the chains."""
        columns = ("id", "hash", *HASHED)
        selected = SQL(", ").join(map(SQL.identifier, columns))
        only = SQL("TRUE")
        if res_model:
            only = SQL("res_model = %s AND res_id = %s", res_model, res_id)
        last = ("", 0, 0)
        while True:
            rows = self.env.execute_query(
                SQL(
                    "SELECT %s FROM itsms_log WHERE %s AND (res_model, res_id, position) > %s "
                    "ORDER BY res_model, res_id, position LIMIT %s",
                    selected,
                    only,
                    last,
                    size,
                )
            )
            for row in rows:
                line = dict(zip(columns, row, strict=True))
                yield line
            if len(rows) < size:
                return
            last = (line["res_model"], line["res_id"], line["position"])

    @api.model
    def action_verify(self, res_model=None, res_id=None):
        """Verify all chains and seals, or the chain of one record; show the first broken line.

        :raise UserError: a record is named by the name of its model and its id, both or none.
        """
        if not self._may_verify():
            raise AccessError(self.env._("Only auditors and the ITSMS office verify the evidence."))
        if (res_model or res_id) and not (isinstance(res_model, str) and isinstance(res_id, int)):
            raise UserError(
                self.env._("Name the model and the id of the record to be verified (COM-3).")
            )
        self.env.flush_all()
        broken = self.sudo()._find_broken_line(res_model, res_id)  # sudo: verifies what all wrote
        if not broken:
            message, kind, following = self._intact_message(res_model, res_id), "success", {}
        else:
            line = self.sudo().browse(broken[0]).exists()
            message = self.env._(
                "The evidence chain is broken at line %(id)s (%(record)s, position %(position)s): "
                "%(reason)s.",
                id=broken[0] or "–",
                record=line.record_name or "–",
                position=line.position or "–",
                reason=broken[1],
            )
            kind, following = "danger", {}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Evidence verification"),
                "message": message,
                "type": kind,
                "sticky": bool(broken),
                "broken_line_id": broken[0] if broken else False,
                **following,
            },
        }

    @api.model
    def _may_verify(self):
        user = self.env.user
        return user.has_group("itsms_base.group_itsms_auditor") or user.has_group(
            "itsms_base.group_itsms_office"
        )

    @api.model
    def _intact_message(self, res_model, res_id):
        domain = [("res_model", "=", res_model), ("res_id", "=", res_id)] if res_model else []
        return self.env._(
            "The evidence is intact: %(lines)s lines and %(seals)s seals verified.",
            lines=self.sudo().search_count(domain),  # sudo: a bare count of what was verified
            seals=self.env["itsms.log.seal"].sudo().search_count([]),
        )
