"""Plain Python, no Odoo, no network: what the bootstrap does with a machine, good or bad."""

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from bootstrap import database, postgres  # noqa: E402
from bootstrap.settings import Settings  # noqa: E402


@pytest.fixture
def settings(tmp_path):
    """Settings of a checkout of its own, with a work folder of its own."""
    made = Settings(root=tmp_path / "checkout", home=tmp_path / "checkout" / ".itsms")
    made.root.mkdir()
    made.make_folders()
    return made


@pytest.fixture
def add_module(settings):
    """Write a module into the checkout."""

    def add(name, depends=("base",), **files):
        folder = settings.root / name
        folder.mkdir(exist_ok=True)
        manifest = {"name": name, "depends": list(depends), "license": "LGPL-3"}
        (folder / "__manifest__.py").write_text(repr(manifest))
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return folder

    return add


@pytest.fixture
def fake_program(tmp_path, monkeypatch):
    """Put a shell script in front of a program of the system."""
    folder = tmp_path / "fake-bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def fake(name, script):
        path = folder / name
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)

    return fake


@contextmanager
def open_folder():
    """Settings in a folder PostgreSQL may enter even when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="itsms-test-"))
    folder.chmod(0o755)
    made = Settings(root=folder, home=folder / ".itsms")
    made.make_folders()
    yield made
    shutil.rmtree(folder)


@pytest.fixture
def server_settings():
    """Settings for a PostgreSQL of the test's own."""
    with open_folder() as made:
        yield made


@pytest.fixture(scope="session")
def programs():
    """PostgreSQL's programs as this checkout has them."""
    installed = postgres.existing(Settings.from_env({"ITSMS_HOME": os.environ.get("ITSMS_HOME")}))
    if installed is None:
        pytest.skip("PostgreSQL's programs are not installed yet (make prepare)")
    return installed.programs


@pytest.fixture(scope="session")
def running_server(programs):
    """A PostgreSQL that runs through all tests."""
    with open_folder() as made, postgres.EmbeddedServer(made, programs).running() as server:
        yield server


@pytest.fixture
def empty_server(running_server):
    """The running PostgreSQL, with what the test made in it taken away afterwards."""
    yield running_server
    for name in set(database.marks(running_server)) - {"postgres"}:
        database.drop_at(running_server, name)


@pytest.fixture
def make_server(server_settings, programs):
    """An embedded PostgreSQL of the test's own."""
    made = []

    def make(settings=server_settings):
        server = postgres.EmbeddedServer(settings, programs)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()
