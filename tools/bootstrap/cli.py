"""The commands behind ``make``: run, test, lint, i18n, bench, shell, clean, prepare, stop."""

import argparse
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

from . import bench, clean, database, lint, logins, server, system, testing, translations
from .errors import Problem, from_os_error
from .files import locked
from .progress import say
from .settings import Settings
from .stage import prepare


def command_prepare(settings, _arguments):
    """Have Odoo, its Python packages and a PostgreSQL that stays running."""
    stage = prepare(settings)
    with stage.server.running(keep=True):
        say(f"\nOdoo 19       {stage.odoo_path}")
        say(f"Python        {settings.python}")
        say(f"PostgreSQL    {stage.server.where()}, role {stage.server.connection['PGUSER']}")
        say(f"Configuration {settings.conf}")
        say(f"Shell         source {settings.home}/env.sh")


def command_stop(settings, _arguments):
    """Stop the PostgreSQL that `prepare` left running."""
    stage = prepare(settings)
    if stage.server.embedded and not stage.server.stop():
        raise Problem("Another command still uses PostgreSQL.", "end that command first.")


def command_run(settings, _arguments):
    """Prepare everything and serve the product until Ctrl-C."""
    with _only_one(settings):
        server.require_free_port(settings.port)
        stage = prepare(settings)
        system.prepare(settings, system.PRINTING)
        with stage.server.running():
            database.prepare(stage, settings.db)
            with suppress(KeyboardInterrupt):  # the ordinary end
                server.serve(stage, settings.db, lambda: _announce(stage))
            say("\nStopping …")


def command_shell(settings, arguments):
    """A Python prompt inside Odoo, on the database of `make run`."""
    stage = prepare(settings)
    with stage.server.running():
        if database.look(stage.server, settings.db)["state"] != "ready":
            raise Problem(f"There is no database {settings.db} yet.", "make it with `make run`.")
        command = stage.command(
            "shell", "-c", settings.conf, "-d", settings.db, "--no-http", *arguments
        )
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the prompt, not for us
        return subprocess.run(
            command, env=stage.environment(), cwd=settings.root, check=False
        ).returncode


COMMANDS = {
    "bench": bench.bench,
    "clean": clean.clean,
    "i18n": translations.update,
    "lint": lint.lint,
    "prepare": command_prepare,
    "run": command_run,
    "shell": command_shell,
    "stop": command_stop,
    "test": testing.test,
}


def _only_one(settings):
    """`make run` twice on one database would be two Odoos in each other's way."""

    def busy(pid):
        return Problem(
            f"`make run` already serves the database {settings.db} of this checkout "
            f"(process {pid}).",
            "use the address it printed, or start another: "
            f"make run DB={settings.db}2 PORT={settings.port + 1}",
        )

    settings.make_folders()
    return locked(settings.home / "locks" / f"run-{settings.db}", busy=busy)


def _announce(stage):
    settings = stage.settings
    lines = logins.table(stage.server, settings.db, settings.lang)
    say("\n" + "\n".join(lines))
    say(f"\n  ITSM is ready:  http://{server.HOST}:{settings.port}")
    say(f"  Log: {settings.logs}/odoo.log (warnings and errors appear here too)")
    say("  Ctrl-C stops it.\n")


def main(argv=None):
    """Run one command; a Problem is told in words, without a traceback."""
    parser = argparse.ArgumentParser(prog="itsms.py", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(argv)
    os.umask(0o022)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal that knows no ✓ or 王
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        with _system_errors_as_problems():
            return COMMANDS[options.command](Settings.from_env(), options.arguments) or 0
    except Problem as problem:
        print(f"\n✗ {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


@contextmanager
def _system_errors_as_problems():
    try:
        yield
    except OSError as error:
        problem = from_os_error(error)
        if problem is None:
            raise
        raise problem from error
