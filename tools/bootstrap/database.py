"""The database of ``make run``: made once with demo data, updated when modules change.

Each database of ours carries a comment that says so (kind, state, checkout). It tells a
half-made database from a whole one after a kill -9, and ours from everybody else's.
The fingerprints of the installed modules lie in the database itself, so that they are true
whatever checkout looks at it.
"""

import json

from . import addons
from .errors import Problem
from .files import need_space, remove
from .progress import step
from .settings import LANGUAGES

MARK = "itsms "
FINGERPRINTS = "itsms.bootstrap.modules"
LANGUAGE = "itsms.bootstrap.language"


def prepare(stage, db):
    """Have ``db`` hold all modules of the repository in their present state."""
    if not stage.modules():
        raise Problem(
            "There is no module (itsms_*/__manifest__.py) in this checkout.",
            "run this in a complete clone of the repository.",
        )
    with step(f"Database {db}") as current:
        known = look(stage.server, db)
        _refuse_somebody_elses(stage, db, known)
        if known["state"] == "ready":
            _update(stage, db, current)
        else:
            _install(stage, db, current)
        _choose_language(stage, db)


def _refuse_somebody_elses(stage, db, known):
    """Never touch a database that is not this project's, or whose files are elsewhere."""
    another_name = "choose another name, for example DB=itsms2. Nothing was changed in it."
    if known["state"] == "foreign":
        raise Problem(
            f"The database {db} exists and is not one of this project.", another_name
        )
    if not stage.server.embedded and known.get("checkout") not in (
        None, stage.settings.checkout_id,
    ):
        raise Problem(
            f"The database {db} was made by another checkout of this project, which has the "
            "files that belong to it.", another_name,
        )


def look(server, db):
    """What a database is: ``absent``, ``installing`` (half-made), ``ready`` or ``foreign``."""
    mark = read_mark(server, db)
    if mark is None:
        return {"state": "absent"}
    if "state" in mark:
        return mark
    return {"state": "ready" if _has_our_modules(server, db) else "foreign"}


def read_mark(server, db):
    """What we wrote on a database: ``None`` without database, ``{}`` without our comment."""
    return marks(server).get(db)


def marks(server):
    """What we wrote on each database of a server."""
    found = server.rows(
        "SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '') AS mark"
        " FROM pg_database WHERE NOT datistemplate", "postgres",
    )
    return {row["datname"]: _parse(row["mark"]) for row in found}


def _parse(comment):
    return json.loads(comment.removeprefix(MARK)) if comment.startswith(MARK) else {}


def mark(stage, db, kind, state):
    """Write on a database that it is ours and how far it is."""
    text = {"kind": kind, "state": state, "checkout": stage.settings.checkout_id}
    stage.server.sql(
        """COMMENT ON DATABASE :"name" IS :'text'""", name=db, text=MARK + json.dumps(text)
    )


def create(stage, db, kind, template=None):
    """Make a database, empty or as a copy; whatever had the name before is gone."""
    drop(stage, db)
    origin = template or "template0"
    collation = "" if template else " ENCODING 'UTF8' LC_COLLATE 'C'"
    stage.server.sql(
        f"""CREATE DATABASE :"name" TEMPLATE :"origin"{collation}""", name=db, origin=origin
    )
    mark(stage, db, kind, "installing")


def drop(stage, db):
    """Remove a database of ours with its files."""
    drop_at(stage.server, db)
    remove(stage.settings.data_dir / "filestore" / db)


def drop_at(server, db):
    """End our sessions on a database and drop it.

    Not WITH (FORCE): that fails when autovacuum is at work there, which no role of ours may end.
    Without it PostgreSQL ends autovacuum itself, and waits a few seconds for everybody else.
    """
    server.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = :'name' AND usename = current_user;"
        """ DROP DATABASE IF EXISTS :"name";""", name=db,
    )


def _has_our_modules(server, db):
    """A database without our comment, restored from a dump perhaps, can still be ours."""
    tables = server.sql("SELECT to_regclass('public.ir_module_module')", db)
    return bool(tables) and server.sql(
        "SELECT count(*) FROM ir_module_module WHERE name = 'itsms_base'"
        " AND state IN ('installed', 'to upgrade')", db,
    ) != "0"


def _install(stage, db, current):
    need_space(stage.settings.home, 800_000_000, "the database")
    current.doing("installing all modules with demo data (a few minutes)")
    create(stage, db, "run")
    names = stage.modules()
    stage.change_database(
        db, ["-i", ",".join(names), "--with-demo", "--load-language", ",".join(LANGUAGES)],
        stage.settings.logs / f"install-{db}.log", f"The database {db} could not be made.",
        current,
    )
    _remember(stage, db)
    mark(stage, db, "run", "ready")
    current.note(f"made with {len(names)} modules and demo data")


def _update(stage, db, current):
    """Update what changed since this database was last brought up to date, and only that."""
    installed = set(stage.server.sql(
        "SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade')", db
    ).splitlines())
    known = json.loads(read_parameter(stage.server, db, FINGERPRINTS) or "{}")
    prints = _fingerprints(stage)
    new = [name for name in prints if name not in installed]
    changed = [name for name in prints if name in installed and prints[name] != known.get(name)]
    if not new and not changed:
        current.note("up to date")
        return
    current.doing(f"updating {', '.join(changed + new)}")
    arguments = ["--with-demo", "--i18n-overwrite"]
    arguments += ["-u", ",".join(changed)] if changed else []
    arguments += ["-i", ",".join(new)] if new else []
    stage.change_database(
        db, arguments, stage.settings.logs / f"update-{db}.log",
        f"The database {db} could not be updated to this state of the modules.", current,
    )
    _remember(stage, db)
    mark(stage, db, "run", "ready")
    current.note(f"updated {', '.join(changed + new)}")


def _fingerprints(stage):
    root = stage.settings.root
    return {name: addons.fingerprint(root, name) for name in stage.modules()}


def _remember(stage, db):
    write_parameter(stage.server, db, FINGERPRINTS, json.dumps(_fingerprints(stage)))


def read_parameter(server, db, key):
    """A system parameter, read below Odoo."""
    return server.sql("SELECT value FROM ir_config_parameter WHERE key = :'key'", db, key=key)


def write_parameter(server, db, key, value):
    """A system parameter, written below Odoo: no server runs on the database now."""
    server.sql(
        "INSERT INTO ir_config_parameter (key, value, create_uid, write_uid, create_date,"
        " write_date) VALUES (:'key', :'value', 1, 1, now(), now())"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value", db, key=key, value=value,
    )


def _choose_language(stage, db):
    """Give everybody the language of LANG_DEFAULT, once per choice: later it is theirs."""
    lang = stage.settings.lang
    if not lang or read_parameter(stage.server, db, LANGUAGE) == lang:
        return
    stage.server.sql(
        """
        BEGIN;
        UPDATE res_partner SET lang = :'lang' WHERE id IN (
            SELECT partner_id FROM res_users UNION SELECT partner_id FROM res_company);
        DELETE FROM ir_default d USING ir_model_fields f
         WHERE f.id = d.field_id AND f.model = 'res.partner' AND f.name = 'lang'
           AND d.user_id IS NULL AND d.company_id IS NULL;
        INSERT INTO ir_default (field_id, json_value)
        SELECT id, to_json(:'lang'::text)::text FROM ir_model_fields
         WHERE model = 'res.partner' AND name = 'lang';
        COMMIT;
        """,
        db, lang=lang,
    )
    write_parameter(stage.server, db, LANGUAGE, lang)
