from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine import guard

TRIGGER_FUNCTION = """
    CREATE OR REPLACE FUNCTION itsms_append_only() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'ITSMS evidence is append-only (COM-3): % on % refused',
            TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END
    $$ LANGUAGE plpgsql
"""


class ItsmsAppendOnlyMixin(models.AbstractModel):
    """Rows that are written once by the system and then stay as they are (COM-3).

    Refused twice: in the ORM for everybody, superuser code included, and below it by a trigger of
    the database.
    """

    _name = "itsms.append.only.mixin"
    _description = "Append-Only Evidence"
    _log_access = False

    def init(self):
        """Let the database itself refuse to change or delete rows of this table."""
        if self._abstract:
            return
        cr = self.env.cr
        cr.execute(TRIGGER_FUNCTION)
        for event, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{self._table}_append_only_{level.lower()}"
            cr.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [name])
            if not cr.fetchone():
                cr.execute(
                    SQL(
                        "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH %s "
                        "EXECUTE FUNCTION itsms_append_only()",
                        SQL.identifier(name),
                        SQL(event),
                        SQL.identifier(self._table),
                        SQL(level),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            raise AccessError(
                self.env._("Evidence is written by the system itself, never by hand (COM-3).")
            )
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("Evidence is append-only: a line is never changed (COM-3)."))

    def unlink(self):  # pylint: disable=method-required-super,no-raise-unlink
        raise AccessError(  # pylint: disable=no-raise-unlink
            self.env._("Evidence is append-only: a line is never deleted (COM-3).")
        )

    def _update_field_translations(self, *args, **kwargs):
        raise AccessError(self.env._("Evidence is append-only: a line is never changed (COM-3)."))
