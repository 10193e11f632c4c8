"""``make clean``: remove what this checkout made, and nothing else.

Only files and folders known by name are deleted (ITSMS_HOME could be a folder with other things
in it), and on a server of the user's own only databases that bear the mark of this checkout.
"""

from contextlib import ExitStack

from . import database, postgres
from .errors import Problem
from .files import locked, remove
from .progress import say, step

MADE = (
    "venv", "lint-venv", "odoo", "odoo.new", "data", "log", "tmp", "postgres", "postgres-kept",
    "system-packages-missing", "odoo.conf", "env.sh", "master-password",
    "durations.json",
)
ALL = "--all"


def clean(settings, arguments):
    """Stop our PostgreSQL, then delete; downloads are kept unless ``--all`` is given."""
    if not settings.home.is_dir():
        say("Nothing to clean.")
        return
    settings.make_folders()
    with ExitStack() as nobody_serves:
        for lock in (settings.home / "locks").glob("run-*"):
            nobody_serves.enter_context(locked(lock, busy=_serving))
        server = postgres.existing(settings)
        with step("Databases") as current:
            current.note(_databases(settings, server))
        with step("Work folder") as current:
            names = [*MADE, *(["downloads"] if ALL in arguments else [])]
            for name in names:
                remove(settings.home / name)
            remove(postgres.storage(settings))
            remove(postgres.socket_folder(settings))
            current.note(f"removed, {_left(settings)}")


def _databases(settings, server):
    if server is None:
        return "none"
    if server.embedded:
        if not server.stop():
            raise Problem("Another command still uses PostgreSQL.", "end that command first.")
        return "removed with the embedded server"
    ours = [name for name, mark in database.marks(server).items()
            if mark.get("checkout") == settings.checkout_id]
    for name in ours:
        database.drop_at(server, name)
    return f"dropped {', '.join(ours) or 'none'} at {server.where()}"


def _left(settings):
    """Finish the folder itself if nothing worth keeping is in it."""
    if (settings.home / "downloads").exists():
        return "downloads kept (ALL=1 removes them too)"
    remove(settings.home / "locks")
    remove(settings.home / ".gitignore")
    if not any(settings.home.iterdir()):
        settings.home.rmdir()
    return "downloads too"


def _serving(pid):
    return Problem(f"`make run` is still serving (process {pid}).", "stop it first (Ctrl-C).")
