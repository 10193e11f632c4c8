"""Serve: start Odoo, say where it is, watch it and its PostgreSQL, stop both on Ctrl-C."""

import ctypes
import http.client
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

from .errors import Problem
from .progress import failure, say, step

HOST = "127.0.0.1"
PATIENCE = 180  # seconds until the login page must answer
GRACE = 20  # seconds Odoo gets to end what it is doing
RESTARTS = 3
WATCH_EVERY = 0.5
LOUD = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (WARNING|ERROR|CRITICAL) ")
LIBC = ctypes.CDLL(None)
ENTRY = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ [A-Z]+ ")


def require_free_port(port):
    """A message that names a free port if somebody already listens."""
    if not is_taken(port):
        return
    free = next((other for other in range(port + 1, port + 100) if not is_taken(other)), port + 100)
    raise Problem(
        f"Port {port} is taken by another program.",
        f"end that program, or use another port: make run PORT={free}",
    )


def is_taken(port):
    """Whether the port of the loopback cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def serve(stage, db, announce):
    """Serve ``db`` until Ctrl-C. PostgreSQL dying under us means a restart, not a mystery."""
    for _attempt in range(RESTARTS):
        with _odoo(stage, db) as odoo:
            announce()
            _watch(stage, odoo)
        say("\n✗ PostgreSQL stopped under us (killed, or out of memory). Starting it again;")
        say("  what was committed is safe, what was being saved must be entered again.")
        stage.server.restart()
    raise Problem(
        f"PostgreSQL stopped {RESTARTS} times.",
        f"look for the reason in {stage.server.log}, then run the same command again.",
    )


class Odoo:
    """The server process and the end of its log that was not shown yet."""

    def __init__(self, stage, db):
        settings = stage.settings
        self.port = settings.port
        self.log = settings.logs / "odoo.log"
        self.log.touch()
        self.start = self.shown = self.log.stat().st_size
        self.loud = False
        command = stage.command(
            "-c", settings.conf, "-d", db, f"--db-filter=^{re.escape(db)}$",
            f"--http-port={self.port}", f"--logfile={self.log}",
        )
        with self.log.open("ab") as out:  # what is said before and beside logging
            self.process = subprocess.Popen(
                command, env=stage.environment(), cwd=settings.root, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True, preexec_fn=die_with_parent,
            )

    def wait_until_ready(self):
        """Wait for the login page; the first one also builds its style sheets."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.require_alive()
            if self._answers():
                return
            time.sleep(0.2)
        raise failure(
            self.log, self.start, "Odoo does not answer.", "run the same command again",
        )

    def require_alive(self):
        """Tell when Odoo ended without being asked to."""
        code = self.process.poll()
        if code is not None:
            how = f"signal {-code}" if code < 0 else f"code {code}"
            raise failure(
                self.log, self.start, f"Odoo ended by itself ({how}).",
                "run the same command again: the database recovers by itself",
            )

    def show_complaints(self):
        """Repeat warnings and errors of the log, with their tracebacks, on the terminal."""
        with self.log.open("rb") as log:
            log.seek(self.shown)
            for raw in log:
                if not raw.endswith(b"\n"):
                    break
                self.shown += len(raw)
                line = raw.decode(errors="replace")
                if ENTRY.match(line):
                    self.loud = bool(LOUD.match(line))
                if self.loud:
                    sys.stderr.write(line)

    def stop(self):
        """Ask Odoo to end, wait for it, then insist."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(GRACE)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                self.process.kill()
                self.process.wait()

    def _answers(self):
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request("GET", "/web/login")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def _odoo(stage, db):
    require_free_port(stage.settings.port)
    odoo = None
    try:
        with step("Odoo server") as current:
            odoo = Odoo(stage, db)
            current.doing("starting")
            odoo.wait_until_ready()
            current.note("ready")
        yield odoo
    finally:
        if odoo:
            odoo.stop()


def _watch(stage, odoo):
    """Returns when PostgreSQL died; ends by an exception in every other case."""
    silent = False
    while True:
        for _tick in range(4):
            time.sleep(WATCH_EVERY)
            odoo.show_complaints()
            odoo.require_alive()
        if stage.server.alive():
            silent = False
        elif stage.server.embedded:
            return
        elif not silent:
            silent = True
            say(f"\n✗ The PostgreSQL server at {stage.server.where()} does not answer.")
            say("  Start it again; Odoo goes on by itself then. Ctrl-C stops Odoo.")


def die_with_parent():
    """On Linux, a kill -9 of this program takes what it started along: ports are free again."""
    if sys.platform == "linux":
        LIBC.prctl(1, signal.SIGTERM)  # 1 = PR_SET_PDEATHSIG
