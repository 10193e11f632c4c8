"""Prepared databases, cached by what went into them and cloned in a second.

Two layers: the modules of Odoo that ours need (changes rarely), and on a clone of it our own
modules (made anew whenever one of their installed files changes). Two kinds: both languages and
no demo data for the tests, which must not rely on it; demo data for the export of translations,
which covers it.
"""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass

from . import addons, database, odoo_source
from .files import digest, locked, need_space, remove
from .progress import step
from .python_env import REQUIREMENTS
from .settings import LANGUAGES

NEW = "_new"


@dataclass(frozen=True)
class Kind:
    """One kind of prepared database: how it is installed, and what it holds nothing of."""

    name: str
    options: tuple
    without: tuple


TESTS = Kind("template", ("--load-language", ",".join(LANGUAGES)), ("demo",))
EXPORT = Kind("demo", ("--with-demo",), ("i18n",))


def prepare(stage, kind=TESTS):
    """The name of an up-to-date prepared database."""
    waiting = "Another command prepares the databases for tests; waiting …"
    with locked(stage.settings.home / "locks" / "template", waiting):
        found = stage.modules()
        base = _layer(stage, kind, f"{kind.name}base", addons.outside_needs(found), None)
        return _layer(stage, kind, kind.name, list(found), base) if found else base


@contextmanager
def clone(stage, template, kind):
    """A copy of a prepared database for one run, gone afterwards; nothing in it must last."""
    name = f"{prefix(stage)}{kind}_{os.getpid()}"
    waiting = "Another command uses the prepared database; waiting …"
    with locked(stage.settings.home / "locks" / "template", waiting):
        _drop_abandoned(stage, name)
        copy(stage, template, name, "clone")
    try:
        yield name
    finally:
        database.drop(stage, name)


def copy(stage, origin, name, kind):
    """Copy a database with its files (linked: the filestore never changes a file)."""
    database.create(stage, name, kind, template=origin)
    stage.server.sql('ALTER DATABASE :"name" SET synchronous_commit = off', name=name)
    filestore = stage.settings.data_dir / "filestore"
    if (filestore / origin).is_dir():
        shutil.copytree(filestore / origin, filestore / name, copy_function=os.link)


def prefix(stage):
    """The names of our databases begin so; another checkout's begin otherwise."""
    return f"itsms_{stage.settings.checkout_id}_"


def _layer(stage, kind, title, names, below):
    """The database of one layer, made if its inputs changed; older ones of its kind go."""
    name = f"{prefix(stage)}{title}_{digest(*_inputs(stage, kind, names, below))}"
    with step(f"Prepared database ({title}, {len(names)} modules)") as current:
        if database.read_mark(stage.server, name):
            current.note("ready")
            return name
        need_space(stage.settings.home, 800_000_000, "the prepared databases")
        for old in _names(stage, f"{title}_"):
            database.drop(stage, old)
        current.doing(f"installing {len(names)} modules")
        new = name + NEW
        _begin(stage, new, below)
        stage.change_database(
            new, ["-i", ",".join(names), *kind.options], stage.settings.logs / f"{title}.log",
            f"The modules could not be installed ({title}).", current,
        )
        _rename(stage, new, name)
        current.note("made")
    return name


def _inputs(stage, kind, names, below):
    yield from (below, kind, odoo_source.release_text(stage.odoo_path))
    yield REQUIREMENTS / "odoo.txt"
    root = stage.settings.root
    for name in names:
        yield name
        if (root / name).is_dir():
            yield addons.fingerprint(root, name, kind.without)


def _begin(stage, name, below):
    """Where a layer starts: a copy of the layer below, or nothing."""
    if below:
        copy(stage, below, name, "making")
    else:
        database.create(stage, name, "making")
        stage.server.sql('ALTER DATABASE :"name" SET synchronous_commit = off', name=name)


def _rename(stage, new, name):
    """Give a finished database its name; until then it is taken for half-made."""
    filestore = stage.settings.data_dir / "filestore"
    remove(filestore / name)
    if (filestore / new).is_dir():
        (filestore / new).rename(filestore / name)
    stage.server.sql('ALTER DATABASE :"new" RENAME TO :"name"', new=new, name=name)
    database.mark(stage, name, "prepared", "ready")


def _names(stage, kind):
    """Our databases of one kind, half-made ones included."""
    return stage.server.sql(
        "SELECT datname FROM pg_database WHERE starts_with(datname, :'start')",
        start=prefix(stage) + kind,
    ).splitlines()


def _drop_abandoned(stage, wanted):
    """Clones whose command is gone (kill -9) serve nobody; nor does one that has our name."""
    for kind in ("test_", "bench_", "i18n_"):
        for name in _names(stage, kind):
            pid = int(name.rsplit("_", 1)[1])
            if name == wanted or not os.path.exists(f"/proc/{pid}"):
                database.drop(stage, name)
