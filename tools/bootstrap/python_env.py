"""The virtual environments: one to run Odoo, a small one for the linters."""

import os
import subprocess
import sys

from .errors import Problem
from .files import digest, is_stamped, need_space, remove, write_stamp
from .progress import run, step
from .settings import ROOT

REQUIREMENTS = ROOT / "tools" / "requirements"
NETWORK = "check the network and run the same command again"


def prepare(settings, odoo_path):
    """The environment Odoo runs in: its Python packages and Odoo itself on the path."""
    with step("Python packages") as current:
        environment(settings, settings.venv, "odoo.txt", current)
        pth = site_packages(settings.venv) / "itsms_odoo.pth"
        pth.write_text(f"{odoo_path}\n", encoding="utf-8")


def lint_environment(settings):
    """The linters, apart from Odoo's packages because their pins differ."""
    with step("Linters") as current:
        venv = settings.home / "lint-venv"
        environment(settings, venv, "lint.txt", current)
        return venv


def environment(settings, venv, requirements, current):
    """Make ``venv`` hold exactly ``requirements``; made anew when they or Python change."""
    listing = REQUIREMENTS / requirements
    stamp = digest(listing, sys.version, str(venv))
    if is_stamped(venv, stamp):
        current.note("ready")
        return
    need_space(settings.home, 600_000_000, "the Python packages")
    remove(venv)
    log = settings.logs / "pip.log"
    current.doing("making the virtual environment")
    run(
        [sys.executable, "-m", "venv", venv], log, "No virtual environment could be made.",
        "install Python's venv module (on Debian: apt install python3-venv)",
    )
    current.doing("downloading and installing")
    pip(settings, venv, ["-r", listing])
    write_stamp(venv, stamp)
    packages = len(list(site_packages(venv).glob("*.dist-info")))
    current.note(f"{packages} packages")


def pip(settings, venv, arguments):
    """``pip install`` that keeps its temporary files off the system's /tmp."""
    python = venv / "bin" / "python"
    run(
        [python, "-m", "pip", "install", "-q", "--no-input", *arguments],
        settings.logs / "pip.log", "Python packages could not be installed.", NETWORK,
        env=os.environ | {"TMPDIR": str(settings.home / "tmp"), "PYTHONNOUSERSITE": "1"},
    )


def site_packages(venv):
    """Where the packages of a virtual environment lie."""
    found = sorted(venv.glob("lib/python3.*/site-packages"))
    if not found:
        raise Problem(f"{venv} is not a virtual environment.", f"delete {venv} and try again.")
    return found[0]


def python_output(settings, code):
    """What a line of Python prints in Odoo's environment."""
    return subprocess.run(
        [settings.python, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
