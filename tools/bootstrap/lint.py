"""``make lint``: ruff, pylint-odoo and the house rules. All are run, then the verdict."""

import subprocess
import time

from . import addons, odoo_source, python_env
from .files import locked
from .progress import say


def lint(settings, _arguments):
    """1 if any of the linters found something."""
    settings.make_folders()
    with locked(settings.home / "locks" / "prepare", "Another command is preparing; waiting …"):
        odoo_path = odoo_source.prepare(settings)
        programs = python_env.lint_environment(settings) / "bin"
    results = [
        _run(settings, title, [programs / command[0], *command[1:]])
        for title, command in commands(settings.root, odoo_path)
    ]
    say("")
    for title, good, seconds in results:
        say(f"  {'✓' if good else '✗'} {title}  [{seconds:.1f} s]")
    return 0 if all(good for _title, good, _seconds in results) else 1


def commands(root, odoo_path):
    """What is run, by title; the settings of ruff and pylint are in pyproject.toml."""
    yield "ruff", ["ruff", "check", "."]
    modules = list(addons.modules(root))
    if modules:
        yield "pylint-odoo", ["pylint", "--rcfile=pyproject.toml", *modules]
    licences = [f"--odoo={folder}" for folder in odoo_source.addons_paths(odoo_path)]
    yield "house rules", ["python", "tools/house_rules", *licences]


def _run(settings, title, command):
    say(f"\n── {title} " + "─" * (60 - len(title)))
    started = time.monotonic()
    code = subprocess.run(
        [str(part) for part in command], cwd=settings.root, stdin=subprocess.DEVNULL, check=False
    ).returncode
    return title, code == 0, time.monotonic() - started
