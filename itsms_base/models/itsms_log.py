from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError
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

APPEND_ONLY_TRIGGER = """
    CREATE OR REPLACE FUNCTION itsms_append_only() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'ITSMS evidence is append-only (COM-3): % on % refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END
    $$ LANGUAGE plpgsql
"""


def install_append_only(cr, table):
    """Let the database itself refuse to change or delete rows of ``table``."""
    cr.execute(APPEND_ONLY_TRIGGER)
    for event, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"{table}_append_only_{level.lower()}"
        cr.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [name])
        if not cr.fetchone():
            cr.execute(
                SQL(
                    "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH %s "
                    "EXECUTE FUNCTION itsms_append_only()",
                    SQL.identifier(name),
                    SQL(event),
                    SQL.identifier(table),
                    SQL(level),
                )
            )


class ItsmsLog(models.Model):
    """Append-only evidence (COM-3): who did what, when, on whose behalf, with which content.

    Lines of one record form a chain: each holds a hash over itself and the hash of the line
    before it. A nightly seal chains the heads of the day. Mails and activities are for people and
    are never the evidence.
    """

    _name = "itsms.log"
    _description = "ITSMS Evidence Log"
    _inherit = ["itsms.record.reference.mixin"]
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
    state_from = fields.Char(string="From", readonly=True)
    state_to = fields.Char(string="To", readonly=True)
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

    def init(self):
        install_append_only(self.env.cr, self._table)

    # ------------------------------------------------------------ immutability
    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            raise AccessError(
                self.env._("Evidence is written by the system itself, never by hand (COM-3).")
            )
        return super().create(vals_list)

    def write(self, vals):
        raise AccessError(self.env._("Evidence is append-only: a line is never changed (COM-3)."))

    def unlink(self):
        raise AccessError(self.env._("Evidence is append-only: a line is never deleted (COM-3)."))

    def _update_field_translations(self, *args, **kwargs):
        raise AccessError(self.env._("Evidence is append-only: a line is never changed (COM-3)."))

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
                "actor_name": actor.sudo().name,
                "behalf_id": behalf.id,
                "behalf_name": behalf.sudo().name,
                "state_from": entry.get("state_from"),
                "state_to": entry.get("state_to"),
                "comment": entry.get("comment"),
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
        (which find a chain that lost its last lines). Read with a server-side cursor.
        """
        where = SQL("TRUE")
        if res_model:
            where = SQL("res_model = %s AND res_id = %s", res_model, res_id)
        columns = ("id", "hash", *HASHED)
        query = SQL(
            "SELECT %s FROM itsms_log WHERE %s ORDER BY res_model, res_id, position",
            SQL(", ").join(map(SQL.identifier, columns)),
            where,
        )
        self.env.cr.execute(query)
        key, position, previous = None, 0, None
        while rows := self.env.cr.fetchmany(2000):
            for row in rows:
                line = dict(zip(columns, row, strict=True))
                if key != (line["res_model"], line["res_id"]):
                    key, position, previous = (line["res_model"], line["res_id"]), 0, None
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
    def action_verify(self, res_model=None, res_id=None):
        """Verify all chains and seals, or the chain of one record; show the first broken line."""
        if not self._may_verify():
            raise AccessError(self.env._("Only auditors and the ITSMS office verify the evidence."))
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
