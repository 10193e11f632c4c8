"""Plain Python, no Odoo, no network: what the bootstrap does with a machine, good or bad."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from bootstrap import postgres  # noqa: E402
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


@pytest.fixture
def server_settings():
    """Settings in a folder PostgreSQL may enter even when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="itsms-test-"))
    folder.chmod(0o755)
    made = Settings(root=folder, home=folder / ".itsms")
    made.make_folders()
    yield made
    shutil.rmtree(folder)


@pytest.fixture
def make_server(server_settings):
    """An embedded PostgreSQL of the test's own, with the programs of this checkout."""
    installed = postgres.existing(Settings.from_env({"ITSMS_HOME": os.environ.get("ITSMS_HOME")}))
    if installed is None:
        pytest.skip("PostgreSQL's programs are not installed yet (make prepare)")
    made = []

    def make(settings=server_settings):
        server = postgres.EmbeddedServer(settings, installed.programs)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()
