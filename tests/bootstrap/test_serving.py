"""``make run`` on a bad day: port taken, started twice, PostgreSQL or Odoo killed under it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from bootstrap import cli, files, server
from bootstrap.errors import Problem

FAKE_ODOO = """
import http.server, sys
port = int([word for word in sys.argv if word.startswith("--http-port=")][0].split("=")[1])
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *arguments): pass
http.server.HTTPServer(("127.0.0.1", port), Page).serve_forever()
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class FakePostgres:
    """A server that dies when told to."""

    embedded = True
    log = Path("server.log")

    def __init__(self):
        self.lives, self.restarts = True, 0

    def alive(self):
        return self.lives

    def restart(self):
        self.lives, self.restarts = True, self.restarts + 1

    def where(self):
        return "here"


@pytest.fixture
def stage(settings, monkeypatch):
    """Enough of a prepared machine to serve a fake Odoo."""
    monkeypatch.setattr(server, "WATCH_EVERY", 0.02)
    return SimpleNamespace(
        settings=SimpleNamespace(
            port=free_port(), logs=settings.logs, conf=settings.conf, root=settings.root,
        ),
        server=FakePostgres(),
        command=lambda *arguments: [sys.executable, "-c", FAKE_ODOO, *map(str, arguments)],
        environment=lambda: dict(os.environ),
    )


class TestPort:
    def test_taken_port_names_a_free_one(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(Problem, match=f"Port {port} is taken") as caught:
                server.require_free_port(port)
        offered = int(caught.value.todo.rpartition("PORT=")[2])
        assert offered > port
        assert not server.is_taken(offered)

    def test_free_port(self):
        server.require_free_port(free_port())


class TestTwice:
    def test_second_run_is_told_about_the_first(self, settings):
        code = (
            f"import sys; sys.path.insert(0, {str(Path(cli.__file__).parents[1])!r});"
            "from bootstrap.files import locked; from pathlib import Path;"
            f"lock = locked(Path({str(settings.home / 'locks' / 'run-itsms')!r}));"
            "lock.__enter__(); print('held', flush=True); sys.stdin.read()"
        )
        first = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert first.stdout.readline() == "held\n"
            with pytest.raises(Problem, match=f"process {first.pid}") as caught, \
                    cli._only_one(settings):
                pass
            assert "DB=itsms2" in caught.value.todo
        finally:
            first.kill()
            first.communicate()
        with cli._only_one(settings):  # kill -9 leaves no lock behind
            pass

    def test_waiting_commands_say_so(self, settings, capsys):
        path = settings.home / "locks" / "x"
        entered = threading.Event()

        def second():
            with files.locked(path, "waiting …"):
                entered.set()

        with files.locked(path, "unused"):
            thread = threading.Thread(target=second)
            thread.start()
            time.sleep(0.1)
            assert not entered.is_set()
        thread.join(5)
        assert entered.is_set()
        assert "waiting …" in capsys.readouterr().out


class TestKilled:
    def test_postgres_killed_under_it(self, stage, capsys):
        """It says so, starts PostgreSQL and Odoo again, and serves on."""
        announced = []

        def announce():
            announced.append(server.is_taken(stage.settings.port))
            stage.server.lives = False
            if len(announced) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            server.serve(stage, "itsms", announce)
        assert announced == [True, True]
        assert stage.server.restarts == 1
        assert "PostgreSQL stopped under us" in capsys.readouterr().out
        assert not server.is_taken(stage.settings.port)

    def test_postgres_killed_again_and_again(self, stage):
        def announce():
            stage.server.lives = False

        with pytest.raises(Problem, match="PostgreSQL stopped 3 times"):
            server.serve(stage, "itsms", announce)
        assert not server.is_taken(stage.settings.port)

    def test_foreign_server_silent_for_a_while(self, stage, capsys):
        """A server of the user's own is his to start: we say so and wait."""
        stage.server.embedded = False
        stage.server.lives = False
        # started in the background of a shell, we would have inherited to ignore the signal
        signal.signal(signal.SIGINT, signal.default_int_handler)

        def announce():
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

        with pytest.raises(KeyboardInterrupt):
            server.serve(stage, "itsms", announce)
        assert capsys.readouterr().out.count("does not answer") == 1
        assert stage.server.restarts == 0

    def test_odoo_killed(self, stage, monkeypatch):
        started = []
        make = server.Odoo
        monkeypatch.setattr(
            server, "Odoo", lambda *args: started.append(make(*args)) or started[0]
        )
        with pytest.raises(Problem, match=r"Odoo ended by itself \(signal 9\)"):
            server.serve(stage, "itsms", lambda: started[0].process.kill())

    def test_odoo_that_cannot_start_shows_why(self, stage):
        stage.command = lambda *arguments: ["sh", "-c", "echo 'no module named x' >&2; exit 3"]
        with pytest.raises(Problem, match="no module named x") as caught:
            server.serve(stage, "itsms", lambda: None)
        assert "(code 3)" in caught.value.what

    def test_kill_9_takes_odoo_along(self, stage):
        """No orphan keeps the port when the tool itself is killed."""
        if sys.platform != "linux":
            pytest.skip("PR_SET_PDEATHSIG is Linux's")
        child = os.fork()
        if child == 0:
            try:
                server.serve(stage, "itsms", lambda: os.kill(os.getpid(), signal.SIGKILL))
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        deadline = time.monotonic() + 10
        while server.is_taken(stage.settings.port) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not server.is_taken(stage.settings.port)


class TestLog:
    def test_warnings_and_tracebacks_are_repeated(self, stage, capsys):
        odoo = server.Odoo(stage, "itsms")
        try:
            with odoo.log.open("a") as log:
                log.write("2026-01-01 10:00:00,000 1 INFO itsms x: quiet\n")
                log.write("2026-01-01 10:00:00,000 1 ERROR itsms x: loud\nTraceback …\n")
                log.write("2026-01-01 10:00:00,000 1 INFO itsms x: quiet again\n")
            odoo.show_complaints()
            odoo.show_complaints()
        finally:
            odoo.stop()
        said = capsys.readouterr().err
        assert "quiet" not in said
        assert said.count("loud") == 1
        assert "Traceback …" in said
