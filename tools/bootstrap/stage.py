"""A prepared machine: where Odoo is, how it is called, which server it talks to."""

import os
import re

from . import addons, config, odoo_source, postgres, python_env
from .files import locked
from .progress import failure, read_from, run

LOADING = re.compile(r"Loading module (\w+) \((\d+/\d+)\)")
COMPLAINT = re.compile(r"^\S+ \S+ \d+ (ERROR|CRITICAL) ", re.MULTILINE)


def prepare(settings):
    """Everything up to, but not including, a running PostgreSQL."""
    settings.make_folders()
    with locked(settings.home / "locks" / "prepare", "Another command is preparing; waiting …"):
        odoo_path = odoo_source.prepare(settings)
        python_env.prepare(settings, odoo_path)
        server = postgres.prepare(settings)
        config.write(settings, server, odoo_path)
    return Stage(settings, odoo_path, server)


class Stage:
    """What the commands work with once everything is there."""

    def __init__(self, settings, odoo_path, server):
        self.settings = settings
        self.odoo_path = odoo_path
        self.server = server

    def modules(self):
        """Manifests of the repository's modules, by name, in order of need."""
        return addons.modules(self.settings.root)

    def environment(self):
        """The process environment of Odoo: its Python, our PostgreSQL, no strays."""
        programs = [self.settings.venv / "bin", self.server.programs]
        path = os.pathsep.join([*map(str, programs), os.environ.get("PATH", os.defpath)])
        kept = {
            name: value for name, value in self.server.environment().items()
            if not name.startswith(("ODOO_", "PYTHON"))
        }
        return kept | {
            "PATH": path,
            "PYTHONNOUSERSITE": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def command(self, *arguments):
        """The command line of Odoo with our configuration."""
        return [str(self.settings.python), "-m", "odoo", *map(str, arguments)]

    def change_database(self, db, arguments, log, failed, current):
        """Install or update modules in ``db``, telling which module it is at."""
        todo = "read the log; the database is left as it is, DB=another makes a new one"
        log.touch()
        start = log.stat().st_size
        with current.follow(log, start, LOADING, "module {0[1]} {0[0]}"):
            run(
                self.command(
                    "-c", self.settings.conf, "-d", db, *arguments,
                    "--no-http", "--stop-after-init", "--max-cron-threads=0",
                ),
                log, failed, todo, env=self.environment(), cwd=self.settings.root,
            )
        if COMPLAINT.search(read_from(log, start)):
            raise failure(log, start, failed, todo)
