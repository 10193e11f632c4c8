"""``make test``: every test there is, in one go, with one count at the end.

Three parts, each a pytest process of its own: the bootstrap's own tests (plain Python), the
modules' tests inside Odoo (pytest-odoo, browser tours included), and the translations compared
with a fresh export. Arguments go to pytest; a path among them narrows what is run.
"""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import system, template, translations
from .errors import Problem
from .progress import TIMES, say
from .stage import prepare

NOTHING_COLLECTED = 5
PLAIN = "tests/bootstrap"
AFTER_EXPORT = f"{PLAIN}/after_export"
EXPORTED = "ITSMS_EXPORTED_POTS"


@dataclass
class Count:
    """What came of some tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Count(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass
class Part:
    """One pytest process and what came of it."""

    title: str
    count: Count
    code: int


def test(settings, arguments):
    """Run all tests; the exit code is 0 only if some ran and none failed."""
    paths, options = split(settings.root, arguments)
    plain, inside, everything = choose(settings.root, paths)
    parts = []
    stage = prepare(settings)
    if plain:
        arguments = ["-p", "no:odoo", f"--ignore={AFTER_EXPORT}", *options, *plain]
        parts.append(_pytest(stage, "bootstrap", arguments))
    if inside:
        system.prepare(settings, system.PRINTING | system.TESTING)
        with stage.server.running():
            parts.append(_inside_odoo(stage, options, inside))
            if everything and not options and stage.modules():
                parts.append(_translations(stage))
    return _summary(parts)


def split(root, arguments):
    """Tell the paths among pytest's arguments from its options."""
    paths = [text for text in arguments if _is_path(root, text)]
    return paths, [text for text in arguments if text not in paths]


def choose(root, paths):
    """What to run in which process: plain paths, paths inside Odoo, and whether that is all."""
    if paths:
        plain = [path for path in paths if Path(path).as_posix().startswith(PLAIN)]
        return plain, [path for path in paths if path not in plain], False
    plain = [PLAIN] if (root / PLAIN).is_dir() else []
    inside = sorted(
        path.relative_to(root).as_posix()
        for pattern in ("itsms_*/tests", "tests/*")
        for path in root.glob(pattern)
        if _holds_tests(path) and path.relative_to(root).as_posix() != PLAIN
    )
    return plain, inside, True


def _is_path(root, text):
    return not text.startswith("-") and (root / text.split("::")[0]).exists()


def _holds_tests(path):
    if path.is_file():
        return path.name.startswith("test_") and path.suffix == ".py"
    return any(path.rglob("test_*.py"))


def _inside_odoo(stage, options, paths):
    name = template.prepare(stage)
    settings = stage.settings
    with template.clone(stage, name, "test") as db:
        return _pytest(stage, "modules", [
            f"--odoo-database={db}", f"--odoo-config={settings.conf}", "--odoo-http",
            f"--odoo-extra=screenshots={settings.logs / 'screenshots'}",
            "--odoo-extra=max-cron-threads=0",
            *options, *paths,
        ])


def _translations(stage):
    """Compare the translation templates with what a fresh database exports."""
    folder = translations.export(stage)
    return _pytest(
        stage, "translations", ["-p", "no:odoo", AFTER_EXPORT], {EXPORTED: str(folder)}
    )


def _pytest(stage, title, arguments, extra=None):
    settings = stage.settings
    count = settings.home / "tmp" / f"count-{title}-{os.getpid()}.json"
    count.unlink(missing_ok=True)
    say(f"\n── Tests: {title} " + "─" * 50)
    started = time.monotonic()
    environment = stage.environment() | (extra or {}) | {
        "ITSMS_COUNT": str(count), "PYTHONPATH": str(settings.root / "tools"),
    }
    code = subprocess.run(
        [str(settings.python), "-m", "pytest", "-p", "pytest_count", "-rfEs", *arguments],
        cwd=settings.root, env=environment, stdin=subprocess.DEVNULL, check=False,
    ).returncode
    TIMES.append((f"Tests: {title}", time.monotonic() - started))
    return Part(title, read_count(count), code)


def read_count(path):
    """What tools/pytest_count.py wrote; no file means that pytest broke down."""
    try:
        return Count(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return Count(failed=1)


def verdict(parts):
    """The exit code: broken if any part is, or if nothing at all was run."""
    codes = {part.code for part in parts} - {0, NOTHING_COLLECTED}
    total = sum((part.count for part in parts), Count())
    return 1 if codes or total.failed or not total.passed else 0


def _summary(parts):
    """How long each part took, what each found, and one closing line for all."""
    if not parts:
        raise Problem("There is no test here.", "check the paths given in ARGS.")
    say("\n── Summary " + "─" * 56)
    for title, seconds in TIMES:
        if seconds >= 0.5:
            say(f"  {seconds:7.1f} s  {title}")
    for part in parts:
        say(f"  {part.title}: {part.count}")
    if not system.is_there("chromium"):
        say("  No Chromium on this machine: the browser tours were skipped.")
    say("")
    say(str(sum((part.count for part in parts), Count())))
    return verdict(parts)
