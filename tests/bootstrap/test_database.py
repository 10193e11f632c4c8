"""The database of ``make run``, on a real embedded PostgreSQL; Odoo itself is left out."""

import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap import addons, clean, database, files, logins, postgres, template
from bootstrap.errors import Problem
from bootstrap.stage import Stage

TABLES = """
CREATE TABLE ir_module_module (name varchar, state varchar);
CREATE TABLE ir_config_parameter (
    id serial, key varchar UNIQUE, value text, create_uid int, write_uid int,
    create_date timestamp, write_date timestamp);
CREATE TABLE res_partner (id serial, name varchar, lang varchar);
CREATE TABLE res_users (id serial, login varchar, partner_id int, active boolean DEFAULT true);
CREATE TABLE res_company (id serial, partner_id int);
CREATE TABLE ir_model_fields (id serial, model varchar, name varchar);
CREATE TABLE ir_default (
    id serial, field_id int, json_value varchar, user_id int, company_id int);
CREATE TABLE ir_model_data (model varchar, res_id int, module varchar, name varchar);
INSERT INTO ir_model_fields (model, name) VALUES ('res.partner', 'lang');
INSERT INTO res_partner (name, lang) VALUES
    ('System', 'en_US'), ('Admin', 'en_US'), ('王伟', 'en_US');
INSERT INTO res_users (login, partner_id) VALUES ('__system__', 1), ('admin', 2), ('wang', 3);
INSERT INTO ir_model_data VALUES ('res.users', 2, 'base', 'user_admin'),
                                 ('res.users', 3, 'itsms_base', 'user_wang');
"""
ROLES = """
CREATE TABLE itsms_role (id serial, name jsonb, code varchar);
CREATE TABLE itsms_role_assignment (
    id serial, role_id int, user_id int, department_id int, company_id int,
    date_from date, date_to date);
INSERT INTO itsms_role (name, code) VALUES
    ('{"en_US": "President", "zh_CN": "总裁"}', 'PRS'), ('{"en_US": "Reader"}', 'RDR');
INSERT INTO itsms_role_assignment (role_id, user_id, date_from, date_to) VALUES
    (1, 3, '2020-01-01', NULL), (1, 3, NULL, NULL), (2, 3, '2020-01-01', '2020-12-31');
"""


class RecordingStage(Stage):
    """A stage whose Odoo only writes down what it was asked to do."""

    def __init__(self, settings, server):
        super().__init__(settings, Path("odoo"), server)
        self.asked = []
        self.fails = False

    def change_database(self, db, arguments, log, failed, current):
        self.asked.append(" ".join(arguments))
        if self.fails:
            raise Problem(failed, "read the log")
        if arguments[0] == "-i":
            if not self.server.sql("SELECT to_regclass('ir_module_module')", db):
                self.server.sql(TABLES, db)
            for name in arguments[1].split(","):
                install = "INSERT INTO ir_module_module VALUES (:'name', 'installed')"
                self.server.sql(install, db, name=name)


@pytest.fixture
def stage(settings, empty_server):
    return RecordingStage(settings, empty_server)


class TestDatabase:
    def test_made_once_with_demo_and_languages(self, stage, add_module):
        add_module("itsms_base")
        database.prepare(stage, "itsms")
        assert stage.asked == ["-i itsms_base --with-demo --load-language en_US,zh_CN"]
        assert database.look(stage.server, "itsms")["state"] == "ready"
        database.prepare(stage, "itsms")
        assert len(stage.asked) == 1, "nothing changed, nothing is done"

    def test_only_what_changed_is_updated(self, stage, add_module):
        add_module("itsms_base", **{"models/a.py": "1"})
        add_module("itsms_documents", ["itsms_base"])
        database.prepare(stage, "itsms")
        add_module("itsms_base", **{"tests/test_a.py": "2", "static/src/a.js": "2"})
        database.prepare(stage, "itsms")
        assert len(stage.asked) == 1, "tests and assets are no reason to update"
        add_module("itsms_documents", ["itsms_base"], **{"views/a.xml": "3"})
        add_module("itsms_audit", ["itsms_documents"])
        database.prepare(stage, "itsms")
        assert stage.asked[1].endswith("-u itsms_documents -i itsms_audit")

    def test_half_made_is_made_anew(self, stage, add_module):
        """kill -9 during the first installation leaves nothing that is taken for whole."""
        add_module("itsms_base")
        stage.fails = True
        with pytest.raises(Problem, match="could not be made"):
            database.prepare(stage, "itsms")
        assert database.look(stage.server, "itsms")["state"] == "installing"
        stage.fails = False
        database.prepare(stage, "itsms")
        assert database.look(stage.server, "itsms")["state"] == "ready"

    def test_broken_update_is_tried_again(self, stage, add_module):
        add_module("itsms_base")
        database.prepare(stage, "itsms")
        add_module("itsms_base", **{"data/x.xml": "new"})
        stage.fails = True
        with pytest.raises(Problem, match="could not be updated"):
            database.prepare(stage, "itsms")
        stage.fails = False
        database.prepare(stage, "itsms")
        assert stage.asked[1] == stage.asked[2]

    def test_older_database_of_the_project_is_updated(self, stage, add_module):
        """One restored from a dump, without our comment and fingerprints."""
        add_module("itsms_base")
        stage.server.sql("CREATE DATABASE itsms")
        stage.server.sql(TABLES, "itsms")
        stage.server.sql("INSERT INTO ir_module_module VALUES ('itsms_base', 'installed')", "itsms")
        database.prepare(stage, "itsms")
        assert stage.asked == ["--with-demo --i18n-overwrite -u itsms_base"]

    @pytest.mark.parametrize("content", ["", TABLES])
    def test_somebody_elses_database_is_refused(self, stage, add_module, content):
        add_module("itsms_base")
        stage.server.sql("CREATE DATABASE itsms")
        stage.server.sql(content, "itsms")
        with pytest.raises(Problem, match="not one of this project") as caught:
            database.prepare(stage, "itsms")
        assert "DB=" in caught.value.todo
        assert stage.asked == []

    def test_database_of_another_checkout_is_refused(self, stage, add_module):
        """On a server that several checkouts share, each has its own databases."""
        add_module("itsms_base")
        database.prepare(stage, "itsms")
        stage.settings = replace(stage.settings, home=stage.settings.home / "other")
        database.prepare(stage, "itsms")  # the embedded server moved with its checkout
        stage.server = postgres.Server(stage.server.programs, stage.server.connection)
        with pytest.raises(Problem, match="made by another checkout"):
            database.prepare(stage, "itsms")

    def test_no_modules(self, stage):
        with pytest.raises(Problem, match="no module"):
            database.prepare(stage, "itsms")

    def test_language_is_chosen_once(self, stage, add_module):
        add_module("itsms_base")
        stage.settings = replace(stage.settings, lang="zh_CN")
        database.prepare(stage, "itsms")
        langs = "SELECT string_agg(DISTINCT lang, ',') FROM res_partner WHERE id IN (2, 3)"
        assert stage.server.sql(langs, "itsms") == "zh_CN"
        default = stage.server.sql("SELECT json_value FROM ir_default", "itsms")
        assert json.loads(default) == "zh_CN"
        stage.server.sql("UPDATE res_partner SET lang = 'en_US' WHERE id = 3", "itsms")
        database.prepare(stage, "itsms")
        assert stage.server.sql("SELECT lang FROM res_partner WHERE id = 3", "itsms") == "en_US"


class TestLogins:
    def test_without_roles(self, stage, add_module):
        add_module("itsms_base")
        database.prepare(stage, "itsms")
        lines = logins.table(stage.server, "itsms", None)
        assert [line.split() for line in lines[2:]] == [
            ["–", "admin", "admin", "Admin"], ["–", "wang", "wang", "王伟"],
        ]

    @pytest.mark.parametrize(("lang", "role"), [("zh_CN", "总裁"), (None, "President")])
    def test_with_roles_of_today(self, stage, add_module, lang, role):
        add_module("itsms_base")
        database.prepare(stage, "itsms")
        stage.server.sql(ROLES, "itsms")
        lines = logins.table(stage.server, "itsms", lang)
        assert lines[2].split() == [role, "wang", "wang", "王伟"]
        columns = [logins._width(line[:line.index("wang")]) for line in lines[2:3]]
        assert columns == [lines[0].index("Login")]

    def test_unknown_password_is_not_made_up(self, stage, add_module):
        add_module("itsms_base")
        database.prepare(stage, "itsms")
        stage.server.sql("DELETE FROM ir_model_data WHERE res_id = 3", "itsms")
        assert "(its owner's)" in logins.table(stage.server, "itsms", None)[3]


class TestTemplate:
    @pytest.fixture(autouse=True)
    def release(self, monkeypatch):
        monkeypatch.setattr(template.odoo_source, "release_text", lambda path: "19.0")

    def test_cached_by_layers(self, stage, add_module):
        add_module("itsms_base", ["hr"], **{"models/a.py": "1", "demo/d.xml": "1"})
        first = template.prepare(stage)
        assert [asked.split()[1] for asked in stage.asked] == ["base,hr,web", "itsms_base"]
        assert template.prepare(stage) == first
        add_module("itsms_base", ["hr"], **{"demo/d.xml": "2", "tests/t.py": "2"})
        assert template.prepare(stage) == first, "demo data and tests are not in it"
        assert len(stage.asked) == 2
        add_module("itsms_base", ["hr"], **{"models/a.py": "2"})
        assert template.prepare(stage) != first
        assert len(stage.asked) == 3, "only the upper layer is made anew"
        assert first not in database.marks(stage.server), "the old one is gone"

    def test_broken_installation_leaves_no_template(self, stage, add_module):
        add_module("itsms_base", ["hr"])
        stage.fails = True
        with pytest.raises(Problem, match="could not be installed"):
            template.prepare(stage)
        stage.fails = False
        template.prepare(stage)

    def test_clone_with_files_goes_away(self, stage, add_module):
        add_module("itsms_base", ["hr"])
        name = template.prepare(stage)
        filestore = stage.settings.data_dir / "filestore"
        (filestore / name / "ab").mkdir(parents=True)
        (filestore / name / "ab" / "file").write_text("content")
        with template.clone(stage, name, "test") as db:
            assert (filestore / db / "ab" / "file").read_text() == "content"
            assert stage.server.sql("SHOW synchronous_commit", db) == "off"
        assert db not in database.marks(stage.server)
        assert not (filestore / db).exists()

    def test_clones_of_lanes_live_side_by_side(self, stage, add_module):
        add_module("itsms_base", ["hr"])
        name = template.prepare(stage)
        with template.clone(stage, name, "test_1") as one:
            with template.clone(stage, name, "test_2") as two:
                assert {one, two} <= set(database.marks(stage.server))
            assert one in database.marks(stage.server)
        assert not {one, two} & set(database.marks(stage.server))

    def test_clone_of_a_killed_run_is_cleared(self, stage, add_module):
        add_module("itsms_base", ["hr"])
        name = template.prepare(stage)
        dead = [f"{template.prefix(stage)}{kind}_4194305" for kind in ("test_1", "test_2", "i18n")]
        for db in dead:
            database.create(stage, db, "clone")
        with template.clone(stage, name, "test_1"):
            assert not set(dead) & set(database.marks(stage.server))


class TestPostgres:
    def test_stops_with_the_last_user(self, make_server):
        server, other = make_server(), make_server()
        with server.running():
            with other.running():
                pass
            assert server.alive(), "one is still using it"
        assert not server.alive()

    def test_kept_until_told(self, make_server):
        server = make_server()
        with server.running(keep=True):
            pass
        assert server.alive()
        assert server.stop()
        assert not server.alive()

    def test_killed_and_started_again(self, make_server):
        """What was committed is there after kill -9; leftovers do not stop the start."""
        with make_server().running() as server:
            server.sql("CREATE DATABASE x")
            server.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (7)", "x")
            os.kill(server.pid(), signal.SIGKILL)
            deadline = time.monotonic() + 5
            while server.alive() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not server.alive()
            server.restart()
            assert server.alive()
            assert server.sql("SELECT n FROM t", "x") == "7"

    def test_process_id_of_somebody_else(self, make_server):
        """After a reboot the number in postmaster.pid may be any other program's."""
        with make_server().running() as server:
            pass
        (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
        assert not server.alive()
        with server.running():
            assert server.sql("SELECT 1") == "1"

    def test_deep_checkout(self, make_server, server_settings):
        """A socket's address takes about a hundred characters, a path may have more."""
        deep = server_settings.root.joinpath(*["a-rather-deep-folder"] * 6)
        settings = replace(server_settings, root=deep, home=deep / ".itsms")
        settings.make_folders()
        with make_server(settings).running() as server:
            assert server.sql("SELECT 1") == "1"
            assert len(str(server.socket)) < 80
            assert server.socket.stat().st_mode & 0o077 == 0
        clean.clean(settings, [])
        assert not server.socket.exists()

    def test_listens_on_no_network(self, running_server):
        assert running_server.sql("SHOW listen_addresses") == ""
        assert running_server.data.stat().st_mode & 0o077 == 0
        assert running_server.socket.stat().st_mode & 0o077 == 0

    def test_role_is_no_superuser(self, running_server):
        query = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert running_server.sql(query) == "f|t"

    def test_cluster_of_another_version(self, make_server):
        with make_server().running() as server:
            pass
        (server.data / "PG_VERSION").write_text("15\n")
        with pytest.raises(Problem, match="made by PostgreSQL 15"), server.running():
            pass

    def test_dropped_although_in_use(self, running_server):
        """By a session of ours, and by autovacuum, which belongs to no role."""
        running_server.sql("CREATE DATABASE x")
        running_server.sql(
            "CREATE TABLE t WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_cost_delay ="
            " 100, autovacuum_vacuum_cost_limit = 1) AS SELECT generate_series(1, 200000);"
            "DELETE FROM t", "x",
        )
        running_server._superuser("ALTER SYSTEM SET autovacuum_naptime = 1")
        running_server._superuser("SELECT pg_reload_conf()")
        command = [running_server.programs / "psql", "-XAtqd", "x", "-c", "SELECT pg_sleep(60)"]
        sleeper = subprocess.Popen(
            command, env=running_server.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            kinds = "SELECT DISTINCT backend_type FROM pg_stat_activity WHERE datname = 'x'"
            deadline = time.monotonic() + 60
            while len(running_server._superuser(kinds).splitlines()) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            database.drop_at(running_server, "x")
            assert "x" not in database.marks(running_server)
            assert sleeper.wait(10)
        finally:
            sleeper.kill()
            sleeper.wait()
            running_server._superuser("ALTER SYSTEM RESET autovacuum_naptime")
            running_server._superuser("SELECT pg_reload_conf()")

    def test_values_cannot_break_out(self, running_server):
        nasty = "it's; DROP TABLE \"x\"\\"
        assert running_server.sql("SELECT :'value'", value=nasty) == nasty
        assert running_server.rows("SELECT :'db' AS db", "postgres", db="a'b") == [{"db": "a'b"}]


class TestOwnServer:
    def test_unreachable(self, programs, tmp_path):
        server = postgres.Server(programs, {"PGHOST": str(tmp_path), "PGUSER": "x"})
        with pytest.raises(Problem, match="cannot be used") as caught, server.running():
            pass
        assert "PGHOST" in caught.value.todo

    @pytest.mark.parametrize(
        ("role", "message"), [("postgres", "refuses"), ("poor", "may not create")]
    )
    def test_unfit_roles(self, empty_server, role, message):
        empty_server._superuser("DROP ROLE IF EXISTS poor; CREATE ROLE poor LOGIN")
        connection = empty_server.connection | {"PGUSER": role}
        server = postgres.Server(empty_server.programs, connection)
        with pytest.raises(Problem, match=message), server.running():
            pass

    def test_clean_drops_ours_and_nothing_else(self, stage, monkeypatch):
        foreign = postgres.Server(stage.server.programs, stage.server.connection)
        stage.server.sql("CREATE DATABASE theirs")
        database.create(stage, "ours", "run")
        other = RecordingStage(replace(stage.settings, root=Path("/elsewhere")), stage.server)
        database.create(other, "another_checkouts", "run")
        said = clean._databases(stage.settings, foreign)
        assert said.startswith("dropped ours at")
        assert {"theirs", "another_checkouts"} <= set(database.marks(foreign))


class TestClean:
    def test_keeps_downloads_and_what_is_not_ours(self, settings):
        for name in ("odoo", "downloads", "my-notes"):
            (settings.home / name).mkdir(exist_ok=True)
        clean.clean(settings, [])
        assert not (settings.home / "odoo").exists()
        assert (settings.home / "downloads").exists()
        clean.clean(settings, ["--all"])
        assert [path.name for path in settings.home.iterdir()] == ["my-notes"]

    def test_not_under_a_running_server(self, settings):
        """Whatever database it serves."""
        (settings.home / "odoo").mkdir()
        with files.locked(settings.home / "locks" / "run-another"), \
                pytest.raises(Problem, match="still serving"):
            clean.clean(settings, [])
        assert (settings.home / "odoo").exists()

    def test_everything_of_ours(self, settings):
        clean.clean(settings, ["--all"])
        assert not settings.home.exists()
        clean.clean(settings, ["--all"])


class TestModules:
    def test_order_of_need(self, settings, add_module):
        add_module("itsms_audit", ["itsms_documents", "mail"])
        add_module("itsms_documents", ["itsms_base", "portal"])
        add_module("itsms_base", ["hr"])
        found = addons.modules(settings.root)
        assert list(found) == ["itsms_base", "itsms_documents", "itsms_audit"]
        assert addons.outside_needs(found) == ["base", "hr", "mail", "portal", "web"]

    def test_unreadable_manifest(self, settings, add_module):
        folder = add_module("itsms_base")
        (folder / "__manifest__.py").write_text("{'name': ")
        with pytest.raises(Problem, match="cannot be read"):
            addons.modules(settings.root)
